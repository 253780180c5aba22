//! Text from here to there: what is printed, and what goes through a pipe.

use std::rc::Rc;

use super::super::turn::{Flow, LETTER, TEXT_BYTES, Turn};
use super::{grep, option, sed, text_option};
use crate::api::base64;
use crate::order;

pub(super) fn run(
    turn: &mut Turn<'_>,
    name: &str,
    arguments: &[Rc<str>],
) -> Result<Option<i64>, Flow> {
    Ok(Some(match name {
        "echo" => echo(turn, arguments)?,
        "printf" => printf(turn, arguments)?,
        "seq" => seq(turn, arguments)?,
        "expr" => expr(turn, arguments)?,
        "read" => read(turn, arguments),
        "grep" | "egrep" | "fgrep" => grep::grep(turn, name, arguments)?,
        "sed" => sed::sed(turn, arguments)?,
        "basename" | "dirname" => {
            let path = arguments.first().cloned().unwrap_or_default();
            let path = path.trim_end_matches('/');
            let (folder, base) = path.rsplit_once('/').unwrap_or((".", path));
            let said = if name == "basename" { base } else { folder };
            turn.say(&format!("{said}\n"))?
        }
        "wc" | "sort" | "uniq" | "cut" | "tr" | "base64" => {
            let skips = if name == "tr" { usize::MAX } else { 0 };
            let (text, endless) = input(turn, arguments, skips)?;
            if endless && matches!(name, "wc" | "sort" | "uniq" | "base64") {
                // Nothing of it is printed before the end.
                return Err(Flow::Forever);
            }
            // What they do to each letter takes longer than copying it.
            let set = match name {
                "tr" => arguments.iter().map(|a| a.len()).sum(),
                _ => LETTER,
            };
            turn.bytes += text.len().saturating_mul(set);
            let said = changed(name, arguments, &text);
            turn.say_of(&said, endless)?
        }
        _ => return Ok(None),
    }))
}

/// What a command reads: the file that it names behind so many words, else its input. Does that never end?
fn input(
    turn: &mut Turn<'_>,
    arguments: &[Rc<str>],
    skips: usize,
) -> Result<(Rc<str>, bool), Flow> {
    let mut takes_next = false;
    let mut files = arguments.iter().filter(|a| {
        let is_option = a.starts_with('-') && a.len() > 1;
        let is_value = std::mem::replace(&mut takes_next, is_option && a.len() == 2);
        let with_value = matches!(&***a, "-f" | "-d" | "-k" | "-m" | "-A" | "-B" | "-C");
        takes_next &= with_value;
        !is_option && !is_value
    });
    match files.nth(skips) {
        Some(file) => {
            let text = turn.text_of(file)?;
            if text.is_none() {
                turn.complain(&format!("{file}: No such file or directory\n"));
            }
            Ok((text.unwrap_or_default(), false))
        }
        None => Ok(turn.take_some()),
    }
}

fn changed(name: &str, arguments: &[Rc<str>], text: &str) -> String {
    let has = |option: &str| arguments.iter().any(|a| &**a == option);
    let lines = text.lines();
    let joined = |lines: Vec<&str>| -> String {
        lines.into_iter().map(|line| format!("{line}\n")).collect()
    };
    match name {
        "wc" if has("-c") => format!("{}\n", text.len()),
        "wc" if has("-w") => format!("{}\n", text.split_whitespace().count()),
        "wc" => format!("{}\n", lines.count()),
        "sort" => {
            let mut lines: Vec<&str> = lines.collect();
            if has("-n") {
                order::sort_by_key(&mut lines, |line| line.trim().parse::<i64>().unwrap_or(0));
            } else {
                order::sort_by_key(&mut lines, |line| *line);
            }
            if has("-r") {
                lines.reverse();
            }
            if has("-u") {
                lines.dedup();
            }
            joined(lines)
        }
        "uniq" => {
            let mut lines: Vec<&str> = lines.collect();
            lines.dedup();
            joined(lines)
        }
        "cut" => {
            let separator = text_option(arguments, "-d").unwrap_or("\t");
            let field = option(arguments, "-f").unwrap_or(1).max(1);
            let at = usize::try_from(field - 1).unwrap_or(0);
            joined(
                lines
                    .map(|line| line.split(separator).nth(at).unwrap_or(line))
                    .collect(),
            )
        }
        "tr" => translated(arguments, text),
        _ if has("-d") || has("--decode") => {
            let bytes = base64::decode(text).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        }
        _ => format!("{}\n", base64::encode(text.as_bytes())),
    }
}

/// `tr a-z A-Z`, `tr -d '\n'`
fn translated(arguments: &[Rc<str>], text: &str) -> String {
    let sets: Vec<Vec<char>> = arguments
        .iter()
        .filter(|a| !a.starts_with('-') || a.len() == 1)
        .map(|set| set_of(set))
        .collect();
    let deletes = arguments.iter().any(|a| &**a == "-d");
    let of = |c: char| {
        sets.first()
            .and_then(|set| set.iter().position(|known| *known == c))
    };
    text.chars()
        .filter_map(|c| match (of(c), deletes, sets.get(1)) {
            (None, ..) => Some(c),
            (Some(_), true, _) => None,
            (Some(at), false, Some(to)) => to.get(at).or(to.last()).copied(),
            (Some(_), false, None) => Some(c),
        })
        .collect()
}

/// Letters that a set has at most.
const SET: usize = 128;

fn set_of(text: &str) -> Vec<char> {
    let text = unescaped(text)
        .replace("[:upper:]", "A-Z")
        .replace("[:lower:]", "a-z")
        .replace("[:digit:]", "0-9");
    let letters: Vec<char> = text.chars().collect();
    let (mut set, mut at) = (Vec::new(), 0);
    while at < letters.len() && set.len() < SET {
        if letters.get(at + 1) == Some(&'-') && at + 2 < letters.len() {
            set.extend((letters[at]..=letters[at + 2]).take(SET));
            at += 3;
        } else {
            set.push(letters[at]);
            at += 1;
        }
    }
    set
}

fn echo(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> Result<i64, Flow> {
    let options = arguments
        .iter()
        .take_while(|a| matches!(&***a, "-n" | "-e" | "-ne" | "-en"));
    let options: Vec<_> = options.cloned().collect();
    let mut text = arguments[options.len()..].join(" ");
    if options.iter().any(|option| option.contains('e')) {
        text = unescaped(&text);
    }
    if !options.iter().any(|option| option.contains('n')) {
        text.push('\n');
    }
    turn.say(&text)
}

pub(super) fn unescaped(text: &str) -> String {
    text.replace("\\n", "\n")
        .replace("\\r", "\r")
        .replace("\\t", "\t")
}

/// `%s` and `%d` are filled in order.
fn printf(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> Result<i64, Flow> {
    let arguments = match arguments {
        [dashes, rest @ ..] if &**dashes == "--" => rest,
        all => all,
    };
    let format = unescaped(arguments.first().map_or("", |format| format));
    let mut values = arguments.iter().skip(1);
    let mut text = String::new();
    loop {
        let left = values.len();
        let mut letters = format.chars();
        while let Some(c) = letters.next() {
            if c != '%' {
                text.push(c);
                continue;
            }
            let kind = letters.find(|c| c.is_ascii_alphabetic() || *c == '%');
            match kind {
                Some('%') => text.push('%'),
                _ => text.push_str(values.next().map_or("", |value| value)),
            }
        }
        // Values that are left begin the format anew.
        if values.len() == 0 || values.len() == left || text.len() > TEXT_BYTES {
            return turn.say(&text);
        }
    }
}

fn seq(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> Result<i64, Flow> {
    let numbers: Vec<i64> = arguments.iter().filter_map(|a| a.parse().ok()).collect();
    let (from, step, to) = match numbers[..] {
        [to] => (1, 1, to),
        [from, to] => (from, 1, to),
        [from, step, to] => (from, step, to),
        _ => return Ok(1),
    };
    let mut text = String::new();
    let mut number = from;
    while step != 0 && (number <= to) == (step > 0 || number == to) && text.len() < TEXT_BYTES {
        text.push_str(&format!("{number}\n"));
        number = number.saturating_add(step);
    }
    turn.say(&text)
}

fn expr(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> Result<i64, Flow> {
    let words = arguments.join(" ");
    match turn.sum(&words) {
        Some(value) => {
            turn.say(&format!("{value}\n"))?;
            Ok(i64::from(value == 0))
        }
        None => Err(Flow::Unknown(format!("expr {words}"))),
    }
}

/// `read NAME…`: a line of what is read.
fn read(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> i64 {
    let text = turn.task.input.clone().unwrap_or_default();
    if text.is_empty() {
        return 1;
    }
    let (line, rest) = text.split_once('\n').unwrap_or((&text, ""));
    turn.bytes += rest.len();
    let names: Vec<&Rc<str>> = arguments.iter().filter(|a| !a.starts_with('-')).collect();
    let mut left = line.trim();
    for (at, name) in names.iter().enumerate() {
        let (value, after) = match at + 1 == names.len() {
            true => (left, ""),
            false => left.split_once(char::is_whitespace).unwrap_or((left, "")),
        };
        left = after.trim_start();
        let value = value.into();
        turn.task.variables.insert((*name).clone(), value);
    }
    // What never ends goes on as it began.
    if !turn.task.endless || !rest.is_empty() {
        turn.task.input = Some(rest.into());
    }
    0
}
