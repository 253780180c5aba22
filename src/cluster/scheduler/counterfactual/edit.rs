//! One change of a Pod, of a Node, or of what there is; and the copy that it makes.

use std::fmt;
use std::rc::Rc;

use crate::api::node::{Node, Taint};
use crate::api::path::{self, Step};
use crate::api::{ObjectKey, Value};
use crate::fields;
use crate::machine::{Machine, Machines};

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Of the Pod itself.
    Pod(PodEdit),
    /// Of a Node.
    Node {
        /// Its name.
        node: Rc<str>,
        /// What changes.
        edit: NodeEdit,
    },
    /// Another Pod goes.
    Delete {
        /// Which.
        pod: ObjectKey,
        /// Where it runs.
        node: Rc<str>,
    },
    /// One more node with the size, labels and taints of this one.
    AddLike(Rc<str>),
}

/// What a change changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The Pod.
    Pod,
    /// A Node.
    Node,
    /// Which other Pods there are.
    Others,
    /// Which Nodes there are.
    Nodes,
}

impl Edit {
    /// What it changes.
    pub fn kind(&self) -> Kind {
        match self {
            Edit::Pod(_) => Kind::Pod,
            Edit::Node { .. } => Kind::Node,
            Edit::Delete { .. } => Kind::Others,
            Edit::AddLike(_) => Kind::Nodes,
        }
    }
}

/// One change of the Pod.
#[derive(Clone, Debug, PartialEq)]
pub enum PodEdit {
    /// It asks for less.
    Lower {
        /// Of the request.
        path: Vec<Step>,
        /// `cpu`, `memory` …
        resource: Rc<str>,
        /// What it asks for, as it is written.
        from: Rc<str>,
        /// The most with which it fits.
        to: Rc<str>,
    },
    /// It no longer demands something.
    Drop {
        /// Of what it demands.
        path: Vec<Step>,
    },
    /// It bears a taint.
    Tolerate(Taint),
}

/// One change of a Node.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeEdit {
    /// A taint is taken away.
    RemoveTaint(Taint),
    /// Pods may be scheduled onto it again.
    Uncordon,
    /// It gets a label.
    Label {
        /// Of the label.
        key: Rc<str>,
        /// Of the label.
        value: Rc<str>,
    },
}

impl PodEdit {
    /// The Pod with the change.
    pub fn applied(&self, pod: &Value) -> Value {
        let mut pod = pod.clone();
        match self {
            PodEdit::Lower {
                path, resource, to, ..
            } => {
                set(&mut pod, path, to);
                // Of these, request and limit have to be equal.
                if resource.contains('/') || resource.starts_with("hugepages-") {
                    let mut limit = path.clone();
                    let place = limit.len().saturating_sub(2);
                    limit[place] = "limits".into();
                    set(&mut pod, &limit, to);
                }
            }
            PodEdit::Drop { path } => remove(&mut pod, path),
            PodEdit::Tolerate(taint) => {
                let tolerations = pod.at_mut(&["spec", "tolerations"]).items_mut();
                tolerations.push(toleration(taint));
            }
        }
        pod
    }
}

impl NodeEdit {
    /// The Node with the change.
    pub fn applied(&self, node: &Value) -> Value {
        let mut node = node.clone();
        match self {
            NodeEdit::RemoveTaint(taint) => remove_taint(&mut node, |found| {
                found.text_at(&["key"]) == &*taint.key
                    && found.text_at(&["effect"]) == &*taint.effect
            }),
            NodeEdit::Uncordon => {
                node.remove(&["spec", "unschedulable"]);
                // The node lifecycle controller takes its taint away, too.
                remove_taint(&mut node, |found| found.text_at(&["key"]) == UNSCHEDULABLE);
            }
            NodeEdit::Label { key, value } => {
                node.set(&["metadata", "labels", key], value.clone());
            }
        }
        node
    }
}

impl NodeEdit {
    /// What a person would apply to bring the change about.
    pub fn manifest(&self, node: &Value) -> String {
        let wanted = self.applied(node);
        let name = node.text_at(&["metadata", "name"]);
        let mut manifest = fields! {
            "apiVersion" => "v1", "kind" => "Node", "metadata" => fields! { "name" => name },
        };
        match self {
            NodeEdit::Label { key, value } => {
                manifest.set(&["metadata", "labels", key], value.clone());
            }
            _ => {
                let taints = wanted.at(&["spec", "taints"]).cloned();
                let none = Value::List(Rc::default());
                manifest.set(&["spec", "taints"], taints.unwrap_or(none));
            }
        }
        if *self == NodeEdit::Uncordon {
            manifest.set(&["spec", "unschedulable"], Value::Bool(false));
        }
        serde_yaml::to_string(&manifest.to_json()).unwrap_or_default()
    }
}

/// A machine whose Node would be like this one, under a name that none has.
pub fn machine_like(node: &Node, machines: &Machines) -> Machine {
    let is_taken = |name: &str| machines.get(name).is_some();
    let names = (machines.machines.len() + 1..).map(|number| format!("node-{number}"));
    let name = names.into_iter().find(|name| !is_taken(name));
    let amount = |resource: &str| {
        node.status
            .allocatable
            .get(resource)
            .copied()
            .unwrap_or_default()
    };
    let like = machines.get(&node.metadata.name);
    let host = like.map(|like| like.host.clone());
    let host = host.or(machines.hosts.first().map(|host| host.name.clone()));
    let is_kubelets =
        |key: &str| key.starts_with("kubernetes.io/") || key.starts_with("beta.kubernetes.io/");
    let labels = node
        .metadata
        .labels
        .iter()
        .filter(|(key, _)| !is_kubelets(key));
    let taints = node
        .spec
        .taints
        .iter()
        .filter(|taint| &*taint.key != UNSCHEDULABLE);
    Machine {
        name: name.unwrap_or_default().as_str().into(),
        host: host.unwrap_or_else(|| "host-1".into()),
        cpu_milli: amount("cpu").milli_value(),
        memory_bytes: amount("memory").value(),
        pods: amount("pods").value(),
        labels: labels
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
        taints: taints
            .map(|taint| taint_text(taint).as_str().into())
            .collect(),
    }
}

const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

fn remove_taint(node: &mut Value, is_it: impl Fn(&Value) -> bool) {
    let taints = node.at_mut(&["spec", "taints"]).items_mut();
    taints.retain(|found| !is_it(found));
    if taints.is_empty() {
        node.remove(&["spec", "taints"]);
    }
}

/// The toleration that bears this taint and no other.
fn toleration(taint: &Taint) -> Value {
    let mut bears = fields! { "key" => taint.key.clone(), "effect" => taint.effect.clone() };
    if taint.value.is_empty() {
        bears.set(&["operator"], "Exists");
    } else {
        bears.set(&["operator"], "Equal");
        bears.set(&["value"], taint.value.clone());
    }
    bears
}

fn descend<'v>(value: &'v mut Value, path: &[Step]) -> Option<&'v mut Value> {
    path.iter().try_fold(value, |value, step| match step {
        Step::Key(name) => Some(value.at_mut(&[name])),
        Step::Index(index) => value.items_mut().get_mut(*index),
    })
}

fn set(value: &mut Value, path: &[Step], text: &str) {
    if let Some(place) = descend(value, path) {
        *place = text.into();
    }
}

/// Takes away what is there, and lists and maps that are empty then.
fn remove(value: &mut Value, path: &[Step]) {
    let Some((last, before)) = path.split_last() else {
        return;
    };
    let Some(parent) = descend(value, before) else {
        return;
    };
    match last {
        Step::Key(name) => drop(parent.remove(&[name])),
        Step::Index(index) if *index < parent.items().len() => {
            drop(parent.items_mut().remove(*index));
        }
        Step::Index(_) => return,
    }
    // The spec itself is never empty.
    if parent.is_empty() && before.len() > 1 {
        remove(value, before);
    }
}

/// As an instruction: `uncordon node-1`.
impl fmt::Display for Edit {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Edit::Pod(PodEdit::Lower {
                path,
                resource,
                from,
                to,
            }) => {
                let place = path::text(&path[..path.len().saturating_sub(3)]);
                write!(out, "ask for {to} instead of {from} {resource} in {place}")
            }
            Edit::Pod(PodEdit::Drop { path }) => write!(out, "don't ask for {}", path::text(path)),
            Edit::Pod(PodEdit::Tolerate(taint)) => {
                write!(out, "tolerate the taint {}", taint_text(taint))
            }
            Edit::Node { node, edit } => match edit {
                NodeEdit::RemoveTaint(taint) => {
                    write!(out, "take the taint {} from {node}", taint_text(taint))
                }
                NodeEdit::Uncordon => write!(out, "uncordon {node}"),
                NodeEdit::Label { key, value } => write!(out, "label {node} {key}={value}"),
            },
            Edit::Delete { pod, node } => write!(out, "delete {pod} from {node}"),
            Edit::AddLike(node) => write!(out, "add a node like {node}"),
        }
    }
}

/// `dedicated=db:NoSchedule`
fn taint_text(taint: &Taint) -> String {
    let Taint { key, value, effect } = taint;
    match &**value {
        "" => format!("{key}:{effect}"),
        value => format!("{key}={value}:{effect}"),
    }
}
