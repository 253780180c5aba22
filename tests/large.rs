//! A large cluster's picture: where everything stands in it, what is drawn from near, what a canvas is told;
//! and that nothing of it depends on how it came to be known.

use std::collections::BTreeSet;
use std::rc::Rc;

use podarium::api::ObjectKey;
use podarium::cluster::{Budget, Input, Runtime, Setup, SimTime, Simulation, Snapshot};
use podarium::machine::{Host, Machine, Machines};
use podarium::scene::{
    Ground, NodeMark, Overview, Rect, SceneCache, Selection, Shape, Speeds, State, is_large, near,
};

/// Three hosts with so many nodes each.
fn setup(each: usize) -> Setup {
    let names = ["zone-a", "zone-b", "zone-c"];
    let hosts = names.map(|name| Host { name: name.into() });
    let machine = |number: usize| Machine {
        name: format!("node-{number}").as_str().into(),
        host: names[number % 3].into(),
        cpu_milli: 4000,
        memory_bytes: 16 << 30,
        pods: 110,
        labels: Default::default(),
        taints: Vec::new(),
    };
    Setup {
        machines: Machines {
            hosts: hosts.into(),
            machines: (0..3 * each).map(machine).collect(),
        },
        runtime: Runtime::Instant,
        ..Setup::default()
    }
}

/// Pods of one container, every fifth of two.
fn pods(from: usize, count: usize) -> Input {
    let pod = |number: usize| {
        let second = match number % 5 {
            0 => "  - name: b\n    image: demo/web:1\n",
            _ => "",
        };
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p{number}\nspec:\n  containers:\n  - name: a\n    image: demo/web:1\n    \
             resources:\n      requests:\n        cpu: 100m\n{second}"
        )
    };
    let all: Vec<String> = (from..from + count).map(pod).collect();
    Input::Apply {
        manifest: all.join("---\n").as_str().into(),
    }
}

fn world(nodes_each: usize, count: usize) -> Simulation {
    let mut world = Simulation::new(setup(nodes_each), 7);
    world.run_until(SimTime::from_seconds(1.0), Budget::ENDLESS);
    for from in (0..count).step_by(100) {
        world.apply(pods(from, 100.min(count - from)));
    }
    world.run_until(SimTime::from_seconds(15.0), Budget::ENDLESS);
    world
}

fn everything(snapshot: &Snapshot) -> (Ground, Overview) {
    (
        Ground::of(snapshot, Shape::Wide, None),
        Overview::of(snapshot),
    )
}

fn overlap(a: &Rect, b: &Rect) -> bool {
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

fn inside(part: &Rect, all: &Rect) -> bool {
    part.x >= all.x
        && part.y >= all.y
        && part.x + part.width <= all.x + all.width
        && part.y + part.height <= all.y + all.height
}

#[test]
fn a_cluster_is_large_from_five_hundred_things_on() {
    let overview = |each, pods| Overview::of(&world(each, pods).snapshot());
    assert!(!is_large(&overview(7, 200)));
    assert!(is_large(&overview(163, 12)));
}

#[test]
fn cards_stand_on_their_hosts_and_pods_on_their_cards_and_none_over_another() {
    let snapshot = world(10, 480).snapshot();
    let overview = Overview::of(&snapshot);
    for shape in [Shape::Wide, Shape::Narrow, Shape::Low] {
        let ground = Ground::of(&snapshot, shape, None);
        let hosts: Vec<_> = ground.hosts().collect();
        let nodes: Vec<_> = ground.nodes().collect();
        assert_eq!((hosts.len(), nodes.len()), (3, 30));
        for (at, (name, card)) in nodes.iter().enumerate() {
            let host = &snapshot.machines.get(name).expect("it is one").host;
            let plate = hosts.iter().find(|(other, _)| other == host);
            assert!(inside(card, &plate.expect("it is drawn").1), "{name}");
            assert!(nodes[..at].iter().all(|(_, other)| !overlap(card, other)));
            let marks: Vec<_> = ground.pods(&snapshot, &overview, name).collect();
            assert!(!marks.is_empty());
            for (at, mark) in marks.iter().enumerate() {
                assert!(inside(&mark.rect, card), "{} on {name}", mark.key);
                assert!(
                    marks[..at]
                        .iter()
                        .all(|other| !overlap(&mark.rect, &other.rect))
                );
            }
        }
        assert!(
            ground
                .hosts()
                .all(|(_, rect)| inside(rect, &ground.bounds()))
        );
    }
}

#[test]
fn what_stands_keeps_its_place_while_pods_come_and_go() {
    let mut world = world(10, 300);
    let before = world.snapshot();
    let (ground, overview) = everything(&before);
    world.apply(Input::Delete {
        object: ObjectKey::pod("default", "p17"),
        grace_period_seconds: Some(0),
    });
    world.run_until(SimTime::from_seconds(70.0), Budget::ENDLESS);
    world.apply(pods(300, 3));
    world.run_until(SimTime::from_seconds(80.0), Budget::ENDLESS);
    let after = world.snapshot();
    let now = Ground::of(&after, Shape::Wide, Some(&ground));
    assert!(now.is(&ground), "no machine came or went");
    let mut compared = 0;
    for (name, _) in ground.nodes() {
        for mark in ground.pods(&before, &overview, name) {
            let selection = Selection::Object(mark.key.clone());
            if let Some(place) = now.place_of(&after, &selection) {
                assert_eq!(place, mark.rect, "{}", mark.key);
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 299);
}

#[test]
fn a_place_is_found_again_by_what_stands_on_it() {
    let snapshot = world(10, 300).snapshot();
    let (ground, overview) = everything(&snapshot);
    let middle = |rect: &Rect| (rect.x + rect.width / 2.0, rect.y + rect.height / 2.0);
    for (name, card) in ground.nodes() {
        let node = Selection::Object(ObjectKey::node(name));
        assert_eq!(
            ground.under(&snapshot, middle(card), false),
            Some(node.clone())
        );
        assert_eq!(ground.place_of(&snapshot, &node), Some(*card));
        for mark in ground.pods(&snapshot, &overview, name) {
            let pod = Some(Selection::Object(mark.key.clone()));
            assert_eq!(ground.under(&snapshot, middle(&mark.rect), true), pod);
        }
    }
}

#[test]
fn a_pod_in_the_tray_is_found_by_its_place() {
    let mut world = world(10, 300);
    let manifest = (0..40).map(|number| format!("---\napiVersion: v1\nkind: Pod\nmetadata: {{name: large-{number}}}\nspec:\n  containers:\n  - {{name: a, image: demo/web:1, resources: {{requests: {{cpu: '64'}}}}}}\n"));
    let manifest: String = manifest.collect();
    world.apply(Input::Apply {
        manifest: manifest.as_str().into(),
    });
    world.run_until(SimTime::from_seconds(70.0), Budget::ENDLESS);
    let snapshot = world.snapshot();
    for shape in [Shape::Wide, Shape::Narrow, Shape::Low] {
        let overview = Overview::of(&snapshot);
        let ground = Ground::of(&snapshot, shape, None);
        let marks: Vec<_> = ground.waiting(&snapshot, &overview, 100).collect();
        assert_eq!(marks.len(), 40);
        for mark in marks {
            let rect = mark.rect;
            assert!(inside(&rect, &ground.tray()), "{rect:?}");
            assert_eq!(mark.state, State::Wait);
            let at = (rect.x + rect.width / 2.0, rect.y + rect.height / 2.0);
            let pod = Some(Selection::Object(mark.key.clone()));
            assert_eq!(ground.under(&snapshot, at, true), pod);
        }
    }
}

#[test]
fn from_near_only_what_is_seen_is_drawn_and_it_stands_where_the_canvas_has_it() {
    let snapshot = world(10, 300).snapshot();
    let (ground, overview) = everything(&snapshot);
    let card = ground.node("node-7").expect("it stands there");
    let speeds = Speeds::from(vec![(SimTime::ZERO, 1.0)]);
    let mut cache = SceneCache::default();
    let draw = |seen: &Rect, cache: &mut SceneCache| {
        near(
            (&snapshot, &overview),
            (&speeds, snapshot.time),
            &ground,
            seen,
            cache,
        )
    };
    let scene = draw(&card, &mut cache);
    let drawn: Vec<_> = scene.nodes.iter().map(|node| &*node.name).collect();
    assert_eq!(drawn, ["node-7"]);
    let load = overview.node("node-7").expect("it is known");
    assert_eq!(scene.nodes[0].pods, load.pods.all());
    assert_eq!(scene.nodes[0].cpu_milli, (100 * load.pods.all(), 4000));
    assert_eq!(NodeMark::of(load).shares[0], load.cpu.part());
    assert_eq!(scene.pods.len() as i64, load.pods.all());
    for pod in &scene.pods {
        let selection = Selection::Object(pod.body.key.clone());
        let place = ground.place_of(&snapshot, &selection);
        assert_eq!(place, Some(pod.course.home));
    }
    // What was drawn before makes no difference.
    let other = ground.node("node-8").expect("it stands there");
    draw(&other, &mut cache);
    assert_eq!(
        draw(&card, &mut cache),
        draw(&card, &mut SceneCache::default())
    );
}

/// So many hosts, each with as many nodes as `of` says.
fn uneven(hosts: usize, of: fn(usize) -> usize) -> Setup {
    let mut setup = setup(1);
    let machine = setup.machines.machines[0].clone();
    let name = |number: usize| Rc::<str>::from(format!("rack-{number}"));
    let on = |host: usize| {
        let machine = machine.clone();
        (0..of(host)).map(move |number| Machine {
            name: format!("node-{host}-{number}").as_str().into(),
            host: name(host),
            ..machine.clone()
        })
    };
    setup.machines = Machines {
        hosts: (0..hosts)
            .map(|number| Host { name: name(number) })
            .collect(),
        machines: (0..hosts).flat_map(on).collect(),
    };
    setup
}

#[test]
fn hosts_of_one_row_are_as_high_as_the_highest_needs_to_be() {
    for shape in [Shape::Wide, Shape::Narrow, Shape::Low] {
        let snapshot = Simulation::new(uneven(40, |host| 1 + host * 7 % 12), 7).snapshot();
        let ground = Ground::of(&snapshot, shape, None);
        let cards: Vec<Rect> = ground.nodes().map(|(_, rect)| *rect).collect();
        let mut rows: Vec<(f64, f64, f64)> = Vec::new();
        for (_, host) in ground.hosts() {
            let on_it = cards.iter().filter(|card| inside(card, host));
            let lowest = on_it.map(|card| card.y + card.height).fold(0.0, f64::max);
            match rows.last_mut().filter(|(y, ..)| *y == host.y) {
                Some((_, height, low)) => {
                    assert_eq!(*height, host.height);
                    *low = low.max(lowest);
                }
                None => rows.push((host.y, host.height, lowest)),
            }
        }
        assert!(rows.len() > 1);
        let below = |(y, height, low): &(f64, f64, f64)| y + height - low;
        let pad = below(&rows[0]);
        assert!(pad > 0.0);
        for row in &rows {
            assert!((below(row) - pad).abs() < 1e-6, "{shape:?}: {rows:?}");
        }
    }
}

#[test]
fn nodes_that_no_host_has_stand_in_a_square_on_a_narrow_page() {
    for hosts in [0, 1] {
        let mut world = Simulation::new(uneven(hosts, |_| 1), 7);
        let pod = |number: usize| {
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p{number}\nspec:\n  nodeName: gone-{number}\n  containers:\n  - name: a\n    image: demo/web:1\n"
            )
        };
        let pods: Vec<String> = (0..64).map(pod).collect();
        world.apply(Input::Apply {
            manifest: pods.join("---\n").as_str().into(),
        });
        world.run_until(SimTime::from_seconds(1.0), Budget::ENDLESS);
        let ground = Ground::of(&world.snapshot(), Shape::Narrow, None);
        let strays = ground.nodes().filter(|(name, _)| name.starts_with("gone-"));
        let columns: BTreeSet<i64> = strays.map(|(_, rect)| rect.x as i64).collect();
        assert_eq!(columns.len(), 8, "{hosts} hosts");
    }
}
