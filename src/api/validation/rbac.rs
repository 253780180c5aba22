//! Roles and their bindings. Models `pkg/apis/rbac/validation/validation.go`.

use super::at::{At, Errors};
use super::{metadata, names};

const GROUP: &str = "rbac.authorization.k8s.io";

/// Models `ValidateRole` and `ValidateClusterRole` behind the metadata.
pub fn role(role: &At, namespaced: bool, errors: &mut Errors) {
    for rule in role.list("rules") {
        policy_rule(&rule, namespaced, errors);
    }
    let Some(aggregation) = role.set("aggregationRule") else {
        return;
    };
    let selectors = aggregation.field("clusterRoleSelectors");
    if selectors.value.is_empty() {
        let what = "at least one clusterRoleSelector required if aggregationRule is non-nil";
        errors.required(&selectors.path, what);
    }
    for selector in selectors.items() {
        metadata::label_selector(&selector, errors);
    }
}

/// Models `ValidatePolicyRule`.
fn policy_rule(rule: &At, namespaced: bool, errors: &mut Errors) {
    let urls = rule.field("nonResourceURLs");
    if rule.lacks("verbs") {
        let what = "verbs must contain at least one value";
        errors.required(&rule.field("verbs").path, what);
    }
    if !urls.value.is_empty() {
        if namespaced {
            let what = "namespaced rules cannot apply to non-resource URLs";
            errors.invalid(&urls.path, urls.value, what);
        }
        let others = ["apiGroups", "resources", "resourceNames"];
        if others.iter().any(|name| !rule.lacks(name)) {
            let what = "rules cannot apply to both regular resources and non-resource URLs";
            errors.invalid(&urls.path, urls.value, what);
        }
        return;
    }
    for (name, what) in [
        (
            "apiGroups",
            "resource rules must supply at least one api group",
        ),
        (
            "resources",
            "resource rules must supply at least one resource",
        ),
    ] {
        if rule.lacks(name) {
            errors.required(&rule.field(name).path, what);
        }
    }
}

/// Models `ValidateRoleBinding` and `ValidateClusterRoleBinding` behind the metadata.
pub fn binding(binding: &At, namespaced: bool, errors: &mut Errors) {
    let role = binding.field("roleRef");
    let (group, kind, name) = (
        role.field("apiGroup"),
        role.field("kind"),
        role.field("name"),
    );
    if group.str() != GROUP {
        errors.not_supported(&group.path, group.str(), &[GROUP]);
    }
    let kinds: &[&str] = if namespaced {
        &["Role", "ClusterRole"]
    } else {
        &["ClusterRole"]
    };
    if !kinds.contains(&kind.str()) {
        errors.not_supported(&kind.path, kind.str(), kinds);
    }
    if name.str().is_empty() {
        errors.required(&name.path, "");
    } else {
        errors.invalid_each(&name.path, name.str(), names::path_segment_name(name.str()));
    }
    for subject in binding.list("subjects") {
        self::subject(&subject, namespaced, errors);
    }
}

/// Models `ValidateRoleBindingSubject`.
fn subject(subject: &At, namespaced: bool, errors: &mut Errors) {
    let (name, group) = (subject.field("name"), subject.field("apiGroup"));
    if name.str().is_empty() {
        errors.required(&name.path, "");
    }
    let kind = subject.field("kind");
    match kind.str() {
        "ServiceAccount" => {
            if !name.str().is_empty() {
                let wrong = names::dns1123_subdomain(name.str());
                errors.invalid_each(&name.path, name.str(), wrong);
            }
            if !group.str().is_empty() {
                errors.not_supported(&group.path, group.str(), &[""]);
            }
            if !namespaced && subject.lacks("namespace") {
                errors.required(&subject.field("namespace").path, "");
            }
        }
        "User" | "Group" => {
            if group.str() != GROUP {
                errors.not_supported(&group.path, group.str(), &[GROUP]);
            }
        }
        other => errors.not_supported(&kind.path, other, &["ServiceAccount", "User", "Group"]),
    }
}

/// What an update may not change.
pub fn binding_update(binding: &At, old: &At, errors: &mut Errors) {
    let role = binding.field("roleRef");
    if role.value != old.field("roleRef").value {
        let bad = super::at::go_struct(
            role.value,
            &[("APIGroup", "apiGroup"), ("Kind", "kind"), ("Name", "name")],
        );
        errors.invalid(&role.path, bad, "cannot change roleRef");
    }
}
