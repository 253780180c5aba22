//! Pods that have ended go into a Job's counters once and only once: first their uids are noted in its
//! status, then they lose their finalizer, then the counters take them up. Models
//! `trackJobStatusAndRemoveFinalizers`, `pkg/controller/job/job_controller.go`.

use std::rc::Rc;

use super::condition::{self, Condition};
use super::indexes::index_of;
use super::look::{Look, counts, is_failed, is_tracked};
use super::policies::judge_failure;
use crate::api::Value;
use crate::api::job::JobStatus;
use crate::api::pod::Pod;
use crate::fields;

/// At most so many are noted at once.
const MAX_UNCOUNTED_PODS: usize = 500;

/// What the first write of a status notes.
#[derive(Debug)]
pub struct Noted {
    /// Is there anything to write?
    pub is_new: bool,
    /// Pods that lose their finalizer then.
    pub released: Vec<Rc<Pod>>,
    /// Were there more than fit?
    is_full: bool,
}

impl Look {
    /// Notes Pods that have ended, and why the Job is over.
    pub fn note(&mut self, mut is_new: bool) -> Noted {
        let held: Vec<Rc<Pod>> = self
            .pods
            .iter()
            .filter(|pod| is_tracked(pod))
            .cloned()
            .collect();
        is_new |= self.count(&|uid| held.iter().any(|pod| pod.metadata.uid == *uid));
        let mut noted = Noted {
            is_new,
            released: Vec::new(),
            is_full: false,
        };
        let mut indexes = Vec::new();
        for pod in held {
            if !self.may_release(&pod) {
                continue;
            }
            noted.is_new |= self.note_pod(&pod, &mut indexes);
            noted.released.push(pod);
            let uncounted = &self.status.uncounted_terminated_pods;
            if indexes.len() + uncounted.succeeded.len() + uncounted.failed.len()
                >= MAX_UNCOUNTED_PODS
            {
                noted.is_full = true;
                break;
            }
        }
        if self.job.is_indexed() {
            noted.is_new |= self.note_indexes(indexes);
        }
        noted.is_new |= self.note_condition();
        noted
    }

    /// Models `canRemoveFinalizer`.
    fn may_release(&self, pod: &Pod) -> bool {
        if self.job.metadata.deletion_timestamp.is_some()
            || self.finished.is_some()
            || &*pod.status.phase == "Succeeded"
        {
            return true;
        }
        let delayed = index_of(pod).and_then(|index| self.delayed.get(&index));
        is_failed(&self.job, pod)
            && delayed.is_none_or(|last| last.metadata.uid != pod.metadata.uid)
    }

    fn note_pod(&mut self, pod: &Pod, indexes: &mut Vec<i64>) -> bool {
        let uid = &pod.metadata.uid;
        let uncounted = &mut self.status.uncounted_terminated_pods;
        let is_a_loss = self
            .finished
            .as_ref()
            .is_some_and(|why| why.kind != condition::SUCCESS_CRITERIA_MET);
        if uncounted.failed.contains(uid) {
            return false;
        }
        if &*pod.status.phase == "Succeeded" {
            if self.job.is_indexed() {
                let index = index_of(pod).filter(|index| !self.known_indexes.has(*index));
                indexes.extend(index.filter(|_| counts(&self.job, pod)));
                return index.is_some() && counts(&self.job, pod);
            }
            let is_new = !uncounted.succeeded.contains(uid);
            if is_new {
                uncounted.succeeded.push(uid.clone());
            }
            return is_new;
        }
        let is_lost = is_failed(&self.job, pod) || is_a_loss;
        let is_new = is_lost && counts(&self.job, pod) && !judge_failure(&self.job, pod).is_ignored;
        if is_new {
            uncounted.failed.push(uid.clone());
        }
        is_new
    }

    fn note_indexes(&mut self, new: Vec<i64>) -> bool {
        self.succeeded_indexes = self.succeeded_indexes.with(new);
        let text = self.succeeded_indexes.text();
        let failed = self
            .failed_indexes
            .as_ref()
            .map(|failed| Rc::from(failed.text()));
        let status = &mut self.status;
        let is_new = *text != *status.completed_indexes || failed != status.failed_indexes;
        status.succeeded = self.succeeded_indexes.total();
        status.completed_indexes = text.into();
        status.failed_indexes = failed;
        is_new
    }

    /// What is about to be is told before it is: its last Pods have to go first.
    fn note_condition(&mut self) -> bool {
        let Some(about) = self.finished.clone() else {
            return false;
        };
        let kind = match about.kind {
            condition::FAILURE_TARGET => condition::FAILED,
            condition::SUCCESS_CRITERIA_MET => condition::COMPLETE,
            _ => return false,
        };
        let now = self.now();
        let is_new = condition::ensure(&mut self.conditions, "True", &about, now);
        self.finished = Some(Condition { kind, ..about });
        is_new
    }

    /// Takes up into the counters what is noted and isn't `held` any more. Models
    /// `cleanUncountedPodsWithoutFinalizers`.
    fn count(&mut self, held: &dyn Fn(&Rc<str>) -> bool) -> bool {
        let status = &mut self.status;
        let uncounted = &mut status.uncounted_terminated_pods;
        let (succeeded, failed) = (uncounted.succeeded.len(), uncounted.failed.len());
        uncounted.succeeded.retain(held);
        uncounted.failed.retain(held);
        let succeeded = succeeded - uncounted.succeeded.len();
        let failed = failed - uncounted.failed.len();
        status.succeeded += succeeded as i64;
        status.failed += failed as i64;
        succeeded + failed > 0
    }

    /// The finalizers are gone: what the second write of the status tells. Models `enactJobFinished`, too.
    pub fn conclude(&mut self, noted: &Noted) -> (bool, Option<Condition>) {
        let released = |uid: &Rc<str>| noted.released.iter().any(|pod| pod.metadata.uid == *uid);
        let is_new = self.count(&|uid| !released(uid));
        let uncounted = &self.status.uncounted_terminated_pods;
        let waits = noted.is_full
            || self.terminating > 0
            || uncounted.succeeded.len() + uncounted.failed.len() > 0;
        let now = self.now();
        let Some(finished) = self.finished.clone().filter(|_| !waits) else {
            return (is_new, None);
        };
        condition::ensure(&mut self.conditions, "True", &finished, now);
        if finished.kind == condition::COMPLETE {
            self.status.completion_time = Some(now);
        }
        (true, Some(finished))
    }
}

/// What the API server says of a status that it doesn't take. Of the rules of `validateJobStatus` the
/// only one that this controller breaks itself, and upstream's does too: while a Pod that failed waits
/// for its replacement, it tells that none is active.
pub fn invalid(status: &JobStatus) -> Option<String> {
    let ready = status.ready.unwrap_or(0);
    let message =
        format!("status.ready: Invalid value: {ready}: cannot set more ready pods than active");
    (ready > status.active).then_some(message)
}

/// Writes a status into a Job.
pub fn write(job: &mut Value, status: &JobStatus, conditions: &Value) {
    let uids = |uids: &[Rc<str>]| {
        uids.iter()
            .map(|uid| Value::from(uid.clone()))
            .collect::<Value>()
    };
    let time =
        |time: Option<crate::cluster::SimTime>| time.map(|time| Value::from(time.to_rfc3339()));
    let count = |count: i64| (count != 0).then_some(Value::Int(count));
    let uncounted = &status.uncounted_terminated_pods;
    let mut noted = fields! {};
    for (name, list) in [
        ("succeeded", &uncounted.succeeded),
        ("failed", &uncounted.failed),
    ] {
        if !list.is_empty() {
            noted.set(&[name], uids(list));
        }
    }
    let text = |text: &Rc<str>| (!text.is_empty()).then(|| Value::from(text.clone()));
    for (name, value) in [
        ("active", count(status.active)),
        ("completedIndexes", text(&status.completed_indexes)),
        ("completionTime", time(status.completion_time)),
        (
            "conditions",
            Some(conditions.clone()).filter(|all| !all.is_empty()),
        ),
        ("failed", count(status.failed)),
        (
            "failedIndexes",
            status.failed_indexes.clone().map(Value::from),
        ),
        ("ready", status.ready.map(Value::Int)),
        ("startTime", time(status.start_time)),
        ("succeeded", count(status.succeeded)),
        ("terminating", status.terminating.map(Value::Int)),
        ("uncountedTerminatedPods", Some(noted)),
    ] {
        match value {
            Some(value) => job.set(&["status", name], value),
            None => {
                job.remove(&["status", name]);
            }
        }
    }
}
