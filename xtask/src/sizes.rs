//! Compressed sizes of the page, and the ratchet in sizes.toml: a file may shrink freely, and grows only by a commit
//! that says so (`cargo xtask sizes --raise`).

use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::Command;
use std::time::Duration;

use crate::{Fallible, cache, run};

/// Brotli bytes that a first visit may fetch: everything but the editor, which comes after the first paint, and what
/// draws a large cluster.
const FIRST_VISIT: u64 = 320_000;
/// Compilers differ a little; a file may exceed its recorded size by 3 % and 64 bytes (two versions of Rust differed by 2 %).
const fn allowed(recorded: u64) -> u64 {
    recorded + recorded * 3 / 100 + 64
}

/// One file of `dist/`, the hash left out of its name.
struct Size {
    name: String,
    first_visit: bool,
    plain: u64,
    brotli: u64,
}

/// Prints a line per file and the total of a first visit.
pub fn print() -> Fallible<()> {
    let sizes = measure()?;
    for size in &sizes {
        let when = if size.first_visit { "" } else { "  later" };
        println!(
            "  {:<32}{:>9} {:>9} Brotli{when}",
            size.name, size.plain, size.brotli
        );
    }
    println!(
        "  {:<32}{:>9} {:>9} Brotli, of {FIRST_VISIT} allowed",
        "a first visit",
        "",
        total(&sizes)
    );
    let at_once = |size: &&Size| size.first_visit && size.name != "rest.wasm";
    let at_once = sizes.iter().filter(at_once).map(|size| size.brotli);
    let picture: u64 = at_once.sum();
    println!(
        "  {:<32}{:>9} {picture:>9} Brotli",
        "of it until the first picture", ""
    );
    Ok(())
}

/// Accepts the present sizes as the new limit.
pub fn raise() -> Fallible<()> {
    let mut text =
        "# Brotli bytes of each file of the page (release). The ratchet of `cargo xtask check`:\n\
                    # written by `cargo xtask sizes --raise`, committed with the reason.\n"
            .to_owned();
    for size in measure()? {
        let _ = writeln!(text, "\"{}\" = {}", size.name, size.brotli);
    }
    std::fs::write(cache::root().join("sizes.toml"), text).map_err(|error| error.to_string())
}

/// Refuses files that grew beyond sizes.toml, and a first visit that is too heavy. Only for a release in `dist/`.
pub fn judge() -> Fallible<()> {
    let sizes = measure()?;
    let recorded = recorded();
    let grown = sizes.iter().filter_map(|size| {
        let limit = allowed(*recorded.get(&size.name)?);
        (size.brotli > limit).then(|| {
            format!(
                "{}: {} bytes of Brotli, sizes.toml allows {limit}",
                size.name, size.brotli
            )
        })
    });
    let mut problems: Vec<String> = grown.collect();
    if total(&sizes) > FIRST_VISIT {
        problems.push(format!(
            "a first visit takes {} bytes of Brotli, more than {FIRST_VISIT}",
            total(&sizes)
        ));
    }
    if problems.is_empty() {
        return Ok(());
    }
    problems.push(
        "Make it smaller, or run `cargo xtask sizes --raise` and say in the commit what it buys."
            .to_owned(),
    );
    Err(problems.join("\n"))
}

fn total(sizes: &[Size]) -> u64 {
    sizes
        .iter()
        .filter(|size| size.first_visit)
        .map(|size| size.brotli)
        .sum()
}

/// Compressing takes seconds, so the result is kept for as long as `dist/` stays the same.
fn measure() -> Fallible<Vec<Size>> {
    let dist = cache::root().join("dist");
    if !dist.join("index.html").exists() {
        return Err("There is no dist/ yet: run cargo xtask build.".to_owned());
    }
    let how = cache::root().join("xtask/page/sizes.mjs");
    let [dist_now, how] = [&dist, &how].map(|path| cache::fingerprint(path, &|_| false));
    let state = format!("{dist_now:016x} {how:016x}\n");
    let kept = cache::done("sizes").and_then(|kept| kept.strip_prefix(&state).map(str::to_owned));
    let table = match kept {
        Some(table) => table,
        None => {
            let mut command = Command::new("node");
            command
                .args(["xtask/page/sizes.mjs", "dist"])
                .current_dir(cache::root());
            let table = run::must("compressing", Duration::from_secs(5), &mut command)?.output;
            cache::set_done("sizes", &format!("{state}{table}"))?;
            table
        }
    };
    Ok(table.lines().filter_map(read).collect())
}

fn read(line: &str) -> Option<Size> {
    let mut fields = line.split('\t');
    Some(Size {
        name: fields.next()?.to_owned(),
        first_visit: fields.next()? == "first",
        plain: fields.next()?.parse().ok()?,
        brotli: fields.next()?.parse().ok()?,
    })
}

fn recorded() -> BTreeMap<String, u64> {
    let text = std::fs::read_to_string(cache::root().join("sizes.toml")).unwrap_or_default();
    let entry = |line: &str| {
        let (name, bytes) = line.split_once(" = ")?;
        Some((
            name.trim_matches('"').to_owned(),
            bytes.trim().parse().ok()?,
        ))
    };
    text.lines().filter_map(entry).collect()
}
