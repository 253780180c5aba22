//! Lines and text of the Pod's drawing.

use yew::prelude::*;

use crate::ui::markup::html;
use crate::ui::stage::{MONO, sans_width};

/// A place of text.
#[derive(Clone, Copy)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// Text at a place.
pub fn text(class: &'static str, anchor: Anchor, x: f64, y: f64, words: &str) -> Html {
    let anchor = match anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    html! { <text {class} x={x.to_string()} y={y.to_string()} text-anchor={anchor}>{ words }</text> }
}

/// Text that begins at a place.
pub fn words(class: &'static str, x: f64, y: f64, words: &str) -> Html {
    text(class, Anchor::Start, x, y, words)
}

/// A line.
pub fn line(class: &'static str, d: String) -> Html {
    html! { <path {class} {d} /> }
}

/// A box.
pub fn rect(class: &'static str, x: f64, y: f64, width: f64, height: f64, rx: f64) -> Html {
    html! {
        <rect {class} x={x.to_string()} y={y.to_string()} rx={rx.to_string()}
            width={width.max(0.0).to_string()} height={height.max(0.0).to_string()} />
    }
}

/// A dot.
pub fn dot(class: &'static str, x: f64, y: f64, r: f64) -> Html {
    html! { <circle {class} cx={x.to_string()} cy={y.to_string()} r={r.to_string()} /> }
}

/// How wide text of the mono font is.
pub fn mono(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * MONO * size
}

/// How wide text of the other font is.
pub fn sans(text: &str, size: f64) -> f64 {
    sans_width(text) * size
}
