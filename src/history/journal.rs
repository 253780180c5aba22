//! The journal: everything that was done to a world, as it is stored and linked.
//! Append-only: Undo and "Continue from here" are records too, so nothing is ever lost.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::cluster::{Input, Setup, SimTime};
use crate::collections::List;

/// Which layout of [`Journal`] this is; a newer one is refused rather than guessed at.
pub const FORMAT: u32 = 1;

/// A world's whole history, as text or bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Journal {
    /// Layout; [`FORMAT`] when this core wrote it.
    pub format: u32,
    /// Version of the core that wrote it.
    pub core: String,
    /// What the world started from.
    pub setup: Setup,
    /// What chance follows from.
    pub seed: u64,
    /// In the order in which they were done.
    pub records: Vec<Record>,
    /// Up to when the world had lived.
    pub lived: SimTime,
    /// How many events it had handled then: exact where several are due at `lived`. `None`: all.
    pub lived_events: Option<u64>,
    /// The moment that was shown; not later than `lived`.
    pub shown: SimTime,
    /// Digest of the state at `lived`; 0 where nobody knew it.
    pub digest: u64,
}

/// Reads what a journal is made of, by way of a tree: from two kinds of sources every type would be
/// read by two copies of its code, and the page pays for each.
///
/// # Errors
/// When the text is no JSON, or not of this shape.
pub fn from_json<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    serde_json::from_str::<serde_json::Value>(text).and_then(serde_json::from_value)
}

/// One thing that was done to a history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    /// Something was done to the world.
    Input {
        /// When, in virtual time.
        at: SimTime,
        /// After how many events, counted over the whole world: exact where several are due at
        /// `at`.
        after_events: u64,
        /// What.
        input: Input,
    },
    /// Back to just before the last input (or branch).
    Undo,
    /// Forth again.
    Redo,
    /// "Continue from here": what was lived after `at` is left, and kept for Undo.
    Branch {
        /// The moment that was viewed.
        at: SimTime,
    },
    /// The view's speed from now on; no part of the digest.
    Speed {
        /// From when.
        at: SimTime,
        /// 100 is one virtual second a second.
        percent: u32,
    },
}

/// A moment, exact where several events are due at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub time: SimTime,
    /// `None`: all events due by `time` are handled.
    pub events: Option<u64>,
}

impl Position {
    /// Is it the later one? Handling everything due at a time is later than handling some of it.
    pub fn is_after(self, other: Position) -> bool {
        let rank = |position: Position| (position.time, position.events.unwrap_or(u64::MAX));
        rank(self) > rank(other)
    }
}

/// An input that a line of history contains.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// Unique over the journal, so that two lines can be compared by their last input.
    pub serial: usize,
    pub at: SimTime,
    pub after_events: u64,
    pub input: Input,
}

/// One line of history: inputs, and how far it was lived. Undo goes from one line to the one before.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub inputs: List<Taken>,
    pub speeds: Vec<(SimTime, u32)>,
    pub end: Position,
}

impl Line {
    pub fn new() -> Self {
        let end = Position {
            time: SimTime::ZERO,
            events: None,
        };
        Line {
            inputs: List::new(),
            speeds: Vec::new(),
            end,
        }
    }

    /// The same line up to `at`, everything due then included.
    pub fn until(&self, at: SimTime) -> Self {
        Line {
            inputs: self
                .inputs
                .iter()
                .filter(|taken| taken.at <= at)
                .cloned()
                .collect(),
            speeds: self
                .speeds
                .iter()
                .filter(|(from, _)| *from <= at)
                .copied()
                .collect(),
            end: Position {
                time: at,
                events: None,
            },
        }
    }

    /// Speed in force at `time`, in percent.
    pub fn speed_at(&self, time: SimTime) -> u32 {
        self.speeds
            .iter()
            .rev()
            .find(|(from, _)| *from <= time)
            .map_or(100, |(_, percent)| *percent)
    }
}
