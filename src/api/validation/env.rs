//! Environment variables and where they come from. Models `ValidateEnv` and `ValidateEnvFrom` of
//! `pkg/apis/core/validation/validation.go`.

use super::at::{At, Errors};
use super::{mounts, names, resources};

const FIELD_PATHS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

const RESOURCES: &[&str] = &[
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];

/// Models `ValidateEnv`.
pub fn env(vars: &At, errors: &mut Errors) {
    for var in vars.items() {
        let name = var.field("name");
        if name.str().is_empty() {
            errors.required(&name.path, "");
        } else {
            errors.invalid_each(
                &name.path,
                name.str(),
                names::relaxed_env_var_name(name.str()),
            );
        }
        if let Some(source) = var.set("valueFrom") {
            value_from(&source, !var.lacks("value"), errors);
        }
    }
}

/// Models `validateEnvVarValueFrom`.
fn value_from(source: &At, has_value: bool, errors: &mut Errors) {
    let mut sources = 0;
    let mut each = |name: &str, check: fn(&At, &mut Errors)| {
        if let Some(it) = source.set(name) {
            sources += 1;
            check(&it, errors);
        }
    };
    each("fieldRef", |it, errors| {
        field_selector(it, FIELD_PATHS, errors)
    });
    each("resourceFieldRef", |it, errors| {
        resource_field_selector(it, false, errors)
    });
    each("configMapKeyRef", key_selector);
    each("secretKeyRef", key_selector);
    each("fileKeyRef", file_key_selector);
    let what = match sources {
        0 => {
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
        }
        _ if has_value => "may not be specified when `value` is not empty",
        1 => return,
        _ => "may not have more than one field specified at a time",
    };
    errors.invalid(&source.path, "", what);
}

/// Models `validateObjectFieldSelector`: `paths` are those that may stand without a key.
pub fn field_selector(selector: &At, paths: &[&str], errors: &mut Errors) {
    for name in ["apiVersion", "fieldPath"] {
        if selector.lacks(name) {
            errors.required(&selector.field(name).path, "");
            return;
        }
    }
    let at = selector.field("fieldPath");
    let path = match internal_field_path(selector.text("apiVersion"), at.str()) {
        Ok(path) => path,
        Err(why) => {
            errors.invalid(
                &at.path,
                at.str(),
                format!("error converting fieldPath: {why}"),
            );
            return;
        }
    };
    match subscript(path) {
        Some(("metadata.annotations", key)) => {
            errors.invalid_each(&selector.path, key, names::label_key(&key.to_lowercase()));
        }
        Some(("metadata.labels", key)) => {
            errors.invalid_each(&selector.path, key, names::label_key(key));
        }
        Some((path, _)) => errors.invalid(&selector.path, path, "does not support subscript"),
        None if !paths.contains(&path) => errors.not_supported(&at.path, path, paths),
        None => {}
    }
}

/// Models `ConvertDownwardAPIFieldLabel`: which labels there are at all.
fn internal_field_path<'a>(version: &str, label: &'a str) -> Result<&'a str, String> {
    const LABELS: &[&str] = &[
        "metadata.annotations",
        "metadata.labels",
        "metadata.name",
        "metadata.namespace",
        "metadata.uid",
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.serviceAccountName",
        "spec.schedulerName",
        "status.phase",
        "status.hostIP",
        "status.hostIPs",
        "status.podIP",
        "status.podIPs",
    ];
    if version != "v1" {
        return Err(format!("unsupported pod version: {version}"));
    }
    if let Some((path, _)) = subscript(label) {
        return match path {
            "metadata.annotations" | "metadata.labels" => Ok(label),
            _ => Err(format!("field label does not support subscript: {label}")),
        };
    }
    match label {
        "spec.host" => Ok("spec.nodeName"),
        _ if LABELS.contains(&label) => Ok(label),
        _ => Err(format!("field label not supported: {label}")),
    }
}

/// `metadata.labels['app']` in its two parts.
fn subscript(path: &str) -> Option<(&str, &str)> {
    path.strip_suffix("']")?.split_once("['")
}

/// Models `validateContainerResourceFieldSelector`; a volume has to name the container.
pub fn resource_field_selector(selector: &At, in_volume: bool, errors: &mut Errors) {
    let resource = selector.field("resource");
    let huge = ["limits.hugepages-", "requests.hugepages-"];
    let is_huge = huge.iter().any(|prefix| resource.str().starts_with(prefix));
    if in_volume && selector.lacks("containerName") {
        errors.required(&selector.field("containerName").path, "");
    } else if resource.str().is_empty() {
        errors.required(&resource.path, "");
    } else if !RESOURCES.contains(&resource.str()) && !is_huge {
        errors.not_supported(&resource.path, resource.str(), RESOURCES);
    }
    divisor(selector, resource.str(), errors);
}

/// Models `validateContainerResourceDivisor`.
fn divisor(selector: &At, resource: &str, errors: &mut Errors) {
    let divisor = selector.field("divisor");
    if resources::quantity(&divisor).nano == 0 {
        return;
    }
    let bytes = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei";
    let (known, named) = match resource.split_once('.').map(|(_, rest)| rest) {
        Some("cpu") => ("1m, 1", "cpu"),
        Some("memory") => (bytes, "memory"),
        Some("ephemeral-storage") => (bytes, "local ephemeral storage"),
        Some(rest) if resources::is_huge_page(rest) => (bytes, "hugepages"),
        _ => return,
    };
    if !known.split(", ").any(|one| one == divisor.str()) {
        let known = known.replace("1m, 1", "1m and 1");
        let what = format!("only divisor's values {known} are supported with the {named} resource");
        errors.invalid(&divisor.path, resource, what);
    }
}

/// Models `validateConfigMapKeySelector` and `validateSecretKeySelector`.
fn key_selector(selector: &At, errors: &mut Errors) {
    let (name, key) = (selector.field("name"), selector.field("key"));
    errors.invalid_each(&name.path, name.str(), names::dns1123_subdomain(name.str()));
    if key.str().is_empty() {
        errors.required(&key.path, "");
    } else {
        errors.invalid_each(&key.path, key.str(), names::config_map_key(key.str()));
    }
}

/// Models `validateFileKeySelector`.
fn file_key_selector(selector: &At, errors: &mut Errors) {
    let key = selector.field("key");
    let volume = selector.field("volumeName");
    let path = selector.field("path");
    for at in [&key, &volume, &path] {
        let text = at.str();
        if text.is_empty() {
            errors.required(&at.path, "");
        } else if at.path == key.path {
            errors.invalid_each(&at.path, text, names::relaxed_env_var_name(text));
        } else if at.path == volume.path {
            errors.invalid_each(&at.path, text, names::dns1123_label(text));
        } else {
            mounts::no_backsteps(at, text, errors);
        }
    }
}

/// Models `ValidateEnvFrom`.
pub fn env_from(sources: &At, errors: &mut Errors) {
    for source in sources.items() {
        let prefix = source.field("prefix");
        if !prefix.str().is_empty() {
            let wrong = names::relaxed_env_var_name(prefix.str());
            errors.invalid_each(&prefix.path, prefix.str(), wrong);
        }
        let named: Vec<At> = ["configMapRef", "secretRef"]
            .iter()
            .filter_map(|name| source.set(name))
            .collect();
        for reference in &named {
            env_source(reference, errors);
        }
        let what = match named.len() {
            0 => "must specify one of: `configMapRef` or `secretRef`",
            1 => continue,
            _ => "may not have more than one field specified at a time",
        };
        errors.invalid(&sources.path, "", what);
    }
}

/// Models `validateConfigMapEnvSource` and `validateSecretEnvSource`.
fn env_source(reference: &At, errors: &mut Errors) {
    let name = reference.field("name");
    if name.str().is_empty() {
        errors.required(&name.path, "");
    } else {
        let prefix = names::prefix_of_generated(name.str());
        errors.invalid_each(&name.path, name.str(), names::dns1123_subdomain(&prefix));
    }
}
