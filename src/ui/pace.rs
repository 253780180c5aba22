//! How wall time becomes virtual time while the world plays.

use podarium::cluster::SimTime;

/// Longer than this between two turns, and the machine slept: the world doesn't make up for it.
const SLEPT_MS: f64 = 3_000.0;
/// Behind by more than this, and the asked speed can't be kept.
const LATE_MS: f64 = 250.0;
/// Over how long the reached speed is measured.
const MEASURE_MS: f64 = 500.0;
/// So many measures in a row are no mere burst: two seconds.
const LONG_MEASURES: u32 = 4;

/// A straight line from wall time to virtual time, drawn anew whenever the speed changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    wall: f64,
    time: SimTime,
    speed: f64,
    last_turn: f64,
    measured_from: (f64, SimTime),
    /// Was it too far behind since then? It is so only at some turns: each time it begins anew from where it is.
    was_late: bool,
    /// How many measures in a row it could not keep the speed.
    late_measures: u32,
    /// The speed that is reached, while that is less than was asked for.
    pub reached: Option<f64>,
}

impl Pace {
    /// From here on, `speed` virtual seconds a second.
    pub fn new(wall: f64, time: SimTime, speed: f64) -> Self {
        Pace {
            wall,
            time,
            speed,
            last_turn: wall,
            measured_from: (wall, time),
            was_late: false,
            late_measures: 0,
            reached: None,
        }
    }

    /// Has it been behind for so long that catching up matters more than smooth frames? Many Pods that come at once
    /// are worked off in a moment; a world that has too much to do all the time is not.
    pub fn is_late_for_long(&self) -> bool {
        self.late_measures >= LONG_MEASURES
    }

    /// Where the world should be at `wall`.
    pub fn target(&self, wall: f64) -> SimTime {
        let wall = wall.min(self.last_turn + SLEPT_MS);
        SimTime(self.time.0 + ((wall - self.wall) * self.speed * 1e3) as i64)
    }

    /// A turn at `wall` brought the world to `time`.
    pub fn turned(&mut self, wall: f64, time: SimTime) {
        let slept = wall - self.last_turn > SLEPT_MS;
        let late_ms = (self.target(wall).0 - time.0) as f64 / 1e3 / self.speed;
        self.last_turn = wall;
        if slept || late_ms > LATE_MS {
            (self.wall, self.time) = (wall, time);
        }
        self.was_late |= !slept && late_ms > LATE_MS;
        self.measure(wall, time);
    }

    fn measure(&mut self, wall: f64, time: SimTime) {
        let (from_wall, from_time) = self.measured_from;
        if wall - from_wall < MEASURE_MS {
            return;
        }
        let reached = (time.0 - from_time.0) as f64 / 1e3 / (wall - from_wall);
        self.measured_from = (wall, time);
        let late = std::mem::take(&mut self.was_late);
        self.reached =
            (late || reached < 0.8 * self.speed && self.reached.is_some()).then_some(reached);
        self.late_measures = match self.reached {
            Some(_) => self.late_measures + 1,
            None => 0,
        };
    }

    /// Milliseconds from `wall` until the world should reach `time`.
    pub fn until(&self, wall: f64, time: SimTime) -> f64 {
        (time.0 - self.time.0) as f64 / 1e3 / self.speed - (wall - self.wall)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_at_ten_times_is_ten_virtual_seconds() {
        let pace = Pace::new(1_000.0, SimTime::from_seconds(5.0), 10.0);
        assert_eq!(pace.target(2_000.0), SimTime::from_seconds(15.0));
        assert_eq!(pace.until(1_000.0, SimTime::from_seconds(15.0)), 1_000.0);
    }

    #[test]
    fn a_world_that_cannot_keep_up_tells_what_it_reaches_and_does_not_pile_up_debt() {
        let mut pace = Pace::new(0.0, SimTime::ZERO, 100.0);
        for turn in 1..=20 {
            pace.turned(
                f64::from(turn) * 100.0,
                SimTime::from_seconds(f64::from(turn)),
            );
        }
        assert_eq!(pace.reached, Some(10.0));
        assert!(pace.until(2_000.0, SimTime::from_seconds(20.0)) <= 0.0);
        // A turn later it wants no more than the lateness that is borne, and the turn itself.
        let most = 20.0 + (LATE_MS + 100.0) / 1e3 * 100.0;
        assert!(pace.target(2_100.0) <= SimTime::from_seconds(most));
    }

    #[test]
    fn sixty_turns_a_second_tell_what_is_reached_too() {
        let mut pace = Pace::new(0.0, SimTime::ZERO, 50.0);
        for turn in 1..=600 {
            let seconds = f64::from(turn) / 60.0;
            pace.turned(seconds * 1e3, SimTime::from_seconds(seconds));
            if seconds > 1.1 {
                let reached = pace.reached.expect("it is behind all the time");
                assert!((0.9..1.1).contains(&reached), "{reached} at {seconds}");
            }
            if !(1.8..2.7).contains(&seconds) {
                assert_eq!(pace.is_late_for_long(), seconds > 2.0, "at {seconds}");
            }
        }
    }

    #[test]
    fn a_machine_that_slept_does_not_make_up_for_the_night() {
        let pace = Pace::new(0.0, SimTime::ZERO, 1.0);
        assert_eq!(pace.target(3_600_000.0), SimTime::from_seconds(3.0));
    }
}
