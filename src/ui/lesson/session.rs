//! Where a learner is in a lesson: what is predicted, what was shown, which words stand in a puzzle. Kept over a reload;
//! the cluster itself is the journal's.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use podarium::cluster::{Budget, Input, Progress, SimTime, Simulation};
use podarium::history::{History, from_json};
use podarium::lesson::check::Difference;
use podarium::lesson::goal::Puzzle;
use podarium::lesson::referee::Standing;
use podarium::lesson::steps::{Answer, STEP};
use podarium::lesson::{Lesson, Referee};
use serde::{Deserialize, Serialize};

use super::progress::Done;
use crate::ui::dom;
use crate::ui::wall::Slice;

/// Under which it is kept.
const NAME: &str = "podarium.session";
/// The referee works so long in a turn, in milliseconds.
const SLICE_MS: f64 = 4.0;
/// Events between two looks at the clock.
const EVENTS: u32 = 10;

/// Where a learner is in a lesson.
pub struct Session {
    /// The lesson.
    pub lesson: Rc<Lesson>,
    referee: Referee,
    /// The option that is meant.
    pub chosen: Option<usize>,
    locked: Option<SimTime>,
    /// How many hints are shown.
    pub hints: usize,
    /// Is the solution shown?
    pub solution: bool,
    /// Is it shown what differs from the goals?
    pub compares: bool,
    words: BTreeMap<String, BTreeMap<String, String>>,
    answered: BTreeMap<String, usize>,
    /// What the run still does, and when.
    queue: VecDeque<(SimTime, Input)>,
    /// Was the decisive moment shown?
    was_settled: bool,
    was_solved: bool,
    /// Is the referee where the world is?
    is_behind: bool,
}

/// What is kept over a reload.
#[derive(Default, Serialize, Deserialize)]
struct Kept {
    id: String,
    chosen: Option<usize>,
    locked: Option<SimTime>,
    hints: usize,
    solution: bool,
    words: BTreeMap<String, BTreeMap<String, String>>,
    answered: Vec<String>,
    solved: bool,
    /// Was the decisive moment seen? What was kept before this was asked doesn't say.
    #[serde(default)]
    settled: bool,
}

/// What has just come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// The decisive moment of the prediction.
    Settled(SimTime),
    /// All goals are met.
    Solved,
}

impl Session {
    /// A lesson as it begins, with the world to which the learner comes.
    pub fn new(lesson: Rc<Lesson>, came: Simulation) -> Self {
        let referee = Referee::new(Rc::new(lesson.goals.clone()), came);
        Session {
            lesson,
            referee,
            chosen: None,
            locked: None,
            hints: 0,
            solution: false,
            compares: false,
            words: BTreeMap::new(),
            answered: BTreeMap::new(),
            queue: VecDeque::new(),
            was_settled: false,
            was_solved: false,
            is_behind: false,
        }
    }

    /// The same lesson as it was before a reload.
    pub fn restored(lesson: Rc<Lesson>) -> Self {
        let came = lesson.came();
        let mut session = Session::new(lesson, came);
        let kept: Kept = from_json(&dom::remembered(NAME).unwrap_or_default()).unwrap_or_default();
        if kept.id != session.lesson.id {
            return session;
        }
        (session.chosen, session.hints, session.solution) =
            (kept.chosen, kept.hints, kept.solution);
        session.words = kept.words;
        for puzzle in kept.answered {
            session.answer(&puzzle);
        }
        if let Some(at) = kept.locked {
            session.locked = Some(at);
            session.referee.run(at);
            session.is_behind = true;
        }
        session.was_solved = kept.solved;
        // It is known what it showed.
        session.was_settled = kept.settled;
        session
    }

    /// Is what is kept of this lesson? A question that is asked again, or whose run was broken off, begins anew; a lesson
    /// goes on where it was.
    pub fn is_kept(lesson: &Lesson) -> bool {
        let kept: Kept = from_json(&dom::remembered(NAME).unwrap_or_default()).unwrap_or_default();
        let is_whole = kept.locked.is_none() || kept.settled;
        lesson.asked.is_none() || kept.id == lesson.id && is_whole
    }

    /// Keeps it for a reload.
    pub fn keep(&self) {
        let kept = Kept {
            id: self.lesson.id.clone(),
            chosen: self.chosen,
            locked: self.locked,
            hints: self.hints,
            solution: self.solution,
            words: self.words.clone(),
            answered: self.answered.keys().cloned().collect(),
            solved: self.was_solved,
            settled: self.was_settled,
        };
        if let Ok(text) = serde_json::to_string(&kept) {
            dom::remember(NAME, &text);
        }
    }

    /// May time go on?
    pub fn is_locked(&self) -> bool {
        self.locked.is_some()
    }

    /// Has it been seen what the cluster shows?
    pub fn is_settled(&self) -> bool {
        self.is_locked() && self.referee.settled().is_some()
    }

    /// The option that the cluster shows, once it does. Of a question it is the one whose test held at the decisive moment;
    /// a lesson's proof has seen to it that it is the one with the cross.
    pub fn shown(&self) -> Option<usize> {
        if !self.is_settled() {
            return None;
        }
        match self.lesson.asked {
            Some(_) => self.referee.settled_as().iter().position(|holds| *holds),
            None => self.lesson.text.options.iter().position(|one| one.shows),
        }
    }

    /// Were all goals met?
    pub fn is_solved(&self) -> bool {
        self.was_solved
    }

    /// How each goal stands.
    pub fn standings(&self) -> Vec<Standing> {
        self.referee.standings()
    }

    /// What differs from the goals, cause first.
    pub fn differences(&self) -> Vec<Difference> {
        self.referee.differences()
    }

    /// What is said of a state that isn't the goal.
    pub fn feedback(&self) -> Option<String> {
        match self.was_solved {
            true => Some(self.told_solved()),
            false => self
                .referee
                .feedback()
                .filter(|_| self.is_locked())
                .map(Into::into),
        }
    }

    fn told_solved(&self) -> String {
        let done = self.done();
        let hints = if done.without_hints {
            ", without hints"
        } else {
            ""
        };
        let held = if done.held {
            ", and your prediction held"
        } else {
            ""
        };
        format!("All goals are met{hints}{held}. Next goes on.")
    }

    /// What no lesson allows, if it was done.
    pub fn escaped(&self) -> Option<&str> {
        self.referee.escaped()
    }

    /// The prediction is locked: what it sets going at once. The rest comes when its time has come.
    pub fn lock(&mut self, now: SimTime) {
        self.locked = Some(now);
        self.referee.run(now);
        let mut at = now;
        for step in &self.lesson.goals.predict.run {
            at = at + step.wait() + STEP;
            self.queue.extend(step.input().map(|input| (at, input)));
        }
        self.is_behind = true;
    }

    /// What the run does by now.
    pub fn due(&mut self, now: SimTime) -> Option<Input> {
        let is_due = self.queue.front().is_some_and(|(at, _)| *at <= now);
        if is_due {
            self.queue.pop_front().map(|(_, input)| input)
        } else {
            None
        }
    }

    /// Words that stand in a puzzle.
    pub fn words(&self, puzzle: &str) -> Option<&BTreeMap<String, String>> {
        self.words.get(puzzle)
    }

    /// Puts a word into a puzzle.
    pub fn put(&mut self, puzzle: String, item: String, word: String) {
        self.words.entry(puzzle).or_default().insert(item, word);
    }

    /// The words of a puzzle are meant.
    pub fn answer(&mut self, id: &str) {
        let Some(words) = self.words.get(id) else {
            return;
        };
        let puzzles = &self.lesson.goals.puzzles;
        let Some(puzzle) = puzzles.iter().find(|puzzle| puzzle.id == id) else {
            return;
        };
        let right = puzzle
            .items
            .iter()
            .filter(|item| words.get(&item.item) == Some(&item.is));
        self.answered.insert(id.into(), right.count());
        self.referee.answer(id, Answer::Each(words.clone()));
    }

    /// `6 of 8 as the cluster has it`
    pub fn answered(&self, puzzle: &Puzzle) -> String {
        let count = puzzle.items.len();
        let right = self.answered.get(&puzzle.id);
        right.map_or_else(String::new, |right| format!("{right} of {count} as it is"))
    }

    /// What the editor finds wrong with its text.
    pub fn problem(&mut self, problem: &str) {
        self.referee.problem(problem);
    }

    /// Goes along with the history for a slice of time; tells what has come about.
    pub fn follow(&mut self, history: &History) -> Option<News> {
        if !self.is_locked() {
            return None;
        }
        let slice = Slice::of(SLICE_MS);
        self.is_behind = loop {
            if self.referee.follow(history, Budget(EVENTS)) == Progress::Reached {
                break false;
            }
            if slice.is_over() {
                break true;
            }
        };
        if !self.was_settled
            && let Some(at) = self.referee.settled()
        {
            self.was_settled = true;
            return Some(News::Settled(at));
        }
        if !self.was_solved && self.referee.solved().is_some() {
            self.was_solved = true;
            self.keep();
            return Some(News::Solved);
        }
        None
    }

    /// What came of it, once all goals are met.
    pub fn done(&self) -> Done {
        let shown = self.shown();
        Done {
            solved: true,
            without_hints: self.hints == 0 && !self.solution,
            held: shown.is_some() && shown == self.chosen,
        }
    }

    /// Is there something left to be looked at, though nothing happens?
    pub fn is_behind(&self) -> bool {
        self.is_behind
    }
}
