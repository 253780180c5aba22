//! What the API server refuses. Models `pkg/apis/*/validation` and the strategies that prepare an
//! object for its write.

/// Field errors and the paths that they name.
pub mod field;

pub use field::{ErrorKind, FieldError, Path, Segment};

use super::{ObjectKey, Value};
use crate::cluster::api_server::Status;

/// The plural of a kind with its group, as messages name it: `pods`, `deployments.apps`.
pub fn resource(key: &ObjectKey) -> String {
    match key.kind.split_once('.') {
        Some((kind, group)) => format!("{}s.{group}", kind.to_lowercase()),
        None => format!("{}s", key.kind.to_lowercase()),
    }
}

/// Takes away what a creator may not set (status), and sets what a new object begins with.
pub fn prepare_for_create(value: &mut Value) {
    // TEMPORARY until branch api
    if value.text_at(&["kind"]) == "Pod" {
        value.set(&["metadata", "generation"], 1);
        value.set(&["status"], crate::fields! { "phase" => "Pending", "qosClass" => tmp_qos(value) });
    }
}

fn tmp_qos(value: &Value) -> &'static str {
    let cs = value.at(&["spec", "containers"]).map_or(&[][..], Value::items);
    let r = |c: &Value, k: &str| c.at(&["resources", k]).cloned().unwrap_or_default();
    if cs.iter().all(|c| r(c, "requests").is_empty() && r(c, "limits").is_empty()) { "BestEffort" }
    else if cs.iter().all(|c| { let l = r(c, "limits"); (r(c, "requests") == l || r(c, "requests").is_empty()) && l.get("cpu").is_some() && l.get("memory").is_some() }) { "Guaranteed" }
    else { "Burstable" }
}

/// Keeps of the old version what an update may not touch.
pub fn prepare_for_update(value: &mut Value, old: &Value) {
    // TEMPORARY until branch api
    if value.get("spec") != old.get("spec") { bump_generation(value); }
}

/// Raises `metadata.generation` where the kind has one.
pub fn bump_generation(value: &mut Value) {
    // TEMPORARY until branch api
    if value.text_at(&["kind"]) == "Pod" {
        let g = value.at(&["metadata", "generation"]).and_then(Value::as_i64).unwrap_or(0);
        value.set(&["metadata", "generation"], g + 1);
    }
}

/// What is wrong with a new object, in upstream's order. `value` has its defaults already.
pub fn errors_on_create(_value: &Value) -> Vec<FieldError> {
    Vec::new()
}

/// What is wrong with the next version of an object, in upstream's order.
pub fn errors_on_update(_value: &Value, _old: &Value) -> Vec<FieldError> {
    Vec::new()
}

/// Is this a valid new object?
///
/// # Errors
/// What the API server would answer.
pub fn create(value: &Value) -> Result<(), Status> {
    refuse(value, &errors_on_create(value))
}

/// Is this a valid next version?
///
/// # Errors
/// What the API server would answer.
pub fn update(value: &Value, old: &Value) -> Result<(), Status> {
    refuse(value, &errors_on_update(value, old))
}

/// The answer `Invalid`, in the words in which kubectl prints it. Models `errors.NewInvalid` and
/// kubectl's `MultilineError`: one error stands behind the colon, several stand in lines of their
/// own, each sentence once.
fn refuse(value: &Value, errors: &[FieldError]) -> Result<(), Status> {
    let mut sentences: Vec<String> = Vec::new();
    for error in errors {
        let sentence = error.to_string();
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    let said = match &sentences[..] {
        [] => return Ok(()),
        [one] => one.clone(),
        several => format!("\n* {}", several.join("\n* ")),
    };
    let (kind, name) = (
        value.text_at(&["kind"]),
        field::quoted(value.text_at(&["metadata", "name"])),
    );
    Err(Status {
        code: 422,
        reason: "Invalid",
        message: format!("{kind} {name} is invalid: {said}"),
    })
}
