//! Builds the page with Trunk into `dist/`, only when something it is made of changed, and serves it.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::{Fallible, cache, run, tools};

/// How the page is built: small and quick, or soon.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    Release,
    Dev,
}

/// Builds `dist/` unless it is up to date.
pub fn build(profile: Profile) -> Fallible<()> {
    if is_up_to_date(profile) {
        run::stage("page", "up to date");
        return Ok(());
    }
    let tools = tools::for_page()?;
    tools.wasm.fetch()?;
    let inputs = state(profile); // before building: what changes meanwhile is built next time
    let finished = {
        let _lock = cache::lock()?; // the target folder is shared, and Trunk reads from it after cargo let go of it
        let mut trunk = Command::new("trunk");
        trunk
            .args(["build", "--offline", "--quiet"])
            .current_dir(cache::root())
            .env_remove("NO_COLOR") // Trunk 0.21 refuses any value but true and false
            .env("RUST_BACKTRACE", "0");
        if profile == Profile::Release {
            trunk.arg("--release");
        }
        tools.wasm.apply(&mut trunk, tools.folders)?;
        run::must("building the page", Duration::from_secs(150), &mut trunk)?
    };
    cache::set_done("page", &with_result(&inputs))?;
    run::stage("page", &format!("built in {} s", finished.seconds));
    Ok(())
}

/// Records what the first picture needs, and builds the page anew with that.
pub fn record_first_picture() -> Fallible<()> {
    build(Profile::Release)?;
    let mut record = Command::new("node");
    record
        .arg("xtask/page/first_picture.mjs")
        .current_dir(cache::root())
        .env("CHROME", tools::chrome()?);
    let told = run::must(
        "looking at the first picture",
        Duration::from_secs(60),
        &mut record,
    )?;
    run::stage("page", told.output.trim());
    build(Profile::Release)
}

/// `cargo xtask serve`: builds, serves, and builds again whenever a file changed.
pub fn serve(options: &[&str]) -> Fallible<()> {
    let (mut profile, mut port) = (Profile::Release, "8080");
    let mut rest = options;
    while let [option, after @ ..] = rest {
        rest = match (*option, after) {
            ("--dev", _) => {
                profile = Profile::Dev;
                after
            }
            ("--port", [number, after @ ..]) if number.parse::<u16>().is_ok() => {
                port = number;
                after
            }
            _ => {
                return Err(format!(
                    "serve understands --dev and --port N, not {option}."
                ));
            }
        };
    }
    build(profile)?;
    let mut server = Command::new("node")
        .args(["xtask/page/server.mjs", "dist", port])
        .current_dir(cache::root())
        .spawn()
        .map_err(|error| format!("node could not be started: {error}"))?;
    let mut seen = state(profile);
    loop {
        std::thread::sleep(Duration::from_millis(700));
        if let Some(status) = server.try_wait().map_err(|error| error.to_string())? {
            return Err(format!("The server ended ({status})."));
        }
        let now = state(profile);
        if now != seen {
            seen = now;
            match build(profile) {
                Ok(()) => println!("Reload the page to see it."),
                Err(sentence) => eprintln!("{sentence}"),
            }
        }
    }
}

fn is_up_to_date(profile: Profile) -> bool {
    cache::root().join("dist/index.html").exists()
        && cache::is_done("page", &with_result(&state(profile)))
}

/// Whether `dist/` was last built small and quick, by us.
pub fn is_release() -> bool {
    let stamp = cache::done("page").unwrap_or_default();
    let result = stamp.rsplit(' ').next().unwrap_or_default();
    stamp.starts_with("release") && with_result("").ends_with(result)
}

/// The inputs' state with what came of them: plain `trunk build` writes `dist/` too, and we must notice.
fn with_result(inputs: &str) -> String {
    let index = cache::root().join("dist/index.html");
    format!("{inputs} {:016x}", cache::fingerprint(&index, &|_| false))
}

/// Everything the page is made of, as one short text: whatever is not known to stay outside counts.
fn state(profile: Profile) -> String {
    let root = cache::root();
    let outside = |path: &Path| {
        let name = path
            .strip_prefix(root)
            .unwrap_or(path)
            .to_string_lossy()
            .replace('\\', "/");
        matches!(
            name.as_str(),
            "target"
                | "dist"
                | "node_modules"
                | "tests"
                | "docs"
                | "benches"
                | "fuzz"
                | "xtask/src"
        ) || !name.contains('/')
            && (name.starts_with('.') || name.ends_with(".md") || name == "sizes.toml")
    };
    let name = if profile == Profile::Release {
        "release"
    } else {
        "dev"
    };
    format!("{name} {:016x}", cache::fingerprint(root, &outside))
}
