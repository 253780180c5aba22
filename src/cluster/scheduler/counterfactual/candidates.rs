//! Which changes are worth a try, the smallest first: of the Pod, then of a node, then of what else
//! there is. What a plugin rejected says where to look; whether it helps is found out by trying.

use std::rc::Rc;

use super::edit::{Edit, NodeEdit, PodEdit};
use crate::api::node::{Node, Taint};
use crate::api::path::Step;
use crate::api::pod::Pod;
use crate::api::{ObjectKey, Value};
use crate::cluster::scheduler::decision::{Decision, Rejection};
use crate::cluster::scheduler::framework::Code;
use crate::cluster::scheduler::node_info::NodeInfo;
use crate::cluster::scheduler::plugins::checks;
use crate::cluster::scheduler::view::ClusterView;
use crate::order;

/// All changes worth a try, in the order in which they are tried. How far a request has to be lowered
/// isn't known yet: [`super::search`] finds that.
pub(super) fn candidates(
    view: &ClusterView,
    pod: &Pod,
    value: &Value,
    now: &Decision,
) -> Vec<Edit> {
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
    found
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

fn path<const N: usize>(steps: [Step; N]) -> Vec<Step> {
    steps.into()
}

/// Every request of every container, and of the Pod as a whole.
fn lower(pod: &Value) -> Vec<PodEdit> {
    let mut all = Vec::new();
    let mut of = |place: Vec<Step>, holder: &Value| {
        let requests = holder.at(&["resources", "requests"]);
        for (resource, amount) in requests.and_then(Value::as_map).into_iter().flatten() {
            let from: Rc<str> = match amount {
                Value::Int(number) => number.to_string().as_str().into(),
                amount => amount.as_str().unwrap_or_default().into(),
            };
            let mut path = place.clone();
            path.extend(["resources".into(), "requests".into(), (&**resource).into()]);
            all.push(PodEdit::Lower {
                path,
                resource: (&**resource).into(),
                to: from.clone(),
                from,
            });
        }
    };
    for list in ["containers", "initContainers"] {
        let containers = pod.at(&["spec", list]).map_or(&[][..], Value::items);
        for (index, container) in containers.iter().enumerate() {
            of(path(["spec".into(), list.into(), index.into()]), container);
        }
    }
    if let Some(spec) = pod.get("spec") {
        of(path(["spec".into()]), spec);
    }
    all
}

/// Everything that the Pod demands of its node, one by one.
fn demands(pod: &Value) -> Vec<PodEdit> {
    let mut paths = Vec::new();
    let spec = |more: &[&str]| -> Vec<Step> {
        let steps = std::iter::once(&"spec").chain(more);
        steps.map(|name| (*name).into()).collect()
    };
    let mut each = |place: &[&str]| {
        let at: Vec<&str> = std::iter::once("spec")
            .chain(place.iter().copied())
            .collect();
        let found = pod.at(&at);
        let fields = found.and_then(Value::as_map).into_iter().flatten();
        let fields = fields.map(|(name, _)| Step::from(&**name));
        let items = found.map_or(0, |list| list.items().len());
        for step in fields.chain((0..items).map(Step::from)) {
            let mut path = spec(place);
            path.push(step);
            paths.push(path);
        }
    };
    each(&["nodeSelector"]);
    const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
    each(&["affinity", "podAffinity", REQUIRED]);
    each(&["affinity", "podAntiAffinity", REQUIRED]);
    each(&["topologySpreadConstraints"]);
    let terms = [
        "spec",
        "affinity",
        "nodeAffinity",
        REQUIRED,
        "nodeSelectorTerms",
    ];
    let affinity = &terms[..4];
    let all_of_it: Vec<Step> = affinity.iter().map(|name| (*name).into()).collect();
    for (index, term) in pod
        .at(&terms)
        .map_or(&[][..], Value::items)
        .iter()
        .enumerate()
    {
        for kind in ["matchExpressions", "matchFields"] {
            for number in 0..term.get(kind).map_or(0, |list| list.items().len()) {
                let mut path = all_of_it.clone();
                path.extend([
                    "nodeSelectorTerms".into(),
                    index.into(),
                    kind.into(),
                    number.into(),
                ]);
                paths.push(path);
            }
        }
    }
    if pod.at(affinity).is_some() {
        paths.push(all_of_it);
    }
    for (index, container) in pod
        .at(&["spec", "containers"])
        .map_or(&[][..], Value::items)
        .iter()
        .enumerate()
    {
        let ports = container.get("ports").map_or(&[][..], Value::items);
        for (number, port) in ports.iter().enumerate() {
            if port.get("hostPort").is_some() {
                paths.push(path([
                    "spec".into(),
                    "containers".into(),
                    index.into(),
                    "ports".into(),
                    number.into(),
                    "hostPort".into(),
                ]));
            }
        }
    }
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
    let about_others = ["InterPodAffinity", "PodTopologySpread"];
    let anywhere = rejected
        .all
        .iter()
        .any(|(_, said)| about_others.contains(&said.plugin));
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
    let mut kinds: Vec<&Node> = Vec::new();
    for node in view.nodes() {
        if !kinds.iter().any(|known| is_like(known, &node.node)) {
            kinds.push(&node.node);
        }
    }
    let names = kinds.iter().map(|node| node.metadata.name.clone());
    names.map(Edit::AddLike).collect()
}

/// The label that every node has for itself.
pub(super) const HOSTNAME: &str = "kubernetes.io/hostname";

fn is_like(one: &Node, other: &Node) -> bool {
    let labels = |node: &Node| {
        let mut labels = node.metadata.labels.clone();
        labels.remove(HOSTNAME);
        labels
    };
    one.status.allocatable == other.status.allocatable
        && one.spec.taints == other.spec.taints
        && labels(one) == labels(other)
}
