//! A cluster that was lived in as a lesson's start: a saved world, or a history in the page. What was done to it becomes
//! the plan of a [`Setup`], so that a lesson begins with it as with any other.
//! Left out: speeds, and what was taken back.

use super::slices::{self, at_once};
use crate::cluster::{Input, InputId, Planned, Setup, SimTime, Simulation};
use crate::history::link::Moment;
use crate::history::{History, Journal};

/// Something that was done, as a journal has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// When.
    pub at: SimTime,
    /// After how many events.
    pub after_events: u64,
    /// What.
    pub input: Input,
}

/// All that was done to a cluster, and until when it lived.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// What it began from.
    pub setup: Setup,
    /// What chance follows from.
    pub seed: u64,
    /// In order.
    pub done: Vec<Done>,
    /// Until when it lived.
    pub now: SimTime,
}

/// A cluster that a lesson begins with.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    /// What it begins from; what is done to it is planned.
    pub setup: Setup,
    /// What chance follows from.
    pub seed: u64,
    /// The moment at which the learner comes.
    pub at: SimTime,
}

impl Past {
    /// Of a history, up to the present; what was undone is not in it.
    pub fn of(history: &History) -> Self {
        let Journal { setup, seed, .. } = history.journal();
        let done = history.done().map(|(at, after_events, input)| Done {
            at,
            after_events,
            input: input.clone(),
        });
        Past {
            setup,
            seed,
            done: done.collect(),
            now: history.now(),
        }
    }

    /// The cluster as it was at a moment, after so many deeds.
    pub(super) async fn world<B: AsyncFn(&str)>(
        &self,
        count: usize,
        at: SimTime,
        what: &str,
        breathe: &B,
    ) -> World {
        let mut world = Simulation::new(self.setup.clone(), self.seed);
        let mut setup = self.setup.clone();
        let before = u32::try_from(setup.plan.len()).unwrap_or(u32::MAX);
        // In a plan an input comes first at its moment. What came after an event of the same moment is a microsecond later.
        let (mut last, mut begins) = (None, at);
        for done in self.done.iter().take(count) {
            slices::run(&mut world, SimTime(done.at.0 - 1), what, breathe).await;
            while world.events_handled() < done.after_events && world.handle_next(done.at) {
                last = Some(world.now());
            }
            world.advance(done.at);
            world.apply(done.input.clone());
            let at = SimTime(done.at.0 + i64::from(last == Some(done.at)));
            let input = planned(&done.input, before);
            setup.plan.push(Planned { at, input });
            begins = begins.max(at);
        }
        World {
            setup,
            seed: self.seed,
            at: begins,
        }
    }
}

/// An input that names another one names it by its place in the plan.
fn planned(input: &Input, before: u32) -> Input {
    let place = |id: InputId| match u32::try_from(id.0) {
        Ok(number) if id < InputId::planned(0) => InputId::planned(before + number),
        _ => id,
    };
    match input {
        Input::StopSending { input } => Input::StopSending {
            input: place(*input),
        },
        Input::Interrupt { input } => Input::Interrupt {
            input: place(*input),
        },
        other => other.clone(),
    }
}

impl World {
    /// From a file that Save has written: the moment that it shows.
    ///
    /// # Errors
    /// Why it can't be read, and what helps.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let journal = Moment::read(text).map_err(|why| why.to_string())?.journal;
        let shown = journal.shown;
        let history = History::restore(journal).map_err(|why| why.to_string())?;
        let past = Past::of(&history);
        let count = past.done.iter().filter(|done| done.at <= shown).count();
        Ok(at_once(past.world(count, shown, "", &async |_: &str| {})))
    }
}
