//! Of all nodes on which preemption helps, which one? Rule after rule, until one remains.
//! Models `pickOneNodeForPreemption` of `pkg/scheduler/framework/preemption/preemption.go`.

use std::rc::Rc;

use super::preemption::{Candidate, started};
use crate::api::pod::Pod;
use crate::cluster::SimTime;

/// By what candidates are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The fewest victims that a disruption budget protects.
    BudgetViolations,
    /// The least important among the most important victims.
    HighestPriority,
    /// The smallest sum of priorities, each counted from the lowest that there is.
    SumOfPriorities,
    /// The fewest victims.
    Victims,
    /// The latest start among the most important victims that started first.
    LatestStart,
}

/// What a rule left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// By what was compared.
    pub rule: Rule,
    /// The best of those that were left before, in the rule's own unit: a count, a priority, or
    /// microseconds of virtual time.
    pub best: i64,
    /// Those that have it, as indices of the candidates, in their order.
    pub left: Vec<usize>,
}

impl Rule {
    /// In upstream's order.
    const ALL: [Rule; 5] = [
        Rule::BudgetViolations,
        Rule::HighestPriority,
        Rule::SumOfPriorities,
        Rule::Victims,
        Rule::LatestStart,
    ];

    fn of(self, candidate: &Candidate) -> i64 {
        let priorities = candidate.victims.iter().map(|pod| pod.spec.priority);
        match self {
            Rule::BudgetViolations => candidate.budget_violations as i64,
            Rule::HighestPriority => candidate.victims[0].spec.priority,
            Rule::SumOfPriorities => priorities.map(|priority| priority + (1 << 31)).sum(),
            Rule::Victims => candidate.victims.len() as i64,
            Rule::LatestStart => earliest_start(&candidate.victims).0,
        }
    }
}

/// What each rule left of the candidates, until one remains or there is no rule any more.
pub fn rulings(candidates: &[Candidate]) -> Vec<Ruling> {
    let mut left: Vec<usize> = (0..candidates.len()).collect();
    let mut rulings = Vec::new();
    for rule in Rule::ALL {
        if left.len() < 2 {
            break;
        }
        let of = |index: &usize| rule.of(&candidates[*index]);
        let values = left.iter().map(of);
        let best = match rule {
            Rule::LatestStart => values.max(),
            _ => values.min(),
        };
        left.retain(|index| Some(of(index)) == best);
        rulings.push(Ruling {
            rule,
            best: best.unwrap_or_default(),
            left: left.clone(),
        });
    }
    rulings
}

/// The candidates that remain after all rules, as indices.
pub(super) fn best(candidates: &[Candidate]) -> Vec<usize> {
    let last = rulings(candidates).pop();
    last.map_or((0..candidates.len()).collect(), |ruling| ruling.left)
}

/// The earliest start among the most important ones.
fn earliest_start(victims: &[Rc<Pod>]) -> SimTime {
    let highest = victims.iter().map(|pod| pod.spec.priority).max();
    let important = victims
        .iter()
        .filter(|pod| Some(pod.spec.priority) == highest);
    important
        .map(|pod| started(pod))
        .min()
        .unwrap_or(SimTime::MAX)
}
