//! Keeps Pods away from a Node that runs short of something: it gets a taint for each pressure that its
//! conditions tell of. Models `doNoScheduleTaintingPass`,
//! `pkg/controller/nodelifecycle/node_lifecycle_controller.go`. Left out: the same for a Node that isn't
//! ready, has no network or is cordoned, and all that this controller does about Nodes that fall silent.

use super::Wake;
use crate::api::node::Node;
use crate::api::{ObjectKey, Value};
use crate::cluster::{Actor, Change, Wake as WorldWake, World};
use crate::fields;

/// Conditions, and the taint of a Node of which one is `True`.
const PRESSURES: [(&str, &str); 3] = [
    ("MemoryPressure", "node.kubernetes.io/memory-pressure"),
    ("DiskPressure", "node.kubernetes.io/disk-pressure"),
    ("PIDPressure", "node.kubernetes.io/pid-pressure"),
];

/// Sees a change: a Node whose taints don't fit its conditions is looked at once the news have arrived.
pub(super) fn observe(world: &mut World, change: &Change) {
    let node = change.after.as_ref().and_then(|object| object.node());
    if node.is_some_and(|node| PRESSURES.iter().any(|pressure| is_amiss(node, *pressure))) {
        let after = world.latencies().watch_delivery;
        let wake = Wake::NodeLifecycle(change.object.clone());
        world.wake(after, WorldWake::Controller(wake));
    }
}

/// Models `doNoScheduleTaintingPass`.
pub(super) fn sync(world: &mut World, key: &ObjectKey) {
    let Some(node) = world
        .store
        .get(key)
        .and_then(|object| object.node())
        .cloned()
    else {
        return;
    };
    let amiss = PRESSURES
        .iter()
        .filter(|pressure| is_amiss(&node, **pressure));
    let amiss: Vec<(bool, &str)> = amiss
        .map(|(condition, taint)| (is_true(&node, condition), *taint))
        .collect();
    if amiss.is_empty() {
        return;
    }
    let actor = Actor::Controller("node-lifecycle-controller".into());
    let written = world.patch(actor, key, |node| {
        let taints = node.at_mut(&["spec", "taints"]).items_mut();
        for (is_wanted, key) in amiss {
            if is_wanted {
                taints.push(fields! { "key" => key, "effect" => "NoSchedule" });
            } else {
                taints.retain(|taint| !is_of(taint.text_at(&["key"]), taint, key));
            }
        }
        if taints.is_empty() {
            node.remove(&["spec", "taints"]);
        }
    });
    debug_assert!(written.is_ok(), "the Node was there a moment ago");
}

fn is_of(known: &str, taint: &Value, key: &str) -> bool {
    known == key && taint.text_at(&["effect"]) == "NoSchedule"
}

/// Does a Node have the taint without the condition, or the condition without the taint?
fn is_amiss(node: &Node, (condition, key): (&str, &str)) -> bool {
    let mut taints = node.spec.taints.iter();
    let has = taints.any(|taint| &*taint.key == key && &*taint.effect == "NoSchedule");
    has != is_true(node, condition)
}

fn is_true(node: &Node, condition: &str) -> bool {
    let mut conditions = node.status.conditions.iter();
    conditions.any(|known| &*known.kind == condition && &*known.status == "True")
}
