//! What the API is told of a Pod, and when. Models `pkg/kubelet/status/status_manager.go`.
//! A status goes out a moment after it was set, so that a newer one may overtake it.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::conditions;
use super::pod_status::{ContainerStatus, Phase, PodStatus, State, whole_second};
use super::pod_worker::PodWorker;
use super::restart::{all_could_restart, restarts_after};
use super::runtime::ContainerId;
use super::static_pods::{STATUS_SYNC, is_mirror};
use super::status_generate::{self, Sources, unknown_end};
use super::{Kubelet, Turn, Wake};
use crate::api::pod::Pod;
use crate::api::{Object, Uid};
use crate::cluster::{Change, SimTime, TimerId, Verb, World};

/// The status that the kubelet holds true, and whether the API knows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Told {
    /// The status.
    pub status: PodStatus,
    /// Will there be no further one?
    finished: bool,
    /// It goes out then.
    timer: Option<TimerId>,
}

impl Told {
    /// A status that the API has already.
    pub(super) fn known(status: PodStatus, finished: bool) -> Self {
        Told {
            status,
            finished,
            timer: None,
        }
    }
}

impl Kubelet {
    /// Somebody else has written what is the kubelet's to say, as node-lifecycle-controller does with the Pods of a
    /// node that fell silent: at its next look at all Pods the kubelet says it anew. Models `needsReconcile`.
    pub(super) fn reconcile_status(&self, world: &mut World, change: &Change, uid: Uid) {
        let said = |object: &Option<Rc<Object>>| {
            let pod = object.as_ref()?.pod()?;
            Some(PodStatus::read(&pod.status))
        };
        let (Some(before), Some(after)) = (said(&change.before), said(&change.after)) else {
            return;
        };
        if change.verb != Verb::Updated || before.says_the_same_as(&after) {
            return;
        }
        let is_mirror = change.after.as_ref().is_some_and(|pod| is_mirror(pod));
        let uid = match is_mirror {
            true => self.mirrored(&change.object).unwrap_or(uid),
            false => uid,
        };
        if self.workers.get(&uid).is_none_or(|one| one.told.is_none()) {
            return;
        }
        let heard = world.now() + world.latencies().watch_delivery;
        let tick = self.node.next_tick(heard, STATUS_SYNC);
        let wake = self.node.wake(Wake::Status(uid));
        world.wake(tick.since(world.now()), wake);
    }
}

/// Upstream's limit of all termination messages of a Pod together.
const MAX_MESSAGES_BYTES: usize = 12 * 1024;

impl Turn<'_> {
    /// From the picture to a status, readiness included. Models `generateAPIPodStatus`.
    pub(super) fn generate_status(&mut self, terminal: bool) -> PodStatus {
        let pod = self.pod();
        let old = match &self.worker.told {
            Some(told) => told.status.clone(),
            None => PodStatus::read(&PodWorker::view(&self.worker.pod).status),
        };
        let picture = self.sync().picture.clone();
        let from = Sources {
            pod: &pod,
            object: &self.pod_object(),
            actuated: &self.worker.actuated.clone(),
            picture: &picture,
            pod_ip: &self.worker.picture.ip.clone(),
            host_ip: &self.node.ip.clone(),
            old: &old,
            reasons: &self.worker.reasons.clone(),
            terminal,
        };
        let mut status = status_generate::containers_and_phase(&from);
        self.past_deadline(&pod, &old, &mut status);
        self.say_readiness(&pod, &mut status);
        status_generate::add_conditions(&from, &mut status);
        let resize = self.resize_conditions(terminal);
        status.conditions.splice(0..0, resize);
        status
    }

    /// A Pod that has run for as long as it may is over. Models `active_deadline.go`.
    fn past_deadline(&mut self, pod: &Pod, old: &PodStatus, status: &mut PodStatus) {
        let (Some(seconds), Some(start)) = (pod.spec.active_deadline_seconds, old.start_time)
        else {
            return;
        };
        let deadline = std::time::Duration::from_secs(seconds.unsigned_abs());
        if self.world.now().since(start) < deadline {
            return;
        }
        let message = "Pod was active on the node longer than the specified deadline";
        self.event("Normal", "DeadlineExceeded", message.into(), None);
        status.phase = Phase::Failed;
        status.reason = "DeadlineExceeded".into();
        status.message = message.into();
    }

    /// Models `SetPodStatus`.
    pub(super) fn set_pod_status(&mut self, mut status: PodStatus) {
        let pod = self.pod();
        status.observed_generation = pod.metadata.generation;
        let force = pod.metadata.deletion_timestamp.is_some();
        self.update_status(&pod, status, force, false);
    }

    /// The sandbox stands: said at once, before any image is pulled. Models `OnPodSandboxReady`.
    pub(super) fn sandbox_ready(&mut self) {
        let pod = self.pod();
        let Some(mut status) = self.worker.told.as_ref().map(|told| told.status.clone()) else {
            return;
        };
        status.set_condition(conditions::ready_to_start_containers(&pod, true));
        self.set_pod_status(status);
    }

    /// Models `SetContainerReadiness`.
    pub(super) fn set_container_readiness(&mut self, id: ContainerId, ready: bool) {
        let pod = PodWorker::view(&self.worker.pod);
        let Some(mut status) = self.worker.told.as_ref().map(|told| told.status.clone()) else {
            return;
        };
        match status.container_mut(id) {
            Some(container) if container.ready != ready => container.ready = ready,
            _ => return,
        }
        let statuses: Vec<&ContainerStatus> = status.all_containers().collect();
        let ready = conditions::ready(&pod, &statuses, status.phase);
        let containers = conditions::containers_ready(&pod, &statuses, status.phase);
        status.set_condition(ready);
        status.set_condition(containers);
        self.update_status(&pod, status, false, false);
    }

    /// Models `SetContainerStartup`.
    pub(super) fn set_container_startup(&mut self, id: ContainerId, started: bool) {
        let pod = PodWorker::view(&self.worker.pod);
        let Some(mut status) = self.worker.told.as_ref().map(|told| told.status.clone()) else {
            return;
        };
        match status.container_mut(id) {
            Some(container) if container.started != Some(started) => {
                container.started = Some(started);
            }
            _ => return,
        }
        self.update_status(&pod, status, false, false);
    }

    /// The last word: what nobody saw end counts as failed. Models `TerminatePod`.
    pub(super) fn terminate_status(&mut self) {
        let pod = self.pod();
        let Some(mut status) = self.worker.told.as_ref().map(|told| told.status.clone()) else {
            return;
        };
        let message = "The container could not be located when the pod was terminated";
        let lost = State::Terminated(unknown_end("ContainerStatusUnknown", message));
        if has_initialized(&pod, &PodWorker::view(&self.worker.pod)) {
            for container in &mut status.containers {
                if container.terminated().is_none() {
                    container.state = lost.clone();
                }
            }
        }
        let tried = status
            .init_containers
            .iter()
            .rposition(|init| !init.is_waiting() || init.last.is_some())
            .map_or(usize::from(!status.init_containers.is_empty()), |last| {
                last + 1
            });
        for init in &mut status.init_containers[..tried] {
            if init.terminated().is_none() {
                init.state = lost.clone();
            }
        }
        if !status.phase.is_terminal() && !self.worker.is_static {
            status.phase = Phase::Failed;
        }
        self.update_status(&pod, status, true, true);
    }

    /// Models `updateStatusInternal`.
    fn update_status(&mut self, pod: &Pod, mut status: PodStatus, force: bool, finished: bool) {
        let told = self.worker.told.as_ref();
        let old = match told {
            Some(told) => told.status.clone(),
            None => PodStatus::read(&PodWorker::view(&self.worker.pod).status),
        };
        if leaves_the_dead(pod, &old, &status) {
            return;
        }
        let now = whole_second(self.world.now());
        conditions::stamp(&mut status.conditions, &old.conditions, now);
        status.start_time = old.start_time.or(status.start_time).or(Some(now));
        status.observed_generation = status.observed_generation.max(old.observed_generation);
        cut_messages(pod, &mut status);
        if told.is_some_and(|told| told.status.says_the_same_as(&status)) && !force {
            return;
        }
        let (finished, timer) = match told {
            Some(told) => (finished || told.finished, told.timer),
            None => (finished, None),
        };
        let timer = timer.or_else(|| {
            let wake = self.node.wake(Wake::Status(self.worker.uid));
            Some(self.world.wake(self.world.latencies().status_update, wake))
        });
        self.arm_deadline(pod, status.start_time, told.is_none());
        self.worker.told = Some(Told {
            status,
            finished,
            timer,
        });
    }

    pub(super) fn arm_deadline(&mut self, pod: &Pod, start: Option<SimTime>, is_first: bool) {
        let (Some(seconds), Some(start), true) =
            (pod.spec.active_deadline_seconds, start, is_first)
        else {
            return;
        };
        let due = start + std::time::Duration::from_secs(seconds.unsigned_abs());
        let tick = self
            .node
            .next_tick(due, self.world.latencies().kubelet_sync_tick);
        let wake = self.node.wake(Wake::Deadline(self.worker.uid));
        self.world.wake(tick.since(self.world.now()), wake);
    }

    /// The status goes to the API; a Pod that is over and was deleted goes with it.
    /// Models `syncPod` of the status manager.
    pub(super) fn tell_status(&mut self) {
        let running = self.could_have_running_containers();
        let Some(told) = &mut self.worker.told else {
            return;
        };
        told.timer = None;
        if self.node.is_cut_off(self.world) {
            return;
        }
        let (mut status, finished) = (told.status.clone(), told.finished);
        let Some(current) = self.world.store.get(&self.worker.key).cloned() else {
            return;
        };
        // A static Pod's status is its mirror's, once the kubelet knows that.
        let wanted = match &self.worker.mirror {
            Some(mirror) if self.has_mirror() => mirror,
            _ if self.worker.is_static => return,
            _ => &self.worker.pod,
        };
        if current.meta.uid != wanted.meta.uid {
            return;
        }
        let known = PodWorker::view(&current);
        let known_phase = Phase::parse(&known.status.phase);
        // Said once, with the end itself.
        let ends = status.phase.is_terminal() && !known_phase.is_terminal() && !running;
        status.disruption = status.disruption.filter(|_| ends).map(|mut disruption| {
            disruption.since = whole_second(self.world.now());
            disruption
        });
        if status.phase.is_terminal() && !known_phase.is_terminal() && running {
            // Not over before its containers are.
            status.phase = known_phase;
            status.reason = known.status.reason.clone();
            status.message = known.status.message.clone();
        }
        if status.phase.is_terminal() {
            not_ready_when_over(&known, &mut status, self.world.now());
        }
        let actor = self.node.actor();
        let key = self.worker.key.clone();
        let written = self
            .world
            .patch(actor.clone(), &key, |pod| status.write(pod));
        let deleted = known.metadata.deletion_timestamp.is_some();
        let is_static = self.worker.is_static;
        if written.is_ok() && finished && deleted && !is_static && status.phase.is_terminal() {
            // Somebody else may have been quicker.
            let _ = self.world.delete(actor, &key, Some(0));
        }
    }
}

/// A Pod that is over is never reported ready. Models the end of `mergePodStatus`.
fn not_ready_when_over(pod: &Pod, status: &mut PodStatus, now: SimTime) {
    let is_true = |kind| {
        status
            .condition(kind)
            .is_some_and(|condition| condition.status)
    };
    if !is_true("Ready") && !is_true("ContainersReady") {
        return;
    }
    let reason = if status.phase == Phase::Failed {
        "PodFailed"
    } else {
        "PodCompleted"
    };
    for kind in ["ContainersReady", "Ready"] {
        let mut condition = conditions::condition(pod, kind, false);
        condition.reason = reason.into();
        condition.since = whole_second(now);
        status.set_condition(condition);
    }
}

/// Would a container that ended for good come back to life? That is a mistake of the kubelet's, and
/// such a status isn't told. Models `checkContainerStateTransition`.
fn leaves_the_dead(pod: &Pod, old: &PodStatus, new: &PodStatus) -> bool {
    if &*pod.spec.restart_policy == "Always" || all_could_restart(&pod.spec) {
        return false;
    }
    pod.all_containers().any(|container| {
        let is_init = pod
            .spec
            .init_containers
            .iter()
            .any(|init| init.name == container.name);
        let (before, after) = (
            old.container(&container.name),
            new.container(&container.name),
        );
        let end = before.and_then(ContainerStatus::terminated);
        let alive = after.is_some_and(|after| after.terminated().is_none());
        end.is_some_and(|end| {
            alive
                && !(is_init && container.is_sidecar())
                && !restarts_after(container, &pod.spec, end.exit_code)
        })
    })
}

/// Termination messages share a limit. Models `normalizeStatus`.
fn cut_messages(pod: &Pod, status: &mut PodStatus) {
    let limit = MAX_MESSAGES_BYTES / pod.every_container().count().max(1);
    let cut = |end: &mut super::pod_status::Terminated| {
        if end.message.len() > limit {
            let at = (0..=limit)
                .rev()
                .find(|at| end.message.is_char_boundary(*at))
                .unwrap_or(0);
            end.message = end.message[..at].into();
        }
    };
    for container in status
        .containers
        .iter_mut()
        .chain(&mut status.init_containers)
        .chain(&mut status.ephemeral_containers)
    {
        if let State::Terminated(end) = &mut container.state {
            cut(end);
        }
        if let Some(end) = &mut container.last {
            cut(end);
        }
    }
}

/// Is there any sign that a regular container was started? Models `hasPodInitialized`.
fn has_initialized(spec: &Pod, known: &Pod) -> bool {
    if spec.spec.init_containers.is_empty() {
        return true;
    }
    let status = PodStatus::read(&known.status);
    if status
        .containers
        .iter()
        .any(|c| c.last.is_some() || !c.is_waiting())
    {
        return true;
    }
    let (Some(last), Some(container)) = (
        status.init_containers.last(),
        spec.spec.init_containers.last(),
    ) else {
        return false;
    };
    if container.is_sidecar() {
        return last.is_running() && last.started == Some(true);
    }
    let ended_well =
        |end: Option<&super::pod_status::Terminated>| end.is_some_and(|end| end.exit_code == 0);
    ended_well(last.terminated()) || ended_well(last.last.as_ref())
}
