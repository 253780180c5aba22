//! An endpoint as it is to be, and what a slice has of it already. Models `podToEndpoint` and
//! `staging/src/k8s.io/endpointslice/util/endpointset.go`.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::rc::Rc;

use crate::api::endpoint_slice::{Endpoint, EndpointSlice};
use crate::api::pod::Pod;
use crate::api::service::Service;
use crate::api::{Object, ObjectKey, Value};
use crate::cluster::World;
use crate::cluster::controllers::endpoint_util as util;
use crate::cluster::controllers::endpoint_util::Port;
use crate::fields;

/// An endpoint of a slice as it is to be.
pub(super) struct Entry<'a> {
    pub(super) wanted: Wanted<'a>,
    /// As it is, if it is the same but perhaps for its hints.
    pub(super) same: Option<Value>,
}

/// An endpoint as it is to be.
#[derive(Clone)]
pub(super) struct Wanted<'a> {
    pub(super) pod: &'a Pod,
    address: &'a Rc<str>,
    hostname: Option<&'a Rc<str>>,
    pub(super) zone: Option<Rc<str>>,
    pub(super) ready: bool,
    serving: bool,
    terminating: bool,
}

impl<'a> Wanted<'a> {
    /// `None`: the Pod has no address of this family.
    pub(super) fn of(
        pod: &'a Pod,
        service: &Service,
        family: &str,
        zone: Option<Rc<str>>,
    ) -> Option<Self> {
        let serving = pod.is_ready();
        let terminating = pod.metadata.deletion_timestamp.is_some();
        let all = service.spec.publish_not_ready_addresses;
        Some(Wanted {
            pod,
            address: util::address(pod, family == "IPv6")?,
            hostname: util::hostname(pod, service),
            zone,
            ready: all || (serving && !terminating),
            serving,
            terminating,
        })
    }

    /// Is it the one that this is? Models `hashEndpoint`.
    fn is(&self, endpoint: &Endpoint) -> bool {
        let meta = &self.pod.metadata;
        let target = endpoint.target_ref.as_ref();
        target.is_some_and(|it| it.name == meta.name && it.namespace == meta.namespace)
            && matches!(&endpoint.addresses[..], [address] if address == self.address)
            && *endpoint.hostname == *self.hostname.map_or("", |name| name)
    }

    /// Models `EndpointsEqualBeyondHash`.
    fn equals(&self, endpoint: &Endpoint) -> bool {
        let conditions = &endpoint.conditions;
        let target = endpoint.target_ref.as_ref();
        endpoint.node_name == self.pod.spec.node_name
            && *endpoint.zone == *self.zone.as_deref().unwrap_or_default()
            && conditions.ready == Some(self.ready)
            && conditions.serving == Some(self.serving)
            && conditions.terminating == Some(self.terminating)
            && target.is_some_and(|it| &*it.kind == "Pod" && it.uid == self.pod.metadata.uid)
    }

    pub(super) fn value(&self) -> Value {
        let meta = &self.pod.metadata;
        let mut value = fields! {
            "addresses" => Value::from_iter([Value::from(self.address.clone())]),
            "conditions" => fields! {
                "ready" => self.ready, "serving" => self.serving, "terminating" => self.terminating,
            },
            "targetRef" => fields! {
                "kind" => "Pod", "namespace" => meta.namespace.clone(),
                "name" => meta.name.clone(), "uid" => meta.uid.clone(),
            },
        };
        let node = Some(&self.pod.spec.node_name).filter(|node| !node.is_empty());
        let optional = [
            ("hostname", self.hostname),
            ("nodeName", node),
            ("zone", self.zone.as_ref()),
        ];
        for (name, text) in optional {
            if let Some(text) = text {
                value.set(&[name], text.clone());
            }
        }
        value
    }
}

/// The endpoints that a slice keeps, taken out of `left`; and whether that changes anything in it.
pub(super) fn kept<'a>(
    slice: &Object,
    left: &mut BTreeMap<&str, Wanted<'a>>,
) -> (Vec<Entry<'a>>, bool) {
    let Some(view) = slice.endpoint_slice() else {
        return (Vec::new(), true);
    };
    let values = slice.value.get("endpoints").map_or(&[][..], Value::items);
    let mut entries = Vec::new();
    let mut differs = false;
    for (endpoint, value) in view.endpoints.iter().zip(values) {
        let name = endpoint
            .target_ref
            .as_ref()
            .map_or("", |target| &*target.name);
        if left.get(name).is_none_or(|wanted| !wanted.is(endpoint)) {
            differs = true;
            continue;
        }
        let Some(wanted) = left.remove(name) else {
            continue;
        };
        let is_same = wanted.equals(endpoint);
        differs |= !is_same;
        let same = is_same.then(|| value.clone());
        entries.push(Entry { wanted, same });
    }
    (entries, differs)
}

/// The ports of a slice, in upstream's order.
pub(super) fn ports_of(slice: &EndpointSlice) -> Vec<Port> {
    let ports = slice.ports.iter().map(|port| Port {
        name: port.name.clone(),
        protocol: port.protocol.clone(),
        number: port.port,
        app_protocol: port.app_protocol.clone(),
    });
    let mut ports: Vec<Port> = ports.collect();
    util::sort_ports(&mut ports, go_print);
    ports
}

/// As Go prints a `discovery/v1` EndpointPort to hash it.
pub(super) fn go_print(port: &Port) -> String {
    fn shown<T: Display>(value: Option<&T>) -> Option<&dyn Display> {
        value.map(|value| value as &dyn Display)
    }
    format!(
        "(v1.EndpointPort){{Name:(*string){} Protocol:(*v1.Protocol){} Port:{} AppProtocol:{}}}",
        port.name,
        port.protocol,
        util::go_pointer("int32", shown(port.number.as_ref())),
        util::go_pointer("string", shown(port.app_protocol.as_ref()))
    )
}

/// The zone of a node, empty if nobody says; `None` if there is no such node.
pub(super) fn zone_of(world: &World, node: &str) -> Option<Rc<str>> {
    let node = world.store.get(&ObjectKey::node(node))?;
    let zone = node.meta.labels.get("topology.kubernetes.io/zone");
    Some(zone.cloned().unwrap_or_default())
}
