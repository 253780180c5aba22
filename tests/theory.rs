//! The same deed in three worlds: what is placed, moved and lost as one piece, and what a full machine says.

use podarium::api::ObjectKey;
use podarium::cluster::theory::{Deed, HOST_CPU, Place, Stage, Theory, Unit, units};
use podarium::cluster::{Budget, Cause, Input, Progress, Setup, SimTime, Simulation, Verb};
use podarium::history::{History, from_json};
use podarium::scene::theory as scene;
use podarium::scene::{Rect, Speeds};

fn world() -> Simulation {
    Simulation::new(Setup::default(), 7)
}

fn wait(simulation: &mut Simulation, seconds: f64) {
    let until = SimTime::from_seconds(simulation.now().as_seconds() + seconds);
    simulation.run_until(until, Budget::ENDLESS);
}

/// Does it, and waits.
fn act(simulation: &mut Simulation, deed: Deed, seconds: f64) {
    simulation.apply(Input::Theory(deed));
    wait(simulation, seconds);
}

fn theory(simulation: &Simulation) -> Theory {
    let theory = simulation.snapshot().theory;
    Theory::clone(&theory.expect("something was done"))
}

fn vm(simulation: &Simulation, name: &str) -> Unit {
    let all = theory(simulation).hypervisor.site.units;
    let found = all.into_iter().find(|unit| &*unit.name == name);
    found.unwrap_or_else(|| panic!("there is no {name}"))
}

fn containers(simulation: &Simulation) -> Vec<(String, Stage, Option<usize>)> {
    let all = theory(simulation).engine.site.units.into_iter();
    let all = all.filter(|unit| unit.is_yours);
    all.map(|unit| {
        (
            unit.name.to_string(),
            unit.stage,
            unit.place.map(|place| place.machine),
        )
    })
    .collect()
}

/// Units in the cluster: name, node, is it Ready.
fn pods(simulation: &Simulation) -> Vec<(String, String, bool)> {
    let all = units(&simulation.world().store);
    let all = all.filter_map(|(key, object)| {
        let pod = object.pod()?;
        Some((
            key.name.to_string(),
            pod.spec.node_name.to_string(),
            pod.is_ready(),
        ))
    });
    all.collect()
}

/// What was said of the two worlds since so many changes: `vm-3 runs: …`
fn said(simulation: &Simulation, since: usize) -> Vec<String> {
    let changes = simulation.world().store.changes().iter().skip(since);
    let told = changes.filter(|change| change.verb == Verb::Happened);
    told.map(|change| format!("{} {}", change.object.name, change.message))
        .collect()
}

fn assert_said(simulation: &Simulation, since: usize, words: &str) {
    let said = said(simulation, since);
    assert!(
        said.iter().any(|line| line.contains(words)),
        "{words}: {said:#?}"
    );
}

fn recorded(simulation: &Simulation) -> usize {
    simulation.world().store.changes().len()
}

#[test]
fn one_is_placed_in_each_world() {
    let mut simulation = world();
    act(&mut simulation, Deed::PlaceOne, 30.0);
    let third = Some(Place {
        machine: 0,
        slot: 2,
    });
    assert_eq!(
        (vm(&simulation, "vm-3").stage, vm(&simulation, "vm-3").place),
        (Stage::Running, third)
    );
    assert_eq!(
        containers(&simulation),
        [("cache".into(), Stage::Running, Some(0))]
    );
    let all = pods(&simulation);
    assert_eq!(
        (all.len(), &*all[0].0, all[0].2),
        (1, "hello-pod", true),
        "{all:?}"
    );
    let pod = simulation
        .world()
        .store
        .get(&ObjectKey::pod("default", "hello-pod"));
    let containers = &pod.unwrap().pod().unwrap().spec.containers;
    let names: Vec<&str> = containers.iter().map(|one| &*one.name).collect();
    assert_eq!(names, ["hello-ctr", "log-shipper"]);
}

#[test]
fn a_full_host_refuses_a_virtual_machine_and_says_why() {
    let mut simulation = world();
    act(&mut simulation, Deed::PlaceOne, 30.0);
    let before = recorded(&simulation);
    act(&mut simulation, Deed::PlaceOne, 1.0);
    assert_said(
        &simulation,
        before,
        "metal-1 refuses it: it asks for 2 CPU and 4Gi as a whole, and 0 CPU and 0Gi are free",
    );
    assert_eq!(
        vm(&simulation, "vm-4").place,
        Some(Place {
            machine: 1,
            slot: 0
        })
    );
    for _ in 0..HOST_CPU / 2 {
        act(&mut simulation, Deed::PlaceOne, 1.0);
    }
    // Both are full: the last one was refused by both, and is nowhere.
    let last = vm(&simulation, "vm-7");
    assert_eq!((last.stage, last.place), (Stage::Refused, None));
    assert_said(
        &simulation,
        before,
        "vm-7 is not created, and nobody tries again. metal-1 refuses it",
    );
    let site = theory(&simulation).hypervisor.site;
    assert_eq!([0, 1].map(|host| site.taken(host).count()), [3, 3]);
}

#[test]
fn scaling_makes_more_units_and_never_a_bigger_one() {
    let mut simulation = world();
    act(&mut simulation, Deed::PlaceOne, 30.0);
    let before = pods(&simulation);
    act(&mut simulation, Deed::ScaleToThree, 30.0);
    let now = pods(&simulation);
    assert_eq!(now.len(), 3);
    assert!(
        now.contains(&before[0]),
        "what was there is adopted: {now:?}"
    );
    assert!(now.iter().all(|(.., ready)| *ready));
    let (store, own) = (
        &simulation.world().store,
        ObjectKey::new("ReplicaSet.apps", "default", "hello-pod"),
    );
    let uid = store.get(&own).expect("it keeps them").meta.uid.clone();
    assert_eq!(store.owned_of(&uid, "Pod", "default").count(), 3);
    assert_eq!(containers(&simulation).len(), 3);
    let yours = theory(&simulation).hypervisor.site.units;
    assert_eq!(
        yours
            .iter()
            .filter(|unit| unit.is_yours && unit.stage == Stage::Running)
            .count(),
        3
    );
    // One more, and back to three.
    act(&mut simulation, Deed::PlaceOne, 30.0);
    assert_eq!(
        (pods(&simulation).len(), containers(&simulation).len()),
        (4, 4)
    );
    act(&mut simulation, Deed::ScaleToThree, 30.0);
    assert_eq!(
        (pods(&simulation).len(), containers(&simulation).len()),
        (3, 3)
    );
    assert_eq!(theory(&simulation).hypervisor.site.units.len(), 5);
}

#[test]
fn containers_start_one_by_one() {
    let mut simulation = world();
    simulation.apply(Input::Theory(Deed::ScaleToThree));
    let mut running = 0;
    for _ in 0..200 {
        wait(&mut simulation, 0.02);
        let all = containers(&simulation);
        let under_way = |stage| matches!(stage, Stage::Pulling | Stage::Starting);
        assert!(
            all.iter().filter(|(_, stage, _)| under_way(*stage)).count() <= 1,
            "{all:?}"
        );
        let now = all
            .iter()
            .filter(|(_, stage, _)| *stage == Stage::Running)
            .count();
        assert!(now - running <= 1, "{all:?}");
        running = now;
    }
    assert_eq!(running, 3);
}

#[test]
fn what_moves_is_a_virtual_machine_and_the_others_are_replaced() {
    let mut simulation = world();
    act(&mut simulation, Deed::PlaceOne, 30.0);
    let pod = |simulation: &Simulation| {
        let object = simulation
            .world()
            .store
            .get(&ObjectKey::pod("default", "hello-pod"))
            .cloned();
        let object = object.expect("it is there");
        (
            object.meta.uid.clone(),
            object.pod().expect("it is one").spec.node_name.clone(),
        )
    };
    let (uid, node) = pod(&simulation);
    let container = |simulation: &Simulation| {
        theory(simulation)
            .engine
            .site
            .units
            .last()
            .map(|unit| unit.number)
    };
    let number = (vm(&simulation, "vm-3").number, container(&simulation));
    let before = recorded(&simulation);
    act(&mut simulation, Deed::MoveOne, 2.0);
    assert_eq!(
        vm(&simulation, "vm-3").stage,
        Stage::Moving,
        "it runs all the while"
    );
    wait(&mut simulation, 40.0);
    let moved = vm(&simulation, "vm-3");
    assert_eq!((moved.number, moved.stage), (number.0, Stage::Running));
    assert_eq!(
        moved.place,
        Some(Place {
            machine: 1,
            slot: 0
        })
    );
    assert!(
        !said(&simulation, before)
            .iter()
            .any(|line| line.contains("vm-3 is placed"))
    );
    assert_ne!(container(&simulation), number.1, "it is another container");
    assert_eq!(
        containers(&simulation),
        [("cache".into(), Stage::Running, Some(1))]
    );
    let (new, elsewhere) = pod(&simulation);
    assert!(
        new != uid && elsewhere != node,
        "it is another Pod, elsewhere: {elsewhere}"
    );
    let cordoned = simulation
        .world()
        .store
        .get(&ObjectKey::node(&node))
        .cloned();
    assert!(
        !cordoned.unwrap().node().unwrap().spec.unschedulable,
        "it takes Pods again"
    );
}

#[test]
fn a_pod_of_a_replica_set_is_replaced_elsewhere() {
    let mut simulation = world();
    act(&mut simulation, Deed::ScaleToThree, 30.0);
    let before = pods(&simulation);
    act(&mut simulation, Deed::MoveOne, 60.0);
    let now = pods(&simulation);
    assert_eq!(now.len(), 3);
    let gone: Vec<_> = before.iter().filter(|one| !now.contains(one)).collect();
    let new: Vec<_> = now.iter().filter(|one| !before.contains(one)).collect();
    assert_eq!((gone.len(), new.len()), (1, 1), "{before:?} {now:?}");
    assert_ne!(gone[0].1, new[0].1);
}

#[test]
fn a_failed_machine_takes_whole_units_with_it() {
    let mut simulation = world();
    act(&mut simulation, Deed::PlaceOne, 30.0);
    let node = pods(&simulation)[0].1.clone();
    let before = recorded(&simulation);
    act(&mut simulation, Deed::FailMachine, 1.0);
    assert_said(
        &simulation,
        before,
        "metal-1 fails, and takes vm-1, vm-2 and vm-3 along, whole",
    );
    assert_said(
        &simulation,
        before,
        "server-1 fails, and its engine with it: web, db and cache are lost",
    );
    for name in ["vm-1", "vm-2", "vm-3"] {
        assert_eq!(vm(&simulation, name).stage, Stage::Lost);
    }
    let snapshot = simulation.snapshot();
    assert!(snapshot.powered_off.contains_key(&*node));
    assert_eq!(theory(&simulation).failed_node.as_deref(), Some(&*node));
    // The manager restarts all that has room elsewhere; nobody starts containers; no controller keeps the Pod.
    wait(&mut simulation, 400.0);
    for name in ["vm-1", "vm-2", "vm-3"] {
        let unit = vm(&simulation, name);
        assert_eq!(
            (unit.stage, unit.place.map(|place| place.machine)),
            (Stage::Running, Some(1))
        );
    }
    assert_eq!(
        containers(&simulation),
        [("cache".into(), Stage::Lost, Some(0))]
    );
    let left = pods(&simulation);
    assert!(
        left.iter().all(|(_, on, ready)| *on == node && !ready),
        "{left:?}"
    );
    // Ten minutes later somebody has repaired the machines.
    wait(&mut simulation, 300.0);
    assert_eq!(containers(&simulation), []);
    assert!(theory(&simulation).hypervisor.site.is_on(0));
    assert!(!simulation.snapshot().powered_off.contains_key(&*node));
}

#[test]
fn a_lost_machine_without_room_waits_and_a_controller_replaces_pods() {
    let mut simulation = world();
    for _ in 0..2 {
        act(&mut simulation, Deed::PlaceOne, 30.0);
    }
    act(&mut simulation, Deed::ScaleToThree, 60.0);
    // metal-1 has vm-1 to vm-3, metal-2 vm-4 and vm-5: the newest one's host fails.
    let before = recorded(&simulation);
    act(&mut simulation, Deed::FailMachine, 400.0);
    assert_said(
        &simulation,
        before,
        "metal-2 fails, and takes vm-4 and vm-5 along",
    );
    assert_said(
        &simulation,
        before,
        "vm-4 stays off until a host has room. metal-1 refuses it",
    );
    assert_eq!(vm(&simulation, "vm-5").stage, Stage::Lost);
    let ready = pods(&simulation)
        .into_iter()
        .filter(|(.., ready)| *ready)
        .count();
    assert_eq!(ready, 3, "the ReplicaSet has made others");
    wait(&mut simulation, 300.0);
    for name in ["vm-4", "vm-5"] {
        assert_eq!(vm(&simulation, name).stage, Stage::Running, "{name}");
    }
}

#[test]
fn whatever_is_done_with_nothing_there_is_said_and_does_nothing() {
    let mut simulation = world();
    act(&mut simulation, Deed::MoveOne, 5.0);
    assert_said(
        &simulation,
        0,
        "manager has no running virtual machine of yours to move",
    );
    assert_said(
        &simulation,
        0,
        "engine has no running container of yours to move",
    );
    for _ in 0..4 {
        act(&mut simulation, Deed::FailMachine, 5.0);
    }
    assert_said(&simulation, 0, "manager has no host left that could fail");
    act(&mut simulation, Deed::PlaceOne, 5.0);
    assert_said(
        &simulation,
        0,
        "vm-3 is not created, and nobody tries again. No host is on",
    );
    assert_said(&simulation, 0, "cache is not started: no host is on");
}

#[test]
fn all_that_happens_leads_back_to_what_was_done() {
    let mut simulation = world();
    act(&mut simulation, Deed::PlaceOne, 30.0);
    act(&mut simulation, Deed::FailMachine, 60.0);
    let changes = simulation.world().store.changes();
    for change in changes
        .iter()
        .filter(|change| change.verb == Verb::Happened)
    {
        let mut cause = change.cause;
        while let Cause::Change(id) = cause {
            assert!(id < change.id);
            cause = changes[id.0 as usize].cause;
        }
        assert!(matches!(cause, Cause::Input(..)), "{change:?}");
    }
}

#[test]
fn back_and_forth_gives_equal_digests_and_a_journal_comes_back() {
    let mut history = History::new(Setup::default(), 7);
    let deeds = [
        Deed::PlaceOne,
        Deed::ScaleToThree,
        Deed::MoveOne,
        Deed::FailMachine,
    ];
    for (number, deed) in deeds.into_iter().enumerate() {
        let until = SimTime::from_seconds(20.0 * number as f64 + 1.5);
        history.run_until(until, Budget::ENDLESS);
        let record = history.record(Input::Theory(deed));
        history.take(record);
    }
    history.run_until(SimTime::from_seconds(120.0), Budget::ENDLESS);
    let moments = [0.0, 1.7, 1.9, 18.0, 22.0, 42.5, 61.6, 80.0, 119.0].map(SimTime::from_seconds);
    let look = |history: &mut History, at: SimTime| {
        history.seek(at);
        while history.proceed(Budget::ENDLESS) != Progress::Reached {}
        (history.digest(), history.viewed().fingerprint())
    };
    let forth: Vec<_> = moments.iter().map(|at| look(&mut history, *at)).collect();
    let back: Vec<_> = moments
        .iter()
        .rev()
        .map(|at| look(&mut history, *at))
        .collect();
    assert!(forth.iter().eq(back.iter().rev()));
    history.seek(SimTime::MAX);
    let text = serde_json::to_string(&history.journal()).expect("it is text");
    let journal = from_json(&text).expect("it is a journal");
    let mut again = History::restore(journal).expect("it replays");
    while again.proceed(Budget::ENDLESS) != Progress::Reached {}
    assert_eq!(again.viewed().fingerprint(), history.viewed().fingerprint());
}

#[test]
fn a_world_without_it_has_nothing_of_it() {
    let mut simulation = world();
    simulation.apply(Input::Command {
        line: "kubectl run web --image=demo/web:1".into(),
        files: Default::default(),
        stdin: None,
    });
    wait(&mut simulation, 60.0);
    assert!(simulation.snapshot().theory.is_none());
    assert!(
        simulation
            .world()
            .store
            .changes()
            .iter()
            .all(|change| change.verb != Verb::Happened)
    );
}

/// Of a world that is drawn: each unit's name, where it is, and has it brackets?
fn drawn(simulation: &Simulation, at: f64) -> [Vec<(String, Rect, bool)>; 3] {
    let (t, speeds) = (SimTime::from_seconds(at), Speeds::default());
    let snapshot = simulation.snapshot();
    scene::theory(&snapshot, &speeds, t).map(|world| {
        let plan = scene::plan(&world, 340.0);
        let units = world.units.iter();
        let units = units.map(|unit| {
            let pose = unit.pose(&plan, &speeds, t, false);
            (unit.name.to_string(), pose.at, unit.is_bracketed)
        });
        units.collect()
    })
}

#[test]
fn a_unit_is_seen_above_travels_and_stands_and_the_brackets_stay_with_it() {
    let mut simulation = world();
    wait(&mut simulation, 1.0);
    simulation.apply(Input::Theory(Deed::PlaceOne));
    let above = drawn(&simulation, 1.0);
    wait(&mut simulation, 0.31);
    let halfway = drawn(&simulation, 1.0 + 0.3 + 0.24);
    wait(&mut simulation, 9.0);
    let there = drawn(&simulation, 10.0);
    for number in [0, 1, 2] {
        let last = |all: &[Vec<(String, Rect, bool)>; 3]| all[number].last().cloned();
        let (name, at, is_bracketed) = last(&there).expect("it is drawn");
        assert!(is_bracketed, "{name}");
        let (_, mid, _) = last(&halfway).expect("it is drawn");
        assert!(mid.y <= at.y, "{name}: {mid:?} {at:?}");
        if number == 0 {
            let (_, first, _) = last(&above).expect("it is drawn");
            assert!(
                first.y < mid.y && mid.y < at.y,
                "{name}: {first:?} {mid:?} {at:?}"
            );
        }
        // No two stand in one place.
        for (index, (name, one, _)) in there[number].iter().enumerate() {
            for (other, another, _) in &there[number][index + 1..] {
                let apart = one.x + one.width <= another.x
                    || another.x + another.width <= one.x
                    || one.y != another.y;
                assert!(apart, "{name} and {other}");
            }
        }
    }
    assert!(
        there[0]
            .iter()
            .take(2)
            .all(|(.., is_bracketed)| !is_bracketed),
        "the others were there before"
    );
    let until = scene::until(&simulation.snapshot(), &Speeds::default()).as_seconds();
    assert!((1.5..9.0).contains(&until), "{until}");
    assert_eq!(
        drawn(&simulation, until),
        drawn(&simulation, 100.0),
        "then all stands"
    );
}

#[test]
fn each_world_says_what_has_happened_since_the_last_deed() {
    let mut simulation = world();
    let words = |simulation: &Simulation| {
        scene::said(&simulation.snapshot())
            .map(|said| said.into_iter().map(|one| one.words).collect::<Vec<_>>())
    };
    assert_eq!(words(&simulation), [const { Vec::<String>::new() }; 3]);
    act(&mut simulation, Deed::PlaceOne, 30.0);
    let [vms, containers, pods] = words(&simulation);
    assert_eq!(
        vms,
        [
            "vm-3 is asked for, as a whole: 2 CPU and 4Gi",
            "vm-3 is placed on metal-1 as a whole, and boots.",
            "vm-3 runs: it has booted a kernel of its own",
        ]
    );
    assert_eq!(
        containers.last().map(|words| &**words),
        Some("cache runs: processes of its own, on the kernel of server-1")
    );
    assert_eq!(
        pods.last().map(|words| &**words),
        Some("hello-pod is Ready: both of its containers are")
    );
    act(&mut simulation, Deed::MoveOne, 1.0);
    assert!(
        words(&simulation)[2]
            .iter()
            .any(|words| words.contains("a Pod never moves")),
        "{:?}",
        words(&simulation)
    );
}
