//! `scene(snapshot, speeds, t)`: everything that is drawn, and how it moves. Pure: the same history and
//! moment give the same picture, so pausing freezes a Pod in mid-flight, and scrubbing flies it back.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use super::body::pod_body;
use super::course::Course;
use super::glyphs::{HostGlyph, NodeGlyph, PodBody, PodGlyph, RecordGlyph, Rect, Scene, Tray};
use super::large::LARGE;
use super::layout::Layout;
use super::motion::{self, Speeds};
use super::names::{node_condition, node_state};
use super::places::{Home, PodPlace, Spot};
use super::racks::Racks;
use super::records::{draw_records, with_records};
use crate::api::node::Node;
use crate::api::pod::Pod;
use crate::api::{Object, ObjectKey, Uid};
use crate::cluster::scheduler::resource::PodRequests;
use crate::cluster::{Activity, SimTime, Snapshot};
use crate::order;

/// How a person looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Steps instead of movements?
    pub reduced_motion: bool,
    /// For what room the machines are laid out.
    pub shape: Shape,
}

/// The room that there is to look at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// A window: machines have room for the Pods that may come.
    #[default]
    Wide,
    /// A phone: hosts and nodes stand below each other, and take no more room than they need.
    Narrow,
    /// A phone held sideways: they stand beside each other, and take no more room than they need.
    Low,
}

/// What was drawn before, so that what hasn't changed is the same `Rc`. Holds nothing that can't be
/// made again: without it the scene is the same, only slower.
#[derive(Clone, Debug, Default)]
pub struct SceneCache {
    /// By key.
    pods: Vec<(ObjectKey, Drawn)>,
    hosts: Vec<Rc<HostGlyph>>,
    pub(super) nodes: BTreeMap<Rc<str>, Rc<NodeGlyph>>,
    pub(super) records: Vec<Rc<RecordGlyph>>,
    /// Of which state hosts, nodes and records were drawn.
    digest: Option<u64>,
    shape: Shape,
    layout: Option<(LayoutKey, Rc<Layout>)>,
}

/// A Pod as it was drawn last.
#[derive(Clone, Debug)]
struct Drawn {
    object: Rc<Object>,
    /// Do words of it change with time, though the object doesn't?
    busy: bool,
    body: Rc<PodBody>,
    /// What it takes of its node: milli-CPU and bytes.
    asks: (i64, i64),
}

/// What a layout depends on.
type LayoutKey = (Racks, Vec<Rc<str>>, Vec<u32>, (bool, bool), Shape);

/// A Pod that is listed, with its place.
pub(super) struct Listed<'a> {
    pub key: &'a ObjectKey,
    object: &'a Rc<Object>,
    pub pod: &'a Pod,
    pub place: &'a PodPlace,
    /// When it is seen to leave the tray, and the spot that it leaves.
    pub leaves: Option<(SimTime, Spot)>,
}

impl<'a> Listed<'a> {
    /// The Pod of this key, if it has a place.
    pub fn of(snapshot: &'a Snapshot, key: &'a ObjectKey, speeds: &Speeds) -> Option<Self> {
        let place = snapshot.places.pod(key)?;
        Listed::new(key, snapshot.store.get(key)?, place, speeds)
    }

    fn new(
        key: &'a ObjectKey,
        object: &'a Rc<Object>,
        place: &'a PodPlace,
        speeds: &Speeds,
    ) -> Option<Self> {
        Some(Listed {
            key,
            object,
            pod: object.pod()?,
            place,
            leaves: departure(place, speeds),
        })
    }
}

/// Everything that is drawn, with the words of `t`.
pub fn scene(
    snapshot: &Snapshot,
    speeds: &Speeds,
    t: SimTime,
    look: Look,
    cache: &mut SceneCache,
) -> Scene {
    let pods = listed(snapshot, speeds);
    if cache.shape != look.shape {
        (cache.shape, cache.digest) = (look.shape, None);
    }
    let layout = cached_layout(snapshot, look.shape, cache);
    let (glyphs, holds) = draw_pods(snapshot, &layout, &pods, speeds, t, cache);
    let waiting = pods.iter();
    let waiting = waiting.filter(|pod| matches!(pod.place.home, Home::Tray(_)));
    let waiting = waiting.count();
    if cache.digest != Some(snapshot.digest) {
        cache.digest = Some(snapshot.digest);
        draw_hosts(snapshot, &layout, cache);
        draw_nodes(snapshot, &layout, &pods, cache);
        draw_records(snapshot, &layout, cache);
    }
    Scene {
        bounds: with_records(layout.bounds, &cache.records),
        services: layout.services,
        tray: Tray {
            rect: layout.tray,
            pods: waiting,
        },
        hosts: cache.hosts.clone(),
        nodes: cache.nodes.values().cloned().collect(),
        records: cache.records.clone(),
        pods: glyphs,
        holds,
    }
}

/// These Pods, which come by key; and from when to when their words hold.
pub(super) fn draw_pods(
    snapshot: &Snapshot,
    layout: &Layout,
    pods: &[Listed],
    speeds: &Speeds,
    t: SimTime,
    cache: &mut SceneCache,
) -> (Vec<PodGlyph>, (SimTime, SimTime)) {
    let travels = travellers(pods, speeds);
    let mut before = std::mem::take(&mut cache.pods).into_iter().peekable();
    let mut glyphs = Vec::with_capacity(pods.len());
    let mut drawn = Vec::with_capacity(pods.len());
    let mut holds = (SimTime(i64::MIN), SimTime::MAX);
    for (listed, travels) in pods.iter().zip(travels) {
        let place = listed.place;
        while before.next_if(|(key, _)| key < listed.key).is_some() {}
        let known = before.next_if(|(key, _)| key == listed.key);
        let pod = drawn_pod(snapshot, listed, t, known.map(|(_, known)| known));
        if let Some(deleted) = listed.pod.metadata.deletion_timestamp {
            // Seconds are rounded up: these words hold until the next whole one is left.
            let next = deleted.0 - (deleted.0 - t.0 - 1).div_euclid(1_000_000) * 1_000_000;
            holds = (
                holds.0.max(SimTime(next - 1_000_000)),
                holds.1.min(SimTime(next)),
            );
        }
        let height = f64::from(place.height);
        if let Some(home) = home_of(snapshot, layout, place) {
            let left = listed.leaves;
            let course = Course {
                home,
                appeared: place.created,
                left: left.map(|(at, spot)| (at, layout.tray_place(spot, height))),
                ready: place.ready,
                travels,
            };
            let body = pod.body.clone();
            glyphs.push(PodGlyph { body, course });
        }
        drawn.push((listed.key.clone(), pod));
    }
    cache.pods = drawn;
    (glyphs, holds)
}

/// Where a Pod stands in the end.
pub(super) fn home_of(snapshot: &Snapshot, layout: &Layout, place: &PodPlace) -> Option<Rect> {
    let (places, height) = (&snapshot.places, f64::from(place.height));
    match &place.home {
        Home::Tray(slot) => {
            let (slot, crowd) = (*slot, places.crowd());
            Some(layout.tray_place(Spot { slot, crowd }, height))
        }
        Home::Node(node, berth) => layout.node_place(places, node, *berth, height),
    }
}

/// Every Pod that has a place.
fn listed<'a>(snapshot: &'a Snapshot, speeds: &Speeds) -> Vec<Listed<'a>> {
    // Both come by key.
    let mut places = snapshot.places.each().peekable();
    let pods = snapshot.store.list("Pod").filter_map(|(key, object)| {
        while places.next_if(|(of, _)| *of < key).is_some() {}
        let (_, place) = places.next_if(|(of, _)| *of == key)?;
        Listed::new(key, object, place, speeds)
    });
    pods.collect()
}

/// When a Pod is seen to leave its spot: not before it was seen there.
fn departure(place: &PodPlace, speeds: &Speeds) -> Option<(SimTime, Spot)> {
    let (left, spot) = place.left?;
    let seen = if speeds.at(place.created) > motion::INSTANT_ABOVE {
        0.0
    } else {
        speeds.length(place.created, motion::REVEAL_MS)
    };
    Some((left.max(SimTime(place.created.0 + seen as i64)), spot))
}

/// Until when something moves or fills in this world, so that each frame differs from the one before.
pub fn moves_until(snapshot: &Snapshot, speeds: &Speeds) -> SimTime {
    let pulls = snapshot.activities.values().map(|activity| {
        let Activity::Pulling { until, .. } = activity;
        *until
    });
    let longest = (motion::REVEAL_MS + motion::GHOST_MS) * 1e3 * speeds.fastest();
    let last = pulls.max().unwrap_or_default();
    if (snapshot.time.0 - snapshot.places.last_moved().0) as f64 >= longest {
        return last;
    }
    if snapshot.places.pods() as i64 > LARGE {
        // Each of them would be asked with each change: they may move a little longer than they do.
        let end = snapshot
            .places
            .last_moved()
            .0
            .saturating_add(longest as i64);
        return last.max(SimTime(end));
    }
    let pods = listed(snapshot, speeds);
    let ends = pods.iter().map(|pod| stands_from(pod, speeds));
    ends.fold(last, SimTime::max)
}

/// From when on this Pod doesn't move any more.
fn stands_from(pod: &Listed, speeds: &Speeds) -> SimTime {
    let end = |since: SimTime, ms: f64| {
        if speeds.at(since) > motion::INSTANT_ABOVE {
            return SimTime::default();
        }
        SimTime(since.0 + speeds.length(since, ms) as i64)
    };
    let moves = [
        Some((pod.place.created, motion::REVEAL_MS)),
        pod.leaves.map(|(at, _)| (at, motion::GHOST_MS)),
        pod.place.ready.map(|at| (at, motion::RING_MS)),
    ];
    let ends = moves.into_iter().flatten().map(|(at, ms)| end(at, ms));
    ends.fold(SimTime::default(), SimTime::max)
}

/// Which Pods travel rather than cross-fade: at most forty at once, in the order of their departure.
fn travellers(pods: &[Listed], speeds: &Speeds) -> Vec<bool> {
    let leaves = |(number, pod): (usize, &Listed)| Some((pod.leaves?.0, pod.place.uid, number));
    let mut leaving: Vec<(SimTime, Uid, usize)> =
        pods.iter().enumerate().filter_map(leaves).collect();
    order::sort(&mut leaving);
    let mut flying: VecDeque<f64> = VecDeque::new();
    let mut travel = vec![false; pods.len()];
    for (at, _, number) in leaving {
        flying.retain(|lands| *lands > at.0 as f64);
        if flying.len() < motion::TRAVELLERS {
            flying.push_back(at.0 as f64 + speeds.length(at, motion::PLACE_MS));
            travel[number] = true;
        }
    }
    travel
}

/// What a Pod shows; the same as before where nothing of it changed.
fn drawn_pod(snapshot: &Snapshot, listed: &Listed, t: SimTime, known: Option<Drawn>) -> Drawn {
    let Listed {
        key, object, pod, ..
    } = *listed;
    let all = &snapshot.activities;
    let pulls = |name: &Rc<str>| all.contains_key(&(listed.place.uid, name.clone()));
    let busy = pod.metadata.deletion_timestamp.is_some()
        || !all.is_empty() && pod.all_containers().any(|container| pulls(&container.name));
    let same = |known: &Drawn| Rc::ptr_eq(&known.object, object) && !known.busy && !busy;
    match known {
        Some(known) if same(&known) => known,
        known => {
            let body = pod_body(key, pod, all, t);
            let requests = PodRequests::of(pod).real;
            Drawn {
                object: object.clone(),
                busy,
                body: same_or(known.as_ref().map(|known| &known.body), body),
                asks: (requests.milli_cpu, requests.memory),
            }
        }
    }
}

fn cached_layout(snapshot: &Snapshot, shape: Shape, cache: &mut SceneCache) -> Rc<Layout> {
    let places = &snapshot.places;
    let (racks, strays) = (places.racks(), places.strays());
    let names = racks.nodes().chain(&strays);
    let depths = names.map(|name| places.depth(name)).collect();
    let tray = (places.tray_is_empty(), places.has_services());
    let key: LayoutKey = (racks.clone(), strays, depths, tray, shape);
    if let Some((known, layout)) = &cache.layout
        && *known == key
    {
        return layout.clone();
    }
    let layout = Rc::new(Layout::of(places, shape));
    cache.layout = Some((key, layout.clone()));
    layout
}

/// The same `Rc` as before where nothing is different.
pub(super) fn same_or<T: PartialEq>(known: Option<&Rc<T>>, now: T) -> Rc<T> {
    known
        .filter(|known| ***known == now)
        .cloned()
        .unwrap_or_else(|| Rc::new(now))
}

fn draw_hosts(snapshot: &Snapshot, layout: &Layout, cache: &mut SceneCache) {
    let glyph = |(number, (name, rect)): (usize, &(Rc<str>, Rect))| {
        let on_it = || {
            snapshot
                .machines
                .machines
                .iter()
                .filter(|machine| machine.host == *name)
        };
        let glyph = HostGlyph {
            name: name.clone(),
            rect: *rect,
            cpu_milli: on_it().map(|it| it.cpu_milli).fold(0, i64::saturating_add),
            memory_bytes: on_it()
                .map(|it| it.memory_bytes)
                .fold(0, i64::saturating_add),
        };
        same_or(cache.hosts.get(number), glyph)
    };
    cache.hosts = layout.hosts.iter().enumerate().map(glyph).collect();
}

fn draw_nodes(snapshot: &Snapshot, layout: &Layout, pods: &[Listed], cache: &mut SceneCache) {
    let mut asked: BTreeMap<&str, (i64, i64, i64)> = BTreeMap::new();
    for (Listed { pod, .. }, (_, drawn)) in pods.iter().zip(&cache.pods) {
        if pod.is_finished() {
            continue;
        }
        let asks = drawn.asks;
        let (count, cpu, memory) = asked.entry(&pod.spec.node_name).or_default();
        *count += 1;
        *cpu = cpu.saturating_add(asks.0);
        *memory = memory.saturating_add(asks.1);
    }
    let mut drawn = BTreeMap::new();
    let unheard = Node::default();
    for (name, rect) in &layout.nodes {
        let object = snapshot.store.get(&ObjectKey::node(name));
        let node = object
            .and_then(|object| object.node())
            .map_or(&unheard, |node| node);
        let asked = asked.get(&**name).copied().unwrap_or_default();
        let glyph = node_glyph(name, node, *rect, asked);
        drawn.insert(name.clone(), same_or(cache.nodes.get(name), glyph));
    }
    cache.nodes = drawn;
}

pub(super) fn node_glyph(
    name: &Rc<str>,
    node: &Node,
    rect: Rect,
    asked: (i64, i64, i64),
) -> NodeGlyph {
    let (pods, cpu, memory) = asked;
    let of = |resource: &str| {
        node.status
            .allocatable
            .get(resource)
            .copied()
            .unwrap_or_default()
    };
    let taint = |taint: &crate::api::node::Taint| {
        let value = if taint.value.is_empty() {
            String::new()
        } else {
            format!("={}", taint.value)
        };
        format!("{}{value}:{}", taint.key, taint.effect).into()
    };
    NodeGlyph {
        name: name.clone(),
        rect,
        condition: node_condition(node).into(),
        state: node_state(node),
        cordoned: node.spec.unschedulable,
        pods,
        pods_most: of("pods").value(),
        cpu_milli: (cpu, of("cpu").milli_value()),
        memory_bytes: (memory, of("memory").value()),
        taints: node.spec.taints.iter().map(taint).collect(),
    }
}
