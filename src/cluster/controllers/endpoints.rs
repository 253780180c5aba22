//! Keeps the Endpoints of Services that select Pods: what EndpointSlices have replaced, kept up for
//! those who still read it. Models `pkg/controller/endpoint` and `pkg/api/v1/endpoints`.
//! Left out: subsets in the order of their hash, where Pods differ in their ports; here they are in
//! that of their ports.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Wake;
use super::endpoint_slice::set_trigger_time;
use super::endpoint_util as util;
use super::endpoint_util::{Port, ServiceQueue};
use crate::api::pod::Pod;
use crate::api::service::Service;
use crate::api::{Object, ObjectKey, Value};
use crate::cluster::events::Telling;
use crate::cluster::{Actor, Change, SimTime, Verb, World};
use crate::{fields, order};

/// Models `maxCapacity`.
const MAX_CAPACITY: usize = 1_000;

/// `v1.EndpointsOverCapacity`.
const OVER_CAPACITY: &str = "endpoints.kubernetes.io/over-capacity";

/// Models `LabelManagedBy`.
const MANAGED_BY: &str = "endpoints.kubernetes.io/managed-by";

/// Its value.
const CONTROLLER_NAME: &str = "endpoint-controller";

const HEADLESS: &str = "service.kubernetes.io/headless";

/// The controller `endpoint-controller`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct EndpointsController {
    queue: ServiceQueue,
}

impl Default for EndpointsController {
    fn default() -> Self {
        // `DefaultTypedControllerRateLimiter`.
        let queue = ServiceQueue::new(Duration::from_millis(5));
        EndpointsController { queue }
    }
}

impl EndpointsController {
    /// Sees a change; of a Pod, with the Services that it concerns.
    pub(super) fn observe(&mut self, world: &mut World, change: &Change, of_pod: &[ObjectKey]) {
        let key = &change.object;
        match &*key.kind {
            "Service" if util::is_new_and_kept_by_others(change) => {}
            "Service" => self.add(world, key),
            "Pod" => of_pod.iter().for_each(|service| self.add(world, service)),
            "Endpoints" if change.verb == Verb::Deleted => {
                let service = ObjectKey::new("Service", &key.namespace, &key.name);
                if world.store.get(&service).is_some() {
                    self.add(world, &service);
                }
            }
            _ => {}
        }
    }

    /// Looks at one Service. Models `syncService`.
    pub(super) fn sync(&mut self, world: &mut World, key: &ObjectKey) {
        self.queue.rang(world, key);
        let endpoints = ObjectKey::new("Endpoints", &key.namespace, &key.name);
        let Some(object) = world.store.get(key).cloned() else {
            self.queue.forget(key);
            // The API server was quicker, mostly.
            let _ = world.delete(actor(), &endpoints, None);
            return;
        };
        let Some(service) = object.service() else {
            return;
        };
        if util::is_kept_by_others(service) {
            return;
        }
        let pods = util::pods_of(world, service);
        let trigger = self.queue.trigger_time(key, service, &pods);
        let old = world.store.get(&endpoints).cloned();
        let subsets = subsets(service, &pods, old.as_deref());
        let Some(old) = old else {
            match create(world, service, subsets, trigger) {
                Ok(()) => self.queue.succeeded(key),
                Err(()) => self.queue.failed(world, key, Wake::Endpoints),
            }
            return;
        };
        if !is_right(&old, service, &subsets) {
            let written = world.patch(actor(), &endpoints, |value| {
                write(value, service, subsets, trigger);
            });
            debug_assert!(written.is_ok(), "the Endpoints were there a moment ago");
        }
        self.queue.succeeded(key);
    }

    fn add(&mut self, world: &mut World, service: &ObjectKey) {
        let soon = world.latencies().watch_delivery;
        self.queue.add_after(world, service, soon, Wake::Endpoints);
    }
}

fn actor() -> Actor {
    Actor::Controller("endpoint-controller".into())
}

/// Is there nothing to write?
fn is_right(old: &Object, service: &Service, subsets: &[Value]) -> bool {
    let has = old.value.get("subsets").map_or(&[][..], Value::items);
    // A truncated one is written each time.
    has == subsets
        && !old.meta.annotations.contains_key(OVER_CAPACITY)
        && has_right_labels(old, service)
}

/// Models `labelsCorrectForEndpoints`.
fn has_right_labels(old: &Object, service: &Service) -> bool {
    let labels = &old.meta.labels;
    let own = |name: &&Rc<str>| [MANAGED_BY, HEADLESS].contains(&&***name);
    let plain = labels.iter().filter(|(name, _)| !own(name));
    labels.get(MANAGED_BY).map(|by| &**by) == Some(CONTROLLER_NAME)
        && plain.eq(&service.metadata.labels)
}

fn create(
    world: &mut World,
    service: &Service,
    subsets: Vec<Value>,
    trigger: Option<SimTime>,
) -> Result<(), ()> {
    let meta = &service.metadata;
    let mut endpoints = fields! {
        "apiVersion" => "v1", "kind" => "Endpoints",
        "metadata" => fields! { "name" => meta.name.clone(), "namespace" => meta.namespace.clone() },
    };
    write(&mut endpoints, service, subsets, trigger);
    let Err(status) = world.create(actor(), endpoints.clone()) else {
        return Ok(());
    };
    let namespace = world
        .store
        .get(&ObjectKey::new("Namespace", "", &meta.namespace));
    if namespace.is_none_or(|it| it.meta.deletion_timestamp.is_some()) {
        return Ok(());
    }
    let telling = Telling {
        component: CONTROLLER_NAME,
        kind: "Warning",
        reason: "FailedToCreateEndpoint",
        message: format!(
            "Failed to create endpoint for service {}/{}: {}",
            meta.namespace, meta.name, status.message
        ),
        field_path: String::new(),
        host: "",
    };
    if let Ok(about) = Object::new(endpoints) {
        world.tell_event(actor(), &about, telling);
    }
    Err(())
}

fn write(value: &mut Value, service: &Service, subsets: Vec<Value>, trigger: Option<SimTime>) {
    let (subsets, truncated) = truncated(subsets);
    let annotations = ["metadata", "annotations", OVER_CAPACITY];
    match truncated {
        true => value.set(&annotations, "truncated"),
        false => drop(value.remove(&annotations)),
    }
    set_trigger_time(value, trigger);
    match subsets.is_empty() {
        true => drop(value.remove(&["subsets"])),
        false => value.set(&["subsets"], Value::from_iter(subsets)),
    }
    let labels = service.metadata.labels.iter();
    let labels = labels.map(|(name, label)| (name.clone(), Value::from(label.clone())));
    value.set(
        &["metadata", "labels"],
        Value::Map(Rc::new(labels.collect())),
    );
    value.set(&["metadata", "labels", MANAGED_BY], CONTROLLER_NAME);
    match service.has_ip() {
        true => drop(value.remove(&["metadata", "labels", HEADLESS])),
        false => value.set(&["metadata", "labels", HEADLESS], ""),
    }
}

/// Who is behind the Service, as Endpoints say it: addresses that have the same ports together.
/// Models the loop of `syncService`, and `RepackSubsets`.
fn subsets(service: &Service, pods: &[Rc<Pod>], old: Option<&Object>) -> Vec<Value> {
    let spec = &service.spec;
    let all = spec.publish_not_ready_addresses;
    let known = addresses_of(old);
    let ipv6 = is_ipv6(service);
    let mut behind: Vec<(&Rc<str>, &Rc<Pod>)> = pods
        .iter()
        .filter(|pod| util::is_endpoint(pod, all))
        .filter_map(|pod| Some((util::address(pod, ipv6)?, pod)))
        .collect();
    order::sort_by(&mut behind, |(a, first), (b, second)| {
        (a, &first.metadata.uid).cmp(&(b, &second.metadata.uid))
    });
    // Of each port, which of those have it.
    let mut having: BTreeMap<Option<Port>, Vec<usize>> = BTreeMap::new();
    for (index, (_, pod)) in behind.iter().enumerate() {
        let mut has = |port| having.entry(port).or_default().push(index);
        for port in spec.ports.iter().filter_map(|port| Port::of(pod, port)) {
            has(Some(port));
        }
        if spec.ports.is_empty() && &*spec.cluster_ip == "None" {
            has(None);
        }
    }
    let mut together: BTreeMap<Vec<usize>, Vec<Port>> = BTreeMap::new();
    for (port, indexes) in having {
        together.entry(indexes).or_default().extend(port);
    }
    let mut packed: Vec<(Vec<Port>, Vec<usize>)> = Vec::new();
    for (indexes, mut ports) in together {
        util::sort_ports(&mut ports, go_print);
        packed.push((ports, indexes));
    }
    order::sort(&mut packed);
    let subset = |(ports, indexes): (Vec<Port>, Vec<usize>)| {
        let (mut ready, mut not_ready) = (Vec::new(), Vec::new());
        for (ip, pod) in indexes.into_iter().filter_map(|index| behind.get(index)) {
            let address = address(service, pod, ip, &known);
            if all || pod.is_ready() {
                &mut ready
            } else {
                &mut not_ready
            }
            .push(address);
        }
        let ports = ports.iter().map(port_value).collect();
        let parts = [
            ("addresses", ready),
            ("notReadyAddresses", not_ready),
            ("ports", ports),
        ];
        let mut subset = Value::map();
        for (name, items) in parts.into_iter().filter(|(_, items)| !items.is_empty()) {
            subset.set(&[name], Value::from_iter(items));
        }
        subset
    };
    packed.into_iter().map(subset).collect()
}

/// Of which family the addresses are. Models `podToEndpointAddressForService`.
fn is_ipv6(service: &Service) -> bool {
    match service.spec.ip_families.first() {
        Some(family) => &**family == "IPv6",
        None => service.spec.cluster_ip.contains(':'),
    }
}

/// Addresses that are there, by the uid of their Pods: what stays the same is shared.
fn addresses_of(old: Option<&Object>) -> BTreeMap<&str, &Value> {
    let subsets = old.and_then(|old| old.value.get("subsets"));
    let subsets = subsets.map_or(&[][..], Value::items).iter();
    let lists = subsets.flat_map(|subset| {
        let parts = ["addresses", "notReadyAddresses"].into_iter();
        parts.filter_map(|part| subset.get(part))
    });
    lists
        .flat_map(Value::items)
        .map(|address| (address.text_at(&["targetRef", "uid"]), address))
        .collect()
}

fn address(service: &Service, pod: &Pod, ip: &Rc<str>, known: &BTreeMap<&str, &Value>) -> Value {
    let meta = &pod.metadata;
    let mut address = fields! {
        "ip" => ip.clone(),
        "nodeName" => pod.spec.node_name.clone(),
        "targetRef" => fields! {
            "kind" => "Pod", "namespace" => meta.namespace.clone(),
            "name" => meta.name.clone(), "uid" => meta.uid.clone(),
        },
    };
    if let Some(hostname) = util::hostname(pod, service) {
        address.set(&["hostname"], hostname.clone());
    }
    match known.get(&*meta.uid) {
        Some(same) if **same == address => (*same).clone(),
        _ => address,
    }
}

fn port_value(port: &Port) -> Value {
    let mut value = fields! { "protocol" => port.protocol.clone() };
    if !port.name.is_empty() {
        value.set(&["name"], port.name.clone());
    }
    if let Some(number) = port.number {
        value.set(&["port"], number);
    }
    if let Some(protocol) = &port.app_protocol {
        value.set(&["appProtocol"], protocol.clone());
    }
    value
}

/// As Go prints a `core/v1` EndpointPort to hash it.
fn go_print(port: &Port) -> String {
    let app_protocol = port.app_protocol.as_ref();
    format!(
        "(v1.EndpointPort){{Name:(string){} Port:(int32){} Protocol:(v1.Protocol){} AppProtocol:{}}}",
        port.name,
        port.number.unwrap_or_default(),
        port.protocol,
        util::go_pointer("string", app_protocol.map(|value| value as &dyn Display))
    )
}

/// No more addresses than there is room for, ready ones first, and whether some had to go. Models
/// `truncateEndpoints`.
fn truncated(mut subsets: Vec<Value>) -> (Vec<Value>, bool) {
    let count = |subset: &Value, part: &str| subset.get(part).map_or(0, |list| list.items().len());
    let sum = |part: &str| {
        subsets
            .iter()
            .map(|subset| count(subset, part))
            .sum::<usize>()
    };
    let (ready, not_ready) = (sum("addresses"), sum("notReadyAddresses"));
    if ready + not_ready <= MAX_CAPACITY {
        return (subsets, false);
    }
    let (part, total, room) = if ready > MAX_CAPACITY {
        ("addresses", ready, MAX_CAPACITY)
    } else {
        ("notReadyAddresses", not_ready, MAX_CAPACITY - ready)
    };
    let mut left = room;
    for subset in &mut subsets {
        // Of each as large a part, rounded up.
        let share = count(subset, part) as f64 / total as f64 * room as f64;
        let kept = (share.ceil() as usize).min(left).min(count(subset, part));
        if part == "addresses" {
            subset.remove(&["notReadyAddresses"]);
        }
        left -= kept;
        match kept {
            0 => drop(subset.remove(&[part])),
            kept => subset.at_mut(&[part]).items_mut().truncate(kept),
        }
    }
    (subsets, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subset(ready: usize, not_ready: usize) -> Value {
        let list = |count: usize| {
            (0..count)
                .map(|at| Value::from(at as i64))
                .collect::<Value>()
        };
        fields! { "addresses" => list(ready), "notReadyAddresses" => list(not_ready) }
    }

    fn counts(subsets: &[Value]) -> Vec<(usize, usize)> {
        let count = |subset: &Value, part: &str| subset.get(part).map_or(0, |it| it.items().len());
        let counts = subsets
            .iter()
            .map(|one| (count(one, "addresses"), count(one, "notReadyAddresses")));
        counts.collect()
    }

    #[test]
    fn a_thousand_addresses_are_the_most_and_ready_ones_come_first() {
        for (before, after) in [
            (vec![(600, 400)], vec![(600, 400)]),
            (vec![(600, 500)], vec![(600, 400)]),
            (vec![(1_500, 7), (1_500, 0)], vec![(500, 0), (500, 0)]),
            (vec![(500, 300), (300, 100)], vec![(500, 150), (300, 50)]),
        ] {
            let subsets = before
                .iter()
                .map(|(ready, not)| subset(*ready, *not))
                .collect();
            let (subsets, is_truncated) = truncated(subsets);
            assert_eq!(counts(&subsets), after);
            assert_eq!(is_truncated, before != after);
        }
    }
}
