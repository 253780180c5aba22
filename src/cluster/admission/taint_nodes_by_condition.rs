//! TaintNodesByCondition: a new Node is tainted as not ready, so that no Pod goes there too early.
//! Models `plugin/pkg/admission/nodetaint`. Ours: a Node that arrives as ready is left alone, since
//! upstream's node lifecycle controller takes the taint off again at once.

use super::is;
use crate::api::Value;
use crate::fields;
use crate::manifest::import::is_ready;

/// Adds the taint.
pub(super) fn admit(node: &mut Value) {
    const NOT_READY: &str = "node.kubernetes.io/not-ready";
    if !is(node, "v1", "Node") || is_ready(node) {
        return;
    }
    let taints = node.at_mut(&["spec", "taints"]).items_mut();
    let same = |taint: &Value| {
        taint.text_at(&["key"]) == NOT_READY && taint.text_at(&["effect"]) == "NoSchedule"
    };
    if !taints.iter().any(same) {
        taints.push(fields! { "key" => NOT_READY, "effect" => "NoSchedule" });
    }
}
