//! Pods that wait: to be tried, to be tried again, or for something to change.
//! Models `pkg/scheduler/backend/queue`: active queue, back-off queues, unschedulable Pods, gates.
//! Left out: events that come while a Pod is being tried (a cycle is one event here), Pod groups.

use std::cmp::Reverse;
use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::framework::Waiting;
use super::plugins;
use crate::api::ObjectKey;
use crate::api::pod::Pod;
use crate::cluster::{Cause, Latencies, SimTime};
use crate::collections::{Map, Set};

mod event;

pub use event::{Actions, ClusterEvent, OtherChange, What};

/// All Pods that wait.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SchedulingQueue {
    pods: Map<ObjectKey, Rc<QueuedPod>>,
    /// In the order in which they are tried.
    active: Set<(Turn, ObjectKey)>,
    /// By the end of their pause. Taken early when nothing is active.
    back_off: Set<(SimTime, Turn, ObjectKey)>,
    /// The same after an error. Never taken early.
    error_back_off: Set<(SimTime, Turn, ObjectKey)>,
    /// The one that waits longest first.
    unschedulable: Set<(SimTime, ObjectKey)>,
    gated: Set<ObjectKey>,
    next_sequence: u64,
}

/// A Pod that waits, and what is known of its attempts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueuedPod {
    /// When it was first tried, or came if it wasn't.
    pub waiting_since: SimTime,
    /// How often it was tried.
    pub attempts: u32,
    /// Plugins that rejected it, the last time.
    pub rejected_by: Set<Rc<str>>,
    /// The plugin that keeps it out of the queue.
    pub gated_by: Option<Rc<str>>,
    /// Where it waits.
    pub place: Place,
    /// Why it is to be tried (again).
    pub cause: Cause,
    /// How often it was rejected.
    unschedulable_count: u32,
    /// How often an attempt ended in an error, without a rejection in between.
    error_count: u32,
    turn: Turn,
}

/// Where a Pod waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// For its turn.
    Active,
    /// For the end of its pause.
    BackOff(SimTime),
    /// For the end of its pause after an error.
    ErrorBackOff(SimTime),
    /// For something to change.
    Unschedulable,
    /// For a gate to open.
    Gated,
}

/// Whose turn it is: the highest priority, then the longest wait. Models PrioritySort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
struct Turn {
    priority: Reverse<i64>,
    /// When it came (back).
    since: SimTime,
    sequence: u64,
}

impl SchedulingQueue {
    /// A Pod that waits, if it does.
    pub fn get(&self, key: &ObjectKey) -> Option<&QueuedPod> {
        self.pods.get(key).map(|pod| &**pod)
    }

    /// All that wait, by key.
    pub fn pods(&self) -> impl Iterator<Item = (&ObjectKey, &QueuedPod)> {
        self.pods.iter().map(|(key, pod)| (key, &**pod))
    }

    /// Is there a Pod that may be tried now?
    pub fn has_next(&self) -> bool {
        !self.active.is_empty() || !self.back_off.is_empty()
    }

    /// Does nobody wait for something to change?
    pub fn nobody_waits(&self) -> bool {
        self.unschedulable.is_empty() && self.gated.is_empty()
    }

    /// Does this Pod wait for something to change?
    pub fn waits_for_change(&self, key: &ObjectKey) -> bool {
        self.get(key)
            .is_some_and(|pod| matches!(pod.place, Place::Unschedulable | Place::Gated))
    }

    /// The Pods that wait for something to change, gated ones too.
    pub fn waiting(&self) -> Vec<ObjectKey> {
        let unschedulable = self.unschedulable.iter().map(|(_, key)| key);
        unschedulable.chain(self.gated.iter()).cloned().collect()
    }

    /// Takes in a new Pod.
    pub fn add(&mut self, now: SimTime, cause: Cause, key: ObjectKey, pod: &Pod) {
        self.remove(&key);
        let mut queued = QueuedPod {
            waiting_since: now,
            attempts: 0,
            rejected_by: Set::new(),
            gated_by: None,
            place: Place::Active,
            cause,
            unschedulable_count: 0,
            error_count: 0,
            turn: self.turn(now, pod),
        };
        if let Some(gate) = gate(pod) {
            queued.gate(gate);
        }
        self.put(key, queued);
    }

    /// Forgets a Pod: it was bound, or it is gone.
    pub fn remove(&mut self, key: &ObjectKey) {
        self.take(key);
    }

    /// Takes a Pod out, whether it's its turn or not.
    pub fn take_back(&mut self, key: &ObjectKey) -> Option<(ObjectKey, QueuedPod)> {
        self.take(key).map(|pod| (key.clone(), pod))
    }

    /// The Pod whose turn it is. Where nothing is active, a pause is cut short.
    pub fn pop(&mut self) -> Option<(ObjectKey, QueuedPod)> {
        let first = self.active.first().map(|(_, key)| key);
        let next = first.or_else(|| self.back_off.first().map(|(_, _, key)| key));
        let key = next?.clone();
        let mut pod = self.take(&key)?;
        pod.attempts += 1;
        Some((key, pod))
    }

    /// Takes back a Pod that was tried in vain. An attempt that no plugin rejected ended in an error.
    pub fn put_back(
        &mut self,
        now: SimTime,
        latencies: &Latencies,
        key: ObjectKey,
        mut queued: QueuedPod,
        pod: &Pod,
    ) {
        let failed = queued.rejected_by.is_empty();
        if failed {
            queued.error_count += 1;
        } else {
            queued.unschedulable_count += 1;
            queued.error_count = 0;
        }
        queued.turn = self.turn(now, pod);
        queued.place = Place::Unschedulable;
        let cause = queued.cause;
        self.put(key.clone(), queued);
        if failed {
            self.requeue(now, latencies, cause, &key, pod);
        }
    }

    /// A plugin that rejected the Pod saw something that may help: on to the next try, after its
    /// pause. Tells whether it went on.
    pub fn requeue(
        &mut self,
        now: SimTime,
        latencies: &Latencies,
        cause: Cause,
        key: &ObjectKey,
        pod: &Pod,
    ) -> bool {
        let Some(mut queued) = self.take(key) else {
            return false;
        };
        queued.cause = cause;
        if let Some(gate) = gate(pod) {
            queued.gate(gate);
            self.put(key.clone(), queued);
            return false;
        }
        queued.gated_by = None;
        let until = queued.pause_end(latencies);
        queued.place = match until {
            Some(until) if is_backing_off(until, now, latencies) => {
                match queued.rejected_by.is_empty() {
                    true => Place::ErrorBackOff(until),
                    false => Place::BackOff(until),
                }
            }
            _ => Place::Active,
        };
        self.put(key.clone(), queued);
        true
    }

    /// Would this event make any rejecting plugin try again? Models `isPodWorthRequeuing`.
    pub fn is_worth_requeuing(
        &self,
        key: &ObjectKey,
        waiting: Waiting,
        event: &ClusterEvent,
    ) -> bool {
        let Some(queued) = self.get(key) else {
            return false;
        };
        let asks = |name: &Rc<str>| plugins::is_worth_requeuing(name, waiting, event);
        match &queued.gated_by {
            Some(gate) => asks(gate),
            None => queued.rejected_by.iter().any(asks),
        }
    }

    /// The Pod's priority may be another one now.
    pub fn update(&mut self, key: &ObjectKey, pod: &Pod) {
        let Some(mut queued) = self.take(key) else {
            return;
        };
        queued.turn.priority = Reverse(pod.spec.priority);
        self.put(key.clone(), queued);
    }

    /// When the next pause is over, if one is.
    pub fn next_pause_end(&self, latencies: &Latencies) -> Option<SimTime> {
        let ends = [&self.back_off, &self.error_back_off];
        let first = ends.into_iter().filter_map(|queue| queue.first());
        first
            .map(|(until, ..)| after_window(*until, latencies))
            .min()
    }

    /// Makes Pods active whose pause is over.
    pub fn flush_back_off(&mut self, now: SimTime, latencies: &Latencies) {
        let paused = self.back_off.iter().chain(self.error_back_off.iter());
        let over: Vec<ObjectKey> = paused
            .filter(|(until, ..)| !is_backing_off(*until, now, latencies))
            .map(|(_, _, key)| key.clone())
            .collect();
        for key in over {
            if let Some(mut queued) = self.take(&key) {
                queued.place = Place::Active;
                self.put(key, queued);
            }
        }
    }

    /// When the Pod that waits longest for a change has waited long enough.
    pub fn next_flush(&self, latencies: &Latencies) -> Option<SimTime> {
        let (since, _) = self.unschedulable.first()?;
        Some(*since + latencies.scheduler_flush)
    }

    /// The Pods that have waited long enough for a change.
    pub fn overdue(&self, now: SimTime, latencies: &Latencies) -> Vec<ObjectKey> {
        let waiting = self.unschedulable.iter();
        waiting
            .take_while(|(since, _)| *since + latencies.scheduler_flush <= now)
            .map(|(_, key)| key.clone())
            .collect()
    }

    fn turn(&mut self, now: SimTime, pod: &Pod) -> Turn {
        self.next_sequence += 1;
        Turn {
            priority: Reverse(pod.spec.priority),
            since: now,
            sequence: self.next_sequence,
        }
    }

    fn put(&mut self, key: ObjectKey, pod: QueuedPod) {
        let at = key.clone();
        match pod.place {
            Place::Active => self.active.insert((pod.turn, at)),
            Place::BackOff(until) => self.back_off.insert((until, pod.turn, at)),
            Place::ErrorBackOff(until) => self.error_back_off.insert((until, pod.turn, at)),
            Place::Unschedulable => self.unschedulable.insert((pod.turn.since, at)),
            Place::Gated => self.gated.insert(at),
        };
        self.pods.insert(key, Rc::new(pod));
    }

    fn take(&mut self, key: &ObjectKey) -> Option<QueuedPod> {
        let pod = Rc::unwrap_or_clone(self.pods.take(key)?);
        let at = key.clone();
        match pod.place {
            Place::Active => self.active.remove(&(pod.turn, at)),
            Place::BackOff(until) => self.back_off.remove(&(until, pod.turn, at)),
            Place::ErrorBackOff(until) => self.error_back_off.remove(&(until, pod.turn, at)),
            Place::Unschedulable => self.unschedulable.remove(&(pod.turn.since, at)),
            Place::Gated => self.gated.remove(&at),
        };
        Some(pod)
    }
}

impl QueuedPod {
    fn gate(&mut self, plugin: &'static str) {
        self.gated_by = Some(plugin.into());
        self.rejected_by.insert(plugin.into());
        self.place = Place::Gated;
    }

    /// When its pause is over: longer after each attempt. Models `getBackoffTime`.
    fn pause_end(&self, latencies: &Latencies) -> Option<SimTime> {
        let count = match self.error_count {
            0 => self.unschedulable_count,
            errors => errors,
        };
        let doublings = count.checked_sub(1)?;
        let (first, longest) = (
            latencies.scheduler_back_off_initial,
            latencies.scheduler_back_off_max,
        );
        let pause = 2_u32
            .checked_pow(doublings)
            .and_then(|factor| first.checked_mul(factor))
            .map_or(longest, |pause| pause.min(longest));
        Some(window(
            self.turn.since + pause,
            latencies.scheduler_back_off_window,
        ))
    }
}

/// The plugin that keeps the Pod out of the queue, if one does.
fn gate(pod: &Pod) -> Option<&'static str> {
    let mut plugins = plugins::PLUGINS.iter();
    plugins
        .find(|plugin| plugin.pre_enqueue(pod).is_err())
        .map(|plugin| plugin.name())
}

/// Pauses end in whole windows, so that Pods of one window go by priority. Models `alignToWindow`.
fn window(time: SimTime, window: Duration) -> SimTime {
    match i64::try_from(window.as_micros()) {
        Ok(micros) if micros > 0 => SimTime(time.0.div_euclid(micros) * micros),
        _ => time,
    }
}

fn is_backing_off(until: SimTime, now: SimTime, latencies: &Latencies) -> bool {
    until >= window(now, latencies.scheduler_back_off_window)
}

/// The first moment at which a pause that ends in the window of `until` is over.
fn after_window(until: SimTime, latencies: &Latencies) -> SimTime {
    until
        + latencies
            .scheduler_back_off_window
            .max(Duration::from_micros(1))
}
