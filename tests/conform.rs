//! What the real Kubernetes v1.36.2 answered, put to the core: topic by topic, no fewer cases are
//! answered as recorded than `tests/golden/floors.toml` says. `UPDATE=1 cargo test --features conform
//! --test conform` raises the floors to what is reached; nothing but a hand lowers them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use podarium::conform::run::{Count, Output, run};

const HEAD: &str = "# Recorded cases that the core answers as Kubernetes did, by topic. A topic that isn't here has none.\n\
                    # `UPDATE=1 cargo test --features conform --test conform` raises these numbers, and only raises them.\n";

#[test]
fn no_topic_answers_fewer_cases_than_before() {
    let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let file = golden.join("floors.toml");
    let floors = read(&std::fs::read_to_string(&file).unwrap_or_default());
    let (counts, differences) = counted(&golden);
    assert!(counts.len() > 100, "all families are there");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, written(&raised(floors, &counts))).expect("the floors' file");
        return;
    }
    let fallen: Vec<String> = floors
        .iter()
        .filter_map(|floor| fall(floor, &counts))
        .collect();
    assert!(
        fallen.is_empty(),
        "{}\n{}",
        fallen.join("\n"),
        of_topics(&differences, &fallen)
    );
}

/// Puts every recording to the core; with what differs, a case a line.
fn counted(golden: &Path) -> (Vec<Count>, String) {
    let folder = std::env::temp_dir().join(format!("podarium-conform-{}", std::process::id()));
    let output = Output {
        answers: folder.join("answers.jsonl"),
        differences: folder.join("differences.jsonl"),
    };
    let counts = run(&[golden.to_path_buf()], &output).expect("recordings can be read");
    let differences = std::fs::read_to_string(&output.differences).expect("just written");
    std::fs::remove_dir_all(&folder).expect("just made");
    (counts, differences)
}

/// `api/yaml: 77 of 78, floor 78`, if the topic fell below its floor.
fn fall((topic, floor): (&String, &u64), counts: &[Count]) -> Option<String> {
    let count = counts.iter().find(|count| count.topic == *topic);
    let (equal, judged) = count.map_or((0, 0), |count| (count.equal, count.judged));
    (equal < *floor).then(|| format!("{topic}: {equal} of {judged}, floor {floor}"))
}

/// The differences of the families that fell, as far as a screen takes them.
fn of_topics(differences: &str, fallen: &[String]) -> String {
    let families: Vec<String> = fallen
        .iter()
        .filter_map(|line| line.split('/').next())
        .map(|family| format!("\"kind\":\"{family}\""))
        .collect();
    let lines = differences
        .lines()
        .filter(|line| families.iter().any(|family| line.contains(family)));
    let lines: Vec<&str> = lines.take(40).collect();
    lines.join("\n")
}

fn read(text: &str) -> BTreeMap<String, u64> {
    let floors = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    floors
        .map(|line| {
            let (topic, floor) = line.split_once(" = ").expect("\"topic\" = number");
            let floor = floor.parse().expect("a number of cases");
            (topic.trim_matches('"').to_string(), floor)
        })
        .collect()
}

fn written(floors: &BTreeMap<String, u64>) -> String {
    floors
        .iter()
        .fold(HEAD.to_string(), |mut text, (topic, floor)| {
            let _ = writeln!(text, "\"{topic}\" = {floor}");
            text
        })
}

fn raised(mut floors: BTreeMap<String, u64>, counts: &[Count]) -> BTreeMap<String, u64> {
    for count in counts.iter().filter(|count| count.equal > 0) {
        let floor = floors.entry(count.topic.clone()).or_default();
        *floor = count.equal.max(*floor);
    }
    floors
}

#[test]
fn floors_only_rise() {
    let floors = read("# a head\n\"api/yaml\" = 78\n\"dns/srv\" = 1\n");
    let count = |topic: &str, equal| Count {
        topic: topic.into(),
        equal,
        judged: 100,
        blind: 0,
    };
    let counts = [
        count("api/yaml", 77),
        count("dns/srv", 2),
        count("dns/ptr", 0),
    ];
    assert!(fall((&"api/yaml".into(), &78), &counts).is_some());
    let raised = raised(floors, &counts);
    assert_eq!(
        written(&raised),
        format!("{HEAD}\"api/yaml\" = 78\n\"dns/srv\" = 2\n")
    );
}
