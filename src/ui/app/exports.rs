//! What the page offers on `globalThis.podarium`: the journal and the manifest as text, for reports
//! and for tests.
#![allow(
    clippy::disallowed_types,
    reason = "what is exported is called from outside, with nothing in hand"
)]

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use yew::html::Scope;

use super::App;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = podarium, thread_local_v2)]
    static PODARIUM: JsValue;
}

thread_local! {
    /// Where the two functions look; the page's own instance is behind it.
    static SHOWN: RefCell<Shown> = RefCell::default();
}

#[derive(Default)]
struct Shown {
    manifest: Rc<str>,
    app: Option<Scope<App>>,
}

/// Offers `manifest()`, `journal()` and `version`.
pub fn install(link: &Scope<App>, manifest: &Rc<str>) {
    SHOWN.with_borrow_mut(|shown| {
        shown.manifest = manifest.clone();
        shown.app = Some(link.clone());
    });
    let manifest = || SHOWN.with_borrow(|shown| JsValue::from_str(&shown.manifest));
    let journal = || {
        let link = SHOWN.with_borrow(|shown| shown.app.clone());
        let journal = link
            .as_ref()
            .and_then(Scope::get_component)
            .map(|app| serde_json::to_string(&app.engine.history().journal()).unwrap_or_default());
        JsValue::from(journal.unwrap_or_default())
    };
    offer(
        "manifest",
        Closure::<dyn Fn() -> JsValue>::new(manifest).into_js_value(),
    );
    offer(
        "journal",
        Closure::<dyn Fn() -> JsValue>::new(journal).into_js_value(),
    );
    offer("version", env!("CARGO_PKG_VERSION").into());
}

/// The editor's text is another one.
pub fn set_manifest(text: &Rc<str>) {
    SHOWN.with_borrow_mut(|shown| shown.manifest = text.clone());
}

fn offer(name: &str, value: JsValue) {
    PODARIUM.with(|podarium| {
        // boot.js made the object; only a page without it could refuse, and needs none of this.
        let _ = js_sys::Reflect::set(podarium, &name.into(), &value);
    });
}
