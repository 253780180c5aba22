//! `configMapGenerator`, `secretGenerator`. Models `kustomize/api/internal/generators`. Left out:
//! `behavior`, what isn't UTF-8.

use super::{Made, join};
use crate::api::{Value, base64};
use crate::fields;
use crate::kubectl::cx::Cx;

/// What a kustomization's generators make.
pub fn generated(cx: &Cx<'_>, folder: &str, of: &Value) -> Result<Vec<Made>, String> {
    let mut made = Vec::new();
    for (field, kind) in [
        ("configMapGenerator", "ConfigMap"),
        ("secretGenerator", "Secret"),
    ] {
        for generator in of.get(field).map_or(&[][..], Value::items) {
            made.push(one(cx, folder, of, generator, kind)?);
        }
    }
    Ok(made)
}

fn one(
    cx: &Cx<'_>,
    folder: &str,
    of: &Value,
    generator: &Value,
    kind: &str,
) -> Result<Made, String> {
    if generator.get("behavior").is_some() {
        return Err("\"behavior\" of a generator is not simulated here".into());
    }
    let name = generator.text_at(&["name"]);
    let mut value = fields! {
        "apiVersion" => "v1", "kind" => kind, "metadata" => fields! { "name" => name },
    };
    for (key, text) in pairs(cx, folder, generator)? {
        let text = match kind {
            "Secret" => base64::encode(text.as_bytes()),
            _ => text,
        };
        value.set(&["data", &key], text.as_str());
    }
    if kind == "Secret" {
        let of = generator.text_at(&["type"]);
        value.set(&["type"], if of.is_empty() { "Opaque" } else { of });
    }
    if let Some(namespace) = generator.get("namespace") {
        value.set(&["metadata", "namespace"], namespace.clone());
    }
    let options = [of.get("generatorOptions"), generator.get("options")];
    let mut is_hashed = true;
    for options in options.into_iter().flatten() {
        for field in ["labels", "annotations"] {
            let given = options.get(field).and_then(Value::as_map);
            for (key, text) in given.into_iter().flat_map(|given| given.iter()) {
                value.set(&["metadata", field, &**key], text.clone());
            }
        }
        if let Some(is_off) = options
            .get("disableNameSuffixHash")
            .and_then(Value::as_bool)
        {
            is_hashed = !is_off;
        }
        if options.get("immutable").and_then(Value::as_bool) == Some(true) {
            value.set(&["immutable"], true);
        }
    }
    Ok(Made {
        value,
        original: name.into(),
        is_hashed,
    })
}

fn pairs(cx: &Cx<'_>, folder: &str, generator: &Value) -> Result<Vec<(String, String)>, String> {
    let texts = |field: &str| -> Vec<String> {
        let items = generator.get(field).map_or(&[][..], Value::items);
        let texts = items.iter().filter_map(Value::as_str);
        texts.map(String::from).collect()
    };
    let read = |name: &str| {
        let path = join(folder, name);
        let missing = || format!("loading KV pairs: file sources: [{name}]: no such file");
        cx.file(&path).ok_or_else(missing)
    };
    let mut pairs = Vec::new();
    let mut envs = texts("envs");
    envs.extend(
        generator
            .get("env")
            .and_then(Value::as_str)
            .map(String::from),
    );
    for file in envs {
        let text = read(&file)?;
        let lines = text.lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        for line in lines {
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            pairs.push((key.to_string(), value.to_string()));
        }
    }
    for literal in texts("literals") {
        let (key, value) = literal
            .split_once('=')
            .ok_or_else(|| format!("invalid literal source {literal}, expected key=value"))?;
        let value = value.trim_matches(['\'', '"']);
        pairs.push((key.to_string(), value.to_string()));
    }
    for file in texts("files") {
        let (key, path) = match file.split_once('=') {
            Some((key, path)) => (key.to_string(), path.to_string()),
            None => {
                let base = file.rsplit('/').next().unwrap_or_default();
                (base.to_string(), file.clone())
            }
        };
        pairs.push((key, read(&path)?));
    }
    Ok(pairs)
}
