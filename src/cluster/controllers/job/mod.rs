//! Jobs: Pods that are to end. Models `pkg/controller/job`: `look.rs` decides about Pods, `track.rs` about
//! the status, `policies.rs` what a failure means, `indexes.rs` and `back_off.rs` count.
//! Left out: Workloads and PodGroups, whose feature is off by default; expectations, since this
//! controller sees what it wrote.

mod back_off;
mod condition;
mod indexes;
mod look;
mod pod;
mod policies;
#[cfg(test)]
mod tests;
mod track;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Wake;
use super::controller_ref_manager::claim;
use super::controller_utils::{
    Controller, is_terminating, pods_by_owner, slow_start, sorted_for_deletion,
};
use super::reconcile::{Measure, Reconcile, Why};
use super::work_queue::WorkQueue;
use crate::api::job::Job;
use crate::api::meta::Labels;
use crate::api::pod::Pod;
use crate::api::{Object, ObjectKey, view};
use crate::cluster::api_server::Status;
use crate::cluster::{Change, Verb, World};
use crate::collections::Map;
use back_off::BackOff;
use condition::Condition;
use look::{Act, Look, TRACKING, is_tracked};

const KIND: &str = "Job.batch";

const JOB: Controller = Controller {
    name: "job-controller",
    component: "job-controller",
    kind: KIND,
};

/// Changes of Pods are looked at together. `SyncJobBatchPeriod`.
const BATCH_PERIOD: Duration = Duration::from_secs(1);

/// The pause after the first look that went wrong. `DefaultJobApiBackOff`.
const API_BACK_OFF: Duration = Duration::from_secs(1);

/// The controller `job-controller`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct JobController {
    queue: WorkQueue,
    /// Pods that no Job counts any more.
    orphans: WorkQueue,
    back_offs: Map<ObjectKey, BackOff>,
}

impl Default for JobController {
    fn default() -> Self {
        JobController {
            queue: WorkQueue::new(API_BACK_OFF, None),
            orphans: WorkQueue::new(API_BACK_OFF, None),
            back_offs: Map::new(),
        }
    }
}

/// The Job, if it is one.
pub(super) fn job_of(object: &Object) -> Option<Rc<Job>> {
    let is_one = object.value.text_at(&["apiVersion"]) == "batch/v1"
        && object.value.text_at(&["kind"]) == "Job";
    is_one
        .then(|| view::read(&object.value).ok().map(Rc::new))
        .flatten()
}

/// Does somebody else look after it?
fn is_managed_elsewhere(job: &Job) -> bool {
    let managed_by = job.spec.managed_by.as_deref();
    managed_by.is_some_and(|name| name != "kubernetes.io/job-controller")
}

impl JobController {
    /// Sees a change.
    pub(super) fn observe(&mut self, world: &mut World, change: &Change) {
        match &*change.object.kind {
            KIND => self.observe_job(world, change),
            "Pod" => self.observe_pod(world, change),
            _ => {}
        }
    }

    fn observe_job(&mut self, world: &mut World, change: &Change) {
        let key = &change.object;
        let generation =
            |object: &Option<Rc<Object>>| object.as_ref().map(|object| object.meta.generation);
        let is_over = change
            .after
            .as_ref()
            .is_none_or(|job| job_of(job).is_none_or(|job| job.finished().is_some()));
        if is_over {
            self.back_offs.remove(key);
            let owner = change.after.as_ref().or(change.before.as_ref());
            let uid = owner.map_or_else(|| "".into(), |owner| owner.meta.uid.clone());
            let pods = world.store.owned_of(&uid, "Pod", &key.namespace);
            let held = pods.filter(|pod| pod.pod().is_some_and(|pod| is_tracked(pod)));
            for pod in held.map(|pod| pod.key()).collect::<Vec<_>>() {
                self.orphans.add(world, change, &pod, Wake::JobOrphan);
            }
        } else if change.verb == Verb::Updated
            && generation(&change.before) == generation(&change.after)
        {
            let batched = world.latencies().watch_delivery + BATCH_PERIOD;
            self.queue.add_after(world, key, batched, Wake::Job);
        } else {
            self.queue.add(world, change, key, Wake::Job);
        }
    }

    fn observe_pod(&mut self, world: &mut World, change: &Change) {
        let batched = world.latencies().watch_delivery + BATCH_PERIOD;
        for key in JOB.concerned(world, change, &selects) {
            self.queue.add_after(world, &key, batched, Wake::Job);
        }
        let pod = change
            .after
            .as_ref()
            .and_then(|object| object.pod().cloned());
        if pod.is_some_and(|pod| is_tracked(&pod) && is_orphan(world, &pod)) {
            self.orphans
                .add(world, change, &change.object, Wake::JobOrphan);
        }
    }

    /// A Pod that no Job counts is let go of. Models `handleSingleOrphanPod`.
    pub(super) fn sync_orphan(&mut self, world: &mut World, key: &ObjectKey) {
        self.orphans.rang(world, key);
        let pod = world
            .store
            .get(key)
            .and_then(|object| object.pod().cloned());
        if let Some(pod) = pod
            && is_orphan(world, &pod)
        {
            let _gone_is_fine = release(world, &pod);
        }
    }

    /// Looks at one. Models `syncJob`.
    pub(super) fn sync(&mut self, world: &mut World, key: &ObjectKey) {
        self.queue.rang(world, key);
        let mut record = Reconcile::begin(world, JOB.name);
        let result = self.look(world, key, &mut record);
        if let Err(status) = &result {
            record.wait(key.clone(), Why::Refused(status.message.as_str().into()));
        }
        record.end(world, key);
        self.queue.looked(world, key, &result, Wake::Job);
    }

    fn look(
        &mut self,
        world: &mut World,
        key: &ObjectKey,
        record: &mut Reconcile,
    ) -> Result<(), Status> {
        let Some(owner) = world.store.get(key).cloned() else {
            self.back_offs.remove(key);
            return Ok(());
        };
        let Some(job) = job_of(&owner).filter(|job| !is_managed_elsewhere(job)) else {
            return Ok(());
        };
        if job.finished().is_some() {
            self.back_offs.remove(key);
            return Ok(());
        }
        let pods = claimed_pods(world, &owner, &job)?;
        let conditions = owner
            .value
            .at(&["status", "conditions"])
            .cloned()
            .unwrap_or_default();
        let known = self.back_offs.get(key).cloned().unwrap_or_default();
        let mut look = Look::new(job, conditions, pods, &known, world.now());
        if let Some(after) = look.look_again {
            self.queue.add_after(world, key, after, Wake::Job);
        }
        let managed = self.act(world, &owner, &mut look);
        let is_new = conclude_act(world, &owner, &mut look);
        remember(record, &look);
        self.track(world, &owner, &mut look, is_new)?;
        managed
    }

    /// Makes and deletes Pods. Models the middle of `syncJob`.
    fn act(&mut self, world: &mut World, owner: &Object, look: &mut Look) -> Result<(), Status> {
        match look.act() {
            Act::None => Ok(()),
            Act::End(pods) => {
                let (deleted, result) = delete_pods(world, owner, &pods, false);
                look.deleted(&deleted);
                if deleted.len() < pods.len() {
                    look.finished = None;
                }
                result
            }
            Act::Delete(pods) => {
                let (deleted, result) = delete_pods(world, owner, &pods, true);
                look.deleted(&deleted);
                result
            }
            Act::Wait(pause) => {
                // Upstream never comes back before a batch is over.
                self.queue
                    .add_after(world, &owner.key(), pause.max(BATCH_PERIOD), Wake::Job);
                look.active = 0;
                Ok(())
            }
            Act::Create(indexes) => {
                let (created, result) = create_pods(world, owner, look, &indexes);
                look.created(created);
                result
            }
        }
    }

    /// Counts what has ended. Models `trackJobStatusAndRemoveFinalizers`.
    fn track(
        &mut self,
        world: &mut World,
        owner: &Object,
        look: &mut Look,
        is_new: bool,
    ) -> Result<(), Status> {
        let noted = look.note(is_new);
        if noted.is_new {
            write_status(world, owner, look)?;
            self.back_offs.insert(owner.key(), look.back_off.clone());
        }
        for pod in &noted.released {
            let _gone_is_fine = release(world, pod);
        }
        let (is_new, finished) = look.conclude(&noted);
        if is_new {
            write_status(world, owner, look)?;
        }
        if let Some(how) = finished {
            tell_end(world, owner, look, &how);
        }
        Ok(())
    }
}

/// Does the Job mean Pods with these labels?
fn selects(job: &Object, labels: &Labels) -> bool {
    job_of(job)
        .is_some_and(|job| !job.spec.selector.is_empty() && job.spec.selector.matches(labels))
}

/// Its Pods, with those that it adopts, which it tracks from then on.
fn claimed_pods(world: &mut World, owner: &Object, job: &Job) -> Result<Vec<Rc<Pod>>, Status> {
    let pods = pods_by_owner(world, owner, true);
    let orphans = pods.iter().filter(|pod| pod.meta.controller().is_none());
    let orphans: Vec<ObjectKey> = orphans.map(|pod| pod.key()).collect();
    let claimed = claim(world, &JOB, owner, pods, &|labels| {
        job.spec.selector.matches(labels)
    })?;
    let mut pods = Vec::new();
    for mut object in claimed {
        let is_untracked = object.pod().is_some_and(|pod| !is_tracked(pod));
        if is_untracked && orphans.contains(&object.key()) {
            object = track_adopted(world, &object)?;
        }
        pods.extend(object.pod().cloned());
    }
    Ok(pods)
}

fn track_adopted(world: &mut World, pod: &Object) -> Result<Rc<Object>, Status> {
    world.patch(JOB.actor(), &pod.key(), |pod| {
        pod.at_mut(&["metadata", "finalizers"])
            .items_mut()
            .push(TRACKING.into());
    })
}

/// Does no Job count this Pod?
fn is_orphan(world: &World, pod: &Pod) -> bool {
    let Some(owner) = pod.metadata.controller() else {
        return true;
    };
    if (&*owner.kind, &*owner.api_version) != ("Job", "batch/v1") {
        return false;
    }
    let job = world.store.get(&owner.key(&pod.metadata.namespace));
    let job = job
        .filter(|job| job.meta.uid == owner.uid)
        .and_then(|job| job_of(job));
    job.is_none_or(|job| job.finished().is_some() && !is_managed_elsewhere(&job))
}

/// Takes a Pod's finalizer away.
fn release(world: &mut World, pod: &Pod) -> Result<(), Status> {
    let key = ObjectKey::pod(&pod.metadata.namespace, &pod.metadata.name);
    world.patch(JOB.actor(), &key, |pod| {
        let path = ["metadata", "finalizers"];
        let finalizers = pod.at_mut(&path).items_mut();
        finalizers.retain(|finalizer| finalizer.as_str() != Some(TRACKING));
        if finalizers.is_empty() {
            pod.remove(&path);
        }
    })?;
    Ok(())
}

/// Deletes Pods, and lets go of them first where they aren't to be counted. Tells which are on their way.
fn delete_pods(
    world: &mut World,
    owner: &Object,
    pods: &[Rc<Pod>],
    release_first: bool,
) -> (Vec<Rc<Pod>>, Result<(), Status>) {
    let (mut deleted, mut result) = (Vec::new(), Ok(()));
    for pod in pods {
        let key = ObjectKey::pod(&pod.metadata.namespace, &pod.metadata.name);
        let mut done = match release_first && is_tracked(pod) {
            true => release(world, pod),
            false => Ok(()),
        };
        done = done.and_then(|()| JOB.delete_pod(world, owner, &key));
        match done {
            Err(status) if status.reason != "NotFound" => result = result.and(Err(status)),
            _ => deleted.push(pod.clone()),
        }
    }
    (deleted, result)
}

/// Makes Pods, in batches that double. Tells how many there are.
fn create_pods(
    world: &mut World,
    owner: &Object,
    look: &Look,
    indexes: &[Option<i64>],
) -> (usize, Result<(), Status>) {
    let mut created = 0;
    let mut left = indexes.iter();
    let result = slow_start(indexes.len(), &mut || {
        let index = left.next().copied().flatten();
        let failures = index
            .filter(|_| look.failed_indexes.is_some())
            .map(|index| look.failures_before(index));
        let pod = pod::make(owner, index, failures);
        match JOB.create_made_pod(world, owner, pod) {
            // Nobody minds: all of it goes.
            Err(status) if !is_terminating(world, &owner.meta.namespace) => Err(status),
            _ => {
                created += 1;
                Ok(())
            }
        }
    });
    (created, result)
}

/// What follows from Pods that were made and deleted: enough successes, or a pause. Tells whether the
/// status is another one.
fn conclude_act(world: &mut World, owner: &Object, look: &mut Look) -> bool {
    let mut is_new = false;
    if look.finished.is_none() && look.is_complete() {
        let message = "Reached expected number of succeeded pods";
        look.finished = Some(Condition::success("CompletionsReached", message));
    } else if look.finished.is_none() && look.job.metadata.deletion_timestamp.is_none() {
        is_new = suspend_or_resume(world, owner, look);
    }
    let old = &look.job.status;
    is_new |= look.active != old.active
        || Some(look.ready) != old.ready
        || Some(look.terminating) != old.terminating;
    look.status.active = look.active;
    look.status.ready = Some(look.ready);
    look.status.terminating = Some(look.terminating);
    is_new
}

fn suspend_or_resume(world: &mut World, owner: &Object, look: &mut Look) -> bool {
    let now = world.now();
    let (status, reason, message, event) = match look.job.spec.suspend {
        true => ("True", "JobSuspended", "Job suspended", "Suspended"),
        false => ("False", "JobResumed", "Job resumed", "Resumed"),
    };
    let condition = Condition {
        kind: "Suspended",
        reason: reason.into(),
        message: message.into(),
    };
    if !condition::ensure(&mut look.conditions, status, &condition, now) {
        return false;
    }
    JOB.tell(world, owner, ("Normal", event), message.into());
    // The time of a pause doesn't count.
    look.status.start_time = (!look.job.spec.suspend).then_some(now);
    true
}

/// Models `UpdateStatus`, and what the API server says of it.
fn write_status(world: &mut World, owner: &Object, look: &Look) -> Result<(), Status> {
    let key = owner.key();
    if let Some(why) = track::invalid(&look.status) {
        let message = format!("Job.batch \"{}\" is invalid: {why}", key.name);
        return Err(Status {
            code: 422,
            reason: "Invalid",
            message,
        });
    }
    world.patch(JOB.actor(), &key, |job| {
        track::write(job, &look.status, &look.conditions)
    })?;
    Ok(())
}

/// Models `recordJobFinished`.
fn tell_end(world: &mut World, owner: &Object, look: &Look, how: &Condition) {
    if how.kind == condition::FAILED {
        return JOB.tell(
            world,
            owner,
            ("Warning", &how.reason),
            how.message.to_string(),
        );
    }
    if look
        .job
        .spec
        .completions
        .is_some_and(|wanted| look.status.succeeded > wanted)
    {
        let message = "Too many succeeded pods running after completion count reached";
        JOB.tell(
            world,
            owner,
            ("Warning", "TooManySucceededPods"),
            message.into(),
        );
    }
    JOB.tell(
        world,
        owner,
        ("Normal", "Completed"),
        "Job completed".into(),
    );
}

fn remember(record: &mut Reconcile, look: &Look) {
    record.observed = vec![
        (Measure::Replicas, look.active),
        (Measure::Ready, look.ready),
        (Measure::Terminating, look.terminating),
        (Measure::Succeeded, look.status.succeeded),
        (Measure::Failed, look.status.failed),
    ];
    record.wanted = vec![(Measure::AtMost, look.job.spec.parallelism)];
    if let Some(completions) = look.job.spec.completions {
        record.wanted.push((Measure::Succeeded, completions));
    }
    for pod in &look.pods {
        if !pod.is_finished() && (!pod.is_ready() || pod.metadata.deletion_timestamp.is_some()) {
            record.wait_for_pod(pod, 0);
        }
    }
    if let Act::Wait(pause) = look.act() {
        record.wait(
            ObjectKey::new(KIND, &look.job.metadata.namespace, &look.job.metadata.name),
            Why::Until(look.now() + pause),
        );
    }
}

/// Puts Pods that are the least loss first. Models `ActivePods`.
fn sort_for_deletion(pods: &mut Vec<Rc<Pod>>, now: crate::cluster::SimTime) {
    *pods = sorted_for_deletion(std::mem::take(pods), &BTreeMap::new(), now);
}
