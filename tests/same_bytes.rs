//! Writes what the wasm build is to be compared with: the journals of every scenario and of 50
//! random histories, each with what the native build makes of it. `tests/wasm/same_bytes.test.mjs`
//! replays them in the built page and compares.

use std::fs;
use std::path::Path;

use podarium::history::{History, replay_report};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use common::deeds::{deeds, play};
use common::scenario::{Scenario, files, folder};

mod common;

const RANDOM_HISTORIES: u64 = 50;

#[test]
fn the_native_build_says_what_each_journal_comes_to() {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("same-bytes");
    // Not there the first time.
    let _ = fs::remove_dir_all(&target);
    fs::create_dir_all(&target).expect("the target folder is writable");
    for path in files() {
        let name = path
            .strip_prefix(folder())
            .unwrap_or(&path)
            .with_extension("");
        let name = name.to_string_lossy().replace(['/', '\\'], ".");
        write(
            &target,
            &format!("scenario.{name}"),
            &Scenario::read(&path).play(),
        );
    }
    let mut runner = TestRunner::deterministic();
    for seed in 0..RANDOM_HISTORIES {
        let deeds = deeds()
            .new_tree(&mut runner)
            .expect("nothing is rejected")
            .current();
        write(&target, &format!("random.{seed:02}"), &play(seed, &deeds));
    }
}

fn write(target: &Path, name: &str, history: &History) {
    let journal = serde_json::to_string(&history.journal()).expect("a journal is plain data");
    let report = replay_report(&journal).expect("the layout is this one");
    let digest = format!("digest {:016x}\n", history.digest());
    assert!(
        report.starts_with(&digest),
        "{name}: the replay ends elsewhere than the history"
    );
    fs::write(target.join(format!("{name}.journal.json")), journal).expect("writable");
    fs::write(target.join(format!("{name}.report.txt")), report).expect("writable");
}
