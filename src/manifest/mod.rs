//! Text with positions → documents → objects, with diagnostics in kubectl's words.

/// The positioned document tree.
mod tree;

pub use tree::{Document, Entry, Node, NodeKind};

use std::ops::Range;

/// What is wrong with a manifest, where, and what would mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// An error stops an Apply.
    pub severity: Severity,
    /// Bytes of the text as typed. Never empty: there is always something to underline.
    pub span: Range<usize>,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// Upstream's sentence wherever upstream has one, as recorded in tests/golden.
    pub message: String,
    /// Our sentence: the smallest edit that would help. `None` rather than a guess.
    pub help: Option<String>,
    /// The text that would mend it, to put in place of `span`.
    pub replacement: Option<String>,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing of the manifest is applied.
    Error,
    /// It works, but perhaps not as meant.
    Warning,
    /// A valid field that isn't simulated here.
    Note,
}
