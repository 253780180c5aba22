//! golden/netpol: which connections NetworkPolicies allow. An answer holds `allowed`.
//! The core can't answer these yet.

use serde_json::Value as Json;

use super::Family;
use super::case::Case;

/// Connections.
pub(super) struct NetPol;

impl Family for NetPol {
    fn answer(&self, _case: &Case) -> Option<Json> {
        None
    }
}
