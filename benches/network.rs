//! CPU time that a request through a Service costs, natively (`common/traffic.rs` says what is measured): with 100
//! Pods behind 100 Services and with 1,000, median of five runs. `cargo bench --bench network`; numbers after `--`
//! are how many Pods there are.

// A bench is what the clock is for.
#![allow(clippy::disallowed_types)]

use std::time::Instant;

use cpu::seconds;
use traffic::{Bench, SECONDS, SERVICES};
use turns::{in_turn, median, sizes};

#[path = "common/cpu.rs"]
mod cpu;
#[path = "common/traffic.rs"]
mod traffic;
#[path = "common/turns.rs"]
mod turns;

fn main() {
    let started = Instant::now();
    let mut first = None;
    for (pods, runs) in in_turn(&sizes([100, 1000]), |pods| run(pods, started)) {
        let micros = median(runs.iter().map(|run| run.0));
        let (_, requests, sum) = runs[0];
        let first = *first.get_or_insert(micros);
        println!(
            "network, {pods} Pods behind {SERVICES} Services, {} requests a virtual second: {micros:.3} microseconds \
             a request natively, {:.2} times the first (sum: {sum:08x})",
            requests / SECONDS,
            micros / first,
        );
    }
}

/// Microseconds of CPU time a request, how many there were, and the sum.
fn run(pods: usize, started: Instant) -> (f64, u64, u32) {
    let mut bench = Bench::new(pods);
    let before = seconds(started);
    let sum = bench.run();
    let took = seconds(started) - before;
    (took * 1e6 / bench.requests() as f64, bench.requests(), sum)
}
