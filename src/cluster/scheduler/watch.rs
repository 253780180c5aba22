//! What the scheduler sees. Models `pkg/scheduler/eventhandlers.go`.

use super::Scheduler;
use super::framework::Waiting;
use super::queue::ClusterEvent;
use super::view::key_of;
use crate::api::pod::Pod;
use crate::api::{Object, ObjectKey};
use crate::cluster::{Change, World};

/// The scheduler that a Pod without `schedulerName` gets by default, and that we are.
const NAME: &str = "default-scheduler";

impl Scheduler {
    /// Takes a change into the view and the queue.
    pub(super) fn watch(&mut self, world: &World, change: &Change) {
        if !change.verb.writes() {
            return;
        }
        let (before, after) = (change.before.as_deref(), change.after.as_deref());
        match &*change.object.kind {
            "Pod" => self.watch_pod(world, &change.object, before, after),
            "Node" => {
                self.view.take(&change.object, after);
                let node = |object: Option<&Object>| object.and_then(Object::node).cloned();
                let (old, new) = (node(before), node(after));
                self.happened(world, &ClusterEvent::node(old.as_deref(), new.as_deref()));
            }
            _ => {
                if self.view.listers.take(&change.object, after) {
                    self.happened(world, &ClusterEvent::other(&change.object, before, after));
                }
            }
        }
    }

    /// Its watch leaves finished Pods out: one that finishes is gone.
    fn watch_pod(
        &mut self,
        world: &World,
        key: &ObjectKey,
        before: Option<&Object>,
        after: Option<&Object>,
    ) {
        let unfinished = |object: Option<&Object>| {
            let pod = object.and_then(Object::pod).cloned();
            pod.filter(|pod| !pod.is_finished())
        };
        let (old, new) = (unfinished(before), unfinished(after));
        if self.assumed.contains_key(key) && is_going(old.as_deref(), new.as_deref()) {
            self.assumed.remove(key);
            self.view
                .remove_pod(&(key.namespace.clone(), key.name.clone()));
            if let Some(old) = &old {
                self.freed(world, old);
            }
        }
        self.view.take(key, after);
        match (old.as_deref(), new.as_deref()) {
            (None, None) => {}
            (None, Some(new)) if is_bound(new) => {
                self.happened(world, &ClusterEvent::pod(None, Some(new)));
            }
            (None, Some(new)) => self.enqueue(world, key, new),
            (Some(old), None) if is_bound(old) => {
                self.happened(world, &ClusterEvent::pod(Some(old), None));
            }
            (Some(old), None) => {
                self.queue.remove(key);
                self.nomination_ended(world, old);
            }
            (Some(old), Some(new)) if is_bound(old) => {
                self.happened(world, &ClusterEvent::pod(Some(old), Some(new)));
            }
            (Some(_), Some(new)) if is_bound(new) => {
                self.queue.remove(key);
                self.assumed.remove(key);
                self.happened(world, &ClusterEvent::pod(None, Some(new)));
            }
            (Some(old), Some(new)) => self.changed_while_waiting(world, key, old, new),
        }
    }

    fn enqueue(&mut self, world: &World, key: &ObjectKey, pod: &Pod) {
        if &*pod.spec.scheduler_name == NAME {
            self.queue.add(world.now(), world.cause(), key.clone(), pod);
        }
    }

    fn changed_while_waiting(&mut self, world: &World, key: &ObjectKey, old: &Pod, new: &Pod) {
        if self.assumed.contains_key(key) || self.queue.get(key).is_none() {
            return;
        }
        self.queue.update(key, new);
        let waiting = Waiting {
            pod: new,
            view: &self.view,
        };
        let event = ClusterEvent::pod(Some(old), Some(new));
        if self.queue.waits_for_change(key) && self.queue.is_worth_requeuing(key, waiting, &event) {
            self.requeue(world, key);
        }
        if old.status.nominated_node_name != new.status.nominated_node_name {
            self.nomination_ended(world, old);
        }
    }

    /// A promise that a Pod had is over: for Pods that are no more important than it, that is as if
    /// a Pod had gone from the node.
    fn nomination_ended(&mut self, world: &World, old: &Pod) {
        if !old.status.nominated_node_name.is_empty() {
            let priority = old.spec.priority;
            let event = ClusterEvent::pod(Some(old), None);
            self.happened_to(world, &event, |pod| pod.spec.priority <= priority);
        }
    }

    /// A Pod that was counted on a node isn't any more.
    pub(super) fn freed(&mut self, world: &World, pod: &Pod) {
        let mut placed = pod.clone();
        placed.status.nominated_node_name = "(assumed)".into();
        self.happened(world, &ClusterEvent::pod(Some(&placed), None));
    }

    fn happened(&mut self, world: &World, event: &ClusterEvent) {
        self.happened_to(world, event, |_| true);
    }

    /// Lets the plugins that rejected a Pod say whether this helps.
    /// Models `MoveAllToActiveOrBackoffQueue`.
    fn happened_to(&mut self, world: &World, event: &ClusterEvent, whom: impl Fn(&Pod) -> bool) {
        if self.queue.nobody_waits() || !event.is_of_interest() {
            return;
        }
        self.view.settle();
        for key in self.queue.waiting() {
            let Some(pod) = world.store.get(&key).and_then(|object| object.pod()) else {
                continue;
            };
            let waiting = Waiting {
                pod,
                view: &self.view,
            };
            if whom(pod) && self.queue.is_worth_requeuing(&key, waiting, event) {
                self.requeue(world, &key);
            }
        }
    }

    /// On to the next try.
    pub(super) fn requeue(&mut self, world: &World, key: &ObjectKey) {
        if let Some(pod) = world.store.get(key).and_then(|object| object.pod()) {
            let (now, cause) = (world.now(), world.cause());
            self.queue.requeue(now, world.latencies(), cause, key, pod);
        }
    }
}

fn is_bound(pod: &Pod) -> bool {
    !pod.spec.node_name.is_empty()
}

/// Is a Pod that isn't bound yet deleted, or about to be?
fn is_going(old: Option<&Pod>, new: Option<&Pod>) -> bool {
    let Some(old) = old.filter(|old| !is_bound(old)) else {
        return false;
    };
    new.is_none_or(|new| {
        key_of(new) == key_of(old)
            && !is_bound(new)
            && new.metadata.deletion_timestamp.is_some()
            && old.metadata.deletion_timestamp.is_none()
    })
}
