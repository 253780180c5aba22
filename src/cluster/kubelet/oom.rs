//! A machine without any memory left: the kernel kills who is easiest to do without. Models the kernel's
//! choice by the scores of `pkg/kubelet/qos/policy.go`. No Event tells of it: upstream's watcher
//! (`pkg/kubelet/oom`) speaks only of processes outside of containers.
//! Left out: shares of a Pod's own request; the few processes that the kernel would rather spare.

use super::pod_worker::PodWorker;
use super::runtime::{ContainerId, State};
use super::{Kubelet, Wake};
use crate::api::Uid;
use crate::api::pod::{Container, Pod};
use crate::cluster::workload::{Exit, Process};
use crate::cluster::{Runtime, SimTime, World};

/// Score of whoever is to be spared longest, and of whoever goes first.
const GUARANTEED: i64 = -997;
const BEST_EFFORT: i64 = 1000;

/// `SystemNodeCritical`, `pkg/apis/scheduling`.
const NODE_CRITICAL_PRIORITY: i64 = 2_000_001_000;

/// One run that takes memory.
struct Taker {
    uid: Uid,
    id: ContainerId,
    since: SimTime,
    process: Process,
}

impl Kubelet {
    fn takers(&self) -> Vec<Taker> {
        let mut takers = Vec::new();
        for (uid, worker) in self.workers.iter() {
            for run in &worker.runtime.containers {
                if let State::Running(since) = run.state
                    && run.process.peak().memory_bytes > 0
                {
                    takers.push(Taker {
                        uid: *uid,
                        id: run.id,
                        since,
                        process: run.process.clone(),
                    });
                }
            }
        }
        takers
    }

    /// Something changed: sets the moment at which nothing will be left if nothing else happens.
    pub(super) fn watch_machine_memory(&mut self, world: &mut World) {
        if let Some(timer) = self.node.eviction.out_of_memory.take() {
            world.cancel(timer);
        }
        // The recorded cases' machine reports what its script says, whatever runs on it.
        if world.setup.runtime == Runtime::Scripted {
            return;
        }
        let takers = self.takers();
        let Some(due) = self.taken_up(world, &takers) else {
            return;
        };
        let wake = self.node.wake(Wake::SystemOom);
        let after = due.since(world.now());
        self.node.eviction.out_of_memory = Some(world.wake(after, wake));
    }

    /// When more is taken than there is; `None` if it never is.
    fn taken_up(&self, world: &World, takers: &[Taker]) -> Option<SimTime> {
        let machine = world.machines.get(&self.node.name)?;
        let left = machine.memory_bytes - self.node.eviction.besides_memory();
        let at = |at: SimTime| sum(takers, |one| one.process.memory(at.since(one.since)));
        let settled = takers.iter().map(|one| one.since + one.process.settles());
        let (mut low, mut high) = (world.now(), settled.max()?.max(world.now()));
        if at(high) <= left {
            return None;
        }
        // It only ever grows: the first microsecond at which it is too much.
        if at(low) > left {
            return Some(low);
        }
        while high.0 - low.0 > 1 {
            let middle = SimTime(low.0 + (high.0 - low.0) / 2);
            if at(middle) > left {
                high = middle;
            } else {
                low = middle;
            }
        }
        Some(high)
    }

    /// Nothing is left: one container goes. What comes next is seen when its end is.
    pub(super) fn system_oom(&mut self, world: &mut World) {
        self.node.eviction.out_of_memory = None;
        let (takers, now) = (self.takers(), world.now());
        if self.taken_up(world, &takers) != Some(now) {
            self.watch_machine_memory(world);
            return;
        }
        let capacity = world.machines.get(&self.node.name);
        let capacity = capacity.map_or(1, |machine| machine.memory_bytes.max(1));
        let score = |one: &&Taker| {
            let bytes = one.process.memory(now.since(one.since));
            let worker = self.workers.get(&one.uid);
            let adjusted = worker.map_or(0, |worker| adjustment(worker, one.id, capacity));
            let share = i128::from(bytes) * 1000 / i128::from(capacity);
            (share + i128::from(adjusted), bytes)
        };
        let takes = |one: &&Taker| one.process.memory(now.since(one.since)) > 0;
        let victim = takers.iter().filter(takes).max_by_key(score);
        if let Some((uid, id)) = victim.map(|one| (one.uid, one.id)) {
            self.turn(world, uid, |turn| turn.exited(id, Exit::out_of_memory()));
        }
    }
}

fn sum(takers: &[Taker], bytes: impl Fn(&Taker) -> i64) -> i64 {
    takers
        .iter()
        .map(bytes)
        .fold(0, |sum, one| sum.saturating_add(one))
}

/// Models `GetContainerOOMScoreAdjust`.
fn adjustment(worker: &PodWorker, id: ContainerId, capacity: i64) -> i64 {
    let pod = PodWorker::view(&worker.pod);
    let class = &*pod.status.qos_class;
    if pod.spec.priority >= NODE_CRITICAL_PRIORITY || class == "Guaranteed" {
        return GUARANTEED;
    }
    let run = worker.runtime.container(id);
    let named = |container: &&Container| run.is_some_and(|run| run.name == container.name);
    match pod.all_containers().find(named) {
        Some(container) if class != "BestEffort" => burstable(&pod, container, capacity),
        _ => BEST_EFFORT,
    }
}

fn burstable(pod: &Pod, container: &Container, capacity: i64) -> i64 {
    let asked = |container: &Container| {
        let asked = container.resources.requests.get("memory");
        asked.map_or(0, |asked| asked.value())
    };
    let score = |asked: i64| {
        let share = i128::from(asked) * 1000 / i128::from(capacity);
        1000 - i64::try_from(share).unwrap_or(i64::MAX)
    };
    let mut adjusted = score(asked(container));
    let in_front = pod.spec.init_containers.iter();
    if container.is_sidecar() && in_front.into_iter().any(|init| init.name == container.name) {
        let least = pod.spec.containers.iter().map(asked).min();
        adjusted = adjusted.min(score(least.unwrap_or(0)));
    }
    match adjusted.max(1000 + GUARANTEED) {
        BEST_EFFORT => BEST_EFFORT - 1,
        adjusted => adjusted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::scheduler::test_support::pod;

    #[test]
    fn who_asked_for_more_is_spared_longer() {
        let gib = 1 << 30;
        let score = |asked: &str| {
            let resources = format!("{{requests: {{memory: {asked}}}}}");
            let spec = format!("{{containers: [{{name: c, resources: {resources}}}]}}");
            let pod = pod("p", &spec);
            burstable(&pod, &pod.spec.containers[0], 4 * gib)
        };
        assert_eq!(score("0"), 999);
        assert_eq!(score("1Gi"), 750);
        assert_eq!(score("4Gi"), 3);
    }

    #[test]
    fn a_sidecar_is_spared_as_long_as_what_it_serves() {
        let spec = "{containers: [{name: c, resources: {requests: {memory: 2Gi}}}], initContainers: \
            [{name: s, restartPolicy: Always}]}";
        let pod = pod("p", spec);
        assert_eq!(burstable(&pod, &pod.spec.init_containers[0], 4 << 30), 500);
    }
}
