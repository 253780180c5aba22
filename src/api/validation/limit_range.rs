//! LimitRanges. Models `ValidateLimitRange` of `pkg/apis/core/validation/validation.go`.

use super::at::{At, Errors};
use super::field::Path;
use super::{names, resources};
use crate::api::quantity::Quantity;
use crate::collections::Set;

/// Models `ValidateLimitRange` behind the metadata.
pub fn limit_range(object: &At, errors: &mut Errors) {
    let mut seen = Set::new();
    for limit in object.field("spec").list("limits") {
        let kind = limit.field("type");
        type_name(&kind, errors);
        if !seen.insert(kind.str()) {
            errors.duplicate(&kind.path, kind.str());
        }
        resource_names(&limit, errors);
        let lists = [
            "max",
            "min",
            "default",
            "defaultRequest",
            "maxLimitRequestRatio",
        ];
        let is_pod = kind.str() == "Pod";
        let keys: Set<&str> = lists
            .into_iter()
            .filter(|list| !(is_pod && list.starts_with("default")))
            .flat_map(|list| limit.field(list).entries().map(|(key, _)| key))
            .collect();
        for key in &keys {
            amounts(&limit, key, errors);
        }
    }
}

/// Models `validateLimitRangeTypeName`.
fn type_name(kind: &At, errors: &mut Errors) {
    let wrong = names::label_key(kind.str());
    let known = ["Pod", "Container", "PersistentVolumeClaim"];
    if !wrong.is_empty() {
        errors.invalid_each(&kind.path, kind.str(), wrong);
    } else if !kind.str().contains('/') && !known.contains(&kind.str()) {
        let what = "must be a standard limit type or fully qualified";
        errors.invalid(&kind.path, kind.str(), what);
    }
}

fn resource_names(limit: &At, errors: &mut Errors) {
    let kind = limit.text("type");
    let rule = match kind {
        "Pod" | "Container" => resources::container_resource_name,
        _ => resources::resource_name,
    };
    let each = |list: &str, errors: &mut Errors| {
        for (key, amount) in limit.field(list).entries() {
            rule(key, &amount, errors);
        }
    };
    each("max", errors);
    each("min", errors);
    for list in ["default", "defaultRequest"] {
        let it = limit.field(list);
        if kind != "Pod" {
            each(list, errors);
        } else if !it.value.is_empty() {
            errors.forbidden(&it.path, "may not be specified when `type` is 'Pod'");
        }
    }
    let has_storage = |list: &str| limit.field(list).set("storage").is_some();
    if kind == "PersistentVolumeClaim" && !has_storage("min") && !has_storage("max") {
        let what = "either minimum or maximum storage value is required, but neither was provided";
        errors.required(&limit.path.field("limits"), what);
    }
    each("maxLimitRequestRatio", errors);
}

/// One amount of one resource.
struct Amount<'a> {
    amount: Quantity,
    text: &'a str,
    path: Path<'a>,
}

/// The five amounts of one resource must not contradict one another.
fn amounts(limit: &At, key: &str, errors: &mut Errors) {
    let amount = |list: &str| {
        let at = limit.field(list);
        let hidden = limit.text("type") == "Pod" && list.starts_with("default");
        let value = at.set(key).filter(|_| !hidden)?;
        Some(Amount {
            amount: resources::quantity(&value),
            text: value.str(),
            path: at.path.key(key),
        })
    };
    let (min, max) = (amount("min"), amount("max"));
    let (default, request) = (amount("default"), amount("defaultRequest"));
    let mut above = |low: &Option<Amount>,
                     high: &Option<Amount>,
                     at_low: bool,
                     bad_low: bool,
                     words: (&str, &str)| {
        let (Some(low), Some(high)) = (low, high) else {
            return;
        };
        if low.amount > high.amount {
            let place = if at_low { low } else { high };
            let bad = if bad_low { low } else { high };
            let what = format!(
                "{} value {} is greater than {} value {}",
                words.0, low.text, words.1, high.text
            );
            errors.invalid(&place.path, bad.text, what);
        }
    };
    above(&min, &max, true, true, ("min", "max"));
    above(&min, &request, false, false, ("min", "default request"));
    above(&request, &max, true, true, ("default request", "max"));
    above(
        &request,
        &default,
        true,
        true,
        ("default request", "default limit"),
    );
    // In these two upstream prints the amount that is compared with, not the one that stands there.
    above(&min, &default, false, true, ("min", "default"));
    above(&default, &max, true, false, ("default", "max"));
    if let Some(ratio) = amount("maxLimitRequestRatio") {
        ratios(&ratio, &min, &max, errors);
    }
    if let (Some(default), Some(request)) = (default, request)
        && !resources::is_overcommit_allowed(key)
        && default.amount != request.amount
    {
        let what = format!(
            "default value {} must equal to defaultRequest value {} in {key}",
            default.text, request.text
        );
        errors.invalid(&request.path, request.text, what);
    }
}

fn ratios(ratio: &Amount, min: &Option<Amount>, max: &Option<Amount>, errors: &mut Errors) {
    let text = ratio.text;
    if ratio.amount.milli_value() < 1000 {
        errors.invalid(&ratio.path, text, format!("ratio {text} is less than 1"));
    }
    let (Some(min), Some(max)) = (min, max) else {
        return;
    };
    let most = max.amount.milli_value() as f64 / min.amount.milli_value() as f64;
    if ratio.amount.milli_value() as f64 / 1000.0 > most {
        let what = format!("ratio {text} is greater than max/min = {most:.6}");
        errors.invalid(&ratio.path, text, what);
    }
}
