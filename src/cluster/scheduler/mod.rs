//! Pods to Nodes. Models `pkg/scheduler`. Read in the order below.
//!
//! The scheduler tries one Pod after another. A cycle is one event: it happens when the Pod's time
//! is up ([`Latencies::scheduling_cycle`](super::Latencies)), is worked out by a pure function, and
//! counts at once; the binding is written [a while later](super::Latencies::binding_cycle).

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::{Change, SimTime, TimerId, World};
use crate::api::{Object, ObjectKey};
use crate::collections::Map;

/// What Pods ask for and nodes have, as plain numbers.
pub mod resource;

/// A node with the Pods on it, and a Pod with what it asks for.
pub mod node_info;

/// What the scheduler watches besides Pods and Nodes.
pub mod listers;

/// The cluster as the scheduler sees it.
pub mod view;

/// Numbers counted by place.
mod topology;

/// What is counted about all Pods.
mod tally;

/// What nodes answered to the last Pods.
mod answers;

/// What a plugin is.
pub mod framework;

/// One file a plugin.
pub mod plugins;

/// How evenly Pods are to be spread.
mod spread;

/// Claims and volumes.
pub mod volumes;

/// A Pod's volumes are bound before it is.
pub(in crate::cluster) mod volume_binder;

/// One attempt to place a Pod, as data.
pub mod decision;

/// Which less important Pods would have to go.
pub mod preemption;

/// On which node they go.
pub mod pick_one_node;

/// One attempt as a pure function.
pub mod cycle;

/// Pods that wait.
pub mod queue;

/// What is remembered of attempts.
pub mod attempts;

/// What the scheduler sees: changes, into the view and the queue.
mod watch;

/// Which fields of a Pod a rejection is about.
pub mod fields;

/// What would make a Pod fit?
pub mod counterfactual;

/// What the scheduler writes.
mod writes;

#[cfg(test)]
pub(super) mod test_support;

#[cfg(test)]
mod tests;

pub use plugins::checks::InsufficientResource;

use attempts::{Attempt, Attempts};
use cycle::{Sampling, decide};
use decision::{Decision, Outcome};
use node_info::PodInfo;
use queue::{QueuedPod, SchedulingQueue};
use view::{ClusterView, key_of};

/// kube-scheduler: its queue and what it remembers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Scheduler {
    view: ClusterView,
    queue: SchedulingQueue,
    /// Pods whose node is chosen and whose binding isn't written yet.
    assumed: Map<ObjectKey, Rc<str>>,
    /// Those of them that wait for volumes, and since when.
    without_volumes: Map<ObjectKey, SimTime>,
    attempts: Attempts,
    /// The node at which the next search begins.
    next_start: usize,
    next_cycle: Option<TimerId>,
    next_back_off: Option<(SimTime, TimerId)>,
    next_flush: Option<(SimTime, TimerId)>,
}

/// What the scheduler wakes up for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Wake {
    /// One scheduling cycle.
    ScheduleOne,
    /// A binding that is to be written.
    Bind(ObjectKey),
    /// Pauses are over.
    FlushBackOff,
    /// Pods have waited long enough for a change.
    FlushUnschedulable,
}

impl Scheduler {
    /// A scheduler that has seen nothing yet.
    pub fn new() -> Self {
        Scheduler::default()
    }

    /// Pods that wait.
    pub fn queue(&self) -> &SchedulingQueue {
        &self.queue
    }

    /// Attempts so far.
    pub fn attempts(&self) -> &Attempts {
        &self.attempts
    }

    /// Where would this Pod go now, all nodes looked at, and why? Changes nothing.
    pub fn explain(&self, world: &World, pod: &ObjectKey) -> Option<Decision> {
        let pod = world.store.get(pod)?.pod()?.clone();
        let mut view = self.view.clone();
        view.revive(&world.store, &self.assumed);
        view.settle();
        view.remove_pod(&key_of(&pod));
        let pod = PodInfo::new(pod);
        Some(decide(&view, &pod, Sampling::ALL, &mut |_| 0))
    }

    /// After a world was restored, and before anything happens in it: works out again what isn't
    /// saved.
    pub fn revive(&mut self, world: &World) {
        self.view.revive(&world.store, &self.assumed);
    }

    /// Sees a change. Marks what has to be looked at; writes nothing.
    pub fn observe(&mut self, world: &mut World, change: &Change) {
        if super::events::is_event(&change.object) {
            return;
        }
        self.watch(world, change);
        self.arm(world);
    }

    /// A timer of the scheduler's rang.
    pub fn wake(&mut self, world: &mut World, wake: Wake) {
        match wake {
            Wake::ScheduleOne => {
                self.next_cycle = None;
                self.schedule_one(world);
            }
            Wake::Bind(pod) => self.bind(world, &pod),
            Wake::FlushBackOff => {
                self.next_back_off = None;
                self.queue.flush_back_off(world.now(), world.latencies());
            }
            Wake::FlushUnschedulable => {
                self.next_flush = None;
                for key in self.queue.overdue(world.now(), world.latencies()) {
                    self.requeue(world, &key);
                }
            }
        }
        self.arm(world);
    }

    /// Sets the timers that the queue needs.
    fn arm(&mut self, world: &mut World) {
        if self.next_cycle.is_none() && self.queue.has_next() {
            let after = world.latencies().scheduling_cycle;
            self.next_cycle = Some(set_timer(world, after, Wake::ScheduleOne));
        }
        let back_off = self.queue.next_pause_end(world.latencies());
        rearm(world, &mut self.next_back_off, back_off, Wake::FlushBackOff);
        let flush = self.queue.next_flush(world.latencies());
        rearm(world, &mut self.next_flush, flush, Wake::FlushUnschedulable);
    }

    /// One scheduling cycle. Models `scheduleOnePod`.
    fn schedule_one(&mut self, world: &mut World) {
        let Some((key, queued)) = self.queue.pop() else {
            return;
        };
        world.set_cause(queued.cause);
        let Some(object) = world.store.get(&key).cloned() else {
            return;
        };
        let Some(pod) = object.pod() else {
            return;
        };
        if pod.metadata.deletion_timestamp.is_some() {
            let message = format!("skip schedule deleting pod: {}", key.path());
            return writes::tell(world, &object, "Warning", "FailedScheduling", message);
        }
        let info = Rc::new(PodInfo::new(pod.clone()));
        let decision = self.attempt(world, &key, &info, queued.attempts);
        match &decision.outcome {
            Outcome::Scheduled(node) => self.assume(world, key, &info, node),
            _ => self.fail(world, key, queued, &object, &decision),
        }
    }

    /// Decides, and remembers what from.
    fn attempt(
        &mut self,
        world: &mut World,
        key: &ObjectKey,
        info: &Rc<PodInfo>,
        number: u32,
    ) -> Decision {
        self.view.settle();
        let start = self.next_start;
        let uid = crate::api::Uid::parse(&info.pod.metadata.uid).unwrap_or_default();
        let mut draws = Vec::new();
        let mut draw = |bound| {
            let drawn = world.rng.below("scheduler", uid, bound);
            draws.push(drawn);
            drawn
        };
        let decision = decide(&self.view, info, Sampling::adaptive(start), &mut draw);
        self.next_start = decision.next_start;
        let uid = info.pod.metadata.uid.clone();
        let attempt = Attempt {
            number,
            start,
            draws,
            ..Attempt::of(&decision, world.now(), key.clone(), uid)
        };
        self.attempts.push(attempt, &self.view, info);
        decision
    }

    /// Counts the Pod on its node from now on; the binding is written later.
    fn assume(&mut self, world: &mut World, key: ObjectKey, pod: &Rc<PodInfo>, node: &Rc<str>) {
        self.view.assume(pod, node);
        self.assumed.insert(key.clone(), node.clone());
        let after = world.latencies().binding_cycle;
        set_timer(world, after, Wake::Bind(key));
    }

    /// Writes a binding. Models `bindingCycle`.
    fn bind(&mut self, world: &mut World, key: &ObjectKey) {
        let (Some(node), Some(object)) = (self.assumed.take(key), world.store.get(key).cloned())
        else {
            return;
        };
        let volumes = match self.bind_volumes(world, key, &object, &node) {
            Ok(true) => Ok(()),
            Ok(false) => return,
            Err(why) => Err(why),
        };
        let bound = volumes.and_then(|()| {
            let bound = world.bind(super::Actor::Scheduler, key, &node);
            bound.map_err(|status| {
                format!("running Bind plugin \"DefaultBinder\": {}", status.message)
            })
        });
        match bound {
            Ok(()) => {
                let message = format!("Successfully assigned {} to {node}", key.path());
                writes::tell(world, &object, "Normal", "Scheduled", message);
            }
            Err(why) => self.binding_failed(world, key, &object, &why),
        }
    }

    /// Has the Pod its volumes? Else its binding waits for them. Models `PreBind` of VolumeBinding.
    fn bind_volumes(
        &mut self,
        world: &mut World,
        key: &ObjectKey,
        object: &Object,
        node: &Rc<str>,
    ) -> Result<bool, String> {
        let since = self.without_volumes.take(key);
        let Some(pod) = object.pod().filter(|_| world.setup.controllers) else {
            return Ok(true);
        };
        let unbound = volume_binder::unbound(world, pod);
        if unbound.is_empty() {
            return Ok(true);
        }
        let now = world.now();
        let since = since.unwrap_or(now);
        if now.since(since) >= volume_binder::TIMEOUT {
            let why = "binding volumes: context deadline exceeded";
            return Err(format!("running PreBind plugin \"VolumeBinding\": {why}"));
        }
        volume_binder::promise(world, &unbound, node);
        self.without_volumes.insert(key.clone(), since);
        self.assumed.insert(key.clone(), node.clone());
        set_timer(world, volume_binder::POLL, Wake::Bind(key.clone()));
        Ok(false)
    }

    /// The Pod doesn't count on its node any more, and is tried again after a pause.
    fn binding_failed(&mut self, world: &mut World, key: &ObjectKey, object: &Object, why: &str) {
        self.view
            .remove_pod(&(key.namespace.clone(), key.name.clone()));
        self.view.take(key, Some(object));
        let Some(pod) = object.pod() else { return };
        self.freed(world, pod);
        if !pod.spec.node_name.is_empty() {
            return; // Somebody else has bound it.
        }
        let cause = world.cause();
        let (now, latencies) = (world.now(), world.latencies());
        self.queue.add(now, cause, key.clone(), pod);
        if let Some((_, queued)) = self.queue.take_back(key) {
            self.queue
                .put_back(now, latencies, key.clone(), queued, pod);
        }
        writes::failed(world, object, "SchedulerError", why, Some(""));
    }

    /// No node was found: back to the queue, say why, and make room if that was the answer.
    /// Models `handleSchedulingFailure`.
    fn fail(
        &mut self,
        world: &mut World,
        key: ObjectKey,
        mut queued: QueuedPod,
        object: &Rc<Object>,
        decision: &Decision,
    ) {
        let Some(pod) = object.pod() else { return };
        let plugins = decision.unschedulable_plugins.iter();
        queued.rejected_by = plugins.map(|name| Rc::from(*name)).collect();
        let (now, latencies) = (world.now(), world.latencies());
        self.queue.put_back(now, latencies, key, queued, pod);
        let preemption = decision.preemption.as_ref();
        let choice = preemption.and_then(|preemption| preemption.choice());
        let nomination = match (&decision.outcome, preemption, choice) {
            (_, _, Some(choice)) => Some(&*choice.node),
            (Outcome::Unschedulable, Some(p), None) if !p.clears_nomination => None,
            (Outcome::Unschedulable, None, None) => None,
            _ => Some(""),
        };
        let reason = decision.condition_reason().unwrap_or_default();
        writes::failed(world, object, reason, &decision.message, nomination);
        if let Some(choice) = choice {
            let outranked = self.view.nominated_on(&choice.node).iter();
            let outranked = outranked
                .filter(|other| other.pod.spec.priority < pod.spec.priority && !other.is(pod));
            let key = |other: &Rc<PodInfo>| {
                ObjectKey::pod(&other.pod.metadata.namespace, &other.pod.metadata.name)
            };
            let outranked: Vec<_> = outranked.map(key).collect();
            writes::preempt(world, object, choice, &outranked);
        }
    }
}

fn set_timer(world: &mut World, after: std::time::Duration, wake: Wake) -> TimerId {
    world.wake(after, super::Wake::Scheduler(wake))
}

/// Sets a timer to `due`, or takes it back; one that is set to that moment stays.
fn rearm(
    world: &mut World,
    timer: &mut Option<(SimTime, TimerId)>,
    due: Option<SimTime>,
    wake: Wake,
) {
    if timer.map(|(set_to, _)| set_to) == due {
        return;
    }
    if let Some((_, id)) = timer.take() {
        world.cancel(id);
    }
    *timer = due.map(|due| {
        let after = due.since(world.now());
        (due, set_timer(world, after, wake))
    });
}
