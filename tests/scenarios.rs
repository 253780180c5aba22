//! Every file in tests/scenarios is a claim with the trace that proves it.
//! `UPDATE=1 cargo test --test scenarios` writes the traces anew; then read the diff.

use std::fs;

use common::scenario::{Scenario, files, folder};

mod common;

#[test]
fn every_scenario_leaves_its_trace() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut different = Vec::new();
    for path in files() {
        let scenario = Scenario::read(&path);
        let trace = scenario.trace(&scenario.play());
        if trace == scenario.trace {
            continue;
        }
        if update {
            let text = fs::read_to_string(&path).expect("it was read before");
            let before = text.split("trace: |").next().unwrap_or_default().trim_end();
            let indented: String = trace.lines().map(|line| format!("  {line}\n")).collect();
            fs::write(&path, format!("{before}\ntrace: |\n{indented}")).expect("it is writable");
        } else {
            let name = path
                .strip_prefix(folder())
                .unwrap_or(&path)
                .display()
                .to_string();
            different.push(format!(
                "{name}: expected\n{}\ngot\n{trace}",
                scenario.trace
            ));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert!(!files().is_empty(), "there are scenarios");
}
