//! The tree in words, followed through histories: it says what one made anew would say, and what the
//! store says. At any size it names only what is asked for. And what is found by a few letters.

mod common;

use std::collections::BTreeSet;
use std::rc::Rc;

use common::deeds::{Deed, deeds, go_on, settle};
use podarium::api::ObjectKey;
use podarium::cluster::{Budget, Input, Runtime, Setup, SimTime, Simulation, Snapshot};
use podarium::history::History;
use podarium::machine::{Host, Machine, Machines};
use podarium::scene::{Branch, Find, Item, Outline, Selection, ready_count, reason, tree};
use proptest::prelude::*;

/// Names with their depth, without containers and what has no place on a machine.
fn machines_and_pods(branches: &[Rc<Branch>], depth: usize, into: &mut Vec<(usize, String)>) {
    for branch in branches.iter().filter(|branch| &*branch.id != "Objects") {
        if !matches!(branch.selection, Some(Selection::Container { .. })) {
            into.push((depth, branch.name.to_string()));
            machines_and_pods(&branch.children, depth + 1, into);
        }
    }
}

/// The same, from the store alone, by the page's grammar.
fn expected(snapshot: &Snapshot) -> Vec<(usize, String)> {
    let pods = |node: &str, depth: usize| {
        let mut active = 0;
        let mut lines = Vec::new();
        for (key, object) in snapshot.store.list("Pod") {
            let pod = object.pod().expect("it is one");
            if &*pod.spec.node_name != node {
                continue;
            }
            active += usize::from(!pod.is_finished());
            let mut said = format!("Pod {}/{}, ", key.namespace, key.name);
            said += [&*pod.status.phase, "Pending"][usize::from(pod.status.phase.is_empty())];
            if pod.metadata.deletion_timestamp.is_some() {
                said += ", Terminating";
            }
            let (ready, all) = ready_count(pod);
            said += &format!(", {ready} of {all} ready");
            if !reason(pod).is_empty() {
                said += &format!(", {}", reason(pod));
            }
            lines.push((depth, said));
        }
        (active, lines)
    };
    let node = |name: &str, depth: usize| {
        let object = snapshot.store.get(&ObjectKey::node(name));
        let (active, inside) = pods(name, depth + 1);
        if object.is_none() && inside.is_empty() {
            return Vec::new();
        }
        let record = object.and_then(|object| object.node());
        let ready = record.and_then(|node| {
            let mut conditions = node.status.conditions.iter();
            let ready = conditions.find(|one| &*one.kind == "Ready")?;
            Some(match &*ready.status {
                "True" => "Ready",
                _ => "NotReady",
            })
        });
        let most = record.and_then(|node| node.status.allocatable.get("pods"));
        let most = most.map_or(0, |pods| pods.value());
        let cordoned = record.is_some_and(|node| node.spec.unschedulable);
        let off = snapshot.powered_off.contains_key(name);
        let said = format!(
            "Node {name}, {}{}, {active} of {most} Pods{}",
            ready.unwrap_or("Unknown"),
            if cordoned { ", cordoned" } else { "" },
            if off { ", machine off" } else { "" }
        );
        std::iter::once((depth, said)).chain(inside).collect()
    };
    let (_, waiting) = pods("", 1);
    let heading = match waiting.len() {
        0 => "Unscheduled".into(),
        1 => "Unscheduled, 1 Pod".into(),
        many => format!("Unscheduled, {many} Pods"),
    };
    let mut lines = vec![(0, heading)];
    lines.extend(waiting);
    let mut told = BTreeSet::new();
    for host in &snapshot.machines.hosts {
        lines.push((0, format!("Host {}", host.name)));
        for machine in &snapshot.machines.machines {
            if machine.host == host.name && told.insert(machine.name.to_string()) {
                lines.extend(node(&machine.name, 1));
            }
        }
    }
    let records = snapshot.store.list("Node").map(|(key, _)| key.name.clone());
    let bound = snapshot.store.list("Pod").filter_map(|(_, object)| {
        let pod = object.pod()?;
        Some(pod.spec.node_name.clone()).filter(|node| !node.is_empty())
    });
    let strays: BTreeSet<Rc<str>> = records.chain(bound).collect();
    for stray in strays.iter().filter(|name| !told.contains(&***name)) {
        lines.extend(node(stray, 0));
    }
    lines
}

fn check(snapshot: &Snapshot, followed: &mut Outline) {
    let told = tree(snapshot, followed);
    assert_eq!(told, tree(snapshot, &mut Outline::default()));
    let mut lines = Vec::new();
    machines_and_pods(&told, 0, &mut lines);
    assert_eq!(lines, expected(snapshot));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_tree_that_follows_a_history_says_what_a_new_one_says(seed in any::<u64>(), deeds in deeds()) {
        let mut history = History::new(Setup::default(), seed);
        let mut followed = Outline::default();
        for deed in &deeds {
            if let Deed::Scrub(part) = deed.1 {
                history.seek(SimTime((history.now().0 as f64 * part) as i64));
                settle(&mut history);
                check(&history.snapshot(), &mut followed);
                history.seek(SimTime::MAX);
                settle(&mut history);
            }
            go_on(&mut history, std::slice::from_ref(deed));
            check(&history.snapshot(), &mut followed);
        }
    }
}

fn large(nodes: usize, pods: usize) -> Simulation {
    let zone = |number: usize| ["a", "b", "c"][number % 3];
    let machine = |number: usize| Machine {
        name: format!("node-{number}").into(),
        host: format!("zone-{}", zone(number)).into(),
        cpu_milli: 32_000,
        memory_bytes: 64 << 30,
        pods: 110,
        labels: [("topology.kubernetes.io/zone".into(), zone(number).into())].into(),
        taints: Vec::new(),
    };
    let host = |zone: &str| Host {
        name: format!("zone-{zone}").into(),
    };
    let setup = Setup {
        machines: Machines {
            hosts: ["a", "b", "c"].map(host).to_vec(),
            machines: (1..=nodes).map(machine).collect(),
        },
        runtime: Runtime::Instant,
        ..Setup::default()
    };
    let mut world = Simulation::new(setup, 7);
    let pod = |number: usize| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web-{number:05}\nspec:\n  nodeName: node-{}\n  \
             containers:\n  - {{name: a, image: demo/web:1}}\n  - {{name: b, image: demo/web:1}}\n",
            1 + number % nodes
        )
    };
    let manifests: Vec<String> = (0..pods).map(pod).collect();
    for some in manifests.chunks(1000) {
        let manifest = some.join("---\n").as_str().into();
        world.apply(Input::Apply { manifest });
    }
    world.run_until(SimTime::from_seconds(20.0), Budget::ENDLESS);
    world
}

#[test]
fn a_tree_that_follows_by_and_by_is_there_once_all_is_followed_and_is_the_same() {
    let (before, world) = (large(3, 10).snapshot(), large(60, 400));
    let now = world.snapshot();
    let mut by_and_by = Outline::default();
    by_and_by.follow(&before);
    let mut turns = 1;
    while !by_and_by.follow_some(&now, 70) {
        turns += 1;
    }
    assert!(turns > 5, "{turns} turns for 460 Nodes and Pods");
    assert_eq!(
        tree(&now, &mut by_and_by),
        tree(&now, &mut Outline::default())
    );
    // Somewhere on the way it is to go elsewhere.
    assert!(!by_and_by.follow_some(&before, 70));
    assert!(!by_and_by.follow_some(&now, 70));
    check(&now, &mut by_and_by);
    assert!(!by_and_by.follow_some(&before, 70));
    check(&before, &mut by_and_by);
}

#[test]
fn of_a_closed_node_only_the_node_is_a_line_and_what_is_opened_says_where_it_stands() {
    let world = large(60, 400);
    let mut outline = Outline::default();
    outline.follow(&world.snapshot());
    assert_eq!(outline.size(), 460);
    let selected = Selection::Container {
        pod: ObjectKey::pod("default", "web-00003"),
        name: "b".into(),
    };
    let around = outline.around(&selected);
    let names: Vec<&str> = around.iter().map(|item| &**item.own_name()).collect();
    assert_eq!(names, ["zone-b", "node-4", "web-00003"]);
    let is_node =
        |item: &Item| matches!(item, Item::Thing(Selection::Object(key)) if &*key.kind == "Node");
    let lines = outline.lines(&|item| !is_node(item) || around.contains(item), None);
    let on_it = 400 / 60 + 1;
    assert_eq!(lines.len(), 1 + 3 + 60 + on_it * 3);
    let at = lines
        .iter()
        .position(|line| line.item == Item::Thing(selected.clone()));
    let line = &lines[at.expect("it is in view")];
    assert_eq!((line.level, line.position, line.siblings), (4, 2, 2));
    let node = lines
        .iter()
        .find(|line| line.item == around[1])
        .expect("it is in view");
    assert_eq!(
        (node.level, node.position, node.siblings, node.open),
        (2, 2, 20, Some(true))
    );
    assert_eq!(
        &*node.name(),
        format!("Node node-4, Ready, {on_it} of 110 Pods")
    );
}

/// Names of what is found, in order, in steps of so many objects.
fn found(world: &Simulation, text: &str, most: usize, step: usize) -> (Vec<String>, usize) {
    let mut find = Find::new(text, &world.snapshot(), most);
    while !find.step(step) {}
    let named = |selection: &Selection| match selection {
        Selection::Object(key) => key.name.to_string(),
        other => other.to_string(),
    };
    let names = find
        .hits()
        .iter()
        .map(|hit| named(&hit.selection))
        .collect();
    (names, find.total())
}

#[test]
fn names_are_found_exact_before_beginning_before_part_and_then_labels_nodes_and_reasons() {
    let mut world = Simulation::new(Setup::default(), 7);
    let pod = |name: &str, more: &str, node: &str| {
        format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, labels: {{{more}}}}}, \
             spec: {{{node} containers: [{{name: a, image: demo/web:1}}]}}}}\n"
        )
    };
    let nowhere = "nodeSelector: {disk: none}, ";
    let manifest = [
        pod("a-web", "tier: front", "nodeName: node-1,"),
        pod(
            "other",
            "app: web, example.com/team: Blue",
            "nodeName: node-2,",
        ),
        pod("web", "", "nodeName: node-1,"),
        pod("web-2", "", nowhere),
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: web-settings}}\n".into(),
    ];
    let manifest = manifest.join("---\n").as_str().into();
    world.apply(Input::Apply { manifest });
    world.run_until(SimTime::from_seconds(20.0), Budget::ENDLESS);
    for (text, expected) in [
        ("web", &["web", "web-2", "web-settings", "a-web"] as &[&str]),
        ("default/we", &["web", "web-2", "web-settings"]),
        ("fault/web", &["web", "web-2", "web-settings"]),
        ("app=web", &["other"]),
        ("team=bl", &["other"]),
        ("TIER", &["a-web"]),
        ("team", &["other"]),
        ("node-1", &["node-1", "a-web", "web"]),
        ("node node-1", &["node-1"]),
        ("pending", &["web-2"]),
        ("didn't match", &["web-2"]),
        ("host-2", &["Host host-2"]),
        (
            "default",
            &["a-web", "other", "web", "web-2", "web-settings"],
        ),
        ("", &[]),
        ("nowhere", &[]),
    ] {
        for step in [1, 2, 1000] {
            let (names, total) = found(&world, text, 50, step);
            assert_eq!(names, expected, "{text}");
            assert_eq!(total, expected.len(), "{text}");
        }
    }
    assert_eq!(found(&world, "web", 2, 1).0, ["web", "web-2"]);
    assert_eq!(found(&world, "web", 2, 1).1, 4, "all are counted");
}

#[test]
fn a_name_is_found_whether_its_letters_are_capitals_or_not() {
    let mut world = Simulation::new(Setup::default(), 7);
    world.apply(Input::AddHost(Host {
        name: "EU-West".into(),
    }));
    let role = "{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: Reader}}";
    world.apply(Input::Apply {
        manifest: role.into(),
    });
    world.run_until(SimTime::from_seconds(1.0), Budget::ENDLESS);
    for (text, expected) in [
        ("EU-West", "Host EU-West"),
        ("eu-we", "Host EU-West"),
        ("host WEST", "Host EU-West"),
        ("reader", "Reader"),
        ("default/Read", "Reader"),
    ] {
        assert_eq!(found(&world, text, 9, 9).0, [expected], "{text}");
    }
}
