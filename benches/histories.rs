//! Ten thousand random histories of workloads, nodes and faults, and what must hold in each
//! (`tests/common/story/mod.rs`). `cargo bench --bench histories`; after `--` the number of one that is told whole, or
//! `FIRST..END`.

// A bench is what the clock is for, and it may use all processors.
#![allow(clippy::disallowed_types)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use common::story::{Lived, Story, live, simplest};

#[path = "../tests/common/mod.rs"]
mod common;

/// So many that fail are told of.
const TOLD: usize = 20;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|_| {}));
    let words: Vec<String> = std::env::args().skip(1).collect();
    let asked = words.iter().find(|word| !word.starts_with('-'));
    if let Some(number) = asked.and_then(|word| word.parse().ok()) {
        return tell(number);
    }
    let range = asked.and_then(|word| {
        let (first, end) = word.split_once("..")?;
        Some(first.parse().ok()?..end.parse().ok()?)
    });
    all(range.unwrap_or(0..10_000))
}

/// Lives all of them, on all processors.
fn all(numbers: std::ops::Range<u64>) -> ExitCode {
    let clock = Instant::now();
    let next = AtomicU64::new(numbers.start);
    let failed = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let work = || {
        let mut sum = Lived::default();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= numbers.end {
                return sum;
            }
            match caught(|| live(number)) {
                Ok(lived) => sum = sum.and(&lived),
                Err(why) => failed.lock().expect("nobody panics").push((number, why)),
            }
        }
    };
    let sums: Vec<Lived> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running
            .into_iter()
            .map(|one| one.join().expect("nobody panics"))
            .collect()
    });
    let sum = sums.iter().fold(Lived::default(), |sum, one| sum.and(one));
    let mut failed = failed.into_inner().expect("nobody panics");
    failed.sort();
    let count = numbers.end - numbers.start;
    println!(
        "histories: what must hold does in {} of {count}; {} events, {} changes, {} looks of rolling updates judged; \
         {:.0} s on {threads} threads",
        count - failed.len() as u64,
        sum.events,
        sum.changes,
        sum.judged,
        clock.elapsed().as_secs_f64()
    );
    for (number, why) in failed.iter().take(TOLD) {
        println!("histories: {number} fails: {why}");
    }
    match failed.first() {
        None => ExitCode::SUCCESS,
        Some((number, _)) => {
            println!("histories: to see one, cargo xtask bench histories -- {number}");
            ExitCode::FAILURE
        }
    }
}

/// One history: if it fails, the simplest that does, whole.
fn tell(number: u64) -> ExitCode {
    let fails = |story: &Story| caught(|| story.live()).err();
    let (story, why) = simplest(number, &fails);
    print!("{}", story.told());
    if why.is_empty() {
        println!("histories: what must hold does in {number}");
        return ExitCode::SUCCESS;
    }
    println!("histories: {number}, made as simple as it fails: {why}");
    ExitCode::FAILURE
}

/// What went wrong; a panic too.
fn caught(live: impl FnOnce() -> Result<Lived, String>) -> Result<Lived, String> {
    catch_unwind(AssertUnwindSafe(live)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| text.to_string()));
        Err(format!("panic: {}", text.unwrap_or_default()))
    })
}
