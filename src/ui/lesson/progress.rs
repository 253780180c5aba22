//! What was learned so far: kept in this browser, told to nobody.

use std::collections::BTreeMap;

use podarium::history::from_json;
use podarium::lesson::Schedule;
use serde::{Deserialize, Serialize};

use crate::ui::dom;

const NAME: &str = "podarium.progress";
/// What is asked again stands beside it: what was kept before there was any is read as it was.
const SCHEDULE: &str = "podarium.again";

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

/// What is asked again, and when. With the first call of a visit that begins.
pub fn schedule() -> Schedule {
    let text = dom::remembered(SCHEDULE).unwrap_or_default();
    let mut schedule: Schedule = from_json(&text).unwrap_or_default();
    if dom::begins_visit() {
        schedule.come(getrandom::u32().unwrap_or_default());
        keep_schedule(&schedule);
    }
    schedule
}

/// Something has changed about it.
pub fn reschedule(change: impl FnOnce(&mut Schedule)) -> Schedule {
    let mut schedule = schedule();
    change(&mut schedule);
    keep_schedule(&schedule);
    schedule
}

/// Draws questions, each a lesson and the number of the time.
pub fn draw(draw: impl FnOnce(&mut Schedule) -> Vec<(String, u32)>) -> Vec<(String, u32)> {
    let mut drawn = Vec::new();
    reschedule(|schedule| drawn = draw(schedule));
    drawn
}

fn keep_schedule(schedule: &Schedule) {
    if let Ok(text) = serde_json::to_string(schedule) {
        dom::remember(SCHEDULE, &text);
    }
}
