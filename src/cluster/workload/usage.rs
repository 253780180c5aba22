//! What a process takes of its machine: processor time, memory, disk. Ours; upstream the kernel counts
//! it. A function of how long it has run, as everything about a process, so that nothing has to happen
//! while it runs. Left out: that memory is given back, caches of files, network.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a process takes at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Thousandths of a processor that it would take if nothing held it back.
    pub cpu_milli: i64,
    /// Memory in bytes.
    pub memory_bytes: i64,
    /// Files that it has written, by path in the container, with their bytes: of the recorded cases'
    /// processes. Those of others are in trees of files.
    pub files: Vec<(Rc<str>, i64)>,
}

/// Memory that climbs evenly to its peak and stays there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Climb {
    /// Bytes in the end.
    pub peak: i64,
    /// When it is there, from the start.
    pub over: Duration,
    /// Bytes from which it climbs, and when it begins to.
    pub foot: (i64, Duration),
}

impl Climb {
    /// Bytes after running so long.
    pub fn at(self, ran: Duration) -> i64 {
        let (least, since) = self.foot;
        if ran >= self.over {
            return self.peak;
        }
        let (run, all) = (ran.saturating_sub(since), self.over.saturating_sub(since));
        let share = i128::from(self.peak - least) * micros(run) / micros(all).max(1);
        least.saturating_add(i64::try_from(share).unwrap_or(i64::MAX))
    }

    /// After how long it is more than `limit` bytes; `None` if it never is.
    pub fn passes(self, limit: i64) -> Option<Duration> {
        if self.peak <= limit {
            return None;
        }
        let (least, since) = self.foot;
        if least > limit {
            return Some(since);
        }
        // The first microsecond at which whole bytes are more than that.
        let all = micros(self.over.saturating_sub(since));
        let needed = i128::from(limit.max(0)) + 1 - i128::from(least);
        let share = (all * needed - 1) / i128::from(self.peak - least).max(1) + 1;
        let after = u64::try_from(share).unwrap_or(u64::MAX);
        Some((since + Duration::from_micros(after)).min(self.over))
    }

    /// The same up to `ran`; from then on it climbs to `peak` within `over`.
    pub fn going_on(self, ran: Duration, peak: i64, over: Duration) -> Self {
        Climb {
            peak,
            over: ran + over,
            foot: (self.at(ran), ran),
        }
    }
}

fn micros(duration: Duration) -> i128 {
    i128::try_from(duration.as_micros()).unwrap_or(i128::MAX >> 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_climbs_evenly_and_passes_a_limit_once() {
        let climb = Climb {
            peak: 200 << 20,
            over: Duration::from_secs(20),
            ..Climb::default()
        };
        assert_eq!(climb.at(Duration::ZERO), 0);
        assert_eq!(climb.at(Duration::from_secs(5)), 50 << 20);
        assert_eq!(climb.at(Duration::from_secs(60)), 200 << 20);
        assert_eq!(climb.passes(200 << 20), None);
        let passed = climb.passes(100 << 20).expect("it climbs on");
        assert!(climb.at(passed) > 100 << 20);
        assert!(climb.at(passed - Duration::from_micros(1)) <= 100 << 20);
        assert_eq!(passed.as_secs(), 10);
    }

    #[test]
    fn memory_that_is_filled_climbs_on_from_where_it_was() {
        let climb = Climb {
            peak: 100,
            over: Duration::from_secs(10),
            ..Climb::default()
        };
        let filled = climb.going_on(Duration::from_secs(5), 1001, Duration::from_secs(20));
        assert_eq!(filled.at(Duration::from_secs(5)), 50);
        assert_eq!(filled.at(Duration::from_secs(15)), 525);
        assert_eq!(filled.at(Duration::from_secs(60)), 1001);
        let passed = filled.passes(525).expect("it climbs on");
        assert!(filled.at(passed) > 525);
        assert!(filled.at(passed - Duration::from_micros(1)) <= 525);
        assert_eq!(passed.as_secs(), 15);
        assert_eq!(filled.passes(20), Some(Duration::from_secs(5)));
        assert_eq!(filled.passes(1001), None);
    }
}
