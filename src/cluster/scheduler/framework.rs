//! What a scheduler plugin is. Models `k8s.io/kube-scheduler/framework/interface.go`.
//!
//! Upstream's plugins leave what they worked out for a Pod in a `CycleState`, a map of anything.
//! Here a plugin hands out a value that knows it: [`PreFilter::Run`] holds the [`Filter`] of this
//! Pod, [`PreScore::Run`] its [`Score`]. Left out: Reserve, Permit and PreBind, which no plugin of
//! ours needs yet, and everything that only a scheduler configuration file can set.

use std::borrow::Cow;
use std::rc::Rc;

use super::node_info::{NodeInfo, PodInfo};
use super::queue::ClusterEvent;
use super::view::{ClusterView, key_of};
use crate::api::pod::Pod;
use crate::collections::Set;

/// Highest score of a node after normalising.
pub const MAX_NODE_SCORE: i64 = 100;

/// Why a node was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Removing Pods from the node might help.
    Unschedulable,
    /// Removing Pods from the node wouldn't help.
    UnschedulableAndUnresolvable,
    /// Something went wrong: the cycle ends.
    Error,
}

impl Code {
    /// As upstream writes it.
    pub fn name(self) -> &'static str {
        match self {
            Code::Unschedulable => "Unschedulable",
            Code::UnschedulableAndUnresolvable => "UnschedulableAndUnresolvable",
            Code::Error => "Error",
        }
    }
}

/// One sentence of upstream's.
pub type Reason = Cow<'static, str>;

/// What a plugin says when it rejects. Models `framework.Status`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Could anything be done about it?
    pub code: Code,
    reasons: Reasons,
}

/// Almost always one, and thousands of nodes may say it: no list for that.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Reasons {
    One(Reason),
    Many(Vec<Reason>),
}

impl Status {
    /// Removing Pods might help.
    pub fn unschedulable(reason: impl Into<Reason>) -> Self {
        Status {
            code: Code::Unschedulable,
            reasons: Reasons::One(reason.into()),
        }
    }

    /// Removing Pods wouldn't help.
    pub fn unresolvable(reason: impl Into<Reason>) -> Self {
        Status {
            code: Code::UnschedulableAndUnresolvable,
            reasons: Reasons::One(reason.into()),
        }
    }

    /// The cycle ends with an error.
    pub fn error(reason: impl Into<Reason>) -> Self {
        Status {
            code: Code::Error,
            reasons: Reasons::One(reason.into()),
        }
    }

    /// For a reason and perhaps more, in the plugin's order.
    pub fn because(code: Code, first: Reason, mut more: Vec<Reason>) -> Self {
        if more.is_empty() {
            let reasons = Reasons::One(first);
            return Status { code, reasons };
        }
        more.insert(0, first);
        Status::of(code, more)
    }

    /// For several reasons at once, in the plugin's order.
    pub fn of(code: Code, mut reasons: Vec<Reason>) -> Self {
        let reasons = match reasons.len() {
            1 => Reasons::One(reasons.remove(0)),
            _ => Reasons::Many(reasons),
        };
        Status { code, reasons }
    }

    /// In the plugin's order.
    pub fn reasons(&self) -> &[Reason] {
        match &self.reasons {
            Reasons::One(reason) => std::slice::from_ref(reason),
            Reasons::Many(reasons) => reasons,
        }
    }

    /// Is it the same? Mostly it is the same text in memory.
    pub(super) fn is(&self, other: &Status) -> bool {
        let same = |a: &Reason, b: &Reason| std::ptr::eq::<str>(&**a, &**b) || a == b;
        self.code == other.code
            && match (&self.reasons, &other.reasons) {
                (Reasons::One(own), Reasons::One(other)) => same(own, other),
                (own, other) => own == other,
            }
    }

    /// All reasons in one line.
    pub fn message(&self) -> String {
        self.reasons().join(", ")
    }
}

/// May the Pod run on this node? If not: why.
pub type Fit = Result<(), Status>;

/// One Pod, and the cluster as it stands: all that a plugin may look at.
#[derive(Clone, Copy)]
pub struct Cycle<'a> {
    /// The Pod to be placed.
    pub pod: &'a PodInfo,
    /// Nodes with the Pods on them, and what else the scheduler watches.
    pub view: &'a ClusterView,
}

/// A Pod that was rejected, and the cluster as it stands now.
#[derive(Clone, Copy)]
pub struct Waiting<'a> {
    /// The Pod. What is asked again and again isn't worked out: most events are of no interest.
    pub pod: &'a Pod,
    /// Nodes with the Pods on them, and what else the scheduler watches.
    pub view: &'a ClusterView,
}

impl Waiting<'_> {
    /// Is `other` a version of the Pod itself?
    pub fn is(&self, other: &Pod) -> bool {
        key_of(self.pod) == key_of(other)
    }
}

/// A scheduler plugin. It has no state: what it works out for a Pod is in what it hands out.
pub trait Plugin: Sync {
    /// Upstream's name.
    fn name(&self) -> &'static str;

    /// What its score counts, compared with the other plugins'.
    fn weight(&self) -> i64 {
        1
    }

    /// May the Pod enter the queue at all?
    ///
    /// # Errors
    /// Why not.
    fn pre_enqueue(&self, _pod: &Pod) -> Fit {
        Ok(())
    }

    /// Looks at the Pod once, before any node.
    fn pre_filter<'a>(&self, _cycle: Cycle<'a>) -> PreFilter<'a> {
        PreFilter::Absent
    }

    /// Looks at the Pod and the nodes that fit, before any is scored.
    fn pre_score<'a>(&self, _cycle: Cycle<'a>, _nodes: &[&'a NodeInfo]) -> PreScore<'a> {
        PreScore::Absent
    }

    /// This plugin rejected the Pod, and then something happened: might the Pod fit now?
    /// Upstream's `EventsToRegister` and its hints in one.
    fn is_worth_requeuing(&self, _waiting: Waiting, _event: &ClusterEvent) -> bool {
        false
    }
}

/// What a plugin's PreFilter says.
pub enum PreFilter<'a> {
    /// The plugin filters nothing, ever.
    Absent,
    /// It has nothing to say about this Pod.
    Skip,
    /// Every node has to pass this.
    Run(Box<dyn Filter<'a> + 'a>),
    /// The same, and only nodes of these names are worth looking at.
    RunOn(Set<Rc<str>>, Box<dyn Filter<'a> + 'a>),
    /// No node will do.
    Reject(Status),
}

/// The filter of one plugin for one Pod.
pub trait Filter<'a> {
    /// May the Pod run on this node?
    ///
    /// # Errors
    /// Why not.
    fn filter(&self, node: &NodeInfo) -> Fit;

    /// Does the answer depend on nothing but the node and what `answers.rs` compares of two Pods? Then it
    /// stands for all Pods that are alike in that.
    fn asks_the_node_alone(&self) -> bool {
        false
    }

    /// Counts a Pod as if it were on the node.
    fn add_pod(&mut self, _pod: &PodInfo, _node: &NodeInfo) {}

    /// Counts a Pod as if it were gone from the node.
    fn remove_pod(&mut self, _pod: &PodInfo, _node: &NodeInfo) {}

    /// One that may count Pods without changing this one; `None` if it counts none but the node's.
    fn duplicate(&self) -> Option<Box<dyn Filter<'a> + 'a>> {
        None
    }
}

/// What a plugin's PreScore says.
pub enum PreScore<'a> {
    /// The plugin scores nothing, ever.
    Absent,
    /// It has nothing to say about this Pod.
    Skip,
    /// Every node that fits is scored by this.
    Run(Box<dyn Score + 'a>),
    /// The cycle ends with an error.
    Error(String),
}

/// The score of one plugin for one Pod.
pub trait Score {
    /// How good the node is; `index` counts the nodes that fit.
    fn score(&self, index: usize, node: &NodeInfo) -> i64;

    /// Brings the scores of all nodes to 0..=100.
    fn normalize(&self, _scores: &mut [i64]) {}
}

/// Scores in proportion to the highest one; with `reverse`, the lowest is best.
/// Models `plugins/helper/normalize_score.go`.
pub fn default_normalize(scores: &mut [i64], reverse: bool) {
    let highest = scores.iter().copied().max().unwrap_or(0).max(0);
    for score in scores {
        *score = match (highest, reverse) {
            (0, true) => MAX_NODE_SCORE,
            (0, false) => *score,
            (_, true) => MAX_NODE_SCORE - MAX_NODE_SCORE * *score / highest,
            (_, false) => MAX_NODE_SCORE * *score / highest,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::default_normalize;

    #[test]
    fn scores_are_brought_to_a_hundred() {
        for (scores, reverse, expected) in [
            (vec![1, 2, 4], false, vec![25, 50, 100]),
            (vec![1, 2, 4], true, vec![75, 50, 0]),
            (vec![0, 0], false, vec![0, 0]),
            (vec![0, 0], true, vec![100, 100]),
        ] {
            let mut found = scores.clone();
            default_normalize(&mut found, reverse);
            assert_eq!(found, expected, "{scores:?}");
        }
    }
}
