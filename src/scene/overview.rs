//! What a cluster comes to, in numbers: how many Pods are in which state and how much is requested, for
//! each Node, for each host (the zone of a large cluster) and in all; and what needs a look. Brought from
//! one snapshot to another by the changes that lie between them, forwards, backwards or across a fork.

use std::rc::Rc;

use super::body::{failing_container, is_failing, pod_state};
use super::glyphs::State;
use super::names::node_condition;
use super::status::ready_count;
use crate::api::ObjectKey;
use crate::api::node::Node;
use crate::api::pod::Pod;
use crate::cluster::scheduler::resource::PodRequests;
use crate::cluster::{Change, SimTime, Simulation, Snapshot, Store};
use crate::collections::{List, Map, Set};
use crate::machine::Machines;

/// A Node of which more than this is requested is nearly full, in percent.
pub const NEARLY_FULL: i64 = 95;

/// So many changes at once are counted of a world under way.
const ALONG: usize = 500;

/// How many Pods are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([i64; State::ALL.len()]);

impl Counts {
    /// Pods in this state.
    pub fn of(&self, state: State) -> i64 {
        self.0[state as usize]
    }

    /// Pods in all.
    pub fn all(&self) -> i64 {
        self.0.iter().sum()
    }

    fn one(state: State) -> Self {
        let mut one = Counts::default();
        one.0[state as usize] = 1;
        one
    }

    fn add(&mut self, other: &Counts, sign: i64) {
        for (sum, count) in self.0.iter_mut().zip(other.0) {
            *sum += sign * count;
        }
    }
}

/// Something that there is only so much of: what is requested, and what there is. Wider than a quantity is:
/// a sum of them has to be taken back exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// By Pods that haven't ended.
    pub requested: i128,
    /// What Pods may request.
    pub allocatable: i128,
}

impl Share {
    /// From 0 to 1; more where Nodes shrank below what stands on them.
    pub fn part(self) -> f64 {
        match self.allocatable {
            0 => 0.0,
            all => self.requested as f64 / all as f64,
        }
    }

    fn add(&mut self, other: Share, sign: i64) {
        self.requested += i128::from(sign) * other.requested;
        self.allocatable += i128::from(sign) * other.allocatable;
    }
}

/// One Node, or a name that Pods are bound to though there is no such Node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeLoad {
    /// Its Pods by state.
    pub pods: Counts,
    /// Milli-CPU.
    pub cpu: Share,
    /// Bytes.
    pub memory: Share,
    /// Pods that haven't ended, of those that it admits.
    pub room: Share,
    /// `Ready`, `NotReady`, `Unknown` where it has never said; `None` where there is no such Node.
    pub condition: Option<&'static str>,
    /// Takes no new Pods.
    pub cordoned: bool,
}

impl NodeLoad {
    /// One more Pod is bound to it (sign 1), or one less (sign -1).
    fn put(&mut self, pod: &Counted, sign: i64) {
        self.pods.add(&Counts::one(pod.state), sign);
        if let Some((cpu, memory)) = pod.takes {
            let sign = i128::from(sign);
            self.cpu.requested += sign * i128::from(cpu);
            self.memory.requested += sign * i128::from(memory);
            self.room.requested += sign;
        }
    }

    /// What the Node says of itself, if there is one.
    fn tell(&mut self, node: Option<&Node>) {
        let of = |resource: &str| node.and_then(|node| node.status.allocatable.get(resource));
        self.cpu.allocatable = of("cpu").map_or(0, |amount| amount.milli_value().into());
        self.memory.allocatable = of("memory").map_or(0, |amount| amount.value().into());
        self.room.allocatable = of("pods").map_or(0, |amount| amount.value().into());
        self.condition = node.map(node_condition);
        self.cordoned = node.is_some_and(|node| node.spec.unschedulable);
    }
}

/// What several Nodes come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// How many there are.
    pub nodes: i64,
    /// Of them, Ready.
    pub ready: i64,
    /// Of them, NotReady or not heard from.
    pub not_ready: i64,
    /// Of them, cordoned.
    pub cordoned: i64,
    /// Of them, with more than [`NEARLY_FULL`] percent of CPU or memory requested.
    pub nearly_full: i64,
    /// Pods by state.
    pub pods: Counts,
    /// Milli-CPU.
    pub cpu: Share,
    /// Bytes.
    pub memory: Share,
    /// Pods that haven't ended, of those that are admitted.
    pub room: Share,
}

impl Sums {
    fn of(load: &NodeLoad) -> Self {
        let is = |it: bool| i64::from(it);
        let there = load.condition.is_some();
        let full =
            |share: Share| 100 * share.requested > i128::from(NEARLY_FULL) * share.allocatable;
        Sums {
            nodes: is(there),
            ready: is(load.condition == Some("Ready")),
            not_ready: is(there && load.condition != Some("Ready")),
            cordoned: is(load.cordoned),
            nearly_full: is(there && (full(load.cpu) || full(load.memory))),
            pods: load.pods,
            cpu: load.cpu,
            memory: load.memory,
            room: load.room,
        }
    }

    fn add(&mut self, other: &Sums, sign: i64) {
        self.nodes += sign * other.nodes;
        self.ready += sign * other.ready;
        self.not_ready += sign * other.not_ready;
        self.cordoned += sign * other.cordoned;
        self.nearly_full += sign * other.nearly_full;
        self.pods.add(&other.pods, sign);
        self.cpu.add(other.cpu, sign);
        self.memory.add(other.memory, sign);
        self.room.add(other.room, sign);
    }
}

/// A host and what its Nodes come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// The host.
    pub host: Rc<str>,
    /// Its Nodes.
    pub sums: Sums,
}

/// What counts of one Pod.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Counted {
    node: Rc<str>,
    state: State,
    /// Ready containers, all containers.
    ready: (usize, usize),
    /// What it takes of its Node; nothing once it has ended.
    takes: Option<(i64, i64)>,
}

/// Something that a person should look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Concern {
    /// A container fails.
    Container {
        /// Its Pod.
        pod: ObjectKey,
        /// Its name; empty where the Pod failed as a whole.
        name: Rc<str>,
        /// The Pod's Node; empty where it has none.
        node: Rc<str>,
    },
    /// A Node isn't Ready.
    Node {
        /// Its name.
        name: Rc<str>,
        /// `NotReady`, `Unknown` where it has never said
        condition: &'static str,
        /// Since when.
        since: Option<SimTime>,
    },
    /// Of a host's Nodes, many are nearly full.
    Zone {
        /// The host.
        host: Rc<str>,
        /// How many of its Nodes are.
        nearly_full: i64,
    },
}

/// What a cluster comes to at one moment. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Overview {
    pods: Map<ObjectKey, Rc<Counted>>,
    nodes: Map<Rc<str>, Rc<NodeLoad>>,
    zones: Vec<Zone>,
    /// The zone of each machine, by its number.
    zone_of: Rc<Map<Rc<str>, usize>>,
    machines: Rc<Machines>,
    all: Sums,
    /// Pods without a Node.
    unscheduled: Counts,
    failing: Set<ObjectKey>,
    not_ready: Set<Rc<str>>,
    /// What led to the moment that it is of.
    changes: List<Change>,
}

/// Equal where the same is told; how it came to be known is left aside.
impl PartialEq for Overview {
    fn eq(&self, other: &Self) -> bool {
        self.nodes == other.nodes
            && self.zones == other.zones
            && (self.all, self.unscheduled) == (other.all, other.unscheduled)
            && self.failing == other.failing
            && self.not_ready == other.not_ready
            && self.pods == other.pods
    }
}

impl Overview {
    /// Of this snapshot, from nothing.
    pub fn of(snapshot: &Snapshot) -> Self {
        Overview::anew(&snapshot.store, &snapshot.machines)
    }

    /// Each Node is summed up once, when all of its Pods are counted.
    fn anew(store: &Store, machines: &Rc<Machines>) -> Self {
        let mut overview = Overview {
            machines: machines.clone(),
            changes: store.changes().clone(),
            ..Overview::default()
        };
        overview.zone_machines();
        let mut loads: Map<Rc<str>, Rc<NodeLoad>> = Map::new();
        for (key, object) in store.list("Node") {
            let mut load = NodeLoad::default();
            load.tell(object.node().map(|node| &**node));
            overview.watch(&key.name, &load);
            loads.insert(key.name.clone(), Rc::new(load));
        }
        for (key, object) in store.list("Pod") {
            let Some(pod) = object.pod() else { continue };
            let pod = counted(pod);
            if pod.node.is_empty() {
                overview.put(&pod, 1);
            } else {
                Rc::make_mut(loads.or_default(pod.node.clone())).put(&pod, 1);
            }
            if pod.state == State::Fail {
                overview.failing.insert(key.clone());
            }
            overview.pods.insert(key.clone(), Rc::new(pod));
        }
        for (name, load) in &loads {
            overview.set(name, NodeLoad::clone(load));
        }
        overview
    }

    /// Brings it to this snapshot: in as many steps as there are changes between the two, unless
    /// counting anew is less.
    pub fn bring_to(&mut self, snapshot: &Snapshot) {
        self.bring(&snapshot.store, &snapshot.machines);
    }

    /// The same, to a world that isn't where it is to be yet, by a replay or an import: brought along, it is
    /// never far from it. Some hundreds of changes at once, for machines that came are few changes, and all
    /// are looked at.
    pub fn bring_along(&mut self, world: &Simulation) {
        let (store, machines) = world.so_far();
        if store.changes().len() >= self.changes.len() + ALONG {
            self.bring(store, machines);
        }
    }

    fn bring(&mut self, store: &Store, machines: &Rc<Machines>) {
        let (old, new) = (self.changes.clone(), store.changes());
        let common = common(&old, new);
        let between = old.len() + new.len() - 2 * common;
        // A world's first change makes it: without one in common this is another world.
        if common == 0 || between > 100 + self.pods.len() + self.nodes.len() {
            *self = Overview::anew(store, machines);
            return;
        }
        if !Rc::ptr_eq(&self.machines, machines) {
            self.machines = machines.clone();
            self.zone_machines();
        }
        for changes in [&old, new] {
            for number in common..changes.len() {
                if let Some(change) = changes.get(number) {
                    self.count(store, &change.object);
                }
            }
        }
        self.changes = new.clone();
    }

    /// A Node, or a name that Pods are bound to; the same `Rc` as long as nothing of it changes.
    pub fn node(&self, name: &str) -> Option<&Rc<NodeLoad>> {
        self.nodes.get(name)
    }

    /// All of them, by name.
    pub fn nodes(&self) -> impl Iterator<Item = (&Rc<str>, &Rc<NodeLoad>)> {
        self.nodes.iter()
    }

    /// Hosts, in the order in which they came.
    pub fn zones(&self) -> &[Zone] {
        &self.zones
    }

    /// The whole cluster; Pods without a Node are among its Pods.
    pub fn all(&self) -> &Sums {
        &self.all
    }

    /// Pods without a Node.
    pub fn unscheduled(&self) -> &Counts {
        &self.unscheduled
    }

    /// A Pod's state.
    pub fn state(&self, pod: &ObjectKey) -> Option<State> {
        self.pods.get(pod).map(|counted| counted.state)
    }

    /// How many of a Pod's containers are ready, and how many it has.
    pub fn ready(&self, pod: &ObjectKey) -> (usize, usize) {
        self.pods.get(pod).map_or((0, 0), |counted| counted.ready)
    }

    /// How many Pods fail and Nodes aren't Ready: what [`Self::concerns`] has at most, without the zones.
    pub fn trouble(&self) -> usize {
        self.failing.len() + self.not_ready.len()
    }

    /// What needs a look, at most so much of each sort: failing containers, Nodes that aren't Ready, hosts
    /// of which a tenth is nearly full.
    pub fn concerns(&self, snapshot: &Snapshot, most: usize) -> Vec<Concern> {
        let pods = self.failing.iter().take(most).filter_map(|key| {
            let pod = snapshot.store.get(key)?.pod()?;
            Some(Concern::Container {
                pod: key.clone(),
                name: failing_container(pod).unwrap_or_else(|| "".into()),
                node: pod.spec.node_name.clone(),
            })
        });
        let nodes = self.not_ready.iter().take(most).filter_map(|name| {
            let object = snapshot.store.get(&ObjectKey::node(name));
            let node = object?.node()?;
            let ready = node.status.conditions.iter();
            let ready = ready.filter(|condition| &*condition.kind == "Ready");
            Some(Concern::Node {
                name: name.clone(),
                condition: node_condition(node),
                since: ready
                    .filter_map(|condition| condition.last_transition_time)
                    .next(),
            })
        });
        let full = |zone: &&Zone| 10 * zone.sums.nearly_full >= zone.sums.nodes.max(1);
        let zones = self.zones.iter().filter(full).take(most);
        let zones = zones.map(|zone| Concern::Zone {
            host: zone.host.clone(),
            nearly_full: zone.sums.nearly_full,
        });
        pods.chain(nodes).chain(zones).collect()
    }

    /// Machines came or went: whose zone is which, and what each comes to.
    fn zone_machines(&mut self) {
        let zone = |host: &crate::machine::Host| Zone {
            host: host.name.clone(),
            sums: Sums::default(),
        };
        self.zones = self.machines.hosts.iter().map(zone).collect();
        let numbers = self.zones.iter().enumerate();
        let numbers: Map<Rc<str>, usize> = numbers
            .map(|(number, zone)| (zone.host.clone(), number))
            .collect();
        let of = |machine: &crate::machine::Machine| {
            Some((machine.name.clone(), *numbers.get(&machine.host)?))
        };
        self.zone_of = Rc::new(self.machines.machines.iter().filter_map(of).collect());
        for (name, load) in &self.nodes {
            if let Some(zone) = self.zone_of.get(name) {
                self.zones[*zone].sums.add(&Sums::of(load), 1);
            }
        }
    }

    /// Counts an object as it is there.
    fn count(&mut self, store: &Store, key: &ObjectKey) {
        match &*key.kind {
            "Pod" => {
                let pod = store.get(key).and_then(|object| object.pod());
                self.count_pod(key, pod.map(|pod| &**pod));
            }
            "Node" => self.count_node(store, key),
            _ => {}
        }
    }

    fn count_pod(&mut self, key: &ObjectKey, pod: Option<&Pod>) {
        let now = pod.map(counted);
        let known = self.pods.get(key).cloned();
        if known.as_deref() == now.as_ref() {
            return;
        }
        if let Some(known) = known {
            self.put(&known, -1);
            self.pods.remove(key);
            self.failing.remove(key);
        }
        if let Some(now) = now {
            self.put(&now, 1);
            if now.state == State::Fail {
                self.failing.insert(key.clone());
            }
            self.pods.insert(key.clone(), Rc::new(now));
        }
    }

    /// Adds a Pod to where it counts (sign 1), or takes it away (sign -1).
    fn put(&mut self, pod: &Counted, sign: i64) {
        if pod.node.is_empty() {
            let one = Counts::one(pod.state);
            self.unscheduled.add(&one, sign);
            self.all.pods.add(&one, sign);
            return;
        }
        let mut load = self.load(&pod.node);
        load.put(pod, sign);
        self.set(&pod.node, load);
    }

    fn count_node(&mut self, store: &Store, key: &ObjectKey) {
        let name = &key.name;
        let mut load = self.load(name);
        let node = store.get(key).and_then(|object| object.node());
        load.tell(node.map(|node| &**node));
        self.watch(name, &load);
        self.set(name, load);
    }

    fn load(&self, name: &str) -> NodeLoad {
        let load = self.nodes.get(name);
        load.map_or_else(NodeLoad::default, |load| (**load).clone())
    }

    /// Is it one that a person should look at?
    fn watch(&mut self, name: &Rc<str>, load: &NodeLoad) {
        match load.condition {
            None | Some("Ready") => drop(self.not_ready.remove(name)),
            Some(_) => drop(self.not_ready.insert(name.clone())),
        }
    }

    /// This Node comes to so much now.
    fn set(&mut self, name: &Rc<str>, load: NodeLoad) {
        let known = self.nodes.get(name);
        if known.is_some_and(|known| **known == load) {
            return;
        }
        let (before, now) = (known.map(|known| Sums::of(known)), Sums::of(&load));
        let zone = self
            .zone_of
            .get(name)
            .map(|zone| &mut self.zones[*zone].sums);
        for sums in zone.into_iter().chain([&mut self.all]) {
            if let Some(before) = &before {
                sums.add(before, -1);
            }
            sums.add(&now, 1);
        }
        if load.condition.is_none() && load.pods.all() == 0 {
            self.nodes.remove(name);
        } else {
            self.nodes.insert(name.clone(), Rc::new(load));
        }
    }
}

/// What counts of a Pod.
fn counted(pod: &Pod) -> Counted {
    let takes = (!pod.is_finished()).then(|| {
        let asks = PodRequests::real_of(pod);
        (asks.milli_cpu, asks.memory)
    });
    Counted {
        node: pod.spec.node_name.clone(),
        state: pod_state(pod, is_failing(pod)),
        ready: ready_count(pod),
        takes,
    }
}

/// How many changes two histories have in common: they are the same up to where they part.
pub(super) fn common(a: &List<Change>, b: &List<Change>) -> usize {
    let same = |number: usize| match (a.get(number), b.get(number)) {
        (Some(a), Some(b)) => Rc::ptr_eq(a, b),
        _ => false,
    };
    let (mut low, mut high) = (0, a.len().min(b.len()));
    while low < high {
        let middle = (low + high) / 2;
        if same(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
