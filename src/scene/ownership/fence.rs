//! The two fenceposts between which a rolling update moves, as the Deployment's controller worked them out, and what
//! holds the update there.

use super::cards::number;
use super::{children, loops};
use crate::api::{Object, ObjectKey};
use crate::cluster::Snapshot;
use crate::cluster::controllers::reconcile::Measure;

/// A Deployment between its fenceposts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    /// So many Pods are wanted.
    pub desired: i64,
    /// Never fewer are available.
    pub least: i64,
    /// Never more are there.
    pub most: i64,
    /// Pods that are there and not on their way out.
    pub all: i64,
    /// Those that are available.
    pub available: i64,
    /// Does an update go on: are there Pods of an older template, or too few of the present one?
    pub rolls: bool,
    /// The Pod that it waits for.
    pub waits_for: Option<ObjectKey>,
}

impl Fence {
    /// Does the post of the most hold the update: is there no room for another new Pod?
    pub fn holds_above(&self) -> bool {
        self.rolls && self.all >= self.most
    }

    /// Does the post of the least: may no other old Pod go?
    pub fn holds_below(&self) -> bool {
        self.rolls && self.available <= self.least && self.all > self.available
    }

    /// Why nothing goes on just now: a question, and its answer.
    pub fn held(&self) -> Option<(&'static str, String)> {
        let next = match &self.waits_for {
            Some(pod) => format!(" When {} is available it goes on.", pod.name),
            None => String::new(),
        };
        let (available, least, all, most) = (self.available, self.least, self.all, self.most);
        if self.holds_below() {
            let why = format!("{available} available, and {least} is the least allowed.{next}");
            return Some(("Why does the next old Pod still run?", why));
        }
        self.holds_above().then(|| {
            let why = format!("{all} Pods are there, and {most} is the most allowed.{next}");
            ("Why is no other new Pod made?", why)
        })
    }
}

/// Of a Deployment that rolls; one that recreates its Pods has none.
pub fn fence(snapshot: &Snapshot, root: &Object) -> Option<Fence> {
    let kind = root.value.text_at(&["spec", "strategy", "type"]);
    let look = snapshot.reconciles.get(&root.key())?;
    let wanted = |which| loops::measured(&look.wanted, which);
    let status = |name| number(root, &["status", name], 0);
    let (all, updated) = (status("replicas"), status("updatedReplicas"));
    let desired = wanted(Measure::Replicas)?;
    let fence = Fence {
        desired,
        least: wanted(Measure::AvailableAtLeast)?,
        most: wanted(Measure::AtMost)?,
        all,
        available: status("availableReplicas"),
        rolls: all > updated || updated < desired,
        waits_for: waits_for(snapshot, root),
    };
    (kind == "RollingUpdate").then_some(fence)
}

/// The first Pod that its newest ReplicaSet waits for.
fn waits_for(snapshot: &Snapshot, root: &Object) -> Option<ObjectKey> {
    let newest = children(&snapshot.store, root).first()?.key();
    let look = snapshot.reconciles.get(&newest)?;
    let mut waits = look.waits_for.iter().map(|wait| &wait.object);
    waits.find(|object| &*object.kind == "Pod").cloned()
}
