//! Pods go from Nodes with taints that they don't tolerate, or only for a while. Models
//! `pkg/controller/tainteviction`.
//! Left out: that a deletion which somebody else has done is told to be cancelled.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Wake;
use super::controller_utils::Controller;
use crate::api::node::{Node, Taint};
use crate::api::placement::Toleration;
use crate::api::pod::Pod;
use crate::api::{Object, ObjectKey, Value};
use crate::cluster::api_server::set_condition;
use crate::cluster::scheduler::plugins::checks::tolerates;
use crate::cluster::{Change, SimTime, TimerId, Wake as WorldWake, World};
use crate::collections::Map;
use crate::fields;

const TAINT_EVICTION: Controller = Controller {
    name: "taint-eviction-controller",
    component: "taint-eviction-controller",
    kind: "Node",
};

/// The controller `taint-eviction-controller`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct TaintEvictionController {
    /// Pods whose time runs.
    waiting: Map<ObjectKey, Waiting>,
}

/// Of one Pod.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Waiting {
    since: SimTime,
    timer: TimerId,
}

/// Taints that drive Pods away.
fn no_execute(node: Option<&Node>) -> Vec<Taint> {
    let taints = node.into_iter().flat_map(|node| &node.spec.taints);
    taints
        .filter(|taint| &*taint.effect == "NoExecute")
        .cloned()
        .collect()
}

/// What a Pod's tolerations say of taints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It stays.
    Stays,
    /// It goes after this time, which may be none.
    Goes(Duration),
}

/// Models `GetMatchingTolerations` and `getMinTolerationTime`.
fn judge(tolerations: &[Toleration], taints: &[Taint]) -> Verdict {
    let mut shortest: Option<i64> = None;
    for taint in taints {
        let mut bearing = tolerations
            .iter()
            .filter(|one| tolerates(std::slice::from_ref(*one), taint));
        let Some(toleration) = bearing.next() else {
            return Verdict::Goes(Duration::ZERO);
        };
        if let Some(seconds) = toleration.toleration_seconds {
            shortest = Some(shortest.map_or(seconds, |known| known.min(seconds)));
        }
    }
    shortest.map_or(Verdict::Stays, |seconds| {
        Verdict::Goes(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
    })
}

impl TaintEvictionController {
    /// Sees a change.
    pub(super) fn observe(&mut self, world: &mut World, change: &Change) {
        let soon = world.latencies().watch_delivery;
        match &*change.object.kind {
            "Node" => {
                let before = change.before.as_ref().and_then(|object| object.node());
                let after = change.after.as_ref().and_then(|object| object.node());
                let taints = |node: Option<&Rc<Node>>| no_execute(node.map(|node| &**node));
                if after.is_some() && taints(before) != taints(after) {
                    let wake = Wake::TaintedNode(change.object.clone());
                    world.wake(soon, WorldWake::Controller(wake));
                }
            }
            "Pod" => self.observe_pod(world, change, soon),
            _ => {}
        }
    }

    /// Only of Pods on tainted Nodes there is something to say.
    fn observe_pod(&mut self, world: &mut World, change: &Change, soon: Duration) {
        let Some(pod) = change.after.as_ref().and_then(|object| object.pod()) else {
            if let Some(waiting) = self.waiting.take(&change.object) {
                world.cancel(waiting.timer);
            }
            return;
        };
        let before = change.before.as_ref().and_then(|object| object.pod());
        let is_same = |before: &Rc<Pod>| {
            before.spec.node_name == pod.spec.node_name
                && before.spec.tolerations == pod.spec.tolerations
        };
        let node = world.store.get(&ObjectKey::node(&pod.spec.node_name));
        let is_tainted =
            !no_execute(node.and_then(|node| node.node()).map(|node| &**node)).is_empty();
        if is_tainted && !before.is_some_and(is_same) {
            let wake = Wake::TaintedPod(change.object.clone());
            world.wake(soon, WorldWake::Controller(wake));
        }
    }

    /// A Node's taints are others. Models `handleNodeUpdate`.
    pub(super) fn sync_node(&mut self, world: &mut World, key: &ObjectKey) {
        let Some(node) = world
            .store
            .get(key)
            .and_then(|object| object.node().cloned())
        else {
            return;
        };
        let taints = no_execute(Some(&node));
        let pods: Vec<_> = world.store.pods_on(&key.name).cloned().collect();
        for object in pods {
            self.judge_pod(world, &object, &taints);
        }
    }

    /// A Pod has come to a Node, or tolerates something else. Models `handlePodUpdate`.
    pub(super) fn sync_pod(&mut self, world: &mut World, key: &ObjectKey) {
        let Some(object) = world.store.get(key).cloned() else {
            return;
        };
        let node = object.pod().map(|pod| ObjectKey::node(&pod.spec.node_name));
        let node = node
            .and_then(|node| world.store.get(&node))
            .and_then(|node| node.node().cloned());
        let taints = no_execute(node.as_deref());
        if !taints.is_empty() {
            self.judge_pod(world, &object, &taints);
        }
    }

    /// Models `processPodOnNode`.
    fn judge_pod(&mut self, world: &mut World, object: &Object, taints: &[Taint]) {
        let Some(pod) = object.pod() else { return };
        let (key, now) = (object.key(), world.now());
        match judge(&pod.spec.tolerations, taints) {
            Verdict::Stays => self.cancel(world, object),
            Verdict::Goes(after) if after.is_zero() => {
                self.cancel(world, object);
                evict(world, &key);
            }
            Verdict::Goes(after) => {
                let known = self.waiting.get(&key).map(|waiting| waiting.since);
                // The time that runs goes on, even if it would be another one now.
                if known.is_some_and(|since| since < now) {
                    return;
                }
                self.cancel(world, object);
                let wake = WorldWake::Controller(Wake::TaintEviction(key.clone()));
                let timer = world.wake(after, wake);
                self.waiting.insert(key, Waiting { since: now, timer });
            }
        }
    }

    fn cancel(&mut self, world: &mut World, pod: &Object) {
        let Some(waiting) = self.waiting.take(&pod.key()) else {
            return;
        };
        world.cancel(waiting.timer);
        let message = format!("Cancelling deletion of Pod {}", pod.key().path());
        TAINT_EVICTION.tell(world, pod, ("Normal", "TaintManagerEviction"), message);
    }

    /// A Pod's time is over.
    pub(super) fn time_is_over(&mut self, world: &mut World, key: &ObjectKey) {
        self.waiting.remove(key);
        evict(world, key);
    }
}

/// Models `addConditionAndDeletePod`.
fn evict(world: &mut World, key: &ObjectKey) {
    let Some(pod) = world.store.get(key).cloned() else {
        return;
    };
    let message = format!("Marking for deletion Pod {}", key.path());
    TAINT_EVICTION.tell(world, &pod, ("Normal", "TaintManagerEviction"), message);
    let (now, generation) = (world.now(), pod.meta.generation);
    let condition = fields! {
        "type" => "DisruptionTarget", "status" => "True", "reason" => "DeletionByTaintManager",
        "message" => "Taint manager: deleting due to NoExecute taint",
        "observedGeneration" => generation, "lastProbeTime" => Value::Null,
    };
    let is_there = pod.pod().is_some_and(|pod| {
        let known = pod.condition("DisruptionTarget");
        known.is_some_and(|known| &*known.reason == "DeletionByTaintManager")
    });
    if !is_there {
        // What is gone meanwhile needs no condition.
        let _ = world.patch(TAINT_EVICTION.actor(), key, |pod| {
            set_condition(pod, condition, now)
        });
    }
    let _ = world.delete(TAINT_EVICTION.actor(), key, None);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::view;

    #[test]
    fn of_several_tolerations_the_shortest_counts() {
        let read = |yaml: &str| -> Pod {
            let json: serde_json::Value = serde_yaml::from_str(yaml).expect("it is YAML");
            view::read(&Value::from_json(&json)).expect("it fits")
        };
        let taint = |key: &str| Taint {
            key: key.into(),
            effect: "NoExecute".into(),
            ..Taint::default()
        };
        let goes = |seconds| Verdict::Goes(Duration::from_secs(seconds));
        for (tolerations, taints, expected) in [
            ("", &["a"][..], goes(0)),
            ("{operator: Exists}", &["a", "b"], Verdict::Stays),
            (
                "{key: a, operator: Exists, tolerationSeconds: 3}",
                &["a"],
                goes(3),
            ),
            (
                "{key: a, operator: Exists, tolerationSeconds: 3}",
                &["a", "b"],
                goes(0),
            ),
            (
                "{key: a, operator: Exists, tolerationSeconds: 3}, {key: b, operator: Exists, tolerationSeconds: 2}",
                &["a", "b"],
                goes(2),
            ),
            (
                "{key: a, operator: Exists, tolerationSeconds: -1}",
                &["a"],
                goes(0),
            ),
            (
                "{key: a, operator: Exists, tolerationSeconds: 3}, {key: b, operator: Exists}",
                &["a", "b"],
                goes(3),
            ),
            (
                "{key: a, effect: NoSchedule, operator: Exists}",
                &["a"],
                goes(0),
            ),
        ] {
            let pod = read(&format!("{{spec: {{tolerations: [{tolerations}]}}}}"));
            let taints: Vec<Taint> = taints.iter().map(|key| taint(key)).collect();
            assert_eq!(
                judge(&pod.spec.tolerations, &taints),
                expected,
                "{tolerations}"
            );
        }
    }
}
