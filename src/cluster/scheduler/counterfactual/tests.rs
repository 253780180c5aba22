//! What is offered in small clusters, in words.

use super::*;
use crate::api::{ObjectKey, Value};
use crate::cluster::scheduler::test_support::{pod_object, yaml};
use crate::cluster::{Actor, Setup, Simulation};
use crate::fields;

fn create(simulation: &mut Simulation, object: Value) {
    let made = simulation.act(|world| world.create(Actor::You, object));
    made.expect("it is taken");
}

/// A cluster of these nodes and Pods in which `p` waits; what is offered, and the nodes that fit then.
fn offers(nodes: &[&str], pods: &[(&str, &str)], spec: &str) -> Vec<String> {
    let mut setup = Setup::default();
    setup.machines.machines.clear();
    setup.scheduler = false;
    let mut simulation = Simulation::new(setup, 0);
    for (index, text) in nodes.iter().enumerate() {
        let mut node = yaml(text);
        let name = format!("node-{}", index + 1);
        node.set(&["apiVersion"], "v1");
        node.set(&["kind"], "Node");
        node.set(
            &["metadata", "labels", "kubernetes.io/hostname"],
            name.as_str(),
        );
        node.set(&["metadata", "name"], name);
        if node.at(&["status", "allocatable"]).is_none() {
            let plenty = fields! { "cpu" => "2", "memory" => "4Gi", "pods" => "110" };
            node.set(&["status", "allocatable"], plenty);
        }
        let (key, spec) = (
            ObjectKey::node(node.text_at(&["metadata", "name"])),
            node.get("spec").cloned(),
        );
        create(&mut simulation, node);
        // Without the taint that admission gives a new node until it is ready.
        let ready = simulation.act(|world| {
            world.patch(Actor::You, &key, |node| {
                node.set(&["spec"], spec.unwrap_or(Value::map()));
            })
        });
        ready.expect("it is there");
    }
    for (name, spec) in pods.iter().chain([&("p", spec)]) {
        create(&mut simulation, pod_object(name, spec, &[]).value);
    }
    let pod = ObjectKey::pod("default", "p");
    let store = simulation.world().store.clone();
    let mut search = Search::new(&store, &pod).expect("it doesn't fit");
    let mut said = Vec::new();
    while let Some(offer) = search.step() {
        said.extend(offer.map(|Offer { edit, fits }| format!("{edit} -> {}", fits.join(" "))));
    }
    said
}

fn asking(cpu: &str) -> String {
    format!("{{containers: [{{name: c, image: i, resources: {{requests: {{cpu: {cpu}}}}}}}]}}")
}

fn on(node: &str, cpu: &str) -> String {
    format!("{{nodeName: {node}, {}", &asking(cpu)[1..])
}

#[test]
fn a_pod_that_asks_for_too_much_can_ask_for_less_or_others_go() {
    let (one, two) = (on("node-1", "1100m"), on("node-2", "1"));
    assert_eq!(
        offers(&["{}", "{}"], &[("a", &one), ("b", &two)], &asking("1200m")),
        [
            "ask for 1 instead of 1200m cpu in spec.containers[0] -> node-2",
            "delete Pod default/a from node-1 -> node-1",
            "delete Pod default/b from node-2 -> node-2",
            "add a node like node-1 -> node-1-more",
        ]
    );
}

#[test]
fn a_taint_is_borne_or_taken_away() {
    let tainted = "{spec: {taints: [{key: dedicated, value: db, effect: NoSchedule}]}}";
    assert_eq!(
        offers(&[tainted], &[], "{containers: [{name: c, image: i}]}"),
        [
            "tolerate the taint dedicated=db:NoSchedule -> node-1",
            "take the taint dedicated=db:NoSchedule from node-1 -> node-1",
        ]
    );
}

#[test]
fn a_selector_is_dropped_or_its_label_set() {
    assert_eq!(
        offers(
            &["{}"],
            &[],
            "{nodeSelector: {disk: ssd}, containers: [{name: c, image: i}]}"
        ),
        [
            "don't ask for spec.nodeSelector.disk -> node-1",
            "label node-1 disk=ssd -> node-1",
        ]
    );
}

#[test]
fn without_any_node_nothing_is_offered() {
    let spec = "{nodeSelector: {disk: ssd}, containers: [{name: c, image: i}]}";
    assert_eq!(offers(&[], &[], spec), [""; 0]);
}

#[test]
fn a_cordoned_node_is_uncordoned_with_its_taint() {
    let cordoned = "{spec: {unschedulable: true, taints: \
        [{key: node.kubernetes.io/unschedulable, effect: NoSchedule}]}}";
    assert_eq!(
        offers(&[cordoned], &[], "{containers: [{name: c, image: i}]}"),
        [
            "uncordon node-1 -> node-1",
            "add a node like node-1 -> node-1-more"
        ]
    );
}

#[test]
fn of_an_affinity_a_requirement_or_all_of_it_is_dropped() {
    let spec = "{containers: [{name: c, image: i}], affinity: {nodeAffinity: \
        {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: \
        [{key: kubernetes.io/hostname, operator: Exists}, {key: gpu, operator: Exists}]}]}}}}";
    let base = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution";
    assert_eq!(
        offers(&["{}"], &[], spec),
        [
            format!("don't ask for {base}.nodeSelectorTerms[0].matchExpressions[1] -> node-1"),
            format!("don't ask for {base} -> node-1"),
        ]
    );
}

#[test]
fn a_port_is_given_up_or_its_holder_goes() {
    let web = "containers: [{name: c, image: i, ports: [{containerPort: 80, hostPort: 80}]}]";
    let holder = format!("{{nodeName: node-1, {web}}}");
    assert_eq!(
        offers(&["{}"], &[("a", &holder)], &format!("{{{web}}}")),
        [
            "don't ask for spec.containers[0].ports[0].hostPort -> node-1",
            "delete Pod default/a from node-1 -> node-1",
            "add a node like node-1 -> node-1-more",
        ]
    );
}
