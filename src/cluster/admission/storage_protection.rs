//! StorageObjectInUseProtection: volumes and claims are held by a finalizer while they are in use.
//! Models `plugin/pkg/admission/storage/storageobjectinuseprotection`.

use super::is;
use crate::api::Value;

/// Adds the finalizer. An update of an object that is being deleted may have let go of it.
pub(super) fn admit(value: &mut Value) {
    let finalizer = if is(value, "v1", "PersistentVolumeClaim") {
        "kubernetes.io/pvc-protection"
    } else if is(value, "v1", "PersistentVolume") {
        "kubernetes.io/pv-protection"
    } else {
        return;
    };
    if value.at(&["metadata", "deletionTimestamp"]).is_some() {
        return;
    }
    let finalizers = value.at_mut(&["metadata", "finalizers"]).items_mut();
    let finalizer = Value::from(finalizer);
    if !finalizers.contains(&finalizer) {
        finalizers.push(finalizer);
    }
}
