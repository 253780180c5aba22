//! The Summary of what keeps Pods: what it is for, its numbers, what its controller waits for, and its conditions.

use std::rc::Rc;

use podarium::api::{Object, Value};
use podarium::scene::State;
use podarium::scene::ownership;
use yew::prelude::*;

use super::InspectorProps;
use super::parts::{chip, facts, icon, part};
use crate::ui::markup::html;

/// What an owner of this kind does; `None` for what owns no Pods.
fn purpose(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "Deployment" => {
            "Keeps Pods of one template, through a ReplicaSet for each template that it had."
        }
        "ReplicaSet" => "Keeps a number of Pods of one template.",
        "ReplicationController" => {
            "Keeps a number of Pods, as a ReplicaSet does. Nothing above it rolls it."
        }
        "StatefulSet" => "Keeps Pods with numbers: each has its own name, and its own volume.",
        "DaemonSet" => "Keeps one Pod on each node that it may run on.",
        "Job" => "Runs Pods until enough of them have succeeded.",
        "CronJob" => "Makes a Job each time its schedule says so.",
        _ => return None,
    })
}

/// Its Summary, if it owns Pods.
pub fn summary(props: &InspectorProps, object: &Object) -> Option<Html> {
    let key = object.key();
    let purpose = purpose(key.bare_kind())?;
    let numbers = ownership::numbers(&key, object);
    let rows = numbers
        .iter()
        .map(|(name, number)| (*name, number.to_string()));
    let revision = ownership::revision(object).map(|revision| ("Revision", revision.to_string()));
    let fence = ownership::fence(&props.shot, object);
    let held = fence.as_ref().and_then(ownership::Fence::held);
    let conditions = object.value.at(&["status", "conditions"]);
    let conditions = conditions.map_or(&[][..], Value::items);
    Some(html! {
        <>
            <p class="sentence">{ purpose }</p>
            if let Some((question, answer)) = held {
                <p class="sentence"><strong>{ question }</strong>{ " " }{ answer }</p>
            }
            { part("Numbers", facts(rows.chain(revision).collect())) }
            if !conditions.is_empty() {
                { part("Conditions", html! { <ul class="conditions">{ for conditions.iter().map(condition) }</ul> }) }
            }
        </>
    })
}

fn condition(condition: &Value) -> Html {
    let text = |name: &str| condition.text_at(&[name]).to_string();
    let (kind, status, reason) = (text("type"), text("status"), text("reason"));
    let bad = ["ReplicaFailure", "Failed", "FailureTarget", "Suspended"].contains(&kind.as_str());
    let (state, symbol) = match (&*status, bad) {
        ("True", false) | ("False", true) => (State::Ready, "ready"),
        ("True", true) => (State::Fail, "fail"),
        ("False", false) if reason == "ProgressDeadlineExceeded" => (State::Fail, "fail"),
        _ => (State::Wait, "wait"),
    };
    html! {
        <li key={kind.clone()}>
            { icon(state, symbol) }
            <span>{ kind }</span>
            <span class="status mono">{ status }</span>
            <span class="quiet mono">{ reason }</span>
            <p class="mono message">{ text("message") }</p>
        </li>
    }
}

/// `READY 3/4` under its name.
pub fn chips(object: &Rc<Object>) -> Option<Html> {
    let key = object.key();
    let numbers = ownership::numbers(&key, object);
    let of = |name: &str| {
        numbers
            .iter()
            .find(|(one, _)| *one == name)
            .map(|(_, number)| *number)
    };
    let (ready, desired) = (of("Ready")?, of("Desired")?);
    let conditions = object.value.at(&["status", "conditions"]);
    let mut conditions = conditions.map_or(&[][..], Value::items).iter();
    let progress = conditions.find(|one| one.text_at(&["type"]) == "Progressing");
    let status = progress.map_or("", |one| one.text_at(&["status"]));
    let is_stuck = status == "False";
    // All may be ready while old ones are still replaced.
    let is_done = |one: &Value| one.text_at(&["reason"]) == "NewReplicaSetAvailable";
    let is_under_way = status == "True" && !progress.is_some_and(is_done);
    let (state, symbol, word) = match ready >= desired && !is_under_way {
        _ if is_stuck => (State::Fail, "fail", "Not progressing"),
        true => (State::Ready, "ready", "All Ready"),
        false => (State::Run, "run", "Progressing"),
    };
    Some(html! {
        <>
            { chip(state, symbol, word) }
            <span class="chip plain">{ format!("READY {ready}/{desired}") }</span>
        </>
    })
}
