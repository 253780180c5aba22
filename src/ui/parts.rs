//! The wasm comes in parts (`xtask/page/split.mjs`, `static/parts.js`): what the first picture needs, the rest right after
//! it, and more when it is asked for: lessons, the Theory view, links, files, kubectl. A build for development comes in one.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// Joins a later part of the wasm to what runs here.
    #[wasm_bindgen(js_namespace = podarium, js_name = fetchPart)]
    fn fetch_part(exports: JsValue, number: u32);
    #[wasm_bindgen(js_namespace = podarium, js_name = part, catch)]
    async fn part(number: u32) -> Result<(), JsValue>;
    #[wasm_bindgen(js_namespace = podarium, js_name = hasPart)]
    fn has_part(number: u32) -> bool;
}

/// Brings a later part in and returns once it is here. A stub in the first part calls it where a function of
/// that part is missed; nobody else does.
#[wasm_bindgen]
pub fn bring_part(number: u32) {
    fetch_part(wasm_bindgen::exports(), number);
}

/// Waits until the rest has come by itself: nobody has to stand still for it then.
pub async fn rest() {
    // It never fails: a host that does is asked again.
    let _ = part(1).await;
}

/// Fetches what is needed only by those who ask for it, so that nobody has to stand still for it.
///
/// # Errors
/// If the host does not have it (any more): a newer page may be there.
pub async fn more() -> Result<(), &'static str> {
    const GONE: &str = "A part of the page is missing. Reload it: what you did is stored";
    part(2).await.map_err(|_| GONE)
}

/// Is that here?
pub fn is_more_here() -> bool {
    has_part(2)
}

/// Has it fetched meanwhile: somebody is about to ask for it.
pub fn fetch_more() {
    wasm_bindgen_futures::spawn_local(async {
        let _ = more().await; // whoever needs it then says so
    });
}
