//! What a scene consists of: plain data, in world units (1 is a CSS pixel at 100 %). The page draws
//! it; nothing here knows of SVG.

use std::rc::Rc;

use super::course::Course;
use crate::api::ObjectKey;
use crate::cluster::SimTime;

/// A rectangle in world units.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// The eight states that have a colour, an icon and an outline; `design.md` 3.2 and 4.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Waiting: Pending, pulling, not started.
    Wait,
    /// Runs, but isn't ready.
    Run,
    /// Ready.
    Ready,
    /// Ended well.
    Done,
    /// Ended badly, or keeps failing.
    Fail,
    /// Being stopped.
    Term,
    /// Not heard from.
    Unknown,
}

impl State {
    /// All of them.
    pub const ALL: [State; 7] = [
        State::Wait,
        State::Run,
        State::Ready,
        State::Done,
        State::Fail,
        State::Term,
        State::Unknown,
    ];
}

/// Everything that is drawn at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// What Fit fits.
    pub bounds: Rect,
    /// The box of Pods that have no node; always there, always first.
    pub tray: Tray,
    /// Hypervisor hosts.
    pub hosts: Vec<Rc<HostGlyph>>,
    /// Virtual machines, the Nodes. A Node without a machine stands on no host.
    pub nodes: Vec<Rc<NodeGlyph>>,
    /// Pods where they are at this moment, on their way too.
    pub pods: Vec<PodGlyph>,
    /// The card of Services, beside the tray; not where there are none, or no room.
    pub services: Option<Rect>,
    /// What stands on no machine: Services, in their card or below, and records.
    pub records: Vec<Rc<RecordGlyph>>,
    /// From when to when the words hold: seconds that are left are among them.
    pub holds: (SimTime, SimTime),
}

/// The tray of Pods without a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Tray {
    /// Its place.
    pub rect: Rect,
    /// How many Pods stand in it.
    pub pods: usize,
}

/// A hypervisor host.
#[derive(Clone, Debug, PartialEq)]
pub struct HostGlyph {
    /// `host-1`
    pub name: Rc<str>,
    /// Its place.
    pub rect: Rect,
    /// Sum of its machines, in milli-CPU.
    pub cpu_milli: i64,
    /// Sum of its machines, in bytes.
    pub memory_bytes: i64,
}

/// A virtual machine and the Node on it.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeGlyph {
    /// `node-1`
    pub name: Rc<str>,
    /// Its place.
    pub rect: Rect,
    /// `Ready`, `NotReady`, `Unknown` where it has never said
    pub condition: Rc<str>,
    /// The condition's colour.
    pub state: State,
    /// Takes no new Pods.
    pub cordoned: bool,
    /// Pods on it, without those that ended.
    pub pods: i64,
    /// Pods that it admits.
    pub pods_most: i64,
    /// Requested and allocatable, in milli-CPU.
    pub cpu_milli: (i64, i64),
    /// Requested and allocatable, in bytes.
    pub memory_bytes: (i64, i64),
    /// `dedicated=db:NoSchedule`
    pub taints: Vec<Rc<str>>,
}

/// A Pod, and how it comes to where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct PodGlyph {
    /// What it shows; the same `Rc` as long as nothing of it changes.
    pub body: Rc<PodBody>,
    /// Where it is at any moment.
    pub course: Course,
}

/// How a Pod moves at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// It changes place.
    Travels,
    /// It fades out where it was, and in where it stands.
    CrossFades,
    /// It appears.
    Reveals,
    /// It appears where it isn't any more: it is on a node already, and hasn't been seen to leave.
    Lingers,
}

/// What a Pod shows, its place left aside.
#[derive(Clone, Debug, PartialEq)]
pub struct PodBody {
    /// Its identity.
    pub key: ObjectKey,
    /// `default/hello-pod`
    pub path: Rc<str>,
    /// Colour and icon.
    pub state: State,
    /// Has it a node? Until it does, and has landed there, its outline is dashed.
    pub bound: bool,
    /// Is it Ready? Then its outline is thick and double.
    pub ready: bool,
    /// Is it being deleted? Seconds of grace that are left.
    pub terminating: Option<i64>,
    /// `Running`, `Pending`, and the reason beside it where something is amiss.
    pub phase: Rc<str>,
    /// kubectl's STATUS or the scheduler's reasons, where there is something to add; else empty.
    pub reason: Rc<str>,
    /// Ready containers, all containers.
    pub containers_ready: (usize, usize),
    /// Empty before the sandbox has one.
    pub ip: Rc<str>,
    /// In order: init containers, then the others.
    pub containers: Vec<ContainerGlyph>,
    /// Its size.
    pub width: f64,
    /// Its size.
    pub height: f64,
}

/// A container in its Pod.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainerGlyph {
    /// Its name.
    pub name: Rc<str>,
    /// Its place, from the Pod's top left corner.
    pub rect: Rect,
    /// Its image.
    pub image: Rc<str>,
    /// `:8080`, or empty.
    pub port: Rc<str>,
    /// Colour and icon.
    pub state: State,
    /// Is its process there? Hollow and dashed without one.
    pub solid: bool,
    /// `ready`, `pulling`, `exit 1`, `CrashLoopBackOff`
    pub word: Rc<str>,
    /// Its image is being pulled.
    pub pull: Option<Pull>,
    /// Has it failed, to be started again? The circling arrow.
    pub backing_off: bool,
    /// Number of an init container, counted from 1.
    pub step: Option<usize>,
}

/// A pull under way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pull {
    /// When it began.
    pub since: SimTime,
    /// When it will be done.
    pub until: SimTime,
}

impl Pull {
    /// How much of the image is there, linear in bytes, so in time: from 0 to 1. In tenths where
    /// `steps` is asked.
    pub fn part(&self, t: SimTime, steps: bool) -> f64 {
        let whole = (self.until.0 - self.since.0).max(1) as f64;
        let part = ((t.0 - self.since.0) as f64 / whole).clamp(0.0, 1.0);
        if steps {
            (part * 10.0).floor() / 10.0
        } else {
            part
        }
    }
}

/// Something that is only written down.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordGlyph {
    /// Its identity.
    pub key: ObjectKey,
    /// Its place.
    pub rect: Rect,
    /// Does anything act on it?
    pub simulated: bool,
    /// What a Service comes to.
    pub serves: Option<Serves>,
}

/// What a Service comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Serves {
    /// `10.96.3.4`, what it stands for, or `no address`
    pub address: Rc<str>,
    /// How many of its endpoints are ready, and how many there are; nothing of one that stands for a name elsewhere.
    pub endpoints: Option<(usize, usize)>,
    /// Is it being deleted?
    pub ends: bool,
}
