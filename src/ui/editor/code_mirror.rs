//! The rich editor of `editor/index.js`, as Rust sees it: CodeMirror 6, loaded after first paint.
//! Offsets on its side are UTF-16 units, on ours bytes; nobody else has to know.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Element;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = podarium, js_name = loadEditor, catch)]
    fn load_editor() -> Result<js_sys::Promise, JsValue>;

    type Module;
    #[wasm_bindgen(method, catch)]
    fn mount(
        this: &Module,
        host: &Element,
        start: &js_sys::Object,
        on: &js_sys::Object,
    ) -> Result<CodeMirror, JsValue>;

    /// The editor, mounted.
    pub type CodeMirror;
    #[wasm_bindgen(method)]
    pub fn cursor(this: &CodeMirror) -> u32;
    #[wasm_bindgen(method, js_name = setText)]
    pub fn set_text(this: &CodeMirror, text: &str);
    #[wasm_bindgen(method)]
    pub fn replace(this: &CodeMirror, from: u32, to: u32, text: &str);
    #[wasm_bindgen(method, js_name = moveTo)]
    pub fn move_to(this: &CodeMirror, offset: u32);
    #[wasm_bindgen(method, js_name = setMarks)]
    pub fn set_marks(this: &CodeMirror, json: &str);
    #[wasm_bindgen(method)]
    pub fn destroy(this: &CodeMirror);
}

/// What the rich editor tells.
pub enum Told {
    /// The text is another one; did more than a key's worth arrive at once?
    Text(String, bool),
    /// Ctrl or Cmd and Enter.
    Apply,
    /// To the next problem, or the one before.
    Problem { back: bool },
    /// A text of so many bytes was refused before it was inserted; and what was to be inserted.
    TooLarge(f64, JsValue),
    /// A callout's button: put this in place of that.
    Fix(u32, u32, String),
    /// A line's number was clicked.
    Line(usize),
    /// A line is pointed at, or the cursor is on it; 0: none.
    Light(usize),
}

/// What the plain text box holds when the rich editor takes over.
pub struct Start {
    /// The text.
    pub text: String,
    /// Selected from here,
    pub from: u32,
    /// to here.
    pub to: u32,
    /// Has it the focus?
    pub focused: bool,
    /// No more bytes than this are taken.
    pub limit: usize,
}

/// The module, once it is here.
///
/// # Errors
/// When it can't be loaded; the plain text box stays then.
pub async fn load() -> Result<Loaded, JsValue> {
    let module = JsFuture::from(load_editor()?).await?;
    Ok(Loaded(module.unchecked_into()))
}

/// The module.
pub struct Loaded(Module);

impl Loaded {
    /// Puts the editor into `host`.
    ///
    /// # Errors
    /// When the browser is too old for it.
    pub fn mount(
        &self,
        host: &Element,
        start: &Start,
        tell: impl Fn(Told) + Clone + 'static,
    ) -> Result<CodeMirror, JsValue> {
        let begin = js_sys::Object::new();
        set(&begin, "text", &start.text.as_str().into())?;
        set(&begin, "from", &start.from.into())?;
        set(&begin, "to", &start.to.into())?;
        set(&begin, "focused", &start.focused.into())?;
        set(&begin, "limit", &(start.limit as f64).into())?;
        self.0.mount(host, &begin, &listeners(tell)?)
    }
}

fn listeners(tell: impl Fn(Told) + Clone + 'static) -> Result<js_sys::Object, JsValue> {
    let on = js_sys::Object::new();
    let t = tell.clone();
    let change = move |text: String, at_once: bool| t(Told::Text(text, at_once));
    let change = Closure::<dyn Fn(String, bool)>::new(change);
    set(&on, "change", &change.into_js_value())?;
    let t = tell.clone();
    let apply = Closure::<dyn Fn()>::new(move || t(Told::Apply));
    set(&on, "apply", &apply.into_js_value())?;
    let t = tell.clone();
    let problem = Closure::<dyn Fn(bool)>::new(move |back| t(Told::Problem { back }));
    set(&on, "problem", &problem.into_js_value())?;
    let t = tell.clone();
    let too_large = move |bytes: f64, text: JsValue| t(Told::TooLarge(bytes, text));
    let too_large = Closure::<dyn Fn(f64, JsValue)>::new(too_large);
    set(&on, "tooLarge", &too_large.into_js_value())?;
    let t = tell.clone();
    let fix = move |from: u32, to: u32, text: String| t(Told::Fix(from, to, text));
    let fix = Closure::<dyn Fn(u32, u32, String)>::new(fix);
    set(&on, "fix", &fix.into_js_value())?;
    let t = tell.clone();
    let light = Closure::<dyn Fn(u32)>::new(move |line: u32| t(Told::Light(line as usize)));
    set(&on, "light", &light.into_js_value())?;
    let line = Closure::<dyn Fn(u32)>::new(move |line: u32| tell(Told::Line(line as usize)));
    set(&on, "line", &line.into_js_value())?;
    Ok(on)
}

fn set(object: &js_sys::Object, name: &str, value: &JsValue) -> Result<(), JsValue> {
    js_sys::Reflect::set(object, &name.into(), value).map(|_| ())
}

/// UTF-16 units before byte `offset` of `text`.
pub fn units(text: &str, offset: usize) -> u32 {
    let before = text.get(..offset).unwrap_or(text);
    let units = if before.is_ascii() {
        before.len()
    } else {
        before.encode_utf16().count()
    };
    u32::try_from(units).unwrap_or(u32::MAX)
}

/// The byte of `text` that stands behind so many UTF-16 units.
pub fn byte(text: &str, units: u32) -> usize {
    let mut left = units as usize;
    let mut found = 0;
    for c in text.chars() {
        if left < c.len_utf16() {
            break;
        }
        left -= c.len_utf16();
        found += c.len_utf8();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_agree_beyond_ascii() {
        let text = "a: ü😀b";
        let b = text.find('b').unwrap();
        assert_eq!(units(text, b), 6);
        assert_eq!(byte(text, 6), b);
        assert_eq!(byte(text, 99), text.len());
    }
}
