//! Scheduler: everything recorded, but for which plugins said Skip.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::python::{get, strip};
use super::{Difference, unequal};

const IGNORED: [&str; 3] = ["skippedFilters", "skippedScores", "ran"];

/// The first part of `expect` that differs.
pub(super) fn difference(case: &Json, answer: &Json) -> Option<Difference> {
    let want = strip(get(case, "expect"), &IGNORED);
    let got = strip(get(answer, "expect"), &IGNORED);
    let parts: BTreeSet<&String> = [&want, &got]
        .into_iter()
        .filter_map(Json::as_object)
        .flat_map(|parts| parts.keys())
        .collect();
    parts
        .into_iter()
        .find_map(|part| unequal(part.as_str(), get(&want, part), get(&got, part)))
}
