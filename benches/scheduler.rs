//! Pods a second of CPU time, natively (`common/workloads.rs` says what is measured).
//! `cargo bench --bench scheduler`; a number after `--` is how many nodes and Pods there are.

// A bench is what the clock is for.
#![allow(clippy::disallowed_types)]

use std::time::Instant;

use workloads::{Bench, WORKLOADS};

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

/// What this process had of a processor, since others run beside; the clock, where Linux doesn't tell.
fn seconds(started: Instant) -> f64 {
    let told = std::fs::read_to_string("/proc/self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split(' ').next()?.parse::<u64>().ok());
    nanoseconds.map_or(started.elapsed().as_secs_f64(), |n| n as f64 / 1e9)
}
