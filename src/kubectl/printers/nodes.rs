//! Nodes and what belongs to them. Models `printNode`, `printLease`, `printRuntimeClass`.

use super::Found;
use crate::api::Value;
use crate::cluster::SimTime;
use crate::kubectl::duration::age;
use crate::kubectl::look::{Look, condition, or};
use crate::order;

pub fn columns(kind: &str) -> Found {
    Some(match kind {
        "Node" => (
            "Name,Status,Roles,Age,Version,+Internal-IP,+External-IP,+OS-Image,+Kernel-Version,\
             +Container-Runtime",
            node,
        ),
        "Lease" => ("Name,Holder,Age", lease),
        "RuntimeClass" => ("Name,Handler,Age", runtime_class),
        _ => return None,
    })
}

fn node(object: &Value, now: SimTime) -> Vec<String> {
    let ready = condition(object, "Ready").map(|ready| ready.text("status") == "True");
    let mut status = match ready {
        Some(true) => "Ready".to_string(),
        Some(false) => "NotReady".into(),
        None => "Unknown".into(),
    };
    if object.truth("spec.unschedulable") {
        status += ",SchedulingDisabled";
    }
    let info = |name: &str| {
        let path = ["status.nodeInfo.", name].concat();
        or(object.text(&path), "<unknown>").to_string()
    };
    let mut kernel = info("kernelVersion");
    let architecture = object.text("status.nodeInfo.architecture");
    if !architecture.is_empty() {
        kernel += &[" (", architecture, ")"].concat();
    }
    vec![
        object.text("metadata.name").into(),
        status,
        or(&roles(object), "<none>").into(),
        age(object, now),
        object.text("status.nodeInfo.kubeletVersion").into(),
        address(object, "InternalIP"),
        address(object, "ExternalIP"),
        info("osImage"),
        kernel,
        info("containerRuntimeVersion"),
    ]
}

fn address(node: &Value, kind: &str) -> String {
    let mut addresses = node.list("status.addresses").iter();
    let found = addresses.find(|address| address.text("type") == kind);
    found
        .map_or("<none>", |address| address.text("address"))
        .into()
}

/// `control-plane,worker`, or empty. Models `findNodeRoles`.
pub fn roles(node: &Value) -> String {
    let labels = node.texts("metadata.labels").into_iter();
    let roles = labels.filter_map(|(key, value)| match key {
        "kubernetes.io/role" => Some(value),
        _ => key.strip_prefix("node-role.kubernetes.io/"),
    });
    let mut roles: Vec<&str> = roles.filter(|role| !role.is_empty()).collect();
    order::sort(&mut roles);
    roles.dedup();
    roles.join(",")
}

fn lease(object: &Value, now: SimTime) -> Vec<String> {
    vec![
        object.text("metadata.name").into(),
        object.text("spec.holderIdentity").into(),
        age(object, now),
    ]
}

fn runtime_class(object: &Value, now: SimTime) -> Vec<String> {
    vec![
        object.text("metadata.name").into(),
        object.text("handler").into(),
        age(object, now),
    ]
}
