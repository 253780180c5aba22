//! What a Pod says about where it may run. Models the scheduling parts of `core/v1` `PodSpec`.
//! Left out: `tolerationSeconds`, until something evicts by taints.

use std::rc::Rc;

use super::selector::{LabelSelector, Requirement};
use super::view::view;

view! {
    /// One scheduling gate.
    pub struct SchedulingGate {
        /// Name of the gate.
        pub name: Rc<str>,
    }

    /// Affinity of a Pod.
    pub struct Affinity {
        /// To nodes, by their labels.
        pub node_affinity: NodeAffinity,
        /// To where other Pods are.
        pub pod_affinity: PodAffinity,
        /// Away from where other Pods are.
        pub pod_anti_affinity: PodAffinity,
    }

    /// Which nodes a Pod must have or prefers.
    pub struct NodeAffinity {
        /// At least one term has to match. `None` asks for nothing.
        pub required_during_scheduling_ignored_during_execution: Option<NodeSelector>,
        /// Each term that matches adds its weight.
        pub preferred_during_scheduling_ignored_during_execution: Vec<PreferredSchedulingTerm>,
    }

    /// Terms of which one has to match.
    pub struct NodeSelector {
        /// Or'ed.
        pub node_selector_terms: Vec<NodeSelectorTerm>,
    }

    /// Requirements that all have to hold; an empty term matches nothing.
    pub struct NodeSelectorTerm {
        /// On labels.
        pub match_expressions: Vec<Requirement>,
        /// On fields: `metadata.name`.
        pub match_fields: Vec<Requirement>,
    }

    /// A preference with its weight.
    pub struct PreferredSchedulingTerm {
        /// 1 to 100.
        pub weight: i64,
        /// What is preferred.
        pub preference: NodeSelectorTerm,
    }

    /// Near which Pods, or far from which, a Pod must be or prefers to be.
    pub struct PodAffinity {
        /// All have to hold.
        pub required_during_scheduling_ignored_during_execution: Vec<PodAffinityTerm>,
        /// Each that holds adds its weight.
        pub preferred_during_scheduling_ignored_during_execution: Vec<WeightedPodAffinityTerm>,
    }

    /// Some Pods, and what "near" means.
    pub struct PodAffinityTerm {
        /// Which Pods. `None` means none.
        pub label_selector: Option<LabelSelector>,
        /// Namespaces of these Pods, by name; with no selector either: the Pod's own.
        pub namespaces: Vec<Rc<str>>,
        /// Namespaces of these Pods, by their labels. `None` means none, an empty one all.
        pub namespace_selector: Option<LabelSelector>,
        /// Nodes are near each other if this label is the same on both.
        pub topology_key: Rc<str>,
    }

    /// A preference with its weight.
    pub struct WeightedPodAffinityTerm {
        /// 1 to 100.
        pub weight: i64,
        /// What is preferred.
        pub pod_affinity_term: PodAffinityTerm,
    }

    /// How evenly Pods have to be spread over places of one kind.
    pub struct TopologySpreadConstraint {
        /// By how many Pods a place may be ahead of the emptiest one.
        pub max_skew: i64,
        /// Nodes with the same value of this label are one place.
        pub topology_key: Rc<str>,
        /// `DoNotSchedule` or `ScheduleAnyway`
        pub when_unsatisfiable: Rc<str>,
        /// Which Pods are counted. `None` means none.
        pub label_selector: Option<LabelSelector>,
        /// While there are fewer places, the emptiest one counts as empty; 1 where it isn't said.
        pub min_domains: Option<i64>,
        /// `Honor` (also when empty): nodes that the Pod's node affinity excludes are no places.
        pub node_affinity_policy: Rc<str>,
        /// `Ignore` (also when empty): nodes whose taints the Pod doesn't bear are places all the
        /// same.
        pub node_taints_policy: Rc<str>,
        /// Labels whose values on the Pod itself are asked for besides the selector.
        pub match_label_keys: Vec<Rc<str>>,
    }

    /// One toleration.
    pub struct Toleration {
        /// Empty with `Exists`: every key.
        pub key: Rc<str>,
        /// `Equal` (also when empty) or `Exists`
        pub operator: Rc<str>,
        /// Compared with the taint's.
        pub value: Rc<str>,
        /// Empty: every effect.
        pub effect: Rc<str>,
        /// Of `NoExecute`: so long a Pod that is there stays; absent: for ever.
        pub toleration_seconds: Option<i64>,
    }
}
