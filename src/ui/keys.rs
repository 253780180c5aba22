//! Keys that work anywhere. F6 goes round the regions and remembers the place inside each; Space,
//! `.` and `,` act only while the tree or the Time slider has the focus.

use std::collections::BTreeMap;

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};
use yew::html::Scope;
use yew::prelude::*;

use super::app::{App, Dialog, Message};
use super::layout::Modal;
use super::timeline::TimelineDeed;

/// Regions in the order of their landmarks; the first that holds an element is its region.
const REGIONS: [&str; 4] = ["Manifest", "Stage", "Inspector", "Timeline"];
/// Where the focus goes in a region that it hasn't been in: the first of these that is there.
const ENTRIES: [&str; 5] = [
    "[data-entry]",
    "[role=treeitem][tabindex=\"0\"]",
    "[role=slider]",
    "[role=tab][tabindex=\"0\"]",
    "textarea, button:not(:disabled), [tabindex=\"0\"]",
];

/// Where the focus was in each region.
#[derive(Default)]
pub struct Regions {
    places: BTreeMap<&'static str, HtmlElement>,
}

impl App {
    /// A key was pressed somewhere; tells whether the page is to be drawn.
    pub(super) fn key(&mut self, link: &Scope<App>, event: &KeyboardEvent) -> bool {
        let command = event.ctrl_key() || event.meta_key();
        match &*event.key() {
            "F6" => {
                event.prevent_default();
                self.regions_mut().go(event.shift_key());
            }
            "F1" => {
                event.prevent_default();
                link.send_message(Message::Dialog(Some(Dialog::Keys)));
            }
            "Enter" if command && !event.default_prevented() && !is_in("Manifest", event) => {
                link.send_message(Message::Apply(self.draft()));
            }
            _ if command || event.alt_key() || !acts_on_time(event) => {}
            " " => {
                event.prevent_default();
                let deed = if self.is_playing() {
                    TimelineDeed::Pause
                } else {
                    TimelineDeed::Play
                };
                link.send_message(Message::Time(deed));
            }
            "." => link.send_message(Message::Time(TimelineDeed::Step)),
            "," => link.send_message(Message::Time(TimelineDeed::StepBack)),
            _ => {}
        }
        false
    }
}

/// Puts the focus into a region.
pub fn focus_region(name: &str) {
    let Some(region) = region(name) else { return };
    let entry = ENTRIES
        .iter()
        .find_map(|entry| region.query_selector(entry).ok().flatten());
    if let Some(entry) = entry {
        focus(&entry);
    }
}

impl Regions {
    /// To the next region, or the one before.
    fn go(&mut self, back: bool) {
        let Some(document) = web_sys::window().and_then(|window| window.document()) else {
            return;
        };
        let shown: Vec<&'static str> = REGIONS
            .into_iter()
            .filter(|name| region(name).is_some_and(|r| is_shown(&r)))
            .collect();
        let active = document.active_element();
        let here = active.as_ref().and_then(|active| {
            shown
                .iter()
                .position(|name| region(name).is_some_and(|r| r.contains(Some(active))))
        });
        if let (Some(here), Some(active)) = (here, active.and_then(|a| a.dyn_into().ok())) {
            self.places.insert(shown[here], active);
        }
        let Some(last) = shown.len().checked_sub(1) else {
            return;
        };
        let next = match (here, back) {
            (None, false) => 0,
            (None, true) => last,
            (Some(here), false) => {
                if here == last {
                    0
                } else {
                    here + 1
                }
            }
            (Some(here), true) => here.checked_sub(1).unwrap_or(last),
        };
        match self
            .places
            .get(shown[next])
            .filter(|place| place.is_connected())
        {
            Some(place) => focus(place),
            None => focus_region(shown[next]),
        }
    }
}

fn region(name: &str) -> Option<Element> {
    let document = web_sys::window()?.document()?;
    document
        .query_selector(&format!("section[aria-label=\"{name}\"]"))
        .ok()
        .flatten()
}

fn is_shown(element: &Element) -> bool {
    element.client_width() > 0 || element.client_height() > 0
}

/// The focus of the rich editor is inside its shadow root.
fn focus(element: &Element) {
    let inner = element
        .shadow_root()
        .and_then(|root| root.query_selector("[contenteditable=true]").ok().flatten());
    if let Some(element) = inner.as_ref().unwrap_or(element).dyn_ref::<HtmlElement>() {
        // What can't be focused keeps the focus where it is.
        let _ = element.focus();
    }
}

fn is_in(name: &str, event: &KeyboardEvent) -> bool {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|target| region(name).is_some_and(|region| region.contains(Some(&target))))
}

fn acts_on_time(event: &KeyboardEvent) -> bool {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|target| {
        target
            .closest("[role=tree], [role=slider]")
            .ok()
            .flatten()
            .is_some()
    })
}

/// What the list of keys is told.
#[derive(Clone, PartialEq, Properties)]
pub struct KeyListProps {
    /// It was read.
    pub on_close: Callback<()>,
}

/// The list of keys.
#[component]
pub fn KeyList(KeyListProps { on_close }: &KeyListProps) -> Html {
    let keys = [
        ("Ctrl ↵ or ⌘ ↵", "Apply the manifest"),
        ("F6, Shift F6", "Next region, region before"),
        ("F8, Shift F8", "Next problem, problem before"),
        (
            "Escape",
            "Out of the editor's Tab, out of a dialog, out of a close-up",
        ),
        (
            "Space",
            "Play or pause, while the tree or the time slider has the focus",
        ),
        (
            ". and ,",
            "To the next change, to the change before; in the same two places",
        ),
        (
            "← →, Page ↑ ↓, Home, End",
            "On the time slider: 0.1 s, 5 s, start, now",
        ),
        ("Arrows, Home, End, Enter", "In the tree: move, open, go in"),
        ("+ − 0", "On the stage: closer, farther, fit"),
        ("F1", "This list"),
    ];
    html! {
        <Modal title="Keys" on_close={on_close.clone()}>
            <dl class="keys">
                { for keys.into_iter().map(|(key, what)| html! {
                    <div key={key}><dt>{ key }</dt><dd>{ what }</dd></div>
                }) }
            </dl>
            <div class="actions">
                <button class="primary" onclick={on_close.reform(|_| ())}>{ "Close" }</button>
            </div>
        </Modal>
    }
}
