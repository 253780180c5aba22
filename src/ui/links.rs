//! What the browser does for links and files: the address, the clipboard, compression. static/link.js.

use podarium::history::link::{self, FILE_BYTES, LINK_BYTES, Moment, OpenError};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Location};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["podarium", "link"], catch)]
    async fn pack(text: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = ["podarium", "link"], catch)]
    async fn unpack(body: &str, most: f64) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = ["podarium", "link"], js_name = place)]
    async fn place_it(fragment: &str) -> JsValue;
    /// Offers a text as a file.
    #[wasm_bindgen(js_namespace = ["podarium", "link"])]
    pub fn save(name: &str, text: &str);
    /// Offers bytes as a file.
    #[wasm_bindgen(js_namespace = ["podarium", "link"], js_name = saveBytes)]
    pub fn save_bytes(name: &str, bytes: &[u8]);
}

fn location() -> Option<Location> {
    web_sys::window().map(|window| window.location())
}

/// The address without its fragment: the own cluster's.
pub fn address() -> String {
    let address = location().and_then(|location| location.href().ok());
    let address = address.unwrap_or_default();
    address.split('#').next().unwrap_or_default().into()
}

/// The address as it is.
pub fn whole_address() -> String {
    let address = location().and_then(|location| location.href().ok());
    address.unwrap_or_default()
}

/// To the own cluster; the browser's Back leads here again.
pub fn leave() {
    super::dom::go(&address());
}

/// The link in the address, if one is there, whatever is wrong with it.
pub fn linked() -> Option<String> {
    let fragment = location()?.hash().ok()?;
    let fragment = fragment.strip_prefix('#')?;
    link::is_link(fragment).then(|| fragment.into())
}

/// What a link holds.
pub async fn follow(fragment: &str) -> Result<Moment, OpenError> {
    let body = link::unseal(fragment)?;
    let text = unpack(body, LINK_BYTES as f64).await;
    let text = text.map_err(|_| OpenError::Damaged)?;
    Moment::read(&text.as_string().ok_or(OpenError::TooLarge)?)
}

/// The fragment for this text; `None` where it is too large to be tried, or the browser can't compress.
pub async fn fragment(text: &str) -> Option<String> {
    if text.len() > LINK_BYTES {
        return None;
    }
    let body = pack(text).await.ok()?.as_string()?;
    Some(link::seal(&body))
}

/// Puts a link into the address bar and the clipboard; tells whether it is in the latter.
pub async fn place(fragment: &str) -> bool {
    place_it(fragment).await.is_truthy()
}

/// Is it a world of ours, going by its first letters?
pub async fn is_world(file: &Blob) -> bool {
    let beginning = file.slice_with_f64_and_f64(0.0, 64.0);
    match beginning {
        Ok(beginning) => link::is_world(&text_of(&beginning).await.unwrap_or_default()),
        Err(_) => false,
    }
}

/// What a file holds.
pub async fn read(file: &Blob) -> Result<Moment, OpenError> {
    if file.size() > FILE_BYTES as f64 {
        return Err(OpenError::TooLarge);
    }
    let text = text_of(file).await;
    let text = text.ok_or_else(|| OpenError::NoWorld("the browser can't read it".into()))?;
    Moment::read(&text)
}

async fn text_of(file: &Blob) -> Option<String> {
    let text: JsValue = JsFuture::from(file.text()).await.ok()?;
    text.as_string()
}
