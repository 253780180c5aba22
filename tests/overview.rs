//! What a cluster comes to in numbers: brought along by changes alone it is what counting anew gives,
//! whatever is done to the history; and it says what the Pods say.

use podarium::api::ObjectKey;
use podarium::cluster::{Budget, Input, Setup, SimTime, Simulation};
use podarium::history::History;
use podarium::scene::{Concern, Overview, State};
use proptest::prelude::*;

use common::deeds::{deeds, go_on, settle};

mod common;

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

    #[test]
    fn brought_along_by_changes_it_is_what_counting_anew_gives(seed: u64, deeds in deeds(), parts in prop::collection::vec(0.0..1.0, 3)) {
        let mut history = History::new(Setup::default(), seed);
        let mut overview = Overview::of(&history.snapshot());
        for deed in &deeds {
            go_on(&mut history, std::slice::from_ref(deed));
            let snapshot = history.snapshot();
            overview.bring_to(&snapshot);
            prop_assert_eq!(&overview, &Overview::of(&snapshot));
        }
        for part in parts {
            history.seek(SimTime((history.now().0 as f64 * part) as i64));
            settle(&mut history);
            let snapshot = history.snapshot();
            overview.bring_to(&snapshot);
            prop_assert_eq!(&overview, &Overview::of(&snapshot));
        }
    }
}

fn apply(world: &mut Simulation, manifest: &str) {
    let manifest = manifest.into();
    world.apply(Input::Apply { manifest });
}

#[test]
fn it_counts_pods_by_state_node_and_host_and_names_what_needs_a_look() {
    let mut world = Simulation::new(Setup::default(), 7);
    apply(
        &mut world,
        "apiVersion: v1\nkind: Pod\nmetadata: {name: good}\nspec:\n  nodeName: node-1\n  containers:\n  - {name: web, image: demo/web:1, resources: {requests: {cpu: 500m, memory: 64Mi}}}\n---\n\
         apiVersion: v1\nkind: Pod\nmetadata: {name: bad}\nspec:\n  nodeName: node-3\n  containers:\n  - {name: sh, image: busybox, command: [sh, -c, exit 1]}\n---\n\
         apiVersion: v1\nkind: Pod\nmetadata: {name: large}\nspec:\n  containers:\n  - {name: web, image: demo/web:1, resources: {requests: {cpu: '64'}}}\n",
    );
    world.run_until(SimTime::from_seconds(30.0), Budget::ENDLESS);
    let snapshot = world.snapshot();
    let overview = Overview::of(&snapshot);
    let all = overview.all();
    let counts = |state| (all.pods.of(state), overview.unscheduled().of(state));
    assert_eq!(counts(State::Ready), (1, 0));
    assert_eq!(counts(State::Fail), (1, 0));
    assert_eq!(counts(State::Wait), (1, 1));
    assert_eq!((all.nodes, all.ready, all.pods.all()), (3, 3, 3));
    let zones: Vec<_> = overview.zones().iter().collect();
    assert_eq!((zones[0].sums.nodes, zones[1].sums.nodes), (2, 1));
    assert_eq!(zones[0].sums.cpu.requested, 500);
    assert_eq!(zones[1].sums.pods.of(State::Fail), 1);
    let node = overview.node("node-1").expect("it stands there");
    assert_eq!(node.cpu.part(), 0.25);
    assert_eq!((node.room.requested, node.room.allocatable), (1, 110));
    let concern = Concern::Container {
        pod: ObjectKey::pod("default", "bad"),
        name: "sh".into(),
        node: "node-3".into(),
    };
    assert_eq!(overview.concerns(&snapshot, 10), [concern]);
}

#[test]
fn sums_that_no_cluster_could_hold_are_exact_and_are_taken_back_exactly() {
    let mut world = Simulation::new(Setup::default(), 7);
    let pod = |name: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  nodeName: gone\n  containers:\n  - {{name: web, image: demo/web:1, resources: {{requests: {{memory: 7Ei}}}}}}\n"
        )
    };
    let mut overview = Overview::of(&world.snapshot());
    let empty = *overview.all();
    apply(&mut world, &["a", "b", "c"].map(pod).join("---\n"));
    world.run_until(SimTime::from_seconds(5.0), Budget::ENDLESS);
    let snapshot = world.snapshot();
    overview.bring_to(&snapshot);
    assert_eq!(overview, Overview::of(&snapshot));
    let all = 21 * (1_i128 << 60);
    let load = overview.node("gone").expect("Pods are bound to it");
    assert_eq!(load.memory.requested, all);
    assert_eq!(overview.all().memory.requested, all);
    for name in ["a", "b", "c"] {
        let object = ObjectKey::pod("default", name);
        world.apply(Input::Delete {
            object,
            grace_period_seconds: Some(0),
        });
    }
    world.run_until(SimTime::from_seconds(60.0), Budget::ENDLESS);
    let snapshot = world.snapshot();
    overview.bring_to(&snapshot);
    assert_eq!(overview, Overview::of(&snapshot));
    assert_eq!(overview.all().memory.requested, empty.memory.requested);
    assert!(overview.node("gone").is_none());
}
