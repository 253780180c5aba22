//! Ticks and flags, worked out once per new change. A tick stands in a lane and a column of a fixed
//! width, so that thousands of changes cost as many marks as there are columns.

use std::rc::Rc;

use podarium::api::pod::Pod;
use podarium::cluster::network::request::Outcome;
use podarium::cluster::theory::Deed;
use podarium::cluster::{Actor, Change, Fault, Input, SimTime, events};
use podarium::collections::{Map, Set};
use podarium::scene;

use crate::ui::shot::Shot;

/// All lanes that there are.
pub const LANES: [&str; 8] = [
    "you",
    "API server",
    "controllers",
    "scheduler",
    "kubelets",
    "network",
    "hypervisor",
    "engine",
];
/// Where kubelets' spans are, and requests.
pub const KUBELETS: usize = 4;
pub const NETWORK: usize = 5;

/// Lanes that are shown, from top to bottom.
pub type Shown = [usize; 6];
/// The cluster's.
pub const CLUSTER: Shown = [0, 1, 2, 3, KUBELETS, NETWORK];
/// Those of three worlds side by side.
pub const THEORY: Shown = [0, 6, 7, 1, 3, KUBELETS];

/// So many changes are followed in one turn.
const FOLLOWED: usize = 2_000;

/// A part of the timeline that is drawn by itself, and needs only its own marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A tick for what each component did.
    Ticks,
    /// How the Pods were that kubelets had.
    Spans,
    /// Pods that became Ready.
    Flags,
}

/// What is drawn over the time that was lived.
#[derive(Clone, Debug)]
pub struct Marks {
    part: Part,
    /// Changes that were looked at.
    seen: usize,
    /// The last of them, so that another history is noticed.
    last: Option<(u64, SimTime)>,
    columns_a_second: f64,
    /// By lane: columns, in order.
    pub ticks: [Vec<i64>; LANES.len()],
    /// Pods that became Ready, by column, in order.
    pub flags: Vec<Ready>,
    column_of_flag: i64,
    /// From when to when kubelets had Pods, by the class of their state then: in order, and apart.
    spans: Map<&'static str, Vec<(SimTime, SimTime)>>,
    /// The same, not over yet; by the Pod's uid.
    open: Map<Rc<str>, (SimTime, &'static str)>,
    /// The same by class, the first that began first: with thousands, nobody looks through all.
    since: Map<&'static str, Set<(SimTime, Rc<str>)>>,
}

/// Pods that became Ready in one column.
#[derive(Clone, Debug, PartialEq)]
pub struct Ready {
    /// When the first did.
    pub at: SimTime,
    /// The first.
    pub name: Rc<str>,
    /// How many.
    pub number: usize,
}

impl Marks {
    /// No marks yet, for this part.
    pub fn of(part: Part) -> Self {
        Marks {
            part,
            seen: 0,
            last: None,
            columns_a_second: 0.0,
            ticks: Default::default(),
            flags: Vec::new(),
            column_of_flag: i64::MIN,
            spans: Map::new(),
            open: Map::new(),
            since: Map::new(),
        }
    }

    /// Brings the marks up to a state of the world, at so many columns a second; by at most [`FOLLOWED`]
    /// changes, for each part has its own, and all are drawn in one turn. Tells whether all are followed.
    pub fn follow(&mut self, shot: &Shot, columns_a_second: f64) -> bool {
        let changes = shot.store.changes();
        let known = self.seen.checked_sub(1).and_then(|last| changes.get(last));
        let same = known.map(|change| (change.id.0, change.at)) == self.last;
        if !same || self.columns_a_second != columns_a_second {
            *self = Marks {
                columns_a_second,
                ..Marks::of(self.part)
            };
        }
        let until = changes.len().min(self.seen + FOLLOWED);
        for number in self.seen..until {
            if let Some(change) = changes.get(number) {
                self.add(change);
                self.last = Some((change.id.0, change.at));
            }
        }
        self.seen = until;
        until == changes.len()
    }

    fn add(&mut self, change: &Change) {
        if change.at == SimTime::ZERO && change.cause == podarium::cluster::Cause::Start {
            return;
        }
        match self.part {
            Part::Ticks => self.tick(change),
            Part::Spans => self.work(change),
            Part::Flags => self.flag(change),
        }
    }

    fn column(&self, at: SimTime) -> i64 {
        (at.as_seconds() * self.columns_a_second).floor() as i64
    }

    /// Columns of requests between Pods, as far as they are kept: of those that were answered or aren't over, and of the
    /// others. What asks for a name only stands in the column of what needs it.
    pub fn requests(&self, shot: &Shot) -> [Vec<i64>; 2] {
        let mut columns: [Vec<i64>; 2] = Default::default();
        let requests = shot.network.requests().values();
        for request in requests.filter(|request| request.question.is_none()) {
            let is_answered = matches!(request.outcome, Some(Outcome::Answered(_)));
            let well = is_answered || request.ended.is_none();
            let column = self.column(request.asked);
            let those = &mut columns[usize::from(!well)];
            if those.last() != Some(&column) {
                those.push(column);
            }
        }
        columns
    }

    fn tick(&mut self, change: &Change) {
        let column = self.column(change.at);
        let actor = (!events::is_event(&change.object)).then(|| lane(&change.actor));
        let server = change.verb.writes().then_some(1);
        for lane in actor.into_iter().chain(server) {
            // Changes come in order: only the last column can be this one.
            if self.ticks[lane].last() != Some(&column) {
                self.ticks[lane].push(column);
            }
        }
    }

    /// Follows what kubelets do with Pods.
    fn work(&mut self, change: &Change) {
        let object = change.after.as_ref().or(change.before.as_ref());
        let Some(pod) = object.and_then(|object| object.pod()) else {
            return;
        };
        let now = change.after.as_ref().and_then(|_| work_at(pod));
        let before = self.open.get(&pod.metadata.uid).copied();
        if before.map(|(_, class)| class) == now || !change.verb.writes() {
            return;
        }
        let uid = &pod.metadata.uid;
        if let Some((since, class)) = before {
            join(self.spans.or_default(class), since, change.at, 0);
            self.since.or_default(class).remove(&(since, uid.clone()));
            self.open.remove(uid);
        }
        if let Some(class) = now {
            self.begin(uid, change.at, class);
        }
    }

    /// A Pod is in this state now.
    fn begin(&mut self, uid: &Rc<str>, at: SimTime, class: &'static str) {
        self.open.insert(uid.clone(), (at, class));
        self.since.or_default(class).insert((at, uid.clone()));
    }

    /// Spans of this class, also those that aren't over at `until`, as many as can be told apart: gaps
    /// no longer than `gap` microseconds can't be seen.
    pub fn spans_of(&self, class: &str, until: SimTime, gap: i64) -> Vec<(SimTime, SimTime)> {
        let mut seen = Vec::new();
        for (from, to) in self.spans.get(class).into_iter().flatten() {
            join(&mut seen, *from, *to, gap);
        }
        if let Some((since, _)) = self.since.get(class).and_then(|all| all.first()) {
            join(&mut seen, *since, until, gap);
        }
        seen
    }

    fn flag(&mut self, change: &Change) {
        let ready = |object: &Option<Rc<podarium::api::Object>>| {
            let pod = object.as_ref().and_then(|object| object.pod());
            pod.is_some_and(|pod| pod.is_ready())
        };
        // One that comes Ready, with an import, didn't become so here.
        if change.before.is_none() || !ready(&change.after) || ready(&change.before) {
            return;
        }
        let column = self.column(change.at);
        let before = self.column_of_flag == column;
        match self.flags.last_mut().filter(|_| before) {
            Some(flag) => flag.number += 1,
            None => self.flags.push(Ready {
                at: change.at,
                name: change.object.name.clone(),
                number: 1,
            }),
        }
        self.column_of_flag = column;
    }
}

/// Appends a span that ends no earlier than those before it, as one with those that it touches.
fn join(spans: &mut Vec<(SimTime, SimTime)>, from: SimTime, to: SimTime, gap: i64) {
    let mut from = from;
    while let Some(last) = spans.pop_if(|last| from.0 <= last.1.0.saturating_add(gap)) {
        from = from.min(last.0);
    }
    spans.push((from, to));
}

/// The class of a Pod that a kubelet has: from binding until it is over.
fn work_at(pod: &Pod) -> Option<&'static str> {
    if pod.spec.node_name.is_empty() || pod.is_finished() {
        return None;
    }
    Some(match &*pod.status.phase {
        _ if pod.metadata.deletion_timestamp.is_some() => "s-term",
        _ if scene::is_failing(pod) => "s-fail",
        "Running" if pod.is_ready() => "s-ready",
        "Running" => "s-run",
        _ if has_sandbox(pod) => "s-wait",
        _ => "s-done",
    })
}

fn has_sandbox(pod: &Pod) -> bool {
    pod.condition("PodReadyToStartContainers")
        .is_some_and(|condition| &*condition.status == "True")
}

fn lane(actor: &Actor) -> usize {
    match actor {
        Actor::You => 0,
        Actor::ApiServer => 1,
        Actor::Controller(_) => 2,
        Actor::Scheduler => 3,
        Actor::Kubelet(_) => KUBELETS,
        Actor::Hypervisor => 6,
        Actor::Engine => 7,
    }
}

/// `apply hello-pod`, `apply 3 objects`
pub fn input_words(input: &Input) -> String {
    match input {
        Input::Apply { manifest } => format!("apply {}", named(manifest)),
        Input::Replace { manifest } => format!("replace {}", named(manifest)),
        Input::Delete { object, .. } => format!("delete {}", object.name),
        Input::PowerOff { node } => format!("power off {node}"),
        Input::PowerOn { node } => format!("power on {node}"),
        Input::Partition { node } => format!("partition {node}"),
        Input::Heal { node } => format!("heal {node}"),
        Input::Evict { pod, .. } => format!("evict {}", pod.name),
        Input::AddHost(host) => format!("add {}", host.name),
        Input::AddMachine(machine) => format!("add {}", machine.name),
        Input::RemoveMachine { name } | Input::RemoveHost { name } => format!("remove {name}"),
        Input::Patch { object, .. } => format!("patch {}", object.name),
        Input::StaticPod { file, .. } => format!("static {file}"),
        Input::Import(_) => "import".into(),
        Input::Fault(Fault::CorePanic { .. }) => "panic".into(),
        Input::Fault(Fault::TakeUp { node, .. }) => format!("take up {node}"),
        Input::Fault(Fault::KillContainer { container, .. }) => format!("kill {container}"),
        Input::Fault(Fault::FailProbe {
            container, fails, ..
        }) => {
            let what = if *fails { "fail" } else { "pass" };
            format!("{what} a probe of {container}")
        }
        Input::Fault(Fault::FillMemory { container, .. }) => format!("fill memory of {container}"),
        Input::Request { to, port, .. } | Input::Send { to, port, .. } => {
            format!("ask {to}:{port}")
        }
        Input::Command { line, .. } => line
            .trim_start_matches("kubectl ")
            .lines()
            .next()
            .unwrap_or_default()
            .into(),
        Input::Interrupt { .. } => "Ctrl+C".into(),
        Input::StopSending { .. } => "stop sending".into(),
        Input::Theory(Deed::PlaceOne) => "place one".into(),
        Input::Theory(Deed::ScaleToThree) => "scale to 3".into(),
        Input::Theory(Deed::MoveOne) => "move one".into(),
        Input::Theory(Deed::FailMachine) => "fail a machine".into(),
    }
}

/// What a manifest is about, as a label: its one object's name, or how many there are. Only looked
/// through, not decoded: that takes too long for a label, and what was applied had no problem.
fn named(manifest: &str) -> String {
    let mut objects = 0;
    let mut is_new = true;
    for line in manifest.lines() {
        let said = line.trim_start();
        if line.starts_with("---") {
            is_new = true;
        } else if is_new && !said.is_empty() && !said.starts_with('#') {
            is_new = false;
            objects += 1;
        }
    }
    match objects {
        0 | 1 => first_name(manifest).to_string(),
        _ => format!("{objects} objects"),
    }
}

/// The first name that a manifest gives.
fn first_name(manifest: &str) -> &str {
    let value = manifest.match_indices("name").find_map(|(at, key)| {
        // Not the end of another word, and not the beginning of one: `hostname`, `namespace`.
        let is_whole = !manifest[..at].ends_with(|c: char| c.is_alphanumeric());
        let rest = &manifest[at + key.len()..];
        let rest = rest.strip_prefix(['"', '\'']).unwrap_or(rest);
        rest.trim_start().strip_prefix(':').filter(|_| is_whole)
    });
    let name = value.unwrap_or_default().trim_start();
    let name = name.strip_prefix(['"', '\'']).unwrap_or(name);
    let end = name.find(['\n', '\r', '"', '\'', ',', '}', ' ', '#']);
    &name[..end.unwrap_or(name.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_that_overlap_or_touch_are_one_and_gaps_that_can_be_seen_stay() {
        let mut spans = Vec::new();
        let at = |from, to| (SimTime(from), SimTime(to));
        // By their ends, as changes come.
        for (from, to) in [(0, 10), (20, 30), (5, 40), (50, 60), (60, 70)] {
            join(&mut spans, SimTime(from), SimTime(to), 0);
        }
        assert_eq!(spans, [at(0, 40), at(50, 70)]);
        let mut marks = Marks::of(Part::Spans);
        marks.spans.insert("s-run", spans);
        for (uid, since) in [("a", 90), ("b", 75)] {
            marks.begin(&uid.into(), SimTime(since), "s-run");
        }
        let all = |gap| marks.spans_of("s-run", SimTime(100), gap);
        assert_eq!(all(0), [at(0, 40), at(50, 70), at(75, 100)]);
        assert_eq!(all(5), [at(0, 40), at(50, 100)]);
        assert_eq!(all(10), [at(0, 100)]);
        assert_eq!(marks.spans_of("s-wait", SimTime(100), 0), []);
    }
}
