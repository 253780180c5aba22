//! Whom a packet's address belongs to as things stand, and what an address is that nobody has. Models the routes of
//! nodes: their Pods' networks by one another, all machines side by side, and everything else by the way out.

use std::net::Ipv4Addr;
use std::rc::Rc;

use super::request::Endpoint;
use super::route::PodAt;
use super::{CONTROL_PLANE, DNS_SERVER, OUTSIDE_DNS};
use crate::cluster::{Simulation, kubelet};

/// Whom an address belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Pod(PodAt),
    Node(Rc<str>),
    NameServer,
    ApiServer,
    /// The DNS server outside the cluster.
    OutsideDns,
    /// Somebody's behind this node, or on it, who doesn't answer for it: why.
    Silent(Rc<str>, Rc<str>),
    /// Of the machines' network, and no machine has it.
    NoMachine,
    Outside,
}

/// The networks of this cluster and how many of their bits count: Services', Pods' (`node_status.rs`), machines'.
const SERVICES: (u32, u32) = (u32::from_be_bytes([10, 96, 0, 0]), 12);
const PODS_FROM: u32 = u32::from_be_bytes([10, 112, 0, 0]);
const PODS_TO: u32 = u32::from_be_bytes([10, 255, 255, 255]);
const MACHINES: (u32, u32) = (u32::from_be_bytes([192, 168, 0, 0]), 16);

fn is_in((network, bits): (u32, u32), ip: u32) -> bool {
    (ip ^ network) >> (32 - bits) == 0
}

fn bits(ip: &str) -> Option<u32> {
    ip.parse::<Ipv4Addr>().ok().map(Ipv4Addr::to_bits)
}

impl Simulation {
    pub(super) fn owner(&self, ip: &str) -> Owner {
        match ip {
            DNS_SERVER => return Owner::NameServer,
            CONTROL_PLANE => return Owner::ApiServer,
            OUTSIDE_DNS => return Owner::OutsideDns,
            _ => {}
        }
        let known = &self.world.addresses;
        if let Some((node, uid)) = known.pod(ip) {
            let kubelet = self.kubelets.get(node);
            if let Some(key) = kubelet.and_then(|kubelet| kubelet.holds(*uid, ip)) {
                return Owner::Pod(PodAt {
                    node: node.clone(),
                    uid: *uid,
                    key,
                });
            }
            if kubelet.is_none() && self.kubelets_off.get(node).is_some() {
                return off(node);
            }
        }
        if let Some(node) = known.node(ip) {
            return match self.kubelets.get(node) {
                Some(_) => Owner::Node(node.clone()),
                None => off(node),
            };
        }
        match known.network(ip) {
            Some(node) if self.kubelets.get(node).is_some() => {
                let why = format!("no Pod of {node} has this address");
                Owner::Silent(node.clone(), why.into())
            }
            Some(node) => off(node),
            None => self.nobody(ip),
        }
    }

    /// Is it an address as Pods have, which nobody outside the cluster knows?
    pub(super) fn is_of_pods(&self, ip: &str) -> bool {
        let known = &self.world.addresses;
        let is_theirs = known.network(ip).is_some() || known.pod(ip).is_some();
        is_theirs || bits(ip).is_some_and(|ip| (PODS_FROM..=PODS_TO).contains(&ip))
    }

    /// It is nobody's who is there.
    fn nobody(&self, ip: &str) -> Owner {
        if let Some(node) = self.reported(ip) {
            let why = match self.world.machines.get(&node) {
                Some(_) => format!("node {node} is not Ready, and taken to be off"),
                None => format!("there is no machine behind node {node}"),
            };
            return Owner::Silent(node, why.into());
        }
        match bits(ip) {
            Some(ip) if is_in(MACHINES, ip) => Owner::NoMachine,
            _ => Owner::Outside,
        }
    }

    /// The Node that says that it has this address, or that a Pod of it has, with no kubelet that does anything.
    fn reported(&self, ip: &str) -> Option<Rc<str>> {
        let store = &self.world.store;
        let is_its = |node: &crate::api::node::Node| {
            let network = kubelet::network_of(node);
            network.is_some_and(|network| ip.rfind('.').is_some_and(|at| ip[..=at] == *network))
        };
        let mut nodes = store.list("Node");
        let node = nodes.find(|(_, object)| {
            kubelet::address(object) == ip || object.node().is_some_and(|node| is_its(node))
        });
        if let Some((key, _)) = node {
            return Some(key.name.clone());
        }
        let mut pods = store.list("Pod").filter_map(|(_, object)| object.pod());
        let pod = pods.find(|pod| *pod.status.pod_ip == *ip && !pod.is_finished())?;
        let node = &pod.spec.node_name;
        self.kubelets.get(node).is_none().then(|| node.clone())
    }

    /// Why nothing comes back from an address that no node has a route to but the way out.
    pub(super) fn why_lost(&self, to: &Endpoint, protocol: super::request::Protocol) -> Rc<str> {
        let ip = bits(&to.ip).unwrap_or(0);
        if let Some(service) = self.network.proxy.service_at(&to.ip) {
            let (path, port, protocol) = (service.path(), to.port, protocol.as_str());
            return format!(
                "Service {path} has no port {port}/{protocol}, and no machine its address"
            )
            .into();
        }
        if is_in(SERVICES, ip) {
            "no Service has this address".into()
        } else if (PODS_FROM..=PODS_TO).contains(&ip) {
            "no node's Pods have addresses like this".into()
        } else {
            "nobody outside the cluster answers".into()
        }
    }
}

fn off(node: &Rc<str>) -> Owner {
    Owner::Silent(node.clone(), format!("machine {node} is off").into())
}
