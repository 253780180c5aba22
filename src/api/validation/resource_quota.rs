//! ResourceQuotas. Models `ValidateResourceQuota` of `pkg/apis/core/validation/validation.go`.

use super::at::{At, Errors, FIELD_IMMUTABLE};
use super::resources;
use crate::order;

const SCOPES: &[&str] = &[
    "Terminating",
    "NotTerminating",
    "BestEffort",
    "NotBestEffort",
    "PriorityClass",
    "VolumeAttributesClass",
    "CrossNamespacePodAffinity",
];

/// Models `ValidateResourceQuotaSpec`.
pub fn spec(spec: &At, errors: &mut Errors) {
    let hard = spec.field("hard");
    for (name, amount) in hard.entries() {
        resources::quota_resource_name(name, &amount, errors);
        resources::resource_quantity(name, &amount, errors);
    }
    let scopes = spec.field("scopes");
    for scope in scopes.items() {
        if !SCOPES.contains(&scope.str()) {
            errors.invalid(&scopes.path, scopes.value, "unsupported scope");
        }
        for (name, _) in hard.entries() {
            if !is_valid_for(scope.str(), name) {
                let what = "unsupported scope applied to resource";
                errors.invalid(&scopes.path, scopes.value, what);
            }
        }
    }
    let has = |name: &str| scopes.items().any(|scope| scope.str() == name);
    for (one, other) in [
        ("BestEffort", "NotBestEffort"),
        ("Terminating", "NotTerminating"),
    ] {
        if has(one) && has(other) {
            errors.invalid(&scopes.path, scopes.value, "conflicting scopes");
        }
    }
    scope_selector(spec, errors);
}

/// Models `IsResourceQuotaScopeValidForResource`, for resources that a quota knows by name.
fn is_valid_for(scope: &str, resource: &str) -> bool {
    let standard = !resource.contains('/') && !resource.starts_with("count");
    let compute = [
        "cpu",
        "memory",
        "limits.cpu",
        "limits.memory",
        "requests.cpu",
        "requests.memory",
    ];
    match scope {
        _ if !standard => true,
        "Terminating"
        | "NotTerminating"
        | "NotBestEffort"
        | "PriorityClass"
        | "CrossNamespacePodAffinity" => resource == "pods" || compute.contains(&resource),
        "BestEffort" => resource == "pods",
        "VolumeAttributesClass" => {
            ["persistentvolumeclaims", "requests.storage"].contains(&resource)
        }
        _ => true,
    }
}

/// Models `validateScopedResourceSelectorRequirement`, for one requirement after another.
fn scope_selector(spec: &At, errors: &mut Errors) {
    let list = spec.field("scopeSelector").field("matchExpressions");
    for requirement in list.items() {
        let (scope, operator) = (requirement.text("scopeName"), requirement.text("operator"));
        let values = requirement.field("values");
        if !SCOPES.contains(&scope) {
            errors.invalid(&list.path.field("scopeName"), scope, "unsupported scope");
        }
        let by_name = ["PriorityClass", "VolumeAttributesClass"].contains(&scope);
        if SCOPES.contains(&scope) && !by_name && operator != "Exists" {
            let what = "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
            errors.invalid(&list.path.field("operator"), operator, what);
        }
        match operator {
            "In" | "NotIn" if values.value.is_empty() => {
                let what = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
                errors.required(&list.path.field("values"), what);
            }
            "Exists" | "DoesNotExist" if !values.value.is_empty() => {
                let what = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
                errors.invalid(&list.path.field("values"), values.value, what);
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            other => {
                let path = list.path.field("operator");
                errors.invalid(&path, other, "not a valid selector operator");
            }
        }
    }
}

/// What an update may not change. Models `ValidateResourceQuotaUpdate`.
pub fn update(spec: &At, old: &At, errors: &mut Errors) {
    let scopes = |spec: &At| {
        let mut scopes: Vec<String> = spec.list("scopes").map(|s| s.str().to_string()).collect();
        order::sort(&mut scopes);
        scopes.dedup();
        scopes
    };
    if scopes(spec) != scopes(old) {
        let at = spec.field("scopes");
        errors.invalid(&at.path, at.value, FIELD_IMMUTABLE);
    }
}
