//! A Pod's volumes are bound before it is: those that its node was chosen for. Models `AssumePodVolumes`
//! and `BindPodVolumes`, `pkg/scheduler/framework/plugins/volumebinding/binder.go`.
//! Left out: that volumes are kept for a Pod from its decision on; they are chosen when it is bound.

use std::rc::Rc;
use std::time::Duration;

use super::listers::{PersistentVolume, PersistentVolumeClaim};
use super::volumes::{claims_of, find_matching};
use crate::api::pod::Pod;
use crate::api::{Object, ObjectKey, Value, view};
use crate::cluster::{Actor, World};
use crate::fields;

/// How often is looked whether all are bound. Upstream polls.
pub(super) const POLL: Duration = Duration::from_secs(1);

/// How long is waited. `DefaultBindTimeoutSeconds`.
pub(super) const TIMEOUT: Duration = Duration::from_secs(600);

const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";
const BOUND_BY_CONTROLLER: &str = "pv.kubernetes.io/bound-by-controller";

/// Claims of a Pod that have no volume yet.
pub(super) fn unbound(world: &World, pod: &Pod) -> Vec<(ObjectKey, PersistentVolumeClaim)> {
    let read = |name: &Rc<str>| {
        let key = ObjectKey::new("PersistentVolumeClaim", &pod.metadata.namespace, name);
        let claim: PersistentVolumeClaim = view::read(&world.store.get(&key)?.value).ok()?;
        (!claim.is_fully_bound()).then_some((key, claim))
    };
    claims_of(pod)
        .filter_map(|claim| read(&claim.name))
        .collect()
}

/// Promises a volume to each claim, or asks for one that can be reached from the node. What is there
/// already stays.
pub(super) fn promise(
    world: &mut World,
    claims: &[(ObjectKey, PersistentVolumeClaim)],
    node: &str,
) {
    let node = world.store.get(&ObjectKey::node(node)).cloned();
    let Some(node) = node.as_ref().and_then(|object| object.node()) else {
        return;
    };
    for (key, claim) in claims {
        if !claim.spec.volume_name.is_empty()
            || claim.metadata.annotations.contains_key(SELECTED_NODE)
        {
            continue;
        }
        let volumes = world.store.list("PersistentVolume");
        let volumes = volumes.filter_map(|(_, volume)| view::read(&volume.value).ok());
        let volumes: Vec<Rc<PersistentVolume>> = volumes.map(Rc::new).collect();
        if volumes.iter().any(|volume| volume.is_for(claim)) {
            continue;
        }
        let of_class = volumes
            .iter()
            .filter(|volume| volume.class() == claim.class());
        let found = find_matching(claim, of_class, Some(&node.metadata.labels), &[]);
        let written = match (found, world.store.get(key).cloned()) {
            (Some(volume), Some(claim)) => {
                let key = ObjectKey::new("PersistentVolume", "", &volume.metadata.name);
                let reference = reference(&claim);
                world.patch(Actor::Scheduler, &key, |volume| {
                    volume.set(&["spec", "claimRef"], reference);
                    volume.set(&["metadata", "annotations", BOUND_BY_CONTROLLER], "yes");
                })
            }
            _ => world.patch(Actor::Scheduler, key, |claim| {
                let name = node.metadata.name.clone();
                claim.set(&["metadata", "annotations", SELECTED_NODE], name);
            }),
        };
        debug_assert!(written.is_ok(), "it was there a moment ago");
    }
}

/// What a volume says of its claim. Models `ref.GetReference`.
pub(in crate::cluster) fn reference(claim: &Object) -> Value {
    let meta = &claim.meta;
    fields! {
        "apiVersion" => "v1", "kind" => "PersistentVolumeClaim", "name" => meta.name.clone(),
        "namespace" => meta.namespace.clone(), "resourceVersion" => meta.resource_version.clone(),
        "uid" => meta.uid.clone(),
    }
}
