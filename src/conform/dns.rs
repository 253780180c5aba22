//! golden/dns: what the cluster's DNS server answers. An answer holds `answers`, or `expect` (topic resolv).
//! The core can't answer these yet.

use serde_json::Value as Json;

use super::Family;
use super::case::Case;

/// Names.
pub(super) struct Dns;

impl Family for Dns {
    fn answer(&self, _case: &Case) -> Option<Json> {
        None
    }
}
