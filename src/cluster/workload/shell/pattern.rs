//! Regular expressions as grep and sed have them, basic and extended. Ours: the first way that fits is
//! taken, where POSIX asks for the longest. Left out: back-references within a pattern, collating
//! elements.

use std::cell::Cell;

/// Steps that a search takes at most; then nothing fits.
const STEPS: u32 = 200_000;

/// Nested groups at most.
const DEPTH: usize = 50;

/// A pattern, read.
#[derive(Clone, Debug)]
pub struct Pattern {
    node: Node,
    ignores_case: bool,
}

/// Where a pattern fits: as a whole, then each group. Numbers of letters.
pub type Found = [Option<(usize, usize)>; 10];

#[derive(Clone, Debug)]
enum Node {
    Letter(char),
    Any,
    /// Ranges; is it anything else?
    Class(Vec<(char, char)>, bool),
    Start,
    End,
    /// Between a word's letter and another; is it anywhere else?
    Edge(bool),
    Group(Box<Node>, usize),
    Row(Vec<Node>),
    Either(Vec<Node>),
    Repeat(Box<Node>, usize, usize),
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What isn't understood.
    pub fn read(text: &str, is_extended: bool, ignores_case: bool) -> Result<Self, String> {
        let text = match ignores_case {
            true => text.to_lowercase(),
            false => text.to_string(),
        };
        let mut reader = Reader {
            letters: text.chars().collect(),
            at: 0,
            is_extended,
            groups: 0,
        };
        let node = reader.either(0)?;
        match reader.at < reader.letters.len() {
            true => Err("Unmatched ) or \\)".into()),
            false => Ok(Pattern { node, ignores_case }),
        }
    }

    /// The text itself, with nothing special in it.
    pub fn fixed(text: &str, ignores_case: bool) -> Self {
        let letters = lower(text, ignores_case);
        Pattern {
            node: Node::Row(letters.into_iter().map(Node::Letter).collect()),
            ignores_case,
        }
    }

    /// The first place from `from` on where it fits.
    pub fn find(&self, line: &str, from: usize) -> Option<Found> {
        let letters = lower(line, self.ignores_case);
        let left = Cell::new(STEPS);
        let search = Search {
            letters: &letters,
            left: &left,
        };
        (from..=letters.len()).find_map(|start| {
            let mut found = [None; 10];
            let mut end = None;
            let fits = search.fits(&self.node, start, &mut found, &mut |at, _| {
                end = Some(at);
                true
            });
            found[0] = end.map(|end| (start, end));
            fits.then_some(found)
        })
    }

    /// Does it fit anywhere?
    pub fn is_in(&self, line: &str) -> bool {
        self.find(line, 0).is_some()
    }
}

fn lower(text: &str, ignores_case: bool) -> Vec<char> {
    match ignores_case {
        true => text.to_lowercase().chars().collect(),
        false => text.chars().collect(),
    }
}

struct Reader {
    letters: Vec<char>,
    at: usize,
    is_extended: bool,
    groups: usize,
}

impl Reader {
    fn next(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    /// Is an operator next: bare where patterns are extended, behind a backslash where they are basic?
    fn is_operator(&self, operator: char) -> bool {
        match self.is_extended {
            true => self.next() == Some(operator),
            false => self.next() == Some('\\') && self.letters.get(self.at + 1) == Some(&operator),
        }
    }

    fn accept(&mut self, operator: char) -> bool {
        let is = self.is_operator(operator);
        self.at += usize::from(is) * if self.is_extended { 1 } else { 2 };
        is
    }

    fn either(&mut self, depth: usize) -> Result<Node, String> {
        if depth > DEPTH {
            return Err("Regular expression too big".into());
        }
        let mut ways = vec![self.row(depth)?];
        while self.accept('|') {
            ways.push(self.row(depth)?);
        }
        Ok(match ways.len() {
            1 => ways.remove(0),
            _ => Node::Either(ways),
        })
    }

    fn row(&mut self, depth: usize) -> Result<Node, String> {
        let mut row = Vec::new();
        while self.next().is_some() && !self.is_operator('|') && !self.is_operator(')') {
            let is_first = row.is_empty();
            let node = self.one(depth, is_first)?;
            let node = self.repeated(node, is_first)?;
            row.push(node);
        }
        Ok(Node::Row(row))
    }

    fn one(&mut self, depth: usize, is_first: bool) -> Result<Node, String> {
        if self.accept('(') {
            self.groups += 1;
            let number = self.groups;
            let inner = self.either(depth + 1)?;
            if !self.accept(')') {
                return Err("Unmatched ( or \\(".into());
            }
            return Ok(Node::Group(Box::new(inner), number));
        }
        let letter = self.next().unwrap_or_default();
        self.at += 1;
        Ok(match letter {
            '.' => Node::Any,
            '[' => self.class()?,
            '^' if is_first || self.is_extended => Node::Start,
            '$' if self.ends_row() => Node::End,
            '\\' => {
                let Some(escaped) = self.next() else {
                    return Err("Trailing backslash".into());
                };
                self.at += 1;
                escape(escaped)
            }
            letter => Node::Letter(letter),
        })
    }

    /// Does nothing follow in this row?
    fn ends_row(&self) -> bool {
        self.is_extended || self.next().is_none() || self.is_operator('|') || self.is_operator(')')
    }

    fn repeated(&mut self, node: Node, is_first: bool) -> Result<Node, String> {
        let mut node = node;
        loop {
            let is_start = matches!(node, Node::Start) && is_first;
            let (least, most) = if self.next() == Some('*') && !is_start {
                self.at += 1;
                (0, usize::MAX)
            } else if self.accept('+') {
                (1, usize::MAX)
            } else if self.accept('?') {
                (0, 1)
            } else if self.accept('{') {
                self.bounds()?
            } else {
                return Ok(node);
            };
            node = Node::Repeat(Box::new(node), least, most);
        }
    }

    /// `2}`, `2,}`, `2,5}`
    fn bounds(&mut self) -> Result<(usize, usize), String> {
        let mut text = String::new();
        while !self.is_operator('}') {
            let Some(letter) = self.next() else {
                return Err("Unmatched { or \\{".into());
            };
            text.push(letter);
            self.at += 1;
        }
        self.accept('}');
        let number = |text: &str| text.parse::<usize>().ok().filter(|number| *number <= 255);
        let wrong = || "Invalid content of \\{\\}".to_string();
        match text.split_once(',') {
            None => number(&text).map(|n| (n, n)),
            Some((least, "")) => number(least).map(|n| (n, usize::MAX)),
            Some((least, most)) => number(least).zip(number(most)),
        }
        .ok_or_else(wrong)
    }

    fn class(&mut self) -> Result<Node, String> {
        let is_other = self.next() == Some('^');
        self.at += usize::from(is_other);
        let mut ranges = Vec::new();
        let mut is_first = true;
        loop {
            let Some(letter) = self.next() else {
                return Err("Unmatched [, [^, [:, [., or [=".into());
            };
            self.at += 1;
            if letter == ']' && !is_first {
                return Ok(Node::Class(ranges, is_other));
            }
            is_first = false;
            if letter == '[' && self.next() == Some(':') {
                let rest: String = self.letters[self.at + 1..].iter().collect();
                let Some(end) = rest.find(":]") else {
                    return Err("Unmatched [, [^, [:, [., or [=".into());
                };
                ranges.extend_from_slice(named(&rest[..end])?);
                self.at += rest[..end].chars().count() + 3;
                continue;
            }
            let is_range = self.next() == Some('-')
                && self.letters.get(self.at + 1).is_some_and(|end| *end != ']');
            match is_range {
                true => {
                    ranges.push((letter, self.letters[self.at + 1]));
                    self.at += 2;
                }
                false => ranges.push((letter, letter)),
            }
        }
    }
}

const WORD: &[(char, char)] = &[('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')];
const SPACE: &[(char, char)] = &[('\t', '\r'), (' ', ' ')];

fn escape(letter: char) -> Node {
    match letter {
        'w' => Node::Class(WORD.to_vec(), false),
        'W' => Node::Class(WORD.to_vec(), true),
        's' => Node::Class(SPACE.to_vec(), false),
        'S' => Node::Class(SPACE.to_vec(), true),
        'b' | '<' | '>' => Node::Edge(false),
        'B' => Node::Edge(true),
        'n' => Node::Letter('\n'),
        't' => Node::Letter('\t'),
        letter => Node::Letter(letter),
    }
}

fn named(name: &str) -> Result<&'static [(char, char)], String> {
    Ok(match name {
        "alpha" => &[('a', 'z'), ('A', 'Z')],
        "digit" => &[('0', '9')],
        "alnum" => &[('a', 'z'), ('A', 'Z'), ('0', '9')],
        "upper" => &[('A', 'Z')],
        "lower" => &[('a', 'z')],
        "space" => SPACE,
        "blank" => &[(' ', ' '), ('\t', '\t')],
        "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "xdigit" => &[('0', '9'), ('a', 'f'), ('A', 'F')],
        _ => return Err("Invalid character class name".into()),
    })
}

/// A search through one line.
struct Search<'l> {
    letters: &'l [char],
    left: &'l Cell<u32>,
}

type Then<'t> = &'t mut dyn FnMut(usize, &mut Found) -> bool;

impl Search<'_> {
    fn letter(&self, at: usize) -> Option<char> {
        self.letters.get(at).copied()
    }

    /// Does the node fit from here on, and what comes then?
    fn fits(&self, node: &Node, at: usize, found: &mut Found, then: Then<'_>) -> bool {
        let Some(left) = self.left.get().checked_sub(1) else {
            return false;
        };
        self.left.set(left);
        match node {
            Node::Letter(letter) => self.letter(at) == Some(*letter) && then(at + 1, found),
            Node::Any => self.letter(at).is_some() && then(at + 1, found),
            Node::Class(ranges, is_other) => {
                self.letter(at).is_some_and(|letter| {
                    let is_in = ranges
                        .iter()
                        .any(|(low, high)| (*low..=*high).contains(&letter));
                    is_in != *is_other
                }) && then(at + 1, found)
            }
            Node::Start => at == 0 && then(at, found),
            Node::End => at == self.letters.len() && then(at, found),
            Node::Edge(is_none) => {
                let is_word = |at: Option<usize>| {
                    let letter = at.and_then(|at| self.letter(at));
                    letter.is_some_and(|c| c.is_alphanumeric() || c == '_')
                };
                let is_edge = is_word(at.checked_sub(1)) != is_word(Some(at));
                is_edge != *is_none && then(at, found)
            }
            Node::Group(inner, number) => {
                let before = *found;
                let fits = self.fits(inner, at, found, &mut |end, found| {
                    if let Some(group) = found.get_mut(*number) {
                        *group = Some((at, end));
                    }
                    then(end, found)
                });
                if !fits {
                    *found = before;
                }
                fits
            }
            Node::Row(row) => self.row(row, at, found, then),
            Node::Either(ways) => ways.iter().any(|way| self.fits(way, at, found, then)),
            Node::Repeat(inner, least, most) => {
                self.repeat((inner, *least, *most), at, found, then)
            }
        }
    }

    fn row(&self, row: &[Node], at: usize, found: &mut Found, then: Then<'_>) -> bool {
        match row {
            [] => then(at, found),
            [first, rest @ ..] => self.fits(first, at, found, &mut |end, found| {
                self.row(rest, end, found, then)
            }),
        }
    }

    /// As often as it can, then less.
    fn repeat(
        &self,
        (inner, least, most): (&Node, usize, usize),
        at: usize,
        found: &mut Found,
        then: Then<'_>,
    ) -> bool {
        if let Node::Letter(_) | Node::Any | Node::Class(..) = inner {
            return self.repeat_one((inner, least, most), at, found, then);
        }
        let again = most > 0
            && self.fits(inner, at, found, &mut |end, found| {
                // What fits nothing could be repeated for ever.
                let next = (inner, least.saturating_sub(1), most.saturating_sub(1));
                end > at && self.repeat(next, end, found, then)
            });
        again || least == 0 && then(at, found)
    }

    /// The same of single letters: without going deeper for each.
    fn repeat_one(
        &self,
        (inner, least, most): (&Node, usize, usize),
        at: usize,
        found: &mut Found,
        then: Then<'_>,
    ) -> bool {
        let mut end = at;
        while end - at < most && self.fits(inner, end, found, &mut |_, _| true) {
            end += 1;
        }
        loop {
            if end - at < least {
                return false;
            }
            if then(end, found) {
                return true;
            }
            if end == at {
                return false;
            }
            end -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn patterns_fit_as_in_grep() {
        for (pattern, is_extended, line, fits) in [
            ("^web-.*Running", false, "web-1  1/1  Running", true),
            ("a\\|b", false, "xbx", true),
            ("a|b", false, "xbx", false),
            ("a|b", true, "xbx", true),
            ("[0-9]+", true, "abc", false),
            ("[0-9]\\+s$", false, "12s", true),
            ("[[:upper:]][^a-c]", false, "Xa", false),
            ("(ab){2}", true, "xababx", true),
            ("a{2,3}", true, "a", false),
            ("x*", false, "", true),
            ("\\bpod\\b", false, "my pod is", true),
            ("\\bpod\\b", false, "pods", false),
            ("1\\.2", false, "1x2", false),
        ] {
            let read = Pattern::read(pattern, is_extended, false).expect(pattern);
            assert_eq!(read.is_in(line), fits, "{pattern} in {line}");
        }
        let read = Pattern::read("NGINX", false, true).expect("a pattern");
        assert!(read.is_in("an nginx"));
        assert!(Pattern::read("(", true, false).is_err());
    }

    #[test]
    fn groups_are_remembered() {
        let read = Pattern::read("(\\w+)=(\\w+)", true, false).expect("a pattern");
        let found = read.find("  key=value", 0).expect("it fits");
        assert_eq!(found[..3], [Some((2, 11)), Some((2, 5)), Some((6, 11))]);
    }

    #[test]
    fn a_search_that_takes_too_long_finds_nothing() {
        let read = Pattern::read("(a*)*b", true, false).expect("a pattern");
        assert!(!read.is_in(&"a".repeat(5_000)));
    }
}
