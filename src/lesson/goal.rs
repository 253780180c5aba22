//! `goal.yaml`: the run that settles the prediction, goals, puzzles, feedback, and where the stage looks.

use std::time::Duration;

use serde::Deserialize;

use super::steps::{self, Length, Name, Step};
use super::test::Test;
use super::{Mistake, line_of, yaml};

const FILE: &str = "goal.yaml";
/// Goals must hold for so long, where a lesson says nothing else.
const HOLD: Duration = Duration::from_secs(5);

/// What is asked of a learner, and when it is done.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Goals {
    /// What locking the prediction sets going.
    pub predict: Predict,
    /// All of them must hold together.
    pub goals: Vec<Goal>,
    /// For how long; five seconds where nothing is said.
    pub hold: Option<Length>,
    /// Objects that must be those that were there when the learner came.
    #[serde(default)]
    pub fixed: Vec<Name>,
    /// What is sorted, labelled or filled in.
    #[serde(default)]
    pub puzzles: Vec<Puzzle>,
    /// What is said of states that aren't the goal; the first that fits.
    #[serde(default)]
    pub feedback: Vec<Feedback>,
    /// Where the stage looks at first, and once the prediction is settled.
    #[serde(default)]
    pub stage: Camera,
}

/// What settles the prediction.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Predict {
    /// What is done when it is locked; nothing: time goes on.
    #[serde(default)]
    pub run: Vec<Step>,
    /// The decisive moment: the first at which this holds after the run began.
    pub settled: Test,
    /// It comes within so long.
    pub within: Length,
}

/// A goal.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Goal {
    /// As learners read it.
    pub says: String,
    /// What must hold.
    pub test: Test,
    /// What is said when a copy of the world showed that it doesn't, by its name in `feedback`.
    pub otherwise: Option<String>,
}

/// Something to be sorted, labelled or filled in: for each item, one of some words.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Puzzle {
    /// Its name.
    pub id: String,
    /// How it looks.
    pub kind: PuzzleKind,
    /// The question.
    pub asks: String,
    /// The words.
    pub choices: Vec<String>,
    /// What gets one of them.
    pub items: Vec<Item>,
}

/// How a puzzle looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PuzzleKind {
    /// Cards that come onto piles.
    Cards,
    /// Labels that come onto things.
    Labels,
    /// Gaps in sentences.
    Gaps,
}

/// Something that gets a word.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Item {
    /// Of a gap, with `____` where the word belongs.
    pub item: String,
    /// The word.
    pub is: String,
}

/// What is said of a state.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Feedback {
    /// Its name.
    pub id: String,
    /// Of which; nothing: a goal's `otherwise` names it.
    pub when: Option<Test>,
    /// What the cluster shows, and a question. Never "wrong".
    pub says: String,
}

/// Where the stage looks.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Camera {
    /// `machines`, `pod`, `scheduling`, `network`, `ownership`, `theory`
    pub view: Option<String>,
    /// What is selected.
    pub select: Option<Name>,
    /// At which speed the run goes, in percent.
    pub speed: Option<u32>,
}

/// What the stage can show.
pub const VIEWS: [&str; 6] = [
    "machines",
    "pod",
    "scheduling",
    "network",
    "ownership",
    "theory",
];

/// The speeds that the page offers, in percent.
pub const SPEEDS: [u32; 8] = [25, 50, 100, 200, 500, 1_000, 5_000, 10_000];

impl Goals {
    /// For how long all must hold.
    pub fn hold(&self) -> Duration {
        self.hold.map_or(HOLD, |length| length.0)
    }

    /// What is said, by its name.
    pub fn says(&self, id: &str) -> Option<&str> {
        let found = self.feedback.iter().find(|feedback| feedback.id == id);
        found.map(|feedback| &*feedback.says)
    }

    pub(super) fn read(text: &str) -> Result<Self, Vec<Mistake>> {
        let goals: Goals = yaml(FILE, text)?;
        let mut mistakes = steps::mistakes(FILE, text, &goals.predict.run);
        let mut wrong = |part: &str, what: String| {
            mistakes.push(Mistake::new(FILE, line_of(text, part), what));
        };
        if goals.goals.is_empty() {
            wrong("goals:", "a lesson needs a goal at least".into());
        }
        for goal in &goals.goals {
            if let Some(why) = goal.test.mistake() {
                wrong(&goal.says, why);
            }
            if let Some(id) = goal
                .otherwise
                .as_ref()
                .filter(|id| goals.says(id).is_none())
            {
                wrong(
                    id,
                    format!("there is no feedback “{id}”: add it under `feedback`"),
                );
            }
        }
        let settled = &goals.predict.settled;
        if let Some(why) = settled.mistake() {
            wrong("settled:", why);
        }
        if settled.forks() {
            let why =
                "the decisive moment must be seen, not tried in a copy: take `fork` or `reach` out";
            wrong("settled:", why.into());
        }
        for feedback in &goals.feedback {
            if let Some(why) = feedback.when.as_ref().and_then(Test::mistake) {
                wrong(&feedback.says, why);
            }
            if feedback.when.as_ref().is_some_and(Test::forks) {
                let why = "feedback tells what is seen: what a copy shows is said by a goal's `otherwise`";
                wrong(&feedback.says, why.into());
            }
        }
        for puzzle in &goals.puzzles {
            for item in &puzzle.items {
                if !puzzle.choices.contains(&item.is) {
                    let is = &item.is;
                    wrong(
                        &item.item,
                        format!("“{is}” is not among the choices: add it to them"),
                    );
                }
            }
        }
        let tests = goals.goals.iter().map(|goal| &goal.test);
        let tests = tests.chain(goals.feedback.iter().filter_map(|one| one.when.as_ref()));
        for id in tests.flat_map(puzzles_of) {
            if goals.puzzles.iter().all(|puzzle| puzzle.id != id) {
                wrong(
                    &id,
                    format!("there is no puzzle “{id}”: add it under `puzzles`"),
                );
            }
        }
        let speed = goals.stage.speed;
        if let Some(speed) = speed.filter(|speed| !SPEEDS.contains(speed)) {
            let all = SPEEDS.map(|speed| speed.to_string()).join(", ");
            wrong(
                &format!("speed: {speed}"),
                format!("the page has no speed {speed}: it has {all}"),
            );
        }
        let ids = goals.feedback.iter().map(|feedback| &feedback.id);
        for (place, id) in ids.clone().enumerate() {
            if ids.clone().take(place).any(|before| before == id) {
                wrong(
                    &format!("id: {id}"),
                    format!("two feedbacks are called “{id}”: give one another name"),
                );
            }
        }
        let view = goals.stage.view.as_deref();
        if let Some(view) = view.filter(|view| !VIEWS.contains(view)) {
            let all = VIEWS.join(", ");
            wrong(
                view,
                format!("the stage has no view “{view}”: it has {all}"),
            );
        }
        if mistakes.is_empty() {
            Ok(goals)
        } else {
            Err(mistakes)
        }
    }
}

/// Puzzles that a test asks for.
fn puzzles_of(test: &Test) -> Vec<String> {
    let own = match test {
        Test::Answered(answered) => vec![answered.puzzle.clone()],
        _ => Vec::new(),
    };
    let inside = test.parts().into_iter().flat_map(puzzles_of);
    own.into_iter().chain(inside).collect()
}
