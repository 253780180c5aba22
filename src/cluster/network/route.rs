//! The way of a packet: from the Pod over the bridge of its node, along the road, to the Pod that has the address.
//! Models the CNI plugins `bridge`, `host-local` and `portmap` with a route per node, and the kernel's tables:
//! addresses stay as they are between Pods; a Service's is replaced where the packet leaves its node's bridge; who
//! comes in by a port of a node, or goes out of the cluster, gets the node's address.
//! Left out: MTU, TTL, ARP but for its end, source ports that masquerading changes.

use std::rc::Rc;
use std::time::Duration;

use super::destination::is_loopback;
use super::owner::Owner;
use super::proxy::{Decision, Door};
use super::request::{Choice, Endpoint, Hop, Party, Place, Protocol};
use crate::api::{ObjectKey, Uid};
use crate::cluster::{Latencies, SimTime, Simulation};

/// A Pod that has an address of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PodAt {
    pub node: Rc<str>,
    pub uid: Uid,
    pub key: ObjectKey,
}

/// Why nobody answers for an address among the machines'.
const NO_MACHINE: &str = "no machine has this address";

/// How a way ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// At this Pod's door.
    Pod(PodAt),
    /// At a process on a node's own network.
    Node(Rc<str>),
    NameServer,
    ApiServer,
    /// At the DNS server outside the cluster.
    OutsideDns,
    /// A rule, or whoever is there, says no: refused.
    Rejected(Rc<str>),
    /// Nobody there has the address.
    NoRoute(Rc<str>),
    /// A rule lets it fall, or nobody answers: nothing comes back.
    Lost(Rc<str>),
}

/// A way and how it ends.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub hops: Vec<Hop>,
    pub fate: Fate,
    pub choice: Option<Choice>,
}

/// A packet under way.
struct Packet {
    at: SimTime,
    source: Endpoint,
    destination: Endpoint,
    protocol: Protocol,
    hops: Vec<Hop>,
    choice: Option<Choice>,
    /// What is done to it at most places: the same empty text for all of them.
    nothing: Rc<str>,
}

/// Places that most ways come by, at most.
const PLACES: usize = 12;

impl Packet {
    fn new(at: SimTime, source: Endpoint, destination: Endpoint, protocol: Protocol) -> Self {
        Packet {
            at,
            source,
            destination,
            protocol,
            // There and back.
            hops: Vec::with_capacity(2 * PLACES),
            choice: None,
            nothing: "".into(),
        }
    }

    /// It sets out from there.
    fn begins_at(&mut self, place: Place) {
        self.hops.push(Hop {
            at: self.at,
            place,
            source: self.source.clone(),
            destination: self.destination.clone(),
            rule: self.nothing.clone(),
            back: false,
        });
    }

    fn to(&mut self, place: Place, latencies: &Latencies) {
        self.at = self.at + takes(&place, latencies);
        self.begins_at(place);
    }

    /// Unless it is there already.
    fn comes_to(&mut self, place: Place, latencies: &Latencies) {
        if self.hops.last().is_none_or(|hop| hop.place != place) {
            self.to(place, latencies);
        }
    }

    fn note(&mut self, rule: String) {
        if let Some(hop) = self.hops.last_mut() {
            let before = std::mem::take(&mut hop.rule);
            hop.rule = match &*before {
                "" => rule.into(),
                before => format!("{before}; {rule}").into(),
            };
        }
    }

    fn ends(self, fate: Fate) -> Way {
        Way {
            hops: self.hops,
            fate,
            choice: self.choice,
        }
    }
}

/// How long it takes to come there.
fn takes(place: &Place, latencies: &Latencies) -> Duration {
    match place {
        Place::Host(_) => latencies.network_machine,
        Place::Road(..) | Place::NameServer | Place::ApiServer => latencies.network_host,
        Place::Outside => latencies.network_outside,
        _ => latencies.network_hop,
    }
}

/// The answer's way: the same back, each place undoing what it did. It is put behind the way there.
pub(super) fn back(hops: &mut Vec<Hop>, from: SimTime, latencies: &Latencies) {
    let mut at = from;
    let nothing: Rc<str> = "".into();
    for index in (0..hops.len()).rev() {
        let hop = &hops[index];
        // Of the last place nothing is behind it yet.
        let passed = hops.get(index + 1);
        if let Some(passed) = passed {
            at = at + takes(&passed.place, latencies);
        }
        let known = passed.unwrap_or(hop);
        let undone = known.source != hop.source || known.destination != hop.destination;
        let answer = Hop {
            at,
            place: match &hop.place {
                Place::Road(from, to) => Place::Road(to.clone(), from.clone()),
                place => place.clone(),
            },
            source: known.destination.clone(),
            destination: known.source.clone(),
            rule: if undone {
                "the addresses are put back".into()
            } else {
                nothing.clone()
            },
            back: true,
        };
        hops.push(answer);
    }
}

/// It never comes out of the machine that is cut off, or into it.
fn cut_off(mut packet: Packet, node: &str) -> Way {
    let why = format!("machine {node} is cut off");
    packet.note(why.clone());
    packet.ends(Fate::Lost(why.into()))
}

impl Simulation {
    /// The host that a node's machine is on.
    fn host_of(&self, node: &str) -> Rc<str> {
        let kubelet = self.kubelets.get(node);
        kubelet.map_or_else(|| "".into(), |kubelet| kubelet.host().clone())
    }

    /// The machine that is cut off, if a packet from this one (or from outside) to that address had to pass it.
    fn cut_between(&self, from: Option<&Rc<str>>, to: &Owner) -> Option<Rc<str>> {
        let to = match to {
            Owner::Pod(PodAt { node, .. }) | Owner::Node(node) | Owner::Silent(node, _) => {
                Some(node)
            }
            _ => None,
        };
        let mut both = from.into_iter().chain(to);
        let is_cut = |node: &&Rc<str>| self.world.partitioned.contains_key(*node);
        both.find(is_cut).filter(|_| from != to).cloned()
    }

    /// The way of a packet that `from` sends now, and how it ends as things stand.
    pub(super) fn way(
        &mut self,
        from: &Party,
        source: Endpoint,
        destination: Endpoint,
        protocol: Protocol,
    ) -> Way {
        let setup = self.world.setup.clone();
        let latencies = &setup.latencies;
        let mut packet = Packet::new(self.now(), source, destination, protocol);
        let node = match from {
            Party::Container {
                pod,
                uid,
                name,
                node,
            } => {
                packet.begins_at(Place::Container(pod.clone(), name.clone()));
                let kubelet = self.kubelets.get(node);
                let to = &*packet.destination.ip;
                let (stays, own) = (is_loopback(to), *to == *packet.source.ip);
                if kubelet.is_some_and(|kubelet| kubelet.ip() == &*packet.source.ip) {
                    packet.to(Place::Node(node.clone()), latencies);
                    if stays {
                        return self.at_node(packet, node.clone(), latencies);
                    }
                } else if stays || own {
                    let at = PodAt {
                        node: node.clone(),
                        uid: *uid,
                        key: pod.clone(),
                    };
                    packet.to(
                        Place::Container(pod.clone(), packet.nothing.clone()),
                        latencies,
                    );
                    return packet.ends(Fate::Pod(at));
                } else {
                    packet.to(Place::Veth(pod.clone()), latencies);
                    packet.to(Place::Bridge(node.clone()), latencies);
                }
                Some(node.clone())
            }
            _ => {
                packet.begins_at(Place::Outside);
                None
            }
        };
        self.beyond(packet, node, latencies)
    }

    /// From a node's bridge, or from outside.
    fn beyond(&mut self, mut packet: Packet, node: Option<Rc<str>>, latencies: &Latencies) -> Way {
        if let Some(node) = &node
            && let Some(fate) = self.served(&mut packet, (node, Door::Cluster))
        {
            return packet.ends(fate);
        }
        let owner = self.owner(&packet.destination.ip);
        if let Some(other) = self.cut_between(node.as_ref(), &owner) {
            return cut_off(packet, &other);
        }
        let Some(node) = node else {
            return self.of_outside(packet, owner, latencies);
        };
        match owner {
            Owner::Pod(pod) => {
                self.drive(&mut packet, Some(&node), &pod.node, latencies);
                self.enter(packet, pod, latencies)
            }
            Owner::Node(other) => {
                self.drive(&mut packet, Some(&node), &other, latencies);
                self.at_node(packet, other, latencies)
            }
            owner => self.ends_with(packet, owner, &node, latencies),
        }
    }

    /// Addresses of nodes are known outside too; others of the cluster mean nothing there.
    fn of_outside(&mut self, mut packet: Packet, owner: Owner, latencies: &Latencies) -> Way {
        let to = packet.destination.clone();
        let is_service = self.network.proxy.service_at(&to.ip).is_some();
        match owner {
            Owner::Node(node) => {
                self.drive(&mut packet, None, &node, latencies);
                self.at_node(packet, node, latencies)
            }
            Owner::ApiServer => {
                packet.to(Place::ApiServer, latencies);
                packet.ends(Fate::ApiServer)
            }
            Owner::Silent(_, why) if !self.is_of_pods(&to.ip) => packet.ends(Fate::NoRoute(why)),
            Owner::NoMachine => packet.ends(Fate::NoRoute(NO_MACHINE.into())),
            Owner::Outside if is_loopback(&to.ip) => packet.ends(Fate::Rejected(
                "localhost is whoever asks, here outside".into(),
            )),
            Owner::Outside if !is_service => {
                let why = self.why_lost(&to, packet.protocol);
                packet.ends(Fate::Lost(why))
            }
            Owner::OutsideDns => packet.ends(Fate::OutsideDns),
            _ => packet.ends(Fate::Lost(
                "outside the cluster nobody knows this address".into(),
            )),
        }
    }

    /// It is at a node, or on its bridge, and to nobody on another one.
    fn ends_with(
        &mut self,
        mut packet: Packet,
        owner: Owner,
        node: &Rc<str>,
        latencies: &Latencies,
    ) -> Way {
        match owner {
            Owner::NameServer => {
                self.leave(&mut packet, node, latencies);
                packet.to(Place::NameServer, latencies);
                packet.ends(Fate::NameServer)
            }
            Owner::ApiServer => {
                self.leave(&mut packet, node, latencies);
                packet.to(Place::ApiServer, latencies);
                packet.ends(Fate::ApiServer)
            }
            Owner::Silent(other, why) => {
                if self.kubelets.get(&other).is_some() {
                    self.drive(&mut packet, Some(node), &other, latencies);
                } else {
                    packet.comes_to(Place::Node(node.clone()), latencies);
                }
                packet.note(why.to_string());
                packet.ends(Fate::NoRoute(why))
            }
            Owner::NoMachine => {
                packet.comes_to(Place::Node(node.clone()), latencies);
                packet.note(NO_MACHINE.into());
                packet.ends(Fate::NoRoute(NO_MACHINE.into()))
            }
            owner => {
                let why = self.why_lost(&packet.destination, packet.protocol);
                self.leave(&mut packet, node, latencies);
                self.masquerade(&mut packet, node);
                packet.to(Place::Outside, latencies);
                packet.ends(match owner {
                    Owner::OutsideDns => Fate::OutsideDns,
                    _ => Fate::Lost(why),
                })
            }
        }
    }

    /// What kube-proxy's rules of this node make of it; tells if they end it.
    fn served(&mut self, packet: &mut Packet, (node, door): (&Rc<str>, Door)) -> Option<Fate> {
        let decision = self.network.proxy.decide(
            &mut self.world,
            (node, door),
            &packet.source.ip,
            &packet.destination,
            packet.protocol,
        )?;
        match decision {
            Decision::To {
                choice,
                target,
                masquerades,
            } => {
                let (count, number) = (choice.candidates.len(), choice.chosen.unwrap_or(0) + 1);
                let how = match choice.sticks {
                    true => "as before".to_string(),
                    false => format!("{number} of {count}"),
                };
                let service = choice.service.path();
                packet.note(format!("Service {service}: to {target} ({how})"));
                packet.choice = Some(choice);
                packet.destination = target;
                if masquerades {
                    self.masquerade(packet, node);
                }
                None
            }
            Decision::Rejected(choice) => {
                let service = choice.service.path();
                packet.note(format!("Service {service}: no endpoint"));
                packet.choice = Some(choice);
                Some(Fate::Rejected("no endpoint".into()))
            }
            Decision::Dropped(choice) => {
                let why = format!("Service {}: no endpoint on {node}", choice.service.path());
                packet.note(why.clone());
                packet.choice = Some(choice);
                Some(Fate::Lost(why.into()))
            }
        }
    }

    fn masquerade(&self, packet: &mut Packet, node: &Rc<str>) {
        if let Some(kubelet) = self.kubelets.get(node) {
            let ip: Rc<str> = kubelet.ip().into();
            if packet.source.ip != ip {
                packet.note(format!("from here on it comes from {node}"));
                packet.source.ip = ip;
            }
        }
    }

    /// From a node's bridge onto the road.
    fn leave(&self, packet: &mut Packet, node: &Rc<str>, latencies: &Latencies) {
        packet.comes_to(Place::Node(node.clone()), latencies);
        packet.to(Place::Host(self.host_of(node)), latencies);
    }

    /// Along the road to another node.
    fn drive(
        &self,
        packet: &mut Packet,
        from: Option<&Rc<str>>,
        to: &Rc<str>,
        latencies: &Latencies,
    ) {
        if from == Some(to) {
            return;
        }
        let host = self.host_of(to);
        match from {
            Some(from) => {
                self.leave(packet, from, latencies);
                let own = self.host_of(from);
                if own != host {
                    packet.to(Place::Road(own, host.clone()), latencies);
                    packet.to(Place::Host(host), latencies);
                }
            }
            None => packet.to(Place::Host(host), latencies),
        }
        packet.to(Place::Node(to.clone()), latencies);
    }

    /// Into a Pod of the node where it is.
    fn enter(&self, mut packet: Packet, pod: PodAt, latencies: &Latencies) -> Way {
        let bridge = Place::Bridge(pod.node.clone());
        if packet.hops.iter().all(|hop| hop.place != bridge) {
            packet.to(bridge, latencies);
        }
        packet.to(Place::Veth(pod.key.clone()), latencies);
        let nobody_yet = packet.nothing.clone();
        packet.to(Place::Container(pod.key.clone(), nobody_yet), latencies);
        packet.ends(Fate::Pod(pod))
    }

    /// It is at a node's own address: a port of a Service, a port of a Pod that the node holds open, or a process.
    fn at_node(&mut self, mut packet: Packet, node: Rc<str>, latencies: &Latencies) -> Way {
        if let Some(fate) = self.served(&mut packet, (&node, Door::Node)) {
            return packet.ends(fate);
        }
        let mapped = self.kubelets.get(&node).and_then(|kubelet| {
            kubelet.host_port(packet.destination.port, packet.protocol.as_str())
        });
        if let Some((target, pod)) = mapped {
            packet.note(format!("hostPort of {}: to {target}", pod.path()));
            packet.destination = target;
        }
        let owner = self.owner(&packet.destination.ip);
        if let Some(other) = self.cut_between(Some(&node), &owner) {
            return cut_off(packet, &other);
        }
        match owner {
            _ if is_loopback(&packet.destination.ip) => packet.ends(Fate::Node(node)),
            Owner::Pod(pod) => {
                let other = pod.node.clone();
                self.drive(&mut packet, Some(&node), &other, latencies);
                self.enter(packet, pod, latencies)
            }
            Owner::Node(owner) => {
                self.drive(&mut packet, Some(&node), &owner, latencies);
                packet.ends(Fate::Node(owner))
            }
            owner => self.ends_with(packet, owner, &node, latencies),
        }
    }
}
