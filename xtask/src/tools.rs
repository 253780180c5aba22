//! Tools at pinned versions: those the person has are used if they fit, others are installed to the cache folder.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::{Fallible, cache, debian, run, wasm};

/// 0.22 needs a newer Rust than ours.
const TRUNK: &str = "0.21.14";
/// The oldest Node whose test runner and `zlib` do what page/*.mjs ask.
const NODE_MAJOR: u32 = 20;

/// Everything the page's build needs, found. Its folders go before `PATH`.
pub struct PageTools {
    pub folders: Vec<PathBuf>,
    pub wasm: wasm::Toolchain,
}

/// Finds or installs what building the page needs: Node, npm packages, a Rust for wasm32, Trunk, wasm-bindgen.
pub fn for_page() -> Fallible<PageTools> {
    node()?;
    modules()?;
    let _lock = cache::lock()?;
    let wasm = wasm::find_or_install()?;
    let trunk = cargo_tool(&Tool {
        command: "trunk",
        package: "trunk",
        version: TRUNK.to_owned(),
        locked: true,
        expected: Duration::from_secs(211),
    })?;
    let bindgen = cargo_tool(&Tool {
        command: "wasm-bindgen",
        package: "wasm-bindgen-cli",
        version: locked_version("wasm-bindgen")?,
        locked: false, // a dependency in its lock file is gone from the registry
        expected: Duration::from_secs(64),
    })?;
    Ok(PageTools {
        folders: [trunk, bindgen].into_iter().flatten().collect(),
        wasm,
    })
}

/// `cargo xtask setup`: all of it, the browser too.
pub fn set_up_all() -> Fallible<()> {
    let tools = for_page()?;
    run::stage("wasm32", &tools.wasm.to_string());
    for folder in &tools.folders {
        run::stage("installed", &folder.display().to_string());
    }
    run::stage("browser", &chrome()?.display().to_string());
    Ok(())
}

/// Node, at a version that fits.
pub fn node() -> Fallible<()> {
    let found = run::first_line(Command::new("node").arg("--version"));
    let major = found
        .as_deref()
        .and_then(|line| line.trim_start_matches('v').split('.').next()?.parse().ok());
    match major {
        Some(NODE_MAJOR..) => Ok(()),
        _ => Err(format!(
            "Node {NODE_MAJOR} or newer is needed for the editor, the styles and the tests; {}: https://nodejs.org",
            found.map_or("none was found".to_owned(), |version| format!(
                "{version} was found"
            ))
        )),
    }
}

/// The npm packages, as package-lock.json says.
pub fn modules() -> Fallible<()> {
    let mut command = Command::new("node");
    command
        .arg("xtask/page/modules.mjs")
        .current_dir(cache::root());
    run::must("npm packages", Duration::from_secs(20), &mut command).map(|_| ())
}

/// A Chrome or Chromium for the browser tests.
pub fn chrome() -> Fallible<PathBuf> {
    if let Some(given) = std::env::var_os("CHROME").map(PathBuf::from) {
        return if given.exists() {
            Ok(given)
        } else {
            Err(format!("CHROME: {} is not there.", given.display()))
        };
    }
    if let Some(found) = installed_chrome() {
        return Ok(found);
    }
    debian::install(
        &["chromium"],
        "No Chrome or Chromium was found for the browser tests.",
        "Install one, or set CHROME to its path.",
    )?;
    installed_chrome().ok_or_else(|| "Chromium was installed, but is not on PATH.".to_owned())
}

fn installed_chrome() -> Option<PathBuf> {
    let names = [
        "google-chrome",
        "google-chrome-stable",
        "chromium",
        "chromium-browser",
        "chrome",
    ];
    let elsewhere = [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    ];
    let on_path = names.into_iter().find_map(on_path);
    on_path.or_else(|| {
        elsewhere
            .iter()
            .map(PathBuf::from)
            .find(|path| path.exists())
    })
}

/// Where `PATH` has this program.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}

/// The version of a crate in Cargo.lock.
pub fn locked_version(package: &str) -> Fallible<String> {
    let lock = std::fs::read_to_string(cache::root().join("Cargo.lock"))
        .map_err(|error| error.to_string())?;
    let after = lock
        .split_once(&format!("name = \"{package}\"\nversion = \""))
        .map(|(_, after)| after);
    let version = after.and_then(|after| after.split('"').next());
    version
        .map(str::to_owned)
        .ok_or_else(|| format!("Cargo.lock does not name {package}."))
}

struct Tool {
    command: &'static str,
    package: &'static str,
    version: String,
    locked: bool,
    /// On two cores, from source.
    expected: Duration,
}

/// The folder to put before `PATH`, or none if `PATH` has a fitting tool already.
fn cargo_tool(tool: &Tool) -> Fallible<Option<PathBuf>> {
    if has_version(Path::new(tool.command), &tool.version) {
        return Ok(None);
    }
    let folder = cache::shared(&format!("{}-{}", tool.command, tool.version))?;
    let bin = folder.join("bin");
    if has_version(&bin.join(tool.command), &tool.version) {
        return Ok(Some(bin));
    }
    let mut command = Command::new(env!("CARGO"));
    command
        .args([
            "install",
            tool.package,
            "--version",
            &tool.version,
            "--debug",
            "--no-default-features",
            "--root",
        ])
        .arg(&folder)
        .args(tool.locked.then_some("--locked"))
        .env("CARGO_PROFILE_DEV_DEBUG", "0") // a debug build without debug information: half the time, and as quick
        .env_remove("CARGO_TARGET_DIR");
    run::must(
        &format!("installing {} {}", tool.package, tool.version),
        tool.expected,
        &mut command,
    )?;
    Ok(Some(bin))
}

fn has_version(command: &Path, version: &str) -> bool {
    let line = run::first_line(Command::new(command).arg("--version"));
    line.is_some_and(|line| line.split_whitespace().nth(1) == Some(version))
}
