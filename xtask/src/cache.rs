//! Where things are kept: the person's cache folder (tools, the wasm build's target folder: shared by all clones),
//! and `target/xtask` of this repository (stamps of finished work, logs).

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::Fallible;

/// The repository's top folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."))
}

/// `${XDG_CACHE_HOME:-~/.cache}/podarium/NAME`; on Windows `%LOCALAPPDATA%\podarium\NAME`.
pub fn shared(name: &str) -> Fallible<PathBuf> {
    let given = |variable| {
        std::env::var_os(variable)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let base = given("XDG_CACHE_HOME")
        .or_else(|| given("LOCALAPPDATA"))
        .or_else(|| given("HOME").map(|home| home.join(".cache")))
        .ok_or("No cache folder: set HOME, or XDG_CACHE_HOME, to an absolute path.")?;
    Ok(base.join("podarium").join(name))
}

/// `target/xtask/NAME`, made if it is not there.
pub fn work_folder(name: &str) -> Fallible<PathBuf> {
    let folder = root().join("target/xtask").join(name);
    make(&folder)?;
    Ok(folder)
}

/// Makes a folder and those above it.
pub fn make(folder: &Path) -> Fallible<()> {
    std::fs::create_dir_all(folder)
        .map_err(|error| format!("{} cannot be made: {error}", folder.display()))
}

/// Holds the cache folder for one clone at a time, until dropped: several may build at once on one machine.
pub fn lock() -> Fallible<File> {
    let folder = shared("")?;
    make(&folder)?;
    let path = folder.join("lock");
    let file = File::create(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    if file.try_lock().is_err() {
        eprintln!("Another clone builds on this machine; waiting for it …");
        file.lock()
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    take_over(&folder)?;
    Ok(file)
}

/// Cargo takes the sources of two clones for the same ones, and goes by their times alone: where another clone built
/// last, ours must look newer than what it left.
fn take_over(folder: &Path) -> Fallible<()> {
    let path = folder.join("built-by");
    let ours = root().to_string_lossy();
    let last = std::fs::read_to_string(&path).unwrap_or_default();
    if last == ours {
        return Ok(());
    }
    if !last.is_empty() {
        let mut sources = vec![root().join("build.rs")];
        for part in ["build", "src", "benches"] {
            sources.extend(files(&root().join(part), &|_| false));
        }
        let now = std::time::SystemTime::now();
        for source in sources {
            let touched = File::options().append(true).open(&source);
            touched
                .and_then(|file| file.set_modified(now))
                .map_err(|error| format!("{}: {error}", source.display()))?;
        }
    }
    std::fs::write(&path, &*ours).map_err(|error| format!("{}: {error}", path.display()))
}

/// Whether the work called `name` was last finished for just this `state`.
pub fn is_done(name: &str, state: &str) -> bool {
    done(name).is_some_and(|kept| kept == state)
}

/// The state for which the work called `name` was last finished.
pub fn done(name: &str) -> Option<String> {
    std::fs::read_to_string(work_folder("stamp").ok()?.join(name)).ok()
}

/// Remembers that the work called `name` is finished for `state`.
pub fn set_done(name: &str, state: &str) -> Fallible<()> {
    let path = work_folder("stamp")?.join(name);
    std::fs::write(&path, state).map_err(|error| format!("{}: {error}", path.display()))
}

/// A number for the content of a file, or of all files under a folder (and their names) but those that `skip` names.
pub fn fingerprint(place: &Path, skip: &dyn Fn(&Path) -> bool) -> u64 {
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    for path in if place.is_dir() {
        files(place, skip)
    } else {
        vec![place.to_owned()]
    } {
        hash.add(
            path.strip_prefix(place)
                .unwrap_or(&path)
                .to_string_lossy()
                .as_bytes(),
        );
        hash.add(&std::fs::read(&path).unwrap_or_default());
    }
    hash.0
}

/// All files under `folder`, sorted, without what `skip` names (files or whole folders).
pub fn files(folder: &Path, skip: &dyn Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    entries.sort();
    let kept = entries.into_iter().filter(|path| !skip(path));
    kept.flat_map(|path| {
        if path.is_dir() {
            files(&path, skip)
        } else {
            vec![path]
        }
    })
    .collect()
}

/// FNV-1a over words of eight bytes: quick even in a debug build, and the same in every version of Rust.
struct Fnv(u64);

impl Fnv {
    fn add(&mut self, bytes: &[u8]) {
        let mut mix = |word: u64| {
            self.0 = (self.0 ^ word)
                .wrapping_mul(0x0100_0000_01b3)
                .rotate_left(23)
        };
        mix(bytes.len() as u64);
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| mix(u64::from_le_bytes(*word)));
        rest.iter().for_each(|byte| mix(u64::from(*byte)));
    }
}
