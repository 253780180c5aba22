//! PodTopologySpread: Pods spread evenly over zones, hosts or whatever a label says is one place.
//! Models `pkg/scheduler/framework/plugins/podtopologyspread` (filtering.go, scoring.go, plugin.go).
//! Left out: default constraints other than the system's, which only a scheduler configuration file
//! can set.

use std::rc::Rc;

use super::RequiredNodeAffinity;
use crate::api::node::Node;
use crate::api::pod::Pod;
use crate::cluster::scheduler::framework::{Cycle, Filter, Fit, MAX_NODE_SCORE, Plugin, PreFilter};
use crate::cluster::scheduler::framework::{PreScore, Score, Status, Waiting};
use crate::cluster::scheduler::node_info::{NodeInfo, PodInfo, TopologyPair};
use crate::cluster::scheduler::queue::{Actions, ClusterEvent};
use crate::cluster::scheduler::spread::{Constraint, HOSTNAME, has_all_keys};
use crate::cluster::scheduler::tally::{Column, GONE, LACKING, Tally};
use crate::cluster::scheduler::view::ClusterView;

const ERR_REASON_CONSTRAINTS: &str = "node(s) didn't match pod topology spread constraints";
const ERR_REASON_NODE_LABEL: &str =
    "node(s) didn't match pod topology spread constraints (missing required label)";

/// See the head of this file.
pub struct PodTopologySpread;

impl Plugin for PodTopologySpread {
    fn name(&self) -> &'static str {
        "PodTopologySpread"
    }

    fn weight(&self) -> i64 {
        2
    }

    fn pre_filter<'a>(&self, cycle: Cycle<'a>) -> PreFilter<'a> {
        let constraints = Constraint::of(&cycle.pod.pod, "DoNotSchedule");
        match constraints.is_empty() {
            true => PreFilter::Skip,
            false => PreFilter::Run(Box::new(Skew::new(cycle, constraints))),
        }
    }

    fn pre_score<'a>(&self, cycle: Cycle<'a>, nodes: &[&'a NodeInfo]) -> PreScore<'a> {
        let pod = &*cycle.pod.pod;
        let asks_itself = !pod.spec.topology_spread_constraints.is_empty();
        let constraints = match asks_itself {
            true => Constraint::of(pod, "ScheduleAnyway"),
            false => Constraint::system_default(pod, cycle.view),
        };
        match constraints.is_empty() {
            true => PreScore::Skip,
            false => PreScore::Run(Box::new(Crowd::new(cycle, nodes, constraints, asks_itself))),
        }
    }

    fn is_worth_requeuing(&self, waiting: Waiting, event: &ClusterEvent) -> bool {
        let constraints = Constraint::of(waiting.pod, "DoNotSchedule");
        let node_actions = Actions::ADD
            | Actions::DELETE
            | Actions::UPDATE_NODE_LABEL
            | Actions::UPDATE_NODE_TAINT;
        if let Some((old, new)) = event.of_node(node_actions) {
            return node_change_helps(&constraints, old, new);
        }
        let pod_actions = Actions::ADD
            | Actions::UPDATE_POD_LABEL
            | Actions::UPDATE_POD_TOLERATION
            | Actions::DELETE;
        let pods = event.of_pod(pod_actions);
        pods.is_some_and(|(old, new)| pod_change_helps(waiting, &constraints, old, new))
    }
}

/// How many Pods are in each place, one list a constraint.
#[derive(Clone)]
struct Skew<'a> {
    pod: &'a Pod,
    required: RequiredNodeAffinity<'a>,
    constraints: Rc<Vec<Constraint>>,
    places: Vec<Places>,
}

/// How many Pods are in each place of one constraint.
#[derive(Clone)]
struct Places {
    /// By place; [`Places::NONE`] where it is none for this Pod.
    pods: Rc<Vec<i64>>,
    /// How many places there are.
    count: i64,
    emptiest: Emptiest,
}

impl Places {
    /// Not -1: a selector that means everything counts nothing at first, and then every Pod that is
    /// taken away.
    const NONE: i64 = i64::MIN;

    fn pods_in(&self, place: TopologyPair) -> i64 {
        match self.pods[place as usize] {
            Places::NONE => 0,
            pods => pods,
        }
    }

    fn add(&mut self, place: TopologyPair, pods: i64) {
        let number = &mut Rc::make_mut(&mut self.pods)[place as usize];
        if *number == Places::NONE {
            *number = 0;
            self.count += 1;
        }
        *number += pods;
    }
}

/// The emptiest place, and another one to fall back to. While Pods of one node are taken away and
/// given back, that is enough to know the emptiest. Models `criticalPaths`.
#[derive(Clone, Copy)]
struct Emptiest([(Option<TopologyPair>, i64); 2]);

impl Emptiest {
    fn update(&mut self, place: TopologyPair, pods: i64) {
        let [first, second] = &mut self.0;
        if first.0 == Some(place) || second.0 == Some(place) {
            let known = if first.0 == Some(place) {
                &mut *first
            } else {
                &mut *second
            };
            known.1 = pods;
            if first.1 > second.1 {
                std::mem::swap(first, second);
            }
        } else if pods < first.1 {
            *second = *first;
            *first = (Some(place), pods);
        } else if pods < second.1 {
            *second = (Some(place), pods);
        }
    }
}

impl<'a> Skew<'a> {
    fn new(cycle: Cycle<'a>, constraints: Vec<Constraint>) -> Self {
        let pod = &*cycle.pod.pod;
        let none = Rc::new(vec![Places::NONE; cycle.view.topology_pairs()]);
        let empty = Places {
            pods: none,
            count: 0,
            emptiest: Emptiest([(None, i32::MAX.into()); 2]),
        };
        let mut skew = Skew {
            pod,
            required: RequiredNodeAffinity::of(pod),
            places: vec![empty; constraints.len()],
            constraints: Rc::new(constraints),
        };
        let columns = columns(cycle.view, &skew.constraints);
        for (number, places) in skew.places.iter_mut().enumerate() {
            let constraint = &skew.constraints[number];
            let pods = constraint.pods(cycle.view, &pod.metadata.namespace);
            let mut pods = pods.upwards();
            let every = constraint.counts_all(&skew.required);
            for (slot, place) in columns[number].iter().enumerate() {
                let is_counted = has_all(&columns, slot)
                    && (every || constraint.counts(pod, &skew.required, cycle.view.info(slot)));
                if is_counted {
                    places.add(*place, pods.at(slot));
                }
            }
        }
        for places in &mut skew.places {
            let numbers = places.pods.iter().enumerate();
            for (place, pods) in numbers.filter(|(_, pods)| **pods != Places::NONE) {
                places.emptiest.update(place as TopologyPair, *pods);
            }
        }
        skew
    }

    fn update(&mut self, pod: &Pod, node: &NodeInfo, amount: i64) {
        if pod.metadata.namespace != self.pod.metadata.namespace
            || !has_all_keys(node.labels(), &self.constraints)
        {
            return;
        }
        for (constraint, places) in self.constraints.iter().zip(&mut self.places) {
            if constraint.selects(&pod.metadata.labels)
                && constraint.counts(self.pod, &self.required, node)
                && let Some(place) = node.topology_pair(&constraint.topology_key)
            {
                places.add(place, amount);
                places.emptiest.update(place, places.pods[place as usize]);
            }
        }
    }
}

/// The places of all nodes, one list a constraint.
fn columns(view: &ClusterView, constraints: &[Constraint]) -> Vec<Column> {
    let constraints = constraints.iter();
    let column = |constraint: &Constraint| view.column(&constraint.topology_key);
    constraints.map(column).collect()
}

/// Is there a node in this slot that has the labels of all constraints?
fn has_all(columns: &[Column], slot: usize) -> bool {
    let mut columns = columns.iter();
    columns.all(|column| !matches!(column[slot], GONE | LACKING))
}

impl<'a> Filter<'a> for Skew<'a> {
    fn filter(&self, node: &NodeInfo) -> Fit {
        for (constraint, places) in self.constraints.iter().zip(&self.places) {
            let Some(place) = node.topology_pair(&constraint.topology_key) else {
                return Err(Status::unresolvable(ERR_REASON_NODE_LABEL));
            };
            let fewest = match places.count < constraint.min_domains {
                true => 0,
                false => places.emptiest.0[0].1,
            };
            let itself = i64::from(constraint.selects(&self.pod.metadata.labels));
            if places.pods_in(place) + itself - fewest > constraint.max_skew {
                return Err(Status::unschedulable(ERR_REASON_CONSTRAINTS));
            }
        }
        Ok(())
    }

    fn add_pod(&mut self, pod: &PodInfo, node: &NodeInfo) {
        self.update(&pod.pod, node, 1);
    }

    fn remove_pod(&mut self, pod: &PodInfo, node: &NodeInfo) {
        self.update(&pod.pod, node, -1);
    }

    fn duplicate(&self) -> Option<Box<dyn Filter<'a> + 'a>> {
        Some(Box::new(self.clone()))
    }
}

/// How crowded each place is; the less, the better.
struct Crowd {
    constraints: Vec<Constraint>,
    /// The places of nodes, one list a constraint.
    columns: Vec<Column>,
    /// Nodes that fit and lack a label; they get nothing.
    ignored: Vec<bool>,
    /// Pods by place, one list a constraint; [`Places::NONE`] where no node that fits is.
    pods: Vec<Vec<i64>>,
    /// Pods by node, one a constraint.
    counted: Vec<Rc<Tally>>,
    /// The more places there are, the more one Pod counts.
    weights: Vec<f64>,
}

impl Crowd {
    fn new(
        cycle: Cycle,
        nodes: &[&NodeInfo],
        constraints: Vec<Constraint>,
        requires_all_keys: bool,
    ) -> Self {
        let is_ignored =
            |node: &&NodeInfo| requires_all_keys && !has_all_keys(node.labels(), &constraints);
        let ignored: Vec<bool> = nodes.iter().map(is_ignored).collect();
        let scored = || {
            let pairs = nodes.iter().zip(&ignored);
            pairs
                .filter(|(_, ignored)| !**ignored)
                .map(|(node, _)| *node)
        };
        // Nodes without the label are one place more, the last.
        let places = cycle.view.topology_pairs() + 1;
        let columns = columns(cycle.view, &constraints);
        let mut pods = vec![vec![Places::NONE; places]; constraints.len()];
        let mut weights = Vec::new();
        for (number, pods) in pods.iter_mut().enumerate() {
            let size = match &*constraints[number].topology_key == HOSTNAME {
                true => scored().count(),
                false => {
                    let column = &columns[number];
                    scored().for_each(|node| pods[place(column, node).unwrap_or(places - 1)] = 0);
                    pods.iter().filter(|number| **number == 0).count()
                }
            };
            weights.push(libm::log((size + 2) as f64));
        }
        let namespace = &cycle.pod.pod.metadata.namespace;
        let counted = constraints.iter();
        let mut crowd = Crowd {
            counted: counted.map(|c| c.pods(cycle.view, namespace)).collect(),
            constraints,
            columns,
            ignored,
            pods,
            weights,
        };
        crowd.count(cycle, requires_all_keys);
        crowd
    }

    fn count(&mut self, cycle: Cycle, requires_all_keys: bool) {
        let pod = &*cycle.pod.pod;
        let required = RequiredNodeAffinity::of(pod);
        let columns = &self.columns;
        for (number, constraint) in self.constraints.iter().enumerate() {
            let places = &mut self.pods[number];
            let every = constraint.counts_all(&required);
            for (slot, pods) in self.counted[number].iter() {
                let place = match columns[number][slot] {
                    GONE => continue,
                    LACKING => places.len() - 1,
                    place => place as usize,
                };
                if places[place] != Places::NONE
                    && (!requires_all_keys || has_all(columns, slot))
                    && (every || constraint.counts(pod, &required, cycle.view.info(slot)))
                {
                    places[place] += pods;
                }
            }
        }
    }
}

/// The number of a node's place, if it has the label.
fn place(column: &Column, node: &NodeInfo) -> Option<usize> {
    match column[node.slot] {
        GONE | LACKING => None,
        place => Some(place as usize),
    }
}

impl Score for Crowd {
    fn score(&self, index: usize, node: &NodeInfo) -> i64 {
        if self.ignored[index] {
            return 0;
        }
        let mut sum = 0.0;
        for (number, constraint) in self.constraints.iter().enumerate() {
            let Some(place) = place(&self.columns[number], node) else {
                continue;
            };
            let pods = match &*constraint.topology_key == HOSTNAME {
                true => self.counted[number].at(node.slot),
                false => self.pods[number][place],
            };
            sum += pods as f64 * self.weights[number] + (constraint.max_skew - 1) as f64;
        }
        sum.round() as i64
    }

    fn normalize(&self, scores: &mut [i64]) {
        let scored = || {
            scores
                .iter()
                .zip(&self.ignored)
                .filter(|(_, ignored)| !**ignored)
        };
        let least = scored().map(|(score, _)| *score).min().unwrap_or(0);
        let most = scored().map(|(score, _)| *score).max().unwrap_or(0).max(0);
        for (score, ignored) in scores.iter_mut().zip(&self.ignored) {
            *score = match (ignored, most) {
                (true, _) => 0,
                (false, 0) => MAX_NODE_SCORE,
                (false, most) => MAX_NODE_SCORE * (most + least - *score) / most,
            };
        }
    }
}

/// Models `isSchedulableAfterNodeChange`: has a place come, gone or changed?
fn node_change_helps(constraints: &[Constraint], old: Option<&Node>, new: Option<&Node>) -> bool {
    let has = |node: &Node| has_all_keys(&node.metadata.labels, constraints);
    match (old, new) {
        (Some(old), Some(new)) => {
            let moved = |constraint: &Constraint| {
                let label =
                    |node: &Node| node.metadata.labels.get(&constraint.topology_key).cloned();
                label(old) != label(new)
            };
            let other_taints = old.spec.taints != new.spec.taints;
            has(old) != has(new) || has(new) && (other_taints || constraints.iter().any(moved))
        }
        (one, other) => one.or(other).is_some_and(has),
    }
}

/// Models `isSchedulableAfterPodChange`: is there one more or one fewer that is counted?
fn pod_change_helps(
    waiting: Waiting,
    constraints: &[Constraint],
    old: Option<&Pod>,
    new: Option<&Pod>,
) -> bool {
    let involved = |pod: &Pod| {
        let somewhere =
            !pod.spec.node_name.is_empty() || !pod.status.nominated_node_name.is_empty();
        waiting.is(pod) || somewhere && pod.metadata.namespace == waiting.pod.metadata.namespace
    };
    if [old, new].into_iter().flatten().any(|pod| !involved(pod)) {
        return false;
    }
    let selects = |constraint: &Constraint, pod: &Pod| constraint.selects(&pod.metadata.labels);
    match (old, new) {
        (Some(old), Some(new)) => {
            let bears_more = waiting.is(new) && old.spec.tolerations != new.spec.tolerations;
            bears_more && constraints.iter().any(Constraint::honors_taints)
                || constraints
                    .iter()
                    .any(|c| selects(c, old) != selects(c, new))
        }
        (one, other) => one
            .or(other)
            .is_some_and(|pod| constraints.iter().any(|c| selects(c, pod))),
    }
}

#[cfg(test)]
mod tests {
    use crate::cluster::scheduler::test_support::{Cluster, pod_info};

    const NODES: &[&str] = &[
        "metadata: {labels: {zone: a}}",
        "metadata: {labels: {zone: a}}",
        "metadata: {labels: {zone: b}}",
        "{}",
    ];

    #[test]
    fn no_place_is_too_far_ahead_of_the_emptiest() {
        let spread = |more: &str| {
            format!(
                "{{topologySpreadConstraints: [{{topologyKey: zone, maxSkew: 1, \
                 whenUnsatisfiable: DoNotSchedule, labelSelector: {{matchLabels: {{app: web}}}}{more}}}]}}"
            )
        };
        for (constraint, expected) in [
            (spread(""), &["node-3"][..]),
            (spread(", minDomains: 3"), &["node-3"]),
            (spread(", matchLabelKeys: [app]"), &["node-3"]),
        ] {
            let cluster = Cluster::new(NODES).with_labelled_pod("web", 0, "app", "web");
            let mut incoming = pod_info("p", &constraint);
            let mut pod = (*incoming.pod).clone();
            pod.metadata.labels.insert("app".into(), "web".into());
            incoming.pod = pod.into();
            let feasible = cluster.decide(&incoming).feasible;
            let names: Vec<&str> = feasible.iter().map(|name| &**name).collect();
            assert_eq!(names, expected, "{constraint}");
        }
    }
}
