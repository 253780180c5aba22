//! What the controllers of the real Kubernetes did, put to ours; and that they rest when there is
//! nothing to do.

use std::fs::File;
use std::io::Read;

use serde_json::{Map, Value as Json, json};

use podarium::api::ObjectKey;
use podarium::cluster::{Actor, Budget, Change, Input, Runtime, Setup, SimTime, Simulation, Verb};
use podarium::kubectl::run;
use proptest::prelude::*;

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
    // The recording leaves out what every namespace is given.
    let of_interest = |change: &&std::rc::Rc<Change>| {
        &*change.object.kind != "ServiceAccount" && &*change.object.name != "kube-root-ca.crt"
    };
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

/// A world whose Pods are Ready at once.
fn instant(seed: u64) -> Simulation {
    let setup = Setup {
        runtime: Runtime::Instant,
        ..Setup::default()
    };
    let mut simulation = Simulation::new(setup, seed);
    run(&mut simulation, 1.0);
    simulation
}

fn web(replicas: u8, surge: &str, unavailable: &str) -> String {
    format!(
        "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: web}}, spec: {{replicas: {replicas}, \
         selector: {{matchLabels: {{app: web}}}}, strategy: {{rollingUpdate: \
         {{maxSurge: {surge}, maxUnavailable: {unavailable}}}}}, template: {{metadata: {{labels: {{app: web}}}}, \
         spec: {{containers: [{{name: c, image: \"demo/web:1\"}}]}}}}}}}}"
    )
}

/// Something that a person does to the Deployment.
#[derive(Clone, Debug)]
enum Deed {
    Image(u8),
    Scale(u8),
    DeletePod(u8),
    Relabel(u8),
    Wait(u16),
}

fn deeds(only_images: bool) -> impl Strategy<Value = Vec<Deed>> {
    let image = (0..4_u8).prop_map(Deed::Image);
    let wait = (0..400_u16).prop_map(Deed::Wait);
    let others = prop_oneof![
        (0..7_u8).prop_map(Deed::Scale),
        (0..7_u8).prop_map(Deed::DeletePod),
        (0..7_u8).prop_map(Deed::Relabel),
    ];
    let deed = match only_images {
        true => prop_oneof![image, wait].boxed(),
        false => prop_oneof![image, wait, others].boxed(),
    };
    proptest::collection::vec(deed, 1..12)
}

fn pods(simulation: &Simulation) -> Vec<ObjectKey> {
    let pods = simulation.world().store.list("Pod");
    pods.map(|(key, _)| key.clone()).collect()
}

fn act(simulation: &mut Simulation, deed: &Deed) {
    let pod = |number: u8| {
        let pods = pods(simulation);
        let picked = usize::from(number).checked_rem(pods.len());
        picked.map(|index| pods[index].name.to_string())
    };
    let line = match deed {
        Deed::Image(tag) => format!("kubectl set image deploy/web c=demo/web:{tag}"),
        Deed::Scale(replicas) => format!("kubectl scale deploy web --replicas={replicas}"),
        Deed::DeletePod(number) => match pod(*number) {
            Some(pod) => format!("kubectl delete pod {pod} --wait=false"),
            None => return,
        },
        Deed::Relabel(number) => match pod(*number) {
            Some(pod) => format!("kubectl label pod {pod} app=other --overwrite"),
            None => return,
        },
        Deed::Wait(millis) => {
            let until = simulation.now() + std::time::Duration::from_millis((*millis).into());
            simulation.run_until(until, Budget::ENDLESS);
            return;
        }
    };
    let line = line.as_str().into();
    simulation.apply(Input::Command {
        line,
        files: std::rc::Rc::default(),
        stdin: None,
    });
}

/// How many Pods ReplicaSets are to have together, and how many of them are Ready.
fn sizes(simulation: &Simulation) -> (i64, i64) {
    let store = &simulation.world().store;
    let sets = store.list("ReplicaSet.apps");
    let wanted = sets.filter_map(|(_, set)| Some(set.replica_set()?.spec.replicas));
    let is_ready =
        |pod: &podarium::api::pod::Pod| pod.is_ready() && pod.metadata.deletion_timestamp.is_none();
    let pods = store.list("Pod").filter_map(|(_, pod)| pod.pod().cloned());
    (
        wanted.sum(),
        pods.filter(|pod| is_ready(pod)).count() as i64,
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_rollout_keeps_within_its_bounds(
        seed: u64,
        replicas in 1..6_u8,
        bounds in prop_oneof![
            Just(("1", "0", 1, 0)), Just(("0", "1", 0, 1)), Just(("2", "1", 2, 1)), Just(("0", "100%", 0, 9)),
        ],
        deeds in deeds(true),
    ) {
        let (surge, unavailable, most, fewest) = bounds;
        let mut simulation = instant(seed);
        apply(&mut simulation, &web(replicas, surge, unavailable));
        run(&mut simulation, 5.0);
        let check = |simulation: &Simulation| {
            let (wanted, ready) = sizes(simulation);
            let replicas = i64::from(replicas);
            prop_assert!(wanted <= replicas + most, "{wanted} are wanted of {replicas}");
            prop_assert!(ready >= replicas - fewest, "{ready} are Ready of {replicas}");
            Ok(())
        };
        for deed in &deeds {
            act(&mut simulation, deed);
            let until = simulation.now() + std::time::Duration::from_millis(50);
            while simulation.handle_next(until) {
                check(&simulation)?;
            }
        }
        let until = simulation.now() + std::time::Duration::from_secs(20);
        while simulation.handle_next(until) {
            check(&simulation)?;
        }
        prop_assert_eq!(sizes(&simulation), (i64::from(replicas), i64::from(replicas)));
    }

    #[test]
    fn whatever_happens_the_wish_comes_true_and_nothing_has_two_controllers(
        seed: u64, replicas in 0..6_u8, deeds in deeds(false),
    ) {
        let play = || {
            let mut simulation = instant(seed);
            apply(&mut simulation, &web(replicas, "25%", "25%"));
            for deed in &deeds {
                act(&mut simulation, deed);
            }
            let until = simulation.now() + std::time::Duration::from_secs(60);
            simulation.run_until(until, Budget::ENDLESS);
            simulation
        };
        let simulation = play();
        let store = &simulation.world().store;
        let key = ObjectKey::new("Deployment.apps", "default", "web");
        let web = store.get(&key).and_then(|web| web.deployment()).expect("it is there");
        let wanted = web.spec.replicas;
        prop_assert_eq!(web.status.available_replicas, wanted);
        prop_assert_eq!(web.status.updated_replicas, wanted);
        let mut owned = 0;
        for (key, pod) in store.list("Pod") {
            let owners = &pod.meta.owner_references;
            prop_assert!(owners.len() <= 1, "{key} has {} owners", owners.len());
            for owner in owners {
                let set = store.get(&owner.key(&key.namespace));
                prop_assert_eq!(set.map(|set| &set.meta.uid), Some(&owner.uid));
                owned += 1;
            }
        }
        prop_assert_eq!(owned, wanted);
        prop_assert_eq!(simulation.fingerprint(), play().fingerprint());
    }
}

#[test]
fn a_rollout_that_is_over_waits_for_its_pods_without_looking() {
    let mut simulation = instant(1);
    let short = "spec: {progressDeadlineSeconds: 60, replicas:";
    apply(
        &mut simulation,
        &web(3, "1", "0").replace("spec: {replicas:", short),
    );
    run(&mut simulation, 80.0);
    let on = pods(&simulation)[0].clone();
    let object = simulation.world().store.get(&on);
    let node = object
        .and_then(|object| object.pod())
        .map(|pod| pod.spec.node_name.clone());
    simulation.apply(Input::PowerOff {
        node: node.expect("it is on a node"),
    });
    run(&mut simulation, 200.0);
    let key = ObjectKey::new("Deployment.apps", "default", "web");
    let object = simulation.world().store.get(&key).cloned();
    let deployment = object.as_ref().and_then(|object| object.deployment());
    let status = &deployment.expect("it is there").status;
    assert!(status.available_replicas < 3, "its deadline is long over");
    let before = simulation.events_handled();
    run(&mut simulation, 300.0);
    let events = simulation.events_handled() - before;
    assert!(events < 1_000, "{events} events in a hundred seconds");
}

#[test]
fn what_a_controller_did_and_waits_for_is_on_record() {
    let mut simulation = instant(1);
    apply(&mut simulation, &web(2, "1", "0"));
    run(&mut simulation, 10.0);
    let key = ObjectKey::new("Deployment.apps", "default", "web");
    let snapshot = simulation.snapshot();
    let last = snapshot.reconciles.get(&key).expect("it was looked at");
    assert_eq!(&*last.controller, "deployment-controller");
    assert_eq!((last.waits_for.len(), last.more_waits), (0, 0));
    let done = run::run(
        &mut simulation,
        "kubectl delete deploy web",
        None,
        std::time::Duration::from_secs(9),
    );
    assert_eq!(done.exit, 0, "{}", done.stderr);
    run(&mut simulation, 60.0);
    let snapshot = simulation.snapshot();
    assert_eq!(snapshot.reconciles.len(), 0, "what is gone is forgotten");
    assert_eq!(snapshot.store.list("ReplicaSet.apps").count(), 0);
    assert_eq!(pods(&simulation), [], "Pods go with their owner");
}
