//! What items of the tree "Cluster" are called. The grammar is an interface: tests and lessons address the page by it.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::glyphs::{Serves, State};
use super::ownership::{KINDS, numbers};
use super::status;
use crate::api::endpoint_slice;
use crate::api::node::Node;
use crate::api::pod::{ContainerStatus, Pod};
use crate::api::service::Service;
use crate::api::{Object, ObjectKey};
use crate::cluster::{Actor, words};
use crate::collections::Map;
use crate::manifest::simulated::acts_on;

/// `Node node-1, Ready, 2 of 110 Pods`
pub(super) fn node_name(name: &str, object: Option<&Object>, active: usize) -> Rc<str> {
    let node = object.and_then(|object| object.node());
    let (condition, cordoned, most) = node.map_or(("Unknown", false, 0), |node| {
        let most = node.status.allocatable.get("pods");
        let most = most.map_or(0, |pods| pods.value());
        (node_condition(node), node.spec.unschedulable, most)
    });
    let cordoned = if cordoned { ", cordoned" } else { "" };
    format!("Node {name}, {condition}{cordoned}, {active} of {most} Pods").into()
}

/// `Ready`, or `NotReady`, also of one that isn't heard from; `Unknown` of one that has never said. As kubectl's STATUS
/// (`printNode` in pkg/printers/internalversion/printers.go).
pub fn node_condition(node: &Node) -> &'static str {
    match ready_status(node) {
        Some("True") => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    }
}

/// Its colour and sign: of one that isn't heard from nobody knows how it is.
pub fn node_state(node: &Node) -> State {
    match ready_status(node) {
        Some("True") => State::Ready,
        Some("False") => State::Fail,
        _ => State::Unknown,
    }
}

/// What its condition Ready says, once it has one.
fn ready_status(node: &Node) -> Option<&str> {
    let mut conditions = node.status.conditions.iter();
    let ready = conditions.find(|condition| &*condition.kind == "Ready");
    ready.map(|ready| &*ready.status)
}

/// `Pod default/hello-pod, Running, 1 of 1 ready`
pub(super) fn pod_name(key: &ObjectKey, pod: &Pod) -> Rc<str> {
    let (ready, all) = status::ready_count(pod);
    let terminating = pod
        .metadata
        .deletion_timestamp
        .map_or("", |_| ", Terminating");
    let reason = match status::reason(pod) {
        reason if reason.is_empty() => reason,
        reason => format!(", {reason}"),
    };
    let phase = if pod.status.phase.is_empty() {
        "Pending"
    } else {
        &*pod.status.phase
    };
    let path = key.path();
    format!("Pod {path}, {phase}{terminating}, {ready} of {all} ready{reason}").into()
}

/// `Container hello-ctr, Running, ready, 0 restarts`
pub(super) fn container_name(pod: &Pod, name: &str) -> Rc<str> {
    let mut init = pod.spec.init_containers.iter();
    let kind = match init.find(|spec| &*spec.name == name) {
        Some(spec) if spec.is_sidecar() => "Sidecar",
        Some(_) => "Init container",
        None => "Container",
    };
    let statuses = pod.statuses();
    let status: Option<&ContainerStatus> = statuses.get(name).copied();
    let state = status.map_or("Waiting".into(), |status| words::state(&status.state));
    let ready = if status.is_some_and(|status| status.ready) {
        "ready"
    } else {
        "not ready"
    };
    let restarts = status.map_or(0, |status| status.restart_count);
    format!("{kind} {name}, {state}, {ready}, {restarts} restarts").into()
}

/// `ConfigMap default/colours`
pub(super) fn record_name(key: &ObjectKey, object: &Object) -> Rc<str> {
    let ends = match object.meta.deletion_timestamp {
        Some(_) => ", Terminating",
        None => "",
    };
    let said = if is_simulated(key) {
        ""
    } else {
        ", not simulated yet"
    };
    let mut name = key.to_string();
    for (word, number) in numbers(key, object) {
        let word = match word {
            "Up to date" => "updated".into(),
            word => word.to_lowercase(),
        };
        name += &format!(", {word} {number}");
    }
    format!("{name}{ends}{said}").into()
}

/// Does an object of this kind own Pods, or what owns them? The kind is bare.
pub(super) fn is_owner(kind: &str) -> bool {
    KINDS.iter().any(|one| one.split('.').next() == Some(kind))
}

/// The same of an object.
pub(super) fn owns(key: &ObjectKey) -> bool {
    KINDS.contains(&&*key.kind)
}

/// Of each Service, by its namespace and name, how many endpoints are ready, and how many there are.
pub(super) type Endpoints = BTreeMap<(Rc<str>, Rc<str>), (usize, usize)>;

/// The endpoints of all Services.
pub(super) fn endpoints(objects: &Map<ObjectKey, Rc<Object>>) -> Endpoints {
    let mut all = Endpoints::new();
    let slices = objects.range(ObjectKey::new(endpoint_slice::KIND, "", "")..);
    for (key, object) in slices.take_while(|(key, _)| &*key.kind == endpoint_slice::KIND) {
        let service = object.meta.labels.get(endpoint_slice::SERVICE_NAME);
        let (Some(service), Some(slice)) = (service, object.endpoint_slice()) else {
            continue;
        };
        let of = (key.namespace.clone(), service.clone());
        let (ready, count) = all.entry(of).or_default();
        *ready += slice.endpoints.iter().filter(|one| one.is_ready()).count();
        *count += slice.endpoints.len();
    }
    all
}

/// Is it a Service? It stands in their card.
pub(super) fn is_service(key: &ObjectKey) -> bool {
    &*key.kind == "Service"
}

/// What a Service comes to.
pub(super) fn serves(
    key: &ObjectKey,
    object: &Object,
    service: &Service,
    endpoints: &Endpoints,
) -> Serves {
    let spec = &service.spec;
    let address = match &*spec.cluster_ip {
        _ if spec.is_external_name() => spec.external_name.clone(),
        "" => "no address".into(),
        _ => spec.cluster_ip.clone(),
    };
    let of = (key.namespace.clone(), key.name.clone());
    let known = endpoints.get(&of).copied().unwrap_or_default();
    Serves {
        address,
        endpoints: (!spec.is_external_name()).then_some(known),
        ends: object.meta.deletion_timestamp.is_some(),
    }
}

/// `Service default/web, 10.96.3.4, 2 of 3 endpoints ready`
pub(super) fn service_name(
    key: &ObjectKey,
    object: &Object,
    service: &Service,
    endpoints: &Endpoints,
) -> Rc<str> {
    let Serves {
        address,
        endpoints: known,
        ends,
    } = serves(key, object, service, endpoints);
    let ends = if ends { ", Terminating" } else { "" };
    match known {
        None => format!("{key}, {address}{ends}").into(),
        Some((ready, count)) => {
            format!("{key}, {address}, {ready} of {count} endpoints ready{ends}").into()
        }
    }
}

/// Does anything act on objects of this kind?
pub(super) fn is_simulated(key: &ObjectKey) -> bool {
    acts_on(&key.kind)
}

/// Does a person see it as hers? What components make of themselves isn't listed.
pub(super) fn is_listed(key: &ObjectKey, actor: &Actor) -> bool {
    *actor == Actor::You && !matches!(&*key.kind, "Pod" | "Node" | "Event")
}
