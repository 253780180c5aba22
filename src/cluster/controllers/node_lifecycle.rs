//! Keeps Pods away from a Node that runs short of something or that nobody hears of any more. Models
//! `doNoScheduleTaintingPass` and `monitorNodeHealth`,
//! `pkg/controller/nodelifecycle/node_lifecycle_controller.go`, and `MarkPodsNotReady`.
//! Left out: kubelets that never said anything, Nodes that say themselves that they aren't ready, have no
//! network or are cordoned, whole zones that fall silent; and that Pods are evicted by taints.

use std::rc::Rc;

use super::Wake;
use crate::api::node::{Node, Taint};
use crate::api::{Object, ObjectKey, Value};
use crate::cluster::api_server::set_condition;
use crate::cluster::events::Telling;
use crate::cluster::{Actor, Change, SimTime, Wake as WorldWake, World};
use crate::fields;

/// Conditions, and the taint of a Node of which one is `True`.
const PRESSURES: [(&str, &str); 3] = [
    ("MemoryPressure", "node.kubernetes.io/memory-pressure"),
    ("DiskPressure", "node.kubernetes.io/disk-pressure"),
    ("PIDPressure", "node.kubernetes.io/pid-pressure"),
];

/// The taint of a Node that nobody hears of, and what it does.
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
const EFFECTS: [&str; 2] = ["NoSchedule", "NoExecute"];

/// One taint that a Node should have or not: key, effect, and which.
type Wanted = (&'static str, &'static str, bool);

/// Sees a change: a Node whose taints don't fit its conditions is looked at once the news have arrived.
pub(super) fn observe(world: &mut World, change: &Change) {
    let node = change.after.as_ref().and_then(|object| object.node());
    if node.is_some_and(|node| !amiss(node).is_empty()) {
        let after = world.latencies().watch_delivery;
        let wake = Wake::NodeLifecycle(change.object.clone());
        world.wake(after, WorldWake::Controller(wake));
    }
}

/// Models `doNoScheduleTaintingPass` and `processTaintBaseEviction`.
pub(super) fn sync(world: &mut World, key: &ObjectKey) {
    let object = world.store.get(key);
    let Some(node) = object.and_then(|object| object.node()) else {
        return;
    };
    let (amiss, now) = (amiss(node), world.now());
    if amiss.is_empty() {
        return;
    }
    let written = world.patch(actor(), key, |node| {
        let taints = node.at_mut(&["spec", "taints"]).items_mut();
        for (key, effect, is_wanted) in amiss {
            if is_wanted {
                let mut taint = fields! { "key" => key, "effect" => effect };
                if effect == "NoExecute" {
                    taint.set(&["timeAdded"], now.to_rfc3339());
                }
                taints.push(taint);
            } else {
                let text = |taint: &Value, name: &str| taint.text_at(&[name]).to_string();
                taints.retain(|taint| text(taint, "key") != key || text(taint, "effect") != effect);
            }
        }
        if taints.is_empty() {
            node.remove(&["spec", "taints"]);
        }
    });
    debug_assert!(written.is_ok(), "the Node was there a moment ago");
}

fn actor() -> Actor {
    Actor::Controller("node-lifecycle-controller".into())
}

/// The taints that a Node should have by its conditions and hasn't, or has and shouldn't. Whether nobody
/// hears of it is a matter of what this controller says itself: an imported Node keeps what it has.
fn amiss(node: &Node) -> Vec<Wanted> {
    let status = |kind: &str| {
        let known = node.status.conditions.iter().find(|c| &*c.kind == kind);
        known.map(|condition| (&*condition.status, &*condition.reason))
    };
    let is =
        |taint: &Taint, key: &str, effect: &str| &*taint.key == key && &*taint.effect == effect;
    let has = |key: &str, effect: &str| node.spec.taints.iter().any(|t| is(t, key, effect));
    let mut wanted: Vec<Wanted> = Vec::new();
    for (condition, key) in PRESSURES {
        let is_true = status(condition).is_some_and(|(status, _)| status == "True");
        wanted.push((key, EFFECTS[0], is_true));
    }
    match status("Ready") {
        Some(("Unknown", "NodeStatusUnknown")) => {
            wanted.extend(EFFECTS.map(|effect| (UNREACHABLE, effect, true)));
        }
        Some(("True", _)) => wanted.extend(EFFECTS.map(|effect| (UNREACHABLE, effect, false))),
        _ => {}
    }
    wanted.retain(|(key, effect, is_wanted)| has(key, effect) != *is_wanted);
    wanted
}

/// A kubelet said at `heartbeat` for the last time that it lives: it is missed at the first look after
/// its time is over. That look is counted from the one that saw the heartbeat, as upstream's is.
pub(in crate::cluster) fn node_fell_silent(world: &mut World, name: &str, heartbeat: SimTime) {
    let (period, now) = (world.latencies().node_monitor, world.now());
    let micros = i64::try_from(period.as_micros()).unwrap_or(i64::MAX).max(1);
    let look_after = |at: SimTime| SimTime((at.0 / micros + 1) * micros);
    let missed = look_after(look_after(heartbeat) + world.latencies().node_monitor_grace);
    let wake = Wake::NodeSilent(ObjectKey::node(name), now);
    let after = missed.max(now).since(now);
    world.wake(after, WorldWake::Controller(wake));
}

/// Nobody hears of a Node since `since`, unless its kubelet spoke up meanwhile. Models
/// `tryUpdateNodeHealth` and `MarkPodsNotReady`.
pub(super) fn silent(world: &mut World, key: &ObjectKey, since: SimTime) {
    if world.unheard.get(&*key.name) != Some(&since) {
        return;
    }
    let now = world.now();
    let kinds = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];
    let written = world.patch(actor(), key, |node| {
        for kind in kinds {
            let conditions = node
                .at(&["status", "conditions"])
                .map_or(&[][..], Value::items);
            let known = conditions.iter().find(|c| c.text_at(&["type"]) == kind);
            let Some(mut condition) = known.cloned() else {
                continue;
            };
            condition.set(&["status"], "Unknown");
            condition.set(&["reason"], "NodeStatusUnknown");
            condition.set(&["message"], "Kubelet stopped posting node status.");
            set_condition(node, condition, now);
        }
    });
    // A Node that somebody deleted meanwhile is missed by nobody.
    let Ok(node) = written else { return };
    let name = &key.name;
    let said = format!("Node {name} status is now: NodeNotReady");
    tell(world, &node, "Normal", said);
    let pods: Vec<Rc<Object>> = (world.store.list("Pod"))
        .filter(|(_, pod)| {
            let pod = pod.pod();
            pod.is_some_and(|pod| pod.spec.node_name == *name && pod.is_ready())
        })
        .map(|(_, pod)| pod.clone())
        .collect();
    for pod in pods {
        let marked = world.patch(actor(), &pod.key(), |pod| {
            let conditions = pod
                .at(&["status", "conditions"])
                .map_or(&[][..], Value::items);
            let known = conditions.iter().find(|c| c.text_at(&["type"]) == "Ready");
            if let Some(mut condition) = known.cloned() {
                condition.set(&["status"], "False");
                set_condition(pod, condition, now);
            }
        });
        if let Ok(pod) = marked {
            tell(world, &pod, "Warning", "Node is not ready".into());
        }
    }
}

fn tell(world: &mut World, about: &Object, kind: &str, message: String) {
    let telling = Telling {
        component: "node-controller",
        kind,
        reason: "NodeNotReady",
        message,
        field_path: String::new(),
        host: "",
    };
    world.tell_event(actor(), about, telling);
}
