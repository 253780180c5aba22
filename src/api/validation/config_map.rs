//! ConfigMaps and Secrets. Models `ValidateConfigMap` and `ValidateSecret` of
//! `pkg/apis/core/validation/validation.go`.

use super::at::{At, Errors};
use super::names;

/// 1 MiB: upstream's `MaxSecretSize`.
const MAX_SIZE: usize = 1 << 20;

const IMMUTABLE: &str = "field is immutable when `immutable` is set";

/// Models `ValidateConfigMap` behind the metadata.
pub fn config_map(config_map: &At, errors: &mut Errors) {
    let (data, binary) = (config_map.field("data"), config_map.field("binaryData"));
    let mut size = 0;
    for (key, value) in data.entries() {
        errors.invalid_each(&value.path, key, names::config_map_key(key));
        if binary.value.get(key).is_some() {
            errors.invalid(&value.path, key, "duplicate of key present in binaryData");
        }
        size += value.str().len();
    }
    for (key, value) in binary.entries() {
        errors.invalid_each(&value.path, key, names::config_map_key(key));
        size += decoded_length(value.str());
    }
    if size > MAX_SIZE {
        errors.too_long(&config_map.path.field(""), MAX_SIZE);
    }
}

/// What `immutable` forbids. Models `ValidateConfigMapUpdate` and `ValidateSecretUpdate`.
pub fn immutable(new: &At, old: &At, fields: &[&str], errors: &mut Errors) {
    if !old.flag("immutable") {
        return;
    }
    if !new.flag("immutable") {
        errors.forbidden(&new.field("immutable").path, IMMUTABLE);
    }
    for name in fields {
        let (new, old) = (new.field(name), old.field(name));
        if new.value != old.value && !(new.value.is_empty() && old.value.is_empty()) {
            errors.forbidden(&new.path, IMMUTABLE);
        }
    }
}

/// Models `ValidateSecret` behind the metadata.
pub fn secret(secret: &At, errors: &mut Errors) {
    let data = secret.field("data");
    let mut size = 0;
    for (key, value) in data.entries() {
        errors.invalid_each(&value.path, key, names::config_map_key(key));
        size += decoded_length(value.str());
    }
    if size > MAX_SIZE {
        errors.too_long(&data.path, MAX_SIZE);
    }
    by_type(secret, &data, errors);
}

/// What a Secret of some type has to have.
fn by_type(secret: &At, data: &At, errors: &mut Errors) {
    let mut required = |keys: &[&str]| {
        for key in keys {
            if data.value.get(key).is_none() {
                errors.required(&data.path.key(key), "");
            }
        }
    };
    match secret.text("type") {
        "kubernetes.io/dockercfg" => required(&[".dockercfg"]),
        "kubernetes.io/dockerconfigjson" => required(&[".dockerconfigjson"]),
        "kubernetes.io/basic-auth" => {
            let keys = ["username", "password"];
            if keys.iter().all(|key| data.value.get(key).is_none()) {
                required(&keys);
            }
        }
        "kubernetes.io/ssh-auth" if data.lacks("ssh-privatekey") => {
            errors.required(&data.path.key("ssh-privatekey"), "");
        }
        "kubernetes.io/tls" => required(&["tls.crt", "tls.key"]),
        "kubernetes.io/service-account-token" => {
            const ACCOUNT: &str = "kubernetes.io/service-account.name";
            let annotations = secret.field("metadata").field("annotations");
            if annotations.lacks(ACCOUNT) {
                errors.required(&annotations.path.key(ACCOUNT), "");
            }
        }
        _ => {}
    }
    docker_config(secret, data, errors);
}

/// Docker's configurations have to be JSON objects. Left out: Go's words for where they aren't.
fn docker_config(secret: &At, data: &At, errors: &mut Errors) {
    let key = match secret.text("type") {
        "kubernetes.io/dockercfg" => ".dockercfg",
        "kubernetes.io/dockerconfigjson" => ".dockerconfigjson",
        _ => return,
    };
    let Some(config) = data.set(key) else { return };
    let config = crate::api::base64::decode(config.str()).unwrap_or_default();
    let text = str::from_utf8(&config).unwrap_or("not JSON either");
    let is_object = serde_json::from_str(text)
        .is_ok_and(|json: serde_json::Value| json.is_object() || json.is_null());
    if !is_object {
        let what = if config.is_empty() {
            "unexpected end of JSON input"
        } else {
            "must be a JSON object"
        };
        errors.invalid(&data.path.key(key), "<secret contents redacted>", what);
    }
}

/// How many bytes base64 text stands for.
fn decoded_length(text: &str) -> usize {
    let padding = text.bytes().rev().take_while(|c| *c == b'=').count();
    (text.len() / 4 * 3).saturating_sub(padding)
}
