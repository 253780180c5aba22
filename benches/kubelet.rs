//! CPU time that Pods with probes cost, natively (`common/probed.rs` says what is measured): on 100
//! nodes and on 1,000, median of five runs. `cargo bench --bench kubelet`; numbers after `--` are how
//! many nodes there are.

// A bench is what the clock is for.
#![allow(clippy::disallowed_types)]

use std::time::Instant;

use cpu::seconds;
use probed::{Bench, PODS_A_NODE, SECONDS};
use turns::{in_turn, median, sizes, times};

#[path = "common/cpu.rs"]
mod cpu;
#[path = "common/probed.rs"]
mod probed;
#[path = "common/turns.rs"]
mod turns;

fn main() {
    let started = Instant::now();
    let clock = || seconds(started);
    let begin = |nodes| come(nodes, started);
    let second = |(bench, _): &mut (Bench, f64)| bench.second();
    let all = in_turn(&sizes([100, 1000]), clock, begin, second, ended);
    let a_pod = |nodes: usize, runs: &[Run]| {
        let pods = (nodes * PODS_A_NODE) as f64;
        let its = runs.iter().map(|run| run.running * 1e6 / pods);
        its.map(|micros| micros / SECONDS as f64)
            .collect::<Vec<f64>>()
    };
    let first = a_pod(all[0].0, &all[0].1);
    for (nodes, runs) in all {
        let its = a_pod(nodes, &runs);
        println!(
            "kubelet, {nodes} nodes and {} Pods with probes: {:.3} microseconds a Pod and virtual second \
             natively, {:.2} times the first; coming {:.2} (sum: {:08x})",
            nodes * PODS_A_NODE,
            median(its.iter().copied()),
            times(&first, &its),
            median(runs.iter().map(|run| run.coming)),
            runs[0].sum,
        );
    }
}

struct Run {
    /// Microseconds of CPU time a Pod and virtual second, until all are Ready.
    coming: f64,
    /// Seconds of CPU time that the minute after that took.
    running: f64,
    sum: u32,
}

/// All are Ready; what that cost.
fn come(nodes: usize, started: Instant) -> (Bench, f64) {
    let pods = (nodes * PODS_A_NODE) as f64;
    let mut bench = Bench::new(nodes);
    let clock = seconds(started);
    let took = bench.come(nodes);
    let coming = (seconds(started) - clock) * 1e6 / pods / f64::from(took);
    (bench, coming)
}

fn ended((bench, coming): (Bench, f64), running: f64) -> Run {
    Run {
        coming,
        running,
        sum: bench.sum(),
    }
}
