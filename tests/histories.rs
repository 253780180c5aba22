//! Two hundred random histories of workloads, nodes and faults, and what must hold in each (`common/story/mod.rs`);
//! and that each rule can be broken. `cargo xtask bench histories` lives ten thousand, and one by its number.

use podarium::api::{ObjectKey, Value};
use podarium::cluster::deletion::DeleteOptions;
use podarium::cluster::{Actor, Budget, Input, Setup, SimTime, Simulation, World};

use common::story::{bounds, live, rest};

mod common;

/// Lives so many, one part of them a test, so that they run side by side.
fn all_hold(numbers: std::ops::Range<u64>) {
    for number in numbers {
        if let Err(why) = live(number) {
            panic!("history {number}: {why}\ncargo xtask bench histories -- {number}");
        }
    }
}

#[test]
fn what_must_hold_does_in_the_first_histories() {
    all_hold(0..50);
}

#[test]
fn what_must_hold_does_in_the_second_histories() {
    all_hold(50..100);
}

#[test]
fn what_must_hold_does_in_the_third_histories() {
    all_hold(100..150);
}

#[test]
fn what_must_hold_does_in_the_last_histories() {
    all_hold(150..200);
}

/// Of the ten thousand those that showed what was wrong: with the simulation (nobody looked at a DaemonSet's new Pods
/// once they had been Ready for long enough; a kubelet left standing what was said of its Pods while it was cut off),
/// or with what was asked of it.
const ONCE_WRONG: [u64; 22] = [
    629, 1301, 1468, 1573, 1723, 4094, 4259, 4359, 4487, 5173, 5220, 6334, 6602, 6974, 7535, 7702,
    7860, 8525, 8881, 9155, 9340, 9573,
];

#[test]
fn what_must_hold_does_in_those_that_were_wrong_once() {
    for number in ONCE_WRONG {
        all_hold(number..number + 1);
    }
}

const WORKLOADS: &str = "
{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {replicas: 3, selector: {matchLabels: {app: d}}, \
 template: {metadata: {labels: {app: d}}, spec: {containers: [{name: a, image: 'demo/web:1'}]}}}}
---
{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: s}, spec: {replicas: 3, serviceName: s, \
 selector: {matchLabels: {app: s}}, template: {metadata: {labels: {app: s}}, \
 spec: {containers: [{name: a, image: 'demo/web:1'}]}}}}
---
{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: each}, spec: {selector: {matchLabels: {app: each}}, \
 template: {metadata: {labels: {app: each}}, spec: {containers: [{name: a, image: 'demo/web:1'}]}}}}
";

/// A world in which all of them are up.
fn world() -> Simulation {
    let mut world = Simulation::new(Setup::default(), 7);
    let manifest = WORKLOADS.into();
    world.apply(Input::Apply { manifest });
    world.run_until(SimTime::from_seconds(60.0), Budget::ENDLESS);
    world
}

fn controller(name: &str) -> Actor {
    Actor::Controller(name.into())
}

/// The first object of a kind whose name begins so.
fn named(world: &World, kind: &str, name: &str) -> ObjectKey {
    let mut all = world.store.list(kind).map(|(key, _)| key);
    let found = all.find(|key| key.name.starts_with(name));
    found.expect("it is there").clone()
}

fn set(world: &mut World, actor: &str, key: &ObjectKey, path: &[&str], value: i64) {
    let written = world.patch(controller(actor), key, |object| object.set(path, value));
    assert!(written.is_ok(), "{written:?}");
}

fn delete(world: &mut World, actor: &str, name: &str) {
    let key = named(world, "Pod", name);
    let deleted = world.delete_with(controller(actor), &key, &DeleteOptions::default());
    assert!(deleted.is_ok(), "{deleted:?}");
}

/// What a controller would do against its rule, and what is said of it.
type Wrong = (&'static str, fn(&mut World));

const WRONGS: [Wrong; 6] = [
    ("5 Pods are wanted, 4 at most", |world| {
        let set_of_d = named(world, "ReplicaSet.apps", "d-");
        set(
            world,
            "deployment-controller",
            &set_of_d,
            &["spec", "replicas"],
            5,
        );
    }),
    ("2 stay available, 3 were, 3 at least", |world| {
        let set_of_d = named(world, "ReplicaSet.apps", "d-");
        set(
            world,
            "deployment-controller",
            &set_of_d,
            &["spec", "replicas"],
            2,
        );
    }),
    ("3 Pods of 3 are there", |world| {
        let pod = named(world, "Pod", "d-");
        let mut value = world.store.get(&pod).expect("it is there").value.clone();
        value.remove(&["status"]);
        value.remove(&["spec", "nodeName"]);
        value.remove(&["metadata", "uid"]);
        value.remove(&["metadata", "resourceVersion"]);
        value.set(&["metadata", "name"], "d-one-more");
        let created = world.create(controller("replicaset-controller"), value);
        assert!(created.is_ok(), "{created:?}");
    }),
    ("number 0 isn't available", |world| {
        delete(world, "statefulset-controller", "s-0");
        delete(world, "statefulset-controller", "s-1");
    }),
    ("2 nodes are without, 1 may be", |world| {
        let pods = world.store.list("Pod").map(|(key, _)| key.name.to_string());
        let pods: Vec<String> = pods.filter(|name| name.starts_with("each-")).collect();
        for pod in &pods[..2] {
            delete(world, "daemonset-controller", pod);
        }
    }),
    ("s takes it from each", |world| {
        let pod = named(world, "Pod", "each-");
        let other = named(world, "Pod", "s-");
        let other = world.store.get(&other).expect("it is there").value.clone();
        let owners = ["metadata", "ownerReferences"];
        let other: Value = other.at(&owners).cloned().unwrap_or_default();
        let actor = controller("statefulset-controller");
        let written = world.patch(actor, &pod, |pod| pod.set(&owners, other));
        assert!(written.is_ok(), "{written:?}");
    }),
];

#[test]
fn a_controller_that_breaks_its_rule_is_found_out() {
    for (said, wrong) in WRONGS {
        let mut world = world();
        assert_eq!(bounds::check(world.world().store.changes()).err(), None);
        world.act(wrong);
        let found = bounds::check(world.world().store.changes());
        let found = found.expect_err(said);
        assert!(found.ends_with(said), "{found}, not {said}");
    }
}

#[test]
fn a_world_that_does_not_come_to_what_it_must_is_found_out() {
    assert_eq!(rest::check(&world()), Ok(()));
    let no_controllers = Setup {
        controllers: false,
        ..Setup::default()
    };
    let mut bare = Simulation::new(no_controllers, 7);
    let manifest = WORKLOADS.into();
    bare.apply(Input::Apply { manifest });
    bare.run_until(SimTime::from_seconds(60.0), Budget::ENDLESS);
    rest::check(&bare).expect_err("nobody makes Pods");
    // What nobody has had the time to collect.
    let mut world = world();
    let manifest = "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, ownerReferences: \
         [{apiVersion: v1, kind: Pod, name: gone, uid: 'gone'}]}}"
        .into();
    world.apply(Input::Apply { manifest });
    while world
        .world()
        .store
        .list("ConfigMap")
        .all(|(key, _)| &*key.name != "c")
    {
        assert!(world.handle_next(SimTime::from_seconds(61.0)), "it comes");
    }
    let found = rest::check(&world).expect_err("its owner never was");
    assert!(found.ends_with("its owner gone isn't there"), "{found}");
}
