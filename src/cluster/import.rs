//! A cluster that was exported takes the place of the one that is here: all of it or nothing. Ours:
//! upstream has no such thing; what comes next is as after a restart of every component.
//!
//! The new cluster is made beside the old one, some objects an event, and no time passes until it is
//! there: the old one is seen until then. Its objects are as they were exported, uids and versions
//! too, but for their times. A Node that isn't Ready gets a machine that has no kubelet: it stays as it
//! was reported.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::controllers::Controllers;
use super::input::Import;
use super::kubelet::{self, Kubelet};
use super::scheduler::Scheduler;
use super::simulation::{Simulation, Wake};
use super::{Actor, Cause, InputId, Verb, api_server};
use crate::api::meta::Labels;
use crate::api::{Object, ObjectKey, Uid, Value};
use crate::collections::{Map, Set};
use crate::machine::{Host, Machine, Machines};
use crate::manifest::import::times;
use crate::scene::Places;

/// An import under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Importing {
    input: InputId,
    import: Import,
    /// What is added to all moments.
    shift_seconds: i64,
    /// The world as it will be.
    staged: Simulation,
    /// The part that is being read, and from which byte on.
    at: (usize, usize),
    /// The latest object of each owner, or else of each kind: Pods of one template share what they have
    /// in common.
    alike: Map<Rc<str>, Rc<Object>>,
    uids: Set<Uid>,
    /// The Nodes' networks.
    networks: Set<Rc<str>>,
    /// Hosts that machines stand on.
    hosts: Set<Rc<str>>,
    /// Namespaces that are still to be made, if they aren't among the objects.
    namespaces: Set<Rc<str>>,
    /// Is the rest there that every cluster has?
    is_settled: bool,
    found: Found,
}

/// What was imported, in numbers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Found {
    nodes: usize,
    pods: usize,
    others: usize,
    version: u64,
}

/// How an import stands after an event.
pub(super) enum Progress {
    /// There is more to do.
    Going,
    /// The new world is there.
    Done,
    /// Why nothing of it is taken.
    Refused(String),
}

/// So many objects of the old cluster go in one event.
const GONE: usize = 32;
/// So many bytes of objects come in one event.
const BYTES: usize = 16 << 10;

/// The label of a Node that says where it stands, and what it was called before.
const ZONES: [&str; 2] = [
    "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/zone",
];

impl Importing {
    /// The import `import` into the world `present`.
    pub(super) fn new(present: &Simulation, input: InputId, import: Import) -> Self {
        Importing {
            input,
            shift_seconds: (present.now().0.saturating_sub(import.newest.0)).div_euclid(1_000_000),
            import,
            staged: present.emptied(input),
            at: (0, 0),
            alike: Map::new(),
            uids: Set::new(),
            networks: Set::new(),
            hosts: Set::new(),
            namespaces: Set::new(),
            is_settled: false,
            found: Found::default(),
        }
    }

    /// How many objects are there.
    pub fn objects(&self) -> usize {
        self.found.nodes + self.found.pods + self.found.others
    }

    /// The world as it will be.
    pub(super) fn staged(&self) -> &Simulation {
        &self.staged
    }

    /// One event's work.
    pub(super) fn step(&mut self) -> Progress {
        self.staged.world.set_cause(Cause::Input(self.input, 0));
        if self.at == (0, 0) && self.clear() {
            return Progress::Going;
        }
        let end = self.at.1 + BYTES;
        while let Some(part) = self.import.parts.get(self.at.0).cloned() {
            let rest = &part[self.at.1..];
            let Some(line) = rest.split_inclusive('\n').next() else {
                self.at = (self.at.0 + 1, 0);
                return Progress::Going;
            };
            if self.at.1 >= end {
                return Progress::Going;
            }
            if let Err(why) = self.take(line) {
                return Progress::Refused(why);
            }
            self.at.1 += line.len();
        }
        self.finish()
    }

    /// Some objects of the old cluster go; tells whether there were any.
    fn clear(&mut self) -> bool {
        let world = &mut self.staged.world;
        let keys = world.store.objects().keys().take(GONE);
        let keys: Vec<ObjectKey> = keys.cloned().collect();
        for key in &keys {
            let (you, nothing) = (Actor::You, Rc::from(""));
            world.record(you, Verb::Deleted, key.clone(), None, nothing);
        }
        // Nobody is there yet who would have to be told.
        while world.next_untold().is_some() {}
        !keys.is_empty()
    }

    /// One object, as a line of JSON.
    fn take(&mut self, line: &str) -> Result<(), String> {
        let json: serde_json::Value = serde_json::from_str(line)
            .map_err(|why| format!("this is no object of an import: {why}"))?;
        let mut value = Value::from_json(&json);
        times::shift(&mut value, self.shift_seconds);
        let uid = Uid::parse(value.text_at(&["metadata", "uid"]));
        let uid = uid.unwrap_or_else(|| {
            let uid = self.staged.world.rng.uid();
            value.set(&["metadata", "uid"], uid.to_string());
            uid
        });
        let like = Importing::like(&value);
        if let Some(like) = self.alike.get(&like) {
            value.share(&like.value);
        }
        let object = Object::new(value).map_err(|why| why.to_string())?;
        let object = Rc::new(object);
        let key = object.key();
        let world = &mut self.staged.world;
        if key.name.is_empty() || key.kind.is_empty() {
            return Err("an object has no kind or no name".into());
        }
        if world.store.get(&key).is_some() || !self.uids.insert(uid) {
            return Err(format!("{key} is in it twice"));
        }
        if !key.namespace.is_empty() && !self.namespaces.contains(&key.namespace) {
            self.namespaces.insert(key.namespace.clone());
        }
        self.alike.insert(like, object.clone());
        // etcd counts revisions in 63 bits: what is beyond was written by hand, and isn't gone on from.
        let version = object.meta.resource_version.parse::<i64>().ok();
        let version = version.and_then(|version| u64::try_from(version).ok());
        self.found.version = self.found.version.max(version.unwrap_or(0));
        world.record(
            Actor::You,
            Verb::Created,
            key,
            Some(object.clone()),
            Rc::from(""),
        );
        self.staged.tell_all_but_kubelets();
        self.begin(&object);
        Ok(())
    }

    /// What is on a machine goes on.
    fn begin(&mut self, object: &Rc<Object>) {
        let (staged, found) = (&mut self.staged, &mut self.found);
        staged.world.set_cause(Cause::Input(self.input, 0));
        if let Some(node) = object.node() {
            found.nodes += 1;
            if let Some(network) = kubelet::network_of(node) {
                self.networks.insert(network.into());
            }
            let machine = machine_of(object);
            let (name, host) = (machine.name.clone(), machine.host.clone());
            let machines = Rc::make_mut(&mut staged.world.machines);
            machines.machines.push(machine);
            // Where the label is another one on each Node, there are as many hosts as Nodes.
            if self.hosts.insert(host.clone()) {
                machines.hosts.push(Host { name: host.clone() });
            }
            if node.is_ready() {
                let (world, networks) = (&mut staged.world, &self.networks);
                let kubelet = Kubelet::adopt_node(world, object, host, networks);
                staged.kubelets.insert(name, Rc::new(kubelet));
            }
        } else if let Some(pod) = object.pod() {
            found.pods += 1;
            if let Some(kubelet) = staged.kubelets.get_mut(&pod.spec.node_name) {
                Rc::make_mut(kubelet).adopt_pod(&mut staged.world, object);
            }
        } else {
            found.others += 1;
        }
    }

    /// Of which object a new one probably differs least.
    fn like(value: &Value) -> Rc<str> {
        let owners = value.at(&["metadata", "ownerReferences"]);
        let owner = owners.and_then(|owners| owners.items().first());
        let uid = owner.map_or("", |owner| owner.text_at(&["uid"]));
        format!("{} {uid}", value.text_at(&["kind"])).into()
    }

    /// What a cluster has at least, though it isn't in an export of some kinds.
    fn finish(&mut self) -> Progress {
        let (staged, found) = (&mut self.staged, &self.found);
        if found.nodes + found.pods == 0 {
            return Progress::Refused("there is neither a Node nor a Pod in it".into());
        }
        staged.world.store.go_on_after(found.version);
        if let Some(name) = self.namespaces.first().cloned() {
            self.namespaces.remove(&name);
            api_server::make_namespace(&mut staged.world, &name);
            staged.tell();
            return Progress::Going;
        }
        if !std::mem::replace(&mut self.is_settled, true) {
            api_server::bootstrap(&mut staged.world);
            if staged.world.setup.controllers {
                Controllers::settle(&mut staged.world);
            }
            staged.tell();
            return Progress::Going;
        }
        let machines = staged.world.machines.clone();
        staged.places.observe_machines(&machines);
        staged.places.end_bringing();
        staged.controllers.take_as_it_is(&staged.world);
        let line = format!(
            "imported {}, {} and {} of other kinds",
            counted(found.nodes, "Node"),
            counted(found.pods, "Pod"),
            counted(found.others, "object")
        );
        staged.world.answer(self.input, 0, line, false);
        staged.world.finish_answer(self.input);
        Progress::Done
    }
}

/// `1 Pod`, `2 Pods`
fn counted(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// The machine that a Node stands on.
fn machine_of(object: &Object) -> Machine {
    let node = object.node().cloned().unwrap_or_default();
    let capacity = |name: &str| node.status.capacity.get(name).copied().unwrap_or_default();
    let labels = &object.meta.labels;
    let zone = ZONES.iter().find_map(|label| labels.get(*label));
    let taint = |taint: &crate::api::node::Taint| match &*taint.value {
        "" => format!("{}:{}", taint.key, taint.effect).into(),
        value => format!("{}={value}:{}", taint.key, taint.effect).into(),
    };
    Machine {
        name: object.meta.name.clone(),
        host: zone.cloned().unwrap_or_else(|| "imported".into()),
        cpu_milli: capacity("cpu").milli_value(),
        memory_bytes: capacity("memory").value(),
        pods: capacity("pods").value(),
        labels: Labels::clone(labels),
        taints: node.spec.taints.iter().map(taint).collect(),
    }
}

impl Simulation {
    /// A world of the same past, clock and chance in which nothing is left but the old objects.
    fn emptied(&self, input: InputId) -> Self {
        let mut staged = self.clone();
        staged.scheduler = Scheduler::new();
        staged.kubelets = Map::new();
        staged.kubelets_off = Map::new();
        staged.controllers = Controllers::new();
        staged.applying = Map::new();
        staged.places = Places::bringing();
        staged.world.timers_mut().clear();
        // What is planned behind an import that is planned is about the cluster that it brings.
        for (place, planned) in (0..).zip(&self.world.setup.plan) {
            let is_behind = input >= InputId::planned(0) && InputId::planned(place) > input;
            if is_behind && planned.at >= self.now() {
                staged.world.set_cause(Cause::Start);
                let after = planned.at.since(self.now());
                staged.world.wake(after, Wake::Planned(place));
            }
        }
        staged.world.machines = Rc::new(Machines::default());
        staged.world.powered_off = Default::default();
        staged.world.addresses = Default::default();
        staged.world.partitioned = Default::default();
        staged.world.unheard = Default::default();
        staged.world.reconciles = Map::new();
        staged.theory = None;
        staged
    }

    /// Finishes an import under way, all at once.
    pub(super) fn finish_importing(&mut self) {
        while self.importing.is_some() {
            self.go_on_importing();
        }
    }

    /// One event of an import.
    pub(super) fn go_on_importing(&mut self) {
        let Some(mut importing) = self.importing.take() else {
            return;
        };
        self.events_handled += 1;
        let state = Rc::make_mut(&mut importing);
        state.staged.scheduler.revive(&state.staged.world);
        match state.step() {
            Progress::Going => self.importing = Some(importing),
            Progress::Done => {
                let counts = (self.events_handled, self.inputs_taken);
                *self = Rc::unwrap_or_clone(importing).staged;
                (self.events_handled, self.inputs_taken) = counts;
            }
            Progress::Refused(why) => {
                let (input, world) = (importing.input, &mut self.world);
                world.set_cause(Cause::Input(input, 0));
                world.refuse(Actor::You, ObjectKey::new("Import", "", ""), why.as_str());
                world.answer(input, 0, format!("error: {why}"), true);
                world.finish_answer(input);
                self.tell();
            }
        }
    }
}
