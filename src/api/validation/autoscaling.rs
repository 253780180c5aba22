//! HorizontalPodAutoscalers. Models `pkg/apis/autoscaling/validation/validation.go`.

use super::at::{At, Errors};
use super::{names, resources};

const FROM_NONE: &str = "must populate information for the given metric source";

/// The sources of metrics: `type`, and the field that goes with it, in upstream's order.
const SOURCES: &[(&str, &str)] = &[
    ("Object", "object"),
    ("External", "external"),
    ("Pods", "pods"),
    ("Resource", "resource"),
    ("ContainerResource", "containerResource"),
];

/// Models `validateHorizontalPodAutoscalerSpec`.
pub fn spec(spec: &At, errors: &mut Errors) {
    let (min, max) = (spec.field("minReplicas"), spec.field("maxReplicas"));
    if min.is_set() && min.number() < 1 {
        errors.invalid(
            &min.path,
            min.number(),
            "must be greater than or equal to 1",
        );
    }
    if max.number() == 0 {
        errors.required(&max.path, "must be set and greater than 0");
    } else if max.number() < 0 {
        errors.invalid(
            &max.path,
            max.number(),
            "must be greater than or equal to 1",
        );
    }
    if min.is_set() && max.number() < min.number() {
        let what = "must be greater than or equal to `minReplicas`";
        errors.invalid(&max.path, max.number(), what);
    }
    object_reference(&spec.field("scaleTargetRef"), true, errors);
    metrics(spec, errors);
    for name in ["scaleUp", "scaleDown"] {
        if let Some(rules) = spec.field("behavior").set(name) {
            scaling_rules(&rules, errors);
        }
    }
}

/// Models `ValidateCrossVersionObjectReference`.
fn object_reference(reference: &At, needs_group: bool, errors: &mut Errors) {
    for name in ["kind", "name"] {
        let at = reference.field(name);
        if at.str().is_empty() {
            errors.required(&at.path, "");
        } else {
            errors.invalid_each(&at.path, at.str(), names::path_segment_name(at.str()));
        }
    }
    let version = reference.field("apiVersion");
    if version.str().matches('/').count() > 1 {
        let what = format!("unexpected GroupVersion string: {}", version.str());
        errors.invalid(&version.path, version.str(), what);
    } else if needs_group && !version.str().contains('/') {
        errors.invalid(
            &version.path,
            version.str(),
            "apiVersion must specify API group",
        );
    }
}

fn metrics(spec: &At, errors: &mut Errors) {
    let list = spec.field("metrics");
    for metric in list.items() {
        self::metric(&metric, errors);
    }
    let scales = |metric: At| ["Object", "External"].contains(&metric.text("type"));
    if spec.int("minReplicas") == Some(0) && !list.items().any(scales) {
        let what = "must specify at least one Object or External metric to support scaling to zero replicas";
        errors.forbidden(&list.path, what);
    }
}

/// Models `validateMetricSpec`.
fn metric(metric: &At, errors: &mut Errors) {
    const TYPES: &[&str] = &[
        "ContainerResource",
        "External",
        "Object",
        "Pods",
        "Resource",
    ];
    let kind = metric.field("type");
    if kind.str().is_empty() {
        errors.required(&kind.path, "must specify a metric source type");
    }
    if !TYPES.contains(&kind.str()) {
        errors.not_supported(&kind.path, kind.str(), TYPES);
    }
    let present: Vec<&str> = SOURCES
        .iter()
        .map(|(_, name)| *name)
        .filter(|name| metric.set(name).is_some())
        .collect();
    if let Some(name) = present.first() {
        source(name, &metric.field(name), errors);
    }
    let expected = SOURCES.iter().find(|(known, _)| *known == kind.str());
    match expected {
        Some((_, name)) if metric.set(name).is_none() => {
            errors.required(&metric.field(name).path, FROM_NONE);
        }
        Some(_) => {}
        None => errors.not_supported(&kind.path, kind.str(), TYPES),
    }
    let expected = expected.map_or("", |(_, name)| name);
    if present.len() != 1 {
        for name in present.iter().filter(|name| **name != expected) {
            let what = "must populate the given metric source only";
            errors.forbidden(&metric.field(name).path, what);
        }
    }
}

fn source(name: &str, source: &At, errors: &mut Errors) {
    match name {
        "object" => object_reference(&source.field("describedObject"), false, errors),
        "resource" | "containerResource" => resource_names(name, source, errors),
        _ => {}
    }
    if ["object", "external", "pods"].contains(&name) {
        let at = source.field("metric").field("name");
        if at.str().is_empty() {
            errors.required(&at.path, "must specify a metric name");
        } else {
            errors.invalid_each(&at.path, at.str(), names::path_segment_name(at.str()));
        }
    }
    let target = source.field("target");
    metric_target(&target, errors);
    target_values(name, &target, errors);
}

fn resource_names(source_name: &str, source: &At, errors: &mut Errors) {
    let name = source.field("name");
    if name.str().is_empty() {
        errors.required(&name.path, "must specify a resource name");
    } else if source_name == "containerResource" {
        resources::container_resource_name(name.str(), &name, errors);
    }
    let container = source.field("container");
    if source_name == "containerResource" {
        if container.str().is_empty() {
            errors.required(&container.path, "must specify a container");
        } else {
            let wrong = names::dns1123_label(container.str());
            errors.invalid_each(&container.path, container.str(), wrong);
        }
    }
}

/// Models `validateMetricTarget`.
fn metric_target(target: &At, errors: &mut Errors) {
    let kind = target.field("type");
    if kind.str().is_empty() {
        errors.required(&kind.path, "must specify a metric target type");
    }
    if !["Utilization", "Value", "AverageValue"].contains(&kind.str()) {
        let what = "must be either Utilization, Value, or AverageValue";
        errors.invalid(&kind.path, kind.str(), what);
    }
    for name in ["value", "averageValue"] {
        let value = target.field(name);
        if value.is_set() && resources::quantity(&value).nano <= 0 {
            errors.invalid(&value.path, value.value, "must be positive");
        }
    }
    let utilization = target.field("averageUtilization");
    if utilization.is_set() && utilization.number() < 1 {
        errors.invalid(
            &utilization.path,
            utilization.number(),
            "must be greater than 0",
        );
    }
}

/// Which of a target's values a source needs, and which exclude one another.
fn target_values(source: &str, target: &At, errors: &mut Errors) {
    let has = |name: &str| target.set(name).is_some();
    let mut need = |one: &str, other: &str, at: &str, what: &str| {
        if !has(one) && !has(other) {
            errors.required(&target.field(at).path, what);
        }
    };
    match source {
        "object" => {
            let what = "must set either a target value or averageValue";
            need("value", "averageValue", "averageValue", what);
        }
        "external" => {
            let what = "must set either a target value for metric or a per-pod target";
            need("value", "averageValue", "averageValue", what);
        }
        "pods" => {
            let what = "must specify a positive target averageValue";
            need("averageValue", "averageValue", "averageValue", what);
        }
        _ => {
            let what = "must set either a target raw value or a target utilization";
            need(
                "averageUtilization",
                "averageValue",
                "averageUtilization",
                what,
            );
        }
    }
    if source == "external" && has("value") && has("averageValue") {
        let what = "may not set both a target value for metric and a per-pod target";
        errors.forbidden(&target.field("value").path, what);
    }
    let is_resource = ["resource", "containerResource"].contains(&source);
    if is_resource && has("averageUtilization") && has("averageValue") {
        let what = "may not set both a target raw value and a target utilization";
        errors.forbidden(&target.field("averageValue").path, what);
    }
}

/// Models `validateScalingRules`.
fn scaling_rules(rules: &At, errors: &mut Errors) {
    let window = rules.field("stabilizationWindowSeconds");
    if window.number() < 0 {
        let what = "must be greater than or equal to zero";
        errors.invalid(&window.path, window.number(), what);
    }
    if window.number() > 3600 {
        errors.invalid(
            &window.path,
            window.number(),
            "must be less than or equal to 3600",
        );
    }
    let select = rules.field("selectPolicy");
    let known = &["Disabled", "Max", "Min"];
    if select.is_set() && !known.contains(&select.str()) {
        errors.not_supported(&select.path, select.str(), known);
    }
    let policies = rules.field("policies");
    if policies.value.is_empty() {
        errors.required(&policies.path, "must specify at least one Policy");
    }
    for policy in policies.items() {
        scaling_policy(&policy, errors);
    }
    let tolerance = rules.field("tolerance");
    if tolerance.is_set() {
        resources::nonnegative_quantity(&tolerance, errors);
    }
}

/// Models `validateScalingPolicy`.
fn scaling_policy(policy: &At, errors: &mut Errors) {
    let kind = policy.field("type");
    if !["Percent", "Pods"].contains(&kind.str()) {
        errors.not_supported(&kind.path, kind.str(), &["Percent", "Pods"]);
    }
    for name in ["value", "periodSeconds"] {
        let number = policy.field(name);
        if number.number() <= 0 {
            errors.invalid(&number.path, number.number(), "must be greater than zero");
        }
    }
    let period = policy.field("periodSeconds");
    if period.number() > 1800 {
        errors.invalid(
            &period.path,
            period.number(),
            "must be less than or equal to 1800",
        );
    }
}
