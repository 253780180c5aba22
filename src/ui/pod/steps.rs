//! In which order a Pod's containers start, drawn: a column where there is room, else a strip.

use podarium::scene::{Anatomy, ContainerGlyph, Step, StepKind};
use yew::prelude::*;

use super::pen::{Anchor, dot, line, mono, rect, sans, text, words};
use crate::ui::markup::html;
use crate::ui::stage::{class_of, cut_middle, cut_sans, fitting, icon, wrap};

/// Width of the column.
pub const COLUMN: f64 = 190.0;

const BLOCK: f64 = 26.0;
/// Icon and margins of a block.
const AROUND: f64 = 40.0;

/// What stands beside a container's name.
fn word(step: &Step, glyph: &ContainerGlyph) -> String {
    match step.seconds {
        Some(seconds) => format!("{}, {seconds} s", glyph.word),
        None => glyph.word.to_string(),
    }
}

fn name(step: &Step) -> &'static str {
    match step.kind {
        StepKind::Init => "Init container",
        StepKind::Sidecar => "Sidecar",
        StepKind::Containers => "Containers",
    }
}

/// `Init container: migrate, exit 0, 3 s`
pub fn told(step: &Step) -> String {
    let each = step.containers.iter();
    let each = each.map(|one| format!("{}, {}", one.name, word(step, one)));
    format!("{}: {}", name(step), each.collect::<Vec<_>>().join("; "))
}

/// A container: icon, name, and its state where there is room.
fn block(step: &Step, glyph: &ContainerGlyph, x: f64, y: f64, width: f64) -> Html {
    let word = word(step, glyph);
    let beside = width - AROUND - mono(&glyph.name, 12.0);
    let word = cut_sans(&word, beside / 11.5);
    let room = fitting(width - AROUND + 8.0, 12.0);
    html! {
        <g class={["container", class_of(glyph.state), if glyph.solid { "" } else { "hollow" }]}
            data-container={glyph.name.to_string()}>
            { rect("block", x, y, width, BLOCK, 4.0) }
            { icon(glyph.state, glyph.backing_off, x + 8.0, y + 6.0, 14.0) }
            { words("name", x + 28.0, y + 17.0, &cut_middle(&glyph.name, room)) }
            if word.chars().count() > 3 {
                { text("word", Anchor::End, x + width - 8.0, y + 17.0, &word) }
            }
        </g>
    }
}

fn number(at: usize, x: f64, y: f64) -> Html {
    html! {
        <>
            { dot("step", x, y, 10.0) }
            { text("strong", Anchor::Middle, x, y + 4.0, &at.to_string()) }
        </>
    }
}

/// The column, and where it ends.
pub fn column(anatomy: &Anatomy, x: f64, top: f64) -> (Html, f64) {
    let mut y = top + 4.0;
    let mut parts = vec![words("strong", x, y + 6.0, "Start order")];
    y += 34.0;
    let first = y;
    let (left, size) = (x + 30.0, 12.0);
    let room = (COLUMN - 30.0) / size;
    let steps = anatomy.steps.len();
    for (at, step) in anatomy.steps.iter().enumerate() {
        let title = name(step);
        let note = match step.kind {
            StepKind::Init => "runs to the end, then the next",
            StepKind::Sidecar => "restartPolicy: Always: starts, and stays",
            StepKind::Containers if steps == 1 => "all of them at once",
            StepKind::Containers => "all of them, once those before are done",
        };
        parts.push(number(at + 1, x + 10.0, y));
        parts.push(words("strong", left, y + 4.0, title));
        y += 21.0;
        for row in wrap(note, room, 3) {
            parts.push(words("quiet", left, y, &row));
            y += 15.0;
        }
        y -= 6.0;
        for glyph in &step.containers {
            parts.push(block(step, glyph, left, y, COLUMN - 30.0));
            y += BLOCK + 5.0;
        }
        y += 20.0;
    }
    let (end, mut row) = (y, y + 4.0);
    parts.push(dot("step later", x + 10.0, end, 10.0));
    for words_of in wrap(&anatomy.ending, room, 6) {
        parts.push(words("quiet", left, row, &words_of));
        row += 15.0;
    }
    // Under the numbers.
    parts.insert(0, line("way", format!("M{0} {first}V{end}", x + 10.0)));
    (html! { <g class="steps">{ for parts }</g> }, row)
}

/// The strip, and where it ends.
pub fn strip(anatomy: &Anatomy, x: f64, top: f64, width: f64) -> (Html, f64) {
    let mut parts = vec![words("strong", x, top + 12.0, "Start order")];
    let (mut left, mut y) = (x, top + 22.0);
    if width > 480.0 {
        (left, y) = (x + 84.0, top - 6.0);
    }
    let begin = left;
    for (at, step) in anatomy.steps.iter().enumerate() {
        let kind = name(step);
        let numbered = 26.0 + sans(kind, 12.5) + 8.0;
        let most = x + width - begin;
        let wide = |glyph: &ContainerGlyph| {
            mono(&glyph.name, 12.0) + sans(&word(step, glyph), 11.5) + AROUND + 6.0
        };
        // A step stays together: what has no room beside those before it begins a line, and goes on below
        // its own first block.
        let whole: f64 = step.containers.iter().map(|one| wide(one) + 6.0).sum();
        if left > begin && left + numbered + whole.min(most - numbered) > x + width {
            (left, y) = (begin, y + BLOCK + 6.0);
        }
        parts.push(number(at + 1, left + 10.0, y + BLOCK / 2.0));
        parts.push(words("strong", left + 26.0, y + BLOCK / 2.0 + 4.0, kind));
        left += numbered;
        let hung = left;
        for glyph in &step.containers {
            let wide = wide(glyph).min(x + width - hung);
            if left + wide > x + width && left > hung {
                (left, y) = (hung, y + BLOCK + 6.0);
            }
            parts.push(block(step, glyph, left, y, wide));
            left += wide + 6.0;
        }
        left += 8.0;
    }
    y += BLOCK + 18.0;
    for row in wrap(&anatomy.ending, width / 12.0, 3) {
        parts.push(words("quiet", x, y, &row));
        y += 16.0;
    }
    (html! { <g class="steps">{ for parts }</g> }, y)
}
