//! What the controllers of EndpointSlices and of Endpoints share: which Services a change concerns,
//! which Pods are behind one, the queue. Models `staging/src/k8s.io/endpointslice/util` and the queues
//! of both controllers. Left out: the client's limit of writes; an informer that lags behind its
//! controller's own writes, which the store here never does.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Wake;
use super::work_queue::WorkQueue;
use crate::api::meta::Labels;
use crate::api::pod::{Container, Pod, PortRef};
use crate::api::service::{Service, ServicePort};
use crate::api::{Object, ObjectKey};
use crate::cluster::{Change, SimTime, Verb, World};
use crate::collections::Map;
use crate::order;

/// After so many failures in a row a Service is dropped until something happens.
const MAX_RETRIES: u32 = 15;

/// Services to be looked at, and what is remembered of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ServiceQueue {
    queue: WorkQueue,
    /// The moments of the last look. Models `TriggerTimeTracker`.
    seen: Map<ObjectKey, Rc<Seen>>,
}

/// When the Service and each of its Pods changed last, as far as the last look knew.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Seen {
    service: Option<SimTime>,
    pods: BTreeMap<Rc<str>, SimTime>,
}

impl ServiceQueue {
    /// An empty queue.
    pub(super) fn new(first_pause: Duration) -> Self {
        ServiceQueue {
            queue: WorkQueue::new(first_pause, Some(MAX_RETRIES)),
            seen: Map::new(),
        }
    }

    /// The Service is looked at after a while; of two times the earlier counts.
    pub(super) fn add_after(
        &mut self,
        world: &mut World,
        service: &ObjectKey,
        after: Duration,
        wake: fn(ObjectKey) -> Wake,
    ) {
        self.queue.add_after(world, service, after, wake);
    }

    /// It is looked at now.
    pub(super) fn rang(&mut self, world: &mut World, service: &ObjectKey) {
        self.queue.rang(world, service);
    }

    /// It went well.
    pub(super) fn succeeded(&mut self, service: &ObjectKey) {
        self.queue.succeeded(service);
    }

    /// It went wrong: again after a pause.
    pub(super) fn failed(
        &mut self,
        world: &mut World,
        service: &ObjectKey,
        wake: fn(ObjectKey) -> Wake,
    ) {
        self.queue.failed(world, service, wake);
    }

    /// The Service is gone.
    pub(super) fn forget(&mut self, service: &ObjectKey) {
        self.queue.succeeded(service);
        self.seen.remove(service);
    }

    /// The first change that the last look didn't know; of a new Service its creation. Models
    /// `ComputeEndpointLastChangeTriggerTime`.
    pub(super) fn trigger_time(
        &mut self,
        key: &ObjectKey,
        service: &Service,
        pods: &[Rc<Pod>],
    ) -> Option<SimTime> {
        let created = service.metadata.creation_timestamp;
        let times = pods.iter().filter_map(|pod| {
            let since = pod.condition("Ready")?.last_transition_time?;
            Some((pod.metadata.name.clone(), since))
        });
        let now = Seen {
            service: created,
            pods: times.collect(),
        };
        let Some(seen) = self.seen.get(key) else {
            self.seen.insert(key.clone(), Rc::new(now));
            return created;
        };
        let later = |(name, since): &(&Rc<str>, &SimTime)| {
            seen.pods.get(*name).is_none_or(|known| *since > known)
        };
        let changed = now.pods.iter().filter(later).map(|(_, since)| *since);
        let renewed = created.filter(|_| created > seen.service);
        let first = changed.chain(renewed).min();
        self.seen.insert(key.clone(), Rc::new(now));
        first
    }
}

/// Services whose endpoints this change of a Pod may change. Models `GetPodUpdateProjectionKey` and
/// `GetServicesToUpdate`.
pub(super) fn services_of_pod(world: &World, change: &Change) -> Vec<ObjectKey> {
    let namespace = &change.object.namespace;
    if services_in(world, namespace).next().is_none() {
        return Vec::new();
    }
    let pod = |object: &Option<Rc<Object>>| object.as_ref().and_then(|one| one.pod().cloned());
    let (old, new) = (pod(&change.before), pod(&change.after));
    let matching = |pod: &Pod| -> BTreeSet<ObjectKey> {
        let all = services_in(world, namespace);
        all.filter(|(_, service)| selects(service, &pod.metadata.labels))
            .map(|(key, _)| key.clone())
            .collect()
    };
    let services = match (old, new) {
        (None, None) => BTreeSet::new(),
        (Some(only), None) | (None, Some(only)) => matching(&only),
        (Some(old), Some(new)) => {
            let pod_changed = endpoint_differs(&old, &new);
            if !may_belong_elsewhere(&old, &new) {
                if pod_changed {
                    matching(&new)
                } else {
                    BTreeSet::new()
                }
            } else if pod_changed {
                &matching(&old) | &matching(&new)
            } else {
                &matching(&old) ^ &matching(&new)
            }
        }
    };
    services.into_iter().collect()
}

/// Is it another endpoint now? Models `podEndpointsChanged`, which compares pointers to the moment of
/// deletion: each version of a Pod that is being deleted has its own.
fn endpoint_differs(old: &Pod, new: &Pod) -> bool {
    old.metadata.deletion_timestamp.is_some()
        || new.metadata.deletion_timestamp.is_some()
        || old.is_ready() != new.is_ready()
        || old.status.pod_ips != new.status.pod_ips
}

/// Its `labelsChanged`.
fn may_belong_elsewhere(old: &Pod, new: &Pod) -> bool {
    let names = |pod: &Pod| (pod.spec.hostname.clone(), pod.spec.subdomain.clone());
    old.metadata.labels != new.metadata.labels || names(old) != names(new)
}

fn services_in<'a>(
    world: &'a World,
    namespace: &'a str,
) -> impl Iterator<Item = (&'a ObjectKey, &'a Rc<Service>)> {
    objects_in(world, "Service", namespace)
        .filter_map(|(key, object)| Some((key, object.service()?)))
}

/// Objects of a kind in a namespace, by name.
pub(super) fn objects_in<'a>(
    world: &'a World,
    kind: &'a str,
    namespace: &'a str,
) -> impl Iterator<Item = (&'a ObjectKey, &'a Rc<Object>)> {
    let from = ObjectKey::new(kind, namespace, "");
    let objects = world.store.objects().range(from..);
    objects.take_while(move |(key, _)| &*key.kind == kind && &*key.namespace == namespace)
}

/// No selector selects nothing, not everything.
fn selects(service: &Service, labels: &Labels) -> bool {
    let selector = &service.spec.selector;
    let mut wanted = selector.iter();
    !selector.is_empty() && wanted.all(|(key, value)| labels.get(key) == Some(value))
}

/// The Pods that a Service selects, by name.
pub(super) fn pods_of(world: &World, service: &Service) -> Vec<Rc<Pod>> {
    let pods = objects_in(world, "Pod", &service.metadata.namespace);
    pods.filter_map(|(_, object)| object.pod())
        .filter(|pod| selects(service, &pod.metadata.labels))
        .cloned()
        .collect()
}

/// Does anybody else say who is behind it?
pub(super) fn is_kept_by_others(service: &Service) -> bool {
    &*service.spec.kind == "ExternalName" || service.spec.selector.is_empty()
}

/// Is it a new Service of which a sync would find nothing to do?
pub(super) fn is_new_and_kept_by_others(change: &Change) -> bool {
    let service = change.after.as_ref().and_then(|object| object.service());
    change.verb == Verb::Created && service.is_some_and(|service| is_kept_by_others(service))
}

/// Models `ShouldPodBeInEndpoints`.
pub(super) fn is_endpoint(pod: &Pod, include_terminating: bool) -> bool {
    let has_address = !pod.status.pod_ip.is_empty() || !pod.status.pod_ips.is_empty();
    !pod.is_finished()
        && has_address
        && (include_terminating || pod.metadata.deletion_timestamp.is_none())
}

/// The name that a Pod has below the Service's, if it has one. Models `ShouldSetHostname`.
pub(super) fn hostname<'a>(pod: &'a Pod, service: &Service) -> Option<&'a Rc<str>> {
    let is_its_subdomain = pod.spec.subdomain == service.metadata.name;
    Some(&pod.spec.hostname).filter(|name| !name.is_empty() && is_its_subdomain)
}

/// The Pod's address of this family.
pub(super) fn address(pod: &Pod, ipv6: bool) -> Option<&Rc<str>> {
    let mut all = pod.status.pod_ips.iter().map(|one| &one.ip);
    all.find(|ip| ip.contains(':') == ipv6)
}

/// Which port of the Pod the Service's is. Models `FindPort`.
pub(super) fn find_port(pod: &Pod, port: &ServicePort) -> Option<i64> {
    let name = match &port.target_port {
        PortRef::Number(number) => return Some(*number),
        PortRef::Name(name) => name,
    };
    let has = |container: &Container| {
        let mut ports = container.ports.iter();
        let found = ports
            .find(|one| one.name == *name && protocol(&one.protocol) == protocol(&port.protocol));
        found.map(|port| port.container_port)
    };
    let sidecars = pod.spec.init_containers.iter();
    let mut all = pod
        .spec
        .containers
        .iter()
        .chain(sidecars.filter(|one| one.is_sidecar()));
    all.find_map(has)
}

fn protocol(said: &str) -> &str {
    if said.is_empty() { "TCP" } else { said }
}

/// A port of endpoints.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Port {
    pub(super) name: Rc<str>,
    pub(super) protocol: Rc<str>,
    pub(super) number: Option<i64>,
    pub(super) app_protocol: Option<Rc<str>>,
}

impl Port {
    /// The Service's port at this Pod.
    pub(super) fn of(pod: &Pod, port: &ServicePort) -> Option<Self> {
        Some(Port {
            name: port.name.clone(),
            protocol: port.protocol.clone(),
            number: Some(find_port(pod, port)?),
            app_protocol: port.app_protocol.clone(),
        })
    }
}

/// Puts ports in upstream's order: by the hash of what Go prints of each. `print` is how.
pub(super) fn sort_ports(ports: &mut [Port], print: fn(&Port) -> String) {
    if ports.len() > 1 {
        order::sort_by_key(ports, |port| fnv_128a(&print(port)));
    }
}

/// Models `hash/fnv.New128a`.
fn fnv_128a(text: &str) -> u128 {
    text.bytes().fold(
        0x6c62_272e_07bb_0142_62b8_2175_6295_c58d,
        |hash: u128, byte| (hash ^ u128::from(byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b),
    )
}

/// What Go prints of a pointer to text or to a number.
pub(super) fn go_pointer(kind: &str, value: Option<&dyn std::fmt::Display>) -> String {
    value.map_or_else(
        || format!("(*{kind})<nil>"),
        |value| format!("(*{kind}){value}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_gos() {
        // Printed by Go for the spew of a discovery/v1 EndpointPort.
        let text = "(v1.EndpointPort){Name:(*string)http Protocol:(*v1.Protocol)TCP Port:(*int32)80 AppProtocol:(*string)<nil>}";
        assert_eq!(fnv_128a(text), 0xb6c4_d325_122a_5ba6_f795_b0bb_ffce_bb6f);
    }
}
