//! Commands that run beside a container's process and aren't over at once: for whom each is, and what comes of it. An
//! exec probe waits no longer than its `timeoutSeconds`, a `preStop` hook no longer than the grace period; whatever runs
//! in a container ends with it. Models `RunInContainer` of `pkg/kubelet/kuberuntime/kuberuntime_container.go` and the
//! calls `ExecSync` and `Exec` of a container runtime. Left out: what a command prints before it is over.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::prober::ProbeKind;
use super::runtime::ContainerId;
use super::{Kubelet, Turn, Wake};
use crate::api::Uid;
use crate::cluster::workload::files::Files;
use crate::cluster::workload::outside::Reply;
use crate::cluster::workload::{Begun, Exec, ExecAnswer, Next, Stands};
use crate::cluster::{SimTime, TimerId};

/// A command under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Running {
    /// Its number in the whole world.
    number: u64,
    /// The run that it is beside.
    of: ContainerId,
    whose: Whose,
    /// As it was given, with spaces between the words.
    command: Rc<str>,
    exec: Rc<Exec>,
    /// Nobody waits for it any longer then.
    until: Option<SimTime>,
    timer: Option<TimerId>,
}

/// Who wants to know how it ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Whose {
    /// A probe of the container.
    Probe(ProbeKind),
    /// Its hook after the start.
    PostStart,
    /// Its hook before the end.
    PreStop,
    /// `kubectl exec`.
    Kubectl,
}

/// How a command has begun.
#[derive(Clone, Debug, PartialEq)]
pub enum Executed {
    /// It is known how it ends, and after how long.
    Over(ExecAnswer),
    /// It goes on under this number.
    Goes(u64),
}

/// How it ended: with an answer, or nobody waited any longer.
pub(super) type Ended = Option<ExecAnswer>;

/// What is told of a command whose container ended under it: it got SIGKILL.
const KILLED: i64 = 137;

impl Kubelet {
    /// Does a command of this number still run?
    pub(in crate::cluster) fn executes(&self, pod: Uid, number: u64) -> bool {
        let worker = self.workers.get(&pod);
        worker.is_some_and(|worker| worker.execs.iter().any(|one| one.number == number))
    }
}

impl Turn<'_> {
    /// Runs a command beside a container's process, for no longer than `patience`; nothing: it doesn't run.
    pub(super) fn exec(
        &mut self,
        id: ContainerId,
        command: &[Rc<str>],
        whose: Whose,
        patience: Option<Duration>,
    ) -> Option<Executed> {
        let (begun, files) = self.with_process(id, true, |process, ran, start, around| {
            process.exec(start, ran, command, around)
        })?;
        self.exec_wrote(id, files);
        let (exec, at) = match begun {
            Begun::Over(answer) => return Some(Executed::Over(answer)),
            Begun::Goes(exec, at) => (exec, at),
        };
        let number = self.world.outbox.number();
        let mut running = Running {
            number,
            of: id,
            whose,
            command: command.join(" ").into(),
            exec,
            until: patience.map(|patience| self.world.now() + patience),
            timer: None,
        };
        self.arm_exec(&mut running, at);
        self.worker.execs.push(running);
        Some(Executed::Goes(number))
    }

    /// What it wrote is in the container's files.
    fn exec_wrote(&mut self, id: ContainerId, files: Option<Files>) {
        if let Some(files) = files {
            let next = self.with_process(id, false, |process, ran, _, _| {
                process.put_files(ran, files)
            });
            // What the process waits for is left alone by files that it has no use for: it may be about to end.
            if !matches!(next, None | Some(Next::Nothing)) {
                self.plan(id, next);
            }
        }
    }

    /// It goes on once its container has run so long, and when it has been waited for long enough.
    fn arm_exec(&mut self, running: &mut Running, at: Option<Duration>) {
        let now = self.world.now();
        let ran = self.worker.runtime.container(running.of);
        let ran = ran.and_then(|run| run.ran(now)).unwrap_or_default();
        let goes_on = at.map(|at| now + at.saturating_sub(ran));
        let due = goes_on.into_iter().chain(running.until).min();
        running.timer = due.map(|due| {
            let wake = self.node.wake(Wake::Exec(self.worker.uid, running.number));
            self.world.wake(due.since(now), wake)
        });
    }

    /// A command goes on: its time has come, or something that it waits for.
    pub(super) fn exec_goes_on(&mut self, number: u64) {
        let mut all = self.worker.execs.iter();
        let Some(place) = all.position(|one| one.number == number) else {
            return;
        };
        // It stands aside meanwhile.
        let mut running = self.worker.execs.remove(place);
        if let Some(timer) = running.timer.take() {
            self.world.cancel(timer);
        }
        let exec = Rc::make_mut(&mut running.exec);
        let went = self.with_process(running.of, true, |process, ran, _, around| {
            exec.go_on(process.files(ran), ran, around)
        });
        let (stands, files) = went.unwrap_or((Stands::Goes(None), None));
        self.exec_wrote(running.of, files);
        let now = self.world.now();
        match stands {
            Stands::Over(answer) => self.exec_over(&running, Some(answer)),
            Stands::Goes(_) if running.until.is_some_and(|until| until <= now) => {
                self.exec_over(&running, None);
            }
            Stands::Goes(at) => {
                self.arm_exec(&mut running, at);
                let place = place.min(self.worker.execs.len());
                self.worker.execs.insert(place, running);
            }
        }
    }

    /// Something came over the network: does a command wait for it?
    pub(super) fn exec_receives(&mut self, number: u64, reply: &Rc<Reply>) -> bool {
        let now = self.world.now();
        let runtime = self.worker.runtime.clone();
        let mut all = self.worker.execs.iter_mut();
        let awaits = |one: &&mut Running| one.exec.awaits(number);
        let Some(running) = all.find(awaits) else {
            return false;
        };
        let ran = runtime.container(running.of).and_then(|run| run.ran(now));
        drop(runtime);
        let exec = Rc::make_mut(&mut running.exec);
        exec.receive(ran.unwrap_or_default(), number, reply);
        let number = running.number;
        self.exec_goes_on(number);
        true
    }

    /// A container has ended, and whatever ran beside its process.
    pub(super) fn end_execs(&mut self, id: ContainerId) {
        let all = std::mem::take(&mut self.worker.execs);
        let is_its = |one: &Running| one.of == id;
        let (its, others): (Vec<Running>, Vec<Running>) = all.into_iter().partition(is_its);
        self.worker.execs = others;
        for running in its {
            if let Some(timer) = running.timer {
                self.world.cancel(timer);
            }
            let answer = running.exec.answer(KILLED, false);
            self.exec_over(&running, Some(answer));
        }
    }

    /// Whoever wants to know is told.
    fn exec_over(&mut self, running: &Running, ended: Ended) {
        let name = self.worker.runtime.container(running.of);
        let Some(name) = name.map(|run| run.name.clone()) else {
            return;
        };
        match running.whose {
            Whose::Probe(kind) => {
                self.probe_executed(&name, kind, running.of, &running.command, ended);
            }
            Whose::PostStart => self.post_start_executed(running.of, &running.command, ended),
            Whose::PreStop => self.pre_stop_executed(running.of),
            Whose::Kubectl => {
                let answer = ended.unwrap_or_else(|| running.exec.answer(KILLED, false));
                self.world.outbox.executed(running.number, answer);
            }
        }
    }
}
