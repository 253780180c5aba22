//! The positioned document tree: every value with the bytes that spell it, every key too.
//! Everything that needs to know where something stands asks this tree.

use std::ops::Range;
use std::rc::Rc;

use crate::api::Value;
use crate::api::path::Step;

/// A value and where it stands. Values reached through an alias stand where they are spelled.
#[derive(Clone, Debug)]
pub struct Node {
    /// Bytes of the text as typed.
    pub span: Range<usize>,
    /// The value itself, with everything in it.
    pub value: Value,
    /// What is in it.
    pub inside: Inside,
    /// How many values it has, itself included, each alias counted as what it stands for.
    pub size: u64,
}

/// What is in a node.
#[derive(Clone, Debug)]
pub enum Inside {
    /// Nothing: text, a number, a truth value, null.
    Scalar,
    /// Items.
    List(Vec<Rc<Node>>),
    /// Entries in the order in which their keys came first.
    Map(Vec<Entry>),
}

/// One entry of a map.
#[derive(Clone, Debug)]
pub struct Entry {
    /// As the decoder reads it: a key `on` is `true`.
    pub key: Rc<str>,
    /// Bytes of the key.
    pub key_span: Range<usize>,
    /// What it maps to.
    pub value: Rc<Node>,
}

impl Node {
    /// The tree of a value that no text spells: everything stands at byte 0.
    pub fn unplaced(value: &Value) -> Rc<Self> {
        let inside = match value {
            Value::List(items) => Inside::List(items.iter().map(Node::unplaced).collect()),
            Value::Map(fields) => Inside::Map(
                fields
                    .iter()
                    .map(|(key, value)| Entry {
                        key: key.clone(),
                        key_span: 0..0,
                        value: Node::unplaced(value),
                    })
                    .collect(),
            ),
            _ => Inside::Scalar,
        };
        Rc::new(Node {
            span: 0..0,
            value: value.clone(),
            inside,
            size: 1,
        })
    }

    /// The entry `key`, if this is a map that has one.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.inside {
            Inside::Map(entries) => entries.iter().find(|entry| &*entry.key == key),
            _ => None,
        }
    }

    /// What stands nearest to `path`: the deepest node on it that is there, with the key that leads
    /// to it where it is an entry's value, and how many steps were found.
    pub fn nearest(&self, path: &[Step]) -> Found<'_> {
        let mut found = Found {
            key_span: None,
            node: self,
            steps: 0,
        };
        for step in path {
            match (step, &found.node.inside) {
                (Step::Key(key), Inside::Map(_)) => {
                    let Some(entry) = found.node.entry(key) else {
                        break;
                    };
                    found.key_span = Some(entry.key_span.clone());
                    found.node = &entry.value;
                }
                (Step::Index(index), Inside::List(items)) => {
                    let Some(item) = items.get(*index) else {
                        break;
                    };
                    found.key_span = None;
                    found.node = item;
                }
                _ => break,
            }
            found.steps += 1;
        }
        found
    }
}

/// What [`Node::nearest`] found.
#[derive(Clone, Debug)]
pub struct Found<'n> {
    /// Bytes of the key, if the last step found was one.
    pub key_span: Option<Range<usize>>,
    /// The value there.
    pub node: &'n Node,
    /// How many steps of the path led there.
    pub steps: usize,
}

impl Found<'_> {
    /// The bytes to point at: the value if it is a scalar that is spelled, else the key.
    pub fn value_span(&self) -> Range<usize> {
        match (&self.node.inside, &self.key_span) {
            (Inside::Scalar, _) if !self.node.span.is_empty() => self.node.span.clone(),
            (_, Some(key)) => key.clone(),
            _ => first_of(self.node),
        }
    }

    /// The bytes of the key, or of the beginning of the value where there is none.
    pub fn key_span(&self) -> Range<usize> {
        self.key_span.clone().unwrap_or_else(|| first_of(self.node))
    }
}

/// Where a node begins: for a map, its first key; a scalar as a whole.
pub(super) fn first_of(node: &Node) -> Range<usize> {
    match &node.inside {
        Inside::Map(entries) => entries
            .iter()
            .map(|entry| entry.key_span.clone())
            .find(|span| node.span.start <= span.start && span.end <= node.span.end)
            .unwrap_or_else(|| node.span.start..node.span.start + 1),
        Inside::List(_) => node.span.start..node.span.start + 1,
        Inside::Scalar => node.span.clone(),
    }
}
