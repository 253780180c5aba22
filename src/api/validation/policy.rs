//! PodDisruptionBudgets. Models `pkg/apis/policy/validation/validation.go`.

use super::at::{At, Errors, go_struct};
use super::int_or_percent::{int_or_percent, not_above_100_percent};
use super::metadata;

/// Models `ValidatePodDisruptionBudgetSpec`.
pub fn spec(spec: &At, errors: &mut Errors) {
    let limits = ["minAvailable", "maxUnavailable"];
    if limits.iter().all(|name| spec.set(name).is_some()) {
        let bad = go_struct(
            spec.value,
            &[
                ("MinAvailable", "minAvailable"),
                ("Selector", "selector"),
                ("MaxUnavailable", "maxUnavailable"),
                ("UnhealthyPodEvictionPolicy", "unhealthyPodEvictionPolicy"),
            ],
        );
        let what = "minAvailable and maxUnavailable cannot be both set";
        errors.invalid(&spec.path, bad, what);
    }
    for limit in limits.iter().filter_map(|name| spec.set(name)) {
        int_or_percent(&limit, errors);
        not_above_100_percent(&limit, errors);
    }
    metadata::label_selector(&spec.field("selector"), errors);
    let policy = spec.field("unhealthyPodEvictionPolicy");
    let known = &["AlwaysAllow", "IfHealthyBudget"];
    if policy.is_set() && !known.contains(&policy.str()) {
        errors.not_supported(&policy.path, policy.str(), known);
    }
}
