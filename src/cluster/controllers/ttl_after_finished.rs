//! Jobs that are over go after a while, if they say so. Models `pkg/controller/ttlafterfinished`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Wake;
use super::controller_utils::Controller;
use super::job::job_of;
use super::work_queue::WorkQueue;
use crate::api::ObjectKey;
use crate::api::job::Job;
use crate::cluster::deletion::{DeleteOptions, Propagation};
use crate::cluster::{Change, SimTime, World};

const TTL_AFTER_FINISHED: Controller = Controller {
    name: "ttl-after-finished-controller",
    component: "ttl-after-finished-controller",
    kind: "Job.batch",
};

/// The controller `ttl-after-finished-controller`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct TtlAfterFinishedController {
    queue: WorkQueue,
}

/// When a Job that is over may go. Models `getFinishAndExpireTime`.
fn expires(job: &Job) -> Option<SimTime> {
    if job.metadata.deletion_timestamp.is_some() {
        return None;
    }
    let seconds = job.spec.ttl_seconds_after_finished?;
    let finished = job.finished()?.last_transition_time?;
    Some(finished + Duration::from_secs(seconds.unsigned_abs()))
}

impl TtlAfterFinishedController {
    /// Sees a change.
    pub(super) fn observe(&mut self, world: &mut World, change: &Change) {
        if &*change.object.kind != TTL_AFTER_FINISHED.kind {
            return;
        }
        let job = change.after.as_ref().and_then(|object| job_of(object));
        if job.is_some_and(|job| expires(&job).is_some()) {
            self.queue
                .add(world, change, &change.object, Wake::FinishedJob);
        }
    }

    /// Looks at one. Models `processJob`.
    pub(super) fn sync(&mut self, world: &mut World, key: &ObjectKey) {
        self.queue.rang(world, key);
        let job = world.store.get(key).and_then(|object| job_of(object));
        let Some(due) = job.and_then(|job| expires(&job)) else {
            return self.queue.succeeded(key);
        };
        let now = world.now();
        if due > now {
            return self
                .queue
                .add_after(world, key, due.since(now), Wake::FinishedJob);
        }
        let options = DeleteOptions {
            propagation: Some(Propagation::Foreground),
            ..DeleteOptions::default()
        };
        let deleted = world.delete_with(TTL_AFTER_FINISHED.actor(), key, &options);
        self.queue.looked(world, key, &deleted, Wake::FinishedJob);
    }
}
