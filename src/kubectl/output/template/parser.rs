//! Templates read: text with actions between `{{` and `}}`. Models `text/template/parse` of Go.

use crate::api::Value;

/// A part of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// Text as it is.
    Text(String),
    /// What a pipeline makes is printed.
    Print(Pipe),
    /// A variable becomes what a pipeline makes.
    Assign(String, Pipe),
    /// `if`, `else if`: each condition with what it guards; a missing one is `else`.
    If(Vec<(Option<Pipe>, Vec<Item>)>),
    /// `with`: what it is about, what is done with it, and what without it.
    With(Pipe, Vec<Item>, Vec<Item>),
    /// `range`: names of the key and the value, what is gone through, what is done, and what if
    /// there is nothing.
    Range(Vec<String>, Pipe, Vec<Item>, Vec<Item>),
}

/// Commands, each of which gets what the one before it made.
pub type Pipe = Vec<Vec<Operand>>;

/// A word of a command.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// A constant.
    Value(Value),
    /// A function.
    Function(String),
    /// Fields of the dot (no name), or of a variable.
    Field(Option<String>, Vec<String>),
    /// A pipeline in parentheses, and fields of what it makes.
    Pipe(Pipe, Vec<String>),
}

/// Reads a template.
///
/// # Errors
/// Go's sentence.
pub fn parse(text: &str) -> Result<Vec<Item>, String> {
    let mut parser = Parser {
        pieces: pieces(text)?,
        at: 0,
    };
    let (items, end) = parser.items()?;
    match end.as_deref() {
        None => Ok(items),
        Some(word) => Err(wrong(&["unexpected {{", word, "}}"])),
    }
}

fn wrong(parts: &[&str]) -> String {
    ["template: output:1: ", &parts.concat()].concat()
}

/// Text, or the words of an action.
enum Piece {
    Text(String),
    Action(Vec<String>),
}

fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut trims = false;
    loop {
        let start = rest.find("{{");
        let mut before = &rest[..start.unwrap_or(rest.len())];
        if trims {
            before = before.trim_start();
        }
        let Some(start) = start else {
            pieces.push(Piece::Text(before.into()));
            return Ok(pieces);
        };
        let mut action = &rest[start + 2..];
        if let Some(behind) = action.strip_prefix("- ") {
            before = before.trim_end();
            action = behind;
        }
        pieces.push(Piece::Text(before.into()));
        if let Some(comment) = action.trim_start().strip_prefix("/*") {
            let Some((_, behind)) = comment.split_once("*/") else {
                return Err(wrong(&["unclosed comment"]));
            };
            let behind = behind.trim_start();
            trims = behind.starts_with('-');
            let Some(behind) = behind.trim_start_matches('-').strip_prefix("}}") else {
                return Err(wrong(&["comment ends before closing delimiter"]));
            };
            rest = behind;
            continue;
        }
        let (words, behind) = words(action)?;
        trims = action[..action.len() - behind.len()].ends_with(" -}}");
        pieces.push(Piece::Action(words));
        rest = behind;
    }
}

/// The words up to the closing braces, and what is behind these.
fn words(action: &str) -> Result<(Vec<String>, &str), String> {
    let mut words = Vec::new();
    let mut rest = action;
    loop {
        rest = rest.trim_start();
        if let Some(behind) = rest.strip_prefix("}}").or(rest.strip_prefix("-}}")) {
            return Ok((words, behind));
        }
        let Some(first) = rest.chars().next() else {
            return Err(wrong(&["unclosed action"]));
        };
        let end = match first {
            '"' | '`' | '\'' => quoted_end(rest, first)?,
            '(' | '|' | ',' | '=' => 1,
            ')' => {
                // Fields of what is in parentheses belong to them.
                let fields = rest[1..].starts_with('.');
                if fields { word_end(rest, 1) } else { 1 }
            }
            ':' if rest.starts_with(":=") => 2,
            _ => word_end(rest, first.len_utf8()),
        };
        words.push(rest[..end].to_string());
        rest = &rest[end..];
    }
}

fn word_end(text: &str, from: usize) -> usize {
    let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '|' | ',' | '=' | ':' | '}');
    text[from..].find(ends).map_or(text.len(), |end| from + end)
}

fn quoted_end(text: &str, quote: char) -> Result<usize, String> {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if quote != '`' => is_escaped = true,
            c if c == quote => return Ok(at + 1),
            '\n' if quote != '`' => break,
            _ => {}
        }
    }
    Err(wrong(&["unterminated quoted string"]))
}

struct Parser {
    pieces: Vec<Piece>,
    at: usize,
}

impl Parser {
    /// Items up to an `end` or `else`, which is given back with its words.
    fn items(&mut self) -> Result<(Vec<Item>, Option<String>), String> {
        let mut items = Vec::new();
        while let Some(piece) = self.pieces.get(self.at) {
            self.at += 1;
            let words = match piece {
                Piece::Text(text) => {
                    items.push(Item::Text(text.clone()));
                    continue;
                }
                Piece::Action(words) => words.clone(),
            };
            match words.first().map(String::as_str) {
                None => return Err(wrong(&["missing value for command"])),
                Some("end") => return Ok((items, Some("end".into()))),
                Some("else") => return Ok((items, Some(words.join(" ")))),
                Some("if") => items.push(self.condition(&words[1..])?),
                Some(word @ ("range" | "with")) => {
                    items.push(self.block(word, &words[1..])?);
                }
                Some(word @ ("define" | "template" | "block" | "break" | "continue")) => {
                    return Err(wrong(&["{{", word, "}} is not there"]));
                }
                Some(_) => items.push(assignment(&words)?),
            }
        }
        Ok((items, None))
    }

    fn condition(&mut self, words: &[String]) -> Result<Item, String> {
        let mut branches = vec![(Some(pipe(words)?), Vec::new())];
        loop {
            let (items, end) = self.items()?;
            if let Some(branch) = branches.last_mut() {
                branch.1 = items;
            }
            match end.as_deref() {
                None => return Err(wrong(&["unexpected EOF"])),
                Some("end") => return Ok(Item::If(branches)),
                Some("else") => branches.push((None, Vec::new())),
                Some(other) => {
                    let words: Vec<String> = other.split(' ').skip(2).map(String::from).collect();
                    branches.push((Some(pipe(&words)?), Vec::new()));
                }
            }
        }
    }

    fn block(&mut self, word: &str, words: &[String]) -> Result<Item, String> {
        let (mut names, mut words) = (Vec::new(), words);
        if let Some(at) = words.iter().position(|word| word == ":=") {
            let named = words[..at].iter().filter(|word| *word != ",");
            names = named
                .map(|name| name.trim_start_matches('$').into())
                .collect();
            words = &words[at + 1..];
        }
        let of = pipe(words)?;
        let (items, end) = self.items()?;
        let mut otherwise = Vec::new();
        match end.as_deref() {
            Some("else") => otherwise = self.items()?.0,
            Some("end") => {}
            _ => return Err(wrong(&["unexpected EOF"])),
        }
        Ok(match word {
            "with" => Item::With(of, items, otherwise),
            _ => Item::Range(names, of, items, otherwise),
        })
    }
}

fn assignment(words: &[String]) -> Result<Item, String> {
    match words {
        [name, sign, rest @ ..] if name.starts_with('$') && matches!(&**sign, ":=" | "=") => {
            Ok(Item::Assign(name[1..].into(), pipe(rest)?))
        }
        _ => Ok(Item::Print(pipe(words)?)),
    }
}

fn pipe(words: &[String]) -> Result<Pipe, String> {
    let mut words = words.iter().map(String::as_str).peekable();
    let pipe = commands(&mut words)?;
    match words.next() {
        None => Ok(pipe),
        Some(word) => Err(wrong(&["unexpected \"", word, "\" in command"])),
    }
}

type Words<'a, I> = std::iter::Peekable<I>;

fn commands<'a, I: Iterator<Item = &'a str>>(words: &mut Words<'a, I>) -> Result<Pipe, String> {
    let mut pipe: Pipe = vec![Vec::new()];
    while let Some(word) = words.next_if(|word| !word.starts_with(')')) {
        match word {
            "|" => pipe.push(Vec::new()),
            "(" => {
                let inner = commands(words)?;
                let Some(end) = words.next() else {
                    return Err(wrong(&["unclosed left paren"]));
                };
                push(&mut pipe, Operand::Pipe(inner, fields(&end[1..])));
            }
            word => push(&mut pipe, operand(word)?),
        }
    }
    if pipe.iter().any(Vec::is_empty) {
        return Err(wrong(&["missing value for command"]));
    }
    Ok(pipe)
}

fn push(pipe: &mut Pipe, operand: Operand) {
    if let Some(last) = pipe.last_mut() {
        last.push(operand);
    }
}

/// `.a.b`
fn fields(text: &str) -> Vec<String> {
    let names = text.split('.').filter(|name| !name.is_empty());
    names.map(String::from).collect()
}

fn operand(word: &str) -> Result<Operand, String> {
    let value = |value: Value| Ok(Operand::Value(value));
    if word.starts_with('.') {
        return Ok(Operand::Field(None, fields(word)));
    }
    if let Some(rest) = word.strip_prefix('$') {
        let (name, path) = rest.split_once('.').unwrap_or((rest, ""));
        return Ok(Operand::Field(Some(name.into()), fields(path)));
    }
    if let Some(raw) = word.strip_prefix('`') {
        return value(raw.trim_end_matches('`').into());
    }
    if word.starts_with('"') {
        let text = serde_json::from_str::<String>(word);
        return value(text.map_err(|_| wrong(&["invalid syntax"]))?.into());
    }
    match word {
        "true" | "false" => value(Value::Bool(word == "true")),
        "nil" => value(Value::Null),
        _ => {
            if let Ok(number) = word.parse() {
                return value(Value::Int(number));
            }
            if let Ok(number) = word.parse() {
                return value(Value::Float(number));
            }
            if super::FUNCTIONS.contains(&word) {
                return Ok(Operand::Function(word.into()));
            }
            Err(wrong(&["function \"", word, "\" not defined"]))
        }
    }
}
