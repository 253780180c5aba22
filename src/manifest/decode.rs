//! Strict decoding of a positioned tree against the schema. Models Go's `encoding/json` with
//! upstream's strictness (`sigs.k8s.io/json`): of wrong types Go tells one, unknown fields are all
//! told where there is none.
//!
//! Fields are looked at in the order of their names: kubectl sends them so, and the API server's
//! first complaint depends on it.

use std::ops::Range;
use std::rc::Rc;

use super::simulated::Simulated;
use super::tree::{Entry, Inside, Node};
use super::{Limit, go_syntax, go_time, help, number};
use crate::api::base64;
use crate::api::quantity::Quantity;
use crate::api::schema::{self, Shape, TypeId};
use crate::api::{Fields, Value};
use crate::order;

/// What is wrong with one place of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Upstream's words.
    pub message: String,
    /// Bytes of the text.
    pub span: Range<usize>,
    /// Ours.
    pub help: Option<String>,
    /// What would mend it, in place of `span`.
    pub replacement: Option<String>,
}

/// What a document says, once it is held against the schema.
#[derive(Clone, Debug, Default)]
pub struct Decoded {
    /// The object: known fields only, nulls left out.
    pub value: Value,
    /// Wrong types, and values that aren't what their type asks for.
    pub fatal: Vec<Fault>,
    /// Which of them Go tells.
    pub told: usize,
    /// Unknown fields.
    pub strict: Vec<Fault>,
    /// Fields that are valid but not simulated, or not all of it.
    pub notes: Vec<Note>,
}

/// A field that is valid, though not all that it means is done here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// `spec.containers[0].stdin`
    pub path: String,
    /// Bytes of the text.
    pub span: Range<usize>,
    /// What isn't done; `None`: nothing is.
    pub lacking: Option<&'static str>,
}

/// Decodes `root` as `of`. `simulated` tells which fields something obeys; `None` asks for no notes.
pub fn decode(root: &Node, of: TypeId, simulated: Option<&Simulated>) -> Decoded {
    decode_named(root, of, of.struct_name(), simulated)
}

/// What is wrong with the `metadata` of an object of any kind, as kubectl finds it before it sends
/// anything. Models `metadataValidatingDecoder` of cli-runtime.
pub fn metadata_fault(root: &Node) -> Option<Fault> {
    let head = Node {
        span: root.span.clone(),
        value: root.value.clone(),
        inside: Inside::Map(root.entry("metadata").cloned().into_iter().collect()),
        size: 1,
    };
    let of = schema::kind("v1", "Pod")?.of();
    let decoded = decode_named(&head, of, "metadataOnlyObject", None);
    decoded.error().cloned()
}

/// The same, under another name of the outermost struct.
fn decode_named(root: &Node, of: TypeId, name: &str, simulated: Option<&Simulated>) -> Decoded {
    let mut decoder = Decoder {
        out: Decoded::default(),
        simulated,
        quiet: 0,
        is_over: false,
    };
    let place = Place {
        struct_name: name,
        go_path: String::new(),
        path: String::new(),
        pattern: String::new(),
    };
    let value = decoder.value(root, of, &place);
    decoder.out.value = value.unwrap_or_default();
    decoder.out
}

struct Decoder<'s> {
    out: Decoded,
    simulated: Option<&'s Simulated>,
    /// Above zero inside a field that was noted already.
    quiet: usize,
    /// Has Go stopped at a value that a type refuses on its own? It tells that one, even if a wrong
    /// type came before.
    is_over: bool,
}

impl Decoded {
    /// The one fault that Go tells, if there is any but unknown fields.
    pub fn error(&self) -> Option<&Fault> {
        self.fatal.get(self.told)
    }
}

/// Where decoding stands.
#[derive(Clone)]
struct Place<'n> {
    /// The innermost struct, by Go's name.
    struct_name: &'n str,
    /// `spec.containers.livenessProbe.ProbeHandler.exec`, as Go's errors name it.
    go_path: String,
    /// `spec.containers[0].livenessProbe.exec`
    path: String,
    /// `spec.containers[].livenessProbe.exec`
    pattern: String,
}

impl Decoder<'_> {
    /// The value, or `None` where it is null or of a wrong type.
    fn value(&mut self, node: &Node, of: TypeId, place: &Place) -> Option<Value> {
        if node.value == Value::Null {
            return None;
        }
        match (of.shape(), &node.inside) {
            (Shape::Struct, Inside::Map(entries)) => Some(self.fields(entries, of, place)),
            (Shape::Map, Inside::Map(entries)) => self.map(entries, of, place),
            (Shape::List, Inside::List(items)) => self.list(items, of, place),
            (Shape::Any, _) => Some(node.value.clone()),
            (shape, _) => self.scalar(node, shape, of, place),
        }
    }

    fn fields(&mut self, entries: &[Entry], of: TypeId, place: &Place) -> Value {
        let mut sorted: Vec<&Entry> = entries.iter().collect();
        order::sort_by(&mut sorted, |a, b| a.key.cmp(&b.key));
        let mut fields = Fields::new();
        for entry in sorted {
            let Some(field) = of.field(&entry.key) else {
                self.unknown(entry, of, place);
                continue;
            };
            let inner = place.inside(of, field.embedded(), &entry.key);
            let noted = self.note(&inner, entry);
            if let Some(value) = self.value(&entry.value, field.of(), &inner) {
                fields.insert(entry.key.clone(), value);
            }
            self.quiet -= usize::from(noted);
        }
        Value::Map(Rc::new(fields))
    }

    fn map(&mut self, entries: &[Entry], of: TypeId, place: &Place) -> Option<Value> {
        let item = of.item()?;
        let mut sorted: Vec<&Entry> = entries.iter().collect();
        order::sort_by(&mut sorted, |a, b| a.key.cmp(&b.key));
        let mut fields = Fields::new();
        self.quiet += 1;
        for entry in sorted {
            let mut inner = place.clone();
            inner.path = format!("{}.{}", place.path, entry.key);
            if let Some(value) = self.value(&entry.value, item, &inner) {
                fields.insert(entry.key.clone(), value);
            } else if entry.value.value == Value::Null && item.shape() == Shape::String {
                // A null in a map of texts is Go's empty text.
                fields.insert(entry.key.clone(), "".into());
            }
        }
        self.quiet -= 1;
        Some(Value::Map(Rc::new(fields)))
    }

    fn list(&mut self, items: &[Rc<Node>], of: TypeId, place: &Place) -> Option<Value> {
        let item = of.item()?;
        let mut values = Vec::with_capacity(items.len());
        for (number, node) in items.iter().enumerate() {
            let mut inner = place.clone();
            inner.path = format!("{}[{number}]", place.path);
            inner.pattern = format!("{}[]", place.pattern);
            let value = self.value(node, item, &inner);
            values.push(value.unwrap_or_else(|| zero(item)));
        }
        Some(Value::List(Rc::new(values)))
    }

    fn scalar(&mut self, node: &Node, shape: Shape, of: TypeId, place: &Place) -> Option<Value> {
        let whole = |bits: u32| {
            let most = if bits == 32 {
                i64::from(i32::MAX)
            } else {
                i64::MAX
            };
            node.value
                .as_i64()
                .filter(|n| (-most - 1..=most).contains(n))
                .map(Value::Int)
        };
        let fits = match (shape, &node.value) {
            (Shape::String, Value::String(_))
            | (Shape::Bool, Value::Bool(_))
            | (Shape::Number, Value::Int(_) | Value::Float(_)) => Some(node.value.clone()),
            (Shape::Int32, _) => whole(32),
            (Shape::Int64, _) => whole(64),
            (Shape::IntOrString, Value::String(_)) => Some(node.value.clone()),
            (Shape::IntOrString, _) => whole(32),
            (Shape::Bytes, Value::String(text)) => return self.bytes(node, text),
            (Shape::Quantity, _) => return self.quantity(node),
            (Shape::Time | Shape::MicroTime, Value::String(text)) => {
                return self.time(node, text, shape == Shape::MicroTime);
            }
            _ => None,
        };
        if fits.is_none() {
            self.wrong_type(node, shape, of, place);
        }
        fits
    }

    fn bytes(&mut self, node: &Node, text: &Rc<str>) -> Option<Value> {
        match base64::decode(text) {
            Ok(_) => Some(Value::String(text.clone())),
            Err(at) => {
                let message = format!("illegal base64 data at input byte {at}");
                self.fatal(
                    node,
                    message,
                    Some("Encode it with base64, or use stringData.".into()),
                );
                None
            }
        }
    }

    fn quantity(&mut self, node: &Node) -> Option<Value> {
        let fits = match &node.value {
            Value::String(text) => Quantity::parse(text.trim()).is_some(),
            Value::Int(_) | Value::Float(_) => true,
            _ => false,
        };
        if fits {
            return Some(node.value.clone());
        }
        let text = node.value.as_str().unwrap_or_default();
        let help = Some("Write it as 500m, 2, 64Mi or 1Gi.".into());
        self.refused(node, wrong_quantity(text.trim()).into(), help);
        None
    }

    fn time(&mut self, node: &Node, text: &Rc<str>, is_micro: bool) -> Option<Value> {
        let Some(fault) = go_time::fault(text, is_micro) else {
            return Some(Value::String(text.clone()));
        };
        let help = Some("Write it as 2026-01-01T00:00:00Z.".into());
        self.refused(node, fault, help);
        None
    }

    fn wrong_type(&mut self, node: &Node, shape: Shape, of: TypeId, place: &Place) {
        let is_whole = matches!(shape, Shape::Int32 | Shape::Int64 | Shape::IntOrString);
        let said = match &node.value {
            Value::Bool(_) => "bool".to_string(),
            Value::Int(number) if is_whole => format!("number {number}"),
            Value::Float(number) if is_whole => format!("number {}", number::go_json(*number)),
            Value::Int(_) | Value::Float(_) => "number".into(),
            Value::String(_) => "string".into(),
            Value::List(_) => "array".into(),
            Value::Map(_) | Value::Null => "object".into(),
        };
        let go = match shape {
            Shape::IntOrString => "int32".into(),
            Shape::Time | Shape::MicroTime => "string".into(),
            Shape::Bytes => "[]uint8".into(),
            _ => of.go(),
        };
        let place = format!("{}.{}", place.struct_name, place.go_path);
        let message =
            format!("json: cannot unmarshal {said} into Go struct field {place} of type {go}");
        let help = match (shape, &node.value) {
            (Shape::String, Value::Bool(_) | Value::Int(_) | Value::Float(_)) => {
                Some("Put it in quotes: this field takes text.".to_string())
            }
            (Shape::Int32 | Shape::Int64 | Shape::Bool, Value::String(_)) => {
                Some("Take the quotes away: this field takes no text.".to_string())
            }
            (Shape::List, _) => {
                Some("Begin each item with a dash: this field takes a list.".to_string())
            }
            _ => None,
        };
        if matches!(shape, Shape::IntOrString | Shape::Time | Shape::MicroTime) {
            self.refused(node, message, help);
        } else {
            self.fatal(node, message, help);
        }
    }

    /// A type with a decoder of its own refuses a value: Go stops there.
    fn refused(&mut self, node: &Node, message: String, help: Option<String>) {
        if !self.is_over {
            self.is_over = true;
            self.out.told = self.out.fatal.len();
        }
        self.fatal(node, message, help);
    }

    fn fatal(&mut self, node: &Node, message: String, help: Option<String>) {
        self.out.fatal.push(Fault {
            message,
            span: super::tree::first_of(node),
            help,
            replacement: None,
        });
    }

    fn unknown(&mut self, entry: &Entry, of: TypeId, place: &Place) {
        let path = join(&place.path, &entry.key);
        let names = of.fields().map(|field| field.name());
        // What nobody will be shown gets no help, which takes long.
        let is_shown = self.out.strict.len() < Limit::FINDINGS;
        let close = is_shown.then(|| help::closest(&entry.key, names)).flatten();
        self.out.strict.push(Fault {
            message: format!("unknown field {}", go_syntax::quote(&path)),
            span: entry.key_span.clone(),
            help: close.map(|close| format!("Did you mean {close}?")),
            replacement: close.map(str::to_string),
        });
    }

    /// Notes a field that nothing obeys, or not as upstream would; what is in it isn't noted again.
    fn note(&mut self, place: &Place, entry: &Entry) -> bool {
        let Some(simulated) = self.simulated.filter(|_| self.quiet == 0) else {
            return false;
        };
        let value = entry.value.value.as_str().unwrap_or_default();
        let lacking = simulated.partly(&place.pattern, value);
        if lacking.is_none() && simulated.obeys(&place.pattern) {
            return false;
        }
        self.out.notes.push(Note {
            path: place.path.clone(),
            span: entry.key_span.clone(),
            lacking,
        });
        self.quiet += 1;
        true
    }
}

impl<'n> Place<'n> {
    fn inside(&self, of: TypeId, embedded: &str, key: &str) -> Place<'n> {
        // Only the outermost struct goes by another name than its type's.
        let struct_name = if self.path.is_empty() {
            self.struct_name
        } else {
            of.struct_name()
        };
        let go_path = match embedded {
            "" => join(&self.go_path, key),
            embedded => join(&join(&self.go_path, embedded), key),
        };
        Place {
            struct_name,
            go_path,
            path: join(&self.path, key),
            pattern: join(&self.pattern, key),
        }
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_string()
    } else {
        format!("{path}.{key}")
    }
}

/// What is wrong with a quantity. Models `ParseQuantity`: digits, then letters and an exponent; what
/// they mean is asked last.
fn wrong_quantity(text: &str) -> &'static str {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits =
        |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (mut at, has_digits) = (digits(rest), digits(rest) > 0);
    let mut fraction = 0;
    if rest[at..].starts_with('.') {
        fraction = digits(&rest[at + 1..]);
        at += 1 + fraction;
    }
    let rest = &rest[at..];
    let suffix = rest.trim_start_matches(|c| "eEinumkKMGTP".contains(c));
    let exponent = suffix.strip_prefix(['+', '-']).unwrap_or(suffix);
    if text.is_empty() || digits(exponent) < exponent.len() {
        return "quantities must match the regular expression \
                '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    }
    if has_digits || fraction > 0 {
        "unable to parse quantity's suffix"
    } else {
        "unable to parse numeric part of quantity"
    }
}

/// What Go has where a list has a null.
fn zero(of: TypeId) -> Value {
    match of.shape() {
        Shape::Struct | Shape::Map => Value::map(),
        Shape::String => "".into(),
        _ => Value::Null,
    }
}
