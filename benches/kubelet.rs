//! CPU time that Pods with probes cost, natively (`common/probed.rs` says what is measured): on 100
//! nodes and on 1,000, median of five runs. `cargo bench --bench kubelet`; numbers after `--` are how
//! many nodes there are.

// A bench is what the clock is for.
#![allow(clippy::disallowed_types)]

use std::time::Instant;

use cpu::seconds;
use probed::{Bench, PODS_A_NODE, SECONDS};
use turns::{in_turn, median, sizes};

#[path = "common/cpu.rs"]
mod cpu;
#[path = "common/probed.rs"]
mod probed;
#[path = "common/turns.rs"]
mod turns;

fn main() {
    let started = Instant::now();
    let mut first = None;
    for (nodes, runs) in in_turn(&sizes([100, 1000]), |nodes| run(nodes, started)) {
        let running = median(runs.iter().map(|run| run.running));
        let first = *first.get_or_insert(running);
        println!(
            "kubelet, {nodes} nodes and {} Pods with probes: {running:.3} microseconds a Pod and virtual second \
             natively, {:.2} times the first; coming {:.2} (sum: {:08x})",
            nodes * PODS_A_NODE,
            running / first,
            median(runs.iter().map(|run| run.coming)),
            runs[0].sum,
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
