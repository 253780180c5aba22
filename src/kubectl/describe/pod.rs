//! Pods and their templates. Models `describePod`, `DescribePodTemplate`.

use super::containers::{containers, resources, seccomp};
use super::controlled_by;
use super::page::{Page, moment};
use super::volumes::volumes;
use crate::api::Value;
use crate::cluster::SimTime;
use crate::kubectl::duration::since;
use crate::kubectl::labels::format_selector;
use crate::kubectl::look::{Look, condition, or};
use crate::order;

/// A Pod.
pub fn pod(page: &mut Page, pod: &Value, now: SimTime) {
    page.name(pod);
    if pod.look("spec.priority").is_some() {
        page.field(0, "Priority", &pod.print("spec.priority"));
    }
    for (label, path) in [
        ("Priority Class Name", "spec.priorityClassName"),
        ("Runtime Class Name", "spec.runtimeClassName"),
        ("Service Account", "spec.serviceAccountName"),
    ] {
        optional(page, 0, label, pod, path);
    }
    let node = match pod.text("spec.nodeName") {
        "" => "<none>".into(),
        name => [name, "/", pod.text("status.hostIP")].concat(),
    };
    page.field(0, "Node", &node);
    if pod.look("status.startTime").is_some() {
        page.field(0, "Start Time", &moment(pod, "status.startTime"));
    }
    page.labels(pod);
    status(page, pod, now);
    seccomp(page, 0, pod, "spec.securityContext.seccompProfile");
    addresses(page, pod);
    controlled_by(page, pod);
    optional(
        page,
        0,
        "NominatedNodeName",
        pod,
        "status.nominatedNodeName",
    );
    if pod.look("spec.resources").is_some() {
        page.line(0, "Resources:");
        let spec = pod.look("spec").unwrap_or(&Value::Null);
        resources(page, 1, spec);
    }
    for (label, field) in [
        ("Init Containers", "init"),
        ("Containers", ""),
        ("Ephemeral Containers", "ephemeral"),
    ] {
        let (list, statuses) = match field {
            "" => ("spec.containers".into(), "status.containerStatuses".into()),
            field => (
                ["spec.", field, "Containers"].concat(),
                ["status.", field, "ContainerStatuses"].concat(),
            ),
        };
        let list = pod.list(&list);
        if !list.is_empty() || field.is_empty() {
            containers(page, label, list, pod.list(&statuses), Some(pod));
        }
    }
    gates_and_conditions(page, pod);
    volumes(page, pod.list("spec.volumes"), "");
    let class = or(pod.text("status.qosClass"), "BestEffort");
    page.field(0, "QoS Class", class);
    page.pairs("", "Node-Selectors", pod, "spec.nodeSelector");
    page.tolerations("", pod.list("spec.tolerations"));
    spread(page, pod.list("spec.topologySpreadConstraints"), "");
}

/// A field that is told only where it says something.
fn optional(page: &mut Page, level: usize, label: &str, object: &Value, path: &str) {
    let text = object.text(path);
    if !text.is_empty() {
        page.field(level, label, text);
    }
}

fn status(page: &mut Page, pod: &Value, now: SimTime) {
    let phase = pod.text("status.phase");
    let deleted = pod.time("metadata.deletionTimestamp");
    if deleted.is_some() && !matches!(phase, "Failed" | "Succeeded") {
        let lasts = ["Terminating (lasts ", &since(deleted, now), ")"].concat();
        page.field(0, "Status", &lasts);
        let grace = pod.int("metadata.deletionGracePeriodSeconds");
        page.field(0, "Termination Grace Period", &format!("{grace}s"));
    } else {
        page.field(0, "Status", phase);
    }
    optional(page, 0, "Reason", pod, "status.reason");
    optional(page, 0, "Message", pod, "status.message");
}

fn addresses(page: &mut Page, pod: &Value) {
    page.field(0, "IP", pod.text("status.podIP"));
    match pod.list("status.podIPs") {
        [] => page.field(0, "IPs", "<none>"),
        ips => {
            page.line(0, "IPs:");
            ips.iter().for_each(|ip| page.field(1, "IP", ip.text("ip")));
        }
    }
}

fn gates_and_conditions(page: &mut Page, pod: &Value) {
    let gates = pod.list("spec.readinessGates");
    if !gates.is_empty() {
        page.line(0, "Readiness Gates:\n  Type\tStatus");
    }
    for gate in gates {
        let kind = gate.text("conditionType");
        let status = condition(pod, kind).map_or("<none>", |it| it.text("status"));
        page.line(1, &[kind, " \t", status, " "].concat());
    }
    let conditions = pod.list("status.conditions");
    if !conditions.is_empty() {
        page.line(0, "Conditions:\n  Type\tStatus");
    }
    for condition in conditions {
        let (kind, status) = (condition.text("type"), condition.text("status"));
        page.line(1, &[kind, " \t", status, " "].concat());
    }
}

/// Models `describeTopologySpreadConstraints`.
fn spread(page: &mut Page, constraints: &[Value], space: &str) {
    if constraints.is_empty() {
        return;
    }
    let mut sorted: Vec<&Value> = constraints.iter().collect();
    order::sort_by_key(&mut sorted, |it| it.text("topologyKey").to_string());
    let lines = sorted.into_iter().map(|constraint| {
        let mut line = format!(
            "{}:{} when max skew {} is exceeded",
            constraint.text("topologyKey"),
            constraint.text("whenUnsatisfiable"),
            constraint.int("maxSkew")
        );
        if let Some(selector) = constraint.look("labelSelector") {
            line += &[" for selector ", &format_selector(Some(selector))].concat();
        }
        line
    });
    let lines: Vec<String> = lines.collect();
    page.multi(space, "Topology Spread Constraints", &lines);
}

/// The template of a Pod.
pub fn template(page: &mut Page, template: Option<&Value>) {
    page.line(0, "Pod Template:");
    let Some(template) = template else {
        page.start(1, "<unset>");
        return;
    };
    page.pairs("  ", "Labels", template, "metadata.labels");
    if !template.texts("metadata.annotations").is_empty() {
        page.annotations("  Annotations", template, "metadata.annotations");
    }
    optional(
        page,
        1,
        "Service Account",
        template,
        "spec.serviceAccountName",
    );
    let init = template.list("spec.initContainers");
    if !init.is_empty() {
        containers(page, "Init Containers", init, &[], None);
    }
    containers(
        page,
        "Containers",
        template.list("spec.containers"),
        &[],
        None,
    );
    volumes(page, template.list("spec.volumes"), "  ");
    spread(page, template.list("spec.topologySpreadConstraints"), "  ");
    optional(
        page,
        1,
        "Priority Class Name",
        template,
        "spec.priorityClassName",
    );
    page.pairs("  ", "Node-Selectors", template, "spec.nodeSelector");
    page.tolerations("  ", template.list("spec.tolerations"));
}
