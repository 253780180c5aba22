//! How long a Job waits until it replaces a Pod that failed. Models
//! `pkg/controller/job/backoff_utils.go`.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::api::pod::{ContainerStatus, Pod};
use crate::cluster::SimTime;

/// The pause after the first failure; each one in a row doubles it. `DefaultJobPodFailureBackOff`.
const FIRST: Duration = Duration::from_secs(10);

/// The longest pause. `MaxJobPodFailureBackOff`.
const LONGEST: Duration = Duration::from_secs(600);

/// Failures of a Job since its last success.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackOff {
    failures: u32,
    last: Option<SimTime>,
}

impl BackOff {
    /// With Pods that have ended since. Models `newBackoffRecord`.
    pub fn after(&self, succeeded: &[Rc<Pod>], failed: &[Rc<Pod>]) -> BackOff {
        let failed: Vec<SimTime> = failed.iter().map(|pod| finished_at(pod)).collect();
        let Some(success) = succeeded.iter().map(|pod| finished_at(pod)).max() else {
            return BackOff {
                failures: self.failures + failed.len() as u32,
                last: failed.into_iter().max().or(self.last),
            };
        };
        let since = failed.into_iter().filter(|at| *at > success);
        let since: Vec<SimTime> = since.collect();
        BackOff {
            failures: since.len() as u32,
            last: since.into_iter().max(),
        }
    }

    /// How long yet.
    pub fn remaining(&self, now: SimTime) -> Duration {
        let last = self.last.unwrap_or(now);
        remaining(self.failures, last, now)
    }
}

/// How long until the index of a Pod that failed gets another one, after so many failures with it. Models
/// `getRemainingTimePerIndex`.
pub fn remaining_for(failed: &Pod, failures: i64, now: SimTime) -> Duration {
    remaining(
        u32::try_from(failures).unwrap_or(u32::MAX),
        finished_at(failed),
        now,
    )
}

fn remaining(failures: u32, last: SimTime, now: SimTime) -> Duration {
    if failures == 0 {
        return Duration::ZERO;
    }
    let doubled = FIRST.saturating_mul(1 << (failures - 1).min(10));
    doubled.min(LONGEST).saturating_sub(now.since(last))
}

/// When a Pod ended. Models `getFinishedTime`.
pub fn finished_at(pod: &Pod) -> SimTime {
    let meta = &pod.metadata;
    let not_ready = || {
        let ready = pod.condition("Ready")?;
        ready
            .last_transition_time
            .filter(|_| &*ready.status == "False")
    };
    let deletion = || {
        let grace = meta.deletion_grace_period_seconds.unwrap_or(0);
        Some(meta.deletion_timestamp? - Duration::from_secs(grace.unsigned_abs()))
    };
    let created = meta.creation_timestamp.unwrap_or_default();
    by_containers(pod)
        .or_else(not_ready)
        .or_else(deletion)
        .unwrap_or(created)
}

/// When the last container ended, if all have.
fn by_containers(pod: &Pod) -> Option<SimTime> {
    let is_sidecar = |status: &&ContainerStatus| {
        let mut containers = pod.spec.init_containers.iter();
        containers.any(|container| container.name == status.name && container.is_sidecar())
    };
    let sidecars = pod.status.init_container_statuses.iter().filter(is_sidecar);
    let mut latest = None;
    for status in pod.status.container_statuses.iter().chain(sidecars) {
        let at = status.state.terminated.as_ref()?.finished_at?;
        latest = latest.max(Some(at));
    }
    latest
}

#[cfg(test)]
mod tests {
    use super::super::tests::pod;
    use super::*;

    fn failed(at: &str) -> Rc<Pod> {
        let state = format!("{{terminated: {{exitCode: 1, finishedAt: '2026-01-01T00:{at}Z'}}}}");
        let statuses = format!("[{{name: a, state: {state}}}]");
        pod(&format!(
            "{{status: {{phase: Failed, containerStatuses: {statuses}}}}}"
        ))
    }

    #[test]
    fn each_failure_in_a_row_doubles_the_pause_and_a_success_ends_the_row() {
        let now = SimTime::from_seconds(60.0);
        let mut record = BackOff::default();
        assert_eq!(record.remaining(now).as_secs(), 0);
        for (failures, expected) in [(1, 10), (1, 20), (1, 40), (3, 320), (1, 600), (9, 600)] {
            let pods: Vec<_> = (0..failures).map(|_| failed("01:00")).collect();
            record = record.after(&[], &pods);
            assert_eq!(record.remaining(now).as_secs(), expected);
        }
        let record = record.after(&[failed("00:50")], &[failed("00:40"), failed("00:55")]);
        assert_eq!(record.remaining(now).as_secs(), 5);
        assert_eq!(record.after(&[failed("01:00")], &[]), BackOff::default());
    }

    #[test]
    fn a_pod_whose_containers_tell_nothing_ended_when_it_stopped_being_ready_or_was_deleted() {
        for (yaml, expected) in [
            (
                "{metadata: {creationTimestamp: '2026-01-01T00:00:03Z'}}",
                3.0,
            ),
            (
                "{metadata: {deletionTimestamp: '2026-01-01T00:00:40Z', deletionGracePeriodSeconds: 30}}",
                10.0,
            ),
            (
                "{status: {conditions: [{type: Ready, status: 'False', lastTransitionTime: '2026-01-01T00:00:07Z'}]}}",
                7.0,
            ),
        ] {
            assert_eq!(finished_at(&pod(yaml)).as_seconds(), expected);
        }
    }
}
