//! A file that is dropped anywhere on the page is an import. A small one that is dropped on the text
//! goes into the text, as the editor does it.

use gloo_events::{EventListener, EventListenerOptions, EventListenerPhase};
use podarium::manifest::Limit;
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, Element, File, HtmlInputElement};

use crate::ui::dom;

/// Calls `tell` with each file that is dropped to be imported.
pub fn listen(tell: impl Fn(File) + 'static) -> Vec<EventListener> {
    let Some(document) = dom::document() else {
        return Vec::new();
    };
    let options = EventListenerOptions {
        phase: EventListenerPhase::Capture,
        passive: false,
    };
    let over = EventListener::new_with_options(&document, "dragover", options, |event| {
        if event.dyn_ref::<DragEvent>().is_some_and(has_files) {
            event.prevent_default();
        }
    });
    let drop = EventListener::new_with_options(&document, "drop", options, move |event| {
        let Some(event) = event.dyn_ref::<DragEvent>() else {
            return;
        };
        let files = event.data_transfer().and_then(|data| data.files());
        let Some(file) = files.and_then(|files| files.get(0)) else {
            return;
        };
        let target = event.target().and_then(|at| at.dyn_into::<Element>().ok());
        let on_text = target.and_then(|at| at.closest(".text").ok().flatten());
        if on_text.is_some() && file.size() <= Limit::BYTES as f64 {
            return;
        }
        event.prevent_default();
        event.stop_propagation();
        tell(file);
    });
    vec![over, drop]
}

fn has_files(event: &DragEvent) -> bool {
    let types = event.data_transfer().map(|data| data.types());
    types.is_some_and(|types| types.iter().any(|kind| kind == "Files"))
}

/// The file that was chosen; it may be chosen once more.
pub fn file_of(input: &HtmlInputElement) -> Option<File> {
    let file = input.files()?.get(0);
    input.set_value("");
    file
}

/// Why a file of this name is no export, if its name says so.
pub fn not_taken(name: &str) -> Option<String> {
    let ending = name
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_lowercase());
    let is_taken = ending
        .is_none_or(|ending| matches!(&*ending, "yaml" | "yml" | "json" | "txt" | "log" | "out"));
    (!is_taken).then(|| {
        format!(
            "“{name}” is not imported: a file with what kubectl get nodes,pods -A -o yaml prints is \
             taken, as YAML or JSON."
        )
    })
}
