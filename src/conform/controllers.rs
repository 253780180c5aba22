//! golden/controllers: what controllers do over time. An answer holds `trace`.
//! The core can't answer these yet.

use serde_json::Value as Json;

use super::Family;
use super::case::Case;

/// Traces of controllers.
pub(super) struct Controllers;

impl Family for Controllers {
    fn answer(&self, _case: &Case) -> Option<Json> {
        None
    }
}
