//! One writer per journal: a Web Lock that this page holds for as long as it lives.

use futures::channel::oneshot;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Kept on the page, so that the instance after a panic knows that the lock is still held.
    #[wasm_bindgen(js_namespace = podarium, js_name = isWriter, thread_local_v2)]
    static IS_WRITER: Option<bool>;
    #[wasm_bindgen(js_name = podarium, thread_local_v2)]
    static PODARIUM: JsValue;

    type LockManager;
    #[wasm_bindgen(js_namespace = navigator, js_name = locks, thread_local_v2)]
    static LOCKS: Option<LockManager>;
    #[wasm_bindgen(method, catch)]
    fn request(
        this: &LockManager,
        name: &str,
        options: &JsValue,
        held: &Closure<dyn FnMut(JsValue) -> JsValue>,
    ) -> Result<js_sys::Promise, JsValue>;
}

/// Is this page the one that may write the journal? A browser without locks has one page.
pub async fn become_writer() -> bool {
    if IS_WRITER.with(|known| known.unwrap_or(false)) {
        return true;
    }
    let (tell, told) = oneshot::channel();
    let mut tell = Some(tell);
    // The lock is held until the promise that this returns is settled: for ever.
    let held = Closure::new(move |lock: JsValue| {
        if let Some(tell) = tell.take() {
            // Nobody listens any more once the page is going away.
            let _ = tell.send(!lock.is_null());
        }
        js_sys::Promise::new(&mut |_, _| {}).into()
    });
    let asked = LOCKS.with(|locks| {
        let locks = locks.as_ref()?;
        let options = js_sys::Object::new();
        js_sys::Reflect::set(&options, &"ifAvailable".into(), &true.into()).ok()?;
        locks.request("podarium", &options, &held).ok()
    });
    held.forget();
    let writer = asked.is_none() || told.await.unwrap_or(true);
    PODARIUM.with(|podarium| {
        // Only a frozen page object could refuse; then the next instance asks again.
        let _ = js_sys::Reflect::set(podarium, &"isWriter".into(), &writer.into());
    });
    writer
}
