//! golden/controllers: what controllers do over time. An answer holds `trace`.
//! A case is played in a world of three nodes whose Pods are Ready at once, and, where the case says so, a
//! fourth one that is nobody's: the case's hand reports for it. What a watch would have told of every
//! change is written down, with drawn names as the recordings have them.

mod hand;
mod names;
mod projection;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use super::Family;
use super::case::Case;
use super::transcript::without_times;
use crate::api::{ObjectKey, Value};
use crate::cluster::eviction::Eviction;
use crate::cluster::{Actor, Budget, Change, Latencies, Runtime, Setup, SimTime, Simulation, Verb};
use crate::kubectl::run;
use crate::machine::{Host, Machine, Machines};
use names::Names;

/// Traces of controllers.
pub(super) struct Controllers;

/// The cluster has run for so long when a case begins: one phase of the minute for all cases.
const START: Duration = Duration::from_secs(70);

/// What was recorded was so far apart at least, though its times are rounded.
const STEP: Duration = Duration::from_millis(50);

/// Recording went on until nothing had happened for a while, but not for ever.
const QUIET: Duration = Duration::from_secs(4);
const LONGEST: Duration = Duration::from_secs(20);

/// How long a command is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

const SEED: u64 = 36;

impl Family for Controllers {
    fn answer(&self, case: &Case) -> Option<Json> {
        let by_hand = case.inputs.get("hand_operated_node") == Some(&json!(true));
        let mut play = Play::new(by_hand);
        for entry in case.items("trace") {
            play.take(entry);
        }
        play.end();
        Some(json!({ "trace": play.told() }))
    }
}

/// One case being played.
struct Play {
    simulation: Simulation,
    start: SimTime,
    /// Changes before the case began.
    old_changes: usize,
    /// What the case did, each with the number of changes before it.
    done: Vec<(usize, Json)>,
    /// Which of several equal Pods was taken is chance: one that the recording means, by the name that
    /// it has there, and the one that plays its part.
    parts: BTreeMap<String, String>,
}

impl Play {
    fn new(by_hand: bool) -> Self {
        let setup = Setup {
            machines: machines(),
            latencies: latencies(),
            runtime: Runtime::Instant,
            service_account_admission: false,
            ..Setup::default()
        };
        let mut simulation = Simulation::new(setup, SEED);
        if by_hand {
            hand::add_node(&mut simulation);
        }
        let start = SimTime::ZERO + START;
        simulation.run_until(start, Budget::ENDLESS);
        Play {
            start,
            old_changes: simulation.world().store.changes().len(),
            simulation,
            done: Vec::new(),
            parts: BTreeMap::new(),
        }
    }

    fn take(&mut self, entry: &Json) {
        let at = entry["t"].as_f64().unwrap_or_default();
        let at = self.start + Duration::from_secs_f64(at.max(0.0));
        let next = self.simulation.now() + STEP;
        let is_note = entry.get("note").is_some();
        let until = if is_note { at } else { at.max(next) };
        self.simulation.run_until(until, Budget::ENDLESS);
        let names = Names::of(&self.simulation, self.old_changes);
        let changes = self.simulation.world().store.changes().len();
        let mut told = entry.clone();
        if let Some(line) = entry["do"].as_str() {
            let finished = self.command(&names.real(line), entry["stdin"].as_str());
            let names = Names::of(&self.simulation, self.old_changes);
            if finished.exit != 0 {
                told["exit"] = json!(finished.exit);
            }
            told["stdout"] = json!(without_times(&names.text(&finished.stdout)));
            told["stderr"] = json!(names.text(&finished.stderr));
        } else if let Some(deed) = entry["hand"].as_str() {
            let pod = self.awaited(entry["pod"].as_str().unwrap_or_default(), deed);
            hand::act(&mut self.simulation, &pod, deed);
        } else if entry["note"] == "quiet" {
            told["state"] = self.state(&names);
        } else if let Some(note) = entry["note"].as_str() {
            self.noted(&names.real(note));
        }
        self.done.push((changes, told));
    }

    /// Everything that is asked goes through a terminal.
    fn command(&mut self, line: &str, stdin: Option<&str>) -> run::Finished {
        run::run(&mut self.simulation, line, stdin, PATIENCE)
    }

    /// Whoever reports for a Pod has seen it first: it may come a little later here.
    fn awaited(&mut self, told: &str, deed: &str) -> ObjectKey {
        let latest = self.simulation.now() + LONGEST;
        loop {
            let names = Names::of(&self.simulation, self.old_changes);
            let pod = self.player(&names, told, deed);
            let now = self.simulation.now();
            if now >= latest || self.simulation.world().store.get(&pod).is_some() {
                return pod;
            }
            self.simulation.run_until(now + STEP, Budget::ENDLESS);
        }
    }

    /// The Pod that plays the part of the one that the recording names: if that one's part isn't to be
    /// played by it (it isn't being deleted here, say), the first of its kind whose part it may be, and
    /// the two change parts.
    fn player(&mut self, names: &Names, told: &str, deed: &str) -> ObjectKey {
        let part = self.parts.get(told).cloned();
        let now = part.unwrap_or_else(|| told.to_string());
        let store = &self.simulation.world().store;
        let key = |told: &str| ObjectKey::pod("default", &names.real(told));
        let fits = |key: &ObjectKey| store.get(key).is_some_and(|pod| hand::fits(pod, deed));
        let own = key(&now);
        if fits(&own) {
            return own;
        }
        let family = told.rsplit_once('<').map_or(told, |(family, _)| family);
        let mut pods = store
            .list("Pod")
            .map(|(key, _)| (key, names.text(&key.name)));
        let other = pods.find(|(key, name)| {
            name.rsplit_once('<').is_some_and(|(of, _)| of == family) && fits(key)
        });
        let Some((other, name)) = other.map(|(key, name)| (key.clone(), name)) else {
            return own;
        };
        let mut others = self.parts.iter().filter(|(_, part)| **part == name);
        let exchanged = others.next().map_or(name.clone(), |(of, _)| of.clone());
        self.parts.insert(exchanged, now);
        self.parts.insert(told.to_string(), name);
        other
    }

    /// What was done without kubectl.
    fn noted(&mut self, note: &str) {
        if let Some(rest) = note.strip_prefix("POST eviction of ") {
            let pod = rest.rsplit(' ').next().unwrap_or_default();
            let eviction = Eviction::of(ObjectKey::pod("default", pod));
            // It may be refused.
            let evict = |world: &mut crate::cluster::World| world.evict(Actor::You, &eviction);
            self.simulation.act(evict).ok();
        } else if note.ends_with(" stops its heartbeat") {
            hand::fall_silent(&mut self.simulation);
        }
    }

    fn end(&mut self) {
        let end = self.simulation.now() + LONGEST;
        let changes = |play: &Play| play.simulation.world().store.changes().len();
        loop {
            let before = changes(self);
            let until = (self.simulation.now() + self.quiet()).min(end);
            self.simulation.run_until(until, Budget::ENDLESS);
            if changes(self) == before || until == end {
                return;
            }
        }
    }

    /// An autoscaler looks every 15 s: where there is one, quiet is longer than that.
    fn quiet(&self) -> Duration {
        let store = &self.simulation.world().store;
        let mut autoscalers = store.list("HorizontalPodAutoscaler.autoscaling");
        match autoscalers.next() {
            Some(_) => QUIET + Duration::from_secs(15),
            None => QUIET,
        }
    }

    /// A settled point: how many Pods of each ReplicaSet are wanted, there, Ready, on their way out.
    fn state(&self, names: &Names) -> Json {
        let store = &self.simulation.world().store;
        let mut state = Map::new();
        for (key, object) in store.list("ReplicaSet.apps") {
            let Some(set) = object.replica_set() else {
                continue;
            };
            let pods = store.owned_of(&object.meta.uid, "Pod", &key.namespace);
            let (mut live, mut ready, mut terminating) = (0_i64, 0_i32, 0_i32);
            for pod in pods.filter_map(|pod| pod.pod()) {
                if pod.metadata.deletion_timestamp.is_some() {
                    terminating += 1;
                } else if !pod.is_finished() {
                    live += 1;
                    ready += i32::from(pod.is_ready());
                }
            }
            let counts = json!({
                "spec": set.spec.replicas, "pods": live, "ready": ready, "terminating": terminating,
            });
            // One that is empty, and is to be, isn't told.
            if set.spec.replicas + live + i64::from(ready + terminating) > 0 {
                state.insert(names.text(&key.name), counts);
            }
        }
        Json::Object(state)
    }

    /// Everything that a watch would have told, and what was done between.
    fn told(&self) -> Vec<Json> {
        let names = Names::of(&self.simulation, self.old_changes);
        let changes = self.simulation.world().store.changes();
        let mut seen = BTreeMap::new();
        for change in changes.iter().take(self.old_changes) {
            if let Some(after) = &change.after {
                seen.insert(change.object.clone(), projection::of(after));
            }
        }
        let mut done = self.done.iter().peekable();
        let mut trace = Vec::new();
        for (index, change) in changes.iter().enumerate().skip(self.old_changes) {
            while let Some((_, entry)) = done.next_if(|(before, _)| *before <= index) {
                trace.push(entry.clone());
            }
            trace.extend(self.entry(change, &names, &mut seen));
        }
        trace.extend(done.map(|(_, entry)| entry.clone()));
        trace
    }

    fn entry(
        &self,
        change: &Change,
        names: &Names,
        seen: &mut BTreeMap<ObjectKey, Map<String, Json>>,
    ) -> Option<Json> {
        let kind = change.object.bare_kind();
        if change.verb == Verb::Refused || !projection::is_watched(&change.object) {
            return None;
        }
        let t = (change.at.since(self.start).as_secs_f64() * 10.0).round() / 10.0;
        if kind == "Event" {
            return event(change, t, names);
        }
        let mut entry = json!({ "t": t, "kind": kind, "name": names.text(&change.object.name) });
        if !matches!(&*change.object.namespace, "" | "default") {
            entry["namespace"] = json!(*change.object.namespace);
        }
        let Some(after) = &change.after else {
            seen.remove(&change.object);
            entry["op"] = json!("DELETED");
            return Some(entry);
        };
        let now = projection::of(after);
        let before = seen.insert(change.object.clone(), now.clone());
        let set = match &before {
            None => now
                .into_iter()
                .filter(|(_, value)| !is_empty(value))
                .collect(),
            Some(before) => differences(before, now),
        };
        if before.is_some() && set.is_empty() {
            return None;
        }
        entry["op"] = json!(if before.is_some() {
            "MODIFIED"
        } else {
            "ADDED"
        });
        entry["set"] = names.json(&Json::Object(set));
        Some(entry)
    }
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(fields) => fields.is_empty(),
        Json::Bool(_) | Json::Number(_) => false,
    }
}

fn differences(before: &Map<String, Json>, now: Map<String, Json>) -> Map<String, Json> {
    let mut set = Map::new();
    for name in before.keys().filter(|name| !now.contains_key(*name)) {
        set.insert(name.clone(), Json::Null);
    }
    set.extend(
        now.into_iter()
            .filter(|(name, value)| before.get(name) != Some(value)),
    );
    set
}

fn event(change: &Change, t: f64, names: &Names) -> Option<Json> {
    let event = &change.after.as_ref()?.value;
    let text = |path: &[&str]| event.text_at(path);
    let op = match change.verb {
        Verb::Created => "ADDED",
        _ => "MODIFIED",
    };
    let about = format!(
        "{}/{}",
        text(&["involvedObject", "kind"]),
        text(&["involvedObject", "name"])
    );
    let set = json!({
        "type": text(&["type"]), "reason": text(&["reason"]), "object": names.text(&about),
        "message": names.text(text(&["message"])), "source": text(&["source", "component"]),
        "count": event.get("count").and_then(Value::as_i64),
    });
    Some(json!({ "t": t, "op": op, "kind": "Event", "set": set }))
}

/// Everything ran on one machine, with little to do: news took little time.
fn latencies() -> Latencies {
    Latencies {
        watch_delivery: Duration::from_millis(1),
        ..Latencies::default()
    }
}

/// The recorded nodes: 4 CPUs, 8 GiB, two zones.
fn machines() -> Machines {
    let machine = |(name, zone): (&str, &str)| Machine {
        name: name.into(),
        host: zone.into(),
        cpu_milli: 4000,
        memory_bytes: 8 << 30,
        pods: 110,
        labels: [
            ("topology.kubernetes.io/zone".into(), zone.into()),
            ("node-role.kubernetes.io/worker".into(), "".into()),
        ]
        .into(),
        taints: Vec::new(),
    };
    let nodes = [
        ("node-1", "zone-a"),
        ("node-2", "zone-a"),
        ("node-3", "zone-b"),
    ];
    let host = |name: &str| Host { name: name.into() };
    Machines {
        hosts: vec![host("zone-a"), host("zone-b")],
        machines: nodes.map(machine).into(),
    }
}
