//! NamespaceLifecycle: nothing is created in a namespace that isn't there or is going away.
//! Models `k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle`.

use super::{World, forbidden};
use crate::api::{ObjectKey, Value};
use crate::cluster::api_server::Status;

/// Namespaces that the cluster can't do without.
const IMMORTAL: &[&str] = &["default", "kube-system", "kube-public"];

/// Looks at where a new object is to stand.
pub(super) fn admit(world: &World, value: &Value) -> Result<(), Status> {
    let name = value.text_at(&["metadata", "namespace"]);
    if name.is_empty() {
        return Ok(());
    }
    let Some(namespace) = world.store.get(&ObjectKey::new("Namespace", "", name)) else {
        return Err(Status::not_found("namespaces", name));
    };
    if namespace.value.text_at(&["status", "phase"]) != "Terminating" {
        return Ok(());
    }
    let why =
        format!("unable to create new content in namespace {name} because it is being terminated");
    Err(forbidden(value, why))
}

/// Looks at what is to be deleted.
pub(super) fn admit_delete(key: &ObjectKey) -> Result<(), Status> {
    if &*key.kind != "Namespace" || !IMMORTAL.contains(&&*key.name) {
        return Ok(());
    }
    let name = &key.name;
    Err(Status {
        code: 403,
        reason: "Forbidden",
        message: format!("namespaces \"{name}\" is forbidden: this namespace may not be deleted"),
    })
}
