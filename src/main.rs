//! Starts the playground. Loaded without a window (a test under Node does), it only offers its
//! exports.

// `html!` goes from token to token.
#![recursion_limit = "512"]

mod ui;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// Joins the rest of the wasm to what runs here.
    #[wasm_bindgen(js_namespace = podarium, js_name = fetchRest)]
    fn fetch_rest(exports: JsValue);
}

/// Brings the second part of the wasm in and returns once it is here. A stub in the first part calls it
/// where a function of the second is missed (`xtask/page/split.mjs`); nobody else does.
#[wasm_bindgen]
pub fn bring_rest() {
    fetch_rest(wasm_bindgen::exports());
}

fn main() {
    if web_sys::window().is_some() {
        ui::app::start();
    }
}

/// What a journal (JSON text) comes to in this build; the same text as the native build's `replay`.
#[wasm_bindgen]
pub fn replay(journal: &str) -> String {
    podarium::history::replay_report(journal).unwrap_or_else(|why| why.to_string())
}
