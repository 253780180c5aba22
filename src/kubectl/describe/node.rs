//! Nodes. Models `describeNode`, `describeNodeResource`.

use super::Cluster;
use super::page::{Page, moment, taint};
use crate::api::Value;
use crate::api::quantity::{Format, Quantity};
use crate::api::validation::pod_resources::{Sums, add, aggregate, pod_level_over};
use crate::kubectl::duration::age;
use crate::kubectl::look::{Look, joined, or};
use crate::kubectl::printers::node_roles;
use crate::order;

/// A Node.
pub fn node(page: &mut Page, node: &Value, cluster: Cluster) {
    page.field(0, "Name", node.text("metadata.name"));
    page.field(0, "Roles", or(&node_roles(node), "<none>"));
    page.labels(node);
    page.created(node);
    let mut taints: Vec<&Value> = node.list("spec.taints").iter().collect();
    order::sort_by_key(&mut taints, |it| {
        [it.text("effect"), ",", it.text("key")].concat()
    });
    let taints: Vec<String> = taints.into_iter().map(taint).collect();
    page.multi("", "Taints", &taints);
    let unschedulable = node.truth("spec.unschedulable").to_string();
    page.field(0, "Unschedulable", &unschedulable);
    lease(page, node, cluster);
    conditions(page, node);
    page.line(0, "Addresses:");
    for address in node.list("status.addresses") {
        page.field(1, address.text("type"), address.text("address"));
    }
    for (label, path) in [
        ("Capacity", "status.capacity"),
        ("Allocatable", "status.allocatable"),
    ] {
        let amounts = node.texts(path);
        if !amounts.is_empty() {
            page.line(0, &[label, ":"].concat());
        }
        for (name, amount) in amounts {
            page.field(1, name, amount);
        }
    }
    system_info(page, node);
    pods(page, node, cluster);
}

fn lease(page: &mut Page, node: &Value, cluster: Cluster) {
    let name = node.text("metadata.name");
    let lease = cluster.get("Lease.coordination.k8s.io", "kube-node-lease", name);
    let Some(lease) = lease else {
        let why = format!("leases.coordination.k8s.io \"{name}\" not found");
        page.field(0, "Lease", &["Failed to get lease: ", &why].concat());
        return;
    };
    let lease = &lease.value;
    page.line(0, "Lease:");
    let holder = or(lease.text("spec.holderIdentity"), "<unset>");
    page.field(1, "HolderIdentity", holder);
    for (label, path) in [
        ("AcquireTime", "spec.acquireTime"),
        ("RenewTime", "spec.renewTime"),
    ] {
        let at = match lease.look(path) {
            Some(_) => moment(lease, path),
            None => "<unset>".into(),
        };
        page.field(1, label, &at);
    }
}

fn conditions(page: &mut Page, node: &Value) {
    let conditions = node.list("status.conditions");
    if conditions.is_empty() {
        return;
    }
    page.line(0, "Conditions:");
    page.heads(
        1,
        &[
            "Type",
            "Status",
            "LastHeartbeatTime",
            "LastTransitionTime",
            "Reason",
            "Message",
        ],
    );
    for condition in conditions {
        let text = |field: &str| condition.text(field).to_string();
        let cells = [
            text("type"),
            text("status"),
            moment(condition, "lastHeartbeatTime"),
            moment(condition, "lastTransitionTime"),
            text("reason"),
            text("message"),
        ];
        // The last column has no blank before its tab.
        let [head @ .., message] = &cells;
        page.line(1, &[&head.join(" \t"), "\t", message].concat());
    }
}

fn system_info(page: &mut Page, node: &Value) {
    page.line(0, "System Info:");
    for (label, field) in [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
    ] {
        page.field(1, label, node.text(&["status.nodeInfo.", field].concat()));
    }
    if !node.text("spec.podCIDR").is_empty() {
        page.field(0, "PodCIDR", node.text("spec.podCIDR"));
    }
    let networks = joined(node.list("spec.podCIDRs"), "", ",");
    if !networks.is_empty() {
        page.field(0, "PodCIDRs", &networks);
    }
    if !node.text("spec.providerID").is_empty() {
        page.field(0, "ProviderID", node.text("spec.providerID"));
    }
}

/// What a Pod asks for, or may take, with what it takes besides its containers.
fn amounts(pod: &Value, list: &str) -> Sums {
    let spec = pod.look("spec").unwrap_or(&Value::Null);
    let mut sums = aggregate(spec, list);
    pod_level_over(&mut sums, spec, list);
    for (name, text) in spec.texts("overhead") {
        let is_limited = sums.get(name).is_some();
        if let Some(amount) = Quantity::parse(text).filter(|_| list == "requests" || is_limited) {
            let one = [(name.to_string(), (amount, Format::of(text)))];
            add(&mut sums, one.into_iter().collect());
        }
    }
    sums
}

fn pods(page: &mut Page, node: &Value, cluster: Cluster) {
    let name = node.text("metadata.name");
    let mut pods = cluster.list("Pod", "");
    pods.retain(|pod| {
        pod.value.text("spec.nodeName") == name
            && !matches!(pod.value.text("status.phase"), "Succeeded" | "Failed")
    });
    let total = format!("({} in total)", pods.len());
    page.field(0, "Non-terminated Pods", &total);
    page.heads(
        1,
        &[
            "Namespace",
            "Name",
            "",
            "CPU Requests",
            "CPU Limits",
            "Memory Requests",
            "Memory Limits",
            "Age",
        ],
    );
    let (mut requests, mut limits) = (Sums::new(), Sums::new());
    for pod in &pods {
        let own = (
            amounts(&pod.value, "requests"),
            amounts(&pod.value, "limits"),
        );
        let mut cells = vec![pod.meta.namespace.to_string(), pod.meta.name.to_string()];
        cells.push(String::new());
        for resource in ["cpu", "memory"] {
            cells.push(share(&own.0, resource, node));
            cells.push(share(&own.1, resource, node));
        }
        cells.push(age(&pod.value, cluster.now));
        page.line(1, &cells.join("\t"));
        add(&mut requests, own.0);
        add(&mut limits, own.1);
    }
    page.line(
        0,
        "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)",
    );
    page.heads(1, &["Resource", "Requests", "Limits"]);
    for (resource, has_share) in shown(node) {
        let told = |sums: &Sums| {
            if has_share {
                share(sums, &resource, node)
            } else {
                text(sums, &resource)
            }
        };
        page.row(1, &[&resource, &told(&requests), &told(&limits)]);
    }
}

/// Resources with a line of their own, and whether their share is told: huge pages behind the usual
/// ones, then extended resources.
fn shown(node: &Value) -> Vec<(String, bool)> {
    const USUAL: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];
    let mut all: Vec<(String, bool)> = USUAL.map(|name| (name.into(), true)).to_vec();
    let names = allocatable(node);
    let is_huge = |name: &str| name.starts_with("hugepages-");
    let huge = names.iter().filter(|(name, _)| is_huge(name));
    all.extend(huge.map(|(name, _)| (name.to_string(), true)));
    let extended = names
        .iter()
        .filter(|(name, _)| !is_huge(name) && *name != "pods" && !USUAL.contains(name));
    all.extend(extended.map(|(name, _)| (name.to_string(), false)));
    all
}

fn allocatable(node: &Value) -> Vec<(&str, &str)> {
    match node.texts("status.allocatable") {
        none if none.is_empty() => node.texts("status.capacity"),
        some => some,
    }
}

fn text(sums: &Sums, resource: &str) -> String {
    match sums.get(resource) {
        Some((amount, format)) => amount.print(*format),
        None => "0".into(),
    }
}

/// `100m (2%)`
fn share(sums: &Sums, resource: &str, node: &Value) -> String {
    let amount = sums.get(resource).map_or(0, |(amount, _)| amount.nano);
    let all = allocatable(node).into_iter();
    let mut all = all.filter(|(name, _)| *name == resource);
    let all = all.next().and_then(|(_, text)| Quantity::parse(text));
    let percent = match all.map(|all| all.nano) {
        Some(all) if all > 0 => amount.saturating_mul(100) / all,
        _ => 0,
    };
    format!("{} ({percent}%)", text(sums, resource))
}
