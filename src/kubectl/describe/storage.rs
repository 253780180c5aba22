//! Volumes, claims, classes. Models `describePersistentVolume`, `describePersistentVolumeClaim`,
//! `describeStorageClass` and their like. Left out: what some PersistentVolumes' sources say more than
//! a Pod's (secrets' namespaces).

use super::Cluster;
use super::page::{Page, moment};
use super::volumes::source;
use crate::api::Value;
use crate::cluster::SimTime;
use crate::kubectl::duration::since;
use crate::kubectl::labels::format_labels;
use crate::kubectl::look::{Look, capital, joined, or};
use crate::kubectl::printers::{DEFAULT_CLASS, access_modes, storage_class_of};

fn status(page: &mut Page, object: &Value, now: SimTime) {
    match object.time("metadata.deletionTimestamp") {
        deleted @ Some(_) => {
            let lasts = ["Terminating (lasts ", &since(deleted, now), ")"].concat();
            page.field(0, "Status", &lasts);
        }
        None => page.field(0, "Status", object.text("status.phase")),
    }
}

/// `[kubernetes.io/pvc-protection]`
fn finalizers(page: &mut Page, object: &Value) {
    let finalizers = joined(object.list("metadata.finalizers"), "", " ");
    page.field(0, "Finalizers", &["[", &finalizers, "]"].concat());
}

/// A PersistentVolume.
pub fn persistent_volume(page: &mut Page, volume: &Value, now: SimTime) {
    page.field(0, "Name", volume.text("metadata.name"));
    page.labels(volume);
    finalizers(page, volume);
    page.field(0, "StorageClass", storage_class_of(volume));
    status(page, volume, now);
    let claim = volume.look("spec.claimRef").map_or(String::new(), |claim| {
        [claim.text("namespace"), "/", claim.text("name")].concat()
    });
    page.field(0, "Claim", &claim);
    let policy = volume.text("spec.persistentVolumeReclaimPolicy");
    page.field(0, "Reclaim Policy", policy);
    let modes = access_modes(volume.list("spec.accessModes"));
    page.field(0, "Access Modes", &modes);
    if volume.look("spec.volumeMode").is_some() {
        page.field(0, "VolumeMode", volume.text("spec.volumeMode"));
    }
    let capacity = or(volume.text("spec.capacity.storage"), "0");
    page.field(0, "Capacity", capacity);
    node_affinity(page, volume);
    page.field(0, "Message", volume.text("status.message"));
    page.line(0, "Source:");
    source(page, volume.look("spec").unwrap_or(&Value::Null), true);
}

/// Models `printVolumeNodeAffinity`.
fn node_affinity(page: &mut Page, volume: &Value) {
    let Some(required) = volume.look("spec.nodeAffinity.required") else {
        page.field(0, "Node Affinity", "<none>");
        return;
    };
    page.field(0, "Node Affinity", "");
    let terms = required.list("nodeSelectorTerms");
    page.field(
        1,
        "Required Terms",
        if terms.is_empty() { "<none>" } else { "" },
    );
    for (number, term) in terms.iter().enumerate() {
        let lines = term.list("matchExpressions").iter().map(|it| {
            let operator = it.text("operator").to_lowercase();
            let mut line = [it.text("key"), " ", &operator].concat();
            let values = joined(it.list("values"), "", ", ");
            if !values.is_empty() {
                line += &[" [", &values, "]"].concat();
            }
            line
        });
        let lines: Vec<String> = lines.collect();
        page.multi("    ", &format!("Term {number}"), &lines);
    }
}

/// A PersistentVolumeClaim.
pub fn persistent_volume_claim(page: &mut Page, claim: &Value, cluster: Cluster) {
    page.name(claim);
    page.field(0, "StorageClass", storage_class_of(claim));
    status(page, claim, cluster.now);
    let volume = claim.text("spec.volumeName");
    page.field(0, "Volume", volume);
    page.labels(claim);
    finalizers(page, claim);
    let is_bound = !volume.is_empty();
    let capacity = match is_bound {
        true => or(claim.text("status.capacity.storage"), "0"),
        false => "",
    };
    page.field(0, "Capacity", capacity);
    let modes = claim.list("status.accessModes");
    let modes = if is_bound { modes } else { &[] };
    page.field(0, "Access Modes", &access_modes(modes));
    if claim.look("spec.volumeMode").is_some() {
        page.field(0, "VolumeMode", claim.text("spec.volumeMode"));
    }
    if let Some(source) = claim.look("spec.dataSource") {
        page.line(0, "DataSource:");
        if source.look("apiGroup").is_some() {
            page.field(1, "APIGroup", source.text("apiGroup"));
        }
        page.field(1, "Kind", source.text("kind"));
        page.field(1, "Name", source.text("name"));
    }
    used_by(page, claim, cluster);
    conditions(page, claim);
}

/// Models `getPodsForPVC`.
fn used_by(page: &mut Page, claim: &Value, cluster: Cluster) {
    let name = claim.text("metadata.name");
    let owners = claim.list("metadata.ownerReferences");
    let mut pods = cluster.list("Pod", claim.text("metadata.namespace"));
    pods.retain(|pod| {
        let mut volumes = pod.value.list("spec.volumes").iter();
        let is_used = volumes.any(|volume| volume.text("persistentVolumeClaim.claimName") == name);
        let is_owner =
            |owner: &Value| owner.text("kind") == "Pod" && owner.text("uid") == &*pod.meta.uid;
        is_used || owners.iter().any(is_owner)
    });
    let names: Vec<String> = pods.iter().map(|pod| pod.meta.name.to_string()).collect();
    page.multi("", "Used By", &names);
}

fn conditions(page: &mut Page, claim: &Value) {
    let conditions = claim.list("status.conditions");
    if conditions.is_empty() {
        return;
    }
    page.line(0, "Conditions:");
    page.line(
        1,
        "Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage",
    );
    page.line(
        1,
        "----\t------\t-----------------\t------------------\t------\t-------",
    );
    for condition in conditions {
        let cells = [
            condition.text("type"),
            condition.text("status"),
            &moment(condition, "lastProbeTime"),
            &moment(condition, "lastTransitionTime"),
            condition.text("reason"),
        ];
        let head = cells.join(" \t");
        page.line(1, &[&head, " \t", condition.text("message")].concat());
    }
}

/// A StorageClass.
pub fn storage_class(page: &mut Page, class: &Value) {
    page.field(0, "Name", class.text("metadata.name"));
    let annotations = class.texts("metadata.annotations");
    let is_default = annotations.contains(&(DEFAULT_CLASS, "true"));
    page.field(0, "IsDefaultClass", if is_default { "Yes" } else { "No" });
    page.field(
        0,
        "Annotations",
        &format_labels(class, "metadata.annotations"),
    );
    page.field(0, "Provisioner", class.text("provisioner"));
    page.field(0, "Parameters", &format_labels(class, "parameters"));
    let expands = class.look("allowVolumeExpansion").and_then(Value::as_bool);
    page.field(
        0,
        "AllowVolumeExpansion",
        expands.map_or("<unset>", capital),
    );
    let options = class.list("mountOptions");
    if options.is_empty() {
        page.field(0, "MountOptions", "<none>");
    } else {
        page.line(0, "MountOptions:");
        options
            .iter()
            .for_each(|option| page.line(1, option.text("")));
    }
    for (label, field) in [
        ("ReclaimPolicy", "reclaimPolicy"),
        ("VolumeBindingMode", "volumeBindingMode"),
    ] {
        if class.look(field).is_some() {
            page.field(0, label, class.text(field));
        }
    }
    let terms = class.list("allowedTopologies");
    if !terms.is_empty() {
        page.field(0, "AllowedTopologies", "");
    }
    for (number, term) in terms.iter().enumerate() {
        let lines = term.list("matchLabelExpressions").iter().map(|it| {
            let values = joined(it.list("values"), "", ", ");
            [it.text("key"), " in [", &values, "]"].concat()
        });
        let lines: Vec<String> = lines.collect();
        page.multi("  ", &format!("Term {number}"), &lines);
    }
}

/// A VolumeAttributesClass.
pub fn volume_attributes_class(page: &mut Page, class: &Value) {
    page.field(0, "Name", class.text("metadata.name"));
    page.field(
        0,
        "Annotations",
        &format_labels(class, "metadata.annotations"),
    );
    page.field(0, "DriverName", class.text("driverName"));
    page.field(0, "Parameters", &format_labels(class, "parameters"));
}

/// A CSINode.
pub fn csi_node(page: &mut Page, node: &Value) {
    page.field(0, "Name", node.text("metadata.name"));
    page.labels(node);
    page.created(node);
    page.line(0, "Spec:");
    let drivers = node.list("spec.drivers");
    if node.look("spec.drivers").is_some() {
        page.line(1, "Drivers:");
    }
    for driver in drivers {
        page.line(2, &[driver.text("name"), ":"].concat());
        page.field(3, "Node ID", driver.text("nodeID"));
        if driver.look("allocatable.count").is_some() {
            page.line(3, "Allocatables:");
            page.field(4, "Count", &driver.print("allocatable.count"));
        }
        if driver.look("topologyKeys").is_some() {
            let keys = joined(driver.list("topologyKeys"), "", " ");
            page.field(3, "Topology Keys", &["[", &keys, "]"].concat());
        }
    }
}
