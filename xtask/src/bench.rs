//! `cargo xtask bench` (speed and size, measured) and `cargo xtask conform` (recorded cases put to the core).

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::{Fallible, cache, page, run, sizes, suite, tools};

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
    let named = optimise_with_names()?;
    loudly(Command::new("node").arg("xtask/page/crates.mjs").arg(named))
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

/// The page's wasm again, as small, but with the functions' names left in.
fn optimise_with_names() -> Fallible<std::path::PathBuf> {
    let folder = cache::root().join("target/page");
    let named = folder.join("named.wasm");
    let mut command = Command::new("node");
    command
        .arg(Path::new("node_modules/binaryen/bin/wasm-opt"))
        .args(["-Oz", "-g"]);
    command
        .arg(folder.join("unoptimised.wasm"))
        .arg("-o")
        .arg(&named)
        .current_dir(cache::root());
    run::must(
        "optimising with names",
        Duration::from_secs(15),
        &mut command,
    )?;
    Ok(named)
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
