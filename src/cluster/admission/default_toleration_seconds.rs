//! DefaultTolerationSeconds: every Pod bears a node that is not ready or unreachable for a while.
//! Models `plugin/pkg/admission/defaulttolerationseconds`.

use crate::api::Value;
use crate::fields;

/// Five minutes, from upstream's `default-not-ready-toleration-seconds`.
const SECONDS: i64 = 300;

/// Adds the two tolerations unless the Pod has its own.
pub(super) fn admit(pod: &mut Value) {
    for key in [
        "node.kubernetes.io/not-ready",
        "node.kubernetes.io/unreachable",
    ] {
        let tolerates = |toleration: &Value| {
            ["", key].contains(&toleration.text_at(&["key"]))
                && ["", "NoExecute"].contains(&toleration.text_at(&["effect"]))
        };
        let tolerations = pod.at_mut(&["spec", "tolerations"]).items_mut();
        if !tolerations.iter().any(tolerates) {
            tolerations.push(fields! {
                "key" => key, "operator" => "Exists", "effect" => "NoExecute",
                "tolerationSeconds" => SECONDS,
            });
        }
    }
}
