//! PodSecurity: labels of a namespace say how much a Pod may be allowed there.
//! Models `k8s.io/pod-security-admission`. Left out: policies of older versions (every version is
//! judged as the latest), exemptions, audit annotations.

/// What each level forbids.
mod checks;

use super::{World, forbidden, is};
use crate::api::validation::{self, Paths, at::At, at::Errors};
use crate::api::{ObjectKey, Value};
use crate::cluster::api_server::Status;

const PREFIX: &str = "pod-security.kubernetes.io/";

/// From no bounds to the tightest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Privileged,
    Baseline,
    Restricted,
}

impl Level {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "privileged" => Some(Level::Privileged),
            "baseline" => Some(Level::Baseline),
            "restricted" => Some(Level::Restricted),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Level::Privileged => "privileged",
            Level::Baseline => "baseline",
            Level::Restricted => "restricted",
        }
    }
}

/// A level, and the version of the policy as the label names it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Standard {
    level: Level,
    version: String,
}

impl Standard {
    fn of(labels: Option<&Value>, mode: &str) -> (Option<Self>, Self) {
        let label = |name: String| labels.and_then(|labels| labels.get(&name)?.as_str());
        let level = label(format!("{PREFIX}{mode}"));
        let version = label(format!("{PREFIX}{mode}-version"));
        let parsed = level.and_then(Level::parse);
        let standard = Standard {
            level: parsed.unwrap_or(Level::Privileged),
            version: version.unwrap_or("latest").to_string(),
        };
        (parsed.map(|_| standard.clone()), standard)
    }

    /// What of `pod` this standard forbids: `restricted:latest": …`, or nothing.
    fn violations(&self, pod: &Value) -> Option<String> {
        let found = checks::violations(pod, self.level == Level::Restricted);
        if self.level == Level::Privileged || found.is_empty() {
            return None;
        }
        let (level, version) = (self.level.name(), &self.version);
        let found = found.join(", ");
        Some(format!(
            "violate{{s}} PodSecurity \"{level}:{version}\": {found}"
        ))
    }
}

/// What a namespace's labels ask for. Models `PolicyToEvaluate`: to enforce is to warn as well.
struct Policy {
    enforce: Standard,
    warn: Standard,
}

impl Policy {
    fn of(labels: Option<&Value>) -> Self {
        let (said, enforce) = Standard::of(labels, "enforce");
        let (_, mut warn) = Standard::of(labels, "warn");
        let says_warn = labels.is_some_and(|it| it.get(&format!("{PREFIX}warn")).is_some());
        if !says_warn && said.is_some_and(|said| said.level > warn.level) {
            warn = enforce.clone();
        }
        Policy { enforce, warn }
    }

    fn around(world: &World, value: &Value) -> Self {
        let name = value.text_at(&["metadata", "namespace"]);
        let namespace = world.store.get(&ObjectKey::new("Namespace", "", name));
        let labels = namespace.and_then(|namespace| namespace.value.at(&["metadata", "labels"]));
        Policy::of(labels)
    }
}

/// Judges a Pod by its namespace, and a namespace by its labels.
pub(super) fn validate(world: &World, value: &Value, old: Option<&Value>) -> Result<(), Status> {
    if is(value, "v1", "Namespace") {
        return validate_labels(value, old);
    }
    let unchanged = old.is_some_and(|old| old.get("spec") == value.get("spec"));
    if !is(value, "v1", "Pod") || unchanged {
        return Ok(());
    }
    let enforce = Policy::around(world, value).enforce;
    match enforce.violations(value) {
        Some(violations) => Err(forbidden(value, violations.replace("{s}", "s"))),
        None => Ok(()),
    }
}

/// What the namespace would warn of, in a Pod or in a template of Pods.
pub(super) fn warnings(world: &World, value: &Value, old: Option<&Value>) -> Vec<String> {
    let is_pod = is(value, "v1", "Pod");
    let pod = match value.text_at(&["kind"]) {
        "Pod" if is_pod => Some(value),
        "CronJob" => value.at(&["spec", "jobTemplate", "spec", "template"]),
        "PodTemplate" => value.at(&["template"]),
        "Deployment"
        | "ReplicaSet"
        | "StatefulSet"
        | "DaemonSet"
        | "Job"
        | "ReplicationController" => value.at(&["spec", "template"]),
        _ => None,
    };
    let unchanged = is_pod && old.is_some_and(|old| old.get("spec") == value.get("spec"));
    let warn = || Policy::around(world, value).warn;
    pod.filter(|_| !unchanged)
        .and_then(|pod| warn().violations(pod))
        .map(|violations| format!("would {}", violations.replace("{s}", "")))
        .into_iter()
        .collect()
}

/// A label that can't be read is refused, unless it stood there before.
fn validate_labels(namespace: &Value, old: Option<&Value>) -> Result<(), Status> {
    let paths = Paths::default();
    let meta = At::root(namespace, &paths).field("metadata");
    let old_labels = ["metadata", "labels"];
    let (labels, mut errors) = (meta.field("labels"), Errors::default());
    for mode in ["enforce", "audit", "warn"] {
        let key = format!("{PREFIX}{mode}");
        if let Some(level) = labels.set(&key)
            && Level::parse(level.str()).is_none()
        {
            let what = "must be one of privileged, baseline, restricted";
            errors.invalid(&labels.path.key(&key), level.str(), what);
        }
        let key = format!("{key}-version");
        if let Some(version) = labels.set(&key)
            && !is_version(version.str())
        {
            let what = "must be \"latest\" or \"v1.x\"";
            errors.invalid(&labels.path.key(&key), version.str(), what);
        }
    }
    let stood = old.is_some_and(|old| old.at(&old_labels) == namespace.at(&old_labels));
    if stood {
        return Ok(());
    }
    validation::refuse(namespace, &errors.0)
}

fn is_version(text: &str) -> bool {
    let minor = text.strip_prefix("v1.").unwrap_or_default();
    let canonical = minor == "0" || !minor.starts_with('0');
    let digits = !minor.is_empty() && minor.bytes().all(|c| c.is_ascii_digit());
    text == "latest" || digits && canonical
}
