//! golden/kubectl: what kubectl prints. An answer holds `steps`: each command with its exit code and
//! what it printed, with the recording's own names for what is drawn at random or read off a clock.
//! A case is the cluster of the recordings' README: three nodes whose Pods are Ready at once, and a
//! terminal.

use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::Family;
use super::case::Case;
use super::transcript::Names;
use crate::api::{ObjectKey, Value};
use crate::cluster::{Actor, Budget, Input, Runtime, Setup, SimTime, Simulation};
use crate::fields;
use crate::kubectl::run;
use crate::machine::{Host, Machine, Machines};

/// Transcripts of kubectl.
pub(super) struct Kubectl;

/// How long the cluster is left alone between two commands, as the recordings were made.
const QUIET: Duration = Duration::from_millis(1_100);

/// How long a command is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

impl Family for Kubectl {
    fn answer(&self, case: &Case) -> Option<Json> {
        let mut simulation = world(case);
        let mut steps = Vec::new();
        let written = written(case);
        for step in case.items("steps") {
            let text = |field: &str| step[field].as_str();
            if let Some(name) = text("file") {
                let content = text("content").unwrap_or_default();
                let files = Rc::new(vec![(Rc::from(name), Rc::from(content))]);
                simulation.apply(Input::Command {
                    line: ":".into(),
                    files,
                    stdin: None,
                });
            } else if let Some(line) = text("setup") {
                run::run(&mut simulation, line, None, PATIENCE);
                quiet(&mut simulation);
            } else if let Some(line) = text("command") {
                let finished = run::run(&mut simulation, line, text("stdin"), PATIENCE);
                let names = Names::of(&simulation, line, &written);
                steps.push(json!({
                    "command": line,
                    "exit": finished.exit,
                    "stdout": names.replace(&finished.stdout),
                    "stderr": names.replace(&finished.stderr),
                }));
                quiet(&mut simulation);
            }
        }
        Some(json!({ "steps": steps }))
    }
}

/// The files and the lines of a case.
fn written(case: &Case) -> String {
    let steps = case.items("steps").iter();
    let texts = steps.flat_map(|step| {
        let fields = ["content", "setup", "command", "stdin"];
        fields.map(|field| step[field].as_str().unwrap_or_default().to_string())
    });
    texts.collect::<Vec<_>>().join("\n")
}

fn quiet(simulation: &mut Simulation) {
    let until = simulation.now() + QUIET;
    simulation.run_until(until, Budget::ENDLESS);
}

/// Three nodes whose Pods are Ready at once.
fn setup() -> Setup {
    let machine = |name: &str, zone: &str| Machine {
        name: name.into(),
        host: "host-1".into(),
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
    Setup {
        machines: Machines {
            hosts: vec![Host {
                name: "host-1".into(),
            }],
            machines: vec![
                machine("node-1", "zone-a"),
                machine("node-2", "zone-a"),
                machine("node-3", "zone-b"),
            ],
        },
        runtime: Runtime::Instant,
        ..Setup::default()
    }
}

/// The cluster, left alone until nothing is new; Events of how it came to be are gone.
fn world(case: &Case) -> Simulation {
    let mut simulation = Simulation::new(setup(), 0);
    simulation.run_until(SimTime::ZERO + Duration::from_secs(30), Budget::ENDLESS);
    simulation.act(|world| {
        let events: Vec<ObjectKey> = world
            .store
            .list("Event")
            .map(|(key, _)| key.clone())
            .collect();
        for key in events {
            // There may be none.
            let _ = world.delete(Actor::ApiServer, &key, None);
        }
        if written(case).contains("manual") {
            let _ = world.create(Actor::ApiServer, manual());
        }
    });
    simulation
}

/// A node that nobody serves: its Pods change by hand alone.
fn manual() -> Value {
    let ready = fields! { "type" => "Ready", "status" => "True" };
    let labels = fields! { "topology.kubernetes.io/zone" => "zone-m" };
    let sizes = fields! { "cpu" => "4", "memory" => "8Gi", "pods" => "110" };
    fields! {
        "apiVersion" => "v1", "kind" => "Node",
        "metadata" => fields! { "name" => "manual", "labels" => labels },
        "status" => fields! {
            "conditions" => [ready].into_iter().collect::<Value>(),
            "capacity" => sizes.clone(), "allocatable" => sizes,
        },
    }
}
