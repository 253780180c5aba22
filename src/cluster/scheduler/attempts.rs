//! What the scheduler remembers of its attempts: a summary of each, and of the last ones the
//! cluster as it stood, so that the whole decision can be worked out again.
//! Ours: upstream logs and forgets.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::cycle::{Sampling, decide, nodes_that_fit};
use super::decision::{Decision, Outcome};
use super::node_info::PodInfo;
use super::plugins::checks::{InsufficientResource, insufficient_resources};
use super::resource::Resource;
use super::view::ClusterView;
use crate::api::ObjectKey;
use crate::api::pod::{Pod, ResourceRequirements};
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

/// Who would take a Pod, or a container of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Takers {
    /// What it is called.
    pub name: Rc<str>,
    /// What filters count of it.
    pub requests: Resource,
    /// The nodes that no filter keeps from it.
    pub nodes: Vec<Rc<str>>,
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

    /// The number of the last attempt for this Pod; nothing where it is too old to be worked out again.
    pub fn last_kept(&self, pod: &ObjectKey) -> Option<usize> {
        let mut numbers = self.kept.iter().rev().map(|kept| kept.number);
        numbers.find(|number| self.all.get(*number).is_some_and(|it| it.pod == *pod))
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

    /// Which nodes the filters leave for the Pod of an attempt: for all of it, and for each of its containers
    /// (sidecars first) as if it were a Pod of its own. Nothing where the attempt is too old.
    pub fn one_by_one(&self, number: usize) -> Option<(Takers, Vec<Takers>)> {
        let kept = self.kept.iter().find(|kept| kept.number == number)?;
        let takers = |name: &Rc<str>, pod: Rc<Pod>| {
            let pod = PodInfo::new(pod);
            Takers {
                name: name.clone(),
                requests: pod.requests.real.clone(),
                nodes: nodes_that_fit(&kept.view, &pod, None),
            }
        };
        let whole = &kept.pod.pod;
        let sidecars = whole.spec.init_containers.iter();
        let sidecars = sidecars.filter(|one| one.is_sidecar());
        let each = sidecars.chain(&whole.spec.containers).map(|container| {
            let mut alone = (**whole).clone();
            alone.spec.init_containers.clear();
            alone.spec.containers = vec![container.clone()];
            // What is asked for the Pod as a whole no container asks for.
            alone.spec.resources = ResourceRequirements::default();
            takers(&container.name, Rc::new(alone))
        });
        Some((takers(&whole.metadata.name, whole.clone()), each.collect()))
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
