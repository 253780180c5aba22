//! LimitRanger: a namespace's LimitRanges set what containers ask for, and bound it.
//! Models `plugin/pkg/admission/limitranger`.

use std::rc::Rc;

use super::{World, forbidden, is};
use crate::api::quantity::{Format, Quantity};
use crate::api::validation::pod_resources::{Sums, aggregate};
use crate::api::{Object, Value};
use crate::cluster::api_server::Status;
use crate::cluster::quota::amounts;
use crate::order;

fn limit_ranges(world: &World, value: &Value) -> Vec<Rc<Object>> {
    let namespace = value.text_at(&["metadata", "namespace"]);
    let all = world.store.list("LimitRange");
    let here = all.filter(|(key, _)| &*key.namespace == namespace);
    here.map(|(_, object)| object.clone()).collect()
}

fn items(limit_range: &Object) -> &[Value] {
    let limits = limit_range.value.at(&["spec", "limits"]);
    limits.map(Value::items).unwrap_or_default()
}

/// Fills in the defaults of a new Pod's containers. Models `PodMutateLimitFunc`.
pub(super) fn admit(world: &World, pod: &mut Value) {
    for limit_range in limit_ranges(world, pod) {
        let mut said = Vec::new();
        for (list, called) in [
            ("containers", "container"),
            ("initContainers", "init container"),
        ] {
            let path = ["spec", list];
            if pod.at(&path).is_none_or(Value::is_empty) {
                continue;
            }
            for container in pod.at_mut(&path).items_mut() {
                merge(container, items(&limit_range), called, &mut said);
            }
        }
        if !said.is_empty() {
            let said = format!("LimitRanger plugin set: {}", said.join("; "));
            pod.set(
                &["metadata", "annotations", "kubernetes.io/limit-ranger"],
                said,
            );
        }
    }
}

/// Models `mergeContainerResources`.
fn merge(container: &mut Value, limits: &[Value], called: &str, said: &mut Vec<String>) {
    let name = container.text_at(&["name"]).to_string();
    for (list, default, what) in [
        ("requests", "defaultRequest", "request"),
        ("limits", "default", "limit"),
    ] {
        let mut set = Vec::new();
        let of_containers = limits
            .iter()
            .filter(|item| item.text_at(&["type"]) == "Container");
        let defaults = of_containers.filter_map(|item| item.get(default)?.as_map());
        for (resource, amount) in defaults.flatten() {
            let path = ["resources", list, resource];
            if container.at(&path).is_none() {
                container.set(&path, amount.clone());
                set.push(resource.to_string());
            }
        }
        if !set.is_empty() {
            order::sort(&mut set);
            said.push(format!("{} {what} for {called} {name}", set.join(", ")));
        }
    }
}

/// Bounds what a Pod or a claim may ask for. Models `PodValidateLimitFunc` and
/// `PersistentVolumeClaimValidateLimitFunc`.
pub(super) fn validate(world: &World, value: &Value) -> Result<(), Status> {
    let is_pod = is(value, "v1", "Pod");
    if !is_pod && !is(value, "v1", "PersistentVolumeClaim") {
        return Ok(());
    }
    for limit_range in limit_ranges(world, value) {
        let mut errors = Vec::new();
        for item in items(&limit_range) {
            match item.text_at(&["type"]) {
                "Container" if is_pod => containers(item, value, &mut errors),
                "Pod" if is_pod => pod(item, value, &mut errors),
                "PersistentVolumeClaim" if !is_pod => claim(item, value, &mut errors),
                _ => {}
            }
        }
        errors.dedup();
        match &errors[..] {
            [] => {}
            [one] => return Err(forbidden(value, one)),
            several => return Err(forbidden(value, format!("[{}]", several.join(", ")))),
        }
    }
    Ok(())
}

fn containers(item: &Value, pod: &Value, errors: &mut Vec<String>) {
    for list in ["containers", "initContainers"] {
        for container in pod
            .at(&["spec", list])
            .map(Value::items)
            .unwrap_or_default()
        {
            let requests = amounts(container.at(&["resources", "requests"]));
            let limits = amounts(container.at(&["resources", "limits"]));
            bounds(item, "Container", &requests, &limits, errors);
        }
    }
}

/// A Pod's own resources count where it has any.
fn pod(item: &Value, pod: &Value, errors: &mut Vec<String>) {
    let spec = pod.get("spec").cloned().unwrap_or_default();
    let total = |list: &str| {
        let mut sums = aggregate(&spec, list);
        let own = amounts(spec.at(&["resources", list]));
        for name in ["cpu", "memory"] {
            if let Some(amount) = own.get(name) {
                sums.insert(name.into(), *amount);
            }
        }
        sums
    };
    bounds(item, "Pod", &total("requests"), &total("limits"), errors);
}

fn bounds(item: &Value, kind: &str, requests: &Sums, limits: &Sums, errors: &mut Vec<String>) {
    for (resource, bound) in &amounts(item.get("min")) {
        minimum(kind, resource, bound, requests, limits, errors);
    }
    for (resource, bound) in &amounts(item.get("max")) {
        let (request, limit) = (requests.get(resource), limits.get(resource));
        let what = format!("maximum {resource} usage per {kind} is {}", print(*bound));
        match (limit, request) {
            (None, _) => errors.push(format!("{what}.  No limit is specified")),
            (Some(limit), _) if limit.0 > bound.0 => {
                errors.push(format!("{what}, but limit is {}", print(*limit)));
            }
            (_, Some(request)) if request.0 > bound.0 => {
                errors.push(format!("{what}, but request is {}", print(*request)));
            }
            _ => {}
        }
    }
    for (resource, bound) in &amounts(item.get("maxLimitRequestRatio")) {
        ratio(kind, resource, bound, requests, limits, errors);
    }
}

type Amount = (Quantity, Format);

fn print((amount, format): Amount) -> String {
    amount.print(format)
}

/// Models `minConstraint`.
fn minimum(
    kind: &str,
    resource: &str,
    bound: &Amount,
    requests: &Sums,
    limits: &Sums,
    errors: &mut Vec<String>,
) {
    let what = format!("minimum {resource} usage per {kind} is {}", print(*bound));
    match (requests.get(resource), limits.get(resource)) {
        (None, _) => errors.push(format!("{what}.  No request is specified")),
        (Some(request), _) if request.0 < bound.0 => {
            errors.push(format!("{what}, but request is {}", print(*request)));
        }
        (_, Some(limit)) if limit.0 < bound.0 => {
            errors.push(format!("{what}, but limit is {}", print(*limit)));
        }
        _ => {}
    }
}

/// Models `limitRequestRatioConstraint`.
fn ratio(
    kind: &str,
    resource: &str,
    bound: &Amount,
    requests: &Sums,
    limits: &Sums,
    errors: &mut Vec<String>,
) {
    let amount = |sums: &Sums| {
        sums.get(resource)
            .map_or(0, |amount| amount.0.milli_value())
    };
    let (request, limit) = (amount(requests), amount(limits));
    let bound_text = print(*bound);
    let what = format!("{resource} max limit to request ratio per {kind} is {bound_text}");
    if request == 0 {
        errors.push(format!(
            "{what}, but no request is specified or request is 0"
        ));
    } else if limit == 0 {
        errors.push(format!("{what}, but no limit is specified or limit is 0"));
    } else {
        let ratio = limit as f64 / request as f64;
        if ratio * 1000.0 > bound.0.milli_value() as f64 {
            errors.push(format!("{what}, but provided ratio is {ratio:.6}"));
        }
    }
}

fn claim(item: &Value, claim: &Value, errors: &mut Vec<String>) {
    const KIND: &str = "PersistentVolumeClaim";
    let requests = amounts(claim.at(&["spec", "resources", "requests"]));
    for (resource, bound) in &amounts(item.get("min")) {
        minimum(KIND, resource, bound, &requests, &Sums::new(), errors);
    }
    for (resource, bound) in &amounts(item.get("max")) {
        let what = format!("maximum {resource} usage per {KIND} is {}", print(*bound));
        match requests.get(resource) {
            None => errors.push(format!("{what}.  No request is specified")),
            Some(request) if request.0 > bound.0 => {
                errors.push(format!("{what}, but request is {}", print(*request)));
            }
            Some(_) => {}
        }
    }
}
