//! The picture is a pure function of history and virtual time: what stands where, what moves, and
//! what the tree says of it, on real histories.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::rc::Rc;

use podarium::api::ObjectKey;
use podarium::cluster::{Budget, Input, Setup, SimTime, Simulation, Snapshot};
use podarium::machine::{Machine, Machines};
use podarium::scene::{
    Branch, Look, Motion, Outline, PodBody, Pose, Rect, Scene, SceneCache, Selection, Speeds,
    moves_until, scene, tree,
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

/// A scene, and where its Pods are at its moment.
#[derive(Debug, PartialEq)]
struct Picture {
    scene: Scene,
    seen: Vec<Seen>,
}

impl Deref for Picture {
    type Target = Scene;
    fn deref(&self) -> &Scene {
        &self.scene
    }
}

/// A Pod at one moment.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    body: Rc<PodBody>,
    pose: Pose,
    pulled: Option<f64>,
}

impl Deref for Seen {
    type Target = Pose;
    fn deref(&self) -> &Pose {
        &self.pose
    }
}

fn draw(snapshot: &Snapshot, speeds: &Speeds) -> Picture {
    draw_as(
        snapshot,
        speeds,
        Look::default(),
        &mut SceneCache::default(),
    )
}

fn draw_as(snapshot: &Snapshot, speeds: &Speeds, look: Look, cache: &mut SceneCache) -> Picture {
    let (t, steps) = (snapshot.time, look.reduced_motion);
    let scene = scene(snapshot, speeds, t, look, cache);
    let seen = scene.pods.iter().map(|glyph| Seen {
        body: glyph.body.clone(),
        pose: glyph.course.pose(speeds, t, steps),
        pulled: glyph.body.containers[0]
            .pull
            .map(|pull| pull.part(t, steps)),
    });
    let seen = seen.collect();
    Picture { scene, seen }
}

fn pod<'a>(picture: &'a Picture, name: &str) -> &'a Seen {
    let found = picture.seen.iter().find(|pod| &*pod.body.key.name == name);
    found.unwrap_or_else(|| panic!("{name} is not drawn"))
}

fn rects(picture: &Picture) -> BTreeMap<String, (f64, f64)> {
    let place = |pod: &Seen| (pod.body.key.name.to_string(), (pod.at.x, pod.at.y));
    picture.seen.iter().map(place).collect()
}

/// When the Pod is seen to leave the tray.
fn leaves_at(picture: &Picture, name: &str) -> SimTime {
    let glyph = picture.pods.iter().find(|pod| &*pod.body.key.name == name);
    let left = glyph.expect("it is drawn").course.left;
    left.expect("it has left the tray").0
}

fn speed(speed: f64) -> Speeds {
    Speeds::new(vec![(SimTime::ZERO, speed)])
}

fn said(branches: &[Rc<Branch>], into: &mut Vec<String>) {
    for branch in branches {
        into.push(branch.name.to_string());
        said(&branch.children, into);
    }
}

#[test]
fn services_stand_in_their_card_as_long_as_it_has_lines_and_others_below() {
    let service = |name: &str| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}\n"
        )
    };
    let named: Vec<String> = ["a", "b", "c", "d", "e"].map(service).into();
    let elsewhere = "apiVersion: v1\nkind: Service\nmetadata: {name: 0-elsewhere}\nspec: {type: ExternalName, externalName: example.org}\n";
    let manifest = [elsewhere, &named.join("---\n")].join("---\n");
    let mut world = world();
    world.apply(Input::Apply {
        manifest: manifest.as_str().into(),
    });
    let snapshot = run(&mut world, 5.0);
    let picture = draw(&snapshot, &speed(1.0));
    let card = picture.services.expect("there are some");
    let stand = |picture: &Picture| {
        let records = picture.records.iter();
        let stands = records.map(|record| {
            let inside = record.rect.y + record.rect.height <= card.y + card.height;
            (record.key.name.to_string(), inside)
        });
        stands.collect::<Vec<(String, bool)>>()
    };
    let of = |names: [(&str, bool); 6]| names.map(|(name, inside)| (name.to_string(), inside));
    let all = [
        ("0-elsewhere", true),
        ("a", true),
        ("b", true),
        ("c", true),
        ("d", false),
        ("e", false),
    ];
    assert_eq!(stand(&picture), of(all));
    let serves = picture.records.iter().filter_map(|one| one.serves.as_ref());
    let endpoints: Vec<Option<(usize, usize)>> = serves.map(|serves| serves.endpoints).collect();
    assert_eq!(endpoints[..2], [None, Some((0, 0))]);
    assert_eq!(
        &*picture.records[0]
            .serves
            .as_ref()
            .expect("a Service")
            .address,
        "example.org"
    );
    for name in ["a", "b"] {
        world.apply(Input::Delete {
            object: ObjectKey::new("Service", "default", name),
            grace_period_seconds: None,
        });
    }
    let later = draw(&run(&mut world, 10.0), &speed(1.0));
    assert!(stand(&later).iter().all(|(_, inside)| *inside));
    let look = Look {
        shape: podarium::scene::Shape::Narrow,
        ..Look::default()
    };
    let narrow = draw_as(&snapshot, &speed(1.0), look, &mut SceneCache::default());
    assert_eq!(narrow.services, None);
    assert!(narrow.records.iter().all(|record| record.rect.y > 0.0));
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
        let drawn = draw_as(&once, &speeds, Look::default(), &mut warm);
        assert_eq!(drawn, draw(&again, &speeds), "at {}", once.time);
    }
}

#[test]
fn in_the_middle_of_its_travel_a_pod_is_between_tray_and_node() {
    let mut world = world();
    apply(&mut world, &names("p", 1));
    let before = pod(&draw(&run(&mut world, 0.05), &speed(1.0)), "p-000").at;
    let later = draw(&run(&mut world.clone(), 3.0), &speed(1.0));
    let (left, after) = (leaves_at(&later, "p-000"), pod(&later, "p-000").at);
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
    let left = leaves_at(&draw(&run(&mut world.clone(), 3.0), &speed(1.0)), "p-000");
    let snapshot = run(&mut world, left.as_seconds() + 0.2);
    let changed = Speeds::new(vec![(SimTime::ZERO, 1.0), (snapshot.time, 100.0)]);
    assert_eq!(
        draw(&snapshot, &speed(1.0)).seen,
        draw(&snapshot, &changed).seen
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

/// Pods that are on `node-3` from the beginning.
fn bound(prefix: &str, count: usize) -> String {
    let on_node = |name: &String| manifest(name).replace("spec:\n", "spec:\n  nodeName: node-3\n");
    let all: Vec<String> = names(prefix, count).iter().map(on_node).collect();
    all.join("---\n")
}

#[test]
fn many_pods_of_a_node_stand_in_columns_and_move_only_when_there_is_one_more_or_less() {
    let mut world = world();
    let apply = |world: &mut Simulation, text: String, at: f64| {
        let manifest = text.as_str().into();
        world.apply(Input::Apply { manifest });
        draw(&run(world, at), &speed(1.0))
    };
    let large = |picture: &Picture, name| pod(picture, name).at.width;
    let few = apply(&mut world, bound("a", 15), 60.0);
    assert_eq!(large(&few, "a-000"), 190.0);
    let more = apply(&mut world, bound("b", 1), 120.0);
    assert!(large(&more, "a-000") < 95.0 && large(&more, "b-000") > 85.0);
    let same = apply(&mut world, bound("c", 20), 180.0);
    for (name, place) in rects(&more) {
        assert_eq!(rects(&same)[&name], place, "{name}");
    }
    let many = apply(&mut world, bound("d", 70), 240.0);
    let node = many.nodes.iter().find(|node| &*node.name == "node-3");
    let node = node.expect("it is drawn").rect;
    assert!(node.height < 1400.0, "{node:?}");
    for (number, one) in many.seen.iter().enumerate() {
        let Rect {
            x,
            y,
            width,
            height,
        } = one.at;
        assert!(x > node.x && x + width < node.x + node.width);
        assert!(y > node.y && y + height < node.y + node.height);
        let apart = |other: &Seen| {
            let other = other.at;
            x + width < other.x
                || other.x + other.width < x
                || y + height < other.y
                || other.y + other.height < y
        };
        assert!(
            many.seen[number + 1..].iter().all(apart),
            "{}",
            one.body.path
        );
    }
    for name in names("c", 20).into_iter().chain(names("d", 70)) {
        let object = ObjectKey::pod("default", &name);
        world.apply(Input::Delete {
            object,
            grace_period_seconds: Some(0),
        });
    }
    for name in names("a", 11) {
        let object = ObjectKey::pod("default", &name);
        world.apply(Input::Delete {
            object,
            grace_period_seconds: Some(0),
        });
    }
    let left = draw(&run(&mut world, 300.0), &speed(1.0));
    assert_eq!((left.seen.len(), large(&left, "a-011")), (5, 190.0));
}

#[test]
fn nodes_of_hosts_that_stand_side_by_side_end_at_one_line() {
    let mut world = world();
    let manifest = bound("p", 5).as_str().into();
    world.apply(Input::Apply { manifest });
    let picture = draw(&run(&mut world, 30.0), &speed(1.0));
    let ends = picture
        .nodes
        .iter()
        .map(|node| node.rect.y + node.rect.height);
    let ends: Vec<f64> = ends.collect();
    assert!(
        ends.iter().all(|end| *end == ends[0]) && ends[0] > 500.0,
        "{ends:?}"
    );
}

#[test]
fn two_hundred_pods_are_all_seen_in_the_tray_and_all_move_at_once_but_at_most_forty_travel() {
    let mut world = world();
    apply(&mut world, &names("p", 200));
    let tray = draw(&run(&mut world, 0.0), &speed(1.0)).tray.rect;
    let (mut most, mut all, mut waiting) = (0, 0, 0);
    for step in 0..100 {
        let snapshot = run(&mut world, f64::from(step) * 0.01);
        let drawn = draw(&snapshot, &speed(1.0));
        let count =
            |moves: &dyn Fn(&Seen) -> bool| drawn.seen.iter().filter(|pod| moves(pod)).count();
        let travel = count(&|pod| pod.motion == Some(Motion::Travels));
        let fade = count(&|pod| pod.motion == Some(Motion::CrossFades));
        most = most.max(travel);
        all = all.max(travel + fade);
        waiting = waiting.max(count(&|pod| pod.at.y < 0.0 && pod.at.y >= tray.y));
        assert_eq!(drawn.tray.rect, tray);
    }
    assert_eq!((most, all, waiting), (40, 200, 200));
}

#[test]
fn a_pod_is_seen_in_the_tray_however_short_it_was_there() {
    let mut world = world();
    apply(&mut world, &names("p", 1));
    let snapshot = run(&mut world, 0.1);
    let bound = snapshot.places.pod(&ObjectKey::pod("default", "p-000"));
    let (bound, _) = bound.and_then(|place| place.left).expect("it is bound");
    let picture = draw(&snapshot, &speed(1.0));
    let seen = pod(&picture, "p-000");
    assert!(bound < snapshot.time && seen.at.y < 0.0);
    // It is bound; what is drawn of it is dashed until it lands.
    assert_eq!(seen.motion, Some(Motion::Lingers));
    assert!(leaves_at(&picture, "p-000") >= SimTime::from_seconds(0.24));
}

#[test]
fn what_stays_in_the_tray_becomes_large_again_once_the_others_are_gone() {
    let mut world = world();
    let huge = manifest("huge").replace(
        "demo/web:1\n",
        "demo/web:1\n    resources:\n      requests:\n        cpu: 100\n",
    );
    world.apply(Input::Apply {
        manifest: huge.as_str().into(),
    });
    let before = pod(&draw(&run(&mut world, 0.5), &speed(1.0)), "huge").at;
    apply(&mut world, &names("p", 60));
    let crowded = pod(&draw(&run(&mut world, 1.5), &speed(1.0)), "huge").at;
    assert!(crowded.width < before.width / 2.0, "{crowded:?}");
    let after = pod(&draw(&run(&mut world, 10.0), &speed(1.0)), "huge").at;
    assert_eq!(before, after);
}

#[test]
fn above_ten_times_pods_cross_fade_and_above_fifty_nothing_moves() {
    let mut world = world();
    apply(&mut world, &names("p", 1));
    let rest = pod(&draw(&run(&mut world.clone(), 60.0), &speed(1.0)), "p-000").at;
    // Seen for 240 ms of screen time first; then so many milliseconds on its way.
    let at = |times: f64, ms: f64| {
        let seconds = (0.24 + ms / 1e3) * times;
        let picture = draw(&run(&mut world.clone(), seconds), &speed(times));
        pod(&picture, "p-000").clone()
    };
    assert_eq!(at(10.0, 20.0).motion, Some(Motion::Travels));
    let (out, back) = (at(20.0, 40.0), at(20.0, 120.0));
    for faded in [&out, &back] {
        assert_eq!(faded.motion, Some(Motion::CrossFades));
        assert!(faded.opacity > 0.0 && faded.opacity < 1.0);
    }
    assert!(out.at.y < 0.0 && back.at == rest);
    let instant = at(100.0, 0.0);
    assert_eq!(
        (instant.motion, instant.at, instant.opacity),
        (None, rest, 1.0)
    );
    let later = run(&mut world, 30.0);
    assert!(moves_until(&later, &speed(1.0)) < later.time);
}

#[test]
fn with_reduced_motion_a_ghost_stays_behind_and_pulls_go_in_tenths() {
    let mut world = world();
    apply(&mut world, &names("p", 1));
    let left = leaves_at(&draw(&run(&mut world.clone(), 3.0), &speed(1.0)), "p-000");
    let rest = pod(&draw(&run(&mut world.clone(), 60.0), &speed(1.0)), "p-000").at;
    let mut ghosts = 0;
    let mut parts = Vec::new();
    for step in 0..100 {
        let snapshot = run(&mut world, left.as_seconds() + f64::from(step) * 0.05);
        let look = Look {
            reduced_motion: true,
            ..Look::default()
        };
        let drawn = draw_as(&snapshot, &speed(1.0), look, &mut SceneCache::default());
        let glyph = pod(&drawn, "p-000");
        assert_eq!(
            (glyph.at, glyph.motion, glyph.ring, glyph.opacity),
            (rest, None, None, 1.0)
        );
        ghosts += usize::from(glyph.ghost.is_some());
        parts.extend(glyph.pulled);
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
        parts.extend(pod(&drawn, "p-000").pulled);
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
    said(&tree(&snapshot, &mut Outline::default()), &mut lines);
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
    said(
        &tree(&world.snapshot(), &mut Outline::default()),
        &mut lines,
    );
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
    let selected = tree(&world.snapshot(), &mut Outline::default())[1]
        .selection
        .clone();
    assert_eq!(selected, Some(Selection::Host("host-1".into())));
}

#[test]
fn requests_that_no_quantity_can_sum_are_drawn_as_much_as_one_can() {
    let mut world = world();
    let large = |name: &String| {
        manifest(name).replace(
            "spec:\n",
            "spec:\n  nodeName: gone\n  resources: {limits: {memory: 7Ei}, requests: {memory: 7Ei}}\n",
        )
    };
    let manifest = names("p", 3).iter().map(large).collect::<Vec<_>>();
    let manifest = manifest.join("---\n").as_str().into();
    world.apply(Input::Apply { manifest });
    let picture = draw(&run(&mut world, 5.0), &speed(1.0));
    assert_eq!(picture.pods.len(), 3);
    let node = picture.nodes.iter().find(|node| &*node.name == "gone");
    assert_eq!(node.expect("it is drawn").memory_bytes.0, i64::MAX);
}
