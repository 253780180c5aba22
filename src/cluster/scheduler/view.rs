//! The cluster as the scheduler sees it: nodes in the order in which they are tried, with the Pods
//! on them; Pods that a node is promised to; and what else it watches.
//! Models `pkg/scheduler/backend/cache` (cache, node tree, snapshot) and the queue's nominator.
//!
//! Kept up to date change by change; a clone is a snapshot and shares almost everything.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::answers::Kept;
use super::listers::{Key, Listers};
use super::node_info::{NodeInfo, PodInfo, TopologyPair};
use super::tally::{Asked, Column, Memo, Said, Tally};
use crate::api::node::Node;
use crate::api::pod::Pod;
use crate::api::{Object, ObjectKey, View};
use crate::cluster::Store;
use crate::collections::{List, Map};

/// Where a node's [`NodeInfo`] is kept.
pub type Slot = usize;

/// Names of nodes, by slot.
pub type NodeNames = Rc<[Rc<str>]>;

/// The cluster as the scheduler sees it. Saved as what the objects don't tell; a restored one has
/// to be [revived](ClusterView::revive) first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Saved", into = "Saved")]
pub struct ClusterView {
    /// What is to be revived.
    saved: Option<Rc<Saved>>,
    /// One a name that a Node or a Pod's `spec.nodeName` ever said.
    infos: List<NodeInfo>,
    slots: Map<Rc<str>, Slot>,
    /// Nodes that are there, by the order in which they came; zones by their first node.
    tree: Rc<Vec<Zone>>,
    /// Nodes in the order in which they are tried; `None` after one has come, gone or moved.
    order: Option<Rc<Order>>,
    /// Where each Pod is counted.
    placed: Map<Key, Slot>,
    /// The node that each waiting Pod is promised which preemption makes room for.
    nominations: Map<Key, Slot>,
    /// What is counted about all Pods.
    memo: Memo,
    /// What nodes answered to the last Pods.
    pub(super) answers: Kept,
    /// The number of each label with its value.
    pairs: Map<Key, TopologyPair>,
    /// Images that nodes have: size, and on how many nodes.
    images: Map<Rc<str>, ImageState>,
    /// Everything else.
    pub listers: Listers,
}

/// What the objects don't tell: in which order nodes came, and which of several sizes an image has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Saved {
    zones: Vec<(String, Vec<Rc<str>>)>,
    images: Map<Rc<str>, ImageState>,
}

impl From<Saved> for ClusterView {
    fn from(saved: Saved) -> Self {
        ClusterView {
            saved: Some(Rc::new(saved)),
            ..ClusterView::default()
        }
    }
}

impl From<ClusterView> for Saved {
    fn from(view: ClusterView) -> Self {
        if let Some(saved) = view.saved {
            return Rc::unwrap_or_clone(saved);
        }
        let name = |slot: &Slot| view.infos[*slot].name().clone();
        let zones = view.tree.iter().map(|zone| {
            let nodes = zone.nodes.iter().map(name).collect();
            (zone.key.clone(), nodes)
        });
        Saved {
            zones: zones.collect(),
            images: view.images,
        }
    }
}

/// Nodes in the order in which they are tried.
#[derive(Debug)]
struct Order {
    slots: Vec<Slot>,
    /// Names, by slot; empty where the node is gone.
    names: NodeNames,
}

/// Nodes of one zone of one region.
#[derive(Clone, Debug, PartialEq)]
struct Zone {
    key: String,
    nodes: Vec<Slot>,
}

/// An image, over all nodes that have it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageState {
    /// Bytes, as the first of them says.
    pub size: i64,
    /// How many have it.
    pub nodes: i64,
}

impl ClusterView {
    /// What these objects tell.
    pub fn of(store: &Store) -> Self {
        let mut view = ClusterView::default();
        for (key, object) in store.objects() {
            view.take(key, Some(object));
        }
        view.settle();
        view
    }

    /// Fills a restored view from the objects and from the scheduler's own decisions that aren't
    /// written yet. Does nothing to one that isn't restored.
    pub fn revive(&mut self, store: &Store, assumed: &Map<ObjectKey, Rc<str>>) {
        let Some(saved) = self.saved.take() else {
            return;
        };
        for (key, object) in store.objects() {
            self.take(key, Some(object));
        }
        for (key, node) in assumed {
            if let Some(pod) = store.get(key).and_then(|object| object.pod()) {
                self.assume(&Rc::new(PodInfo::new(pod.clone())), node);
            }
        }
        let zones = saved.zones.iter().map(|(key, names)| Zone {
            key: key.clone(),
            nodes: names
                .iter()
                .filter_map(|name| self.slots.get(name))
                .copied()
                .collect(),
        });
        self.tree = Rc::new(zones.collect());
        self.order = None;
        self.images = saved.images.clone();
    }

    /// Sees a new version of an object, or that it is gone. Seeing the same twice is no harm.
    pub fn take(&mut self, key: &ObjectKey, object: Option<&Object>) {
        match (&*key.kind, object.map(|object| &object.view)) {
            ("Node", Some(View::Node(node))) => self.set_node(node.clone()),
            ("Node", _) => self.remove_node(&key.name),
            ("Pod", Some(View::Pod(pod))) => self.set_pod(pod),
            ("Pod", _) => self.remove_pod(&(key.namespace.clone(), key.name.clone())),
            _ => {
                self.listers.take(key, object);
            }
        }
    }

    /// Brings the order of nodes up to date; to be called before nodes are looked at.
    pub fn settle(&mut self) {
        if self.order.is_none() {
            let names = self.infos.iter().map(|info| info.name().clone());
            self.order = Some(Rc::new(Order {
                slots: round_robin(&self.tree),
                names: names.collect(),
            }));
        }
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.order().len()
    }

    /// Is there no node?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The node at this place of the order.
    pub fn at(&self, index: usize) -> &NodeInfo {
        &self.infos[self.order()[index]]
    }

    /// The slots of nodes, in their order.
    pub fn order(&self) -> &[Slot] {
        self.order.as_ref().map_or(&[], |order| &order.slots)
    }

    /// The names of the nodes.
    pub fn names(&self) -> NodeNames {
        let order = self.order.as_ref();
        order.map_or_else(NodeNames::default, |order| order.names.clone())
    }

    /// Nodes in their order.
    pub fn nodes(&self) -> impl Iterator<Item = &NodeInfo> {
        (0..self.len()).map(|index| self.at(index))
    }

    /// The node of this name, if it is there.
    pub fn node(&self, name: &str) -> Option<&NodeInfo> {
        let info: &NodeInfo = &self.infos[*self.slots.get(name)?];
        info.is_there().then_some(info)
    }

    /// What is kept of the node in this slot, which may be gone.
    pub fn info(&self, slot: Slot) -> &NodeInfo {
        &self.infos[slot]
    }

    /// How many of these Pods each node has.
    pub fn count(&self, asked: Asked) -> Rc<Tally> {
        self.memo.count(asked, &self.infos)
    }

    /// What Pods on nodes say about other Pods.
    pub fn said(&self) -> Rc<Vec<Said>> {
        self.memo.said(&self.infos)
    }

    /// The place of each node by this label, by slot.
    pub fn column(&self, label: &str) -> Column {
        self.memo.column(label, &self.infos)
    }

    /// Waiting Pods that the node of this name is promised to.
    pub fn nominated_on(&self, node: &str) -> &[Rc<PodInfo>] {
        let slot = self.slots.get(node);
        slot.map_or(&[], |slot| &self.infos[*slot].nominated)
    }

    /// An image that some node has.
    pub fn image(&self, name: &str) -> Option<ImageState> {
        self.images.get(name).copied()
    }

    /// Counts a Pod on a node before it is bound: the scheduler's own decision holds at once.
    pub fn assume(&mut self, pod: &Rc<PodInfo>, node: &str) {
        let key = key_of(&pod.pod);
        self.remove_pod(&key);
        self.place(key, pod.clone(), node);
    }

    /// Promises a node to a waiting Pod.
    pub fn nominate(&mut self, pod: &Rc<PodInfo>, node: &Rc<str>) {
        let key = key_of(&pod.pod);
        self.forget_nomination(&key);
        let slot = self.slot(node);
        self.nominations.insert(key, slot);
        self.change(slot).nominated.push(pod.clone());
    }

    fn set_pod(&mut self, pod: &Rc<Pod>) {
        let key = key_of(pod);
        if pod.is_finished() {
            return self.remove_pod(&key);
        }
        if pod.spec.node_name.is_empty() {
            // The scheduler's own decision stays until it is taken back.
            if !self.placed.contains_key(&key) {
                self.remove_pod(&key);
                let nominated = &pod.status.nominated_node_name;
                if !nominated.is_empty() {
                    self.nominate(&Rc::new(PodInfo::new(pod.clone())), nominated);
                }
            }
            return;
        }
        self.remove_pod(&key);
        self.place(key, Rc::new(PodInfo::new(pod.clone())), &pod.spec.node_name);
    }

    fn place(&mut self, key: Key, pod: Rc<PodInfo>, node: &str) {
        let slot = self.slot(node);
        self.placed.insert(key, slot);
        self.memo.add(slot, &pod);
        self.change(slot).add_pod(pod);
    }

    /// Counts a Pod nowhere any more, neither on a node nor as promised one.
    pub fn remove_pod(&mut self, key: &Key) {
        self.forget_nomination(key);
        let Some(slot) = self.placed.take(key) else {
            return;
        };
        self.answers.forget(slot);
        let info = self.infos.make_mut(slot);
        let pod = info.pods.iter().find(|pod| key_of(&pod.pod) == *key);
        if let Some(pod) = pod.map(|pod| pod.pod.clone())
            && let Some(removed) = info.remove_pod(&pod)
        {
            self.memo.remove(slot, &removed);
        }
    }

    /// What is kept of a node, to be changed.
    fn change(&mut self, slot: Slot) -> &mut NodeInfo {
        self.answers.forget(slot);
        self.infos.make_mut(slot)
    }

    /// Is the Pod counted on a node, bound or about to be?
    pub fn is_placed(&self, key: &Key) -> bool {
        self.placed.contains_key(key)
    }

    fn forget_nomination(&mut self, key: &Key) {
        let Some(slot) = self.nominations.take(key) else {
            return;
        };
        let nominated = &mut self.change(slot).nominated;
        nominated.retain(|pod| key_of(&pod.pod) != *key);
    }

    fn set_node(&mut self, node: Rc<Node>) {
        let slot = self.slot(&node.metadata.name);
        let old = self.infos[slot].node.clone();
        let was_there = self.infos[slot].is_there();
        if !was_there || zone_key(&old) != zone_key(&node) {
            self.leave_tree(slot);
            self.join_tree(slot, zone_key(&node));
        }
        if old.status.images != node.status.images {
            self.count_images(&old, -1);
            self.count_images(&node, 1);
        }
        let same_labels = was_there && old.metadata.labels == node.metadata.labels;
        let topology = match same_labels {
            true => self.infos[slot].topology.clone(),
            false => self.number_labels(&node),
        };
        if !same_labels {
            self.memo.forget_columns();
        }
        self.change(slot).set_node(node, topology);
    }

    fn remove_node(&mut self, name: &str) {
        let Some(slot) = self.slots.get(name).copied() else {
            return;
        };
        let old = self.infos[slot].node.clone();
        self.leave_tree(slot);
        self.count_images(&old, -1);
        self.memo.forget_columns();
        self.change(slot).set_node(Rc::default(), Rc::default());
    }

    /// Gives each label with its value the number that it has everywhere.
    fn number_labels(&mut self, node: &Node) -> Rc<[(Rc<str>, TopologyPair)]> {
        let labels = node.metadata.labels.iter();
        let pairs = labels.map(|(label, value)| {
            let next = self.pairs.len() as TopologyPair;
            let pair = self.pairs.or_insert((label.clone(), value.clone()), next);
            (label.clone(), *pair)
        });
        pairs.collect()
    }

    /// How many pairs of label and value there are on all nodes: their numbers are below.
    pub fn topology_pairs(&self) -> usize {
        self.pairs.len()
    }

    /// The place of the node of this name, a new one if need be.
    fn slot(&mut self, name: &str) -> Slot {
        if let Some(slot) = self.slots.get(name) {
            return *slot;
        }
        let slot = self.infos.len();
        self.memo.forget_columns();
        self.infos.push(Rc::new(NodeInfo {
            slot,
            ..NodeInfo::default()
        }));
        self.slots.insert(name.into(), slot);
        slot
    }

    fn join_tree(&mut self, slot: Slot, key: String) {
        self.order = None;
        let zones = Rc::make_mut(&mut self.tree);
        match zones.iter_mut().find(|zone| zone.key == key) {
            Some(zone) => zone.nodes.push(slot),
            None => zones.push(Zone {
                key,
                nodes: vec![slot],
            }),
        }
    }

    fn leave_tree(&mut self, slot: Slot) {
        if !self.infos[slot].is_there() {
            return;
        }
        self.order = None;
        let zones = Rc::make_mut(&mut self.tree);
        for zone in zones.iter_mut() {
            zone.nodes.retain(|other| *other != slot);
        }
        zones.retain(|zone| !zone.nodes.is_empty());
    }

    /// The size stays as the first node says that has the image.
    fn count_images(&mut self, node: &Node, sign: i64) {
        let mut counted: Map<&Rc<str>, i64> = Map::new();
        for image in &node.status.images {
            for name in &image.names {
                counted.or_insert(name, image.size_bytes);
            }
        }
        for (name, size) in &counted {
            let new = ImageState {
                size: *size,
                nodes: 0,
            };
            let state = self.images.or_insert(Rc::clone(name), new);
            state.nodes += sign;
            if state.nodes <= 0 {
                self.images.remove(*name);
            }
        }
    }
}

/// The key of a Pod.
pub fn key_of(pod: &Pod) -> Key {
    (pod.metadata.namespace.clone(), pod.metadata.name.clone())
}

/// Region and zone in one. Models `GetZoneKey`.
fn zone_key(node: &Node) -> String {
    let label = |names: [&str; 2]| {
        let labels = &node.metadata.labels;
        let found = names.iter().find_map(|name| labels.get(*name));
        found.map_or("", |value| value)
    };
    let zone = label([
        "failure-domain.beta.kubernetes.io/zone",
        "topology.kubernetes.io/zone",
    ]);
    let region = label([
        "failure-domain.beta.kubernetes.io/region",
        "topology.kubernetes.io/region",
    ]);
    format!("{region}:\0:{zone}")
}

/// The first node of each zone, then the second of each … Models `nodeTree.list`.
fn round_robin(zones: &[Zone]) -> Vec<Slot> {
    let longest = zones.iter().map(|zone| zone.nodes.len()).max().unwrap_or(0);
    (0..longest)
        .flat_map(|row| zones.iter().filter_map(move |zone| zone.nodes.get(row)))
        .copied()
        .collect()
}
