//! What a container has printed, as `kubectl logs --timestamps` shows it, with the page's own moments.
//! A person who reads further up stays there; at the end, new lines are followed.

use std::rc::Rc;

use podarium::cluster::{SimTime, words};
use web_sys::{Element, HtmlInputElement};
use yew::prelude::*;

use super::chosen::{Chosen, combobox};
use crate::ui::dom;
use crate::ui::markup::{html, keyed};
use crate::ui::shot::Shot;

/// What the tab is told, and what it tells.
#[derive(Clone, PartialEq, Properties)]
pub struct LogsProps {
    /// The world at the moment that is shown.
    pub shot: Shot,
    /// That moment.
    pub time: SimTime,
    /// The container.
    pub chosen: Chosen,
    /// Another one is to be it.
    pub on_choose: Callback<Rc<str>>,
}

/// The tab "Logs".
#[component]
pub fn Logs(props: &LogsProps) -> Html {
    let previous = use_state_eq(|| false);
    let chosen = &props.chosen;
    let change = {
        let previous = previous.clone();
        Callback::from(move |event: Event| {
            let input = event.target_dyn_into::<HtmlInputElement>();
            previous.set(input.is_some_and(|input| input.checked()));
        })
    };
    let (object, name) = (&chosen.object.0, &chosen.name);
    let known = props.shot.log_at(object, name, *previous, props.time);
    let why = nothing(chosen, *previous, known.as_deref());
    let log = LogProps {
        lines: Rc::new(known.unwrap_or_default()),
    };
    html! {
        <div class="logs">
            <div class="row">
                { combobox("Container", &chosen.all, name, &props.on_choose) }
                <label class="check"><input type="checkbox" checked={*previous} onchange={change} /><span>{ "Previous" }</span></label>
            </div>
            if let Some(why) = why { <p class="quiet">{ why }</p> }
            { keyed::<Log>(format!("{}/{name}-{}", chosen.uid(), *previous), log) }
        </div>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct LogProps {
    lines: Rc<Vec<(SimTime, String)>>,
}

/// Where somebody reads.
#[derive(Clone, Copy)]
struct Place {
    /// At the end, and stays there.
    follows: bool,
    /// CSS pixels above what is seen, when this was looked at last.
    top: i32,
}

impl Place {
    /// The log was scrolled. It may be the page's own doing, of which the browser tells later, when a person has begun
    /// to scroll up: only who comes further down and is at the end wants to follow again.
    fn scrolled(&mut self, log: &Element) {
        let (top, before) = (log.scroll_top(), self.top);
        self.top = top;
        let below = log.scroll_height() - top - log.client_height();
        if top < before {
            self.follows = false;
        } else if top > before && below < NEAR_END {
            self.follows = true;
        }
    }

    /// There are other lines.
    fn changed(&mut self, log: &Element) {
        // Where there is nothing to scroll, nobody has scrolled up.
        self.follows |= log.scroll_height() <= log.client_height();
        if self.follows {
            log.set_scroll_top(log.scroll_height());
        }
        self.top = log.scroll_top();
    }
}

/// The lines.
#[component]
fn Log(props: &LogProps) -> Html {
    let log = use_node_ref();
    let place = use_mut_ref(|| Place {
        follows: true,
        top: 0,
    });
    let scrolled = {
        let place = place.clone();
        Callback::from(move |event: Event| {
            if let Some(log) = event.target_dyn_into::<Element>() {
                place.borrow_mut().scrolled(&log);
            }
        })
    };
    // The browser scrolls a while after the key: a line that comes in between must not pull back to the end.
    let turned_up = {
        let place = place.clone();
        Callback::from(move |event: KeyboardEvent| {
            let is_up = ["Home", "PageUp", "ArrowUp"].contains(&&*event.key());
            if is_up && dom::around(&event, "[role=log]").is_some_and(|log| log.scroll_top() > 0) {
                place.borrow_mut().follows = false;
            }
        })
    };
    let drawn = log.clone();
    use_effect_with(props.lines.clone(), move |_| {
        if let Some(log) = drawn.cast::<Element>() {
            place.borrow_mut().changed(&log);
        }
    });
    // Not told aloud line by line: a program may print many a second.
    html! {
        <div ref={log} class="log mono" role="log" aria-label="Log" aria-live="off" tabindex="0"
            onscroll={scrolled} onkeydown={turned_up}>
            { for props.lines.iter().enumerate().map(|(number, (at, line))| html! {
                <p key={number}><span class="quiet">{ at.to_string() }</span>{ " " }<span>{ line.clone() }</span></p>
            }) }
        </div>
    }
}

/// CSS pixels from the end within which somebody reads what is newest.
const NEAR_END: i32 = 3;

/// Why there is nothing to read.
fn nothing(chosen: &Chosen, previous: bool, known: Option<&[(SimTime, String)]>) -> Option<String> {
    let (name, pod) = (&chosen.name, chosen.pod()?);
    match known {
        Some([]) if chosen.runs(name) && !previous => {
            Some(format!("{name} has printed nothing so far."))
        }
        Some([]) => Some(format!("{name} printed nothing.")),
        Some(_) => None,
        None if pod.spec.node_name.is_empty() => {
            Some("The Pod has no node: nothing of it runs yet.".into())
        }
        None if previous => Some(format!(
            "No run before this one: previous terminated container “{name}” not found."
        )),
        None => {
            let status = pod.statuses().get(&**name).copied();
            let state = status.map(|status| words::state(&status.state));
            match state {
                Some(state) if !state.starts_with("Waiting") => Some(format!(
                    "{name}: {state}. Nobody on {} knows what it printed.",
                    pod.spec.node_name
                )),
                state => {
                    let reason = state.unwrap_or_default();
                    let reason = reason.strip_prefix("Waiting").unwrap_or_default().trim();
                    let reason = if reason.is_empty() {
                        "its turn"
                    } else {
                        reason
                    };
                    Some(format!("{name} is waiting to start: {reason}."))
                }
            }
        }
    }
}
