//! Keys that work anywhere. F6 goes round the regions and remembers the place inside each; Space,
//! `.` and `,` act only while the tree or the Time slider has the focus.

use std::collections::BTreeMap;

use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};
use yew::html::Scope;
use yew::prelude::*;

use super::app::{App, Dialog, Message, WelcomeDeed, is_presentation};
use super::dom;
use super::layout::modal;
use super::markup::html;
use super::timeline::TimelineDeed;

/// Regions in the order of their landmarks; the first that holds an element is its region.
const REGIONS: [&str; 7] = [
    "Welcome",
    "Lesson",
    "Manifest",
    "Terminal",
    "Stage",
    "Inspector",
    "Timeline",
];
/// Where the focus goes in a region that it hasn't been in: the first of these that is there.
const ENTRIES: [&str; 6] = [
    "[data-entry]",
    "[role=treeitem][tabindex=\"0\"]",
    "[role=slider]",
    "[role=tab][tabindex=\"0\"]",
    ".apply",
    "textarea, button:not([aria-disabled]), [tabindex=\"0\"]",
];

/// Where the focus was in each region.
#[derive(Default)]
pub struct Regions {
    places: BTreeMap<&'static str, Element>,
    /// What has the focus, or had it last, and the region in which it is.
    last: Option<(Element, &'static str)>,
}

/// What a key asks for that works anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyDeed {
    /// To the next region, or the one before.
    Region { back: bool },
    /// The list of keys.
    List,
    /// Apply the manifest, from outside the editor.
    Apply,
    /// Play or pause.
    PlayOrPause,
    /// Step, or back.
    Step { back: bool },
    /// To the next of a person's deeds, or the one before.
    Flag {
        /// The one before.
        back: bool,
    },
    /// What is selected is not any longer.
    Clear,
    /// To the box in which things are found.
    Find,
    /// Manifest and Terminal fold, or come back.
    Fold,
    /// The welcome was read.
    Welcomed,
}

/// What a key asks for, asked while it is pressed: later it is too late to keep the browser's own
/// answer away.
pub fn deed_of(event: &KeyboardEvent) -> Option<KeyDeed> {
    let command = event.ctrl_key() || event.meta_key();
    let deed = match &*event.key() {
        _ if event.default_prevented() || event.alt_key() => return None,
        "F6" => KeyDeed::Region {
            back: event.shift_key(),
        },
        "F1" => KeyDeed::List,
        "Enter" if command => KeyDeed::Apply,
        "b" | "B" if command && !event.shift_key() && dom::find("dialog[open]").is_none() => {
            KeyDeed::Fold
        }
        "Escape" if is_in_drawer(event) => KeyDeed::Clear,
        "Escape" if is_welcome() && !is_writing(event) => KeyDeed::Welcomed,
        // As it says there, before anything has the focus.
        " " if is_welcome() && dom::is_focus_lost() => KeyDeed::PlayOrPause,
        "/" if !command && !is_writing(event) => KeyDeed::Find,
        "." | "," if is_clicker(event) => deed_of_time(&event.key())?,
        _ if command || !acts_on_time(event) => return None,
        " " => KeyDeed::PlayOrPause,
        key @ ("." | ",") => deed_of_time(key)?,
        ">" => KeyDeed::Flag { back: false },
        "<" => KeyDeed::Flag { back: true },
        "Escape" => KeyDeed::Clear,
        _ => return None,
    };
    event.prevent_default();
    Some(deed)
}

/// What a clicker's key asks for, before anything else has it: it works wherever the focus is.
pub fn deed_of_clicker(event: &KeyboardEvent) -> Option<KeyDeed> {
    let deed = match &*event.key() {
        "PageDown" => KeyDeed::Step { back: false },
        "PageUp" => KeyDeed::Step { back: true },
        _ => return None,
    };
    let is_clicker = is_clicker(event);
    if is_clicker {
        event.prevent_default();
        event.stop_propagation();
    }
    is_clicker.then_some(deed)
}

/// In presentation mode a clicker steps from everywhere but where a person writes.
fn is_clicker(event: &KeyboardEvent) -> bool {
    let plain = !event.ctrl_key() && !event.meta_key() && !event.alt_key() && !event.shift_key();
    plain && is_presentation() && !is_writing(event)
}

fn deed_of_time(key: &str) -> Option<KeyDeed> {
    match key {
        "." => Some(KeyDeed::Step { back: false }),
        "," => Some(KeyDeed::Step { back: true }),
        _ => None,
    }
}

impl App {
    /// Does what a key asks for.
    pub(super) fn key(&mut self, link: &Scope<App>, deed: KeyDeed) {
        let message = match deed {
            KeyDeed::Region { back } => return self.regions_mut().go(back),
            KeyDeed::List => Message::Dialog(Some(Dialog::Keys)),
            KeyDeed::Apply => Message::ApplyDraft,
            KeyDeed::PlayOrPause if self.is_playing() => Message::Time(TimelineDeed::Pause),
            KeyDeed::PlayOrPause => Message::Time(TimelineDeed::Play),
            KeyDeed::Step { back: false } => Message::Time(TimelineDeed::Step),
            KeyDeed::Step { back: true } => Message::Time(TimelineDeed::StepBack),
            KeyDeed::Flag { back } => match self.flag(back) {
                Some(time) => Message::Time(TimelineDeed::Seek(time)),
                None => return,
            },
            KeyDeed::Clear => Message::Select(None),
            KeyDeed::Find => Message::Find,
            KeyDeed::Fold => Message::Fold,
            KeyDeed::Welcomed => Message::Welcome(WelcomeDeed::Play),
        };
        link.send_message(message);
    }
}

/// Is this element where somebody can see it?
pub fn can_have_focus(element: &Element) -> bool {
    element.is_connected() && is_shown(element)
}

/// Puts the focus into a region.
pub fn focus_region(name: &str) {
    focus_first(name, &ENTRIES);
}

/// Tells whether anything there took it. What isn't shown, or is disabled, doesn't take the focus: then the
/// next one is asked.
fn focus_first(name: &str, entries: &[&str]) -> bool {
    let Some(region) = region(name) else {
        return false;
    };
    let all = entries
        .iter()
        .filter_map(|entry| region.query_selector_all(entry).ok());
    let mut all = all.flat_map(|found| (0..found.length()).filter_map(move |at| found.get(at)));
    all.any(|one| one.dyn_ref::<Element>().is_some_and(takes_focus))
}

/// Puts the focus on an element; tells whether that has it then.
fn takes_focus(element: &Element) -> bool {
    focus(element);
    dom::focused().as_ref() == Some(element)
}

/// Where the focus belongs whose place this was: of tabs and items only one is on the way of Tab, the one
/// that is selected, whoever selected it since.
fn current(place: &Element) -> Element {
    let is_past = place.get_attribute("tabindex").as_deref() == Some("-1");
    let list = "[role=tablist], [role=tree]";
    let list = place.closest(list).ok().flatten().filter(|_| is_past);
    let now = list.and_then(|list| list.query_selector("[tabindex=\"0\"]").ok().flatten());
    now.unwrap_or_else(|| place.clone())
}

impl Regions {
    /// Something has the focus now.
    pub fn focused(&mut self) {
        let here = dom::focused();
        self.last = here.map(|here| {
            let name = region_of(&here);
            if let Some(name) = name {
                // However it leaves the region, this is where it comes back to.
                self.places.insert(name, here.clone());
            }
            (here, name.unwrap_or("Stage"))
        });
    }

    /// What had the focus may be gone, or isn't shown any longer: its region has the focus then, or, where
    /// that isn't shown either, the tree. What is shown is asked only where something may have been hidden:
    /// the browser has to lay the page out to answer.
    pub fn hand_on(&mut self, may_be_hidden: bool) {
        let is_lost =
            |(last, _): &mut (Element, _)| !last.is_connected() || may_be_hidden && !is_shown(last);
        let Some((_, name)) = self.last.take_if(is_lost) else {
            return;
        };
        // Something else may have it already: a dialog gives it back.
        let is_nowhere = |here: Element| here.tag_name() == "BODY" || !is_shown(&here);
        if dom::focused().is_none_or(is_nowhere) {
            if !focus_first(name, &ENTRIES[1..]) {
                focus_first("Stage", &ENTRIES[1..]);
            }
            // What is hidden with the next drawing is asked of this one, before the browser tells of it.
            self.focused();
        }
    }

    /// To the next region, or the one before, that has anything to take the focus.
    fn go(&mut self, back: bool) {
        let shown: Vec<&'static str> = REGIONS
            .into_iter()
            .filter(|name| region(name).is_some_and(|r| is_shown(&r)))
            .collect();
        let here = dom::focused().and_then(|here| region_of(&here));
        let here = here.and_then(|here| shown.iter().position(|name| *name == here));
        let all = shown.len();
        for step in 1..=all {
            let next = match (here, back) {
                (None, false) => step - 1,
                (None, true) => all - step,
                (Some(here), false) => (here + step) % all,
                (Some(here), true) => (here + all - step) % all,
            };
            let place = self.places.get(shown[next]).map(current);
            if place.is_some_and(|place| takes_focus(&place)) || focus_first(shown[next], &ENTRIES)
            {
                return;
            }
        }
    }
}

/// The region in which an element is.
fn region_of(element: &Element) -> Option<&'static str> {
    let is_in = |name: &&str| region(name).is_some_and(|r| r.contains(Some(element)));
    REGIONS.into_iter().find(is_in)
}

fn region(name: &str) -> Option<Element> {
    dom::find(&format!("section[aria-label=\"{name}\"]"))
}

fn is_shown(element: &Element) -> bool {
    element.client_width() > 0 || element.client_height() > 0
}

/// Arrows, Home and End move the focus among the items of a list or the rows of a table: one button of each, of which
/// one alone is on the way of Tab.
pub fn walk(event: KeyboardEvent) {
    // A list within this one has moved it already.
    if event.default_prevented() {
        return;
    }
    let Some(item) = dom::focused().and_then(|here| here.closest("li, tr").ok().flatten()) else {
        return;
    };
    let list = item.parent_element();
    let to = match &*event.key() {
        "ArrowDown" | "ArrowRight" => item.next_element_sibling(),
        "ArrowUp" | "ArrowLeft" => item.previous_element_sibling(),
        "Home" => list.and_then(|list| list.first_element_child()),
        "End" => list.and_then(|list| list.last_element_child()),
        _ => return,
    };
    event.prevent_default();
    dom::focus(to.and_then(|item| item.query_selector("button, summary").ok().flatten()));
}

/// The focus of the rich editor is inside its shadow root.
pub fn focus(element: &Element) {
    let inner = element
        .shadow_root()
        .and_then(|root| root.query_selector("[contenteditable=true]").ok().flatten());
    dom::focus(inner.or_else(|| Some(element.clone())));
}

/// Where every key is a letter, the rich editor included; and in a dialog, out of which no key leads.
fn is_writing(event: &KeyboardEvent) -> bool {
    let writing = "input, select, textarea, [contenteditable], .rich, dialog";
    dom::around(event, writing).is_some() || dom::find("dialog[open]").is_some()
}

fn acts_on_time(event: &KeyboardEvent) -> bool {
    dom::around(event, "[role=tree][aria-label=Cluster], [role=slider]").is_some()
}

/// Is the welcome there, and nothing over it?
fn is_welcome() -> bool {
    dom::find(".welcome").is_some() && dom::find(":popover-open, [role=menu]").is_none()
}

/// In the inspector, where that lies over the stage and can be closed.
fn is_in_drawer(event: &KeyboardEvent) -> bool {
    let closes = || dom::find(".of-drawer").is_some_and(|drawer| is_shown(&drawer));
    dom::around(event, ".inspector").is_some() && closes()
}

/// The list of keys, until it was read; and a way back to the welcome, where that can be shown.
pub fn key_list(on_close: &Callback<()>, welcome: Option<Callback<MouseEvent>>) -> Html {
    let keys = [
        ("Ctrl ↵ or ⌘ ↵", "Apply the manifest"),
        ("F6, Shift F6", "Next region, region before"),
        ("F8, Shift F8", "Next problem, problem before"),
        (
            "Ctrl B or ⌘ B",
            "Fold Manifest and Terminal, or bring them back",
        ),
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
            "Shift . and Shift ,",
            "To what you did next, to what you did before; in the same two places",
        ),
        (
            "← →, Page ↑ ↓, Home, End",
            "On the time slider: 0.1 s, 5 s, start, now",
        ),
        ("/", "Find a Pod, node or label; Escape goes back"),
        (
            "Arrows, Page ↑ ↓, Home, End, Enter",
            "In the tree: move, open, go in; letters go to a name",
        ),
        (
            "Tab, ↑ ↓, Ctrl R",
            "In the terminal: complete, lines before, find one; Escape, then Tab leaves",
        ),
        (
            "Arrows, Home, End, Enter",
            "In the terminal's output, on a name: to another one, select it",
        ),
        (
            "Ctrl C, Ctrl L",
            "In the terminal: end what runs, clear the output",
        ),
        ("+ − 0", "On the stage: closer, farther, fit"),
        (
            "Page ↓, Page ↑, . and ,",
            "In presentation: step and back, from anywhere, as a clicker does",
        ),
        ("F1", "This list"),
    ];
    let content = html! {
        <>
            <dl class="keys">
                { for keys.into_iter().map(|(key, what)| html! {
                    <div key={key}><dt>{ key }</dt><dd>{ what }</dd></div>
                }) }
            </dl>
            <div class="actions">
                if let Some(welcome) = welcome {
                    <button class="framed" onclick={welcome}>{ "Show the welcome" }</button>
                }
                <button class="primary" onclick={on_close.reform(|_| ())}>{ "Close" }</button>
            </div>
        </>
    };
    modal("Keys", on_close, content)
}
