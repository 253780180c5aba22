//! Pods a second: the scheduling cycle alone, as the real scheduler's figures were taken (pending
//! Pods one after another, decide and assume, default sampling; 100m CPU and 500Mi a Pod).
//! `cargo bench --bench scheduler`; a number after `--` is how many nodes and Pods there are.

// A bench is what the clock is for.
#![allow(clippy::disallowed_types)]

use std::rc::Rc;
use std::time::Instant;

use podarium::api::{Object, Value};
use podarium::cluster::scheduler::cycle::{Sampling, decide};
use podarium::cluster::scheduler::node_info::PodInfo;
use podarium::cluster::scheduler::view::{ClusterView, key_of};
use podarium::fields;

/// What the Pods of a workload ask for.
struct Workload {
    name: &'static str,
    /// The spec of a Pod.
    spec: fn() -> Value,
    /// How many less important Pods are on each node before.
    fillers: usize,
}

const WORKLOADS: &[Workload] = &[
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

fn main() {
    let sizes: Vec<usize> = std::env::args()
        .filter_map(|word| word.parse().ok())
        .collect();
    let sizes = if sizes.is_empty() {
        vec![1000, 5000]
    } else {
        sizes
    };
    for size in sizes {
        for workload in WORKLOADS {
            let rate = pods_a_second(workload, size);
            println!(
                "scheduler, {}, {size} nodes and {size} Pods: {rate:.0} Pods a second",
                workload.name
            );
        }
    }
}

fn pods_a_second(workload: &Workload, size: usize) -> f64 {
    let mut view = ClusterView::default();
    for index in 0..size {
        take(&mut view, &node(index));
    }
    for index in 0..size * workload.fillers {
        let mut filler = pod(&format!("filler-{index}"), requests("1"));
        filler.set(&["spec", "nodeName"], format!("node-{}", index % size));
        filler.set(&["status", "startTime"], "2026-01-01T00:00:00Z");
        take(&mut view, &filler);
    }
    let pods = (0..size).map(|index| pod(&format!("pod-{index}"), (workload.spec)()));
    let pods: Vec<_> = pods
        .map(|pod| Object::new(pod).expect("it is a Pod"))
        .collect();
    let mut start = 0;
    let mut seed = 1_u32;
    let clock = Instant::now();
    for object in &pods {
        let pod = object.pod().expect("it is a Pod");
        let info = Rc::new(PodInfo::new(pod.clone()));
        view.settle();
        let mut draw = |bound| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) % bound
        };
        let decision = decide(&view, &info, Sampling::adaptive(start), &mut draw);
        start = decision.next_start;
        if let Some(choice) = decision
            .preemption
            .as_ref()
            .and_then(|found| found.choice())
        {
            for victim in &choice.victims {
                view.remove_pod(&key_of(victim));
            }
            view.assume(&info, &choice.node);
            continue;
        }
        let node = decision.chosen().expect("every Pod finds a place");
        view.assume(&info, node);
    }
    size as f64 / clock.elapsed().as_secs_f64()
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
