//! Probes that would find the same again rest: their timers don't ring until something happens to their Pod.
//! The beats that would have been are counted, and their lines are in the log, when somebody looks and before
//! anything happens. Ours: upstream a probe's worker looks at each beat, whatever it may find.
//!
//! A probe rests where a beat could only pass once more and change nothing: the last one passed, of a question with the
//! same answer until something happens ([`Steady`]), and nothing but such beats was since. And it rests while it waits for a new run.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::pod_worker::PodWorker;
use super::prober::{ProbeKind, Probes, Worker};
use super::runtime::ContainerId;
use super::{Kubelet, Turn};
use crate::api::Uid;
use crate::cluster::{Present, SimTime, TimerId};

/// A question that has the same answer until something happens to the Pod, and what asking leaves.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Steady {
    /// The line that whoever answers writes each time.
    pub line: Option<Line>,
}

/// What a line in a log tells of a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Line {
    /// Whose log it is in.
    pub of: ContainerId,
    /// The kubelet's own address.
    pub from: Rc<str>,
    /// What was asked for.
    pub path: Rc<str>,
    /// What was answered.
    pub status: u16,
}

/// More lines than this no log keeps of requests.
const LINES: u64 = 100;

impl Worker {
    fn period(&self) -> Duration {
        Duration::from_secs(u64::from(self.period))
    }

    /// Beats that are over by now go by. Tells the first of those whose lines are
    /// kept, and how many these are.
    fn go_by(&mut self, present: Present) -> Option<(TimerId, u64)> {
        let first = self.timer?;
        let beats = present.rung(first, self.period());
        if beats == 0 {
            return None;
        }
        let (beats_32, period) = (u32::try_from(beats).unwrap_or(u32::MAX), self.period());
        self.timer = Some(first.later(period.saturating_mul(beats_32)));
        if self.on_hold {
            return None;
        }
        self.beats.add_passed(beats_32);
        let times = i64::try_from(beats).unwrap_or(i64::MAX);
        self.last = self
            .last
            .map(|(last, before)| (last, before.saturating_add(times)));
        let kept = beats.min(LINES);
        let skipped = u32::try_from(beats - kept).unwrap_or(u32::MAX);
        Some((first.later(period.saturating_mul(skipped)), kept))
    }
}

impl Probes {
    fn resting(&self) -> impl Iterator<Item = &(Rc<str>, ProbeKind)> {
        let all = self.workers.iter();
        all.filter(|(_, worker)| worker.rests).map(|(key, _)| key)
    }
}

impl PodWorker {
    /// What resting probes have done by now is done.
    pub(super) fn settle_probes(&mut self, present: Present) {
        let resting: Vec<_> = self.probes.resting().cloned().collect();
        let mut lines: Vec<(TimerId, Rc<Steady>)> = Vec::new();
        for key in resting {
            let Some(worker) = self.probes.workers.get_mut(&key) else {
                continue;
            };
            let (period, gone) = (worker.period(), worker.go_by(present));
            let steady = worker
                .steady
                .as_ref()
                .filter(|steady| steady.line.is_some());
            if let (Some((first, beats)), Some(steady)) = (gone, steady) {
                let beats = (0..beats as u32).map(|beat| first.later(period * beat));
                lines.extend(beats.map(|beat| (beat, steady.clone())));
            }
        }
        if lines.is_empty() {
            return;
        }
        crate::order::sort_by_key(&mut lines, |(beat, _)| *beat);
        let runtime = Rc::make_mut(&mut self.runtime);
        for (beat, steady) in lines {
            let Some(line) = &steady.line else { continue };
            if let Some(run) = runtime.container_mut(line.of)
                && let Some(ran) = run.ran(beat.due())
            {
                run.process
                    .note(ran, (Some(&line.from), &line.path), line.status);
            }
        }
    }
}

impl Kubelet {
    /// A Pod's worker as it stands when all that is due at `now` is over.
    pub(super) fn settled(&self, uid: Uid, now: SimTime) -> Option<Rc<PodWorker>> {
        let mut worker = self.workers.get(&uid)?.clone();
        if worker.probes.resting().next().is_some() {
            Rc::make_mut(&mut worker).settle_probes(Present::end_of(now));
        }
        Some(worker)
    }

    /// When the next beat after `now` comes that is counted without an event.
    pub fn next_beat(&self, uid: Uid, now: SimTime) -> Option<SimTime> {
        let probes = self.workers.get(&uid)?.probes.workers.values();
        let counting = probes.filter(|worker| worker.rests && !worker.on_hold);
        let next = counting.filter_map(|worker| {
            let beats = Present::end_of(now).rung(worker.timer?, worker.period());
            let beats = u32::try_from(beats).unwrap_or(u32::MAX);
            Some(
                worker
                    .timer?
                    .later(worker.period().saturating_mul(beats))
                    .due(),
            )
        });
        next.min()
    }
}

impl Turn<'_> {
    /// At the end of a turn: probes that can rest from now on do, and others don't any more.
    pub(super) fn rest_probes(&mut self) {
        let mut changes = Vec::new();
        for (key, worker) in self.worker.probes.workers.iter() {
            let rests = !self.world.every_beat && self.may_rest(key, worker);
            let forgets = !self.quiet && worker.steady.is_some();
            if rests != worker.rests || forgets {
                changes.push((key.clone(), rests));
            }
        }
        for (key, rests) in changes {
            let Some(worker) = self.worker.probes.workers.get_mut(&key) else {
                continue;
            };
            if !self.quiet {
                worker.steady = None;
            }
            let before = std::mem::replace(&mut worker.rests, rests);
            match (worker.timer, before, rests) {
                (Some(timer), false, true) => self.world.cancel(timer),
                (Some(timer), true, false) => self.arm_beat(&key.0, key.1, timer),
                _ => {}
            }
        }
    }

    /// Would its next beat change nothing but how often it has passed, and the log of who answers?
    fn may_rest(&self, key: &(Rc<str>, ProbeKind), worker: &Worker) -> bool {
        let (name, kind) = key;
        let told = self.worker.told.as_ref();
        let told = told.filter(|told| !told.status.phase.is_terminal());
        let (Some(status), Some(run)) = (
            told.and_then(|told| told.status.container(name)),
            worker.container,
        ) else {
            return false;
        };
        if status.container_id != Some(run) || worker.under_way.is_some() || worker.timer.is_none()
        {
            return false;
        }
        if worker.on_hold {
            return true;
        }
        let probes = &self.worker.probes;
        let has_its_turn = (status.started == Some(true)) != (*kind == ProbeKind::Startup);
        self.quiet
            && worker.steady.is_some()
            && status.is_running()
            && has_its_turn
            && probes.results.get(&(*kind, run)) == Some(&Some(true))
            && worker.last.is_some_and(|(passed, _)| passed)
            && !probes.failing.contains(key)
    }
}
