//! One YAML document → the positioned tree. Models the parser and decoder of go.yaml.in/yaml v2 and
//! sigs.k8s.io/yaml's conversion to JSON: anchors, aliases, merge keys, duplicate keys (the last one
//! wins), and their errors. libyaml's events come from libyaml-safer.

use std::io::BufRead;
use std::ops::Range;
use std::rc::Rc;

use libyaml_safer::{
    Encoding, ErrorKind, Event, EventData, MappingStyle, Parser, ScalarStyle, SequenceStyle,
};

use super::go_scanner::{self, Disguise};
use super::go_syntax;
use super::scalar::{self, Scalar};
use super::tree::{Entry, Inside, Node};
use super::{Limit, Problem};
use crate::api::Value;
use crate::collections::Map;

/// What a document is, with what is odd about it.
#[derive(Debug)]
pub struct Parsed {
    /// The document; `None` if there is none but comments.
    pub root: Option<Rc<Node>>,
    /// Bytes of every key that a later one of the same name replaces, with that name.
    pub duplicates: Vec<(Range<usize>, Rc<str>)>,
}

/// Reads the first document of `text[span]`. Positions are those in the whole `text`.
///
/// # Errors
/// The decoder's sentence and where it belongs, or that the document is more than we take.
pub fn parse(text: &str, span: Range<usize>) -> Result<Parsed, Problem> {
    let chunk = &text[span.clone()];
    if let Some((at, c)) = chunk.char_indices().find(|(_, c)| !is_allowed(*c)) {
        let at = span.start + at;
        return Err(Problem {
            message: "yaml: control characters are not allowed".into(),
            span: at..at + c.len_utf8(),
            help: Some(format!(
                "Take out the invisible character U+{:04X}.",
                c as u32
            )),
        });
    }
    let mut disguise = Disguise::of(chunk, span.start)?;
    loop {
        let (read, not_in_tags) = read(text, span.start, &disguise);
        if !not_in_tags.is_empty() {
            disguise.show_commas(&not_in_tags, span.start)?;
            continue;
        }
        let problem = match read {
            Ok(parsed) => return Ok(parsed),
            Err(problem) => problem,
        };
        let at = problem.span.start.saturating_sub(span.start);
        if !disguise.hide_colon(&problem, at) {
            return Err(problem);
        }
    }
}

/// Reads the first document of a chunk, which stands at byte `offset` of `text`. Tells as well which
/// hidden commas end a scalar.
fn read(text: &str, offset: usize, disguise: &Disguise) -> (Result<Parsed, Problem>, Vec<usize>) {
    let mut input = disguise.text.as_bytes();
    let mut events = Parser::new();
    events.set_encoding(Encoding::Utf8);
    events.set_input(&mut input);
    let mut builder = Builder {
        events,
        text,
        offset,
        disguise,
        not_in_tags: Vec::new(),
        anchors: Map::new(),
        duplicates: Vec::new(),
        decoded: 0,
        aliased: 0,
        around: Vec::new(),
        wrong: None,
    };
    let read = builder.document();
    let not_in_tags = std::mem::take(&mut builder.not_in_tags);
    let parsed = read.and_then(|root| match builder.wrong {
        Some(problem) => Err(problem),
        None => Ok(Parsed {
            root,
            duplicates: builder.duplicates,
        }),
    });
    (parsed, not_in_tags)
}

/// May the character stand in YAML at all?
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..)
}

struct Builder<'t, 'r, R> {
    events: Parser<&'r mut R>,
    text: &'t str,
    /// Where the chunk begins in the text.
    offset: usize,
    disguise: &'t Disguise,
    /// Hidden commas that end a scalar, as bytes of the chunk.
    not_in_tags: Vec<usize>,
    /// `None` while the anchored value is still being read.
    anchors: Map<String, Option<Rc<Node>>>,
    duplicates: Vec<(Range<usize>, Rc<str>)>,
    /// Values decoded so far, and how many of them through aliases.
    decoded: u64,
    aliased: u64,
    /// The collections around, outermost first: what closes each that is in flow style.
    around: Vec<Option<char>>,
    /// What the decoder would say. The parser, which goes first, may still have something to say.
    wrong: Option<Problem>,
}

/// A value, and the scalar it is read as where it is one.
struct Decoded {
    node: Rc<Node>,
    scalar: Option<Scalar>,
    is_merge: bool,
}

impl<R: BufRead> Builder<'_, '_, R> {
    fn document(&mut self) -> Result<Option<Rc<Node>>, Problem> {
        self.next()?; // The beginning of the stream.
        let event = self.next()?;
        if matches!(event.data, EventData::StreamEnd) {
            return Ok(None);
        }
        let event = self.next()?;
        let read = self.node(event)?;
        self.refuse_no_json(&read);
        self.next()?; // The end of the document.
        Ok(Some(read.node))
    }

    fn next(&mut self) -> Result<Event, Problem> {
        self.events.parse().map_err(|error| self.syntax(&error))
    }

    fn node(&mut self, event: Event) -> Result<Decoded, Problem> {
        let span = self.span(&event);
        self.decoded += 1;
        self.check_size(&span)?;
        match event.data {
            EventData::Alias { anchor } => self.alias(&anchor, span),
            EventData::Scalar {
                anchor,
                tag,
                value,
                plain_implicit,
                style,
                ..
            } => {
                if style == ScalarStyle::Plain {
                    self.end_as_in_go(&span)?;
                }
                let value = self.disguise.restored(value);
                let tag = tag.map(|tag| self.disguise.restored(tag));
                let is_merge = value == "<<"
                    && (plain_implicit || tag.as_deref() == Some("tag:yaml.org,2002:merge"));
                let scalar = self.scalar(&value, tag.as_deref(), plain_implicit, &span);
                let node = Rc::new(Node {
                    value: match &scalar {
                        Scalar::Value(value) => value.clone(),
                        Scalar::NoJson(_) => Value::Null,
                    },
                    span,
                    inside: Inside::Scalar,
                    size: 1,
                });
                self.keep(anchor, &node);
                Ok(Decoded {
                    node,
                    scalar: Some(scalar),
                    is_merge,
                })
            }
            EventData::SequenceStart { anchor, style, .. } => {
                self.enter(&anchor, style == SequenceStyle::Flow, &span)?;
                let node = self.sequence(span)?;
                self.around.pop();
                self.keep(anchor, &node);
                Ok(Decoded::collection(node))
            }
            EventData::MappingStart { anchor, style, .. } => {
                self.enter(&anchor, style == MappingStyle::Flow, &span)?;
                let node = self.mapping(span)?;
                self.around.pop();
                self.keep(anchor, &node);
                Ok(Decoded::collection(node))
            }
            _ => Err(self.at(span, "yaml: unknown problem parsing YAML content".into())),
        }
    }

    fn enter(
        &mut self,
        anchor: &Option<String>,
        is_flow: bool,
        span: &Range<usize>,
    ) -> Result<(), Problem> {
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor.clone(), None);
        }
        self.around
            .push(match self.text.as_bytes().get(span.start) {
                Some(b'[') if is_flow => Some(']'),
                Some(b'{') if is_flow => Some('}'),
                // A pair that stands in a list without braces.
                _ => self.around.last().copied().flatten(),
            });
        if self.around.len() > Limit::DEPTH {
            return Err(Limit::depth(span.clone()));
        }
        Ok(())
    }

    /// In a flow collection, a scalar ends at a comma, and Go's at a question mark as well, which is
    /// one thing too many then.
    fn end_as_in_go(&mut self, span: &Range<usize>) -> Result<(), Problem> {
        let Some(close) = self.around.last().copied().flatten() else {
            return Ok(());
        };
        let chunk = span.start - self.offset..span.end - self.offset;
        self.not_in_tags.extend(self.disguise.hidden_comma(chunk));
        let Some(at) = go_scanner::question_mark(self.text, span) else {
            return Ok(());
        };
        let lines = self.text[self.offset..at].matches('\n').count() as u64;
        let problem = format!("did not find expected ',' or '{close}'");
        let mut problem = self.at(at..at + 1, format!("yaml: {}{problem}", numbered(lines)));
        problem.help = Some("Put text that has a ? in it in quotes.".into());
        Err(problem)
    }

    fn check_size(&self, span: &Range<usize>) -> Result<(), Problem> {
        if self.decoded > Limit::VALUES {
            return Err(Limit::values(span.clone()));
        }
        Ok(())
    }

    fn keep(&mut self, anchor: Option<String>, node: &Rc<Node>) {
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, Some(node.clone()));
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        tag: Option<&str>,
        plain: bool,
        span: &Range<usize>,
    ) -> Scalar {
        match scalar::resolve(text, tag, plain) {
            Ok(scalar) => scalar,
            Err(sentence) => {
                self.note_wrong(self.at(span.clone(), format!("yaml: {sentence}")));
                Scalar::Value(Value::Null)
            }
        }
    }

    fn alias(&mut self, anchor: &str, span: Range<usize>) -> Result<Decoded, Problem> {
        let Some(target) = self.anchors.get(anchor).cloned() else {
            let message = format!("yaml: unknown anchor '{anchor}' referenced");
            return Err(self.at(span, message));
        };
        let Some(node) = target else {
            let message = format!("yaml: anchor '{anchor}' value contains itself");
            self.note_wrong(self.at(span.clone(), message));
            let node = Node {
                span,
                value: Value::Null,
                inside: Inside::Scalar,
                size: 1,
            };
            return Ok(Decoded::collection(Rc::new(node)));
        };
        self.decoded = self.decoded.saturating_add(node.size);
        self.aliased = self.aliased.saturating_add(node.size);
        let share = self.aliased as f64 / self.decoded as f64;
        if self.aliased > 100 && self.decoded > 1000 && share > allowed_share(self.decoded) {
            let mut problem = self.at(span, "yaml: document contains excessive aliasing".into());
            problem.help = Some("Write the repeated part out, or use fewer aliases.".into());
            return Err(problem);
        }
        self.check_size(&span)?;
        let scalar =
            matches!(node.inside, Inside::Scalar).then(|| Scalar::Value(node.value.clone()));
        Ok(Decoded {
            node,
            scalar,
            is_merge: false,
        })
    }

    fn sequence(&mut self, mut span: Range<usize>) -> Result<Rc<Node>, Problem> {
        let mut items = Vec::new();
        let mut size = 1;
        loop {
            let event = self.next()?;
            if matches!(event.data, EventData::SequenceEnd) {
                span.end = self.span(&event).end.max(span.end);
                break;
            }
            let item = self.node(event)?;
            self.refuse_no_json(&item);
            size += item.node.size;
            items.push(item.node);
        }
        Ok(Rc::new(Node {
            value: items.iter().map(|item| item.value.clone()).collect(),
            span,
            inside: Inside::List(items),
            size,
        }))
    }

    fn mapping(&mut self, mut span: Range<usize>) -> Result<Rc<Node>, Problem> {
        let mut map = Entries::default();
        let mut size = 1;
        loop {
            let event = self.next()?;
            if matches!(event.data, EventData::MappingEnd) {
                span.end = self.span(&event).end.max(span.end);
                break;
            }
            let key_event_span = self.span(&event);
            let key = self.node(event)?;
            let value_event = self.next()?;
            let value = self.node(value_event)?;
            size += value.node.size;
            if key.is_merge {
                self.decoded -= 1;
                self.merge(&mut map, &value, &key_event_span);
                continue;
            }
            size += key.node.size;
            self.refuse_no_json(&value);
            if let Some(name) = self.key(&key, &value, &key_event_span) {
                let entry = Entry {
                    key: name,
                    key_span: key_event_span,
                    value: value.node,
                };
                if let Some(replaced) = map.set(entry, false) {
                    self.duplicates.push(replaced);
                }
            }
        }
        let fields = map.entries.iter();
        Ok(Rc::new(Node {
            value: fields
                .map(|entry| (entry.key.clone(), entry.value.value.clone()))
                .collect(),
            span,
            inside: Inside::Map(map.entries),
            size,
        }))
    }

    /// What the key is called; notes what is wrong with one that can't be.
    fn key(&mut self, key: &Decoded, value: &Decoded, span: &Range<usize>) -> Option<Rc<str>> {
        let Some(scalar) = &key.scalar else {
            let described = go_syntax::describe(&key.node.value);
            let mut problem = self.at(span.clone(), format!("yaml: invalid map key: {described}"));
            if self.text[span.start..].starts_with('{') {
                problem.help = Some("Put text that begins with { in quotes.".into());
            }
            self.note_wrong(problem);
            return None;
        };
        match scalar::key(scalar) {
            Ok(key) => Some(key),
            Err(sentence) => {
                let value = go_syntax::describe(&value.node.value);
                let message = format!("{sentence}, value: {value}");
                self.note_wrong(self.at(span.clone(), message));
                None
            }
        }
    }

    /// `<<: *base`: what is merged replaces what stands before it, and yields to what follows.
    fn merge(&mut self, map: &mut Entries, value: &Decoded, span: &Range<usize>) {
        let sources: Vec<&Rc<Node>> = match &value.node.inside {
            Inside::Map(_) => vec![&value.node],
            // Earlier ones take precedence.
            Inside::List(items) => items.iter().rev().collect(),
            Inside::Scalar => Vec::new(),
        };
        let all_maps = sources
            .iter()
            .all(|source| matches!(source.inside, Inside::Map(_)));
        if !all_maps || matches!(value.node.inside, Inside::Scalar) {
            let message = "yaml: map merge requires map or sequence of maps as the value";
            self.note_wrong(self.at(span.clone(), message.into()));
            return;
        }
        for source in sources {
            if let Inside::Map(entries) = &source.inside {
                for entry in entries {
                    map.set(entry.clone(), true);
                }
            }
        }
    }

    fn refuse_no_json(&mut self, read: &Decoded) {
        if let Some(Scalar::NoJson(name)) = read.scalar {
            let message = format!("json: unsupported value: {name}");
            let mut problem = self.at(read.node.span.clone(), message);
            problem.help = Some("Put it in quotes to keep it as text.".into());
            self.note_wrong(problem);
        }
    }

    fn note_wrong(&mut self, problem: Problem) {
        self.wrong.get_or_insert(problem);
    }

    fn at(&self, span: Range<usize>, message: String) -> Problem {
        Problem {
            message,
            span,
            help: None,
        }
    }

    fn span(&self, event: &Event) -> Range<usize> {
        let at = |index: u64| self.offset + index as usize;
        let start = at(event.start_mark.index).min(self.text.len());
        start..at(event.end_mark.index).clamp(start, self.text.len())
    }

    /// A sentence of libyaml's, with the line that kubectl counts.
    fn syntax(&self, error: &libyaml_safer::Error) -> Problem {
        let mark = error.problem_mark().unwrap_or_default();
        let context = error.context_mark().unwrap_or_default();
        let line = match (mark.line, error.kind()) {
            (0, _) => context.line,
            (line, ErrorKind::Scanner) => line + 1,
            (line, _) => line,
        };
        let line = numbered(line);
        let at = self.offset + mark.index as usize;
        let help = super::help::syntax(error.problem(), self.text, at);
        Problem {
            message: format!("yaml: {line}{}", error.problem()),
            span: at..at,
            help,
        }
    }
}

/// The line as kubectl tells it, which never tells line 0.
fn numbered(line: u64) -> String {
    match line {
        0 => String::new(),
        line => format!("line {line}: "),
    }
}

impl Decoded {
    fn collection(node: Rc<Node>) -> Self {
        Decoded {
            node,
            scalar: None,
            is_merge: false,
        }
    }
}

/// Entries of a map under construction.
#[derive(Default)]
struct Entries {
    entries: Vec<Entry>,
    /// Where each key is, and whether it was merged in.
    places: Map<Rc<str>, (usize, bool)>,
}

impl Entries {
    /// Adds an entry, or replaces the one of the same key, which is then returned if both are
    /// written in this map.
    fn set(&mut self, entry: Entry, is_merged: bool) -> Option<(Range<usize>, Rc<str>)> {
        if let Some((place, was_merged)) = self.places.get_mut(&entry.key) {
            let both_written = !is_merged && !*was_merged;
            *was_merged = is_merged;
            let replaced = std::mem::replace(&mut self.entries[*place], entry);
            return both_written.then_some((replaced.key_span, replaced.key));
        }
        let place = (self.entries.len(), is_merged);
        self.places.insert(entry.key.clone(), place);
        self.entries.push(entry);
        None
    }
}

/// How large a share of the decoded values may come through aliases. Upstream's
/// `allowedAliasRatio`.
fn allowed_share(decoded: u64) -> f64 {
    const LOW: f64 = 400_000.0;
    const HIGH: f64 = 4_000_000.0;
    match decoded as f64 {
        decoded if decoded <= LOW => 0.99,
        decoded if decoded >= HIGH => 0.10,
        decoded => 0.99 - 0.89 * ((decoded - LOW) / (HIGH - LOW)),
    }
}
