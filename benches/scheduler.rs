//! Pods a second of CPU time, natively (`common/workloads.rs` says what is measured).
//! `cargo bench --bench scheduler`; a number after `--` is how many nodes and Pods there are.

// A bench is what the clock is for.
#![allow(clippy::disallowed_types)]

use std::time::Instant;

use cpu::seconds;
use workloads::{Bench, WORKLOADS};

#[path = "common/cpu.rs"]
mod cpu;
#[path = "common/workloads.rs"]
mod workloads;

fn main() {
    let sizes: Vec<usize> = std::env::args()
        .filter_map(|word| word.parse().ok())
        .collect();
    let sizes = if sizes.is_empty() {
        vec![1000, 5000]
    } else {
        sizes
    };
    let started = Instant::now();
    for size in sizes {
        for workload in WORKLOADS {
            let mut bench = Bench::new(workload, size);
            let before = seconds(started);
            let sum = bench.run();
            let rate = size as f64 / (seconds(started) - before);
            println!(
                "scheduler, {}, {size} nodes and {size} Pods: {rate:.0} Pods a CPU second natively \
                 (placed: {sum:08x})",
                workload.name
            );
        }
    }
}
