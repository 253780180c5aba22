//! What neither compiler nor clippy says about our files. Each refusal names file, rule and remedy.

use std::path::Path;

use crate::{Fallible, cache};

/// Above this many lines a file must say why: `long because …` in its header.
const LONGEST: usize = 600;

/// Reads all of our own text files and refuses what breaks a rule.
pub fn tidy() -> Fallible<()> {
    let root = cache::root();
    let skip = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let recorded =
            path.ends_with("tests/golden") || path.ends_with("tests/browser/screenshots");
        recorded
            || matches!(
                name.as_ref(),
                "target" | "dist" | "node_modules" | ".git" | "package-lock.json"
            )
    };
    let machine = machine_paths();
    let mut problems = Vec::new();
    for path in cache::files(root, &skip) {
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        }; // not text
        let name = path
            .strip_prefix(root)
            .unwrap_or(&path)
            .to_string_lossy()
            .replace('\\', "/");
        problems.extend(
            judge(&name, &text, &machine)
                .into_iter()
                .map(|problem| format!("{name}: {problem}")),
        );
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems.join("\n"))
    }
}

fn judge(name: &str, text: &str, machine: &[String]) -> Vec<String> {
    let mut problems = Vec::new();
    let rust = name.ends_with(".rs");
    let first = text
        .lines()
        .find(|line| !line.starts_with("#!/"))
        .unwrap_or_default();
    if (rust || name.ends_with(".mjs") || name.ends_with(".js")) && !first.starts_with("//!") {
        problems.push(
            "it must begin with a `//!` header: what it is, what it models, what it leaves out"
                .to_owned(),
        );
    }
    if rust {
        let header: Vec<&str> = text
            .lines()
            .take_while(|line| line.starts_with("//!"))
            .collect();
        let lines = text.lines().count();
        if lines > LONGEST && !header.join(" ").contains("long because") {
            problems.push(format!("{lines} lines, more than {LONGEST}: split it, or say `long because …` in its header"));
        }
        // Written in two parts, so that this file may stay under its own rule.
        let banned = [
            (
                concat!("#[ign", "ore"),
                "a test that never runs proves nothing: mend it or delete it",
            ),
            (concat!("tod", "o!("), "write it, or leave the room out"),
            (
                concat!("unimple", "mented!("),
                "write it, or leave the room out",
            ),
        ];
        for (word, reason) in banned.into_iter().filter(|(word, _)| text.contains(word)) {
            problems.push(format!("`{word}`: {reason}"));
        }
    }
    if rust && is_core(name) {
        let reaches = ["env", "fs", "os", "process", "thread"];
        let outside = reaches.map(|module| format!("{}::{module}", "std"));
        for word in outside.iter().filter(|word| text.contains(word.as_str())) {
            problems.push(format!(
                "`{word}`: the core reaches nothing outside; text and time go in as an Input"
            ));
        }
    }
    for path in machine.iter().filter(|path| text.contains(path.as_str())) {
        problems.push(format!("`{path}` is a place on one person's machine"));
    }
    problems
}

/// Is it of the core, which is pure? The page, the binaries and the recorded cases' driver aren't.
fn is_core(name: &str) -> bool {
    let outside = ["src/ui/", "src/bin/", "src/conform/", "src/main.rs"];
    name.starts_with("src/") && !outside.iter().any(|outside| name.starts_with(outside))
}

/// The beginnings of paths that mean something on this machine only: the clone's place, the person's home.
fn machine_paths() -> Vec<String> {
    let home = std::env::var("HOME").unwrap_or_default();
    let top = cache::root()
        .components()
        .nth(1)
        .map(|part| part.as_os_str().to_string_lossy().into_owned());
    // A container's file system has these too.
    let common = [
        "tmp", "usr", "var", "opt", "srv", "mnt", "root", "data", "app", "src", "home", "Users",
    ];
    let top = top.filter(|top| cfg!(unix) && !common.contains(&top.as_str()));
    let own_cache = (!home.is_empty()).then(|| format!("{home}/."));
    let homes = [concat!("/ho", "me/"), concat!("/Us", "ers/")].map(str::to_owned);
    homes
        .into_iter()
        .chain(own_cache)
        .chain(top.map(|top| format!("/{top}/")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_header_is_refused() {
        assert_eq!(judge("src/a.rs", "fn main() {}", &[]).len(), 1);
        assert!(judge("src/a.rs", "//! Says what it is.\nfn main() {}", &[]).is_empty());
    }

    #[test]
    fn a_core_that_reaches_outside_is_refused() {
        let text = concat!("//! Says what it is.\nuse std", "::fs;");
        assert_eq!(judge("src/cluster/a.rs", text, &[]).len(), 1);
        assert!(judge("src/bin/a.rs", text, &[]).is_empty());
    }

    #[test]
    fn a_long_file_must_say_why() {
        let long = "\n".repeat(LONGEST + 1);
        assert_eq!(judge("src/a.rs", &format!("//! Long.{long}"), &[]).len(), 1);
        assert!(
            judge(
                "src/a.rs",
                &format!("//! It is long because it is one table.{long}"),
                &[]
            )
            .is_empty()
        );
    }

    #[test]
    fn a_test_that_never_runs_and_a_machines_path_are_refused() {
        let text = concat!("//! A.\n#[ign", "ore]\nfn a() { open(\"/some/where/x\") }");
        assert_eq!(
            judge("src/a.rs", text, &["/some/where/".to_owned()]).len(),
            2
        );
    }
}
