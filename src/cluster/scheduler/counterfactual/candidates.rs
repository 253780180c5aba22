//! Which changes are worth a try, the smallest first: of the Pod, then of a node, then of what else
//! there is. What a plugin rejected says where to look; whether it helps is found out by trying.

use std::rc::Rc;

use super::edit::{Edit, NodeEdit, PodEdit};
use crate::api::node::{Node, Taint};
use crate::api::path::{Step, steps, text};
use crate::api::pod::Pod;
use crate::api::{ObjectKey, Value};
use crate::cluster::scheduler::decision::{Decision, Rejection};
use crate::cluster::scheduler::fields::{REQUIRED, each, find, host_ports, of_containers, there};
use crate::cluster::scheduler::framework::Code;
use crate::cluster::scheduler::node_info::NodeInfo;
use crate::cluster::scheduler::plugins::checks;
use crate::cluster::scheduler::view::ClusterView;
use crate::collections::Set;
use crate::order;

/// What is worth a try.
pub(super) struct Candidates {
    /// In the order in which they are tried.
    pub edits: Vec<Edit>,
    /// Does the end of a Pod concern no other node than its own? So it is where no plugin that counts
    /// Pods of other nodes rejected any.
    pub stays_local: bool,
}

/// Plugins whose word about a node depends on Pods of other nodes.
const ABOUT_ALL_NODES: &[&str] = &[
    "InterPodAffinity",
    "PodTopologySpread",
    "VolumeRestrictions",
];

/// All changes worth a try, in the order in which they are tried. How far a request has to be lowered
/// isn't known yet: [`super::search`] finds that.
pub(super) fn candidates(
    view: &ClusterView,
    pod: &Pod,
    value: &Value,
    now: &Decision,
) -> Candidates {
    let mut found = Vec::new();
    let rejected = Rejected::of(view, now);
    let by = |plugin: &str| rejected.all.iter().any(|(_, said)| said.plugin == plugin);
    let mut pod_edit = |edit| found.push(Edit::Pod(edit));
    if by("NodeResourcesFit") {
        lower(value).into_iter().for_each(&mut pod_edit);
    }
    if by("TaintToleration") {
        let taints = rejected.of_plugin("TaintToleration");
        let taints = taints.filter_map(|node| only_taint(node, pod));
        distinct(taints)
            .map(PodEdit::Tolerate)
            .for_each(&mut pod_edit);
    }
    demands(value).into_iter().for_each(&mut pod_edit);
    found.extend(of_nodes(&rejected, pod));
    found.extend(deletions(view, &rejected, pod));
    found.extend(more_nodes(view));
    Candidates {
        edits: found,
        stays_local: !rejected.names_any(ABOUT_ALL_NODES),
    }
}

/// Nodes that don't fit, and why.
struct Rejected<'a> {
    all: Vec<(&'a NodeInfo, &'a Rejection)>,
}

impl<'a> Rejected<'a> {
    fn of(view: &'a ClusterView, now: &'a Decision) -> Self {
        let all = match (&now.pre_filter, &now.pre_filter_nodes) {
            (Some(rejection), _) => view.nodes().map(|node| (node, rejection)).collect(),
            (None, narrowed) => {
                let looked_at = now.rejected.iter();
                let looked_at = looked_at.filter_map(|(name, said)| Some((view.node(name)?, said)));
                let others = view.nodes().filter(|node| {
                    narrowed
                        .as_ref()
                        .is_some_and(|names| !names.contains(node.name()))
                });
                looked_at
                    .chain(others.map(|node| (node, &now.others)))
                    .collect()
            }
        };
        Rejected { all }
    }

    fn names_any(&self, plugins: &[&str]) -> bool {
        self.all
            .iter()
            .any(|(_, said)| plugins.contains(&said.plugin))
    }

    fn of_plugin(&self, plugin: &'static str) -> impl Iterator<Item = &'a NodeInfo> {
        let its = self
            .all
            .iter()
            .filter(move |(_, said)| said.plugin == plugin);
        its.map(|(node, _)| *node)
    }
}

fn distinct<T: PartialEq>(all: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
    let mut seen: Vec<T> = Vec::new();
    all.for_each(|one| {
        if !seen.contains(&one) {
            seen.push(one);
        }
    });
    seen.into_iter()
}

/// The taint that keeps the Pod away, where it is one alone.
fn only_taint(node: &NodeInfo, pod: &Pod) -> Option<Taint> {
    let taints = &node.node.spec.taints;
    let keeps_away = |taint: &&Taint| {
        matches!(&*taint.effect, "NoSchedule" | "NoExecute")
            && !checks::tolerates(&pod.spec.tolerations, taint)
    };
    let mut keep_away = taints.iter().filter(keeps_away);
    let first = keep_away.next()?;
    keep_away.next().is_none().then(|| first.clone())
}

/// Every request of every container, and of the Pod as a whole.
fn lower(pod: &Value) -> Vec<PodEdit> {
    let asks = |holder: &Value, at: &str| -> Vec<String> {
        let requests = holder.at(&["resources", "requests"]);
        let requests = requests.and_then(Value::as_map).into_iter().flatten();
        requests
            .map(|(resource, _)| format!("{at}.resources.requests[{resource}]"))
            .collect()
    };
    let mut paths = of_containers(pod, asks);
    let of_pod = pod
        .get("spec")
        .map_or(Vec::new(), |spec| asks(spec, "spec"));
    paths.extend(of_pod.iter().map(|path| steps(path)));
    let edit = |path: Vec<Step>| {
        let Some(Step::Key(resource)) = path.last().cloned() else {
            return None;
        };
        let from: Rc<str> = match find(pod, &path)? {
            Value::Int(number) => number.to_string().as_str().into(),
            amount => amount.as_str()?.into(),
        };
        Some(PodEdit::Lower {
            path,
            resource,
            to: from.clone(),
            from,
        })
    };
    paths.into_iter().filter_map(edit).collect()
}

/// Everything that the Pod demands of its node, one by one.
fn demands(pod: &Value) -> Vec<PodEdit> {
    let affinity = format!("spec.affinity.nodeAffinity.{REQUIRED}");
    let mut paths = Vec::new();
    for place in [
        "spec.nodeSelector".to_string(),
        format!("spec.affinity.podAffinity.{REQUIRED}"),
        format!("spec.affinity.podAntiAffinity.{REQUIRED}"),
        "spec.topologySpreadConstraints".to_string(),
    ] {
        paths.extend(each(pod, &place));
    }
    for term in each(pod, &format!("{affinity}.nodeSelectorTerms")) {
        for kind in ["matchExpressions", "matchFields"] {
            paths.extend(each(pod, &format!("{}.{kind}", text(&term))));
        }
    }
    paths.extend(there(pod, &affinity));
    paths.extend(host_ports(pod));
    paths
        .into_iter()
        .map(|path| PodEdit::Drop { path })
        .collect()
}

/// What could be changed of the nodes that don't fit.
fn of_nodes(rejected: &Rejected, pod: &Pod) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (node, said) in &rejected.all {
        let mut edit = |edit| {
            edits.push(Edit::Node {
                node: node.name().clone(),
                edit,
            });
        };
        if node.node.spec.unschedulable {
            edit(NodeEdit::Uncordon);
        }
        match said.plugin {
            "TaintToleration" => {
                if let Some(taint) = only_taint(node, pod) {
                    edit(NodeEdit::RemoveTaint(taint));
                }
            }
            "NodeAffinity" => {
                if let Some((key, value)) = only_label(&node.node, pod) {
                    edit(NodeEdit::Label { key, value });
                }
            }
            _ => {}
        }
    }
    edits
}

/// The label that the Pod's selector misses, where it is one alone, and a person's to set.
fn only_label(node: &Node, pod: &Pod) -> Option<(Rc<str>, Rc<str>)> {
    let labels = &node.metadata.labels;
    let selector = pod.spec.node_selector.iter();
    let mut missing = selector.filter(|(key, value)| labels.get(*key) != Some(*value));
    let (key, value) = missing.next()?;
    let is_ours = !key.contains("kubernetes.io/") && !key.contains("k8s.io/");
    (missing.next().is_none() && is_ours).then(|| (key.clone(), value.clone()))
}

/// Pods whose end might make room: on nodes where room is what is missing, the least important first;
/// where it is the neighbours that don't suit, anywhere.
fn deletions(view: &ClusterView, rejected: &Rejected, pod: &Pod) -> Vec<Edit> {
    let anywhere = rejected.names_any(ABOUT_ALL_NODES);
    let helps = |said: &&(&NodeInfo, &Rejection)| said.1.status.code == Code::Unschedulable;
    let nodes: Vec<&NodeInfo> = match anywhere {
        true => view.nodes().collect(),
        false => rejected
            .all
            .iter()
            .filter(helps)
            .map(|(node, _)| *node)
            .collect(),
    };
    let mut edits = Vec::new();
    for node in nodes {
        let others = node.pods.iter().filter(|other| !other.is(pod));
        for other in others.filter(|other| other.pod.metadata.deletion_timestamp.is_none()) {
            let meta = &other.pod.metadata;
            let edit = Edit::Delete {
                pod: ObjectKey::pod(&meta.namespace, &meta.name),
                node: node.name().clone(),
            };
            edits.push((other.pod.spec.priority, edit));
        }
    }
    order::sort_by_key(&mut edits, |(priority, _)| *priority);
    edits.into_iter().map(|(_, edit)| edit).collect()
}

/// One more of each kind of node.
fn more_nodes(view: &ClusterView) -> Vec<Edit> {
    let mut kinds = Set::new();
    let is_new = |node: &&NodeInfo| kinds.insert(kind_of(&node.node));
    let nodes = view.nodes().filter(is_new);
    nodes
        .map(|node| Edit::AddLike(node.name().clone()))
        .collect()
}

/// The label that every node has for itself.
pub(super) const HOSTNAME: &str = "kubernetes.io/hostname";

/// What matters of a node to any Pod, but its name, as text.
fn kind_of(node: &Node) -> String {
    let labels = node.metadata.labels.iter();
    let labels: Vec<_> = labels.filter(|(key, _)| &***key != HOSTNAME).collect();
    format!(
        "{:?} {:?} {labels:?}",
        node.status.allocatable, node.spec.taints
    )
}
