//! What a kustomization does to the objects that it gathered, in kustomize's order. Models
//! `kustomize/api/internal/builtins` and `kustomize/api/internal/target/kusttarget_configplugin.go`. Left
//! out: targets of patches by label and annotation, `options` of patches.

use super::{Made, documents, join, names};
use crate::api::{Value, schema};
use crate::kubectl::apply::without_nulls;
use crate::kubectl::cx::Cx;
use crate::kubectl::{json_patch, patch};

/// Everything, one after the other.
pub fn all(cx: &Cx<'_>, folder: &str, of: &Value, made: &mut Vec<Made>) -> Result<(), String> {
    for patch in items(of, "patchesStrategicMerge") {
        let text = patch.as_str().unwrap_or_default();
        let text = cx
            .file(&join(folder, text))
            .unwrap_or_else(|| text.to_string());
        merge(&text, None, made)?;
    }
    for field in ["patches", "patchesJson6902"] {
        for patch in items(of, field) {
            patched(cx, folder, patch, made)?;
        }
    }
    let text = |field: &str| of.text_at(&[field]);
    if !text("namespace").is_empty() {
        made.iter_mut()
            .for_each(|one| namespace(&mut one.value, text("namespace")));
    }
    let (prefix, suffix) = (text("namePrefix"), text("nameSuffix"));
    if !prefix.is_empty() || !suffix.is_empty() {
        names::rename(made, |one| {
            let kept = ["Namespace", "CustomResourceDefinition", "APIService"];
            let kind = one.value.text_at(&["kind"]);
            let name = one.value.text_at(&["metadata", "name"]);
            (!kept.contains(&kind)).then(|| [prefix, name, suffix].concat())
        });
    }
    for one in made.iter_mut() {
        labels(of, &mut one.value);
        if let Some(all) = of.get("commonAnnotations") {
            annotations(&mut one.value, all);
        }
    }
    for replicas in items(of, "replicas") {
        let count = replicas.get("count").cloned().unwrap_or_default();
        for one in made.iter_mut() {
            let scales = [
                "Deployment",
                "ReplicaSet",
                "StatefulSet",
                "ReplicationController",
            ];
            if is_named(one, replicas.text_at(&["name"]))
                && scales.contains(&one.value.text_at(&["kind"]))
            {
                one.value.set(&["spec", "replicas"], count.clone());
            }
        }
    }
    for image in items(of, "images") {
        made.iter_mut()
            .for_each(|one| images(&mut one.value, image));
    }
    Ok(())
}

fn items<'a>(of: &'a Value, field: &str) -> &'a [Value] {
    of.get(field).map_or(&[][..], Value::items)
}

fn is_named(one: &Made, name: &str) -> bool {
    one.original == name || one.value.text_at(&["metadata", "name"]) == name
}

/// One of `patches`.
fn patched(cx: &Cx<'_>, folder: &str, patch: &Value, made: &mut Vec<Made>) -> Result<(), String> {
    let path = patch.text_at(&["path"]);
    let text = match path {
        "" => patch.text_at(&["patch"]).to_string(),
        path => {
            let missing = || format!("failed to get the patch file from path({path})");
            cx.file(&join(folder, path)).ok_or_else(missing)?
        }
    };
    let target = patch.get("target");
    let read = documents(&text)?;
    match read.first() {
        Some(operations @ Value::List(_)) => {
            let target = target.ok_or("must specify a target for JSON patch")?;
            for one in made.iter_mut().filter(|one| fits(one, target)) {
                one.value = json_patch::apply(&one.value, operations)?;
            }
            Ok(())
        }
        _ => merge(&text, target, made),
    }
}

fn fits(one: &Made, target: &Value) -> bool {
    let is = |field: &str, value: &str| {
        let wanted = target.text_at(&[field]);
        wanted.is_empty() || wanted == value
    };
    let of = one.value.text_at(&["apiVersion"]);
    let (group, version) = of.split_once('/').unwrap_or(("", of));
    let name = target.text_at(&["name"]);
    is("kind", one.value.text_at(&["kind"]))
        && is("group", group)
        && is("version", version)
        && is("namespace", one.value.text_at(&["metadata", "namespace"]))
        && (name.is_empty() || is_named(one, name))
}

/// Strategic merge patches: each for what it names, or for a target.
fn merge(text: &str, target: Option<&Value>, made: &mut Vec<Made>) -> Result<(), String> {
    for wanted in documents(text)? {
        let own = |one: &Made| {
            let kind = wanted.text_at(&["kind"]);
            one.value.text_at(&["kind"]) == kind
                && is_named(one, wanted.text_at(&["metadata", "name"]))
        };
        let is_meant = |one: &Made| target.map_or_else(|| own(one), |target| fits(one, target));
        if target.is_none() && !made.iter().any(is_meant) {
            let kind = wanted.text_at(&["kind"]);
            let name = wanted.text_at(&["metadata", "name"]);
            return Err(format!(
                "no resource matches strategic merge patch \"{kind}.[noGrp]/{name}.[noNs]\": no \
                 matches for Id {kind}.[noGrp]/{name}.[noNs]; failed to find unique target for patch"
            ));
        }
        if wanted.text_at(&["$patch"]) == "delete" {
            made.retain(|one| !is_meant(one));
            continue;
        }
        for one in made.iter_mut().filter(|one| is_meant(one)) {
            let text = |field: &str| one.value.text_at(&[field]).to_string();
            let of = schema::kind(&text("apiVersion"), &text("kind")).map(schema::Kind::of);
            let name = one.value.at(&["metadata", "name"]).cloned();
            let mut merged = without_nulls(&patch::merge(&one.value, &wanted, of));
            merged.set(&["metadata", "name"], name.unwrap_or_default());
            one.value = merged;
        }
    }
    Ok(())
}

fn namespace(value: &mut Value, namespace: &str) {
    let kind = value.text_at(&["kind"]).to_string();
    if kind == "Namespace" {
        value.set(&["metadata", "name"], namespace);
        return;
    }
    let known = schema::kind(value.text_at(&["apiVersion"]), &kind);
    if known.is_none_or(schema::Kind::is_namespaced) {
        value.set(&["metadata", "namespace"], namespace);
    }
    if value.get("subjects").is_some() {
        for subject in value.at_mut(&["subjects"]).items_mut() {
            if subject.text_at(&["kind"]) == "ServiceAccount" {
                subject.set(&["namespace"], namespace);
            }
        }
    }
}

/// Where an object has templates of Pods.
fn templates(value: &Value) -> Vec<&'static [&'static str]> {
    let all: [&[&str]; 3] = [
        &["spec", "template"],
        &["spec", "jobTemplate"],
        &["spec", "jobTemplate", "spec", "template"],
    ];
    all.into_iter()
        .filter(|path| value.at(path).is_some())
        .collect()
}

fn put(value: &mut Value, path: &[&str], pairs: &Value) {
    for (key, text) in pairs.as_map().into_iter().flat_map(|pairs| pairs.iter()) {
        value.at_mut(path).set(&[&**key], text.clone());
    }
}

fn labels(of: &Value, value: &mut Value) {
    let mut given: Vec<(&Value, bool, bool)> = Vec::new();
    for labels in items(of, "labels") {
        let is = |field: &str| labels.get(field).and_then(Value::as_bool) == Some(true);
        if let Some(pairs) = labels.get("pairs") {
            let selects = is("includeSelectors");
            given.push((pairs, selects, selects || is("includeTemplates")));
        }
    }
    given.extend(of.get("commonLabels").map(|pairs| (pairs, true, true)));
    for (pairs, in_selectors, in_templates) in given {
        put(value, &["metadata", "labels"], pairs);
        if in_templates {
            for template in templates(value) {
                put(value, &[template, &["metadata", "labels"]].concat(), pairs);
            }
        }
        if in_selectors {
            selectors(value, pairs);
        }
    }
}

fn selectors(value: &mut Value, pairs: &Value) {
    match value.text_at(&["kind"]) {
        "Service" | "ReplicationController" => put(value, &["spec", "selector"], pairs),
        "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet" => {
            put(value, &["spec", "selector", "matchLabels"], pairs);
        }
        "Job" | "PodDisruptionBudget" => {
            let path = ["spec", "selector", "matchLabels"];
            if value.at(&path).is_some() {
                put(value, &path, pairs);
            }
        }
        "NetworkPolicy" => {
            let path = ["spec", "podSelector", "matchLabels"];
            if value.at(&path).is_some() {
                put(value, &path, pairs);
            }
        }
        _ => {}
    }
}

fn annotations(value: &mut Value, pairs: &Value) {
    put(value, &["metadata", "annotations"], pairs);
    for template in templates(value) {
        put(
            value,
            &[template, &["metadata", "annotations"]].concat(),
            pairs,
        );
    }
}

/// One of `images`, in all containers.
fn images(value: &mut Value, image: &Value) {
    match value {
        Value::List(_) => value
            .items_mut()
            .iter_mut()
            .for_each(|item| images(item, image)),
        Value::Map(_) => {
            for list in ["containers", "initContainers"] {
                if matches!(value.get(list), Some(Value::List(_))) {
                    for container in value.at_mut(&[list]).items_mut() {
                        let changed = changed_image(container.text_at(&["image"]), image);
                        if let Some(changed) = changed {
                            container.set(&["image"], changed.as_str());
                        }
                    }
                }
            }
            let names = value.as_map().into_iter().flat_map(|fields| fields.iter());
            let names: Vec<String> = names.map(|(name, _)| name.to_string()).collect();
            for name in names {
                images(value.at_mut(&[&name]), image);
            }
        }
        _ => {}
    }
}

/// `nginx:1.27` with another name, tag or digest, if it is meant.
fn changed_image(current: &str, image: &Value) -> Option<String> {
    let (bare, digest) = current
        .split_once('@')
        .map_or((current, ""), |(bare, digest)| (bare, digest));
    let colon = bare.rfind(':').filter(|at| !bare[*at..].contains('/'));
    let (name, tag) = colon.map_or((bare, ""), |at| (&bare[..at], &bare[at + 1..]));
    if name != image.text_at(&["name"]) {
        return None;
    }
    let (new_name, new_digest) = (image.text_at(&["newName"]), image.text_at(&["digest"]));
    let new_tag = match image.get("newTag") {
        Some(Value::String(tag)) => tag.to_string(),
        Some(Value::Int(tag)) => tag.to_string(),
        Some(Value::Float(tag)) => tag.to_string(),
        _ => String::new(),
    };
    let name = if new_name.is_empty() { name } else { new_name };
    Some(match (&*new_tag, new_digest) {
        ("", "") if !digest.is_empty() => format!("{name}@{digest}"),
        ("", "") if tag.is_empty() => name.to_string(),
        ("", "") => format!("{name}:{tag}"),
        (tag, "") => format!("{name}:{tag}"),
        (_, digest) => format!("{name}@{digest}"),
    })
}
