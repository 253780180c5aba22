//! What may be written through a Pod's subresources. Models `ValidatePodResize` and
//! `ValidatePodEphemeralContainersUpdate` of `pkg/apis/core/validation/validation.go`, and the
//! strategies of `pkg/registry/core/pod/strategy.go` that go before them.
//! Left out: the diff of Go structs that upstream prints below the sentence; claims of resources
//! that a node divides up (`nodeAllocatableResourceClaimStatuses`).

use super::at::{At, Errors};
use super::strategy::{bump_generation, qos_class};
use super::{FieldError, Paths, metadata, pod};
use crate::api::Value;

/// Marks the Pod that stands in the API for one from a file.
pub const MIRROR_ANNOTATION: &str = "kubernetes.io/config.mirror";

/// Only resources and resize policies may be other than before. Models `dropNonResizeUpdates`.
pub fn prepare_for_resize(value: &mut Value, old: &Value) {
    let count = |pod: &Value, list| pod.at(&["spec", list]).map_or(0, |list| list.items().len());
    let lists = ["containers", "initContainers"];
    if lists
        .iter()
        .all(|list| count(value, list) == count(old, list))
    {
        let mut spec = old.get("spec").cloned().unwrap_or_default();
        take_over(&mut spec, value.get("spec"), "resources");
        for list in lists {
            let Some(new) = value.at(&["spec", list]).filter(|new| !new.is_empty()) else {
                continue;
            };
            spec.set(&[list], only_resized(new, spec.get(list)));
        }
        value.set(&["spec"], spec);
        reset_all_but_spec(value, old);
    }
    count_generation(value, old);
}

/// Only ephemeral containers may be other than before. Models `dropNonEphemeralContainerUpdates`.
pub fn prepare_for_ephemeral_containers(value: &mut Value, old: &Value) {
    let mut spec = old.get("spec").cloned().unwrap_or_default();
    take_over(&mut spec, value.get("spec"), "ephemeralContainers");
    value.set(&["spec"], spec);
    reset_all_but_spec(value, old);
    count_generation(value, old);
}

/// Containers that were renamed or moved stay as they were sent: validation will say so.
fn only_resized(new: &Value, old: Option<&Value>) -> Value {
    let old = old.map_or(&[][..], Value::items);
    let name = |container: &Value| container.text_at(&["name"]).to_string();
    let pairs = || new.items().iter().zip(old);
    if pairs().any(|(new, old)| name(new) != name(old)) {
        return new.clone();
    }
    let merged = pairs().map(|(new, old)| {
        let mut container = old.clone();
        take_over(&mut container, Some(new), "resources");
        take_over(&mut container, Some(new), "resizePolicy");
        container
    });
    merged.collect()
}

fn take_over(value: &mut Value, from: Option<&Value>, name: &str) {
    match from.and_then(|from| from.get(name)) {
        Some(new) => value.set(&[name], new.clone()),
        None => drop(value.remove(&[name])),
    }
}

/// Models `ResetObjectMetaForStatus`.
fn reset_all_but_spec(value: &mut Value, old: &Value) {
    let meta = old.get("metadata").cloned();
    take_over(value, Some(old), "status");
    for name in [
        "generation",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "resourceVersion",
        "labels",
        "annotations",
        "finalizers",
        "ownerReferences",
    ] {
        take_over(value.at_mut(&["metadata"]), meta.as_ref(), name);
    }
}

fn count_generation(value: &mut Value, old: &Value) {
    if value.get("spec") != old.get("spec") {
        bump_generation(value);
    }
}

/// What is wrong with a resize, in upstream's order.
pub fn errors_on_resize(value: &Value, old: &Value) -> Vec<FieldError> {
    let (mut errors, paths) = (Errors::default(), Paths::default());
    resize(
        &At::root(value, &paths),
        &At::root(old, &paths),
        &mut errors,
    );
    errors.0
}

/// What is wrong with new ephemeral containers, in upstream's order.
pub fn errors_on_ephemeral_containers(value: &Value, old: &Value) -> Vec<FieldError> {
    let (mut errors, paths) = (Errors::default(), Paths::default());
    ephemeral_containers(
        &At::root(value, &paths),
        &At::root(old, &paths),
        &mut errors,
    );
    errors.0
}

/// One error alone, about nothing in particular.
fn only(errors: &mut Errors, at: &At, what: &str) {
    errors.0.clear();
    errors.forbidden(&at.path.field(""), what);
}

/// Models `ValidatePodResize`.
fn resize(pod: &At, old: &At, errors: &mut Errors) {
    metadata::object_meta_update(pod, old, errors);
    pod::metadata_and_spec(pod, errors);
    if old.annotation(MIRROR_ANNOTATION).is_some() {
        return only(errors, pod, "static pods cannot be resized");
    }
    let (spec, was) = (pod.field("spec"), old.field("spec"));
    if was.field("os").text("name") == "windows" {
        return only(errors, pod, "windows pods cannot be resized");
    }
    let class = old.field("status").text("qosClass");
    if class != qos_class(pod.value) {
        let what = "Pod QOS Class may not change as a result of resizing";
        errors.invalid(&spec.path, class, what);
    }
    if !is_resize_supported(old) {
        errors.forbidden(&spec.path, "Pod running on node without support for resize");
    }
    let mut munged = spec.value.clone();
    pod_level(&spec, &was, &mut munged, errors);
    if !same_order(&spec, &was, errors) {
        return;
    }
    for list in ["initContainers", "containers"] {
        for (new, old) in spec.list(list).zip(was.list(list)) {
            let (new, old) = (new.field("resources"), old.field("resources"));
            for (list, what) in [
                ("requests", "resource requests cannot be removed"),
                ("limits", "resource limits cannot be removed"),
            ] {
                if removed(&new.field(list), &old.field(list)) {
                    errors.forbidden(&new.path.field(list), what);
                }
            }
        }
    }
    only_cpu_and_memory(&spec, &was, &mut munged, errors);
    if errors.count() == 0 && !same(&munged, was.value) {
        errors.forbidden(&spec.path, "only cpu and memory resources are mutable");
    }
}

/// Models `isPodResizeRequestSupported`.
fn is_resize_supported(pod: &At) -> bool {
    let mut statuses = pod.field("status").list("containerStatuses");
    let running = statuses.find(|status| status.field("state").set("running").is_some());
    running.is_none_or(|status| status.set("resources").is_some())
}

/// Models `resourcesRemoved`.
fn removed(new: &At, old: &At) -> bool {
    old.entries().any(|(name, _)| new.value.get(name).is_none())
}

/// Models `validatePodLevelResourcesResize`.
fn pod_level(spec: &At, old: &At, munged: &mut Value, errors: &mut Errors) {
    let (new, was) = (spec.field("resources"), old.field("resources"));
    let is_set = |own: &At| !own.lacks("requests") || !own.lacks("limits");
    if !is_set(&new) && !is_set(&was) {
        return;
    }
    if was.is_set() && !new.is_set() {
        return errors.forbidden(&new.path, "pod-level resources cannot be removed");
    }
    if was.is_set() {
        for (list, what) in [
            ("requests", "pod-level resource requests cannot be removed"),
            ("limits", "pod-level resource limits cannot be removed"),
        ] {
            if removed(&new.field(list), &was.field(list)) {
                errors.forbidden(&new.path.field(list), what);
            }
        }
    }
    put_cpu_and_memory_back(munged, old.value);
    if !same_at(munged, old.value, "resources") {
        let what = "only cpu and memory resources are mutable at pod-level";
        errors.forbidden(&spec.path, what);
    }
}

/// Models `validatePodResizeContainerOrdering`.
fn same_order(spec: &At, old: &At, errors: &mut Errors) -> bool {
    let before = errors.count();
    for list in ["containers", "initContainers"] {
        let (new, was) = (spec.field(list), old.field(list));
        if new.value.items().len() != was.value.items().len() {
            let what = format!("{list} may not be added or removed on resize");
            errors.forbidden(&new.path, what);
            continue;
        }
        for (new, was) in new.items().zip(was.items()) {
            if new.text("name") != was.text("name") {
                let what = format!("{list} may not be renamed or reordered on resize");
                errors.forbidden(&new.path.field("name"), what);
            }
        }
    }
    errors.none_since(before)
}

/// Puts everything back that may change, and says where something is left.
fn only_cpu_and_memory(spec: &At, old: &At, munged: &mut Value, errors: &mut Errors) {
    for list in ["containers", "initContainers"] {
        if munged.get(list).is_none() {
            continue;
        }
        let containers = munged.at_mut(&[list]).items_mut().iter_mut();
        for ((container, new), was) in containers.zip(spec.list(list)).zip(old.list(list)) {
            let modified = !same(container, was.value);
            put_cpu_and_memory_back(container, was.value);
            let is_left = !same(container, was.value);
            if list == "containers" {
                if is_left {
                    errors.forbidden(&spec.path, "only cpu and memory resources are mutable");
                }
                continue;
            }
            if is_left {
                let what =
                    "only cpu and memory resources for init or sidecar containers are mutable";
                errors.forbidden(&new.path, what);
            }
            let restarts = |policy: At| policy.text("restartPolicy") == "RestartContainer";
            let is_sidecar = new.text("restartPolicy") == "Always";
            if modified && !is_sidecar {
                let what = "non-sidecar init containers with a resize policy of RestartContainer \
                            cannot be resized";
                for _ in new.list("resizePolicy").filter(|policy| restarts(*policy)) {
                    errors.forbidden(&new.path, what);
                }
            }
        }
    }
}

/// Models `dropCPUMemoryResourcesFromContainer`.
fn put_cpu_and_memory_back(value: &mut Value, old: &Value) {
    for list in ["requests", "limits"] {
        for name in ["cpu", "memory"] {
            match old.at(&["resources", list, name]) {
                Some(amount) => value.set(&["resources", list, name], amount.clone()),
                None => drop(value.remove(&["resources", list, name])),
            }
        }
    }
}

/// Is it the same, where an empty map or list is as good as none? Models `Semantic.DeepEqual` as far
/// as a Pod's spec needs it.
fn same(new: &Value, old: &Value) -> bool {
    match (new, old) {
        (Value::Map(a), Value::Map(b)) => {
            let names = a.keys().chain(b.keys());
            names.into_iter().all(|name| same_at(new, old, name))
        }
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b))
        }
        _ => new == old || new.is_empty() && old.is_empty(),
    }
}

fn same_at(new: &Value, old: &Value, name: &str) -> bool {
    let nothing = Value::Null;
    same(
        new.get(name).unwrap_or(&nothing),
        old.get(name).unwrap_or(&nothing),
    )
}

/// Models `ValidatePodEphemeralContainersUpdate`.
fn ephemeral_containers(pod: &At, old: &At, errors: &mut Errors) {
    metadata::object_meta_update(pod, old, errors);
    pod::metadata_and_spec(pod, errors);
    if old.annotation(MIRROR_ANNOTATION).is_some() {
        return only(
            errors,
            pod,
            "static pods do not support ephemeral containers",
        );
    }
    let list = pod.field("spec").field("ephemeralContainers");
    for was in old.field("spec").list("ephemeralContainers") {
        let name = super::field::quoted(was.text("name"));
        // Upstream's sentences end their line.
        match list
            .items()
            .find(|new| new.text("name") == was.text("name"))
        {
            None => {
                let what = format!("existing ephemeral containers {name} may not be removed\n");
                errors.forbidden(&list.path, what);
            }
            Some(new) if !same(new.value, was.value) => {
                let what = format!("existing ephemeral containers {name} may not be changed\n");
                errors.forbidden(&list.path, what);
            }
            Some(_) => {}
        }
    }
}
