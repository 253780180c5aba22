//! CPU time that a request through a Service costs, natively (`common/traffic.rs` says what is measured): with 100
//! Pods behind 100 Services and with 1,000, median of five runs. `cargo bench --bench network`; numbers after `--`
//! are how many Pods there are.

// A bench is what the clock is for.
#![allow(clippy::disallowed_types)]

use std::time::Instant;

use cpu::seconds;
use traffic::{Bench, SECONDS, SERVICES};
use turns::{in_turn, median, sizes, times};

#[path = "common/cpu.rs"]
mod cpu;
#[path = "common/traffic.rs"]
mod traffic;
#[path = "common/turns.rs"]
mod turns;

fn main() {
    let started = Instant::now();
    let clock = || seconds(started);
    let asked = sizes([100, 1000]);
    let all = in_turn(&asked, clock, Bench::new, Bench::second, ended);
    let micros = |runs: &[Run]| runs.iter().map(|run| run.micros).collect::<Vec<f64>>();
    let first = micros(&all[0].1);
    for (pods, runs) in all {
        let its = micros(&runs);
        println!(
            "network, {pods} Pods behind {SERVICES} Services, {} requests a virtual second: {:.3} microseconds \
             a request natively, {:.2} times the first (sum: {:08x})",
            runs[0].requests / SECONDS,
            median(its.iter().copied()),
            times(&first, &its),
            runs[0].sum,
        );
    }
}

struct Run {
    /// Of CPU time, a request.
    micros: f64,
    requests: u64,
    sum: u32,
}

fn ended(bench: Bench, seconds: f64) -> Run {
    Run {
        micros: seconds * 1e6 / bench.requests() as f64,
        requests: bench.requests(),
        sum: bench.sum(),
    }
}
