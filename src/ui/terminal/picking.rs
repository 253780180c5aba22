//! A name in the output is selected by a click, or by Enter: arrows go from name to name, and only one of them is on the
//! way of Tab, the last one or that which had the focus. One listener serves them all.

use wasm_bindgen::JsCast;
use web_sys::{Element, NodeList};
use yew::html::Scope;
use yew::prelude::*;

use super::{Message, Name, Terminal};
use crate::ui::dom;

/// Names.
const NAMES: &str = ".name[data-name]";

/// A click on a name selects what it names.
pub fn clicks(link: &Scope<Terminal>) -> Callback<MouseEvent> {
    link.batch_callback(|event: MouseEvent| dom::around(&event, NAMES).as_ref().map(picked))
}

/// Arrows, Home and End among the names; Enter and Space select.
pub fn keys(link: &Scope<Terminal>) -> Callback<KeyboardEvent> {
    link.batch_callback(|event: KeyboardEvent| {
        let here = dom::around(&event, NAMES)?;
        let log = here.closest(".output").ok().flatten()?;
        let all = log.query_selector_all(NAMES).ok()?;
        let own: &web_sys::Node = &here;
        let at = (0..all.length()).find(|at| all.get(*at).as_ref() == Some(own))?;
        let last = all.length() - 1;
        let next = match &*event.key() {
            _ if event.ctrl_key() || event.meta_key() || event.alt_key() => return None,
            "Enter" | " " => {
                event.prevent_default();
                return Some(picked(&here));
            }
            "ArrowDown" | "ArrowRight" => (at + 1).min(last),
            "ArrowUp" | "ArrowLeft" => at.saturating_sub(1),
            "Home" => 0,
            "End" => last,
            _ => return None,
        };
        event.prevent_default();
        dom::focus(nth(&all, next));
        None
    })
}

/// The name that has the focus is the one on the way of Tab.
pub fn entered(event: FocusEvent) {
    let Some(here) = dom::around(&event, NAMES) else {
        return;
    };
    if let Some(log) = here.closest(".output").ok().flatten() {
        stop_at(&log, &here);
    }
}

/// The last name is on the way of Tab, unless one has the focus.
pub fn set_stop(log: &NodeRef) {
    let Some(log) = log.cast::<Element>() else {
        return;
    };
    let is_here = dom::focused().is_some_and(|here| here.matches(NAMES).unwrap_or_default());
    let all = log.query_selector_all(NAMES).ok().filter(|_| !is_here);
    let last = all.and_then(|all| nth(&all, all.length().checked_sub(1)?));
    if let Some(last) = last {
        stop_at(&log, &last);
    }
}

fn stop_at(log: &Element, name: &Element) {
    let before = log.query_selector(".name[tabindex=\"0\"]").ok().flatten();
    // A number is always a fine value.
    if let Some(before) = before {
        let _ = before.set_attribute("tabindex", "-1");
    }
    let _ = name.set_attribute("tabindex", "0");
}

fn nth(all: &NodeList, number: u32) -> Option<Element> {
    all.get(number)?.dyn_into().ok()
}

fn picked(name: &Element) -> Message {
    let text = |of: &str| name.get_attribute(of);
    Message::Picked(Name {
        kind: text("data-kind").unwrap_or_default().into(),
        namespace: text("data-namespace").map(Into::into),
        name: text("data-name").unwrap_or_default().into(),
    })
}
