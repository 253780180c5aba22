//! A chapter's warm-up: a folder `00-warm-up` with `lesson.md` (a title and what it is about) and `warm-up.yaml` (of which
//! lessons it asks). The questions are those lessons' own: see [`super::again`].

use std::rc::Rc;

use serde::Deserialize;

use super::text::Block;
use super::{Mistake, Text, yaml};

const FILE: &str = "warm-up.yaml";
/// It asks so many questions.
pub const QUESTIONS: usize = 3;

/// What a chapter asks first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WarmUp {
    /// The heading.
    pub title: Rc<str>,
    /// What it is about.
    pub story: Vec<Block>,
    /// Lessons that it asks of.
    pub draws: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    draws: Vec<String>,
}

/// Is it the name of a warm-up?
pub fn is_one(id: &str) -> bool {
    id.ends_with("/00-warm-up")
}

impl WarmUp {
    /// Reads it from the files of its folder, each with its name.
    ///
    /// # Errors
    /// All that an author has to mend.
    pub fn read(files: &[(String, String)]) -> Result<Self, Vec<Mistake>> {
        let file = |name: &str| {
            let found = files.iter().find(|(file, _)| file == name);
            found.map(|(_, text)| text.as_str()).ok_or_else(|| {
                let what = "the file is missing: a warm-up needs lesson.md and warm-up.yaml";
                vec![Mistake::new(name, 0, what)]
            })
        };
        let (text, mut mistakes) = Text::parts(file("lesson.md")?);
        let Written { draws } = yaml(FILE, file(FILE)?)?;
        if text.title.is_empty() || text.story.is_empty() {
            let what = "a title and a paragraph are wanted: `# …`, and what it is about";
            mistakes.push(Mistake::new("lesson.md", 0, what));
        }
        if mistakes.is_empty() {
            Ok(WarmUp {
                title: text.title,
                story: text.story,
                draws,
            })
        } else {
            Err(mistakes)
        }
    }

    /// Proves that it has what to ask; `questions` tells how many a lesson has.
    ///
    /// # Errors
    /// All that an author has to mend.
    pub fn prove(
        &self,
        text: &str,
        questions: &dyn Fn(&str) -> Option<usize>,
    ) -> Result<(), Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let line = |part: &str| super::line_of(text, part);
        for lesson in &self.draws {
            match questions(lesson) {
                Some(1..) => {}
                Some(0) => {
                    let what = format!("{lesson} has no question: add again-1.yaml there");
                    mistakes.push(Mistake::new(FILE, line(lesson), what));
                }
                None => {
                    let what = format!("there is no lesson {lesson}: write CHAPTER/LESSON");
                    mistakes.push(Mistake::new(FILE, line(lesson), what));
                }
            }
        }
        let count: usize = self.draws.iter().filter_map(|one| questions(one)).sum();
        if self.draws.len() < QUESTIONS || count <= QUESTIONS {
            let what = format!(
                "a warm-up draws {QUESTIONS} questions from as many lessons, and from more than {QUESTIONS}: name more lessons, or add questions to them"
            );
            mistakes.push(Mistake::new(FILE, line("draws:"), what));
        }
        if mistakes.is_empty() {
            Ok(())
        } else {
            Err(mistakes)
        }
    }
}
