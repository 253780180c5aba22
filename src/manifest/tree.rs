//! The positioned document tree: every value and every key with the bytes that it was written with.
//! One tree feeds decoding, diagnostics, completion and "the line that caused this".

use std::ops::Range;
use std::rc::Rc;

use crate::api::Value;

/// A value as written, with its bytes in the whole text.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is, resolved as kubectl resolves it.
    pub kind: NodeKind,
    /// Bytes of the text. An alias keeps the bytes of the place where it is used.
    pub span: Range<usize>,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// `null`, `~`, nothing
    Null,
    /// `true`, `yes`, `on` …
    Bool(bool),
    /// A whole number that fits 64 bits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    String(Rc<str>),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping in the order in which it was written, duplicate keys included.
    Map(Vec<Entry>),
}

/// One `key: value` of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key, as JSON has it.
    pub key: Rc<str>,
    /// Bytes of the key.
    pub key_span: Range<usize>,
    /// Its value.
    pub value: Node,
}

/// One document of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its number among the documents that say something, counted from 0.
    pub number: u32,
    /// Bytes of the text that it stands in.
    pub span: Range<usize>,
    /// What it says.
    pub root: Node,
}

impl Node {
    /// The value without positions; of duplicate keys the last one wins.
    pub fn to_value(&self) -> Value {
        match &self.kind {
            NodeKind::Null => Value::Null,
            NodeKind::Bool(truth) => Value::Bool(*truth),
            NodeKind::Int(number) => Value::Int(*number),
            NodeKind::Float(number) => Value::Float(*number),
            NodeKind::String(text) => Value::String(text.clone()),
            NodeKind::List(items) => items.iter().map(Node::to_value).collect(),
            NodeKind::Map(entries) => entries
                .iter()
                .map(|entry| (entry.key.clone(), entry.value.to_value()))
                .collect(),
        }
    }

    /// The entry of this key; the last one, where there are several.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.kind {
            NodeKind::Map(entries) => entries.iter().rev().find(|entry| &*entry.key == key),
            _ => None,
        }
    }
}
