//! Numbers that may be percentages: `1`, `25%`. Models `ValidatePositiveIntOrPercent` and its
//! neighbours in `pkg/apis/apps/validation/validation.go`.

use super::at::{At, Errors};
use super::names;
use crate::api::Value;

/// Models `ValidatePositiveIntOrPercent`.
pub fn int_or_percent(at: &At, errors: &mut Errors) {
    match at.value {
        Value::String(text) => errors.invalid_each(&at.path, &**text, names::percent(text)),
        _ => errors.nonnegative(at),
    }
}

/// Models `IsNotMoreThan100Percent`.
pub fn not_above_100_percent(at: &At, errors: &mut Errors) {
    if percentage(at).is_some_and(|percent| percent > 100) {
        errors.invalid(&at.path, at.str(), "must not be greater than 100%");
    }
}

/// Models `getIntOrPercentValue`: the number, or the number before the percent sign.
pub fn value_of(at: &At) -> i64 {
    percentage(at).unwrap_or_else(|| at.str().parse().unwrap_or_else(|_| at.number()))
}

fn percentage(at: &At) -> Option<i64> {
    let text = at
        .value
        .as_str()
        .filter(|text| names::percent(text).is_empty())?;
    text.trim_end_matches('%').parse().ok()
}
