//! One Pod's worker: it sets the Pod up, tears it down, and cleans up behind it, one sync at a time.
//! Models `pkg/kubelet/pod_workers.go`. Left out: Pods that only the runtime knows.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::adopt::Reports;
use super::allocation::{Allocation, ResizeConditions};
use super::back_off::BackOff;
use super::conditions;
use super::eviction_manager::Ending;
use super::execs::Running;
use super::pleg::Picture;
use super::prober::Probes;
use super::resize::Actuated;
use super::runtime::PodRuntime;
use super::status_generate::Reasons;
use super::status_manager::Told;
use super::sync::Sync;
use super::volume_manager::VolumeManager;
use super::volumes::Volume;
use super::{Turn, Wake};
use crate::api::pod::Pod;
use crate::api::{Object, ObjectKey, Uid};
use crate::cluster::{Cause, SimTime, TimerId};
use crate::collections::Map;

/// Everything that a kubelet keeps of one Pod.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PodWorker {
    /// The last news of the Pod: why the kubelet does with it what it does. Looks at the node and pulls
    /// of images are for many Pods; what comes of them for this one has this cause.
    pub cause: Cause,
    /// Where the Pod is found.
    pub key: ObjectKey,
    /// Which Pod it is.
    pub uid: Uid,
    /// The version that the kubelet was told last.
    pub pod: Rc<Object>,
    /// Is the Pod gone from the API?
    pub removed: bool,
    /// What truly runs.
    pub runtime: Rc<PodRuntime>,
    /// What the kubelet last saw of it.
    pub picture: Picture,
    /// How far the Pod is on its way out.
    pub stage: Stage,
    /// Seconds between SIGTERM and SIGKILL, once it is on its way out; it only shrinks.
    pub grace_period: i64,
    /// Was it deleted, or does it end for another reason?
    pub deleted: bool,
    /// What it ends for, if that is a reason of the kubelet's.
    pub ending: Option<Ending>,
    /// Was it that which began its end, for want of something on the node?
    pub evicted: bool,
    /// Work for the next sync: the version to work on.
    pub pending: Option<Rc<Object>>,
    /// The version that the last sync worked on.
    pub active: Option<Rc<Object>>,
    /// The sync under way.
    pub sync: Option<Sync>,
    /// When the last sync ended.
    pub last_sync: Option<SimTime>,
    /// When it syncs again if nothing happens.
    pub queued: Option<TimerId>,
    /// What the API was told.
    pub told: Option<Told>,
    /// Why containers couldn't be started.
    pub reasons: Reasons,
    /// Pauses of crashed containers.
    pub crash_back_off: BackOff,
    /// Pauses of images that couldn't be pulled.
    pub image_back_off: BackOff,
    /// Why the last pull of an image failed.
    pub pull_errors: Map<Rc<str>, Rc<str>>,
    /// How often each image was asked for, and how often a sandbox: what a scripted runtime counts.
    pub tries: Map<Rc<str>, u32>,
    /// Its probes.
    pub probes: Probes,
    /// Commands that run beside its containers' processes.
    pub execs: Vec<Running>,
    /// Its volumes that are set up on the node, by their names in the Pod.
    pub volumes: Map<Rc<str>, Rc<Volume>>,
    /// What is under way with them.
    pub volume_manager: VolumeManager,
    /// What was reported to go wrong, if it was imported.
    pub reports: Reports,
    /// The resources that were promised to it, once it was let in.
    pub allocation: Option<Allocation>,
    /// The resources that are in force.
    pub actuated: Actuated,
    /// What is told of a resize.
    pub resize: ResizeConditions,
    /// How many runs of a container have left their log, where all began anew.
    pub kept_logs: Map<Rc<str>, i64>,
    /// Is it from a file?
    pub is_static: bool,
    /// The Pod that mirrors it in the API, as the kubelet was told of it last.
    pub mirror: Option<Rc<Object>>,
    /// Is the next look at it to be followed by a sync, whatever it shows?
    pub reinspect: bool,
}

/// How far a Pod is on its way out. Models the times in `podSyncStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Stage {
    /// It is kept running.
    Syncing,
    /// Its containers are being stopped.
    Terminating,
    /// None of its containers runs any more.
    Terminated,
    /// Nothing is left to do.
    Finished,
}

/// How a sync ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outcome {
    /// Everything is as it should be.
    Done {
        /// Did it do anything?
        acted: bool,
    },
    /// The Pod is over by itself.
    Terminal,
    /// Something failed; when its pause ends, if it has one.
    Failed(Option<SimTime>),
}

impl PodWorker {
    pub(super) fn new(uid: Uid, pod: Rc<Object>, cause: Cause) -> Self {
        PodWorker {
            cause,
            key: pod.key(),
            uid,
            removed: false,
            runtime: Rc::default(),
            picture: Picture::default(),
            stage: Stage::Syncing,
            grace_period: 0,
            deleted: false,
            ending: None,
            evicted: false,
            pending: None,
            active: None,
            sync: None,
            last_sync: None,
            queued: None,
            told: None,
            reasons: Reasons::new(),
            crash_back_off: BackOff::default(),
            image_back_off: BackOff::default(),
            pull_errors: Map::new(),
            tries: Map::new(),
            probes: Probes::default(),
            execs: Vec::new(),
            volumes: Map::new(),
            volume_manager: VolumeManager::default(),
            reports: Reports::default(),
            allocation: None,
            actuated: Actuated::default(),
            resize: ResizeConditions::default(),
            kept_logs: Map::new(),
            is_static: false,
            mirror: None,
            reinspect: false,
            pod,
        }
    }

    /// Has the kubelet still to decide whether it takes the Pod in? One that it refused has a status
    /// that was told, and no sync.
    pub(super) fn is_new(&self) -> bool {
        self.active.is_none() && self.pending.is_none() && self.told.is_none()
    }

    /// Somebody in the kubelet allows it no more than `grace` seconds from SIGTERM to SIGKILL, if that.
    pub(super) fn shorten_grace(&mut self, grace: Option<i64>) {
        let pod = PodWorker::view(&self.pod);
        self.grace_period = effective_grace_period(self.grace_period, &pod, grace);
    }

    /// The view of a version of the Pod.
    pub(super) fn view(object: &Rc<Object>) -> Rc<Pod> {
        object.pod().cloned().unwrap_or_default()
    }
}

impl Turn<'_> {
    /// Somebody wants the Pod to be looked at. Models `UpdatePod`.
    pub(super) fn update_pod(&mut self) {
        if self.worker.stage == Stage::Finished {
            return;
        }
        let pod = PodWorker::view(&self.worker.pod);
        let before = (self.worker.stage, self.worker.grace_period);
        if self.worker.stage == Stage::Syncing {
            let deleted = pod.metadata.deletion_timestamp.is_some() || self.worker.removed;
            if deleted || pod.is_finished() {
                self.worker.deleted = deleted;
                self.worker.stage = self.first_stage_of_the_end(&pod);
            }
        }
        if self.worker.stage == Stage::Terminating {
            self.worker.grace_period = effective_grace_period(self.worker.grace_period, &pod, None);
        }
        self.worker.pending = Some(self.worker.allocated_pod());
        if before != (self.worker.stage, self.worker.grace_period) {
            self.cancel_waiting_for_volumes();
        }
        self.start_sync();
    }

    /// A Pod that is over when its first sync comes, and of which nothing runs, has nothing to be
    /// stopped: it was refused, or it ended before this kubelet knew it.
    fn first_stage_of_the_end(&self, pod: &Pod) -> Stage {
        let seen = &self.worker.picture.seen;
        let runs = seen.active().next().is_some() || seen.ready_sandbox().is_some();
        if self.worker.active.is_none() && pod.is_finished() && !runs {
            Stage::Terminated
        } else {
            Stage::Terminating
        }
    }

    /// Takes up pending work, unless a sync is under way. Models `startPodSync`.
    fn start_sync(&mut self) {
        if self.worker.sync.is_some() {
            return;
        }
        let Some(pod) = self.worker.pending.take() else {
            return;
        };
        self.worker.active = Some(pod.clone());
        self.worker.sync = Some(Sync::new(pod, self.worker.stage));
        if self.sees_newer_than_last_sync() {
            self.begin_sync();
        } else {
            self.wait_for_picture();
        }
    }

    /// The sync under way is over. Models the end of `podWorkerLoop` and `completeWork`.
    pub(super) fn end_sync(&mut self, outcome: Outcome) {
        let Some(sync) = self.worker.sync.take() else {
            return;
        };
        self.worker.last_sync = Some(self.world.now());
        self.worker.picture.fresh = false;
        match (sync.stage, &outcome) {
            (Stage::Syncing, Outcome::Terminal) => {
                self.worker.stage = self.worker.stage.max(Stage::Terminating);
                let pod = PodWorker::view(&sync.pod);
                let now = self.worker.grace_period;
                self.worker.grace_period = effective_grace_period(now, &pod, None);
                self.requeue();
            }
            (Stage::Terminating, Outcome::Done { .. }) => {
                self.worker.stage = Stage::Terminated;
                self.requeue();
            }
            (Stage::Terminated, Outcome::Done { .. }) => {
                self.worker.stage = Stage::Finished;
                self.unqueue();
                return;
            }
            _ => {}
        }
        self.queue(&outcome);
        self.start_sync();
        if outcome == (Outcome::Done { acted: true }) && sync.stage == Stage::Syncing {
            self.relist_pod();
        }
    }

    /// The last version once more, unless a newer one waits. Models `requeueLastPodUpdate`.
    fn requeue(&mut self) {
        if self.worker.pending.is_none() {
            self.worker.pending = self.worker.active.clone();
        }
    }

    /// Sets the time of the next sync if nothing happens. Models the work queue, which is looked at
    /// once a second.
    pub(super) fn queue(&mut self, outcome: &Outcome) {
        let latencies = self.world.latencies();
        let (resync, pause) = (latencies.kubelet_resync, latencies.kubelet_retry);
        let after = match outcome {
            Outcome::Failed(None) => pause,
            Outcome::Failed(Some(until)) => until.since(self.world.now()).min(resync),
            _ => resync,
        };
        // Upstream's jitter: up to half as long again.
        let stretch = self.world.latencies().kubelet_stretch;
        let mut draw = || {
            let rng = &mut self.world.rng;
            rng.below("kubelet-resync", self.worker.uid, 1000)
        };
        let drawn = stretch.unwrap_or_else(&mut draw);
        let due = self.world.now() + after + after / 2 * drawn / 1000;
        let tick = self
            .node
            .next_tick(due, self.world.latencies().kubelet_sync_tick);
        self.unqueue();
        let wake = self.node.wake(Wake::Resync(self.worker.uid));
        let after = tick.since(self.world.now());
        self.worker.queued = Some(self.world.wake(after, wake));
    }

    fn unqueue(&mut self) {
        if let Some(timer) = self.worker.queued.take() {
            self.world.cancel(timer);
        }
    }

    /// Could a container of it still run? Not where no sync ever began. Models
    /// `CouldHaveRunningContainers`.
    pub(super) fn could_have_running_containers(&self) -> bool {
        self.worker.active.is_some() && self.worker.stage < Stage::Terminated
    }

    /// Is the condition `Ready` another one now because somebody set a condition that a readiness
    /// gate waits for? Models `NeedToReconcilePodReadiness`.
    pub(super) fn opens_a_gate(&self) -> bool {
        let pod = PodWorker::view(&self.worker.pod);
        let Some(told) = self
            .worker
            .told
            .as_ref()
            .filter(|_| !pod.spec.readiness_gates.is_empty())
        else {
            return false;
        };
        let statuses: Vec<_> = told.status.containers.iter().collect();
        let ready = conditions::ready(&pod, &statuses, told.status.phase);
        told.status
            .condition("Ready")
            .is_some_and(|known| known.status != ready.status || known.message != ready.message)
    }

    /// After `after`, the sync under way goes on.
    pub(super) fn go_on_after(&mut self, after: Duration) {
        let wake = self.node.wake(Wake::Step(self.worker.uid));
        self.world.wake(after, wake);
    }
}

/// Seconds between SIGTERM and SIGKILL: never more than before, never less than one.
/// Models `calculateEffectiveGracePeriod`.
fn effective_grace_period(known: i64, pod: &Pod, asked: Option<i64>) -> i64 {
    let mut grace_period = known;
    let mut overridden = false;
    for shorter in [pod.metadata.deletion_grace_period_seconds, asked]
        .into_iter()
        .flatten()
    {
        if grace_period == 0 || shorter < grace_period {
            grace_period = shorter;
            overridden = true;
        }
    }
    if !overridden && grace_period == 0 {
        grace_period = pod.spec.termination_grace_period_seconds.unwrap_or(30);
    }
    grace_period.max(1)
}

/// Did anything but the status change? Models `podsDifferSemantically`, `pkg/kubelet/config`.
pub(super) fn asks_for_more(known: &Object, now: &Object) -> bool {
    known.value.get("spec") != now.value.get("spec")
        || known.meta.labels != now.meta.labels
        || known.meta.annotations != now.meta.annotations
        || known.meta.deletion_timestamp != now.meta.deletion_timestamp
        || known.meta.deletion_grace_period_seconds != now.meta.deletion_grace_period_seconds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::pod::PodSpec;

    #[test]
    fn a_grace_period_only_shrinks() {
        let pod = |deletion| {
            let mut pod = Pod {
                spec: PodSpec {
                    termination_grace_period_seconds: Some(30),
                    ..PodSpec::default()
                },
                ..Pod::default()
            };
            pod.metadata.deletion_grace_period_seconds = deletion;
            pod
        };
        for (known, deletion, asked, expected) in [
            (0, None, None, 30),
            (0, Some(5), None, 5),
            (20, Some(2), None, 2),
            (2, Some(20), None, 2),
            (0, Some(0), None, 1),
            (0, None, Some(1), 1),
        ] {
            let got = effective_grace_period(known, &pod(deletion), asked);
            assert_eq!(got, expected, "{known} {deletion:?} {asked:?}");
        }
    }
}
