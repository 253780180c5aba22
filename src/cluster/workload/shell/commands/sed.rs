//! `sed`. Models what GNU's does with `s`, `d`, `p`, `q`, `=`, `a`, `i` and `c`. Left out: the hold space,
//! labels, blocks in braces, `y`, `r` and `w`.

use std::rc::Rc;

use super::super::pattern::{Found, Pattern};
use super::super::turn::{Flow, LETTER, TEXT_BYTES, Turn};
use super::grep::sources;

/// Which lines a command of sed is for.
enum Address {
    Line(usize),
    Last,
    Fits(Pattern),
}

struct Edit {
    from: Option<Address>,
    to: Option<Address>,
    inverts: bool,
    act: Act,
    /// Is it within its lines?
    is_on: bool,
}

enum Act {
    Print,
    Delete,
    Quit,
    Number,
    Replace {
        pattern: Pattern,
        with: Vec<char>,
        all: bool,
        nth: usize,
        prints: bool,
    },
    Text(char, String),
}

struct Script {
    letters: Vec<char>,
    at: usize,
    is_extended: bool,
}

impl Script {
    fn next(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn skip(&mut self, skips: &str) {
        while self.next().is_some_and(|c| skips.contains(c)) {
            self.at += 1;
        }
    }

    fn edits(&mut self) -> Result<Vec<Edit>, String> {
        let mut edits = Vec::new();
        loop {
            self.skip(" \t\n;");
            if self.next().is_none() {
                return Ok(edits);
            }
            let from = self.address()?;
            let mut to = None;
            if self.next() == Some(',') {
                self.at += 1;
                to = self.address()?;
            }
            self.skip(" ");
            let inverts = self.next() == Some('!');
            self.at += usize::from(inverts);
            self.skip(" ");
            let act = self.act()?;
            edits.push(Edit {
                // `0,/x/` may end in the first line.
                is_on: matches!(from, Some(Address::Line(0))),
                from,
                to,
                inverts,
                act,
            });
        }
    }

    fn address(&mut self) -> Result<Option<Address>, String> {
        match self.next() {
            Some('$') => {
                self.at += 1;
                Ok(Some(Address::Last))
            }
            Some('/') => {
                self.at += 1;
                let text = self.until('/')?;
                Ok(Some(Address::Fits(self.pattern(&text, false)?)))
            }
            Some(digit) if digit.is_ascii_digit() => {
                let mut number = 0_usize;
                while let Some(digit) = self.next().and_then(|c| c.to_digit(10)) {
                    number = number.saturating_mul(10).saturating_add(digit as usize);
                    self.at += 1;
                }
                Ok(Some(Address::Line(number)))
            }
            _ => Ok(None),
        }
    }

    fn pattern(&self, text: &str, ignores_case: bool) -> Result<Pattern, String> {
        Pattern::read(text, self.is_extended, ignores_case)
    }

    /// The text up to an end that no backslash stands before.
    fn until(&mut self, end: char) -> Result<String, String> {
        let mut text = String::new();
        while let Some(letter) = self.next() {
            self.at += 1;
            if letter == end {
                return Ok(text);
            }
            if letter == '\\' && self.next() == Some(end) {
                self.at += 1;
                text.push(end);
            } else if letter == '\\' {
                text.push(letter);
                text.extend(self.next());
                self.at += 1;
            } else {
                text.push(letter);
            }
        }
        Err("unterminated `s' command".into())
    }

    fn act(&mut self) -> Result<Act, String> {
        let letter = self.next();
        self.at += 1;
        Ok(match letter {
            Some('p') => Act::Print,
            Some('d') => Act::Delete,
            Some('q') => Act::Quit,
            Some('=') => Act::Number,
            Some('s') => return self.replace(),
            Some(letter @ ('a' | 'i' | 'c')) => {
                self.skip(" \\\n");
                let rest: String = self.letters[self.at.min(self.letters.len())..]
                    .iter()
                    .collect();
                let line = rest.split('\n').next().unwrap_or_default();
                self.at += line.chars().count();
                Act::Text(letter, line.to_string())
            }
            Some(other) => return Err(format!("unknown command: `{other}'")),
            None => return Err("missing command".into()),
        })
    }

    fn replace(&mut self) -> Result<Act, String> {
        let end = self.next().ok_or("unterminated `s' command")?;
        self.at += 1;
        let text = self.until(end)?;
        let with = self.until(end)?.chars().collect();
        let (mut all, mut prints, mut ignores_case, mut nth) = (false, false, false, 1);
        loop {
            match self.next() {
                Some('g') => all = true,
                Some('p') => prints = true,
                Some('i' | 'I') => ignores_case = true,
                Some(digit @ '1'..='9') => nth = digit.to_digit(10).unwrap_or(1) as usize,
                None | Some(';' | '\n' | ' ' | '}') => break,
                Some(_) => return Err("unknown option to `s'".into()),
            }
            self.at += 1;
        }
        Ok(Act::Replace {
            pattern: self.pattern(&text, ignores_case)?,
            with,
            all,
            nth,
            prints,
        })
    }
}

impl Address {
    fn is_at(&self, number: usize, last: usize, line: &str) -> bool {
        match self {
            Address::Line(line) => *line == number,
            Address::Last => number == last,
            Address::Fits(pattern) => pattern.is_in(line),
        }
    }
}

impl Edit {
    fn is_for(&mut self, number: usize, last: usize, line: &str) -> bool {
        let is = match (&self.from, &self.to) {
            (None, _) => true,
            (Some(from), None) => from.is_at(number, last, line),
            (Some(from), Some(to)) => {
                if self.is_on {
                    let is_end = match to {
                        Address::Line(end) => number >= *end,
                        to => to.is_at(number, last, line),
                    };
                    self.is_on = !is_end;
                    !matches!(to, Address::Line(end) if number > *end)
                } else if from.is_at(number, last, line) {
                    self.is_on = !matches!(to, Address::Line(end) if number >= *end);
                    true
                } else {
                    false
                }
            }
        };
        is != self.inverts
    }
}

pub(super) fn sed(turn: &mut Turn<'_>, arguments: &[Rc<str>]) -> Result<i64, Flow> {
    let (mut is_quiet, mut in_place, mut is_extended) = (false, false, false);
    let (mut scripts, mut words): (Vec<Rc<str>>, Vec<Rc<str>>) = Default::default();
    let mut left = arguments.iter();
    while let Some(word) = left.next() {
        match &**word {
            "-n" | "--quiet" | "--silent" => is_quiet = true,
            "-i" | "--in-place" => in_place = true,
            "-E" | "-r" | "--regexp-extended" => is_extended = true,
            "-e" => scripts.extend(left.next().cloned()),
            "-ne" => {
                is_quiet = true;
                scripts.extend(left.next().cloned());
            }
            other if other.starts_with('-') && other.len() > 1 => {
                turn.complain(&format!("sed: invalid option -- '{}'\n", &other[1..]));
                return Ok(1);
            }
            _ => words.push(word.clone()),
        }
    }
    if scripts.is_empty() && !words.is_empty() {
        scripts.push(words.remove(0));
    }
    let mut script = Script {
        letters: scripts.join("\n").chars().collect(),
        at: 0,
        is_extended,
    };
    let mut edits = match script.edits() {
        Ok(edits) => edits,
        Err(why) => {
            let at = script.at;
            turn.complain(&format!("sed: -e expression #1, char {at}: {why}\n"));
            return Ok(1);
        }
    };
    let (sources, all) = sources(turn, "sed", &words)?;
    let endless = words.is_empty() && turn.task.endless;
    for (file, text) in sources {
        turn.bytes += text.len().saturating_mul(LETTER * (1 + edits.len()));
        let (edited, quits) = edited(&mut edits, is_quiet, &text);
        if in_place && !file.is_empty() {
            let path = turn.absolute(&file);
            turn.write(&path, &edited, false)?;
        } else {
            turn.say_of(&edited, endless && !quits)?;
        }
    }
    Ok(if all { 0 } else { 2 })
}

/// What becomes of a text. Was it read no further than to a `q`?
fn edited(edits: &mut [Edit], is_quiet: bool, text: &str) -> (String, bool) {
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::new();
    for (at, line) in lines.iter().enumerate() {
        let mut line = line.to_string();
        let (mut is_gone, mut is_over, mut behind) = (false, false, String::new());
        for edit in edits.iter_mut() {
            if is_gone || !edit.is_for(at + 1, lines.len(), &line) {
                continue;
            }
            match &edit.act {
                Act::Print => out += &format!("{line}\n"),
                Act::Number => out += &format!("{}\n", at + 1),
                Act::Delete => is_gone = true,
                Act::Quit => is_over = true,
                Act::Text('i', text) => out += &format!("{text}\n"),
                Act::Text('a', text) => behind += &format!("{text}\n"),
                Act::Text(_, text) => {
                    out += &format!("{text}\n");
                    is_gone = true;
                }
                Act::Replace {
                    pattern,
                    with,
                    all,
                    nth,
                    prints,
                } => {
                    if let Some(changed) = replaced(pattern, with, *all, *nth, &line) {
                        line = changed;
                        if *prints {
                            out += &format!("{line}\n");
                        }
                    }
                }
            }
            if is_over {
                break;
            }
        }
        if !is_gone && !is_quiet {
            out += &format!("{line}\n");
        }
        out += &behind;
        if is_over || out.len() > TEXT_BYTES {
            return (out, is_over);
        }
    }
    (out, false)
}

/// The line with what fits replaced; nothing if nothing fits.
fn replaced(pattern: &Pattern, with: &[char], all: bool, nth: usize, line: &str) -> Option<String> {
    let letters: Vec<char> = line.chars().collect();
    let (mut out, mut at, mut count, mut any) = (String::new(), 0, 0, false);
    while let Some(found) = pattern.find(line, at) {
        let (start, end) = found[0].unwrap_or_default();
        count += 1;
        out.extend(&letters[at..start]);
        let is_meant = if all { count >= nth } else { count == nth };
        if is_meant {
            any = true;
            fill(&mut out, with, &found, &letters);
        } else {
            out.extend(&letters[start..end]);
        }
        if end == start {
            // What fits nothing goes on behind the next letter.
            out.extend(letters.get(start));
            at = start + 1;
        } else {
            at = end;
        }
        if !all && count >= nth || at > letters.len() {
            break;
        }
    }
    out.extend(letters.get(at..).unwrap_or_default());
    any.then_some(out)
}

/// `&`, `\1`
fn fill(out: &mut String, with: &[char], found: &Found, letters: &[char]) {
    let put = |out: &mut String, group: usize| {
        if let Some((start, end)) = found.get(group).copied().flatten() {
            out.extend(&letters[start..end]);
        }
    };
    let mut left = with.iter();
    while let Some(letter) = left.next() {
        match letter {
            '&' => put(out, 0),
            '\\' => match left.next() {
                Some(digit @ '0'..='9') => put(out, digit.to_digit(10).unwrap_or(0) as usize),
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(other) => out.push(*other),
                None => {}
            },
            letter => out.push(*letter),
        }
    }
}
