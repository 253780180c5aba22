//! Volume sources that name some storage system. Models their `validate…VolumeSource` functions in
//! `pkg/apis/core/validation/validation.go`. A table holds what each must have. Left out: the
//! formats of vendors' identifiers (iSCSI names, Azure addresses, Quobyte registries).

use super::at::{At, Errors};
use super::mounts::no_backsteps;
use super::names;

/// Fields that must be there, by source. Shared by volumes of Pods and PersistentVolumes.
const REQUIRED: &[(&str, &[&str])] = &[
    ("awsElasticBlockStore", &["volumeID"]),
    ("azureDisk", &["diskName", "diskURI"]),
    ("azureFile", &["secretName", "shareName"]),
    ("cephfs", &["monitors"]),
    ("cinder", &["volumeID"]),
    ("flexVolume", &["driver"]),
    ("gcePersistentDisk", &["pdName"]),
    ("gitRepo", &["repository"]),
    ("glusterfs", &["endpoints", "path"]),
    ("iscsi", &["targetPortal", "iqn"]),
    ("nfs", &["server", "path"]),
    ("photonPersistentDisk", &["pdID"]),
    ("portworxVolume", &["volumeID"]),
    ("quobyte", &["registry", "volume"]),
    ("rbd", &["monitors", "image"]),
    ("scaleIO", &["gateway", "system", "volumeName"]),
    ("storageos", &["volumeName"]),
    ("vsphereVolume", &["volumePath"]),
];

/// What is wrong with the source called `name`.
pub fn source(name: &str, source: &At, errors: &mut Errors) {
    let fields = REQUIRED.iter().find(|(known, _)| *known == name);
    if let Some((_, fields)) = fields {
        required(source, fields, errors);
    }
    match name {
        "nfs" => {
            let path = source.field("path");
            if !path.str().starts_with('/') {
                errors.invalid(&path.path, path.str(), "must be an absolute path");
            }
        }
        "csi" => csi(source, errors),
        "local" => local(source, errors),
        "iscsi" => {
            let lun = source.field("lun");
            errors.invalid_each(
                &lun.path,
                lun.number(),
                names::in_range(lun.number(), 0, 255),
            );
        }
        "gcePersistentDisk" | "awsElasticBlockStore" => {
            let partition = source.field("partition");
            if !(0..=255).contains(&partition.number()) {
                let what = names::inclusive_range_error(1, 255);
                errors.invalid(&partition.path, partition.number(), what);
            }
        }
        "fc" if source.lacks("targetWWNs") && source.lacks("wwids") => {
            let what = "must specify either targetWWNs or wwids, but not both";
            errors.required(&source.field("targetWWNs").path, what);
        }
        "flocker" if source.lacks("datasetName") && source.lacks("datasetUUID") => {
            let what = "one of datasetName and datasetUUID is required";
            errors.required(&source.path, what);
        }
        _ => {}
    }
}

/// Each of `fields` has to be there.
pub fn required(source: &At, fields: &[&str], errors: &mut Errors) {
    for name in fields {
        if source.lacks(name) {
            errors.required(&source.field(name).path, "");
        }
    }
}

/// Models `validateCSIVolumeSource` and `validateCSIPersistentVolumeSource`.
fn csi(source: &At, errors: &mut Errors) {
    csi_driver_name(&source.field("driver"), errors);
    if let Some(reference) = source.set("nodePublishSecretRef") {
        required(&reference, &["name"], errors);
    }
}

/// Models `ValidateCSIDriverName`.
pub fn csi_driver_name(driver: &At, errors: &mut Errors) {
    if driver.str().is_empty() {
        errors.required(&driver.path, "");
        return;
    }
    if driver.str().len() > 63 {
        errors.too_long(&driver.path, 63);
    }
    let wrong = names::dns1123_subdomain(&driver.str().to_lowercase());
    errors.invalid_each(&driver.path, driver.str(), wrong);
}

/// Models `validateLocalVolumeSource`.
fn local(source: &At, errors: &mut Errors) {
    let path = source.field("path");
    if path.str().is_empty() {
        errors.required(&path.path, "");
    } else {
        no_backsteps(&path, path.str(), errors);
    }
}
