//! What the page's buttons ask of the API server, as kubectl's commands write it.

use std::rc::Rc;

use podarium::api::{ObjectKey, Value};
use podarium::cluster::Input;

/// `kubectl cordon`, `kubectl uncordon`: no new Pods come to the Node, or they may again.
pub fn cordon(node: &str, cordons: bool) -> Input {
    patch(
        &ObjectKey::node(node),
        &["spec", "unschedulable"],
        flag(cordons),
    )
}

/// `kubectl scale`
pub fn scale(object: &ObjectKey, replicas: i64) -> Input {
    patch(object, &["spec", "replicas"], replicas.into())
}

/// `kubectl set image`
pub fn set_image(object: &ObjectKey, container: &str, image: &str) -> Input {
    let fields: Value = [("name", container), ("image", image)]
        .into_iter()
        .map(|(name, text)| (Rc::from(name), Value::from(text)))
        .collect();
    let containers: Value = [fields].into_iter().collect();
    patch(
        object,
        &["spec", "template", "spec", "containers"],
        containers,
    )
}

/// `kubectl rollout pause`, `kubectl rollout resume`
pub fn pause(object: &ObjectKey, pauses: bool) -> Input {
    patch(object, &["spec", "paused"], flag(pauses))
}

/// `kubectl rollout undo`
pub fn undo(object: &ObjectKey) -> Input {
    patch(object, &["metadata", "labels"], Value::map())
}

/// `kubectl label KEY-`
pub fn remove_label(object: &ObjectKey, label: &str) -> Input {
    patch(object, &["metadata", "labels", label], Value::Null)
}

/// What is false isn't written.
fn flag(is: bool) -> Value {
    if is { true.into() } else { Value::Null }
}

fn patch(object: &ObjectKey, path: &[&str], value: Value) -> Input {
    let mut patch = Value::map();
    patch.set(path, value);
    Input::Patch {
        object: object.clone(),
        subresource: Rc::from(""),
        patch: patch.to_json().to_string().into(),
    }
}
