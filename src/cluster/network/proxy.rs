//! Services as every node carries them out: an address and a port that are nobody's, and the endpoints behind them,
//! one of which each connection gets. Models kube-proxy, `pkg/proxy` (its `iptables` mode: `topology.go` says which
//! endpoints count, each rule has the probability that makes all of them equally likely).
//! All nodes learn of a change at the same moment: at once, but no sooner than [`crate::cluster::Latencies`]'s
//! `proxy_sync_period` after the last. Left out: health-check ports, zones (`trafficDistribution`), load balancers.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::request::{Choice, Endpoint, Protocol};
use crate::api::endpoint_slice::{EndpointSlice, KIND, SERVICE_NAME};
use crate::api::service::{Service, ServicePort};
use crate::api::{ObjectKey, Uid};
use crate::cluster::{Change, SimTime, Store, TimerId, World};
use crate::collections::{Map, Set};

/// What all nodes know of Services.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Proxy {
    /// Of each Service what its rules say.
    services: Map<ObjectKey, Rc<ServiceRules>>,
    /// The same of the Service that has an address.
    by_address: Map<Rc<str>, Rc<ServiceRules>>,
    /// The same of the Service that has a port of every node.
    by_node_port: Map<(u16, Protocol), Rc<ServiceRules>>,
    /// Services that have changed since.
    changed: Set<ObjectKey>,
    /// When they are looked at.
    timer: Option<TimerId>,
    synced: Option<SimTime>,
    /// Whom a client was sent to last, and until when that counts.
    stuck: Map<Client, (Endpoint, SimTime)>,
}

/// A Service, the name of its port, and the address of who asks.
type Client = (ObjectKey, Rc<str>, Rc<str>);

/// One Service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceRules {
    /// Which.
    pub key: ObjectKey,
    /// Its uid.
    pub uid: Uid,
    /// Its own addresses.
    pub addresses: Vec<Rc<str>>,
    /// For so many seconds a client stays with its endpoint.
    pub affinity_seconds: Option<i64>,
    /// From Pods, only endpoints of their own node?
    pub internal_local: bool,
    /// From outside, only endpoints of the node that was asked, and is the client's address kept?
    pub external_local: bool,
    /// Port by port.
    pub ports: Vec<PortRules>,
}

/// One port of a Service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PortRules {
    /// Often empty.
    pub name: Rc<str>,
    /// On the Service's own address.
    pub port: u16,
    /// TCP or UDP.
    pub protocol: Protocol,
    /// On every node; 0: none.
    pub node_port: u16,
    /// Whom the rules may choose, in the order of their addresses.
    pub endpoints: Vec<Target>,
    /// Those of them that a packet may be given to, whatever node it is on.
    pub anywhere: Rc<[Endpoint]>,
}

/// An endpoint as the rules see it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Target {
    /// Where.
    pub at: Endpoint,
    /// Its node; empty if nobody says.
    pub node: Rc<str>,
    /// Does it take traffic?
    pub ready: bool,
    /// Does it answer, though it is on its way out?
    pub serving: bool,
    /// Is it on its way out?
    pub terminating: bool,
}

/// Where a packet to a Service goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// To this endpoint; is the source address the node's from here on?
    To {
        /// Whom.
        choice: Choice,
        /// Where.
        target: Endpoint,
        /// Is the client's address replaced by the node's?
        masquerades: bool,
    },
    /// There is no endpoint: refused.
    Rejected(Choice),
    /// There is no endpoint on this node, and others are not for it: nothing comes back.
    Dropped(Choice),
}

/// Through which door a packet comes to a Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Its own address.
    Cluster,
    /// A port of a node.
    Node,
}

impl PortRules {
    /// Whom a packet may be given to on `node`.
    pub fn candidates(&self, node: &str, local: bool) -> Rc<[Endpoint]> {
        match local {
            true => chosen_from(&self.endpoints, &|target| *target.node == *node),
            false => self.anywhere.clone(),
        }
    }
}

/// Whom a packet may be given to of those that are here. Models `CategorizeEndpoints`, `pkg/proxy/topology.go`: those
/// that are ready; if there are none, those that still serve while they go.
fn chosen_from(endpoints: &[Target], is_here: &dyn Fn(&Target) -> bool) -> Rc<[Endpoint]> {
    let here = || endpoints.iter().filter(|target| is_here(target));
    let at = |target: &Target| target.at.clone();
    let ready: Rc<[Endpoint]> = here().filter(|target| target.ready).map(at).collect();
    if !ready.is_empty() {
        return ready;
    }
    let serves = |target: &&Target| target.serving && target.terminating;
    here().filter(serves).map(at).collect()
}

/// How likely each of `count` rules is, given that those before it were not taken: `iptables --probability`.
pub fn probability(index: usize, count: usize) -> f64 {
    1.0 / (count.saturating_sub(index).max(1)) as f64
}

impl Proxy {
    /// Sees a change. Marks; tells whether somebody has to be woken.
    pub fn observe(&mut self, world: &mut World, change: &Change) {
        if !change.verb.writes() {
            return;
        }
        let service = match &*change.object.kind {
            "Service" => Some(change.object.clone()),
            KIND => [&change.after, &change.before]
                .into_iter()
                .flatten()
                .find_map(|object| object.meta.labels.get(SERVICE_NAME))
                .map(|name| ObjectKey::new("Service", &change.object.namespace, name)),
            _ => None,
        };
        let Some(service) = service else {
            return;
        };
        self.changed.insert(service);
        if self.timer.is_some() {
            return;
        }
        let latencies = world.latencies();
        let soonest = self.synced.map(|at| at + latencies.proxy_sync_period);
        let heard = world.now() + latencies.watch_delivery + latencies.proxy_delay;
        let at = soonest.map_or(heard, |soonest| soonest.max(heard));
        let after = at.since(world.now());
        self.timer = Some(world.wake(after, super::wake(super::Wake::Proxy)));
    }

    /// What nodes have learnt long before a world begins.
    pub fn settle(&mut self, world: &mut World) {
        if let Some(timer) = self.timer.take() {
            world.cancel(timer);
        }
        self.sync(world);
        self.synced = None;
    }

    /// The rules become what the API says.
    pub fn sync(&mut self, world: &World) {
        self.timer = None;
        self.synced = Some(world.now());
        let changed = std::mem::take(&mut self.changed);
        // All first: one that is new may have the address of one that is gone.
        for key in changed.iter() {
            self.forget(key);
        }
        for key in changed.iter() {
            if let Some(rules) = rules(&world.store, key) {
                let rules = Rc::new(rules);
                for address in &rules.addresses {
                    self.by_address.insert(address.clone(), rules.clone());
                }
                for port in rules.ports.iter().filter(|port| port.node_port > 0) {
                    let node_port = (port.node_port, port.protocol);
                    self.by_node_port.insert(node_port, rules.clone());
                }
                self.services.insert(key.clone(), rules);
            }
        }
    }

    fn forget(&mut self, key: &ObjectKey) {
        let Some(rules) = self.services.take(key) else {
            return;
        };
        for address in &rules.addresses {
            self.by_address.remove(address);
        }
        for port in &rules.ports {
            self.by_node_port.remove(&(port.node_port, port.protocol));
        }
    }

    /// What is known of a Service.
    pub fn rules(&self, key: &ObjectKey) -> Option<&Rc<ServiceRules>> {
        self.services.get(key)
    }

    /// Whose address this is.
    pub fn service_at(&self, ip: &str) -> Option<&ObjectKey> {
        self.by_address.get(ip).map(|rules| &rules.key)
    }

    /// What the rules of `node` do with the first packet from `client` to `to`; nothing: it is to no Service.
    pub fn decide(
        &mut self,
        world: &mut World,
        (node, door): (&Rc<str>, Door),
        client: &Rc<str>,
        to: &Endpoint,
        protocol: Protocol,
    ) -> Option<Decision> {
        let rules = match door {
            Door::Cluster => self.by_address.get(&to.ip),
            Door::Node => self.by_node_port.get(&(to.port, protocol)),
        };
        let rules = rules?.clone();
        let meant = |port: &&PortRules| {
            let number = match door {
                Door::Cluster => port.port,
                Door::Node => port.node_port,
            };
            number == to.port && port.protocol == protocol
        };
        let mut choice = Choice {
            service: rules.key.clone(),
            port: "".into(),
            asked: to.clone(),
            node: node.clone(),
            candidates: Rc::default(),
            chosen: None,
            sticks: false,
        };
        // An address has no rule for a port that isn't the Service's: the packet goes on as it is.
        let port = rules.ports.iter().find(meant)?;
        choice.port = port.name.clone();
        let local = match door {
            Door::Cluster => rules.internal_local,
            Door::Node => rules.external_local,
        };
        choice.candidates = port.candidates(node, local);
        if choice.candidates.is_empty() {
            let elsewhere = local && !port.anywhere.is_empty();
            return Some(match elsewhere {
                true => Decision::Dropped(choice),
                false => Decision::Rejected(choice),
            });
        }
        let chosen = self.choose(world, &rules, client, &mut choice);
        choice.chosen = Some(chosen);
        let target = choice.candidates[chosen].clone();
        let itself = target.ip == *client;
        Some(Decision::To {
            masquerades: itself || door == Door::Node && !rules.external_local,
            target,
            choice,
        })
    }

    /// One of the candidates, by the rules' probabilities one after the other, or the one that this client had before.
    fn choose(
        &mut self,
        world: &mut World,
        rules: &ServiceRules,
        client: &Rc<str>,
        choice: &mut Choice,
    ) -> usize {
        let now = world.now();
        let place = || (rules.key.clone(), choice.port.clone(), client.clone());
        let place = rules.affinity_seconds.map(|seconds| (place(), seconds));
        let stuck = place.as_ref().and_then(|(place, _)| self.stuck.get(place));
        let stuck = stuck.filter(|(_, until)| *until > now);
        let known = stuck.and_then(|(at, _)| choice.candidates.iter().position(|one| one == at));
        choice.sticks = known.is_some();
        let chosen = known.unwrap_or_else(|| draw(world, rules.uid, choice.candidates.len()));
        if let Some((place, seconds)) = place {
            let until = now + std::time::Duration::from_secs(seconds.max(0).unsigned_abs());
            let at = choice.candidates[chosen].clone();
            self.stuck.insert(place, (at, until));
        }
        chosen
    }
}

/// Rule by rule, each with its probability.
fn draw(world: &mut World, service: Uid, count: usize) -> usize {
    if count < 2 {
        return 0;
    }
    let mut chance = world.rng.stream("kube-proxy", service);
    let drawn = (0..count).find(|index| {
        let left = u32::try_from(count - index).unwrap_or(u32::MAX);
        left == 1 || chance.below(left) == 0
    });
    drawn.unwrap_or(0)
}

fn protocol(text: &str) -> Option<Protocol> {
    match text {
        "" | "TCP" => Some(Protocol::Tcp),
        "UDP" => Some(Protocol::Udp),
        _ => None,
    }
}

fn number(port: i64) -> u16 {
    u16::try_from(port).unwrap_or(0)
}

/// The rules of a Service; nothing for one that has no address of its own.
fn rules(store: &Store, key: &ObjectKey) -> Option<ServiceRules> {
    let object = store.get(key)?;
    let service: &Service = object.service()?;
    let spec = &service.spec;
    if spec.is_external_name() || spec.is_headless() || spec.cluster_ips.is_empty() {
        return None;
    }
    let slices = slices_of(store, key);
    let ports = spec.ports.iter();
    let ports = ports.filter_map(|port| port_rules(port, &slices)).collect();
    let affine = &*spec.session_affinity == "ClientIP";
    let seconds = spec.session_affinity_config.client_ip.timeout_seconds;
    Some(ServiceRules {
        key: key.clone(),
        uid: Uid::parse(&object.meta.uid).unwrap_or_default(),
        addresses: spec.cluster_ips.clone(),
        affinity_seconds: affine.then(|| seconds.unwrap_or(10_800)),
        internal_local: &*spec.internal_traffic_policy == "Local",
        external_local: &*spec.external_traffic_policy == "Local",
        ports,
    })
}

/// The slices of a Service.
pub fn slices_of<'a>(store: &'a Store, service: &ObjectKey) -> Vec<&'a EndpointSlice> {
    let objects = store.objects();
    let of_namespace = objects
        .range(ObjectKey::new(KIND, &service.namespace, "")..)
        .take_while(|(key, _)| &*key.kind == KIND && key.namespace == service.namespace);
    let its = of_namespace.filter(|(_, object)| {
        object.meta.labels.get(SERVICE_NAME).map(|name| &**name) == Some(&*service.name)
    });
    its.filter_map(|(_, object)| Some(&**object.endpoint_slice()?))
        .collect()
}

fn port_rules(port: &ServicePort, slices: &[&EndpointSlice]) -> Option<PortRules> {
    let protocol_of = protocol(&port.protocol)?;
    let mut endpoints = Vec::new();
    for slice in slices {
        let its = slice
            .ports
            .iter()
            .find(|one| one.name == port.name && protocol(&one.protocol) == Some(protocol_of));
        let Some(number_of) = its.and_then(|one| one.port) else {
            continue;
        };
        endpoints.extend(slice.endpoints.iter().filter_map(|endpoint| {
            let conditions = &endpoint.conditions;
            let ready = conditions.ready.unwrap_or(true);
            Some(Target {
                at: Endpoint {
                    ip: endpoint.addresses.first()?.clone(),
                    port: number(number_of),
                },
                node: endpoint.node_name.clone(),
                ready,
                serving: conditions.serving.unwrap_or(ready),
                terminating: conditions.terminating.unwrap_or(false),
            })
        }));
    }
    crate::order::sort_by_key(&mut endpoints, |target: &Target| target.clone());
    endpoints.dedup();
    Some(PortRules {
        name: port.name.clone(),
        port: number(port.port),
        protocol: protocol_of,
        node_port: number(port.node_port),
        anywhere: chosen_from(&endpoints, &|_| true),
        endpoints,
    })
}
