//! kubectl: each command's exit code, stderr and stdout, runs of spaces collapsed; rows of `get` as
//! a bag; of watches the first and the last line.

use std::sync::LazyLock;

use fancy_regex::Regex;
use serde_json::{Value as Json, json};

use super::python::{collapsed, get, items, or_text, regex, search};
use super::{Difference, unequal};

static WATCH: LazyLock<Regex> = LazyLock::new(|| regex(r"\s(-w|--watch)\b|rollout status"));
static GET: LazyLock<Regex> = LazyLock::new(|| regex(r"kubectl get\b|\bget (po|pods|events|all)"));
static WHOLE: LazyLock<Regex> = LazyLock::new(|| regex(r"-o[= ]?(yaml|json)"));

/// Each command with its text and its verdict.
pub(super) fn commands(case: &Json, answer: &Json) -> Vec<(Option<String>, Option<Difference>)> {
    let is_command = |step: &&Json| step.get("command").is_some();
    let got: Vec<&Json> = items(get(answer, "steps"))
        .iter()
        .filter(is_command)
        .collect();
    let recorded = items(get(case, "steps")).iter().filter(is_command);
    let verdict = |(i, want): (usize, &Json)| {
        let command = or_text(get(want, "command"));
        let got = got.get(i).copied().unwrap_or(&Json::Null);
        let printed = |part: &str| {
            let of = |step: &Json| json!(lines(command, or_text(get(step, part))));
            unequal(part, &of(want), &of(got))
        };
        let difference = unequal("command", get(want, "command"), get(got, "command"))
            .or_else(|| unequal("exit", get(want, "exit"), get(got, "exit")))
            .or_else(|| printed("stderr"))
            .or_else(|| printed("stdout"));
        (Some(command.to_string()), difference)
    };
    recorded.enumerate().map(verdict).collect()
}

/// What a command printed, as far as it is compared.
pub(super) fn lines(command: &str, output: &str) -> Vec<String> {
    let output = output.trim_end_matches('\n');
    let mut rows: Vec<String> = output.split('\n').map(collapsed).collect();
    if search(&WATCH, command) {
        let last = rows[rows.len() - 1].clone();
        rows.truncate(1);
        rows.push(last);
    } else if search(&GET, command) && !search(&WHOLE, command) {
        rows[1..].sort();
    }
    rows
}
