//! One polite live region: result first, one a second at most, the latest wins.

use gloo_timers::callback::Timeout;
use yew::html::Scope;
use yew::prelude::*;

use super::app::{App, Message};
use super::markup::html;
use super::wall;

/// Between two announcements.
const APART_MS: f64 = 1_000.0;

/// What is said, and what is to be said next.
#[derive(Default)]
pub struct Announcer {
    said: AttrValue,
    waiting: Option<AttrValue>,
    last: Option<f64>,
    timer: Option<Timeout>,
}

impl Announcer {
    /// Says `text` now, or as soon as a second has passed; tells whether it is said now.
    pub fn say(&mut self, text: AttrValue, link: &Scope<App>) -> bool {
        let now = wall::now();
        let wait = self.last.map_or(0.0, |last| last + APART_MS - now);
        if wait <= 0.0 {
            self.last = Some(now);
            self.said = text;
            return true;
        }
        self.waiting = Some(text);
        if self.timer.is_none() {
            let link = link.clone();
            let speak = move || link.send_message(Message::Spoken);
            self.timer = Some(Timeout::new(wait.ceil() as u32, speak));
        }
        false
    }

    /// A second has passed.
    pub fn next(&mut self, link: &Scope<App>) -> bool {
        self.timer = None;
        self.waiting.take().is_some_and(|text| self.say(text, link))
    }

    /// The live region.
    pub fn view(&self) -> Html {
        html! { <div class="spoken" role="status" aria-live="polite">{ &self.said }</div> }
    }
}
