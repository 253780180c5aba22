//! Requests, limits and the names of resources. Models the resource part of
//! `pkg/apis/core/validation/validation.go` and `pkg/apis/core/helper/helpers.go`.

use super::at::{At, Errors, IS_NEGATIVE};
use super::names;
use crate::api::quantity::Quantity;
use crate::order;

/// Resource names that stand without a domain.
const STANDARD: &[&str] = &[
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "storage",
    "requests.storage",
    "services.nodeports",
    "services.loadbalancers",
];

/// Those of which there are only whole ones.
const INTEGER: &[&str] = &[
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
];

/// Models `IsHugePageResourceName`.
pub fn is_huge_page(name: &str) -> bool {
    name.starts_with("hugepages-")
}

fn is_quota_huge_page(name: &str) -> bool {
    is_huge_page(name) || name.starts_with("requests.hugepages-")
}

/// Models `IsNativeResource`.
pub fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

/// Models `IsExtendedResourceName`: `example.com/gpu`.
pub fn is_extended(name: &str) -> bool {
    !is_native(name)
        && !name.starts_with("requests.")
        && names::label_key(&format!("requests.{name}")).is_empty()
}

/// Models `IsOvercommitAllowed`: may limits be above requests?
pub fn is_overcommit_allowed(name: &str) -> bool {
    is_native(name) && !is_huge_page(name)
}

/// Models `validateResourceName`.
pub fn resource_name(name: &str, at: &At, errors: &mut Errors) {
    let wrong = names::label_key(name);
    if wrong.is_empty() {
        if !name.contains('/') && !STANDARD.contains(&name) && !is_quota_huge_page(name) {
            let what = "must be a standard resource type or fully qualified";
            errors.invalid(&at.path, name, what);
        }
    } else {
        errors.invalid_each(&at.path, name, wrong);
    }
}

/// Models `validateContainerResourceName`.
pub fn container_resource_name(name: &str, at: &At, errors: &mut Errors) {
    resource_name(name, at, errors);
    let standard = ["cpu", "memory", "ephemeral-storage"].contains(&name) || is_huge_page(name);
    if !name.contains('/') {
        if !standard {
            errors.invalid(&at.path, name, "must be a standard resource for containers");
        }
    } else if !is_native(name) && !is_extended(name) {
        errors.invalid(
            &at.path,
            name,
            "doesn't follow extended resource name standard",
        );
    }
}

/// Models `validatePodResourceName`: resources of the Pod as a whole.
pub fn pod_resource_name(name: &str, at: &At, errors: &mut Errors) {
    let before = errors.count();
    resource_name(name, at, errors);
    if errors.none_since(before) && !["cpu", "memory"].contains(&name) && !is_huge_page(name) {
        errors.not_supported(&at.path, name, &["cpu", "hugepages-", "memory"]);
    }
}

/// Models `ValidateResourceQuotaResourceName`.
pub fn quota_resource_name(name: &str, at: &At, errors: &mut Errors) {
    resource_name(name, at, errors);
    let standard = STANDARD.contains(&name) && name != "storage";
    if !name.contains('/') && !standard && !is_quota_huge_page(name) {
        errors.invalid(&at.path, name, "must be a standard resource for quota");
    }
}

/// The amount that stands here; nothing where it can't be read (decoding refuses that).
pub fn quantity(at: &At) -> Quantity {
    Quantity::parse(at.str()).unwrap_or_default()
}

/// Models `ValidateNonnegativeQuantity`.
pub fn nonnegative_quantity(at: &At, errors: &mut Errors) {
    if quantity(at).nano < 0 {
        errors.invalid(&at.path, at.str(), IS_NEGATIVE);
    }
}

/// Models `ValidatePositiveQuantityValue`.
pub fn positive_quantity(at: &At, errors: &mut Errors) {
    if quantity(at).nano <= 0 {
        errors.invalid(&at.path, at.str(), "must be greater than zero");
    }
}

/// Models `ValidateResourceQuantityValue`.
pub fn resource_quantity(name: &str, at: &At, errors: &mut Errors) {
    nonnegative_quantity(at, errors);
    let whole = quantity(at).milli_value() % 1000 == 0;
    if !whole && (INTEGER.contains(&name) || is_extended(name)) {
        errors.invalid(&at.path, at.value, "must be an integer");
    }
}

/// Models `validateResourceRequirements`; `name_rule` says which resources may stand there.
pub fn resource_requirements(
    requirements: &At,
    name_rule: fn(&str, &At, &mut Errors),
    claim_names: &[&str],
    errors: &mut Errors,
) {
    let (limits, requests) = (requirements.field("limits"), requirements.field("requests"));
    for (name, limit) in limits.entries() {
        name_rule(name, &limit, errors);
        resource_quantity(name, &limit, errors);
        huge_page_quantity(name, &limit, errors);
    }
    for (name, request) in requests.entries() {
        name_rule(name, &request, errors);
        resource_quantity(name, &request, errors);
        request_against_limit(name, &request, &requests, &limits, errors);
        huge_page_quantity(name, &request, errors);
    }
    let all = || {
        limits
            .entries()
            .chain(requests.entries())
            .map(|(name, _)| name)
    };
    if all().any(is_huge_page) && !all().any(|name| name == "cpu" || name == "memory") {
        errors.forbidden(&requirements.path, "HugePages require cpu or memory");
    }
    resource_claims(&requirements.field("claims"), claim_names, errors);
}

fn request_against_limit(
    name: &str,
    request: &At,
    requests: &At,
    limits: &At,
    errors: &mut Errors,
) {
    let Some(limit) = limits.set(name) else {
        if !is_overcommit_allowed(name) {
            let what = "Limit must be set for non overcommitable resources";
            errors.required(&limits.path, what);
        }
        return;
    };
    let (asked, most) = (quantity(request), quantity(&limit));
    let most_text = limit.str();
    if asked != most && !is_overcommit_allowed(name) {
        let what = format!("must be equal to {name} limit of {most_text}");
        errors.invalid(&requests.path, request.str(), what);
    } else if asked > most {
        let what = format!("must be less than or equal to {name} limit of {most_text}");
        errors.invalid(&requests.path, request.str(), what);
    }
}

/// Models `validateResourceQuantityHugePageValue`: whole pages only.
fn huge_page_quantity(name: &str, at: &At, errors: &mut Errors) {
    let Some(page) = name.strip_prefix("hugepages-") else {
        return;
    };
    let page = Quantity::parse(page).unwrap_or_default();
    let whole_page = page.nano > 0 && page.milli_value() % 1000 == 0;
    if !whole_page || quantity(at).value() % page.value() != 0 {
        let what = format!("{} is not positive integer multiple of {name}", at.str());
        errors.invalid(&at.path, at.str(), what);
    }
}

/// Models `validateResourceClaimNames`.
fn resource_claims(claims: &At, known: &[&str], errors: &mut Errors) {
    let mut seen: Vec<String> = Vec::new();
    for claim in claims.items() {
        let name = claim.text("name");
        if name.is_empty() {
            errors.required(&claim.path, "");
            continue;
        }
        if seen.iter().any(|key| key == name) {
            errors.duplicate(&claim.path, name);
        } else {
            let request = claim.field("request");
            let mut key = name.to_string();
            if !claim.lacks("request") {
                let wrong = names::dns1123_label(request.str());
                errors.invalid_each(&request.path, request.str(), wrong);
                key = format!("{name}/{}", request.str());
            }
            let prefix = format!("{name}/");
            let overlaps = claim.lacks("request") && seen.iter().any(|k| k.starts_with(&prefix));
            if seen.contains(&key) || overlaps {
                errors.duplicate(&claim.path, &*key);
            }
            seen.push(key);
        }
        if !known.contains(&name) {
            let mut known: Vec<&str> = known.to_vec();
            order::sort(&mut known);
            let known = match &known[..] {
                [] => " which is empty".to_string(),
                known => format!(": {}", known.join(", ")),
            };
            let what = format!("must be one of the names in pod.spec.resourceClaims{known}");
            errors.not_found(&claim.path, name, what);
        }
    }
}
