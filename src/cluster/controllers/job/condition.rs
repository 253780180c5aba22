//! Conditions of Jobs. Models `newCondition` and `ensureJobConditionStatus`,
//! `pkg/controller/job/job_controller.go`.

use std::rc::Rc;

use crate::api::{Value, pod};
use crate::cluster::SimTime;
use crate::fields;

/// It will be `Complete` as soon as its Pods are gone.
pub const SUCCESS_CRITERIA_MET: &str = "SuccessCriteriaMet";
/// It will be `Failed` as soon as its Pods are gone.
pub const FAILURE_TARGET: &str = "FailureTarget";
/// It was a success.
pub const COMPLETE: &str = "Complete";
/// It was none.
pub const FAILED: &str = "Failed";

/// Why a Job is over, or about to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// One of the above.
    pub kind: &'static str,
    /// `CompletionsReached`
    pub reason: Rc<str>,
    /// A sentence.
    pub message: Rc<str>,
}

impl Condition {
    /// It is about to fail.
    pub fn failure(reason: &str, message: impl Into<Rc<str>>) -> Self {
        Condition {
            kind: FAILURE_TARGET,
            reason: reason.into(),
            message: message.into(),
        }
    }

    /// It is about to be a success.
    pub fn success(reason: &str, message: impl Into<Rc<str>>) -> Self {
        Condition {
            kind: SUCCESS_CRITERIA_MET,
            reason: reason.into(),
            message: message.into(),
        }
    }

    /// Of this type, for the reason of `known`.
    pub fn like(kind: &'static str, known: &pod::Condition) -> Self {
        Condition {
            kind,
            reason: known.reason.clone(),
            message: known.message.clone(),
        }
    }
}

/// Sets a condition among others, stamping it anew if it is another one. One that is absent needn't be
/// told to be `False`. Tells whether that changed anything.
pub fn ensure(conditions: &mut Value, status: &str, wanted: &Condition, now: SimTime) -> bool {
    let texts = [
        ("type", wanted.kind),
        ("status", status),
        ("reason", &wanted.reason),
        ("message", &wanted.message),
    ];
    let conditions = conditions.items_mut();
    let known = conditions
        .iter_mut()
        .find(|one| one.text_at(&["type"]) == wanted.kind);
    let is_same = |known: &&mut Value| {
        texts
            .iter()
            .all(|(name, text)| known.text_at(&[name]) == *text)
    };
    if known.as_ref().is_some_and(is_same) || (known.is_none() && status == "False") {
        return false;
    }
    let mut new =
        fields! { "lastProbeTime" => now.to_rfc3339(), "lastTransitionTime" => now.to_rfc3339() };
    for (name, text) in texts.iter().filter(|(_, text)| !text.is_empty()) {
        new.set(&[name], *text);
    }
    match known {
        Some(known) => *known = new,
        None => conditions.push(new),
    }
    true
}
