//! What the controllers of the real Kubernetes did, put to ours; and that they rest when there is
//! nothing to do.

use std::fs::File;
use std::io::Read;

use serde_json::{Map, Value as Json, json};

use podarium::api::ObjectKey;
use podarium::cluster::{Actor, Budget, Change, Input, Setup, SimTime, Simulation, Verb};

fn recorded(id: &str) -> Json {
    let mut text = String::new();
    let file = File::open("tests/golden/controllers/controllers.jsonl.gz");
    flate2::read::GzDecoder::new(file.expect("recordings can be read"))
        .read_to_string(&mut text)
        .expect("they are text");
    let case = text.lines().find(|case| case.contains(id));
    serde_json::from_str(case.expect("the case is there")).expect("they are JSON")
}

fn run(simulation: &mut Simulation, seconds: f64) {
    simulation.run_until(SimTime::from_seconds(seconds), Budget::ENDLESS);
}

fn apply(simulation: &mut Simulation, manifest: &str) {
    let manifest = manifest.into();
    simulation.apply(Input::Apply { manifest });
}

fn delete(simulation: &mut Simulation, object: ObjectKey) {
    simulation.apply(Input::Delete {
        object,
        grace_period_seconds: None,
    });
}

/// A change as the recordings have it: what was done to what, and how it stands now.
fn told(change: &Change) -> Json {
    let op = match change.verb {
        Verb::Created => "ADDED",
        Verb::Deleted => "DELETED",
        _ => "MODIFIED",
    };
    let mut told = Map::new();
    if let Some(after) = change.after.as_ref().filter(|_| op == "MODIFIED") {
        let conditions = after.value.to_json()["status"]["conditions"].take();
        for condition in conditions.as_array().into_iter().flatten() {
            let text = |field: &str| condition[field].as_str().unwrap_or_default().to_string();
            let said = format!("{} {} {}", text("status"), text("reason"), text("message"));
            told.insert(text("type"), said.into());
        }
    }
    json!([op, change.object.bare_kind(), told])
}

#[test]
fn a_namespace_is_emptied_as_recorded() {
    let case = recorded("\"namespace-02\"");
    let trace = case["trace"].as_array().expect("a trace");
    let given = |entry: &&Json| entry["op"].is_string();
    let expected: Vec<Json> = (trace.iter().filter(given))
        .map(|entry| {
            let conditions = entry["set"]["conditions"].as_object();
            let conditions = conditions.cloned().unwrap_or_default();
            json!([entry["op"], entry["kind"], conditions])
        })
        .collect();

    let manifest = |entry: &Json| entry["stdin"].as_str().map(str::to_string);
    let held = trace.iter().find_map(manifest).expect("a manifest");
    let mut simulation = Simulation::new(Setup::default(), 0);
    let since = simulation.world().store.changes().len();
    let dev = "{apiVersion: v1, kind: Namespace, metadata: {name: dev}}";
    apply(&mut simulation, dev);
    run(&mut simulation, 0.3);
    apply(&mut simulation, &held);
    run(&mut simulation, 1.6);
    delete(&mut simulation, ObjectKey::new("Namespace", "", "dev"));
    run(&mut simulation, 7.8);
    let key = ObjectKey::new("ConfigMap", "dev", "held");
    let let_go = simulation.act(|world| {
        world.patch(Actor::You, &key, |held| {
            held.remove(&["metadata", "finalizers"]);
        })
    });
    assert!(let_go.is_ok());
    run(&mut simulation, 60.0);

    let changes = simulation.world().store.changes().iter().skip(since);
    let of_interest = |change: &&std::rc::Rc<Change>| &*change.object.kind != "ServiceAccount";
    let got: Vec<Json> = changes
        .filter(of_interest)
        .map(|change| told(change))
        .collect();
    assert_eq!(got, expected);
    assert_eq!(simulation.next_due(), None, "nothing is left to do");
}

#[test]
fn what_a_finalizer_holds_sets_no_timer() {
    let mut simulation = Simulation::new(Setup::default(), 0);
    assert_eq!(simulation.next_due(), None, "a new world is quiet");
    let text = "
apiVersion: v1
kind: Pod
metadata: {name: lost, finalizers: [example.com/hold]}
spec: {nodeName: nowhere, containers: [{name: a, image: demo/web:1}]}
---
{apiVersion: v1, kind: Namespace, metadata: {name: dev}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: held, namespace: dev, finalizers: [example.com/hold]}}
";
    apply(&mut simulation, text);
    run(&mut simulation, 5.0);
    delete(&mut simulation, ObjectKey::new("Namespace", "", "dev"));
    run(&mut simulation, 200.0);
    let lost = simulation
        .world()
        .store
        .get(&ObjectKey::pod("default", "lost"));
    let phase = lost.map(|lost| lost.value.text_at(&["status", "phase"]));
    assert_eq!(
        phase,
        Some("Failed"),
        "it was collected as far as that goes"
    );
    assert_eq!(simulation.next_due(), None);
}
