//! The beats of a probe, for whoever looks on: counts, and the last few. Ours: upstream only counts those in
//! a row, and metrics by result.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::prober::ProbeKind;

/// How many of a probe's beats are kept.
pub const BEATS: u32 = 8;

/// What a probe has found over all runs of its container. Ours: upstream only counts those in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Beats {
    pub passed: u32,
    pub failed: u32,
    /// The last ones, a bit each, the newest lowest: set where it passed.
    last: u8,
}

impl Beats {
    pub fn add(&mut self, success: bool) {
        let count = if success {
            &mut self.passed
        } else {
            &mut self.failed
        };
        *count = count.saturating_add(1);
        self.last = self.last << 1 | u8::from(success);
    }

    /// So many that passed.
    pub fn add_passed(&mut self, times: u32) {
        self.passed = self.passed.saturating_add(times);
        self.last = match times {
            0..BEATS => !(!self.last << times),
            _ => u8::MAX,
        };
    }

    /// The last ones, the oldest first.
    pub fn last(self) -> Vec<bool> {
        let kept = BEATS.min(self.passed.saturating_add(self.failed));
        (0..kept)
            .rev()
            .map(|bit| self.last >> bit & 1 == 1)
            .collect()
    }
}

/// A probe of a container, as far as it has looked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeSeen {
    /// The container that is probed.
    pub container: Rc<str>,
    /// What the probe decides.
    pub kind: ProbeKind,
    /// How often it passed, over all runs.
    pub passed: u32,
    /// How often it failed, over all runs.
    pub failed: u32,
    /// What it found the last [`BEATS`] times, the oldest first.
    pub last: Vec<bool>,
    /// How many times in a row it found the same; 0 before it has looked, and where that decided something.
    pub in_a_row: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_that_passed_are_as_one_after_the_other() {
        for times in [0, 1, 3, 7, 8, 9, 40] {
            let mut one_by_one = Beats::default();
            one_by_one.add(false);
            let mut at_once = one_by_one;
            (0..times).for_each(|_| one_by_one.add(true));
            at_once.add_passed(times);
            assert_eq!(one_by_one, at_once, "{times}");
        }
    }
}
