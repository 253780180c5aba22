//! CPU time that Deployments cost a Pod as they come up, natively (`common/deployments.rs` says what is measured): of
//! 100 on 100 nodes and of 1,000 on 1,000, median of five runs. Then what it costs that one node goes off, beside its
//! Pods being deleted. `cargo bench --bench deployments`; numbers after `--` are how many nodes there are.

// A bench is what the clock is for.
#![allow(clippy::disallowed_types)]

use std::time::Instant;

use cpu::seconds;
use deployments::{Bench, Deed, PODS_EACH};
use turns::{RUNS, in_turn, median, sizes};

#[path = "common/cpu.rs"]
mod cpu;
#[path = "common/deployments.rs"]
mod deployments;
#[path = "common/turns.rs"]
mod turns;

fn main() {
    let sizes = sizes([100, 1000]);
    let started = Instant::now();
    let mut first = None;
    for (nodes, runs) in in_turn(&sizes, |nodes| come(nodes, started).0) {
        let micros = median(runs.iter().map(|run| run.micros));
        let first = *first.get_or_insert(micros);
        let Run { sum, took, .. } = runs[0];
        println!(
            "deployments, {nodes} nodes and {} Pods: {micros:.1} microseconds a Pod natively, {:.2} times the first; \
             {took} virtual seconds (sum: {sum:08x})",
            nodes * PODS_EACH,
            micros / first,
        );
    }
    for nodes in sizes {
        let (_, bench) = come(nodes, started);
        one_node(nodes, bench, started);
    }
}

/// All Deployments came up.
struct Run {
    /// Of CPU time, a Pod, until all are available.
    micros: f64,
    /// Virtual seconds until then.
    took: u32,
    sum: u32,
}

fn come(nodes: usize, started: Instant) -> (Run, Bench) {
    let mut bench = Bench::new(nodes);
    let clock = seconds(started);
    let took = bench.come(nodes);
    let micros = (seconds(started) - clock) * 1e6 / (nodes * PODS_EACH) as f64;
    let run = Run {
        micros,
        took,
        sum: bench.sum(),
    };
    (run, bench)
}

/// What it costs that a node goes off, and that its Pods are deleted, without what the same time costs anyway.
fn one_node(nodes: usize, mut bench: Bench, started: Instant) {
    // What is left of coming up is over then.
    bench.after(Deed::Nothing);
    let cost = |deed| {
        let mut fork = bench.clone();
        let clock = seconds(started);
        fork.after(deed);
        (seconds(started) - clock) * 1e3
    };
    let deeds = [Deed::Nothing, Deed::PowerOff, Deed::DeleteItsPods];
    let costs: Vec<[f64; 3]> = (0..RUNS).map(|_| deeds.map(cost)).collect();
    let [anyway, off, deleted] = [0, 1, 2].map(|deed| median(costs.iter().map(|cost| cost[deed])));
    println!(
        "deployments, {nodes} nodes: {:.2} ms for a node that goes off, {:.2} ms for its {} Pods deleted, {:.2} times; \
         {anyway:.2} ms for as long without",
        off - anyway,
        deleted - anyway,
        bench.pods_concerned(),
        (off - anyway) / (deleted - anyway)
    );
}
