//! Autoscalers and disruption budgets. Models `describeHorizontalPodAutoscalerV2`,
//! `describePodDisruptionBudgetV1`.

use super::page::{Page, or_unset};
use crate::api::Value;
use crate::kubectl::labels::format_selector;
use crate::kubectl::look::{Look, or};
use crate::kubectl::printers::metric_source;
use crate::manifest::stream::quoted;

/// A HorizontalPodAutoscaler; one that is written in version 1 has a single metric.
pub fn horizontal_pod_autoscaler(page: &mut Page, object: &Value) {
    page.head(object);
    page.created(object);
    let kind = object.text("spec.scaleTargetRef.kind");
    let target = [kind, "/", object.text("spec.scaleTargetRef.name")].concat();
    page.field(0, "Reference", &target);
    page.field(0, "Metrics", "( current / target )");
    let statuses = object.list("status.currentMetrics");
    for (number, of) in object.list("spec.metrics").iter().enumerate() {
        metric(page, of, statuses.get(number).unwrap_or(&Value::Null));
    }
    if object.look("spec.targetCPUUtilizationPercentage").is_some() {
        let target = object.print("spec.targetCPUUtilizationPercentage");
        let text = ["<unknown> / ", &target, "%"].concat();
        page.field(
            1,
            "resource cpu on pods  (as a percentage of request)",
            &text,
        );
    }
    page.field(0, "Min replicas", &or_unset(object, "spec.minReplicas"));
    page.field(
        0,
        "Max replicas",
        &object.int("spec.maxReplicas").to_string(),
    );
    if object.look("spec.behavior").is_some() {
        page.line(0, "Behavior:");
        behavior(page, "Scale Up", object.look("spec.behavior.scaleUp"));
        behavior(page, "Scale Down", object.look("spec.behavior.scaleDown"));
    }
    let pods = format!(
        "{} current / {} desired",
        object.int("status.currentReplicas"),
        object.int("status.desiredReplicas")
    );
    page.field(0, &[kind, " pods"].concat(), &pods);
    let conditions = object.list("status.conditions");
    if !conditions.is_empty() {
        page.line(0, "Conditions:");
        page.heads(1, &["Type", "Status", "Reason", "Message"]);
    }
    for condition in conditions {
        let cells = ["type", "status", "reason", "message"].map(|field| condition.text(field));
        page.row(1, &cells);
    }
}

fn metric(page: &mut Page, metric: &Value, status: &Value) {
    let kind = metric.text("type");
    let Some(source) = metric_source(kind) else {
        page.line(1, &["<unknown metric type ", &quoted(kind), ">"].concat());
        return;
    };
    let of = metric.look(source).unwrap_or(&Value::Null);
    let now = status.look(source).unwrap_or(&Value::Null);
    let average = of.print("target.averageValue");
    let current =
        |field: &str| or(&now.print(&["current.", field].concat()), "<unknown>").to_string();
    let both = |field: &str| {
        [
            &current(field),
            " / ",
            &*of.print(&["target.", field].concat()),
        ]
        .concat()
    };
    let name = quoted(of.text("metric.name"));
    match kind {
        "Pods" => page.field(1, &[&name, " on pods"].concat(), &both("averageValue")),
        "External" | "Object" => {
            let (words, field) = match average.is_empty() {
                true => (" (target value)", "value"),
                false => (" (target average value)", "averageValue"),
            };
            let on = match kind {
                "Object" => {
                    let described = |field: &str| of.text(&["describedObject.", field].concat());
                    [" on ", described("kind"), "/", described("name")].concat()
                }
                _ => String::new(),
            };
            page.field(1, &[&name, &on, words].concat(), &both(field));
        }
        _ => {
            let mut label = ["resource ", of.text("name")].concat();
            if kind == "ContainerResource" {
                label += &[" of container ", &quoted(of.text("container"))].concat();
            }
            label += " on pods";
            if !average.is_empty() {
                page.field(1, &label, &both("averageValue"));
                return;
            }
            let current = match now.look("current.averageUtilization") {
                Some(_) => format!(
                    "{}% ({})",
                    now.print("current.averageUtilization"),
                    now.print("current.averageValue")
                ),
                None => "<unknown>".into(),
            };
            let target = match of.look("target.averageUtilization") {
                Some(_) => of.print("target.averageUtilization") + "%",
                None => "<auto>".into(),
            };
            let text = [&current, " / ", &*target].concat();
            page.field(
                1,
                &[&label, "  (as a percentage of request)"].concat(),
                &text,
            );
        }
    }
}

fn behavior(page: &mut Page, direction: &str, rules: Option<&Value>) {
    let Some(rules) = rules else {
        return;
    };
    page.line(1, &[direction, ":"].concat());
    if rules.look("stabilizationWindowSeconds").is_some() {
        let seconds = rules.print("stabilizationWindowSeconds");
        page.line(2, &format!("Stabilization Window: {seconds} seconds"));
    }
    let policies = rules.list("policies");
    if policies.is_empty() {
        return;
    }
    let select = or(rules.text("selectPolicy"), "Max");
    page.line(2, &["Select Policy: ", select].concat());
    page.line(2, "Policies:");
    for policy in policies {
        let (kind, value) = (policy.text("type"), policy.int("value"));
        let period = policy.int("periodSeconds");
        page.line(
            3,
            &format!("- Type: {kind}\tValue: {value}\tPeriod: {period} seconds"),
        );
    }
}

/// A PodDisruptionBudget.
pub fn pod_disruption_budget(page: &mut Page, object: &Value) {
    page.name(object);
    if object.look("spec.minAvailable").is_some() {
        page.field(0, "Min available", &object.print("spec.minAvailable"));
    } else if object.look("spec.maxUnavailable").is_some() {
        page.field(0, "Max unavailable", &object.print("spec.maxUnavailable"));
    }
    let selector = match object.look("spec.selector") {
        Some(selector) => format_selector(Some(selector)),
        None => "<unset>".into(),
    };
    page.field(0, "Selector", &selector);
    page.line(0, "Status:");
    for (label, field) in [
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ] {
        let number = object.int(&["status.", field].concat());
        page.field(2, label, &number.to_string());
    }
}
