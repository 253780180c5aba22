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
    let mut runs: Vec<Vec<Run>> = sizes.iter().map(|_| Vec::new()).collect();
    // In turn, so that what else the computer does meanwhile is everybody's.
    for _ in 0..RUNS {
        for (nodes, runs) in sizes.iter().zip(&mut runs) {
            runs.push(run(*nodes, started));
        }
    }
    let mut first = None;
    for (nodes, runs) in sizes.iter().zip(&mut runs) {
        let of_coming = median(runs.iter().map(|run| run.coming));
        let first = *first.get_or_insert(of_coming);
        let Run { sum, took, .. } = runs[0];
        println!(
            "deployments, {nodes} nodes and {} Pods: {of_coming:.1} microseconds a Pod natively, {:.2} times the first; \
             {took} virtual seconds (sum: {sum:08x})",
            nodes * PODS_EACH,
            of_coming / first,
        );
    }
    for (nodes, runs) in sizes.iter().zip(&runs) {
        let [off, deleted] =
            [0, 1].map(|deed| median(runs.iter().map(|run| run.after[deed] * 1e3)));
        println!(
            "deployments, {nodes} nodes: {off:.2} ms for a node that goes off, {deleted:.2} ms for its {} Pods deleted, \
             {:.2} times",
            runs[0].concerned,
            off / deleted
        );
    }
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

struct Run {
    /// Microseconds of CPU time a Pod, until all are available.
    coming: f64,
    /// Virtual seconds until then.
    took: u32,
    sum: u32,
    /// Seconds of CPU time for a node that goes off and for its Pods deleted, without what the same time costs anyway.
    after: [f64; 2],
    /// Pods of that node.
    concerned: usize,
}

fn run(nodes: usize, started: Instant) -> Run {
    let mut bench = Bench::new(nodes);
    let clock = seconds(started);
    let took = bench.come(nodes);
    let coming = (seconds(started) - clock) * 1e6 / (nodes * PODS_EACH) as f64;
    let sum = bench.sum();
    let concerned = bench.pods_concerned();
    // What is left of coming up is over then.
    bench.after(Deed::Nothing);
    let cost = |deed| {
        let mut fork = bench.clone();
        let clock = seconds(started);
        fork.after(deed);
        seconds(started) - clock
    };
    let anyway = cost(Deed::Nothing);
    let after = [Deed::PowerOff, Deed::DeleteItsPods].map(|deed| cost(deed) - anyway);
    Run {
        coming,
        took,
        sum,
        after,
        concerned,
    }
}
