//! Keeps the EndpointSlices of Services that select Pods. Models `pkg/controller/endpointslice`;
//! `reconciler.rs` plans what is to be in them, `finalize.rs` writes it.
//! Left out: `endpointslicemirroring`, which makes slices of Endpoints that somebody writes by hand;
//! hints of the annotation `service.kubernetes.io/topology-mode`, which `spec.trafficDistribution`
//! has replaced.

mod finalize;
mod reconciler;
mod wanted;

pub(super) use finalize::set_trigger_time;

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Wake;
use super::endpoint_util::{
    ServiceQueue, is_kept_by_others, is_new_and_kept_by_others, objects_in, pods_of,
};
use crate::api::{Object, ObjectKey};
use crate::cluster::events::Telling;
use crate::cluster::{Actor, Change, World};

const KIND: &str = "EndpointSlice.discovery.k8s.io";

/// Which Service a slice is of.
const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// Who keeps a slice.
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";

/// Models `ControllerName`.
const CONTROLLER_NAME: &str = "endpointslice-controller.k8s.io";

/// From somebody else's change of a slice until its Service is looked at. Models
/// `endpointSliceChangeMinSyncDelay`.
const AFTER_A_FOREIGN_HAND: Duration = Duration::from_secs(1);

/// The controller `endpointslice-controller`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct EndpointSliceController {
    queue: ServiceQueue,
}

impl Default for EndpointSliceController {
    fn default() -> Self {
        // `defaultSyncBackOff`.
        let queue = ServiceQueue::new(Duration::from_secs(1));
        EndpointSliceController { queue }
    }
}

impl EndpointSliceController {
    /// Sees a change; of a Pod, with the Services that it concerns.
    pub(super) fn observe(&mut self, world: &mut World, change: &Change, of_pod: &[ObjectKey]) {
        let soon = world.latencies().watch_delivery;
        match &*change.object.kind {
            "Service" if is_new_and_kept_by_others(change) => {}
            "Service" => self.add_after(world, &change.object, soon),
            "Pod" => {
                for service in of_pod {
                    self.add_after(world, service, soon);
                }
            }
            KIND if change.actor != actor() => {
                for service in services_of_slice(change) {
                    if world.store.get(&service).is_some() {
                        self.add_after(world, &service, soon + AFTER_A_FOREIGN_HAND);
                    }
                }
            }
            _ => {}
        }
    }

    /// Looks at one Service. Models `syncService`.
    pub(super) fn sync(&mut self, world: &mut World, key: &ObjectKey) {
        self.queue.rang(world, key);
        let Some(object) = world.store.get(key).cloned() else {
            self.queue.forget(key);
            return;
        };
        let Some(service) = object
            .service()
            .filter(|service| !is_kept_by_others(service))
        else {
            return;
        };
        let pods = pods_of(world, service);
        let slices = slices_of(world, key);
        let trigger = self.queue.trigger_time(key, service, &pods);
        let errors = reconciler::reconcile(world, &object, service, &pods, slices, trigger);
        if errors.is_empty() {
            return self.queue.succeeded(key);
        }
        let telling = Telling {
            component: "endpoint-slice-controller",
            kind: "Warning",
            reason: "FailedToUpdateEndpointSlices",
            message: format!(
                "Error updating Endpoint Slices for Service {}: {}",
                key.path(),
                aggregate(errors)
            ),
            field_path: String::new(),
            host: "",
        };
        world.tell_event(actor(), &object, telling);
        self.queue.failed(world, key, Wake::EndpointSlice);
    }

    fn add_after(&mut self, world: &mut World, service: &ObjectKey, after: Duration) {
        self.queue
            .add_after(world, service, after, Wake::EndpointSlice);
    }
}

fn actor() -> Actor {
    Actor::Controller("endpointslice-controller".into())
}

/// Several errors as one. Models `utilerrors.Aggregate`.
fn aggregate(mut errors: Vec<String>) -> String {
    errors.dedup();
    let joined = errors.join(", ");
    if errors.len() == 1 {
        joined
    } else {
        format!("[{joined}]")
    }
}

/// Services that a change of a slice, by somebody else, concerns. Models `onEndpointSliceAdd`,
/// `onEndpointSliceUpdate` and `onEndpointSliceDelete`.
fn services_of_slice(change: &Change) -> Vec<ObjectKey> {
    let label = |object: &Object, name: &str| object.meta.labels.get(name).cloned();
    let service = |object: &Object| {
        let name = label(object, SERVICE_NAME)?;
        Some(ObjectKey::new("Service", &object.meta.namespace, &name))
    };
    let is_managed =
        |object: &Object| label(object, MANAGED_BY).as_deref() == Some(CONTROLLER_NAME);
    let concerned = match (&change.before, &change.after) {
        (Some(old), Some(new)) => {
            if label(old, SERVICE_NAME) != label(new, SERVICE_NAME) {
                return [service(new), service(old)].into_iter().flatten().collect();
            }
            let is_newer = new.meta.generation > old.meta.generation;
            let concerns = is_managed(old) != is_managed(new) || (is_managed(new) && is_newer);
            concerns.then_some(new)
        }
        (only, None) | (None, only) => only.as_ref().filter(|slice| is_managed(slice)),
    };
    concerned
        .and_then(|slice| service(slice))
        .into_iter()
        .collect()
}

/// The slices that this controller keeps of a Service, by name.
fn slices_of(world: &World, service: &ObjectKey) -> Vec<Rc<Object>> {
    let is_its_own = |slice: &&Rc<Object>| {
        let meta = &slice.meta;
        let label = |name: &str| meta.labels.get(name).map(|label| &**label);
        label(SERVICE_NAME) == Some(&*service.name)
            && label(MANAGED_BY) == Some(CONTROLLER_NAME)
            && meta.deletion_timestamp.is_none()
    };
    let all = objects_in(world, KIND, &service.namespace).map(|(_, slice)| slice);
    all.filter(is_its_own).cloned().collect()
}
