//! What extends or guards the API, and devices: webhooks, policies, flows, certificates, APIServices,
//! resource claims. Models `printMutatingWebhook`, `printFlowSchema`, `printResourceClaim` and their like.

use super::Found;
use crate::api::Value;
use crate::cluster::SimTime;
use crate::kubectl::duration::{age, human};
use crate::kubectl::labels::selector_text;
use crate::kubectl::look::{Look, condition, or};

pub fn columns(kind: &str) -> Found {
    Some(match kind {
        "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration" => {
            ("Name,Webhooks,Age", webhooks)
        }
        "ValidatingAdmissionPolicy" => ("Name,Validations,ParamKind,Age", validating_policy),
        "MutatingAdmissionPolicy" => ("Name,Mutations,ParamKind,Age", mutating_policy),
        "ValidatingAdmissionPolicyBinding" | "MutatingAdmissionPolicyBinding" => {
            ("Name,PolicyName,ParamRef,Age", policy_binding)
        }
        "FlowSchema" => (
            "Name,PriorityLevel,MatchingPrecedence,DistinguisherMethod,Age,MissingPL",
            flow_schema,
        ),
        "PriorityLevelConfiguration" => (
            "Name,Type,NominalConcurrencyShares,Queues,HandSize,QueueLengthLimit,Age",
            priority_level,
        ),
        "CertificateSigningRequest" => (
            "Name,Age,SignerName,Requestor,RequestedDuration,Condition",
            signing_request,
        ),
        "APIService" => ("Name,Service,Available,Age", api_service),
        "ResourceClaim" => ("Name,State,Age", resource_claim),
        "DeviceClass" | "ResourceClaimTemplate" => ("Name,Age", name_and_age),
        "ResourceSlice" => ("Name,Node,Driver,Pool,Age", resource_slice),
        _ => return None,
    })
}

fn name(object: &Value) -> String {
    object.text("metadata.name").into()
}

fn name_and_age(object: &Value, now: SimTime) -> Vec<String> {
    vec![name(object), age(object, now)]
}

fn webhooks(object: &Value, now: SimTime) -> Vec<String> {
    let count = object.list("webhooks").len().to_string();
    vec![name(object), count, age(object, now)]
}

fn policy(object: &Value, rules: &str, now: SimTime) -> Vec<String> {
    let kind = object
        .look("spec.paramKind")
        .map_or("<unset>".into(), |of| {
            [of.text("apiVersion"), "/", of.text("kind")].concat()
        });
    let count = object.list(rules).len().to_string();
    vec![name(object), count, kind, age(object, now)]
}

fn validating_policy(object: &Value, now: SimTime) -> Vec<String> {
    policy(object, "spec.validations", now)
}

fn mutating_policy(object: &Value, now: SimTime) -> Vec<String> {
    policy(object, "spec.mutations", now)
}

fn policy_binding(object: &Value, now: SimTime) -> Vec<String> {
    let parameter = match object.look("spec.paramRef") {
        None => "<unset>".into(),
        Some(of) if !of.text("name").is_empty() => {
            [or(of.text("namespace"), "*"), "/", of.text("name")].concat()
        }
        Some(of) => match of.look("selector") {
            Some(selector) => selector_text(Some(selector)),
            None => "<unset>".into(),
        },
    };
    let policy = object.text("spec.policyName").into();
    vec![name(object), policy, parameter, age(object, now)]
}

fn flow_schema(object: &Value, now: SimTime) -> Vec<String> {
    let dangling = condition(object, "Dangling");
    vec![
        name(object),
        object.text("spec.priorityLevelConfiguration.name").into(),
        object.int("spec.matchingPrecedence").to_string(),
        or(object.text("spec.distinguisherMethod.type"), "<none>").into(),
        age(object, now),
        dangling.map_or("?", |it| it.text("status")).into(),
    ]
}

fn priority_level(object: &Value, now: SimTime) -> Vec<String> {
    let shown = |path: &str| {
        let path = ["spec.limited.", path].concat();
        or(&object.print(&path), "<none>").to_string()
    };
    vec![
        name(object),
        object.text("spec.type").into(),
        shown("nominalConcurrencyShares"),
        shown("limitResponse.queuing.queues"),
        shown("limitResponse.queuing.handSize"),
        shown("limitResponse.queuing.queueLengthLimit"),
        age(object, now),
    ]
}

fn signing_request(object: &Value, now: SimTime) -> Vec<String> {
    let has = |kind: &str| condition(object, kind).is_some();
    let mut status = match (has("Denied"), has("Approved")) {
        (true, _) => "Denied",
        (_, true) => "Approved",
        _ => "Pending",
    }
    .to_string();
    if has("Failed") {
        status += ",Failed";
    }
    if !object.text("status.certificate").is_empty() {
        status += ",Issued";
    }
    let duration = match object.look("spec.expirationSeconds") {
        Some(_) => human(
            object
                .int("spec.expirationSeconds")
                .saturating_mul(1_000_000),
        ),
        None => "<none>".into(),
    };
    vec![
        name(object),
        age(object, now),
        or(object.text("spec.signerName"), "<none>").into(),
        object.text("spec.username").into(),
        duration,
        status,
    ]
}

/// Models `kube-aggregator/pkg/registry/apiservice/etcd/etcd.go`.
fn api_service(object: &Value, now: SimTime) -> Vec<String> {
    let service = object.look("spec.service").map_or("Local".into(), |of| {
        [of.text("namespace"), "/", of.text("name")].concat()
    });
    let available = condition(object, "Available");
    let available = match available.map(|it| (it.text("status"), it.text("reason"))) {
        None => "Unknown".into(),
        Some(("True", _)) => "True".into(),
        Some((status, reason)) => [status, " (", reason, ")"].concat(),
    };
    vec![name(object), service, available, age(object, now)]
}

fn resource_claim(object: &Value, now: SimTime) -> Vec<String> {
    let is_deleted = object.look("metadata.deletionTimestamp").is_some();
    let is_allocated = object.look("status.allocation").is_some();
    let is_reserved = is_allocated && !object.list("status.reservedFor").is_empty();
    let states = [
        (is_deleted, "deleted"),
        (!is_allocated && !is_deleted, "pending"),
        (is_allocated, "allocated"),
        (is_reserved, "reserved"),
    ];
    let states = states.iter().filter(|(is, _)| *is).map(|(_, state)| *state);
    let states = states.collect::<Vec<_>>().join(",");
    vec![name(object), states, age(object, now)]
}

fn resource_slice(object: &Value, now: SimTime) -> Vec<String> {
    vec![
        name(object),
        object.text("spec.nodeName").into(),
        object.text("spec.driver").into(),
        object.text("spec.pool.name").into(),
        age(object, now),
    ]
}
