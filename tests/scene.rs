//! The picture is a pure function of history and virtual time: what stands where, what moves, and
//! what the tree says of it, on real histories.

use std::collections::BTreeMap;

use podarium::api::ObjectKey;
use podarium::cluster::{Budget, Input, Setup, SimTime, Simulation, Snapshot};
use podarium::machine::{Machine, Machines};
use podarium::scene::{
    Branch, Look, Motion, PodGlyph, Rect, Scene, SceneCache, Selection, Speeds, in_motion, scene,
    tree,
};

/// A Pod of one container whose image takes about two seconds to pull.
fn manifest(name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\nspec:\n  containers:\n  - name: web\n    image: demo/web:1\n"
    )
}

fn world() -> Simulation {
    Simulation::new(Setup::default(), 7)
}

fn apply(world: &mut Simulation, names: &[String]) {
    let manifest: Vec<String> = names.iter().map(|name| manifest(name)).collect();
    let manifest = manifest.join("---\n").as_str().into();
    world.apply(Input::Apply { manifest });
}

fn names(prefix: &str, count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("{prefix}-{number:03}"))
        .collect()
}

fn run(world: &mut Simulation, seconds: f64) -> Snapshot {
    world.run_until(SimTime::from_seconds(seconds), Budget::ENDLESS);
    world.snapshot()
}

fn draw(snapshot: &Snapshot, speeds: &Speeds) -> Scene {
    let (look, mut cache) = (Look::default(), SceneCache::default());
    scene(snapshot, speeds, snapshot.time, look, &mut cache)
}

fn pod<'a>(scene: &'a Scene, name: &str) -> &'a PodGlyph {
    let found = scene.pods.iter().find(|pod| &*pod.body.key.name == name);
    found.unwrap_or_else(|| panic!("{name} is not drawn"))
}

fn rects(scene: &Scene) -> BTreeMap<String, (f64, f64)> {
    let place = |pod: &PodGlyph| (pod.body.key.name.to_string(), (pod.at.x, pod.at.y));
    scene.pods.iter().map(place).collect()
}

/// When the Pod was bound.
fn bound_at(snapshot: &Snapshot, name: &str) -> SimTime {
    let place = snapshot
        .places
        .pod(&ObjectKey::pod("default", name))
        .expect("it has a place");
    place.bound.expect("it is bound").0
}

fn speed(speed: f64) -> Speeds {
    Speeds::new(vec![(SimTime::ZERO, speed)])
}

fn said(branches: &[Branch], into: &mut Vec<String>) {
    for branch in branches {
        into.push(branch.name.to_string());
        said(&branch.children, into);
    }
}

#[test]
fn the_same_history_and_moment_give_the_same_scene() {
    let speeds = speed(1.0);
    let mut warm = SceneCache::default();
    let [mut first, mut second] = [world(), world()];
    for world in [&mut first, &mut second] {
        apply(world, &names("p", 5));
    }
    for tenth in 1..60 {
        let once = run(&mut first, f64::from(tenth) / 10.0);
        let again = run(&mut second, f64::from(tenth) / 10.0);
        let drawn = scene(&once, &speeds, once.time, Look::default(), &mut warm);
        assert_eq!(drawn, draw(&again, &speeds), "at {}", once.time);
    }
}

#[test]
fn in_the_middle_of_its_travel_a_pod_is_between_tray_and_node() {
    let mut world = world();
    apply(&mut world, &names("p", 1));
    let before = pod(&draw(&run(&mut world, 0.05), &speed(1.0)), "p-000").at;
    let later = run(&mut world.clone(), 3.0);
    let (left, after) = (
        bound_at(&later, "p-000"),
        pod(&draw(&later, &speed(1.0)), "p-000").at,
    );
    let snapshot = run(&mut world, left.as_seconds() + 0.12);
    let glyph = pod(&draw(&snapshot, &speed(1.0)), "p-000").clone();
    assert_eq!(glyph.motion, Some(Motion::Travels));
    let part = |from: f64, to: f64, at: f64| (at - from) / (to - from);
    let (across, down) = (
        part(before.x, after.x, glyph.at.x),
        part(before.y, after.y, glyph.at.y),
    );
    assert!(across > 0.05 && across < 0.95, "{across}");
    assert!(
        (across - down).abs() < 1e-9,
        "it goes in a straight line: {across} {down}"
    );
}

#[test]
fn a_change_of_speed_in_mid_flight_moves_nothing() {
    let mut world = world();
    apply(&mut world, &names("p", 1));
    let left = bound_at(&run(&mut world.clone(), 3.0), "p-000");
    let snapshot = run(&mut world, left.as_seconds() + 0.2);
    let changed = Speeds::new(vec![(SimTime::ZERO, 1.0), (snapshot.time, 100.0)]);
    assert_eq!(
        draw(&snapshot, &speed(1.0)).pods,
        draw(&snapshot, &changed).pods
    );
}

#[test]
fn another_pod_makes_nobody_jump_and_a_freed_place_is_used_again() {
    let mut world = world();
    apply(&mut world, &names("a", 9));
    let first = rects(&draw(&run(&mut world, 30.0), &speed(1.0)));
    apply(&mut world, &names("b", 30));
    let second = rects(&draw(&run(&mut world, 60.0), &speed(1.0)));
    for (name, place) in &first {
        assert_eq!(second.get(name), Some(place), "{name}");
    }
    let object = ObjectKey::pod("default", "a-004");
    world.apply(Input::Delete {
        object,
        grace_period_seconds: Some(0),
    });
    let third = rects(&draw(&run(&mut world, 90.0), &speed(1.0)));
    assert_eq!(third.len(), second.len() - 1);
    assert!(
        third
            .iter()
            .all(|(name, place)| second.get(name) == Some(place))
    );
    apply(&mut world, &names("c", 3));
    let fourth = rects(&draw(&run(&mut world, 120.0), &speed(1.0)));
    let freed = second["a-004"];
    let heirs = fourth
        .iter()
        .filter(|(name, place)| name.starts_with("c-") && **place == freed);
    assert_eq!(heirs.count(), 1, "somebody stands where a-004 stood");
}

#[test]
fn at_most_forty_travel_at_once_and_the_rest_cross_fades() {
    let mut world = world();
    apply(&mut world, &names("p", 200));
    let (mut most, mut faded) = (0, 0);
    for step in 0..200 {
        let snapshot = run(&mut world, f64::from(step) * 0.25);
        let drawn = draw(&snapshot, &speed(10.0));
        let count = |motion| {
            drawn
                .pods
                .iter()
                .filter(|pod| pod.motion == Some(motion))
                .count()
        };
        most = most.max(count(Motion::Travels));
        faded = faded.max(count(Motion::CrossFades));
    }
    assert!((2..=40).contains(&most), "{most} travelled at once");
    assert!(faded > 0);
}

#[test]
fn above_ten_times_pods_cross_fade_and_above_fifty_nothing_moves() {
    let mut world = world();
    apply(&mut world, &names("p", 1));
    let left = bound_at(&run(&mut world.clone(), 3.0), "p-000");
    let snapshot = run(&mut world, left.as_seconds() + 0.02);
    let rest = pod(&draw(&run(&mut world.clone(), 60.0), &speed(1.0)), "p-000").at;
    let at = |times: f64| pod(&draw(&snapshot, &speed(times)), "p-000").clone();
    assert_eq!(at(10.0).motion, Some(Motion::Travels));
    let faded = at(20.0);
    assert_eq!((faded.motion, faded.at), (Some(Motion::CrossFades), rest));
    assert!(faded.opacity > 0.0 && faded.opacity < 1.0);
    let instant = at(100.0);
    assert_eq!(
        (instant.motion, instant.at, instant.opacity),
        (None, rest, 1.0)
    );
    assert!(!in_motion(
        &run(&mut world, 30.0),
        &speed(1.0),
        SimTime::from_seconds(30.0)
    ));
}

#[test]
fn with_reduced_motion_a_ghost_stays_behind_and_pulls_go_in_tenths() {
    let mut world = world();
    apply(&mut world, &names("p", 1));
    let left = bound_at(&run(&mut world.clone(), 3.0), "p-000");
    let rest = pod(&draw(&run(&mut world.clone(), 60.0), &speed(1.0)), "p-000").at;
    let mut ghosts = 0;
    let mut parts = Vec::new();
    for step in 0..100 {
        let snapshot = run(&mut world, left.as_seconds() + f64::from(step) * 0.05);
        let look = Look {
            reduced_motion: true,
            ..Look::default()
        };
        let drawn = scene(
            &snapshot,
            &speed(1.0),
            snapshot.time,
            look,
            &mut SceneCache::default(),
        );
        let glyph = pod(&drawn, "p-000");
        assert_eq!(
            (glyph.at, glyph.motion, glyph.ring, glyph.opacity),
            (rest, None, None, 1.0)
        );
        ghosts += usize::from(glyph.ghost.is_some());
        parts.extend(glyph.body.containers[0].pulled);
    }
    assert_eq!(ghosts, 12, "600 ms in steps of 50");
    assert!(
        parts.len() > 5 && parts.iter().all(|part| (part * 10.0).fract() < 1e-9),
        "{parts:?}"
    );
}

#[test]
fn hatching_grows_evenly_with_time() {
    let mut world = world();
    apply(&mut world, &names("p", 1));
    let mut parts = Vec::new();
    for step in 0..100 {
        let drawn = draw(&run(&mut world, f64::from(step) * 0.05), &speed(1.0));
        parts.extend(pod(&drawn, "p-000").body.containers[0].pulled);
    }
    assert!(parts.len() > 10, "{parts:?}");
    let steps: Vec<f64> = parts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let even = steps
        .iter()
        .all(|step| (step - steps[0]).abs() < 1e-3 && *step > 0.0);
    assert!(even, "{steps:?}");
}

#[test]
fn taking_a_machine_away_moves_nobody_else() {
    let mut world = world();
    let first = draw(&run(&mut world, 30.0), &speed(1.0));
    world.apply(Input::RemoveMachine {
        name: "node-1".into(),
    });
    let second = draw(&run(&mut world, 31.0), &speed(1.0));
    let nodes = |scene: &Scene| -> BTreeMap<String, Rect> {
        scene
            .nodes
            .iter()
            .map(|node| (node.name.to_string(), node.rect))
            .collect()
    };
    let (before, after) = (nodes(&first), nodes(&second));
    for name in ["node-2", "node-3"] {
        assert_eq!(
            (before[name].x, before[name].y),
            (after[name].x, after[name].y),
            "{name}"
        );
    }
    let machine = Machine {
        name: "node-9".into(),
        ..Machines::lab().machines[0].clone()
    };
    world.apply(Input::AddMachine(machine));
    let third = nodes(&draw(&run(&mut world, 32.0), &speed(1.0)));
    assert_eq!(
        (third["node-9"].x, third["node-9"].y),
        (before["node-1"].x, before["node-1"].y)
    );
}

#[test]
fn a_pod_whose_node_is_gone_is_still_drawn_and_told() {
    let mut world = world();
    apply(&mut world, &names("p", 6));
    let snapshot = run(&mut world, 30.0);
    let on_it = snapshot.store.list("Pod").filter(|(_, pod)| {
        pod.pod()
            .is_some_and(|pod| &*pod.spec.node_name == "node-1")
    });
    assert!(on_it.count() > 0);
    world.apply(Input::RemoveMachine {
        name: "node-1".into(),
    });
    let snapshot = run(&mut world, 31.0);
    let there = snapshot.store.list("Pod").count();
    assert_eq!(draw(&snapshot, &speed(1.0)).pods.len(), there);
    let mut lines = Vec::new();
    said(&tree(&snapshot), &mut lines);
    assert_eq!(
        lines.iter().filter(|line| line.starts_with("Pod ")).count(),
        there,
        "{lines:#?}"
    );
}

#[test]
fn the_tree_reads_as_the_page_promises() {
    let mut world = world();
    apply(&mut world, &["hello-pod".into()]);
    run(&mut world, 20.0);
    let mut lines = Vec::new();
    said(&tree(&world.snapshot()), &mut lines);
    assert_eq!(lines[0], "Unscheduled");
    for line in [
        "Host host-1",
        "Pod default/hello-pod, Running, 1 of 1 ready",
        "Container web, Running, ready, 0 restarts",
    ] {
        assert!(lines.iter().any(|said| said == line), "{line}: {lines:#?}");
    }
    let nodes = lines.iter().filter(|line| line.starts_with("Node "));
    assert_eq!(
        nodes.filter(|line| line.ends_with(" of 110 Pods")).count(),
        3,
        "{lines:#?}"
    );
    let selected = tree(&world.snapshot())[1].selection.clone();
    assert_eq!(selected, Some(Selection::Host("host-1".into())));
}
