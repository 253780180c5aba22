//! A cluster that was exported goes on here as it was: readiness, placement and phase kept, its Pending
//! Pods explained, its Pods under kubelets of their own.

use std::rc::Rc;

use podarium::api::pod::Pod;
use podarium::api::{ObjectKey, Value};
use podarium::cluster::{Budget, Import, Input, Progress, Setup, SimTime, Simulation};
use podarium::history::{History, Journal, Record};
use podarium::manifest::import::{ImportProblem, Imported, Importer, Step};
use podarium::scene::Overview;

use common::deeds::settle;

mod common;

#[path = "../xtask/src/export/mod.rs"]
mod export;

#[path = "import/odd.rs"]
mod odd;

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
fn input(imported: &Imported) -> Input {
    Input::Import(Import {
        parts: Rc::new(imported.parts.clone()),
        newest: imported.newest,
    })
}

/// A world into which this was imported after three seconds; nothing has happened since.
fn imported(bytes: &[u8]) -> Simulation {
    let mut world = Simulation::new(Setup::default(), 7);
    world.run_until(SimTime::from_seconds(3.0), Budget::ENDLESS);
    world.apply(input(&read(bytes).expect("it is an export")));
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

/// Does it bear the taint of a Node that nobody hears of, without an end?
fn stays_for_ever(pod: &Pod) -> bool {
    let mut bears = pod.spec.tolerations.iter().filter(|toleration| {
        let key = &*toleration.key;
        matches!(key, "" | "node.kubernetes.io/unreachable")
            && matches!(&*toleration.effect, "" | "NoExecute")
    });
    bears.any(|toleration| toleration.toleration_seconds.is_none())
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
            // A Node that doesn't report is asked to let its Pods go, and never says that it has.
            let now = now.expect("its Node can't say that it is gone");
            assert_eq!(
                now.status.container_statuses, old.status.container_statuses,
                "{key}"
            );
            let is_going = now.metadata.deletion_timestamp.is_some();
            let was_going = old.metadata.deletion_timestamp.is_some();
            assert_eq!(is_going, was_going || !stays_for_ever(old), "{key}");
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

/// A history in which this was imported after three seconds, then lived on for this long.
#[test]
fn its_numbers_that_were_brought_along_are_those_of_counting_anew() {
    let mut world = Simulation::new(Setup::default(), 7);
    world.apply(input(&read(&exported(100, 600)).expect("it is an export")));
    let mut overview = Overview::of(&world.snapshot());
    let (mut brought, mut known) = (0, overview.clone());
    while world.importing().is_some() {
        overview.bring_along(&world);
        if overview != known {
            (brought, known) = (brought + 1, overview.clone());
        }
        world.run_until(world.now(), Budget(1));
    }
    assert_eq!((brought, overview.all().nodes), (1, 100));
    let snapshot = world.snapshot();
    overview.bring_to(&snapshot);
    assert_eq!(overview, Overview::of(&snapshot));
}

#[test]
fn no_pod_of_it_is_seen_to_appear() {
    let world = imported(&exported(12, 130));
    let snapshot = world.snapshot();
    let mut count = 0;
    for (key, pod) in pods(&world) {
        let place = snapshot.places.pod(key).expect("every Pod has a place");
        // It would be seen to fade in for as long as time stands still.
        assert!(
            world.now().0 - place.created.0 >= 60_000_000,
            "{key}, made {:?}",
            pod.metadata.creation_timestamp
        );
        count += 1;
    }
    assert_eq!(count, 130);
}

fn history(bytes: &[u8], seconds: f64) -> History {
    let mut history = History::new(Setup::default(), 7);
    history.run_until(SimTime::from_seconds(3.0), Budget::ENDLESS);
    let record = history.record(input(&read(bytes).expect("it is an export")));
    history.take(record);
    let until = SimTime(history.now().0 + (seconds * 1e6) as i64);
    // In small turns, as the page does: checkpoints stand in the middle of the import too.
    while history.run_until(until, Budget(7)) == Progress::OutOfBudget {}
    history
}

#[test]
fn a_replay_ends_where_the_import_did() {
    let history = history(&exported(12, 120), 40.0);
    let text = serde_json::to_string(&history.journal()).expect("a journal is plain data");
    let journal: Journal = serde_json::from_str(&text).expect("what was written is read");
    let mut again = History::restore(journal).expect("the layout is this one");
    settle(&mut again);
    assert_eq!(history.viewed().fingerprint(), again.viewed().fingerprint());
    assert_eq!(history.digest(), again.digest());
}

#[test]
fn a_world_that_is_stored_in_the_middle_of_an_import_goes_on_as_the_other_does() {
    let mut world = Simulation::new(Setup::default(), 7);
    world.run_until(SimTime::from_seconds(3.0), Budget::ENDLESS);
    let bytes = exported(12, 120);
    world.apply(input(&read(&bytes).expect("it is an export")));
    for _ in 0..9 {
        assert!(world.handle_next(world.now()) && world.importing().is_some());
        assert_eq!(list(&world, "Node").count(), 3, "the old cluster is seen");
    }
    let stored = postcard::to_allocvec(&world).expect("memory takes all");
    let mut again: Simulation = postcard::from_bytes(&stored).expect("what was written is read");
    for world in [&mut world, &mut again] {
        world.run_until(SimTime::from_seconds(30.0), Budget::ENDLESS);
        assert_eq!(list(world, "Node").count(), 12);
    }
    assert_eq!(world.fingerprint(), again.fingerprint());
}

#[test]
fn undo_brings_the_old_cluster_back_and_redo_the_imported_one() {
    let mut history = history(&exported(12, 120), 0.0);
    let (digest, nodes) = (history.digest(), |history: &History| {
        list(history.viewed(), "Node").count()
    });
    assert_eq!(nodes(&history), 12);
    history.take(Record::Undo);
    settle(&mut history);
    assert_eq!(
        (nodes(&history), history.now()),
        (3, SimTime::from_seconds(3.0))
    );
    assert_eq!(history.viewed().world().machines.machines.len(), 3);
    history.take(Record::Redo);
    settle(&mut history);
    assert_eq!((nodes(&history), history.digest()), (12, digest));
}

#[test]
fn whatever_is_done_during_an_import_comes_after_it() {
    let mut world = Simulation::new(Setup::default(), 7);
    let bytes = exported(4, 20);
    world.apply(input(&read(&bytes).expect("it is an export")));
    world.apply(Input::RemoveMachine {
        name: items(&bytes)[0].text_at(&["metadata", "name"]).into(),
    });
    assert_eq!(
        (world.importing().is_none(), list(&world, "Node").count()),
        (true, 3)
    );
}

#[test]
fn what_is_no_cluster_is_refused_and_the_old_one_stays() {
    let mut world = Simulation::new(Setup::default(), 7);
    let node = r#"{"apiVersion":"v1","kind":"Node","metadata":{"name":"a","uid":"1"}}"#;
    for (part, why) in [
        (format!("{node}\n{node}\n"), "Node a is in it twice"),
        (
            "{\"kind\":\"Node\"}\n".into(),
            "an object has no kind or no name",
        ),
        (
            "nonsense\n".into(),
            "this is no object of an import: expected ident at line 1 column 2",
        ),
        (String::new(), "there is neither a Node nor a Pod in it"),
        (
            node.replace("Node", "Secret"),
            "there is neither a Node nor a Pod in it",
        ),
    ] {
        let import = Import {
            parts: Rc::new(vec![part.as_str().into()]),
            newest: SimTime::ZERO,
        };
        let id = world.apply(Input::Import(import));
        world.run_until(world.now(), Budget::ENDLESS);
        let answer = world.world().answers.get(&id).expect("it is answered");
        assert_eq!(&*answer.lines[0].text, format!("error: {why}"));
        assert!(answer.finished && answer.lines[0].is_error);
        assert_eq!(list(&world, "Node").count(), 3);
    }
}

#[test]
fn chunks_may_be_cut_anywhere() {
    let mut bytes = exported(3, 12);
    let at = bytes
        .windows(9)
        .position(|word| word == b"info\n    ")
        .expect("a value")
        + 4;
    bytes.splice(at..at, " ü—🜲".bytes());
    let whole = read_in(&bytes, usize::MAX).expect("it is an export");
    for chunk in [1, 2, 3, 7, 1000, 4096] {
        assert_eq!(read_in(&bytes, chunk).as_ref(), Ok(&whole), "{chunk}");
    }
    let list = items(&bytes);
    let list: Vec<_> = list.iter().map(Value::to_json).collect();
    let json = serde_json::json!({"apiVersion": "v1", "items": list, "kind": "List"});
    for text in [
        json.to_string(),
        serde_json::to_string_pretty(&json).expect("plain data"),
    ] {
        for chunk in [1, 3, 1000, usize::MAX] {
            let read = read_in(text.as_bytes(), chunk);
            assert_eq!(read.as_ref(), Ok(&whole), "{chunk}");
        }
    }
    let documents: Vec<String> = (list.iter())
        .map(|object| serde_yaml::to_string(object).expect("plain data"))
        .collect();
    assert_eq!(read(documents.join("---\n").as_bytes()), Ok(whole));
}

#[test]
fn secrets_and_managed_fields_stay_behind() {
    let imported = read(&exported(3, 12)).expect("it is an export");
    let all = imported.parts.concat();
    for leaked in ["aHVudGVy", "hunter2", "YWRtaW4=", "managedFields", "f:spec"] {
        assert!(!all.contains(leaked), "{leaked}");
    }
    assert!(
        all.contains("KioqKioqKioqKioqKioqKioqKioqKioqKioqKioqKio="),
        "32 stars"
    );
    let summary = &imported.summary;
    assert_eq!(
        (summary.secrets, summary.managed_fields, summary.others),
        (2, 17, 2)
    );
}

#[test]
fn what_is_wrong_is_named_with_its_line_and_a_remedy() {
    let text = String::from_utf8(exported(2, 6)).expect("it is text");
    let refused = |text: &str| {
        read(text.as_bytes())
            .expect_err("it is refused")
            .to_string()
    };
    let line_of = |what: &str| {
        text.lines()
            .position(|line| line.contains(what))
            .expect(what)
            + 1
    };
    let at = line_of(" podCIDR: 1");
    let odd = text.replacen(" podCIDR: 1", " podCIDR: 7 # 1", 1);
    assert!(
        refused(&odd).starts_with(&format!("Line {at}: Node gke-prod-gpu")),
        "{}",
        refused(&odd)
    );
    let at = line_of(" hostIP: 1");
    let odd = text.replacen(" hostIP: 1", " hostIP: [1", 1);
    assert!(
        refused(&odd).starts_with(&format!("Line {}: yaml: did not find expected", at + 1)),
        "{}",
        refused(&odd)
    );
    let twice = format!("{text}---\n{text}");
    assert!(refused(&twice).contains("is in it twice. Import the exports of one moment"));
    let cut = &text[..text.rfind("\n- apiVersion").expect("an item") + 1];
    assert!(
        refused(cut).contains("which is no list. Export it with kubectl"),
        "{}",
        refused(cut)
    );
    assert_eq!(
        refused("\n"),
        "It is empty. Export a cluster with: kubectl get nodes,pods -A -o yaml"
    );
    assert!(refused("\u{1f}hello").contains("Line 1: "));
    assert!(
        read(&[0x1f, 0x8b, 8, 0])
            .expect_err("refused")
            .to_string()
            .contains("gzip")
    );
    assert!(
        read(b"kind: \xff\n")
            .expect_err("refused")
            .to_string()
            .starts_with("Line 1: it isn't UTF-8")
    );
    let map = "kind: List\nitems:\n  first: {kind: Pod}\n---\n";
    assert_eq!(
        refused(&format!("{map}{text}")),
        "Line 1: items are no list of objects. Export it again, and import the file as kubectl wrote it."
    );
    let twice = "kind: List\nitems:\nitems:\n- kind: Pod\n---\n";
    assert!(refused(&format!("{twice}{text}")).contains("items are no list"));
    let empty = "kind: PodList\nitems:\n---\n";
    assert_eq!(
        read(format!("{empty}{text}").as_bytes()),
        read(text.as_bytes())
    );
    let open = r#"{"kind": "List", "items": [{"kind": "Pod""#;
    assert!(refused(open).starts_with("Line 1: unexpected EOF"));
}

#[test]
fn pods_on_nodes_that_are_missing_are_counted() {
    let text = String::from_utf8(exported(2, 6)).expect("it is text");
    let summary = read(text.as_bytes()).expect("it is an export").summary;
    assert_eq!(
        (summary.nodes, summary.pods, summary.pods_astray),
        (2, 6, 0)
    );
    let first = text.find("- apiVersion").expect("an item");
    let pods = text.find("\n  kind: Pod").expect("a Pod");
    let pods = text[..pods].rfind("- apiVersion").expect("its beginning");
    let pods = format!("{}{}", &text[..first], &text[pods..]);
    let summary = read(pods.as_bytes()).expect("it is an export").summary;
    assert_eq!(
        (summary.nodes, summary.pods, summary.pods_astray),
        (0, 6, 6)
    );
}

#[test]
fn too_much_is_refused_before_it_is_held() {
    let mut importer = Importer::new();
    importer
        .push(b"apiVersion: v1\nitems:\n- a: \"")
        .expect("a beginning");
    let mut refusal = None;
    for _ in 0..20_000 {
        let pushed = importer
            .push(&[b'x'; 1 << 16])
            .and_then(|()| importer.step());
        if let Err(problem) = pushed {
            refusal = Some(problem);
            break;
        }
    }
    let refusal = refusal.expect("no object is endless").to_string();
    assert_eq!(
        refusal,
        "Line 3: an object has more than 4 MiB. No object of a cluster is so large: is this an export of kubectl's?"
    );
    let mut importer = Importer::new();
    let pushed = vec![b'#'; 1 << 20];
    let refusal = (0..300).find_map(|_| importer.push(&pushed).err());
    assert!(
        refusal
            .expect("256 MiB")
            .to_string()
            .contains("at most 256 MiB are taken")
    );
}

#[test]
fn what_a_newer_cluster_has_is_kept_and_counted() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: a, uid: x}\n\
                spec: {containers: [{name: c, image: nginx, novelty: 7}]}\n---\n\
                apiVersion: example.com/v9\nkind: Widget\nmetadata: {name: w}\nspec: {size: 3}\n";
    let imported = read(text.as_bytes()).expect("it is an export");
    assert_eq!(
        (
            imported.summary.unknown_fields,
            imported.summary.unknown_kinds
        ),
        (1, 1)
    );
    let mut world = Simulation::new(Setup::default(), 7);
    world.apply(input(&imported));
    world.run_until(world.now(), Budget::ENDLESS);
    let pod = world
        .world()
        .store
        .get(&ObjectKey::pod("a", "p"))
        .expect("it is there");
    let container = &pod.value.at(&["spec", "containers"]).expect("kept").items()[0];
    assert_eq!(container.at(&["novelty"]), Some(&Value::Int(7)));
    let widget = ObjectKey::new("Widget.example.com", "", "w");
    assert!(world.world().store.get(&widget).is_some());
}
