//! DefaultStorageClass: a claim that names no class gets the default one, if there is any.
//! Models `plugin/pkg/admission/storage/storageclass/setdefault`.

use super::{World, is};
use crate::api::Value;
use crate::order;

/// Sets the class.
pub(super) fn admit(world: &World, claim: &mut Value) {
    const OLD_CLASS: &str = "volume.beta.kubernetes.io/storage-class";
    if !is(claim, "v1", "PersistentVolumeClaim") {
        return;
    }
    let old = claim.at(&["metadata", "annotations", OLD_CLASS]).is_some();
    if old || claim.at(&["spec", "storageClassName"]).is_some() {
        return;
    }
    let default = default_class(
        world,
        "StorageClass.storage.k8s.io",
        "storageclass.kubernetes.io/is-default-class",
    );
    if let Some(name) = default.into_iter().next() {
        claim.set(&["spec", "storageClassName"], name);
    }
}

/// Names of the classes that are marked as the default: the newest first, then by name.
pub(super) fn default_class(world: &World, kind: &str, annotation: &str) -> Vec<String> {
    let is_default =
        |value: &Value| value.text_at(&["metadata", "annotations", annotation]) == "true";
    let mut classes: Vec<_> = world
        .store
        .list(kind)
        .filter(|(_, class)| is_default(&class.value))
        .map(|(key, class)| {
            (
                std::cmp::Reverse(class.meta.creation_timestamp),
                key.name.clone(),
            )
        })
        .collect();
    order::sort(&mut classes);
    classes
        .into_iter()
        .map(|(_, name)| name.to_string())
        .collect()
}
