//! The Node that a kubelet registers. Models `pkg/kubelet/kubelet_node_status.go` and
//! `pkg/kubelet/nodestatus/setters.go`; `spec.podCIDR`, which kube-controller-manager gives out,
//! comes with it. Left out: reserved resources (all that a machine has is for Pods).

use std::rc::Rc;

use super::NodeState;
use crate::api::{ObjectKey, Value, node, validation};
use crate::cluster::World;
use crate::collections::Set;
use crate::fields;
use crate::machine::Machine;

/// The next free network for Pods: its number, and the first three numbers of its addresses. Number 0
/// belongs to the control plane; one that was given back is not given again, as upstream's allocator
/// (`pkg/controller/nodeipam/ipam/cidrset`) goes round before it does. Ours: with all of them taken,
/// Nodes share one.
pub(super) fn next_network(world: &mut World, taken: &Set<Rc<str>>) -> (u32, Rc<str>) {
    let given = world.pod_networks_given;
    let after = (0..NETWORKS - 1).map(|step| 1 + (given + step) % (NETWORKS - 1));
    let is_free = |number: &u32| !taken.contains(&*network(*number));
    let number = after
        .clone()
        .find(is_free)
        .unwrap_or(1 + given % (NETWORKS - 1));
    world.pod_networks_given = number;
    (number, network(number).into())
}

/// So many networks of `10.112.0.0` and up, which leaves Services theirs (`10.96.0.0/12`).
const NETWORKS: u32 = 144 * 256;

/// They begin at `10.244.0.`, and come to those below after `10.255.255.`.
fn network(number: u32) -> String {
    let block = (132 + number / 256) % 144;
    format!("10.{}.{}.", 112 + block, number % 256)
}

/// The network that this Node's Pods have, if it is one of 256 addresses.
pub(in crate::cluster) fn network_of(node: &node::Node) -> Option<&str> {
    let start = node.spec.pod_cidr.strip_suffix("0/24")?;
    start.ends_with('.').then_some(start)
}

/// The networks of all Nodes.
pub(super) fn taken_networks(world: &World) -> Set<Rc<str>> {
    let nodes = world.store.list("Node");
    let nodes = nodes.filter_map(|(_, object)| object.node());
    nodes
        .filter_map(|node| network_of(node).map(Rc::from))
        .collect()
}

/// What the API server would say against the Node of this machine; nothing where it is well.
pub fn wrong_with(machine: &Machine) -> Vec<String> {
    let unread = machine.taints.iter().filter(|text| taint(text).is_none());
    let mut wrong: Vec<String> = unread
        .map(|text| format!("\"{text}\" is no taint: write key=value:Effect"))
        .collect();
    let node = fields! {
        "apiVersion" => "v1", "kind" => "Node",
        "metadata" => fields! { "name" => machine.name.clone(), "labels" => labels(machine) },
        "spec" => fields! { "taints" => taints(machine) },
    };
    let errors = validation::errors_as_written(&node);
    wrong.extend(errors.iter().map(ToString::to_string));
    wrong
}

fn labels(machine: &Machine) -> Value {
    let mut labels = Value::map();
    for (name, value) in [
        ("kubernetes.io/hostname", &*machine.name),
        ("kubernetes.io/os", "linux"),
        ("kubernetes.io/arch", "amd64"),
        ("beta.kubernetes.io/os", "linux"),
        ("beta.kubernetes.io/arch", "amd64"),
    ] {
        labels.set(&[name], value);
    }
    for (name, value) in &machine.labels {
        labels.set(&[&**name], value.clone());
    }
    labels
}

fn taints(machine: &Machine) -> Value {
    let taints = machine.taints.iter();
    taints.filter_map(|text| taint(text)).collect()
}

impl NodeState {
    /// Registers the Node of this kubelet's machine.
    pub(super) fn register(&self, world: &mut World) {
        let machines = world.machines.clone();
        let Some(machine) = machines.get(&self.name) else {
            return;
        };
        let node = self.node(machine, &world.now().to_rfc3339());
        // One that is there already is taken over: its labels and taints stay as they are.
        if world.create(self.actor(), node.clone()).is_err() {
            let status = node.get("status").cloned().unwrap_or_default();
            let cidr = node.text_at(&["spec", "podCIDR"]).to_string();
            self.patch_node(world, |node| {
                node.set(&["status"], status);
                node.set(&["spec", "podCIDR"], cidr);
            });
        }
    }

    /// Writes into the Node.
    pub(super) fn patch_node(&self, world: &mut World, edit: impl FnOnce(&mut Value)) {
        if self.is_cut_off(world) {
            return;
        }
        // A Node that somebody deleted is nobody's to write to.
        let _ = world.patch(self.actor(), &ObjectKey::node(&self.name), edit);
    }

    /// The Node as this kubelet would register it.
    pub(super) fn node(&self, machine: &Machine, now: &str) -> Value {
        let cidr = format!("{}0/24", self.pod_network);
        let cidrs: Value = [Value::from(cidr.as_str())].into_iter().collect();
        let mut spec = fields! { "podCIDR" => cidr, "podCIDRs" => cidrs };
        let taints = taints(machine);
        if !taints.is_empty() {
            spec.set(&["taints"], taints);
        }
        fields! {
            "apiVersion" => "v1", "kind" => "Node",
            "metadata" => fields! { "name" => machine.name.clone(), "labels" => labels(machine) },
            "spec" => spec,
            "status" => self.status(machine, now),
        }
    }

    fn status(&self, machine: &Machine, now: &str) -> Value {
        let resources = fields! {
            "cpu" => cpu(machine.cpu_milli),
            "memory" => kibibytes(machine.memory_bytes),
            "pods" => machine.pods.to_string(),
            "ephemeral-storage" => kibibytes(DISK_BYTES),
        };
        let address = |kind: &str, address: &str| fields! { "type" => kind, "address" => address };
        let addresses: Value = [
            address("InternalIP", &self.ip),
            address("Hostname", &self.name),
        ]
        .into_iter()
        .collect();
        fields! {
            "capacity" => resources.clone(), "allocatable" => resources,
            "addresses" => addresses, "conditions" => conditions(now),
            "daemonEndpoints" => fields! { "kubeletEndpoint" => fields! { "Port" => 10250 } },
            "nodeInfo" => node_info(),
        }
    }
}

/// Every machine's disk: 100 GiB, ours.
pub(super) const DISK_BYTES: i64 = 100 << 30;

/// What a kubelet reports that is short of nothing.
pub(super) fn conditions(now: &str) -> Value {
    let condition = |kind: &str, status: &str, reason: &str, message: &str| {
        fields! {
            "type" => kind, "status" => status, "reason" => reason, "message" => message,
            "lastHeartbeatTime" => now, "lastTransitionTime" => now,
        }
    };
    let all = [
        (
            "MemoryPressure",
            "False",
            "KubeletHasSufficientMemory",
            "kubelet has sufficient memory available",
        ),
        (
            "DiskPressure",
            "False",
            "KubeletHasNoDiskPressure",
            "kubelet has no disk pressure",
        ),
        (
            "PIDPressure",
            "False",
            "KubeletHasSufficientPID",
            "kubelet has sufficient PID available",
        ),
        (
            "Ready",
            "True",
            "KubeletReady",
            "kubelet is posting ready status",
        ),
    ];
    all.iter()
        .map(|(kind, status, reason, message)| condition(kind, status, reason, message))
        .collect()
}

fn node_info() -> Value {
    let text = [
        ("machineID", ""),
        ("systemUUID", ""),
        ("bootID", ""),
        ("kernelVersion", "6.12.0"),
        ("osImage", "Podarium Linux"),
        ("containerRuntimeVersion", "containerd://2.2.0"),
        ("kubeletVersion", "v1.36.2"),
        ("kubeProxyVersion", ""),
        ("operatingSystem", "linux"),
        ("architecture", "amd64"),
    ];
    text.iter()
        .map(|(name, value)| (Rc::from(*name), Value::from(*value)))
        .collect()
}

/// Whole processors as such, others in thousandths: as the canonical form of a quantity.
fn cpu(milli: i64) -> String {
    if milli % 1000 == 0 {
        (milli / 1000).to_string()
    } else {
        format!("{milli}m")
    }
}

/// As kubelets report memory: `4194304Ki`.
fn kibibytes(bytes: i64) -> String {
    format!("{}Ki", bytes / 1024)
}

/// `key=value:Effect` or `key:Effect`.
fn taint(text: &str) -> Option<Value> {
    let (rest, effect) = text.rsplit_once(':')?;
    let (key, value) = rest.split_once('=').unwrap_or((rest, ""));
    let mut taint = fields! { "key" => key, "effect" => effect };
    if !value.is_empty() {
        taint.set(&["value"], value);
    }
    Some(taint)
}
