//! The same workloads in wasm (`../common`): what `tests/bench/{scheduler,kubelet,network,deployments}.bench.mjs` load and
//! measure. Loaded, it only offers its exports; they take and give numbers, so that no glue is needed.

use wasm_bindgen::prelude::wasm_bindgen;
use workloads::WORKLOADS;

#[allow(dead_code, reason = "that a node goes off is measured natively")]
#[path = "../common/deployments.rs"]
mod deployments;
#[path = "../../src/ui/heap.rs"]
mod heap;
#[path = "../common/probed.rs"]
mod probed;
#[path = "../common/traffic.rs"]
mod traffic;
#[path = "../common/workloads.rs"]
mod workloads;

fn main() {}

/// A cluster and the Pods that are to be placed in it.
#[wasm_bindgen]
pub struct Bench(workloads::Bench);

#[wasm_bindgen]
impl Bench {
    /// So many nodes, and as many Pods of the workload of this number.
    pub fn prepare(workload: usize, size: usize) -> Bench {
        Bench(workloads::Bench::new(&WORKLOADS[workload], size))
    }

    /// Places all Pods. Hands out a sum over where they went.
    pub fn run(&mut self) -> u32 {
        self.0.run()
    }
}

/// A cluster whose Pods are probed.
#[wasm_bindgen]
pub struct Probed(probed::Bench);

#[wasm_bindgen]
impl Probed {
    /// So many nodes, and no Pods yet.
    pub fn prepare(nodes: usize) -> Probed {
        Probed(probed::Bench::new(nodes))
    }

    /// Ten Pods a node come and get Ready. Tells how many virtual seconds that took.
    pub fn come(&mut self, nodes: usize) -> u32 {
        self.0.come(nodes)
    }

    /// They run for a virtual minute. Hands out a number over what happened.
    pub fn run(&mut self) -> u32 {
        while self.0.second() {}
        self.0.sum()
    }
}

/// A cluster whose Pods ask each other through Services.
#[wasm_bindgen]
pub struct Traffic(traffic::Bench);

#[wasm_bindgen]
impl Traffic {
    /// So many Pods behind the Services; all are Ready.
    pub fn prepare(pods: usize) -> Traffic {
        Traffic(traffic::Bench::new(pods))
    }

    /// They ask for a while. Hands out a number over what happened.
    pub fn run(&mut self) -> u32 {
        while self.0.second() {}
        self.0.sum()
    }

    /// How many requests that were.
    pub fn requests(&self) -> u32 {
        self.0.requests() as u32
    }
}

/// A cluster in which Deployments come up.
#[wasm_bindgen]
pub struct Deployments(deployments::Bench);

#[wasm_bindgen]
impl Deployments {
    /// So many nodes, and nothing on them.
    pub fn prepare(nodes: usize) -> Deployments {
        Deployments(deployments::Bench::new(nodes))
    }

    /// As many Deployments come up. Tells how many virtual seconds that took.
    pub fn come(&mut self) -> u32 {
        let mut heap = heap::Heap::default();
        while self.0.come() {
            heap.grow_ahead();
        }
        self.0.took() as u32
    }

    /// A number over what happened.
    pub fn sum(&self) -> u32 {
        self.0.sum()
    }
}
