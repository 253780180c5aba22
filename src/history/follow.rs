//! A world that goes along with a history, one event at a time: for whoever must not miss a moment, however fast the page
//! plays.

use super::History;
use super::journal::Line;
use crate::cluster::{Input, InputId, SimTime, Simulation};

/// A world that goes along a line of history.
#[derive(Clone, Debug)]
pub struct Follower {
    simulation: Simulation,
    /// Serial of the last input that it has taken on this line.
    last_input: Option<usize>,
}

/// How far a follower is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Led {
    /// It has taken an input, or handled an event.
    On,
    /// It is where the history is.
    There,
    /// What it has lived isn't the history any more: something was taken back.
    Astray,
}

impl Follower {
    /// A world that no learner has done anything to.
    pub fn new(simulation: Simulation) -> Self {
        Follower {
            simulation,
            last_input: None,
        }
    }

    /// The world as far as it has come.
    pub fn world(&self) -> &Simulation {
        &self.simulation
    }

    /// Does something to a world that follows nobody.
    pub fn apply(&mut self, input: Input) -> InputId {
        self.simulation.apply(input)
    }

    /// Lets a world that follows nobody go on by one event; tells whether there was one by then.
    pub fn handle_next(&mut self, until: SimTime) -> bool {
        let handled = self.simulation.handle_next(until);
        if !handled {
            self.simulation.advance(until);
        }
        handled
    }

    /// Has it taken the line's first inputs, and not lived past the next?
    fn is_on(&self, line: &Line) -> bool {
        let taken = usize::try_from(self.simulation.inputs_taken()).unwrap_or(usize::MAX);
        let last = taken.checked_sub(1).map(|last| line.inputs.get(last));
        let is_same = last.is_none_or(|last| last.map(|last| last.serial) == self.last_input);
        let next = line.inputs.get(taken);
        is_same
            && next.is_none_or(|next| {
                self.simulation.events_handled() <= next.after_events
                    && self.simulation.now() <= next.at
            })
    }
}

impl History {
    /// Is an input what comes next for it? What was answered before is read before it.
    pub fn is_before_input(&self, follower: &Follower) -> bool {
        let world = &follower.simulation;
        let taken = usize::try_from(world.inputs_taken()).unwrap_or(usize::MAX);
        let next = self.line.inputs.get(taken);
        next.is_some_and(|next| world.events_handled() >= next.after_events)
    }

    /// Leads a world on along this history, by an input or an event.
    pub fn lead(&self, follower: &mut Follower) -> Led {
        if self.moving.is_some() {
            return Led::There;
        }
        let present = &self.present;
        let is_ahead = follower.simulation.events_handled() > present.events_handled()
            || follower.simulation.now() > present.now();
        if is_ahead || !follower.is_on(&self.line) {
            return Led::Astray;
        }
        let world = &mut follower.simulation;
        let taken = usize::try_from(world.inputs_taken()).unwrap_or(usize::MAX);
        if let Some(next) = self.line.inputs.get(taken) {
            if world.events_handled() < next.after_events && world.handle_next(next.at) {
                return Led::On;
            }
            world.advance(next.at);
            world.apply(next.input.clone());
            follower.last_input = Some(next.serial);
            return Led::On;
        }
        if world.events_handled() < present.events_handled() && world.handle_next(present.now()) {
            return Led::On;
        }
        world.advance(present.now());
        Led::There
    }
}
