//! Who is probed when, and what follows from the answers.
//! Models `pkg/kubelet/prober/{prober_manager,worker}.go` and the results managers. Left out: what
//! upstream does only after a kubelet's restart.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::beats::{Beats, ProbeSeen};
use super::pod_status::{ContainerStatus, PodStatus};
use super::pod_worker::PodWorker;
use super::rest::Steady;
use super::restart::restarts_after;
use super::runtime::ContainerId;
use super::{Turn, Wake};
use crate::api::pod::{Container, Pod, Probe};
use crate::cluster::{SimTime, TimerId};
use crate::collections::{Map, Set};

/// What a probe decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ProbeKind {
    /// Has it started?
    Startup,
    /// Does it get traffic?
    Readiness,
    /// Is it killed?
    Liveness,
}

impl ProbeKind {
    /// As Events begin.
    pub fn as_str(self) -> &'static str {
        match self {
            ProbeKind::Startup => "Startup",
            ProbeKind::Readiness => "Readiness",
            ProbeKind::Liveness => "Liveness",
        }
    }

    /// The probe of this kind that a container asks for.
    pub fn of(self, container: &Container) -> Option<&Probe> {
        match self {
            ProbeKind::Startup => container.startup_probe.as_ref(),
            ProbeKind::Readiness => container.readiness_probe.as_ref(),
            ProbeKind::Liveness => container.liveness_probe.as_ref(),
        }
    }

    /// What counts until there is an answer: nothing is known of a start.
    fn initial(self) -> Option<bool> {
        match self {
            ProbeKind::Startup => None,
            ProbeKind::Readiness => Some(false),
            ProbeKind::Liveness => Some(true),
        }
    }
}

/// All probes of a Pod and what they found.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Probes {
    pub workers: Map<(Rc<str>, ProbeKind), Worker>,
    /// By run: success, failure, or nothing known.
    pub results: Map<(ProbeKind, ContainerId), Option<bool>>,
    /// Those that somebody makes fail.
    pub failing: Set<(Rc<str>, ProbeKind)>,
}

/// One probe of one container. Models `worker`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Worker {
    /// The run that it last looked at.
    pub container: Option<ContainerId>,
    /// The last answer, and how many times in a row.
    pub last: Option<(bool, i64)>,
    /// Waits for a new run.
    pub on_hold: bool,
    /// Its next beat.
    pub timer: Option<TimerId>,
    /// Seconds between two beats.
    pub period: u32,
    /// What it would find again and again, if the last beat told that.
    pub steady: Option<Rc<Steady>>,
    /// Does its timer not ring, because it would change nothing but counts? See `rest.rs`.
    pub rests: bool,
    /// A probe under way, and the answer that it will have, if that is known.
    pub under_way: Option<(ContainerId, Option<Answer>)>,
    /// Beats that came while it was under way: a regular one, one asked for.
    missed: (bool, bool),
    /// What it found, for whoever looks on.
    pub beats: Beats,
}

/// What a probe found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Answer {
    /// All is well.
    Success,
    /// It isn't, and why.
    Failure(Rc<str>),
    /// Nobody knows, and why.
    Error(Rc<str>),
}

impl Probes {
    /// What the liveness probe of a run found, once it has looked.
    pub fn liveness(&self, run: ContainerId) -> Option<bool> {
        self.results
            .get(&(ProbeKind::Liveness, run))
            .copied()
            .flatten()
    }

    /// What the startup probe of a run found: nothing before it has looked.
    pub fn startup(&self, run: ContainerId) -> Option<Option<bool>> {
        self.results.get(&(ProbeKind::Startup, run)).copied()
    }

    /// What each probe has found, for whoever looks on.
    pub fn seen(&self) -> Vec<ProbeSeen> {
        let all = self.workers.iter();
        all.map(|((container, kind), worker)| ProbeSeen {
            container: container.clone(),
            kind: *kind,
            passed: worker.beats.passed,
            failed: worker.beats.failed,
            last: worker.beats.last(),
            in_a_row: worker.last.map_or(0, |(_, times)| times),
        })
        .collect()
    }

    fn readiness(&self, run: ContainerId) -> Option<bool> {
        self.results
            .get(&(ProbeKind::Readiness, run))
            .copied()
            .flatten()
    }
}

/// Seconds between two beats of a probe.
fn seconds_between(probe: &Probe) -> u32 {
    let period = probe.period_seconds.unwrap_or(10).max(1);
    u32::try_from(period).unwrap_or(u32::MAX)
}

impl Turn<'_> {
    /// A worker for each probe that has none. Models `AddPod`.
    pub(super) fn add_probes(&mut self) {
        let pod = self.pod();
        let sidecars = pod
            .spec
            .init_containers
            .iter()
            .filter(|container| container.is_sidecar());
        for container in pod.spec.containers.iter().chain(sidecars) {
            for kind in [
                ProbeKind::Startup,
                ProbeKind::Readiness,
                ProbeKind::Liveness,
            ] {
                let key = (container.name.clone(), kind);
                let Some(probe) = kind.of(container) else {
                    continue;
                };
                if self.worker.probes.workers.contains_key(&key) {
                    continue;
                }
                let period = seconds_between(probe);
                let wake = Wake::Probe(self.worker.uid, container.name.clone(), kind);
                let wake = self.node.wake(wake);
                let after = Duration::from_secs(u64::from(period));
                let worker = Worker {
                    period,
                    timer: Some(self.world.wake(after, wake)),
                    ..Worker::default()
                };
                self.worker.probes.workers.insert(key, worker);
                self.probe_now(&container.name, kind);
            }
        }
    }

    /// Workers that go on from what a kubelet before had found; the first beat comes after a random part
    /// of the period. Models the first lines of `worker.run`.
    pub(super) fn adopt_probes(&mut self) {
        let pod = PodWorker::view(&self.worker.pod);
        let told = self.worker.told.as_ref().map(|told| told.status.clone());
        let sidecars = pod
            .spec
            .init_containers
            .iter()
            .filter(|init| init.is_sidecar());
        for container in pod.spec.containers.iter().chain(sidecars) {
            let status = told
                .as_ref()
                .and_then(|told| told.container(&container.name));
            let Some(status) = status.filter(|status| status.is_running()) else {
                continue;
            };
            for (kind, found) in [
                (ProbeKind::Startup, status.started),
                (ProbeKind::Readiness, Some(status.ready)),
                (ProbeKind::Liveness, Some(true)),
            ] {
                let (Some(probe), Some(run)) = (kind.of(container), status.container_id) else {
                    continue;
                };
                let worker = Worker {
                    container: Some(run),
                    period: seconds_between(probe),
                    on_hold: kind == ProbeKind::Startup && found == Some(true),
                    ..Worker::default()
                };
                let key = (container.name.clone(), kind);
                self.worker.probes.workers.insert(key.clone(), worker);
                let found = found.filter(|found| *found || kind != ProbeKind::Startup);
                self.worker.probes.results.insert((kind, run), found);
                let period = seconds_between(probe).min(86_400);
                let uid = self.worker.uid;
                let part = self.world.rng.below("prober", uid, period * 1000);
                let wake = Wake::Probe(uid, container.name.clone(), kind);
                let wake = self.node.wake(wake);
                let after = Duration::from_millis(u64::from(part) + 1);
                let timer = self.world.wake(after, wake);
                if let Some(worker) = self.worker.probes.workers.get_mut(&key) {
                    worker.timer = Some(timer);
                }
            }
        }
    }

    /// Models `StopLivenessAndStartup`, which leaves the probes of sidecars alone.
    pub(super) fn stop_liveness_and_startup(&mut self) {
        let pod = self.pod();
        for container in &pod.spec.containers {
            for kind in [ProbeKind::Liveness, ProbeKind::Startup] {
                self.stop_probe(&container.name, kind);
            }
        }
    }

    /// Models `RemovePod`.
    pub(super) fn remove_probes(&mut self) {
        let keys: Vec<_> = self.worker.probes.workers.keys().cloned().collect();
        for (name, kind) in keys {
            self.stop_probe(&name, kind);
        }
    }

    fn stop_probe(&mut self, name: &Rc<str>, kind: ProbeKind) {
        self.quiet = false;
        let probes = &mut self.worker.probes;
        let Some(worker) = probes.workers.take(&(name.clone(), kind)) else {
            return;
        };
        if let Some(run) = worker.container {
            probes.results.remove(&(kind, run));
        }
        if let Some(timer) = worker.timer {
            self.world.cancel(timer);
        }
    }

    /// Models `UpdatePodStatus`: who has started, who gets traffic. Whoever isn't ready is probed at
    /// once.
    pub(super) fn say_readiness(&mut self, pod: &Pod, status: &mut PodStatus) {
        let mut asked = Vec::new();
        for container in &mut status.containers {
            self.say_one(container, &mut asked);
        }
        for container in &mut status.init_containers {
            let spec = pod
                .spec
                .init_containers
                .iter()
                .find(|init| init.name == container.name);
            if spec.is_some_and(Container::is_sidecar) {
                self.say_one(container, &mut asked);
                continue;
            }
            container.started = Some(self.has_started(container));
            if container.terminated().is_some_and(|end| end.exit_code == 0) {
                container.ready = true;
            }
        }
        for name in asked {
            self.probe_soon(&name);
        }
    }

    fn say_one(&mut self, container: &mut ContainerStatus, asked: &mut Vec<Rc<str>>) {
        let started = self.has_started(container);
        container.started = Some(started);
        if !started {
            return;
        }
        let run = container.container_id;
        if run.is_some_and(|run| self.worker.probes.readiness(run) == Some(true)) {
            container.ready = true;
            return;
        }
        let key = (container.name.clone(), ProbeKind::Readiness);
        let probed = self.worker.probes.workers.contains_key(&key);
        container.ready = !probed;
        if probed {
            asked.push(container.name.clone());
        }
    }

    /// Models `isContainerStarted`.
    fn has_started(&self, container: &ContainerStatus) -> bool {
        let Some(run) = container.container_id.filter(|_| container.is_running()) else {
            return false;
        };
        let probes = &self.worker.probes;
        if let Some(result) = probes.startup(run) {
            return result == Some(true);
        }
        let key = (container.name.clone(), ProbeKind::Startup);
        container.started == Some(true) || !probes.workers.contains_key(&key)
    }

    /// A readiness probe is asked for out of turn; it comes right after what is being done now.
    fn probe_soon(&mut self, name: &Rc<str>) {
        let key = (name.clone(), ProbeKind::Readiness);
        let Some(worker) = self.worker.probes.workers.get_mut(&key) else {
            return;
        };
        if worker.under_way.is_some() {
            worker.missed.1 = true;
            return;
        }
        // The beat counts from here.
        if let Some(timer) = worker.timer.take() {
            self.world.cancel(timer);
        }
        let wake = self.node.wake(Wake::Probe(
            self.worker.uid,
            name.clone(),
            ProbeKind::Readiness,
        ));
        let timer = self.world.wake(self.world.latencies().status_update, wake);
        if let Some(worker) = self.worker.probes.workers.get_mut(&key) {
            worker.timer = Some(timer);
        }
    }

    /// A probe's beat.
    pub(super) fn probe_beat(&mut self, name: &Rc<str>, kind: ProbeKind) {
        let key = (name.clone(), kind);
        let Some(worker) = self.worker.probes.workers.get_mut(&key) else {
            return;
        };
        let busy = worker.under_way.is_some();
        if busy {
            worker.missed.0 = true;
        }
        let period = Duration::from_secs(u64::from(worker.period));
        let next = worker.timer.map(|timer| timer.later(period));
        worker.timer = next;
        if let Some(next) = next {
            self.arm_beat(name, kind, next);
        }
        if !busy {
            self.quiet = true;
            self.probe_now(name, kind);
        }
    }

    /// The next beat.
    pub(super) fn arm_beat(&mut self, name: &Rc<str>, kind: ProbeKind, timer: TimerId) {
        let wake = Wake::Probe(self.worker.uid, name.clone(), kind);
        let wake = self.node.wake(wake);
        self.world.wake_again(timer, wake);
    }

    /// Probes if it is time to. Models `doProbe` up to the probe itself.
    fn probe_now(&mut self, name: &Rc<str>, kind: ProbeKind) {
        let Some(told) = &self.worker.told else {
            return;
        };
        if told.status.phase.is_terminal() {
            self.stop_probe(name, kind);
            return;
        }
        let Some(status) = told.status.container(name) else {
            return;
        };
        let Some(run) = status.container_id else {
            return;
        };
        let (running, started) = (status.running_since(), status.started == Some(true));
        let exit_code = status.terminated().map(|end| end.exit_code);
        let pod = self.active_pod();
        let Some(container) = pod
            .all_containers()
            .find(|container| container.name == *name)
        else {
            return;
        };
        self.meet_run(name, kind, run);
        let Some(worker) = self.worker.probes.workers.get(&(name.clone(), kind)) else {
            return;
        };
        if worker.on_hold {
            return;
        }
        let Some(since) = running else {
            self.set_result(kind, run, Some(false));
            if exit_code.is_some_and(|code| !restarts_after(container, &pod.spec, code)) {
                self.stop_probe(name, kind);
            }
            return;
        };
        // A startup probe is done once it has passed; the others wait for that.
        let has_its_turn = started != (kind == ProbeKind::Startup);
        if has_its_turn && self.ran_long_enough(since, container, kind) {
            self.run_probe(name, kind, run);
        }
    }

    /// Is the delay over?
    fn ran_long_enough(&self, since: SimTime, container: &Container, kind: ProbeKind) -> bool {
        let delay = kind
            .of(container)
            .map_or(0, |probe| probe.initial_delay_seconds);
        let ran = self.world.now().since(since).as_secs();
        i64::try_from(ran).unwrap_or(i64::MAX) >= delay
    }

    /// A new run begins with the initial result.
    fn meet_run(&mut self, name: &Rc<str>, kind: ProbeKind, run: ContainerId) {
        let key = (name.clone(), kind);
        let Some(worker) = self.worker.probes.workers.get_mut(&key) else {
            return;
        };
        if worker.container == Some(run) {
            return;
        }
        worker.on_hold = false;
        if let Some(before) = worker.container.replace(run) {
            self.worker.probes.results.remove(&(kind, before));
        }
        self.set_result(kind, run, kind.initial());
    }

    fn run_probe(&mut self, name: &Rc<str>, kind: ProbeKind, run: ContainerId) {
        let pod = self.active_pod();
        let Some(container) = pod
            .all_containers()
            .find(|container| container.name == *name)
        else {
            return;
        };
        let Some(probe) = kind.of(container) else {
            return;
        };
        let key = (name.clone(), kind);
        self.steady = None;
        let found = match self.worker.probes.failing.contains(&key) {
            true => Some((self.probe_by_hand(probe, container), Duration::ZERO)),
            false => self.probe((probe, kind), container, run),
        };
        let (answer, after) =
            found.map_or((None, None), |(answer, after)| (Some(answer), Some(after)));
        let steady = self.steady.take();
        let steady = steady.filter(|_| after.is_some_and(|after| after.is_zero()));
        self.quiet &= steady.is_some();
        let Some(worker) = self.worker.probes.workers.get_mut(&key) else {
            return;
        };
        worker.steady = steady.map(Rc::new);
        worker.under_way = Some((run, answer));
        match after {
            // Its command tells when it is over.
            None => {}
            Some(after) if after.is_zero() => self.probe_answered(name, kind),
            Some(after) => {
                let wake = self
                    .node
                    .wake(Wake::Probed(self.worker.uid, name.clone(), kind));
                self.world.wake(after, wake);
            }
        }
    }

    /// The answer is there. Models the rest of `doProbe`.
    pub(super) fn probe_answered(&mut self, name: &Rc<str>, kind: ProbeKind) {
        let key = (name.clone(), kind);
        let Some(worker) = self.worker.probes.workers.get_mut(&key) else {
            return;
        };
        let Some((run, Some(answer))) = worker.under_way.take() else {
            return;
        };
        self.digest_answer(name, kind, run, answer);
        let Some(worker) = self.worker.probes.workers.get_mut(&key) else {
            return;
        };
        match std::mem::take(&mut worker.missed) {
            (_, true) => self.probe_soon(name),
            (true, false) => self.probe_now(name, kind),
            (false, false) => {}
        }
    }

    fn digest_answer(&mut self, name: &Rc<str>, kind: ProbeKind, run: ContainerId, answer: Answer) {
        let pod = self.active_pod();
        let Some(container) = pod
            .all_containers()
            .find(|container| container.name == *name)
        else {
            return;
        };
        let Some(probe) = kind.of(container) else {
            return;
        };
        let kind_name = kind.as_str();
        let success = match &answer {
            Answer::Success => true,
            Answer::Failure(why) => {
                let message = format!("{kind_name} probe failed: {why}");
                self.event("Warning", "Unhealthy", message, Some(container));
                false
            }
            Answer::Error(why) => {
                let message =
                    format!("{kind_name} probe errored and resulted in unknown state: {why}");
                self.event("Warning", "Unhealthy", message, Some(container));
                return;
            }
        };
        let key = (name.clone(), kind);
        let Some(worker) = self.worker.probes.workers.get_mut(&key) else {
            return;
        };
        let in_a_row = match worker.last {
            Some((last, times)) if last == success => times + 1,
            _ => 1,
        };
        worker.last = Some((success, in_a_row));
        worker.beats.add(success);
        let threshold = if success {
            probe.success_threshold.unwrap_or(1)
        } else {
            probe.failure_threshold.unwrap_or(3)
        };
        if in_a_row < threshold {
            return;
        }
        if (kind == ProbeKind::Liveness && !success) || kind == ProbeKind::Startup {
            worker.on_hold = true;
            worker.last = worker.last.map(|(last, _)| (last, 0));
        }
        self.set_result(kind, run, Some(success));
    }

    /// A result that is another than before makes the Pod sync. Models `results.Manager.Set` and
    /// the kubelet's loop.
    fn set_result(&mut self, kind: ProbeKind, run: ContainerId, result: Option<bool>) {
        let (results, key) = (&mut self.worker.probes.results, (kind, run));
        if results.get(&key) == Some(&result) {
            return;
        }
        results.insert(key, result);
        self.quiet = false;
        let success = result == Some(true);
        match kind {
            ProbeKind::Readiness => self.set_container_readiness(run, success),
            ProbeKind::Startup => self.set_container_startup(run, success),
            ProbeKind::Liveness if result == Some(false) => {}
            ProbeKind::Liveness => return,
        }
        if !self.worker.removed {
            self.update_pod();
        }
    }

    /// The version of the Pod that probes look at.
    pub(super) fn active_pod(&self) -> Rc<Pod> {
        PodWorker::view(self.worker.active.as_ref().unwrap_or(&self.worker.pod))
    }
}
