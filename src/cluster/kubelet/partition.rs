//! A kubelet whose machine is cut off, and is whole again. Its Pods run on as they were asked for last: it hears of no
//! change, and nothing that it writes arrives. Afterwards it lists its Pods anew, as a reflector does whose watch broke
//! (`client-go/tools/cache/reflector.go`); it says how its Node is at its next heartbeat (`kubelet_node_status.go`),
//! and its status manager finds what differs from the API at its next look at all Pods (`syncBatch`,
//! `pkg/kubelet/status/status_manager.go`).
//! Left out: Events told meanwhile are lost; upstream's wait, and each is given up after twelve tries, two minutes.

use std::rc::Rc;
use std::time::Duration;

use super::static_pods::STATUS_SYNC;
use super::{Kubelet, NodeState, Wake};
use crate::api::{Object, Uid};
use crate::cluster::api_server::set_condition;
use crate::cluster::events::Telling;
use crate::cluster::{SimTime, World};

impl NodeState {
    /// Does nothing pass between its machine and the control plane?
    pub(super) fn is_cut_off(&self, world: &World) -> bool {
        world.partitioned.contains_key(&self.name)
    }

    /// Tells an Event, unless nobody would hear it.
    pub(super) fn tell_event(&self, world: &mut World, about: &Object, telling: Telling<'_>) {
        if !self.is_cut_off(world) {
            world.tell_event(self.actor(), about, telling);
        }
    }

    /// Registers the Node, as soon as it comes through. Models `registerWithAPIServer`, which tries again sooner.
    pub(super) fn come_up(&self, world: &mut World) {
        if self.is_cut_off(world) {
            let wake = self.wake(Wake::Register);
            world.wake(world.latencies().node_heartbeat, wake);
            return;
        }
        world.unheard.remove(&self.name);
        self.register(world);
    }

    /// Says how the Node is: that it lives, what it is short of, which images it has. Models `tryUpdateNodeStatus`.
    pub(super) fn report_status(&self, world: &mut World) {
        if self.is_cut_off(world) {
            return;
        }
        world.unheard.remove(&self.name);
        let now = world.now();
        let conditions = self.conditions(now);
        let images = self.images.listed();
        self.patch_node(world, |node| {
            for condition in conditions.items() {
                set_condition(node, condition.clone(), now);
            }
            node.set(&["status", "images"], images);
        });
    }
}

impl Kubelet {
    /// When it last said that it lives.
    pub fn last_heartbeat(&self, world: &World) -> SimTime {
        let period = world.latencies().node_heartbeat;
        self.node.last_relist(world.now(), period)
    }

    /// Does it hear nothing of this Pod? Of one from a file it does.
    pub(super) fn hears_nothing_of(&self, world: &World, uid: Uid) -> bool {
        let worker = self.workers.get(&uid);
        self.node.is_cut_off(world) && worker.is_none_or(|worker| !worker.is_static)
    }

    /// Its machine is whole again.
    pub fn heal(&self, world: &mut World) {
        let (now, latencies) = (world.now(), world.latencies().clone());
        let wake = self.node.wake(Wake::Reconnect);
        world.wake(latencies.watch_reconnect, wake);
        let tick = self.node.next_tick(now, latencies.node_heartbeat);
        let wake = self.node.wake(Wake::NodeStatus);
        world.wake(tick.since(now), wake);
        let tick = self.node.next_tick(now, STATUS_SYNC);
        for uid in self.workers.keys() {
            let wake = self.node.wake(Wake::Status(*uid));
            world.wake(tick.since(now), wake);
        }
    }

    /// The Pods that its watch begins with.
    pub(super) fn list_pods(&mut self, world: &mut World, after: Duration) {
        if self.node.is_cut_off(world) {
            return;
        }
        let after = after + world.latencies().watch_delivery;
        let pods: Vec<Rc<Object>> = world.store.pods_on(&self.node.name).cloned().collect();
        for pod in pods {
            self.find(world, &pod, after);
        }
    }

    /// All Pods that it knows or should know are news.
    pub(super) fn reconnect(&mut self, world: &mut World) {
        if self.node.is_cut_off(world) {
            return;
        }
        let known: Vec<Uid> = self.workers.keys().copied().collect();
        for uid in known {
            self.watch(world, uid, world.latencies().watch_delivery);
        }
        self.list_pods(world, Duration::ZERO);
        self.arm_housekeeping(world);
    }
}
