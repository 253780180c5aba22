//! The text itself: a plain text box at once, and the rich editor in its place when it has come;
//! text, selection and focus go over from one to the other.

use podarium::manifest::Limit;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlTextAreaElement, InputEvent, KeyboardEvent};
use yew::prelude::*;

use crate::ui::dom;
use crate::ui::markup::html;

use super::code_mirror::{self, CodeMirror, Loaded, Start, Told, byte, units};

/// Where the text is typed.
#[derive(Default)]
pub struct TextBox {
    area: NodeRef,
    host: NodeRef,
    rich: Option<CodeMirror>,
}

impl TextBox {
    /// Puts the rich editor in the plain one's place; the plain one stays if the browser is too old.
    pub fn enrich(&mut self, loaded: &Loaded, text: &str, tell: Callback<Told>) {
        let Some(host) = self.host.cast::<Element>() else {
            return;
        };
        let area = self.area.cast::<HtmlTextAreaElement>();
        let selected =
            |end: fn(&HtmlTextAreaElement) -> Option<u32>| area.as_ref().and_then(end).unwrap_or(0);
        let start = Start {
            text: text.into(),
            from: selected(|area| area.selection_start().ok().flatten()),
            to: selected(|area| area.selection_end().ok().flatten()),
            focused: area.as_ref().is_some_and(|area| is_focused(area)),
            limit: Limit::BYTES,
        };
        self.rich = loaded
            .mount(&host, &start, move |told| tell.emit(told))
            .ok();
    }

    /// Has the rich editor come?
    pub fn is_rich(&self) -> bool {
        self.rich.is_some()
    }

    /// Byte of `text` at which the cursor stands.
    pub fn cursor(&self, text: &str) -> usize {
        let area = self.area.cast::<HtmlTextAreaElement>();
        let units = match (&self.rich, area) {
            (Some(rich), _) => rich.cursor(),
            (None, Some(area)) => area.selection_end().ok().flatten().unwrap_or(0),
            (None, None) => 0,
        };
        byte(text, units)
    }

    /// Moves the cursor to a byte of `text`, shows it, and focuses it.
    pub fn move_to(&self, text: &str, offset: usize) {
        let offset = units(text, offset);
        if let Some(rich) = &self.rich {
            rich.move_to(offset);
        } else if let Some(area) = self.area.cast::<HtmlTextAreaElement>() {
            // A place inside its own text can't be refused.
            let _ = area.set_selection_range(offset, offset);
            let _ = area.focus();
        }
    }

    /// Puts another text in place of the whole one; the rich editor's own undo brings it back.
    pub fn set_text(&self, text: &str) {
        if let Some(rich) = &self.rich {
            rich.set_text(text);
        }
    }

    /// Puts a text in place of these UTF-16 units.
    pub fn replace(&self, from: u32, to: u32, text: &str) {
        if let Some(rich) = &self.rich {
            rich.replace(from, to, text);
        }
    }

    /// Marks what is to be marked.
    pub fn set_marks(&self, marks: &str) {
        if let Some(rich) = &self.rich {
            rich.set_marks(marks);
        }
    }

    /// Both boxes' place.
    pub fn view(&self, text: &str, tell: &Callback<Told>) -> Html {
        let entry = self.is_rich().then_some("");
        html! {
            <div class="text">
                <div ref={self.host.clone()} class="rich" data-entry={entry} />
                if !self.is_rich() {
                    { self.plain(text, tell) }
                }
            </div>
        }
    }

    fn plain(&self, text: &str, tell: &Callback<Told>) -> Html {
        let area = self.area.clone();
        let before = text.len();
        let input = tell.reform(move |_: InputEvent| {
            let text = area
                .cast::<HtmlTextAreaElement>()
                .map_or_else(String::new, |area| area.value());
            let at_once = text.len().abs_diff(before) > 1;
            Told::Text(text, at_once)
        });
        let keys = {
            let tell = tell.clone();
            Callback::from(move |event: KeyboardEvent| match &*event.key() {
                "Enter" if event.ctrl_key() || event.meta_key() => {
                    event.prevent_default();
                    tell.emit(Told::Apply);
                }
                "F8" => tell.emit(Told::Problem {
                    back: event.shift_key(),
                }),
                _ => {}
            })
        };
        let paste = {
            let tell = tell.clone();
            Callback::from(move |event: Event| {
                let data = event
                    .dyn_ref::<web_sys::ClipboardEvent>()
                    .and_then(|event| event.clipboard_data());
                let pasted = data
                    .and_then(|data| data.get_data("text/plain").ok())
                    .unwrap_or_default();
                if pasted.len() + before > Limit::BYTES {
                    event.prevent_default();
                    let bytes = (pasted.len() + before) as f64;
                    tell.emit(Told::TooLarge(bytes, pasted.into()));
                }
            })
        };
        html! {
            <textarea
                ref={self.area.clone()} data-entry="" aria-label="Manifest" value={text.to_string()}
                placeholder="Type or paste a manifest" spellcheck="false" autocapitalize="off"
                oninput={input} onkeydown={keys} onpaste={paste}
            />
        }
    }
}

impl Drop for TextBox {
    fn drop(&mut self) {
        if let Some(rich) = &self.rich {
            rich.destroy();
        }
    }
}

/// Loads the rich editor.
pub async fn load() -> Option<Loaded> {
    code_mirror::load().await.ok()
}

fn is_focused(element: &Element) -> bool {
    dom::focused().as_ref() == Some(element)
}
