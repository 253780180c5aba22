//! Who has to go when a node runs short of memory or disk, or takes more local storage than its own
//! limits allow. Models `pkg/kubelet/eviction/eviction_manager.go`.
//!
//! Upstream looks every ten seconds. Here the looks come at the same moments, but only while one could
//! find something: nobody can tell from the outside. The Node's conditions are reported with the look.
//! Where memory is taken faster than that, the kernel is there first: see [`super::oom`].
//! Left out: `pid.available`, inodes and soft thresholds (see [`super::eviction_helpers`]).

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::admission::{Refusal, is_critical, refusal};
use super::conditions;
use super::eviction_helpers::{
    Candidate, LEAST_MEMORY, Observation, Observations, Pressure, Signal, beyond_local_limits,
    message, rank,
};
use super::pod_status::{Phase, PodStatus};
use super::pod_worker::{PodWorker, Stage};
use super::stats;
use super::{Kubelet, NodeState, Turn, Wake, node_status};
use crate::api::node::Taint;
use crate::api::pod::Pod;
use crate::api::{ObjectKey, Uid, Value};
use crate::cluster::events::Telling;
use crate::cluster::scheduler::plugins::checks;
use crate::cluster::{Runtime, SimTime, TimerId, World};
use crate::collections::Map;
use crate::fields;

/// Seconds between SIGTERM and SIGKILL of an evicted Pod. `immediateEvictionGracePeriodSeconds`; the
/// runtime gets the two that everybody gets.
const GRACE_SECONDS: i64 = 1;

/// How often it looks whether an evicted Pod is gone. `podCleanupPollFreq`.
const CLEANUP_POLL: Duration = Duration::from_secs(1);

/// How long it waits for that: `podCleanupTimeout`, after the ten seconds that a kill may take.
const CLEANUP_TIMEOUT: Duration = Duration::from_secs(40);

/// What an eviction manager remembers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct EvictionManager {
    /// Bytes of memory that something besides Pods takes.
    memory_bytes: i64,
    /// Bytes of disk that something besides Pods and images takes.
    disk_bytes: i64,
    /// When too little was left last.
    last_seen: Map<Pressure, SimTime>,
    /// What the Node's conditions say.
    under: Vec<Pressure>,
    /// A Pod that was evicted, and when: nothing else happens until it is cleaned up.
    evicted: Option<(Uid, SimTime)>,
    /// The next look.
    timer: Option<TimerId>,
    /// The moment at which no memory will be left.
    pub(super) out_of_memory: Option<TimerId>,
    /// Did something change that may make a look worth while?
    pub(super) changed: bool,
}

/// What a Pod ends for, though nobody deleted it. Models `PodStatusFunc` of `KillPodOptions`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Ending {
    /// `Evicted`, `Preempting`
    pub reason: Rc<str>,
    /// The same in a sentence.
    pub message: Rc<str>,
    /// Why it goes for others' sake, if it does: its status says so then.
    pub disrupts: Option<Rc<str>>,
}

impl EvictionManager {
    /// Bytes of memory that something besides Pods takes.
    pub(super) fn besides_memory(&self) -> i64 {
        self.memory_bytes
    }

    /// Why a Pod may not come in while too little is left. Models `Admit`.
    pub(super) fn refuses(&self, pod: &Pod) -> Option<Refusal> {
        if self.under.is_empty() || is_critical(pod) {
            return None;
        }
        if self.under == [Pressure::Memory] {
            let taint = Taint {
                key: "node.kubernetes.io/memory-pressure".into(),
                effect: "NoSchedule".into(),
                ..Taint::default()
            };
            let is_best_effort = &*pod.status.qos_class == "BestEffort";
            if !is_best_effort || checks::tolerates(&pod.spec.tolerations, &taint) {
                return None;
            }
        }
        let names: Vec<&str> = self.under.iter().map(|p| p.condition()).collect();
        let message = format!("The node had condition: [{}]. ", names.join(" "));
        Some(refusal("Evicted", &message))
    }
}

impl Kubelet {
    /// From now on something besides Pods takes so many bytes of the machine.
    pub fn take_up(&mut self, world: &mut World, memory_bytes: i64, disk_bytes: i64) {
        self.node.eviction.memory_bytes = memory_bytes.max(0);
        self.node.eviction.disk_bytes = disk_bytes.max(0);
        self.watch_usage(world);
    }

    /// Something changed: sets the next look if one could find something.
    pub(super) fn watch_usage(&mut self, world: &mut World) {
        self.node.eviction.changed = false;
        self.watch_machine_memory(world);
        if self.node.eviction.timer.is_none() && self.could_run_short(world) {
            let period = world.latencies().eviction_monitoring;
            let now = world.now();
            let next = self.node.last_relist(now, period) + period;
            self.look_at(world, next);
        }
    }

    fn look_at(&mut self, world: &mut World, due: SimTime) {
        let wake = self.node.wake(Wake::Evict);
        let after = due.since(world.now());
        self.node.eviction.timer = Some(world.wake(after, wake));
    }

    /// Could a look find anything, now or later, if nothing else happens?
    fn could_run_short(&self, world: &World) -> bool {
        let manager = &self.node.eviction;
        if !manager.last_seen.is_empty() || manager.evicted.is_some() {
            return true;
        }
        let Some(machine) = world.machines.get(&self.node.name) else {
            return false;
        };
        let (mut memory, mut disk) = (manager.memory_bytes, manager.disk_bytes);
        disk = disk.saturating_add(self.node.images.bytes());
        for worker in self.workers.values() {
            let runs = worker.runtime.containers.iter();
            for run in runs.filter(|run| run.is_running()) {
                memory = memory.saturating_add(run.process.peak().memory_bytes);
            }
            let volumes = worker.volumes.values().map(|volume| volume.files.size());
            let volumes = volumes.fold(0, u64::saturating_add);
            disk = disk.saturating_add(i64::try_from(volumes).unwrap_or(i64::MAX));
        }
        // What else scripts write comes to little beside this.
        let is_full = disk > node_status::DISK_BYTES / 2;
        let is_short = machine.memory_bytes.saturating_sub(memory) < LEAST_MEMORY;
        is_full || is_short || self.workers.values().any(|one| may_pass_local_limits(one))
    }

    /// All Pods that may run here, and what they take. Models `getAllocatedPods`.
    fn candidates(&self, now: SimTime) -> Vec<Candidate> {
        let active = self
            .workers
            .iter()
            .filter(|(_, worker)| worker.takes_up_room());
        let one = |(uid, worker): (&Uid, &Rc<PodWorker>)| Candidate {
            uid: *uid,
            object: worker.pod.clone(),
            pod: PodWorker::view(&worker.pod),
            stats: stats::of_pod(worker, now),
        };
        active.map(one).collect()
    }

    /// Models `makeSignalObservations`.
    fn signals(&self, world: &World, candidates: &[Candidate]) -> Option<Observations> {
        let machine = world.machines.get(&self.node.name)?;
        let manager = &self.node.eviction;
        let stats = candidates.iter().filter_map(|one| one.stats.as_ref());
        let (mut memory, mut disk) = (0_i64, 0_i64);
        for pod in stats {
            memory = memory.saturating_add(pod.memory_bytes());
            disk = disk.saturating_add(pod.disk_bytes());
        }
        let left = |capacity: i64, used: i64| Observation {
            capacity,
            available: capacity.saturating_sub(used).max(0),
        };
        // The recorded cases' machine reports what its script says, whatever runs on it.
        let used = match world.setup.runtime {
            Runtime::Scripted => manager.memory_bytes,
            _ => memory.saturating_add(manager.memory_bytes),
        };
        let images = self.node.images.bytes();
        let disk = disk
            .saturating_add(images)
            .saturating_add(manager.disk_bytes);
        Some(Observations {
            memory: left(machine.memory_bytes, used),
            allocatable_memory: left(machine.memory_bytes, memory),
            disk: left(node_status::DISK_BYTES, disk),
        })
    }

    /// A look's time has come. Models the loop of `Start`.
    pub(super) fn evict(&mut self, world: &mut World) {
        self.node.eviction.timer = None;
        if let Some((uid, since)) = self.node.eviction.evicted {
            let worker = self.workers.get(&uid);
            let is_gone = worker.is_none_or(|worker| worker.stage == Stage::Finished);
            if !is_gone && world.now().since(since) < CLEANUP_TIMEOUT {
                let due = world.now() + CLEANUP_POLL;
                self.look_at(world, due);
                return;
            }
            self.node.eviction.evicted = None;
        }
        match self.synchronize(world) {
            Some(uid) => {
                self.node.eviction.evicted = Some((uid, world.now()));
                let due = world.now() + CLEANUP_POLL;
                self.look_at(world, due);
            }
            None => self.watch_usage(world),
        }
    }

    /// Evicts one Pod if it must, and tells which. Models `synchronize`. Of several Pods beyond their
    /// own limits the next one goes once the first is cleaned up, without a pause.
    fn synchronize(&mut self, world: &mut World) -> Option<Uid> {
        let mut candidates = self.candidates(world.now());
        let seen = self.signals(world, &candidates)?;
        let met = seen.thresholds_met();
        self.node.remember(world, &met);
        for one in &candidates {
            let stats = one.stats.as_ref();
            let beyond = stats.and_then(|stats| beyond_local_limits(&one.object.value, stats));
            if let Some(message) = beyond
                && self.evict_pod(world, one, message, false)
            {
                return Some(one.uid);
            }
        }
        let signal = *met.first()?;
        let reclaims = format!("Attempting to reclaim {}", signal.pressure().resource());
        self.node
            .tell(world, "Warning", "EvictionThresholdMet", reclaims);
        if signal.pressure() == Pressure::Disk && self.reclaim_images(world) {
            return None;
        }
        let message = |one: &Candidate| message(signal, &seen, one);
        rank(signal.pressure(), &mut candidates);
        let evicted = candidates.iter().find(|one| {
            let why = message(one);
            self.evict_pod(world, one, why, true)
        });
        evicted.map(|one| one.uid)
    }

    /// Deletes images that no container uses; tells whether that is enough. Models
    /// `reclaimNodeLevelResources`. Dead containers take no disk here once their Pod's next one runs.
    fn reclaim_images(&mut self, world: &mut World) -> bool {
        let runs = self.workers.values().flat_map(|worker| {
            let runs = worker.runtime.containers.iter();
            runs.map(|run| run.image.clone())
        });
        let used: Vec<Rc<str>> = runs.collect();
        self.node.images.keep_only(&used);
        self.node.report_images(world);
        let candidates = self.candidates(world.now());
        let seen = self.signals(world, &candidates);
        seen.is_none_or(|seen| seen.thresholds_met().is_empty())
    }

    /// Models `evictPod`: nobody evicts a critical Pod.
    fn evict_pod(
        &mut self,
        world: &mut World,
        one: &Candidate,
        message: String,
        disrupts: bool,
    ) -> bool {
        if is_critical(&one.pod) {
            return false;
        }
        self.turn(world, one.uid, |turn| {
            turn.event("Warning", "Evicted", message.clone(), None);
            let message: Rc<str> = message.into();
            let ending = Ending {
                reason: "Evicted".into(),
                disrupts: disrupts.then(|| message.clone()),
                message,
            };
            turn.end(ending, Some(GRACE_SECONDS));
        });
        true
    }
}

/// Has a Pod limits of its own on local storage, and something in it that writes?
fn may_pass_local_limits(worker: &PodWorker) -> bool {
    let pod = PodWorker::view(&worker.pod);
    let limits =
        |one: &crate::api::pod::Container| one.resources.limits.contains_key("ephemeral-storage");
    let volumes = worker.volumes.values();
    let is_limited = volumes
        .into_iter()
        .any(|volume| volume.size_limit.is_some());
    let mut runs = worker
        .runtime
        .containers
        .iter()
        .filter(|run| run.is_running());
    (is_limited || pod.all_containers().any(limits))
        && runs.any(|run| run.process.may_write() || !run.process.peak().files.is_empty())
}

fn pressure_condition(pressure: Pressure, under: bool, now: SimTime) -> Value {
    let (reason, message) = pressure.words(under);
    fields! {
        "type" => pressure.condition(), "status" => if under { "True" } else { "False" },
        "reason" => reason, "message" => message, "lastHeartbeatTime" => now.to_rfc3339(),
    }
}

impl NodeState {
    /// The conditions that it would report now.
    pub(super) fn conditions(&self, now: SimTime) -> Value {
        let under = |condition: &Value| {
            let kind = condition.text_at(&["type"]);
            let mut all = self.eviction.under.iter();
            all.find(|pressure| pressure.condition() == kind).copied()
        };
        let well = node_status::conditions(&now.to_rfc3339());
        let all = well.items().iter().map(|condition| match under(condition) {
            Some(pressure) => pressure_condition(pressure, true, now),
            None => condition.clone(),
        });
        all.collect()
    }

    /// Remembers what too little is left of, and has the Node say so. A condition stays for a while
    /// after that. Models `nodeConditionsObservedSince` and the setters of the Node's status.
    fn remember(&mut self, world: &mut World, met: &[Signal]) {
        let now = world.now();
        for signal in met {
            self.eviction.last_seen.insert(signal.pressure(), now);
        }
        let period = world.latencies().eviction_pressure_transition;
        let over = |pressure: &Pressure, at: SimTime| {
            now.since(at) >= period && met.iter().all(|signal| signal.pressure() != *pressure)
        };
        let last_seen = self.eviction.last_seen.iter();
        let gone: Vec<Pressure> = last_seen
            .filter(|(pressure, at)| over(pressure, **at))
            .map(|(pressure, _)| *pressure)
            .collect();
        for pressure in &gone {
            self.eviction.last_seen.remove(pressure);
        }
        let under: Vec<Pressure> = self.eviction.last_seen.keys().copied().collect();
        let before = std::mem::replace(&mut self.eviction.under, under.clone());
        for pressure in [Pressure::Memory, Pressure::Disk] {
            let is_under = under.contains(&pressure);
            if is_under != before.contains(&pressure) {
                self.report_pressure(world, pressure, is_under);
            }
        }
    }

    fn report_pressure(&self, world: &mut World, pressure: Pressure, under: bool) {
        let now = world.now();
        let condition = pressure_condition(pressure, under, now);
        self.patch_node(world, |node| {
            crate::cluster::api_server::set_condition(node, condition, now);
        });
        let event = pressure.event(under);
        let said = format!("Node {} status is now: {event}", self.name);
        self.tell(world, "Normal", event, said);
    }

    /// Tells an Event about the Node.
    fn tell(&self, world: &mut World, kind: &str, reason: &str, message: String) {
        let Some(node) = world.store.get(&ObjectKey::node(&self.name)).cloned() else {
            return;
        };
        let telling = Telling {
            component: "kubelet",
            kind,
            reason,
            message,
            field_path: String::new(),
            host: &self.name,
        };
        self.tell_event(world, &node, telling);
    }
}

impl Turn<'_> {
    /// The Pod is evicted, with so many seconds of grace or its own. Models `killPodNow` and what
    /// `UpdatePod` makes of it.
    pub(super) fn end(&mut self, ending: Ending, grace: Option<i64>) {
        if self.worker.stage >= Stage::Terminated {
            return;
        }
        if self.worker.stage == Stage::Syncing {
            self.worker.stage = Stage::Terminating;
            self.worker.evicted = true;
        }
        self.worker.ending = Some(ending);
        self.worker.shorten_grace(grace);
        self.update_pod();
    }

    /// What a Pod's status says once it ends for a reason of the kubelet's.
    pub(super) fn say_ending(&self, pod: &Pod, status: &mut PodStatus) {
        let Some(ending) = &self.worker.ending else {
            return;
        };
        status.phase = Phase::Failed;
        status.reason = ending.reason.clone();
        status.message = ending.message.clone();
        if let Some(why) = &ending.disrupts {
            let mut condition = conditions::condition(pod, "DisruptionTarget", true);
            condition.reason = "TerminationByKubelet".into();
            condition.message = why.clone();
            status.disruption = Some(condition);
        }
    }
}
