//! PersistentVolumeClaims. Models `ValidatePersistentVolumeClaim` and its update of
//! `pkg/apis/core/validation/validation.go`.
//! Left out: the diff of Go structs that upstream prints below the sentence.

use super::at::{At, Errors};
use super::{metadata, names, resources};
use crate::api::Value;

const ACCESS_MODES: &[&str] = &[
    "ReadOnlyMany",
    "ReadWriteMany",
    "ReadWriteOnce",
    "ReadWriteOncePod",
];

/// Models `ValidatePersistentVolumeClaimSpec`.
pub fn spec(spec: &At, errors: &mut Errors) {
    let modes = spec.field("accessModes");
    if modes.value.is_empty() {
        errors.required(&modes.path, "at least 1 access mode is required");
    }
    metadata::label_selector(&spec.field("selector"), errors);
    access_modes(&modes, errors);
    let path = spec.field("resources").path.key("storage");
    let requests = spec.field("resources").field("requests");
    match requests.value.get("storage") {
        None => errors.required(&path, ""),
        Some(value) => resources::positive_quantity(&At { value, path }, errors),
    }
    class_name(&spec.field("storageClassName"), errors);
    volume_mode(&spec.field("volumeMode"), errors);
    for name in ["dataSource", "dataSourceRef"] {
        if let Some(source) = spec.set(name) {
            data_source(&source, errors);
        }
    }
    class_name(&spec.field("volumeAttributesClassName"), errors);
}

/// Each has to be one that is known, and `ReadWriteOncePod` stands alone.
pub fn access_modes(modes: &At, errors: &mut Errors) {
    for mode in modes.items() {
        if !ACCESS_MODES.contains(&mode.str()) {
            errors.not_supported(&modes.path, mode.str(), ACCESS_MODES);
        }
    }
    let known = || {
        modes
            .items()
            .filter(|mode| ACCESS_MODES.contains(&mode.str()))
    };
    let alone = |mode: &At| mode.str() == "ReadWriteOncePod";
    if known().any(|mode| alone(&mode)) && known().any(|mode| !alone(&mode)) {
        let what = "may not use ReadWriteOncePod with other access modes";
        errors.forbidden(&modes.path, what);
    }
}

/// A class's name, where there is one.
pub fn class_name(name: &At, errors: &mut Errors) {
    if !name.str().is_empty() {
        errors.invalid_each(&name.path, name.str(), names::dns1123_subdomain(name.str()));
    }
}

/// `Block` or `Filesystem`, where it is said.
pub fn volume_mode(mode: &At, errors: &mut Errors) {
    if mode.is_set() && !["Block", "Filesystem"].contains(&mode.str()) {
        errors.not_supported(&mode.path, mode.str(), &["Block", "Filesystem"]);
    }
}

/// Models `validateDataSource` and `validateDataSourceRef`.
fn data_source(source: &At, errors: &mut Errors) {
    for name in ["name", "kind"] {
        if source.lacks(name) {
            errors.required(&source.field(name).path, "");
        }
    }
    let (group, kind) = (source.field("apiGroup"), source.text("kind"));
    if group.str().is_empty() && kind != "PersistentVolumeClaim" {
        let what = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
        errors.invalid(&source.path, kind, what);
    }
    if !group.str().is_empty() {
        errors.invalid_each(
            &group.path,
            group.str(),
            names::dns1123_subdomain(group.str()),
        );
    }
}

/// What an update may not change. Models `ValidatePersistentVolumeClaimUpdate`.
pub fn update(claim: &At, old: &At, errors: &mut Errors) {
    let (spec, old_spec) = (claim.field("spec"), old.field("spec"));
    let (mut fixed, mut expected) = (spec.value.clone(), old_spec.value.clone());
    let put = |to: &mut Value, from: &Value, path: &[&str]| match from.at(path) {
        Some(value) => to.set(path, value.clone()),
        None => {
            to.remove(path);
        }
    };
    if claim.field("status").text("phase") == "Bound" {
        put(
            &mut fixed,
            old_spec.value,
            &["resources", "requests", "storage"],
        );
        put(&mut fixed, old_spec.value, &["volumeAttributesClassName"]);
    }
    // Binding writes the volume's name once, and a class may be named where there was none.
    if old_spec.lacks("volumeName") {
        put(&mut expected, spec.value, &["volumeName"]);
    }
    if old_spec.set("storageClassName").is_none() && spec.set("storageClassName").is_some() {
        put(&mut expected, spec.value, &["storageClassName"]);
    }
    if fixed != expected {
        let what = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
        errors.forbidden(&spec.path, what);
    }
    shrinking(&spec, old, errors);
}

/// A claim shrinks no further than what it has.
fn shrinking(spec: &At, old: &At, errors: &mut Errors) {
    let capacity = old.field("status").field("capacity").field("storage");
    let (storage, was) = (storage(spec), storage(&old.field("spec")));
    let size = resources::quantity(&storage);
    if size < resources::quantity(&was) && size <= resources::quantity(&capacity) {
        errors.forbidden(&storage.path, "field can not be less than status.capacity");
    }
}

fn storage<'a>(spec: &At<'a>) -> At<'a> {
    spec.field("resources").field("requests").field("storage")
}
