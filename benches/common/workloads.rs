//! What the scheduler is measured with, natively and in wasm: the scheduling cycle alone, as the real
//! scheduler's figures were taken (pending Pods one after another, decide and assume, default sampling;
//! 100m CPU and 500Mi a Pod). Nobody looks at a clock in here.

use std::rc::Rc;

use podarium::api::{Object, Value};
use podarium::cluster::scheduler::cycle::{Sampling, decide};
use podarium::cluster::scheduler::node_info::PodInfo;
use podarium::cluster::scheduler::view::{ClusterView, key_of};
use podarium::fields;

/// What the Pods of a workload ask for.
pub struct Workload {
    /// For people; in wasm nobody reads it.
    #[allow(dead_code)]
    pub name: &'static str,
    /// The spec of a Pod.
    spec: fn() -> Value,
    /// How many less important Pods are on each node before.
    fillers: usize,
}

/// What is measured.
pub const WORKLOADS: &[Workload] = &[
    Workload {
        name: "plain",
        spec: plain,
        fillers: 0,
    },
    Workload {
        name: "node affinity",
        spec: node_affinity,
        fillers: 0,
    },
    Workload {
        name: "Pod anti-affinity by hostname",
        spec: anti_affinity,
        fillers: 0,
    },
    Workload {
        name: "zone spread",
        spec: zone_spread,
        fillers: 0,
    },
    Workload {
        name: "preemption",
        spec: important,
        fillers: 4,
    },
];

/// A cluster and the Pods that are to be placed in it.
pub struct Bench {
    view: ClusterView,
    pods: Vec<Object>,
}

impl Bench {
    /// So many nodes, and as many Pods of the workload.
    pub fn new(workload: &Workload, size: usize) -> Self {
        let mut view = ClusterView::default();
        for index in 0..size {
            take(&mut view, &node(index));
        }
        for index in 0..size * workload.fillers {
            let mut filler = pod(&format!("filler-{index}"), requests("1"));
            filler.set(&["spec", "nodeName"], format!("node-{}", index % size));
            // On one node no two begin at once.
            let started = format!("2026-01-01T00:0{}:00Z", index / size);
            filler.set(&["status", "startTime"], started);
            take(&mut view, &filler);
        }
        let pods = (0..size).map(|index| pod(&format!("pod-{index}"), (workload.spec)()));
        let pods = pods.map(|pod| Object::new(pod).expect("it is a Pod"));
        Bench {
            view,
            pods: pods.collect(),
        }
    }

    /// Places all Pods. Hands out a sum over where they went: it is the same wherever this runs.
    pub fn run(&mut self) -> u32 {
        let (mut start, mut seed, mut sum) = (0, 1_u32, 0_u32);
        for object in &self.pods {
            let pod = object.pod().expect("it is a Pod");
            let info = Rc::new(PodInfo::new(pod.clone()));
            self.view.settle();
            let mut draw = |bound| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 8) % bound
            };
            let decision = decide(&self.view, &info, Sampling::adaptive(start), &mut draw);
            start = decision.next_start;
            let preemption = decision.preemption.as_ref();
            let choice = preemption.and_then(|found| found.choice());
            for victim in choice.map_or(&[][..], |choice| &choice.victims) {
                self.view.remove_pod(&key_of(&victim.pod));
            }
            let node = choice.map(|choice| &choice.node).or(decision.chosen());
            let node = node.expect("every Pod finds a place");
            self.view.assume(&info, node);
            for byte in node.bytes() {
                sum = sum.wrapping_mul(31).wrapping_add(byte.into());
            }
        }
        sum
    }
}

fn take(view: &mut ClusterView, value: &Value) {
    let object = Object::new(value.clone()).expect("the views fit");
    view.take(&object.key(), Some(&object));
}

fn node(index: usize) -> Value {
    let name = format!("node-{index}");
    fields! {
        "apiVersion" => "v1", "kind" => "Node",
        "metadata" => fields! {
            "name" => name.as_str(),
            "labels" => fields! {
                "kubernetes.io/hostname" => name.as_str(), "kubernetes.io/os" => "linux",
                "kubernetes.io/arch" => "amd64",
                "topology.kubernetes.io/zone" => format!("zone-{}", index % 3),
                "disk" => if index.is_multiple_of(2) { "ssd" } else { "hdd" },
            },
        },
        "status" => fields! {
            "allocatable" => fields! { "cpu" => "4", "memory" => "32Gi", "pods" => "110" },
        },
    }
}

fn pod(name: &str, spec: Value) -> Value {
    fields! {
        "apiVersion" => "v1", "kind" => "Pod",
        "metadata" => fields! {
            "namespace" => "default", "name" => name, "labels" => fields! { "app" => "web" },
        },
        "spec" => spec, "status" => fields! { "phase" => "Pending" },
    }
}

fn requests(cpu: &str) -> Value {
    let requests = fields! { "cpu" => cpu, "memory" => "500Mi" };
    let container = fields! { "name" => "c", "resources" => fields! { "requests" => requests } };
    let containers: Value = [container].into_iter().collect();
    fields! { "containers" => containers }
}

fn list(item: Value) -> Value {
    [item].into_iter().collect()
}

fn plain() -> Value {
    requests("100m")
}

fn node_affinity() -> Value {
    let mut spec = requests("100m");
    let expression =
        fields! { "key" => "disk", "operator" => "In", "values" => list("ssd".into()) };
    let term = fields! { "matchExpressions" => list(expression) };
    let required = [
        "affinity",
        "nodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution",
    ];
    spec.set(&required, fields! { "nodeSelectorTerms" => list(term) });
    spec
}

fn like_itself() -> Value {
    fields! { "matchLabels" => fields! { "app" => "web" } }
}

fn anti_affinity() -> Value {
    let mut spec = requests("100m");
    let term =
        fields! { "labelSelector" => like_itself(), "topologyKey" => "kubernetes.io/hostname" };
    let required = [
        "affinity",
        "podAntiAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution",
    ];
    spec.set(&required, list(term));
    spec
}

fn zone_spread() -> Value {
    let mut spec = requests("100m");
    let constraint = fields! {
        "maxSkew" => 1, "topologyKey" => "topology.kubernetes.io/zone",
        "whenUnsatisfiable" => "DoNotSchedule", "labelSelector" => like_itself(),
    };
    spec.set(&["topologySpreadConstraints"], list(constraint));
    spec
}

fn important() -> Value {
    let mut spec = requests("1");
    spec.set(&["priority"], 1000);
    spec
}
