//! What motion means, and how far along it is: a pure function of virtual time.
//!
//! For an event at `t0`, progress is (t − t0) ÷ (screen time × speed in force at t0), from 0 to 1.
//! So pausing freezes a movement, scrubbing plays it backwards, and a change of speed never makes
//! anything jump.

use std::rc::Rc;

use super::glyphs::Rect;
use crate::cluster::SimTime;

/// A state changes in place, milliseconds of screen time at 1×.
pub const QUICK_MS: f64 = 160.0;
/// A Pod travels.
pub const PLACE_MS: f64 = 480.0;
/// Something appears.
pub const REVEAL_MS: f64 = 240.0;
/// A Pod became Ready.
pub const RING_MS: f64 = 320.0;
/// With reduced motion, a ghost stands where the Pod was.
pub const GHOST_MS: f64 = 600.0;
/// Above this speed travel becomes a cross-fade.
pub const CROSS_FADE_ABOVE: f64 = 10.0;
/// Above this speed changes are instant.
pub const INSTANT_ABOVE: f64 = 50.0;
/// So many objects travel at once; others cross-fade.
pub const TRAVELLERS: usize = 40;

/// How fast virtual time went, moment by moment: what the journal's speed records say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Speeds {
    /// From when each speed was in force, earliest first.
    changes: Rc<[(SimTime, f64)]>,
}

impl Speeds {
    /// Speeds from the moments at which they came into force. Before the first it is 1.
    pub fn new(changes: Vec<(SimTime, f64)>) -> Self {
        let mut sorted: Vec<(SimTime, f64)> = Vec::with_capacity(changes.len());
        for (since, speed) in changes {
            if speed.is_finite() && speed > 0.0 {
                // They come in order but for what an undo left.
                let at = sorted.partition_point(|(before, _)| *before <= since);
                sorted.insert(at, (since, speed));
            }
        }
        Speeds {
            changes: sorted.into(),
        }
    }

    /// Virtual seconds per second of screen time at `t`.
    pub fn at(&self, t: SimTime) -> f64 {
        let later = self.changes.partition_point(|(since, _)| *since <= t);
        later
            .checked_sub(1)
            .map_or(1.0, |index| self.changes[index].1)
    }

    /// The fastest speed at which anything ever moved.
    pub(super) fn fastest(&self) -> f64 {
        let speeds = self.changes.iter().map(|(_, speed)| *speed);
        speeds
            .filter(|speed| *speed <= INSTANT_ABOVE)
            .fold(1.0, f64::max)
    }

    /// Virtual microseconds that a movement of `ms`, begun at `since`, takes.
    pub fn length(&self, since: SimTime, ms: f64) -> f64 {
        ms * 1e3 * self.at(since)
    }

    /// How far a movement of `ms`, begun at `since`, has come at `t`: 0 to 1.
    pub fn progress(&self, since: SimTime, ms: f64, t: SimTime) -> f64 {
        let done = (t.0 - since.0) as f64 / self.length(since, ms).max(1.0);
        done.clamp(0.0, 1.0)
    }

    /// The same; `None` once the movement is over, and where nothing moves at all.
    pub(super) fn part(&self, since: SimTime, ms: f64, t: SimTime) -> Option<f64> {
        let part = self.progress(since, ms, t);
        (part < 1.0 && self.at(since) <= INSTANT_ABOVE).then_some(part)
    }
}

impl From<Vec<(SimTime, f64)>> for Speeds {
    fn from(changes: Vec<(SimTime, f64)>) -> Self {
        Speeds::new(changes)
    }
}

/// A cubic Bézier easing as CSS has it: `y` where the curve's `x` is `x`.
pub(super) fn ease([x1, y1, x2, y2]: [f64; 4], x: f64) -> f64 {
    let at = |a: f64, b: f64, s: f64| {
        let r = 1.0 - s;
        3.0 * r * r * s * a + 3.0 * r * s * s * b + s * s * s
    };
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..24 {
        let middle = (low + high) / 2.0;
        if at(x1, x2, middle) < x {
            low = middle
        } else {
            high = middle
        }
    }
    at(y1, y2, (low + high) / 2.0)
}

/// Travel: `place` of the design's tokens.
pub(super) const PLACE: [f64; 4] = [0.3, 0.0, 0.1, 1.0];
/// Appearing: `reveal`.
pub(super) const REVEAL: [f64; 4] = [0.2, 0.0, 0.0, 1.0];
/// The ring: `ease-out`.
pub(super) const EASE_OUT: [f64; 4] = [0.0, 0.0, 0.58, 1.0];

/// Between two places, on a straight line, growing evenly.
pub(super) fn between(from: Rect, to: Rect, part: f64) -> Rect {
    let mix = |a: f64, b: f64| a + (b - a) * part;
    Rect {
        x: mix(from.x, to.x),
        y: mix(from.y, to.y),
        width: mix(from.width, to.width),
        height: mix(from.height, to.height),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_speed_never_makes_a_movement_jump() {
        let begun = SimTime(1_000_000);
        let before = Speeds::new(vec![(SimTime(0), 0.5)]);
        let after = Speeds::new(vec![(SimTime(0), 0.5), (SimTime(1_100_000), 10.0)]);
        for micros in [1_050_000, 1_100_000, 1_200_000] {
            let t = SimTime(micros);
            assert_eq!(
                before.progress(begun, PLACE_MS, t),
                after.progress(begun, PLACE_MS, t)
            );
        }
    }

    #[test]
    fn easing_begins_at_nothing_ends_at_all_and_never_goes_back() {
        for curve in [PLACE, REVEAL, EASE_OUT] {
            let steps: Vec<f64> = (0..=20).map(|i| ease(curve, f64::from(i) / 20.0)).collect();
            assert!(steps[0] < 1e-3 && steps[20] > 0.999, "{steps:?}");
            assert!(
                steps.windows(2).all(|pair| pair[0] <= pair[1] + 1e-9),
                "{steps:?}"
            );
        }
    }
}
