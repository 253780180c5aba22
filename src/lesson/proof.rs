//! The proof of a lesson: its start doesn't meet the goal and shows its symptom, its prediction comes to its moment, every
//! solution is accepted, every wrong answer is refused for its own reason and gets its own feedback. `cargo xtask lessons`
//! runs it. Ours.

use std::rc::Rc;
use std::time::Duration;

use super::check::{Answers, Look, Memory};
use super::steps::{STEP, Step};
use super::{Attempt, Lesson, Mistake, Referee};
use crate::cluster::{Budget, SimTime, Simulation};
use crate::lesson::goal::Goals;
use crate::lesson::test::Test;

/// Whoever does nothing is watched for so long.
const UNTOUCHED: Duration = Duration::from_secs(120);
/// An accepted way leads to the goal within so long after its last step.
const PATIENCE: Duration = Duration::from_secs(120);
/// A refused one is watched for so long after its last step.
const REFUSED: Duration = Duration::from_secs(45);
/// Text and explanation have so many words at most.
const WORDS: usize = 350;

impl Lesson {
    /// Proves the lesson; `is_lesson` tells whether there is a lesson of this name, for links.
    ///
    /// # Errors
    /// All that an author has to mend.
    pub fn prove(&self, is_lesson: &dyn Fn(&str) -> bool) -> Result<(), Vec<Mistake>> {
        let mut mistakes = self.prove_text(is_lesson);
        let came = self.came();
        mistakes.extend(self.prove_start(&came));
        mistakes.extend(self.prove_prediction(&came));
        if self.solutions.is_empty() {
            let what = "a lesson needs a way that is accepted: add solution.yaml";
            mistakes.push(Mistake::new("solution.yaml", 0, what));
        }
        if self.wrongs.is_empty() {
            let what = "a lesson needs a way that is refused: add wrong.yaml";
            mistakes.push(Mistake::new("wrong.yaml", 0, what));
        }
        for way in &self.solutions {
            mistakes.extend(self.prove_solution(&came, way));
        }
        for way in &self.wrongs {
            mistakes.extend(self.prove_wrong(&came, way));
        }
        for again in &self.again {
            mistakes.extend(again.prove(&self.id));
        }
        if mistakes.is_empty() {
            Ok(())
        } else {
            Err(mistakes)
        }
    }

    /// The world to which the learner comes.
    pub fn came(&self) -> Simulation {
        let mut world = Simulation::new(self.start.setup(), self.start.seed);
        world.run_until(self.start.ahead(), Budget::ENDLESS);
        world
    }

    pub(super) fn referee(&self, came: &Simulation) -> Referee {
        Referee::new(Rc::new(self.goals.clone()), came.clone())
    }

    fn prove_text(&self, is_lesson: &dyn Fn(&str) -> bool) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        let words = self.text.words();
        if words > WORDS {
            let what = format!("{words} words, and {WORDS} at most: say less");
            mistakes.push(Mistake::new("lesson.md", 0, what));
        }
        for link in self.text.links() {
            let lesson = link.strip_prefix("?lesson=").unwrap_or(&link);
            if !is_lesson(lesson) {
                let what = format!(
                    "there is no lesson {lesson}: link to one as [words](?lesson=CHAPTER/LESSON)"
                );
                mistakes.push(Mistake::new("lesson.md", 0, what));
            }
        }
        mistakes
    }

    /// The untouched start never meets the goal, and shows its symptom.
    fn prove_start(&self, came: &Simulation) -> Vec<Mistake> {
        let mut referee = self.referee(came);
        let mut mistakes = Vec::new();
        if let Some(symptom) = &self.start.symptom {
            let until = came.now() + symptom.within.0;
            if let Err(seen) = comes(&self.goals, came, &symptom.test, until) {
                let seconds = symptom.within.0.as_secs();
                let what = format!("the symptom isn't seen within {seconds} s; instead: {seen}");
                mistakes.push(Mistake::new("start.yaml", 0, what));
            }
        }
        referee.live(came.now() + UNTOUCHED);
        if let Some(at) = referee.solved() {
            let what = format!(
                "the untouched start meets all goals at {at}: ask for something that isn't so"
            );
            mistakes.push(Mistake::new("goal.yaml", 0, what));
        }
        mistakes
    }

    /// The prediction's run comes to its decisive moment.
    fn prove_prediction(&self, came: &Simulation) -> Vec<Mistake> {
        let mut referee = self.referee(came);
        self.run(&mut referee);
        let within = self.goals.predict.within.0;
        referee.live(came.now() + within);
        if referee.settled().is_some() {
            return Vec::new();
        }
        let seen = comes(
            &self.goals,
            referee.world(),
            &self.goals.predict.settled,
            referee.world().now(),
        );
        let seen = seen.err().unwrap_or_default();
        let what = format!(
            "the run doesn't come to `settled` within {} s; instead: {seen}",
            within.as_secs()
        );
        vec![Mistake::new("goal.yaml", 0, what)]
    }

    /// Locks the prediction.
    pub(super) fn run(&self, referee: &mut Referee) {
        referee.run(referee.world().now());
        self.walk(referee, &self.goals.predict.run);
    }

    /// Takes steps, as a person would.
    fn walk(&self, referee: &mut Referee, steps: &[Step]) {
        for step in steps {
            let until = referee.world().now() + step.wait() + STEP;
            referee.live(until);
            if let Some(input) = step.input() {
                referee.apply(input);
            }
            if let Step::Answer(answers) = step {
                for (puzzle, answer) in answers {
                    referee.answer(puzzle, answer.clone());
                }
            }
        }
    }

    /// The run, and then a way.
    fn attempt(&self, came: &Simulation, way: &Attempt) -> Referee {
        let mut referee = self.referee(came);
        self.run(&mut referee);
        let settles = referee.world().now() + self.goals.predict.within.0;
        while referee.settled().is_none() && referee.world().now() < settles {
            let soon = referee.world().now() + STEP;
            referee.live(soon);
        }
        self.walk(&mut referee, &way.way.steps);
        referee
    }

    fn prove_solution(&self, came: &Simulation, way: &Attempt) -> Vec<Mistake> {
        let mut referee = self.attempt(came, way);
        let until = referee.world().now() + PATIENCE;
        while referee.solved().is_none() && referee.world().now() < until {
            let soon = referee.world().now() + Duration::from_secs(1);
            referee.live(soon);
        }
        if referee.solved().is_some() {
            return Vec::new();
        }
        let goals = self.goals.goals.iter().zip(referee.standings());
        let unmet = goals.filter(|(_, standing)| !standing.met);
        let unmet = unmet.map(|(goal, standing)| format!("“{}”: {}", goal.says, standing.observed));
        let mut unmet: Vec<String> = unmet.collect();
        unmet.extend(referee.escaped().map(Into::into));
        if unmet.is_empty() {
            unmet.push("a fixed object is another one".into());
        }
        let what = format!("isn't accepted; not met: {}", unmet.join("; "));
        vec![Mistake::new(&way.file, 0, what)]
    }

    fn prove_wrong(&self, came: &Simulation, way: &Attempt) -> Vec<Mistake> {
        let mut referee = self.attempt(came, way);
        let mut told = Vec::new();
        let until = referee.world().now() + REFUSED;
        while referee.world().now() < until {
            told.extend(referee.feedback_id().map(str::to_string));
            let soon = referee.world().now() + Duration::from_secs(1);
            referee.live(soon);
        }
        told.extend(referee.feedback_id().map(str::to_string));
        let file = &*way.file;
        let mut mistakes = Vec::new();
        if let Some(at) = referee.solved() {
            let what = format!("is accepted at {at}: a goal must refuse it");
            return vec![Mistake::new(file, 0, what)];
        }
        let refuses = way.way.refused_by.as_deref().unwrap_or_default();
        let goals = self.goals.goals.iter().zip(referee.standings());
        match goals.into_iter().find(|(goal, _)| goal.says == refuses) {
            None => {
                let what =
                    format!("there is no goal “{refuses}” in goal.yaml: name one by its words");
                mistakes.push(Mistake::new(file, 0, what));
            }
            Some((_, standing)) if standing.met => {
                let what = format!(
                    "“{refuses}” is met ({}), so it doesn't refuse it",
                    standing.observed
                );
                mistakes.push(Mistake::new(file, 0, what));
            }
            Some(_) => {}
        }
        let wanted = way.way.feedback.as_deref().unwrap_or_default();
        if self.goals.says(wanted).is_none() {
            let what =
                format!("there is no feedback “{wanted}” in goal.yaml: add it under `feedback`");
            mistakes.push(Mistake::new(file, 0, what));
        } else if !told.iter().any(|told| told == wanted) {
            told.dedup();
            let told = if told.is_empty() {
                "none".into()
            } else {
                told.join(", ")
            };
            let what = format!("should get the feedback “{wanted}”, and gets {told}");
            mistakes.push(Mistake::new(file, 0, what));
        }
        mistakes
    }
}

/// Does a test come to hold by then? Else what is seen at the end.
fn comes(goals: &Goals, came: &Simulation, test: &Test, until: SimTime) -> Result<(), String> {
    let mut world = came.clone();
    let start = came.snapshot();
    let mut memory = Memory::default();
    let answers = Answers::new();
    loop {
        let now = world.snapshot();
        let look = Look {
            start: &start,
            now: &now,
            world: &world,
            fresh: &[],
            answers: &answers,
            puzzles: &goals.puzzles,
            problem: "",
            it: None,
        };
        let found = test.look(&look, &mut memory);
        if found.holds {
            return Ok(());
        }
        if world.now() >= until {
            return Err(found.observed);
        }
        let soon = until.min(world.now() + STEP);
        world.run_until(soon, Budget::ENDLESS);
    }
}
