//! Nodes. Models `ValidateNode` and `ValidateNodeUpdate` of
//! `pkg/apis/core/validation/validation.go`.

use super::at::{At, Errors};
use super::{affinity, ip, metadata, names, resources};

/// Models `ValidateNode` behind the metadata.
pub fn create(node: &At, errors: &mut Errors) {
    taints(node, errors);
    node_resources(node, errors);
    for cidr in node.field("spec").list("podCIDRs") {
        ip::cidr(&cidr, errors);
    }
}

/// Models `validateNodeTaints`; upstream names `metadata` where the taints are.
fn taints(node: &At, errors: &mut Errors) {
    let path = node.field("metadata").path.field("taints");
    let mut seen = Vec::new();
    for (index, taint) in node.field("spec").list("taints").enumerate() {
        let taint = At {
            value: taint.value,
            path: path.index(index),
        };
        let (key, value, effect) = (
            taint.field("key"),
            taint.field("value"),
            taint.field("effect"),
        );
        metadata::label_name(key.str(), &key, errors);
        let wrong = names::label_value(value.str());
        if !wrong.is_empty() {
            errors.invalid(&value.path, value.str(), wrong.join(";"));
        }
        affinity::taint_effect(&effect, errors);
        let pair = (key.str(), effect.str());
        if seen.contains(&pair) {
            let bad = super::at::go_struct(
                taint.value,
                &[
                    ("Key", "key"),
                    ("Value", "value"),
                    ("Effect", "effect"),
                    ("TimeAdded", "timeAdded"),
                ],
            );
            errors.duplicate(&taint.path, bad);
            if let Some(error) = errors.0.last_mut() {
                error.detail = "taints must be unique by key and effect pair".to_string();
            }
        }
        seen.push(pair);
    }
}

/// Models `ValidateNodeResources`.
fn node_resources(node: &At, errors: &mut Errors) {
    for list in ["capacity", "allocatable"] {
        let amounts = node.field("status").field(list);
        for (name, amount) in amounts.entries() {
            let at = At {
                value: amount.value,
                path: amounts.path.field(name),
            };
            resources::resource_quantity(name, &at, errors);
        }
    }
}

/// Models `ValidateNodeUpdate` behind the metadata.
pub fn update(node: &At, old: &At, errors: &mut Errors) {
    node_resources(node, errors);
    let (spec, old) = (node.field("spec"), old.field("spec"));
    for name in ["podCIDRs", "providerID"] {
        let (new, old) = (spec.field(name), old.field(name));
        if !old.value.is_empty() && new.value != old.value {
            let said = name.trim_end_matches('s');
            let what = format!("node updates may not change {said} except from \"\" to valid");
            errors.forbidden(&new.path, what);
        }
    }
    taints(node, errors);
}
