//! `cargo xtask test`: every test there is, a line per kind, and one last line for all.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::{Fallible, cache, page, run, tools};

/// How many tests passed and failed.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
}

/// Sets up what is missing, runs native, wasm and browser tests, and ends with `N passed, N failed`.
pub fn test() -> Fallible<()> {
    tools::node()?;
    let chrome = tools::chrome()?;
    page::build(page::Profile::Release)?;
    let kinds = [
        native(
            "core tests",
            Duration::from_secs(150),
            &["--workspace", "--features", "conform"],
        )?,
        native(
            "page tests",
            Duration::from_secs(60),
            &["--features", "browser", "--bin", "podarium"],
        )?,
        node("wasm tests", "tests/wasm", &mut Command::new("node"))?,
        node(
            "browser tests",
            "tests/browser",
            Command::new("node").env("CHROME", chrome),
        )?,
    ];
    let all = kinds
        .into_iter()
        .fold(Counts::default(), |sum, kind| Counts {
            passed: sum.passed + kind.passed,
            failed: sum.failed + kind.failed,
        });
    println!("{} passed, {} failed", all.passed, all.failed);
    if all.failed == 0 {
        Ok(())
    } else {
        std::process::exit(1)
    }
}

fn native(name: &str, expected: Duration, arguments: &[&str]) -> Fallible<Counts> {
    let mut command = Command::new(env!("CARGO"));
    command
        .arg("test")
        .args(arguments)
        .args(["--no-fail-fast", "--color=never"])
        .current_dir(cache::root());
    let finished = run::quietly(name, expected, &mut command)?;
    Ok(report(name, &finished, cargo_counts(&finished.output)))
}

/// Runs all tests of a folder with Node's own runner.
fn node(name: &str, folder: &str, command: &mut Command) -> Fallible<Counts> {
    let files = scripts(folder);
    if files.is_empty() {
        return Ok(Counts::default());
    }
    command
        .args([
            "--test",
            "--test-concurrency=2",
            "--test-reporter=./xtask/page/reporter.mjs",
        ])
        .args(files)
        .env("PODARIUM_DIST", cache::root().join("dist"))
        .env("PODARIUM_NATIVE", cache::root().join("target/debug"))
        .current_dir(cache::root());
    let finished = run::quietly(name, Duration::ZERO, command)?;
    Ok(report(name, &finished, node_counts(&finished.output)))
}

/// All scripts of a folder of tests; their names end in `.spec.mjs`, `.test.mjs` or `.bench.mjs`; what they share does not.
pub fn scripts(folder: &str) -> Vec<PathBuf> {
    let all = cache::files(&cache::root().join(folder), &|path| {
        path.ends_with("screenshots")
    });
    let is_script = |path: &PathBuf| {
        [".spec.mjs", ".test.mjs", ".bench.mjs"]
            .iter()
            .any(|end| path.to_string_lossy().ends_with(end))
    };
    all.into_iter().filter(is_script).collect()
}

/// Says how a kind of tests went. A runner that fails without a failed test (it did not compile, say) counts as one.
fn report(name: &str, finished: &run::Finished, mut counts: Counts) -> Counts {
    if !finished.status.success() {
        counts.failed = counts.failed.max(1);
        println!("{}", failures(&finished.output));
    }
    run::stage(
        name,
        &format!(
            "{} passed, {} failed ({} s)",
            counts.passed, counts.failed, finished.seconds
        ),
    );
    counts
}

/// The output from its first failure on, without the lines of what went well.
fn failures(output: &str) -> String {
    let dull = |line: &&str| {
        let line = line.trim();
        let noise = [
            "Compiling ",
            "Running ",
            "Finished ",
            "Doc-tests ",
            "running ",
            "Blocking ",
        ];
        line.is_empty()
            || line.ends_with("... ok")
            || line.starts_with("test result: ok")
            || noise.iter().any(|start| line.starts_with(start))
    };
    let kept: Vec<&str> = output.lines().filter(|line| !dull(line)).collect();
    // Warnings come first, and `cargo xtask check` shows them.
    let is_start = |line: &&str| {
        ["FAILED", "error", "test "]
            .iter()
            .any(|start| line.starts_with(start))
    };
    let first = kept.iter().position(is_start).unwrap_or(0);
    kept[first..].join("\n")
}

/// Sums lines such as `test result: ok. 12 passed; 0 failed; 0 ignored; …`.
fn cargo_counts(output: &str) -> Counts {
    let results = output
        .lines()
        .filter_map(|line| line.strip_prefix("test result: "));
    results.fold(Counts::default(), |sum, line| Counts {
        passed: sum.passed + number_before(line, " passed"),
        failed: sum.failed + number_before(line, " failed"),
    })
}

/// Reads the reporter's last line: `12 passed, 0 failed`.
fn node_counts(output: &str) -> Counts {
    let line = output
        .lines()
        .rfind(|line| line.contains(" passed, "))
        .unwrap_or_default();
    Counts {
        passed: number_before(line, " passed"),
        failed: number_before(line, " failed"),
    }
}

fn number_before(line: &str, word: &str) -> u64 {
    let before = line.split(word).next().unwrap_or_default();
    before
        .rsplit(' ')
        .next()
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_cargos_result_lines_are_summed() {
        let output = "test a ... ok\ntest result: ok. 2 passed; 0 failed; 0 ignored\n\
                      test result: FAILED. 10 passed; 1 failed; 0 ignored\n";
        assert_eq!(
            cargo_counts(output),
            Counts {
                passed: 12,
                failed: 1
            }
        );
    }

    #[test]
    fn only_the_reporters_last_line_counts() {
        assert_eq!(
            node_counts("1 passed, 9 failed\nnoise\n31 passed, 2 failed\n"),
            Counts {
                passed: 31,
                failed: 2
            }
        );
    }

    #[test]
    fn a_failures_report_leaves_out_what_went_well() {
        assert_eq!(
            failures("test a ... ok\ntest b ... FAILED\n\ntest result: ok. 1 passed"),
            "test b ... FAILED"
        );
    }
}
