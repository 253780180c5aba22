//! Where a Pod may and would like to run. Models `validateAffinity`, `ValidateTolerations` and
//! `validateTopologySpreadConstraints` of `pkg/apis/core/validation/validation.go`.

use super::at::{At, Errors};
use super::{metadata, names};

/// Models `validateAffinity`.
pub fn affinity(affinity: &At, errors: &mut Errors) {
    if let Some(node) = affinity.set("nodeAffinity") {
        node_affinity(&node, errors);
    }
    for name in ["podAffinity", "podAntiAffinity"] {
        let pods = affinity.field(name);
        for term in pods.list("requiredDuringSchedulingIgnoredDuringExecution") {
            pod_affinity_term(&term, errors);
        }
        for weighted in pods.list("preferredDuringSchedulingIgnoredDuringExecution") {
            weight(&weighted, errors);
            pod_affinity_term(&weighted.field("podAffinityTerm"), errors);
        }
    }
}

fn node_affinity(affinity: &At, errors: &mut Errors) {
    if let Some(required) = affinity.set("requiredDuringSchedulingIgnoredDuringExecution") {
        node_selector(&required, errors);
    }
    for preferred in affinity.list("preferredDuringSchedulingIgnoredDuringExecution") {
        weight(&preferred, errors);
        // Values that no label can have are allowed in preferences, by an old mistake of upstream's.
        node_selector_term(&preferred.field("preference"), true, errors);
    }
}

fn weight(weighted: &At, errors: &mut Errors) {
    let weight = weighted.field("weight");
    if !(1..=100).contains(&weight.number()) {
        errors.invalid(&weight.path, weight.number(), "must be in the range 1-100");
    }
}

/// Models `ValidateNodeSelector`.
pub fn node_selector(selector: &At, errors: &mut Errors) {
    let terms = selector.field("nodeSelectorTerms");
    if terms.value.is_empty() {
        errors.required(&terms.path, "must have at least one node selector term");
    }
    for term in terms.items() {
        node_selector_term(&term, false, errors);
    }
}

/// Models `ValidateNodeSelectorTerm`.
fn node_selector_term(term: &At, allow_invalid_values: bool, errors: &mut Errors) {
    for requirement in term.list("matchExpressions") {
        node_selector_requirement(&requirement, allow_invalid_values, errors);
    }
    for requirement in term.list("matchFields") {
        node_field_requirement(&requirement, errors);
    }
}

/// Models `ValidateNodeSelectorRequirement`.
fn node_selector_requirement(requirement: &At, allow_invalid_values: bool, errors: &mut Errors) {
    let values = requirement.field("values");
    if !["Gt", "Lt"].contains(&requirement.text("operator")) {
        metadata::operator_and_values(requirement, errors);
    } else if values.value.items().len() != 1 {
        let what = "must be specified single value when `operator` is 'Lt' or 'Gt'";
        errors.required(&values.path, what);
    }
    let key = requirement.field("key");
    metadata::label_name(key.str(), &key, errors);
    if allow_invalid_values {
        return;
    }
    for value in values.items() {
        errors.invalid_each(&value.path, value.str(), names::label_value(value.str()));
    }
}

/// Models `ValidateNodeFieldSelectorRequirement`: `metadata.name` is the one field.
fn node_field_requirement(requirement: &At, errors: &mut Errors) {
    let (values, operator) = (requirement.field("values"), requirement.field("operator"));
    match operator.str() {
        "In" | "NotIn" if values.value.items().len() != 1 => {
            let what =
                "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
            errors.required(&values.path, what);
        }
        "In" | "NotIn" => {}
        other => errors.invalid(&operator.path, other, "not a valid selector operator"),
    }
    let key = requirement.field("key");
    if key.str() != "metadata.name" {
        errors.invalid(&key.path, key.str(), "not a valid field selector key");
        return;
    }
    for value in values.items() {
        errors.invalid_each(
            &value.path,
            value.str(),
            names::dns1123_subdomain(value.str()),
        );
    }
}

/// Models `validatePodAffinityTerm`.
fn pod_affinity_term(term: &At, errors: &mut Errors) {
    metadata::label_selector(&term.field("labelSelector"), errors);
    metadata::label_selector(&term.field("namespaceSelector"), errors);
    for namespace in term.list("namespaces") {
        let path = term.path.field("namespace");
        errors.invalid_each(
            &path,
            namespace.str(),
            names::dns1123_label(namespace.str()),
        );
    }
    label_keys(term, errors);
    let key = term.field("topologyKey");
    if key.str().is_empty() {
        errors.required(&key.path, "can not be empty");
    }
    metadata::label_name(key.str(), &key, errors);
}

/// Models `ValidateMatchLabelKeysAndMismatchLabelKeys`.
fn label_keys(term: &At, errors: &mut Errors) {
    let selector = term.field("labelSelector");
    let (keys, mismatch) = (
        term.field("matchLabelKeys"),
        term.field("mismatchLabelKeys"),
    );
    for list in [&keys, &mismatch] {
        if !list.value.is_empty() && !selector.is_set() {
            errors.forbidden(
                &list.path,
                "must not be specified when labelSelector is not set",
            );
            continue;
        }
        for key in list.items() {
            metadata::label_name(key.str(), &key, errors);
        }
    }
    let labels = selector.field("matchLabels");
    let mut seen: Vec<&str> = labels.entries().map(|(key, _)| key).collect();
    for expression in selector.list("matchExpressions") {
        let key = expression.text("key");
        let position = keys.items().rposition_of(key);
        if let Some(index) = position.filter(|_| seen.contains(&key)) {
            let what = "exists in both matchLabelKeys and labelSelector";
            errors.invalid(&term.path.index(index), key, what);
        }
        seen.push(key);
    }
    for key in keys.items() {
        if mismatch.items().rposition_of(key.str()).is_some() {
            let what = "exists in both matchLabelKeys and mismatchLabelKeys";
            errors.invalid(&key.path, key.str(), what);
        }
    }
}

trait RpositionOf {
    /// The number of the last item that is this text.
    fn rposition_of(self, text: &str) -> Option<usize>;
}

impl<'a, I: Iterator<Item = At<'a>>> RpositionOf for I {
    fn rposition_of(self, text: &str) -> Option<usize> {
        let found = self.enumerate().filter(|(_, item)| item.str() == text);
        found.map(|(index, _)| index).last()
    }
}

/// Models `ValidateTolerations`.
pub fn tolerations(list: &At, errors: &mut Errors) {
    for toleration in list.items() {
        let (key, operator) = (toleration.field("key"), toleration.field("operator"));
        let (value, effect) = (toleration.text("value"), toleration.field("effect"));
        if !key.str().is_empty() {
            metadata::label_name(key.str(), &key, errors);
        } else if operator.str() != "Exists" {
            let what = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
            errors.invalid(&operator.path, operator.str(), what);
        }
        if toleration.set("tolerationSeconds").is_some() && effect.str() != "NoExecute" {
            let what = "effect must be 'NoExecute' when `tolerationSeconds` is set";
            errors.invalid(&effect.path, effect.str(), what);
        }
        match operator.str() {
            "" | "Equal" => {
                let wrong = names::label_value(value);
                if !wrong.is_empty() {
                    errors.invalid(&operator.path, value, wrong.join(";"));
                }
            }
            "Exists" if value.is_empty() => {}
            "Exists" => {
                let what = "value must be empty when `operator` is 'Exists'";
                errors.invalid(&operator.path, value, what);
            }
            // Comparisons need the feature gate TaintTolerationComparisonOperators, which is off.
            other @ ("Lt" | "Gt") => {
                errors.not_supported(&operator.path, other, &["Equal", "Exists", "Lt", "Gt"]);
            }
            other => errors.not_supported(&operator.path, other, &["Equal", "Exists"]),
        }
        if !effect.str().is_empty() {
            taint_effect(&effect, errors);
        }
    }
}

/// Models `validateTaintEffect`.
pub fn taint_effect(effect: &At, errors: &mut Errors) {
    errors.one_of(effect, &["NoSchedule", "PreferNoSchedule", "NoExecute"]);
}

/// Models `validateTopologySpreadConstraints`.
pub fn topology_spread_constraints(list: &At, errors: &mut Errors) {
    for (index, constraint) in list.items().enumerate() {
        let skew = constraint.field("maxSkew");
        if skew.number() <= 0 {
            errors.invalid(&skew.path, skew.number(), "must be greater than zero");
        }
        if constraint.lacks("topologyKey") {
            errors.required(&constraint.field("topologyKey").path, "can not be empty");
        }
        let action = constraint.field("whenUnsatisfiable");
        if !["DoNotSchedule", "ScheduleAnyway"].contains(&action.str()) {
            let known = &["DoNotSchedule", "ScheduleAnyway"];
            errors.not_supported(&action.path, action.str(), known);
        }
        let same = |other: &At| {
            let both = ["topologyKey", "whenUnsatisfiable"];
            both.iter()
                .all(|name| other.text(name) == constraint.text(name))
        };
        if list.items().skip(index + 1).any(|other| same(&other)) {
            let path = constraint.path.field("{topologyKey, whenUnsatisfiable}");
            let pair = format!("{{{}, {}}}", constraint.text("topologyKey"), action.str());
            errors.duplicate(&path, &*pair);
        }
        min_domains(&constraint, action.str(), errors);
        for name in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
            let policy = constraint.field(name);
            if policy.is_set() && !["Honor", "Ignore"].contains(&policy.str()) {
                errors.not_supported(&policy.path, policy.str(), &["Honor", "Ignore"]);
            }
        }
        label_keys(&constraint, errors);
        metadata::label_selector(&constraint.field("labelSelector"), errors);
    }
}

fn min_domains(constraint: &At, action: &str, errors: &mut Errors) {
    let domains = constraint.field("minDomains");
    if !domains.is_set() {
        return;
    }
    if domains.number() <= 0 {
        errors.invalid(&domains.path, domains.number(), "must be greater than zero");
    }
    if action != "DoNotSchedule" {
        let what =
            format!("can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}");
        errors.invalid(&domains.path, domains.number(), what);
    }
}
