//! What the scheduler remembers of its attempts: a summary of each, and of the last ones the
//! cluster as it stood, so that the whole decision can be worked out again.
//! Ours: upstream logs and forgets.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::cycle::{Sampling, decide};
use super::decision::{Decision, Outcome};
use super::node_info::PodInfo;
use super::plugins::checks::{InsufficientResource, insufficient_resources};
use super::view::ClusterView;
use crate::api::ObjectKey;
use crate::cluster::SimTime;
use crate::collections::List;

/// Of so many attempts the cluster as it stood is kept.
const KEPT: usize = 200;

/// One attempt to place a Pod.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// When.
    pub at: SimTime,
    /// Which Pod.
    pub pod: ObjectKey,
    /// Its uid: a Pod of the same name later is another one.
    pub uid: Rc<str>,
    /// The how manieth for this Pod, counted from 1.
    pub number: u32,
    /// The node that it goes to.
    pub chosen: Option<Rc<str>>,
    /// The text of the FailedScheduling Event; empty if a node was found.
    pub message: Rc<str>,
    /// How many nodes there were.
    pub node_count: usize,
    /// How many of the nodes that were tried fit.
    pub feasible_count: usize,
    /// The node that preemption promised.
    pub nominated: Option<Rc<str>>,
    /// The Pods that have to go for it.
    pub victims: Vec<ObjectKey>,
    /// The node at which the search began.
    pub start: usize,
    /// What was drawn.
    pub draws: Vec<u32>,
}

/// All attempts, oldest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Attempts {
    all: List<Attempt>,
    /// The last ones; lost when a world is restored.
    #[serde(skip)]
    kept: List<Kept>,
}

/// What an attempt's decision is worked out from.
#[derive(Debug)]
struct Kept {
    number: usize,
    view: ClusterView,
    pod: Rc<PodInfo>,
}

impl Attempts {
    /// All of them, oldest first.
    pub fn all(&self) -> &List<Attempt> {
        &self.all
    }

    /// The last attempt for this Pod.
    pub fn last_of(&self, pod: &ObjectKey) -> Option<&Rc<Attempt>> {
        self.all.iter().rev().find(|attempt| attempt.pod == *pod)
    }

    /// Works the decision of an attempt out again, if it is one of the last. An older one is
    /// reached by going back in history.
    pub fn explain(&self, number: usize) -> Option<Decision> {
        let attempt = self.all.get(number)?;
        let kept = self.kept.iter().find(|kept| kept.number == number)?;
        let mut draws = attempt.draws.iter().copied();
        let mut draw = |_| draws.next().unwrap_or(0);
        let sampling = Sampling::adaptive(attempt.start);
        Some(decide(&kept.view, &kept.pod, sampling, &mut draw))
    }

    /// What a node has too little of for the Pod of an attempt, in numbers; nothing where the attempt
    /// is too old to be worked out again.
    pub fn lacking(&self, number: usize, node: &str) -> Vec<InsufficientResource> {
        let kept = self.kept.iter().find(|kept| kept.number == number);
        let of = |kept: &Rc<Kept>| {
            let node = kept.view.node(node)?;
            Some(insufficient_resources(&kept.pod.requests.real, node))
        };
        kept.and_then(of).unwrap_or_default()
    }

    pub(super) fn push(&mut self, attempt: Attempt, view: &ClusterView, pod: &Rc<PodInfo>) {
        self.kept.push(Rc::new(Kept {
            number: self.all.len(),
            view: view.clone(),
            pod: pod.clone(),
        }));
        if self.kept.len() > KEPT {
            self.kept.pop_first();
        }
        self.all.push(Rc::new(attempt));
    }
}

impl Attempt {
    /// The summary of a decision.
    pub(super) fn of(decision: &Decision, at: SimTime, pod: ObjectKey, uid: Rc<str>) -> Self {
        let choice = decision.preemption.as_ref().and_then(|p| p.choice());
        let victims = choice.map_or(&[][..], |choice| &choice.victims);
        let key = |victim: &Rc<PodInfo>| {
            let metadata = &victim.pod.metadata;
            ObjectKey::pod(&metadata.namespace, &metadata.name)
        };
        Attempt {
            at,
            pod,
            uid,
            number: 0,
            chosen: match &decision.outcome {
                Outcome::Scheduled(node) => Some(node.clone()),
                _ => None,
            },
            message: decision.message.as_str().into(),
            node_count: decision.node_count,
            feasible_count: decision.feasible.len(),
            nominated: choice.map(|choice| choice.node.clone()),
            victims: victims.iter().map(key).collect(),
            start: 0,
            draws: Vec::new(),
        }
    }
}
