//! PersistentVolumes and StorageClasses. Models `ValidatePersistentVolume` of
//! `pkg/apis/core/validation/validation.go` and `ValidateStorageClass` of
//! `pkg/apis/storage/validation/validation.go`.

use super::at::{At, Errors};
use super::persistent_volume_claim::{access_modes, class_name, volume_mode};
use super::{affinity, names, resources, storage_sources, volumes};

/// Volume sources in the order in which upstream looks at them.
const SOURCES: &[&str] = &[
    "hostPath",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "glusterfs",
    "flocker",
    "nfs",
    "rbd",
    "quobyte",
    "cephfs",
    "iscsi",
    "cinder",
    "fc",
    "flexVolume",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "scaleIO",
    "local",
    "storageos",
    "csi",
];

/// Models `ValidatePersistentVolumeSpec`.
pub fn spec(spec: &At, errors: &mut Errors) {
    let modes = spec.field("accessModes");
    if modes.value.is_empty() {
        errors.required(&modes.path, "");
    }
    access_modes(&modes, errors);
    capacity(&spec.field("capacity"), errors);
    let policy = spec.field("persistentVolumeReclaimPolicy");
    let known = &["Delete", "Recycle", "Retain"];
    if !policy.str().is_empty() && !known.contains(&policy.str()) {
        errors.not_supported(&policy.path, policy.str(), known);
    }
    let affinity = spec.field("nodeAffinity");
    if affinity.is_set() {
        match affinity.set("required") {
            Some(required) => affinity::node_selector(&required, errors),
            None => {
                let path = affinity.field("required").path;
                errors.required(&path, "must specify required node constraints");
            }
        }
    }
    source(spec, errors);
    let recycled = policy.str() == "Recycle";
    let host_path = spec.field("hostPath");
    if recycled && host_path.is_set() && host_path.text("path").trim_matches('/').is_empty() {
        let what = "may not be 'recycle' for a hostPath mount of '/'";
        errors.forbidden(&policy.path, what);
    }
    class_name(&spec.field("storageClassName"), errors);
    volume_mode(&spec.field("volumeMode"), errors);
}

fn capacity(capacity: &At, errors: &mut Errors) {
    if capacity.value.is_empty() {
        errors.required(&capacity.path, "");
    }
    if capacity.set("storage").is_none() || capacity.entries().count() > 1 {
        errors.not_supported(&capacity.path, capacity.value, &["storage"]);
    }
    for (_, amount) in capacity.entries() {
        let value = resources::quantity(&amount).value();
        if value < 0 {
            errors.invalid(&amount.path, value, "must be a valid resource quantity");
        }
        resources::positive_quantity(&amount, errors);
    }
}

fn source(spec: &At, errors: &mut Errors) {
    let mut found = false;
    for name in SOURCES {
        let Some(source) = spec.set(name) else {
            continue;
        };
        if found {
            let what = "may not specify more than 1 volume type";
            errors.forbidden(&source.path, what);
            continue;
        }
        found = true;
        match *name {
            "hostPath" => volumes::host_path(&source, errors),
            "csi" => {
                storage_sources::csi_driver_name(&source.field("driver"), errors);
                storage_sources::required(&source, &["volumeHandle"], errors);
            }
            name => storage_sources::source(name, &source, errors),
        }
        if *name == "local" && spec.set("nodeAffinity").is_none() {
            let path = spec.field("nodeAffinity").path;
            errors.required(&path, "Local volume requires node affinity");
        }
    }
    if !found {
        errors.required(&spec.path, "must specify a volume type");
    }
}

/// What an update may not change. Models `ValidatePersistentVolumeUpdate`.
pub fn update(spec: &At, old: &At, errors: &mut Errors) {
    if SOURCES
        .iter()
        .any(|name| spec.value.get(name) != old.value.get(name))
    {
        let path = spec.path.field("persistentvolumesource");
        errors.forbidden(
            &path,
            "spec.persistentvolumesource is immutable after creation",
        );
    }
    if spec.field("volumeMode").value != old.field("volumeMode").value {
        let path = spec.path.start().field("volumeMode");
        errors.invalid(
            &path,
            spec.field("volumeMode").value,
            super::at::FIELD_IMMUTABLE,
        );
    }
}

/// Models `ValidateStorageClass` behind the metadata.
pub fn storage_class(class: &At, errors: &mut Errors) {
    let provisioner = class.field("provisioner");
    if provisioner.str().is_empty() {
        errors.required(&provisioner.path, "");
    } else {
        let wrong = names::label_key(&provisioner.str().to_lowercase());
        errors.invalid_each(&provisioner.path, provisioner.str(), wrong);
    }
    let parameters = class.field("parameters");
    if parameters.set("").is_some() {
        errors.invalid(&parameters.path, "", "field can not be empty.");
    }
    for (name, known) in [
        ("reclaimPolicy", &["Delete", "Retain"]),
        ("volumeBindingMode", &["Immediate", "WaitForFirstConsumer"]),
    ] {
        let word = class.field(name);
        if word.is_set() && !known.contains(&word.str()) {
            errors.not_supported(&word.path, word.str(), known);
        }
    }
}

/// What an update may not change. Models `ValidateStorageClassUpdate`.
pub fn storage_class_update(class: &At, old: &At, errors: &mut Errors) {
    for name in [
        "parameters",
        "provisioner",
        "reclaimPolicy",
        "volumeBindingMode",
    ] {
        errors.immutable(&class.field(name), &old.field(name));
    }
}
