//! What a controller saw, wanted and did when it looked at an object last, and what it waits for.
//! Ours: upstream's controllers write such things to their logs. One record an object, which the next
//! look replaces, so that a view can show the loop: observe, compare, act.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::api::ObjectKey;
use crate::api::pod::Pod;
use crate::cluster::{ChangeId, SimTime, World};

/// So many waits are kept; of more, only how many there are.
const WAITS: usize = 8;

/// One look of a controller at an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconcile {
    /// Who looked: `replicaset-controller`
    pub controller: Rc<str>,
    /// When.
    pub at: SimTime,
    /// What was there.
    pub observed: Vec<(Measure, i64)>,
    /// What was to be there.
    pub wanted: Vec<(Measure, i64)>,
    /// The first and the last of the changes that it made, Events among them; they are in a row.
    pub acts: Option<(ChangeId, ChangeId)>,
    /// What has to happen, by somebody else's hand or in time, until all is as wanted.
    pub waits_for: Vec<Wait>,
    /// How many waits there are besides.
    pub more_waits: usize,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Measure {
    /// Pods that are there and not on their way out.
    Replicas,
    /// Those that are Ready.
    Ready,
    /// Those that have been so for long enough.
    Available,
    /// Those of the present template.
    Updated,
    /// Those that are being deleted.
    Terminating,
    /// Those that have succeeded.
    Succeeded,
    /// Those that have failed.
    Failed,
    /// The most that there may be.
    AtMost,
    /// The fewest that have to be available.
    AvailableAtLeast,
}

/// Something that is waited for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// Of what.
    pub object: ObjectKey,
    /// Why.
    pub why: Why,
}

/// Why something is waited for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    /// The Pod has no Node yet.
    NotScheduled,
    /// The Pod isn't Ready yet.
    NotReady,
    /// The Pod has to be Ready until then.
    NotAvailableBefore(SimTime),
    /// It is on its way out.
    Terminating,
    /// What was observed of it is older than it is: its own controller has to look first.
    NotObserved,
    /// It isn't as large as it is to be.
    NotScaled,
    /// Somebody has paused it.
    Paused,
    /// It couldn't be made or changed; the sentence is the API server's. It is tried again.
    Refused(Rc<str>),
    /// Nothing happens before that moment.
    Until(SimTime),
}

impl Reconcile {
    /// Begins a look: what is written from now on are its acts.
    pub(super) fn begin(world: &World, controller: &str) -> Self {
        Reconcile {
            controller: controller.into(),
            at: world.now(),
            observed: Vec::new(),
            wanted: Vec::new(),
            acts: Some((next_change(world), ChangeId(0))),
            waits_for: Vec::new(),
            more_waits: 0,
        }
    }

    /// Something is waited for.
    pub(super) fn wait(&mut self, object: ObjectKey, why: Why) {
        if self.waits_for.len() < WAITS {
            self.waits_for.push(Wait { object, why });
        } else {
            self.more_waits += 1;
        }
    }

    /// A Pod that isn't as it is to be is waited for.
    pub(super) fn wait_for_pod(&mut self, pod: &Pod, min_ready_seconds: i64) {
        let meta = &pod.metadata;
        let why = if meta.deletion_timestamp.is_some() {
            Why::Terminating
        } else if pod.spec.node_name.is_empty() {
            Why::NotScheduled
        } else if !pod.is_ready() {
            Why::NotReady
        } else {
            let left = super::controller_utils::until_available(pod, min_ready_seconds, self.at);
            let Some(left) = left else { return };
            Why::NotAvailableBefore(self.at + left)
        };
        self.wait(ObjectKey::pod(&meta.namespace, &meta.name), why);
    }

    /// The look is over: it is on record, unless its object is gone.
    pub(super) fn end(mut self, world: &mut World, key: &ObjectKey) {
        if world.store.get(key).is_none() {
            return forget(world, key);
        }
        let next = next_change(world);
        self.acts = self.acts.filter(|(first, _)| *first < next);
        if let Some((_, last)) = &mut self.acts {
            *last = ChangeId(next.0 - 1);
        }
        world.reconciles.insert(key.clone(), Rc::new(self));
    }
}

/// The object is gone.
pub(super) fn forget(world: &mut World, key: &ObjectKey) {
    world.reconciles.remove(key);
}

fn next_change(world: &World) -> ChangeId {
    ChangeId(world.store.changes().len() as u64)
}
