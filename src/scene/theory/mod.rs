//! The Theory view's picture: virtual machines, containers and Pods side by side, each with the machines that it is
//! placed on, and round whatever the last deed took as one piece, brackets. A function of the snapshot and the moment.
//! Ours. Of the cluster three nodes are shown: those with units, then the first others.

/// Where everything stands.
mod plan;

/// What has just happened, in words.
mod words;

use std::rc::Rc;

use super::body::pod_body;
use super::course::{Course, Pose};
use super::glyphs::State;
use super::motion::{self, Speeds};
use super::picture::Listed;
use crate::api::{Object, ObjectKey};
use crate::cluster::theory::{
    CPU, HOST_CPU, HOST_MEMORY, MEMORY, Place, Site, Stage, Theory, Unit, units,
};
use crate::cluster::{Activity, SimTime, Snapshot};

pub use plan::{LAYERS, Layer, Plan, plan};
pub use words::{Said, said};

/// So many nodes are shown.
const NODES: usize = 3;

/// Which of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Under a hypervisor.
    Machine,
    /// Under an engine.
    Container,
    /// Under Kubernetes.
    Pod,
}

impl Kind {
    /// From left to right.
    pub const ALL: [Kind; 3] = [Kind::Machine, Kind::Container, Kind::Pod];
}

/// One of the three, as it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    /// Which.
    pub kind: Kind,
    /// What units are placed on.
    pub machines: Vec<Plate>,
    /// Units on them, and on their way.
    pub units: Vec<Piece>,
}

/// A machine that units are placed on.
#[derive(Clone, Debug, PartialEq)]
pub struct Plate {
    /// `metal-1`
    pub name: Rc<str>,
    /// Is it on?
    pub is_on: bool,
    /// `off`, `NotReady`, or empty.
    pub word: &'static str,
    /// What units may take of it.
    pub room: Rc<str>,
}

/// A unit, and how it comes to where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// Tells it from others.
    pub id: String,
    /// `vm-3`
    pub name: Rc<str>,
    /// Colour and icon.
    pub state: State,
    /// `boots`
    pub word: &'static str,
    /// Is it there? Else its outline is dashed.
    pub is_solid: bool,
    /// What is in it, where that has names of its own.
    pub parts: Vec<Inside>,
    /// `no IP yet`, an address; of other units empty.
    pub note: Rc<str>,
    /// Where it stands, or stands next; nowhere while it waits for a place.
    pub place: Option<Place>,
    /// The place that is kept for it elsewhere.
    pub kept: Option<Place>,
    /// When it left where it was before, and that: nowhere if it had no place.
    pub left: Option<(SimTime, Option<Place>)>,
    /// When it appeared.
    pub appeared: SimTime,
    /// When it became Ready.
    pub ready: Option<SimTime>,
    /// Did the last deed take it, or bring it about?
    pub is_bracketed: bool,
    /// Does it come from elsewhere as it was? What is started anew doesn't travel.
    pub travels: bool,
    /// Which of how many it is among those that came since the last deed.
    pub way: (usize, usize),
}

/// A container in a Pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Inside {
    /// `hello-ctr`
    pub name: Rc<str>,
    /// Colour.
    pub state: State,
    /// Is its process there? Hollow and dashed without one.
    pub is_solid: bool,
    /// How much of its image is there, from 0 to 1, while it comes.
    pub pulled: Option<f64>,
}

/// All three at `t`.
pub fn theory(snapshot: &Snapshot, speeds: &Speeds, t: SimTime) -> [World; 3] {
    let start;
    let theory = match &snapshot.theory {
        Some(theory) => &**theory,
        None => {
            start = Theory::start();
            &start
        }
    };
    let last = theory.last.map(|(_, at)| at);
    let mut worlds = [
        world(Kind::Machine, &theory.hypervisor.site, last),
        world(Kind::Container, &theory.engine.site, last),
        pods(snapshot, theory, speeds, t),
    ];
    for world in &mut worlds {
        let is_new = |piece: &&mut Piece| last.is_some_and(|last| piece.appeared >= last);
        let count = world.units.iter_mut().filter(is_new).count();
        for (number, piece) in world.units.iter_mut().filter(is_new).enumerate() {
            piece.way = (number, count);
        }
    }
    worlds
}

fn world(kind: Kind, site: &Site, last: Option<SimTime>) -> World {
    let machines = site.machines.iter().enumerate();
    let machines = machines.map(|(number, (name, off))| Plate {
        name: name.clone(),
        is_on: off.is_none(),
        word: if off.is_some() { "off" } else { "" },
        room: match kind {
            Kind::Machine => {
                let taken = site.taken(number).count() as i64;
                let (cpu, memory) = (taken * CPU, taken * MEMORY);
                format!("{cpu} of {HOST_CPU} CPU, {memory} of {HOST_MEMORY}Gi").into()
            }
            _ => Rc::default(),
        },
    });
    World {
        kind,
        machines: machines.collect(),
        units: site
            .units
            .iter()
            .map(|unit| piece(kind, unit, last))
            .collect(),
    }
}

fn piece(kind: Kind, unit: &Unit, last: Option<SimTime>) -> Piece {
    let is_machine = kind == Kind::Machine;
    let (state, word) = match unit.stage {
        Stage::Asked => (State::Wait, "waits"),
        Stage::Pulling => (State::Wait, "pulling"),
        Stage::Starting if is_machine => (State::Wait, "boots"),
        Stage::Starting => (State::Wait, "starts"),
        Stage::Running if is_machine => (State::Done, "runs"),
        Stage::Running => (State::Ready, "runs"),
        Stage::Moving => (State::Run, "is copied"),
        Stage::Stopping => (State::Term, "stops"),
        Stage::Lost => (State::Fail, "lost"),
        Stage::Refused => (State::Fail, "refused"),
    };
    // A virtual machine is the same one wherever it goes; of what was lost only its disk is.
    let from = unit.came.and_then(|(_, from)| from);
    let travels = from.is_none() || unit.stage == Stage::Running;
    Piece {
        id: unit.number.to_string(),
        name: unit.name.clone(),
        state,
        word,
        is_solid: !matches!(state, State::Wait) && unit.stage != Stage::Refused,
        parts: Vec::new(),
        note: Rc::default(),
        place: unit.place,
        kept: unit.kept,
        left: unit.came,
        appeared: unit.asked,
        ready: None,
        is_bracketed: last.is_some() && unit.touched >= last,
        travels,
        way: (0, 1),
    }
}

/// The nodes that are shown, in their order.
fn nodes(snapshot: &Snapshot) -> Vec<Rc<str>> {
    let on = |object: &Object| object.pod().map(|pod| pod.spec.node_name.clone());
    let used: Vec<Rc<str>> = units(&snapshot.store)
        .filter_map(|(_, unit)| on(unit))
        .collect();
    let machines = &snapshot.machines.machines;
    let mut shown: Vec<usize> = Vec::new();
    for has_units in [true, false] {
        let all = machines.iter().enumerate();
        let these = all.filter(|(_, machine)| used.contains(&machine.name) == has_units);
        shown.extend(
            these
                .map(|(number, _)| number)
                .take(NODES - shown.len().min(NODES)),
        );
    }
    shown.sort_unstable();
    shown
        .iter()
        .map(|number| machines[*number].name.clone())
        .collect()
}

fn pods(snapshot: &Snapshot, theory: &Theory, speeds: &Speeds, t: SimTime) -> World {
    let nodes = nodes(snapshot);
    let plates = nodes.iter().map(|name| {
        let is_on = !snapshot.powered_off.contains_key(name);
        let node = snapshot.store.get(&ObjectKey::node(name));
        let node = node.and_then(|object| object.node());
        let word = match node {
            _ if !is_on => "off",
            Some(node) if !node.is_ready() => "NotReady",
            Some(node) if node.spec.unschedulable => "cordoned",
            _ => "",
        };
        Plate {
            name: name.clone(),
            is_on,
            word,
            room: Rc::default(),
        }
    });
    let mut world = World {
        kind: Kind::Pod,
        machines: plates.collect(),
        units: Vec::new(),
    };
    let mut taken: Vec<(usize, usize)> = Vec::new();
    let mut all: Vec<Listed> = units(&snapshot.store)
        .filter_map(|(key, _)| Listed::of(snapshot, key, speeds))
        .collect();
    crate::order::sort_by_key(&mut all, |pod| pod.place.created);
    for listed in all {
        let piece = pod(snapshot, theory, &listed, &nodes, &mut taken, t);
        world.units.push(piece);
    }
    world
}

fn pod(
    snapshot: &Snapshot,
    theory: &Theory,
    listed: &Listed,
    nodes: &[Rc<str>],
    taken: &mut Vec<(usize, usize)>,
    t: SimTime,
) -> Piece {
    let body = pod_body(listed.key, listed.pod, &snapshot.activities, t);
    let node = &listed.pod.spec.node_name;
    let machine = nodes.iter().position(|name| name == node);
    // As long as it is there it keeps its place: whoever came before it does, too.
    let place = machine.map(|machine| {
        let slot = (0..).find(|slot| !taken.contains(&(machine, *slot)));
        let slot = slot.unwrap_or_default();
        taken.push((machine, slot));
        Place { machine, slot }
    });
    let since = theory.last.map(|(_, at)| at);
    let told = |at: SimTime| since.is_some_and(|since| at >= since);
    // What the API server says of it stays as it was until its machine's silence is noticed.
    let is_heard = !snapshot.powered_off.contains_key(node);
    let parts = body.containers.iter().map(|part| Inside {
        name: part.name.clone(),
        state: if is_heard { part.state } else { State::Unknown },
        is_solid: part.solid && is_heard,
        pulled: part.pull.map(|pull| pull.part(t, false)),
    });
    Piece {
        id: body.key.name.to_string(),
        name: body.key.name.clone(),
        state: if is_heard { body.state } else { State::Unknown },
        word: match body.state {
            _ if body.terminating.is_some() => "Terminating",
            State::Ready => "Running, Ready",
            State::Run => "Running, not Ready",
            State::Wait if body.bound => "Pending, not Ready",
            State::Wait => "Pending",
            State::Unknown => "Unknown",
            State::Done => "Succeeded",
            _ => "Failing",
        },
        is_solid: body.bound && body.terminating.is_none() && is_heard,
        parts: parts.collect(),
        note: match &*body.ip {
            _ if !is_heard => "no heartbeat".into(),
            _ if body.terminating.is_some() => "Terminating".into(),
            "" => "no IP yet".into(),
            _ => body.ip.clone(),
        },
        place,
        kept: None,
        left: listed.leaves.map(|(at, _)| (at, None)),
        appeared: listed.place.created,
        ready: listed.place.ready,
        is_bracketed: told(listed.place.created)
            || body.terminating.is_some()
            || theory.failed_node.as_ref() == Some(node),
        travels: true,
        way: (0, 1),
    }
}

impl Piece {
    /// Is it to get a place yet?
    pub fn is_waiting(&self) -> bool {
        self.state == State::Wait
    }

    /// Is it Ready, or does it run where there is no more to it?
    pub fn is_ready(&self) -> bool {
        self.state == State::Ready
    }

    /// Has the plan a place for it? Others are counted.
    pub fn is_drawn(&self, plan: &Plan) -> bool {
        let slot = self.place.map_or(self.way.0, |place| place.slot);
        slot < plan.slots
    }

    /// Where it is at `t`.
    pub fn pose(&self, plan: &Plan, speeds: &Speeds, t: SimTime, steps: bool) -> Pose {
        let way = plan.way(self.way);
        let stands = |place: Option<Place>| place.map_or(way, |place| plan.slot(place));
        let course = Course {
            home: stands(self.place),
            appeared: self.appeared,
            left: self.left.map(|(at, from)| (at, stands(from))),
            ready: self.ready,
            travels: self.travels,
        };
        course.pose(speeds, t, steps)
    }
}

/// Until when something moves in this view.
pub fn until(snapshot: &Snapshot, speeds: &Speeds) -> SimTime {
    let longest = motion::GHOST_MS.max(motion::PLACE_MS);
    let end = |at: SimTime| SimTime(at.0 + speeds.length(at, longest) as i64);
    let theory = snapshot.theory.iter();
    let sites = theory.flat_map(|theory| [&theory.hypervisor.site, &theory.engine.site]);
    let moments = sites.flat_map(|site| &site.units).flat_map(|unit| {
        let came = unit.came.map(|(at, _)| at);
        came.into_iter().chain([unit.asked])
    });
    let pods = units(&snapshot.store).filter_map(|(key, _)| Listed::of(snapshot, key, speeds));
    let pods = pods.flat_map(|pod| {
        let left = pod.leaves.map(|(at, _)| at);
        let more = left.into_iter().chain(pod.place.ready);
        more.chain([pod.place.created])
    });
    let seen = moments.chain(pods);
    let seen = seen.filter(|at| speeds.at(*at) <= motion::INSTANT_ABOVE);
    let pulls = snapshot.activities.values().map(|activity| {
        let Activity::Pulling { until, .. } = activity;
        *until
    });
    seen.map(end).chain(pulls).max().unwrap_or_default()
}
