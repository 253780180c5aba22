//! Text with positions → documents → objects, with diagnostics in kubectl's words.
//! Read in the order below: each part knows only those above it.

/// Where a byte of a text stands: line and column.
pub mod text;

/// Every value with the bytes that spell it.
pub mod tree;

/// How much of a text we take.
mod limit;

/// Numbers as Go writes them.
pub mod number;

/// Values as Go's `%#v` prints them.
pub mod go_syntax;

/// Where Go takes scalars apart otherwise.
mod go_scanner;

/// What would help.
mod help;

/// What a plain scalar is.
pub(crate) mod scalar;

/// One YAML document → the tree.
mod yaml;

/// One JSON value → the tree.
mod json;

/// A text → its documents.
pub mod stream;

/// Times as Go reads them.
mod go_time;

/// Which fields something here obeys.
pub mod simulated;

/// The tree held against the schema.
pub mod decode;

/// A cluster's export as a stream.
pub mod import;

/// A text with one object changed.
pub mod rewrite;

/// Everything that can be said of a text without a cluster.
mod check;

use std::ops::Range;

pub use check::{Checked, Checker, Named, check, finish, place_of};
pub use limit::Limit;

/// Why a text, or a document of it, can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// kubectl's sentence, or ours where a limit of ours is met.
    pub message: String,
    /// Bytes of the text as typed; may be empty, or at its end.
    pub span: Range<usize>,
    /// Our sentence: what would help.
    pub help: Option<String>,
}

impl Problem {
    /// Is it a sentence of the YAML decoder's, rather than a limit of ours?
    fn is_decoders(&self) -> bool {
        let begins = ["yaml: ", "json: ", "unsupported map key "];
        begins.iter().any(|begin| self.message.starts_with(begin))
    }
}

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing of the manifest is applied.
    Error,
    /// It works, but perhaps not as meant.
    Warning,
    /// A valid field that isn't simulated here.
    Note,
}
