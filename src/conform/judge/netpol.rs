//! NetworkPolicy: for each probe whether egress, ingress and so the whole is allowed.

use serde_json::Value as Json;

use super::python::{get, items};
use super::{Difference, unequal};

/// The first probe that differs.
pub(super) fn difference(case: &Json, answer: &Json) -> Option<Difference> {
    let got = items(get(answer, "allowed"));
    let asked = items(get(case, "probes")).iter();
    let probes = asked.zip(items(get(case, "allowed"))).enumerate();
    probes.into_iter().find_map(|(i, (probe, want))| {
        let got = got.get(i).unwrap_or(&Json::Null);
        unequal(format!("probe {i}: {probe}"), want, got)
    })
}
