//! The recorded verdicts of kubectl and the API server, put to the core.

use std::path::PathBuf;

use podarium::conform::run::{Output, run};

/// What isn't answered as recorded: Go prints the difference of two structs of its own there.
const DIFFERENT: [(&str, u64); 1] = [("api/pvc", 2)];

#[test]
fn kubectl_and_the_api_server_answer_as_recorded() {
    let folder = std::env::temp_dir().join(format!("podarium-conform-{}", std::process::id()));
    let output = Output {
        answers: folder.join("answers.jsonl"),
        differences: folder.join("differences.jsonl"),
    };
    let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/api");
    let counts = run(&[golden], &output).expect("recordings can be read");
    let differences = std::fs::read_to_string(&output.differences).expect("just written");
    std::fs::remove_dir_all(&folder).expect("just made");
    assert!(counts.len() > 40, "all topics are there");
    for count in counts {
        let known = DIFFERENT.iter().find(|(topic, _)| *topic == count.topic);
        let different = known.map_or(0, |(_, different)| *different);
        let topic = &count.topic;
        assert_eq!(
            count.judged - count.equal,
            different,
            "{topic}: {differences}"
        );
    }
}
