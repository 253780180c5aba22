//! What is left to do when the core panics: tell the script outside the wasm which event it was.
//! The instance is lost; `static/boot.js` starts a new one, which replays up to just before that event.

use std::sync::atomic::{AtomicU64, Ordering};

use wasm_bindgen::prelude::*;

/// Number of the event that is being handled, counted from 1; 0 while none is.
static HANDLING: AtomicU64 = AtomicU64::new(0);

/// From now on, a panic is this event's.
pub fn handling(event: u64) {
    HANDLING.store(event, Ordering::Relaxed);
}

/// From now on, a panic is no event's.
pub fn handling_nothing() {
    handling(0);
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = podarium)]
    fn panicked(message: &str, event_number: JsValue);

    #[wasm_bindgen(js_namespace = podarium, js_name = recovery, thread_local_v2)]
    static RECOVERY: Option<Recovery>;

    type Recovery;
    #[wasm_bindgen(method, getter)]
    fn mode(this: &Recovery) -> String;
    #[wasm_bindgen(method, getter, js_name = beforeEvent)]
    fn before_event(this: &Recovery) -> Option<f64>;
}

/// Lets every panic be told to the page.
pub fn install_hook() {
    // Through yew, which would put its own in place of ours.
    yew::set_custom_panic_hook(Box::new(|info| {
        let event = match HANDLING.load(Ordering::Relaxed) {
            0 => JsValue::NULL,
            number => JsValue::from_f64(number as f64),
        };
        panicked(&info.to_string(), event);
    }));
}

/// How this instance is to begin, if the one before it panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recover {
    /// Just before the event that panicked, if its number is known.
    Before(Option<u64>),
    /// As if the last input had not been.
    WithoutLastInput,
}

/// What `boot.js` asks of this instance.
pub fn recovery() -> Option<Recover> {
    RECOVERY.with(|recovery| {
        let recovery = recovery.as_ref()?;
        Some(match &*recovery.mode() {
            "without-last-input" => Recover::WithoutLastInput,
            _ => Recover::Before(recovery.before_event().map(|number| number as u64)),
        })
    })
}
