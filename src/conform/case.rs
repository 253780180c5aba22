//! One recorded case, with and without its outcome. Models `blind` in `golden/compare.py`.

use serde_json::{Map, Value as Json};

/// A case's inputs. What was recorded is not in it.
#[derive(Clone, Debug)]
pub struct Case {
    /// Folder that it came from: `api`, `scheduler` …
    pub kind: String,
    /// Its inputs, in the shape that the family's README describes.
    pub inputs: Map<String, Json>,
}

impl Case {
    /// The inputs of a recorded case.
    pub fn blind(kind: &str, recorded: &Json) -> Self {
        let mut inputs = recorded.as_object().cloned().unwrap_or_default();
        inputs.retain(|name, _| !outcomes(kind).contains(&name.as_str()));
        for part in ["before", "steps"] {
            for step in steps_mut(&mut inputs, part) {
                step.retain(|name, _| !SAID.contains(&name.as_str()));
            }
        }
        if let Some(Json::Array(trace)) = inputs.get_mut("trace") {
            trace.retain(|entry| entry.get("op").is_none());
        }
        for entry in steps_mut(&mut inputs, "trace") {
            entry.retain(|name, _| name != "state" && !SAID.contains(&name.as_str()));
            if let Some(Json::String(note)) = entry.get_mut("note") {
                let remark = note.split(": HTTP").next().unwrap_or_default();
                *note = remark.to_string();
            }
        }
        Case {
            kind: kind.to_string(),
            inputs,
        }
    }

    /// Its name, unique in its family.
    pub fn id(&self) -> &str {
        self.text("id")
    }

    /// What it is about.
    pub fn topic(&self) -> &str {
        self.text("topic")
    }

    /// The text of the input `name`; empty if there is none.
    pub fn text(&self, name: &str) -> &str {
        self.inputs
            .get(name)
            .and_then(Json::as_str)
            .unwrap_or_default()
    }

    /// The items of the input `name`; none if there is none.
    pub fn items(&self, name: &str) -> &[Json] {
        self.inputs
            .get(name)
            .and_then(Json::as_array)
            .map_or(&[], Vec::as_slice)
    }
}

/// Does the case still hold what was recorded? Blind ones don't, and can't be judged.
pub fn has_outcome(kind: &str, recorded: &Json) -> bool {
    let said = |part: &str| {
        let steps = recorded.get(part).and_then(Json::as_array);
        steps.is_some_and(|steps| {
            let tells = |step: &Json| step.get("exit").is_some() || step.get("op").is_some();
            steps.iter().any(tells)
        })
    };
    match kind {
        "kubectl" => said("steps"),
        "controllers" => said("trace"),
        _ => outcomes(kind)
            .iter()
            .any(|name| recorded.get(name).is_some()),
    }
}

const SAID: [&str; 5] = ["exit", "stdout", "stderr", "stdout_raw", "stderr_raw"];

fn outcomes(kind: &str) -> &'static [&'static str] {
    match kind {
        "scheduler" => &["expect"],
        "api" => &["exit", "stdout", "stderr", "object", "objects"],
        "kubelet" => &[
            "statuses",
            "events",
            "runtime",
            "again",
            "repeat",
            "actionErrors",
        ],
        "dns" => &["answers", "expect"],
        "netpol" => &["allowed"],
        _ => &[],
    }
}

fn steps_mut<'a>(
    inputs: &'a mut Map<String, Json>,
    part: &str,
) -> impl Iterator<Item = &'a mut Map<String, Json>> {
    let steps = inputs.get_mut(part).and_then(Json::as_array_mut);
    steps.into_iter().flatten().filter_map(Json::as_object_mut)
}
