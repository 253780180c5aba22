//! How much of a text we take: a clear refusal instead of a page that hangs. Ours; upstream's own
//! limits are far higher.

use std::ops::Range;

use super::Problem;

/// How much of a text we take.
pub struct Limit;

impl Limit {
    /// Bytes of a text.
    pub const BYTES: usize = 2 << 20;
    /// Documents in a text.
    pub const DOCUMENTS: usize = 10_000;
    /// Maps and lists inside each other.
    pub const DEPTH: usize = 100;
    /// Values in one document, those behind aliases counted each time.
    pub const VALUES: u64 = 200_000;

    /// What is found wrong in one check, of each severity; what goes beyond is counted.
    pub const FINDINGS: usize = 200;

    /// The refusal of a text that is too long, if it is.
    pub fn bytes(text: &str) -> Option<Problem> {
        (text.len() > Self::BYTES).then(|| Problem {
            message: format!(
                "the manifest is too large: {} MiB, at most 2 MiB are taken",
                text.len().div_ceil(1 << 20)
            ),
            span: 0..0,
            help: Some("Split it, or import the file instead of pasting it.".into()),
        })
    }

    pub(super) fn documents(span: Range<usize>) -> Problem {
        Problem {
            message: format!("more than {} documents in one manifest", Self::DOCUMENTS),
            span,
            help: Some("Apply it in several parts.".into()),
        }
    }

    pub(super) fn depth(span: Range<usize>) -> Problem {
        Problem {
            message: format!("maps and lists are nested more than {} deep", Self::DEPTH),
            span,
            help: Some("No Kubernetes object needs that: take levels out.".into()),
        }
    }

    pub(super) fn values(span: Range<usize>) -> Problem {
        Problem {
            message: format!("the document has more than {} values", Self::VALUES),
            span,
            help: Some("Split the document, or use fewer aliases.".into()),
        }
    }
}
