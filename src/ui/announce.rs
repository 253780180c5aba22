//! One polite live region, at most one announcement a second: what a person did, then what came of it.
//! What one second has more of than one of is counted; of each object the newest state is said, and
//! no state twice.

use std::collections::BTreeMap;

use gloo_timers::callback::Timeout;
use podarium::api::{Object, ObjectKey};
use podarium::cluster::{Change, Verb};
use podarium::scene;
use yew::html::Scope;
use yew::prelude::*;

use super::app::{App, Message};
use super::markup::html;
use super::wall;

/// Between two announcements: a second, and what drawing may take.
const APART_MS: f64 = 1_150.0;

/// What is said, and what is to be said next.
#[derive(Default)]
pub struct Announcer {
    said: AttrValue,
    /// What a person did, or is to know at once; the newest.
    deed: Option<AttrValue>,
    /// What became of objects: `is Ready`.
    news: Vec<(ObjectKey, String)>,
    /// What was told of each last.
    told: BTreeMap<ObjectKey, String>,
    last: Option<f64>,
    timer: Option<Timeout>,
}

impl Announcer {
    /// Says `text` now, or as soon as a second has passed; tells whether it is said now.
    pub fn say(&mut self, text: AttrValue, link: &Scope<App>) -> bool {
        self.deed = Some(text);
        self.speak(link)
    }

    /// Says what happened, as soon as may be.
    pub fn hear(&mut self, changes: &[std::rc::Rc<Change>], link: &Scope<App>) {
        for change in changes {
            self.note(change);
        }
        if !self.news.is_empty() || self.deed.is_some() {
            self.speak(link);
        }
    }

    fn note(&mut self, change: &Change) {
        let key = &change.object;
        let state = match change.verb {
            Verb::Refused => {
                self.deed = Some(change.message.to_string().into());
                return;
            }
            Verb::Deleted if &*key.kind == "Pod" => "is gone".into(),
            Verb::Created | Verb::Deleted => {
                self.told.remove(key);
                return;
            }
            // What it was before, nobody has to be told.
            _ => match state(change.after.as_deref()) {
                Some(now) if state(change.before.as_deref()).as_ref() != Some(&now) => now,
                _ => return,
            },
        };
        if self.told.get(key) != Some(&state) {
            self.told.insert(key.clone(), state.clone());
            self.news.retain(|(of, _)| of != key);
            self.news.push((key.clone(), state));
        }
    }

    /// Another history is shown: what was told is of none of its objects.
    pub fn forget(&mut self) {
        self.told.clear();
        self.news.clear();
    }

    fn speak(&mut self, link: &Scope<App>) -> bool {
        let now = wall::now();
        let wait = self.last.map_or(0.0, |last| last + APART_MS - now);
        if wait <= 0.0 {
            self.last = Some(now);
            let mut said = self.sentence();
            if *self.said == *said {
                // The same words once more are no change, and nobody would hear them.
                said.push('\u{a0}');
            }
            self.said = said.into();
            return true;
        }
        if self.timer.is_none() {
            let link = link.clone();
            let speak = move || link.send_message(Message::Spoken);
            self.timer = Some(Timeout::new(wait.ceil() as u32, speak));
        }
        false
    }

    /// `30 objects applied. Pod default/a is in CrashLoopBackOff. 26 more Pods are Ready`
    fn sentence(&mut self) -> String {
        let mut said: Vec<String> = self.deed.take().iter().map(AttrValue::to_string).collect();
        let mut news = std::mem::take(&mut self.news);
        while let Some((key, state)) = news.first().cloned() {
            let before = news.len();
            news.retain(|(other, of)| (&other.kind, of) != (&key.kind, &state));
            said.push(match before - news.len() {
                1 => format!("{key} {state}"),
                number => {
                    let kind = key.bare_kind();
                    let state = state.replacen("is ", "are ", 1);
                    let more = if self.said.contains(&state[state.find(' ').unwrap_or(0)..]) {
                        "more "
                    } else {
                        ""
                    };
                    format!("{number} {more}{kind}s {state}")
                }
            });
        }
        said.join(". ")
    }

    /// A second has passed.
    pub fn next(&mut self, link: &Scope<App>) -> bool {
        self.timer = None;
        (self.deed.is_some() || !self.news.is_empty()) && self.speak(link)
    }

    /// The live region.
    pub fn view(&self) -> Html {
        html! { <div class="spoken" role="status" aria-live="polite">{ &self.said }</div> }
    }
}

/// What a person who can't see the picture should know of an object, if anything.
fn state(object: Option<&Object>) -> Option<String> {
    let object = object?;
    if let Some(node) = object.node() {
        let conditions = &node.status.conditions;
        let ready = conditions.iter().find(|one| &*one.kind == "Ready")?;
        return Some(
            if &*ready.status == "True" {
                "is Ready"
            } else {
                "is NotReady"
            }
            .into(),
        );
    }
    let pod = object.pod()?;
    Some(if pod.is_finished() {
        pod.status.phase.to_string()
    } else if pod.metadata.deletion_timestamp.is_some() {
        "is Terminating".into()
    } else if scene::is_failing(pod) {
        format!("is in {}", scene::status_word(pod))
    } else if pod.is_ready() {
        "is Ready".into()
    } else if pod.spec.node_name.is_empty() && pod.condition("PodScheduled").is_some() {
        format!("is Pending: {}", scene::reason(pod))
    } else {
        return None;
    })
}
