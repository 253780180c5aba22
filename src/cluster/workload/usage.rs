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
    /// Files that it has written, by path in the container, with their bytes.
    pub files: Vec<(Rc<str>, i64)>,
}

/// Memory that climbs evenly to its peak and stays there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Climb {
    /// Bytes in the end.
    pub peak: i64,
    /// How long it takes to get there.
    pub over: Duration,
}

impl Climb {
    /// Bytes after running so long.
    pub fn at(self, ran: Duration) -> i64 {
        if ran >= self.over {
            return self.peak;
        }
        let share = i128::from(self.peak) * micros(ran) / micros(self.over).max(1);
        i64::try_from(share).unwrap_or(i64::MAX)
    }

    /// After how long it is more than `limit` bytes; `None` if it never is.
    pub fn passes(self, limit: i64) -> Option<Duration> {
        if self.peak <= limit {
            return None;
        }
        let share = micros(self.over) * i128::from(limit.max(0)) / i128::from(self.peak);
        let after = u64::try_from(share).unwrap_or(u64::MAX).saturating_add(1);
        Some(Duration::from_micros(after).min(self.over))
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
        };
        assert_eq!(climb.at(Duration::ZERO), 0);
        assert_eq!(climb.at(Duration::from_secs(5)), 50 << 20);
        assert_eq!(climb.at(Duration::from_secs(60)), 200 << 20);
        assert_eq!(climb.passes(200 << 20), None);
        let passed = climb.passes(100 << 20).expect("it climbs on");
        assert!(climb.at(passed) > 100 << 20);
        assert!(climb.at(passed - Duration::from_micros(2)) <= 100 << 20);
        assert_eq!(passed.as_secs(), 10);
    }
}
