//! The proof of a lesson: its start doesn't meet the goal and shows its symptom, its prediction comes to its moment, every
//! solution is accepted, every wrong answer is refused for its own reason and gets its own feedback. `cargo xtask lessons`
//! runs it. Ours.

use std::rc::Rc;
use std::time::Duration;

use super::check::{Answers, Look, Memory, told};
use super::slices::{self, at_once};
use super::steps::{Name, STEP, Step};
use super::{Attempt, Lesson, Mistake, Referee, line_of};
use crate::cluster::{SimTime, Simulation};
use crate::lesson::goal::Goals;
use crate::lesson::test::Test;

/// Whoever does nothing is watched for so long.
const UNTOUCHED: Duration = Duration::from_secs(120);
/// An accepted way leads to the goal within so long after its last step.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);
/// A refused one is watched for so long after its last step.
const REFUSED: Duration = Duration::from_secs(45);
/// So long a piece of a world's time is: whoever waits has a turn then.
const PIECE: Duration = Duration::from_secs(1);
const START: &str = "start.yaml";
const GOAL: &str = "goal.yaml";
/// Text and explanation have so many words at most.
const WORDS: usize = 350;

impl Lesson {
    /// Proves the lesson; `is_lesson` tells whether there is a lesson of this name, for links.
    ///
    /// # Errors
    /// All that an author has to mend.
    pub fn prove(&self, is_lesson: &dyn Fn(&str) -> bool) -> Result<(), Vec<Mistake>> {
        let breathe = async |_: &str| {};
        at_once(async {
            let came = self.came_in_slices(&breathe).await;
            self.prove_from(&came, is_lesson, &breathe).await
        })
    }

    /// The same from the world to which the learner comes. `breathe` is called with the file that is being proved, and
    /// waits as long as it likes.
    ///
    /// # Errors
    /// All that an author has to mend.
    pub(super) async fn prove_from<B: AsyncFn(&str)>(
        &self,
        came: &Simulation,
        is_lesson: &dyn Fn(&str) -> bool,
        breathe: &B,
    ) -> Result<(), Vec<Mistake>> {
        let mut mistakes = self.prove_text(is_lesson);
        mistakes.extend(self.prove_start(came, breathe).await);
        mistakes.extend(self.prove_prediction(came, breathe).await);
        if self.solutions.is_empty() {
            let what = "a lesson needs a way that is accepted: add solution.yaml";
            mistakes.push(Mistake::new("solution.yaml", 0, what));
        }
        if self.wrongs.is_empty() {
            let what = "a lesson needs a way that is refused: add wrong.yaml";
            mistakes.push(Mistake::new("wrong.yaml", 0, what));
        }
        for way in &self.solutions {
            mistakes.extend(self.prove_solution(came, way, breathe).await);
        }
        for way in &self.wrongs {
            mistakes.extend(self.prove_wrong(came, way, breathe).await);
        }
        for again in &self.again {
            breathe(&again.file).await;
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
        at_once(self.came_in_slices(&async |_: &str| {}))
    }

    pub(super) async fn came_in_slices<B: AsyncFn(&str)>(&self, breathe: &B) -> Simulation {
        let mut world = Simulation::new(self.start.setup(), self.start.seed);
        slices::run(&mut world, self.start.ahead(), START, breathe).await;
        world
    }

    pub(super) fn referee(&self, came: &Simulation) -> Referee {
        Referee::new(Rc::new(self.goals.clone()), came.clone())
    }

    /// A mistake on the line of a file on which this stands first.
    fn mistake(&self, file: &str, part: &str, what: impl Into<String>) -> Mistake {
        let text = self.files.iter().find(|(name, _)| name == file);
        let line = text.map_or(0, |(_, text)| line_of(text, part));
        Mistake::new(file, line, what)
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
                mistakes.push(self.mistake("lesson.md", &link, what));
            }
        }
        mistakes
    }

    /// The untouched start never meets the goal, and shows its symptom.
    async fn prove_start<B: AsyncFn(&str)>(&self, came: &Simulation, breathe: &B) -> Vec<Mistake> {
        let mut referee = self.referee(came);
        let mut mistakes = Vec::new();
        if let Some(symptom) = &self.start.symptom {
            let until = came.now() + symptom.within.0;
            if let Err(seen) = comes(&self.goals, came, &symptom.test, until, breathe).await {
                let seconds = symptom.within.0.as_secs();
                let what = format!("the symptom isn't seen within {seconds} s; instead: {seen}");
                mistakes.push(self.mistake("start.yaml", "symptom:", what));
            }
        }
        for key in self.goals.fixed.iter().filter_map(Name::key) {
            if came.snapshot().store.get(&key).is_none() {
                let what = format!(
                    "`fixed` names {key}, and there is none when the learner comes: make it in start.yaml; of one that the \
                     run makes, let a goal ask `never: {{change: {{of: …, verb: deleted}}}}`"
                );
                mistakes.push(self.mistake("goal.yaml", "fixed:", what));
            }
        }
        live(&mut referee, came.now() + UNTOUCHED, START, breathe).await;
        if let Some(at) = referee.solved() {
            let what = format!(
                "the untouched start meets all goals at {at}: ask for something that isn't so"
            );
            mistakes.push(self.mistake("goal.yaml", "goals:", what));
        }
        mistakes
    }

    /// The prediction's run comes to its decisive moment.
    async fn prove_prediction<B: AsyncFn(&str)>(
        &self,
        came: &Simulation,
        breathe: &B,
    ) -> Vec<Mistake> {
        let mut referee = self.referee(came);
        self.run(&mut referee, breathe).await;
        let within = self.goals.predict.within.0;
        live(&mut referee, came.now() + within, GOAL, breathe).await;
        if referee.settled().is_some() {
            return Vec::new();
        }
        let seen = comes(
            &self.goals,
            referee.world(),
            &self.goals.predict.settled,
            referee.world().now(),
            breathe,
        );
        let seen = seen.await.err().unwrap_or_default();
        let what = format!(
            "the run doesn't come to `settled` within {} s; instead: {seen}{}",
            within.as_secs(),
            last_words(&referee)
        );
        vec![self.mistake("goal.yaml", "settled:", what)]
    }

    /// Locks the prediction.
    pub(super) async fn run<B: AsyncFn(&str)>(&self, referee: &mut Referee, breathe: &B) {
        referee.run(referee.world().now());
        walk(referee, &self.goals.predict.run, GOAL, breathe).await;
    }

    /// The run, and then a way.
    async fn attempt<B: AsyncFn(&str)>(
        &self,
        came: &Simulation,
        way: &Attempt,
        breathe: &B,
    ) -> Referee {
        let mut referee = self.referee(came);
        self.run(&mut referee, breathe).await;
        let settles = referee.world().now() + self.goals.predict.within.0;
        while referee.settled().is_none() && referee.world().now() < settles {
            let soon = referee.world().now() + STEP;
            live(&mut referee, soon, &way.file, breathe).await;
        }
        walk(&mut referee, &way.way.steps, &way.file, breathe).await;
        referee
    }

    /// The first goal that refuses a way, by its place; none: it is accepted.
    pub(super) async fn refuser<B: AsyncFn(&str)>(
        &self,
        came: &Simulation,
        way: &Attempt,
        breathe: &B,
    ) -> Option<usize> {
        let mut referee = self.attempt(came, way, breathe).await;
        let until = referee.world().now() + REFUSED;
        live(&mut referee, until, &way.file, breathe).await;
        let is_refused = referee.solved().is_none();
        let unmet = referee.standings().iter().position(|one| !one.met);
        unmet.filter(|_| is_refused)
    }

    async fn prove_solution<B: AsyncFn(&str)>(
        &self,
        came: &Simulation,
        way: &Attempt,
        breathe: &B,
    ) -> Vec<Mistake> {
        let mut referee = self.attempt(came, way, breathe).await;
        let until = referee.world().now() + PATIENCE;
        while referee.solved().is_none() && referee.world().now() < until {
            let soon = referee.world().now() + Duration::from_secs(1);
            live(&mut referee, soon, &way.file, breathe).await;
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
            unmet.push("an object of `fixed` is another one, or gone".into());
        }
        let (unmet, said) = (unmet.join("; "), last_words(&referee));
        let what = format!("isn't accepted; not met: {unmet}{said}");
        vec![self.mistake(&way.file, "steps:", what)]
    }

    async fn prove_wrong<B: AsyncFn(&str)>(
        &self,
        came: &Simulation,
        way: &Attempt,
        breathe: &B,
    ) -> Vec<Mistake> {
        let mut referee = self.attempt(came, way, breathe).await;
        let mut told = Vec::new();
        let until = referee.world().now() + REFUSED;
        while referee.world().now() < until {
            told.extend(referee.feedback_id().map(str::to_string));
            let soon = referee.world().now() + Duration::from_secs(1);
            live(&mut referee, soon, &way.file, breathe).await;
        }
        told.extend(referee.feedback_id().map(str::to_string));
        let file = &*way.file;
        let mut mistakes = Vec::new();
        if let Some(at) = referee.solved() {
            let what = format!("is accepted at {at}: a goal must refuse it");
            return vec![self.mistake(file, "steps:", what)];
        }
        let refuses = way.way.refused_by.as_deref().unwrap_or_default();
        let goals = self.goals.goals.iter().zip(referee.standings());
        match goals.into_iter().find(|(goal, _)| goal.says == refuses) {
            None => {
                let what =
                    format!("there is no goal “{refuses}” in goal.yaml: name one by its words");
                mistakes.push(self.mistake(file, "refused-by:", what));
            }
            Some((_, standing)) if standing.met => {
                let what = format!(
                    "“{refuses}” is met ({}), so it doesn't refuse it: name the goal that does",
                    standing.observed
                );
                mistakes.push(self.mistake(file, "refused-by:", what));
            }
            Some(_) => {}
        }
        let wanted = way.way.feedback.as_deref().unwrap_or_default();
        if self.goals.says(wanted).is_none() {
            let what =
                format!("there is no feedback “{wanted}” in goal.yaml: add it under `feedback`");
            mistakes.push(self.mistake(file, "feedback:", what));
        } else if !told.iter().any(|told| told == wanted) {
            told.dedup();
            let (told, remedy) = if told.is_empty() {
                ("none".into(), "its `when` never holds here")
            } else {
                let first = "the first in goal.yaml whose `when` holds is said: put it before, or narrow the other";
                (told.join(", "), first)
            };
            let what = format!("should get the feedback “{wanted}”, and gets {told}: {remedy}");
            mistakes.push(self.mistake(file, "feedback:", what));
        }
        mistakes
    }
}

/// What was answered last, where anything was: a step may have been refused.
fn last_words(referee: &Referee) -> String {
    let said = told(&referee.world().snapshot());
    let said: Vec<&str> = said.lines().take(2).collect();
    match said.is_empty() {
        true => String::new(),
        false => format!(". The last step was answered: {}", said.join(" ")),
    }
}

/// The referee's world goes on until then, a piece at a time.
async fn live<B: AsyncFn(&str)>(referee: &mut Referee, until: SimTime, what: &str, breathe: &B) {
    loop {
        let soon = until.min(referee.world().now() + PIECE);
        referee.live(soon);
        breathe(what).await;
        if soon >= until {
            return;
        }
    }
}

/// Takes steps, as a person would.
async fn walk<B: AsyncFn(&str)>(referee: &mut Referee, steps: &[Step], what: &str, breathe: &B) {
    for step in steps {
        let until = referee.world().now() + step.wait() + STEP;
        live(referee, until, what, breathe).await;
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

/// Does a test come to hold by then? Else what is seen at the end.
async fn comes<B: AsyncFn(&str)>(
    goals: &Goals,
    came: &Simulation,
    test: &Test,
    until: SimTime,
    breathe: &B,
) -> Result<(), String> {
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
        slices::run(&mut world, soon, START, breathe).await;
    }
}
