//! A Pod's volumes, drawn: a drum each, and a line that ends at each container that mounts it, with the path
//! and the mode on it, and the file that goes along it. Where containers stand in several rows, the same in
//! words.

use std::rc::Rc;

use podarium::cluster::kubelet::FileUse;
use podarium::scene::{Anatomy, Drum, MountLine, Rect};
use yew::prelude::*;

use super::pen::{Anchor, dot, line, sans, text, words};
use crate::ui::editor::count;
use crate::ui::markup::html;
use crate::ui::stage::{cut_middle, cut_sans, fitting};

const ROW: f64 = 78.0;
/// Between the lines of one container.
const LANE: f64 = 14.0;
const HIGH: f64 = 50.0;

/// `emptyDir, 4 files`
fn note(drum: &Drum) -> String {
    match drum.files {
        Some(files) => format!("{}, {}", drum.kind, count(files, "file")),
        None => drum.kind.to_string(),
    }
}

/// The drum itself.
fn shape(drum: &Drum, x: f64, y: f64, width: f64) -> Html {
    let (r, low) = (width / 2.0, y + HIGH - 7.0);
    let body = format!("M{x} {0}V{low}a{r} 7 0 0 0 {width} 0V{0}", y + 7.0);
    let lid = format!(
        "M{x} {0}a{r} 7 0 0 1 {width} 0a{r} 7 0 0 1 -{width} 0z",
        y + 7.0
    );
    let middle = x + r;
    let whole = note(drum);
    let room = width - 10.0;
    // How many files it holds is left to the title where there is no room.
    let said = match sans(&whole, 12.0) <= room {
        true => whole.clone(),
        false => cut_sans(&drum.kind, room / 12.0),
    };
    html! {
        <g class="drum">
            <title>{ format!("{}: {whole}", drum.name) }</title>
            { line("side", body) }
            { line("lid", lid) }
            { text("code strong", Anchor::Middle, middle, y + 29.0, &cut_middle(&drum.name, fitting(width - 12.0, 12.0))) }
            { text("quiet", Anchor::Middle, middle, y + 43.0, &said) }
        </g>
    }
}

/// `/logs, read-only`
fn mounted(mount: &MountLine, width: f64) -> String {
    let mode = if mount.read_only { ", read-only" } else { "" };
    let sub = match &*mount.sub_path {
        "" => String::new(),
        sub => format!(" (of it {sub})"),
    };
    let room = fitting(width, 11.5).saturating_sub(mode.len());
    format!(
        "{}{mode}",
        cut_middle(&format!("{}{sub}", mount.path), room.max(5))
    )
}

/// What a container does with a file of the volume now, else what it did last: `wrote access.log`.
fn used(anatomy: &Anatomy, drum: &Drum, who: &str, width: f64) -> Option<(&'static str, String)> {
    let is_its = |one: &&Rc<FileUse>| *one.who == *who && one.volume == drum.name;
    let now = anatomy.file.as_ref().filter(is_its);
    let one = now.or_else(|| drum.uses.iter().find(is_its))?;
    let (class, how) = match (now, one.wrote) {
        (Some(_), true) => ("use now", "writes "),
        (Some(_), false) => ("use now", "reads "),
        (None, true) => ("use", "wrote "),
        (None, false) => ("use", "read "),
    };
    let room = fitting(width, 11.5).saturating_sub(how.len()).max(5);
    Some((class, format!("{how}{}", cut_middle(&one.path, room))))
}

/// Filled, to the drum: is written. Hollow, from it: is read.
fn parcel(wrote: bool, x: f64, y: f64) -> Html {
    let top = y - 6.0;
    match wrote {
        true => line("file", format!("M{x} {top}h16l7 6l-7 6h-16z")),
        false => line("file read", format!("M{} {top}h-16l-7 6l7 6h16z", x + 23.0)),
    }
}

/// Lines to the cards, which stand side by side; and where it ends.
pub fn wired(anatomy: &Anatomy, cards: &[Rect], top: f64) -> (Html, f64) {
    let column = |name: &str| {
        let mut all = anatomy.cards.iter();
        all.position(|card| &*card.glyph.name == name)
    };
    // Those whose lines don't meet share a row.
    let mut rows: Vec<Vec<(usize, usize)>> = Vec::new();
    let mut placed = Vec::new();
    for drum in &anatomy.volumes {
        let at: Vec<(usize, &MountLine)> = drum
            .mounts
            .iter()
            .filter_map(|mount| Some((column(&mount.container)?, mount)))
            .collect();
        let first = at.iter().map(|(at, _)| *at).min().unwrap_or_default();
        let last = at.iter().map(|(at, _)| *at).max().unwrap_or_default();
        let is_free = |row: &Vec<(usize, usize)>| row.iter().all(|(a, b)| last < *a || first > *b);
        let row = rows.iter().position(is_free).unwrap_or(rows.len());
        if row == rows.len() {
            rows.push(Vec::new());
        }
        rows[row].push((first, last));
        placed.push((drum, at, row, last));
    }
    // From the highest row on: what goes down past it leaves a gap in its lines.
    let mut lines = vec![Vec::new(); rows.len()];
    let mut shapes = Vec::new();
    // What is done with files has a line of its own above the drums.
    let is_used = anatomy.volumes.iter().any(|drum| !drum.uses.is_empty());
    let lower = if is_used { 16.0 } else { 0.0 };
    let high = ROW + lower;
    for (drum, at, row, last) in &placed {
        let y = top + *row as f64 * high;
        let home = cards[*last];
        let wide = (home.width - 76.0).clamp(90.0, 150.0);
        let left = home.x + home.width - wide - 4.0;
        let middle = y + 24.0 + lower + HIGH / 2.0;
        for (of, mount) in at {
            // Those that go further down stand further left.
            let card = cards[*of];
            let below = rows.len() - 1 - row;
            let x = card.x + 16.0 + below as f64 * LANE;
            let from = card.y + card.height;
            if *row > 0 {
                lines[*row].push(line("gap", format!("M{x} {}V{}", from + 6.0, middle - 6.0)));
            }
            lines[*row].push(line("wire", format!("M{x} {from}V{middle}H{left}")));
            lines[*row].push(dot("end", x, from, 3.5));
            let room = card.width - (x - card.x) - 10.0;
            if let Some((class, said)) = used(anatomy, drum, &mount.container, room) {
                shapes.push(words(class, x + 8.0, y + 31.0, &said));
            }
            let is_its = |one: &&Rc<FileUse>| one.who == mount.container && one.volume == drum.name;
            if let Some(one) = anatomy.file.as_ref().filter(is_its) {
                shapes.push(parcel(one.wrote, x + 24.0, middle));
            }
            shapes.push(words("code", x + 8.0, y + 15.0, &mounted(mount, room)));
        }
        shapes.push(shape(drum, left, y + 24.0 + lower, wide));
        if at.is_empty() {
            let said = steps_only(drum);
            shapes.push(text("quiet", Anchor::End, left - 8.0, middle + 4.0, &said));
        }
    }
    let ends = top + rows.len() as f64 * high;
    (
        html! { <g class="volumes">{ for lines.into_iter().flatten() }{ for shapes }</g> },
        ends,
    )
}

fn steps_only(drum: &Drum) -> String {
    match drum.mounts.first() {
        None => "mounted nowhere".into(),
        Some(mount) => format!("in {}", mount.container),
    }
}

/// The same in words; and where it ends.
pub fn listed(anatomy: &Anatomy, x: f64, top: f64, width: f64) -> (Html, f64) {
    let mut parts = Vec::new();
    let mut y = top + 4.0;
    let wide = (width * 0.4).clamp(100.0, 150.0);
    let (left, room) = (x + wide + 16.0, width - wide - 16.0);
    for drum in &anatomy.volumes {
        parts.push(shape(drum, x, y, wide));
        let mut row = y + 14.0;
        for mount in &drum.mounts {
            parts.push(words(
                "strong",
                left,
                row,
                &cut_sans(&mount.container, room / 12.0),
            ));
            parts.push(words("code", left, row + 15.0, &mounted(mount, room)));
            row += 34.0;
            if let Some((class, said)) = used(anatomy, drum, &mount.container, room) {
                parts.push(words(class, left, row - 4.0, &said));
                row += 15.0;
            }
        }
        if drum.mounts.is_empty() {
            parts.push(words("quiet", left, y + 30.0, "mounted nowhere"));
        }
        y = (y + HIGH + 12.0).max(row);
    }
    (html! { <g class="volumes">{ for parts }</g> }, y)
}
