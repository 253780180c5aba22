//! What is marked in the rich editor, as it wants it: offsets in UTF-16 units, as JSON.

use podarium::manifest::{Diagnostic, Severity};
use serde_json::{Value, json};

use super::checking::Known;
use super::code_mirror::units;

/// More squiggles than this help nobody.
const MOST: usize = 500;

/// What is to be marked besides what was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lines {
    /// Lines of what is selected.
    pub bars: Vec<(usize, usize)>,
    /// Lines of what is pointed at on the stage.
    pub lit: Vec<(usize, usize)>,
    /// Lines that caused the fact that is looked at.
    pub causes: Vec<(usize, usize)>,
    /// Lines that were just accepted.
    pub flash: Vec<(usize, usize)>,
}

/// All marks of a text; problems and notes only if they are `shown`.
pub fn marks(known: &Known, lines: &Lines, shown: bool) -> String {
    let found = |severity: fn(&Diagnostic) -> bool| -> Vec<Value> {
        let all = known
            .checked
            .diagnostics
            .iter()
            .filter(|found| shown && severity(found));
        all.take(MOST)
            .map(|found| mark(&known.text, found))
            .collect()
    };
    json!({
        "problems": found(|found| found.severity != Severity::Note),
        "notes": found(|found| found.severity == Severity::Note),
        "bars": lines.bars,
        "lit": lines.lit,
        "causes": lines.causes,
        "flash": lines.flash,
    })
    .to_string()
}

fn mark(text: &str, found: &Diagnostic) -> Value {
    let mut mark = json!({
        "from": units(text, found.span.start),
        "to": units(text, found.span.end),
        "severity": if found.severity == Severity::Error { "error" } else { "warning" },
        "message": found.message,
    });
    // What isn't there isn't written: the other side asks whether it is.
    if let Some(help) = &found.help {
        mark["help"] = help.as_str().into();
    }
    if let Some(replacement) = &found.replacement {
        mark["replacement"] = replacement.as_str().into();
    }
    mark
}
