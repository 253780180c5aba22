//! Resources as a Pod's status and the Events of a resize tell them. Models
//! `convertContainerStatusResources` and `convertToAPIPodLevelResourcesStatus`,
//! `pkg/kubelet/kubelet_pods.go`, and `pkg/kubelet/events/resize.go`.

use super::pod_status::Phase;
use super::resize::{Actuated, Cgroup, MIN_SHARES, Sizes};
use super::runtime;
use crate::api::quantity::{Format, Quantity};
use crate::api::validation::go_json;
use crate::api::validation::pod_resources::{Sums, add, aggregate, pod_level_over};
use crate::api::{Object, Value};
use crate::fields;

/// Less of a processor than this, in thousandths, can't be a limit. `MinMilliCPULimit`.
const MIN_CPU_LIMIT: i64 = 10;

/// What the Pod asks for or may use at most, all in all. Models `PodRequests` and `PodLimits`.
pub(super) fn pod_amounts(pod: &Object, list: &str) -> Sums {
    let nothing = Value::Null;
    let spec = pod.value.get("spec").unwrap_or(&nothing);
    let mut sums = aggregate(spec, list);
    pod_level_over(&mut sums, spec, list);
    if let Some(overhead) = spec.get("overhead") {
        let container = fields! { "resources" => fields! { "requests" => overhead.clone() } };
        let containers: Value = [container].into_iter().collect();
        let mut more = aggregate(&fields! { "containers" => containers }, "requests");
        if list == "limits" {
            more = more
                .iter()
                .filter(|(name, _)| sums.get(*name).is_some_and(|sum| sum.0.nano != 0))
                .map(|(name, amount)| (name.clone(), *amount))
                .collect();
        }
        add(&mut sums, more);
    }
    sums
}

/// What the Pod asks for, all in all.
pub(super) fn pod_requests(pod: &Object) -> Sums {
    pod_amounts(pod, "requests")
}

fn written(sums: &Sums) -> Value {
    let each = sums.iter().map(|(name, (amount, format))| {
        let text: Value = amount.print(*format).into();
        (name.as_str().into(), text)
    });
    each.collect()
}

fn cpu(milli: i64) -> Value {
    let quantity = Quantity {
        nano: i128::from(milli) * 1_000_000,
    };
    quantity.print(Format::DecimalSi).into()
}

fn memory(bytes: i64) -> Value {
    let quantity = Quantity {
        nano: i128::from(bytes) * 1_000_000_000,
    };
    quantity.print(Format::BinarySi).into()
}

fn milli(list: Option<&Value>) -> i64 {
    let text = list.map_or("", |list| list.text_at(&["cpu"]));
    Quantity::parse(text).unwrap_or_default().milli_value()
}

/// `status.allocatedResources` of a Pod.
pub(super) fn allocated_resources(pod: &Object) -> Value {
    written(&pod_requests(pod))
}

/// `status.resources` of a Pod: what its cgroup says once it runs, what was promised before. Models
/// `convertToAPIPodLevelResourcesStatus`.
pub(super) fn pod_resources(pod: &Object, old: (Phase, &Value), cgroup: Option<Cgroup>) -> Value {
    let mut resources = Value::map();
    let phase = pod.value.text_at(&["status", "phase"]);
    let cgroup = match cgroup {
        Some(cgroup) if phase == "Running" => cgroup,
        _ => {
            for list in ["requests", "limits"] {
                let amounts = written(&pod_amounts(pod, list));
                if !amounts.is_empty() {
                    resources.set(&[list], amounts);
                }
            }
            return resources;
        }
    };
    for list in ["requests", "limits"] {
        if let Some(own) = pod.value.at(&["spec", "resources", list]) {
            resources.set(&[list], own.clone());
        }
    }
    if cgroup.cpu_request > MIN_SHARES || milli(resources.get("requests")) > MIN_SHARES {
        resources.set(&["requests", "cpu"], cpu(cgroup.cpu_request));
    }
    // Memory requests stand in no cgroup: what was told once is told on.
    let told = old.1.at(&["requests", "memory"]);
    let asked = pod_requests(pod);
    match (
        told.filter(|_| old.0 == Phase::Running),
        asked.get("memory"),
    ) {
        (Some(told), _) => resources.set(&["requests", "memory"], told.clone()),
        (None, Some((amount, format))) => {
            resources.set(&["requests", "memory"], amount.print(*format));
        }
        (None, None) => {}
    }
    if let Some(limit) = cgroup.cpu_limit
        && (limit > MIN_CPU_LIMIT || milli(resources.get("limits")) > MIN_CPU_LIMIT)
    {
        resources.set(&["limits", "cpu"], cpu(limit));
    }
    if let Some(limit) = cgroup.memory_limit {
        resources.set(&["limits", "memory"], memory(limit));
    }
    resources
}

/// `resources` and `allocatedResources` of a container's status. Models
/// `convertContainerStatusResources`.
pub(super) fn container_resources(
    pod: &Object,
    run: &runtime::Container,
    actuated: &Actuated,
) -> (Value, Option<Value>) {
    let lists = ["containers", "initContainers", "ephemeralContainers"];
    let mut specs = lists.iter().flat_map(|list| {
        let list = pod.value.at(&["spec", list]);
        list.map_or(&[][..], Value::items)
    });
    let spec = specs.find(|spec| spec.text_at(&["name"]) == &*run.name);
    let promised = spec.and_then(|spec| spec.get("resources")).cloned();
    let mut resources = promised.unwrap_or_else(Value::map);
    let allocated = resources.get("requests").cloned();
    if let Some(has) = actuated
        .containers
        .get(&run.name)
        .filter(|_| run.is_running())
    {
        put(&mut resources, has);
    }
    (resources, allocated)
}

fn put(resources: &mut Value, has: &Sizes) {
    if let Some(limits) = resources.get("limits") {
        let promised = milli(Some(limits));
        if has.cpu_limit > 0 && has.cpu_limit.max(promised) > MIN_CPU_LIMIT {
            resources.set(&["limits", "cpu"], cpu(has.cpu_limit));
        }
        if has.memory_limit > 0 {
            resources.set(&["limits", "memory"], memory(has.memory_limit));
        }
    }
    if let Some(requests) = resources.get("requests") {
        let share = has.cpu_request.max(MIN_SHARES);
        if share.max(milli(Some(requests))) > MIN_SHARES {
            resources.set(&["requests", "cpu"], cpu(share));
        }
        if has.memory_request > 0 {
            resources.set(&["requests", "memory"], memory(has.memory_request));
        }
    }
}

/// `Pod resize started: {"containers":…}`. Models `podResizeMessage`.
pub(super) fn resize_message(what: &str, pod: &Object, generation: i64, error: &str) -> String {
    let mut parts = Vec::new();
    for list in ["initContainers", "containers"] {
        let containers = pod.value.at(&["spec", list]).map_or(&[][..], Value::items);
        let each = containers.iter().map(|container| {
            let name = go_json(container.get("name").unwrap_or(&Value::Null));
            let resources = container.get("resources");
            let lists = ["limits", "requests"].into_iter().filter_map(|list| {
                let amounts = resources?.get(list).filter(|amounts| !amounts.is_empty())?;
                Some(format!("\"{list}\":{}", go_json(amounts)))
            });
            let lists: Vec<String> = lists.collect();
            format!("{{\"name\":{name},\"resources\":{{{}}}}}", lists.join(","))
        });
        let each: Vec<String> = each.collect();
        if !each.is_empty() {
            parts.push(format!("\"{list}\":[{}]", each.join(",")));
        }
    }
    parts.push(format!("\"generation\":{generation}"));
    if !error.is_empty() {
        parts.push(format!("\"error\":{}", go_json(&error.into())));
    }
    format!("{what}: {{{}}}", parts.join(","))
}
