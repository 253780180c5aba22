//! Where containers see volumes, and the paths that are allowed there. Models
//! `ValidateVolumeMounts`, `ValidateVolumeDevices` and the path rules of
//! `pkg/apis/core/validation/validation.go`.

use crate::collections::{Map, Set};

use super::at::{At, Errors};
use super::volumes::Volumes;

/// Models `ValidateVolumeMounts`. The path rules of `subPath` name the list, not the item.
pub fn volume_mounts(container: &At, volumes: &Volumes, errors: &mut Errors) {
    let list = container.field("volumeMounts");
    let devices = by_name(&container.field("volumeDevices"), "devicePath");
    let mut seen = Set::new();
    for mount in list.items() {
        let (name, path) = (mount.field("name"), mount.field("mountPath"));
        if name.str().is_empty() {
            errors.required(&name.path, "");
        }
        if !volumes.contains_key(name.str()) {
            errors.not_found(&name.path, name.str(), "");
        }
        if path.str().is_empty() {
            errors.required(&path.path, "");
        }
        if !seen.insert(path.str()) {
            errors.invalid(&path.path, path.str(), "must be unique");
        }
        if devices.contains_key(name.str()) {
            errors.invalid(
                &name.path,
                name.str(),
                "must not already exist in volumeDevices",
            );
        }
        if devices.values().any(|device| *device == path.str()) {
            let what = "must not already exist as a path in volumeDevices";
            errors.invalid(&path.path, path.str(), what);
        }
        sub_paths(&mount, &list, errors);
        propagation(&mount, container, &list, errors);
        recursive_read_only(&mount, &list, errors);
    }
}

fn sub_paths(mount: &At, list: &At, errors: &mut Errors) {
    let (path, expression) = (mount.field("subPath"), mount.field("subPathExpr"));
    let in_list = |name: &str| At {
        value: list.value,
        path: list.path.field(name),
    };
    if !path.str().is_empty() {
        local_descending_path(&in_list("subPath"), path.str(), errors);
    }
    if !expression.str().is_empty() {
        if !path.str().is_empty() {
            let what = "subPathExpr and subPath are mutually exclusive";
            errors.invalid(&expression.path, expression.str(), what);
        }
        local_descending_path(&in_list("subPathExpr"), expression.str(), errors);
    }
}

/// Models `validateMountPropagation`.
fn propagation(mount: &At, container: &At, list: &At, errors: &mut Errors) {
    let path = list.path.field("mountPropagation");
    let known = &["Bidirectional", "HostToContainer", "None"];
    let Some(mode) = mount.set("mountPropagation") else {
        return;
    };
    if !known.contains(&mode.str()) {
        errors.not_supported(&path, mode.str(), known);
    }
    let privileged = container.field("securityContext").flag("privileged");
    if mode.str() == "Bidirectional" && !privileged {
        let what = "Bidirectional mount propagation is available only to privileged containers";
        errors.forbidden(&path, what);
    }
}

/// Models `validateMountRecursiveReadOnly`.
fn recursive_read_only(mount: &At, list: &At, errors: &mut Errors) {
    let path = list.path.field("recursiveReadOnly");
    let Some(mode) = mount.set("recursiveReadOnly") else {
        return;
    };
    match mode.str() {
        "Disabled" => {}
        "Enabled" | "IfPossible" => {
            if !mount.flag("readOnly") {
                errors.forbidden(&path, "may only be specified when readOnly is true");
            }
            if !["", "None"].contains(&mount.text("mountPropagation")) {
                let what = "may only be specified when mountPropagation is None or not specified";
                errors.forbidden(&path, what);
            }
        }
        other => errors.not_supported(&path, other, &["Disabled", "Enabled", "IfPossible"]),
    }
}

/// Models `ValidateVolumeDevices`.
pub fn volume_devices(container: &At, volumes: &Volumes, errors: &mut Errors) {
    let mounts = by_name(&container.field("volumeMounts"), "mountPath");
    let (mut names, mut paths) = (Set::new(), Set::new());
    for device in container.list("volumeDevices") {
        let (name, path) = (device.field("name"), device.field("devicePath"));
        if name.str().is_empty() {
            errors.required(&name.path, "");
        }
        if !name.str().is_empty() && !names.insert(name.str()) {
            errors.invalid(&name.path, name.str(), "must be unique");
        }
        match volumes.get(name.str()) {
            None => errors.not_found(&name.path, name.str(), ""),
            Some(volume)
                if volume.set("persistentVolumeClaim").is_none()
                    && volume.set("ephemeral").is_none() =>
            {
                let what = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
                errors.invalid(&name.path, name.str(), what);
            }
            Some(_) => {}
        }
        if path.str().is_empty() {
            errors.required(&path.path, "");
        }
        if paths.contains(path.str()) {
            errors.invalid(&path.path, path.str(), "must be unique");
        }
        if has_backsteps(path.str()) {
            errors.invalid(&path.path, path.str(), "can not contain backsteps ('..')");
        } else {
            paths.insert(path.str());
        }
        if mounts.contains_key(name.str()) {
            errors.invalid(
                &name.path,
                name.str(),
                "must not already exist in volumeMounts",
            );
        }
        if mounts.values().any(|mount| *mount == path.str()) {
            let what = "must not already exist as a path in volumeMounts";
            errors.invalid(&path.path, path.str(), what);
        }
    }
}

fn by_name<'a>(list: &At<'a>, path: &str) -> Map<&'a str, &'a str> {
    list.items()
        .map(|item| (item.text("name"), item.text(path)))
        .collect()
}

/// Models `validateLocalDescendingPath`; `at` says only where the error stands.
pub fn local_descending_path(at: &At, path: &str, errors: &mut Errors) {
    if path.starts_with('/') {
        errors.invalid(&at.path, path, "must be a relative path");
    }
    no_backsteps(at, path, errors);
}

/// Models `ValidateLocalNonReservedPath`.
pub fn local_non_reserved_path(at: &At, path: &str, errors: &mut Errors) {
    local_descending_path(at, path, errors);
    if path.starts_with("..") && !path.starts_with("../") {
        errors.invalid(&at.path, path, "must not start with '..'");
    }
}

/// Models `validatePathNoBacksteps`.
pub fn no_backsteps(at: &At, path: &str, errors: &mut Errors) {
    if has_backsteps(path) {
        errors.invalid(&at.path, path, "must not contain '..'");
    }
}

fn has_backsteps(path: &str) -> bool {
    path.split('/').any(|part| part == "..")
}
