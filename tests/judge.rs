//! The judge in Rust and `golden/compare.py` count alike, whatever the answers are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use podarium::conform::{judge, recording};
use serde_json::{Value as Json, json};

/// Answers that are the recordings themselves, some of them spoiled in ways that matter or don't.
fn answers(golden: &Path) -> Vec<Json> {
    let mut answers = Vec::new();
    let mut number = 0_usize;
    recording::each_case(golden, &mut |kind, mut case| {
        case["kind"] = json!(kind);
        number += 1;
        if !number.is_multiple_of(7) {
            spoil(&mut case, number);
            answers.push(case);
        }
    })
    .expect("recordings can be read");
    answers
}

/// Changes one leaf of the answer, or none: which one depends on `number` alone.
fn spoil(answer: &mut Json, number: usize) {
    let mut leaves = 0;
    visit(answer, &mut |_| leaves += 1);
    let chosen = match number % 5 {
        0 | 1 => return,
        n => number.wrapping_mul(2_654_435_761).wrapping_add(n) % leaves,
    };
    let mut at = 0;
    visit(answer, &mut |leaf| {
        if at == chosen {
            *leaf = spoiled(leaf, number);
        }
        at += 1;
    });
}

fn visit(value: &mut Json, each: &mut dyn FnMut(&mut Json)) {
    match value {
        Json::Array(items) if !items.is_empty() => items.iter_mut().for_each(|v| visit(v, each)),
        Json::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields.iter_mut() {
                if !["kind", "id", "topic", "t", "type", "op", "name", "do"]
                    .contains(&name.as_str())
                {
                    visit(value, each);
                }
            }
        }
        leaf => each(leaf),
    }
}

fn spoiled(leaf: &Json, number: usize) -> Json {
    match leaf {
        Json::String(text) if number.is_multiple_of(2) => json!(format!("{text}  \n")),
        Json::String(text) => json!(text.replace(char::is_alphabetic, "x")),
        Json::Bool(truth) if number.is_multiple_of(2) => json!(u8::from(*truth)),
        Json::Bool(truth) => json!(!truth),
        Json::Number(n) if number.is_multiple_of(2) => json!(n.as_f64()),
        Json::Number(_) => json!(-7),
        _ => leaf.clone(),
    }
}

fn counts_here(golden: &Path, answers: &[Json]) -> BTreeMap<String, (u64, u64)> {
    let key = |case: &Json| (case["kind"].to_string(), case["id"].to_string());
    let answers: BTreeMap<_, _> = answers.iter().map(|answer| (key(answer), answer)).collect();
    let mut counts = BTreeMap::new();
    recording::each_case(golden, &mut |kind, mut case| {
        let topic = format!("{kind}/{}", case["topic"].as_str().expect("a topic"));
        let own_kind = case["kind"].clone();
        case["kind"] = json!(kind);
        let answer = answers.get(&key(&case)).copied();
        case["kind"] = own_kind;
        for (_, difference) in judge::verdicts(kind, &case, answer) {
            let count: &mut (u64, u64) = counts.entry(topic.clone()).or_default();
            count.0 += u64::from(difference.is_none());
            count.1 += 1;
        }
    })
    .expect("recordings can be read");
    counts
}

fn counts_of_python(golden: &Path, answers: &Path) -> Option<BTreeMap<String, (u64, u64)>> {
    let said = Command::new("python3")
        .arg(golden.join("compare.py"))
        .arg(golden)
        .arg(answers)
        .output()
        .ok()?;
    let said = String::from_utf8(said.stdout).expect("UTF-8");
    let count = |line: &str| {
        let (topic, numbers) = line.split_once(": ")?;
        let (equal, all) = numbers.split_once(" of ")?;
        Some((topic.to_string(), (equal.parse().ok()?, all.parse().ok()?)))
    };
    let mut counts: BTreeMap<_, _> = said.lines().filter_map(count).collect();
    counts.remove("conform")?;
    Some(counts)
}

#[test]
fn both_judges_count_alike() {
    let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    if Command::new("python3").arg("--version").output().is_err() {
        return; // No Python, no reference to compare with.
    }
    let answers = answers(&golden);
    let lines: Vec<String> = answers.iter().map(Json::to_string).collect();
    let file = std::env::temp_dir().join(format!("podarium-judge-{}.jsonl", std::process::id()));
    std::fs::write(&file, lines.join("\n") + "\n").expect("a file for the answers");
    let python = counts_of_python(&golden, &file).expect("the reference judge counts");
    std::fs::remove_file(&file).expect("the file just written");
    let here = counts_here(&golden, &answers);
    assert_eq!(here, python);
    let (equal, all) = here
        .values()
        .fold((0, 0), |sum, n| (sum.0 + n.0, sum.1 + n.1));
    assert!(
        0 < equal && equal < all,
        "some answers are spoiled, some are not"
    );
}
