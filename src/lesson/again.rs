//! `again*.yaml`, beside a lesson: its prediction, asked again and changed. Nothing is done but predicting; a run of a few
//! seconds settles it. Each variant fills its words into the text, so that no repeat is like the one before.
//!
//! A variant becomes a [`Lesson`] whose goals are its options: which option is right is what the referee sees at the end of
//! the run. `right` only says what the author expects, and the proof holds it against that.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::goal::{Camera, Goal, Goals, Predict};
use super::slices::at_once;
use super::steps::{self, Length, STEP, Step};
use super::test::{HoldTest, Scalar, Test};
use super::text::{Block, Choice, Inline};
use super::{Lesson, Mistake, Referee, Start, Text, line_of, yaml};

/// A run lasts so long, where nothing else is said.
const AFTER: Duration = Duration::from_secs(4);
/// And no longer than this.
const LONGEST: Duration = Duration::from_secs(5);
/// The page may look at the end of a run so much later.
const LATE: Duration = Duration::from_millis(600);
/// A question needs so many variants.
const VARIANTS: usize = 3;
/// Question and explanation have so many words at most.
const WORDS: usize = 150;

/// A lesson's prediction, to be asked again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Again {
    /// `again-1.yaml`
    pub file: String,
    text: String,
}

/// That a lesson is a question, and of which lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// `01-pods/03-two-containers`
    pub of: String,
    /// Which variant follows from: see [`ask`].
    pub time: u32,
    /// For each option, what is said to whoever predicted it where the cluster shows another.
    pub otherwise: Vec<Vec<Inline>>,
}

/// The file, with a variant's words in it.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Written {
    question: String,
    options: Vec<WrittenOption>,
    /// The option that the cluster will show.
    right: String,
    explain: String,
    #[serde(default)]
    start: Start,
    #[serde(default)]
    run: Vec<Step>,
    after: Option<Length>,
    #[serde(default)]
    stage: Camera,
    /// Filled in already.
    #[serde(rename = "variants")]
    _variants: Vec<BTreeMap<String, Scalar>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct WrittenOption {
    id: String,
    says: String,
    /// What the cluster shows then; nothing: it never does.
    shows: Option<Test>,
    otherwise: Option<String>,
}

/// What is read before a variant is chosen.
#[derive(Deserialize)]
struct Frame {
    variants: Vec<BTreeMap<String, Scalar>>,
}

/// Is a file of this name such a question?
pub fn is_one(name: &str) -> bool {
    name.starts_with("again") && name.ends_with(".yaml")
}

/// Those among a lesson's files.
pub fn among(files: &[(String, String)]) -> Vec<Again> {
    let mut found: Vec<&(String, String)> = files.iter().filter(|(name, _)| is_one(name)).collect();
    crate::order::sort_by_key(&mut found, |(name, _)| name.clone());
    let again = found.into_iter().map(|(file, text)| Again {
        file: file.clone(),
        text: text.clone(),
    });
    again.collect()
}

/// Asks a lesson again for the time of this number: another question or another variant than the time before.
///
/// # Errors
/// What an author has to mend. `None`: the lesson has no question.
pub fn ask(of: &str, among: &[Again], time: u32) -> Option<Result<Lesson, Vec<Mistake>>> {
    let number = usize::try_from(time).ok()?;
    let again = among.get(number.checked_rem(among.len())?)?;
    let frame = match again.frame() {
        Ok(frame) => frame,
        Err(mistakes) => return Some(Err(mistakes)),
    };
    let variant = (number / among.len()).checked_rem(frame.variants.len())?;
    let mut asked = again.variant(of, &frame.variants[variant]);
    if let Ok(lesson) = &mut asked {
        // What is kept of an earlier time isn't about this one.
        lesson.id = format!("{of}, time {time}");
        if let Some(asked) = &mut lesson.asked {
            asked.time = time;
        }
    }
    Some(asked)
}

impl Again {
    fn frame(&self) -> Result<Frame, Vec<Mistake>> {
        yaml(&self.file, &self.text)
    }

    fn mistake(&self, part: &str, what: impl Into<String>) -> Mistake {
        Mistake::new(&self.file, line_of(&self.text, part), what)
    }

    /// The text with a variant's words in it; each stands on one line, so that lines keep their numbers.
    fn filled(&self, words: &BTreeMap<String, Scalar>) -> String {
        let fill = |text: String, (name, word): (&String, &Scalar)| {
            text.replace(&format!("<{name}>"), &word.0)
        };
        words.iter().fold(self.text.clone(), fill)
    }

    fn variant(&self, of: &str, words: &BTreeMap<String, Scalar>) -> Result<Lesson, Vec<Mistake>> {
        let text = self.filled(words);
        let written: Written = yaml(&self.file, &text)?;
        let mistakes = written.mistakes(&self.file, &text);
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let mut mistakes = Vec::new();
        let mut read = |part: &str| match blocks(&self.file, &text, part) {
            Ok(blocks) => blocks,
            Err(more) => {
                mistakes.extend(more);
                Vec::new()
            }
        };
        let (question, explanation) = (read(&written.question), read(&written.explain));
        let mut line = |part: &str| match read(part).into_iter().next() {
            Some(Block::Paragraph(line)) => line,
            _ => Vec::new(),
        };
        let mut options = Vec::new();
        let mut otherwise = Vec::new();
        for option in &written.options {
            options.push(Choice {
                says: line(&option.says),
                shows: option.id == written.right,
            });
            otherwise.push(line(option.otherwise.as_deref().unwrap_or_default()));
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let text = Text {
            question,
            options,
            explanation,
            ..Text::default()
        };
        let asked = Asked {
            of: of.into(),
            time: 0,
            otherwise,
        };
        Ok(written.lesson(of, text, asked))
    }

    /// Proves every variant: exactly one option is what the cluster shows, and it is the one that is marked. What an author
    /// has to mend.
    pub fn prove(&self, of: &str) -> Vec<Mistake> {
        let frame = match self.frame() {
            Ok(frame) => frame,
            Err(mistakes) => return mistakes,
        };
        let mut mistakes = self.prove_words(&frame.variants);
        for (place, words) in frame.variants.iter().enumerate() {
            let found = match self.variant(of, words) {
                Ok(asked) => self.prove_run(place, &asked),
                Err(more) => more,
            };
            for mistake in found {
                // A mistake of all variants is told once.
                if !mistakes.contains(&mistake) {
                    mistakes.push(mistake);
                }
            }
        }
        mistakes
    }

    /// Variants fill the same places, each in another way.
    fn prove_words(&self, variants: &[BTreeMap<String, Scalar>]) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        if variants.len() < VARIANTS {
            let what = format!(
                "a question needs {VARIANTS} variants at least, so that a repeat differs: add to them"
            );
            mistakes.push(self.mistake("variants:", what));
        }
        for (place, words) in variants.iter().enumerate() {
            let line = self.line_of_variant(place);
            let mut says = |what: String| mistakes.push(Mistake::new(&self.file, line, what));
            let first = variants.iter().position(|other| other == words);
            if let Some(first) = first.filter(|first| *first < place) {
                says(format!(
                    "this variant is the same as the {}: change a word",
                    ordinal(first)
                ));
            }
            for (name, word) in words {
                if word.0.contains('\n') {
                    says(format!(
                        "what stands for <{name}> goes over several lines: write [ … ] and {{ … }} on one"
                    ));
                }
                if !self.text.contains(&format!("<{name}>")) {
                    says(format!(
                        "nothing has <{name}>: put it into the text, or take it out of the variants"
                    ));
                }
            }
        }
        for (number, line) in self.text.lines().enumerate() {
            for name in places(line) {
                let lacks = variants.iter().position(|words| !words.contains_key(name));
                if let Some(lacks) = lacks {
                    let what = format!(
                        "the {} variant has no word for <{name}>: add it there",
                        ordinal(lacks)
                    );
                    mistakes.push(Mistake::new(&self.file, number + 1, what));
                }
            }
        }
        mistakes
    }

    fn line_of_variant(&self, place: usize) -> usize {
        let mut below = self.text.lines().enumerate();
        let _ = below.find(|(_, line)| line.starts_with("variants:"));
        let mut begins = below.filter(|(_, line)| line.trim_start().starts_with("- "));
        begins.nth(place).map_or(0, |(number, _)| number + 1)
    }

    fn prove_run(&self, place: usize, asked: &Lesson) -> Vec<Mistake> {
        let line = self.line_of_variant(place);
        let says = |what: String| vec![Mistake::new(&self.file, line, what)];
        let options = &asked.goals.goals;
        let came = asked.came();
        let mut referee = asked.referee(&came);
        at_once(asked.run(&mut referee, &async |_: &str| {}));
        let until = came.now() + asked.goals.predict.within.0;
        referee.live(until);
        if referee.settled().is_none() {
            return says("the run has no end: make `after` shorter".into());
        }
        let shown = referee.settled_as().to_vec();
        let named = |shown: &[bool]| {
            let held = options.iter().zip(shown).filter(|(_, holds)| **holds);
            let held: Vec<String> = held.map(|(one, _)| format!("“{}”", one.says)).collect();
            held.join(" and ")
        };
        let right = asked.text.options.iter().position(|option| option.shows);
        let count = shown.iter().filter(|holds| **holds).count();
        let at = shown.iter().position(|holds| *holds);
        if count == 0 {
            return says(format!(
                "the cluster shows no option: mend a `shows`. It shows {}",
                seen(options, &referee)
            ));
        }
        if count > 1 {
            return says(format!(
                "the cluster shows {} together: make their `shows` narrower",
                named(&shown)
            ));
        }
        if at != right {
            return says(format!(
                "the cluster shows {}, and `right` is another: mend `right` or the start",
                named(&shown)
            ));
        }
        referee.live(until + LATE);
        let later: Vec<bool> = referee.standings().iter().map(|one| one.met).collect();
        if later != shown {
            return says(format!(
                "what the cluster shows changes at the end of the run: choose another `after`. It shows {}",
                seen(options, &referee)
            ));
        }
        Vec::new()
    }
}

impl Written {
    fn after(&self) -> Duration {
        self.after.map_or(AFTER, |length| length.0)
    }

    fn mistakes(&self, file: &str, text: &str) -> Vec<Mistake> {
        let mut mistakes = self.start.mistakes(file, text);
        mistakes.extend(steps::mistakes(file, text, &self.run));
        let mut wrong = |part: &str, what: String| {
            mistakes.push(Mistake::new(file, line_of(text, part), what));
        };
        if self.start.world.is_some() {
            let what =
                "a question begins with steps, not with a saved world: do in `start` what it holds";
            wrong("world:", what.into());
        }
        if self.start.symptom.is_some() {
            let what = "a question has no symptom, only an end: take it out, and say it in `shows`";
            wrong("symptom:", what.into());
        }
        let takes: Duration = self.run.iter().map(|step| step.wait() + STEP).sum();
        if self.after() > LONGEST || takes > self.after() {
            let what = format!(
                "a run ends within {} s, and `after` its last step: make it shorter, or do more in `start`",
                LONGEST.as_secs()
            );
            wrong(
                if self.after.is_some() {
                    "after:"
                } else {
                    "run:"
                },
                what,
            );
        }
        if self.options.len() < 2 {
            wrong("options:", "a prediction needs two options at least".into());
        }
        match self.options.iter().find(|option| option.id == self.right) {
            None => wrong(
                "right:",
                format!("there is no option “{}”: name one by its `id`", self.right),
            ),
            Some(option) if option.shows.is_none() => wrong(
                &option.says,
                "it is right here, and nothing tells so: add `shows`".into(),
            ),
            Some(_) => {}
        }
        for option in &self.options {
            if option.id != self.right && option.otherwise.is_none() {
                let what = "somebody may predict it: add `otherwise`, what the cluster shows and a question";
                wrong(&option.says, what.into());
            }
            let Some(test) = &option.shows else { continue };
            if let Some(why) = test.mistake() {
                wrong(&option.says, why);
            }
            if test.forks() {
                let why = "it must be seen, not tried in a copy: take `fork` or `reach` out";
                wrong(&option.says, why.into());
            }
        }
        mistakes
    }

    fn lesson(self, of: &str, text: Text, asked: Asked) -> Lesson {
        let after = self.after();
        let goal = |option: WrittenOption| Goal {
            says: option.says.trim_end().into(),
            test: option.shows.unwrap_or(Test::Any(Vec::new())),
            otherwise: None,
        };
        let goals = Goals {
            predict: Predict {
                run: self.run,
                settled: Test::Hold(HoldTest {
                    r#for: Length(after),
                    test: Box::new(Test::All(Vec::new())),
                }),
                within: Length(after),
            },
            goals: self.options.into_iter().map(goal).collect(),
            hold: None,
            fixed: Vec::new(),
            puzzles: Vec::new(),
            feedback: Vec::new(),
            stage: self.stage,
        };
        Lesson {
            id: of.into(),
            text,
            start: self.start,
            goals,
            solutions: Vec::new(),
            wrongs: Vec::new(),
            files: Vec::new(),
            again: Vec::new(),
            asked: Some(asked),
        }
    }
}

/// Reads what a field of the file holds as a lesson's text is read.
fn blocks(file: &str, whole: &str, part: &str) -> Result<Vec<Block>, Vec<Mistake>> {
    let (text, mut mistakes) = Text::parts(part);
    let first = line_of(whole, part.lines().next().unwrap_or_default());
    for mistake in &mut mistakes {
        (mistake.file, mistake.line) = (file.into(), first + mistake.line.saturating_sub(1));
    }
    let words: usize = text.story.iter().map(Block::words).sum();
    if words > WORDS {
        let what = format!("{words} words, and {WORDS} at most: say less");
        mistakes.push(Mistake::new(file, first, what));
    }
    if mistakes.is_empty() {
        Ok(text.story)
    } else {
        Err(mistakes)
    }
}

/// Names in angle brackets: `<name>`.
fn places(line: &str) -> Vec<&str> {
    let after = line.split('<').skip(1);
    let names = after.filter_map(|part| Some(part.split_once('>')?.0));
    let is_name = |name: &&str| {
        let is_letter = |letter: char| letter.is_ascii_lowercase() || letter == '-';
        !name.is_empty() && name.chars().all(is_letter)
    };
    names.filter(is_name).collect()
}

/// What there is, option by option.
fn seen(options: &[Goal], referee: &Referee) -> String {
    let seen = options.iter().zip(referee.standings());
    let seen = seen.map(|(option, found)| format!("“{}”: {}", option.says, found.observed));
    seen.collect::<Vec<_>>().join("; ")
}

fn ordinal(place: usize) -> String {
    let words = ["first", "second", "third", "fourth", "fifth", "sixth"];
    let word = words.get(place).copied();
    word.map_or_else(|| format!("variant {}", place + 1), Into::into)
}
