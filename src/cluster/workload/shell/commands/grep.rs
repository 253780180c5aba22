//! `grep`. Models what GNU's does with the options that people use. Left out: `-r`, `-P`, colours.

use std::rc::Rc;

use super::super::pattern::{Found, Pattern};
use super::super::turn::{Flow, LETTER, Turn};

/// A file's name, empty for what is read otherwise, and its text.
pub(super) type Source = (Rc<str>, Rc<str>);

/// What is read: the files that are named, or the input. Those that aren't there are complained of.
pub(super) fn sources(
    turn: &mut Turn<'_>,
    name: &str,
    files: &[Rc<str>],
) -> Result<(Vec<Source>, bool), Flow> {
    if files.is_empty() {
        let input = turn.task.input.take().unwrap_or_default();
        return Ok((vec![("".into(), input)], true));
    }
    let (mut read, mut all) = (Vec::new(), true);
    for file in files {
        match turn.text_of(file)? {
            Some(text) => read.push((file.clone(), text)),
            None => {
                turn.complain(&format!("{name}: {file}: No such file or directory\n"));
                all = false;
            }
        }
    }
    Ok((read, all))
}

#[derive(Default)]
struct Grep {
    patterns: Vec<Rc<str>>,
    files: Vec<Rc<str>>,
    is_extended: bool,
    is_fixed: bool,
    ignores_case: bool,
    inverts: bool,
    counts: bool,
    is_quiet: bool,
    numbers: bool,
    only: bool,
    lists: bool,
    whole_words: bool,
    whole_lines: bool,
    names: Option<bool>,
    after: usize,
    before: usize,
    most: Option<usize>,
}

impl Grep {
    fn read(name: &str, arguments: &[Rc<str>]) -> Result<Self, String> {
        let mut grep = Grep {
            is_extended: name == "egrep",
            is_fixed: name == "fgrep",
            ..Grep::default()
        };
        let mut words: Vec<Rc<str>> = Vec::new();
        let mut left = arguments.iter();
        while let Some(word) = left.next() {
            if &**word == "--" {
                words.extend(left.by_ref().cloned());
            } else if word.starts_with("--") {
                grep.long(word)?;
            } else if word.starts_with('-') && word.len() > 1 {
                grep.short(&word[1..], &mut left)?;
            } else {
                words.push(word.clone());
            }
        }
        if grep.patterns.is_empty() {
            if words.is_empty() {
                return Err("Usage: grep [OPTION]... PATTERNS [FILE]...".into());
            }
            grep.patterns.push(words.remove(0));
        }
        grep.files = words;
        Ok(grep)
    }

    fn long(&mut self, word: &str) -> Result<(), String> {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        match name {
            "--color" | "--colour" | "--line-buffered" => {}
            "--ignore-case" => self.ignores_case = true,
            "--invert-match" => self.inverts = true,
            "--count" => self.counts = true,
            "--quiet" | "--silent" => self.is_quiet = true,
            "--line-number" => self.numbers = true,
            "--only-matching" => self.only = true,
            "--extended-regexp" => self.is_extended = true,
            "--fixed-strings" => self.is_fixed = true,
            "--word-regexp" => self.whole_words = true,
            "--regexp" => self.patterns.push(value.into()),
            "--after-context" => self.after = number(value)?,
            "--before-context" => self.before = number(value)?,
            "--context" => (self.after, self.before) = (number(value)?, number(value)?),
            "--max-count" => self.most = Some(number(value)?),
            _ => return Err(format!("grep: unrecognized option '{name}'")),
        }
        Ok(())
    }

    fn short(
        &mut self,
        letters: &str,
        left: &mut std::slice::Iter<'_, Rc<str>>,
    ) -> Result<(), String> {
        for (at, letter) in letters.char_indices() {
            let behind = &letters[at + letter.len_utf8()..];
            if matches!(letter, 'A' | 'B' | 'C' | 'e' | 'm') {
                let value = match (behind, left.as_slice().first()) {
                    ("", Some(next)) => {
                        left.next();
                        next.clone()
                    }
                    ("", None) => {
                        return Err(format!("grep: option requires an argument -- '{letter}'"));
                    }
                    (behind, _) => behind.into(),
                };
                match letter {
                    'A' => self.after = number(&value)?,
                    'B' => self.before = number(&value)?,
                    'C' => (self.after, self.before) = (number(&value)?, number(&value)?),
                    'm' => self.most = Some(number(&value)?),
                    _ => self.patterns.push(value),
                }
                return Ok(());
            }
            match letter {
                'E' => self.is_extended = true,
                'F' => self.is_fixed = true,
                'G' => self.is_extended = false,
                'i' | 'y' => self.ignores_case = true,
                'v' => self.inverts = true,
                'c' => self.counts = true,
                'q' => self.is_quiet = true,
                'n' => self.numbers = true,
                'o' => self.only = true,
                'l' => self.lists = true,
                'w' => self.whole_words = true,
                'x' => self.whole_lines = true,
                'h' => self.names = Some(false),
                'H' => self.names = Some(true),
                's' | 'a' | 'r' | 'R' => {}
                digit if digit.is_ascii_digit() && letters.parse::<usize>().is_ok() => {
                    (self.after, self.before) = (number(letters)?, number(letters)?);
                    return Ok(());
                }
                other => return Err(format!("grep: invalid option -- '{other}'")),
            }
        }
        Ok(())
    }

    fn compiled(&self) -> Result<Vec<Pattern>, String> {
        let lines = self.patterns.iter().flat_map(|pattern| pattern.split('\n'));
        lines
            .map(|text| {
                if self.is_fixed {
                    return Ok(Pattern::fixed(text, self.ignores_case));
                }
                let read = Pattern::read(text, self.is_extended, self.ignores_case);
                read.map_err(|why| format!("grep: {why}"))
            })
            .collect()
    }

    /// Where a line fits.
    fn find(&self, patterns: &[Pattern], line: &str, from: usize) -> Option<Found> {
        let letters = line.chars().count();
        let is_word = |at: Option<usize>| {
            let letter = at.and_then(|at| line.chars().nth(at));
            letter.is_some_and(|c| c.is_alphanumeric() || c == '_')
        };
        patterns.iter().find_map(|pattern| {
            let mut from = from;
            loop {
                let found = pattern.find(line, from)?;
                let (start, end) = found[0].unwrap_or_default();
                let fits = (!self.whole_lines || start == 0 && end == letters)
                    && (!self.whole_words || !is_word(start.checked_sub(1)) && !is_word(Some(end)));
                if fits {
                    return Some(found);
                }
                from = start + 1;
            }
        })
    }
}

fn number(text: &str) -> Result<usize, String> {
    let wrong = |_| format!("grep: {text}: invalid context length argument");
    text.parse().map_err(wrong)
}

pub(super) fn grep(turn: &mut Turn<'_>, name: &str, arguments: &[Rc<str>]) -> Result<i64, Flow> {
    let read = Grep::read(name, arguments).and_then(|grep| {
        let patterns = grep.compiled()?;
        Ok((grep, patterns))
    });
    let (grep, patterns) = match read {
        Ok(read) => read,
        Err(why) => {
            turn.complain(&format!("{why}\n"));
            return Ok(2);
        }
    };
    let (sources, all) = sources(turn, "grep", &grep.files)?;
    let names = grep.names.unwrap_or(grep.files.len() > 1);
    let endless = grep.files.is_empty() && turn.task.endless;
    let mut any = false;
    for (file, text) in sources {
        turn.bytes += text.len().saturating_mul(LETTER * (1 + patterns.len()));
        let (shown, count) = grepped(&grep, &patterns, if names { &file } else { "" }, &text);
        any |= count > 0;
        // It reads no further than it has to.
        let over = (grep.is_quiet || grep.lists) && count > 0;
        if endless && !over && grep.most.is_none_or(|most| count < most) {
            let shown = if grep.is_quiet || grep.counts {
                ""
            } else {
                &shown
            };
            return Err(turn.pour(shown));
        }
        if grep.is_quiet {
            continue;
        }
        let prefix = if names {
            format!("{file}:")
        } else {
            String::new()
        };
        match (grep.counts, grep.lists) {
            (true, _) => turn.say(&format!("{prefix}{count}\n"))?,
            (_, true) if count > 0 => turn.say(&format!("{file}\n"))?,
            (_, true) => 0,
            _ => turn.say(&shown)?,
        };
    }
    Ok(match (all, any) {
        (false, _) => 2,
        (true, any) => i64::from(!any),
    })
}

/// The lines that are shown of a text, and how many fit.
fn grepped(grep: &Grep, patterns: &[Pattern], file: &str, text: &str) -> (String, usize) {
    let lines: Vec<&str> = text.lines().collect();
    let (mut out, mut count, mut next, mut due) = (String::new(), 0, 0, 0);
    let head = |mark: char, at: usize| {
        let mut head = String::new();
        if !file.is_empty() {
            head = format!("{file}{mark}");
        }
        if grep.numbers {
            head += &format!("{}{mark}", at + 1);
        }
        head
    };
    for (at, line) in lines.iter().enumerate() {
        if grep.most.is_some_and(|most| count >= most) {
            break;
        }
        let found = grep.find(patterns, line, 0);
        if found.is_some() == grep.inverts {
            if at < due {
                out += &format!("{}{line}\n", head('-', at));
                next = at + 1;
            }
            continue;
        }
        count += 1;
        if grep.only {
            let mut found = found;
            while let Some((start, end)) = found.and_then(|found| found[0]) {
                let part: String = line.chars().skip(start).take(end - start).collect();
                if !part.is_empty() {
                    out += &format!("{}{part}\n", head(':', at));
                }
                found = grep.find(patterns, line, end.max(start + 1));
            }
            continue;
        }
        let from = at.saturating_sub(grep.before).max(next);
        if (grep.before > 0 || grep.after > 0) && next > 0 && from > next {
            out += "--\n";
        }
        for (before, line) in lines.iter().enumerate().take(at).skip(from) {
            out += &format!("{}{line}\n", head('-', before));
        }
        out += &format!("{}{line}\n", head(':', at));
        (next, due) = (at + 1, at + 1 + grep.after);
    }
    (out, count)
}
