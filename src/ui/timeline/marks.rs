//! Ticks and flags, worked out once per new change. A tick stands in a lane and a column of a fixed
//! width, so that thousands of changes cost as many marks as there are columns.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use podarium::api::pod::Pod;
use podarium::cluster::{Actor, Change, Input, SimTime, Verb, events};
use podarium::scene;

use crate::ui::shot::Shot;

/// Lanes from top to bottom.
pub const LANES: [&str; 6] = [
    "you",
    "API server",
    "controllers",
    "scheduler",
    "kubelets",
    "network",
];

/// What is drawn over the time that was lived.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Marks {
    /// Changes that were looked at.
    seen: usize,
    /// The last of them, so that another history is noticed.
    last: Option<(u64, SimTime)>,
    columns_a_second: f64,
    /// Lane and column.
    pub ticks: BTreeSet<(usize, i64)>,
    /// Pods that became Ready.
    pub flags: Vec<(SimTime, String)>,
    /// From when to when a kubelet worked at a Pod, and the class of the Pod's state then.
    pub spans: Vec<(SimTime, SimTime, &'static str)>,
    /// The same, not over yet; by the Pod's uid.
    pub open: BTreeMap<Rc<str>, (SimTime, &'static str)>,
}

/// More spans than this can't be told apart.
const MOST_SPANS: usize = 400;

impl Marks {
    /// Brings the marks up to a state of the world, at so many columns a second.
    pub fn follow(&mut self, shot: &Shot, columns_a_second: f64) {
        let changes = shot.store.changes();
        let known = self.seen.checked_sub(1).and_then(|last| changes.get(last));
        let same = known.map(|change| (change.id.0, change.at)) == self.last;
        if !same || self.columns_a_second != columns_a_second {
            *self = Marks {
                columns_a_second,
                ..Marks::default()
            };
        }
        for number in self.seen..changes.len() {
            if let Some(change) = changes.get(number) {
                self.add(change);
            }
        }
        self.seen = changes.len();
        self.last = changes.last().map(|change| (change.id.0, change.at));
    }

    /// Follows what kubelets do with Pods.
    fn work(&mut self, change: &Change) {
        let Some(pod) = change
            .after
            .as_ref()
            .or(change.before.as_ref())
            .and_then(|object| object.pod())
        else {
            return;
        };
        let now = change.after.as_ref().and_then(|_| work_at(pod));
        let before = self.open.get(&pod.metadata.uid).copied();
        if before.map(|(_, class)| class) == now || change.verb == Verb::Refused {
            return;
        }
        if let Some((since, class)) = before
            && self.spans.len() < MOST_SPANS
        {
            self.spans.push((since, change.at, class));
        }
        match now {
            Some(class) => drop(
                self.open
                    .insert(pod.metadata.uid.clone(), (change.at, class)),
            ),
            None => drop(self.open.remove(&pod.metadata.uid)),
        }
    }

    fn add(&mut self, change: &Change) {
        if change.at == SimTime::ZERO && change.cause == podarium::cluster::Cause::Start {
            return;
        }
        let column = (change.at.as_seconds() * self.columns_a_second).floor() as i64;
        if !events::is_event(&change.object) {
            self.ticks.insert((lane(&change.actor), column));
        }
        if change.verb != Verb::Refused {
            self.ticks.insert((1, column));
        }
        self.work(change);
        let ready = |object: &Option<Rc<podarium::api::Object>>| {
            object
                .as_ref()
                .and_then(|object| object.pod())
                .is_some_and(|pod| pod.is_ready())
        };
        // One that comes Ready, with an import, didn't become so here.
        if ready(&change.after) && change.before.is_some() && !ready(&change.before) {
            self.flags
                .push((change.at, format!("{} Ready", change.object.name)));
        }
    }
}

/// The class of what a kubelet does with a Pod: from binding until the Pod is Ready or over.
fn work_at(pod: &Pod) -> Option<&'static str> {
    if pod.spec.node_name.is_empty() || pod.is_finished() || pod.is_ready() {
        return None;
    }
    Some(match &*pod.status.phase {
        _ if pod.metadata.deletion_timestamp.is_some() => "s-term",
        _ if scene::is_failing(pod) => "s-fail",
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
        Actor::Kubelet(_) => 4,
    }
}

/// `apply hello-pod`, `apply 3 objects`
pub fn input_words(input: &Input) -> String {
    match input {
        Input::Apply { manifest } => format!("apply {}", named(manifest)),
        Input::Replace { manifest } => format!("replace {}", named(manifest)),
        Input::Delete { object, .. } => format!("delete {}", object.name),
        Input::AddHost(host) => format!("add {}", host.name),
        Input::AddMachine(machine) => format!("add {}", machine.name),
        Input::RemoveMachine { name } | Input::RemoveHost { name } => format!("remove {name}"),
        Input::Import(_) => "import".into(),
        Input::Fault(_) => "panic".into(),
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
