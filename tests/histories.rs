//! Some hundreds of random histories of workloads, nodes and faults, and what must hold in each
//! (`common/story/mod.rs`). `cargo xtask bench histories` lives ten thousand, and one by its number.

use common::story::live;

mod common;

/// Lives so many, one part of them a test, so that they run side by side.
fn all_hold(numbers: std::ops::Range<u64>) {
    for number in numbers {
        let lived = live(number);
        if let Err(why) = lived {
            panic!("history {number}: {why}\ncargo xtask bench histories -- {number}");
        }
    }
}

#[test]
fn what_must_hold_does_in_the_first_hundred_histories() {
    all_hold(0..100);
}

#[test]
fn what_must_hold_does_in_the_second_hundred_histories() {
    all_hold(100..200);
}

#[test]
fn what_must_hold_does_in_the_third_hundred_histories() {
    all_hold(200..300);
}
