//! Conditions of a Pod or a Node: is each as it should be, and since when or why not.
//! A condition's own time is in whole seconds; the history knows it exactly, and so do the other parts
//! of the page, so the history is asked.

use std::rc::Rc;

use podarium::api::pod::Condition;
use podarium::api::{Object, ObjectKey};
use podarium::cluster::{SimTime, Store};
use podarium::scene::State;
use yew::prelude::*;

use super::parts::icon;
use crate::ui::markup::html;

/// A Pod's conditions as they come true; others follow in the object's own order.
const ORDER: [&str; 5] = [
    "PodScheduled",
    "PodReadyToStartContainers",
    "Initialized",
    "ContainersReady",
    "Ready",
];

/// The part "Conditions": `since` is [what the history knows](since).
pub fn conditions(conditions: &[Condition], since: &[(Rc<str>, SimTime)]) -> Html {
    let place = |condition: &Condition| ORDER.iter().position(|kind| *kind == &*condition.kind);
    let first = (0..ORDER.len()).flat_map(|number| {
        let here = move |condition: &&Condition| place(condition) == Some(number);
        conditions.iter().find(here)
    });
    let others = conditions.iter().filter(|one| place(one).is_none());
    // A Node's are few, and end with Ready, as kubectl lists them.
    let is_pods = conditions.iter().any(|one| &*one.kind == ORDER[0]);
    let rows: Vec<&Condition> = match is_pods {
        true => first.chain(others).collect(),
        false => conditions.iter().collect(),
    };
    html! { <ul class="conditions">{ for rows.into_iter().map(|condition| row(condition, since)) }</ul> }
}

fn row(condition: &Condition, since: &[(Rc<str>, SimTime)]) -> Html {
    let is_trouble = is_trouble(&condition.kind);
    let good = if is_trouble { "False" } else { "True" };
    let (state, symbol) = match &*condition.status {
        status if status == good => (State::Ready, "ready"),
        "True" => (State::Fail, "fail"),
        "False" => (State::Wait, "wait"),
        _ => (State::Unknown, "unknown"),
    };
    let since = since.iter().find(|(kind, _)| *kind == condition.kind);
    let since = since.map(|(_, at)| at.to_string());
    let beside = match &*condition.reason {
        reason if state == State::Ready || reason.is_empty() => since.unwrap_or_default(),
        reason => reason.to_string(),
    };
    // A tick beside a trouble's name could be read as the trouble being there, and of a Node that is NotReady nothing else
    // says that its condition is unknown.
    let is_told = is_trouble || state == State::Unknown;
    let status_class = if is_told { "status mono" } else { "spoken" };
    html! {
        <li key={&*condition.kind}>
            { icon(state, symbol) }
            <span>{ &*condition.kind }<span class={status_class}>{ format!(" {}", condition.status) }</span></span>
            <span class="mono quiet">{ beside }</span>
        </li>
    }
}

/// Is it bad when it holds?
fn is_trouble(kind: &str) -> bool {
    kind.ends_with("Pressure") || kind == "NetworkUnavailable" || kind == "DisruptionTarget"
}

/// Since when each condition of this object has its status, exact as the history is.
pub fn since(store: &Store, key: &ObjectKey, object: &Object) -> Vec<(Rc<str>, SimTime)> {
    let now = of(object);
    let mut known: Vec<(Rc<str>, SimTime)> = Vec::new();
    let changes = store.changes();
    for change in changes.iter().rev().filter(|change| change.object == *key) {
        let before = change.before.as_ref().map_or(&[][..], |object| of(object));
        for condition in now {
            let same =
                |old: &Condition| old.kind == condition.kind && old.status == condition.status;
            let is_known = known.iter().any(|(kind, _)| *kind == condition.kind);
            if !is_known && !before.iter().any(same) {
                known.push((condition.kind.clone(), change.at));
            }
        }
        if known.len() == now.len() {
            break;
        }
    }
    known
}

fn of(object: &Object) -> &[Condition] {
    match (object.pod(), object.node()) {
        (Some(pod), _) => &pod.status.conditions,
        (_, Some(node)) => &node.status.conditions,
        _ => &[],
    }
}

/// A time that Kubernetes itself writes in whole seconds, and only knows so.
pub fn whole_seconds(at: SimTime) -> String {
    format!("t+{} s", at.0.div_euclid(1_000_000))
}
