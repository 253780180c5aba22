//! `cargo xtask bench` (speed and size, measured), `cargo xtask conform` (recorded cases put to the core) and
//! `cargo xtask lessons` (lessons proved).

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::{Fallible, cache, page, run, sizes, suite, tools, wasm};

/// The parts that are also measured natively, and whose figures in wasm are put beside.
const PARTS: [&str; 4] = ["scheduler", "kubelet", "network", "deployments"];

/// The parts that are natively only.
const NATIVE: [&str; 2] = ["live", "histories"];

/// What `cargo xtask bench` does: the parts natively, then what runs under Node (the same in wasm) or in a
/// real browser (tests/bench), then sizes, a line a crate. With names only those parts and scripts; what is behind
/// `--` is for the native part that is named, and then nothing else runs: `histories -- 4711`.
pub fn bench(arguments: &[&str]) -> Fallible<()> {
    let mut parts = arguments.splitn(2, |word| *word == "--");
    let names = parts.next().unwrap_or_default();
    if let Some(forwarded) = parts.next() {
        return only_natively(names, forwarded);
    }
    let scripts = suite::scripts("tests/bench");
    let known = scripts.iter().map(|script| name_of(script));
    let known: Vec<&str> = known.chain(NATIVE).chain(["sizes"]).collect();
    if let Some(name) = names.iter().find(|name| !known.contains(name)) {
        let known = known.join(", ");
        return Err(format!("there is no bench {name}; there are {known}"));
    }
    let is_wanted = |name: &str| names.is_empty() || names.contains(&name);
    let mut native = String::new();
    for part in PARTS.into_iter().filter(|part| is_wanted(part)) {
        native += &natively(part)?;
    }
    for part in NATIVE.into_iter().filter(|part| is_wanted(part)) {
        only_natively(&[part], &[])?;
    }
    let in_wasm = !native.is_empty();
    let (quick, small) = if in_wasm {
        (core_in_wasm("bench")?, core_in_wasm("release")?)
    } else {
        Default::default()
    };
    let wanted = scripts.iter().filter(|script| is_wanted(name_of(script)));
    let (of_parts, of_page): (Vec<_>, Vec<_>) =
        wanted.partition(|script| PARTS.contains(&name_of(script)));
    for script in of_parts {
        loudly(
            Command::new("node")
                .arg(script)
                .env("PODARIUM_NATIVE_RATES", &native)
                .env("PODARIUM_QUICK_WASM", &quick)
                .env("PODARIUM_SMALL_WASM", &small),
        )?;
    }
    if of_page.is_empty() && !is_wanted("sizes") {
        return Ok(());
    }
    page::build(page::Profile::Release)?;
    let chrome = tools::chrome()?;
    for script in of_page {
        loudly(
            Command::new("node")
                .arg(script)
                .env("CHROME", &chrome)
                .env("PODARIUM_DIST", cache::root().join("dist")),
        )?;
    }
    if !is_wanted("sizes") {
        return Ok(());
    }
    sizes::print()?;
    loudly(Command::new("node").args(["xtask/page/crates.mjs", "target/page/named.wasm"]))
}

/// Runs one native bench, and hands it words.
fn only_natively(names: &[&str], forwarded: &[&str]) -> Fallible<()> {
    let [part] = names else {
        return Err("words behind -- are for one bench: name it".into());
    };
    if !PARTS.contains(part) && !NATIVE.contains(part) {
        let known = [&PARTS[..], &NATIVE].concat().join(", ");
        return Err(format!("{part} doesn't run natively; {known} do"));
    }
    let mut command = Command::new(env!("CARGO"));
    command.args(["bench", "--quiet", "--bench", part, "--"]);
    loudly(command.args(forwarded))
}

/// `kubelet` of `tests/bench/kubelet.bench.mjs`.
fn name_of(script: &Path) -> &str {
    let name = script.file_name().and_then(|name| name.to_str());
    name.and_then(|name| name.split('.').next())
        .unwrap_or_default()
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
    program("conform", &["--features", "conform"], arguments)
}

/// `cargo xtask lessons [CHAPTER/LESSON…]`: src/bin/lessons.rs does it.
pub fn lessons(arguments: &[&str]) -> Fallible<()> {
    program("lessons", &[], arguments)
}

/// Runs one of the crate's native programs.
fn program(name: &str, options: &[&str], arguments: &[&str]) -> Fallible<()> {
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["run", "--quiet", "--bin", name])
        .args(options);
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
