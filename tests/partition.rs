//! A machine that is cut off: what it goes on with, what it can't hear, and what becomes of it afterwards.

use std::rc::Rc;

use podarium::api::{Object, ObjectKey};
use podarium::cluster::network::request::{Outcome, Request};
use podarium::cluster::{Fault, Input, Simulation, Verb};

use common::network::{ip, run, send, world};

mod common;

/// The node that `far` of these worlds is on, and the one of whoever asks.
const FAR: &str = "node-3";
const OWN: &str = "node-1";

fn cut(simulation: &mut Simulation, node: &str) {
    simulation.apply(Input::Partition { node: node.into() });
}

fn heal(simulation: &mut Simulation, node: &str) {
    simulation.apply(Input::Heal { node: node.into() });
}

fn apply(simulation: &mut Simulation, manifest: &str) {
    simulation.apply(Input::Apply {
        manifest: manifest.into(),
    });
}

fn ready(simulation: &Simulation, node: &str) -> String {
    let node = simulation
        .world()
        .store
        .get(&ObjectKey::node(node))
        .cloned();
    let node = node.expect("it is there");
    let conditions = &node.node().expect("it is one").status.conditions;
    let ready = conditions.iter().find(|one| &*one.kind == "Ready");
    ready.expect("kubelets say so").status.to_string()
}

fn pod(simulation: &Simulation, name: &str) -> Option<Rc<Object>> {
    let key = ObjectKey::pod("default", name);
    simulation.world().store.get(&key).cloned()
}

/// What a kubelet wrote since so many changes.
fn written_by(simulation: &Simulation, node: &str, since: usize) -> usize {
    let changes = simulation.world().store.changes();
    let actor = format!("kubelet {node}");
    let own = changes.iter().skip(since);
    own.filter(|change| change.actor.to_string() == actor && change.verb != Verb::Refused)
        .count()
}

fn asks(simulation: &mut Simulation, to: &str) -> Request {
    send(simulation, to, 8080).0
}

#[test]
fn no_packet_comes_in_or_out_until_it_is_whole_again() {
    for node in [FAR, OWN] {
        let mut simulation = world("");
        let far = ip(&simulation, "far");
        assert_eq!(
            asks(&mut simulation, &far).outcome,
            Some(Outcome::Answered(Some(200)))
        );
        cut(&mut simulation, node);
        let request = asks(&mut simulation, &far);
        assert_eq!(request.outcome, Some(Outcome::TimedOut), "{request:?}");
        assert_eq!(&*request.why, format!("machine {node} is cut off"));
        heal(&mut simulation, node);
        assert_eq!(
            asks(&mut simulation, &far).outcome,
            Some(Outcome::Answered(Some(200)))
        );
    }
}

#[test]
fn nothing_that_its_kubelet_writes_arrives_and_then_all_of_it_does() {
    let mut simulation = world("");
    cut(&mut simulation, FAR);
    let before = simulation.world().store.changes().len();
    simulation.apply(Input::Fault(Fault::KillContainer {
        pod: ObjectKey::pod("default", "far"),
        container: "web".into(),
    }));
    run(&mut simulation, 70.0);
    assert_eq!(written_by(&simulation, FAR, before), 0);
    assert_eq!(ready(&simulation, FAR), "Unknown");
    let restarts = |simulation: &Simulation| {
        let pod = pod(simulation, "far").expect("it is there");
        let pod = pod.pod().expect("it is one").clone();
        pod.statuses()["web"].restart_count
    };
    assert_eq!(restarts(&simulation), 0);
    heal(&mut simulation, FAR);
    run(&mut simulation, 11.0);
    assert_eq!(ready(&simulation, FAR), "True");
    assert_eq!(restarts(&simulation), 1);
    let pod = pod(&simulation, "far").expect("it is there");
    assert!(
        pod.pod().expect("it is one").is_ready(),
        "its kubelet says it anew"
    );
}

#[test]
fn its_kubelet_hears_of_no_change_and_lists_its_pods_anew_afterwards() {
    let mut simulation = world("");
    apply(
        &mut simulation,
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: m}, data: {k: before}}\n---\n\
         {apiVersion: v1, kind: Pod, metadata: {name: reads}, spec: {nodeName: node-3, \
         automountServiceAccountToken: false, terminationGracePeriodSeconds: 1, \
         volumes: [{name: m, configMap: {name: m}}], containers: [{name: a, image: busybox, \
         command: [sleep, '100000'], volumeMounts: [{name: m, mountPath: /m}]}]}}",
    );
    run(&mut simulation, 20.0);
    cut(&mut simulation, FAR);
    apply(
        &mut simulation,
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: m}, data: {k: after}}",
    );
    apply(
        &mut simulation,
        "{apiVersion: v1, kind: Pod, metadata: {name: late}, spec: {nodeName: node-3, \
         containers: [{name: a, image: 'demo/web:1'}]}}",
    );
    let key = |name| ObjectKey::pod("default", name);
    let read = |simulation: &Simulation| {
        let files = simulation.files(&key("reads"), "a").expect("it runs");
        let file = files.get("m/k").or_else(|| files.get("/m/k")).cloned();
        String::from_utf8_lossy(&file.expect("it is mounted").bytes).into_owned()
    };
    run(&mut simulation, 150.0);
    assert_eq!(read(&simulation), "before");
    assert!(simulation.log(&key("late"), "a", false).is_none());
    simulation.apply(Input::Delete {
        object: key("far"),
        grace_period_seconds: None,
    });
    run(&mut simulation, 60.0);
    assert!(
        pod(&simulation, "far").is_some(),
        "only its kubelet can say that it is over"
    );
    heal(&mut simulation, FAR);
    run(&mut simulation, 100.0);
    assert_eq!(read(&simulation), "after");
    assert!(pod(&simulation, "far").is_none());
    let late = pod(&simulation, "late").expect("it is there");
    assert!(late.pod().expect("it is one").is_ready());
}

#[test]
fn off_while_it_is_cut_off_it_is_heard_of_once_both_are_over() {
    for heals_first in [true, false] {
        let mut simulation = world("");
        let node: Rc<str> = FAR.into();
        cut(&mut simulation, FAR);
        run(&mut simulation, 5.0);
        simulation.apply(Input::PowerOff { node: node.clone() });
        run(&mut simulation, 70.0);
        assert_eq!(ready(&simulation, FAR), "Unknown");
        if heals_first {
            heal(&mut simulation, FAR);
        } else {
            simulation.apply(Input::PowerOn { node: node.clone() });
        }
        run(&mut simulation, 30.0);
        assert_eq!(ready(&simulation, FAR), "Unknown");
        if heals_first {
            simulation.apply(Input::PowerOn { node });
        } else {
            heal(&mut simulation, FAR);
        }
        run(&mut simulation, 30.0);
        assert_eq!(ready(&simulation, FAR), "True");
        let far = pod(&simulation, "far").expect("it is there");
        assert!(far.pod().expect("it is one").is_ready());
        let address = ip(&simulation, "far");
        assert_eq!(
            asks(&mut simulation, &address).outcome,
            Some(Outcome::Answered(Some(200)))
        );
    }
}

#[test]
fn whole_again_before_it_is_missed_it_was_never_silent() {
    let mut simulation = world("");
    let before = simulation.world().store.changes().len();
    cut(&mut simulation, FAR);
    run(&mut simulation, 20.0);
    heal(&mut simulation, FAR);
    run(&mut simulation, 90.0);
    assert_eq!(ready(&simulation, FAR), "True");
    let changes = simulation.world().store.changes();
    let mut since = changes.iter().skip(before);
    let of_controller = |actor: String| actor.starts_with("node-lifecycle");
    assert!(!since.any(|change| of_controller(change.actor.to_string())));
}
