//! Worlds kept on the way, so that no seek starts at zero. A clone shares its parts with the world
//! that goes on, so one costs what has changed since.

use std::rc::Rc;

use super::journal::{Line, Position, Taken};
use crate::cluster::Simulation;

/// After how many events another world is kept.
const EVERY_EVENTS: u64 = 400;
/// How many are kept at most; the older half is thinned beyond that, every second one.
const MOST: usize = 200;

#[derive(Clone, Debug)]
struct Checkpoint {
    simulation: Simulation,
    /// Serial of the last input that it has taken.
    last_input: Option<usize>,
    inputs: usize,
}

/// Worlds kept on the way, of all lines of history, in the order in which they were kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Checkpoints {
    kept: Vec<Checkpoint>,
    /// Thinned out. They go one by one: fifty worlds of ten thousand Pods at once take a tenth of a second.
    thinned: Vec<Checkpoint>,
}

impl Checkpoints {
    /// Keeps this world, whose last input is given.
    pub fn keep(&mut self, simulation: &Simulation, last_input: Option<&Rc<Taken>>) {
        self.kept.push(Checkpoint {
            inputs: usize::try_from(simulation.inputs_taken()).unwrap_or(usize::MAX),
            simulation: simulation.clone(),
            last_input: last_input.map(|taken| taken.serial),
        });
        if self.kept.len() > MOST {
            let mut number = 0;
            let goes = |_: &mut Checkpoint| {
                number += 1;
                number != 1 && number <= MOST / 2 && number % 2 == 0
            };
            self.thinned.extend(self.kept.extract_if(.., goes));
        }
    }

    /// Keeps this world if the last one kept is long ago.
    pub fn keep_now_and_then(&mut self, simulation: &Simulation, last_input: Option<&Rc<Taken>>) {
        self.thinned.pop();
        let last = self
            .kept
            .last()
            .map_or(0, |kept| kept.simulation.events_handled());
        if simulation.events_handled().abs_diff(last) >= EVERY_EVENTS {
            self.keep(simulation, last_input);
        }
    }

    /// The furthest world on `line` that isn't beyond `target`: a kept one, or `other`, which is on
    /// the line and not beyond.
    pub fn nearest(&self, line: &Line, target: Position, other: Option<Simulation>) -> Simulation {
        let kept = self
            .kept
            .iter()
            .filter(|kept| kept.is_on(line) && kept.is_before(target));
        let best = kept
            .map(|kept| &kept.simulation)
            .max_by_key(|world| world.events_handled());
        match (best, other) {
            (Some(best), Some(other)) if best.events_handled() < other.events_handled() => other,
            (Some(best), _) => best.clone(),
            (None, Some(other)) => other,
            (None, None) => unreachable!("the first world is kept for ever and is on every line"),
        }
    }
}

impl Checkpoint {
    /// Has it taken the line's first inputs, and not lived past the next?
    fn is_on(&self, line: &Line) -> bool {
        let last = self.inputs.checked_sub(1).map(|last| line.inputs.get(last));
        let same = match last {
            None => true,
            Some(taken) => taken.map(|taken| taken.serial) == self.last_input,
        };
        let next = line.inputs.get(self.inputs);
        same && next.is_none_or(|next| {
            self.simulation.events_handled() <= next.after_events
                && self.simulation.now() <= next.at
        })
    }

    fn is_before(&self, target: Position) -> bool {
        self.simulation.now() <= target.time
            && target
                .events
                .is_none_or(|events| self.simulation.events_handled() <= events)
    }
}
