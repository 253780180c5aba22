//! Follows a world from the moment at which the learner came, looks at it whenever something has changed, and says which
//! goals are met. The same natively, where lessons are proved, and in the page. Ours.
//!
//! It has a world of its own that goes along the learner's line of history, so that nothing is missed however fast the
//! page goes, and Undo takes back what it undoes. What has to be tried is tried in a copy, in slices, once all the rest
//! holds; any input drops it.

use std::rc::Rc;
use std::time::Duration;

use super::check::{Answers, Difference, Look, Memory, Verdict};
use super::goal::{Goal, Goals};
use super::steps::{Answer, Name};
use crate::api::{Object, ObjectKey};
use crate::cluster::{Actor, Budget, Change, Input, Progress, SimTime, Simulation, Snapshot, Verb};
use crate::history::{Follower, History, Led};

/// What is attempted in a copy of the world.
mod trial;

use trial::Trial;

/// It looks at the world at least so often, in virtual time.
const OFTEN: Duration = Duration::from_millis(500);

/// What is said of a goal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Is it met?
    pub met: bool,
    /// Is it being tried in a copy?
    pub checking: bool,
    /// What there is instead.
    pub observed: String,
}

/// What came of a trial.
#[derive(Clone, Debug)]
struct Tried {
    /// Goal by goal.
    found: Vec<Verdict>,
    /// When.
    at: SimTime,
    /// How many changes there were: where it failed, it is tried again once there are more.
    changes: usize,
}

/// After so long a trial that failed is made again, if the world has changed.
const AGAIN: Duration = Duration::from_secs(5);

/// Follows a world and says which goals are met.
#[derive(Clone, Debug)]
pub struct Referee {
    goals: Rc<Goals>,
    start: Snapshot,
    begin: Follower,
    world: Follower,
    answers: Answers,
    problem: String,
    /// One for each goal, then one for each feedback, then the prediction's.
    memories: Vec<Memory>,
    goals_found: Vec<Verdict>,
    feedback: Option<usize>,
    looked_at: SimTime,
    changes: usize,
    /// Since when all that can be seen holds.
    well_since: Option<SimTime>,
    /// Something that no lesson allows.
    escaped: Option<String>,
    trial: Option<Trial>,
    /// What came of trials.
    tried: Option<Tried>,
    /// After which input the prediction's run is looked at.
    run_from: Option<SimTime>,
    settled: Option<SimTime>,
    /// Which goals held then.
    settled_as: Vec<bool>,
    solved: Option<SimTime>,
}

impl Referee {
    /// Begins to follow a world in which the learner has just come.
    pub fn new(goals: Rc<Goals>, world: Simulation) -> Self {
        let begin = Follower::new(world);
        let start = begin.world().snapshot();
        let count = goals.goals.len() + goals.feedback.len() + 1;
        let mut referee = Referee {
            looked_at: start.time,
            changes: start.store.changes().len(),
            world: begin.clone(),
            begin,
            start,
            answers: Answers::new(),
            problem: String::new(),
            memories: vec![Memory::default(); count],
            goals_found: Vec::new(),
            feedback: None,
            well_since: None,
            escaped: None,
            trial: None,
            tried: None,
            run_from: None,
            settled: None,
            settled_as: Vec::new(),
            solved: None,
            goals,
        };
        referee.look();
        referee
    }

    /// The world that it looks at.
    pub fn world(&self) -> &Simulation {
        self.world.world()
    }

    /// When all goals had held long enough.
    pub fn solved(&self) -> Option<SimTime> {
        self.solved
    }

    /// The prediction is locked: from this moment on what it is about may come.
    pub fn run(&mut self, from: SimTime) {
        (self.run_from, self.settled) = (Some(from), None);
        // What is to last for some time lasts from here on.
        self.look();
    }

    /// The decisive moment of the prediction's run.
    pub fn settled(&self) -> Option<SimTime> {
        self.settled
    }

    /// Which goals held at that moment.
    pub fn settled_as(&self) -> &[bool] {
        &self.settled_as
    }

    /// A puzzle is answered.
    pub fn answer(&mut self, puzzle: &str, answer: Answer) {
        self.answers.insert(puzzle.into(), answer);
        self.look();
    }

    /// What the editor finds wrong with its text; empty for nothing.
    pub fn problem(&mut self, problem: &str) {
        if self.problem != problem {
            self.problem = problem.into();
            self.look();
        }
    }

    /// What is said of the state, if it isn't the goal.
    pub fn feedback(&self) -> Option<&str> {
        let found = self.feedback.filter(|_| self.solved.is_none());
        let said = found.map(|place| &*self.goals.feedback[place].says);
        said.or_else(|| {
            let otherwise = self.failed_trial()?.1;
            self.goals.says(otherwise)
        })
    }

    /// The name of what is said.
    pub fn feedback_id(&self) -> Option<&str> {
        let found = self.feedback.map(|place| &*self.goals.feedback[place].id);
        found.or_else(|| self.failed_trial().map(|(_, id)| id))
    }

    /// The goal that a trial refused, and the feedback that it names.
    fn failed_trial(&self) -> Option<(usize, &str)> {
        let found = &self.tried.as_ref()?.found;
        let refused = |(place, verdict): &(usize, &Verdict)| {
            !verdict.holds && self.goals.goals[*place].test.forks()
        };
        let (place, _) = found.iter().enumerate().find(refused)?;
        Some((place, self.goals.goals[place].otherwise.as_deref()?))
    }

    /// How each goal stands.
    pub fn standings(&self) -> Vec<Standing> {
        let goals = self.goals.goals.iter().zip(&self.goals_found);
        let standing = |(place, (goal, found)): (usize, (&Goal, &Verdict))| {
            if !goal.test.forks() {
                return Standing {
                    met: found.holds,
                    checking: false,
                    observed: found.observed.clone(),
                };
            }
            let tried = self.tried.as_ref().map(|tried| &tried.found[place]);
            Standing {
                met: tried.is_some_and(|found| found.holds),
                checking: self.trial.is_some() && tried.is_none(),
                observed: tried.map_or_else(
                    || "tried once the other goals hold".into(),
                    |found| found.observed.clone(),
                ),
            }
        };
        goals.enumerate().map(standing).collect()
    }

    /// What differs between the world and the goals, cause first.
    pub fn differences(&self) -> Vec<Difference> {
        let now = self.world.world().snapshot();
        let look = Look {
            start: &self.start,
            now: &now,
            world: self.world.world(),
            fresh: &[],
            answers: &self.answers,
            puzzles: &self.goals.puzzles,
            problem: &self.problem,
            it: None,
        };
        let mut all: Vec<Difference> = Vec::new();
        let goals = self.goals.goals.iter().zip(self.standings());
        for (goal, standing) in goals.filter(|(_, standing)| !standing.met) {
            for one in goal.test.differences(&goal.says, &standing.observed, &look) {
                let is_told = all
                    .iter()
                    .any(|told| told.what == one.what && told.goal == one.goal);
                all.extend(Some(one).filter(|_| !is_told));
            }
        }
        crate::order::sort_by_key(&mut all, |one| one.rank);
        all
    }

    /// Something that no lesson allows was done: what.
    pub fn escaped(&self) -> Option<&str> {
        self.escaped.as_deref()
    }

    /// Does something to the world that it looks at; for proofs.
    pub fn apply(&mut self, input: Input) {
        self.world.apply(input);
        self.drop_trial();
        self.look();
    }

    /// Lets the world that it looks at go on, and tries what is to be tried; for proofs.
    pub fn live(&mut self, until: SimTime) {
        while self.world.handle_next(until) {
            self.look_if_new();
            self.go_on(Budget::ENDLESS);
        }
        self.look();
        self.go_on(Budget::ENDLESS);
    }

    /// Goes along a history as far as a budget of events allows; `Reached`: it is where the history is, and nothing is
    /// left to be tried.
    pub fn follow(&mut self, history: &History, budget: Budget) -> Progress {
        for _ in 0..budget.0 {
            let inputs = self.world().inputs_taken();
            if history.is_before_input(&self.world) {
                self.look();
            }
            match history.lead(&mut self.world) {
                Led::Astray => self.begin_again(),
                Led::There => {
                    self.look_if_new();
                    return self.go_on(Budget(budget.0.min(400)));
                }
                Led::On => {
                    if self.world().inputs_taken() != inputs {
                        self.drop_trial();
                    }
                    self.look_if_new();
                }
            }
        }
        Progress::OutOfBudget
    }

    /// The learner took something back: all is looked at anew.
    fn begin_again(&mut self) {
        let mut again = Referee::new(self.goals.clone(), self.begin.world().clone());
        again.answers = std::mem::take(&mut self.answers);
        again.problem = std::mem::take(&mut self.problem);
        again.run_from = self.run_from;
        again.solved = self.solved;
        *self = again;
    }

    fn drop_trial(&mut self) {
        (self.trial, self.tried) = (None, None);
    }

    fn look_if_new(&mut self) {
        let world = self.world.world();
        let is_new = world.world().store.changes().len() != self.changes;
        if is_new || world.now().since(self.looked_at) >= OFTEN {
            self.look();
        }
    }

    fn look(&mut self) {
        let now = self.world.world().snapshot();
        let changes = now.store.changes();
        let fresh = (self.changes..changes.len()).filter_map(|number| changes.get(number).cloned());
        let fresh: Vec<Rc<Change>> = fresh.collect();
        (self.changes, self.looked_at) = (changes.len(), now.time);
        let look = Look {
            start: &self.start,
            now: &now,
            world: self.world.world(),
            fresh: &fresh,
            answers: &self.answers,
            puzzles: &self.goals.puzzles,
            problem: &self.problem,
            it: None,
        };
        if self.escaped.is_none() {
            self.escaped = fresh.iter().find_map(|change| escape(change));
        }
        let goals = self.goals.clone();
        let (for_goals, others) = self.memories.split_at_mut(goals.goals.len());
        let found = goals.goals.iter().zip(for_goals);
        let found = found.map(|(goal, memory)| goal.test.look(&look, memory));
        self.goals_found = found.collect();
        let mut feedback = None;
        for (place, (one, memory)) in goals.feedback.iter().zip(&mut *others).enumerate() {
            let holds = one
                .when
                .as_ref()
                .is_some_and(|when| when.look(&look, memory).holds);
            feedback = feedback.or(holds.then_some(place));
        }
        self.feedback = feedback;
        if let (Some(from), Some(memory)) = (self.run_from, others.last_mut())
            && self.settled.is_none()
            && now.time >= from
            && goals.predict.settled.look(&look, memory).holds
        {
            self.settled = Some(now.time);
            self.settled_as = self.goals_found.iter().map(|found| found.holds).collect();
        }
        self.judge(&now);
    }

    /// Do all that can be seen hold, and long enough?
    fn judge(&mut self, now: &Snapshot) {
        let seen = self.goals.goals.iter().zip(&self.goals_found);
        let mut seen = seen.filter(|(goal, _)| !goal.test.forks());
        let fixed = || {
            let mut fixed = self.goals.fixed.iter().flat_map(|name| self.fixed(name));
            fixed.all(|key| {
                let uid = |of: &Snapshot| of.store.get(&key).map(|object| object.meta.uid.clone());
                uid(&self.start) == uid(now)
            })
        };
        let well = self.escaped.is_none() && seen.all(|(_, found)| found.holds) && fixed();
        self.well_since = self.well_since.or(Some(now.time)).filter(|_| well);
        let Some(since) = self.well_since else {
            self.drop_trial();
            return;
        };
        if self.solved.is_some() || now.time.since(since) < self.goals.hold() {
            return;
        }
        match &self.tried {
            _ if !self.goals.goals.iter().any(|goal| goal.test.forks()) => {
                self.solved = Some(now.time);
            }
            Some(tried) if tried.changes == self.changes || now.time.since(tried.at) < AGAIN => {}
            _ if self.trial.is_none() => {
                let world = self.world.world().clone();
                self.trial = Some(Trial::new(self.goals.clone(), world, self.answers.clone()));
            }
            _ => {}
        }
    }

    /// Objects that must stay, of those that were there.
    fn fixed(&self, name: &Name) -> Vec<ObjectKey> {
        match name.key() {
            Some(key) => vec![key],
            None => {
                let all = self.start.store.list(&name.kind);
                let all =
                    all.filter(|(key, object)| super::check::is_named(name, key, Some(object)));
                all.map(|(key, _)| key.clone()).collect()
            }
        }
    }

    /// Tries on; where all of it holds, the lesson is solved.
    fn go_on(&mut self, budget: Budget) -> Progress {
        let Some(trial) = &mut self.trial else {
            return Progress::Reached;
        };
        if trial.go_on(budget) == Progress::OutOfBudget {
            return Progress::OutOfBudget;
        }
        let found = trial.found();
        self.trial = None;
        let well = found.iter().all(|found| found.holds);
        self.tried = Some(Tried {
            found,
            at: self.looked_at,
            changes: self.changes,
        });
        if well {
            self.solved = self.solved.or(Some(self.world().now()));
        }
        Progress::Reached
    }
}

/// What no goal may be met by: another's status written by hand, a Node deleted, recorded Events changed.
fn escape(change: &Change) -> Option<String> {
    let by_hand = change.actor == Actor::You && change.verb != Verb::Refused;
    if !by_hand {
        return None;
    }
    let object = &change.object;
    match (&*object.kind, change.verb) {
        ("Node", Verb::Deleted) => Some(format!("{object} was deleted")),
        ("Event", _) => Some(format!("{object} was changed by hand")),
        (_, Verb::Updated) => {
            let part = |object: &Option<Rc<Object>>, name: &str| {
                object
                    .as_ref()
                    .and_then(|object| object.value.get(name).cloned())
            };
            let differs = |name| part(&change.before, name) != part(&change.after, name);
            // A version's own number differs each time.
            let is_status = differs("status") && !differs("spec");
            is_status.then(|| format!("the status of {object} was written by hand"))
        }
        _ => None,
    }
}
