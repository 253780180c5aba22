//! What a card says of an owner: the few fields that matter, and its numbers as its status has them.

use std::rc::Rc;

use crate::api::pod::Pod;
use crate::api::{Object, ObjectKey, Value};
use crate::cluster::SimTime;
use crate::scene::glyphs::PodBody;
use crate::scene::status;

/// An owner, as it is written down.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// Which.
    pub key: ObjectKey,
    /// `Deployment`, `ReplicaSet, new`
    pub kind: String,
    /// What matters of it, a line each.
    pub lines: Vec<String>,
    /// `Desired` 4, `Ready` 3
    pub numbers: Vec<(&'static str, i64)>,
    /// Is it being deleted?
    pub ends: bool,
}

/// The annotation in which a Deployment counts its templates.
const REVISION: &str = "deployment.kubernetes.io/revision";

/// A number of the object; `default` where it isn't there.
pub(super) fn number(object: &Object, path: &[&str], default: i64) -> i64 {
    object
        .value
        .at(path)
        .and_then(Value::as_i64)
        .unwrap_or(default)
}

/// What a number is called, where it is, and what an absent one means.
type Number = (&'static str, &'static [&'static str], i64);

/// Numbers of each kind.
const NUMBERS: [(&str, &[Number]); 7] = [
    (
        "Deployment.apps",
        &[
            ("Desired", &["spec", "replicas"], 1),
            ("Up to date", &["status", "updatedReplicas"], 0),
            ("Ready", &["status", "readyReplicas"], 0),
            ("Available", &["status", "availableReplicas"], 0),
        ],
    ),
    ("ReplicaSet.apps", REPLICAS),
    ("ReplicationController", REPLICAS),
    (
        "StatefulSet.apps",
        &[
            ("Desired", &["spec", "replicas"], 1),
            ("Current", &["status", "replicas"], 0),
            ("Up to date", &["status", "updatedReplicas"], 0),
            ("Ready", &["status", "readyReplicas"], 0),
        ],
    ),
    (
        "DaemonSet.apps",
        &[
            ("Desired", &["status", "desiredNumberScheduled"], 0),
            ("Current", &["status", "currentNumberScheduled"], 0),
            ("Up to date", &["status", "updatedNumberScheduled"], 0),
            ("Ready", &["status", "numberReady"], 0),
        ],
    ),
    (
        "Job.batch",
        &[
            ("Completions", &["spec", "completions"], 1),
            ("Active", &["status", "active"], 0),
            ("Succeeded", &["status", "succeeded"], 0),
            ("Failed", &["status", "failed"], 0),
        ],
    ),
    ("CronJob.batch", &[]),
];
const REPLICAS: &[(&str, &[&str], i64)] = &[
    ("Desired", &["spec", "replicas"], 1),
    ("Current", &["status", "replicas"], 0),
    ("Ready", &["status", "readyReplicas"], 0),
];

/// `role`: of a ReplicaSet among those of its Deployment.
pub(super) fn card(object: &Object, role: Option<&'static str>) -> Card {
    let key = object.key();
    let kind = match role {
        Some(role) => format!("{}, {role}", key.bare_kind()),
        None => key.bare_kind().to_string(),
    };
    let numbers = numbers(&key, object);
    Card {
        lines: lines(object, &key),
        ends: object.meta.deletion_timestamp.is_some(),
        key,
        kind,
        numbers,
    }
}

/// What is counted of an owner, and what its status says.
pub fn numbers(key: &ObjectKey, object: &Object) -> Vec<(&'static str, i64)> {
    let known = NUMBERS.iter().find(|(kind, _)| **kind == *key.kind);
    let numbers = known.map_or(&[][..], |(_, numbers)| numbers).iter();
    let mut numbers: Vec<(&'static str, i64)> = numbers
        .map(|(name, path, default)| (*name, number(object, path, *default)))
        .collect();
    if &*key.kind == "CronJob.batch" {
        let active = object.value.at(&["status", "active"]);
        numbers.push(("Active", active.map_or(0, |list| list.items().len() as i64)));
    }
    numbers
}

/// Which of its templates a Deployment is at, or a ReplicaSet is of; `kubectl rollout undo` goes back by it.
pub fn revision(object: &Object) -> Option<&str> {
    object
        .meta
        .annotations
        .get(REVISION)
        .map(|number| &**number)
}

fn lines(object: &Object, key: &ObjectKey) -> Vec<String> {
    let text = |path: &[&str]| object.value.text_at(path).to_string();
    let revision = revision(object).map(|revision| format!("revision {revision}"));
    let template = ["spec", "template", "spec", "containers"];
    let job_template = [
        "spec",
        "jobTemplate",
        "spec",
        "template",
        "spec",
        "containers",
    ];
    let containers = object
        .value
        .at(&template)
        .or_else(|| object.value.at(&job_template));
    let images = containers.map_or(&[][..], Value::items).iter();
    let images: Vec<&str> = images
        .map(|container| container.text_at(&["image"]))
        .collect();
    let mut lines = vec![images.join(", ")];
    let of_kind = match &*key.kind {
        "Deployment.apps" => vec![
            Some(text(&["spec", "strategy", "type"])),
            revision,
            paused(object),
        ],
        "ReplicaSet.apps" => vec![revision],
        "CronJob.batch" => vec![Some(text(&["spec", "schedule"])), suspended(object)],
        "Job.batch" => vec![suspended(object)],
        _ => Vec::new(),
    };
    let of_kind: Vec<String> = of_kind
        .into_iter()
        .flatten()
        .filter(|text| !text.is_empty())
        .collect();
    lines.push(of_kind.join(", "));
    let selects = ["Deployment.apps", "ReplicationController"].contains(&&*key.kind);
    if selects || object.meta.controller().is_none() && &*key.kind != "CronJob.batch" {
        lines.push(match selector(object) {
            none if none.is_empty() => none,
            selector => format!("selector {selector}"),
        });
    }
    lines.retain(|line| !line.is_empty());
    lines
}

fn paused(object: &Object) -> Option<String> {
    let paused = object.value.at(&["spec", "paused"]);
    (paused == Some(&Value::Bool(true))).then(|| "paused".into())
}

fn suspended(object: &Object) -> Option<String> {
    let suspended = object.value.at(&["spec", "suspend"]);
    (suspended == Some(&Value::Bool(true))).then(|| "suspended".into())
}

/// The labels by which it knows its own, as `app=web, tier=front`.
fn selector(object: &Object) -> String {
    let labels = selecting(object).map(|(key, value)| format!("{key}={value}"));
    labels.collect::<Vec<_>>().join(", ")
}

/// The labels that its selector asks for, equal to a value.
pub fn selecting(object: &Object) -> impl Iterator<Item = (&Rc<str>, &str)> {
    let spec = object.value.at(&["spec", "selector"]);
    let labels = spec.map(|selector| selector.get("matchLabels").unwrap_or(selector));
    let labels = labels.and_then(Value::as_map).into_iter().flatten();
    labels.filter_map(|(key, value)| Some((key, value.as_str()?)))
}

/// By which the newest goes first: of ReplicaSets the number of their template, of Jobs their moment.
pub(super) fn age(object: &Object) -> (i64, SimTime, Rc<str>) {
    let revision = revision(object).and_then(|revision| revision.parse().ok());
    let created = object.meta.creation_timestamp.unwrap_or_default();
    (
        revision.unwrap_or_default(),
        created,
        object.meta.name.clone(),
    )
}

/// Is there to be a Pod of it, or is one counted?
pub(super) fn wants_any(object: &Object) -> bool {
    let wanted = number(object, &["spec", "replicas"], 1);
    wanted > 0 || number(object, &["status", "replicas"], 0) > 0
}

/// `Running, Ready`, `Pending, pulling 30 %`, `Terminating, 12 s left`
pub(super) fn pod_words(pod: &Pod, body: &PodBody, t: SimTime) -> String {
    if let Some(left) = body.terminating.filter(|_| !pod.is_finished()) {
        return match left {
            ..1 => "Terminating, its time is over".into(),
            left => format!("Terminating, {left} s left"),
        };
    }
    let pulls = body
        .containers
        .iter()
        .filter_map(|container| container.pull);
    let pulled = pulls
        .map(|pull| pull.part(t, false) * 100.0)
        .reduce(f64::min);
    let word = status::status_word(pod);
    let word = match (&*body.phase, pulled) {
        ("Pending", Some(part)) => format!("pulling {part:.0} %"),
        ("Running", _) if body.ready => "Ready".into(),
        (phase, _) if word != phase => word,
        ("Running", _) => "not Ready".into(),
        ("Pending", _) if !body.bound => "no node".into(),
        _ => return body.phase.to_string(),
    };
    format!("{}, {word}", body.phase)
}
