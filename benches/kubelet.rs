//! CPU time that Pods with probes cost, natively (`common/probed.rs` says what is measured): on 100
//! nodes and on 1,000, median of five runs. `cargo bench --bench kubelet`; numbers after `--` are how
//! many nodes there are.

// A bench is what the clock is for.
#![allow(clippy::disallowed_types)]

use std::time::Instant;

use cpu::seconds;
use probed::{Bench, PODS_A_NODE, SECONDS};

#[path = "common/cpu.rs"]
mod cpu;
#[path = "common/probed.rs"]
mod probed;

const RUNS: usize = 5;

fn main() {
    let sizes: Vec<usize> = std::env::args()
        .filter_map(|word| word.parse().ok())
        .collect();
    let sizes = if sizes.is_empty() {
        vec![100, 1000]
    } else {
        sizes
    };
    let started = Instant::now();
    let mut first = None;
    for nodes in sizes {
        let mut runs: Vec<Run> = (0..RUNS).map(|_| run(nodes, started)).collect();
        runs.sort_by(|one, other| one.running.total_cmp(&other.running));
        let median = &runs[RUNS / 2];
        let first = *first.get_or_insert(median.running);
        println!(
            "kubelet, {nodes} nodes and {} Pods with probes: {:.3} microseconds a Pod and virtual second \
             natively, {:.2} times the first; coming {:.2} (sum: {:08x})",
            nodes * PODS_A_NODE,
            median.running,
            median.running / first,
            median.coming,
            median.sum,
        );
    }
}

/// Microseconds of CPU time a Pod and virtual second.
struct Run {
    /// Until all are Ready.
    coming: f64,
    /// A minute after that.
    running: f64,
    sum: u32,
}

fn run(nodes: usize, started: Instant) -> Run {
    let pods = (nodes * PODS_A_NODE) as f64;
    let mut bench = Bench::new(nodes);
    let clock = seconds(started);
    let took = bench.come(nodes);
    let came = seconds(started);
    let sum = bench.run();
    let ran = seconds(started);
    Run {
        coming: (came - clock) * 1e6 / pods / f64::from(took),
        running: (ran - came) * 1e6 / pods / SECONDS as f64,
        sum,
    }
}
