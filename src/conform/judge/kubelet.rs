//! Kubelet: the sequence of reduced statuses (a recorded one that lasted under 0.3 s may be missing)
//! and, per container, the order of distinct Events. Either of two recordings will do; what happens
//! in the last third of a watch with back-offs may be cut.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use fancy_regex::Regex;
use serde_json::{Map, Value as Json, json};

use super::python::{dumps, equal, get, is_true, items, or_text, real, regex};
use super::{Difference, unequal};

static BYTES: LazyLock<Regex> = LazyLock::new(|| regex(r"\d+ bytes"));
const WITH_BACK_OFFS: [&str; 6] = ["backoff", "image", "exit", "probe", "config", "restartrule"];

/// The first thing that differs from each of the recordings.
pub(super) fn difference(case: &Json, answer: &Json) -> Option<Difference> {
    let window = real(get(case, "observedFor"));
    let cut = WITH_BACK_OFFS.contains(&or_text(get(case, "topic")));
    let late = if cut { window * 2.0 / 3.0 } else { window };
    let got = timeline(items(get(answer, "statuses")));
    let again = case.get("again").filter(|again| is_true(again));
    let mut found = None;
    for recording in [Some(case), again].into_iter().flatten() {
        let part = |name: &str| recording.get(name).unwrap_or(get(case, name));
        let recorded = timeline(items(part("statuses")));
        let difference = if follows(&recorded, &got, late) {
            let want = events(items(part("events")), late);
            let have = events(items(get(answer, "events")), late);
            Some(unequal("events", &want, &have)?)
        } else {
            Some(first_status(&recorded, &got))
        };
        found = found.or(difference);
    }
    found
}

/// A reduced status, how long it lasted, and when it began; seconds.
struct Span {
    status: Json,
    lasted: Option<f64>,
    since: f64,
}

impl Span {
    /// May an answer leave it out?
    fn is_brief(&self) -> bool {
        self.lasted.is_some_and(|lasted| lasted < 0.3)
    }
}

/// Reduced statuses without consecutive repeats.
fn timeline(statuses: &[Json]) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for entry in statuses {
        let status = reduced(entry);
        if spans
            .last()
            .is_none_or(|last| !equal(&last.status, &status))
        {
            let since = real(get(entry, "t"));
            if let Some(last) = spans.last_mut() {
                last.lasted = Some(since - last.since);
            }
            spans.push(Span {
                status,
                lasted: None,
                since,
            });
        }
    }
    spans
}

fn reduced(entry: &Json) -> Json {
    let status = get(entry, "status");
    let kind = match or_text(get(entry, "type")) {
        "DELETED" => "DELETED",
        _ => "SEEN",
    };
    let mut reduced = json!({
        "of": get(entry, "pod"), "type": kind, "phase": get(status, "phase"),
        "reason": get(status, "reason"), "message": get(status, "message"),
        "qosClass": get(status, "qosClass"), "node": get(entry, "nodeName"),
        "deleting": is_true(get(entry, "deletionTimestamp")),
        "grace": get(entry, "deletionGracePeriodSeconds"),
        "conditions": items(get(status, "conditions")).iter().map(condition).collect::<Vec<_>>(),
    });
    for part in [
        "initContainerStatuses",
        "containerStatuses",
        "ephemeralContainerStatuses",
    ] {
        reduced[part] = items(get(status, part)).iter().map(container).collect();
    }
    reduced
}

fn condition(condition: &Json) -> Json {
    let parts = ["type", "status", "reason", "message", "observedGeneration"];
    let parts = parts.into_iter().map(|part| (part, get(condition, part)));
    let there = parts.filter(|(_, value)| is_true(value));
    there
        .map(|(part, value)| (part.to_string(), value.clone()))
        .collect::<Map<_, _>>()
        .into()
}

fn container(status: &Json) -> Json {
    let flag = |name: &str, otherwise: Json| status.get(name).cloned().unwrap_or(otherwise);
    json!({
        "name": get(status, "name"), "state": state(get(status, "state")),
        "lastState": state(get(status, "lastState")), "ready": flag("ready", json!(false)),
        "started": get(status, "started"), "restartCount": flag("restartCount", json!(0)),
    })
}

fn state(state: &Json) -> Json {
    let parts = |detail: &Json| -> Json {
        let parts = ["reason", "message", "exitCode", "signal"].into_iter();
        let there = parts.filter(|part| !get(detail, part).is_null());
        there
            .map(|part| (part.to_string(), get(detail, part).clone()))
            .collect::<Map<_, _>>()
            .into()
    };
    let states = state.as_object().into_iter().flatten();
    states
        .map(|(name, detail)| (name.clone(), parts(detail)))
        .collect::<Map<_, _>>()
        .into()
}

/// Does the recorded sequence appear, where brief statuses may be missing and late ones don't count?
fn follows(recorded: &[Span], got: &[Span], late: f64) -> bool {
    let all_late = |spans: &[Span]| spans.iter().all(|span| span.since > late);
    // `rest[j]`: do recorded[i..] and got[j..] go together? From the last `i` to the first.
    let mut rest: Vec<bool> = (0..=got.len())
        .map(|j| j == got.len() || all_late(&got[j..]))
        .collect();
    for i in (0..recorded.len()).rev() {
        let ends = all_late(&recorded[i..]) || recorded[i..].iter().all(Span::is_brief);
        let mut here = vec![ends; got.len() + 1];
        for j in 0..got.len() {
            let same = equal(&recorded[i].status, &got[j].status) && rest[j + 1];
            here[j] = same || recorded[i].is_brief() && rest[j];
        }
        rest = here;
    }
    rest[0]
}

fn first_status(recorded: &[Span], got: &[Span]) -> Difference {
    let pairs = recorded.iter().zip(got);
    let differing = pairs
        .into_iter()
        .position(|(a, b)| !equal(&a.status, &b.status));
    let i = differing.unwrap_or(recorded.len().min(got.len()));
    let at = |spans: &[Span]| spans.get(i).map_or(Json::Null, |span| span.status.clone());
    Difference {
        what: format!("status {i} of {}", recorded.len()),
        expected: at(recorded),
        got: at(got),
    }
}

/// Distinct Events in order, per object and container.
fn events(entries: &[Json], late: f64) -> Json {
    let mut seen = BTreeSet::new();
    let mut told: BTreeMap<String, Vec<Json>> = BTreeMap::new();
    for entry in entries {
        let message = BYTES.replace_all(or_text(get(entry, "message")), "N bytes");
        let (object, field_path) = (get(entry, "object"), get(entry, "fieldPath"));
        let (kind, reason) = (get(entry, "type"), get(entry, "reason"));
        let event = json!([object, kind, reason, message, field_path]);
        if real(get(entry, "t")) <= late && seen.insert(dumps(&event)) {
            let about = dumps(&json!([object, field_path]));
            told.entry(about).or_default().push(event);
        }
    }
    json!(told)
}
