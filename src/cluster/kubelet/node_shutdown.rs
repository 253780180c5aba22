//! A machine goes off, and comes on again. Models `pkg/kubelet/nodeshutdown` as it is configured by
//! default, which is not at all: `shutdownGracePeriod` is 0, no lock delays the machine's end, no Pod
//! is told, and no Pod is refused meanwhile. So a Pod never says `Terminated` or `NodeShutdown` here.
//! What is on the machine's disk outlasts it: images, and the records of containers.
//! Left out: graceful shutdown; the Events that a kubelet tells of its own start; containers' logs.

use std::rc::Rc;

use super::pod_worker::PodWorker;
use super::runtime::{PodRuntime, State};
use super::{EvictionManager, Kubelet};
use crate::api::Uid;
use crate::cluster::workload::Exit;
use crate::cluster::{SimTime, World};
use crate::collections::{Map, Set};

impl Kubelet {
    /// Its machine comes on after it was off: nothing runs, and what the kubelet knew is forgotten.
    /// It finds its Node and its Pods in the API, and its containers' records.
    pub fn power_on(&mut self, world: &mut World) {
        let now = world.now();
        let node = &mut self.node;
        node.started = now;
        node.pod_addresses = Set::new();
        node.images.forget_pulls();
        node.unseen = Set::new();
        node.waiting = Set::new();
        node.relist_timer = None;
        node.eviction = EvictionManager::default();
        node.come_up(world);
        node.report_images(world);
        let workers = std::mem::replace(&mut self.workers, Map::new());
        for (uid, old) in workers.iter() {
            let current = world.store.get(&old.key);
            let pod = current.filter(|pod| Uid::parse(&pod.meta.uid) == Some(*uid));
            if let Some(pod) = pod.cloned() {
                let mut worker = PodWorker::new(*uid, pod, world.cause());
                worker.runtime = Rc::new(after_power_cut(&old.runtime, now));
                worker.picture.seen = worker.runtime.clone();
                worker.probes.failing = old.probes.failing.clone();
                self.workers.insert(*uid, Rc::new(worker));
            }
        }
        let after = world.latencies().node_registration;
        self.list_pods(world, after);
    }
}

/// What containerd makes of its records when it starts: whatever ran has ended, nobody knows how.
/// Models `loadContainer`, `internal/cri/server/restart.go`.
fn after_power_cut(runtime: &PodRuntime, now: SimTime) -> PodRuntime {
    let mut runtime = runtime.clone();
    for sandbox in &mut runtime.sandboxes {
        sandbox.ready = false;
    }
    runtime
        .containers
        .retain(|container| container.state != State::Created);
    for container in &mut runtime.containers {
        if let State::Running(since) = container.state {
            container.state = State::Exited {
                started: Some(since),
                finished: now,
                exit: Exit {
                    reason: "Unknown".into(),
                    ..Exit::with_code(255)
                },
            };
        }
    }
    runtime
}
