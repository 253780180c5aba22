//! The end of a container: hook, SIGTERM, SIGKILL; sidecars last.
//! Models `killContainer`, `pkg/kubelet/kuberuntime/kuberuntime_container.go`, and
//! `kuberuntime_termination_order.go`.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::actions::KillReason;
use super::execs::{Executed, Whose};
use super::pod_worker::Stage;
use super::runtime::{ContainerId, State};
use super::sync::{Doing, Task};
use super::{Turn, Wake};
use crate::api::pod::{self, LifecycleHandler, Pod};
use crate::cluster::SimTime;
use crate::cluster::workload::{ExecAnswer, Exit};

/// A container that is being stopped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Kill {
    id: ContainerId,
    name: Rc<str>,
    /// Seconds left.
    grace: i64,
    /// Does it wait until those before it have ended?
    ordered: bool,
    stage: KillStage,
}

/// How far it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum KillStage {
    /// Its hook runs since.
    Hook(SimTime),
    /// It waits for its turn since.
    Turn(SimTime),
    /// It got SIGTERM.
    Stopping,
}

/// However short the grace period, a container gets as long as this.
/// `minimumGracePeriodInSeconds`.
const MINIMUM_GRACE_SECONDS: i64 = 2;

impl Turn<'_> {
    /// Stops all running containers at once, then the sandbox. Models `killPodWithSyncResult`.
    pub(super) fn kill_pod(&mut self) {
        let pod = self.pod();
        let ordered = pod
            .spec
            .init_containers
            .iter()
            .any(pod::Container::is_sidecar);
        let grace = (self.sync().stage == Stage::Terminating).then_some(self.worker.grace_period);
        self.sync().doing = Doing::Kills(Task::KillPod);
        let running: Vec<(ContainerId, Rc<str>)> = self
            .sync()
            .picture
            .containers
            .iter()
            .filter(|run| run.is_running())
            .map(|run| (run.id, run.name.clone()))
            .collect();
        for (id, name) in running.iter().rev() {
            self.begin_kill(&pod, *id, name, "", KillReason::Other, grace, ordered);
        }
        self.kills_go_on();
    }

    /// Stops one container; `then` says what comes after.
    pub(super) fn kill_container(
        &mut self,
        id: ContainerId,
        message: &str,
        reason: KillReason,
        then: Doing,
    ) {
        let pod = self.pod();
        let name = self
            .worker
            .runtime
            .container(id)
            .map(|run| run.name.clone());
        self.sync().doing = then;
        if let Some(name) = name {
            self.begin_kill(&pod, id, &name, message, reason, None, false);
        }
        self.kills_go_on();
    }

    /// Removes a run to begin anew.
    pub(super) fn reset_container(&mut self, id: ContainerId, kill: bool) {
        let pod = self.pod();
        let name = self
            .worker
            .runtime
            .container(id)
            .map(|run| run.name.clone());
        self.sync().doing = Doing::Kills(Task::Reset(id, kill));
        if let Some(name) = name.filter(|_| kill) {
            self.begin_kill(
                &pod,
                id,
                &name,
                "killing",
                KillReason::Other,
                Some(0),
                false,
            );
        }
        self.kills_go_on();
    }

    #[allow(clippy::too_many_arguments)] // As upstream's.
    fn begin_kill(
        &mut self,
        pod: &Pod,
        id: ContainerId,
        name: &Rc<str>,
        message: &str,
        reason: KillReason,
        grace_override: Option<i64>,
        ordered: bool,
    ) {
        let Some(container) = pod
            .every_container()
            .find(|container| container.name == *name)
        else {
            return;
        };
        let message = match message {
            "" => format!("Stopping container {name}"),
            message => message.to_string(),
        };
        self.event("Normal", "Killing", message, Some(container));
        let grace = grace_override.unwrap_or_else(|| grace_seconds(pod, container, reason));
        let now = self.world.now();
        let mut kill = Kill {
            id,
            name: name.clone(),
            grace,
            ordered,
            stage: KillStage::Turn(now),
        };
        if let Some(hook) = container.lifecycle.pre_stop.as_ref().filter(|_| grace > 0) {
            let patience = Duration::from_secs(grace.unsigned_abs());
            if let Some((_, took)) = self.run_hook(hook, id, Whose::PreStop, Some(patience)) {
                let wake = self.node.wake(Wake::Kill(self.worker.uid, id));
                self.world.wake(took.min(patience), wake);
            }
            kill.stage = KillStage::Hook(now);
        }
        self.sync().kills.push(kill);
    }

    /// The command of a container's hook before the end is over, or its patience.
    pub(super) fn pre_stop_executed(&mut self, id: ContainerId) {
        let kills = self.worker.sync.iter().flat_map(|sync| &sync.kills);
        let mut hooks = kills.filter(|kill| matches!(kill.stage, KillStage::Hook(_)));
        if hooks.any(|kill| kill.id == id) {
            self.kill_goes_on(id);
        }
    }

    /// A timer of a kill rang: its hook is over, or its patience.
    pub(super) fn kill_goes_on(&mut self, id: ContainerId) {
        let now = self.world.now();
        let Some(sync) = &mut self.worker.sync else {
            return;
        };
        let Some(kill) = sync.kills.iter_mut().find(|kill| kill.id == id) else {
            return;
        };
        match kill.stage {
            KillStage::Hook(since) => {
                kill.grace -= whole_seconds(now.since(since));
                kill.stage = KillStage::Turn(now);
            }
            // Its turn hasn't come in time: it goes anyway.
            KillStage::Turn(_) => kill.ordered = false,
            KillStage::Stopping => {
                self.kill_process(id);
                return;
            }
        }
        self.kills_go_on();
    }

    /// Sends SIGTERM to those whose turn has come; goes on with the sync once all have ended.
    fn kills_go_on(&mut self) {
        loop {
            let runtime = self.worker.runtime.clone();
            let runs = |id| {
                runtime
                    .container(id)
                    .is_some_and(super::runtime::Container::is_running)
            };
            let kills = &mut self.sync().kills;
            kills.retain(|kill| runs(kill.id));
            let next = kills.iter().find(|kill| {
                matches!(kill.stage, KillStage::Turn(_)) && !(kill.ordered && kill.grace > 0)
            });
            let next = next.map(|kill| kill.id).or_else(|| self.next_in_order());
            match next {
                Some(id) => self.send_sigterm(id),
                None => break,
            }
        }
        if self.sync().kills.is_empty() {
            self.kills_done();
        }
    }

    /// The next container whose predecessors have all ended: sidecars go after the containers,
    /// the last sidecar first.
    fn next_in_order(&mut self) -> Option<ContainerId> {
        let pod = self.pod();
        let kills = self.sync().kills.clone();
        let left = |name: &Rc<str>| kills.iter().any(|kill| kill.name == *name);
        let mains = pod
            .spec
            .containers
            .iter()
            .any(|container| left(&container.name));
        let waits = |name: &Rc<str>| {
            let init = &pod.spec.init_containers;
            let Some(at) = init.iter().position(|c| c.name == *name && c.is_sidecar()) else {
                return false;
            };
            let later = init[at + 1..].iter().filter(|c| c.is_sidecar());
            mains || later.into_iter().any(|later| left(&later.name))
        };
        let ready = |kill: &&Kill| matches!(kill.stage, KillStage::Turn(_)) && !waits(&kill.name);
        if let Some(kill) = kills.iter().find(ready) {
            return Some(kill.id);
        }
        self.arm_patience();
        None
    }

    /// Whoever waits for its turn waits no longer than its grace period.
    fn arm_patience(&mut self) {
        let (uid, now) = (self.worker.uid, self.world.now());
        let waiting: Vec<(ContainerId, i64)> = self
            .sync()
            .kills
            .iter()
            .filter(|kill| kill.stage == KillStage::Turn(now))
            .map(|kill| (kill.id, kill.grace))
            .collect();
        for (id, grace) in waiting {
            let wake = self.node.wake(Wake::Kill(uid, id));
            self.world
                .wake(Duration::from_secs(grace.unsigned_abs()), wake);
        }
    }

    /// StopContainer: SIGTERM now, SIGKILL when the grace period is over.
    fn send_sigterm(&mut self, id: ContainerId) {
        let now = self.world.now();
        let Some(kill) = self.sync().kills.iter_mut().find(|kill| kill.id == id) else {
            return;
        };
        if let KillStage::Turn(since) = kill.stage {
            kill.grace -= whole_seconds(now.since(since));
        }
        kill.stage = KillStage::Stopping;
        let grace = Duration::from_secs(kill.grace.max(MINIMUM_GRACE_SECONDS).unsigned_abs());
        if !self.terminate_process(id, grace) {
            let wake = self.node.wake(Wake::Kill(self.worker.uid, id));
            self.world.wake(grace, wake);
        }
    }

    /// SIGKILL.
    pub(super) fn kill_process(&mut self, id: ContainerId) {
        let exit = super::processes::killed(&self.worker.runtime, id);
        self.exited(id, exit);
    }

    /// A process ended, unless it already had.
    pub(super) fn exited(&mut self, id: ContainerId, exit: Exit) {
        let now = self.world.now();
        let Some(run) = self.worker.runtime.container(id) else {
            return;
        };
        let State::Running(since) = run.state else {
            return;
        };
        self.set_state(
            id,
            State::Exited {
                started: Some(since),
                finished: now,
                exit,
            },
        );
        let being_killed = self
            .worker
            .sync
            .as_ref()
            .is_some_and(|sync| sync.kills.iter().any(|kill| kill.id == id));
        if being_killed {
            self.kills_go_on();
        }
        self.end_execs(id);
    }

    fn kills_done(&mut self) {
        match std::mem::replace(&mut self.sync().doing, Doing::Nothing) {
            Doing::Kills(Task::KillPod) => {
                let sandboxes: Vec<ContainerId> = self
                    .worker
                    .runtime
                    .sandboxes
                    .iter()
                    .map(|sandbox| sandbox.id)
                    .collect();
                for id in sandboxes {
                    self.sandbox_died(id);
                }
                self.purge_init_containers();
            }
            Doing::Kills(Task::Reset(id, _)) => {
                self.keep_log(id);
                Rc::make_mut(&mut self.worker.runtime)
                    .containers
                    .retain(|run| run.id != id);
                self.runtime_changed();
            }
            Doing::KillAfterHook(task, error) => {
                self.not_started(&task, "PostStartHookError", &error, None);
            }
            Doing::Kills(_) => {}
            other => {
                self.sync().doing = other;
                return;
            }
        }
        self.go_on();
    }

    /// The log of a run outlives it, and says how many there were. Models `calcRestartCountByLogDir`.
    fn keep_log(&mut self, id: ContainerId) {
        if let Some(run) = self.worker.runtime.container(id) {
            let runs = self.worker.kept_logs.or_default(run.name.clone());
            *runs = (*runs).max(run.restart_count + 1);
        }
    }

    /// With a new sandbox, init containers run anew: no run of theirs is remembered.
    fn purge_init_containers(&mut self) {
        let creates = |task: &Task| matches!(task, Task::CreateSandbox(_));
        if !self.sync().todo.iter().any(creates) {
            return;
        }
        let pod = self.pod();
        let is_init = |name: &Rc<str>| {
            pod.spec
                .init_containers
                .iter()
                .any(|init| init.name == *name)
        };
        Rc::make_mut(&mut self.worker.runtime)
            .containers
            .retain(|run| !is_init(&run.name));
    }

    /// What a hook does: the error that it ends with, and how long it takes; nothing: its command goes on.
    /// Models `pkg/kubelet/lifecycle/handlers.go`.
    pub(super) fn run_hook(
        &mut self,
        hook: &LifecycleHandler,
        id: ContainerId,
        whose: Whose,
        patience: Option<Duration>,
    ) -> Option<(Option<String>, Duration)> {
        let Some(name) = self
            .worker
            .runtime
            .container(id)
            .map(|run| run.name.clone())
        else {
            return Some((None, Duration::ZERO));
        };
        if let Some(sleep) = &hook.sleep {
            return Some((None, Duration::from_secs(sleep.seconds.unsigned_abs())));
        }
        if let Some(exec) = &hook.exec {
            return match self.exec(id, &exec.command, whose, patience) {
                None => Some((None, Duration::ZERO)),
                Some(Executed::Goes(_)) => None,
                Some(Executed::Over(answer)) => {
                    let after = answer.after;
                    Some((hook_error(&exec.command.join(" "), answer), after))
                }
            };
        }
        if let Some(get) = &hook.http_get {
            let container = self
                .pod()
                .every_container()
                .find(|c| c.name == name)
                .cloned();
            let answer = self.http_get(get, container.as_ref());
            return Some(match answer {
                Ok(answer) => (None, answer.after),
                Err(error) => (Some(error), Duration::ZERO),
            });
        }
        Some((None, Duration::ZERO))
    }
}

/// What a hook's command has failed with.
pub(super) fn hook_error(command: &str, answer: ExecAnswer) -> Option<String> {
    match answer.result {
        Ok(0) => None,
        Ok(code) => Some(format!(
            "command '{command}' exited with {code}: {}",
            answer.output
        )),
        Err(error) => Some(error),
    }
}

fn whole_seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

/// Models `setTerminationGracePeriod`.
fn grace_seconds(pod: &Pod, container: &pod::Container, reason: KillReason) -> i64 {
    if let Some(seconds) = pod.metadata.deletion_grace_period_seconds {
        return seconds;
    }
    let probe = match reason {
        KillReason::StartupProbe => container.startup_probe.as_ref(),
        KillReason::LivenessProbe => container.liveness_probe.as_ref(),
        KillReason::Other => None,
    };
    let of_probe = probe.and_then(|probe| probe.termination_grace_period_seconds);
    of_probe
        .or(pod.spec.termination_grace_period_seconds)
        .unwrap_or(30)
}
