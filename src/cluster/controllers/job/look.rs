//! One look at a Job and its Pods: what ought to happen. Decides; never writes. Models the first half
//! of `syncJob` and `manageJob`, `pkg/controller/job/job_controller.go`.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use super::back_off::{self, BackOff, finished_at};
use super::condition::{self, Condition};
use super::indexes::{Intervals, failure_count, ignored_failure_count, index_of};
use super::policies::{judge_failure, success};
use crate::api::Value;
use crate::api::job::{Job, JobStatus};
use crate::api::pod::Pod;
use crate::cluster::SimTime;
use crate::cluster::controllers::controller_utils::{is_pod_active, is_pod_terminating};
use crate::order;

/// Every Pod of a Job has it until the Job has counted it.
pub const TRACKING: &str = "batch.kubernetes.io/job-tracking";

/// At most so many Pods are made or deleted at once.
const MAX_POD_CREATE_DELETE_PER_SYNC: usize = 500;

/// What ought to happen to Pods.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Nothing.
    None,
    /// The Job is over: these are deleted.
    End(Vec<Rc<Pod>>),
    /// These are too many; they count neither as successes nor as failures.
    Delete(Vec<Rc<Pod>>),
    /// New ones, each with its index.
    Create(Vec<Option<i64>>),
    /// Later: one of them failed a moment ago.
    Wait(Duration),
}

/// What is known while a Job is looked at. Models `syncJobCtx`.
#[derive(Debug)]
pub struct Look {
    /// The Job.
    pub job: Rc<Job>,
    /// Its Pods, as they were in the beginning.
    pub pods: Vec<Rc<Pod>>,
    /// Its status, as it ought to be.
    pub status: JobStatus,
    /// Its conditions, as they ought to be.
    pub conditions: Value,
    /// Pods that run, or will.
    pub active: i64,
    /// Those of them that are Ready.
    pub ready: i64,
    /// Pods on their way out.
    pub terminating: i64,
    /// How it ended, or is about to.
    pub finished: Option<Condition>,
    /// Failures in a row, with those that are new.
    pub back_off: BackOff,
    /// Indexes that had succeeded before.
    pub known_indexes: Intervals,
    /// Those that have by now.
    pub succeeded_indexes: Intervals,
    /// Those that have failed for good, where that is counted.
    pub failed_indexes: Option<Intervals>,
    /// The last Pod that failed of each index that will get another one; it stays until then.
    pub delayed: BTreeMap<i64, Rc<Pod>>,
    /// When the deadline is over.
    pub look_again: Option<Duration>,
    active_pods: Vec<Rc<Pod>>,
    succeeded: i64,
    now: SimTime,
}

impl Look {
    /// Counts.
    pub fn new(
        job: Rc<Job>,
        conditions: Value,
        mut pods: Vec<Rc<Pod>>,
        known: &BackOff,
        now: SimTime,
    ) -> Self {
        if job.is_indexed() {
            order::sort_by_key(&mut pods, |pod| index_of(pod));
        }
        let active_pods: Vec<_> = pods
            .iter()
            .filter(|pod| is_pod_active(pod))
            .cloned()
            .collect();
        let new = |counted: &[Rc<str>], is_one: &dyn Fn(&Pod) -> bool| -> Vec<Rc<Pod>> {
            let all = pods
                .iter()
                .filter(|pod| counts(&job, pod) && !counted.contains(&pod.metadata.uid));
            all.filter(|pod| is_one(pod)).cloned().collect()
        };
        let uncounted = &job.status.uncounted_terminated_pods;
        let succeeded = new(&uncounted.succeeded, &|pod| {
            &*pod.status.phase == "Succeeded"
        });
        let failed = new(&uncounted.failed, &|pod| is_failed(&job, pod));
        let mut status = job.status.clone();
        if status.start_time.is_none() && !job.spec.suspend {
            status.start_time = Some(now);
        }
        let mut look = Look {
            active: active_pods.len() as i64,
            ready: active_pods.iter().filter(|pod| pod.is_ready()).count() as i64,
            terminating: pods.iter().filter(|pod| is_pod_terminating(pod)).count() as i64,
            back_off: known.after(&succeeded, &failed),
            succeeded: status.succeeded + (succeeded.len() + uncounted.succeeded.len()) as i64,
            known_indexes: Intervals::default(),
            succeeded_indexes: Intervals::default(),
            failed_indexes: None,
            delayed: BTreeMap::new(),
            look_again: None,
            finished: None,
            active_pods,
            conditions,
            status,
            pods,
            job,
            now,
        };
        let counted = failed
            .iter()
            .filter(|pod| !judge_failure(&look.job, pod).is_ignored);
        let failures = look.status.failed
            + (counted.count() + look.status.uncounted_terminated_pods.failed.len()) as i64;
        look.finished = look.how_it_ends(failures);
        if look.job.is_indexed() {
            look.count_indexes();
        }
        look
    }

    /// Is it over, going by what there is to count?
    fn how_it_ends(&mut self, failures: i64) -> Option<Condition> {
        let (job, spec) = (self.job.clone(), &self.job.spec);
        if let Some(met) = job.true_condition(condition::SUCCESS_CRITERIA_MET) {
            return Some(Condition::like(condition::SUCCESS_CRITERIA_MET, met));
        }
        if let Some(target) = job.true_condition(condition::FAILURE_TARGET) {
            return Some(Condition::like(condition::FAILED, target));
        }
        let failed = self.pods.iter().filter(|pod| is_failed(&job, pod));
        let message = failed
            .filter_map(|pod| judge_failure(&job, pod).fails_job)
            .next();
        if let Some(message) = message {
            return Some(Condition::failure("PodFailurePolicy", message));
        }
        if failures > spec.backoff_limit || self.is_past_limit_of_restarts() {
            let message = "Job has reached the specified backoff limit";
            return Some(Condition::failure("BackoffLimitExceeded", message));
        }
        let (seconds, since) = (spec.active_deadline_seconds?, self.status.start_time?);
        let left =
            Duration::from_secs(seconds.unsigned_abs()).saturating_sub(self.now.since(since));
        if spec.suspend {
            return None;
        }
        if left.is_zero() {
            let message = "Job was active longer than specified deadline";
            return Some(Condition::failure("DeadlineExceeded", message));
        }
        self.look_again = Some(left);
        None
    }

    /// Have containers been restarted too often? Models `pastBackoffLimitOnFailure`.
    fn is_past_limit_of_restarts(&self) -> bool {
        let runs = |pod: &&Rc<Pod>| matches!(&*pod.status.phase, "Running" | "Pending");
        let restarts = self.pods.iter().filter(runs).flat_map(|pod| {
            let statuses = pod.status.init_container_statuses.iter();
            statuses.chain(&pod.status.container_statuses)
        });
        let on_failure = self
            .pods
            .iter()
            .any(|pod| &*pod.spec.restart_policy == "OnFailure");
        let restarts: i64 = restarts.map(|status| status.restart_count).sum();
        on_failure && restarts >= self.job.spec.backoff_limit.max(1)
    }

    /// What the indexes say. Models `calculateSucceededIndexes` and `calculateFailedIndexes`.
    fn count_indexes(&mut self) {
        let job = self.job.clone();
        let (spec, completions) = (&job.spec, job.spec.completions.unwrap_or(0));
        let of = |is_one: &dyn Fn(&Pod) -> bool| -> Vec<i64> {
            let all = self
                .pods
                .iter()
                .filter(|pod| counts(&job, pod) && is_one(pod));
            all.filter_map(|pod| index_of(pod)).collect()
        };
        self.known_indexes = Intervals::parse(&job.status.completed_indexes, completions);
        self.succeeded_indexes = self
            .known_indexes
            .with(of(&|pod| &*pod.status.phase == "Succeeded"));
        self.succeeded = self.succeeded_indexes.total();
        if let Some(limit) = spec.backoff_limit_per_index {
            let known = job.status.failed_indexes.as_deref().unwrap_or_default();
            let failed = of(&|pod| is_index_failed(&job, pod, limit));
            let failed = Intervals::parse(known, completions).with(failed);
            let (count, all) = (failed.total(), failed.total() + self.succeeded);
            if self.finished.is_none() && spec.max_failed_indexes.is_some_and(|most| count > most) {
                let message = "Job has exceeded the specified maximal number of failed indexes";
                self.finished = Some(Condition::failure("MaxFailedIndexesExceeded", message));
            } else if self.finished.is_none() && count > 0 && all >= completions {
                self.finished = Some(Condition::failure(
                    "FailedIndexes",
                    "Job has failed indexes",
                ));
            }
            self.failed_indexes = Some(failed);
            self.delay_deletions();
        }
        if self.finished.is_none()
            && let Some(policy) = &spec.success_policy
            && let Some(message) = success(policy, completions, &self.succeeded_indexes)
        {
            self.finished = Some(Condition::success("SuccessPolicy", message));
        }
    }

    /// Models `getPodsWithDelayedDeletionPerIndex`.
    fn delay_deletions(&mut self) {
        let active: Vec<i64> = self
            .active_pods
            .iter()
            .filter_map(|pod| index_of(pod))
            .collect();
        let failed = self.failed_indexes.clone().unwrap_or_default();
        for pod in self
            .pods
            .iter()
            .filter(|pod| counts(&self.job, pod) && is_failed(&self.job, pod))
        {
            let Some(index) = index_of(pod) else { continue };
            if self.succeeded_indexes.has(index) || failed.has(index) || active.contains(&index) {
                continue;
            }
            let is_later = |known: &Rc<Pod>| {
                all_failures(known) <= all_failures(pod) && finished_at(pod) >= finished_at(known)
            };
            if self.delayed.get(&index).is_none_or(is_later) {
                self.delayed.insert(index, pod.clone());
            }
        }
    }

    /// What ought to happen to Pods.
    pub fn act(&self) -> Act {
        if self.finished.is_some() {
            return Act::End(self.active_pods.clone());
        }
        if self.job.metadata.deletion_timestamp.is_some() {
            return Act::None;
        }
        self.manage()
    }

    /// Models `manageJob`.
    fn manage(&self) -> Act {
        let spec = &self.job.spec;
        if spec.suspend {
            return Act::Delete(self.pods_to_remove(self.active));
        }
        let wanted = match spec.completions {
            None if self.succeeded > 0 => self.active,
            None => spec.parallelism,
            Some(completions) => (completions - self.succeeded).min(spec.parallelism).max(0),
        };
        let mut surplus = self.pods_to_remove((self.active - wanted).max(0));
        if !surplus.is_empty() {
            surplus.truncate(MAX_POD_CREATE_DELETE_PER_SYNC);
            return Act::Delete(surplus);
        }
        let terminating = if only_replaces_failed(&self.job) {
            self.terminating
        } else {
            0
        };
        let missing = wanted - terminating - self.active;
        if missing <= 0 {
            return Act::None;
        }
        let per_index = spec.backoff_limit_per_index.is_some();
        let wait = if per_index {
            Duration::ZERO
        } else {
            self.back_off.remaining(self.now)
        };
        if !wait.is_zero() {
            return Act::Wait(wait);
        }
        let missing = missing.min(MAX_POD_CREATE_DELETE_PER_SYNC as i64);
        if !self.job.is_indexed() {
            return Act::Create((0..missing).map(|_| None).collect());
        }
        let indexes = self.first_pending(missing);
        if per_index {
            return self.those_due(indexes);
        }
        Act::Create(indexes.into_iter().map(Some).collect())
    }

    /// Models `firstPendingIndexes`.
    fn first_pending(&self, count: i64) -> Vec<i64> {
        let indexes = |pods: &mut dyn Iterator<Item = &Rc<Pod>>| {
            pods.filter_map(|pod| index_of(pod)).collect()
        };
        let mut taken = self
            .succeeded_indexes
            .with(indexes(&mut self.active_pods.iter()));
        if only_replaces_failed(&self.job) {
            let mut going = self.pods.iter().filter(|pod| is_pod_terminating(pod));
            taken = taken.with(indexes(&mut going));
        }
        if let Some(failed) = &self.failed_indexes {
            taken = taken.merge(failed);
        }
        taken.first_missing(count, self.job.spec.completions.unwrap_or(0))
    }

    /// Models `getPodCreationInfoForIndependentIndexes`.
    fn those_due(&self, indexes: Vec<i64>) -> Act {
        let wait = |index: &i64| {
            let failed = self.delayed.get(index);
            failed.map_or(Duration::ZERO, |pod| {
                back_off::remaining_for(pod, all_failures(pod) + 1, self.now)
            })
        };
        let shortest = indexes.iter().map(wait).min();
        match shortest.filter(|shortest| !shortest.is_zero()) {
            Some(shortest) => Act::Wait(shortest),
            None => Act::Create(
                indexes
                    .into_iter()
                    .filter(|index| wait(index).is_zero())
                    .map(Some)
                    .collect(),
            ),
        }
    }

    /// Models `activePodsForRemoval`.
    fn pods_to_remove(&self, at_least: i64) -> Vec<Rc<Pod>> {
        let at_least = usize::try_from(at_least).unwrap_or(0);
        let (mut removed, mut left) = (Vec::new(), self.active_pods.clone());
        if self.job.is_indexed() {
            (removed, left) = doubles(left, self.job.spec.completions.unwrap_or(0), self.now);
        }
        let more = at_least.saturating_sub(removed.len()).min(left.len());
        super::sort_for_deletion(&mut left, self.now);
        removed.extend(left.drain(..more));
        removed
    }

    /// So many Pods were made. Models the end of `manageJob`.
    pub fn created(&mut self, count: usize) {
        self.active += count as i64;
    }

    /// These were deleted.
    pub fn deleted(&mut self, pods: &[Rc<Pod>]) {
        let ready = pods.iter().filter(|pod| pod.is_ready()).count();
        self.active -= pods.len() as i64;
        self.terminating += pods.len() as i64;
        self.ready -= ready as i64;
    }

    /// Are there enough successes, and has nothing else to run?
    pub fn is_complete(&self) -> bool {
        let enough = match self.job.spec.completions {
            None => self.succeeded > 0,
            Some(completions) => self.succeeded >= completions,
        };
        enough && self.active == 0
    }

    /// Indexes whose Pods are to be replaced know how often they have failed. Models
    /// `getNewIndexFailureCounts`.
    pub fn failures_before(&self, index: i64) -> (i64, i64) {
        let Some(pod) = self.delayed.get(&index) else {
            return (0, 0);
        };
        let ignored = i64::from(judge_failure(&self.job, pod).is_ignored);
        (
            failure_count(pod) + 1 - ignored,
            ignored_failure_count(pod) + ignored,
        )
    }

    /// The present.
    pub fn now(&self) -> SimTime {
        self.now
    }
}

fn all_failures(pod: &Pod) -> i64 {
    failure_count(pod) + ignored_failure_count(pod)
}

/// Hasn't it been counted yet, and has it an index where it needs one? Models
/// `getValidPodsWithFilter`.
pub fn counts(job: &Job, pod: &Pod) -> bool {
    let completions = job.spec.completions.unwrap_or(0);
    is_tracked(pod) && (!job.is_indexed() || index_of(pod).is_some_and(|index| index < completions))
}

/// Does it wait for being counted?
pub fn is_tracked(pod: &Pod) -> bool {
    pod.metadata
        .finalizers
        .iter()
        .any(|finalizer| &**finalizer == TRACKING)
}

/// Is a Pod replaced only when it has failed, and not when it is on its way out?
fn only_replaces_failed(job: &Job) -> bool {
    &*job.spec.pod_replacement_policy == "Failed" || job.spec.pod_failure_policy.is_some()
}

/// Models `isPodFailed`.
pub fn is_failed(job: &Job, pod: &Pod) -> bool {
    if &*pod.status.phase == "Failed" {
        return true;
    }
    !only_replaces_failed(job)
        && pod.metadata.deletion_timestamp.is_some()
        && &*pod.status.phase != "Succeeded"
}

/// Models `isIndexFailed`.
fn is_index_failed(job: &Job, pod: &Pod, limit: i64) -> bool {
    let verdict = judge_failure(job, pod);
    let is_spent = !verdict.is_ignored && failure_count(pod) >= limit;
    is_failed(job, pod) && (verdict.fails_index || is_spent)
}

/// Active Pods without an index of their own, and the others, by index. Models
/// `appendDuplicatedIndexPodsForRemoval`.
fn doubles(pods: Vec<Rc<Pod>>, completions: i64, now: SimTime) -> (Vec<Rc<Pod>>, Vec<Rc<Pod>>) {
    let (mut removed, mut left) = (Vec::new(), Vec::new());
    let mut by_index: BTreeMap<Option<i64>, Vec<Rc<Pod>>> = BTreeMap::new();
    for pod in pods {
        by_index.entry(index_of(&pod)).or_default().push(pod);
    }
    for (index, mut pods) in by_index {
        if index.is_some_and(|index| index < completions) {
            super::sort_for_deletion(&mut pods, now);
            left.extend(pods.pop());
        }
        removed.extend(pods);
    }
    (removed, left)
}
