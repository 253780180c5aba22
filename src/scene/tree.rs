//! The stage in words: what the picture shows, as a tree for the keyboard and for the ear.
//! The grammar of its names is an interface: tests and lessons address the page by it.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::status;
use crate::api::pod::{Container, ContainerStatus, Pod};
use crate::api::{Object, ObjectKey};
use crate::cluster::{Actor, Snapshot, words};
use crate::manifest::simulated::acts_on;
use crate::scene::Selection;

/// One item of the tree "Cluster".
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// What no other item has.
    pub id: Rc<str>,
    /// What it is; `None` for a heading such as `Unscheduled`.
    pub selection: Option<Selection>,
    /// Its accessible name, in the grammar of the page.
    pub name: Rc<str>,
    /// What stands inside it.
    pub children: Vec<Rc<Branch>>,
}

/// Pods as they were told last, by key, so that one that hasn't changed is the same `Rc`.
#[derive(Clone, Debug, Default)]
pub struct TreeCache(Vec<(ObjectKey, Rc<Object>, Rc<Branch>)>);

/// What stands on one Node: how many Pods haven't ended, and all of them.
#[derive(Default)]
struct OnNode {
    active: usize,
    pods: Vec<Rc<Branch>>,
}

/// The whole tree: Unscheduled, then hosts with their Nodes, Pods and containers, then Objects.
pub fn tree(snapshot: &Snapshot, cache: &mut TreeCache) -> Vec<Rc<Branch>> {
    let mut by_node: BTreeMap<&str, OnNode> = BTreeMap::new();
    let mut before = std::mem::take(&mut cache.0).into_iter().peekable();
    for (key, object) in snapshot.store.list("Pod") {
        let Some(pod) = object.pod() else { continue };
        while before.next_if(|(known, ..)| known < key).is_some() {}
        let same = |known: &(ObjectKey, Rc<Object>, Rc<Branch>)| Rc::ptr_eq(&known.1, object);
        let known = before.next_if(same);
        let known =
            known.unwrap_or_else(|| (key.clone(), object.clone(), Rc::new(pod_branch(key, pod))));
        let there = by_node.entry(&pod.spec.node_name).or_default();
        there.active += usize::from(!pod.is_finished());
        there.pods.push(known.2.clone());
        cache.0.push(known);
    }
    let mut branches = vec![unscheduled(by_node.remove("").unwrap_or_default())];
    let records = snapshot.store.list("Node").map(|(key, _)| &*key.name);
    for name in records {
        by_node.entry(name).or_default();
    }
    let nodes = by_node.into_iter();
    let mut nodes: Vec<Option<(&str, Rc<Branch>)>> = nodes
        .map(|(name, there)| Some((name, Rc::new(node(snapshot, name, there)))))
        .collect();
    let mut take = |name: &str| {
        let is_it = |node: &Option<(&str, _)>| node.as_ref().is_some_and(|(this, _)| *this == name);
        let at = nodes.iter().position(is_it)?;
        nodes[at].take().map(|(_, branch)| branch)
    };
    for host in &snapshot.machines.hosts {
        let here = snapshot
            .machines
            .machines
            .iter()
            .filter(|machine| machine.host == host.name);
        let children = here.filter_map(|machine| take(&machine.name)).collect();
        let name: Rc<str> = format!("Host {}", host.name).into();
        branches.push(Rc::new(Branch {
            id: name.clone(),
            selection: Some(Selection::Host(host.name.clone())),
            name,
            children,
        }));
    }
    // Nodes that no machine stands behind, and names that Pods are bound to though there is no such
    // Node (any more).
    branches.extend(nodes.into_iter().flatten().map(|(_, branch)| branch));
    branches.extend(objects(snapshot).map(Rc::new));
    branches
}

/// A heading: nothing that can be selected.
fn heading(name: &str, said: Rc<str>, children: Vec<Rc<Branch>>) -> Branch {
    Branch {
        id: name.into(),
        selection: None,
        name: said,
        children,
    }
}

fn unscheduled(there: OnNode) -> Rc<Branch> {
    let said = match there.pods.len() {
        0 => "Unscheduled".into(),
        1 => "Unscheduled, 1 Pod".into(),
        count => format!("Unscheduled, {count} Pods").into(),
    };
    Rc::new(heading("Unscheduled", said, there.pods))
}

fn node(snapshot: &Snapshot, name: &str, there: OnNode) -> Branch {
    let key = ObjectKey::node(name);
    let object = snapshot.store.get(&key);
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
    let active = there.active;
    let name = format!("Node {name}, {condition}{cordoned}, {active} of {most} Pods");
    Branch {
        id: key.to_string().into(),
        selection: Some(Selection::Object(key)),
        name: name.into(),
        children: there.pods,
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
        .map(|(kind, spec)| container(key, kind, spec, statuses.get(&*spec.name).copied()))
        .map(Rc::new);
    Branch {
        id: key.to_string().into(),
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
        id: format!("{pod}/{}", spec.name).into(),
        selection: Some(selection),
        name: name.into(),
        children: Vec::new(),
    }
}

/// What a person made and what has no place on a machine, grouped by kind.
fn objects(snapshot: &Snapshot) -> Option<Branch> {
    let mut kinds: BTreeMap<&str, Vec<Rc<Branch>>> = BTreeMap::new();
    for key in made_by_people(snapshot) {
        let Some(object) = snapshot.store.get(key) else {
            continue;
        };
        let ends = match object.meta.deletion_timestamp {
            Some(_) => ", Terminating",
            None => "",
        };
        let said = if is_simulated(key) {
            ""
        } else {
            ", not simulated yet"
        };
        let branch = Branch {
            id: key.to_string().into(),
            selection: Some(Selection::Object(key.clone())),
            name: format!("{key}{ends}{said}").into(),
            children: Vec::new(),
        };
        let kind = kinds.entry(key.bare_kind()).or_default();
        kind.push(Rc::new(branch));
    }
    let kind = |(kind, children)| Rc::new(heading(kind, kind.into(), children));
    let children: Vec<Rc<Branch>> = kinds.into_iter().map(kind).collect();
    (!children.is_empty()).then(|| heading("Objects", "Objects".into(), children))
}

/// Keys of what people created, other than Pods and Nodes, by key.
fn made_by_people(snapshot: &Snapshot) -> impl Iterator<Item = &ObjectKey> {
    snapshot.places.made_by_people()
}

/// Does anything act on objects of this kind?
pub(super) fn is_simulated(key: &ObjectKey) -> bool {
    acts_on(&key.kind)
}

/// Does a person see it as hers? What components make of themselves isn't listed.
pub(super) fn is_listed(key: &ObjectKey, actor: &Actor) -> bool {
    *actor == Actor::You && !matches!(&*key.kind, "Pod" | "Node" | "Event")
}
