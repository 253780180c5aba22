//! Whose an address is, without asking every node: what is on record of those that nodes and Pods have. Ours: upstream
//! it is the routes of all machines and what each answers to ARP.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::api::Uid;
use crate::collections::Map;

/// Addresses that were given out. One of a Pod stays until it is given back, or to somebody else: whoever asks makes
/// sure that it still has it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Addresses {
    /// Of nodes: `192.168.0.2`.
    nodes: Map<Rc<str>, Rc<str>>,
    /// Of nodes, the first three numbers of their Pods' addresses: `10.244.1.`
    networks: Map<Rc<str>, Rc<str>>,
    /// Of Pods, with their nodes.
    pods: Map<Rc<str>, (Rc<str>, Uid)>,
}

impl Addresses {
    /// A node has this address, and its Pods are of this network.
    pub fn node_has(&mut self, node: &Rc<str>, ip: &Rc<str>, network: &Rc<str>) {
        self.nodes.insert(ip.clone(), node.clone());
        self.networks.insert(network.clone(), node.clone());
    }

    /// A machine is gone, and all that was on it.
    pub fn node_is_gone(&mut self, node: &str) {
        for map in [&mut self.nodes, &mut self.networks] {
            remove(map, |of| **of == *node);
        }
        remove(&mut self.pods, |(of, _)| **of == *node);
    }

    /// A Pod of a node has this address.
    pub fn pod_has(&mut self, ip: &Rc<str>, node: &Rc<str>, uid: Uid) {
        if !ip.is_empty() {
            self.pods.insert(ip.clone(), (node.clone(), uid));
        }
    }

    /// A Pod gives its address back.
    pub fn pod_gives_back(&mut self, ip: &str, uid: Uid) {
        if self.pods.get(ip).is_some_and(|(_, of)| *of == uid) {
            self.pods.remove(ip);
        }
    }

    /// The node with this address.
    pub fn node(&self, ip: &str) -> Option<&Rc<str>> {
        self.nodes.get(ip)
    }

    /// The node whose Pods' network this address is of.
    pub fn network(&self, ip: &str) -> Option<&Rc<str>> {
        self.networks.get(&ip[..=ip.rfind('.')?])
    }

    /// The node and the Pod that got this address last.
    pub fn pod(&self, ip: &str) -> Option<&(Rc<str>, Uid)> {
        self.pods.get(ip)
    }
}

fn remove<V: Clone>(map: &mut Map<Rc<str>, V>, is_its: impl Fn(&V) -> bool) {
    let its = map.iter().filter(|(_, of)| is_its(of));
    let its: Vec<Rc<str>> = its.map(|(ip, _)| ip.clone()).collect();
    for ip in its {
        map.remove(&*ip);
    }
}
