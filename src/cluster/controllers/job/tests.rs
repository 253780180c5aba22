//! What one look at a Job comes to: tables.

use std::rc::Rc;

use super::back_off::BackOff;
use super::look::{Act, Look};
use crate::api::job::Job;
use crate::api::pod::Pod;
use crate::api::{Value, defaults, view};
use crate::cluster::SimTime;

fn tree(yaml: &str) -> Value {
    let json: serde_json::Value = serde_yaml::from_str(yaml).expect("it is YAML");
    Value::from_json(&json)
}

/// A Job with this `spec`, and defaults.
pub fn job(spec: &str) -> Job {
    let mut job =
        tree("{apiVersion: batch/v1, kind: Job, metadata: {name: pi, namespace: default}}");
    job.set(&["spec"], tree(spec));
    defaults::set(&mut job);
    view::read(&job).expect("it fits")
}

/// A Pod.
pub fn pod(yaml: &str) -> Rc<Pod> {
    Rc::new(view::read(&tree(yaml)).expect("it fits"))
}

/// Pods from words such as `Running`, `Failed/1` (of index 1), `Running-` (on its way out), `Running+/1`
/// (Ready).
fn pods(words: &str) -> Vec<Rc<Pod>> {
    let one = |(number, word): (usize, &str)| {
        let (word, index) = word.split_once('/').unwrap_or((word, ""));
        let phase = word.trim_end_matches(['+', '-']);
        let annotations = match index {
            "" => String::new(),
            index => format!("batch.kubernetes.io/job-completion-index: '{index}'"),
        };
        let deletion = if word.ends_with('-') {
            "deletionTimestamp: '2026-01-01T00:01:40Z', "
        } else {
            ""
        };
        let ready = if word.ends_with('+') { "True" } else { "False" };
        pod(&format!(
            "{{metadata: {{name: p{number}, uid: u{number}, {deletion}annotations: {{{annotations}}},
               finalizers: [batch.kubernetes.io/job-tracking]}},
              status: {{phase: {phase}, conditions: [{{type: Ready, status: '{ready}', lastTransitionTime: '2026-01-01T00:01:35Z'}}]}}}}"
        ))
    };
    words.split_whitespace().enumerate().map(one).collect()
}

/// 100 s after the start.
fn look(spec: &str, words: &str) -> Look {
    let now = SimTime::from_seconds(100.0);
    Look::new(
        Rc::new(job(spec)),
        Value::Null,
        pods(words),
        &BackOff::default(),
        now,
    )
}

fn told(act: &Act) -> String {
    let names = |pods: &[Rc<Pod>]| {
        pods.iter()
            .map(|pod| format!(" {}", pod.metadata.name))
            .collect::<String>()
    };
    match act {
        Act::None => "none".into(),
        Act::End(pods) => format!("end{}", names(pods)),
        Act::Delete(pods) => format!("delete{}", names(pods)),
        Act::Wait(pause) => format!("wait {}", pause.as_secs()),
        Act::Create(indexes) => {
            let index =
                |index: &Option<i64>| index.map_or(" _".into(), |index| format!(" {index}"));
            format!("create{}", indexes.iter().map(index).collect::<String>())
        }
    }
}

#[test]
fn what_is_done_about_pods() {
    for (spec, words, expected) in [
        ("{}", "", "create _"),
        ("{completions: 5, parallelism: 2}", "", "create _ _"),
        ("{completions: 5, parallelism: 2}", "Running", "create _"),
        (
            "{completions: 5, parallelism: 2}",
            "Running Running Running+",
            "delete p0",
        ),
        (
            "{completions: 2, parallelism: 2}",
            "Succeeded Running+",
            "none",
        ),
        // A work queue: after the first success nobody comes any more.
        ("{parallelism: 3}", "Running", "create _ _"),
        ("{parallelism: 3}", "Running Succeeded", "none"),
        // A failure: ten seconds, of which five are over.
        ("{}", "Failed", "wait 5"),
        ("{}", "Running-", "wait 5"),
        ("{podReplacementPolicy: Failed}", "Running-", "none"),
        (
            "{backoffLimit: 0, completions: 2, parallelism: 2}",
            "Failed Running",
            "end p1",
        ),
        (
            "{suspend: true, parallelism: 2, completions: 2}",
            "Running Pending",
            "delete p1 p0",
        ),
        (
            "{completionMode: Indexed, completions: 4, parallelism: 3}",
            "Succeeded/1 Running/2",
            "create 0 3",
        ),
        // Twice the same index, and one too many: of two the one goes that is no loss.
        (
            "{completionMode: Indexed, completions: 3, parallelism: 3}",
            "Running+/0 Pending/0 Running/7",
            "delete p1 p2",
        ),
        (
            "{completionMode: Indexed, completions: 3, parallelism: 3, backoffLimitPerIndex: 1}",
            "Failed/0 Running/1",
            "create 2",
        ),
        (
            "{completionMode: Indexed, completions: 2, parallelism: 2, backoffLimitPerIndex: 1}",
            "Failed/0 Running/1",
            "wait 5",
        ),
        (
            "{completionMode: Indexed, completions: 3, parallelism: 3, backoffLimitPerIndex: 0, maxFailedIndexes: 1}",
            "Failed/0 Failed/1 Running/2",
            "end p2",
        ),
        (
            "{completionMode: Indexed, completions: 3, parallelism: 3, successPolicy: {rules: [{succeededCount: 1}]}}",
            "Succeeded/0 Running/1",
            "end p1",
        ),
    ] {
        assert_eq!(told(&look(spec, words).act()), expected, "{spec} {words}");
    }
}

#[test]
fn why_it_is_over() {
    for (spec, words, expected) in [
        ("{backoffLimit: 1}", "Failed", None),
        (
            "{backoffLimit: 0}",
            "Failed",
            Some(("FailureTarget", "BackoffLimitExceeded")),
        ),
        (
            "{completionMode: Indexed, completions: 2, parallelism: 2, backoffLimitPerIndex: 0}",
            "Failed/0 Succeeded/1",
            Some(("FailureTarget", "FailedIndexes")),
        ),
        (
            "{podFailurePolicy: {rules: [{action: FailJob, onPodConditions: [{type: Ready, status: 'False'}]}]}}",
            "Failed",
            Some(("FailureTarget", "PodFailurePolicy")),
        ),
        (
            "{backoffLimit: 0, podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: Ready, status: 'False'}]}]}}",
            "Failed",
            None,
        ),
    ] {
        let finished = look(spec, words).finished;
        let found = finished.as_ref().map(|how| (how.kind, &*how.reason));
        assert_eq!(found, expected, "{spec} {words}");
    }
}

#[test]
fn a_pod_is_counted_once() {
    let mut first = look(
        "{completions: 2, backoffLimit: 3}",
        "Succeeded Failed Running",
    );
    let noted = first.note(false);
    assert!(noted.is_new);
    let released: Vec<&str> = noted
        .released
        .iter()
        .map(|pod| &*pod.metadata.name)
        .collect();
    assert_eq!(released, ["p0", "p1"]);
    let uncounted = first.status.uncounted_terminated_pods.clone();
    assert_eq!(
        (&*uncounted.succeeded[0], &*uncounted.failed[0]),
        ("u0", "u1")
    );
    assert_eq!((first.status.succeeded, first.status.failed), (0, 0));
    assert_eq!(first.conclude(&noted), (true, None));
    assert_eq!((first.status.succeeded, first.status.failed), (1, 1));
    assert_eq!(first.status.uncounted_terminated_pods, Default::default());
}

#[test]
fn an_end_is_told_in_two_steps_and_waits_for_pods_on_their_way_out() {
    let mut last = look("{backoffLimit: 0}", "Failed");
    let noted = last.note(false);
    assert_eq!(
        last.conditions.items()[0].text_at(&["type"]),
        "FailureTarget"
    );
    let (_, how) = last.conclude(&noted);
    assert_eq!(how.map(|how| how.kind), Some("Failed"));
    let mut waiting = look(
        "{backoffLimit: 0, completions: 2, parallelism: 2}",
        "Failed Running-",
    );
    let noted = waiting.note(false);
    assert_eq!(waiting.conclude(&noted).1, None);
}
