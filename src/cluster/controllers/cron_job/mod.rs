//! CronJobs: Jobs at certain times. Models `pkg/controller/cronjob`; `look.rs` decides.
//! Left out: time zones with seasons (see [`crate::api::cron`]), so that `UnknownTimeZone` isn't told.

mod look;

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::Wake;
use super::controller_utils::{Controller, controller_ref, is_terminating};
use super::job::job_of;
use super::reconcile::{Measure, Reconcile, Why};
use super::work_queue::WorkQueue;
use crate::api::cron_job::{ActiveJob, CronJob};
use crate::api::{Object, ObjectKey, Value, view};
use crate::cluster::api_server::Status;
use crate::cluster::deletion::{DeleteOptions, Propagation};
use crate::cluster::{Change, SimTime, World};
use crate::fields;
use look::{Look, Step};

const KIND: &str = "CronJob.batch";

const CRON_JOB: Controller = Controller {
    name: "cronjob-controller",
    component: "cronjob-controller",
    kind: KIND,
};

/// For which moment a Job was made.
const SCHEDULED: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/// The controller `cronjob-controller`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct CronJobController {
    queue: WorkQueue,
}

fn cron_job_of(object: &Object) -> Option<CronJob> {
    view::read(&object.value).ok()
}

impl CronJobController {
    /// Sees a change.
    pub(super) fn observe(&mut self, world: &mut World, change: &Change) {
        match &*change.object.kind {
            KIND => {
                let clock = |object: &Option<Rc<Object>>| {
                    let cron_job = cron_job_of(object.as_ref()?)?;
                    Some((cron_job.spec.schedule, cron_job.spec.time_zone))
                };
                let is_new_clock =
                    change.before.is_some() && clock(&change.before) != clock(&change.after);
                let cron_job = change.after.as_ref().and_then(|object| cron_job_of(object));
                match cron_job.filter(|_| is_new_clock) {
                    Some(cron_job) => self.follow_new_schedule(world, &change.object, &cron_job),
                    None => self.queue.add(world, change, &change.object, Wake::CronJob),
                }
            }
            "Job.batch" => {
                for key in CRON_JOB.concerned(world, change, &|_, _| false) {
                    self.queue.add(world, change, &key, Wake::CronJob);
                }
            }
            _ => {}
        }
    }

    /// Models `updateCronJob`.
    fn follow_new_schedule(&mut self, world: &mut World, key: &ObjectKey, cron_job: &CronJob) {
        if let Some(after) = look::after_new_schedule(cron_job, world.now()) {
            let after = after.max(world.latencies().watch_delivery);
            self.queue.add_after(world, key, after, Wake::CronJob);
        }
    }

    /// Looks at one. Models `sync`.
    pub(super) fn sync(&mut self, world: &mut World, key: &ObjectKey) {
        self.queue.rang(world, key);
        let Some(owner) = world.store.get(key).cloned() else {
            return self.queue.succeeded(key);
        };
        let Some(cron_job) = cron_job_of(&owner) else {
            return;
        };
        let mut record = Reconcile::begin(world, CRON_JOB.name);
        let jobs = world
            .store
            .owned_of(&owner.meta.uid, "Job.batch", &key.namespace);
        let jobs: Vec<_> = jobs.filter_map(|job| job_of(job)).collect();
        let mut look = look::look(&cron_job, &jobs, world.now());
        let result = act(world, &owner, &cron_job, &mut look);
        record.observed = vec![(Measure::Replicas, look.active.len() as i64)];
        match (&result, look.again) {
            (Err(status), _) => {
                record.wait(key.clone(), Why::Refused(status.message.as_str().into()))
            }
            (Ok(()), Some(again)) => record.wait(key.clone(), Why::Until(world.now() + again)),
            (Ok(()), None) => {}
        }
        record.end(world, key);
        self.queue.looked(world, key, &result, Wake::CronJob);
        if let (Ok(()), Some(again)) = (&result, look.again) {
            self.queue.add_after(world, key, again, Wake::CronJob);
        }
    }
}

/// Does what ought to happen, and writes the status.
fn act(
    world: &mut World,
    owner: &Object,
    cron_job: &CronJob,
    look: &mut Look,
) -> Result<(), Status> {
    let mut last_schedule_time = cron_job.status.last_schedule_time;
    let mut refs = References::of(owner);
    for step in std::mem::take(&mut look.steps) {
        match step {
            Step::Tell(kind, reason, message) => {
                CRON_JOB.tell(world, owner, (kind, reason), message)
            }
            Step::Delete(job) => delete_job(world, owner, &job)?,
            Step::Create(due) => {
                if let Some(job) = create_job(world, owner, cron_job, due)? {
                    look.active.push(ActiveJob {
                        name: job.meta.name.clone(),
                        uid: job.meta.uid.clone(),
                    });
                    refs.0.push(reference(&job));
                    last_schedule_time = Some(due);
                }
            }
        }
    }
    let active: Value = refs.those(&look.active);
    let time = |time: Option<SimTime>| time.map(|time| Value::from(time.to_rfc3339()));
    world.patch(CRON_JOB.actor(), &owner.key(), |cron_job| {
        for (name, value) in [
            ("active", Some(active).filter(|active| !active.is_empty())),
            ("lastScheduleTime", time(last_schedule_time)),
            ("lastSuccessfulTime", time(look.last_successful_time)),
        ] {
            match value {
                Some(value) => cron_job.set(&["status", name], value),
                None => {
                    cron_job.remove(&["status", name]);
                }
            }
        }
    })?;
    Ok(())
}

/// References to Jobs that run, as they stand in the status.
struct References(Vec<Value>);

impl References {
    fn of(owner: &Object) -> Self {
        let active = owner.value.at(&["status", "active"]);
        References(active.map_or(&[][..], Value::items).to_vec())
    }

    fn those(&self, active: &[ActiveJob]) -> Value {
        let reference = |job: &ActiveJob| {
            let mut known = self.0.iter();
            known
                .find(|known| known.text_at(&["uid"]) == &*job.uid)
                .cloned()
        };
        active.iter().filter_map(reference).collect()
    }
}

/// Models `deleteJob`.
fn delete_job(world: &mut World, owner: &Object, job: &ActiveJob) -> Result<(), Status> {
    let key = ObjectKey::new("Job.batch", &owner.meta.namespace, &job.name);
    let options = DeleteOptions {
        propagation: Some(Propagation::Background),
        ..DeleteOptions::default()
    };
    match world.delete_with(CRON_JOB.actor(), &key, &options) {
        Err(status) => {
            let message = format!("Deleted job: {}", status.message);
            CRON_JOB.tell(world, owner, ("Warning", "FailedDelete"), message);
            Err(status)
        }
        Ok(()) => {
            let message = format!("Deleted job {}", job.name);
            CRON_JOB.tell(world, owner, ("Normal", "SuccessfulDelete"), message);
            Ok(())
        }
    }
}

/// The Job of this moment, if there is none yet of this name that somebody else has made. Models
/// `getJobFromTemplate2` and what follows.
fn create_job(
    world: &mut World,
    owner: &Object,
    cron_job: &CronJob,
    due: SimTime,
) -> Result<Option<Rc<Object>>, Status> {
    let template = owner
        .value
        .at(&["spec", "jobTemplate"])
        .cloned()
        .unwrap_or_default();
    let reference: Value = [controller_ref(owner)].into_iter().collect();
    let name = look::job_name(cron_job, due);
    let mut job = fields! {
        "apiVersion" => "batch/v1", "kind" => "Job",
        "metadata" => fields! {
            "name" => name.as_str(), "namespace" => owner.meta.namespace.clone(), "ownerReferences" => reference,
        },
        "spec" => template.get("spec").cloned().unwrap_or_default(),
    };
    for part in ["labels", "annotations"] {
        if let Some(said) = template.at(&["metadata", part]) {
            job.set(&["metadata", part], said.clone());
        }
    }
    let when = look::local_time(cron_job, due);
    job.set(&["metadata", "annotations", SCHEDULED], when);
    let key = ObjectKey::new("Job.batch", &owner.meta.namespace, &name);
    match world.create(CRON_JOB.actor(), job) {
        Ok(job) => {
            let message = format!("Created job {}", job.meta.name);
            CRON_JOB.tell(world, owner, ("Normal", "SuccessfulCreate"), message);
            Ok(Some(job))
        }
        Err(status) if status.reason == "AlreadyExists" => {
            let known = world.store.get(&key).cloned();
            let is_its = |job: &Rc<Object>| {
                job.meta
                    .controller()
                    .is_some_and(|one| one.uid == owner.meta.uid)
            };
            Ok(known.filter(is_its))
        }
        Err(status) => {
            if !is_terminating(world, &owner.meta.namespace) {
                let message = format!("Error creating job: {}", status.message);
                CRON_JOB.tell(world, owner, ("Warning", "FailedCreate"), message);
            }
            Err(status)
        }
    }
}

/// Models `ref.GetReference`.
fn reference(job: &Object) -> Value {
    fields! {
        "apiVersion" => "batch/v1", "kind" => "Job", "name" => job.meta.name.clone(),
        "namespace" => job.meta.namespace.clone(), "resourceVersion" => job.meta.resource_version.clone(),
        "uid" => job.meta.uid.clone(),
    }
}
