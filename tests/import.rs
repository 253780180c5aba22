//! A cluster that was exported goes on here as it was: readiness, placement and phase kept, its Pending
//! Pods explained, its Pods under kubelets of their own.

use std::rc::Rc;

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
