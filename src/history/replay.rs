//! Driving a world along a line of history, in slices.

use std::fmt;

use super::journal::{FORMAT, Line, Position, from_json};
use super::{History, Journal};
use crate::cluster::{Budget, Progress, SimTime, Simulation};

/// A world on its way to a moment of a line.
#[derive(Clone, Debug)]
pub(super) struct Drive {
    pub simulation: Simulation,
    from: SimTime,
    target: Position,
}

impl Drive {
    /// `simulation` is on the line and not beyond `target`.
    pub fn new(simulation: Simulation, target: Position) -> Self {
        Drive {
            from: simulation.now(),
            simulation,
            target,
        }
    }

    /// Goes on along `line`.
    pub fn run(&mut self, line: &Line, budget: Budget) -> Progress {
        let mut left = budget.0;
        loop {
            let before = self.simulation.events_handled();
            let next = usize::try_from(self.simulation.inputs_taken()).unwrap_or(usize::MAX);
            let next = line
                .inputs
                .get(next)
                .filter(|next| self.is_due(next.at, next.after_events));
            let (events, time) = match (next, self.target.events) {
                (Some(next), _) => (Some(next.after_events), next.at),
                (None, events) => (events, self.target.time),
            };
            let progress = match events {
                Some(events) => self.simulation.run_to_event(events, time, Budget(left)),
                None => self.simulation.run_until(time, Budget(left)),
            };
            if progress == Progress::OutOfBudget {
                return progress;
            }
            self.simulation.advance(time);
            let spent = self.simulation.events_handled() - before;
            left = left
                .saturating_sub(u32::try_from(spent).unwrap_or(u32::MAX))
                .max(1);
            match next {
                Some(next) => drop(self.simulation.apply(next.input.clone())),
                None => return Progress::Reached,
            }
        }
    }

    /// How much is done, from 0 to 1, by virtual time.
    pub fn done(&self) -> f64 {
        let whole = self.target.time.since(self.from).as_secs_f64();
        let done = self.simulation.now().since(self.from).as_secs_f64();
        if whole > 0.0 { done / whole } else { 1.0 }
    }

    /// Is an input to be taken on the way to the target?
    fn is_due(&self, at: SimTime, after_events: u64) -> bool {
        match self.target.events {
            Some(events) => after_events <= events && at <= self.target.time,
            None => at <= self.target.time,
        }
    }
}

/// Why a journal can't be restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RestoreError {
    /// It is no journal; what the reader said.
    NoJournal(String),
    /// It is of a later layout.
    LaterFormat(u32),
}

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RestoreError::NoJournal(why) => write!(f, "this is no Podarium journal: {why}"),
            RestoreError::LaterFormat(format) => write!(
                f,
                "this journal has format {format}, and this page reads up to {FORMAT}: reload the page to get its newest version"
            ),
        }
    }
}
impl std::error::Error for RestoreError {}

impl History {
    /// The history that a journal tells, on its way: call [`History::proceed`] until it is reached.
    ///
    /// # Errors
    /// When the journal is of a later layout.
    pub fn restore(journal: Journal) -> Result<Self, RestoreError> {
        if journal.format > FORMAT {
            return Err(RestoreError::LaterFormat(journal.format));
        }
        let mut history = History::new(journal.setup, journal.seed);
        for record in journal.records {
            history.note(record);
        }
        let lived = Position {
            time: journal.lived,
            events: journal.lived_events,
        };
        if lived.is_after(history.line.end) {
            history.line.end = lived;
        }
        history.go_to_end();
        Ok(history)
    }

    /// The same, but only to just before the event of this number: for recovery after its panic.
    ///
    /// # Errors
    /// When the journal is of a later layout.
    pub fn restore_before(journal: Journal, event: u64) -> Result<Self, RestoreError> {
        let mut history = History::restore(journal)?;
        let inputs = history
            .line
            .inputs
            .iter()
            .filter(|taken| taken.after_events < event);
        history.line.inputs = inputs.cloned().collect();
        history.line.end.events = Some(event.saturating_sub(1));
        history.go_to_end();
        Ok(history)
    }

    /// Takes a record into the line without running the world.
    fn note(&mut self, record: super::Record) {
        use super::Record;
        match &record {
            Record::Input {
                at,
                after_events,
                input,
            } => {
                let mut before = self.line.clone();
                before.end = Position {
                    time: *at,
                    events: Some(*after_events),
                };
                self.undo.push(before);
                self.redo.clear();
                let taken = super::Taken {
                    serial: self.records.len(),
                    at: *at,
                    after_events: *after_events,
                    input: input.clone(),
                };
                self.line.inputs.push(std::rc::Rc::new(taken));
                self.line.end = Position {
                    time: *at,
                    events: Some(*after_events),
                };
                self.records.push(record);
            }
            _ => {
                self.turns_to_another_line(&record);
                self.records.push(record);
            }
        }
    }
}

/// What a journal comes to, as text: for comparing two machines. Also what the page exports, so
/// that a test can ask wasm and the native build the same.
///
/// The whole state is in it, not only what changes have shown: a lost timer, queue or number of the
/// generator is a difference.
///
/// # Errors
/// When it is no journal, or of a later layout.
pub fn replay_report(journal: &str) -> Result<String, RestoreError> {
    let journal: Journal =
        from_json(journal).map_err(|why| RestoreError::NoJournal(why.to_string()))?;
    let mut history = History::restore(journal)?;
    while history.proceed(Budget::ENDLESS) == Progress::OutOfBudget {}
    let world = history.viewed();
    Ok(format!(
        "digest {:016x}\nstate {:016x}\ntime {}\nevents {}\nchanges {}\n",
        world.digest(),
        world.fingerprint(),
        world.now().0,
        world.events_handled(),
        world.world().store.changes().len(),
    ))
}
