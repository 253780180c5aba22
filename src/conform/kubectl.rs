//! golden/kubectl: what kubectl prints. An answer holds `steps`.
//! The core can't answer these yet.

use serde_json::Value as Json;

use super::Family;
use super::case::Case;

/// Transcripts of kubectl.
pub(super) struct Kubectl;

impl Family for Kubectl {
    fn answer(&self, _case: &Case) -> Option<Json> {
        None
    }
}
