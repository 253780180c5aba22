//! What was learned so far: kept in this browser, told to nobody.

use std::collections::BTreeMap;

use podarium::history::from_json;
use serde::{Deserialize, Serialize};

use crate::ui::dom;

const NAME: &str = "podarium.progress";

/// What came of a lesson.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// All its goals were met.
    pub solved: bool,
    /// And without a hint.
    pub without_hints: bool,
    /// What was predicted is what the cluster showed.
    pub held: bool,
}

/// Of all lessons, by name.
pub type Progress = BTreeMap<String, Done>;

/// What is kept.
pub fn all() -> Progress {
    let text = dom::remembered(NAME).unwrap_or_default();
    from_json(&text).unwrap_or_default()
}

/// Keeps what came of a lesson, and hands all of it out; what was better before stays.
pub fn keep(id: &str, now: Done) -> Progress {
    let mut all = all();
    let before = all.entry(id.into()).or_default();
    before.solved |= now.solved;
    before.without_hints |= now.without_hints;
    before.held |= now.held;
    if let Ok(text) = serde_json::to_string(&all) {
        dom::remember(NAME, &text);
    }
    all
}
