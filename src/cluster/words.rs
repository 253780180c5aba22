//! A change in a few words: what a trace, the timeline and "Why" say of it. Ours.

use std::rc::Rc;

use super::{Change, Verb};
use crate::api::endpoint_slice::{Endpoint, EndpointPort, EndpointSlice};
use crate::api::node::Taint;
use crate::api::pod::{ContainerState, ContainerStatus, Pod};
use crate::api::{Object, Value};

/// What a change is about, beside who did what to which object: `bound to node-1`, `phase Running`,
/// `Pulled: Successfully pulled …`. Empty where there is nothing to add.
pub fn describe(change: &Change) -> String {
    match (change.verb, &change.before, &change.after) {
        (Verb::Refused | Verb::Happened, ..) => change.message.to_string(),
        (Verb::Deleted, ..) => String::new(),
        (_, before, Some(after)) => match (before.as_ref().and_then(|b| b.pod()), after.pod()) {
            (Some(before), Some(now)) => pod_differences(before, now).join(", "),
            _ if &*change.object.kind == "Event" => event(after),
            (None, None) if after.endpoint_slice().is_some() => {
                let slice = |object: &Rc<Object>| object.endpoint_slice().cloned();
                let before = before.as_ref().and_then(slice).unwrap_or_default();
                let now = slice(after).unwrap_or_default();
                endpoint_differences(&before, &now).join(", ")
            }
            (None, None) => state_differences(before.as_deref(), after).join(", "),
            _ => String::new(),
        },
        (_, _, None) => String::new(),
    }
}

fn event(event: &Rc<Object>) -> String {
    let text = |path: &[&str]| event.value.text_at(path);
    let count = event
        .value
        .get("count")
        .and_then(Value::as_i64)
        .unwrap_or(1);
    let times = if count > 1 {
        format!(" (x{count})")
    } else {
        String::new()
    };
    format!("{}: {}{times}", text(&["reason"]), text(&["message"]))
}

/// `Ready False ContainersNotReady`
fn and_reason(what: &str, state: &str, reason: &str) -> String {
    let words = format!("{what} {state} {reason}");
    words.trim_end().into()
}

/// What is new in the phase and conditions of anything but a Pod.
fn state_differences(before: Option<&Object>, now: &Object) -> Vec<String> {
    let mut said = Vec::new();
    let phase = now.value.text_at(&["status", "phase"]);
    if before.is_some_and(|before| before.value.text_at(&["status", "phase"]) != phase) {
        said.push(format!("phase {phase}"));
    }
    if let Some(before) = before {
        said.extend(counts_and_taints(before, now));
    }
    let old = before.map_or(&[][..], conditions);
    for condition in conditions(now) {
        let text = |path: &str| condition.text_at(&[path]);
        let known = old
            .iter()
            .find(|old| old.text_at(&["type"]) == text("type"));
        let is_true = |condition: &Value| condition.text_at(&["status"]) == "True";
        let is_news = known.is_none_or(|old| {
            let stays = |path: &&str| old.text_at(&[path]) == text(path);
            !["status", "reason", "message"].iter().all(stays)
        });
        // That something is not so is news only where it was before.
        if is_news && (is_true(condition) || known.is_some_and(is_true)) {
            let (kind, status, message) = (text("type"), text("status"), text("message"));
            said.push(format!("{kind} {status}: {message}"));
        }
    }
    said
}

/// `readyReplicas 2`, `taints k=v:NoExecute`
fn counts_and_taints(before: &Object, now: &Object) -> Vec<String> {
    let mut said = Vec::new();
    let status = now.value.get("status").and_then(Value::as_map);
    let old_status = before.value.get("status");
    let counts = status.into_iter().flat_map(|status| status.iter());
    for (name, value) in counts.filter(|(name, _)| &***name != "observedGeneration") {
        let old = old_status.and_then(|old| old.get(name));
        if let Some(count) = value.as_i64()
            && old.and_then(Value::as_i64).unwrap_or(0) != count
        {
            said.push(format!("{name} {count}"));
        }
    }
    let taints = |object: &Object| {
        let all = object.node().map_or(&[][..], |node| &node.spec.taints);
        let text = |taint: &Taint| match &*taint.value {
            "" => format!("{}:{}", taint.key, taint.effect),
            value => format!("{}={value}:{}", taint.key, taint.effect),
        };
        all.iter().map(text).collect::<Vec<_>>()
    };
    let taints_now = taints(now);
    if taints_now != taints(before) {
        said.push(format!("taints {}", taints_now.join(" ")));
    }
    said
}

fn conditions(object: &Object) -> &[Value] {
    let conditions = object.value.at(&["status", "conditions"]);
    conditions.map_or(&[], |list| list.items())
}

fn pod_differences(before: &Pod, now: &Pod) -> Vec<String> {
    let mut said = Vec::new();
    if before.spec.node_name != now.spec.node_name {
        said.push(format!("bound to {}", now.spec.node_name));
    }
    if before.metadata.deletion_timestamp.is_none() && now.metadata.deletion_timestamp.is_some() {
        let seconds = now.metadata.deletion_grace_period_seconds.unwrap_or(0);
        said.push(format!("Terminating, {seconds} s of grace"));
    }
    if before.status.phase != now.status.phase {
        said.push(and_reason("phase", &now.status.phase, &now.status.reason));
    }
    if before.status.pod_ip != now.status.pod_ip {
        said.push(format!("address {}", now.status.pod_ip));
    }
    for condition in &now.status.conditions {
        let old = before.condition(&condition.kind);
        if old.map(|old| (&old.status, &old.reason)) != Some((&condition.status, &condition.reason))
        {
            let (status, reason) = (&condition.status, &condition.reason);
            said.push(and_reason(&condition.kind, status, reason));
        }
    }
    let old = before.statuses();
    let statuses = now
        .status
        .init_container_statuses
        .iter()
        .chain(&now.status.container_statuses)
        .chain(&now.status.ephemeral_container_statuses);
    said.extend(statuses.filter_map(|status| {
        let words = container(status);
        let old = old.get(&*status.name).map(|old| container(old));
        (old.as_ref() != Some(&words)).then_some(words)
    }));
    said
}

/// Who is behind the Service since, and who isn't any more.
fn endpoint_differences(before: &EndpointSlice, now: &EndpointSlice) -> Vec<String> {
    const MOST: usize = 5;
    let mut said = Vec::new();
    if before.ports != now.ports {
        let ports: Vec<String> = now.ports.iter().map(port).collect();
        said.push(format!("ports {}", ports.join(" ")).trim_end().into());
    }
    let find = |slice: &EndpointSlice, wanted: &Endpoint| {
        let mut all = slice.endpoints.iter();
        all.find(|other| name(other) == name(wanted)).map(endpoint)
    };
    for one in &now.endpoints {
        if find(before, one) != Some(endpoint(one)) {
            said.push(format!("{} {}", name(one), endpoint(one)));
        }
    }
    let gone = before.endpoints.iter();
    let gone = gone.filter(|one| find(now, one).is_none());
    said.extend(gone.map(|one| format!("{} left", name(one))));
    if said.len() > MOST {
        let more = said.split_off(MOST - 1).len();
        said.push(format!("and {more} more"));
    }
    said
}

/// `http 8080/TCP`
fn port(port: &EndpointPort) -> String {
    let number = port.port.unwrap_or_default();
    format!("{} {number}/{}", port.name, port.protocol)
        .trim_start()
        .into()
}

fn name(endpoint: &Endpoint) -> &str {
    let target = endpoint.target_ref.as_ref().map(|target| &target.name);
    target
        .or(endpoint.addresses.first())
        .map_or("", |name| name)
}

/// What may be said of an endpoint, in the order of what counts.
fn endpoint(endpoint: &Endpoint) -> &'static str {
    let conditions = &endpoint.conditions;
    let [ready, serving] = [conditions.ready, conditions.serving].map(|is| is.unwrap_or(true));
    match (conditions.terminating.unwrap_or(false), ready, serving) {
        (false, true, true) => "ready",
        (false, true, false) => "published, not ready",
        (false, false, _) => "not ready",
        (true, true, _) => "published, terminating",
        (true, false, true) => "terminating, still serving",
        (true, false, false) => "terminating",
    }
}

/// `hello-ctr Running, ready`
fn container(status: &ContainerStatus) -> String {
    let ready = if status.ready { ", ready" } else { "" };
    let restarts = match status.restart_count {
        0 => String::new(),
        count => format!(", {count} restarts"),
    };
    format!("{} {}{ready}{restarts}", status.name, state(&status.state))
}

/// `Running`, `Waiting ContainerCreating`, `Terminated Error 1`
pub fn state(state: &ContainerState) -> String {
    if state.running.is_some() {
        "Running".into()
    } else if let Some(terminated) = &state.terminated {
        format!("Terminated {} {}", terminated.reason, terminated.exit_code)
    } else {
        let reason = state
            .waiting
            .as_ref()
            .map_or("", |waiting| &*waiting.reason);
        format!("Waiting {reason}").trim_end().into()
    }
}
