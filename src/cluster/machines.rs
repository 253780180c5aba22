//! Hosts and machines come and go, and are switched on and off. Ours: upstream it is a hypervisor or a cloud, and its
//! controller, which deletes the Node of a machine that is gone.

use std::rc::Rc;

use super::kubelet::Kubelet;
use super::{Actor, SimTime, Simulation, controllers, kubelet};
use crate::api::ObjectKey;
use crate::machine::{Host, Machine};

impl Simulation {
    pub(super) fn add_host(&mut self, host: Host) {
        let machines = Rc::make_mut(&mut self.world.machines);
        if machines.hosts.iter().all(|known| known.name != host.name) {
            machines.hosts.push(host);
        }
    }

    pub(super) fn add_machine(&mut self, machine: Machine) {
        if self.world.machines.get(&machine.name).is_some() {
            return;
        }
        if let Some(why) = kubelet::wrong_with(&machine).into_iter().next() {
            self.world
                .refuse(Actor::You, ObjectKey::node(&machine.name), why);
            return;
        }
        self.add_host(Host {
            name: machine.host.clone(),
        });
        Rc::make_mut(&mut self.world.machines)
            .machines
            .push(machine.clone());
        let kubelet = Kubelet::start(&mut self.world, &machine);
        self.kubelets.insert(machine.name, Rc::new(kubelet));
    }

    pub(super) fn power_off(&mut self, name: &Rc<str>) {
        let Some(kubelet) = self.kubelets.take(name) else {
            return;
        };
        let now = self.now();
        self.world.timers_mut().cancel_kubelet(name);
        self.world.powered_off.insert(name.clone(), now);
        let heartbeat = kubelet.last_heartbeat(&self.world);
        self.falls_silent(name, heartbeat);
        self.kubelets_off.insert(name.clone(), kubelet);
    }

    /// From now on the control plane hears nothing of a machine, whatever else befalls it.
    pub(super) fn falls_silent(&mut self, name: &Rc<str>, heartbeat: SimTime) {
        if self.world.unheard.contains_key(name) {
            return;
        }
        let now = self.now();
        self.world.unheard.insert(name.clone(), now);
        if self.world.setup.controllers {
            controllers::node_fell_silent(&mut self.world, name, heartbeat);
        }
    }

    pub(super) fn power_on(&mut self, name: &Rc<str>) {
        let Some(mut kubelet) = self.kubelets_off.take(name) else {
            return;
        };
        self.world.powered_off.remove(name);
        Rc::make_mut(&mut kubelet).power_on(&mut self.world);
        self.kubelets.insert(name.clone(), kubelet);
    }

    pub(super) fn remove_machine(&mut self, name: &str) {
        let machines = Rc::make_mut(&mut self.world.machines);
        machines.machines.retain(|machine| &*machine.name != name);
        self.kubelets.remove(name);
        self.kubelets_off.remove(name);
        self.world.powered_off.remove(name);
        self.world.addresses.node_is_gone(name);
        self.world.partitioned.remove(name);
        self.world.unheard.remove(name);
        self.world.timers_mut().cancel_kubelet(name);
        // A cloud controller deletes the Node of a machine that is gone. Nothing to delete is fine.
        let _ = self.world.delete(Actor::You, &ObjectKey::node(name), None);
    }

    pub(super) fn remove_host(&mut self, name: &str) {
        let machines = self.world.machines.clone();
        for machine in machines
            .machines
            .iter()
            .filter(|machine| &*machine.host == name)
        {
            self.remove_machine(&machine.name);
        }
        Rc::make_mut(&mut self.world.machines)
            .hosts
            .retain(|host| &*host.name != name);
    }
}
