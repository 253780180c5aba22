//! The same workloads in wasm (`../common/workloads.rs`): what `tests/bench/scheduler.bench.mjs` loads and
//! measures. Loaded, it only offers its exports; they take and give numbers, so that no glue is needed.

use wasm_bindgen::prelude::wasm_bindgen;
use workloads::WORKLOADS;

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
