//! One JSON value → the positioned tree. Models Go's `encoding/json` decoder: what it takes, and its
//! errors, whose words name what it was looking for.

use std::ops::Range;
use std::rc::Rc;

use super::tree::{Entry, Inside, Node};
use super::{Limit, Problem, number};
use crate::api::Value;
use crate::collections::Map;

/// A value, and where it ends.
#[derive(Debug)]
pub struct Parsed {
    /// The value.
    pub root: Rc<Node>,
    /// The byte behind it.
    pub end: usize,
    /// Bytes of every key that a later one of the same name replaces, with that name.
    pub duplicates: Vec<(Range<usize>, Rc<str>)>,
}

/// Why there is no value.
#[derive(Debug)]
pub enum Fault {
    /// Nothing but blanks.
    End,
    /// The text stops in the middle.
    UnexpectedEnd,
    /// Go's sentence, and the byte that it is about.
    Syntax(String, usize),
    /// More than we take.
    TooMuch(Problem),
}

/// Reads the first value of `text` from byte `start` on.
///
/// # Errors
/// Why there is none.
pub fn parse(text: &str, start: usize) -> Result<Parsed, Fault> {
    let mut reader = Reader {
        bytes: text.as_bytes(),
        text,
        at: start,
        depth: 0,
        values: 0,
        duplicates: Vec::new(),
    };
    reader.skip_blanks();
    if reader.at >= text.len() {
        return Err(Fault::End);
    }
    let root = reader.value()?;
    Ok(Parsed {
        root,
        end: reader.at,
        duplicates: reader.duplicates,
    })
}

struct Reader<'t> {
    bytes: &'t [u8],
    text: &'t str,
    at: usize,
    depth: usize,
    values: u64,
    duplicates: Vec<(Range<usize>, Rc<str>)>,
}

impl Reader<'_> {
    fn peek(&self) -> Result<u8, Fault> {
        self.bytes.get(self.at).copied().ok_or(Fault::UnexpectedEnd)
    }

    fn skip_blanks(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn unexpected(&self, looking: &str) -> Fault {
        let c = self.text[self.at..].chars().next().unwrap_or_default();
        // Go reads bytes: it names the first one of a character.
        let c = if c.is_ascii() {
            c
        } else {
            char::from(self.bytes[self.at])
        };
        let shown = match c {
            '\'' => "'\\''".to_string(),
            '"' => "'\"'".to_string(),
            c => {
                let quoted = super::go_syntax::quote(&c.to_string());
                format!("'{}'", quoted.trim_matches('"'))
            }
        };
        Fault::Syntax(format!("invalid character {shown} {looking}"), self.at)
    }

    fn value(&mut self) -> Result<Rc<Node>, Fault> {
        self.skip_blanks();
        self.values += 1;
        if self.values > Limit::VALUES {
            return Err(Fault::TooMuch(Limit::values(self.at..self.at)));
        }
        let start = self.at;
        let value = match self.peek()? {
            b'{' => return self.nested(Self::object),
            b'[' => return self.nested(Self::array),
            b'"' => Value::from(self.string()?),
            b't' => self.word("true", Value::Bool(true))?,
            b'f' => self.word("false", Value::Bool(false))?,
            b'n' => self.word("null", Value::Null)?,
            b'-' | b'0'..=b'9' => self.number()?,
            _ => return Err(self.unexpected("looking for beginning of value")),
        };
        Ok(Rc::new(Node {
            span: start..self.at,
            value,
            inside: Inside::Scalar,
            size: 1,
        }))
    }

    fn nested(
        &mut self,
        inside: fn(&mut Self) -> Result<Rc<Node>, Fault>,
    ) -> Result<Rc<Node>, Fault> {
        self.depth += 1;
        if self.depth > Limit::DEPTH {
            return Err(Fault::TooMuch(Limit::depth(self.at..self.at + 1)));
        }
        let node = inside(self)?;
        self.depth -= 1;
        Ok(node)
    }

    fn object(&mut self) -> Result<Rc<Node>, Fault> {
        let start = self.at;
        self.at += 1;
        let mut entries: Vec<Entry> = Vec::new();
        let mut places = Map::new();
        let mut size = 1;
        self.skip_blanks();
        if self.peek()? != b'}' {
            loop {
                let entry = self.entry()?;
                size += 1 + entry.value.size;
                match places.get(&entry.key) {
                    Some(place) => {
                        let replaced = std::mem::replace(&mut entries[*place], entry);
                        self.duplicates.push((replaced.key_span, replaced.key));
                    }
                    None => {
                        places.insert(entry.key.clone(), entries.len());
                        entries.push(entry);
                    }
                }
                self.skip_blanks();
                match self.peek()? {
                    b',' => self.at += 1,
                    b'}' => break,
                    _ => return Err(self.unexpected("after object key:value pair")),
                }
            }
        }
        self.at += 1;
        let fields = entries.iter();
        Ok(Rc::new(Node {
            span: start..self.at,
            value: fields
                .map(|entry| (entry.key.clone(), entry.value.value.clone()))
                .collect(),
            inside: Inside::Map(entries),
            size,
        }))
    }

    fn entry(&mut self) -> Result<Entry, Fault> {
        self.skip_blanks();
        let start = self.at;
        if self.peek()? != b'"' {
            return Err(self.unexpected("looking for beginning of object key string"));
        }
        let key = self.string()?;
        let key_span = start..self.at;
        self.skip_blanks();
        if self.peek()? != b':' {
            return Err(self.unexpected("after object key"));
        }
        self.at += 1;
        let value = self.value()?;
        Ok(Entry {
            key: key.into(),
            key_span,
            value,
        })
    }

    fn array(&mut self) -> Result<Rc<Node>, Fault> {
        let start = self.at;
        self.at += 1;
        let mut items = Vec::new();
        self.skip_blanks();
        if self.peek()? != b']' {
            loop {
                items.push(self.value()?);
                self.skip_blanks();
                match self.peek()? {
                    b',' => self.at += 1,
                    b']' => break,
                    _ => return Err(self.unexpected("after array element")),
                }
            }
        }
        self.at += 1;
        Ok(Rc::new(Node {
            span: start..self.at,
            value: items.iter().map(|item| item.value.clone()).collect(),
            size: 1 + items.iter().map(|item| item.size).sum::<u64>(),
            inside: Inside::List(items),
        }))
    }

    fn string(&mut self) -> Result<String, Fault> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let start = self.at;
            while !matches!(self.peek()?, b'"' | b'\\' | 0..=0x1f) {
                self.at += 1;
            }
            text.push_str(&self.text[start..self.at]);
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    self.at += 1;
                    text.push(self.escape()?);
                }
                _ => return Err(self.unexpected("in string literal")),
            }
        }
        self.at += 1;
        Ok(text)
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let c = match self.peek()? {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return Err(self.unexpected("in string escape code")),
        };
        self.at += 1;
        Ok(c)
    }

    /// `\u` and four digits; two of them for a character beyond the first 65,536.
    fn unicode(&mut self) -> Result<char, Fault> {
        let first = self.four_digits()?;
        if !(0xd800..0xdc00).contains(&first) {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let before = self.at;
        if self.bytes[self.at..].starts_with(b"\\u") {
            self.at += 1;
            let second = self.four_digits()?;
            if (0xdc00..0xe000).contains(&second) {
                let c = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
        self.at = before;
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn four_digits(&mut self) -> Result<u32, Fault> {
        self.at += 1;
        let mut code = 0;
        for _ in 0..4 {
            let digit = char::from(self.peek()?).to_digit(16);
            let Some(digit) = digit else {
                return Err(self.unexpected("in \\u hexadecimal character escape"));
            };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, Fault> {
        for expected in word.bytes() {
            if self.peek()? != expected {
                let expected = char::from(expected);
                let looking = format!("in literal {word} (expecting '{expected}')");
                return Err(self.unexpected(&looking));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, Fault> {
        let start = self.at;
        if self.peek()? == b'-' {
            self.at += 1;
        }
        match self.peek()? {
            b'0' => self.at += 1,
            b'1'..=b'9' => self.digits(),
            _ => return Err(self.unexpected("in numeric literal")),
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.some_digits("after decimal point in numeric literal")?;
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek()?, b'+' | b'-') {
                self.at += 1;
            }
            self.some_digits("in exponent of numeric literal")?;
        }
        let literal = &self.text[start..self.at];
        if let Ok(whole) = literal.parse() {
            return Ok(Value::Int(whole));
        }
        let float: f64 = literal.parse().unwrap_or(f64::INFINITY);
        if float.is_finite() {
            return Ok(number::from_float(float));
        }
        let message =
            format!("json: cannot unmarshal number {literal} into Go value of type float64");
        Err(Fault::TooMuch(Problem {
            message,
            span: start..self.at,
            help: None,
        }))
    }

    fn digits(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    fn some_digits(&mut self, looking: &str) -> Result<(), Fault> {
        if !self.peek()?.is_ascii_digit() {
            return Err(self.unexpected(looking));
        }
        self.digits();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, parse};
    use crate::api::Value;

    #[test]
    fn values_are_read_with_their_places() {
        let text = r#" {"a": [1, 2.5, "\u00fc\ud83d\ude00\/"], "a": null} x"#;
        let parsed = parse(text, 0).expect("JSON");
        assert_eq!(parsed.root.value.get("a"), Some(&Value::Null));
        assert_eq!(parsed.duplicates.len(), 1);
        assert_eq!(&text[parsed.root.span.clone()], text[1..parsed.end].trim());
    }

    #[test]
    fn faults_are_told_in_gos_words() {
        for (text, sentence) in [
            (
                "{\"a\":1,}",
                "invalid character '}' looking for beginning of object key string",
            ),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            (
                "{\"a\":1 \"b\":2}",
                "invalid character '\"' after object key:value pair",
            ),
            ("[1 2]", "invalid character '2' after array element"),
            (
                "{\"a\":nginx}",
                "invalid character 'g' in literal null (expecting 'u')",
            ),
            (
                "{\"a\":\"\n\"}",
                "invalid character '\\n' in string literal",
            ),
            (
                "{\"a\":01}",
                "invalid character '1' after object key:value pair",
            ),
        ] {
            match parse(text, 0) {
                Err(Fault::Syntax(said, _)) => assert_eq!(said, sentence, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
        assert!(matches!(parse("{\"a\":", 0), Err(Fault::UnexpectedEnd)));
        assert!(matches!(parse("  ", 0), Err(Fault::End)));
    }
}
