//! Variables, sums, braces, patterns. Models what a POSIX shell calls word expansions, as far as
//! manifests use them.

use std::rc::Rc;

use super::turn::Turn;

impl Turn<'_> {
    /// Bytes that are looked at for a value that is more than a variable's own.
    pub(super) fn looks(&self, written: &str) -> usize {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let bare = written.trim_start_matches('#');
        let end = bare.find(|c| !is_name(c)).unwrap_or(bare.len());
        if end == written.len() {
            return 0;
        }
        let value = self.task.variables.get(&bare[..end]);
        let parts = bare.len() - end + 1;
        value.map_or(0, |value| value.len().saturating_mul(parts).min(LOOKS) / 4)
    }

    /// What `$NAME` stands for; `NAME` may go on with `:-default`, `-default`, `%pattern`, `#pattern`.
    pub(super) fn variable(&self, written: &str) -> Rc<str> {
        if let Some(name) = written.strip_prefix('#').filter(|name| !name.is_empty()) {
            return self.variable(name).chars().count().to_string().into();
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = written
            .find(|c| !is_name(c))
            .filter(|end| *end > 0)
            .unwrap_or(written.len());
        let (name, rest) = written.split_at(end);
        let value = self.task.variables.get(name).cloned();
        let set = value.as_ref().is_some_and(|value| !value.is_empty());
        let is_set = value.is_some();
        let value = match name {
            "?" => self.task.status.to_string().into(),
            "$" => (self.task.pid + self.shell.processes_before())
                .to_string()
                .into(),
            "!" if self.task.background == 0 => "0".into(),
            "!" => (self.task.background + self.shell.processes_before())
                .to_string()
                .into(),
            "RANDOM" if !is_set => self.chance().to_string().into(),
            "SECONDS" if !is_set => self.task.time.as_secs().to_string().into(),
            "PWD" if !is_set => self.task.folder.clone(),
            _ => value.unwrap_or_default(),
        };
        let default = rest.strip_prefix(":-").or_else(|| rest.strip_prefix(":="));
        if let Some(default) = default {
            return if set { value } else { self.filled(default) };
        }
        if let Some(default) = rest.strip_prefix('-') {
            return if is_set { value } else { self.filled(default) };
        }
        match rest.get(..1) {
            Some("%") => cut(
                &value,
                rest.trim_start_matches('%'),
                rest.len() > 1 && rest.starts_with("%%"),
                true,
            ),
            Some("#") => cut(
                &value,
                rest.trim_start_matches('#'),
                rest.starts_with("##"),
                false,
            ),
            _ => value,
        }
    }

    /// A default that may be a variable itself.
    fn filled(&self, text: &str) -> Rc<str> {
        match text.strip_prefix('$') {
            Some(name) => self.variable(name.trim_start_matches('{')),
            None => text.trim_matches('"').into(),
        }
    }

    /// `$RANDOM`: the same in every run of the same world, another at each moment.
    fn chance(&self) -> u64 {
        let micros = self.task.time.as_micros() as u64 + self.shell.start.0.unsigned_abs();
        let mixed = (micros ^ u64::from(self.task.pid) ^ self.task.at as u64)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> 40) % 32_768
    }

    /// `$1`, `$2`, `$#`, `$@` are these from here on.
    pub(super) fn set_arguments(&mut self, arguments: &[Rc<str>]) {
        let variables = &mut self.task.variables;
        for at in arguments.len() + 1..10 {
            variables.remove::<str>(&at.to_string());
        }
        for (at, argument) in arguments.iter().enumerate().take(ARGUMENTS) {
            variables.insert((at + 1).to_string().into(), argument.clone());
        }
        let all: Rc<str> = arguments.join(" ").into();
        variables.insert("#".into(), arguments.len().to_string().into());
        variables.insert("@".into(), all.clone());
        variables.insert("*".into(), all);
    }

    /// A sum, or a new value for a variable: `i=i+1`, `i+=2`, `i++`.
    pub(super) fn arithmetic(&mut self, expression: &str) -> Option<i64> {
        let text = expression.trim();
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let rest = rest.trim_start();
        let before = self.sum(if name.is_empty() { "0" } else { name });
        let (value, said) = match rest {
            "++" => (before?.checked_add(1)?, before?),
            "--" => (before?.checked_sub(1)?, before?),
            _ if rest.starts_with('=') && !rest.starts_with("==") => {
                let value = self.sum(&rest[1..])?;
                (value, value)
            }
            _ if rest.starts_with("+=") || rest.starts_with("-=") => {
                let by = self.sum(&rest[2..])?;
                let value = match rest.starts_with('+') {
                    true => before?.checked_add(by)?,
                    false => before?.checked_sub(by)?,
                };
                (value, value)
            }
            _ => return self.sum(text),
        };
        let value: Rc<str> = value.to_string().into();
        self.task.variables.insert(name.into(), value);
        Some(said)
    }

    /// Sums, products and comparisons of whole numbers, from left to right within their rank.
    pub(super) fn sum(&self, expression: &str) -> Option<i64> {
        let mut tokens = Vec::new();
        let mut rest = expression.trim_start();
        while let Some(first) = rest.chars().next() {
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
            let length = if word(first) {
                rest.find(|c| !word(c)).unwrap_or(rest.len())
            } else {
                let two = ["==", "!=", "<=", ">=", "&&", "||"];
                if two.iter().any(|operator| rest.starts_with(operator)) {
                    2
                } else {
                    first.len_utf8()
                }
            };
            tokens.push(&rest[..length]);
            rest = rest[length..].trim_start();
        }
        let mut at = 0;
        let value = self.ranked(&tokens, &mut at, 0)?;
        (at == tokens.len()).then_some(value)
    }

    /// Operators of this rank and those that bind closer.
    fn ranked(&self, tokens: &[&str], at: &mut usize, rank: usize) -> Option<i64> {
        const RANKS: [&[&str]; 5] = [
            &["&&", "||"],
            &["==", "!="],
            &["<", ">", "<=", ">="],
            &["+", "-"],
            &["*", "/", "%"],
        ];
        let Some(operators) = RANKS.get(rank) else {
            return self.operand(tokens, at);
        };
        let mut value = self.ranked(tokens, at, rank + 1)?;
        while let Some(operator) = tokens.get(*at).filter(|token| operators.contains(token)) {
            *at += 1;
            let right = self.ranked(tokens, at, rank + 1)?;
            value = match *operator {
                "+" => value.checked_add(right)?,
                "-" => value.checked_sub(right)?,
                "*" => value.checked_mul(right)?,
                "/" => value.checked_div(right)?,
                "%" => value.checked_rem(right)?,
                "==" => i64::from(value == right),
                "!=" => i64::from(value != right),
                "<" => i64::from(value < right),
                ">" => i64::from(value > right),
                "<=" => i64::from(value <= right),
                ">=" => i64::from(value >= right),
                "&&" => i64::from(value != 0 && right != 0),
                _ => i64::from(value != 0 || right != 0),
            };
        }
        Some(value)
    }

    fn operand(&self, tokens: &[&str], at: &mut usize) -> Option<i64> {
        let token = *tokens.get(*at)?;
        *at += 1;
        match token {
            "-" => self.operand(tokens, at)?.checked_neg(),
            "!" => Some(i64::from(self.operand(tokens, at)? == 0)),
            "(" => {
                let value = self.ranked(tokens, at, 0)?;
                (tokens.get(*at) == Some(&")")).then_some(())?;
                *at += 1;
                Some(value)
            }
            number if number.starts_with(|c: char| c.is_ascii_digit()) => number.parse().ok(),
            name => {
                let value = self.variable(name.trim_start_matches('$'));
                match value.trim() {
                    "" => Some(0),
                    value => value.parse().ok(),
                }
            }
        }
    }

    /// A path from the root, without `.` and `..`.
    pub(super) fn absolute(&self, path: &str) -> Rc<str> {
        let whole = match path.starts_with('/') {
            true => path.to_string(),
            false => format!("{}/{path}", self.task.folder),
        };
        let mut parts: Vec<&str> = Vec::new();
        for part in whole.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        format!("/{}", parts.join("/")).into()
    }
}

/// Arguments that have a name each; `$@` has all.
const ARGUMENTS: usize = 99;

/// Letters times parts of a pattern that are looked at, at most; where it is more, nothing fits.
const LOOKS: usize = 2_000_000;

/// The value without the shortest or longest part at its end or beginning that fits the pattern. One way
/// through the pattern: after each part of it, the places that the text may stand at.
fn cut(value: &str, pattern: &str, longest: bool, at_end: bool) -> Rc<str> {
    let mut parts = parts(pattern);
    let mut text: Vec<char> = value.chars().collect();
    if parts.len().saturating_mul(text.len()) > LOOKS {
        return value.into();
    }
    if at_end {
        parts.reverse();
        text.reverse();
    }
    let mut places = vec![false; text.len() + 1];
    places[0] = true;
    for part in &parts {
        if part[..] == ['*'] {
            let first = places.iter().position(|is| *is).unwrap_or(places.len());
            places[first..].fill(true);
            continue;
        }
        for at in (0..text.len()).rev() {
            places[at + 1] = places[at] && one_fits(part, text[at]);
        }
        places[0] = false;
    }
    let found = match longest {
        true => places.iter().rposition(|is| *is),
        false => places.iter().position(|is| *is),
    };
    let Some(found) = found else {
        return value.into();
    };
    let mut rest: Vec<char> = text.split_off(found);
    if at_end {
        rest.reverse();
    }
    rest.into_iter().collect::<String>().into()
}

/// A pattern's letters and its `[…]`.
fn parts(pattern: &str) -> Vec<Rc<[char]>> {
    let letters: Vec<char> = pattern.chars().collect();
    let (mut parts, mut at) = (Vec::new(), 0);
    while at < letters.len() {
        let closes = (at + 1..letters.len()).find(|end| letters[*end] == ']');
        let end = match (letters[at], closes) {
            ('[', Some(end)) => end + 1,
            _ => at + 1,
        };
        parts.push(letters[at..end].into());
        at = end;
    }
    parts
}

/// Does a part other than `*` fit a letter?
fn one_fits(part: &[char], letter: char) -> bool {
    match part {
        ['?'] => true,
        [one] => *one == letter,
        _ => class(part, 0, letter).is_some(),
    }
}

/// Does a pattern with `*`, `?` and `[…]` fit a text?
pub fn fits(pattern: &str, text: &str) -> bool {
    let letters = |text: &str| text.chars().collect::<Vec<char>>();
    letters_fit(&letters(pattern), &letters(text))
}

/// The same of letters.
pub fn letters_fit(pattern: &[char], text: &[char]) -> bool {
    if pattern.contains(&'*') && pattern.len().saturating_mul(text.len()) > LOOKS {
        return false;
    }
    let (mut p, mut t) = (0, 0);
    // Where to try again: after the last star, one letter further.
    let mut again: Option<(usize, usize)> = None;
    while t < text.len() {
        let one = match pattern.get(p) {
            Some('*') => {
                again = Some((p + 1, t));
                p += 1;
                continue;
            }
            Some('?') => Some(p + 1),
            Some('[') => class(pattern, p, text[t]),
            Some(c) => (*c == text[t]).then_some(p + 1),
            None => None,
        };
        match (one, again) {
            (Some(next), _) => (p, t) = (next, t + 1),
            (None, Some((star, from))) => {
                (p, t) = (star, from + 1);
                again = Some((star, from + 1));
            }
            (None, None) => return false,
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// `[a-z]`: where it ends, if the letter is in it.
fn class(pattern: &[char], at: usize, letter: char) -> Option<usize> {
    let end = (at + 1..pattern.len()).find(|end| pattern[*end] == ']')?;
    let mut inside = &pattern[at + 1..end];
    let negated = matches!(inside.first(), Some('!' | '^'));
    inside = &inside[usize::from(negated)..];
    let mut found = false;
    while let [first, rest @ ..] = inside {
        inside = rest;
        if let ['-', last, rest @ ..] = rest {
            found |= (*first..=*last).contains(&letter);
            inside = rest;
        } else {
            found |= *first == letter;
        }
    }
    (found != negated).then_some(end + 1)
}

/// `{1..5}`
pub fn braces(word: &str) -> Vec<Rc<str>> {
    let range = word
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    let bounds = range.and_then(|range| range.split_once(".."));
    let numbers =
        bounds.and_then(|(from, to)| Some((from.parse::<i64>().ok()?, to.parse::<i64>().ok()?)));
    match numbers {
        Some((from, to)) if to.saturating_sub(from) < 10_000 => {
            (from..=to).map(|n| n.to_string().into()).collect()
        }
        _ => vec![word.into()],
    }
}
