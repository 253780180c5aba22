//! The node that nobody runs: what a case's hand reports of its Pods.

use serde_json::json;

use crate::api::{Object, ObjectKey, Value};
use crate::cluster::api_server::set_condition;
use crate::cluster::controllers::node_fell_silent;
use crate::cluster::{Actor, SimTime, Simulation, World};
use crate::fields;

const NODE: &str = "manual";

fn actor() -> Actor {
    Actor::Kubelet(NODE.into())
}

/// Adds the node: Ready, and with nothing behind it.
pub(super) fn add_node(simulation: &mut Simulation) {
    let resources = json!({ "cpu": "4", "memory": "8Gi", "pods": "110" });
    let node = json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {
            "name": NODE,
            "labels": {
                "kubernetes.io/hostname": NODE, "kubernetes.io/os": "linux",
                "node-role.kubernetes.io/worker": "",
                "topology.kubernetes.io/zone": "zone-m",
            },
        },
        "status": {
            "capacity": resources, "allocatable": resources,
            "addresses": [{ "type": "InternalIP", "address": "192.168.1.9" }],
            "nodeInfo": { "kubeletVersion": "v1.36.2" },
        },
    });
    simulation.act(|world| {
        let key = ObjectKey::node(NODE);
        let now = world.now();
        world.create(actor(), Value::from_json(&node)).ok();
        world
            .patch(actor(), &key, |node| {
                let message = "kubelet is posting ready status";
                let ready = condition("Ready", true, "KubeletReady", message);
                set_condition(node, ready, now);
                node.remove(&["spec", "taints"]);
            })
            .ok();
    });
}

/// Nobody reports for the node any more.
pub(super) fn fall_silent(simulation: &mut Simulation) {
    simulation.act(|world| {
        let now = world.now();
        world.unheard.insert(NODE.into(), now);
        node_fell_silent(world, NODE, now);
    });
}

/// Can this be reported of the Pod as it is?
pub(super) fn fits(pod: &Object, deed: &str) -> bool {
    let Some(view) = pod.pod() else { return false };
    let is_going = view.metadata.deletion_timestamp.is_some();
    match deed {
        "node agent finishes deletion" => is_going,
        "Ready" => !is_going && !view.is_ready() && !view.is_finished(),
        "NotReady" => !is_going && view.is_ready(),
        _ => !view.is_finished(),
    }
}

/// Does what the hand is said to do to a Pod.
pub(super) fn act(simulation: &mut Simulation, pod: &ObjectKey, deed: &str) {
    let exit_code = deed.strip_prefix("terminates with exit code ");
    simulation.act(|world| match (deed, exit_code) {
        ("Ready", _) => report(world, pod, true, None),
        ("NotReady", _) => report(world, pod, false, None),
        ("node agent finishes deletion", _) => {
            // It may be gone already.
            world.delete(actor(), pod, Some(0)).ok();
        }
        (_, Some(code)) => report(world, pod, false, code.parse().ok()),
        _ => {}
    });
}

fn report(world: &mut World, key: &ObjectKey, ready: bool, exit_code: Option<i64>) {
    let now = world.now();
    let address = format!("10.244.9.{}", world.store.changes().len() % 250 + 1);
    let written = world.patch(actor(), key, |pod| {
        if pod.text_at(&["status", "podIP"]).is_empty() {
            let ip = fields! { "ip" => address.as_str() };
            pod.set(&["status", "podIP"], address.as_str());
            pod.set(&["status", "podIPs"], [ip].into_iter().collect::<Value>());
            pod.set(&["status", "startTime"], now.to_rfc3339());
        }
        let phase = match exit_code {
            None => "Running",
            Some(0) => "Succeeded",
            Some(_) => "Failed",
        };
        pod.set(&["status", "phase"], phase);
        let (reason, message) = match (ready, exit_code) {
            (true, _) => ("", ""),
            (_, Some(0)) => ("PodCompleted", ""),
            _ => ("ContainersNotReady", "containers with unready status"),
        };
        for kind in ["Ready", "ContainersReady"] {
            set_condition(pod, condition(kind, ready, reason, message), now);
        }
        let statuses = containers(pod, ready, exit_code, now);
        pod.set(&["status", "containerStatuses"], statuses);
    });
    // It may be gone already.
    written.ok();
}

fn containers(pod: &Value, ready: bool, exit_code: Option<i64>, now: SimTime) -> Value {
    let containers = pod.at(&["spec", "containers"]).map(Value::items);
    let status = |container: &Value| {
        let since = now.to_rfc3339();
        let state = match exit_code {
            None => fields! { "running" => fields! { "startedAt" => since } },
            Some(code) => fields! {
                "terminated" => fields! {
                    "exitCode" => code, "startedAt" => since.clone(), "finishedAt" => since,
                    "reason" => if code == 0 { "Completed" } else { "Error" },
                },
            },
        };
        fields! {
            "name" => container.text_at(&["name"]), "image" => container.text_at(&["image"]),
            "imageID" => "", "ready" => ready, "restartCount" => 0,
            "started" => exit_code.is_none(), "state" => state,
        }
    };
    containers.unwrap_or_default().iter().map(status).collect()
}

fn condition(kind: &str, is_true: bool, reason: &str, message: &str) -> Value {
    let status = if is_true { "True" } else { "False" };
    let mut condition = fields! { "type" => kind, "status" => status };
    for (name, text) in [("reason", reason), ("message", message)] {
        if !text.is_empty() {
            condition.set(&[name], text);
        }
    }
    condition
}
