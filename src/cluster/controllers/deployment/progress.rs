//! How far a rollout is, and whether it is stuck. Models `pkg/controller/deployment/progress.go`.

use std::time::Duration;

use super::util::{
    condition, has_progress_deadline, is_complete, new_condition, remove_condition, set_condition,
};
use super::{Done, Look, Set};
use crate::api::workloads::{DeploymentCondition, DeploymentStatus};

const AVAILABLE: &str = "NewReplicaSetAvailable";
const TIMED_OUT: &str = "ProgressDeadlineExceeded";
const REPLICA_FAILURE: &str = "ReplicaFailure";

impl Look<'_> {
    pub(super) fn is_complete(&self, status: &DeploymentStatus) -> bool {
        is_complete(&self.d.spec, self.d.metadata.generation, status)
    }

    /// Models `syncRolloutStatus`.
    pub(super) fn sync_rollout_status(&mut self, all: &[Set], new: Option<&Set>) -> Done<()> {
        let mut status = self.calculate_status(all, new);
        let has_deadline = has_progress_deadline(&self.d.spec);
        if !has_deadline {
            remove_condition(&mut status, "Progressing");
        }
        let current = condition(&self.d.status, "Progressing").cloned();
        let was_complete = status.replicas == status.updated_replicas
            && current
                .as_ref()
                .is_some_and(|one| &*one.reason == AVAILABLE);
        if has_deadline && !was_complete {
            self.estimate(&mut status, current, new);
        }
        match replica_failure(all, new) {
            Some(failure) => set_condition(&mut status, failure),
            None => remove_condition(&mut status, REPLICA_FAILURE),
        }
        if status == self.d.status {
            self.again_if_stuck();
            return Ok(());
        }
        self.d.status = status;
        self.update_status()
    }

    fn estimate(
        &mut self,
        status: &mut DeploymentStatus,
        current: Option<DeploymentCondition>,
        new: Option<&Set>,
    ) {
        let what = match new {
            Some(new) => format!("ReplicaSet \"{}\"", new.view.metadata.name),
            None => format!("Deployment \"{}\"", self.d.metadata.name),
        };
        let now = self.world.now();
        let said = |status, reason, message: &str| {
            let kind = ("Progressing", status, reason);
            new_condition(kind, format!("{what} {message}"), now)
        };
        if self.is_complete(status) {
            set_condition(
                status,
                said("True", AVAILABLE, "has successfully progressed."),
            );
        } else if is_progressing(&self.d.status, status) {
            let mut new = said("True", "ReplicaSetUpdated", "is progressing.");
            if let Some(current) = current {
                if &*current.status == "True" {
                    new.last_transition_time = current.last_transition_time;
                }
                remove_condition(status, "Progressing");
            }
            set_condition(status, new);
        } else if self.has_timed_out(status) {
            set_condition(
                status,
                said("False", TIMED_OUT, "has timed out progressing."),
            );
        }
    }

    /// Models `DeploymentTimedOut`.
    fn has_timed_out(&self, status: &DeploymentStatus) -> bool {
        let Some(condition) = condition(status, "Progressing") else {
            return false;
        };
        match &*condition.reason {
            AVAILABLE => false,
            TIMED_OUT => true,
            _ => {
                let since = condition.last_update_time.unwrap_or_default();
                since + self.deadline() < self.world.now()
            }
        }
    }

    fn deadline(&self) -> Duration {
        let seconds = self.d.spec.progress_deadline_seconds.unwrap_or(0);
        Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
    }

    /// Nothing else may happen until the deadline. Models `requeueStuckDeployment`; what upstream would
    /// look at again and again in the last second, and ever after, is looked at when it is over.
    fn again_if_stuck(&mut self) {
        let Some(current) = condition(&self.d.status, "Progressing") else {
            return;
        };
        let is_over = self.is_complete(&self.d.status) || &*current.reason == TIMED_OUT;
        if is_over || !has_progress_deadline(&self.d.spec) {
            return;
        }
        let due = current.last_update_time.unwrap_or_default() + self.deadline();
        let now = self.world.now();
        if due < now {
            // It was complete before, and something of it went: no more time makes that a timeout.
            return;
        }
        let left = due.since(now);
        self.again = Some(match left < Duration::from_secs(1) {
            true => left + Duration::from_millis(5),
            false => left + Duration::from_secs(1),
        });
    }
}

/// Models `DeploymentProgressing`.
fn is_progressing(old: &DeploymentStatus, new: &DeploymentStatus) -> bool {
    let of_old_template = |status: &DeploymentStatus| status.replicas - status.updated_replicas;
    new.updated_replicas > old.updated_replicas
        || of_old_template(new) < of_old_template(old)
        || new.ready_replicas > old.ready_replicas
        || new.available_replicas > old.available_replicas
}

/// What a ReplicaSet says that fails, the new one's first. Models `getReplicaFailures`.
fn replica_failure(all: &[Set], new: Option<&Set>) -> Option<DeploymentCondition> {
    let of_set = |set: &Set| {
        let mut conditions = set.view.status.conditions.iter();
        let failure = conditions.find(|one| &*one.kind == REPLICA_FAILURE)?;
        Some(DeploymentCondition {
            kind: failure.kind.clone(),
            status: failure.status.clone(),
            reason: failure.reason.clone(),
            message: failure.message.clone(),
            last_update_time: failure.last_transition_time,
            last_transition_time: failure.last_transition_time,
        })
    };
    let of_new = new.and_then(of_set);
    of_new.or_else(|| all.iter().find_map(of_set))
}
