//! golden/kubelet: what a kubelet does with a Pod. An answer holds `statuses` and `events`.
//! The core can't answer these yet.

use serde_json::Value as Json;

use super::Family;
use super::case::Case;

/// Lives of Pods.
pub(super) struct Kubelet;

impl Family for Kubelet {
    fn answer(&self, _case: &Case) -> Option<Json> {
        None
    }
}
