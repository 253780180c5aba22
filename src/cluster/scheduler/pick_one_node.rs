//! Of all nodes on which preemption helps, which one? Rule after rule, until one remains.
//! Models `pickOneNodeForPreemption` of `pkg/scheduler/framework/preemption/preemption.go`.

use std::rc::Rc;

use super::node_info::PodInfo;
use super::preemption::Candidate;
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
}

/// What each rule sees in a candidate, in the rules' order; the lowest is the best, but of starts the
/// latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rank([i64; 5]);

impl Rank {
    /// Of these victims, most important first.
    pub(super) fn of(victims: &[Rc<PodInfo>], budget_violations: usize) -> Self {
        let sum: i64 = victims.iter().map(|pod| pod.priority + (1 << 31)).sum();
        let highest = victims.first().map_or(i64::MIN, |pod| pod.priority);
        // The earliest start among the most important ones.
        let important = victims.iter().take_while(|pod| pod.priority == highest);
        let earliest = important.map(|pod| pod.started).min();
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        Rank([
            count(budget_violations),
            highest,
            sum,
            count(victims.len()),
            earliest.unwrap_or(SimTime::MAX).0,
        ])
    }
}

/// What each rule left of the candidates, until one remains or there is no rule any more.
pub fn rulings(candidates: &[Rc<Candidate>]) -> Vec<Ruling> {
    let mut left: Vec<usize> = (0..candidates.len()).collect();
    let mut rulings = Vec::new();
    for (number, rule) in Rule::ALL.into_iter().enumerate() {
        if left.len() < 2 {
            break;
        }
        let of = |index: &usize| candidates[*index].rank.0[number];
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
pub(super) fn best(candidates: &[Rc<Candidate>]) -> Vec<usize> {
    let last = rulings(candidates).pop();
    last.map_or((0..candidates.len()).collect(), |ruling| ruling.left)
}
