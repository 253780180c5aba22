//! Volumes of a Pod. Models `ValidateVolumes` and the volume sources that a learner meets, of
//! `pkg/apis/core/validation/validation.go`; the others are in [`super::storage_sources`].

use crate::collections::{Map, Set};

use super::at::{At, Errors};
use super::mounts::{local_non_reserved_path, no_backsteps};
use super::storage_sources;
use super::{container, env, metadata, names, persistent_volume_claim, resources};

/// Valid volumes by their names.
pub type Volumes<'a> = Map<&'a str, At<'a>>;

/// File modes: upstream's `fileModeErrorMsg`.
const FILE_MODE: &str = "must be a number between 0 and 0777 (octal), both inclusive";

/// Volume sources in the order in which upstream looks at them.
const SOURCES: &[&str] = &[
    "emptyDir",
    "hostPath",
    "gitRepo",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "flocker",
    "persistentVolumeClaim",
    "rbd",
    "cinder",
    "cephfs",
    "quobyte",
    "downwardAPI",
    "fc",
    "flexVolume",
    "configMap",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "storageos",
    "projected",
    "scaleIO",
    "csi",
    "ephemeral",
    "image",
];

/// Models `ValidateVolumes`: only volumes without an error can be mounted. A template has no
/// `pod_name`.
pub fn volumes<'a>(list: &At<'a>, pod_name: Option<&str>, errors: &mut Errors) -> Volumes<'a> {
    let ephemeral = list
        .items()
        .filter(|volume| volume.set("ephemeral").is_some());
    let created: Set<String> = ephemeral
        .filter_map(|volume| Some(format!("{}-{}", pod_name?, volume.text("name"))))
        .collect();
    let mut valid = Volumes::new();
    for volume in list.items() {
        let before = errors.count();
        source(&volume, pod_name, errors);
        let name = volume.field("name");
        if name.str().is_empty() {
            errors.required(&name.path, "");
        } else {
            errors.invalid_each(&name.path, name.str(), names::dns1123_label(name.str()));
        }
        if valid.contains_key(name.str()) {
            errors.duplicate(&name.path, name.str());
        }
        if errors.none_since(before) {
            valid.insert(name.str(), volume);
        }
        let claim = volume.field("persistentVolumeClaim").field("claimName");
        if created.contains(claim.str()) {
            let what = "must not reference a PVC that gets created for an ephemeral volume";
            errors.invalid(&claim.path, claim.str(), what);
        }
    }
    valid
}

/// Models `validateVolumeSource`: exactly one.
fn source(volume: &At, pod_name: Option<&str>, errors: &mut Errors) {
    let mut found = false;
    for name in SOURCES {
        let Some(source) = volume.set(name) else {
            continue;
        };
        if found {
            errors.forbidden(
                &volume.path.field(forbidden_name(name)),
                "may not specify more than 1 volume type",
            );
        } else {
            one_source(name, &source, volume, pod_name, errors);
        }
        found = true;
    }
    if !found {
        errors.required(&volume.path, "must specify a volume type");
    }
}

/// Upstream misspells two of the fields when it forbids them.
fn forbidden_name(name: &str) -> &str {
    match name {
        "cephfs" => "cephFS",
        "downwardAPI" => "downwarAPI",
        _ => name,
    }
}

fn one_source(name: &str, source: &At, volume: &At, pod_name: Option<&str>, errors: &mut Errors) {
    match name {
        "emptyDir" => {
            let limit = source.field("sizeLimit");
            if resources::quantity(&limit).nano < 0 {
                let what = "SizeLimit field must be a valid resource quantity";
                errors.forbidden(&limit.path, what);
            }
        }
        "hostPath" => host_path(source, errors),
        "secret" => keyed(source, "secretName", errors),
        "configMap" => keyed(source, "name", errors),
        "persistentVolumeClaim" => storage_sources::required(source, &["claimName"], errors),
        "downwardAPI" => downward_api(source, errors),
        "projected" => projected(source, errors),
        "ephemeral" => ephemeral(source, volume, pod_name, errors),
        "image" => {
            if pod_name.is_some() {
                storage_sources::required(source, &["reference"], errors);
            }
            container::pull_policy(&source.field("pullPolicy"), errors);
        }
        _ => storage_sources::source(name, source, errors),
    }
}

/// Models `validateHostPathVolumeSource`.
pub fn host_path(source: &At, errors: &mut Errors) {
    let path = source.field("path");
    if path.str().is_empty() {
        errors.required(&path.path, "");
        return;
    }
    no_backsteps(&path, path.str(), errors);
    let known = &[
        "",
        "BlockDevice",
        "CharDevice",
        "Directory",
        "DirectoryOrCreate",
        "File",
        "FileOrCreate",
        "Socket",
    ];
    let kind = source.field("type");
    if kind.is_set() && !known.contains(&kind.str()) {
        errors.not_supported(&kind.path, kind.str(), known);
    }
}

/// Models `validateSecretVolumeSource` and `validateConfigMapVolumeSource`.
fn keyed(source: &At, name: &str, errors: &mut Errors) {
    storage_sources::required(source, &[name], errors);
    file_mode(&source.field("defaultMode"), errors);
    for item in source.list("items") {
        key_to_path(&item, errors);
    }
}

fn file_mode(mode: &At, errors: &mut Errors) {
    if !(0..=0o777).contains(&mode.number()) {
        errors.invalid(&mode.path, mode.number(), FILE_MODE);
    }
}

/// Models `validateKeyToPath`.
fn key_to_path(item: &At, errors: &mut Errors) {
    storage_sources::required(item, &["key", "path"], errors);
    local_non_reserved_path(&item.field("path"), item.text("path"), errors);
    file_mode(&item.field("mode"), errors);
}

/// Models `validateDownwardAPIVolumeSource`: errors of an item stand at the source.
fn downward_api(source: &At, errors: &mut Errors) {
    file_mode(&source.field("defaultMode"), errors);
    for file in source.list("items") {
        downward_api_file(&file, source, errors);
    }
}

/// Models `validateDownwardAPIVolumeFile`.
fn downward_api_file(file: &At, source: &At, errors: &mut Errors) {
    const FIELD_PATHS: &[&str] = &[
        "metadata.annotations",
        "metadata.labels",
        "metadata.name",
        "metadata.namespace",
        "metadata.uid",
    ];
    let file = At {
        value: file.value,
        path: source.path,
    };
    storage_sources::required(&file, &["path"], errors);
    local_non_reserved_path(&file.field("path"), file.text("path"), errors);
    match (file.set("fieldRef"), file.set("resourceFieldRef")) {
        (Some(field), resource) => {
            env::field_selector(&field, FIELD_PATHS, errors);
            if resource.is_some() {
                let what = "fieldRef and resourceFieldRef can not be specified simultaneously";
                errors.invalid(&file.path, "resource", what);
            }
        }
        (None, Some(resource)) => env::resource_field_selector(&resource, true, errors),
        (None, None) => {
            errors.required(
                &file.path,
                "one of fieldRef and resourceFieldRef is required",
            );
        }
    }
    file_mode(&file.field("mode"), errors);
}

/// Models `validateProjectedVolumeSource` and `validateProjectionSources`. Left out: podCertificate
/// and clusterTrustBundle but for their paths.
fn projected(volume: &At, errors: &mut Errors) {
    file_mode(&volume.field("defaultMode"), errors);
    let mut paths = Set::new();
    let mut place = |path: &str, bad: &str, errors: &mut Errors| {
        if !path.is_empty() && !paths.insert(path.to_string()) {
            errors.invalid(&volume.path, bad, "conflicting duplicate paths");
        }
    };
    for source in volume.list("sources") {
        let mut kinds = 0;
        for name in ["secret", "configMap"] {
            let Some(keyed) = source.set(name) else {
                continue;
            };
            kinds += 1;
            storage_sources::required(&keyed, &["name"], errors);
            for item in keyed.list("items") {
                key_to_path(&item, errors);
                place(item.text("path"), keyed.text("name"), errors);
            }
        }
        if let Some(downward) = source.set("downwardAPI") {
            kinds += 1;
            for file in downward.list("items") {
                downward_api_file(&file, &downward, errors);
                place(file.text("path"), file.text("path"), errors);
            }
        }
        if let Some(token) = source.set("serviceAccountToken") {
            kinds += 1;
            service_account_token(&token, volume, errors);
        }
        if let Some(bundle) = source.set("clusterTrustBundle") {
            kinds += 1;
            storage_sources::required(&bundle, &["path"], errors);
            let path = bundle.field("path");
            local_non_reserved_path(&path, path.str(), errors);
            place(path.str(), path.str(), errors);
        }
        kinds += usize::from(source.set("podCertificate").is_some());
        if kinds > 1 {
            let what = "may not specify more than 1 volume type per source";
            errors.forbidden(&source.path, what);
        }
    }
}

fn service_account_token(token: &At, volume: &At, errors: &mut Errors) {
    let seconds = token.field("expirationSeconds");
    if seconds.number() < 10 * 60 {
        let what = "may not specify a duration less than 10 minutes";
        errors.invalid(&seconds.path, seconds.number(), what);
    }
    if seconds.number() > 1 << 32 {
        let what = "may not specify a duration larger than 2^32 seconds";
        errors.invalid(&seconds.path, seconds.number(), what);
    }
    let path = volume.field("path");
    match token.text("path") {
        "" => errors.required(&path.path, ""),
        text => local_non_reserved_path(&path, text, errors),
    }
}

/// Models `validateEphemeralVolumeSource`.
fn ephemeral(source: &At, volume: &At, pod_name: Option<&str>, errors: &mut Errors) {
    let template = source.field("volumeClaimTemplate");
    if template.is_set() {
        let metadata = template.field("metadata");
        metadata::annotations(&metadata.field("annotations"), errors);
        metadata::labels(&metadata.field("labels"), errors);
        persistent_volume_claim::spec(&template.field("spec"), errors);
    } else {
        errors.required(&template.path, "");
    }
    let name = volume.text("name");
    let Some(pod_name) = pod_name.filter(|pod_name| !pod_name.is_empty() && !name.is_empty())
    else {
        return;
    };
    let claim = format!("{pod_name}-{name}");
    for message in names::dns1123_subdomain(&claim) {
        let what = format!("PVC name \"{claim}\": {message}");
        errors.invalid(&volume.path.field("name"), name, what);
    }
}
