//! Region "Manifest": what a person types, what is wrong with it, and what became of it.

use std::rc::Rc;

use podarium::cluster::{Answer, InputId};
use yew::prelude::*;

/// What the editor is told, and what it tells.
#[derive(Clone, PartialEq, Properties)]
pub struct EditorProps {
    /// What it holds at first.
    pub start: Rc<str>,
    /// What the last Apply was answered.
    pub answer: Option<(InputId, Rc<Answer>)>,
    /// Is time stopped?
    pub paused: bool,
    /// Is a moment shown that is not the present?
    pub in_past: bool,
    /// Lines of the selected object's manifest, counted from 1.
    pub marks: Vec<usize>,
    /// A line to go to, counted from 1, and a number that differs each time.
    pub go_to: Option<(usize, u32)>,
    /// A manifest without a problem is to be applied.
    pub on_apply: Callback<Rc<str>>,
    /// A manifest is to replace what it names.
    pub on_replace: Callback<Rc<str>>,
    /// The text is another one.
    pub on_text: Callback<Rc<str>>,
    /// Something to be said aloud.
    pub announce: Callback<AttrValue>,
}

/// Region "Manifest".
#[component]
pub fn Editor(props: &EditorProps) -> Html {
    html! { <section class="manifest" aria-label="Manifest">{ &*props.start }</section> }
}

/// Lines of `text` that name the object `key`, counted from 1.
pub fn lines_of(_text: &str, _key: &podarium::api::ObjectKey) -> Vec<usize> {
    Vec::new()
}

/// The line on which a document of `text` begins, counted from 1.
pub fn line_of_document(text: &str, document: u32) -> usize {
    let starts = text
        .split_inclusive('\n')
        .enumerate()
        .filter(|(_, line)| line.starts_with("---"));
    match document {
        0 => 1,
        number => starts
            .map(|(line, _)| line + 2)
            .nth(number as usize - 1)
            .unwrap_or(1),
    }
}
