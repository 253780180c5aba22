//! The wasm comes in two parts (`xtask/page/split.mjs`, `static/rest.js`); a build for development in one.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    /// Joins the rest of the wasm to what runs here.
    #[wasm_bindgen(js_namespace = podarium, js_name = fetchRest)]
    fn fetch_rest(exports: JsValue);
    #[wasm_bindgen(js_namespace = podarium, js_name = whole)]
    fn has_come() -> js_sys::Promise;
}

/// Brings the second part in and returns once it is here. A stub in the first part calls it where a
/// function of the second is missed; nobody else does.
#[wasm_bindgen]
pub fn bring_rest() {
    fetch_rest(wasm_bindgen::exports());
}

/// Waits until the second part has come by itself: nobody has to stand still for it then.
pub async fn whole() {
    // It never fails: a host that does is asked again.
    let _ = JsFuture::from(has_come()).await;
}
