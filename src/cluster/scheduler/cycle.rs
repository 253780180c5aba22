//! One scheduling cycle as a pure function: filter, preempt if nothing fits, score, choose.
//! Models `schedulePod`, `findNodesThatFitPod` and `prioritizeNodes` of `pkg/scheduler/schedule_one.go`.
//! Left out: extenders; several profiles.

use std::ops::Range;
use std::rc::Rc;

use crate::collections::Set;

use super::answers::Answers;
use super::decision::{Decision, Outcome, PluginScores, Rejection};
use super::decision::{no_node_message, no_nodes_available};
use super::framework::{Code, Cycle, Filter, Fit, Plugin, PreFilter, PreScore, Score, Status};
use super::node_info::{NodeInfo, PodInfo};
use super::plugins::PLUGINS;
use super::preemption::preempt;
use super::view::{ClusterView, Slot};

/// Up to so many nodes, all are tried. `minFeasibleNodesToFind`.
const MIN_FEASIBLE_NODES_TO_FIND: usize = 100;
/// At least this part of them is tried. `minFeasibleNodesPercentageToFind`.
const MIN_FEASIBLE_NODES_PERCENTAGE: usize = 5;

/// Which nodes are tried, and in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sampling {
    /// The first node to be tried.
    pub start: usize,
    /// How many of a hundred nodes have to fit until no more are tried; 0 adapts to their number.
    /// `percentageOfNodesToScore`, default 0.
    pub percentage: usize,
    /// Is the node that preemption promised tried before all others?
    pub nominated_first: bool,
}

impl Sampling {
    /// Upstream's default, beginning at `start`.
    pub fn adaptive(start: usize) -> Self {
        Sampling {
            start,
            percentage: 0,
            nominated_first: true,
        }
    }

    /// All nodes: for explaining.
    pub const ALL: Sampling = Sampling {
        start: 0,
        percentage: 100,
        nominated_first: true,
    };

    /// Models `numFeasibleNodesToFind`.
    fn enough(self, nodes: usize) -> usize {
        if nodes < MIN_FEASIBLE_NODES_TO_FIND {
            return nodes;
        }
        let percentage = match self.percentage {
            0 => 50_usize
                .saturating_sub(nodes / 125)
                .max(MIN_FEASIBLE_NODES_PERCENTAGE),
            percentage => percentage,
        };
        (nodes * percentage / 100).max(MIN_FEASIBLE_NODES_TO_FIND)
    }
}

/// Draws a number below the one given. What was drawn for an attempt has to be drawn again when it
/// is explained.
pub type Draw<'d> = &'d mut dyn FnMut(u32) -> u32;

/// Where would this Pod go, and why? Changes nothing; the same arguments give the same answer.
pub fn decide(view: &ClusterView, pod: &PodInfo, sampling: Sampling, draw: Draw) -> Decision {
    let mut decision = Decision::new(view.len(), view.names());
    decision.next_start = sampling.start;
    if view.is_empty() {
        decision.outcome = Outcome::NoNodes;
        decision.message = "no nodes available to schedule pods".into();
        return decision;
    }
    let cycle = Cycle { pod, view };
    let filters = match run_pre_filters(cycle, &mut decision) {
        Ok(filters) => filters,
        Err(rejection) => return reject(decision, rejection),
    };
    decision.filters = filters.iter().map(|(name, _)| *name).collect();
    let filters = Filters::new(&filters);
    let mut answers = view.answers.take(pod);
    let found = find_feasible(cycle, &filters, sampling, &mut answers, &mut decision);
    let (feasible, rejecting) = match found {
        Ok(found) => found,
        Err(message) => return fail(decision, message),
    };
    decision.feasible = feasible.iter().map(|node| node.name().clone()).collect();
    if feasible.is_empty() {
        decision = run_post_filters(cycle, &filters, &rejecting, &mut answers, decision, draw);
        view.answers.put_back(answers);
        return decision;
    }
    view.answers.put_back(answers);
    if feasible.len() > 1
        && let Err(message) = score(cycle, &feasible, &mut decision)
    {
        return fail(decision, message);
    }
    choose(&mut decision, draw);
    decision
}

/// The nodes that the filters let pass, all of them or this one alone; nothing is scored, and nobody is
/// asked to go.
pub fn nodes_that_fit(view: &ClusterView, pod: &PodInfo, on: Option<&str>) -> Vec<Rc<str>> {
    if view.is_empty() {
        return Vec::new();
    }
    let cycle = Cycle { pod, view };
    let mut decision = Decision::new(view.len(), view.names());
    let Ok(filters) = run_pre_filters(cycle, &mut decision) else {
        return Vec::new();
    };
    let filters = Filters::new(&filters);
    if let Some(name) = on {
        let narrowed = decision.pre_filter_nodes.as_ref();
        let is_asked = narrowed.is_none_or(|narrowed| narrowed.contains(name));
        let node = view.node(name).filter(|_| is_asked);
        let fits = |node: &&NodeInfo| filters.run(cycle, node).is_ok();
        return node
            .filter(fits)
            .map(|node| node.name().clone())
            .into_iter()
            .collect();
    }
    let mut answers = view.answers.take(pod);
    let found = find_feasible(cycle, &filters, Sampling::ALL, &mut answers, &mut decision);
    view.answers.put_back(answers);
    let (found, _) = found.unwrap_or_default();
    found.iter().map(|node| node.name().clone()).collect()
}

/// A plugin's filter with its plugin's name.
pub(super) type NamedFilter<'a> = (&'static str, Box<dyn Filter<'a> + 'a>);

fn run_pre_filters<'a>(
    cycle: Cycle<'a>,
    decision: &mut Decision,
) -> Result<Vec<NamedFilter<'a>>, Rejection> {
    let mut filters = Vec::with_capacity(PLUGINS.len());
    for plugin in PLUGINS {
        let name = plugin.name();
        match plugin.pre_filter(cycle) {
            PreFilter::Absent => {}
            PreFilter::Skip => decision.skipped_filters.push(name),
            PreFilter::Run(filter) => filters.push((name, filter)),
            PreFilter::RunOn(nodes, filter) => {
                // Upstream intersects what several plugins say. Here NodeAffinity alone says anything.
                debug_assert!(
                    decision.pre_filter_nodes.is_none(),
                    "{name}: intersect them"
                );
                decision.unschedulable_plugins.insert(name);
                decision.pre_filter_nodes = Some(nodes);
                filters.push((name, filter));
            }
            PreFilter::Reject(status) => {
                return Err(Rejection {
                    plugin: name,
                    status,
                });
            }
        }
    }
    Ok(filters)
}

/// The Pod is rejected before any node is looked at. DynamicResources then has no state for the
/// cycle, so that its PostFilter fails with "not found" and preemption isn't asked.
fn reject(mut decision: Decision, rejection: Rejection) -> Decision {
    let message = rejection.status.message();
    if rejection.status.code == Code::Error {
        let plugin = rejection.plugin;
        return fail(
            decision,
            format!("running PreFilter plugin \"{plugin}\": {message}"),
        );
    }
    decision.unschedulable_plugins = [rejection.plugin].into_iter().collect();
    decision.filter_message = format!("{} {message}.", no_nodes_available(decision.node_count));
    decision.message = format!("{} not found", decision.filter_message);
    decision.pre_filter = Some(rejection);
    decision
}

fn fail(mut decision: Decision, message: String) -> Decision {
    decision.outcome = Outcome::Error;
    decision.message = message;
    decision.unschedulable_plugins = Set::new();
    decision
}

/// The nodes that fit, and those on which removing Pods might help. Those that don't fit are noted in
/// the decision.
fn find_feasible<'a>(
    cycle: Cycle<'a>,
    filters: &Filters<'_, 'a>,
    sampling: Sampling,
    answers: &mut Answers,
    decision: &mut Decision,
) -> Result<Tried<'a>, String> {
    let nominated = &cycle.pod.pod.status.nominated_node_name;
    if sampling.nominated_first
        && !nominated.is_empty()
        && let Some(node) = cycle.view.node(nominated)
    {
        let node = &mut [node.slot].into_iter();
        let tried = try_nodes(cycle, filters, node, 1, answers, decision)?;
        if !tried.0.is_empty() {
            decision.nominated_first = true;
            return Ok(tried);
        }
        decision.rejected.clear();
    }
    let found = match &decision.pre_filter_nodes {
        Some(names) => {
            let plugins: Vec<&str> = decision.unschedulable_plugins.iter().copied().collect();
            let text = format!("node(s) didn't satisfy plugin(s) [{}]", plugins.join(" "));
            decision.others = Rejection {
                plugin: "PreFilterResult",
                status: Status::unresolvable(text),
            };
            let nodes: Vec<_> = names
                .iter()
                .filter_map(|name| Some(cycle.view.node(name)?.slot))
                .collect();
            let enough = sampling.enough(nodes.len());
            let nodes = &mut nodes.into_iter();
            try_nodes(cycle, filters, nodes, enough, answers, decision)?
        }
        None => {
            let count = cycle.view.len();
            let (last, first) = cycle.view.order().split_at(sampling.start % count);
            let nodes = &mut first.iter().chain(last).copied();
            let enough = sampling.enough(count);
            try_nodes(cycle, filters, nodes, enough, answers, decision)?
        }
    };
    let tried = found.0.len() + decision.rejected.len();
    decision.next_start = (sampling.start + tried) % cycle.view.len();
    Ok(found)
}

/// Nodes that fit, and nodes on which removing Pods might help.
type Tried<'a> = (Vec<&'a NodeInfo>, Vec<Slot>);

fn try_nodes<'a>(
    cycle: Cycle<'a>,
    filters: &Filters<'_, 'a>,
    nodes: &mut dyn Iterator<Item = Slot>,
    enough: usize,
    answers: &mut Answers,
    decision: &mut Decision,
) -> Result<Tried<'a>, String> {
    let (mut feasible, mut rejecting) = (Vec::with_capacity(enough), Vec::new());
    while feasible.len() < enough {
        let Some(slot) = nodes.next() else { break };
        // A known rejection isn't copied: thousands of nodes may have one.
        let asked = match answers.of(slot) {
            Some(Err(_)) => Ok(()),
            _ => filters.ask(cycle, slot, answers),
        };
        let rejection = match (&asked, answers.of(slot)) {
            (Err(rejection), _) | (Ok(()), Some(Err(rejection))) => rejection,
            (Ok(()), _) => {
                feasible.push(cycle.view.info(slot));
                continue;
            }
        };
        match rejection.status.code {
            Code::Error => {
                let (plugin, message) = (rejection.plugin, rejection.status.message());
                return Err(format!("running \"{plugin}\" filter plugin: {message}"));
            }
            Code::Unschedulable => rejecting.push(slot),
            Code::UnschedulableAndUnresolvable => {}
        }
        decision.rejected.push(slot, rejection);
    }
    let plugins = decision.rejected.said().map(|(said, _)| said.plugin);
    decision.unschedulable_plugins.extend(plugins);
    Ok((feasible, rejecting))
}

/// The filters of one Pod. Those that count Pods beyond the node may have copies that count otherwise.
pub(super) struct Filters<'f, 'a> {
    all: &'f [NamedFilter<'a>],
    /// So many of them, the first ones, look at the node alone.
    alone: usize,
    /// Copies, each with the number of the filter that it stands for.
    own: Vec<(usize, Box<dyn Filter<'a> + 'a>)>,
}

impl<'f, 'a> Filters<'f, 'a> {
    fn new(all: &'f [NamedFilter<'a>]) -> Self {
        let mut filters = all.iter();
        let other = filters.position(|(_, filter)| !filter.asks_the_node_alone());
        Filters {
            all,
            alone: other.unwrap_or(all.len()),
            own: Vec::new(),
        }
    }

    fn current(&self, number: usize) -> &dyn Filter<'a> {
        let own = self.own.iter().find(|(of, _)| *of == number);
        own.map_or(&*self.all[number].1, |(_, filter)| &**filter)
    }

    /// Filters that may count Pods otherwise than these.
    pub fn duplicate(&self) -> Self {
        let numbers = 0..self.all.len();
        let copy = |number| Some((number, self.current(number).duplicate()?));
        Filters {
            all: self.all,
            alone: self.alone,
            own: numbers.filter_map(copy).collect(),
        }
    }

    /// Counts a Pod as if it were on the node. Not to be called before they are duplicates.
    pub fn add_pod(&mut self, pod: &PodInfo, node: &NodeInfo) {
        for (_, filter) in &mut self.own {
            filter.add_pod(pod, node);
        }
    }

    /// Counts a Pod as if it were gone from the node. Not to be called before they are duplicates.
    pub fn remove_pod(&mut self, pod: &PodInfo, node: &NodeInfo) {
        for (_, filter) in &mut self.own {
            filter.remove_pod(pod, node);
        }
    }

    /// Runs the filters on a node, first with the Pods counted that it is promised to and that are at
    /// least as important, then without them. Models `RunFilterPluginsWithNominatedPods`.
    pub fn run(&self, cycle: Cycle<'a>, node: &NodeInfo) -> Result<(), Rejection> {
        let pod = &cycle.pod.pod;
        let mut important = node
            .nominated
            .iter()
            .filter(|other| other.pod.spec.priority >= pod.spec.priority && !other.is(pod))
            .peekable();
        if important.peek().is_some() {
            let mut with = node.clone();
            let mut filters = self.duplicate();
            for other in important {
                with.add_pod(other.clone());
                filters.add_pod(other, &with);
            }
            filters.run_as_is(&with)?;
        }
        self.run_as_is(node)
    }

    /// Runs the filters on a node, unless it is known what it answers, and keeps what is known then.
    fn ask(&self, cycle: Cycle<'a>, slot: Slot, answers: &mut Answers) -> Result<(), Rejection> {
        if answers.of(slot).is_none() {
            let node = cycle.view.info(slot);
            if !node.nominated.is_empty() {
                return self.run(cycle, node);
            }
            let answer = self.run_some(0..self.alone, node);
            answers.keep(slot, &answer);
            answer?;
        }
        let others = self.alone..self.all.len();
        match others.is_empty() {
            true => Ok(()),
            false => self.run_some(others, cycle.view.info(slot)),
        }
    }

    /// Do all filters look at the node alone?
    pub fn ask_the_node_alone(&self) -> bool {
        self.alone == self.all.len()
    }

    fn run_as_is(&self, node: &NodeInfo) -> Result<(), Rejection> {
        self.run_some(0..self.all.len(), node)
    }

    fn run_some(&self, numbers: Range<usize>, node: &NodeInfo) -> Result<(), Rejection> {
        for number in numbers {
            let (plugin, filter) = &self.all[number];
            let fit: Fit = match self.own.is_empty() {
                true => filter.filter(node),
                false => self.current(number).filter(node),
            };
            if let Err(status) = fit {
                let plugin = *plugin;
                return Err(Rejection { plugin, status });
            }
        }
        Ok(())
    }
}

/// Nothing fits: DynamicResources has no claim to free, then preemption is asked.
fn run_post_filters<'a>(
    cycle: Cycle<'a>,
    filters: &Filters<'_, 'a>,
    rejecting: &[Slot],
    answers: &mut Answers,
    mut decision: Decision,
    draw: Draw,
) -> Decision {
    let others = (decision.untried(), &decision.others.status);
    decision.filter_message = no_node_message(decision.node_count, &decision.rejected, others);
    let preemption = preempt(cycle, filters, rejecting, answers, &decision, draw);
    decision.message = match preemption.message.is_empty() {
        true => decision.filter_message.clone(),
        false => format!("{} {}", decision.filter_message, preemption.message),
    };
    decision.preemption = Some(preemption);
    decision
}

fn score<'a>(
    cycle: Cycle<'a>,
    feasible: &[&'a NodeInfo],
    decision: &mut Decision,
) -> Result<(), String> {
    decision.totals = vec![0; feasible.len()];
    for plugin in PLUGINS {
        match plugin.pre_score(cycle, feasible) {
            PreScore::Absent => {}
            PreScore::Skip => decision.skipped_scores.push(plugin.name()),
            PreScore::Error(message) => {
                let name = plugin.name();
                return Err(format!("running PreScore plugin \"{name}\": {message}"));
            }
            PreScore::Run(score) => {
                let scores = run_score(*plugin, &*score, feasible);
                for (total, normalized) in decision.totals.iter_mut().zip(&scores.normalized) {
                    *total += normalized * scores.weight;
                }
                decision.scores.push(scores);
            }
        }
    }
    Ok(())
}

fn run_score(plugin: &dyn Plugin, score: &dyn Score, feasible: &[&NodeInfo]) -> PluginScores {
    let nodes = feasible.iter().enumerate();
    let raw: Vec<i64> = nodes
        .map(|(index, node)| score.score(index, node))
        .collect();
    let mut normalized = raw.clone();
    score.normalize(&mut normalized);
    PluginScores {
        plugin: plugin.name(),
        weight: plugin.weight(),
        raw,
        normalized,
    }
}

/// Takes a node with the highest sum; chance decides among several.
fn choose(decision: &mut Decision, draw: Draw) {
    let highest = decision.totals.iter().max();
    decision.best = match highest {
        None => decision.feasible.clone(),
        Some(highest) => {
            let pairs = decision.feasible.iter().zip(&decision.totals);
            pairs
                .filter(|(_, total)| *total == highest)
                .map(|(name, _)| name.clone())
                .collect()
        }
    };
    let index = match decision.best.len() {
        1 => 0,
        ties => draw(u32::try_from(ties).unwrap_or(u32::MAX)) as usize,
    };
    let chosen: Rc<str> = decision.best[index].clone();
    decision.outcome = Outcome::Scheduled(chosen);
}

#[cfg(test)]
mod tests {
    use super::Sampling;

    #[test]
    fn so_many_nodes_are_enough() {
        for (nodes, percentage, expected) in [
            (3, 0, 3),
            (99, 0, 99),
            (100, 0, 100),
            (200, 0, 100),
            (1000, 0, 420),
            (5000, 0, 500),
            (6000, 0, 300),
            (5000, 100, 5000),
        ] {
            let sampling = Sampling {
                percentage,
                ..Sampling::adaptive(0)
            };
            assert_eq!(sampling.enough(nodes), expected, "{nodes} nodes");
        }
    }
}
