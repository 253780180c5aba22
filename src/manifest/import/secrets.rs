//! Values of Secrets are nobody's business: each is replaced by as many stars as the next power of two,
//! so that sizes stay alike. Annotations may hold them once more; only what Kubernetes itself says there
//! is kept. Ours.

use std::rc::Rc;

use crate::api::{Value, base64};

/// The annotation that says so.
const MARK: &str = "podarium/values";

/// Replaces the values of a Secret; tells whether it is one.
pub(super) fn replace(object: &mut Value) -> bool {
    if object.text_at(&["kind"]) != "Secret" {
        return false;
    }
    for (field, is_encoded) in [("data", true), ("stringData", false)] {
        for value in each(object, &[field]) {
            let text = value.as_str().unwrap_or_default();
            let length = match is_encoded {
                true => base64::decode(text).map_or(0, |bytes| bytes.len()),
                false => text.len(),
            };
            let stars = "*".repeat(length.next_power_of_two().max(8));
            *value = match is_encoded {
                true => base64::encode(stars.as_bytes()).into(),
                false => stars.into(),
            };
        }
    }
    let names = object
        .at(&["metadata", "annotations"])
        .and_then(Value::as_map);
    let names: Vec<Rc<str>> = names.map_or_else(Vec::new, |map| map.keys().cloned().collect());
    for name in names
        .iter()
        .filter(|name| !name.starts_with("kubernetes.io/"))
    {
        object.remove(&["metadata", "annotations", name]);
    }
    object.set(&["metadata", "annotations", MARK], "replaced on import");
    true
}

fn each<'v>(object: &'v mut Value, path: &[&str]) -> impl Iterator<Item = &'v mut Value> {
    let map = match object.at(path) {
        Some(Value::Map(_)) => Some(object.at_mut(path).fields_mut()),
        _ => None,
    };
    map.into_iter().flat_map(|map| map.values_mut())
}
