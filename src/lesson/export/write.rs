//! The files of a lesson, as a person would write them: block text for what has lines, quotes for what was typed.

use std::time::Duration;

use super::{Offer, Words};
use crate::history::link::{Moment, Sight};
use crate::history::{FORMAT, Journal};
use crate::kubectl::go_duration;
use crate::lesson::steps::{Place, Step};
use crate::lesson::world::World;

/// `lesson.md`.
pub fn text(words: &Words) -> String {
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let options = words.options.iter().enumerate();
    let options = options.filter(|(_, option)| !option.trim().is_empty());
    let options = options.map(|(place, option)| {
        let cross = if place == words.shown { 'x' } else { ' ' };
        format!("- [{cross}] {}\n", one_line(option))
    });
    let numbered = |text: &str| {
        let lines = text.lines().map(one_line).filter(|line| !line.is_empty());
        let lines = (1..).zip(lines);
        lines
            .map(|(number, line)| format!("{number}. {line}\n"))
            .collect::<String>()
    };
    let options: String = options.collect();
    format!(
        "# {}\n\n{}\n\n## Predict\n\n{}\n\n{options}\n## Explain\n\n{}\n\n## Task\n\n{}\n## Hints\n\n{}",
        one_line(&words.title),
        words.story.trim(),
        words.question.trim(),
        words.explanation.trim(),
        numbered(&words.task),
        numbered(&words.hints),
    )
}

/// `goal.yaml`: what settles the prediction is that nothing comes of nothing.
pub fn goals(goals: &[&Offer], feedback: &str) -> String {
    let tests = goals
        .iter()
        .map(|goal| format!("          - {}\n", goal.test));
    let all: String = tests.collect();
    let asked = goals.iter().map(|goal| {
        format!(
            "- says: {}\n  test:\n    {}\n",
            quoted(&goal.says),
            goal.test
        )
    });
    let asked: String = asked.collect();
    let said = (1..).zip(goals).map(|(number, goal)| {
        format!(
            "- id: goal-{number}\n  when:\n    not:\n      {}\n  says: {}\n",
            goal.test,
            quoted(feedback)
        )
    });
    let said: String = said.collect();
    format!(
        "predict:\n  settled:\n    hold:\n      for: 10s\n      test:\n        not:\n          all:\n{all}  within: 30s\n\
         goals:\n{asked}feedback:\n{said}"
    )
}

/// `start.yaml` of steps.
pub fn start(seed: u64, steps: &[Step], ahead: Duration, editor: &str) -> String {
    let mut text = format!("seed: {seed}\n");
    if !steps.is_empty() {
        text += "steps:\n";
        text.extend(steps.iter().map(step));
    }
    if !ahead.is_zero() {
        text += &format!("ahead: {}\n", go_duration::print(ahead));
    }
    text + &edited(editor)
}

/// `start.yaml` of a world beside it.
pub fn start_in(world: &str, editor: &str) -> String {
    format!("world: {world}\n{}", edited(editor))
}

fn edited(editor: &str) -> String {
    match editor.is_empty() {
        true => String::new(),
        false => format!("editor: {}\n", block(editor, "  ")),
    }
}

/// The file that Save would write at the moment at which the learner comes.
pub fn world(world: &World) -> String {
    let journal = Journal {
        format: FORMAT,
        core: env!("CARGO_PKG_VERSION").into(),
        setup: world.setup.clone(),
        seed: world.seed,
        records: Vec::new(),
        lived: world.at,
        lived_events: None,
        shown: world.at,
        digest: 0,
    };
    Moment::new(journal, Sight::default()).text() + "\n"
}

/// `solution-1.yaml`, or of a way that is refused: by which goal's words, and its place.
pub fn way(why: &str, steps: &[Step], refused: Option<(&str, usize)>) -> String {
    let mut text = format!("why: {}\n", quoted(why));
    match steps.is_empty() {
        true => text += "steps: []\n",
        false => {
            text += "steps:\n";
            text.extend(steps.iter().map(step));
        }
    }
    if let Some((says, place)) = refused {
        text += &format!(
            "refused-by: {}\nfeedback: goal-{}\n",
            quoted(says),
            place + 1
        );
    }
    text
}

fn step(step: &Step) -> String {
    let (verb, what) = match step {
        Step::Apply(text) => ("apply", block(text, "    ")),
        Step::Replace(text) => ("replace", block(text, "    ")),
        Step::Command(line) => ("command", block(line, "    ")),
        Step::Wait(length) => ("wait", go_duration::print(length.0)),
        Step::PowerOff(node) => ("power-off", quoted(node)),
        Step::PowerOn(node) => ("power-on", quoted(node)),
        Step::Partition(node) => ("partition", quoted(node)),
        Step::Heal(node) => ("heal", quoted(node)),
        Step::Kill(at) => ("kill", quoted(&place(at))),
        Step::FailReadiness(at) => ("fail-readiness", quoted(&place(at))),
        Step::Send(send) => {
            let (from, to) = (quoted(&place(&send.from)), quoted(&send.to));
            let every = send.every_second;
            (
                "send",
                format!("{{from: {from}, to: {to}, every-second: {every}}}"),
            )
        }
        // Puzzles are no part of a cluster's past.
        Step::Answer(_) => return String::new(),
    };
    format!("- {verb}: {what}\n")
}

fn place(place: &Place) -> String {
    match &place.pod {
        None => "outside".into(),
        Some(pod) => format!("{}/{}/{}", pod.namespace, pod.name, place.container),
    }
}

/// As one line: what JSON writes, YAML reads.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// As block text where that says it to the letter.
fn block(text: &str, indent: &str) -> String {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let is_plain = |letter: char| letter == '\n' || !letter.is_control() && letter != '\u{feff}';
    let is_block = body.contains('\n') || text.ends_with('\n');
    let fits = is_block
        && !body.is_empty()
        && !body.starts_with([' ', '\n'])
        && !body.ends_with('\n')
        && body.chars().all(is_plain);
    if !fits {
        return quoted(text);
    }
    let keeps = if text.ends_with('\n') { "|" } else { "|-" };
    let lines = body.lines().map(|line| match line.is_empty() {
        true => "\n".into(),
        false => format!("\n{indent}{line}"),
    });
    let lines: String = lines.collect();
    format!("{keeps}{lines}")
}
