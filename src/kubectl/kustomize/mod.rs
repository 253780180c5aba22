//! `-k`: a folder with a kustomization → the objects that it makes. Models a part of
//! `sigs.k8s.io/kustomize/api`: the fields that [`FIELDS`] names. Left out, and said so: all others,
//! what lies elsewhere than in the terminal's files, and the order of a kustomization's `sortOptions`.

/// What a kustomization does to objects.
mod change;

/// Names: what leads to renamed objects, and the endings that tell what is in them.
mod names;

/// ConfigMaps and Secrets out of files and words.
mod generate;

use super::cx::Cx;
use super::output::yaml;
use crate::api::Value;
use crate::manifest::stream::{Stream, quoted};
use crate::order;

/// What is read of a kustomization.
const FIELDS: &[&str] = &[
    "apiVersion",
    "kind",
    "metadata",
    "resources",
    "bases",
    "namespace",
    "namePrefix",
    "nameSuffix",
    "commonLabels",
    "labels",
    "commonAnnotations",
    "images",
    "replicas",
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "configMapGenerator",
    "secretGenerator",
    "generatorOptions",
];

const FILES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Folders in folders at most.
const DEPTH: usize = 20;

/// An object on its way.
struct Made {
    value: Value,
    /// Its name before anything changed it.
    original: String,
    /// Does its name get an ending that tells what is in it?
    is_hashed: bool,
}

/// The text of the objects that a folder's kustomization makes. `sorts`: as `kubectl kustomize` does;
/// else they stay in the order in which they are read.
///
/// # Errors
/// kustomize's sentence, or what is not here.
pub fn build(cx: &Cx<'_>, folder: &str, sorts: bool) -> Result<String, String> {
    let mut made = folder_made(cx, folder, 0)?;
    names::hash(&mut made);
    if sorts {
        order::sort_by_key(&mut made, |made| rank(&made.value));
    }
    let texts: Vec<String> = made.iter().map(|made| yaml::yaml(&made.value)).collect();
    Ok(texts.join("---\n"))
}

/// Namespaces first, webhooks last. Models `legacyOrder`.
fn rank(value: &Value) -> (usize, String) {
    const FIRST: &[&str] = &[
        "Namespace",
        "ResourceQuota",
        "StorageClass",
        "CustomResourceDefinition",
        "ServiceAccount",
        "PodSecurityPolicy",
        "Role",
        "ClusterRole",
        "RoleBinding",
        "ClusterRoleBinding",
        "ConfigMap",
        "Secret",
        "Endpoints",
        "Service",
        "LimitRange",
        "PriorityClass",
        "PersistentVolume",
        "PersistentVolumeClaim",
        "Deployment",
        "StatefulSet",
        "CronJob",
        "PodDisruptionBudget",
    ];
    const LAST: &[&str] = &[
        "MutatingWebhookConfiguration",
        "ValidatingWebhookConfiguration",
    ];
    let text = |path: &[&str]| value.text_at(path);
    let kind = text(&["kind"]);
    let first = FIRST.iter().position(|known| *known == kind);
    let last = LAST.iter().position(|known| *known == kind);
    let rank = first.unwrap_or(FIRST.len() + last.map_or(0, |last| last + 1));
    let (namespace, name) = (
        text(&["metadata", "namespace"]),
        text(&["metadata", "name"]),
    );
    let of = text(&["apiVersion"]);
    (rank, [of, kind, namespace, name].join("~"))
}

fn folder_made(cx: &Cx<'_>, folder: &str, depth: usize) -> Result<Vec<Made>, String> {
    if depth > DEPTH {
        return Err("cycle detected: a kustomization leads to itself".into());
    }
    if folder.contains("://") || folder.starts_with("github.com/") {
        return Err(format!("{folder} is not reached from here"));
    }
    let path = |name: &str| join(folder, name);
    let found = FILES.iter().find_map(|file| cx.file(&path(file)));
    let Some(text) = found else {
        let names = FILES.map(|file| format!("'{file}'")).join(", ");
        let names = names.replace(", 'Kustomization'", " or 'Kustomization'");
        let place = cx.path(folder);
        return Err(format!(
            "unable to find one of {names} in directory '/{}'",
            place.trim_start_matches('/')
        ));
    };
    let kustomization = documents(&text)?.into_iter().next().unwrap_or_default();
    if let Some(fields) = kustomization.as_map() {
        let unknown = fields.iter().find(|(name, _)| !FIELDS.contains(&&***name));
        if let Some((name, _)) = unknown {
            return Err(format!(
                "{} of a kustomization is not simulated here",
                quoted(name)
            ));
        }
    }
    let mut made = Vec::new();
    for field in ["resources", "bases"] {
        for resource in kustomization.get(field).map_or(&[][..], Value::items) {
            let name = path(resource.as_str().unwrap_or_default());
            match cx.file(&name) {
                Some(text) => made.extend(documents(&text)?.into_iter().map(|value| Made {
                    original: value.text_at(&["metadata", "name"]).to_string(),
                    value,
                    is_hashed: false,
                })),
                None if cx.files.exists(&cx.path(&name)) => {
                    made.extend(folder_made(cx, &name, depth + 1)?);
                }
                None => {
                    let place = cx.path(&name);
                    return Err(format!(
                        "accumulating resources: accumulation err='accumulating resources from \
                         '{}': open /{place}: no such file or directory'",
                        resource.as_str().unwrap_or_default()
                    ));
                }
            }
        }
    }
    made.extend(generate::generated(cx, folder, &kustomization)?);
    change::all(cx, folder, &kustomization, &mut made)?;
    Ok(made)
}

fn join(folder: &str, name: &str) -> String {
    let mut parts: Vec<&str> = folder
        .trim_end_matches('/')
        .split('/')
        .filter(|part| *part != ".")
        .collect();
    for part in name.split('/') {
        match part {
            "." | "" => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    match parts.is_empty() {
        true => ".".into(),
        false => parts.join("/"),
    }
}

/// The objects of a text.
fn documents(text: &str) -> Result<Vec<Value>, String> {
    let mut stream = Stream::of(text);
    let mut found = Vec::new();
    while let Some(read) = stream.next_document(text) {
        let value = read.map_err(|problem| problem.message.to_string())?;
        let value = value.root.value.clone();
        match value.get("items") {
            Some(items) if value.text_at(&["kind"]) == "List" => {
                found.extend(items.items().iter().cloned());
            }
            _ if value.is_empty() => {}
            _ => found.push(value),
        }
    }
    Ok(found)
}
