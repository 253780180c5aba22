//! Puts all cases of some folders to the core, writes its answers and their differences, and counts.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::case::{Case, has_outcome};
use super::{family, judge, recording};

/// Cases of one topic: how many were asked, and how many of them answered as recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// `scheduler/taints`
    pub topic: String,
    /// Answers equal to what was recorded. For kubectl these are commands.
    pub equal: u64,
    /// All that could be judged.
    pub judged: u64,
    /// Cases that came without what was recorded.
    pub blind: u64,
}

/// Where a run writes.
#[derive(Clone, Debug)]
pub struct Output {
    /// The core's answers, as `golden/compare.py` reads them.
    pub answers: PathBuf,
    /// Each difference: what, expected, got.
    pub differences: PathBuf,
}

/// Puts every case in or below `folders` to the core. Topics are in the order of their first case.
///
/// # Errors
/// When a recording can't be read, or an output can't be written.
pub fn run(folders: &[PathBuf], output: &Output) -> io::Result<Vec<Count>> {
    let mut answers = create(&output.answers)?;
    let mut differences = create(&output.differences)?;
    let mut counts = Counts::default();
    let mut written = Ok(());
    for folder in folders {
        recording::each_case(folder, &mut |kind, recorded| {
            let asked = Case::blind(kind, &recorded);
            let (answer, panicked) = ask(&asked);
            let count = counts.of(&format!("{kind}/{}", asked.topic()));
            let mut both = || -> io::Result<()> {
                if let Some(answer) = &answer {
                    writeln!(answers, "{answer}")?;
                }
                if !has_outcome(kind, &recorded) {
                    count.blind += 1;
                    return Ok(());
                }
                for (command, mut difference) in judge::verdicts(kind, &recorded, answer.as_ref()) {
                    count.judged += 1;
                    count.equal += u64::from(difference.is_none());
                    if let Some(difference) = &mut difference {
                        let said = described(&asked, command, difference, panicked.as_deref());
                        writeln!(differences, "{said}")?;
                    }
                }
                Ok(())
            };
            if written.is_ok() {
                written = both();
            }
        })?;
    }
    written?;
    answers.flush()?;
    differences.flush()?;
    Ok(counts.0)
}

/// The core's answer to a case, or what it panicked with.
fn ask(case: &Case) -> (Option<Json>, Option<String>) {
    let Some(family) = family(&case.kind) else {
        return (None, None);
    };
    match catch_unwind(AssertUnwindSafe(|| family.answer(case))) {
        Ok(answer) => {
            let named = answer.map(|mut answer| {
                answer["kind"] = json!(case.kind);
                answer["id"] = json!(case.id());
                answer
            });
            (named, None)
        }
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
            (None, Some(text.unwrap_or_default()))
        }
    }
}

fn described(
    case: &Case,
    command: Option<String>,
    difference: &judge::Difference,
    panicked: Option<&str>,
) -> Json {
    let mut said = json!({ "kind": case.kind, "id": case.id(), "what": difference.what });
    if let Some(command) = command {
        said["command"] = json!(command);
    }
    if let Some(panicked) = panicked {
        said["what"] = json!(format!("panicked: {panicked}"));
    }
    said["expected"] = difference.expected.clone();
    said["got"] = difference.got.clone();
    said
}

#[derive(Default)]
struct Counts(Vec<Count>);

impl Counts {
    fn of(&mut self, topic: &str) -> &mut Count {
        let known = self.0.iter().position(|count| count.topic == topic);
        let index = known.unwrap_or_else(|| {
            self.0.push(Count {
                topic: topic.to_string(),
                ..Count::default()
            });
            self.0.len() - 1
        });
        &mut self.0[index]
    }
}

fn create(path: &Path) -> io::Result<BufWriter<File>> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    Ok(BufWriter::new(File::create(path)?))
}
