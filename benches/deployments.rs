//! CPU time that Deployments cost a Pod as they come up, natively (`common/deployments.rs` says what is measured): of
//! 100 on 100 nodes and of 1,000 on 1,000, median of five runs. Then what it costs that one node goes off, beside its
//! Pods being deleted. `cargo bench --bench deployments`; numbers after `--` are how many nodes there are.

// A bench is what the clock is for.
#![allow(clippy::disallowed_types)]

use std::time::Instant;

use cpu::seconds;
use deployments::{Bench, Deed, PODS_EACH};
use turns::{in_turn, median, sizes, times};

#[path = "common/cpu.rs"]
mod cpu;
#[path = "common/deployments.rs"]
mod deployments;
#[path = "common/turns.rs"]
mod turns;

fn main() {
    let sizes = sizes([100, 1000]);
    let started = Instant::now();
    let clock = || seconds(started);
    let all = in_turn(&sizes, clock, Bench::new, Bench::come, |bench, took| Run {
        micros: took * 1e6 / (bench.all() * PODS_EACH) as f64,
        took: bench.took(),
        sum: bench.sum(),
    });
    let micros = |runs: &[Run]| runs.iter().map(|run| run.micros).collect::<Vec<f64>>();
    let first = micros(&all[0].1);
    for (nodes, runs) in all {
        let its = micros(&runs);
        let Run { sum, took, .. } = runs[0];
        println!(
            "deployments, {nodes} nodes and {} Pods: {:.1} microseconds a Pod natively, {:.2} times the first; \
             {took} virtual seconds (sum: {sum:08x})",
            nodes * PODS_EACH,
            median(its.iter().copied()),
            times(&first, &its),
        );
    }
    for nodes in sizes {
        let mut bench = Bench::new(nodes);
        while bench.come() {}
        one_node(nodes, bench, started);
    }
}

/// All Deployments came up.
struct Run {
    /// Of CPU time, a Pod, until all are available.
    micros: f64,
    /// Virtual seconds until then.
    took: u64,
    sum: u32,
}

/// What it costs that a node goes off, and that its Pods are deleted, without what the same time costs anyway.
fn one_node(nodes: usize, mut bench: Bench, started: Instant) {
    // What is left of coming up is over then.
    let mut rest = bench.before(Deed::Nothing);
    while rest.second() {}
    bench = rest;
    const DEEDS: [Deed; 3] = [Deed::Nothing, Deed::PowerOff, Deed::DeleteItsPods];
    let clock = || seconds(started);
    let begin = |deed: usize| bench.before(DEEDS[deed]);
    let end = |after: Bench, took: f64| {
        assert!(after.is_well());
        took * 1e3
    };
    let costs = in_turn(&[0, 1, 2], clock, begin, Bench::second, end);
    let [anyway, off, deleted] = [0, 1, 2].map(|deed| &costs[deed].1);
    let more = |deed: &[f64]| median(deed.iter().zip(anyway).map(|(cost, anyway)| cost - anyway));
    println!(
        "deployments, {nodes} nodes: {:.2} ms for a node that goes off, {:.2} ms for its {} Pods deleted, {:.2} times; \
         {:.2} ms for as long without",
        more(off),
        more(deleted),
        bench.pods_concerned(),
        more(off) / more(deleted),
        median(anyway.iter().copied()),
    );
}
