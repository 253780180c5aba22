//! Deletes Pods that nobody else would: those whose node is gone, and deleted ones that were never
//! bound but are held, or whose node is out of service. Models `pkg/controller/podgc`.
//! Upstream's loop comes by every 20 s; here it comes by at those moments only while there is
//! something to look at, which nobody can tell from the outside.
//! Left out: finished Pods beyond the threshold of 12,500, which no page holds.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::Wake;
use crate::api::node::Node;
use crate::api::pod::Pod;
use crate::api::{Object, ObjectKey, Value};
use crate::cluster::api_server::set_condition;
use crate::cluster::{Actor, Cause, Change, SimTime, Verb, Wake as WorldWake, World};
use crate::fields;

/// The controller `pod-garbage-collector`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct PodGarbageCollector {
    /// Is a look on its way?
    armed: bool,
    /// Nodes that Pods miss, and until when they may come back. Models `nodeQueue`.
    quarantine: Vec<(Rc<str>, SimTime)>,
}

impl PodGarbageCollector {
    /// Sees a change.
    pub(super) fn observe(&mut self, world: &mut World, change: &Change) {
        if self.armed {
            return;
        }
        let is_candidate = match &*change.object.kind {
            "Node" => {
                let node = change.after.as_ref().and_then(|object| object.node());
                let is_lost = change.verb == Verb::Deleted
                    || node.is_some_and(|node| is_out_of_service(node));
                is_lost && has_candidates(world)
            }
            "Pod" => {
                let pod = change.after.as_ref().and_then(|object| object.pod());
                pod.is_some_and(|pod| is_candidate(world, pod))
            }
            _ => false,
        };
        if is_candidate {
            self.arm(world);
        }
    }

    /// One round of the loop. Models `gc`.
    pub(super) fn collect(&mut self, world: &mut World) {
        self.armed = false;
        let pods: Vec<(ObjectKey, Rc<Pod>)> = candidates(world)
            .map(|(key, pod)| (key.clone(), pod.clone()))
            .collect();
        let gone = self.nodes_given_up(world, &pods);
        for (key, pod) in &pods {
            if gone.contains(&pod.spec.node_name) {
                fail_and_delete(world, key, pod, true);
            }
        }
        for (key, pod) in &pods {
            if pod.spec.node_name.is_empty() || is_stuck(world, pod) {
                fail_and_delete(world, key, pod, false);
            }
        }
        if has_candidates(world) {
            self.arm(world);
        }
    }

    /// The loop comes by when its next period is over, counted from the start of the world.
    fn arm(&mut self, world: &mut World) {
        self.armed = true;
        let (now, latencies) = (world.now(), world.latencies());
        let period = i64::try_from(latencies.pod_gc_check.as_micros()).unwrap_or(i64::MAX);
        let seen = now + latencies.watch_delivery;
        let since = seen.0.rem_euclid(period.max(1));
        let wait = if since == 0 { 0 } else { period - since };
        let due = SimTime(seen.0.saturating_add(wait));
        world.wake(
            due.since(now),
            WorldWake::Controller(Wake::PodGarbageCollector),
        );
    }

    /// Puts nodes that are missed in quarantine; those that come out of it and are still missed are
    /// given up. Models `gcOrphaned` and `discoverDeletedNodes`.
    fn nodes_given_up(&mut self, world: &World, pods: &[(ObjectKey, Rc<Pod>)]) -> Vec<Rc<str>> {
        let (now, latencies) = (world.now(), world.latencies());
        let mut gone = Vec::new();
        self.quarantine.retain(|(node, until)| {
            // One that came out for a round that there was no reason for is let go.
            let is_fresh = *until + latencies.pod_gc_check > now;
            if *until <= now && is_fresh && is_missing(world, node) {
                gone.push(node.clone());
            }
            *until > now
        });
        for (_, pod) in pods {
            let node = &pod.spec.node_name;
            if is_missing(world, node)
                && !node.is_empty()
                && self.quarantine.iter().all(|(known, _)| known != node)
            {
                let until = now + latencies.pod_gc_quarantine;
                self.quarantine.push((node.clone(), until));
            }
        }
        gone
    }
}

fn candidates(world: &World) -> impl Iterator<Item = (&ObjectKey, &Rc<Pod>)> {
    let pods = world.store.list("Pod");
    pods.filter_map(|(key, object)| Some((key, object.pod()?)))
        .filter(|(_, pod)| is_candidate(world, pod))
}

fn has_candidates(world: &World) -> bool {
    candidates(world).next().is_some()
}

/// Is it a Pod that would be deleted, now or after the quarantine? One that only a finalizer still
/// holds isn't: to delete it once more changes nothing.
fn is_candidate(world: &World, pod: &Pod) -> bool {
    let meta = &pod.metadata;
    if meta.deletion_grace_period_seconds == Some(0) && pod.is_finished() {
        return false;
    }
    match &*pod.spec.node_name {
        "" => meta.deletion_timestamp.is_some(),
        node => is_missing(world, node) || is_stuck(world, pod),
    }
}

/// Has somebody said that nothing on this Node runs any more? Models `gcTerminating`.
fn is_out_of_service(node: &Node) -> bool {
    let mut taints = node.spec.taints.iter();
    !node.is_ready() && taints.any(|taint| &*taint.key == "node.kubernetes.io/out-of-service")
}

/// Is it deleted, and will its Node never say that it is over?
fn is_stuck(world: &World, pod: &Pod) -> bool {
    let node = world.store.get(&ObjectKey::node(&pod.spec.node_name));
    let node = node.and_then(|object| object.node());
    pod.metadata.deletion_timestamp.is_some() && node.is_some_and(|node| is_out_of_service(node))
}

fn is_missing(world: &World, node: &str) -> bool {
    world.store.get(&ObjectKey::node(node)).is_none()
}

/// What made the Pod one that nobody else would delete: a round is for many. The latest counts of: its
/// node went, it was bound, its deletion was asked for.
fn cause_of(world: &World, key: &ObjectKey, pod: &Pod) -> Option<Cause> {
    let node = ObjectKey::node(&pod.spec.node_name);
    let orphans = |change: &&Rc<Change>| {
        let state = |object: &Option<Rc<Object>>| {
            let pod = object.as_ref().and_then(|object| object.pod());
            pod.map(|pod| {
                let is_deleted = pod.metadata.deletion_timestamp.is_some();
                (pod.spec.node_name.clone(), is_deleted)
            })
        };
        match change.verb {
            Verb::Deleted => change.object == node,
            Verb::Refused | Verb::Happened => false,
            _ => change.object == *key && state(&change.before) != state(&change.after),
        }
    };
    let changes = world.store.changes();
    let last = changes.iter().rev().find(orphans);
    last.map(|change| Cause::Change(change.id))
}

/// Models `markFailedAndDeletePodWithCondition`.
fn fail_and_delete(world: &mut World, key: &ObjectKey, pod: &Pod, is_orphaned: bool) {
    if let Some(cause) = cause_of(world, key, pod) {
        world.set_cause(cause);
    }
    let actor = Actor::Controller("pod-garbage-collector".into());
    if !pod.is_finished() {
        let (now, generation) = (world.now(), pod.metadata.generation);
        let failed = world.patch(actor.clone(), key, |value| {
            value.set(&["status", "phase"], "Failed");
            value.set(&["status", "observedGeneration"], generation);
            if is_orphaned {
                set_condition(value, node_is_gone(generation), now);
            }
        });
        debug_assert!(failed.is_ok(), "the Pod was there a moment ago");
    }
    // What is gone already needn't be deleted.
    let _ = world.delete(actor, key, Some(0));
}

fn node_is_gone(generation: i64) -> Value {
    fields! {
        "type" => "DisruptionTarget", "status" => "True", "reason" => "DeletionByPodGC",
        "message" => "PodGC: node no longer exists",
        "observedGeneration" => generation, "lastProbeTime" => Value::Null,
    }
}
