//! Names of objects in other objects, and the endings of generated ones. Models kustomize's
//! `nameReference` and `kyaml`'s and kubectl's `hash.go`. Left out: references of seldom kinds.

use super::Made;
use crate::api::Value;
use crate::api::sha256;

/// Where names of these kinds stand: the field around it, the field itself, the kind.
const PLACES: &[(&str, &str, &str)] = &[
    ("configMapRef", "name", "ConfigMap"),
    ("configMapKeyRef", "name", "ConfigMap"),
    ("configMap", "name", "ConfigMap"),
    ("secretRef", "name", "Secret"),
    ("secretKeyRef", "name", "Secret"),
    ("secret", "secretName", "Secret"),
    ("secret", "name", "Secret"),
    ("imagePullSecrets", "name", "Secret"),
    ("tls", "secretName", "Secret"),
    ("spec", "serviceAccountName", "ServiceAccount"),
    (
        "persistentVolumeClaim",
        "claimName",
        "PersistentVolumeClaim",
    ),
    ("spec", "volumeName", "PersistentVolume"),
    ("service", "name", "Service"),
    ("spec", "serviceName", "Service"),
];

/// Gives objects other names, and what leads to them too.
pub fn rename(made: &mut [Made], new_name: impl Fn(&Made) -> Option<String>) {
    let mut renamed = Vec::new();
    for one in made.iter_mut() {
        let Some(new) = new_name(one) else {
            continue;
        };
        let old = one.value.text_at(&["metadata", "name"]).to_string();
        let kind = one.value.text_at(&["kind"]).to_string();
        one.value.set(&["metadata", "name"], new.as_str());
        renamed.push((kind, old, new));
    }
    for one in made.iter_mut() {
        lead(&mut one.value, "", &renamed);
    }
}

fn lead(value: &mut Value, around: &str, renamed: &[(String, String, String)]) {
    let find = |kind: &str, name: &str| {
        let mut found = renamed.iter();
        let found = found.find(|(of, old, _)| of == kind && old == name);
        found.map(|(_, _, new)| new.clone())
    };
    match value {
        Value::List(_) => {
            for item in value.items_mut() {
                lead(item, around, renamed);
            }
        }
        Value::Map(_) => {
            for (of, field, kind) in PLACES {
                let name = value.text_at(&[field]);
                if *of == around
                    && let Some(new) = find(kind, name)
                {
                    value.set(&[field], new.as_str());
                }
            }
            let kind = value.text_at(&["kind"]);
            if matches!(around, "roleRef" | "subjects" | "scaleTargetRef")
                && let Some(new) = find(kind, value.text_at(&["name"]))
            {
                value.set(&["name"], new.as_str());
            }
            let names = value.as_map().into_iter().flat_map(|fields| fields.iter());
            let names: Vec<String> = names.map(|(name, _)| name.to_string()).collect();
            for name in names {
                lead(value.at_mut(&[&name]), &name, renamed);
            }
        }
        _ => {}
    }
}

/// Generated objects get their endings.
pub fn hash(made: &mut [Made]) {
    rename(made, |one| {
        let name = one.value.text_at(&["metadata", "name"]);
        one.is_hashed
            .then(|| format!("{name}-{}", ending(&one.value)))
    });
}

/// `-k2hc9gb5t2`
fn ending(value: &Value) -> String {
    let data = value.get("data").cloned().unwrap_or_default();
    let data = match data.is_empty() {
        true => Value::String("".into()),
        false => data,
    };
    let mut told = serde_json::Map::new();
    told.insert("data".into(), data.to_json());
    told.insert("kind".into(), value.text_at(&["kind"]).into());
    told.insert("name".into(), value.text_at(&["metadata", "name"]).into());
    if value.text_at(&["kind"]) == "Secret" {
        told.insert("type".into(), value.text_at(&["type"]).into());
    }
    let text = serde_json::Value::Object(told).to_string();
    let text = text
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026");
    let letters = sha256::hex(text.as_bytes());
    let letters = letters.chars().take(10);
    letters
        .map(|letter| match letter {
            '0' => 'g',
            '1' => 'h',
            '3' => 'k',
            'a' => 'm',
            'e' => 't',
            other => other,
        })
        .collect()
}
