//! golden/api: what kubectl and the API server say to a manifest. An answer holds `exit`, `stdout`, `stderr`, `object`, and `objects`.
//! The core can't answer these yet.

use serde_json::Value as Json;

use super::Family;
use super::case::Case;

/// Verdicts of the API server.
pub(super) struct Api;

impl Family for Api {
    fn answer(&self, _case: &Case) -> Option<Json> {
        None
    }
}
