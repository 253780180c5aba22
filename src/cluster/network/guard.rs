//! What NetworkPolicies say to a packet on its way: the sender's where it leaves its node's bridge, behind any Service;
//! the receiver's at its cable. Models what a network plugin does with [`super::policy`].
//! The cluster's DNS server counts as Pods labelled `k8s-app: kube-dns` in `kube-system`.

use std::net::IpAddr;
use std::rc::Rc;

use super::policy::{self, Connection, Peer, PodPeer, PolicyName, Verdict, decide, in_namespace};
use super::request::{Hop, Party, Place, RequestId};
use super::route::{Fate, Way};
use crate::api::meta::Labels;
use crate::api::pod::Pod;
use crate::api::{Object, ObjectKey};
use crate::cluster::Simulation;

impl Simulation {
    /// Do policies stop it? Which, and how far it comes.
    pub(super) fn denied_on(&self, id: RequestId, way: &Way) -> Option<Stopped> {
        if !policy::are_any(&self.world.store) {
            return None;
        }
        let request = self.network.requests.get(&id)?;
        let last = way.hops.last()?;
        let stays = |hop: &Hop| matches!(hop.place, Place::Container(..));
        if matches!(way.fate, Fate::Rejected(_)) || way.hops.iter().all(stays) {
            return None;
        }
        let ip: IpAddr = last.destination.ip.parse().ok()?;
        let (none, dns) = (Labels::default(), name_server());
        let (sender, own) = match &request.from {
            Party::Container { pod, node, .. } => (self.pod(pod), self.address_of_node(node)),
            _ => (None, None),
        };
        let (receiver, other) = match &way.fate {
            Fate::Pod(at) => (self.pod(&at.key), self.address_of_node(&at.node)),
            _ => (None, None),
        };
        let to = match (&receiver, &way.fate) {
            (Some((pod, object)), _) => Peer::Pod(PodPeer {
                pod,
                namespace_labels: self.labels_of(&object.meta.namespace).unwrap_or(&none),
                ip,
                node: other,
            }),
            (None, Fate::NameServer) => Peer::Pod(PodPeer {
                pod: &dns,
                namespace_labels: self.labels_of("kube-system").unwrap_or(&none),
                ip,
                node: None,
            }),
            _ => Peer::Address(ip),
        };
        let first = way.hops.first()?.source.ip.parse().ok()?;
        let sends = match &sender {
            Some((pod, object)) if !pod.spec.host_network => Peer::Pod(PodPeer {
                pod,
                namespace_labels: self.labels_of(&object.meta.namespace).unwrap_or(&none),
                ip: first,
                node: own,
            }),
            _ => Peer::Address(first),
        };
        let seen: IpAddr = last.source.ip.parse().ok()?;
        let says = |from| {
            let connection = Connection {
                from,
                to,
                port: i64::from(last.destination.port),
                protocol: request.protocol.as_str(),
            };
            decide(&connection, &mut |namespace, each| {
                in_namespace(&self.world.store, namespace).for_each(each);
            })
        };
        let said = says(sends);
        if let Verdict::Denied { by, why } = said.egress {
            return Some(stopped(way, (&by, why), "egress", is_bridge));
        }
        // Whoever comes with a node's address is taken for the node.
        let ingress = match seen == first {
            true => said.ingress,
            false => says(Peer::Address(seen)).ingress,
        };
        match ingress {
            Verdict::Denied { by, why } => Some(stopped(way, (&by, why), "ingress", is_last_veth)),
            Verdict::Allowed(_) => None,
        }
    }

    fn address_of_node(&self, node: &str) -> Option<IpAddr> {
        self.kubelets.get(node)?.ip().parse().ok()
    }

    fn pod(&self, key: &ObjectKey) -> Option<(Rc<Pod>, Rc<Object>)> {
        let object = self.world.store.get(key)?.clone();
        Some((object.pod()?.clone(), object))
    }

    fn labels_of(&self, namespace: &str) -> Option<&Labels> {
        let key = ObjectKey::new("Namespace", "", namespace);
        Some(&self.world.store.get(&key)?.meta.labels)
    }
}

/// The DNS server as policies see it.
fn name_server() -> Pod {
    let mut pod = Pod::default();
    pod.metadata.namespace = "kube-system".into();
    pod.metadata.name = "coredns".into();
    pod.metadata.labels = [("k8s-app".into(), "kube-dns".into())].into();
    pod
}

fn is_bridge(hops: &[Hop]) -> Option<usize> {
    hops.iter()
        .position(|hop| matches!(hop.place, Place::Bridge(_)))
}

fn is_last_veth(hops: &[Hop]) -> Option<usize> {
    hops.iter()
        .rposition(|hop| matches!(hop.place, Place::Veth(_)))
}

/// A request that policies let not through.
pub(super) struct Stopped {
    /// Which policies: `default/deny`
    pub policies: Rc<str>,
    /// What they allow instead.
    pub why: Rc<str>,
    /// How far it comes.
    pub hops: Vec<Hop>,
}

/// The way up to where it is stopped, and by whom.
fn stopped(
    way: &Way,
    (policies, why): (&[PolicyName], String),
    direction: &str,
    place: fn(&[Hop]) -> Option<usize>,
) -> Stopped {
    let named = |policy: &PolicyName| format!("{}/{}", policy.namespace, policy.name);
    let names: Vec<String> = policies.iter().map(named).collect();
    let names: Rc<str> = names.join(", ").into();
    let at = place(&way.hops).unwrap_or(way.hops.len().saturating_sub(1));
    let mut hops = way.hops[..=at].to_vec();
    if let Some(hop) = hops.last_mut() {
        let before = match &*hop.rule {
            "" => String::new(),
            rule => format!("{rule}; "),
        };
        hop.rule = format!("{before}denied by NetworkPolicy {names} ({direction})").into();
    }
    Stopped {
        policies: names,
        why: why.into(),
        hops,
    }
}
