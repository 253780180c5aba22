//! The two fenceposts between which a rolling update moves. Models `ResolveFenceposts`, `MaxUnavailable` and `MaxSurge`,
//! `pkg/controller/deployment/util/deployment_util.go`.

use super::cards::number;
use super::owned;
use crate::api::Object;
use crate::api::pod::Pod;
use crate::api::workloads::IntOrPercent;
use crate::cluster::{SimTime, Snapshot};

/// A Deployment between its fenceposts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    /// So many Pods are wanted.
    pub desired: i64,
    /// So many fewer may be available.
    pub unavailable: i64,
    /// So many more may be there.
    pub surge: i64,
    /// Pods that are there and not on their way out.
    pub all: i64,
    /// Those that are available.
    pub available: i64,
    /// Does an update go on: are there Pods of an older template?
    pub rolls: bool,
}

impl Fence {
    /// Never fewer are available.
    pub fn least(&self) -> i64 {
        (self.desired - self.unavailable).max(0)
    }

    /// Never more are there.
    pub fn most(&self) -> i64 {
        self.desired + self.surge
    }

    /// Does the post of the most hold the update: is there no room for another new Pod?
    pub fn holds_above(&self) -> bool {
        self.rolls && self.all >= self.most()
    }

    /// Does the post of the least: may no other old Pod go?
    pub fn holds_below(&self) -> bool {
        self.rolls && self.available <= self.least()
    }
}

/// Of a Deployment that rolls; one that recreates its Pods has none.
pub(super) fn fence(snapshot: &Snapshot, root: &Object, t: SimTime) -> Option<Fence> {
    let deployment = root.deployment()?;
    if &*deployment.spec.strategy.kind != "RollingUpdate" {
        return None;
    }
    let desired = number(root, &["spec", "replicas"], 1);
    let bounds = &deployment.spec.strategy.rolling_update;
    let (surge, unavailable) = resolved(&bounds.max_surge, &bounds.max_unavailable, desired);
    let least_ready = deployment.spec.min_ready_seconds;
    let (mut all, mut available) = (0, 0);
    let mut sets = 0;
    for set in owned(&snapshot.store, root) {
        let pods = owned(&snapshot.store, set).filter_map(|object| object.pod());
        let before = all;
        for pod in pods.filter(|pod| is_active(pod)) {
            all += 1;
            available += i64::from(is_available(pod, least_ready, t));
        }
        sets += i64::from(all > before);
    }
    let updated = number(root, &["status", "updatedReplicas"], 0);
    Some(Fence {
        desired,
        unavailable: unavailable.min(desired),
        surge,
        all,
        available,
        rolls: sets > 1 || updated < desired && all > 0,
    })
}

/// Both bounds as numbers; where both come to nothing, one Pod may be missing.
fn resolved(surge: &IntOrPercent, unavailable: &IntOrPercent, desired: i64) -> (i64, i64) {
    let (surge, unavailable) = (
        surge.scaled(desired, true),
        unavailable.scaled(desired, false),
    );
    match (surge, unavailable) {
        (0, 0) => (0, 1),
        both => both,
    }
}

fn is_active(pod: &Pod) -> bool {
    !pod.is_finished() && pod.metadata.deletion_timestamp.is_none()
}

/// Models `IsPodAvailable`.
fn is_available(pod: &Pod, min_ready_seconds: i64, t: SimTime) -> bool {
    let since = pod
        .condition("Ready")
        .and_then(|ready| ready.last_transition_time);
    let enough = SimTime(min_ready_seconds.saturating_mul(1_000_000));
    pod.is_ready()
        && (min_ready_seconds == 0 || since.is_some_and(|since| t.0 - since.0 >= enough.0))
}
