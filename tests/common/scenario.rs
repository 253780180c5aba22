//! A scenario: a manifest or other inputs, when, and the trace that is expected.
//! `UPDATE=1 cargo test --test scenarios` writes the traces anew; then read the diff.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use podarium::api::quantity::Quantity;
use podarium::api::{ObjectKey, schema};
use podarium::cluster::kubelet::ProbeKind;
use podarium::cluster::{Budget, Cause, Change, Fault, Input, Setup, SimTime, words};
use podarium::history::History;
use podarium::lesson::start::NodeSpec;
use podarium::machine::{Host, Machine, Machines};
use serde::Deserialize;

/// A scenario file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The claim, in a sentence.
    pub why: String,
    /// Seed and nodes; the lab cluster where nothing is said.
    #[serde(default)]
    pub cluster: Cluster,
    /// What is done, in order.
    pub inputs: Vec<Step>,
    /// How long it is watched.
    pub until: String,
    /// Which kinds the trace tells of; all but Events where nothing is said.
    #[serde(default)]
    pub only: Vec<String>,
    /// Written by `UPDATE=1`, read by a person.
    #[serde(default)]
    pub trace: String,
}

/// What the world starts from.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cluster {
    seed: u64,
    nodes: Vec<NodeSpec>,
}

/// One thing that is done. Exactly one of the deeds is there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    at: String,
    /// A file in manifests/.
    apply: Option<String>,
    /// A manifest in place.
    text: Option<String>,
    /// `Pod default/hello-pod`
    delete: Option<String>,
    grace: Option<i64>,
    add_node: Option<NodeSpec>,
    remove_node: Option<String>,
    add_host: Option<String>,
    /// `default/hello-pod`
    evict: Option<String>,
    power_off: Option<String>,
    power_on: Option<String>,
    partition: Option<String>,
    heal: Option<String>,
    /// What is no Pod takes this much.
    take_up: Option<TakeUp>,
    panic_after: Option<String>,
    /// `Pod default/hello-pod`, with what is to be in it.
    patch: Option<String>,
    #[serde(default)]
    subresource: String,
    with: Option<String>,
    /// `node-1 web.yaml`; without `with` the file is removed.
    static_file: Option<String>,
    /// What a person does to a container: `kill default/p c`, `fail readiness default/p c`,
    /// `pass readiness default/p c`, `fill default/p c`, `ask default/p FROM TO PORT PATH`.
    hand: Option<String>,
}

fn hand(words: &str) -> Input {
    let words: Vec<&str> = words.split(' ').collect();
    let pod = |path: &str| key(&format!("Pod {path}"));
    let probe = |kind: &str| match kind {
        "startup" => ProbeKind::Startup,
        "readiness" => ProbeKind::Readiness,
        "liveness" => ProbeKind::Liveness,
        _ => panic!("no probe is called {kind}"),
    };
    match words[..] {
        ["kill", path, container] => Input::Fault(Fault::KillContainer {
            pod: pod(path),
            container: container.into(),
        }),
        [verb @ ("fail" | "pass"), kind, path, container] => Input::Fault(Fault::FailProbe {
            pod: pod(path),
            container: container.into(),
            probe: probe(kind),
            fails: verb == "fail",
        }),
        ["fill", path, container] => Input::Fault(Fault::FillMemory {
            pod: pod(path),
            container: container.into(),
        }),
        ["ask", path, from, to, port, at] => Input::Request {
            pod: pod(path),
            from: from.into(),
            to: to.into(),
            port: port.parse().expect("a port"),
            path: at.into(),
        },
        _ => panic!("nothing is done by {words:?}"),
    }
}

/// `Pod default/hello-pod`
fn key(what: &str) -> ObjectKey {
    let (kind, path) = what.split_once(' ').expect("KIND PATH");
    let (namespace, name) = path.split_once('/').unwrap_or(("", path));
    ObjectKey::new(kind, namespace, name)
}

/// What something besides Pods takes of a node.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TakeUp {
    node: String,
    #[serde(default)]
    memory: Option<String>,
    #[serde(default)]
    disk: Option<String>,
}

/// The folder of all scenarios.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios")
}

/// Every scenario file, by path.
pub fn files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("its entries are readable").path();
            if path.is_dir() && path.file_name().is_some_and(|name| name != "manifests") {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "yaml") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

impl Scenario {
    /// The scenario in a file.
    pub fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("the file is readable");
        let scenario: Scenario =
            serde_yaml::from_str(&text).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        if let Some(why) = scenario.mistake() {
            panic!("{}: {why}", path.display());
        }
        scenario
    }

    /// What would be passed over in silence.
    fn mistake(&self) -> Option<String> {
        let times: Vec<SimTime> = self.inputs.iter().map(|step| time(&step.at)).collect();
        if !times.is_sorted() {
            return Some("its inputs are not in the order of their times".into());
        }
        let told = |kind: &String| match kind.split_once('.') {
            Some((kind, group)) => schema::kind(&format!("{group}/v1"), kind).is_some(),
            None => schema::kind("v1", kind).is_some(),
        };
        if let Some(kind) = self.only.iter().find(|kind| !told(kind)) {
            return Some(format!("\"{kind}\" in `only` is no kind of v1"));
        }
        self.inputs.iter().find_map(Step::mistake)
    }

    /// Plays it to its end.
    pub fn play(&self) -> History {
        let mut history = History::new(self.cluster.setup(), self.cluster.seed);
        for step in &self.inputs {
            history.run_until(time(&step.at), Budget::ENDLESS);
            history.take(history.record(step.input()));
        }
        history.run_until(time(&self.until), Budget::ENDLESS);
        history
    }

    /// What happened, a line a change, and what was answered to an Apply.
    pub fn trace(&self, history: &History) -> String {
        let told = |kind: &str| match self.only.as_slice() {
            [] => kind != "Event",
            only => only.iter().any(|wanted| wanted == kind),
        };
        let started = |change: &Change| change.at == SimTime::ZERO && change.cause == Cause::Start;
        let mut lines = answers(history);
        for change in history.changes().iter() {
            if !told(&change.object.kind) || started(change) {
                continue;
            }
            let verb = format!("{:?}", change.verb).to_lowercase();
            let (actor, object) = (change.actor.to_string(), &change.object);
            let line = format!(
                "{actor:<24} {verb:<8} {object}  {}",
                words::describe(change)
            );
            lines.push((change.at, line));
        }
        lines.sort_by_key(|(at, _)| *at);
        let written = |(at, line): &(SimTime, String)| {
            format!("{:09.3}s  {}\n", at.as_seconds(), line.trim_end())
        };
        lines.iter().map(written).collect()
    }
}

fn answers(history: &History) -> Vec<(SimTime, String)> {
    let mut lines = Vec::new();
    for (id, answer) in history.snapshot().answers.iter() {
        let (at, _) = history.input(*id).expect("what was answered was asked");
        for line in &answer.lines {
            let verb = if line.is_error { "refused" } else { "answered" };
            lines.push((at, format!("{:<24} {verb:<8} {}", "kubectl", line.text)));
        }
    }
    lines
}

fn made(node: &NodeSpec) -> Machine {
    node.machine().expect("amounts that are some")
}

impl Cluster {
    fn setup(&self) -> Setup {
        let mut setup = Setup::default();
        if !self.nodes.is_empty() {
            let machines: Vec<Machine> = self.nodes.iter().map(made).collect();
            setup.machines = Machines {
                hosts: Vec::new(),
                machines,
            };
        }
        setup
    }
}

impl Step {
    fn mistake(&self) -> Option<String> {
        let deeds = [
            self.apply.is_some(),
            self.text.is_some(),
            self.delete.is_some(),
            self.add_node.is_some(),
            self.remove_node.is_some(),
            self.add_host.is_some(),
            self.evict.is_some(),
            self.take_up.is_some(),
            self.power_off.is_some(),
            self.power_on.is_some(),
            self.partition.is_some(),
            self.heal.is_some(),
            self.panic_after.is_some(),
            self.patch.is_some(),
            self.static_file.is_some(),
            self.hand.is_some(),
        ];
        if deeds.iter().filter(|is_there| **is_there).count() != 1 {
            return Some(format!(
                "the step at {} doesn't say one thing to do",
                self.at
            ));
        }
        let goes = self.delete.is_some() || self.evict.is_some();
        let odd = self.grace.is_some() && !goes;
        odd.then(|| format!("the step at {} has a grace and nothing goes", self.at))
    }

    fn input(&self) -> Input {
        if let Some(file) = &self.apply {
            let path = folder().join("manifests").join(file);
            let manifest = fs::read_to_string(&path).expect("the manifest is there");
            return Input::Apply {
                manifest: manifest.into(),
            };
        }
        if let Some(text) = &self.text {
            return Input::Apply {
                manifest: text.as_str().into(),
            };
        }
        if let Some(what) = &self.delete {
            return Input::Delete {
                object: key(what),
                grace_period_seconds: self.grace,
            };
        }
        if let Some(path) = &self.evict {
            let (namespace, name) = path.split_once('/').expect("NAMESPACE/NAME");
            return Input::Evict {
                pod: ObjectKey::pod(namespace, name),
                grace_period_seconds: self.grace,
                dry_run: false,
            };
        }
        if let Some(name) = &self.power_off {
            return Input::PowerOff {
                node: name.as_str().into(),
            };
        }
        if let Some(name) = &self.partition {
            return Input::Partition {
                node: name.as_str().into(),
            };
        }
        if let Some(name) = &self.heal {
            return Input::Heal {
                node: name.as_str().into(),
            };
        }
        if let Some(name) = &self.power_on {
            return Input::PowerOn {
                node: name.as_str().into(),
            };
        }
        if let Some(take_up) = &self.take_up {
            let bytes = |text: &Option<String>| {
                let text = text.as_deref().unwrap_or("0");
                Quantity::parse(text).expect("a quantity").value()
            };
            return Input::Fault(Fault::TakeUp {
                node: take_up.node.as_str().into(),
                memory_bytes: bytes(&take_up.memory),
                disk_bytes: bytes(&take_up.disk),
            });
        }
        if let Some(what) = &self.patch {
            return Input::Patch {
                object: key(what),
                subresource: self.subresource.as_str().into(),
                patch: self.with.as_deref().expect("a patch has a `with`").into(),
            };
        }
        if let Some(place) = &self.static_file {
            let (machine, file) = place.split_once(' ').expect("MACHINE FILE");
            return Input::StaticPod {
                machine: machine.into(),
                file: file.into(),
                manifest: self.with.as_deref().map(Into::into),
            };
        }
        if let Some(words) = &self.hand {
            return hand(words);
        }
        if let Some(node) = &self.add_node {
            return Input::AddMachine(made(node));
        }
        if let Some(name) = &self.remove_node {
            return Input::RemoveMachine {
                name: name.as_str().into(),
            };
        }
        if let Some(name) = &self.add_host {
            return Input::AddHost(Host {
                name: name.as_str().into(),
            });
        }
        let after = self
            .panic_after
            .as_deref()
            .expect("a step says what is done");
        let after_micros = u64::try_from(time(after).0).expect("not negative");
        Input::Fault(Fault::CorePanic { after_micros })
    }
}

/// `2.5s`
fn time(text: &str) -> SimTime {
    let seconds = text
        .strip_suffix('s')
        .and_then(|number| number.parse().ok());
    SimTime::ZERO + Duration::from_secs_f64(seconds.expect("seconds, as 2.5s"))
}
