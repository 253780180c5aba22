//! What a predicate finds in a world: does it hold, and what was observed instead.

use std::rc::Rc;
use std::time::Duration;

use super::goal::{Item, Puzzle};
use super::steps::{Answer, Name};
use super::test::{AnsweredTest, ChangeTest, NumberTest, Test};
use crate::api::Object;
use crate::cluster::{Actor, Change, SimTime, Simulation, Snapshot};
use crate::collections::Map;

/// Objects: one, and how many.
mod objects;

/// Requests, ports, logs, files.
mod inside;

/// What differs from what is wanted.
mod compare;

/// Values held against what is wanted.
mod values;

pub use compare::Difference;
pub use inside::{end, told};
pub use objects::is_named;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Does it hold?
    pub holds: bool,
    /// What there is instead, in a line; of what holds, what there is.
    pub observed: String,
}

impl Verdict {
    fn new(holds: bool, observed: impl Into<String>) -> Self {
        Verdict {
            holds,
            observed: observed.into(),
        }
    }
}

/// What puzzles were answered, by puzzle and item.
pub type Answers = Map<Rc<str>, Answer>;

/// A world at a moment, and all that a test may ask of it.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// As it was when the learner came.
    pub start: &'a Snapshot,
    /// As it is.
    pub now: &'a Snapshot,
    /// The same, alive.
    pub world: &'a Simulation,
    /// What has happened since the look before.
    pub fresh: &'a [Rc<Change>],
    /// What was answered.
    pub answers: &'a Answers,
    /// All puzzles.
    pub puzzles: &'a [Puzzle],
    /// What the editor finds wrong with its text.
    pub problem: &'a str,
    /// Inside `where`, the object that is looked at.
    pub it: Option<&'a Object>,
}

/// What is remembered of a test that is about time; one for each such test, in the order in which they are looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    at: usize,
    held: Vec<Held>,
}

/// Of one test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Held {
    /// Since when it holds; of `once` and `never`, when it held first.
    since: Option<SimTime>,
    /// Of `in-order`, how many came.
    came: usize,
    /// Of `steady`, what was there.
    values: String,
}

impl Memory {
    fn next(&mut self) -> usize {
        if self.at == self.held.len() {
            self.held.push(Held::default());
        }
        self.at += 1;
        self.at - 1
    }
}

impl Test {
    /// Looks at a world. To be called at each moment at which something changed, with the same memory; what needs a copy
    /// doesn't hold yet.
    pub fn look(&self, look: &Look<'_>, memory: &mut Memory) -> Verdict {
        memory.at = 0;
        self.see(look, memory)
    }

    /// Every part that remembers something is looked at each time, so that memories keep their places.
    fn see(&self, look: &Look<'_>, memory: &mut Memory) -> Verdict {
        match self {
            Test::Object(test) => objects::object(test, look),
            Test::Number(test) => number(test, look),
            Test::Endpoints(test) => objects::endpoints(test, look),
            Test::Event(test) => objects::event(test, look),
            Test::Change(test) => changed(test, look),
            Test::Requests(test) => inside::requests(test, look),
            Test::Exchanges(test) => inside::exchanges(test, look),
            Test::Ports(test) => inside::ports(test, look),
            Test::Log(test) => inside::log(test, look),
            Test::File(test) => inside::file(test, look),
            Test::Answered(test) => answered(test, look),
            Test::Said(words) => {
                let said = inside::said(look);
                Verdict::new(said.contains(&**words), said)
            }
            Test::All(tests) => all(tests, look, memory),
            Test::Any(tests) => any(tests, look, memory),
            Test::Not(test) => {
                let Verdict { holds, observed } = test.see(look, memory);
                Verdict::new(!holds, observed)
            }
            Test::Once(test) => match first(test, look, memory) {
                Some(at) => Verdict::new(true, format!("at {at}")),
                None => Verdict::new(false, "not so far"),
            },
            Test::Never(test) => match first(test, look, memory) {
                Some(at) => Verdict::new(false, format!("it was so at {at}: Reset")),
                None => Verdict::new(true, "so far"),
            },
            Test::InOrder(tests) => in_order(tests, look, memory),
            Test::Hold(hold) => {
                let place = memory.next();
                let found = hold.test.see(look, memory);
                let held = &mut memory.held[place];
                held.since = held.since.or(Some(look.now.time)).filter(|_| found.holds);
                match held.since {
                    Some(since) => lasts(look.now.time.since(since), hold.r#for.0, found.observed),
                    None => found,
                }
            }
            Test::Steady(steady) => {
                let place = memory.next();
                let held = &mut memory.held[place];
                let Some(values) = objects::values(&steady.of, &steady.path, look) else {
                    *held = Held::default();
                    return Verdict::new(false, format!("there is no {}", words(&steady.of)));
                };
                if held.since.is_none() || held.values != values {
                    (held.since, held.values) = (Some(look.now.time), values);
                }
                let since = held.since.unwrap_or(look.now.time);
                let values = held.values.clone();
                lasts(look.now.time.since(since), steady.r#for.0, values)
            }
            Test::Reach(_) | Test::Fork(_) => Verdict::new(false, "to be tried"),
        }
    }
}

/// When it held first.
fn first(test: &Test, look: &Look<'_>, memory: &mut Memory) -> Option<SimTime> {
    let place = memory.next();
    let found = test.see(look, memory);
    let held = &mut memory.held[place];
    held.since = held.since.or(found.holds.then_some(look.now.time));
    held.since
}

/// How many objects it holds of.
fn number(test: &NumberTest, look: &Look<'_>) -> Verdict {
    let named = objects::named(&test.of, look);
    let count = named.filter(|object| fits(test.r#where.as_deref(), object, look));
    let count = count.count().to_string();
    Verdict::new(values::is(&test.is.0, &count), count)
}

/// Does a test hold of one object? It would remember something of another one each time: nothing is kept.
fn fits(test: Option<&Test>, object: &Object, look: &Look<'_>) -> bool {
    let look = Look {
        it: Some(object),
        ..*look
    };
    test.is_none_or(|test| test.see(&look, &mut Memory::default()).holds)
}

/// Has it lasted long enough?
fn lasts(lasted: Duration, whole: Duration, observed: String) -> Verdict {
    match lasted >= whole {
        true => Verdict::new(true, observed),
        false => {
            let (lasted, whole) = (lasted.as_secs(), whole.as_secs());
            Verdict::new(false, format!("so for {lasted} of {whole} s"))
        }
    }
}

/// Once one doesn't hold, those behind it are looked at only for what they remember.
fn all(tests: &[Test], look: &Look<'_>, memory: &mut Memory) -> Verdict {
    let mut told = Verdict::new(true, "");
    for test in tests {
        if told.holds {
            told = test.see(look, memory);
        } else if test.remembers() {
            test.see(look, memory);
        }
    }
    told
}

/// Once one holds, those behind it are looked at only for what they remember.
fn any(tests: &[Test], look: &Look<'_>, memory: &mut Memory) -> Verdict {
    let mut told: Option<Verdict> = None;
    for test in tests {
        let is_told = told.as_ref().is_some_and(|told| told.holds);
        if is_told && !test.remembers() {
            continue;
        }
        let found = test.see(look, memory);
        if told.is_none() || found.holds && !is_told {
            told = Some(found);
        }
    }
    told.unwrap_or_default()
}

fn in_order(tests: &[Test], look: &Look<'_>, memory: &mut Memory) -> Verdict {
    let place = memory.next();
    let found: Vec<bool> = tests
        .iter()
        .map(|test| test.see(look, memory).holds)
        .collect();
    let held = &mut memory.held[place];
    // One moment can't be two of them: each comes after the one before.
    if found.get(held.came).copied().unwrap_or(false) {
        held.came += 1;
    }
    let (came, count) = (held.came, tests.len());
    Verdict::new(came == count, format!("{came} of {count} came so far"))
}

/// Did it happen since the look before?
fn changed(test: &ChangeTest, look: &Look<'_>) -> Verdict {
    let is_it = |change: &Rc<Change>| {
        let object = change.after.as_deref().or(change.before.as_deref());
        change.verb == test.verb.verb()
            && (!test.by_learner || change.actor == Actor::You)
            && objects::is_named(&test.of, &change.object, object)
            && object.is_none_or(|object| fits(test.r#where.as_deref(), object, look))
    };
    let found = look.fresh.iter().any(is_it);
    Verdict::new(found, if found { "it happened" } else { "not so far" })
}

fn answered(test: &AnsweredTest, look: &Look<'_>) -> Verdict {
    let Some(puzzle) = look.puzzles.iter().find(|puzzle| puzzle.id == test.puzzle) else {
        return Verdict::default();
    };
    let answer = look.answers.get(&*test.puzzle);
    let chosen = |item: &Item| match answer {
        Some(Answer::All(word)) if word == "right" => Some(item.is.clone()),
        Some(Answer::All(word)) => Some(word.clone()),
        Some(Answer::Each(each)) => each.get(&item.item).cloned(),
        None => None,
    };
    if let Some(word) = &test.with {
        let of = puzzle
            .items
            .iter()
            .filter(|item| test.item.as_ref().is_none_or(|only| *only == item.item));
        let is_so = of
            .into_iter()
            .any(|item| chosen(item).as_ref() == Some(word));
        return Verdict::new(is_so, "");
    }
    let right = puzzle
        .items
        .iter()
        .filter(|item| chosen(item).as_ref() == Some(&item.is));
    let (right, count) = (right.count(), puzzle.items.len());
    Verdict::new(right == count, format!("{right} of {count}"))
}

/// A name as people read it: `Pod web`.
fn words(name: &Name) -> String {
    let kind = name.kind.split('.').next().unwrap_or_default();
    match &name.name {
        Some(one) => format!("{kind} {one}"),
        None => format!("{kind}s"),
    }
}
