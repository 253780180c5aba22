//! What components told about an object, as `kubectl describe` lists it, oldest first.

use podarium::api::Value;
use podarium::cluster::SimTime;
use yew::prelude::*;

use super::parts::second;
use crate::ui::markup::html;
use crate::ui::shot::Shot;

/// The tab "Events": of the object with this uid.
pub fn events(shot: &Shot, uid: &str) -> Html {
    let about = |event: &Value| event.text_at(&["involvedObject", "uid"]) == uid;
    let all = shot
        .store
        .list("Event")
        .filter(|(_, event)| about(&event.value));
    let version = |event: &Value| {
        event
            .text_at(&["metadata", "resourceVersion"])
            .parse::<u64>()
            .unwrap_or(0)
    };
    let mut rows: Vec<(u64, &Value)> = Vec::new();
    for (_, event) in all {
        let version = version(&event.value);
        let place = rows.partition_point(|(before, _)| *before <= version);
        rows.insert(place, (version, &event.value));
    }
    if rows.is_empty() {
        return html! { <p class="quiet">{ "No component has told anything about it yet." }</p> };
    }
    html! {
        <ul class="events">
            { for rows.into_iter().map(|(_, event)| {
                let text = |path: &[&str]| event.text_at(path).to_string();
                let count = event.get("count").and_then(Value::as_i64).unwrap_or(1);
                let last = SimTime::parse_rfc3339(&text(&["lastTimestamp"])).unwrap_or_default();
                let warning = text(&["type"]) == "Warning";
                html! {
                    <li key={event.text_at(&["metadata", "name"])} class={warning.then_some("warning")}>
                        <p>
                            <strong>{ text(&["reason"]) }</strong>
                            if warning { <span class="chip plain">{ "Warning" }</span> }
                            if count > 1 { <span class="quiet">{ format!(" ×{count}") }</span> }
                            <span class="spring" />
                            <span class="mono quiet">{ second(last) }</span>
                        </p>
                        <p class="mono message">{ text(&["message"]) }</p>
                        <p class="quiet">{ text(&["reportingComponent"]) }</p>
                    </li>
                }
            }) }
        </ul>
    }
}
