//! A cluster's export, read as a stream: bytes in, objects out, a little at a time. Takes what
//! `kubectl get … -o yaml` and `-o json` print, and texts of several documents. Ours: kubectl reads a
//! manifest whole, which for a cluster's export is too much.
//!
//! Objects are kept as they are, status and all, with two exceptions: `metadata.managedFields` is left
//! out, and the values of Secrets are replaced. A field or a kind that v1.36 doesn't know is kept and
//! counted; a field of a wrong type is refused.

/// A text into items, without holding all of it.
mod cut;

/// One item into objects.
mod item;

/// Values of Secrets.
mod secrets;

/// The moments that an object names.
pub mod times;

use std::fmt;
use std::rc::Rc;

use super::Limit;
use crate::api::validation::field::go_json;
use crate::api::{ObjectKey, Uid, Value};
use crate::cluster::SimTime;
use crate::collections::{Map, Set};
use crate::kubectl::apply::key_of;
use cut::{Cutter, Piece};

/// Why an export isn't taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportProblem {
    /// Line of the text, counted from 1; 0 where it is about the whole.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// What would help.
    pub help: String,
}

impl fmt::Display for ImportProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "Line {}: ", self.line)?;
        }
        write!(f, "{}. {}", self.message, self.help)
    }
}
impl std::error::Error for ImportProblem {}

/// What an export holds, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Nodes.
    pub nodes: usize,
    /// Nodes whose condition `Ready` isn't `True`.
    pub nodes_not_ready: usize,
    /// Pods.
    pub pods: usize,
    /// Pods on nodes that aren't in it.
    pub pods_astray: usize,
    /// Objects of other kinds.
    pub others: usize,
    /// Objects whose `metadata.managedFields` was left out.
    pub managed_fields: usize,
    /// Secrets whose values were replaced.
    pub secrets: usize,
    /// Fields that v1.36 doesn't know.
    pub unknown_fields: usize,
    /// Objects of kinds that v1.36 doesn't know.
    pub unknown_kinds: usize,
}

impl Summary {
    /// How many objects there are.
    pub fn objects(&self) -> usize {
        self.nodes + self.pods + self.others
    }
}

/// An export, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Its objects in parts of many: each line of a part is one as JSON, Nodes first.
    pub parts: Vec<Rc<str>>,
    /// The latest moment that a Node, a Pod or an Event names, in virtual time; the ends of deletions don't
    /// count.
    pub newest: SimTime,
    /// What it holds.
    pub summary: Summary,
}

/// Reads an export. Push bytes, step until nothing is left, push more; then end and step again.
#[derive(Clone, Debug, Default)]
pub struct Importer {
    cutter: Cutter,
    bytes: usize,
    nodes: Parts,
    others: Parts,
    keys: Set<ObjectKey>,
    uids: Set<Uid>,
    newest: Option<SimTime>,
    /// How many Pods are on each node.
    on_node: Map<Rc<str>, usize>,
    summary: Summary,
}

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// An item or a document was read.
    Read,
    /// It takes more bytes to go on; or, once the end is known, all is read.
    Hungry,
}

/// Objects as lines, in parts of about this many bytes: small enough to be stored, and read again, in one
/// turn each.
#[derive(Clone, Debug, Default)]
struct Parts {
    full: Vec<Rc<str>>,
    open: String,
}

impl Parts {
    const BYTES: usize = 128 << 10;

    fn push(&mut self, line: &str) {
        self.open.push_str(line);
        self.open.push('\n');
        if self.open.len() >= Self::BYTES {
            self.full.push(std::mem::take(&mut self.open).into());
        }
    }

    fn finish(mut self) -> Vec<Rc<str>> {
        if !self.open.is_empty() {
            self.full.push(self.open.into());
        }
        self.full
    }
}

impl Importer {
    /// Bytes of an export.
    pub const BYTES: usize = 256 << 20;
    /// Objects of an export.
    pub const OBJECTS: usize = 100_000;

    /// Nothing read yet.
    pub fn new() -> Self {
        Importer::default()
    }

    /// Takes the next bytes of the text; a character may be cut anywhere.
    ///
    /// # Errors
    /// When that is more than is taken.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), ImportProblem> {
        self.bytes += bytes.len();
        if self.bytes > Self::BYTES {
            return Err(too_large());
        }
        self.cutter.push(bytes);
        Ok(())
    }

    /// There are no more bytes.
    pub fn end(&mut self) {
        self.cutter.end();
    }

    /// Reads the next item, if all of it is there.
    ///
    /// # Errors
    /// The first thing that is wrong. Nothing of the export is to be used then.
    pub fn step(&mut self) -> Result<Step, ImportProblem> {
        let Some(piece) = self.cutter.next_piece()? else {
            return Ok(Step::Hungry);
        };
        let is_item = matches!(piece.kind, cut::Kind::Item);
        if let cut::Kind::Head = piece.kind {
            item::check_head(&piece)?;
            return Ok(Step::Read);
        }
        let found = item::read(&piece, is_item)?;
        for object in found.objects {
            self.take(object, piece.line)?;
        }
        self.summary.managed_fields += found.managed_fields;
        self.summary.unknown_fields += found.unknown_fields;
        self.summary.unknown_kinds += found.unknown_kinds;
        Ok(Step::Read)
    }

    /// How many objects were read so far.
    pub fn objects(&self) -> usize {
        self.summary.objects()
    }

    /// How many bytes of the text are behind it.
    pub fn bytes_read(&self) -> usize {
        self.bytes - self.cutter.left()
    }

    /// All of it, once the end is read.
    ///
    /// # Errors
    /// When there is neither a Node nor a Pod.
    pub fn finish(self) -> Result<Imported, ImportProblem> {
        if self.summary.nodes + self.summary.pods == 0 {
            return Err(ImportProblem {
                line: 0,
                message: "There is neither a Node nor a Pod in it".into(),
                help: "Export them with: kubectl get nodes,pods -A -o yaml".into(),
            });
        }
        let mut summary = self.summary;
        let is_there = |name: &str| self.keys.contains(&ObjectKey::node(name));
        let astray = self.on_node.iter().filter(|(name, _)| !is_there(name));
        summary.pods_astray = astray.map(|(_, pods)| *pods).sum();
        let mut parts = self.nodes.finish();
        parts.extend(self.others.finish());
        Ok(Imported {
            parts,
            newest: self.newest.unwrap_or_default(),
            summary,
        })
    }

    fn take(&mut self, mut object: Value, line: usize) -> Result<(), ImportProblem> {
        let key = key_of(&object);
        if !self.keys.insert(key.clone()) {
            return Err(twice(line, &format!("{key} is in it twice")));
        }
        let uid = Uid::parse(object.text_at(&["metadata", "uid"]));
        if uid.is_some_and(|uid| !self.uids.insert(uid)) {
            return Err(twice(line, &format!("{key} has the uid of another object")));
        }
        if self.keys.len() > Self::OBJECTS {
            return Err(ImportProblem {
                line,
                message: format!("There are more than {} objects in it", Self::OBJECTS),
                help: "Export fewer kinds or namespaces.".into(),
            });
        }
        self.summary.secrets += usize::from(secrets::replace(&mut object));
        // Other kinds name moments to come: when a certificate is renewed, when a lease ends.
        if let "Node" | "Pod" | "Event" | "Event.events.k8s.io" = &*key.kind {
            self.newest = self.newest.max(times::newest(&object));
        }
        let text = go_json(&object);
        match &*key.kind {
            "Node" => {
                self.summary.nodes += 1;
                self.summary.nodes_not_ready += usize::from(!is_ready(&object));
                self.nodes.push(&text);
            }
            "Pod" => {
                self.summary.pods += 1;
                let node = object.text_at(&["spec", "nodeName"]);
                if !node.is_empty() {
                    *self.on_node.or_default(node.into()) += 1;
                }
                self.others.push(&text);
            }
            _ => {
                self.summary.others += 1;
                self.others.push(&text);
            }
        }
        Ok(())
    }
}

/// Is the condition `Ready` of this Node `True`?
pub fn is_ready(node: &Value) -> bool {
    let conditions = node
        .at(&["status", "conditions"])
        .map_or(&[][..], Value::items);
    let ready = conditions.iter().find(|c| c.text_at(&["type"]) == "Ready");
    ready.is_some_and(|ready| ready.text_at(&["status"]) == "True")
}

fn twice(line: usize, message: &str) -> ImportProblem {
    ImportProblem {
        line,
        message: message.into(),
        help: "Import the exports of one moment of one cluster, each object once.".into(),
    }
}

fn too_large() -> ImportProblem {
    ImportProblem {
        line: 0,
        message: format!(
            "It is too large: at most {} MiB are taken",
            Importer::BYTES >> 20
        ),
        help: "Leave --show-managed-fields out, or export fewer kinds or namespaces.".into(),
    }
}

impl ImportProblem {
    fn at(piece: &Piece, line: usize, message: String, help: &str) -> Self {
        ImportProblem {
            line: piece.line + line,
            message,
            help: help.into(),
        }
    }
}

/// The largest item or document, in bytes: etcd takes no object of more than 1.5 MiB.
const ITEM_BYTES: usize = Limit::BYTES * 2;
