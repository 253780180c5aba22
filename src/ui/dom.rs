//! What the page often asks of the browser, each in one place; a page without it does without.

use wasm_bindgen::JsCast;
use web_sys::{Document, Element, Event, HtmlElement};

/// The document.
#[inline(never)]
pub fn document() -> Option<Document> {
    web_sys::window()?.document()
}

/// Its outermost element.
#[inline(never)]
pub fn root() -> Option<HtmlElement> {
    document()?.document_element()?.dyn_into().ok()
}

/// The element that has the focus.
#[inline(never)]
pub fn focused() -> Option<Element> {
    document()?.active_element()
}

/// Has nothing the focus? What had it may be gone.
pub fn is_focus_lost() -> bool {
    focused().is_none_or(|here| here.tag_name() == "BODY")
}

/// Puts the focus on an element.
#[inline(never)]
pub fn focus(element: Option<Element>) {
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // What can't be focused leaves the focus where it is.
        let _ = element.focus();
    }
}

/// Scrolls no further than an element needs to be seen whole.
#[inline(never)]
pub fn bring_into_sight(element: &Element) {
    let nearest = web_sys::ScrollIntoViewOptions::new();
    nearest.set_block(web_sys::ScrollLogicalPosition::Nearest);
    element.scroll_into_view_with_scroll_into_view_options(&nearest);
}

/// The first element that a selector finds.
#[inline(never)]
pub fn find(selector: &str) -> Option<Element> {
    document()?.query_selector(selector).ok()?
}

/// The innermost element around what an event happened to that a selector finds: the one that listens. An event's own
/// `current_target` isn't, for Yew listens for the whole page at its root.
#[inline(never)]
pub fn around(event: &Event, selector: &str) -> Option<Element> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    target.closest(selector).ok()?
}

/// What was remembered under a name on an earlier visit.
#[inline(never)]
pub fn remembered(name: &str) -> Option<String> {
    web_sys::window()?
        .local_storage()
        .ok()??
        .get_item(name)
        .ok()?
}

/// Does a visit begin? It lasts as long as the tab; where nothing may be stored, it is one endless visit.
pub fn begins_visit() -> bool {
    const NAME: &str = "podarium.visit";
    let storage = web_sys::window().and_then(|window| window.session_storage().ok().flatten());
    let Some(storage) = storage else { return false };
    let begins = storage.get_item(NAME).is_ok_and(|visit| visit.is_none());
    begins && storage.set_item(NAME, "here").is_ok()
}

/// Remembers it for the next visit; where nothing may be stored, that has the usual.
#[inline(never)]
pub fn remember(name: &str, value: &str) {
    let storage = web_sys::window().and_then(|window| window.local_storage().ok().flatten());
    if let Some(storage) = storage {
        let _ = storage.set_item(name, value);
    }
}

/// To an address of this page's own: it is no other origin.
pub fn go(address: &str) {
    if let Some(window) = web_sys::window() {
        let _ = window.location().assign(address);
    }
}
