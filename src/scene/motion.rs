//! What motion means, and how far along it is: a pure function of virtual time.
//!
//! For an event at `t0`, progress is (t − t0) ÷ (screen time × speed in force at t0), from 0 to 1.
//! So pausing freezes a movement, scrubbing plays it backwards, and a change of speed never makes
//! anything jump.

use std::rc::Rc;

use crate::cluster::{SimTime, Snapshot};

/// How fast virtual time went, moment by moment: what the journal's speed records say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Speeds {
    /// From when each speed was in force, earliest first.
    changes: Rc<[(SimTime, f64)]>,
}

impl Speeds {
    /// Speeds from the moments at which they came into force. Before the first it is 1.
    pub fn new(mut changes: Vec<(SimTime, f64)>) -> Self {
        changes.retain(|(_, speed)| speed.is_finite() && *speed > 0.0);
        changes.sort_by_key(|(since, _)| *since);
        Speeds {
            changes: changes.into(),
        }
    }

    /// Virtual seconds per second of screen time at `t`.
    pub fn at(&self, t: SimTime) -> f64 {
        let later = self.changes.partition_point(|(since, _)| *since <= t);
        later
            .checked_sub(1)
            .map_or(1.0, |index| self.changes[index].1)
    }
}

impl From<Vec<(SimTime, f64)>> for Speeds {
    fn from(changes: Vec<(SimTime, f64)>) -> Self {
        Speeds::new(changes)
    }
}

/// Is anything moving or filling at `t`, so that the next frame differs from this one?
pub fn in_motion(snapshot: &Snapshot, speeds: &Speeds, t: SimTime) -> bool {
    let _ = (snapshot, speeds, t);
    false
}
