//! Guided lessons as data: text, a start state, goals as predicates, and the proof that all of it holds. Ours.
//!
//! A lesson is a folder of files, so that a teacher writes one without any code: `lesson.md` (text), `start.yaml` (the
//! world that it begins with), `goal.yaml` (prediction, goals, puzzles, feedback), for the proof `solution*.yaml` and
//! `wrong*.yaml`, and `again*.yaml` (its prediction, asked again). docs/lessons.md is the guide to them.
//! Left out: how a lesson looks; that is the page's.

use std::fmt;

use serde::de::DeserializeOwned;

/// `lesson.md`: what is read.
pub mod text;

/// What is done to a world: steps of a start, a run, a solution.
pub mod steps;

/// `start.yaml`: the world that a lesson begins with.
pub mod start;

/// Predicates over a world, as they are written.
pub mod test;

/// A cluster that was lived in as a start.
pub mod world;

/// `goal.yaml`: what is asked, and when it is done.
pub mod goal;

/// What a predicate finds in a world.
pub mod check;

/// Follows a world from a lesson's start, and says which goals are met.
pub mod referee;

/// The proof that a lesson can be solved, and can't be in wrong ways.
pub mod proof;

/// Long work in slices.
pub mod slices;

/// A history as a lesson's folder.
pub mod export;

/// `again*.yaml`: a lesson's prediction, asked again and changed.
pub mod again;

/// `warm-up.yaml`: of which lessons a chapter asks first.
pub mod warm_up;

/// When what was missed is asked again.
pub mod schedule;

pub use again::{Again, Asked};
pub use goal::Goals;
pub use referee::Referee;
pub use schedule::Schedule;
pub use start::Start;
pub use text::Text;
pub use warm_up::WarmUp;

/// What an author has to mend: which file, which line, what, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// `goal.yaml`
    pub file: String,
    /// Counted from 1; 0 where it is about the whole file.
    pub line: usize,
    /// What is wrong, and the remedy.
    pub what: String,
}

impl Mistake {
    /// A mistake in a line of a file.
    pub fn new(file: &str, line: usize, what: impl Into<String>) -> Self {
        Mistake {
            file: file.into(),
            line,
            what: what.into(),
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.what),
            line => write!(f, "{}, line {line}: {}", self.file, self.what),
        }
    }
}

/// A lesson, as the page needs it.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// `01-pods/02-hello-pod`
    pub id: String,
    /// What is read.
    pub text: Text,
    /// What it begins with.
    pub start: Start,
    /// What is asked.
    pub goals: Goals,
    /// Ways to the goal.
    pub solutions: Vec<Attempt>,
    /// Ways that must not lead there.
    pub wrongs: Vec<Attempt>,
    /// Its files, each with its name: where a mistake stands.
    files: Vec<(String, String)>,
    /// Questions that ask its prediction again.
    pub again: Vec<Again>,
    /// Is it such a question? Then there is a prediction, and nothing else.
    pub asked: Option<Asked>,
}

/// A way that somebody could try.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// `solution-2.yaml`
    pub file: String,
    /// What is done.
    pub way: steps::Way,
}

impl Lesson {
    /// Reads a lesson from the files of its folder, each with its name.
    ///
    /// # Errors
    /// All that an author has to mend.
    pub fn read(id: &str, files: &[(String, String)]) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let file = |name: &str| {
            let found = files.iter().find(|(file, _)| file == name);
            found.map(|(_, text)| text.as_str()).ok_or_else(|| {
                vec![Mistake::new(
                    name,
                    0,
                    "the file is missing: a lesson needs lesson.md, start.yaml and goal.yaml",
                )]
            })
        };
        let text = file("lesson.md").and_then(Text::read);
        let start = file("start.yaml").and_then(|text| Start::read(text, files));
        let world = start.as_ref().ok().and_then(|start| start.world.clone());
        let goals = file("goal.yaml").and_then(Goals::read);
        let (mut solutions, mut wrongs) = (Vec::new(), Vec::new());
        for (name, text) in files.iter().filter(|(name, _)| !again::is_one(name)) {
            let list = if name.starts_with("solution") {
                &mut solutions
            } else if name.starts_with("wrong") {
                &mut wrongs
            } else if matches!(name.as_str(), "lesson.md" | "start.yaml" | "goal.yaml")
                || world.as_ref() == Some(name)
            {
                continue;
            } else {
                let what = "a lesson has no file of this name: lesson.md, start.yaml, goal.yaml, solution*.yaml, wrong*.yaml, again*.yaml, and what start.yaml names as `world`";
                mistakes.push(Mistake::new(name, 0, what));
                continue;
            };
            match steps::Way::read(name, text) {
                Ok(way) => list.push(Attempt {
                    file: name.clone(),
                    way,
                }),
                Err(more) => mistakes.extend(more),
            }
        }
        match (text, start, goals) {
            (Ok(text), Ok(start), Ok(goals)) if mistakes.is_empty() => Ok(Lesson {
                id: id.into(),
                text,
                start,
                goals,
                solutions,
                wrongs,
                files: files.to_vec(),
                again: again::among(files),
                asked: None,
            }),
            (text, start, goals) => {
                let found = [text.err(), start.err(), goals.err()];
                mistakes.splice(0..0, found.into_iter().flatten().flatten());
                Err(mistakes)
            }
        }
    }
}

/// Reads one YAML document; a choice is written as a map with one key.
fn yaml<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, Vec<Mistake>> {
    let document = serde_yaml::Deserializer::from_str(text);
    serde_yaml::with::singleton_map_recursive::deserialize(document).map_err(|why| {
        let line = why.location().map_or(0, |at| at.line());
        // The place is said before it.
        let what = why.to_string();
        let what = what.split(" at line ").next().unwrap_or_default();
        let remedy = REMEDIES.iter().find(|(part, _)| what.contains(part));
        let remedy = remedy.map_or("", |(_, remedy)| *remedy);
        vec![Mistake::new(file, line, format!("{what}{remedy}"))]
    })
}

/// What a YAML reader says, and what an author can do about it.
const REMEDIES: [(&str, &str); 5] = [
    (
        "cannot start any token",
        ": indent with spaces, not with a tab, and put quotes around a text that begins with a sign",
    ),
    (
        "mapping values are not allowed",
        ": put quotes around a text that has a colon in it",
    ),
    (
        "did not find expected",
        ": look at how far this line and those above it are indented, and whether each quote and bracket is closed",
    ),
    ("expected u64", ": write a whole number"),
    ("expected u32", ": write a whole number"),
];

/// The line on which a text first stands, counted from 1; 0 where it doesn't.
fn line_of(text: &str, part: &str) -> usize {
    let at = text.find(part).filter(|_| !part.is_empty());
    at.map_or(0, |at| text[..at].matches('\n').count() + 1)
}
