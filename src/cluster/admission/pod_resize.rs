//! PodResizeValidator: no Pod asks for more than its node has. Models `plugin/pkg/admission/podresize`.

use super::{World, forbidden};
use crate::api::quantity::Quantity;
use crate::api::validation::pod_resources::{Sums, add, aggregate, pod_level_over};
use crate::api::{ObjectKey, Value};
use crate::cluster::api_server::Status;

/// Judges a Pod that is to ask for something else.
pub(super) fn validate(world: &World, pod: &Value, old: &Value) -> Result<(), Status> {
    let name = pod.text_at(&["spec", "nodeName"]);
    let generation = ["metadata", "generation"];
    if name.is_empty() || pod.at(&generation) == old.at(&generation) {
        return Ok(());
    }
    let Some(node) = world.store.get(&ObjectKey::node(name)) else {
        return Err(forbidden(pod, format!("node \"{name}\" not found")));
    };
    let os = node
        .value
        .text_at(&["metadata", "labels", "kubernetes.io/os"]);
    if !matches!(os, "" | "linux") {
        let why =
            format!("pod resize is only supported on linux nodes, node \"{name}\" is \"{os}\"");
        return Err(forbidden(pod, why));
    }
    let requests = requests(pod);
    let mut said = Vec::new();
    for name in ["cpu", "memory"] {
        let amount = |quantity: Quantity| match name {
            "cpu" => quantity.milli_value(),
            _ => quantity.value(),
        };
        let requested = requests
            .get(name)
            .map_or_else(Quantity::default, |sum| sum.0);
        let allocatable = node.value.text_at(&["status", "allocatable", name]);
        let allocatable = Quantity::parse(allocatable).unwrap_or_default();
        if requested > allocatable {
            let (requested, allocatable) = (amount(requested), amount(allocatable));
            said.push(format!(
                "{name}, requested: {requested}, allocatable: {allocatable}"
            ));
        }
    }
    if said.is_empty() {
        return Ok(());
    }
    let what = said.join("; ");
    let why = format!("node didn't have enough allocatable resources: {what}");
    Err(forbidden(pod, why))
}

/// Models `PodRequests`.
fn requests(pod: &Value) -> Sums {
    let spec = pod.get("spec").cloned().unwrap_or_default();
    let mut sums = aggregate(&spec, "requests");
    pod_level_over(&mut sums, &spec, "requests");
    let overhead = crate::fields! {
        "containers" => [crate::fields! {
            "resources" => crate::fields! {
                "requests" => spec.get("overhead").cloned().unwrap_or_default(),
            },
        }]
        .into_iter()
        .collect::<Value>(),
    };
    add(&mut sums, aggregate(&overhead, "requests"));
    sums
}
