//! The picture of a large cluster. From afar a canvas draws it, and is told by Node what there is to draw: how
//! much is requested, what is amiss, and a mark for each Pod. From so near that few are seen, what is seen
//! is a [`Scene`] like any other. Nothing here looks at all Pods at once.

use std::rc::Rc;

use super::body::body_of;
use super::glyphs::{NodeGlyph, Rect, Scene, State, Tray};
use super::layout::Layout;
use super::motion::Speeds;
use super::overview::{NodeLoad, Overview};
use super::picture::{Listed, SceneCache, Shape, draw_pods, home_of, node_glyph, same_or};
use super::selection::Selection;
use crate::api::node::Node;
use crate::api::{Object, ObjectKey};
use crate::cluster::{SimTime, Snapshot};

/// More Nodes and Pods than this are a large cluster.
pub(super) const LARGE: i64 = 250;

/// Is it too much to be drawn as a whole, thing by thing?
pub fn is_large(overview: &Overview) -> bool {
    let all = overview.all();
    all.nodes + all.pods.all() > LARGE
}

/// Where everything stands in a large cluster. Cheap to clone, and the same as long as nothing comes or goes but
/// Pods.
#[derive(Clone, Debug)]
pub struct Ground {
    layout: Rc<Layout>,
    standing: Rc<()>,
}

/// What a canvas shows of a Node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeMark {
    /// Of CPU, memory and Pods, how much is requested, from 0 to 1.
    pub shares: [f64; 3],
    /// A Pod fails.
    pub fails: bool,
    /// A Pod waits.
    pub waits: bool,
    /// Not Ready, or not heard from.
    pub not_ready: bool,
    /// Takes no new Pods.
    pub cordoned: bool,
}

/// What a canvas shows of a Pod.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PodMark<'a> {
    /// Which.
    pub key: &'a ObjectKey,
    /// Its place.
    pub rect: Rect,
    /// Its colour.
    pub state: State,
    /// It ended badly, and won't be started again.
    pub failed: bool,
    /// Ready containers, all containers.
    pub ready: (usize, usize),
}

impl NodeMark {
    /// Of what the Node comes to.
    pub fn of(load: &NodeLoad) -> Self {
        let part = |share: super::overview::Share| share.part().clamp(0.0, 1.0);
        NodeMark {
            shares: [part(load.cpu), part(load.memory), part(load.room)],
            fails: load.pods.of(State::Fail) > 0,
            waits: load.pods.of(State::Wait) > 0,
            not_ready: load.condition != Some("Ready"),
            cordoned: load.cordoned,
        }
    }
}

impl Ground {
    /// Of this snapshot; the one before as long as it holds.
    pub fn of(snapshot: &Snapshot, shape: Shape, before: Option<&Ground>) -> Self {
        let standing = snapshot.places.standing();
        let same = |ground: &&Ground| {
            Rc::ptr_eq(&ground.standing, standing) && ground.layout.shape == shape
        };
        before.filter(same).cloned().unwrap_or_else(|| Ground {
            layout: Rc::new(Layout::large(&snapshot.places, shape)),
            standing: standing.clone(),
        })
    }

    /// Is it the same?
    pub fn is(&self, other: &Ground) -> bool {
        Rc::ptr_eq(&self.layout, &other.layout)
    }

    /// What Fit fits.
    pub fn bounds(&self) -> Rect {
        self.layout.bounds
    }

    /// The box of Pods without a Node.
    pub fn tray(&self) -> Rect {
        self.layout.tray
    }

    /// How much larger than in a small cluster the tray is.
    pub fn grown(&self) -> f64 {
        self.layout.grown
    }

    /// Hosts, in the order in which they came.
    pub fn hosts(&self) -> impl Iterator<Item = &(Rc<str>, Rect)> {
        self.layout.hosts.iter()
    }

    /// Nodes, by name.
    pub fn nodes(&self) -> impl Iterator<Item = (&Rc<str>, &Rect)> {
        self.layout.nodes.iter()
    }

    /// A Node's card.
    pub fn node(&self, name: &str) -> Option<Rect> {
        self.layout.nodes.get(name).copied()
    }

    /// The marks of a Node's Pods.
    pub fn pods<'a>(
        &'a self,
        snapshot: &'a Snapshot,
        overview: &'a Overview,
        node: &'a str,
    ) -> impl Iterator<Item = PodMark<'a>> {
        let keys = snapshot.places.on(node);
        keys.filter_map(|key| self.mark(snapshot, overview, key))
    }

    /// The marks of Pods that have no Node, at most so many.
    pub fn waiting<'a>(
        &'a self,
        snapshot: &'a Snapshot,
        overview: &'a Overview,
        most: usize,
    ) -> impl Iterator<Item = PodMark<'a>> {
        let keys = snapshot.places.waiting().take(most);
        keys.filter_map(|key| self.mark(snapshot, overview, key))
    }

    fn mark<'a>(
        &self,
        snapshot: &'a Snapshot,
        overview: &Overview,
        key: &'a ObjectKey,
    ) -> Option<PodMark<'a>> {
        let place = snapshot.places.pod(key)?;
        let state = overview.state(key)?;
        let failed = || snapshot.store.get(key)?.pod().map(|pod| pod.is_finished());
        Some(PodMark {
            key,
            rect: home_of(snapshot, &self.layout, place)?,
            state,
            failed: state == State::Fail && failed()?,
            ready: overview.ready(key),
        })
    }

    /// Where a thing stands.
    pub fn place_of(&self, snapshot: &Snapshot, selection: &Selection) -> Option<Rect> {
        match selection {
            Selection::Host(name) => {
                let mut hosts = self.hosts();
                hosts.find(|(host, _)| host == name).map(|(_, rect)| *rect)
            }
            Selection::Object(key) if &*key.kind == "Node" => self.node(&key.name),
            Selection::Object(key) if &*key.kind == "Pod" => {
                home_of(snapshot, &self.layout, snapshot.places.pod(key)?)
            }
            Selection::Object(_) => None,
            Selection::Container { pod, name } => {
                let home = home_of(snapshot, &self.layout, snapshot.places.pod(pod)?)?;
                let body = body_of(snapshot, pod)?;
                let mut containers = body.containers.iter();
                let rect = containers.find(|one| one.name == *name)?.rect;
                let scale = home.width / body.width;
                Some(Rect {
                    x: home.x + rect.x * scale,
                    y: home.y + rect.y * scale,
                    width: rect.width * scale,
                    height: rect.height * scale,
                })
            }
        }
    }

    /// What stands at this place of the world; Pods only where they are told apart.
    pub fn under(&self, snapshot: &Snapshot, (x, y): (f64, f64), pods: bool) -> Option<Selection> {
        let holds = |rect: &Rect| {
            rect.x <= x && x < rect.x + rect.width && rect.y <= y && y < rect.y + rect.height
        };
        let pod = |key: &ObjectKey| {
            let place = snapshot.places.pod(key)?;
            let home = home_of(snapshot, &self.layout, place)?;
            holds(&home).then(|| Selection::Object(key.clone()))
        };
        if holds(&self.tray()) {
            // Those in it may be thousands: the grid tells which one it is.
            let slot = self.layout.tray_slot((x, y), snapshot.places.crowd())?;
            return pod(snapshot.places.in_slot(slot)?);
        }
        if let Some((name, _)) = self.nodes().find(|(_, rect)| holds(rect)) {
            let mut keys = snapshot.places.on(name).filter(|_| pods);
            let node = || Selection::Object(ObjectKey::node(name));
            return Some(keys.find_map(pod).unwrap_or_else(node));
        }
        let mut hosts = self.hosts();
        let host = hosts.find(|(_, rect)| holds(rect));
        host.map(|(name, _)| Selection::Host(name.clone()))
    }

    /// The Nodes of which anything is seen, and how many Pods stand on them.
    pub fn seen<'a>(
        &'a self,
        snapshot: &Snapshot,
        seen: &Rect,
    ) -> (Vec<(&'a Rc<str>, Rect)>, usize) {
        let nodes = self.nodes().filter(|(_, rect)| touches(rect, seen));
        let nodes: Vec<_> = nodes.map(|(name, rect)| (name, *rect)).collect();
        let pods = nodes
            .iter()
            .map(|(name, _)| snapshot.places.on(name).count());
        let pods = pods.sum();
        (nodes, pods)
    }
}

/// Of a large cluster, what is seen from near: these Nodes, with all that stands on them, and the tray.
pub fn near(
    (snapshot, overview): (&Snapshot, &Overview),
    (speeds, t): (&Speeds, SimTime),
    ground: &Ground,
    seen: &Rect,
    cache: &mut SceneCache,
) -> Scene {
    let layout = &ground.layout;
    let (nodes, _) = ground.seen(snapshot, seen);
    let on_nodes = nodes.iter().flat_map(|(name, _)| snapshot.places.on(name));
    let tray = touches(&layout.tray, seen).then(|| snapshot.places.waiting());
    let keys = on_nodes.chain(tray.into_iter().flatten().take(NEAR));
    let mut keys: Vec<&ObjectKey> = keys.collect();
    crate::order::sort(&mut keys);
    let pods = keys.iter();
    let pods: Vec<Listed> = pods
        .filter_map(|key| Listed::of(snapshot, key, speeds))
        .collect();
    let (pods, holds) = draw_pods(snapshot, layout, &pods, speeds, t, cache);
    let unheard = (Node::default(), NodeLoad::default());
    let glyph = |(name, rect): &(&Rc<str>, Rect)| -> Rc<NodeGlyph> {
        let object = snapshot.store.get(&ObjectKey::node(name));
        let node = object.and_then(|object: &Rc<Object>| object.node());
        let node = node.map_or(&unheard.0, |node| node);
        let load = overview.node(name).map_or(&unheard.1, |load| load);
        let asked = [load.room, load.cpu, load.memory];
        // A sum that no quantity can say is as much as one can.
        let [room, cpu, memory] =
            asked.map(|share| i64::try_from(share.requested).unwrap_or(i64::MAX));
        let asked = (room, cpu, memory);
        let glyph = node_glyph(name, node, *rect, asked);
        same_or(cache.nodes.get(*name), glyph)
    };
    let nodes: Vec<Rc<NodeGlyph>> = nodes.iter().map(glyph).collect();
    cache.nodes = nodes
        .iter()
        .map(|node| (node.name.clone(), node.clone()))
        .collect();
    Scene {
        bounds: layout.bounds,
        tray: Tray {
            rect: layout.tray,
            pods: overview.unscheduled().all() as usize,
        },
        hosts: Vec::new(),
        nodes,
        services: None,
        records: Vec::new(),
        pods,
        holds,
    }
}

/// So many Pods of the tray are drawn one by one.
const NEAR: usize = 200;

fn touches(a: &Rect, b: &Rect) -> bool {
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}
