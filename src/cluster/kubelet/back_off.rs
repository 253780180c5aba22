//! Growing pauses between tries. Models `client-go/util/flowcontrol/backoff.go`, without jitter.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::cluster::SimTime;
use crate::collections::Map;

/// Pauses by what is tried.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct BackOff {
    entries: Map<Rc<str>, (Duration, SimTime)>,
}

/// How pauses grow.
#[derive(Clone, Copy, Debug)]
pub struct Growth {
    /// The first pause; each next one is twice as long.
    pub initial: Duration,
    /// The longest.
    pub max: Duration,
    /// How long after the last failure they are forgotten.
    pub reset: Duration,
}

impl BackOff {
    /// The present pause.
    pub fn get(&self, key: &str) -> Duration {
        self.entries
            .get(key)
            .map_or(Duration::ZERO, |(pause, _)| *pause)
    }

    /// A pause that is under way since `updated`.
    pub fn adopt(&mut self, key: Rc<str>, pause: Duration, updated: SimTime) {
        self.entries.insert(key, (pause, updated));
    }

    /// A failure at `event`, noticed `now`: the next pause.
    pub fn next(&mut self, key: Rc<str>, event: SimTime, now: SimTime, growth: Growth) {
        let pause = match self.entries.get(&key) {
            Some((pause, updated)) if event.since(*updated) <= growth.reset => {
                (*pause * 2).min(growth.max)
            }
            _ => growth.initial,
        };
        self.entries.insert(key, (pause, now));
    }

    /// When the pause that began at `event` ends, if it isn't over `now`.
    pub fn until(
        &self,
        key: &str,
        event: SimTime,
        now: SimTime,
        growth: Growth,
    ) -> Option<SimTime> {
        let (pause, updated) = self.entries.get(key)?;
        let until = event + *pause;
        (event.since(*updated) <= growth.reset && now < until).then_some(until)
    }

    /// When the pause since the last failure ends, if it isn't over `now`.
    pub fn until_since_update(&self, key: &str, now: SimTime, growth: Growth) -> Option<SimTime> {
        let (pause, updated) = self.entries.get(key)?;
        let until = *updated + *pause;
        (now.since(*updated) <= growth.reset && now < until).then_some(until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROWTH: Growth = Growth {
        initial: Duration::from_secs(10),
        max: Duration::from_secs(300),
        reset: Duration::from_secs(600),
    };

    #[test]
    fn pauses_double_up_to_five_minutes() {
        let mut back_off = BackOff::default();
        let mut now = SimTime::ZERO;
        let pauses: Vec<u64> = (0..7)
            .map(|_| {
                back_off.next("app".into(), now, now, GROWTH);
                now = now + back_off.get("app");
                back_off.get("app").as_secs()
            })
            .collect();
        assert_eq!(pauses, [10, 20, 40, 80, 160, 300, 300]);
    }

    #[test]
    fn ten_good_minutes_make_the_first_pause_short_again() {
        let mut back_off = BackOff::default();
        back_off.next("app".into(), SimTime::ZERO, SimTime::ZERO, GROWTH);
        back_off.next("app".into(), SimTime::ZERO, SimTime::ZERO, GROWTH);
        let later = SimTime::from_seconds(601.0);
        assert_eq!(back_off.until("app", later, later, GROWTH), None);
        back_off.next("app".into(), later, later, GROWTH);
        assert_eq!(back_off.get("app"), GROWTH.initial);
    }
}
