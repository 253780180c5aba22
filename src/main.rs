//! Starts the playground. Loaded without a window (a test under Node does), it only offers its
//! exports.

// `html!` goes from token to token.
#![recursion_limit = "512"]

mod ui;

use wasm_bindgen::prelude::wasm_bindgen;

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
