//! Namespaces, configuration, quotas, priorities, autoscalers. Models `printNamespace`,
//! `printConfigMap`, `printResourceQuota`, `printPriorityClass`, `printHorizontalPodAutoscaler` and
//! their like.

use super::Found;
use crate::api::Value;
use crate::api::quantity::Quantity;
use crate::cluster::SimTime;
use crate::kubectl::duration::age;
use crate::kubectl::look::{Look, or};

pub fn columns(kind: &str) -> Found {
    Some(match kind {
        "Namespace" => ("Name,Status,Age", namespace),
        "ConfigMap" => ("Name,Data,Age", config_map),
        "Secret" => ("Name,Type,Data,Age", secret),
        "ServiceAccount" => ("Name,Age", service_account),
        "ResourceQuota" => ("Name,Request,Limit,Age", resource_quota),
        "PriorityClass" => (
            "Name,Value,Global-Default,Age,PreemptionPolicy",
            priority_class,
        ),
        "ComponentStatus" => ("Name,Status,Message,Error", component_status),
        _ => return None,
    })
}

fn name(object: &Value) -> String {
    object.text("metadata.name").into()
}

fn namespace(object: &Value, now: SimTime) -> Vec<String> {
    let phase = object.text("status.phase").into();
    vec![name(object), phase, age(object, now)]
}

fn config_map(object: &Value, now: SimTime) -> Vec<String> {
    let count = object.texts("data").len() + object.texts("binaryData").len();
    vec![name(object), count.to_string(), age(object, now)]
}

fn secret(object: &Value, now: SimTime) -> Vec<String> {
    let count = object.texts("data").len().to_string();
    let kind = object.text("type").into();
    vec![name(object), kind, count, age(object, now)]
}

fn service_account(object: &Value, now: SimTime) -> Vec<String> {
    vec![name(object), age(object, now)]
}

fn resource_quota(object: &Value, now: SimTime) -> Vec<String> {
    let (mut requests, mut limits) = (Vec::new(), Vec::new());
    let used = object.texts("status.used");
    for (resource, hard) in object.texts("status.hard") {
        let used = used.iter().find(|(name, _)| *name == resource);
        let used = or(used.map_or("", |(_, used)| used), "0");
        let text = [resource, ": ", used, "/", hard].concat();
        if resource.starts_with("limits.") {
            limits.push(text);
        } else {
            requests.push(text);
        }
    }
    vec![
        name(object),
        requests.join(", "),
        limits.join(", "),
        age(object, now),
    ]
}

fn priority_class(object: &Value, now: SimTime) -> Vec<String> {
    vec![
        name(object),
        object.int("value").to_string(),
        object.truth("globalDefault").to_string(),
        age(object, now),
        object.text("preemptionPolicy").into(),
    ]
}

fn component_status(object: &Value, _: SimTime) -> Vec<String> {
    let mut conditions = object.list("conditions").iter();
    let healthy = conditions.find(|condition| condition.text("type") == "Healthy");
    let text = |field: &str| {
        healthy
            .map_or("", |healthy| healthy.text(field))
            .to_string()
    };
    let status = match healthy.map(|healthy| healthy.text("status")) {
        Some("True") => "Healthy",
        Some(_) => "Unhealthy",
        None => "Unknown",
    };
    vec![name(object), status.into(), text("message"), text("error")]
}

/// The cells of a HorizontalPodAutoscaler.
pub fn horizontal_pod_autoscaler(object: &Value, now: SimTime) -> Vec<String> {
    let target = |field: &str| object.text(&["spec.scaleTargetRef.", field].concat());
    vec![
        name(object),
        [target("kind"), "/", target("name")].concat(),
        targets(object),
        or(&object.print("spec.minReplicas"), "<unset>").into(),
        object.int("spec.maxReplicas").to_string(),
        object.int("status.currentReplicas").to_string(),
        age(object, now),
    ]
}

/// Models `formatHPAMetrics`; what is written in version 1 has one metric.
fn targets(object: &Value) -> String {
    const MOST: usize = 2;
    let metrics = object.list("spec.metrics");
    if metrics.is_empty() {
        let target = object.look("spec.targetCPUUtilizationPercentage");
        let current = object.print("status.currentCPUUtilizationPercentage");
        return match target {
            None => "<none>".into(),
            Some(_) => {
                let target = object.print("spec.targetCPUUtilizationPercentage");
                ["cpu: ", &percent(&current), "/", &percent(&target)].concat()
            }
        };
    }
    let statuses = object.list("status.currentMetrics");
    let texts = metrics.iter().enumerate().map(|(number, metric)| {
        let empty = Value::Null;
        metric_text(metric, statuses.get(number).unwrap_or(&empty))
    });
    let texts: Vec<String> = texts.collect();
    let shown = texts[..texts.len().min(MOST)].join(", ");
    match texts.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} + {more} more..."),
    }
}

fn percent(number: &str) -> String {
    match number {
        "" => "<unknown>".into(),
        number => [number, "%"].concat(),
    }
}

fn metric_text(metric: &Value, status: &Value) -> String {
    let kind = metric.text("type");
    let Some(source) = source(kind) else {
        return "<unknown type>".into();
    };
    let of = |path: &str| [source, path].concat();
    let target = |field: &str| metric.print(&of(&[".target.", field].concat()));
    let current = |field: &str| {
        let value = status.print(&of(&[".current.", field].concat()));
        let value = match Quantity::canonical(&value) {
            Some(canonical) => canonical,
            None => value,
        };
        or(&value, "<unknown>").to_string()
    };
    let average = target("averageValue");
    match kind {
        "Resource" | "ContainerResource" => {
            let name = metric.text(&of(".name"));
            let (now, wanted) = if average.is_empty() {
                let wanted = target("averageUtilization");
                let wanted = match &*wanted {
                    "" => "<auto>".into(),
                    number => percent(number),
                };
                let path = of(".current.averageUtilization");
                (percent(&status.print(&path)), wanted)
            } else {
                (current("averageValue"), average)
            };
            [name, ": ", &now, "/", &wanted].concat()
        }
        "Pods" => [&current("averageValue"), "/", &average].concat(),
        _ if average.is_empty() => [&current("value"), "/", &target("value")].concat(),
        _ => [&current("averageValue"), "/", &average, " (avg)"].concat(),
    }
}

/// The field that holds a metric of this type.
pub fn source(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "Resource" => "resource",
        "ContainerResource" => "containerResource",
        "Pods" => "pods",
        "Object" => "object",
        "External" => "external",
        _ => return None,
    })
}
