//! How the kubelet notices what its containers do: it lists them once a second and compares.
//! Models `pkg/kubelet/pleg/generic.go` and the cache, `pkg/kubelet/container/cache.go`.
//! Upstream's lister never rests; here it looks only when there is something to see or somebody
//! waits for a look, which nobody can tell from the outside.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::runtime::{ContainerId, PodRuntime, State};
use super::{Kubelet, Turn, Wake};
use crate::api::Uid;
use crate::cluster::{SimTime, World};
use crate::collections::Map;

/// What the kubelet last saw of a Pod's containers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Picture {
    /// As the runtime listed them.
    pub seen: Rc<PodRuntime>,
    /// The Pod's address; kept when its sandbox is gone.
    pub ip: Rc<str>,
    /// Was the Pod looked at by itself since the last sync? Looks at all Pods count besides.
    pub fresh: bool,
}

/// What the lister tells apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Running,
    Exited,
    Unknown,
}

impl Turn<'_> {
    /// Has the kubelet looked since the last sync? Models `GetNewerThan`.
    pub(super) fn sees_newer_than_last_sync(&self) -> bool {
        let Some(last_sync) = self.worker.last_sync else {
            return true;
        };
        let now = self.world.now();
        let looked = self
            .node
            .last_relist(now, self.world.latencies().pleg_relist);
        looked > last_sync || self.worker.picture.fresh
    }

    /// The sync under way begins after the next look.
    pub(super) fn wait_for_picture(&mut self) {
        self.node.waiting.insert(self.worker.uid);
        self.node.arm_relist(self.world);
    }

    /// Something changed that the next look will see.
    pub(super) fn runtime_changed(&mut self) {
        self.node.unseen.insert(self.worker.uid);
        self.node.eviction.changed = true;
        self.node.arm_relist(self.world);
    }

    /// The next look at this Pod is followed by a sync. Models `RequestReinspect`.
    pub(super) fn request_reinspect(&mut self) {
        self.worker.reinspect = true;
        self.runtime_changed();
    }

    /// Looks at this Pod at once, after a sync that did something. Models `relistPod`.
    pub(super) fn relist_pod(&mut self) {
        self.worker.picture.fresh = true;
        self.look();
        self.picture_came();
    }

    /// Compares, and tells the worker. Models `reconcilePodRecord`.
    fn look(&mut self) {
        self.node.unseen.remove(&self.worker.uid);
        let seen = std::mem::replace(&mut self.worker.picture.seen, self.worker.runtime.clone());
        let changes = compare(&seen, &self.worker.runtime);
        let reinspect = std::mem::take(&mut self.worker.reinspect);
        if changes.is_empty() && !reinspect {
            return;
        }
        if let Some(sandbox) = self.worker.runtime.ready_sandbox()
            && !sandbox.ip.is_empty()
        {
            self.worker.picture.ip = sandbox.ip.clone();
        }
        self.picture_came();
        // However many changes there are, they are told within the same moment, and come together.
        let is_news = |(_, now): &(_, _)| matches!(now, Some(Seen::Running | Seen::Exited));
        if changes.is_empty() || changes.iter().any(is_news) {
            self.update_pod();
        }
        self.remove_dead_containers();
    }

    /// A worker that waited for a look goes on.
    fn picture_came(&mut self) {
        if self.node.waiting.contains(&self.worker.uid) && self.sees_newer_than_last_sync() {
            self.node.waiting.remove(&self.worker.uid);
            self.begin_sync();
        }
    }

    /// Keeps one dead run of each container, none of a Pod that was evicted, or deleted and stopped.
    /// Models `cleanUpContainersInPod`.
    fn remove_dead_containers(&mut self) {
        let is_stopped = self.worker.deleted && !self.could_have_running_containers();
        let keep = if self.worker.evicted || is_stopped {
            0
        } else {
            1
        };
        let mut kept: Map<Rc<str>, usize> = Default::default();
        let mut runtime = (*self.worker.runtime).clone();
        runtime.containers.retain(|container| {
            if !matches!(container.state, State::Exited { .. }) {
                return true;
            }
            let kept = kept.or_default(container.name.clone());
            *kept += 1;
            *kept <= keep
        });
        if runtime != *self.worker.runtime {
            self.worker.runtime = Rc::new(runtime);
            self.runtime_changed();
        }
    }
}

impl Kubelet {
    /// Looks at all Pods. Models `Relist`.
    pub(super) fn relist(&mut self, world: &mut World) {
        self.node.relist_timer = None;
        for uid in &std::mem::take(&mut self.node.unseen) {
            self.turn(world, *uid, |turn| turn.look());
        }
        let waiting: Vec<Uid> = self.node.waiting.iter().copied().collect();
        for uid in waiting {
            self.turn(world, uid, |turn| turn.picture_came());
        }
        if !self.node.unseen.is_empty() || !self.node.waiting.is_empty() {
            self.node.arm_relist(world);
        }
    }
}

impl super::NodeState {
    /// The next look at all Pods is on its way.
    pub(super) fn arm_relist(&mut self, world: &mut World) {
        if self.relist_timer.is_none() {
            let now = world.now();
            let next = self.last_relist(now, world.latencies().pleg_relist)
                + world.latencies().pleg_relist;
            let wake = self.wake(Wake::Relist);
            self.relist_timer = Some(world.wake(next.since(now), wake));
        }
    }

    /// When all Pods were last looked at, had somebody watched: once a `period` since the start.
    pub(super) fn last_relist(&self, now: SimTime, period: std::time::Duration) -> SimTime {
        let period = i64::try_from(period.as_micros()).unwrap_or(i64::MAX).max(1);
        SimTime(now.0 - (now.0 - self.started.0).rem_euclid(period))
    }
}

fn listed(runtime: &PodRuntime) -> impl Iterator<Item = (ContainerId, Seen)> {
    let sandboxes = runtime.sandboxes.iter().map(|sandbox| {
        (
            sandbox.id,
            if sandbox.ready {
                Seen::Running
            } else {
                Seen::Exited
            },
        )
    });
    let containers = runtime.containers.iter().map(|container| {
        let seen = match container.state {
            State::Created => Seen::Unknown,
            State::Running(_) => Seen::Running,
            State::Exited { .. } => Seen::Exited,
        };
        (container.id, seen)
    });
    // Containers first, as upstream lists them.
    containers.chain(sandboxes)
}

/// What is another way than before, or gone. Models `computeEvents`.
fn compare(before: &PodRuntime, now: &PodRuntime) -> Vec<(ContainerId, Option<Seen>)> {
    let known: Map<_, _> = listed(before).collect();
    let listed_now: Map<_, _> = listed(now).collect();
    let gone = known
        .keys()
        .filter(|id| !listed_now.contains_key(id))
        .map(|id| (*id, None));
    let other = listed(now).filter(|(id, seen)| known.get(id) != Some(seen));
    gone.chain(other.map(|(id, seen)| (id, Some(seen))))
        .collect()
}
