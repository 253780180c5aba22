//! What the page's buttons ask of the API server, as kubectl's commands write it.

use std::rc::Rc;

use podarium::api::ObjectKey;
use podarium::cluster::Input;

/// `kubectl cordon`, `kubectl uncordon`: no new Pods come to the Node, or they may again.
pub fn cordon(node: &str, cordons: bool) -> Input {
    let unschedulable = if cordons { "true" } else { "null" };
    patch(
        &ObjectKey::node(node),
        format!("{{\"spec\":{{\"unschedulable\":{unschedulable}}}}}"),
    )
}

fn patch(object: &ObjectKey, patch: String) -> Input {
    Input::Patch {
        object: object.clone(),
        subresource: Rc::from(""),
        patch: patch.into(),
    }
}
