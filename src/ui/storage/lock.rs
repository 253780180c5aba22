//! One writer per journal: a Web Lock that this page holds for as long as it lives.

use futures::channel::oneshot;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    /// Set on the page, so that the instance after a panic knows that the lock is still held.
    #[wasm_bindgen(js_namespace = podarium, js_name = isWriter, thread_local_v2)]
    static IS_WRITER: Option<bool>;

    type LockManager;
    #[wasm_bindgen(js_namespace = navigator, js_name = locks, thread_local_v2)]
    static LOCKS: Option<LockManager>;
    #[wasm_bindgen(method, catch)]
    fn request(this: &LockManager, name: &str, options: &JsValue, held: &JsValue) -> Result<js_sys::Promise, JsValue>;
}
