//! What the Ownership view says of small worlds.

use super::{
    Coming, Moves, Ownership, Set, looked, moves, ownership, plan, revision, root_of, until,
};
use crate::api::ObjectKey;
use crate::cluster::{Budget, Input, Setup, SimTime, Simulation, Snapshot};
use crate::scene::{Outline, Selection, Speeds, tree};

const RULE: &str = "{apiVersion: v1, kind: ReplicationController, metadata: {name: rc}, spec: {replicas: 3, \
    selector: {app: old}, template: {metadata: {labels: {app: old}}, spec: {terminationGracePeriodSeconds: 2, \
    containers: [{name: a, image: 'demo/web:1'}]}}}}";

fn world(manifest: &str) -> Simulation {
    let mut simulation = Simulation::new(Setup::default(), 7);
    simulation.apply(Input::Apply {
        manifest: manifest.into(),
    });
    run(&mut simulation, 20.0);
    simulation
}

fn run(simulation: &mut Simulation, seconds: f64) -> Snapshot {
    let until = SimTime(simulation.now().0 + (seconds * 1e6) as i64);
    simulation.run_until(until, Budget::ENDLESS);
    simulation.snapshot()
}

fn shown(snapshot: &Snapshot) -> Ownership {
    ownership(snapshot, None, snapshot.time)
}

fn only(shown: &Ownership) -> &Set {
    let [family] = &shown.families[..] else {
        panic!("{shown:?}");
    };
    let [set] = &family.sets[..] else {
        panic!("{family:?}");
    };
    set
}

fn rows(set: &Set) -> Vec<(usize, &str)> {
    let rows = set.pods.iter();
    rows.map(|row| (row.row, &*row.words)).collect()
}

/// The names of the tree's items below this one, as far as they begin so.
fn below(snapshot: &Snapshot, name: &str) -> Vec<String> {
    let mut outline = Outline::default();
    outline.nest_by_owner(true);
    let all = tree(snapshot, &mut outline);
    let branch = all.iter().find(|branch| branch.name.starts_with(name));
    let branch = branch.unwrap_or_else(|| panic!("no {name} in {all:#?}"));
    let inside = branch.children.iter().map(|child| child.name.to_string());
    std::iter::once(branch.name.to_string())
        .chain(inside)
        .collect()
}

#[test]
fn a_replication_controller_shows_its_numbers_and_its_pods_in_rows() {
    let snapshot = world(RULE).snapshot();
    let shown = shown(&snapshot);
    let set = only(&shown);
    assert_eq!(set.card.kind, "ReplicationController");
    assert_eq!(set.card.lines, ["demo/web:1", "selector app=old"]);
    assert_eq!(
        set.card.numbers,
        [("Desired", 3), ("Current", 3), ("Ready", 3)]
    );
    assert_eq!(
        rows(set),
        [
            (0, "Running, Ready"),
            (1, "Running, Ready"),
            (2, "Running, Ready")
        ]
    );
    let said = below(&snapshot, "ReplicationController default/rc");
    let numbers = "ReplicationController default/rc, desired 3, current 3, ready 3";
    assert!(said[0].starts_with(numbers), "{said:?}");
    assert_eq!(said.len(), 4);
    assert!(
        said[1].starts_with("Pod default/rc-") && said[1].ends_with(", Running, 1 of 1 ready"),
        "{said:?}"
    );
}

#[test]
fn a_pod_that_goes_says_so_and_the_one_that_comes_takes_no_other_s_row() {
    let mut simulation = world(RULE);
    let before = simulation.snapshot();
    let shown_before = shown(&before);
    let middle = only(&shown_before).pods[1].body.key.clone();
    simulation.apply(Input::Delete {
        object: middle.clone(),
        grace_period_seconds: None,
    });
    let during = run(&mut simulation, 0.5);
    let shown_during = shown(&during);
    let set = only(&shown_during);
    assert_eq!(set.pods[1].body.key, middle);
    assert_eq!(set.pods[1].words, "Terminating, 2 s left");
    assert_eq!(
        set.pods[1].note,
        "Being deleted. Its ReplicationController counts it no longer."
    );
    assert_eq!(rows(set).len(), 4, "one more was made");
    let after = run(&mut simulation, 20.0);
    let shown_after = shown(&after);
    let left: Vec<(usize, &ObjectKey)> = only(&shown_after)
        .pods
        .iter()
        .map(|row| (row.row, &row.body.key))
        .collect();
    assert_eq!(left.len(), 3);
    for (row, key) in left {
        let known = set.pods.iter().find(|pod| pod.body.key == *key);
        assert_eq!(known.map(|pod| pod.row), Some(row), "{key} has moved");
    }
}

#[test]
fn many_pods_are_counted_by_their_state() {
    let mut simulation = world(&RULE.replace("replicas: 3", "replicas: 30"));
    let snapshot = run(&mut simulation, 30.0);
    let shown = shown(&snapshot);
    let set = only(&shown);
    assert!(set.pods.is_empty());
    assert_eq!(set.counts, [(crate::scene::State::Ready, 30)]);
}

#[test]
fn the_root_of_a_container_is_its_owner_s_and_a_pod_of_nobody_has_none() {
    let bare = "{apiVersion: v1, kind: Pod, metadata: {name: bare}, spec: {containers: [{name: a, image: 'demo/web:1'}]}}";
    let snapshot = world(&format!("{RULE}\n---\n{bare}")).snapshot();
    let shown = shown(&snapshot);
    let pod = only(&shown).pods[0].body.key.clone();
    let container = Selection::Container {
        pod,
        name: "a".into(),
    };
    let rc = ObjectKey::new("ReplicationController", "default", "rc");
    assert_eq!(root_of(&snapshot.store, &container), Some(rc));
    let bare = Selection::Object(ObjectKey::pod("default", "bare"));
    assert_eq!(root_of(&snapshot.store, &bare), None);
    assert_eq!(
        below(&snapshot, "No owner"),
        ["No owner", "Pod default/bare, Running, 1 of 1 ready"]
    );
}

#[test]
fn a_look_says_what_was_seen_wanted_and_done_and_what_is_waited_for() {
    let mut simulation = Simulation::new(Setup::default(), 7);
    simulation.apply(Input::Apply {
        manifest: RULE.into(),
    });
    let rc = ObjectKey::new("ReplicationController", "default", "rc");
    let mut said: Vec<String> = Vec::new();
    for _ in 0..2_000 {
        run(&mut simulation, 0.01);
        let Some(look) = looked(&simulation.snapshot(), &rc) else {
            continue;
        };
        for stage in look.stages {
            let line = format!("{}: {}; {}", stage.part, stage.words, stage.why);
            if !said.contains(&line) {
                said.push(line);
            }
        }
    }
    let is_said = |part: &str, what: &str, why: &str| {
        let mut all = said.iter();
        let found =
            all.any(|line| line.starts_with(part) && line.contains(what) && line.ends_with(why));
        assert!(found, "{part} {what} {why}: {said:#?}");
    };
    is_said("Observe", "0 Pods", "");
    is_said("Compare", "3 Pods", "3 too few");
    is_said("Act", "created", "have 0, want 3");
    is_said("Wait", "for Pod default/rc-", "it has no node yet");
    is_said("Wait", "for Pod default/rc-", "it isn’t Ready yet");
    is_said("Act", "nothing to do", "all is as it should be");
}

#[test]
fn nothing_overlaps_in_any_width() {
    let mut simulation = world(RULE);
    let shown_before = shown(&simulation.snapshot());
    let pod = only(&shown_before).pods[0].body.key.clone();
    simulation.apply(Input::Delete {
        object: pod,
        grace_period_seconds: None,
    });
    let snapshot = run(&mut simulation, 0.5);
    let shown = shown(&snapshot);
    for width in [284.0, 400.0, 560.0, 730.0, 940.0, 1_400.0] {
        let plan = plan(
            &shown.families[0],
            &Moves::default(),
            width,
            &|note, room| (note.len() as f64 * 7.0 / room).ceil() as usize,
        );
        let mut all: Vec<_> = plan
            .sets
            .iter()
            .flat_map(|set| set.pods.iter().copied())
            .collect();
        all.extend(plan.sets.iter().map(|set| set.card));
        for (number, a) in all.iter().enumerate() {
            assert!(
                a.x >= 0.0 && a.x + a.width <= width && a.y + a.height <= plan.size.1,
                "{width}: {a:?}"
            );
            for b in &all[..number] {
                let apart = a.x + a.width <= b.x
                    || b.x + b.width <= a.x
                    || a.y + a.height <= b.y
                    || b.y + b.height <= a.y;
                assert!(apart, "{width}: {a:?} and {b:?}");
            }
        }
    }
}

const ROLLS: &str = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 4, \
    selector: {matchLabels: {app: web}}, strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 1}}, \
    template: {metadata: {labels: {app: web}}, spec: {terminationGracePeriodSeconds: 5, \
    containers: [{name: web, image: 'demo/web:1'}]}}}}";

#[test]
fn a_rolling_update_moves_between_its_fenceposts_and_names_the_pod_it_waits_for() {
    let mut simulation = world(ROLLS);
    simulation.apply(Input::Apply {
        manifest: ROLLS.replace("demo/web:1", "demo/web:2").into(),
    });
    let mut notes: Vec<String> = Vec::new();
    let mut questions: Vec<&str> = Vec::new();
    for _ in 0..600 {
        let snapshot = run(&mut simulation, 0.1);
        let shown = shown(&snapshot);
        let [family] = &shown.families[..] else {
            panic!("{shown:?}");
        };
        let fence = family.fence.as_ref().expect("it rolls");
        assert_eq!((fence.desired, fence.least, fence.most), (4, 3, 5));
        assert!(fence.all <= 5 && fence.available >= 3, "{fence:?}");
        questions.extend(fence.held().map(|(question, _)| question));
        let rows = family.sets.iter().flat_map(|set| &set.pods);
        notes.extend(rows.map(|row| row.note.clone()));
    }
    for note in [
        "The update waits for this one.",
        "Being deleted. Its ReplicaSet counts it no longer.",
    ] {
        assert!(notes.iter().any(|one| one == note), "{note}");
    }
    assert!(questions.contains(&"Why does the next old Pod still run?"));
    let snapshot = simulation.snapshot();
    let shown = shown(&snapshot);
    let family = &shown.families[0];
    let kinds: Vec<&str> = family.sets.iter().map(|set| &*set.card.kind).collect();
    assert_eq!(kinds, ["ReplicaSet, new"]);
    assert_eq!(family.folded.len(), 1, "the old one stays, without a Pod");
    assert_eq!(family.folded[0].kind, "ReplicaSet, old");
    let of = |key: &ObjectKey| {
        let object = snapshot.store.get(key).expect("it is shown");
        revision(object).map(String::from)
    };
    let deployment = ObjectKey::new("Deployment.apps", "default", "web");
    assert_eq!(of(&deployment).as_deref(), Some("2"));
    assert_eq!(of(&family.folded[0].key).as_deref(), Some("1"));
    let said = below(&snapshot, "Deployment default/web");
    assert!(
        said[0].starts_with("Deployment default/web, desired 4, updated 4, ready 4, available 4"),
        "{said:?}"
    );
    assert!(
        said[1].contains(", desired 4, current 4, ready 4"),
        "{said:?}"
    );
    assert!(
        said[2].contains(", desired 0, current 0, ready 0"),
        "{said:?}"
    );
}

#[test]
fn pods_come_from_their_owner_become_ready_once_and_fade_in_their_row() {
    let mut simulation = world(RULE);
    let still = simulation.snapshot();
    let speeds = Speeds::default();
    let of =
        |snapshot: &Snapshot, t: SimTime| moves(snapshot, &shown(snapshot), t, &speeds).remove(0);
    assert_eq!(
        of(&still, still.time),
        Moves::default(),
        "nothing changed lately"
    );
    assert!(
        until(&still, &speeds) <= still.time,
        "no frame is asked for"
    );
    let before = rows_of(&still);
    let scaled = |replicas: &str| Input::Apply {
        manifest: RULE.replace("replicas: 3", replicas).as_str().into(),
    };
    simulation.apply(scaled("replicas: 2"));
    let mut snapshot = run(&mut simulation, 0.01);
    while rows_of(&snapshot).len() > 2 {
        snapshot = run(&mut simulation, 0.01);
        assert!(snapshot.time.0 < still.time.0 + 10_000_000, "one goes");
    }
    let (at, left) = (snapshot.time, rows_of(&snapshot));
    let seen = of(&snapshot, at);
    let [going] = &seen.going[..] else {
        panic!("{seen:?}");
    };
    let own = (going.row.row, going.row.body.key.clone());
    assert!(before.contains(&own) && !left.contains(&own), "{own:?}");
    assert!(going.seen > 0.0 && going.seen <= 1.0);
    assert!(until(&snapshot, &speeds) > at);
    // Another one comes from its owner.
    simulation.apply(scaled("replicas: 3"));
    while rows_of(&snapshot).len() < 3 {
        snapshot = run(&mut simulation, 0.01);
    }
    snapshot = run(&mut simulation, 0.1);
    let coming = of(&snapshot, snapshot.time).coming;
    assert!(
        matches!(coming[..], [(_, Coming::Travels(part))] if part > 0.0 && part < 1.0),
        "{coming:?}"
    );
    let later = SimTime(until(&snapshot, &speeds).0 + 1);
    assert_eq!(of(&snapshot, later), Moves::default());
    // Backwards it is the same.
    assert_eq!(of(&snapshot, snapshot.time).coming, coming);
    // When time is too quick for a way it fades in, and when it is quicker it is there.
    for (speed, fades) in [(20.0, true), (100.0, false)] {
        let speeds = Speeds::new(vec![(SimTime(0), speed)]);
        let coming = moves(&snapshot, &shown(&snapshot), snapshot.time, &speeds)
            .remove(0)
            .coming;
        let is_fading = coming
            .iter()
            .any(|(_, comes)| matches!(comes, Coming::Fades(_)));
        assert_eq!(is_fading, fades, "{speed}: {coming:?}");
    }
    while of(&snapshot, snapshot.time).rings.is_empty() {
        snapshot = run(&mut simulation, 0.05);
        assert!(
            snapshot.time < SimTime(at.0 + 30_000_000),
            "it becomes Ready"
        );
    }
}

#[test]
fn numbers_roll_to_what_they_are_and_a_new_owner_grows() {
    let deployment = |image: &str| {
        format!(
            "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: web}}, spec: {{replicas: 2, \
        selector: {{matchLabels: {{app: web}}}}, template: {{metadata: {{labels: {{app: web}}}}, spec: \
        {{containers: [{{name: a, image: '{image}'}}]}}}}}}}}"
        )
    };
    let mut simulation = world(&deployment("demo/web:1"));
    simulation.apply(Input::Apply {
        manifest: deployment("demo/web:2").as_str().into(),
    });
    let mut snapshot = run(&mut simulation, 0.01);
    while shown(&snapshot).families[0].sets.len() < 2 {
        snapshot = run(&mut simulation, 0.005);
    }
    let known = shown(&snapshot);
    let seen = moves(&snapshot, &known, snapshot.time, &Speeds::default()).remove(0);
    assert!(seen.mark.is_some_and(|left| left > 0.5), "{seen:?}");
    let newest = &known.families[0].sets[0].card.key;
    let grown = seen.grows(newest).expect("it has just been made");
    assert!(grown < 0.9, "{grown}");
    let wrapped = |_: &str, _: f64| 1;
    let on_its_way = plan(&known.families[0], &seen, 1_000.0, &wrapped);
    let stands = plan(&known.families[0], &Moves::default(), 1_000.0, &wrapped);
    assert!(on_its_way.sets[0].card.height < stands.sets[0].card.height);
    assert!(on_its_way.sets[1].card.y < stands.sets[1].card.y);
    while seen_rolls(&snapshot).is_empty() {
        snapshot = run(&mut simulation, 0.005);
    }
}

fn rows_of(snapshot: &Snapshot) -> Vec<(usize, ObjectKey)> {
    let shown = shown(snapshot);
    let rows = only(&shown).pods.iter();
    rows.map(|row| (row.row, row.body.key.clone())).collect()
}

fn seen_rolls(snapshot: &Snapshot) -> Vec<(&'static str, i64)> {
    let all = moves(
        snapshot,
        &shown(snapshot),
        snapshot.time,
        &Speeds::default(),
    )
    .remove(0);
    all.numbers
        .iter()
        .map(|one| (one.name, one.before))
        .collect()
}
