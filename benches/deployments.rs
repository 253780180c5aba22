//! CPU time that Deployments cost a Pod as they come up, natively (`common/deployments.rs` says what is measured): of
//! 100 on 100 nodes and of 1,000 on 1,000, median of five runs. Then what it costs that one node goes off, beside its
//! Pods being deleted. `cargo bench --bench deployments`; numbers after `--` are how many nodes there are.

// A bench is what the clock is for.
#![allow(clippy::disallowed_types)]

use std::time::Instant;

use cpu::seconds;
use deployments::{Bench, Deed, PODS_EACH};

#[path = "common/cpu.rs"]
mod cpu;
#[path = "common/deployments.rs"]
mod deployments;

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
    // In turn, so that what else the computer does meanwhile is everybody's.
    let mut runs: Vec<Vec<Run>> = sizes.iter().map(|_| Vec::new()).collect();
    let mut last: Vec<Option<Bench>> = sizes.iter().map(|_| None).collect();
    for _ in 0..RUNS {
        for ((nodes, runs), last) in sizes.iter().zip(&mut runs).zip(&mut last) {
            *last = None;
            let (run, bench) = come(*nodes, started);
            runs.push(run);
            *last = Some(bench);
        }
    }
    let mut first = None;
    for (nodes, runs) in sizes.iter().zip(&runs) {
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
    for (nodes, bench) in sizes.iter().zip(last) {
        if let Some(bench) = bench {
            one_node(*nodes, bench, started);
        }
    }
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
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
