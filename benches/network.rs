//! CPU time that a request through a Service costs, natively (`common/traffic.rs` says what is measured): with 100
//! Pods behind 100 Services and with 1,000, median of five runs. `cargo bench --bench network`; numbers after `--`
//! are how many Pods there are.

// A bench is what the clock is for.
#![allow(clippy::disallowed_types)]

use std::time::Instant;

use cpu::seconds;
use traffic::{Bench, SECONDS, SERVICES};

#[path = "common/cpu.rs"]
mod cpu;
#[path = "common/traffic.rs"]
mod traffic;

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
    for pods in sizes {
        let mut runs: Vec<(f64, u64, u32)> = (0..RUNS).map(|_| run(pods, started)).collect();
        runs.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (micros, requests, sum) = runs[RUNS / 2];
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
