//! PodTopologyLabels: a Pod carries the zone and the region of its Node as labels.
//! Models `plugin/pkg/admission/podtopologylabels`.

use super::World;
use crate::api::{ObjectKey, Value};

const LABELS: [&str; 2] = [
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
];

/// Gives a new Pod that names its node the Node's labels, over its own.
pub(super) fn admit(world: &World, pod: &mut Value) {
    let node = pod.text_at(&["spec", "nodeName"]).to_string();
    copy(world, &node, pod);
}

/// Gives a Binding the labels, which the Pod gets from it then.
pub(super) fn admit_binding(world: &World, binding: &mut Value) {
    if binding.text_at(&["target", "kind"]) == "Node" {
        let node = binding.text_at(&["target", "name"]).to_string();
        copy(world, &node, binding);
    }
}

fn copy(world: &World, node: &str, value: &mut Value) {
    // A node that isn't there yet has no labels; that is no reason to refuse anything.
    let Some(node) = world.store.get(&ObjectKey::node(node)) else {
        return;
    };
    for name in LABELS {
        if let Some(label) = node.meta.labels.get(name) {
            value.set(&["metadata", "labels", name], label.clone());
        }
    }
}
