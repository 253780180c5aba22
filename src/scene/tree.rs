//! The stage in words: what the picture shows, as a tree for the keyboard and for the ear.
//! The grammar of its names is an interface: tests and lessons address the page by it.

use std::rc::Rc;

use super::status;
use crate::api::ObjectKey;
use crate::api::pod::{Container, ContainerStatus, Pod};
use crate::cluster::{Actor, Snapshot, words};
use crate::collections::{Map, Set};
use crate::scene::Selection;

/// One item of the tree "Cluster".
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// What it is; `None` for a heading such as `Unscheduled`.
    pub selection: Option<Selection>,
    /// Its accessible name, in the grammar of the page.
    pub name: Rc<str>,
    /// What stands inside it.
    pub children: Vec<Branch>,
}

/// The whole tree: Unscheduled, then hosts with their Nodes, Pods and containers, then Objects.
pub fn tree(snapshot: &Snapshot) -> Vec<Branch> {
    let mut by_node: Map<&str, Vec<(&ObjectKey, &Pod)>> = Map::new();
    for (key, object) in snapshot.store.list("Pod") {
        if let Some(pod) = object.pod() {
            by_node.or_default(&pod.spec.node_name).push((key, pod));
        }
    }
    let mut branches = vec![unscheduled(by_node.get(""))];
    let records = snapshot.store.list("Node").map(|(key, _)| &*key.name);
    let bound = by_node.keys().copied().filter(|name| !name.is_empty());
    let mut nodes: Set<&str> = records.chain(bound).collect();
    let branch = |name: &str| node(snapshot, name, by_node.get(name));
    for host in &snapshot.machines.hosts {
        let here = snapshot
            .machines
            .machines
            .iter()
            .filter(|machine| machine.host == host.name);
        let children = here
            .filter(|machine| nodes.remove(&*machine.name))
            .map(|machine| branch(&machine.name))
            .collect();
        let selection = Some(Selection::Host(host.name.clone()));
        branches.push(Branch {
            selection,
            name: format!("Host {}", host.name).into(),
            children,
        });
    }
    // Nodes that no machine stands behind, and names that Pods are bound to though there is no such
    // Node (any more).
    branches.extend(nodes.iter().map(|name| branch(name)));
    branches.extend(objects(snapshot));
    branches
}

fn unscheduled(pods: Option<&Vec<(&ObjectKey, &Pod)>>) -> Branch {
    let pods = pods.map_or(&[][..], Vec::as_slice);
    let name = match pods.len() {
        0 => "Unscheduled".into(),
        1 => "Unscheduled, 1 Pod".into(),
        count => format!("Unscheduled, {count} Pods"),
    };
    let children = pods.iter().map(|(key, pod)| pod_branch(key, pod)).collect();
    Branch {
        selection: None,
        name: name.into(),
        children,
    }
}

fn node(snapshot: &Snapshot, name: &str, pods: Option<&Vec<(&ObjectKey, &Pod)>>) -> Branch {
    let key = ObjectKey::node(name);
    let object = snapshot.store.get(&key);
    let pods = pods.map_or(&[][..], Vec::as_slice);
    let children = pods.iter().map(|(key, pod)| pod_branch(key, pod)).collect();
    let (condition, cordoned, most) =
        object
            .and_then(|object| object.node())
            .map_or(("Unknown", false, 0), |node| {
                let most = node
                    .status
                    .allocatable
                    .get("pods")
                    .map_or(0, |pods| pods.value());
                (node_condition(node), node.spec.unschedulable, most)
            });
    let cordoned = if cordoned { ", cordoned" } else { "" };
    let active = pods.iter().filter(|(_, pod)| !pod.is_finished()).count();
    let name = format!("Node {name}, {condition}{cordoned}, {active} of {most} Pods");
    Branch {
        selection: Some(Selection::Object(key)),
        name: name.into(),
        children,
    }
}

/// `Ready`, `NotReady`, `Unknown`
pub(super) fn node_condition(node: &crate::api::node::Node) -> &'static str {
    let ready = node
        .status
        .conditions
        .iter()
        .find(|condition| &*condition.kind == "Ready");
    match ready.map(|ready| &*ready.status) {
        Some("True") => "Ready",
        Some("False") => "NotReady",
        _ => "Unknown",
    }
}

/// `Pod default/hello-pod, Running, 1 of 1 ready`
fn pod_branch(key: &ObjectKey, pod: &Pod) -> Branch {
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
    let name = format!(
        "Pod {}, {phase}{terminating}, {ready} of {all} ready{reason}",
        key.path()
    );
    let statuses = pod.statuses();
    let init = pod.spec.init_containers.iter().map(|spec| {
        let kind = if &*spec.restart_policy == "Always" {
            "Sidecar"
        } else {
            "Init container"
        };
        (kind, spec)
    });
    let main = pod.spec.containers.iter().map(|spec| ("Container", spec));
    let children = init
        .chain(main)
        .map(|(kind, spec)| container(key, kind, spec, statuses.get(&*spec.name).copied()));
    Branch {
        selection: Some(Selection::Object(key.clone())),
        name: name.into(),
        children: children.collect(),
    }
}

/// `Container hello-ctr, Running, ready, 0 restarts`
fn container(
    pod: &ObjectKey,
    kind: &str,
    spec: &Container,
    status: Option<&ContainerStatus>,
) -> Branch {
    let state = status.map_or("Waiting".into(), |status| words::state(&status.state));
    let ready = if status.is_some_and(|status| status.ready) {
        "ready"
    } else {
        "not ready"
    };
    let restarts = status.map_or(0, |status| status.restart_count);
    let name = format!(
        "{kind} {}, {state}, {ready}, {restarts} restarts",
        spec.name
    );
    let selection = Selection::Container {
        pod: pod.clone(),
        name: spec.name.clone(),
    };
    Branch {
        selection: Some(selection),
        name: name.into(),
        children: Vec::new(),
    }
}

/// What a person made and what has no place on a machine, grouped by kind.
fn objects(snapshot: &Snapshot) -> Option<Branch> {
    let mut kinds: Vec<Branch> = Vec::new();
    for key in made_by_people(snapshot) {
        if snapshot.store.get(key).is_none() {
            continue;
        }
        let said = if is_simulated(key) {
            ""
        } else {
            ", not simulated yet"
        };
        let branch = Branch {
            selection: Some(Selection::Object(key.clone())),
            name: format!("{key}{said}").into(),
            children: Vec::new(),
        };
        match kinds.binary_search_by(|kind| (*kind.name).cmp(key.bare_kind())) {
            Ok(at) => kinds[at].children.push(branch),
            Err(at) => kinds.insert(at, heading(key.bare_kind(), vec![branch])),
        }
    }
    (!kinds.is_empty()).then(|| heading("Objects", kinds))
}

fn heading(name: &str, children: Vec<Branch>) -> Branch {
    Branch {
        selection: None,
        name: name.into(),
        children,
    }
}

/// Keys of what people created, other than Pods and Nodes, by key.
fn made_by_people(snapshot: &Snapshot) -> impl Iterator<Item = &ObjectKey> {
    snapshot.places.made_by_people()
}

/// Does anything act on objects of this kind?
pub(super) fn is_simulated(key: &ObjectKey) -> bool {
    matches!(&*key.kind, "Pod" | "Node" | "Namespace" | "Event")
}

/// Does a person see it as hers? What components make of themselves isn't listed.
pub(super) fn is_listed(key: &ObjectKey, actor: &Actor) -> bool {
    *actor == Actor::You && !matches!(&*key.kind, "Pod" | "Node" | "Event")
}
