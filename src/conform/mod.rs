//! Recorded cases of the real Kubernetes, put to the core and judged.
//! Ours. Native only: it reads files and catches panics, which the core never does.
//!
//! A family is one folder of recordings (`tests/golden/api`, …). Its module turns a case's inputs
//! into the core's own version of what was recorded. Invariant: a family never sees the outcome.
#![allow(
    clippy::disallowed_types,
    reason = "the judge is a native program: it compiles its patterns once"
)]

/// One recorded case, with and without its outcome.
pub mod case;

/// Reading recordings from folders.
pub mod recording;

/// What "equal" means, family by family: `golden/compare.py` in Rust.
pub mod judge;

/// Puts all cases of some folders to the core, and reports.
pub mod run;

mod api;
mod controllers;
mod dns;
mod kubectl;
mod kubelet;
mod netpol;
mod scheduler;
mod transcript;

use case::Case;
use serde_json::Value as Json;

/// One family of recordings.
pub trait Family {
    /// The core's own version of what was recorded, in the recording's shape: the fields that
    /// `golden/compare.py` names for this family. `None` if the core can't say yet.
    fn answer(&self, case: &Case) -> Option<Json>;
}

/// The family whose recordings lie in folders of this name.
pub fn family(kind: &str) -> Option<&'static dyn Family> {
    Some(match kind {
        "scheduler" => &scheduler::Scheduler,
        "api" => &api::Api,
        "kubelet" => &kubelet::Kubelet,
        "controllers" => &controllers::Controllers,
        "kubectl" => &kubectl::Kubectl,
        "dns" => &dns::Dns,
        "netpol" => &netpol::NetPol,
        _ => return None,
    })
}
