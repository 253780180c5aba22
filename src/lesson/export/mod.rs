//! A history as a lesson's folder: what was done before a mark is the start, what was done since is the solution, what has
//! become of it are the goals. It is handed out only once the same proof has accepted it that `cargo xtask lessons` runs.
//! Left out: what only somebody knows who has an idea of a lesson, such as a better question or another wrong answer. It
//! is written into the files afterwards.

use std::time::Duration;

use super::steps::{Step, Way};
use super::world::Past;
use super::{Attempt, Lesson, Mistake, proof};
use crate::cluster::{Input, SimTime};

/// An input as steps.
mod carry;

/// What there is, as goals.
pub mod offers;

/// Files as text.
mod write;

/// A folder as one file.
pub mod zip;

pub use offers::{Offer, offers};

/// The file of the start's world, where steps can't say it.
const WORLD: &str = "world.json";
const SOLUTION: &str = "solution-1.yaml";
/// A solution's last step is followed by so long a wait at most without saying so: the proof is a little more patient.
const PATIENCE: Duration = Duration::from_secs(proof::PATIENCE.as_secs() - 20);
/// Somebody who looks and thinks isn't waiting for anything.
const PAUSE: Duration = Duration::from_secs(1);

/// Files of a folder, each with its name.
pub type Files = Vec<(String, String)>;

/// Where a lesson begins in a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// After so many of the things that were done.
    pub done: usize,
    /// At this moment.
    pub at: SimTime,
}

/// What only the teacher knows. Texts are Markdown, as in lesson.md.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The heading.
    pub title: String,
    /// What is there.
    pub story: String,
    /// What is to be predicted.
    pub question: String,
    /// What may be predicted; empty ones are none.
    pub options: Vec<String>,
    /// Which of them is what the cluster shows.
    pub shown: usize,
    /// Shown after the run.
    pub explanation: String,
    /// What is to be done, a line each.
    pub task: String,
    /// A line each, from a nudge to nearly all of it.
    pub hints: String,
    /// Said while the goals aren't met.
    pub feedback: String,
}

impl Words {
    /// Texts to begin with, for a lesson with these goals.
    pub fn prefilled(goals: &[&Offer]) -> Self {
        let first = goals.first().map_or("The goal is met", |goal| &*goal.says);
        let all = goals.iter().map(|goal| &*goal.says);
        let all: Vec<&str> = all.collect();
        Words {
            title: first.into(),
            story: "This is a cluster in which something is still missing.".into(),
            question: format!(
                "Nobody does anything for ten seconds. Is this so then: {}?",
                all.join("; ")
            ),
            options: vec![
                "Yes: it comes by itself".into(),
                "No: somebody has to do something".into(),
                String::new(),
            ],
            shown: 1,
            explanation: "The cluster only does what follows from what it was told. What is asked for here, it \
                 wasn't told yet."
                .into(),
            task: format!("Bring the cluster to where this is so: {}.", all.join("; ")),
            hints: "Compare with goal: what differs, and which of it comes first?\nSelect what differs on the stage, \
                 and read its Events and Why.\nShow solution, once you have tried: it is one way of several."
                .into(),
            feedback: "Not all goals are met yet. What differs, and what does it wait for?".into(),
        }
    }
}

/// The lesson's folder, proved. `breathe` is called with the file that is being made or proved, and waits as long as it
/// likes.
///
/// # Errors
/// All that the teacher has to mend; nothing is handed out then.
pub async fn lesson<B: AsyncFn(&str)>(
    past: &Past,
    mark: Mark,
    words: &Words,
    goals: &[&Offer],
    is_lesson: &dyn Fn(&str) -> bool,
    breathe: &B,
) -> Result<Files, Vec<Mistake>> {
    if goals.is_empty() {
        let what = "no goal is chosen: choose one at least that isn't met at the start";
        return Err(vec![Mistake::new("goal.yaml", 0, what)]);
    }
    let solution = solution(past, mark)?;
    let mut files = vec![
        ("lesson.md".into(), write::text(words)),
        ("goal.yaml".into(), write::goals(goals, &words.feedback)),
    ];
    files.extend(start(past, mark, breathe).await);
    files.push((SOLUTION.into(), write::way(WHY_SOLVED, &solution, None)));
    let lesson = Lesson::read("", &files)?;
    let came = lesson.came_in_slices(breathe).await;
    let steps = lesson.solutions.first().map(|one| one.way.steps.clone());
    for (number, (why, steps)) in (1..).zip(wrong_ways(&steps.unwrap_or_default())) {
        let way = attempt(format!("wrong-{number}.yaml"), why, &steps);
        match lesson.refuser(&came, &way, breathe).await {
            Some(goal) => {
                let refused = Some((&*goals[goal].says, goal));
                files.push((way.file, write::way(why, &steps, refused)));
            }
            None if number == 1 => {
                let what = "all of these goals come by themselves: choose one for which something has to be done, or begin earlier";
                return Err(vec![Mistake::new("goal.yaml", 0, what)]);
            }
            // Half of it was enough.
            None => {}
        }
    }
    let lesson = Lesson::read("", &files)?;
    lesson.prove_from(&came, is_lesson, breathe).await?;
    files.sort();
    Ok(files)
}

const WHY_SOLVED: &str = "This is what the teacher did.";

/// What was done since the mark, as steps.
fn solution(past: &Past, mark: Mark) -> Result<Vec<Step>, Vec<Mistake>> {
    let since = past.done.get(mark.done..).unwrap_or_default();
    if since.is_empty() {
        let what =
            "nothing was done after the start: begin earlier, or do first what a learner is to do";
        return Err(vec![Mistake::new(SOLUTION, 0, what)]);
    }
    let (mut steps, mut mistakes, mut last) = (Vec::new(), Vec::new(), mark.at);
    for done in since {
        steps.extend(pause(done.at.since(last), PAUSE));
        match carry::steps(&done.input) {
            Ok(some) => steps.extend(some),
            Err(why) => mistakes.push(Mistake::new(SOLUTION, 0, format!("at {}, {why}", done.at))),
        }
        last = done.at;
    }
    steps.extend(pause(past.now.since(last), PATIENCE));
    match mistakes.is_empty() {
        true => Ok(steps),
        false => Err(mistakes),
    }
}

/// A wait that is worth its line, in whole tenths of a second.
fn pause(length: Duration, worth: Duration) -> Option<Step> {
    let tenths = length.as_millis().div_ceil(100);
    let whole = Duration::from_millis(u64::try_from(tenths * 100).unwrap_or(u64::MAX));
    (length >= worth).then_some(Step::Wait(super::steps::Length(whole)))
}

/// Ways that may be refused: nothing, and all but the last thing.
fn wrong_ways(solution: &[Step]) -> Vec<(&'static str, Vec<Step>)> {
    let mut ways = vec![("Nothing is done.", Vec::new())];
    let is_deed = |step: &Step| !matches!(step, Step::Wait(_));
    let deeds = solution.iter().filter(|step| is_deed(step)).count();
    if deeds > 1
        && let Some(last) = solution.iter().rposition(is_deed)
    {
        ways.push(("The last step is left out.", solution[..last].to_vec()));
    }
    ways
}

fn attempt(file: String, why: &str, steps: &[Step]) -> Attempt {
    Attempt {
        file,
        way: Way {
            why: why.into(),
            steps: steps.to_vec(),
            refused_by: None,
            feedback: None,
        },
    }
}

/// `start.yaml`: steps where they say all of it exactly, else a world beside it.
async fn start<B: AsyncFn(&str)>(past: &Past, mark: Mark, breathe: &B) -> Files {
    let world = past.world(mark.done, mark.at, "start.yaml", breathe).await;
    let before = past.done.get(..mark.done).unwrap_or(&past.done);
    let editor = before.iter().rev().find_map(|done| match &done.input {
        Input::Apply { manifest } | Input::Replace { manifest } => Some(&**manifest),
        _ => None,
    });
    let editor = editor.unwrap_or_default();
    let is_usual = past.setup == crate::cluster::Setup::default();
    let mut steps = Vec::new();
    let mut last = SimTime::ZERO;
    for (planned, done) in world.setup.plan.iter().zip(before) {
        let wait = planned.at.since(last);
        if !wait.is_zero() {
            steps.push(Step::Wait(super::steps::Length(wait)));
        }
        last = planned.at;
        match carry::steps(&done.input).as_deref() {
            Ok([one]) if is_usual && one.input().as_ref() == Some(&done.input) => {
                steps.push(one.clone());
            }
            _ => {
                let saved = write::world(&world);
                let start = write::start_in(WORLD, editor);
                return vec![("start.yaml".into(), start), (WORLD.into(), saved)];
            }
        }
    }
    if !is_usual {
        let start = write::start_in(WORLD, editor);
        return vec![
            ("start.yaml".into(), start),
            (WORLD.into(), write::world(&world)),
        ];
    }
    let start = write::start(world.seed, &steps, world.at.since(last), editor);
    vec![("start.yaml".into(), start)]
}
