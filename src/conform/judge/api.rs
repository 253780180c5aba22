//! API: exit code; texts byte for byte (texts that dump Go values by their first line up to the
//! dump); stored objects as JSON values.

use std::sync::LazyLock;

use fancy_regex::Regex;
use serde_json::{Value as Json, json};

use super::python::{get, or_text, regex};
use super::{Difference, unequal};

static GO_DUMP: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"pod updates may not change fields other than|map\[|scheme\.go:|&[a-z0-9]+\.[A-Z]")
});

/// The first thing that differs.
pub(super) fn difference(case: &Json, answer: &Json) -> Option<Difference> {
    let text_of = |part: &str| {
        let (want, got) = (comparable(get(case, part)), comparable(get(answer, part)));
        unequal(part, &json!(want), &json!(got))
    };
    let object_of = |part: &str| {
        let want = case.get(part)?;
        unequal(part, want, get(answer, part))
    };
    unequal("exit", get(case, "exit"), get(answer, "exit"))
        .or_else(|| text_of("stderr"))
        .or_else(|| text_of("stdout"))
        .or_else(|| object_of("object"))
        .or_else(|| object_of("objects"))
}

fn comparable(text: &Json) -> &str {
    let text = or_text(text);
    let dump = GO_DUMP.find(text).ok().flatten();
    let Some(dump) = dump else { return text };
    text[..dump.end()].split('\n').next().unwrap_or_default()
}
