//! Pods whose Node is gone. Models `gcOrphaned` of `pkg/controller/podgc/gc_controller.go`. Left out:
//! finished Pods beyond the threshold (12,500 of them), Pods of a node that is out of service, and
//! Pods without a node that are being deleted (here they go at once).

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Wake;
use crate::api::{Object, ObjectKey, Value};
use crate::cluster::api_server::set_condition;
use crate::cluster::simulation::Wake as WorldWake;
use crate::cluster::{Actor, Change, SimTime, Verb, World};
use crate::collections::Map;
use crate::fields;

const NAME: &str = "pod-garbage-collector";

/// What it remembers from round to round.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct PodGarbageCollector {
    /// Nodes that were missed, and when their Pods may be collected.
    quarantine: Map<Rc<str>, SimTime>,
    /// Is the next round to come? Upstream goes round for ever; here only while there is a reason.
    goes_round: bool,
}

impl PodGarbageCollector {
    /// A Node that goes, or a Pod on a node that isn't there, is a reason for a round.
    pub(super) fn observe(&mut self, world: &mut World, change: &Change) {
        let is_reason = match &*change.object.kind {
            "Node" => change.verb == Verb::Deleted,
            "Pod" => change
                .after
                .as_ref()
                .is_some_and(|pod| is_orphan(world, pod)),
            _ => false,
        };
        if is_reason {
            self.go_round(world);
        }
    }

    fn go_round(&mut self, world: &mut World) {
        if std::mem::replace(&mut self.goes_round, true) {
            return;
        }
        let period = world.latencies().pod_gc_period;
        let since_last = world.now().since(SimTime::ZERO).as_nanos() % period.as_nanos();
        let after = period - Duration::from_nanos(u64::try_from(since_last).unwrap_or_default());
        world.wake(after, WorldWake::Controller(Wake::PodGarbageCollector));
    }

    /// One round: nodes that are missed are put into quarantine, and what they leave is collected
    /// when they are missed still.
    pub(super) fn collect(&mut self, world: &mut World) {
        self.goes_round = false;
        let now = world.now();
        let pods = world.store.list("Pod").map(|(_, pod)| pod.clone());
        let orphans: Vec<Rc<Object>> = pods.filter(|pod| is_orphan(world, pod)).collect();
        let until = now + world.latencies().pod_gc_quarantine;
        for pod in &orphans {
            let node = node_of(pod);
            match self.quarantine.get(node) {
                None => drop(self.quarantine.insert(node.into(), until)),
                Some(due) if *due <= now => collect_orphan(world, pod),
                Some(_) => {}
            }
        }
        let is_missed = |node: &str| orphans.iter().any(|pod| node_of(pod) == node);
        let known: Vec<(Rc<str>, SimTime)> = self
            .quarantine
            .iter()
            .map(|(node, due)| (node.clone(), *due))
            .collect();
        for (node, due) in known {
            if due <= now || !is_missed(&node) {
                self.quarantine.remove(&node);
            }
        }
        if !self.quarantine.is_empty() {
            self.go_round(world);
        }
    }
}

fn node_of(pod: &Object) -> &str {
    pod.pod().map_or("", |pod| &*pod.spec.node_name)
}

fn is_orphan(world: &World, pod: &Object) -> bool {
    let node = node_of(pod);
    !node.is_empty() && world.store.get(&ObjectKey::node(node)).is_none()
}

/// Marks it as failed unless it is finished, and deletes it without grace. Models
/// `markFailedAndDeletePodWithCondition`.
fn collect_orphan(world: &mut World, pod: &Rc<Object>) {
    let (key, now) = (pod.key(), world.now());
    let actor = Actor::Controller(NAME.into());
    if pod.pod().is_some_and(|pod| !pod.is_finished()) {
        let mut condition: Value = fields! {
            "type" => "DisruptionTarget", "status" => "True", "reason" => "DeletionByPodGC",
            "message" => "PodGC: node no longer exists",
        };
        if pod.meta.generation > 0 {
            condition.set(&["observedGeneration"], pod.meta.generation);
        }
        // What is gone already needn't be marked or deleted.
        let _ = world.patch(actor.clone(), &key, |pod| {
            pod.set(&["status", "phase"], "Failed");
            set_condition(pod, condition, now);
        });
    }
    let _ = world.delete(actor, &key, Some(0));
}
