//! What the API server adds to an object or refuses. Models the admission plugins that are on by
//! default, in upstream's order. Plugins that change an object run before validation; those that
//! only judge it run after.
//! Left out: RuntimeClass, webhooks and policies; PersistentVolumeClaimResize
//! and the plugins of certificates, since nothing here resizes volumes or signs anything.

mod default_ingress_class;
mod default_storage_class;
mod default_toleration_seconds;
mod limit_ranger;
mod namespace_lifecycle;
mod pod_resize;
mod pod_security;
mod pod_topology_labels;
mod priority;
mod resource_quota;
mod service_account;
mod service_allocation;
mod storage_protection;
mod taint_nodes_by_condition;

use super::World;
use super::api_server::Status;
use crate::api::{ObjectKey, Value, validation};

pub(super) use priority::make_system_classes;
pub use service_allocation::allocate;

/// Runs the plugins that may change a new object.
///
/// # Errors
/// The answer of the first plugin that refuses.
pub fn admit_create(world: &mut World, value: &mut Value) -> Result<(), Status> {
    namespace_lifecycle::admit(world, value)?;
    if is(value, "v1", "Pod") {
        limit_ranger::admit(world, value);
        service_account::admit(world, value)?;
        priority::admit(world, value)?;
        default_toleration_seconds::admit(value);
    }
    taint_nodes_by_condition::admit(value);
    default_storage_class::admit(world, value);
    storage_protection::admit(value);
    default_ingress_class::admit(world, value)?;
    if is(value, "v1", "Pod") {
        pod_topology_labels::admit(world, value);
    }
    Ok(())
}

/// Runs the plugins that may change what is sent to `pods/binding`. A Binding from a manifest goes to
/// `bindings`, which is no business of theirs.
pub fn admit_binding(world: &World, binding: &mut Value) {
    pod_topology_labels::admit_binding(world, binding);
}

/// Runs the plugins that judge a new object once it is valid.
///
/// # Errors
/// The answer of the first plugin that refuses.
pub fn validate_create(world: &mut World, key: &ObjectKey, value: &Value) -> Result<(), Status> {
    limit_ranger::validate(world, value)?;
    pod_security::validate(world, value, None)?;
    priority::validate(world, value, None)?;
    resource_quota::validate(world, key, value, None)
}

/// Runs the plugins that may change the next version of an object.
///
/// # Errors
/// The answer of the first plugin that refuses.
pub fn admit_update(_world: &World, value: &mut Value, old: &Value) -> Result<(), Status> {
    if is(value, "v1", "Pod") {
        priority::keep(value, old);
        default_toleration_seconds::admit(value);
    }
    storage_protection::admit(value);
    Ok(())
}

/// Runs the plugins that judge the next version of an object once it is valid.
///
/// # Errors
/// The answer of the first plugin that refuses.
pub fn validate_update(
    world: &mut World,
    key: &ObjectKey,
    value: &Value,
    old: &Value,
) -> Result<(), Status> {
    if is(value, "v1", "PersistentVolumeClaim") {
        limit_ranger::validate(world, value)?;
    }
    pod_security::validate(world, value, Some(old))?;
    priority::validate(world, value, Some(old))?;
    resource_quota::validate(world, key, value, Some(old))
}

/// Runs the plugins that may change what is sent to `pods/resize`.
pub fn admit_resize(world: &World, value: &mut Value) {
    limit_ranger::admit(world, value);
}

/// Runs the plugins that judge what is sent to `pods/resize`.
///
/// # Errors
/// The answer of the first plugin that refuses.
pub fn validate_resize(
    world: &mut World,
    key: &ObjectKey,
    value: &Value,
    old: &Value,
) -> Result<(), Status> {
    limit_ranger::validate(world, value)?;
    pod_resize::validate(world, value, old)?;
    resource_quota::validate(world, key, value, Some(old))
}

/// Runs the plugins over a deletion.
///
/// # Errors
/// The answer of the first plugin that refuses.
pub fn admit_delete(key: &ObjectKey) -> Result<(), Status> {
    namespace_lifecycle::admit_delete(key)?;
    priority::admit_delete(key)
}

/// What the plugins would rather not see in an object that they let pass.
pub fn warnings(world: &World, value: &Value, old: Option<&Value>) -> Vec<String> {
    pod_security::warnings(world, value, old)
}

fn is(value: &Value, api_version: &str, kind: &str) -> bool {
    value.text_at(&["kind"]) == kind && value.text_at(&["apiVersion"]) == api_version
}

/// Models `admission.NewForbidden`. An object that has no name yet goes by its prefix.
fn forbidden(value: &Value, why: impl std::fmt::Display) -> Status {
    let name = match value.text_at(&["metadata", "name"]) {
        "" => value.text_at(&["metadata", "generateName"]),
        name => name,
    };
    let group = value.text_at(&["apiVersion"]).split_once('/');
    let kind = match (value.text_at(&["kind"]), group) {
        (kind, Some((group, _))) => format!("{kind}.{group}"),
        (kind, None) => kind.to_string(),
    };
    let resource = validation::resource(&ObjectKey::new(&kind, "", name));
    Status {
        code: 403,
        reason: "Forbidden",
        message: format!("{resource} \"{name}\" is forbidden: {why}"),
    }
}
