//! Volumes, claims, classes. Models `printPersistentVolume`, `printPersistentVolumeClaim`,
//! `printStorageClass` and their like.

use super::Found;
use super::services::name_or_default;
use crate::api::Value;
use crate::cluster::SimTime;
use crate::kubectl::duration::age;
use crate::kubectl::look::{Look, joined, or};

pub fn columns(kind: &str) -> Found {
    Some(match kind {
        "PersistentVolume" => (
            "Name,Capacity,Access Modes,Reclaim Policy,Status,Claim,StorageClass,\
             VolumeAttributesClass,Reason,Age,+VolumeMode",
            persistent_volume,
        ),
        "PersistentVolumeClaim" => (
            "Name,Status,Volume,Capacity,Access Modes,StorageClass,VolumeAttributesClass,Age,\
             +VolumeMode",
            persistent_volume_claim,
        ),
        "StorageClass" => (
            "Name,Provisioner,ReclaimPolicy,VolumeBindingMode,AllowVolumeExpansion,Age",
            storage_class,
        ),
        "VolumeAttributesClass" => ("Name,DriverName,Age", volume_attributes_class),
        "VolumeAttachment" => ("Name,Attacher,PV,Node,Attached,Age", volume_attachment),
        "CSINode" => ("Name,Drivers,Age", csi_node),
        "CSIDriver" => (
            "Name,AttachRequired,PodInfoOnMount,StorageCapacity,TokenRequests,RequiresRepublish,\
             Modes,Age",
            csi_driver,
        ),
        "CSIStorageCapacity" => ("Name,StorageClassName,Capacity", csi_storage_capacity),
        _ => return None,
    })
}

fn name(object: &Value) -> String {
    object.text("metadata.name").into()
}

/// `RWO,RWX`. Models `GetAccessModesAsString`.
pub fn access_modes(modes: &[Value]) -> String {
    let known = [
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ];
    let has = |mode: &str| modes.iter().any(|it| it.text("") == mode);
    let present = known.iter().filter(|(mode, _)| has(mode));
    let short: Vec<&str> = present.map(|(_, short)| *short).collect();
    short.join(",")
}

/// The class of a volume or claim; the old annotation goes first. Models `GetPersistentVolumeClass`.
pub fn class(object: &Value) -> &str {
    let annotations = object.texts("metadata.annotations");
    let old = annotations
        .iter()
        .find(|(key, _)| *key == "volume.beta.kubernetes.io/storage-class");
    old.map_or(object.text("spec.storageClassName"), |(_, class)| class)
}

fn phase(object: &Value) -> String {
    match object.look("metadata.deletionTimestamp") {
        Some(_) => "Terminating".into(),
        None => object.text("status.phase").into(),
    }
}

fn or_unset(object: &Value, path: &str) -> String {
    or(object.text(path), "<unset>").into()
}

fn persistent_volume(object: &Value, now: SimTime) -> Vec<String> {
    let claim = object.look("spec.claimRef").map_or(String::new(), |claim| {
        [claim.text("namespace"), "/", claim.text("name")].concat()
    });
    vec![
        name(object),
        or(object.text("spec.capacity.storage"), "0").into(),
        access_modes(object.list("spec.accessModes")),
        object.text("spec.persistentVolumeReclaimPolicy").into(),
        phase(object),
        claim,
        class(object).into(),
        or_unset(object, "spec.volumeAttributesClassName"),
        object.text("status.reason").into(),
        age(object, now),
        or_unset(object, "spec.volumeMode"),
    ]
}

fn persistent_volume_claim(object: &Value, now: SimTime) -> Vec<String> {
    let volume = object.text("spec.volumeName");
    let (capacity, modes) = match volume {
        "" => (String::new(), String::new()),
        _ => (
            or(object.text("status.capacity.storage"), "0").into(),
            access_modes(object.list("status.accessModes")),
        ),
    };
    vec![
        name(object),
        phase(object),
        volume.into(),
        capacity,
        modes,
        class(object).into(),
        or_unset(object, "spec.volumeAttributesClassName"),
        age(object, now),
        or_unset(object, "spec.volumeMode"),
    ]
}

/// Says that a class is the one that is taken where none is named.
pub const DEFAULT_CLASS: &str = "storageclass.kubernetes.io/is-default-class";

fn storage_class(object: &Value, now: SimTime) -> Vec<String> {
    vec![
        name_or_default(object, DEFAULT_CLASS),
        object.text("provisioner").into(),
        or(object.text("reclaimPolicy"), "Delete").into(),
        or(object.text("volumeBindingMode"), "Immediate").into(),
        object.truth("allowVolumeExpansion").to_string(),
        age(object, now),
    ]
}

fn volume_attributes_class(object: &Value, now: SimTime) -> Vec<String> {
    let driver = object.text("driverName").into();
    vec![name(object), driver, age(object, now)]
}

fn volume_attachment(object: &Value, now: SimTime) -> Vec<String> {
    vec![
        name(object),
        object.text("spec.attacher").into(),
        object.text("spec.source.persistentVolumeName").into(),
        object.text("spec.nodeName").into(),
        object.truth("status.attached").to_string(),
        age(object, now),
    ]
}

fn csi_node(object: &Value, now: SimTime) -> Vec<String> {
    let count = object.list("spec.drivers").len().to_string();
    vec![name(object), count, age(object, now)]
}

fn csi_driver(object: &Value, now: SimTime) -> Vec<String> {
    let is_attached = object.look("spec.attachRequired").and_then(Value::as_bool);
    let requests = match object.look("spec.tokenRequests") {
        None => "<unset>".into(),
        Some(requests) => joined(requests.items(), "audience", ","),
    };
    let modes = joined(object.list("spec.volumeLifecycleModes"), "", ",");
    vec![
        name(object),
        is_attached.unwrap_or(true).to_string(),
        object.truth("spec.podInfoOnMount").to_string(),
        object.truth("spec.storageCapacity").to_string(),
        requests,
        object.truth("spec.requiresRepublish").to_string(),
        or(&modes, "<none>").into(),
        age(object, now),
    ]
}

fn csi_storage_capacity(object: &Value, _: SimTime) -> Vec<String> {
    let class = object.text("storageClassName").into();
    vec![name(object), class, or_unset(object, "capacity")]
}
