//! `scene(snapshot, speeds, t)`: everything that is drawn at one moment. Pure: the same history and
//! moment give the same scene, so pausing freezes a Pod in mid-flight, and scrubbing flies it back.

use std::collections::VecDeque;
use std::rc::Rc;

use super::body::pod_body;
use super::glyphs::{
    ContainerGlyph, HostGlyph, Motion, NodeGlyph, PodBody, PodGlyph, RecordGlyph, Rect, Scene,
    State, Tray,
};
use super::layout::Layout;
use super::motion::{self, Speeds, between, ease};
use super::places::{Home, PodPlace};
use super::racks::Racks;
use super::tree::{is_simulated, node_condition};
use crate::api::node::Node;
use crate::api::pod::Pod;
use crate::api::{Object, ObjectKey, Uid};
use crate::cluster::scheduler::resource::PodRequests;
use crate::cluster::{Activity, SimTime, Snapshot};
use crate::collections::Map;

/// How a person looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Steps instead of movements?
    pub reduced_motion: bool,
    /// On a phone: hosts and nodes stand below each other, and take no more room than they need.
    pub narrow: bool,
}

/// What was drawn before, so that what hasn't changed is the same `Rc`. Holds nothing that can't be
/// made again: without it the scene is the same, only slower.
#[derive(Clone, Debug, Default)]
pub struct SceneCache {
    bodies: Map<Uid, Drawn>,
    hosts: Vec<Rc<HostGlyph>>,
    nodes: Map<Rc<str>, Rc<NodeGlyph>>,
    records: Vec<Rc<RecordGlyph>>,
    /// Of which state hosts, nodes and records were drawn.
    digest: Option<u64>,
    narrow: bool,
    layout: Option<(LayoutKey, Rc<Layout>)>,
}

/// A body as it was drawn last.
#[derive(Clone, Debug)]
struct Drawn {
    object: Rc<Object>,
    /// Does it change with time, though the object doesn't?
    busy: bool,
    body: Rc<PodBody>,
    /// The same while it is on its way: dashed.
    flying: Option<Rc<PodBody>>,
}

/// What a layout depends on.
type LayoutKey = (Racks, Vec<Rc<str>>, Vec<u32>, u32, bool);

/// Everything that is drawn at `t`.
pub fn scene(
    snapshot: &Snapshot,
    speeds: &Speeds,
    t: SimTime,
    look: Look,
    cache: &mut SceneCache,
) -> Scene {
    let pods: Vec<(&ObjectKey, &Rc<Object>, &Rc<Pod>)> = snapshot
        .store
        .list("Pod")
        .filter_map(|(key, object)| object.pod().map(|pod| (key, object, pod)))
        .collect();
    if cache.narrow != look.narrow {
        (cache.narrow, cache.digest) = (look.narrow, None);
    }
    let layout = cached_layout(snapshot, &pods, look.narrow, cache);
    let travels = travellers(snapshot, &pods, speeds);
    let mut waiting = 0;
    let mut glyphs = Vec::with_capacity(pods.len());
    let mut bodies = Map::new();
    let mut in_motion = false;
    for (key, object, pod) in &pods {
        let Some(place) = snapshot.places.pod(key) else {
            continue;
        };
        waiting += usize::from(matches!(place.home, Home::Tray(_)));
        let mut drawn = cached_body(snapshot, (key, object, pod), place, t, look, cache);
        let pulls = |container: &ContainerGlyph| container.pulled.is_some();
        in_motion |= drawn.body.containers.iter().any(pulls);
        let Some(to) = resting(&layout, place) else {
            bodies.insert(place.uid, drawn);
            continue;
        };
        let travels = travels.contains_key(&place.uid);
        let moment = Moment { speeds, t, look };
        let mut glyph = moved(drawn.body.clone(), place, to, &layout, moment, travels);
        if glyph.motion == Some(Motion::Travels) {
            glyph.body = drawn
                .flying
                .get_or_insert_with(|| dashed(&drawn.body))
                .clone();
        }
        bodies.insert(place.uid, drawn);
        in_motion |= glyph.motion.is_some() || glyph.ring.is_some() || glyph.ghost.is_some();
        glyphs.push(glyph);
    }
    cache.bodies = bodies;
    if cache.digest != Some(snapshot.digest) {
        cache.digest = Some(snapshot.digest);
        draw_hosts(snapshot, &layout, cache);
        draw_nodes(snapshot, &layout, &pods, cache);
        draw_records(snapshot, &layout, cache);
    }
    Scene {
        bounds: with_records(layout.bounds, &cache.records),
        tray: Tray {
            rect: layout.tray,
            pods: waiting,
        },
        hosts: cache.hosts.clone(),
        nodes: cache.nodes.values().cloned().collect(),
        records: cache.records.clone(),
        pods: glyphs,
        in_motion,
    }
}

/// Is anything moving or filling at `t`, so that the next frame differs from this one?
pub fn in_motion(snapshot: &Snapshot, speeds: &Speeds, t: SimTime) -> bool {
    let pulling = snapshot.activities.values().any(|activity| {
        let Activity::Pulling { since, until, .. } = activity;
        *since <= t && t < *until
    });
    pulling
        || snapshot.store.list("Pod").any(|(key, _)| {
            snapshot
                .places
                .pod(key)
                .is_some_and(|place| is_moving(place, speeds, t))
        })
}

fn is_moving(place: &PodPlace, speeds: &Speeds, t: SimTime) -> bool {
    let lasts = |since: SimTime, ms: f64| {
        speeds.at(since) <= motion::INSTANT_ABOVE && speeds.progress(since, ms, t) < 1.0
    };
    lasts(place.created, motion::REVEAL_MS)
        || place
            .bound
            .is_some_and(|(at, _)| lasts(at, motion::GHOST_MS))
        || place.ready.is_some_and(|at| lasts(at, motion::RING_MS))
}

/// Pods that travel rather than cross-fade: at most forty at once, in the order of their binding.
fn travellers(
    snapshot: &Snapshot,
    pods: &[(&ObjectKey, &Rc<Object>, &Rc<Pod>)],
    speeds: &Speeds,
) -> Map<Uid, SimTime> {
    let mut bound: Vec<(SimTime, Uid)> = pods
        .iter()
        .filter_map(|(key, ..)| snapshot.places.pod(key))
        .filter_map(|place| place.bound.map(|(at, _)| (at, place.uid)))
        .collect();
    bound.sort_unstable();
    let mut flying: VecDeque<f64> = VecDeque::new();
    let mut travel = Map::new();
    for (at, uid) in bound {
        flying.retain(|lands| *lands > at.0 as f64);
        if flying.len() < motion::TRAVELLERS {
            flying.push_back(at.0 as f64 + speeds.length(at, motion::PLACE_MS));
            travel.insert(uid, at);
        }
    }
    travel
}

/// Where a Pod stands when nothing moves; `None` for one that the tray only counts.
fn resting(layout: &Layout, place: &PodPlace) -> Option<Rect> {
    let height = f64::from(place.height);
    match &place.home {
        Home::Tray(slot) if *slot >= layout.tray_slots() => None,
        Home::Tray(slot) => Some(layout.tray_place(*slot, height)),
        Home::Node(node, top) => layout.node_place(node, *top, height),
    }
}

/// A Pod that hasn't landed yet still has the outline of one without a node.
fn dashed(body: &Rc<PodBody>) -> Rc<PodBody> {
    Rc::new(PodBody {
        bound: false,
        ..PodBody::clone(body)
    })
}

/// When it is, and how it is looked at.
#[derive(Clone, Copy)]
struct Moment<'a> {
    speeds: &'a Speeds,
    t: SimTime,
    look: Look,
}

impl Moment<'_> {
    /// How far a movement of `ms`, begun at `since`, has come; `None` once it is over, and for those
    /// that don't move at all.
    fn part(&self, since: SimTime, ms: f64) -> Option<f64> {
        let part = self.speeds.progress(since, ms, self.t);
        (part < 1.0 && self.speeds.at(since) <= motion::INSTANT_ABOVE).then_some(part)
    }
}

/// A Pod on its way to `to`, or there.
fn moved(
    body: Rc<PodBody>,
    place: &PodPlace,
    to: Rect,
    layout: &Layout,
    moment: Moment,
    travels: bool,
) -> PodGlyph {
    let (at, opacity) = (to, 1.0);
    let mut glyph = PodGlyph {
        body,
        at,
        opacity,
        motion: None,
        ghost: None,
        ring: None,
    };
    let from = |slot| layout.tray_place(slot, f64::from(place.height));
    if moment.look.reduced_motion {
        let ghost = place
            .bound
            .filter(|(at, _)| moment.part(*at, motion::GHOST_MS).is_some());
        glyph.ghost = ghost.map(|(_, slot)| from(slot));
        return glyph;
    }
    if let Some((at, slot)) = place.bound {
        bind(&mut glyph, at, from(slot), moment, travels);
    } else if let Some(part) = moment.part(place.created, motion::REVEAL_MS) {
        glyph.opacity = ease(motion::REVEAL, part);
        glyph.motion = Some(Motion::Reveals);
    }
    let ring = place
        .ready
        .and_then(|ready| moment.part(ready, motion::RING_MS));
    glyph.ring = ring.map(|part| ease(motion::EASE_OUT, part));
    glyph
}

/// A Pod that left `from` at `at`. Above 10×, or where too many travel already, it cross-fades.
fn bind(glyph: &mut PodGlyph, at: SimTime, from: Rect, moment: Moment, travels: bool) {
    if moment.speeds.at(at) > motion::CROSS_FADE_ABOVE || !travels {
        if let Some(part) = moment.part(at, motion::QUICK_MS) {
            glyph.opacity = ease(motion::REVEAL, part);
            glyph.motion = Some(Motion::CrossFades);
        }
    } else if let Some(part) = moment.part(at, motion::PLACE_MS) {
        glyph.at = between(from, glyph.at, ease(motion::PLACE, part));
        glyph.motion = Some(Motion::Travels);
    }
}

/// What a Pod shows, and whether that changes with time: pulls, and seconds that are left.
fn cached_body(
    snapshot: &Snapshot,
    (key, object, pod): (&ObjectKey, &Rc<Object>, &Pod),
    place: &PodPlace,
    t: SimTime,
    look: Look,
    cache: &SceneCache,
) -> Drawn {
    let all = &snapshot.activities;
    let pulls = |name: &Rc<str>| all.contains_key(&(place.uid, name.clone()));
    let busy = pod.metadata.deletion_timestamp.is_some()
        || !all.is_empty() && pod.all_containers().any(|container| pulls(&container.name));
    let known = cache.bodies.get(&place.uid);
    if let Some(known) = known
        && Rc::ptr_eq(&known.object, object)
        && !known.busy
        && !busy
    {
        return known.clone();
    }
    let body = pod_body(key, pod, all, t, look.reduced_motion);
    let same = known.filter(|known| *known.body == body);
    let (body, flying) = match same {
        Some(known) => (known.body.clone(), known.flying.clone()),
        None => (Rc::new(body), None),
    };
    Drawn {
        object: object.clone(),
        busy,
        body,
        flying,
    }
}

fn cached_layout(
    snapshot: &Snapshot,
    pods: &[(&ObjectKey, &Rc<Object>, &Rc<Pod>)],
    narrow: bool,
    cache: &mut SceneCache,
) -> Rc<Layout> {
    let (racks, strays) = (snapshot.places.racks(), snapshot.places.strays());
    let names = racks.nodes().chain(&strays);
    let depths = names.map(|name| snapshot.places.depth(name)).collect();
    let places = pods.iter().filter_map(|(key, ..)| snapshot.places.pod(key));
    let tallest = places
        .filter(|place| matches!(place.home, Home::Tray(_)))
        .map(|place| place.height);
    let tallest = tallest.max().unwrap_or(0);
    let key: LayoutKey = (racks.clone(), strays, depths, tallest, narrow);
    if let Some((known, layout)) = &cache.layout
        && *known == key
    {
        return layout.clone();
    }
    let layout = Rc::new(Layout::of(&snapshot.places, tallest, narrow));
    cache.layout = Some((key, layout.clone()));
    layout
}

/// The same `Rc` as before where nothing is different.
fn same_or<T: PartialEq>(known: Option<&Rc<T>>, now: T) -> Rc<T> {
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
            cpu_milli: on_it().map(|machine| machine.cpu_milli).sum(),
            memory_bytes: on_it().map(|machine| machine.memory_bytes).sum(),
        };
        same_or(cache.hosts.get(number), glyph)
    };
    cache.hosts = layout.hosts.iter().enumerate().map(glyph).collect();
}

fn draw_nodes(
    snapshot: &Snapshot,
    layout: &Layout,
    pods: &[(&ObjectKey, &Rc<Object>, &Rc<Pod>)],
    cache: &mut SceneCache,
) {
    let mut asked: Map<&str, (i64, i64, i64)> = Map::new();
    for (.., pod) in pods.iter().filter(|(.., pod)| !pod.is_finished()) {
        let (count, cpu, memory) = asked.or_default(&pod.spec.node_name);
        let requests = PodRequests::of(pod).real;
        (*count, *cpu, *memory) = (
            *count + 1,
            *cpu + requests.milli_cpu,
            *memory + requests.memory,
        );
    }
    let mut drawn = Map::new();
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

fn node_glyph(name: &Rc<str>, node: &Node, rect: Rect, asked: (i64, i64, i64)) -> NodeGlyph {
    let (pods, cpu, memory) = asked;
    let of = |resource: &str| {
        node.status
            .allocatable
            .get(resource)
            .copied()
            .unwrap_or_default()
    };
    let condition = node_condition(node);
    let state = match condition {
        "Ready" => State::Ready,
        "NotReady" => State::Fail,
        _ => State::Unknown,
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
        condition: condition.into(),
        state,
        cordoned: node.spec.unschedulable,
        pods,
        pods_most: of("pods").value(),
        cpu_milli: (cpu, of("cpu").milli_value()),
        memory_bytes: (memory, of("memory").value()),
        taints: node.spec.taints.iter().map(taint).collect(),
    }
}

/// Fit shows the records too.
fn with_records(bounds: Rect, records: &[Rc<RecordGlyph>]) -> Rect {
    let lowest = records
        .iter()
        .map(|record| record.rect.y + record.rect.height + 8.0);
    let bottom = lowest.fold(bounds.y + bounds.height, f64::max);
    Rect {
        height: bottom - bounds.y,
        ..bounds
    }
}

/// Records stand in a row below the machines.
fn draw_records(snapshot: &Snapshot, layout: &Layout, cache: &mut SceneCache) {
    const WIDTH: f64 = 180.0;
    const HEIGHT: f64 = 52.0;
    let across = ((layout.tray.width + 10.0) / (WIDTH + 10.0))
        .floor()
        .max(1.0) as usize;
    let top = layout.bounds.y + layout.bounds.height + 8.0;
    let listed = snapshot
        .places
        .made_by_people()
        .filter(|key| snapshot.store.get(key).is_some());
    let glyph = |(number, key): (usize, &ObjectKey)| {
        let (column, row) = (number % across, number / across);
        let rect = Rect {
            x: column as f64 * (WIDTH + 10.0),
            y: top + row as f64 * (HEIGHT + 10.0),
            width: WIDTH,
            height: HEIGHT,
        };
        let glyph = RecordGlyph {
            key: key.clone(),
            rect,
            simulated: is_simulated(key),
        };
        same_or(cache.records.get(number), glyph)
    };
    cache.records = listed.enumerate().map(glyph).collect();
}
