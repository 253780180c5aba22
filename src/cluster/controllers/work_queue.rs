//! Objects to be looked at, soon or after a pause. Models `k8s.io/client-go/util/workqueue`: of one
//! object there is one entry, and failures in a row make longer and longer pauses. A change marks the
//! object, and its controller looks once the change was delivered.
//! Left out: the limit of ten retries a second over all objects; that two workers may look at two
//! objects at once; a delayed entry that outlives an earlier one, since whoever looks says anew when to
//! look again (a controller whose look doesn't has a queue of its own for those).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Wake;
use crate::api::ObjectKey;
use crate::cluster::{Cause, Change, TimerId, Wake as WorldWake, World};
use crate::collections::Map;

/// Of `DefaultTypedControllerRateLimiter`: the pause after the first failure; each in a row doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(5);

/// The longest one.
const LONGEST_PAUSE: Duration = Duration::from_secs(1_000);

/// What one controller has to look at.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct WorkQueue {
    waiting: Map<ObjectKey, Entry>,
    failures: Map<ObjectKey, u32>,
    first_pause: Duration,
    /// After so many failures in a row an object is dropped until something happens.
    max_retries: Option<u32>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry {
    timer: TimerId,
    /// Why, where it isn't what set the timer.
    because: Option<Cause>,
}

impl Default for WorkQueue {
    /// One that never gives up.
    fn default() -> Self {
        WorkQueue::new(FIRST_PAUSE, None)
    }
}

impl WorkQueue {
    /// An empty queue.
    pub(super) fn new(first_pause: Duration, max_retries: Option<u32>) -> Self {
        WorkQueue {
            waiting: Map::new(),
            failures: Map::new(),
            first_pause,
            max_retries,
        }
    }

    /// An empty queue that gives up after so many failures in a row.
    pub(super) fn giving_up_after(max_retries: u32) -> Self {
        WorkQueue::new(FIRST_PAUSE, Some(max_retries))
    }

    /// The object is looked at once this change was delivered. Of several changes one that somebody
    /// wanted counts as the reason before one that only reports.
    pub(super) fn add(
        &mut self,
        world: &mut World,
        change: &Change,
        key: &ObjectKey,
        wake: fn(ObjectKey) -> Wake,
    ) {
        let was_waiting = self.waiting.contains_key(key);
        let soon = world.latencies().watch_delivery;
        self.add_after(world, key, soon, wake);
        if was_waiting
            && is_wanted(change)
            && let Some(entry) = self.waiting.get_mut(key)
        {
            entry.because = Some(Cause::Change(change.id));
        }
    }

    /// The object is looked at after a while; of two times the earlier counts.
    pub(super) fn add_after(
        &mut self,
        world: &mut World,
        key: &ObjectKey,
        after: Duration,
        wake: fn(ObjectKey) -> Wake,
    ) {
        if let Some(entry) = self.waiting.get(key) {
            if entry.timer.due() <= world.now() + after {
                return;
            }
            world.cancel(entry.timer);
        }
        let timer = world.wake(after, WorldWake::Controller(wake(key.clone())));
        let because = None;
        self.waiting.insert(key.clone(), Entry { timer, because });
    }

    /// It is looked at now: what is done from now on has the entry's reason. An entry that isn't due waits on.
    pub(super) fn rang(&mut self, world: &mut World, key: &ObjectKey) {
        let now = world.now();
        let due = (self.waiting.get(key)).is_some_and(|entry| entry.timer.due() <= now);
        let entry = due.then(|| self.waiting.take(key)).flatten();
        if let Some(because) = entry.and_then(|entry| entry.because) {
            world.set_cause(because);
        }
    }

    /// It went well, or the object is gone. Models `Forget`.
    pub(super) fn succeeded(&mut self, key: &ObjectKey) {
        self.failures.remove(key);
    }

    /// It went wrong: again after a pause. Models `AddRateLimited`.
    pub(super) fn failed(
        &mut self,
        world: &mut World,
        key: &ObjectKey,
        wake: fn(ObjectKey) -> Wake,
    ) {
        let failures = self.failures.or_default(key.clone());
        if self.max_retries.is_some_and(|most| *failures >= most) {
            self.failures.remove(key);
            return;
        }
        let pause = self.first_pause.saturating_mul(1 << (*failures).min(20));
        *failures += 1;
        self.add_after(world, key, pause.min(LONGEST_PAUSE), wake);
    }

    /// What came of a look.
    pub(super) fn looked<T, E>(
        &mut self,
        world: &mut World,
        key: &ObjectKey,
        result: &Result<T, E>,
        wake: fn(ObjectKey) -> Wake,
    ) {
        match result {
            Ok(_) => self.succeeded(key),
            Err(_) => self.failed(world, key, wake),
        }
    }
}

/// Did somebody want something else, or did the object come or begin to go? Else it only reports.
fn is_wanted(change: &Change) -> bool {
    let (Some(before), Some(after)) = (&change.before, &change.after) else {
        return change.verb.writes();
    };
    let (before, after) = (&before.meta, &after.meta);
    before.generation != after.generation
        || before.deletion_timestamp != after.deletion_timestamp
        || before.labels != after.labels
}
