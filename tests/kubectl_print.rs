//! What kubectl prints of an object, held against what the real one printed: `kubectl_print.yaml`.

use podarium::api::Value;
use podarium::api::schema;
use podarium::cluster::{SimTime, Store};
use podarium::kubectl::describe::{Cluster, describe};
use podarium::kubectl::output::yaml::yaml;
use podarium::kubectl::printers::table::{Options, header, row};
use podarium::kubectl::tab_writer::{TABLE, align};
use serde_json::Value as Json;

fn cases() -> Vec<Json> {
    let text = include_str!("kubectl_print.yaml");
    serde_yaml::from_str(text).expect("the test's own text")
}

fn object(text: &str) -> Value {
    let json: Json = serde_yaml::from_str(text).expect("the test's own text");
    Value::from_json(&json)
}

fn kind_of(value: &Value) -> schema::Kind {
    let text = |field: &str| value.text_at(&[field]);
    schema::kind(text("apiVersion"), text("kind")).expect("served")
}

#[test]
fn an_object_read_and_printed_again_is_the_same_to_the_letter() {
    for case in cases() {
        let text = case["object"].as_str().expect("a text");
        assert_eq!(yaml(&object(text)), text, "{}", case["name"]);
    }
}

#[test]
fn an_object_is_described_as_kubectl_describes_it() {
    let store = Store::default();
    for case in cases() {
        let value = object(case["object"].as_str().expect("a text"));
        let cluster = Cluster {
            store: &store,
            now: SimTime::ZERO,
        };
        let told = describe(cluster, kind_of(&value), &value, false);
        let expected = case["describe"].as_str().expect("a text");
        assert_eq!(told.trim_end(), expected.trim_end(), "{}", case["name"]);
    }
}

/// The row of a Pod with such a status, as `kubectl get pods` shows it.
fn told(status: &str) -> String {
    let text = format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: web, creationTimestamp: '2026-01-01T00:00:00Z'}}, \
         spec: {{containers: [{{name: a}}, {{name: b}}], initContainers: [{{name: i}}, {{name: j}}]}}, \
         status: {status}}}"
    );
    let value = object(&text);
    let (kind, options) = (kind_of(&value), Options::default());
    let now = SimTime::from_seconds(130.0);
    let table = header(kind, &options) + &row(kind, &value, &options, now);
    let row = align(&table, TABLE).lines().nth(1).map(String::from);
    let row = row.unwrap_or_default();
    row.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_pods_column_of_states_says_what_upstreams_says() {
    let running = "{name: a, ready: true, restartCount: 0, state: {running: {}}}";
    for (status, expected) in [
        ("{phase: Pending}", "web 0/2 Pending 0 2m10s"),
        (
            "{phase: Pending, initContainerStatuses: [{name: i, state: {running: {}}}]}",
            "web 0/2 Init:0/2 0 2m10s",
        ),
        (
            "{phase: Pending, initContainerStatuses: [{name: i, restartCount: 2, state: {waiting: {reason: CrashLoopBackOff}}, \
             lastState: {terminated: {finishedAt: '2026-01-01T00:02:00Z'}}}]}",
            "web 0/2 Init:CrashLoopBackOff 2 (10s ago) 2m10s",
        ),
        (
            &format!(
                "{{phase: Running, containerStatuses: [{running}, {{name: b, restartCount: 3, \
             state: {{waiting: {{reason: CrashLoopBackOff}}}}, lastState: {{terminated: {{finishedAt: '2026-01-01T00:02:09Z'}}}}}}]}}"
            ),
            "web 1/2 CrashLoopBackOff 3 (1s ago) 2m10s",
        ),
        (
            &format!(
                "{{phase: Running, containerStatuses: [{running}, {{name: b, \
             state: {{terminated: {{reason: Completed, exitCode: 0}}}}}}]}}"
            ),
            "web 1/2 NotReady 0 2m10s",
        ),
        (
            "{phase: Failed, containerStatuses: [{name: a, state: {terminated: {signal: 9, exitCode: 137}}}, \
             {name: b, state: {terminated: {exitCode: 3}}}]}",
            "web 0/2 Signal:9 0 2m10s",
        ),
        (
            "{phase: Failed, reason: Evicted}",
            "web 0/2 Evicted 0 2m10s",
        ),
    ] {
        assert_eq!(told(status), expected, "{status}");
    }
}
