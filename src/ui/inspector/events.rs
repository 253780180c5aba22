//! What components told about an object, as `kubectl describe` lists it, oldest first.

use podarium::api::{ObjectKey, Value};
use podarium::cluster::SimTime;
use yew::prelude::*;

use crate::ui::markup::html;
use crate::ui::shot::Shot;

/// An Event and when it was told last.
struct Row<'a> {
    version: u64,
    key: &'a ObjectKey,
    event: &'a Value,
    last: Option<SimTime>,
}

/// An Event's own times are in whole seconds; the history knows them exactly, and so do the other parts
/// of the page, so the history is asked.
fn date(rows: &mut [Row], shot: &Shot) {
    let mut missing = rows.len();
    let mut changes = shot.store.changes().iter().rev();
    while missing > 0
        && let Some(change) = changes.next()
    {
        let is_it = |row: &&mut Row| row.last.is_none() && *row.key == change.object;
        if let Some(row) = rows.iter_mut().find(is_it) {
            row.last = Some(change.at);
            missing -= 1;
        }
    }
}

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
    let mut rows: Vec<Row> = Vec::new();
    for (key, event) in all {
        let version = version(&event.value);
        let place = rows.partition_point(|before| before.version <= version);
        let row = Row {
            version,
            key,
            event: &event.value,
            last: None,
        };
        rows.insert(place, row);
    }
    date(&mut rows, shot);
    if rows.is_empty() {
        return html! { <p class="quiet">{ "No component has told anything about it yet." }</p> };
    }
    html! {
        <ul class="events">
            { for rows.into_iter().map(|Row { event, last, .. }| {
                let text = |path: &[&str]| event.text_at(path).to_string();
                let count = event.get("count").and_then(Value::as_i64).unwrap_or(1);
                let warning = text(&["type"]) == "Warning";
                html! {
                    <li key={event.text_at(&["metadata", "name"])} class={warning.then_some("warning")}>
                        <p>
                            <strong>{ text(&["reason"]) }</strong>
                            if warning { <span class="chip plain">{ "Warning" }</span> }
                            if count > 1 { <span class="quiet">{ format!(" ×{count}") }</span> }
                            <span class="spring" />
                            <span class="mono quiet">{ last.map_or(String::new(), |last| last.to_string()) }</span>
                        </p>
                        <p class="mono message">{ text(&["message"]) }</p>
                        <p class="quiet">{ text(&["reportingComponent"]) }</p>
                    </li>
                }
            }) }
        </ul>
    }
}
