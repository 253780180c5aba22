//! Constraints of topology spread with everything filled in.
//! Models `pkg/scheduler/framework/plugins/podtopologyspread/common.go` and `plugins/helper/spread.go`.

use std::rc::Rc;

use super::listers::{Key, Lister, SelectingByMap, controller_of};
use super::node_info::NodeInfo;
use super::plugins::{RequiredNodeAffinity, is_kept_away};
use super::tally::{Asked, Tally};
use super::view::ClusterView;
use crate::api::meta::Labels;
use crate::api::placement::TopologySpreadConstraint;
use crate::api::pod::Pod;
use crate::api::selector::LabelSelector;

/// The label by which each node is a place of its own.
pub const HOSTNAME: &str = "kubernetes.io/hostname";
const ZONE: &str = "topology.kubernetes.io/zone";
/// What is asked for a Pod that asks for nothing: label and skew. `systemDefaultConstraints`; both
/// only make a node less liked.
const SYSTEM_DEFAULT: [(&str, i64); 2] = [(HOSTNAME, 3), (ZONE, 5)];

/// One constraint with everything filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Constraint {
    /// By how many Pods a place may be ahead of the emptiest one.
    pub max_skew: i64,
    /// Label whose value says what is one place.
    pub topology_key: Rc<str>,
    /// Which Pods are counted. `None`: none.
    pub selector: Option<LabelSelector>,
    /// While there are fewer places, the emptiest one counts as empty.
    pub min_domains: i64,
    honors_affinity: bool,
    honors_taints: bool,
}

impl Constraint {
    /// The Pod's own constraints of this kind: `DoNotSchedule` or `ScheduleAnyway`.
    pub fn of(pod: &Pod, when_unsatisfiable: &str) -> Vec<Self> {
        let constraints = pod.spec.topology_spread_constraints.iter();
        constraints
            .filter(|constraint| &*constraint.when_unsatisfiable == when_unsatisfiable)
            .map(|constraint| Constraint::new(constraint, &pod.metadata.labels))
            .collect()
    }

    fn new(constraint: &TopologySpreadConstraint, labels: &Labels) -> Self {
        let same = constraint.match_label_keys.iter();
        let same = same.filter_map(|key| Some((key.clone(), labels.get(key)?.clone())));
        let same = LabelSelector::from(same.collect::<Labels>());
        let selector = constraint.label_selector.clone();
        Constraint {
            max_skew: constraint.max_skew,
            topology_key: constraint.topology_key.clone(),
            selector: selector.map(|selector| selector.and(&same)),
            min_domains: constraint.min_domains.unwrap_or(1),
            honors_affinity: &*constraint.node_affinity_policy != "Ignore",
            honors_taints: &*constraint.node_taints_policy == "Honor",
        }
    }

    /// What is asked for a Pod that asks for nothing: that it be apart from Pods of its Services
    /// and of its controller. Models `buildDefaultConstraints`.
    pub fn system_default(pod: &Pod, view: &ClusterView) -> Vec<Self> {
        let selector = default_selector(pod, view);
        if selector.is_empty() {
            return Vec::new();
        }
        let constraints = SYSTEM_DEFAULT.iter();
        constraints
            .map(|(key, max_skew)| Constraint {
                max_skew: *max_skew,
                topology_key: (*key).into(),
                selector: Some(selector.clone()),
                min_domains: 1,
                honors_affinity: true,
                honors_taints: false,
            })
            .collect()
    }

    /// Does it ask to leave out nodes whose taints the Pod doesn't bear?
    pub fn honors_taints(&self) -> bool {
        self.honors_taints
    }

    /// Is every node with the label part of a place for a Pod that asks its node for this?
    pub fn counts_all(&self, required: &RequiredNodeAffinity) -> bool {
        !self.honors_taints && (!self.honors_affinity || required.asks_for_nothing())
    }

    /// Is the node part of a place for this Pod? Models `matchNodeInclusionPolicies`.
    pub fn counts(&self, pod: &Pod, required: &RequiredNodeAffinity, node: &NodeInfo) -> bool {
        let node = &node.node;
        (!self.honors_affinity || required.matches(node))
            && !(self.honors_taints && is_kept_away(&node.spec.taints, &pod.spec.tolerations))
    }

    /// Is a Pod with these labels counted?
    pub fn selects(&self, labels: &Labels) -> bool {
        let selector = self.selector.as_ref();
        selector.is_some_and(|selector| selector.matches(labels))
    }

    /// How many Pods of each node are counted: of this namespace, and not going. A selector that means
    /// everything counts nothing here. Models `countPodsMatchSelector`.
    pub fn pods(&self, view: &ClusterView, namespace: &Rc<str>) -> Rc<Tally> {
        let selector = self.selector.as_ref().filter(|s| !s.is_empty());
        selector.map_or_else(Rc::default, |selector| {
            view.count(Asked::Staying(namespace.clone(), selector.clone()))
        })
    }
}

/// Does the node have the labels of all constraints?
pub fn has_all_keys(labels: &Labels, constraints: &[Constraint]) -> bool {
    let mut constraints = constraints.iter();
    constraints.all(|constraint| labels.contains_key(&constraint.topology_key))
}

/// Pods of the same Services and of the same controller. Models `DefaultSelector`.
fn default_selector(pod: &Pod, view: &ClusterView) -> LabelSelector {
    let listers = &view.listers;
    let namespace = &pod.metadata.namespace;
    let mut labels = Labels::new();
    for selector in selectors_in(&listers.services, namespace) {
        if selector
            .iter()
            .all(|(key, value)| pod.metadata.labels.get(key) == Some(value))
        {
            labels.extend(selector.clone());
        }
    }
    let Some(owner) = controller_of(&pod.metadata) else {
        return labels.into();
    };
    let key = (namespace.clone(), owner.name.clone());
    let selecting = match (&*owner.api_version, &*owner.kind) {
        ("v1", "ReplicationController") => {
            let owner = listers.replication_controllers.get(&key);
            labels.extend(
                owner
                    .and_then(|o| o.spec.selector.clone())
                    .unwrap_or_default(),
            );
            None
        }
        ("apps/v1", "ReplicaSet") => listers.replica_sets.get(&key),
        ("apps/v1", "StatefulSet") => listers.stateful_sets.get(&key),
        _ => None,
    };
    let selector = LabelSelector::from(labels);
    match selecting.and_then(|owner| owner.spec.selector.as_ref()) {
        Some(its) => selector.and(its),
        None => selector,
    }
}

fn selectors_in<'a>(
    lister: &'a Lister<SelectingByMap>,
    namespace: &'a Rc<str>,
) -> impl Iterator<Item = &'a Labels> {
    let from: Key = (namespace.clone(), "".into());
    lister
        .range(from..)
        .take_while(move |((of, _), _)| of == namespace)
        .filter_map(|(_, object)| object.spec.selector.as_ref())
}
