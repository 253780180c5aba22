//! Ticks and flags, worked out once per new change. A tick stands in a lane and a column of a fixed
//! width, so that thousands of changes cost as many marks as there are columns.

use std::collections::BTreeSet;

use podarium::cluster::{Actor, Change, Input, SimTime, Verb, events};

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
}

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
        let ready = |object: &Option<std::rc::Rc<podarium::api::Object>>| {
            object
                .as_ref()
                .and_then(|object| object.pod())
                .is_some_and(|pod| pod.is_ready())
        };
        if ready(&change.after) && !ready(&change.before) {
            self.flags
                .push((change.at, format!("{} Ready", change.object.name)));
        }
    }
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

/// `apply hello-pod`
pub fn input_words(input: &Input) -> String {
    match input {
        Input::Apply { manifest } => format!("apply {}", first_name(manifest)),
        Input::Replace { manifest } => format!("replace {}", first_name(manifest)),
        Input::Delete { object, .. } => format!("delete {}", object.name),
        Input::AddHost(host) => format!("add {}", host.name),
        Input::AddMachine(machine) => format!("add {}", machine.name),
        Input::RemoveMachine { name } | Input::RemoveHost { name } => format!("remove {name}"),
        Input::Fault(_) => "panic".into(),
    }
}

/// The first name that a manifest gives, as a label.
fn first_name(manifest: &str) -> String {
    let names = manifest.split_once("name").map_or("", |(_, rest)| rest);
    let name = names.trim_start_matches(['"', ':', ' ']);
    let end = name.find(['\n', '"', ',', '}', ' ']).unwrap_or(name.len());
    name[..end].trim().to_string()
}
