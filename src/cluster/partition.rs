//! A machine is cut off: it runs on, but nothing passes between it and any other machine, the control plane or whoever
//! is outside; and is whole again. Ours: upstream it is a switch, a cable or a rule of a firewall. What its kubelet
//! makes of it stands in `kubelet/partition.rs`, what becomes of packets in `network/route.rs`.
//! Left out: images come all the same, as from a registry on its own side; hosts as wholes.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::{SimTime, Simulation, Store, World};

/// A machine that is cut off.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Partition {
    /// Since when.
    pub since: SimTime,
    /// The cluster as its kubelet saw it last.
    seen: Store,
}

impl World {
    /// The objects as a kubelet knows them: as they are, or as they were when its machine was cut off. Models the
    /// caches of a kubelet's informers. Left out: claims and volumes of the API are asked for live upstream, which
    /// fails meanwhile.
    pub fn seen_by(&self, node: &str) -> &Store {
        let partition = self.partitioned.get(node);
        partition.map_or(&self.store, |partition| &partition.seen)
    }
}

impl Simulation {
    pub(super) fn partition(&mut self, name: &Rc<str>) {
        let is_there = self.world.machines.get(name).is_some();
        if !is_there || self.world.partitioned.contains_key(name) {
            return;
        }
        let now = self.now();
        let partition = Partition {
            since: now,
            seen: self.world.store.without_changes(),
        };
        (self.world.partitioned).insert(name.clone(), Rc::new(partition));
        let kubelet = self.kubelets.get(name);
        if let Some(heartbeat) = kubelet.map(|kubelet| kubelet.last_heartbeat(&self.world)) {
            self.falls_silent(name, heartbeat);
        }
    }

    pub(super) fn heal(&mut self, name: &Rc<str>) {
        if !self.world.partitioned.remove(name) {
            return;
        }
        if let Some(kubelet) = self.kubelets.get(name) {
            kubelet.clone().heal(&mut self.world);
        }
    }
}
