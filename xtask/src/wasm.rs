//! Finds a Rust that can build for wasm32-unknown-unknown. Three ways, in this order:
//! the Rust at hand has the target; Debian's `rustc-web` is there; rustup can add the target.
//! Where none works, Debian's packages are installed or asked for.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::{Fallible, cache, debian, run};

/// What the page is built for.
pub const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-22"];

/// A way to build for wasm32.
pub enum Toolchain {
    /// The Rust that runs this has the target.
    AtHand { version: String },
    /// Debian's Rust, which has the library's sources but no built library: `std` is built along with the crate.
    Debian { version: String, linker: PathBuf },
}

impl fmt::Display for Toolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Toolchain::AtHand { version } => write!(f, "{version}"),
            Toolchain::Debian { version, .. } => {
                write!(f, "{version}, Debian's, with std from source")
            }
        }
    }
}

impl Toolchain {
    /// Prepares one call: only wasm builds run in this environment, everything native keeps its own.
    pub fn apply(&self, command: &mut Command, mut folders: Vec<PathBuf>) -> Fallible<()> {
        // What `cargo xtask` was started with describes the native toolchain.
        let described = std::env::vars_os().map(|(name, _)| name).filter(|name| {
            name.to_str().is_some_and(|name| {
                name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
            })
        });
        described.for_each(|name| {
            command.env_remove(name);
        });
        command.env("CARGO_TARGET_DIR", cache::shared("wasm-target")?);
        if let Toolchain::Debian { linker, .. } = self {
            for name in [
                "CARGO",
                "RUSTUP_TOOLCHAIN",
                "RUSTC_WRAPPER",
                "RUSTFLAGS",
                "LD_LIBRARY_PATH",
            ] {
                command.env_remove(name);
            }
            command
                .env("RUSTC", "/usr/bin/rustc")
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
            folders.insert(0, debian_cargo_folder()?);
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        folders.extend(std::env::split_paths(&path));
        command.env(
            "PATH",
            std::env::join_paths(folders).map_err(|error| error.to_string())?,
        );
        Ok(())
    }

    /// Gets all crates of Cargo.lock, so that builds need no network. (For Debian's way also those of `std`.)
    pub fn fetch(&self) -> Fallible<()> {
        let fetch = |more: &[&str]| -> Fallible<Command> {
            let mut command = Command::new("cargo");
            command.arg("fetch").args(more).current_dir(cache::root());
            self.apply(&mut command, vec![])?;
            Ok(command)
        };
        // Neither gets all: the first leaves out what only std for this target needs, the second what builds on the host.
        for asked in [&[] as &[&str], &["--target", TARGET]] {
            let here = [&["--offline"], asked].concat();
            let found = run::quietly("looking for crates", Duration::ZERO, &mut fetch(&here)?)?;
            if !found.status.success() {
                run::must(
                    "downloading crates",
                    Duration::from_secs(30),
                    &mut fetch(asked)?,
                )?;
            }
        }
        Ok(())
    }
}

/// Finds a toolchain, else makes one.
pub fn find_or_install() -> Fallible<Toolchain> {
    if let Some(found) = at_hand().or_else(debian_rust) {
        return Ok(found);
    }
    let refusal = match rustup_add() {
        Ok(()) => {
            return at_hand()
                .ok_or_else(|| format!("rustup added {TARGET}, but rustc does not see it."));
        }
        Err(refusal) => refusal,
    };
    debian::install(
        &DEBIAN_PACKAGES,
        &format!("The page is built for {TARGET}, which this Rust does not have, and {refusal}."),
        "Where rustup works, `rustup target add wasm32-unknown-unknown` is enough.",
    )?;
    debian_rust().ok_or_else(|| format!("Debian's packages are installed, but /usr/bin/rustc is none that can build for {TARGET}: it must be 1.95 or newer."))
}

fn at_hand() -> Option<Toolchain> {
    let rustc = || Command::new(std::env::var_os("RUSTC").unwrap_or("rustc".into()));
    let library = run::first_line(rustc().args(["--print", "target-libdir", "--target", TARGET]))?;
    let built = std::fs::read_dir(library).ok()?.flatten();
    let has_std = built
        .into_iter()
        .any(|file| file.file_name().to_string_lossy().starts_with("libstd-"));
    has_std.then(|| {
        run::first_line(rustc().arg("--version")).map(|version| Toolchain::AtHand { version })
    })?
}

fn debian_rust() -> Option<Toolchain> {
    let version = run::first_line(
        Command::new("/usr/bin/rustc")
            .arg("--version")
            .env_remove("LD_LIBRARY_PATH"),
    )?;
    let minor: u32 = version
        .strip_prefix("rustc 1.")?
        .split('.')
        .next()?
        .parse()
        .ok()?;
    let sources = Path::new("/usr/lib/rustlib/src/rust/library/std").exists();
    let linker = (22..30)
        .map(|n| PathBuf::from(format!("/usr/bin/wasm-ld-{n}")))
        .find(|path| path.exists())?;
    let whole = minor >= 95 && sources && Path::new("/usr/bin/cargo").exists();
    whole.then_some(Toolchain::Debian { version, linker })
}

/// The reason of a failure is given as the end of a sentence.
fn rustup_add() -> Fallible<()> {
    let mut command = Command::new("rustup");
    command
        .args(["target", "add", TARGET])
        .env("RUSTUP_MAX_RETRIES", "1");
    match run::quietly("rustup target add", Duration::from_secs(20), &mut command) {
        Ok(finished) if finished.status.success() => Ok(()),
        Ok(finished) => {
            let said = finished
                .output
                .lines()
                .find(|line| line.starts_with("error"))
                .unwrap_or("no reason given");
            Err(format!(
                "rustup cannot add it ({})",
                said.trim_start_matches("error: ").trim()
            ))
        }
        Err(_) => Err("there is no rustup to add it".to_owned()),
    }
}

/// A folder with nothing but Debian's cargo: putting /usr/bin itself first could hide the person's Node.
fn debian_cargo_folder() -> Fallible<PathBuf> {
    let folder = cache::shared("debian-cargo")?;
    let link = folder.join("cargo");
    if !link.exists() {
        cache::make(&folder)?;
        #[cfg(unix)]
        std::os::unix::fs::symlink("/usr/bin/cargo", &link)
            .map_err(|error| format!("{}: {error}", link.display()))?;
    }
    Ok(folder)
}
