//! What "equal" means, family by family: a port of `golden/compare.py`, with which it agrees to the
//! case. Each file says what its family compares.

mod api;
mod controllers;
mod dns;
mod kubectl;
mod kubelet;
mod netpol;
mod scheduler;

/// Python's notions that the reference judge relies on.
mod python;

use serde_json::Value as Json;

/// The first thing in which an answer differs from what was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Which part differs.
    pub what: String,
    /// What was recorded there.
    pub expected: Json,
    /// What the core says there.
    pub got: Json,
}

/// One verdict a case, `None` where it is equal; of a kubectl case one a command, with its text.
pub fn verdicts(
    kind: &str,
    recorded: &Json,
    answer: Option<&Json>,
) -> Vec<(Option<String>, Option<Difference>)> {
    if kind == "kubectl" {
        return kubectl::commands(recorded, answer.unwrap_or(&Json::Null));
    }
    let Some(answer) = answer else {
        let none = Difference {
            what: "no answer".into(),
            expected: Json::Null,
            got: Json::Null,
        };
        return vec![(None, Some(none))];
    };
    let difference = match kind {
        "scheduler" => scheduler::difference(recorded, answer),
        "api" => api::difference(recorded, answer),
        "kubelet" => kubelet::difference(recorded, answer),
        "controllers" => controllers::difference(recorded, answer),
        "dns" => dns::difference(recorded, answer),
        "netpol" => netpol::difference(recorded, answer),
        _ => None,
    };
    vec![(None, difference)]
}

/// A difference if the two aren't equal.
fn unequal(what: impl Into<String>, expected: &Json, got: &Json) -> Option<Difference> {
    (!python::equal(expected, got)).then(|| Difference {
        what: what.into(),
        expected: expected.clone(),
        got: got.clone(),
    })
}
