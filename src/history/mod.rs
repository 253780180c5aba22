//! Everything that was done to a world, and its past: take an input, run, seek, step, undo.
//! Ours; upstream forgets. Scrubbing is: nearest checkpoint, then replay.
//!
//! Invariant: the present is always what a replay of the journal gives, so a reload, a link and a
//! scrub to the end can't differ.

use std::rc::Rc;

use crate::cluster::{
    Budget, Change, Importing, Input, Progress, Setup, SimTime, Simulation, Snapshot,
};
use crate::collections::List;

/// What is stored.
mod journal;

/// Worlds kept on the way, so that no seek starts at zero.
mod checkpoints;

/// Driving a world along a line of history.
mod replay;

/// Going along with a history.
mod follow;

/// A world as a file and as a link.
pub mod link;

pub use follow::{Follower, Led};
pub use journal::{FORMAT, Journal, Record, from_json};
pub use replay::{RestoreError, replay_report};

use checkpoints::Checkpoints;
use journal::{Line, Position, Taken};
use replay::Drive;

/// A world with its past. The one thing that the page owns.
#[derive(Clone, Debug)]
pub struct History {
    setup: Setup,
    seed: u64,
    records: Vec<Record>,
    line: Line,
    /// Lines that Undo goes back to, newest last.
    undo: Vec<Line>,
    /// Lines that Redo goes forth to, next last.
    redo: Vec<Line>,
    present: Simulation,
    /// The world at the moment that is viewed, if that is not the present.
    past: Option<Simulation>,
    /// A seek, undo or redo under way.
    moving: Option<Moving>,
    checkpoints: Checkpoints,
}

#[derive(Clone, Debug)]
struct Moving {
    drive: Drive,
    /// Does it end in a new present, or in a view of the past?
    to_present: bool,
}

impl History {
    /// A new world that has lived no time yet.
    pub fn new(setup: Setup, seed: u64) -> Self {
        let present = Simulation::new(setup.clone(), seed);
        let mut checkpoints = Checkpoints::default();
        checkpoints.keep(&present, None);
        History {
            setup,
            seed,
            records: Vec::new(),
            line: Line::new(),
            undo: Vec::new(),
            redo: Vec::new(),
            present,
            past: None,
            moving: None,
            checkpoints,
        }
    }

    /// What chance follows from.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The moment that is viewed.
    pub fn time(&self) -> SimTime {
        self.viewed().now()
    }

    /// Up to when the world has lived.
    pub fn now(&self) -> SimTime {
        self.present.now()
    }

    /// Is a moment viewed that is not the present?
    pub fn is_in_past(&self) -> bool {
        self.past.is_some()
    }

    /// The world at the moment that is viewed.
    pub fn snapshot(&self) -> Snapshot {
        self.viewed().snapshot()
    }

    /// Digest of the world at the moment that is viewed.
    pub fn digest(&self) -> u64 {
        self.viewed().digest()
    }

    /// How many events the present has handled; a panic is told by the number of its event.
    pub fn events_handled(&self) -> u64 {
        self.present.events_handled()
    }

    /// The import that the present is taking in.
    pub fn importing(&self) -> Option<&Importing> {
        self.present.importing()
    }

    /// When the next event of the present is due.
    pub fn next_due(&self) -> Option<SimTime> {
        self.present.next_due()
    }

    /// Lets the present go on. Nothing happens while a seek is under way.
    pub fn run_until(&mut self, until: SimTime, budget: Budget) -> Progress {
        if self.moving.is_some() {
            return Progress::OutOfBudget;
        }
        let progress = self.present.run_until(until, budget);
        self.live();
        progress
    }

    /// Lets the present go on to its next recorded change, or up to `until` where nothing changes.
    pub fn run_to_change(&mut self, until: SimTime, budget: Budget) -> Progress {
        let known = self.present.world().store.changes().len();
        for _ in 0..budget.0 {
            if !self.present.handle_next(until) {
                break;
            }
            if self.present.world().store.changes().len() > known {
                self.live();
                return Progress::Reached;
            }
        }
        self.live();
        Progress::OutOfBudget
    }

    /// The record of an input at the present moment. Store it, then [`History::take`] it: what is
    /// stored before it is handled survives even its own panic.
    pub fn record(&self, input: Input) -> Record {
        let (at, after_events) = (self.present.now(), self.present.events_handled());
        Record::Input {
            at,
            after_events,
            input,
        }
    }

    /// Does what `record` says and keeps it. Call [`History::proceed`] afterwards: an Undo may need
    /// a replay.
    pub fn take(&mut self, record: Record) {
        match &record {
            Record::Input {
                at,
                after_events,
                input,
            } => self.take_input(*at, *after_events, input),
            _ if self.turns_to_another_line(&record) => self.go_to_end(),
            _ => {}
        }
        self.records.push(record);
    }

    /// Does what is no input, but for the replay that it may need; tells whether it does.
    fn turns_to_another_line(&mut self, record: &Record) -> bool {
        match record {
            Record::Undo => self.go_along(Step::Back),
            Record::Redo => self.go_along(Step::Forth),
            Record::Branch { at } => {
                let left = std::mem::replace(&mut self.line, Line::new());
                self.line = left.until(*at);
                self.undo.push(left);
                self.redo.clear();
                true
            }
            Record::Speed { at, percent } => {
                self.line.speeds.retain(|(from, _)| from < at);
                self.line.speeds.push((*at, *percent));
                false
            }
            Record::Input { .. } => false,
        }
    }

    /// Does Undo take a "Continue from here" back? That leaves inputs away, and adds none.
    pub fn undoes_branch(&self) -> bool {
        let before = self.undo.last();
        before.is_some_and(|before| before.inputs.len() >= self.line.inputs.len())
    }

    /// Does Redo continue from there again?
    pub fn redoes_branch(&self) -> bool {
        let after = self.redo.last();
        after.is_some_and(|after| after.inputs.len() <= self.line.inputs.len())
    }

    /// Is there an input to go back before?
    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    /// Is there something that Undo left?
    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }

    /// Views the moment `time`, at most the present. Call [`History::proceed`] until it's reached.
    pub fn seek(&mut self, time: SimTime) {
        let time = time.max(SimTime::ZERO);
        if time >= self.now() {
            self.past = None;
            self.moving = None;
            return;
        }
        let target = Position { time, events: None };
        // What a seek under way has come to is not lost: keys that are held seek again and again.
        let seen = self.moving.take().filter(|moving| !moving.to_present);
        let seen = seen.map(|moving| moving.drive.simulation);
        let from = self.past.take().or(seen);
        let from = from.filter(|past| past.now() <= time);
        let start = self.checkpoints.nearest(&self.line, target, from);
        self.moving = Some(Moving {
            drive: Drive::new(start, target),
            to_present: false,
        });
    }

    /// Goes on with a seek, undo or redo. [`Progress::Reached`] when nothing is left to do.
    pub fn proceed(&mut self, budget: Budget) -> Progress {
        let Some(moving) = &mut self.moving else {
            return Progress::Reached;
        };
        if moving.drive.run(&self.line, budget) == Progress::OutOfBudget {
            return Progress::OutOfBudget;
        }
        let Some(Moving { drive, to_present }) = self.moving.take() else {
            return Progress::Reached;
        };
        if to_present {
            self.present = drive.simulation;
            self.past = None;
        } else {
            self.past = Some(drive.simulation);
        }
        Progress::Reached
    }

    /// How far a seek, undo or redo has come, while one is under way.
    pub fn on_the_way(&self) -> Option<&Simulation> {
        self.moving.as_ref().map(|moving| &moving.drive.simulation)
    }

    /// How much of a seek is done, from 0 to 1; `None` when none is under way.
    pub fn progress(&self) -> Option<f64> {
        self.moving.as_ref().map(|moving| moving.drive.done())
    }

    /// Gives up a seek and shows the present. An undo can't be given up: it is on record.
    pub fn cancel_seek(&mut self) {
        self.moving = self.moving.take().filter(|moving| moving.to_present);
    }

    /// The moment of the first recorded change after `time` that was lived.
    pub fn next_change(&self, time: SimTime) -> Option<SimTime> {
        let changes = self.present.world().store.changes();
        let after = self.changes_until(time);
        changes.get(after).map(|change| change.at)
    }

    /// The moment of the last recorded change before `time`.
    pub fn previous_change(&self, time: SimTime) -> Option<SimTime> {
        let changes = self.present.world().store.changes();
        let before = self.changes_until(SimTime(time.0 - 1));
        before
            .checked_sub(1)
            .and_then(|last| changes.get(last))
            .map(|change| change.at)
    }

    /// Everything that happened up to the present, oldest first.
    pub fn changes(&self) -> &List<Change> {
        self.present.world().store.changes()
    }

    /// What was done to the world and when, oldest first; undone inputs are not among it.
    pub fn inputs(&self) -> impl Iterator<Item = (SimTime, &Input)> {
        self.line
            .inputs
            .iter()
            .map(|taken| (taken.at, &taken.input))
    }

    /// The same, each with the number of events before it.
    pub fn done(&self) -> impl Iterator<Item = (SimTime, u64, &Input)> {
        let inputs = self.line.inputs.iter();
        inputs.map(|taken| (taken.at, taken.after_events, &taken.input))
    }

    /// The input of this number, as [`crate::cluster::Cause::Input`] names it.
    pub fn input(&self, id: crate::cluster::InputId) -> Option<(SimTime, &Input)> {
        let taken = self.line.inputs.get(usize::try_from(id.0).ok()?)?;
        Some((taken.at, &taken.input))
    }

    /// The record of that input: what stands for it in the journal, whatever was undone since.
    pub fn record_of(&self, id: crate::cluster::InputId) -> Option<usize> {
        let taken = self.line.inputs.get(usize::try_from(id.0).ok()?)?;
        Some(taken.serial)
    }

    /// The view's speed at `time`; 1 is one virtual second a second.
    pub fn speed_at(&self, time: SimTime) -> f64 {
        f64::from(self.line.speed_at(time)) / 100.0
    }

    /// From when which speed was in force, oldest first.
    pub fn speeds(&self) -> Vec<(SimTime, f64)> {
        let speeds = self.line.speeds.iter();
        speeds
            .map(|(from, percent)| (*from, f64::from(*percent) / 100.0))
            .collect()
    }

    /// Up to when the world has lived, after how many events, and its digest then: what a reload
    /// comes back to.
    pub fn present(&self) -> (SimTime, u64, u64) {
        (
            self.now(),
            self.present.events_handled(),
            self.present.digest(),
        )
    }

    /// The world at the present, whatever moment is viewed.
    pub fn present_snapshot(&self) -> Snapshot {
        self.present.snapshot()
    }

    /// How many records there are: the number of the next one.
    pub fn records(&self) -> usize {
        self.records.len()
    }

    /// The whole history as it is stored.
    pub fn journal(&self) -> Journal {
        Journal {
            format: FORMAT,
            core: env!("CARGO_PKG_VERSION").into(),
            setup: self.setup.clone(),
            seed: self.seed,
            records: self.records.clone(),
            lived: self.now(),
            lived_events: Some(self.present.events_handled()),
            shown: self.time(),
            digest: self.present.digest(),
        }
    }

    /// The world that is viewed, to read.
    pub fn viewed(&self) -> &Simulation {
        self.past.as_ref().unwrap_or(&self.present)
    }

    fn take_input(&mut self, at: SimTime, after_events: u64, input: &Input) {
        let serial = self.records.len();
        let mut before = self.line.clone();
        before.end = Position {
            time: at,
            events: Some(after_events),
        };
        self.undo.push(before);
        self.redo.clear();
        self.checkpoints
            .keep(&self.present, self.line.inputs.last());
        let input = input.clone();
        self.line.inputs.push(Rc::new(Taken {
            serial,
            at,
            after_events,
            input: input.clone(),
        }));
        self.present.apply(input);
        self.past = None;
        self.live();
    }

    /// Tells whether there is a line to go to.
    fn go_along(&mut self, step: Step) -> bool {
        let (from, to) = match step {
            Step::Back => (&mut self.undo, &mut self.redo),
            Step::Forth => (&mut self.redo, &mut self.undo),
        };
        let Some(line) = from.pop() else { return false };
        to.push(std::mem::replace(&mut self.line, line));
        true
    }

    /// Makes the end of the line the present.
    fn go_to_end(&mut self) {
        self.past = None;
        let start = self.checkpoints.nearest(&self.line, self.line.end, None);
        self.moving = Some(Moving {
            drive: Drive::new(start, self.line.end),
            to_present: true,
        });
    }

    /// The line grows with the present.
    fn live(&mut self) {
        let events = Some(self.present.events_handled());
        self.line.end = Position {
            time: self.present.now(),
            events,
        };
        self.checkpoints
            .keep_now_and_then(&self.present, self.line.inputs.last());
    }

    /// How many of the changes came until `time`, with those of that moment.
    pub fn changes_until(&self, time: SimTime) -> usize {
        let changes = self.present.world().store.changes();
        let (mut low, mut high) = (0, changes.len());
        while low < high {
            let middle = low.midpoint(high);
            if changes[middle].at <= time {
                low = middle + 1
            } else {
                high = middle
            }
        }
        low
    }
}

#[derive(Clone, Copy)]
enum Step {
    Back,
    Forth,
}
