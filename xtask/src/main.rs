//! `cargo xtask`: everything a person runs by hand. It sets up what is missing, then does the one thing asked.
//!
//! - `run.rs` runs another program quietly; `cache.rs` is the person's cache folder and the stamps of finished work
//! - `tools.rs` finds or installs tools; `wasm.rs` finds a Rust that can build for wasm32; `debian.rs` installs packages
//! - `page.rs` builds and serves the page (with `page/*.mjs`, Trunk's hooks); `suite.rs` runs all tests
//! - `check.rs` is the quick judge: format, lints, `tidy.rs`, `licences.rs`, `sizes.rs`; `bench.rs` measures
//!
//! No part of the simulated world: it may look at the clock. It has no dependencies, so that it compiles at once.
#![allow(clippy::disallowed_types)] // Instant: see above

mod bench;
mod cache;
mod check;
mod debian;
mod export;
mod licences;
mod page;
mod run;
mod sizes;
mod suite;
mod tidy;
mod tools;
mod wasm;

use std::process::ExitCode;

/// What went wrong, as a sentence that says what to do.
type Fallible<T> = Result<T, String>;

const HELP: &str = "\
cargo xtask serve [--dev] [--port N]   build the page, serve it on http://127.0.0.1:8080, build again on changes
cargo xtask build [--dev]              build the page into dist/, a folder for any static host
cargo xtask test                       run every test: native, wasm, browser
cargo xtask check                      format, lints, tidiness, sizes: the quick judge
cargo xtask conform [DIR…] [--answers FILE]   put recorded cases of Kubernetes v1.36.2 to the core
cargo xtask lessons [CHAPTER/LESSON…]  prove lessons: all of them, or those that are named; a folder's path too
cargo xtask bench [NAME…] [-- WORD…]   measure speed and size: all of it, or what is named; words for a native one
cargo xtask export-cluster [--nodes N] [--pods N] [--seed N] [--plain] FILE
                                       a made-up cluster as kubectl exports it, to import; --plain: no managedFields
cargo xtask sizes [--raise]            compressed sizes of dist/; --raise accepts them as the new limit
cargo xtask first-picture              record what of the wasm the first picture needs: the rest comes after it
cargo xtask setup                      only install what the others need";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["serve", options @ ..] => page::serve(options),
        ["build"] => page::build(page::Profile::Release).and_then(|()| sizes::print()),
        ["build", "--dev"] => page::build(page::Profile::Dev),
        ["test"] => suite::test(),
        ["check"] => check::check(),
        ["conform", forwarded @ ..] => bench::conform(forwarded),
        ["lessons", forwarded @ ..] => bench::lessons(forwarded),
        ["bench", names @ ..] => bench::bench(names),
        ["export-cluster", options @ ..] => export::command(options),
        ["sizes"] => sizes::print(),
        ["sizes", "--raise"] => sizes::raise(),
        ["first-picture"] => page::record_first_picture(),
        ["setup"] => tools::set_up_all(),
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(())
        }
        _ => Err(format!(
            "this is not a command of ours: {}\n\n{HELP}",
            arguments.join(" ")
        )),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::FAILURE
        }
    }
}
