//! What keeps Pods. Models `describeReplicationController`, `describeReplicaSet`, `describeDeployment`,
//! `describeStatefulSet`, `describeDaemonSet`.

use super::page::Page;
use super::pod::template;
use super::{Cluster, controlled_by};
use crate::api::Value;
use crate::api::meta::Labels;
use crate::api::selector::LabelSelector;
use crate::api::view;
use crate::kubectl::labels::{format_labels, format_selector, selector_text};
use crate::kubectl::look::{Look, controller, or};

/// `1 Running / 0 Waiting / 0 Succeeded / 0 Failed`. Models `getPodStatusForController`.
fn pods(page: &mut Page, object: &Value, cluster: Cluster, selector: &LabelSelector) {
    let namespace = object.text("metadata.namespace");
    let uid = object.text("metadata.uid");
    let mut counts = [0; 4];
    for pod in cluster.list("Pod", namespace) {
        let owner = controller(&pod.value).map(|owner| owner.text("uid"));
        if owner != Some(uid) || !selector.matches(&pod.meta.labels) {
            continue;
        }
        let phases = ["Running", "Pending", "Succeeded", "Failed"];
        let phase = pod.value.text("status.phase");
        if let Some(place) = phases.iter().position(|known| *known == phase) {
            counts[place] += 1;
        }
    }
    let [running, waiting, succeeded, failed] = counts;
    page.field(
        0,
        "Pods Status",
        &format!("{running} Running / {waiting} Waiting / {succeeded} Succeeded / {failed} Failed"),
    );
}

/// The selector of `apps` kinds; what can't be read selects nothing anybody owns.
fn selector(object: &Value) -> LabelSelector {
    let read = object.look("spec.selector").map(view::read);
    read.and_then(Result::ok).unwrap_or_default()
}

fn conditions(page: &mut Page, object: &Value) {
    let conditions = object.list("status.conditions");
    if conditions.is_empty() {
        return;
    }
    page.line(0, "Conditions:\n  Type\tStatus\tReason");
    page.row(1, &["----", "------", "------"]);
    for condition in conditions {
        let text = |field: &str| condition.text(field);
        page.line(
            1,
            &[text("type"), " \t", text("status"), "\t", text("reason")].concat(),
        );
    }
}

fn replicas(page: &mut Page, object: &Value) {
    let (current, desired) = (object.int("status.replicas"), object.int("spec.replicas"));
    let text = format!("{current} current / {desired} desired");
    page.field(0, "Replicas", &text);
}

/// A ReplicationController.
pub fn replication_controller(page: &mut Page, object: &Value, cluster: Cluster) {
    page.name(object);
    page.field(0, "Selector", &format_labels(object, "spec.selector"));
    page.labels(object);
    replicas(page, object);
    let labels = object.texts("spec.selector").into_iter();
    let labels: Labels = labels
        .map(|(key, value)| (key.into(), value.into()))
        .collect();
    pods(page, object, cluster, &labels.into());
    template(page, object.look("spec.template"));
    conditions(page, object);
}

/// A ReplicaSet.
pub fn replica_set(page: &mut Page, object: &Value, cluster: Cluster) {
    page.name(object);
    page.field(
        0,
        "Selector",
        &format_selector(object.look("spec.selector")),
    );
    page.labels(object);
    controlled_by(page, object);
    replicas(page, object);
    pods(page, object, cluster, &selector(object));
    template(page, object.look("spec.template"));
    conditions(page, object);
}

/// A Deployment.
pub fn deployment(page: &mut Page, object: &Value, cluster: Cluster) {
    page.name(object);
    page.created(object);
    page.labels(object);
    page.field(0, "Selector", &selector_text(object.look("spec.selector")));
    let text = format!(
        "{} desired | {} updated | {} total | {} available | {} unavailable",
        object.int("spec.replicas"),
        object.int("status.updatedReplicas"),
        object.int("status.replicas"),
        object.int("status.availableReplicas"),
        object.int("status.unavailableReplicas")
    );
    page.field(0, "Replicas", &text);
    page.field(0, "StrategyType", object.text("spec.strategy.type"));
    let seconds = object.int("spec.minReadySeconds").to_string();
    page.field(0, "MinReadySeconds", &seconds);
    if let Some(rolling) = object.look("spec.strategy.rollingUpdate") {
        let bounds = (rolling.print("maxUnavailable"), rolling.print("maxSurge"));
        let text = format!("{} max unavailable, {} max surge", bounds.0, bounds.1);
        page.field(0, "RollingUpdateStrategy", &text);
    }
    template(page, object.look("spec.template"));
    conditions(page, object);
    replica_sets(page, object, cluster);
}

/// Old and new ReplicaSets. Models `GetAllReplicaSets` of `deployment/util`.
fn replica_sets(page: &mut Page, object: &Value, cluster: Cluster) {
    let uid = object.text("metadata.uid");
    let mut sets = cluster.list("ReplicaSet.apps", object.text("metadata.namespace"));
    sets.retain(|set| controller(&set.value).is_some_and(|owner| owner.text("uid") == uid));
    // The oldest of those that are made of this very template.
    crate::order::sort_by(&mut sets, |a, b| {
        let made = |it: &crate::api::Object| it.meta.creation_timestamp;
        made(a)
            .cmp(&made(b))
            .then_with(|| a.meta.name.cmp(&b.meta.name))
    });
    let wanted = object.look("spec.template").map(without_hash);
    let is_new = |set: &Value| set.look("spec.template").map(without_hash) == wanted;
    let new = sets.iter().position(|set| is_new(&set.value));
    let new: Vec<_> = new.map(|place| sets.remove(place)).into_iter().collect();
    if sets.is_empty() && new.is_empty() {
        return;
    }
    crate::order::sort_by_key(&mut sets, |set| set.meta.name.clone());
    for (label, sets) in [("OldReplicaSets", sets), ("NewReplicaSet", new)] {
        let texts = sets.iter().map(|set| {
            let (name, set) = (&set.meta.name, &set.value);
            let (there, wanted) = (set.int("status.replicas"), set.int("spec.replicas"));
            format!("{name} ({there}/{wanted} replicas created)")
        });
        let texts = texts.collect::<Vec<_>>().join(", ");
        page.field(0, label, or(&texts, "<none>"));
    }
}

/// Models `EqualIgnoreHash`.
fn without_hash(template: &Value) -> Value {
    let mut template = template.clone();
    template.remove(&["metadata", "labels", "pod-template-hash"]);
    template
}

/// A StatefulSet.
pub fn stateful_set(page: &mut Page, object: &Value, cluster: Cluster) {
    page.name(object);
    page.created(object);
    page.field(0, "Selector", &selector_text(object.look("spec.selector")));
    page.labels(object);
    let (desired, total) = (object.int("spec.replicas"), object.int("status.replicas"));
    page.field(0, "Replicas", &format!("{desired} desired | {total} total"));
    page.field(
        0,
        "Update Strategy",
        object.text("spec.updateStrategy.type"),
    );
    if let Some(rolling) = object.look("spec.updateStrategy.rollingUpdate")
        && rolling.look("partition").is_some()
    {
        page.field(1, "Partition", &rolling.print("partition"));
        if rolling.look("maxUnavailable").is_some() {
            page.field(1, "MaxUnavailable", &rolling.print("maxUnavailable"));
        }
    }
    pods(page, object, cluster, &selector(object));
    template(page, object.look("spec.template"));
    claims(page, object.list("spec.volumeClaimTemplates"));
}

/// Models `describeVolumeClaimTemplates`.
fn claims(page: &mut Page, claims: &[Value]) {
    if claims.is_empty() {
        page.field(0, "Volume Claims", "<none>");
        return;
    }
    page.line(0, "Volume Claims:");
    for claim in claims {
        page.field(1, "Name", claim.text("metadata.name"));
        page.field(
            1,
            "StorageClass",
            crate::kubectl::printers::storage_class_of(claim),
        );
        page.pairs("  ", "Labels", claim, "metadata.labels");
        page.pairs("  ", "Annotations", claim, "metadata.annotations");
        let capacity = claim.text("spec.resources.requests.storage");
        page.field(1, "Capacity", or(capacity, "<default>"));
        let modes = claim.list("spec.accessModes").iter();
        let modes: Vec<&str> = modes.map(|mode| mode.text("")).collect();
        page.field(1, "Access Modes", &["[", &modes.join(" "), "]"].concat());
    }
}

/// A DaemonSet.
pub fn daemon_set(page: &mut Page, object: &Value, cluster: Cluster) {
    page.name(object);
    page.field(0, "Selector", &selector_text(object.look("spec.selector")));
    let nodes = format_labels(object, "spec.template.spec.nodeSelector");
    page.field(0, "Node-Selector", &nodes);
    page.labels(object);
    for (label, field) in [
        (
            "Desired Number of Nodes Scheduled",
            "desiredNumberScheduled",
        ),
        (
            "Current Number of Nodes Scheduled",
            "currentNumberScheduled",
        ),
        (
            "Number of Nodes Scheduled with Up-to-date Pods",
            "updatedNumberScheduled",
        ),
        (
            "Number of Nodes Scheduled with Available Pods",
            "numberAvailable",
        ),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ] {
        let number = object.int(&["status.", field].concat());
        page.line(0, &format!("{label}: {number}"));
    }
    pods(page, object, cluster, &selector(object));
    template(page, object.look("spec.template"));
}
