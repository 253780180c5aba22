//! The stage in words: what the picture shows, as a tree for the keyboard and for the ear.
//! The grammar of its names is an interface: tests and lessons address the page by it.
//!
//! It is followed from change to change, and what isn't asked for has no name yet: a cluster of ten
//! thousand Pods costs what changed in it, and what is open.

/// Nodes, Pods and containers as lines.
mod lines;

/// The same, as things own each other.
mod owners;

use std::rc::Rc;

use super::names::{self, container_name, node_name, pod_name, record_name};
use crate::api::{Object, ObjectKey};
use crate::cluster::{Snapshot, Store};
use crate::collections::{Map, Set};
use crate::machine::Machines;
use crate::scene::{Places, Selection};

/// Which item of the tree "Cluster".
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// A heading, such as `Unscheduled`: nothing that can be selected.
    Heading(Rc<str>),
    /// Something that can be selected.
    Thing(Selection),
    /// Something of a Pod that can't be, such as a port: what tells it from the Pod's others.
    Part(ObjectKey, Rc<str>),
}

impl Item {
    /// What it is; `None` for a heading.
    pub fn selection(&self) -> Option<&Selection> {
        match self {
            Item::Heading(_) | Item::Part(..) => None,
            Item::Thing(selection) => Some(selection),
        }
    }

    /// Its own name, without kind, namespace and state.
    pub fn own_name(&self) -> &Rc<str> {
        match self {
            Item::Heading(name) | Item::Thing(Selection::Host(name)) | Item::Part(_, name) => name,
            Item::Thing(Selection::Object(key)) => &key.name,
            Item::Thing(Selection::Container { name, .. }) => name,
        }
    }

    fn node(name: &str) -> Self {
        Item::Thing(Selection::Object(ObjectKey::node(name)))
    }

    fn pod(key: &ObjectKey) -> Self {
        Item::Thing(Selection::Object(key.clone()))
    }
}

/// One item of the tree with all that stands inside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// What no other item has.
    pub id: Rc<str>,
    /// What it is; `None` for a heading such as `Unscheduled`.
    pub selection: Option<Selection>,
    /// Its accessible name, in the grammar of the page.
    pub name: Rc<str>,
    /// What stands inside it.
    pub children: Vec<Rc<Branch>>,
}

/// An item in the order in which arrows go, and what its name is made of.
#[derive(Clone, Debug)]
pub struct Line {
    /// Which.
    pub item: Item,
    /// How deep it stands, counted from 1.
    pub level: usize,
    /// Which of those beside it, counted from 1.
    pub position: usize,
    /// How many of them there are.
    pub siblings: usize,
    /// `None` for what has nothing inside.
    pub open: Option<bool>,
    /// The object that its name tells of, if there is one.
    object: Option<Rc<Object>>,
    /// How many Pods its name tells of.
    count: usize,
    /// The name itself, where it isn't made of these.
    words: Option<Rc<str>>,
}

/// What stands under one Pod beside its containers: what tells a part from the others, and its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    /// The Pod.
    pub pod: ObjectKey,
    /// The parts, in order.
    pub all: Vec<(Rc<str>, Rc<str>)>,
}

/// What stands on one Node, or on none.
#[derive(Clone, Debug)]
struct OnNode {
    /// The Node's, or the heading's.
    item: Item,
    /// The Node; `None` where there is only the name, which Pods are bound to.
    record: Option<Rc<Object>>,
    /// How many Pods haven't ended.
    active: usize,
    pods: Map<ObjectKey, Rc<Object>>,
}

impl OnNode {
    /// Nothing stands there yet. The empty name is that of no node.
    fn new(name: &str) -> Self {
        let item = if name.is_empty() {
            Item::Heading("Unscheduled".into())
        } else {
            Item::node(name)
        };
        OnNode {
            item,
            record: None,
            active: 0,
            pods: Map::new(),
        }
    }
}

/// The tree as it was at the snapshot that was followed last.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    objects: Map<ObjectKey, Rc<Object>>,
    machines: Rc<Machines>,
    /// Of machines that are off or cut off: how their Node's name goes on.
    troubles: Map<Rc<str>, &'static str>,
    /// By name; Pods without a node are under the empty one.
    nodes: Map<Rc<str>, OnNode>,
    /// How many Pods there are.
    pods: usize,
    /// Hosts with their Nodes, and Nodes that no machine stands behind.
    hosts: Vec<(Rc<str>, Vec<Rc<str>>)>,
    strays: Vec<Rc<str>>,
    /// What a person made and what has no place on a machine, by kind.
    records: Map<Rc<str>, Map<ObjectKey, Rc<Object>>>,
    /// Who owns whom is asked there.
    store: Store,
    by_owner: bool,
    /// Not all of `objects` is followed yet.
    way: Option<Way>,
}

/// The way from one snapshot to another, while it isn't all behind.
#[derive(Clone, Debug)]
struct Way {
    before: Map<ObjectKey, Rc<Object>>,
    places: Places,
    /// Up to this one all are followed.
    last: Option<ObjectKey>,
    /// Did Nodes come or go?
    moved: bool,
}

/// The whole tree: Unscheduled, then hosts with their Nodes, Pods and containers, then Objects.
pub fn tree(snapshot: &Snapshot, outline: &mut Outline) -> Vec<Rc<Branch>> {
    outline.follow(snapshot);
    let lines = outline.lines(&|_| true, None);
    let mut open: Vec<Vec<Rc<Branch>>> = vec![Vec::new()];
    // From the end, so that what is inside is complete before what it is in.
    for line in lines.iter().rev() {
        open.resize_with(line.level.max(open.len()), Vec::new);
        let mut children = open.get_mut(line.level).map(std::mem::take);
        children.iter_mut().for_each(|children| children.reverse());
        let mut branch = line.branch();
        branch.children = children.unwrap_or_default();
        open[line.level - 1].push(Rc::new(branch));
    }
    let mut all = open.swap_remove(0);
    all.reverse();
    all
}

impl Outline {
    /// Brings the tree to this snapshot: of this history, later or earlier, or of another one.
    pub fn follow(&mut self, snapshot: &Snapshot) {
        while !self.follow_some(snapshot, usize::MAX) {}
    }

    /// The same for at most so many objects. Tells whether all are followed: until then it is the tree of
    /// no moment, and has no lines.
    pub fn follow_some(&mut self, snapshot: &Snapshot, most: usize) -> bool {
        let mut left = most;
        loop {
            let is_last = self.way.is_none();
            let way = self.way.take().unwrap_or_else(|| self.set_out(snapshot));
            self.way = self.go_on(way, &mut left);
            if is_last || self.way.is_some() {
                return self.way.is_none();
            }
        }
    }

    fn set_out(&mut self, snapshot: &Snapshot) -> Way {
        let moved = !Rc::ptr_eq(&self.machines, &snapshot.machines);
        self.machines = snapshot.machines.clone();
        self.store = snapshot.store.clone();
        let cut = snapshot.partitioned.keys().map(|name| (name, ", cut off"));
        let off = snapshot
            .powered_off
            .keys()
            .map(|name| (name, ", machine off"));
        self.troubles = cut
            .chain(off)
            .map(|(name, words)| (name.clone(), words))
            .collect();
        Way {
            before: std::mem::replace(&mut self.objects, snapshot.store.objects().clone()),
            places: snapshot.places.clone(),
            last: None,
            moved,
        }
    }

    /// Some more of the way; hands out what is left of it.
    fn go_on(&mut self, mut way: Way, left: &mut usize) -> Option<Way> {
        let (now, last) = (self.objects.clone(), way.last.take());
        now.differences_behind(last.as_ref(), &way.before, &mut |key, before, after| {
            way.moved |= match &*key.kind {
                "Pod" => {
                    let left = before.is_some_and(|before| self.leave(key, before));
                    after.is_some_and(|after| self.join(key, after)) || left
                }
                "Node" => {
                    let there = self.entry(&key.name);
                    let moved = there.record.is_some() != after.is_some();
                    there.record = after.cloned();
                    self.forget_if_empty(&key.name);
                    moved
                }
                "Event" => false,
                _ => {
                    let is_shown = names::owns(key) || way.places.is_made_by_people(key);
                    self.record(key, after.filter(|_| is_shown));
                    false
                }
            };
            *left -= 1;
            if *left == 0 {
                way.last = Some(key.clone());
            }
            *left > 0
        });
        if way.last.is_some() {
            return Some(way);
        }
        if way.moved {
            self.arrange();
        }
        None
    }

    /// How many Pods and Nodes there are.
    pub fn size(&self) -> usize {
        self.pods + self.nodes.len()
    }

    /// How many Nodes there are, and names that Pods are bound to.
    pub fn nodes(&self) -> usize {
        self.nodes.len() - usize::from(self.nodes.contains_key(""))
    }

    fn entry(&mut self, node: &Rc<str>) -> &mut OnNode {
        if !self.nodes.contains_key(node) {
            self.nodes.insert(node.clone(), OnNode::new(node));
        }
        self.nodes.get_mut(node).expect("it was put there")
    }

    /// The Pod is on a node, or on none. Tells whether that one is new.
    fn join(&mut self, key: &ObjectKey, object: &Rc<Object>) -> bool {
        let Some(pod) = object.pod() else {
            return false;
        };
        let node = &pod.spec.node_name;
        let is_new = !self.nodes.contains_key(node);
        let there = self.entry(node);
        there.active += usize::from(!pod.is_finished());
        there.pods.insert(key.clone(), object.clone());
        self.pods += 1;
        is_new
    }

    /// The Pod isn't there any longer. Tells whether its node is gone with it.
    fn leave(&mut self, key: &ObjectKey, object: &Rc<Object>) -> bool {
        let Some(pod) = object.pod() else {
            return false;
        };
        let node = &pod.spec.node_name;
        if let Some(there) = self.nodes.get_mut(node) {
            there.active -= usize::from(!pod.is_finished());
            there.pods.remove(key);
            self.pods -= 1;
        }
        self.forget_if_empty(node)
    }

    fn forget_if_empty(&mut self, node: &Rc<str>) -> bool {
        let is_empty = |there: &OnNode| there.record.is_none() && there.pods.is_empty();
        let forget = self.nodes.get(node).is_some_and(is_empty);
        if forget {
            self.nodes.remove(node);
        }
        forget
    }

    fn record(&mut self, key: &ObjectKey, object: Option<&Rc<Object>>) {
        let kind = key.bare_kind();
        match object {
            Some(object) => {
                let kind = self.records.or_default(kind.into());
                kind.insert(key.clone(), object.clone());
            }
            None => {
                if let Some(there) = self.records.get_mut(kind) {
                    there.remove(key);
                    if there.is_empty() {
                        self.records.remove(kind);
                    }
                }
            }
        }
    }

    /// Which Node stands in which host.
    fn arrange(&mut self) {
        let mut left: Set<Rc<str>> = self.nodes.keys().cloned().collect();
        left.remove("");
        let hosts = self.machines.hosts.iter();
        self.hosts = hosts.map(|host| (host.name.clone(), Vec::new())).collect();
        let numbers = self.hosts.iter().enumerate();
        let numbers: Map<Rc<str>, usize> = numbers
            .map(|(number, (host, _))| (host.clone(), number))
            .collect();
        for machine in &self.machines.machines {
            // A machine that has no Node yet has no Pods either.
            if let Some(host) = numbers.get(&machine.host)
                && left.remove(&machine.name)
            {
                self.hosts[*host].1.push(machine.name.clone());
            }
        }
        // Names that Pods are bound to though there is no such Node (any more), and Nodes that no machine
        // stands behind.
        self.strays = left.iter().cloned().collect();
    }

    /// All items that are in view where `is_open` is open, and these parts of a Pod with it.
    pub fn lines(&self, is_open: &dyn Fn(&Item) -> bool, parts: Option<&Parts>) -> Vec<Line> {
        let mut lines = Lines {
            is_open,
            parts,
            all: Vec::new(),
        };
        if self.by_owner {
            self.owner_lines(&mut lines);
            return lines.all;
        }
        let objects = usize::from(!self.records.is_empty());
        let siblings = 1 + self.hosts.len() + self.strays.len() + objects;
        let none = OnNode::new("");
        let waiting = self.nodes.get("").unwrap_or(&none);
        lines.on_node(waiting.pods.len(), waiting, None, (1, 1, siblings));
        for (number, (host, nodes)) in self.hosts.iter().enumerate() {
            let item = Item::Thing(Selection::Host(host.clone()));
            if lines.put(item, None, 0, !nodes.is_empty(), (1, 2 + number, siblings)) {
                for (number, node) in nodes.iter().enumerate() {
                    self.node_lines(&mut lines, node, (2, 1 + number, nodes.len()));
                }
            }
        }
        let from = 2 + self.hosts.len();
        for (number, node) in self.strays.iter().enumerate() {
            self.node_lines(&mut lines, node, (1, from + number, siblings));
        }
        if objects == 1 {
            self.record_lines(&mut lines, &|_| true, siblings);
        }
        lines.all
    }

    /// What has no place on a machine, of these kinds, by kind: the last of so many.
    fn record_lines(&self, lines: &mut Lines, is_it: &dyn Fn(&str) -> bool, siblings: usize) {
        let item = Item::Heading("Objects".into());
        if lines.put(item, None, 0, true, (1, siblings, siblings)) {
            let kinds = self.records.iter().filter(|(kind, _)| is_it(kind));
            let count = kinds.clone().count();
            for (number, (kind, all)) in kinds.enumerate() {
                let place = (2, 1 + number, count);
                if !lines.put(Item::Heading(kind.clone()), None, 0, true, place) {
                    continue;
                }
                let behind = match &**kind {
                    "Service" => names::endpoints(&self.objects),
                    _ => Default::default(),
                };
                for (number, (key, object)) in all.iter().enumerate() {
                    let place = (3, 1 + number, all.len());
                    lines.put(Item::pod(key), Some(object), 0, false, place);
                    if let (Some(service), Some(line)) = (object.service(), lines.all.last_mut()) {
                        line.words = Some(names::service_name(key, object, service, &behind));
                    }
                }
            }
        }
    }

    fn node_lines(&self, lines: &mut Lines, name: &Rc<str>, place: Place) {
        if let Some(there) = self.nodes.get(name) {
            let trouble = self.troubles.get(name).copied();
            lines.on_node(there.active, there, trouble, place);
        }
    }

    /// What the thing stands in, the outermost first.
    pub fn around(&self, selection: &Selection) -> Vec<Item> {
        match selection {
            Selection::Host(_) => Vec::new(),
            Selection::Container { pod, .. } => {
                let mut around = self.around(&Selection::Object(pod.clone()));
                around.push(Item::pod(pod));
                around
            }
            Selection::Object(key) if &*key.kind == "Node" => {
                let host = self.machines.get(&key.name);
                let host = host.map(|machine| Item::Thing(Selection::Host(machine.host.clone())));
                host.into_iter().collect()
            }
            Selection::Object(key) if self.by_owner => self.owners_around(key),
            Selection::Object(key) if &*key.kind == "Pod" => {
                let object = self.objects.get(key).and_then(|object| object.pod());
                match object.map(|pod| &pod.spec.node_name) {
                    None => Vec::new(),
                    Some(none) if none.is_empty() => vec![Item::Heading("Unscheduled".into())],
                    Some(node) => {
                        let node = Item::node(node);
                        let mut around = node.selection().map_or(Vec::new(), |it| self.around(it));
                        around.push(node);
                        around
                    }
                }
            }
            Selection::Object(key) => vec![
                Item::Heading("Objects".into()),
                Item::Heading(key.bare_kind().into()),
            ],
        }
    }
}

/// Level, position and number of siblings.
type Place = (usize, usize, usize);

/// Lines as they are found.
struct Lines<'a> {
    is_open: &'a dyn Fn(&Item) -> bool,
    parts: Option<&'a Parts>,
    all: Vec<Line>,
}

impl Line {
    /// Its accessible name, in the grammar of the page.
    pub fn name(&self) -> Rc<str> {
        if let Some(words) = &self.words {
            return words.clone();
        }
        match &self.item {
            Item::Part(_, id) => id.clone(),
            Item::Heading(name) if &**name != "Unscheduled" => name.clone(),
            Item::Heading(name) => match self.count {
                0 => name.clone(),
                1 => "Unscheduled, 1 Pod".into(),
                count => format!("Unscheduled, {count} Pods").into(),
            },
            Item::Thing(Selection::Host(name)) => format!("Host {name}").into(),
            Item::Thing(Selection::Container { name, .. }) => {
                let pod = self.object.as_ref().and_then(|object| object.pod());
                pod.map_or_else(|| name.clone(), |pod| container_name(pod, name))
            }
            Item::Thing(Selection::Object(key)) => match (&*key.kind, &self.object) {
                ("Node", object) => node_name(&key.name, object.as_deref(), self.count),
                (_, Some(object)) => match object.pod() {
                    Some(pod) => pod_name(key, pod),
                    None => record_name(key, object),
                },
                (_, None) => key.to_string().into(),
            },
        }
    }

    /// Can its name be another one than that of `other`, which is the same item?
    pub fn says_other_than(&self, other: &Line) -> bool {
        let object = |line: &Line| line.object.as_ref().map(Rc::as_ptr);
        self.count != other.count || self.words != other.words || object(self) != object(other)
    }

    /// The item by itself, without what stands inside it.
    pub fn branch(&self) -> Branch {
        let id = match &self.item {
            Item::Heading(name) => name.clone(),
            Item::Part(pod, id) => format!("{pod}/{id}").into(),
            Item::Thing(Selection::Container { pod, name }) => format!("{pod}/{name}").into(),
            Item::Thing(selection) => selection.to_string().into(),
        };
        Branch {
            id,
            selection: self.item.selection().cloned(),
            name: self.name(),
            children: Vec::new(),
        }
    }
}
