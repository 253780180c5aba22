//! Virtual time and wake-ups. Ours: upstream has the machine's clock and goroutines.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::calendar;
use super::simulation::Wake;
use super::store::Cause;
use crate::api::Value;
use crate::api::view::{Fill, ViewError};
use crate::collections::Map;

/// Virtual time: microseconds since the start of the world, which is 2026-01-01T00:00:00Z.
/// Negative before it (an imported object may be older than the world).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct SimTime(pub i64);

/// 2026-01-01T00:00:00Z in seconds since 1970.
const EPOCH_UNIX_SECONDS: i64 = 1_767_225_600;

impl SimTime {
    /// The start of the world.
    pub const ZERO: SimTime = SimTime(0);
    /// After everything.
    pub const MAX: SimTime = SimTime(i64::MAX);

    /// `seconds` after the start.
    pub fn from_seconds(seconds: f64) -> Self {
        SimTime((seconds * 1e6).round() as i64)
    }

    /// Seconds since the start.
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// How long after `earlier`; zero if it is not.
    pub fn since(self, earlier: SimTime) -> Duration {
        Duration::from_micros(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }

    /// Whole seconds since 1970.
    pub fn unix_seconds(self) -> i64 {
        EPOCH_UNIX_SECONDS + self.0.div_euclid(1_000_000)
    }

    /// As the API writes times: whole seconds, rounded down, UTC.
    pub fn to_rfc3339(self) -> String {
        calendar::to_rfc3339(self.unix_seconds())
    }

    /// The moment that an RFC 3339 text names, to the microsecond.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let micros = calendar::parse_rfc3339(text)?;
        Some(SimTime(micros - EPOCH_UNIX_SECONDS * 1_000_000))
    }
}

impl Add<Duration> for SimTime {
    type Output = SimTime;
    fn add(self, after: Duration) -> SimTime {
        SimTime(
            self.0
                .saturating_add(i64::try_from(after.as_micros()).unwrap_or(i64::MAX)),
        )
    }
}
impl Sub<Duration> for SimTime {
    type Output = SimTime;
    fn sub(self, before: Duration) -> SimTime {
        SimTime(
            self.0
                .saturating_sub(i64::try_from(before.as_micros()).unwrap_or(i64::MAX)),
        )
    }
}

/// `t+3.2 s`
impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t+{:.1} s", self.0.div_euclid(100_000) as f64 / 10.0)
    }
}

/// In objects times are text. Text that is none is the start of the world: validation has refused it.
impl Fill for SimTime {
    fn fill(&mut self, value: &Value) -> Result<(), ViewError> {
        *self = match value {
            Value::Int(number) => SimTime(*number),
            Value::String(text) => SimTime::parse_rfc3339(text).unwrap_or_default(),
            _ => return Err(ViewError::expected("an RFC 3339 time")),
        };
        Ok(())
    }
}

/// Names one wake-up, so that it can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TimerId {
    due: SimTime,
    sequence: u64,
}

impl TimerId {
    /// When it rings.
    pub fn due(self) -> SimTime {
        self.due
    }

    /// The wake-up so much later of what comes again and again: among those due with it, it has the
    /// place that the first one had.
    pub fn later(self, after: Duration) -> TimerId {
        TimerId {
            due: self.due + after,
            ..self
        }
    }
}

/// A moment, and which of the wake-ups due at it are over.
#[derive(Clone, Copy, Debug)]
pub struct Present {
    now: SimTime,
    ringing: Option<TimerId>,
}

impl Present {
    /// When all that was due at this moment is over.
    pub fn end_of(now: SimTime) -> Self {
        Present { now, ringing: None }
    }

    /// How many have rung by now of the wake-ups that come with this one every `period`.
    pub fn rung(self, first: TimerId, period: Duration) -> u64 {
        let Ok(since) = u64::try_from(self.now.0.saturating_sub(first.due.0)) else {
            return 0;
        };
        let period = u64::try_from(period.as_micros()).unwrap_or(u64::MAX).max(1);
        let is_due_now = since % period == 0;
        let waits = self
            .ringing
            .is_some_and(|ringing| ringing.due == self.now && first.sequence >= ringing.sequence);
        since / period + u64::from(!(is_due_now && waits))
    }
}

/// Wake-ups in virtual time; two due together ring in the order in which they were set.
/// A map, not a heap: timers are cancelled often, and the order is part of what is saved.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Timers {
    now: SimTime,
    next_sequence: u64,
    due: Map<TimerId, (Wake, Cause)>,
    /// What rang, while it is being handled.
    #[serde(skip)]
    ringing: Option<TimerId>,
}

impl Timers {
    /// The present.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// Never rings in the past: a zero `after` is due now, behind what is already due now.
    pub fn set(&mut self, after: Duration, wake: Wake, cause: Cause) -> TimerId {
        let id = TimerId {
            due: self.now + after,
            sequence: self.next_sequence,
        };
        self.next_sequence += 1;
        self.due.insert(id, (wake, cause));
        id
    }

    /// Sets a wake-up that was taken back, or one [`TimerId::later`] than one that rang.
    pub fn set_again(&mut self, id: TimerId, wake: Wake, cause: Cause) {
        self.due.insert(id, (wake, cause));
    }

    /// The present, to the event.
    pub fn present(&self) -> Present {
        Present {
            now: self.now,
            ringing: self.ringing,
        }
    }

    /// Takes a wake-up back. One that rang already is no mistake.
    pub fn cancel(&mut self, id: TimerId) {
        self.due.remove(&id);
    }

    /// Takes all wake-ups of a kubelet back: its machine is gone.
    pub fn cancel_kubelet(&mut self, node: &str) {
        let is_its = |wake: &Wake| matches!(wake, Wake::Kubelet(of, _) if &**of == node);
        let its: Vec<TimerId> = (self.due.iter())
            .filter(|(_, (wake, _))| is_its(wake))
            .map(|(id, _)| *id)
            .collect();
        for id in its {
            self.cancel(id);
        }
    }

    /// Takes all wake-ups back.
    pub fn clear(&mut self) {
        self.due = Map::new();
    }

    /// When the next wake-up is due.
    pub fn next_due(&self) -> Option<SimTime> {
        self.due.first_key_value().map(|(id, _)| id.due)
    }

    /// The earliest wake-up not later than `until`; moves the clock to it.
    pub fn ring(&mut self, until: SimTime) -> Option<(Wake, Cause)> {
        let id = self
            .due
            .first_key_value()
            .map(|(id, _)| *id)
            .filter(|id| id.due <= until)?;
        self.now = self.now.max(id.due);
        self.ringing = Some(id);
        self.due.pop_first()
    }

    /// What rang is handled.
    pub fn rang(&mut self) {
        self.ringing = None;
    }

    /// Moves the clock forward to `until`, over time in which nothing is due.
    pub fn advance(&mut self, until: SimTime) {
        self.now = self.now.max(until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_counted_to_the_event() {
        let timer = |due, sequence| TimerId {
            due: SimTime(due),
            sequence,
        };
        let period = Duration::from_micros(10);
        let present = |now, ringing: Option<u64>| Present {
            now: SimTime(now),
            ringing: ringing.map(|sequence| timer(now, sequence)),
        };
        for (now, ringing, expected) in [
            (99, None, 0),
            (100, None, 1),
            (109, None, 1),
            (120, None, 3),
            (120, Some(4), 2),
            (120, Some(6), 3),
            (125, Some(4), 3),
        ] {
            let rung = present(now, ringing).rung(timer(100, 5), period);
            assert_eq!(rung, expected, "at {now}, ringing {ringing:?}");
        }
    }

    #[test]
    fn times_are_written_as_the_api_writes_them() {
        assert_eq!(
            SimTime::from_seconds(61.9).to_rfc3339(),
            "2026-01-01T00:01:01Z"
        );
        assert_eq!(
            SimTime::parse_rfc3339("2026-01-01T00:01:01Z"),
            Some(SimTime(61_000_000))
        );
        assert_eq!(SimTime::from_seconds(3.28).to_string(), "t+3.2 s");
    }
}
