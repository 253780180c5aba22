//! One attempt to place a Pod, as data: what every node got, why, and what came of it.
//! Models `framework.Diagnosis`, `framework.FitError` and what `schedule_one.go` logs at level 10.
//!
//! The page's tables, the FailedScheduling text, "would it fit if …?" and the tests read this value.

use std::rc::Rc;

use crate::collections::Set;

use super::framework::{Code, Reason, Status};
use super::preemption::Preemption;
use super::view::{NodeNames, Slot};
use crate::order;

/// What one attempt came to, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// What came of it.
    pub outcome: Outcome,
    /// How many nodes there were.
    pub node_count: usize,
    /// The rejection of the Pod before any node was looked at.
    pub pre_filter: Option<Rejection>,
    /// Nodes worth looking at, if a plugin said so; some may not exist.
    pub pre_filter_nodes: Option<Set<Rc<str>>>,
    /// Plugins that filtered, in their order.
    pub filters: Vec<&'static str>,
    /// Plugins that had nothing to filter.
    pub skipped_filters: Vec<&'static str>,
    /// Nodes that were looked at and don't fit, in the order in which they were tried.
    pub rejected: Rejected,
    /// What is said of nodes that weren't looked at.
    pub others: Rejection,
    /// Nodes that fit, in the order in which they were tried.
    pub feasible: Vec<Rc<str>>,
    /// Scores, one list a plugin; none if fewer than two nodes fit.
    pub scores: Vec<PluginScores>,
    /// Plugins that had nothing to score.
    pub skipped_scores: Vec<&'static str>,
    /// Sums of the weighted scores, in the order of `feasible`.
    pub totals: Vec<i64>,
    /// The nodes with the highest sum: the chosen one is drawn from them.
    pub best: Vec<Rc<str>>,
    /// Was the node taken that preemption had promised, without a look at the others?
    pub nominated_first: bool,
    /// Plugins that rejected a node or the Pod.
    pub unschedulable_plugins: Set<&'static str>,
    /// Why no node is available, without what preemption adds.
    pub filter_message: String,
    /// The whole sentence of the FailedScheduling Event; empty if a node was found.
    pub message: String,
    /// What preemption found; `None` if it wasn't asked.
    pub preemption: Option<Preemption>,
    /// Where the next attempt begins to look.
    pub next_start: usize,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It goes to this node.
    Scheduled(Rc<str>),
    /// No node fits.
    Unschedulable,
    /// There is no node.
    NoNodes,
    /// Something went wrong.
    Error,
}

/// Who rejected, and why. The plugin is empty where none did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Upstream's name of the plugin.
    pub plugin: &'static str,
    /// What it said.
    pub status: Status,
}

impl Rejection {
    /// Is it the same? Mostly it is the same text in memory.
    pub(super) fn is(&self, other: &Rejection) -> bool {
        let plugin = std::ptr::eq(self.plugin, other.plugin) || self.plugin == other.plugin;
        plugin && self.status.is(&other.status)
    }
}

/// Nodes that don't fit, in the order in which they were tried. Thousands of them say the same, so
/// what is said stands once.
#[derive(Clone, Debug, Default)]
pub struct Rejected {
    names: NodeNames,
    /// In the order in which it came up, and how many nodes say it.
    said: Vec<(Rejection, usize)>,
    /// Nodes, each with the number of what it says.
    nodes: Vec<(u32, u32)>,
}

impl PartialEq for Rejected {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Rejected {
    /// None yet of the nodes with these names.
    pub(super) fn new(names: NodeNames) -> Self {
        Rejected {
            names,
            ..Rejected::default()
        }
    }

    /// The node in this slot, too.
    pub(super) fn push(&mut self, slot: Slot, rejection: &Rejection) {
        let last = self.nodes.last().map(|(_, number)| *number as usize);
        let last = last.filter(|number| self.said[*number].0.is(rejection));
        let find = || self.said.iter().position(|(known, _)| known.is(rejection));
        let number = last.or_else(find).unwrap_or(self.said.len());
        match self.said.get_mut(number) {
            Some((_, nodes)) => *nodes += 1,
            None => self.said.push((rejection.clone(), 1)),
        }
        self.nodes.push((slot as u32, number as u32));
    }

    /// None again.
    pub(super) fn clear(&mut self) {
        self.said.clear();
        self.nodes.clear();
    }

    /// How many they are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Their names, each with what it says.
    pub fn iter(&self) -> impl Iterator<Item = (&Rc<str>, &Rejection)> {
        let nodes = self.nodes.iter();
        nodes.map(|(slot, said)| (&self.names[*slot as usize], &self.said[*said as usize].0))
    }

    /// What is said, in the order in which it came up, and by how many.
    pub fn said(&self) -> impl Iterator<Item = (&Rejection, usize)> {
        self.said.iter().map(|(said, nodes)| (said, *nodes))
    }

    /// What the node of this name says.
    pub fn of(&self, node: &str) -> Option<&Rejection> {
        let mut all = self.iter();
        let found = all.find(|(name, _)| ***name == *node);
        found.map(|(_, rejection)| rejection)
    }
}

/// The scores that one plugin gave, in the order of [`Decision::feasible`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginScores {
    /// Upstream's name of the plugin.
    pub plugin: &'static str,
    /// What its score counts.
    pub weight: i64,
    /// As the plugin counts.
    pub raw: Vec<i64>,
    /// From 0 to 100.
    pub normalized: Vec<i64>,
}

/// What one node got.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict<'a> {
    /// It doesn't fit.
    Filtered(&'a Rejection),
    /// It wasn't looked at: enough others fit.
    NotTried,
    /// It is the only one that fits, so nothing was scored.
    Only,
    /// It fits.
    Scored {
        /// One a plugin.
        plugins: Vec<Scored>,
        /// Sum of the weighted scores.
        total: i64,
    },
}

/// What one plugin gave one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scored {
    /// Upstream's name of the plugin.
    pub plugin: &'static str,
    /// As the plugin counts.
    pub raw: i64,
    /// From 0 to 100.
    pub normalized: i64,
    /// `normalized` times the plugin's weight.
    pub weighted: i64,
}

impl Decision {
    /// An attempt that looked at nothing yet.
    pub(super) fn new(node_count: usize, names: NodeNames) -> Self {
        Decision {
            outcome: Outcome::Unschedulable,
            node_count,
            rejected: Rejected::new(names),
            pre_filter: None,
            pre_filter_nodes: None,
            filters: Vec::new(),
            skipped_filters: Vec::new(),
            others: Rejection {
                plugin: "",
                status: Status::of(Code::UnschedulableAndUnresolvable, vec![]),
            },
            feasible: Vec::new(),
            scores: Vec::new(),
            skipped_scores: Vec::new(),
            totals: Vec::new(),
            best: Vec::new(),
            nominated_first: false,
            unschedulable_plugins: Set::new(),
            filter_message: String::new(),
            message: String::new(),
            preemption: None,
            next_start: 0,
        }
    }

    /// The node that the Pod goes to.
    pub fn chosen(&self) -> Option<&Rc<str>> {
        match &self.outcome {
            Outcome::Scheduled(node) => Some(node),
            _ => None,
        }
    }

    /// The reason of the condition `PodScheduled`, where no node was found.
    pub fn condition_reason(&self) -> Option<&'static str> {
        match self.outcome {
            Outcome::Scheduled(_) => None,
            Outcome::Unschedulable | Outcome::NoNodes => Some("Unschedulable"),
            Outcome::Error => Some("SchedulerError"),
        }
    }

    /// What the node of this name got.
    pub fn verdict(&self, node: &str) -> Verdict<'_> {
        if let Some(rejection) = &self.pre_filter {
            return Verdict::Filtered(rejection);
        }
        if let Some(rejection) = self.rejected.of(node) {
            return Verdict::Filtered(rejection);
        }
        match self.feasible.iter().position(|name| &**name == node) {
            Some(_) if self.totals.is_empty() => Verdict::Only,
            Some(index) => Verdict::Scored {
                plugins: self.scores.iter().map(|scores| scores.at(index)).collect(),
                total: self.totals[index],
            },
            None if self.pre_filter_nodes.is_some() => Verdict::Filtered(&self.others),
            None => Verdict::NotTried,
        }
    }

    /// Every reason with the plugin that gave it and how many nodes it holds for, in the order in which
    /// they came up: of nodes that were looked at, of those not worth a look, of the Pod as a whole.
    pub fn reasons(&self) -> Vec<(&'static str, &Reason, usize)> {
        let others = self.untried() - self.feasible.len();
        let looked_at = self.rejected.said();
        let whole = self.pre_filter.iter().map(|said| (said, self.node_count));
        let mut counted: Vec<(&'static str, &Reason, usize)> = Vec::new();
        for (said, nodes) in looked_at.chain(whole).chain([(&self.others, others)]) {
            for reason in said.status.reasons() {
                let mut known = counted.iter_mut();
                match known.find(|(plugin, text, _)| *plugin == said.plugin && *text == reason) {
                    Some((.., count)) => *count += nodes,
                    None if nodes > 0 => counted.push((said.plugin, reason, nodes)),
                    None => {}
                }
            }
        }
        counted
    }

    /// Nodes on which removing Pods might help, in the order in which they were tried.
    pub fn potential_nodes(&self) -> impl Iterator<Item = &Rc<str>> {
        let all = self.rejected.iter();
        let potential = all.filter(|(_, said)| said.status.code == Code::Unschedulable);
        potential.map(|(name, _)| name)
    }

    /// How many of `node_count` nodes weren't looked at.
    pub(super) fn untried(&self) -> usize {
        self.node_count - self.rejected.len()
    }
}

impl PluginScores {
    /// What the node at this index of [`Decision::feasible`] got.
    pub fn at(&self, index: usize) -> Scored {
        Scored {
            plugin: self.plugin,
            raw: self.raw[index],
            normalized: self.normalized[index],
            weighted: self.normalized[index] * self.weight,
        }
    }
}

/// `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.`
/// Each reason with its count, sorted as text. Models `FitError.Error`.
pub fn no_node_message<'a>(
    node_count: usize,
    rejected: &'a Rejected,
    others: (usize, &'a Status),
) -> String {
    // Few texts, many nodes.
    let mut counts: Vec<(&Reason, usize)> = Vec::new();
    let mut count = |status: &'a Status, nodes: usize| {
        for reason in status.reasons() {
            match counts.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, count)) => *count += nodes,
                None => counts.push((reason, nodes)),
            }
        }
    };
    let rejected = rejected.said();
    rejected.for_each(|(said, nodes)| count(&said.status, nodes));
    let (other_nodes, other_status) = others;
    if other_nodes > 0 {
        count(other_status, other_nodes);
    }
    let mut parts: Vec<String> = counts
        .iter()
        .map(|(reason, count)| format!("{count} {reason}"))
        .collect();
    order::sort(&mut parts);
    let start = no_nodes_available(node_count);
    match parts.is_empty() {
        true => start,
        false => format!("{start} {}.", parts.join(", ")),
    }
}

/// `0/3 nodes are available:`
pub fn no_nodes_available(node_count: usize) -> String {
    format!("0/{node_count} nodes are available:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_counted_by_who_gave_them() {
        let mut decision = Decision::new(5, ["a".into(), "b".into(), "c".into()].into());
        let said = |plugin, reason: &'static str| Rejection {
            plugin,
            status: Status::unschedulable(reason),
        };
        for (slot, plugin, reason) in [
            (0, "NodePorts", "taken"),
            (1, "NodeName", "taken"),
            (2, "NodePorts", "taken"),
        ] {
            decision.rejected.push(slot, &said(plugin, reason));
        }
        let names = decision.rejected.iter().map(|(name, _)| &**name);
        assert_eq!(names.collect::<Vec<_>>(), ["a", "b", "c"]);
        decision.feasible.push("d".into());
        decision.others = said("PreFilterResult", "not wanted");
        let counted = decision.reasons();
        let counted: Vec<_> = counted
            .iter()
            .map(|(plugin, reason, nodes)| (*plugin, &***reason, *nodes))
            .collect();
        assert_eq!(
            counted,
            [
                ("NodePorts", "taken", 2),
                ("NodeName", "taken", 1),
                ("PreFilterResult", "not wanted", 1)
            ]
        );
    }

    #[test]
    fn reasons_are_counted_and_sorted_as_text() {
        let mut rejected = Rejected::default();
        for slot in 0..12 {
            let status = match slot {
                0..10 => Status::unschedulable("Insufficient cpu"),
                _ => Status::unresolvable("node(s) were unschedulable"),
            };
            let plugin = "";
            rejected.push(slot, &Rejection { plugin, status });
        }
        let other = Status::unresolvable("not tried");
        assert_eq!(
            no_node_message(13, &rejected, (1, &other)),
            "0/13 nodes are available: 1 not tried, 10 Insufficient cpu, \
             2 node(s) were unschedulable."
        );
    }
}
