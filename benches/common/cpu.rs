//! How long this process has worked.

use std::time::Instant;

/// What this process had of a processor, in seconds, since others run beside; the clock, where Linux
/// doesn't tell.
pub fn seconds(started: Instant) -> f64 {
    // Linux tells what it has booked, and books at the latest every few milliseconds, or when a process makes way.
    std::thread::yield_now();
    let told = std::fs::read_to_string("/proc/self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split(' ').next()?.parse::<u64>().ok());
    nanoseconds.map_or(started.elapsed().as_secs_f64(), |n| n as f64 / 1e9)
}
