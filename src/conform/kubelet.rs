//! golden/kubelet: what a kubelet does with a Pod. An answer holds `statuses` and `events`.
//! A case's Pod is created and bound in a world of one node with the scripted runtime; its script is
//! played; every version of every Pod and every telling of an Event is written down.
//! What a case's note says of its node (a taint, a pressure) is so before the Pod comes.

use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::Family;
use super::case::Case;
use crate::api::{Object, ObjectKey, Value, schema};
use crate::cluster::eviction::Eviction;
use crate::cluster::pod_subresources::Subresource;
use crate::cluster::{
    Actor, Budget, Change, Fault, Input, Latencies, Runtime, Setup, SimTime, Simulation, Verb,
};
use crate::fields;
use crate::kubectl;
use crate::machine::{Host, Machine, Machines};

/// Lives of Pods.
pub(super) struct Kubelet;

/// The kubelet has run for so long when a Pod comes. Its looks at the runtime and its sync ticks
/// come once a second, counted from its start: one phase for all cases.
const START: Duration = Duration::from_millis(100_300);

const SEED: u64 = 36;
const NODE: &str = "node-1";

impl Family for Kubelet {
    fn answer(&self, case: &Case) -> Option<Json> {
        let script = case.items("script");
        let mut play = Play::new(case);
        play.begin(case);
        for action in script {
            let at = action["at"].as_f64().unwrap_or_default();
            play.run_until(at);
            play.act(action);
        }
        play.run_until(
            case.inputs
                .get("observedFor")
                .and_then(Json::as_f64)
                .unwrap_or_default(),
        );
        Some(play.told())
    }
}

/// One case being played.
struct Play {
    simulation: Simulation,
    start: SimTime,
    namespace: String,
    key: ObjectKey,
    is_static: bool,
}

impl Play {
    fn new(case: &Case) -> Self {
        let setup = Setup {
            machines: machines(),
            latencies: Latencies::scripted(),
            runtime: Runtime::Scripted,
            scheduler: false,
            controllers: false,
            service_account_admission: false,
            control_plane_services: false,
            plan: Vec::new(),
        };
        let mut simulation = Simulation::new(setup, SEED);
        node_as_noted(&mut simulation, case.text("note"));
        let start = SimTime::ZERO + START;
        simulation.run_until(start, Budget::ENDLESS);
        let name = case.inputs["pod"]["metadata"]["name"]
            .as_str()
            .unwrap_or("p");
        let is_static = case.inputs.get("static") == Some(&json!(true));
        let name = match is_static {
            true => format!("{name}-{NODE}"),
            false => name.to_string(),
        };
        let namespace = case.id().to_string();
        Play {
            simulation,
            start,
            key: ObjectKey::pod(&namespace, &name),
            namespace,
            is_static,
        }
    }

    /// The case's objects, then its Pod, bound at once unless it names its node.
    fn begin(&mut self, case: &Case) {
        let namespace = fields! {
            "apiVersion" => "v1", "kind" => "Namespace",
            "metadata" => fields! { "name" => self.namespace.as_str() },
        };
        self.create(namespace);
        for object in case.items("objects") {
            self.create(Value::from_json(object));
        }
        if self.is_static {
            let mut pod = case.inputs["pod"].clone();
            pod["metadata"]["namespace"] = json!(self.namespace);
            self.static_file(Some(&pod.to_string()));
            return;
        }
        self.create(Value::from_json(&case.inputs["pod"]));
        if case.inputs["pod"]["spec"]["nodeName"].is_null() {
            let key = self.key.clone();
            self.simulation
                .act(|world| world.bind(Actor::Scheduler, &key, NODE))
                .ok();
        }
    }

    /// An action that the API server refuses changes nothing, as recorded.
    fn create(&mut self, mut object: Value) {
        if object.get("apiVersion").is_none() {
            object.set(&["apiVersion"], "v1");
            object.set(&["kind"], "Pod");
        }
        if object.text_at(&["kind"]) != "Namespace" {
            object.set(&["metadata", "namespace"], self.namespace.as_str());
        }
        self.simulation
            .act(|world| world.create(Actor::You, object))
            .ok();
    }

    fn static_file(&mut self, manifest: Option<&str>) {
        self.simulation.apply(Input::StaticPod {
            machine: NODE.into(),
            file: "p.yaml".into(),
            manifest: manifest.map(Rc::from),
        });
    }

    fn run_until(&mut self, seconds: f64) {
        let until = self.start + Duration::from_secs_f64(seconds);
        self.simulation.run_until(until, Budget::ENDLESS);
    }

    fn act(&mut self, action: &Json) {
        let key = match action["name"].as_str() {
            Some(name) => ObjectKey::pod(&self.namespace, name),
            None => self.key.clone(),
        };
        let patch = Value::from_json(&action["patch"]);
        match action["do"].as_str().unwrap_or_default() {
            "delete" => {
                let grace = action["gracePeriodSeconds"].as_i64();
                self.simulation
                    .act(|world| world.delete(Actor::You, &key, grace))
                    .ok();
            }
            "evict" => {
                let eviction = Eviction {
                    grace_period_seconds: action["gracePeriodSeconds"].as_i64(),
                    ..Eviction::of(key)
                };
                let evict = |world: &mut crate::cluster::World| world.evict(Actor::You, &eviction);
                self.simulation.act(evict).ok();
            }
            "memory" => {
                let used = action["usedMiB"].as_i64().unwrap_or_default();
                take_up(&mut self.simulation, used << 20, 0);
            }
            "remove-static" => self.static_file(None),
            "create" => self.create(Value::from_json(&action["object"])),
            "create-bind" => {
                let pod = ["object", "pod"].map(|name| &action[name]);
                let pod = pod.into_iter().find(|pod| pod.is_object());
                let pod = Value::from_json(pod.unwrap_or(&Json::Null));
                let key = ObjectKey::pod(&self.namespace, pod.text_at(&["metadata", "name"]));
                self.create(pod);
                self.simulation
                    .act(|world| world.bind(Actor::Scheduler, &key, NODE))
                    .ok();
            }
            "patch" => {
                self.simulation.act(|world| {
                    let current = world.store.get(&key)?.value.clone();
                    world.update(Actor::You, merged(&current, &patch)).ok()
                });
            }
            "resize" => self.patch_subresource(&key, Subresource::Resize, &patch),
            "ephemeral" => {
                let containers = Value::from_json(&action["containers"]);
                let patch = fields! { "spec" => fields! { "ephemeralContainers" => containers } };
                self.patch_subresource(&key, Subresource::EphemeralContainers, &patch);
            }
            "patch-status" => {
                self.simulation
                    .act(|world| world.patch(Actor::You, &key, |pod| *pod = merged(pod, &patch)))
                    .ok();
            }
            _ => {}
        }
    }

    fn patch_subresource(&mut self, key: &ObjectKey, subresource: Subresource, patch: &Value) {
        self.simulation.act(|world| {
            let current = world.store.get(key)?.value.clone();
            let new = merged(&current, patch);
            world.update_subresource(Actor::You, subresource, new).ok()
        });
    }

    /// Everything that a watch would have told.
    fn told(&self) -> Json {
        let (mut statuses, mut events) = (Vec::new(), Vec::new());
        let names = Names::of(&self.simulation, &self.namespace);
        for change in self.simulation.world().store.changes() {
            if *change.object.namespace != *self.namespace || change.verb == Verb::Refused {
                continue;
            }
            let t = (change.at.since(self.start).as_secs_f64() * 10.0).round() / 10.0;
            match &*change.object.kind {
                "Pod" => statuses.push(self.status(change, t, &names)),
                "Event" => events.extend(self.event(change, t, &names)),
                _ => {}
            }
        }
        json!({ "statuses": statuses, "events": events })
    }

    fn status(&self, change: &Change, t: f64, names: &Names) -> Json {
        let object = change
            .after
            .as_ref()
            .or(change.before.as_ref())
            .expect("a change has one");
        let pod = &object.value;
        let mut entry = json!({
            "t": t,
            "type": match change.verb {
                Verb::Created => "ADDED",
                Verb::Updated | Verb::Refused | Verb::Happened => "MODIFIED",
                Verb::Deleted => "DELETED",
            },
            "status": names.anonymous(&pod.get("status").cloned().unwrap_or_default()),
            "generation": object.meta.generation,
        });
        let node = pod.text_at(&["spec", "nodeName"]);
        if !node.is_empty() {
            entry["nodeName"] = json!(node);
        }
        if object.meta.deletion_timestamp.is_some() {
            entry["deletionTimestamp"] = json!(pod.text_at(&["metadata", "deletionTimestamp"]));
            entry["deletionGracePeriodSeconds"] = json!(object.meta.deletion_grace_period_seconds);
        }
        if change.object != self.key {
            entry["pod"] = json!(change.object.name);
        }
        entry
    }

    fn event(&self, change: &Change, t: f64, names: &Names) -> Option<Json> {
        let event = &change.after.as_ref()?.value;
        let text = |path: &[&str]| event.text_at(path);
        let mut entry = json!({
            "t": t, "type": text(&["type"]), "reason": text(&["reason"]),
            "message": without_durations(&names.in_text(text(&["message"]))),
            "count": event.get("count").and_then(Value::as_i64),
            "reportingComponent": text(&["reportingComponent"]),
        });
        let path = text(&["involvedObject", "fieldPath"]);
        if !path.is_empty() {
            entry["fieldPath"] = json!(path);
        }
        if text(&["involvedObject", "name"]) != &*self.key.name {
            entry["object"] = json!(text(&["involvedObject", "name"]));
        }
        Some(entry)
    }
}

/// What a note says of the node: `the node carries the taint a=b:NoExecute before …`,
/// `MemoryPressure=True; …`. A pressure is what is left of a shortage that is over.
fn node_as_noted(simulation: &mut Simulation, note: &str) {
    let words = || note.split([' ', ';', ',']);
    let taint = words().skip_while(|word| *word != "taint").nth(1);
    if let Some((key, effect)) = taint.and_then(|taint| taint.rsplit_once(':')) {
        let (key, value) = key.split_once('=').unwrap_or((key, ""));
        let taint = fields! { "key" => key, "value" => value, "effect" => effect };
        simulation.act(|world| {
            let node = ObjectKey::node(NODE);
            let add = |node: &mut Value| node.at_mut(&["spec", "taints"]).items_mut().push(taint);
            world.patch(Actor::You, &node, add).ok()
        });
    }
    let says = |pressure: &str| words().any(|word| word == format!("{pressure}=True"));
    let memory = if says("MemoryPressure") {
        8150 << 20
    } else {
        0
    };
    let disk = if says("DiskPressure") { 95 << 30 } else { 0 };
    if memory > 0 || disk > 0 {
        take_up(simulation, memory, disk);
        simulation.run_until(SimTime::ZERO + START / 2, Budget::ENDLESS);
        take_up(simulation, 0, 0);
    }
}

fn take_up(simulation: &mut Simulation, memory_bytes: i64, disk_bytes: i64) {
    simulation.apply(Input::Fault(Fault::TakeUp {
        node: NODE.into(),
        memory_bytes,
        disk_bytes,
    }));
}

/// The recorded machine: 4 CPUs, 8 GiB.
fn machines() -> Machines {
    let machine = Machine {
        name: NODE.into(),
        host: "host-1".into(),
        cpu_milli: 4000,
        memory_bytes: 8 << 30,
        pods: 110,
        labels: Default::default(),
        taints: Vec::new(),
    };
    Machines {
        hosts: vec![Host {
            name: "host-1".into(),
        }],
        machines: vec![machine],
    }
}

/// A strategic merge patch of a Pod.
fn merged(pod: &Value, patch: &Value) -> Value {
    kubectl::patch::merge(pod, patch, schema::kind("v1", "Pod").map(|kind| kind.of()))
}

/// What differs from run to run, and what stands in its place.
struct Names(Vec<(String, &'static str)>);

impl Names {
    fn of(simulation: &Simulation, namespace: &str) -> Self {
        let mut names = Vec::new();
        let mut add = |text: &str, name| {
            if !text.is_empty() {
                names.push((text.to_string(), name));
            }
        };
        for change in simulation.world().store.changes() {
            let Some(pod) = change
                .after
                .as_ref()
                .and_then(|object: &Rc<Object>| object.pod())
            else {
                continue;
            };
            if *pod.metadata.namespace == *namespace {
                add(&pod.metadata.uid, "<uid>");
                if let Some(hash) = pod.metadata.annotations.get("kubernetes.io/config.hash") {
                    add(hash, "<uid>");
                }
                add(&pod.status.pod_ip, "<podIP>");
            }
        }
        names.sort();
        names.dedup();
        Names(names)
    }

    fn in_text(&self, text: &str) -> String {
        self.0
            .iter()
            .fold(text.to_string(), |text, (from, to)| text.replace(from, to))
    }

    fn anonymous(&self, value: &Value) -> Json {
        let text = value.to_json().to_string();
        serde_json::from_str(&self.in_text(&text)).unwrap_or_default()
    }
}

/// `in 203ms (203ms including waiting)` → `in <dur> (<dur> including waiting)`
fn without_durations(message: &str) -> String {
    let Some((before, rest)) = message.split_once("\" in ") else {
        return message.to_string();
    };
    match rest.split_once(" including waiting)") {
        Some((_, after)) if message.starts_with("Successfully pulled image") => {
            format!("{before}\" in <dur> (<dur> including waiting){after}")
        }
        _ => message.to_string(),
    }
}
