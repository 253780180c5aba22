//! The next version of a Pod. Models `ValidatePodUpdate` of
//! `pkg/apis/core/validation/validation.go`.
//! Left out: the diff of Go structs that upstream prints below the sentence.

use super::at::{At, Errors};
use super::{affinity, metadata, pod};
use crate::api::Value;

const UPDATABLE: &str = "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// Models `ValidatePodUpdate`.
pub fn update(pod: &At, old: &At, errors: &mut Errors) {
    metadata::object_meta_update(pod, old, errors);
    pod::metadata_and_spec(pod, errors);
    let (spec, old_spec) = (pod.field("spec"), old.field("spec"));
    for list in ["containers", "initContainers"] {
        if !containers(&spec.field(list), &old_spec.field(list), errors) {
            return;
        }
    }
    if !deadline(&spec, &old_spec, errors) {
        return;
    }
    only_added_tolerations(&spec, &old_spec, errors);
    only_deleted_gates(&spec, &old_spec, errors);
    if !same_but_for_updatable(&spec, &old_spec, errors) {
        let what = format!("pod updates may not change fields other than {UPDATABLE}");
        errors.forbidden(&spec.path, what);
    }
}

/// Models `ValidateContainerUpdates`. Tells whether it makes sense to look further.
fn containers(list: &At, old: &At, errors: &mut Errors) -> bool {
    if list.value.items().len() != old.value.items().len() {
        errors.forbidden(&list.path, "pod updates may not add or remove containers");
        return false;
    }
    for container in list.items() {
        if container.lacks("image") {
            errors.required(&container.field("image").path, "");
        }
        super::container::image_whitespace(&container, errors);
    }
    true
}

/// A deadline may come, or come nearer. Tells whether it makes sense to look further.
fn deadline(spec: &At, old: &At, errors: &mut Errors) -> bool {
    let (deadline, was) = (
        spec.field("activeDeadlineSeconds"),
        old.field("activeDeadlineSeconds"),
    );
    let what = match (deadline.value.as_i64(), was.value.as_i64()) {
        (None, None) => return true,
        (None, Some(_)) => {
            let what = "must not update from a positive integer to nil value";
            errors.invalid(&deadline.path, deadline.value, what);
            return true;
        }
        (Some(new), _) if !(0..=i64::from(i32::MAX)).contains(&new) => {
            super::names::inclusive_range_error(0, i64::from(i32::MAX))
        }
        (Some(new), Some(old)) if old < new => {
            "must be less than or equal to previous value".to_string()
        }
        _ => return true,
    };
    errors.invalid(&deadline.path, deadline.number(), what);
    false
}

/// Models `validateOnlyAddedTolerations`.
fn only_added_tolerations(spec: &At, old: &At, errors: &mut Errors) {
    let without_seconds = |toleration: At| {
        let mut value = toleration.value.clone();
        value.remove(&["tolerationSeconds"]);
        value
    };
    let list = spec.field("tolerations");
    let new: Vec<Value> = list.items().map(without_seconds).collect();
    let mut old = old.list("tolerations").map(without_seconds);
    if old.any(|toleration| !new.contains(&toleration)) {
        let what = "existing toleration can not be modified except its tolerationSeconds";
        errors.forbidden(&list.path, what);
        return;
    }
    affinity::tolerations(&list, errors);
}

/// Models `validateOnlyDeletedSchedulingGates`.
fn only_deleted_gates(spec: &At, old: &At, errors: &mut Errors) {
    let old: Vec<&str> = old
        .list("schedulingGates")
        .map(|gate| gate.text("name"))
        .collect();
    for gate in spec.list("schedulingGates") {
        let name = gate.field("name");
        if !old.contains(&name.str()) {
            let gate = name.str();
            let what = format!("only deletion is allowed, but found new scheduling gate '{gate}'");
            errors.forbidden(&name.path, what);
        }
    }
}

/// Is the new spec the old one once everything that may change is put back?
fn same_but_for_updatable(spec: &At, old: &At, errors: &mut Errors) -> bool {
    let mut munged = spec.value.clone();
    for list in ["containers", "initContainers"] {
        let old: Vec<Value> = old
            .list(list)
            .map(|c| c.field("image").value.clone())
            .collect();
        if spec.set(list).is_none() {
            continue;
        }
        for (container, image) in munged.at_mut(&[list]).items_mut().iter_mut().zip(old) {
            container.set(&["image"], image);
        }
    }
    for name in ["activeDeadlineSeconds", "schedulingGates", "tolerations"] {
        put_back(&mut munged, old.value, name);
    }
    let grace = "terminationGracePeriodSeconds";
    if old.int(grace).is_some_and(|seconds| seconds < 0) && spec.int(grace) == Some(1) {
        put_back(&mut munged, old.value, grace);
    }
    if !old.lacks("schedulingGates") {
        gated(spec, old, &mut munged, errors);
    }
    munged == *old.value
}

fn put_back(munged: &mut Value, old: &Value, name: &str) {
    match old.get(name) {
        Some(value) => munged.set(&[name], value.clone()),
        None => {
            munged.remove(&[name]);
        }
    }
}

/// A gated Pod's node selector and node affinity may become tighter.
fn gated(spec: &At, old: &At, munged: &mut Value, errors: &mut Errors) {
    let (selector, was) = (spec.field("nodeSelector"), old.field("nodeSelector"));
    if was
        .entries()
        .any(|(key, value)| selector.value.get(key) != Some(value.value))
    {
        let what = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
        errors.invalid(&selector.path, selector.value, what);
    }
    put_back(munged, old.value, "nodeSelector");
    let (node, was) = (node_affinity(spec), node_affinity(old));
    if node.value == was.value {
        return;
    }
    node_affinity_mutation(&node, &was, errors);
    let others = ["podAffinity", "podAntiAffinity"];
    let has_others = others
        .iter()
        .any(|name| spec.field("affinity").set(name).is_some());
    if old.set("affinity").is_none() && !has_others {
        munged.remove(&["affinity"]);
    } else {
        put_back(
            munged.at_mut(&["affinity"]),
            old.field("affinity").value,
            "nodeAffinity",
        );
    }
}

fn node_affinity<'a>(spec: &At<'a>) -> At<'a> {
    spec.field("affinity").field("nodeAffinity")
}

/// Models `validateNodeAffinityMutation`.
fn node_affinity_mutation(new: &At, old: &At, errors: &mut Errors) {
    let required = "requiredDuringSchedulingIgnoredDuringExecution";
    let new = new.field(required).field("nodeSelectorTerms");
    let old = old.field(required).field("nodeSelectorTerms");
    let count = old.value.items().len();
    if count > 0 && count != new.value.items().len() {
        let what = "no additions/deletions to non-empty NodeSelectorTerms list are allowed";
        errors.invalid(&new.path, new.value, what);
        return;
    }
    for (new, old) in new.items().zip(old.items()) {
        let lists = ["matchExpressions", "matchFields"];
        let was_empty = lists.iter().all(|name| old.lacks(name));
        let is_empty = lists.iter().all(|name| new.lacks(name));
        let only_adds = |name: &&str| {
            let (new, old) = (new.field(name), old.field(name));
            new.value.items().starts_with(old.value.items())
        };
        if was_empty && !is_empty || !lists.iter().all(only_adds) {
            let what = "only additions are allowed (no mutations or deletions)";
            errors.invalid(&new.path, new.value, what);
        }
    }
}
