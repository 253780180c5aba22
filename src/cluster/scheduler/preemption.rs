//! Preemption: which less important Pods would have to go so that the Pod fits somewhere?
//! Models `pkg/scheduler/framework/preemption` and
//! `pkg/scheduler/framework/plugins/defaultpreemption/default_preemption.go`, dry run and choice;
//! the deed is in the scheduler. Left out: Pod groups, extenders.

use std::rc::Rc;

use super::answers::Answers;
use super::cycle::{Draw, Filters};
use super::decision::{Decision, Rejected, Rejection, no_node_message};
use super::framework::{Code, Cycle, Status};
use super::node_info::{NodeInfo, PodInfo};
use super::pick_one_node::{self, Rank};
use super::view::Slot;
use crate::api::pod::Pod;
use crate::collections::Map;
use crate::order;

/// At least so many candidates are looked for, or this part of the nodes.
/// `minCandidateNodesAbsolute` and `minCandidateNodesPercentage`, defaults.
const MIN_CANDIDATE_NODES: usize = 100;
const MIN_CANDIDATE_NODES_PERCENTAGE: usize = 10;

/// What DynamicResources says before preemption is asked.
const NO_NEW_CLAIMS: &str = "no new claims to deallocate, ";

/// What preemption found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preemption {
    /// May the Pod preempt others?
    pub eligible: bool,
    /// Nodes on which removing Pods helps, in the order in which they were tried.
    pub candidates: Vec<Rc<Candidate>>,
    /// Nodes on which it might have, with what they still lack.
    pub rejected: Rejected,
    /// The best candidates, as indices. Upstream takes any of them.
    pub best: Vec<usize>,
    /// The one that was taken, as an index.
    pub chosen: Option<usize>,
    /// What the FailedScheduling Event says of it; empty if victims were found.
    pub message: String,
    /// Is a promise that the Pod had before no longer kept?
    pub clears_nomination: bool,
}

/// A node, and the Pods that would have to go from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Name of the node.
    pub node: Rc<str>,
    /// Most important first.
    pub victims: Vec<Rc<PodInfo>>,
    /// Pods that may go, too, but for which there is room beside the preemptor; most important first.
    pub reprieved: Vec<Rc<PodInfo>>,
    /// How many victims a disruption budget protects.
    pub budget_violations: usize,
    /// How good a choice it is.
    pub rank: Rank,
}

impl Preemption {
    /// The node that is now promised to the Pod, and its victims.
    pub fn choice(&self) -> Option<&Candidate> {
        Some(&**self.candidates.get(self.chosen?)?)
    }
}

/// Looks for victims on `potential` nodes, whose rejection more room might end. Models
/// `Evaluator.Preempt` up to the deed.
pub(super) fn preempt<'a>(
    cycle: Cycle<'a>,
    filters: &Filters<'_, 'a>,
    potential: &[Slot],
    answers: &mut Answers,
    decision: &Decision,
    draw: Draw,
) -> Preemption {
    if let Some(why_not) = is_not_eligible(cycle, decision) {
        return Preemption {
            message: format!("{NO_NEW_CLAIMS}preemption: {why_not}"),
            ..Preemption::default()
        };
    }
    let mut found = Preemption {
        eligible: true,
        rejected: Rejected::new(cycle.view.names()),
        ..Preemption::default()
    };
    dry_run(cycle, filters, potential, answers, &mut found, draw);
    if found.candidates.is_empty() {
        let unhelpful = Status::unresolvable("Preemption is not helpful for scheduling");
        let others = (decision.node_count - found.rejected.len(), &unhelpful);
        let message = no_node_message(decision.node_count, &found.rejected, others);
        found.message = format!("{NO_NEW_CLAIMS}preemption: {message}");
        found.clears_nomination = true;
        return found;
    }
    found.best = pick_one_node::best(&found.candidates);
    let index = match found.best.len() {
        1 => 0,
        ties => draw(u32::try_from(ties).unwrap_or(u32::MAX)) as usize,
    };
    found.chosen = Some(found.best[index]);
    found
}

/// Why the Pod may not preempt others. Models `PodEligibleToPreemptOthers`.
fn is_not_eligible(cycle: Cycle, decision: &Decision) -> Option<&'static str> {
    let pod = &*cycle.pod.pod;
    if &*pod.spec.preemption_policy == "Never" {
        return Some("not eligible due to preemptionPolicy=Never.");
    }
    let nominated = &pod.status.nominated_node_name;
    let node = cycle.view.node(nominated)?;
    let rejection = decision.rejected.of(nominated);
    if rejection.is_none_or(|r| r.status.code == Code::UnschedulableAndUnresolvable) {
        return None;
    }
    let waits = node.pods.iter().any(|on_node| {
        is_less_important(on_node, cycle.pod) && is_terminating_by_preemption(&on_node.pod)
    });
    waits.then_some("not eligible due to a terminating pod on the nominated node.")
}

fn is_less_important(victim: &PodInfo, preemptor: &PodInfo) -> bool {
    victim.priority < preemptor.priority
}

fn is_terminating_by_preemption(pod: &Pod) -> bool {
    pod.metadata.deletion_timestamp.is_some()
        && pod.condition("DisruptionTarget").is_some_and(|condition| {
            &*condition.status == "True" && &*condition.reason == "PreemptionByScheduler"
        })
}

/// Tries node after node, beginning anywhere, until there are enough candidates.
fn dry_run<'a>(
    cycle: Cycle<'a>,
    filters: &Filters<'_, 'a>,
    potential: &[Slot],
    answers: &mut Answers,
    found: &mut Preemption,
    draw: Draw,
) {
    let count = potential.len();
    let enough = (count * MIN_CANDIDATE_NODES_PERCENTAGE / 100)
        .max(MIN_CANDIDATE_NODES)
        .min(count);
    // Where all are tried, it doesn't matter where one begins.
    let offset = match count > enough {
        true => draw(u32::try_from(count).unwrap_or(u32::MAX)) as usize,
        false => 0,
    };
    let mut unprotected = 0;
    let mut trial = Trial::new(cycle, filters);
    let keeps =
        filters.ask_the_node_alone() && cycle.view.listers.pod_disruption_budgets.is_empty();
    for slot in potential[offset..].iter().chain(&potential[..offset]) {
        if unprotected > 0 && found.candidates.len() >= enough {
            break;
        }
        let known = answers.tried(*slot).filter(|_| keeps).cloned();
        let tried = known.unwrap_or_else(|| {
            let node = cycle.view.info(*slot);
            let tried = select_victims(&mut trial, filters, node);
            let tried = tried.map(Rc::new).map_err(Rc::new);
            if keeps && node.nominated.is_empty() {
                answers.keep_tried(*slot, tried.clone());
            }
            tried
        });
        match tried {
            Ok(candidate) => {
                unprotected += usize::from(candidate.budget_violations == 0);
                found.candidates.push(candidate);
            }
            Err(rejection) => found.rejected.push(*slot, &rejection),
        }
    }
}

/// The fewest Pods that have to go from this node: all that may go, minus all that may stay after
/// all. Models `SelectVictimsOnNode`.
fn select_victims<'f, 'a>(
    trial: &mut Trial<'f, 'a>,
    filters: &Filters<'f, 'a>,
    node: &NodeInfo,
) -> Result<Candidate, Rejection> {
    trial.begin(filters, node)?;
    sort_by_importance(&mut trial.gone);
    let gone = std::mem::take(&mut trial.gone);
    let protected = protected_by_budgets(trial.cycle, &gone);
    let is_protected = |at: &usize| protected.get(*at).is_some_and(|protected| *protected);
    let (mut stays, mut staying, mut budget_violations) = (vec![false; gone.len()], 0, 0);
    let first = (0..gone.len()).filter(is_protected);
    let others = (0..gone.len()).filter(|at| !is_protected(at));
    for at in first.chain(others) {
        stays[at] = trial.takes_back(&gone[at]);
        staying += usize::from(stays[at]);
        budget_violations += usize::from(!stays[at] && is_protected(&at));
    }
    let mut victims = Vec::with_capacity(gone.len() - staying);
    let mut reprieved = Vec::with_capacity(staying);
    for (pod, stays) in gone.into_iter().zip(stays) {
        if stays { &mut reprieved } else { &mut victims }.push(pod);
    }
    Ok(Candidate {
        node: node.name().clone(),
        rank: Rank::of(&victims, budget_violations),
        victims,
        reprieved,
        budget_violations,
    })
}

/// A node from which Pods are taken and to which they are given back; one after another, in the same
/// memory.
struct Trial<'f, 'a> {
    cycle: Cycle<'a>,
    node: NodeInfo,
    filters: Filters<'f, 'a>,
    /// The Pods that were taken.
    gone: Vec<Rc<PodInfo>>,
}

impl<'f, 'a> Trial<'f, 'a> {
    fn new(cycle: Cycle<'a>, filters: &Filters<'f, 'a>) -> Self {
        Trial {
            cycle,
            node: NodeInfo::default(),
            filters: filters.duplicate(),
            gone: Vec::new(),
        }
    }

    /// Takes all less important Pods from this node. Does the Pod fit then?
    fn begin(&mut self, filters: &Filters<'f, 'a>, node: &NodeInfo) -> Result<(), Rejection> {
        let preemptor = self.cycle.pod;
        let goes = |on_node: &PodInfo| is_less_important(on_node, preemptor);
        self.node.copy_without(node, goes, &mut self.gone);
        if self.gone.is_empty() {
            return Err(Rejection {
                plugin: "",
                status: Status::unresolvable("No preemption victims found for incoming pod"),
            });
        }
        self.filters = filters.duplicate();
        for pod in &self.gone {
            self.filters.remove_pod(pod, &self.node);
        }
        self.run()
    }

    /// Gives a Pod back, if the other one fits beside it.
    fn takes_back(&mut self, pod: &Rc<PodInfo>) -> bool {
        self.node.add_pod(pod.clone());
        self.filters.add_pod(pod, &self.node);
        let fits = self.run().is_ok();
        if !fits {
            self.node.remove_last();
            self.filters.remove_pod(pod, &self.node);
        }
        fits
    }

    fn run(&self) -> Result<(), Rejection> {
        self.filters.run(self.cycle, &self.node)
    }
}

/// Sorts the most important Pod first: highest priority, then earliest start. The name decides the
/// rest, where upstream decides nothing. Models `MoreImportantPod`.
fn sort_by_importance(pods: &mut [Rc<PodInfo>]) {
    let compare = |a: &Rc<PodInfo>, b: &Rc<PodInfo>| {
        let same = b.priority.cmp(&a.priority);
        let same = same.then(a.started.cmp(&b.started));
        same.then_with(|| {
            let (a, b) = (&a.pod.metadata, &b.pod.metadata);
            let same = a.namespace.cmp(&b.namespace);
            same.then_with(|| a.name.cmp(&b.name))
        })
    };
    // Often they are in order already.
    if !pods.is_sorted_by(|a, b| compare(a, b).is_le()) {
        order::sort_by(pods, compare);
    }
}

/// Which Pods a disruption budget protects; nothing where there is no budget.
/// Models `filterPodsWithPDBViolation`.
fn protected_by_budgets(cycle: Cycle, pods: &[Rc<PodInfo>]) -> Vec<bool> {
    let budgets = &cycle.view.listers.pod_disruption_budgets;
    if budgets.is_empty() {
        return Vec::new();
    }
    let mut allowed: Map<_, i64> = budgets
        .iter()
        .map(|(key, budget)| (key, budget.status.disruptions_allowed))
        .collect();
    let mut is_protected = |pod: &Pod| {
        let mut violates = false;
        for (key, budget) in budgets.iter() {
            let (namespace, labels) = (&pod.metadata.namespace, &pod.metadata.labels);
            let selector = budget.spec.selector.as_ref();
            let meant = key.0 == *namespace
                && !labels.is_empty()
                && selector.is_some_and(|s| !s.is_empty() && s.matches(labels))
                && !budget
                    .status
                    .disrupted_pods
                    .contains_key(&pod.metadata.name);
            if meant && let Some(left) = allowed.get_mut(key) {
                *left -= 1;
                violates |= *left < 0;
            }
        }
        violates
    };
    pods.iter().map(|pod| is_protected(&pod.pod)).collect()
}
