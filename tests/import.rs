//! A cluster that was exported goes on here as it was: readiness, placement and phase kept, its Pending
//! Pods explained, its Pods under kubelets of their own.

use std::rc::Rc;

use podarium::api::pod::Pod;
use podarium::api::{ObjectKey, Value};
use podarium::cluster::{Budget, Import, Input, Setup, SimTime, Simulation};
use podarium::manifest::import::{ImportProblem, Imported, Importer, Step};

#[path = "../xtask/src/export/mod.rs"]
mod export;

fn exported(nodes: usize, pods: usize) -> Vec<u8> {
    let plan = export::Plan {
        nodes,
        pods,
        seed: 7,
        managed_fields: true,
    };
    let mut bytes = Vec::new();
    export::write(plan, &mut bytes).expect("memory takes all");
    bytes
}

/// Reads an export that comes in such chunks.
fn read_in(bytes: &[u8], chunk: usize) -> Result<Imported, ImportProblem> {
    let mut importer = Importer::new();
    for chunk in bytes.chunks(chunk) {
        importer.push(chunk)?;
        while importer.step()? == Step::Read {}
    }
    importer.end();
    while importer.step()? == Step::Read {}
    importer.finish()
}

fn read(bytes: &[u8]) -> Result<Imported, ImportProblem> {
    read_in(bytes, 256 << 10)
}

/// The import of this into a world that has come so far.
fn input(imported: &Imported, now: SimTime) -> Input {
    Input::Import(Import {
        parts: Rc::new(imported.parts.clone()),
        shift_seconds: (now.0 - imported.newest.0).div_euclid(1_000_000),
    })
}

/// A world into which this was imported after three seconds; nothing has happened since.
fn imported(bytes: &[u8]) -> Simulation {
    let mut world = Simulation::new(Setup::default(), 7);
    world.run_until(SimTime::from_seconds(3.0), Budget::ENDLESS);
    world.apply(input(&read(bytes).expect("it is an export"), world.now()));
    let now = world.now();
    world.run_until(now, Budget::ENDLESS);
    assert_eq!(world.now(), now);
    world
}

fn list<'w>(world: &'w Simulation, kind: &'w str) -> impl Iterator<Item = &'w Value> {
    world
        .world()
        .store
        .list(kind)
        .map(|(_, object)| &object.value)
}

/// The objects of a list, as another reader of YAML finds them.
fn items(bytes: &[u8]) -> Vec<Value> {
    let list: serde_json::Value = serde_yaml::from_slice(bytes).expect("it is YAML");
    let items = list["items"].as_array().expect("a list");
    items.iter().map(Value::from_json).collect()
}

#[test]
fn at_its_instant_the_cluster_is_as_it_was_exported() {
    let bytes = exported(50, 500);
    let world = imported(&bytes);
    let (mut nodes, mut pods) = (0, 0);
    for item in items(&bytes) {
        let meta = |name| item.text_at(&["metadata", name]);
        let key = ObjectKey::new(item.text_at(&["kind"]), meta("namespace"), meta("name"));
        let object = world.world().store.get(&key).expect("it is there");
        let same =
            |path: &[&str]| assert_eq!(object.value.at(path), item.at(path), "{key} {path:?}");
        same(&["metadata", "uid"]);
        same(&["metadata", "resourceVersion"]);
        match &*key.kind {
            "Node" => {
                nodes += 1;
                let ready = |node: &Value| podarium::manifest::import::is_ready(node);
                assert_eq!(ready(&object.value), ready(&item));
                assert!(world.world().machines.get(&key.name).is_some());
            }
            "Pod" => {
                pods += 1;
                same(&["spec"]);
                for field in ["phase", "podIP", "qosClass"] {
                    same(&["status", field]);
                }
            }
            _ => {}
        }
    }
    assert_eq!((nodes, list(&world, "Node").count()), (50, 50));
    assert_eq!((pods, list(&world, "Pod").count()), (500, 500));
}

fn pods(world: &Simulation) -> impl Iterator<Item = (&ObjectKey, &Rc<Pod>)> {
    let pods = world.world().store.list("Pod");
    pods.filter_map(|(key, object)| Some((key, object.pod()?)))
}

fn later(world: &Simulation, seconds: f64) -> Simulation {
    let mut later = world.clone();
    let until = SimTime(world.now().0 + (seconds * 1e6) as i64);
    later.run_until(until, Budget::ENDLESS);
    later
}

fn message(pod: &Pod) -> String {
    let scheduled = pod.condition("PodScheduled");
    scheduled.map_or_else(String::new, |condition| condition.message.to_string())
}

fn waits_for(pod: &Pod) -> &str {
    let waiting = pod.status.container_statuses.first();
    let waiting = waiting.and_then(|status| status.state.waiting.as_ref());
    waiting.map_or("", |waiting| &*waiting.reason)
}

#[test]
fn its_pods_go_on_under_kubelets_of_their_own() {
    let before = imported(&exported(50, 500));
    let after = later(&before, 600.0);
    let mut seen = [0; 9];
    for (key, old) in pods(&before) {
        let now = after.world().store.get(key).and_then(|object| object.pod());
        let node = before
            .world()
            .store
            .get(&ObjectKey::node(&old.spec.node_name));
        let is_lost = node.is_some_and(|node| node.node().is_some_and(|node| !node.is_ready()));
        if is_lost {
            // Nobody acts on a Node that doesn't report.
            assert_eq!(now, Some(old), "{key}");
            seen[0] += 1;
        } else if old.metadata.deletion_timestamp.is_some() {
            assert!(now.is_none(), "{key} is gone");
            seen[1] += 1;
        } else if old.is_finished() {
            assert_eq!(now, Some(old), "{key}");
            seen[2] += 1;
        } else if old.is_ready() {
            let now = now.expect("it runs on");
            assert_eq!(
                now.status.container_statuses, old.status.container_statuses,
                "{key}"
            );
            assert!(now.is_ready());
            seen[3] += 1;
        } else if !old.spec.node_name.is_empty() && waits_for(old) == "ContainerCreating" {
            assert!(now.expect("it begins").is_ready(), "{key}");
            seen[4] += 1;
        } else if waits_for(old) == "CrashLoopBackOff" {
            let now = now.expect("it crashes on");
            assert!(
                !now.is_ready() && now.status.phase == old.status.phase,
                "{key}"
            );
            let restarts = |pod: &Pod| pod.status.container_statuses[0].restart_count;
            assert!((1..=3).contains(&(restarts(now) - restarts(old))), "{key}");
            seen[5] += 1;
        } else if waits_for(old) == "ImagePullBackOff" {
            assert!(
                waits_for(now.expect("it waits on")).contains("Pull"),
                "{key}"
            );
            seen[6] += 1;
        } else if message(old).is_empty() {
            let now = now.expect("it is scheduled");
            assert!(now.is_ready() && !now.spec.node_name.is_empty(), "{key}");
            seen[7] += 1;
        } else {
            let now = now.expect("it waits on");
            assert_eq!(message(now), message(old), "{key}");
            assert!(now.spec.node_name.is_empty());
            seen[8] += 1;
        }
    }
    assert!(seen.iter().all(|count| *count > 0), "{seen:?}");
    assert_eq!(seen.iter().sum::<i32>(), 500);
}

#[test]
fn nothing_acts_before_time_passes_and_pending_pods_are_explained() {
    let bytes = exported(50, 500);
    let world = imported(&bytes);
    let made = pods(&world).count() + list(&world, "Node").count() + list(&world, "Secret").count();
    assert_eq!(made, items(&bytes).len());
    assert!(world.next_due().is_some_and(|due| due > world.now()));
    let mut explained = 0;
    for (key, pod) in pods(&world).filter(|(_, pod)| pod.spec.node_name.is_empty()) {
        let decision = world.scheduler().explain(world.world(), key);
        let decision = decision.expect("the scheduler knows it");
        if message(pod).is_empty() {
            assert!(decision.chosen().is_some(), "{key} fits");
        } else {
            assert_eq!(decision.message, message(pod), "{key}");
            explained += 1;
        }
    }
    assert!(explained > 2);
}
