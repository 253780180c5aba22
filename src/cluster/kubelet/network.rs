//! A node's end of the Pod network: which Pod has which address, which ports of the node lead into a Pod, and who
//! answers what comes in. Models the CNI plugins that a container runtime calls, `portmap` among them, and the kernel.

use std::rc::Rc;
use std::time::Duration;

use super::processes::Surroundings;
use super::runtime::{Container, ContainerId};
use super::{Kubelet, PodWorker};
use crate::api::{ObjectKey, Uid};
use crate::cluster::network::Served;
use crate::cluster::network::destination::is_loopback;
use crate::cluster::network::request::Endpoint;
use crate::cluster::workload::Asks;
use crate::cluster::workload::outside::{Reply, Request};
use crate::cluster::{SimTime, World};

impl Kubelet {
    /// The node's own address.
    pub(in crate::cluster) fn ip(&self) -> &str {
        &self.node.ip
    }

    /// The host that its machine is on.
    pub(in crate::cluster) fn host(&self) -> &Rc<str> {
        &self.node.host
    }

    /// Does this Pod have this address now? Then which it is.
    pub(in crate::cluster) fn holds(&self, uid: Uid, ip: &str) -> Option<ObjectKey> {
        let worker = self.workers.get(&uid)?;
        let sandbox = worker.runtime.ready_sandbox()?;
        (*sandbox.ip == *ip).then(|| worker.key.clone())
    }

    /// The address that packets of a Pod's processes have.
    pub(in crate::cluster) fn address_of(&self, uid: Uid) -> Option<Rc<str>> {
        let sandbox = self.workers.get(&uid)?.runtime.ready_sandbox()?;
        Some(match &*sandbox.ip {
            "" => self.node.ip.clone(),
            _ => sandbox.ip.clone(),
        })
    }

    /// Does this container run?
    pub(in crate::cluster) fn runs(&self, uid: Uid, container: &str) -> bool {
        let worker = self.workers.get(&uid);
        let run = worker.and_then(|worker| worker.runtime.latest(container));
        run.is_some_and(Container::is_running)
    }

    /// For how long does this container run without having ended?
    pub(in crate::cluster) fn ran(
        &self,
        uid: Uid,
        container: &str,
        now: SimTime,
    ) -> Option<Duration> {
        let worker = self.workers.get(&uid)?;
        worker.runtime.latest(container)?.ran(now)
    }

    /// Where a port of the node leads that a Pod asked for (`hostPort`). Models the plugin `portmap`.
    pub(in crate::cluster) fn host_port(
        &self,
        port: u16,
        protocol: &str,
    ) -> Option<(Endpoint, ObjectKey)> {
        self.workers.values().find_map(|worker| {
            let sandbox = worker.runtime.ready_sandbox()?;
            if sandbox.ip.is_empty() {
                return None;
            }
            let view = PodWorker::view(&worker.pod);
            let mut ports = view.all_containers().flat_map(|one| one.ports.iter());
            let its = ports.find(|one| {
                let same = &*one.protocol == protocol || one.protocol.is_empty();
                one.host_port == i64::from(port) && same
            })?;
            let at = Endpoint {
                ip: sandbox.ip.clone(),
                port: u16::try_from(its.container_port).unwrap_or(0),
            };
            Some((at, worker.key.clone()))
        })
    }

    /// Whose process on the node's own network listens there; `inside`: for whoever asks by localhost too.
    pub(in crate::cluster) fn listener_on_node(
        &self,
        now: SimTime,
        port: i64,
        inside: bool,
    ) -> Option<Uid> {
        let found = self.workers.iter().find(|(_, worker)| {
            let sandbox = worker.runtime.ready_sandbox();
            let on_node = sandbox.is_some_and(|sandbox| sandbox.ip.is_empty());
            let mut runs = worker.runtime.containers.iter();
            on_node && runs.any(|run| run.listens(now, port, inside))
        });
        found.map(|(uid, _)| *uid)
    }

    /// Something comes in for a Pod: whichever of its containers listens there answers. A path is a `GET`; nothing of
    /// it is answered beyond its Pod.
    pub(in crate::cluster) fn serve(
        &mut self,
        world: &mut World,
        uid: Uid,
        (port, inside): (i64, bool),
        (from, path): (&Rc<str>, Option<Rc<str>>),
    ) -> Option<(ObjectKey, Served)> {
        let mut served = None;
        let key = self.workers.get(&uid)?.key.clone();
        self.turn(world, uid, |turn| {
            let now = turn.world.now();
            let runs = &turn.worker.runtime.containers;
            let Some(at) = runs.iter().position(|run| run.listens(now, port, inside)) else {
                return;
            };
            let mut around = turn.surroundings(None);
            let from = Some(from.clone()).filter(|_| !inside);
            let request = Request { port, path, from };
            let (container, answer) = around.answer(at, &request);
            let asks = around.unreached.take().unwrap_or(Asks::Nothing);
            served = Some(Served {
                container,
                asks,
                answer,
            });
        });
        Some((key, served?))
    }

    /// Something came over the network that a container's process waits for, or a command beside it.
    pub(in crate::cluster) fn receive(
        &mut self,
        world: &mut World,
        uid: Uid,
        id: ContainerId,
        number: u64,
        reply: &Rc<Reply>,
    ) {
        self.turn(world, uid, |turn| {
            if turn.exec_receives(number, reply) {
                return;
            }
            let next = turn.with_process(id, false, |process, ran, _, around| {
                process.receive(ran, number, reply, around)
            });
            if next.is_some() {
                turn.plan(id, next);
            }
        });
    }
}

impl Container {
    /// Does it listen there, for whoever asks from `inside` its network namespace or from outside of it?
    fn listens(&self, now: SimTime, port: i64, inside: bool) -> bool {
        self.ran(now).is_some_and(|ran| {
            let open = self.process.listeners(ran);
            let meant = |listener: &crate::cluster::workload::Listener| {
                listener.port == port && (inside || !listener.loopback)
            };
            open.iter().any(meant)
        })
    }
}

impl Surroundings<'_> {
    /// Is it somewhere in the Pod itself?
    pub(super) fn is_here(&self, host: &str) -> bool {
        is_loopback(host) || *host == *self.ip
    }
}
