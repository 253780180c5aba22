//! `cargo xtask check`: the quick judge of a change. Seconds when warm; it runs everything and names all that is wrong.

use std::process::Command;
use std::time::Duration;

use crate::{Fallible, cache, licences, page, run, sizes, tidy, tools};

/// Format, lints of the core and of the page, licences, tidiness, sizes.
pub fn check() -> Fallible<()> {
    let cargo = |name: &str, expected: u64, arguments: &[&str]| -> Fallible<()> {
        let mut command = Command::new(env!("CARGO"));
        command.args(arguments).current_dir(cache::root());
        run::must(name, Duration::from_secs(expected), &mut command).map(|_| ())
    };
    let lint = |name: &str, arguments: &[&str]| {
        cargo(
            name,
            90,
            &[
                &["clippy", "--quiet"],
                arguments,
                &["--", "--deny", "warnings"],
            ]
            .concat(),
        )
    };
    let mut outcomes = vec![
        (
            "format",
            cargo(
                "format",
                1,
                &["fmt", "--all", "--check", "--", "--color=never"],
            ),
        ),
        ("tidy", tidy::tidy()),
        (
            "lints, core",
            lint(
                "lints of the core",
                &["--workspace", "--all-targets", "--features", "conform"],
            ),
        ),
        (
            "lints, page",
            lint("lints of the page", &["--features", "browser", "--bins"]),
        ),
        ("licences", licences::judge()),
    ];
    match page::is_release() {
        true => outcomes.push(("sizes", sizes::judge())),
        false => run::stage(
            "sizes",
            "not judged: dist/ holds no release (cargo xtask build)",
        ),
    }
    if tools::on_path("cargo-deny").is_some() {
        outcomes.push((
            "cargo-deny",
            cargo(
                "cargo-deny",
                10,
                &["deny", "--offline", "check", "licenses", "bans"],
            ),
        ));
    }
    let mut failed = Vec::new();
    for (name, outcome) in outcomes {
        match outcome {
            Ok(()) => run::stage(name, "ok"),
            Err(sentence) => {
                println!("{sentence}");
                run::stage(name, "NOT ok");
                failed.push(name);
            }
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("Not ok: {}.", failed.join("; ")))
    }
}
