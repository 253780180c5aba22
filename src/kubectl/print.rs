//! What commands print of an object. Models `k8s.io/cli-runtime/pkg/printers`: name, YAML and JSON.

use super::options::{DryRun, Output};
use crate::api::{ObjectKey, Value};

/// The lines for an object to which `operation` was done: `created`, `configured`.
pub fn object(value: &Value, operation: &str, output: &Output, dry_run: DryRun) -> String {
    match output {
        Output::Operation => {
            format!("{} {operation}{}\n", name(value), dry_run.suffix())
        }
        Output::Name => format!("{}\n", name(value)),
        Output::Yaml => yaml(value),
        Output::Json | Output::Templated => json(value),
    }
}

/// `pod "web" deleted from default namespace`; `verb` is `deleted` or `force deleted`.
pub fn deleted(kind: &str, name: &str, namespace: &str, verb: &str) -> String {
    let place = match namespace {
        "" => String::new(),
        namespace => format!(" from {namespace} namespace"),
    };
    format!("{kind} \"{name}\" {verb}{place}")
}

/// The same of what has this key, with this grace period.
pub fn deleted_key(key: &ObjectKey, grace_period_seconds: Option<i64>) -> String {
    let verb = deleted_how(grace_period_seconds);
    deleted(&key.kind.to_lowercase(), &key.name, &key.namespace, verb)
}

/// `deleted`, or `force deleted` without a grace period.
pub fn deleted_how(grace_period_seconds: Option<i64>) -> &'static str {
    match grace_period_seconds {
        Some(0) => "force deleted",
        _ => "deleted",
    }
}

/// `pod/web`, `deployment.apps/web`
pub fn name(value: &Value) -> String {
    let (kind, group) = (
        value.text_at(&["kind"]).to_lowercase(),
        value.text_at(&["apiVersion"]).split_once('/'),
    );
    let name = value.text_at(&["metadata", "name"]);
    match group {
        Some((group, _)) => format!("{kind}.{group}/{name}"),
        None => format!("{kind}/{name}"),
    }
}

/// As YAML, fields in the order of their names.
pub fn yaml(value: &Value) -> String {
    super::output::yaml::yaml(value)
}

/// As JSON, four blanks a level, fields in the order of their names.
pub fn json(value: &Value) -> String {
    super::output::json(value)
}
