//! `cargo xtask bench` (speed and size, measured) and `cargo xtask conform` (recorded cases put to the core).

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::{Fallible, cache, page, run, sizes, suite, tools, wasm};

/// The scheduler and kubelets natively, then what runs under Node (the same in wasm) or in a real browser
/// (tests/bench), then sizes, a line a crate.
pub fn bench() -> Fallible<()> {
    page::build(page::Profile::Release)?;
    let chrome = tools::chrome()?;
    let native = natively("scheduler")? + &natively("kubelet")?;
    loudly(Command::new(env!("CARGO")).args(["bench", "--quiet", "--bench", "live"]))?;
    let quick = core_in_wasm("bench")?;
    let small = core_in_wasm("release")?;
    for script in suite::scripts("tests/bench") {
        loudly(
            Command::new("node")
                .arg(script)
                .env("CHROME", &chrome)
                .env("PODARIUM_DIST", cache::root().join("dist"))
                .env("PODARIUM_NATIVE_RATES", &native)
                .env("PODARIUM_QUICK_WASM", &quick)
                .env("PODARIUM_SMALL_WASM", &small),
        )?;
    }
    sizes::print()?;
    loudly(Command::new("node").args(["xtask/page/crates.mjs", "target/page/named.wasm"]))
}

/// Says how fast a part is natively, and hands the same lines out: wasm is compared with them.
fn natively(part: &str) -> Fallible<String> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["bench", "--quiet", "--bench", part]);
    command.current_dir(cache::root()).stderr(Stdio::inherit());
    let output = command
        .output()
        .map_err(|error| format!("cargo could not be started: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo bench failed ({}).", output.status));
    }
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    print!("{lines}");
    Ok(lines)
}

/// Builds benches/wasm/core.rs with its glue into a folder: quick with the profile `bench`, small
/// with `release`, as the page.
fn core_in_wasm(profile: &str) -> Fallible<PathBuf> {
    let tools = tools::for_page()?;
    tools.wasm.fetch()?;
    let _lock = cache::lock()?;
    let mut build = Command::new("cargo");
    build.args(["build", "--offline", "--quiet", "--profile", profile]);
    build.args(["--features", "wasm-bench", "--bin", "core-wasm"]);
    build.args(["--target", wasm::TARGET]);
    build.current_dir(cache::root());
    tools.wasm.apply(&mut build, tools.folders.clone())?;
    let what = format!("building the core for wasm ({profile})");
    run::must(&what, Duration::from_secs(100), &mut build)?;
    // Both profiles write to the folder `release`.
    let built = cache::shared("wasm-target")?.join(wasm::TARGET);
    let built = built.join("release/core-wasm.wasm");
    let folder = cache::root().join(format!("target/core-{profile}"));
    let mut glue = Command::new("wasm-bindgen");
    glue.args(["--target", "web", "--no-typescript", "--out-name", "bench"]);
    glue.arg("--out-dir").arg(&folder).arg(&built);
    tools.wasm.apply(&mut glue, tools.folders)?;
    run::must("wasm-bindgen", Duration::from_secs(5), &mut glue)?;
    Ok(folder)
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
