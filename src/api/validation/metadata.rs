//! `metadata`, labels and label selectors. Models `apimachinery/pkg/api/validation/objectmeta.go`,
//! `apimachinery/pkg/apis/meta/v1/validation` and core's finalizer rule.
//! Left out: managedFields, which nobody writes here.

use super::at::{At, Errors};
use super::field::quoted;
use super::names;
use crate::order;

/// Models `ValidateObjectMeta`: `metadata` of a new object.
pub fn object_meta(object: &At, namespaced: bool, name_rule: names::Rule, errors: &mut Errors) {
    let meta = object.field("metadata");
    let generate_name = meta.field("generateName");
    if !meta.lacks("generateName") {
        let prefix = names::prefix_of_generated(generate_name.str());
        errors.invalid_each(&generate_name.path, generate_name.str(), name_rule(&prefix));
    }
    let name = meta.field("name");
    if meta.lacks("name") {
        errors.required(&name.path, "name or generateName is required");
    } else {
        errors.invalid_each(&name.path, name.str(), name_rule(name.str()));
    }
    namespace(&meta, namespaced, errors);
    errors.nonnegative(&meta.field("generation"));
    common(&meta, errors);
    finalizers(&meta.field("finalizers"), errors);
    kube_finalizers(&meta.field("finalizers"), errors);
}

/// Models `ValidateObjectMetaUpdate`: `metadata` of the next version.
pub fn object_meta_update(object: &At, old: &At, errors: &mut Errors) {
    let (meta, old) = (object.field("metadata"), old.field("metadata"));
    if old.set("deletionTimestamp").is_some() {
        no_new_finalizers(&meta.field("finalizers"), &old.field("finalizers"), errors);
    }
    let (generation, was) = (meta.field("generation"), old.field("generation"));
    if generation.number() < was.number() {
        errors.invalid(
            &generation.path,
            generation.number(),
            "must not be decremented",
        );
    }
    for name in [
        "name",
        "namespace",
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
    ] {
        errors.immutable(&meta.field(name), &old.field(name));
    }
    common(&meta, errors);
    kube_finalizers(&meta.field("finalizers"), errors);
}

fn namespace(meta: &At, namespaced: bool, errors: &mut Errors) {
    let namespace = meta.field("namespace");
    match (namespaced, namespace.str()) {
        (true, "") => errors.required(&namespace.path, ""),
        (true, name) => errors.invalid_each(&namespace.path, name, names::dns1123_label(name)),
        (false, "") => {}
        (false, _) => errors.forbidden(&namespace.path, "not allowed on this type"),
    }
}

fn common(meta: &At, errors: &mut Errors) {
    labels(&meta.field("labels"), errors);
    annotations(&meta.field("annotations"), errors);
    owner_references(&meta.field("ownerReferences"), errors);
}

/// Models `ValidateLabels`: every error stands at the map, not at the entry.
pub fn labels(labels: &At, errors: &mut Errors) {
    for (key, value) in labels.entries() {
        label_name(key, labels, errors);
        errors.invalid_each(&labels.path, value.str(), names::label_value(value.str()));
    }
}

/// Models `ValidateLabelName`.
pub fn label_name(name: &str, at: &At, errors: &mut Errors) {
    errors.invalid_each(&at.path, name, names::label_key(name));
}

/// Models `ValidateAnnotations`: keys in any case, 256 KiB in all.
pub fn annotations(annotations: &At, errors: &mut Errors) {
    const TOTAL_SIZE_LIMIT: usize = 256 << 10;
    let mut size = 0;
    for (key, value) in annotations.entries() {
        size += key.len() + value.str().len();
        let wrong = names::label_key(&key.to_lowercase());
        errors.invalid_each(&annotations.path, key, wrong);
    }
    if size > TOTAL_SIZE_LIMIT {
        errors.too_long(&annotations.path, TOTAL_SIZE_LIMIT);
    }
}

/// Models `ValidateOwnerReferences`: upstream names no index here.
fn owner_references(references: &At, errors: &mut Errors) {
    let mut controller = None;
    for reference in references.items() {
        owner_reference(&reference, references, errors);
        if !reference.flag("controller") {
            continue;
        }
        let name = format!("{}/{}", reference.text("kind"), reference.text("name"));
        match &controller {
            None => controller = Some(name),
            Some(first) => errors.invalid(
                &references.path,
                references.value,
                format!("Only one reference can have Controller set to true. Found \"true\" in references for {first} and {name}"),
            ),
        }
    }
}

fn owner_reference(reference: &At, references: &At, errors: &mut Errors) {
    let path = &references.path;
    if reference.lacks("apiVersion") {
        errors.invalid(&path.field("apiVersion"), "", "version must not be empty");
    }
    for name in ["kind", "name", "uid"] {
        if reference.lacks(name) {
            errors.invalid(&path.field(name), "", "must not be empty");
        }
    }
    if (reference.text("apiVersion"), reference.text("kind")) == ("v1", "Event") {
        let what = "/v1, Kind=Event is disallowed from being an owner";
        errors.invalid(path, reference.value, what);
    }
}

/// Models `ValidateFinalizers`.
fn finalizers(finalizers: &At, errors: &mut Errors) {
    for finalizer in finalizers.items() {
        let wrong = names::label_key(finalizer.str());
        errors.invalid_each(&finalizers.path, finalizer.str(), wrong);
    }
    let has = |name: &str| finalizers.items().any(|finalizer| finalizer.str() == name);
    if has("orphan") && has("foregroundDeletion") {
        let what = "finalizer orphan and foregroundDeletion cannot be both set";
        errors.invalid(&finalizers.path, finalizers.value, what);
    }
}

/// Models `validateKubeFinalizerName`.
fn kube_finalizers(finalizers: &At, errors: &mut Errors) {
    for finalizer in finalizers.items() {
        let name = finalizer.str();
        let standard = ["kubernetes", "orphan", "foregroundDeletion"].contains(&name);
        if !name.contains('/') && !standard {
            let what = "name is neither a standard finalizer name nor is it fully qualified";
            errors.invalid(&finalizer.path, name, what);
        }
    }
}

fn no_new_finalizers(new: &At, old: &At, errors: &mut Errors) {
    let mut extra: Vec<&str> = new.items().map(|item| item.str()).collect();
    extra.retain(|name| old.items().all(|item| item.str() != *name));
    order::sort(&mut extra);
    extra.dedup();
    if extra.is_empty() {
        return;
    }
    let extra: Vec<String> = extra.into_iter().map(quoted).collect();
    let extra = extra.join(", ");
    let what = format!(
        "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{extra}}}"
    );
    errors.forbidden(&new.path, what);
}

/// Models `ValidateLabelSelector`; a selector that isn't there is valid.
pub fn label_selector(selector: &At, errors: &mut Errors) {
    labels(&selector.field("matchLabels"), errors);
    for requirement in selector.list("matchExpressions") {
        label_selector_requirement(&requirement, errors);
    }
}

fn label_selector_requirement(requirement: &At, errors: &mut Errors) {
    let values = requirement.field("values");
    operator_and_values(requirement, errors);
    label_name(requirement.text("key"), &requirement.field("key"), errors);
    for value in values.items() {
        errors.invalid_each(&value.path, value.str(), names::label_value(value.str()));
    }
}

/// What label selectors and node selectors ask of `operator` and `values` alike. `Gt` and `Lt` are
/// left to the caller: only node selectors know them.
pub fn operator_and_values(requirement: &At, errors: &mut Errors) {
    let values = requirement.field("values");
    match requirement.text("operator") {
        "In" | "NotIn" if values.value.is_empty() => {
            let what = "must be specified when `operator` is 'In' or 'NotIn'";
            errors.required(&values.path, what);
        }
        "Exists" | "DoesNotExist" if !values.value.is_empty() => {
            let what = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
            errors.forbidden(&values.path, what);
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        operator => {
            let path = requirement.field("operator").path;
            errors.invalid(&path, operator, "not a valid selector operator");
        }
    }
}

/// Is it a selector that matches everything?
pub fn is_empty_selector(selector: &At) -> bool {
    selector.lacks("matchLabels") && selector.lacks("matchExpressions")
}

/// Can the selector be read as one? Models when `LabelSelectorAsSelector` fails.
pub fn is_readable(selector: &At) -> bool {
    let mut errors = Errors::default();
    label_selector(selector, &mut errors);
    errors.count() == 0
}

/// Does the selector match these labels? One that isn't there matches nothing; an empty one
/// matches everything.
pub fn selector_matches(selector: &At, labels: &At) -> bool {
    if !selector.is_set() {
        return false;
    }
    let label = |key: &str| labels.value.get(key).and_then(crate::api::Value::as_str);
    let plain = selector.field("matchLabels");
    let plain = plain
        .entries()
        .all(|(key, value)| label(key) == Some(value.str()));
    plain
        && selector.list("matchExpressions").all(|requirement| {
            let label = label(requirement.text("key"));
            let among = |value| requirement.list("values").any(|one| one.str() == value);
            match requirement.text("operator") {
                "In" => label.is_some_and(among),
                "NotIn" => !label.is_some_and(among),
                "Exists" => label.is_some(),
                "DoesNotExist" => label.is_none(),
                _ => false,
            }
        })
}
