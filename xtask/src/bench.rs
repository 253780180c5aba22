//! `cargo xtask bench` (speed and size, measured) and `cargo xtask conform` (recorded cases put to the core).

use std::process::Command;

use crate::{Fallible, cache, page, sizes, suite, tools};

/// Native benches, then those in a real browser (tests/bench), then sizes, a line a crate.
pub fn bench() -> Fallible<()> {
    page::build(page::Profile::Release)?;
    let chrome = tools::chrome()?;
    if cache::root().join("benches").exists() {
        loudly(Command::new(env!("CARGO")).args(["bench", "--quiet"]))?;
    }
    for script in suite::scripts("tests/bench") {
        loudly(
            Command::new("node")
                .arg(script)
                .env("CHROME", &chrome)
                .env("PODARIUM_DIST", cache::root().join("dist")),
        )?;
    }
    sizes::print()?;
    loudly(Command::new("node").args(["xtask/page/crates.mjs", "target/page/named.wasm"]))
}

/// `cargo xtask conform [DIR…] [--answers FILE]`: src/bin/conform.rs does it.
pub fn conform(arguments: &[&str]) -> Fallible<()> {
    let mut command = Command::new(env!("CARGO"));
    command.args([
        "run",
        "--quiet",
        "--features",
        "conform",
        "--bin",
        "conform",
    ]);
    command.arg("--manifest-path");
    command
        .arg(cache::root().join("Cargo.toml"))
        .arg("--")
        .args(arguments);
    let status = command
        .status()
        .map_err(|error| format!("cargo could not be started: {error}"))?;
    // The program has said what is wrong.
    if status.success() {
        Ok(())
    } else {
        std::process::exit(status.code().unwrap_or(1))
    }
}

fn loudly(command: &mut Command) -> Fallible<()> {
    let status = command.current_dir(cache::root()).status();
    let status = status.map_err(|error| {
        format!(
            "{} could not be started: {error}",
            command.get_program().display()
        )
    })?;
    if status.success() {
        Ok(())
    } else {
        Err(format!(
            "{} failed ({status}).",
            command.get_program().display()
        ))
    }
}
