//! `xargs` and `watch`: commands that run others. Models what GNU's and procps's do with `-n`, `-I`, `-r`,
//! `-d` and `-n`, `-t`. Left out: everything else of theirs.

use std::rc::Rc;

use super::super::turn::{Flow, LETTER, Turn};
use super::of_text;

/// A word that the shell reads as just this.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// Words as a line that the shell reads as these.
fn line(words: &[Rc<str>]) -> String {
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    words.join(" ")
}

/// `xargs [-n N] [-I NAME] [-r] COMMAND …`: the command with the words of the input.
pub(super) fn xargs(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> Flow {
    if turn.task.endless {
        return Flow::Forever;
    }
    let (mut each, mut name, mut delimiter) = (usize::MAX, None, None);
    let mut left = arguments;
    while let [option, rest @ ..] = left {
        let Some(letters) = option.strip_prefix('-') else {
            break;
        };
        left = rest;
        let (letter, behind) = letters.split_at(letters.len().min(1));
        if matches!(letter, "r" | "t" | "0") || letters == "-no-run-if-empty" {
            continue;
        }
        let value = match (behind, left) {
            ("", [value, rest @ ..]) => {
                left = rest;
                value.to_string()
            }
            (behind, _) => behind.to_string(),
        };
        match letter {
            "n" | "L" => each = value.parse().unwrap_or(1).max(1),
            "I" => name = Some(value),
            "d" => delimiter = Some(value.replace("\\n", "\n")),
            "P" => {}
            _ => {
                turn.complain(&format!("xargs: invalid option -- '{letter}'\n"));
                return Flow::Next(1);
            }
        }
    }
    let input = turn.task.input.take().unwrap_or_default();
    let words: Vec<Rc<str>> = match (&name, &delimiter) {
        (Some(_), None) => input.lines().map(|line| Rc::from(line.trim())).collect(),
        (_, Some(delimiter)) => {
            let parts = input.trim_end_matches('\n').split(&**delimiter);
            parts.map(Rc::from).collect()
        }
        _ => input.split_whitespace().map(Rc::from).collect(),
    };
    let command = match left {
        [] => vec![Rc::from("echo")],
        left => left.to_vec(),
    };
    let lines: Vec<String> = match name {
        Some(name) => {
            let with = |word: &Rc<str>| {
                let words = command.iter().map(|part| part.replace(&name, word).into());
                line(&words.collect::<Vec<Rc<str>>>())
            };
            words.iter().map(with).collect()
        }
        None => {
            let chunks = words.chunks(each.min(words.len().max(1)));
            chunks
                .map(|words| line(&[&command, words].concat()))
                .collect()
        }
    };
    let text = lines.join("\n");
    turn.bytes += text.len() * LETTER;
    match lines.is_empty() {
        true => Flow::Next(0),
        false => of_text(&text, false),
    }
}

/// Has a terminal begin anew at its top.
pub(super) const CLEAR: &str = "\u{1b}[H\u{1b}[2J";

/// `watch [-n SECONDS] [-t] COMMAND`: the command every two seconds, until it is interrupted.
pub(super) fn watch(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> Flow {
    let (mut every, mut has_title) = ("2".to_string(), true);
    let mut left = arguments;
    while let [option, rest @ ..] = left {
        let Some(letters) = option.strip_prefix('-') else {
            break;
        };
        left = rest;
        match (letters, left) {
            ("n" | "-interval", [value, rest @ ..]) => {
                every = value.to_string();
                left = rest;
            }
            ("t" | "-no-title", _) => has_title = false,
            _ => {
                if let Some(value) = letters.strip_prefix('n') {
                    every = value.trim_start_matches('=').to_string();
                }
            }
        }
    }
    let command = left.join(" ");
    let Some(seconds) = every.parse::<f64>().ok().filter(|_| !command.is_empty()) else {
        turn.complain("Usage:\n watch [options] command\n");
        return Flow::Next(1);
    };
    let title = match has_title {
        true => quoted(&format!("Every {seconds:.1}s: {command}\n")),
        false => String::new(),
    };
    let echo = if has_title { "echo" } else { ":" };
    let text = format!(
        "while true; do clear; {echo} {title}; {command}; sleep {}; done",
        seconds.max(0.1)
    );
    turn.bytes += text.len() * LETTER;
    of_text(&text, false)
}
