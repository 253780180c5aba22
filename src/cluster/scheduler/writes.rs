//! What the scheduler writes: Events, the condition `PodScheduled`, a promised node, victims.
//! Models `handleSchedulingFailure` in `pkg/scheduler/schedule_one.go` and the executor in
//! `pkg/scheduler/framework/preemption/executor.go`.
//! The deed of preemption is done at once; upstream does it beside the next cycle.

use std::rc::Rc;

use super::preemption::Candidate;
use crate::api::{Object, ObjectKey, Value};
use crate::cluster::api_server::set_condition;
use crate::cluster::events::Telling;
use crate::cluster::{Actor, World};
use crate::fields;

const COMPONENT: &str = "default-scheduler";
/// Longest text of an Event, in bytes. `NoteLengthLimit` in `pkg/apis/core/validation/events.go`.
const NOTE_LENGTH_LIMIT: usize = 1024;

/// Tells an Event about a Pod.
pub(super) fn tell(world: &mut World, pod: &Object, kind: &str, reason: &str, message: String) {
    let telling = Telling {
        component: COMPONENT,
        kind,
        reason,
        message,
        field_path: String::new(),
        host: "",
    };
    world.tell_event(Actor::Scheduler, pod, telling);
}

/// Tells why a Pod wasn't placed, in an Event and in its condition. `nomination` is the node that
/// is promised to it now; an empty one takes a promise back.
pub(super) fn failed(
    world: &mut World,
    pod: &Object,
    reason: &str,
    message: &str,
    nomination: Option<&str>,
) {
    tell(
        world,
        pod,
        "Warning",
        "FailedScheduling",
        shortened(message),
    );
    let mut condition = fields! {
        "type" => "PodScheduled", "status" => "False", "reason" => reason, "message" => message,
    };
    if pod.meta.generation > 0 {
        condition.set(&["observedGeneration"], pod.meta.generation);
    }
    let now = world.now();
    let written = world.patch(Actor::Scheduler, &pod.key(), |value| {
        set_condition(value, condition, now);
        match nomination {
            None => {}
            Some("") => drop(value.remove(&["status", "nominatedNodeName"])),
            Some(node) => value.set(&["status", "nominatedNodeName"], node),
        }
    });
    debug_assert!(written.is_ok(), "the Pod was there a moment ago");
}

/// Makes room: victims are told why, and deleted; less important Pods that the node was promised to
/// have to look elsewhere.
pub(super) fn preempt(
    world: &mut World,
    preemptor: &Object,
    choice: &Candidate,
    outranked: &[ObjectKey],
) {
    for key in outranked {
        let cleared = world.patch(Actor::Scheduler, key, |value| {
            value.remove(&["status", "nominatedNodeName"]);
        });
        debug_assert!(cleared.is_ok(), "the Pod was there a moment ago");
    }
    let (uid, node) = (&preemptor.meta.uid, &choice.node);
    for victim in &choice.victims {
        let victim = &victim.pod;
        if victim.metadata.deletion_timestamp.is_some() {
            continue; // It is going already.
        }
        let key = ObjectKey::pod(&victim.metadata.namespace, &victim.metadata.name);
        let Some(object) = world.store.get(&key).cloned() else {
            continue;
        };
        mark_disrupted(world, &key, &object);
        // What is gone already needn't be deleted.
        let _ = world.delete(Actor::Scheduler, &key, None);
        let message = format!("Preempted by pod {uid} on node {node}");
        tell(world, &object, "Normal", "Preempted", message);
    }
}

fn mark_disrupted(world: &mut World, key: &ObjectKey, victim: &Rc<Object>) {
    let mut condition: Value = fields! {
        "type" => "DisruptionTarget", "status" => "True", "reason" => "PreemptionByScheduler",
        "message" => format!("{COMPONENT}: preempting to accommodate a higher priority pod"),
    };
    if victim.meta.generation > 0 {
        condition.set(&["observedGeneration"], victim.meta.generation);
    }
    let now = world.now();
    let marked = world.patch(Actor::Scheduler, key, |value| {
        set_condition(value, condition, now);
    });
    debug_assert!(marked.is_ok(), "the Pod was there a moment ago");
}

/// Models `truncateMessage`.
fn shortened(message: &str) -> String {
    const SUFFIX: &str = " ...";
    if message.len() <= NOTE_LENGTH_LIMIT {
        return message.to_string();
    }
    let mut end = NOTE_LENGTH_LIMIT - SUFFIX.len();
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{SUFFIX}", &message[..end])
}
