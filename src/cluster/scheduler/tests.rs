//! The scheduler in a running world: a store, a clock, and nothing else.

use std::rc::Rc;
use std::time::Duration;

use proptest::prelude::*;

use super::test_support::yaml;
use super::{Scheduler, queue::Place};
use crate::api::{Object, ObjectKey, Value};
use crate::cluster::{Actor, Setup, SimTime, Verb, Wake, World};
use crate::fields;

/// A world in which only the scheduler acts.
struct Lab {
    world: World,
    scheduler: Scheduler,
}

impl Lab {
    fn new() -> Self {
        let mut world = World::new(Rc::new(Setup::default()), 7);
        crate::cluster::api_server::bootstrap(&mut world);
        let mut lab = Lab {
            world,
            scheduler: Scheduler::new(),
        };
        lab.tell();
        lab
    }

    fn with_nodes(nodes: &[&str]) -> Self {
        let mut lab = Lab::new();
        for (index, allocatable) in nodes.iter().enumerate() {
            lab.add_node(&format!("node-{}", index + 1), allocatable);
        }
        lab
    }

    fn add_node(&mut self, name: &str, allocatable: &str) {
        let node = fields! {
            "apiVersion" => "v1", "kind" => "Node",
            "metadata" => fields! { "name" => name },
            "status" => fields! { "allocatable" => yaml(allocatable) },
        };
        self.create(node);
    }

    fn add_pod(&mut self, name: &str, spec: &str) {
        let mut spec = yaml(spec);
        spec.set(&["schedulerName"], "default-scheduler");
        let pod = fields! {
            "apiVersion" => "v1", "kind" => "Pod",
            "metadata" => fields! { "name" => name, "namespace" => "default" },
            "spec" => spec, "status" => fields! { "phase" => "Pending" },
        };
        self.create(pod);
    }

    /// Straight into the store: what a Pod must look like is no question of the scheduler's.
    fn create(&mut self, mut value: Value) {
        let uid = self.world.rng.uid();
        value.set(&["metadata", "uid"], uid.to_string());
        value.set(
            &["metadata", "creationTimestamp"],
            self.world.now().to_rfc3339(),
        );
        let object = Rc::new(Object::new(value).expect("the views fit"));
        let key = object.key();
        self.world
            .record(Actor::You, Verb::Created, key, Some(object), "".into());
        self.tell();
    }

    fn edit(&mut self, key: &ObjectKey, path: &[&str], value: Value) {
        let edited = self
            .world
            .patch(Actor::You, key, |object| object.set(path, value));
        edited.expect("it is there");
        self.tell();
    }

    fn delete(&mut self, key: &ObjectKey) {
        self.world
            .delete(Actor::You, key, Some(0))
            .expect("it is there");
        self.tell();
    }

    fn tell(&mut self) {
        while let Some(change) = self.world.next_untold() {
            self.world
                .set_cause(crate::cluster::Cause::Change(change.id));
            self.scheduler.observe(&mut self.world, &change);
        }
    }

    fn run(&mut self, seconds: f64) {
        let until = self.world.now() + Duration::from_secs_f64(seconds);
        while let Some((wake, cause)) = self.world.timers_mut().ring(until) {
            self.world.set_cause(cause);
            let Wake::Scheduler(wake) = wake else {
                continue;
            };
            self.scheduler.wake(&mut self.world, wake);
            self.tell();
        }
        self.world.timers_mut().advance(until);
    }

    fn node_of(&self, pod: &str) -> String {
        let object = self.world.store.get(&ObjectKey::pod("default", pod));
        object.map_or("gone".into(), |object| {
            object.value.text_at(&["spec", "nodeName"]).to_string()
        })
    }

    fn condition(&self, pod: &str) -> (String, String, String) {
        let object = self
            .world
            .store
            .get(&ObjectKey::pod("default", pod))
            .expect("it is there");
        let scheduled = object
            .pod()
            .and_then(|pod| pod.condition("PodScheduled").cloned());
        let scheduled = scheduled.expect("it has the condition");
        (
            scheduled.status.to_string(),
            scheduled.reason.to_string(),
            scheduled.message.to_string(),
        )
    }

    fn events(&self, pod: &str) -> Vec<String> {
        let events = self.world.store.list("Event");
        let about =
            events.filter(|(_, event)| event.value.text_at(&["involvedObject", "name"]) == pod);
        about
            .map(|(_, event)| {
                let text = |name| event.value.text_at(&[name]);
                format!("{} {} {}", text("type"), text("reason"), text("message"))
            })
            .collect()
    }

    fn place(&self, pod: &str) -> Option<Place> {
        let queued = self.scheduler.queue().get(&ObjectKey::pod("default", pod));
        queued.map(|queued| queued.place)
    }
}

fn asking(cpu: &str) -> String {
    format!("{{containers: [{{name: c, resources: {{requests: {{cpu: '{cpu}'}}}}}}]}}")
}

fn prioritized(cpu: &str, priority: i64) -> String {
    let container = format!("[{{name: c, resources: {{requests: {{cpu: '{cpu}'}}}}}}]");
    format!("{{priority: {priority}, containers: {container}}}")
}

const NODE: &str = "{cpu: '2', memory: 4Gi, pods: '110'}";

#[test]
fn a_pod_is_decided_upon_first_and_bound_a_while_later() {
    let mut lab = Lab::with_nodes(&[NODE]);
    lab.add_pod("hello-pod", &asking("1"));
    lab.run(0.002);
    assert_eq!(lab.node_of("hello-pod"), "");
    assert_eq!(
        lab.scheduler.attempts().all()[0].chosen.as_deref(),
        Some("node-1")
    );
    lab.run(0.01);
    assert_eq!(lab.node_of("hello-pod"), "node-1");
    let event = "Normal Scheduled Successfully assigned default/hello-pod to node-1";
    assert_eq!(lab.events("hello-pod"), [event]);
}

#[test]
fn a_pod_that_fits_nowhere_says_why_and_waits_for_a_change_that_helps() {
    let mut lab = Lab::with_nodes(&[NODE]);
    lab.add_pod("big", &asking("4"));
    lab.run(1.0);
    let message = "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, \
                   preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.";
    let expected = ("False".into(), "Unschedulable".into(), message.into());
    assert_eq!(lab.condition("big"), expected);
    assert_eq!(
        lab.events("big"),
        [format!("Warning FailedScheduling {message}")]
    );
    lab.add_node("node-2", NODE); // It is too small: nobody tries again.
    lab.edit(
        &ObjectKey::node("node-1"),
        &["metadata", "labels", "a"],
        "b".into(),
    );
    lab.run(20.0);
    assert_eq!(lab.scheduler.attempts().all().len(), 1);
    assert_eq!(lab.place("big"), Some(Place::Unschedulable));
    lab.add_node("node-3", "{cpu: '8', memory: 4Gi, pods: '110'}");
    lab.run(1.0);
    assert_eq!(lab.node_of("big"), "node-3");
}

#[test]
fn a_pod_that_leaves_makes_room_for_one_that_waits() {
    let mut lab = Lab::with_nodes(&[NODE]);
    lab.add_pod("first", &asking("2"));
    lab.run(1.0);
    lab.add_pod("second", &asking("1"));
    lab.run(1.0);
    assert_eq!(lab.node_of("second"), "");
    lab.delete(&ObjectKey::pod("default", "first"));
    lab.run(1.0);
    assert_eq!(lab.node_of("second"), "node-1");
}

#[test]
fn nothing_is_tried_again_for_five_minutes_if_nothing_happens() {
    let mut lab = Lab::with_nodes(&[NODE]);
    lab.add_pod("big", &asking("4"));
    lab.run(299.0);
    assert_eq!(lab.scheduler.attempts().all().len(), 1);
    lab.run(2.0);
    assert_eq!(lab.scheduler.attempts().all().len(), 2);
}

#[test]
fn without_a_node_it_is_tried_again_and_again_with_longer_and_longer_pauses() {
    let mut lab = Lab::new();
    lab.add_pod("early", "{}");
    lab.run(60.0);
    let times: Vec<i64> = lab
        .scheduler
        .attempts()
        .all()
        .iter()
        .map(|a| a.at.0 / 1_000_000)
        .collect();
    assert_eq!(times, [0, 2, 5, 10, 19, 30, 41, 52]);
    assert_eq!(
        lab.condition("early").2,
        "no nodes available to schedule pods"
    );
}

#[test]
fn a_gated_pod_is_not_tried_before_its_last_gate_is_gone() {
    let mut lab = Lab::with_nodes(&[NODE]);
    lab.add_pod("gated", "{schedulingGates: [{name: a}]}");
    lab.run(10.0);
    assert_eq!(lab.scheduler.attempts().all().len(), 0);
    assert_eq!(lab.place("gated"), Some(Place::Gated));
    lab.edit(
        &ObjectKey::pod("default", "gated"),
        &["spec", "schedulingGates"],
        yaml("[]"),
    );
    lab.run(1.0);
    assert_eq!(lab.node_of("gated"), "node-1");
}

#[test]
fn the_most_important_pod_goes_first() {
    let mut lab = Lab::with_nodes(&[NODE]);
    for (name, priority) in [("low", 1), ("high", 9), ("middle", 5)] {
        lab.add_pod(name, &prioritized("100m", priority));
    }
    lab.run(1.0);
    let order: Vec<_> = lab
        .scheduler
        .attempts()
        .all()
        .iter()
        .map(|a| a.pod.name.to_string())
        .collect();
    assert_eq!(order, ["high", "middle", "low"]);
}

#[test]
fn a_more_important_pod_takes_the_place_of_a_less_important_one() {
    let mut lab = Lab::with_nodes(&[NODE]);
    lab.add_pod("low", &prioritized("2", 1));
    lab.run(1.0);
    lab.add_pod("high", &prioritized("1", 9));
    lab.run(0.1);
    let high = ObjectKey::pod("default", "high");
    let nominated = |lab: &Lab| {
        let pod = lab.world.store.get(&high).expect("it is there");
        pod.pod().expect("a Pod").status.nominated_node_name.clone()
    };
    assert_eq!(&*nominated(&lab), "node-1");
    assert!(
        lab.events("low")
            .iter()
            .any(|event| event.starts_with("Normal Preempted Preempted by pod "))
    );
    let low = ObjectKey::pod("default", "low");
    assert!(
        lab.world
            .store
            .get(&low)
            .is_some_and(|pod| pod.meta.deletion_timestamp.is_some())
    );
    lab.delete(&low);
    lab.run(2.0);
    assert_eq!(lab.node_of("high"), "node-1");
    assert_eq!(&*nominated(&lab), "", "a promise that was kept is over");
}

#[test]
fn a_pod_deleted_before_its_binding_frees_its_place() {
    let mut lab = Lab::with_nodes(&[NODE]);
    lab.add_pod("first", &asking("2"));
    lab.run(0.1);
    lab.delete(&ObjectKey::pod("default", "first"));
    lab.add_pod("second", &asking("2"));
    lab.run(1.0);
    assert_eq!(lab.node_of("second"), "node-1");
}

#[test]
fn a_decision_can_be_worked_out_again() {
    let mut lab = Lab::with_nodes(&[NODE, NODE, NODE]);
    for index in 0..4 {
        lab.add_pod(&format!("p-{index}"), &asking("100m"));
    }
    lab.run(2.0);
    for (number, attempt) in lab.scheduler.attempts().all().iter().enumerate() {
        let again = lab
            .scheduler
            .attempts()
            .explain(number)
            .expect("it is one of the last");
        assert_eq!(again.chosen(), attempt.chosen.as_ref());
    }
}

#[test]
fn a_restored_scheduler_goes_on_as_if_nothing_had_been() {
    let mut lab = Lab::with_nodes(&[NODE, NODE]);
    for index in 0..6 {
        lab.add_pod(&format!("p-{index}"), &asking("700m"));
    }
    lab.run(0.33);
    let bytes = postcard::to_allocvec(&(&lab.world, &lab.scheduler)).expect("it can be saved");
    let (world, mut scheduler): (World, Scheduler) =
        postcard::from_bytes(&bytes).expect("it can be read");
    scheduler.revive(&world);
    let mut restored = Lab { world, scheduler };
    for lab in [&mut lab, &mut restored] {
        lab.add_node("node-3", NODE);
        lab.run(30.0);
    }
    let saved =
        |lab: &Lab| postcard::to_allocvec(&(&lab.world, &lab.scheduler)).expect("it can be saved");
    assert_eq!(saved(&lab), saved(&restored));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_node_is_ever_promised_more_than_it_has(
        nodes in prop::collection::vec(1_i64..5, 1..5),
        pods in prop::collection::vec((1_i64..3000, 0_i64..3, 0_u8..4), 1..25),
    ) {
        let mut lab = Lab::new();
        for (index, cpu) in nodes.iter().enumerate() {
            lab.add_node(&format!("node-{index}"), &format!("{{cpu: '{cpu}', memory: 4Gi, pods: '5'}}"));
        }
        for (index, (milli, priority, then)) in pods.iter().enumerate() {
            lab.add_pod(&format!("p-{index}"), &prioritized(&format!("{milli}m"), *priority));
            match then {
                0 => {}
                1 => lab.run(0.1),
                2 => lab.run(1.0),
                _ => {
                    let first = lab.world.store.list("Pod").next().map(|(key, _)| key.clone());
                    lab.delete(&first.expect("one was just made"));
                }
            }
            check_sums(&lab)?;
        }
        lab.run(30.0);
        check_sums(&lab)?;
    }
}

/// On each node, what its Pods ask for is no more than it offers.
fn check_sums(lab: &Lab) -> Result<(), TestCaseError> {
    for (key, node) in lab.world.store.list("Node") {
        let node = node.node().expect("it is a Node");
        let pods = lab.world.store.list("Pod").filter_map(|(_, pod)| pod.pod());
        let on_node: Vec<_> = pods.filter(|pod| pod.spec.node_name == key.name).collect();
        let asked: i64 = on_node
            .iter()
            .map(|pod| super::resource::PodRequests::of(pod).real.milli_cpu)
            .sum();
        prop_assert!(asked <= node.status.allocatable["cpu"].milli_value());
        prop_assert!(on_node.len() <= 5);
    }
    Ok(())
}

#[test]
fn time_stands_still_while_nothing_is_due() {
    let mut lab = Lab::with_nodes(&[NODE]);
    lab.add_pod("hello-pod", "{}");
    lab.run(1.0);
    assert_eq!(lab.world.timers().next_due(), None::<SimTime>);
}
