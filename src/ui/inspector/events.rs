//! What components told about an object, as `kubectl describe` lists it, oldest first.

use std::rc::Rc;

use podarium::api::{Object, ObjectKey, Value};
use podarium::cluster::SimTime;
use podarium::collections::Map;
use podarium::order;
use yew::prelude::*;

use crate::ui::markup::html;
use crate::ui::numbers::thousands;
use crate::ui::shot::Shot;

/// Events about one object, followed from snapshot to snapshot: there are several for each Pod, and only
/// those that are new are looked at.
#[derive(Default)]
pub struct Told {
    uid: Rc<str>,
    objects: Map<ObjectKey, Rc<Object>>,
    rows: Map<ObjectKey, Row>,
}

/// An Event and when it was told last.
#[derive(Clone)]
struct Row {
    version: u64,
    event: Rc<Object>,
    last: Option<SimTime>,
}

/// More than so many, and only the newest are listed.
const MOST: usize = 100;

impl Told {
    /// Brings it to what was told about the object with this uid.
    pub fn follow(&mut self, shot: &Shot, uid: &Rc<str>) {
        if self.uid != *uid {
            *self = Told {
                uid: uid.clone(),
                ..Told::default()
            };
        }
        let objects = shot.store.objects();
        let before = std::mem::replace(&mut self.objects, objects.clone());
        let mut missing = Vec::new();
        objects.differences(&before, &mut |key, _, event| {
            if &*key.kind != "Event" {
                return;
            }
            let about =
                |event: &&Rc<Object>| event.value.text_at(&["involvedObject", "uid"]) == &**uid;
            let Some(event) = event.filter(about) else {
                self.rows.remove(key);
                return;
            };
            let row = Row {
                version: event.meta.resource_version.parse().unwrap_or(0),
                event: event.clone(),
                last: None,
            };
            self.rows.insert(key.clone(), row);
            missing.push(key.clone());
        });
        self.date(shot, missing);
    }

    /// An Event's own times are in whole seconds; the history knows them exactly, and so do the other
    /// parts of the page, so the history is asked.
    fn date(&mut self, shot: &Shot, mut missing: Vec<ObjectKey>) {
        let mut changes = shot.store.changes().iter().rev();
        while !missing.is_empty()
            && let Some(change) = changes.next()
        {
            if let Some(at) = missing.iter().position(|key| *key == change.object)
                && let Some(row) = self.rows.get_mut(&missing.swap_remove(at))
            {
                row.last = Some(change.at);
            }
        }
    }

    /// The tab "Events".
    pub fn view(&self) -> Html {
        let mut rows: Vec<&Row> = self.rows.values().collect();
        order::sort_by_key(&mut rows, |row| row.version);
        if rows.is_empty() {
            return html! { <p class="quiet">{ "No component has told anything about it yet." }</p> };
        }
        let earlier = rows.len().saturating_sub(MOST);
        html! {
            <>
                if earlier > 0 {
                    <p class="quiet">{ format!("{} earlier ones aren't listed.", thousands(earlier)) }</p>
                }
                <ul class="events">{ for rows.into_iter().skip(earlier).map(row) }</ul>
            </>
        }
    }
}

fn row(Row { event, last, .. }: &Row) -> Html {
    let event = &event.value;
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
}
