//! Keeps Pods away from a Node that runs short of something, isn't Ready, or that nobody hears of any
//! more, and has them go after a while. Models `pkg/controller/nodelifecycle`; `zones.rs` says how fast.
//! A kubelet's heartbeats are no events here: when one falls silent, it is known when that will be
//! noticed. And a look of `monitorNodeHealth`, every five seconds, comes only where it may find something.
//! Left out: kubelets that never said anything (a Node that somebody made by hand stays as it is); labels
//! of old; Pods that come to a Node which isn't Ready already.

mod zones;

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Wake;
use super::controller_utils::Controller;
use crate::api::node::{Node, Taint};
use crate::api::{Object, ObjectKey, Value};
use crate::cluster::api_server::set_condition;
use crate::cluster::{Change, SimTime, Wake as WorldWake, World};
use crate::fields;
use zones::{Zones, zone_of};

const NODE_LIFECYCLE: Controller = Controller {
    name: "node-lifecycle-controller",
    component: "node-controller",
    kind: "Node",
};

/// Conditions, what each is then, and the taint of such a Node. Models
/// `nodeConditionToTaintKeyStatusMap`.
const TAINTS: [(&str, &str, &str); 6] = [
    ("Ready", "False", NOT_READY),
    ("Ready", "Unknown", UNREACHABLE),
    (
        "MemoryPressure",
        "True",
        "node.kubernetes.io/memory-pressure",
    ),
    ("DiskPressure", "True", "node.kubernetes.io/disk-pressure"),
    (
        "NetworkUnavailable",
        "True",
        "node.kubernetes.io/network-unavailable",
    ),
    ("PIDPressure", "True", "node.kubernetes.io/pid-pressure"),
];
const NOT_READY: &str = "node.kubernetes.io/not-ready";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// How often Nodes are given up whose turn it is. `NodeEvictionPeriod`.
const EVICTION_PERIOD: Duration = Duration::from_millis(100);

/// The controller `node-lifecycle-controller`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct NodeLifecycleController {
    zones: Zones,
    /// Is a look at all Nodes on its way?
    looks: bool,
    /// When those are given up whose turn it is.
    turn: Option<SimTime>,
}

/// What is done to a Node's taints.
type Edit<'a> = &'a dyn Fn(&mut Vec<Value>);

/// A taint by its key and effect.
type KeyAndEffect = (&'static str, &'static str);

impl NodeLifecycleController {
    /// Sees a change.
    pub(super) fn observe(&mut self, world: &mut World, change: &Change) {
        if &*change.object.kind != "Node" {
            return;
        }
        let node =
            |object: &Option<Rc<Object>>| object.as_ref().and_then(|object| object.node().cloned());
        let (before, after) = (node(&change.before), node(&change.after));
        let Some(after) = after else {
            before.inspect(|node| self.zones.remove(node));
            return self.look_soon(world, self.zones.is_disrupted());
        };
        if !amiss(&after).is_empty() {
            // A read and a patch: whoever else hears of the Node acts before the taint is there.
            let latencies = world.latencies();
            let soon = latencies.watch_delivery + latencies.api_write;
            let wake = Wake::NodeLifecycle(change.object.clone());
            world.wake(soon, WorldWake::Controller(wake));
        }
        let is_other = before.is_none_or(|before| {
            before.is_ready() != after.is_ready() || zone_of(&before) != zone_of(&after)
        });
        let disrupted = self.zones.is_disrupted() || !after.is_ready();
        self.look_soon(world, (is_other && disrupted) || is_to_be_seen(&after));
    }

    /// The next look is due at the end of a period.
    fn look_soon(&mut self, world: &mut World, is_worth_it: bool) {
        if !is_worth_it || self.looks {
            return;
        }
        self.looks = true;
        let now = world.now();
        let due = look_after(world, now + world.latencies().watch_delivery);
        world.wake(due.since(now), WorldWake::Controller(Wake::NodeMonitor));
    }

    /// Models `doNoScheduleTaintingPass`.
    pub(super) fn sync(&mut self, world: &mut World, key: &ObjectKey) {
        let Some(node) = world
            .store
            .get(key)
            .and_then(|object| object.node().cloned())
        else {
            return;
        };
        let amiss = amiss(&node);
        let those = |is_wanted: bool| {
            amiss
                .iter()
                .filter(move |(_, wanted)| *wanted == is_wanted)
                .map(|(taint, _)| *taint)
        };
        swap(
            world,
            key,
            &those(true).collect::<Vec<_>>(),
            &those(false).collect::<Vec<_>>(),
        );
    }

    /// Looks at all Nodes. Models `monitorNodeHealth`.
    pub(super) fn monitor(&mut self, world: &mut World) {
        self.looks = false;
        let nodes = world
            .store
            .list("Node")
            .filter_map(|(_, object)| object.node().cloned());
        let nodes: Vec<Rc<Node>> = nodes.collect();
        for node in &nodes {
            self.process(world, node);
        }
        let now = world.now();
        if self.zones.look(&nodes, now) {
            // All of them: it is rather this cluster's own network.
            for node in &nodes {
                self.mark_reachable(world, node);
            }
        }
        self.set_turn(world);
    }

    /// Models `processTaintBaseEviction`.
    fn process(&mut self, world: &mut World, node: &Node) {
        let Some(ready) = status_of(node, "Ready") else {
            return;
        };
        let (own, other) = match ready {
            "True" => return self.mark_reachable(world, node),
            "False" => (NOT_READY, UNREACHABLE),
            _ => (UNREACHABLE, NOT_READY),
        };
        if has(node, other, "NoExecute") {
            let key = ObjectKey::node(&node.metadata.name);
            swap(world, &key, &[(own, "NoExecute")], &[(other, "NoExecute")]);
        } else if !has(node, own, "NoExecute") {
            self.zones.add(node);
        }
    }

    /// Models `markNodeAsReachable`.
    fn mark_reachable(&mut self, world: &mut World, node: &Node) {
        self.zones.remove(node);
        let key = ObjectKey::node(&node.metadata.name);
        for taint in [UNREACHABLE, NOT_READY] {
            if has(node, taint, "NoExecute") {
                swap(world, &key, &[], &[(taint, "NoExecute")]);
            }
        }
    }

    /// Sets the next moment at which Nodes are given up.
    fn set_turn(&mut self, world: &mut World) {
        let now = world.now();
        let Some(next) = self.zones.next_turn() else {
            return;
        };
        let due = next.max(now) + EVICTION_PERIOD;
        if self.turn.is_none_or(|known| known > due) {
            self.turn = Some(due);
            world.wake(due.since(now), WorldWake::Controller(Wake::NodeTaint));
        }
    }

    /// Gives up those whose turn it is. Models `doNoExecuteTaintingPass`.
    pub(super) fn taint(&mut self, world: &mut World) {
        self.turn = None;
        for name in self.zones.due(world.now()) {
            let key = ObjectKey::node(&name);
            let node = world
                .store
                .get(&key)
                .and_then(|object| object.node().cloned());
            match node.as_ref().and_then(|node| status_of(node, "Ready")) {
                Some("False") => swap(
                    world,
                    &key,
                    &[(NOT_READY, "NoExecute")],
                    &[(UNREACHABLE, "NoExecute")],
                ),
                Some("Unknown") => swap(
                    world,
                    &key,
                    &[(UNREACHABLE, "NoExecute")],
                    &[(NOT_READY, "NoExecute")],
                ),
                _ => {}
            }
        }
        self.set_turn(world);
    }

    /// Nobody hears of a Node since `since`, unless its kubelet spoke up meanwhile. Models
    /// `tryUpdateNodeHealth`.
    pub(super) fn silent(&mut self, world: &mut World, key: &ObjectKey, since: SimTime) {
        if world.unheard.get(&*key.name) != Some(&since) {
            return;
        }
        let Some(object) = world.store.get(key).cloned() else {
            return;
        };
        let was_ready = object.node().is_some_and(|node| node.is_ready());
        let now = world.now();
        let written = world.patch(NODE_LIFECYCLE.actor(), key, |node| {
            let born = object.value.text_at(&["metadata", "creationTimestamp"]);
            for kind in ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"] {
                set_condition(node, unknown(&object.value, kind, born), now);
            }
        });
        // A Node that somebody deleted meanwhile is missed by nobody.
        let Ok(node) = written else { return };
        if was_ready {
            let message = format!("Node {} status is now: NodeNotReady", key.name);
            NODE_LIFECYCLE.tell(world, &node, ("Normal", "NodeNotReady"), message);
            mark_pods_not_ready(world, &key.name);
        }
        self.monitor(world);
    }
}

/// A condition of which nothing is known any more; one that is so already stays as it is.
fn unknown(node: &Value, kind: &str, born: &str) -> Value {
    let conditions = node
        .at(&["status", "conditions"])
        .map_or(&[][..], Value::items);
    let known = conditions
        .iter()
        .find(|condition| condition.text_at(&["type"]) == kind);
    let Some(known) = known else {
        return fields! {
            "type" => kind, "status" => "Unknown", "reason" => "NodeStatusNeverUpdated",
            "message" => "Kubelet never posted node status.", "lastHeartbeatTime" => born,
        };
    };
    let mut condition = known.clone();
    if known.text_at(&["status"]) != "Unknown" {
        condition.set(&["status"], "Unknown");
        condition.set(&["reason"], "NodeStatusUnknown");
        condition.set(&["message"], "Kubelet stopped posting node status.");
    }
    condition
}

fn status_of<'a>(node: &'a Node, kind: &str) -> Option<&'a str> {
    let known = node
        .status
        .conditions
        .iter()
        .find(|condition| &*condition.kind == kind);
    known.map(|condition| &*condition.status)
}

fn has(node: &Node, key: &str, effect: &str) -> bool {
    let is = |taint: &Taint| &*taint.key == key && &*taint.effect == effect;
    node.spec.taints.iter().any(is)
}

/// May a look find something to do about Pods that are on it?
fn is_to_be_seen(node: &Node) -> bool {
    let given_up = [NOT_READY, UNREACHABLE].map(|key| has(node, key, "NoExecute"));
    match status_of(node, "Ready") {
        None => false,
        Some("True") => given_up != [false, false],
        Some("False") => given_up != [true, false],
        Some(_) => given_up != [false, true],
    }
}

/// The taints against new Pods that a Node should have by its conditions and hasn't, or has and
/// shouldn't; and which.
fn amiss(node: &Node) -> Vec<(KeyAndEffect, bool)> {
    let by_condition = TAINTS
        .iter()
        .map(|(kind, status, key)| (*key, status_of(node, kind) == Some(status)));
    let all = by_condition.chain([(UNSCHEDULABLE, node.spec.unschedulable)]);
    all.filter(|(key, is_wanted)| has(node, key, "NoSchedule") != *is_wanted)
        .map(|(key, is_wanted)| ((key, "NoSchedule"), is_wanted))
        .collect()
}

/// Gives a Node some taints, and takes others away. Models `SwapNodeControllerTaint`.
fn swap(world: &mut World, key: &ObjectKey, added: &[KeyAndEffect], removed: &[KeyAndEffect]) {
    let now = world.now().to_rfc3339();
    let is = |taint: &Value, (key, effect): KeyAndEffect| {
        taint.text_at(&["key"]) == key && taint.text_at(&["effect"]) == effect
    };
    let path = ["spec", "taints"];
    let edits: [Edit; 2] = [
        &|taints| {
            for wanted in added {
                taints.retain(|taint| !is(taint, *wanted));
                taints.push(fields! { "key" => wanted.0, "effect" => wanted.1, "timeAdded" => now.as_str() });
            }
        },
        &|taints| taints.retain(|taint| !removed.iter().any(|unwanted| is(taint, *unwanted))),
    ];
    for (edit, is_needed) in edits.iter().zip([!added.is_empty(), !removed.is_empty()]) {
        if is_needed {
            // A Node that is gone needs no taints.
            let _ = world.patch(NODE_LIFECYCLE.actor(), key, |node| {
                edit(node.at_mut(&path).items_mut());
                if node.at(&path).is_none_or(Value::is_empty) {
                    node.remove(&path);
                }
            });
        }
    }
}

/// The end of the period in which `at` is, as `monitorNodeHealth` counts them.
fn look_after(world: &World, at: SimTime) -> SimTime {
    let micros = i64::try_from(world.latencies().node_monitor.as_micros())
        .unwrap_or(i64::MAX)
        .max(1);
    SimTime((at.0 / micros + 1).saturating_mul(micros))
}

/// A kubelet said at `heartbeat` for the last time that it lives: it is missed at the first look after
/// its time is over. That look is counted from the one that saw the heartbeat, as upstream's is.
pub(crate) fn node_fell_silent(world: &mut World, name: &str, heartbeat: SimTime) {
    let now = world.now();
    let seen = look_after(world, heartbeat);
    let missed = look_after(world, seen + world.latencies().node_monitor_grace);
    let wake = Wake::NodeSilent(ObjectKey::node(name), now);
    let after = missed.max(now).since(now);
    world.wake(after, WorldWake::Controller(wake));
}

/// Models `MarkPodsNotReady`.
fn mark_pods_not_ready(world: &mut World, node: &str) {
    let now = world.now();
    let pods = world
        .store
        .pods_on(node)
        .filter(|object| object.pod().is_some_and(|pod| pod.is_ready()));
    for pod in pods.cloned().collect::<Vec<_>>() {
        let marked = world.patch(NODE_LIFECYCLE.actor(), &pod.key(), |pod| {
            let conditions = pod
                .at(&["status", "conditions"])
                .map_or(&[][..], Value::items);
            let known = conditions
                .iter()
                .find(|condition| condition.text_at(&["type"]) == "Ready");
            if let Some(mut condition) = known.cloned() {
                condition.set(&["status"], "False");
                set_condition(pod, condition, now);
            }
        });
        if let Ok(pod) = marked {
            NODE_LIFECYCLE.tell(
                world,
                &pod,
                ("Warning", "NodeNotReady"),
                "Node is not ready".into(),
            );
        }
    }
}
