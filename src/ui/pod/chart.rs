//! Rows of bars along time, with words in them where they fit, round lines and the playhead. Drawn in
//! pixels, so that no text is stretched; hidden from assistive technology, which has the same in words.

use podarium::cluster::SimTime;
use podarium::scene::{Axis, Fill, Part, Row, Span, State};
use yew::prelude::*;

use super::pen::{mono, sans};
use crate::ui::dom;
use crate::ui::markup::html;
use crate::ui::stage::{class_of, cut_middle, cut_sans, fitting, sans_width};

/// What is drawn.
pub struct Chart<'a> {
    pub rows: &'a [Row],
    pub axis: Axis,
    /// The moment that is shown.
    pub time: SimTime,
    /// Up to when it was lived.
    pub until: SimTime,
    /// Is there nothing to come?
    pub is_over: bool,
    /// Moments that have a number.
    pub flags: &'a [SimTime],
    /// In pixels.
    pub width: f64,
}

const BAR: f64 = 23.0;
const GAP: f64 = 8.0;
/// Between containers, phase, conditions and Services.
const GROUP: f64 = 8.0;
/// Names stand above their bars where it is narrower.
const STACKED_BELOW: f64 = 560.0;
const NAME: f64 = 17.0;
/// The axis with its words.
const FOOT: f64 = 24.0;
const TEXT: f64 = 12.0;
/// A pointer means the beginning of a bar if it is so near.
const NEAR: f64 = 6.0;

/// Where things are.
struct Ground {
    left: f64,
    across: f64,
    top: f64,
    stacked: bool,
}

impl Chart<'_> {
    fn ground(&self) -> Ground {
        let stacked = self.width < STACKED_BELOW;
        let longest = self.rows.iter().map(|row| match row.part {
            Part::Container => mono(&row.name, TEXT),
            _ => sans(&title(row), TEXT),
        });
        let longest = longest.fold(0.0, f64::max).clamp(60.0, 186.0);
        let left = if stacked { 1.0 } else { longest + 14.0 };
        Ground {
            left,
            across: self.width - left - 14.0,
            top: if self.flags.is_empty() { 14.0 } else { 28.0 },
            stacked,
        }
    }

    fn x(&self, ground: &Ground, at: SimTime) -> f64 {
        ground.left + self.axis.part(at) * ground.across
    }

    /// Top edges of the bars, and where the last one ends.
    fn places(&self, ground: &Ground) -> (Vec<f64>, f64) {
        let mut y = ground.top;
        let mut before = None;
        let mut places = Vec::new();
        for row in self.rows {
            if before.is_some_and(|part| part != row.part) && !ground.stacked {
                y += GROUP;
            }
            before = Some(row.part);
            y += if ground.stacked { NAME } else { 0.0 };
            places.push(y);
            y += BAR + GAP;
        }
        (places, y)
    }

    /// A click goes to a moment: to the beginning of a bar, if one is near.
    fn clicked(&self, ground: &Ground, on_seek: &Callback<SimTime>) -> Callback<MouseEvent> {
        let (left, across, axis, until) = (ground.left, ground.across, self.axis, self.until);
        let width = self.width;
        let spans = self.rows.iter().flat_map(|row| &row.spans);
        let starts: Vec<(SimTime, f64)> = spans
            .map(|span| (span.from, self.x(ground, span.from)))
            .collect();
        let on_seek = on_seek.clone();
        Callback::from(move |event: MouseEvent| {
            let Some(svg) = dom::around(&event, ".chart") else {
                return;
            };
            // In a presentation it is drawn larger than it is measured.
            let rect = svg.get_bounding_client_rect();
            let x = (f64::from(event.client_x()) - rect.left()) * width / rect.width().max(1.0);
            if x < left - NEAR {
                return;
            }
            let mut nearest = None::<(SimTime, f64)>;
            for (at, start) in &starts {
                let far = (start - x).abs();
                if far <= NEAR && nearest.is_none_or(|(_, least)| far < least) {
                    nearest = Some((*at, far));
                }
            }
            let part = ((x - left) / across).clamp(0.0, 1.0);
            let length = (axis.to.0 - axis.from.0) as f64;
            let there = SimTime(axis.from.0 + (part * length) as i64);
            on_seek.emit(nearest.map_or(there, |(at, _)| at).min(until));
        })
    }
}

/// What a row is called.
fn title(row: &Row) -> String {
    match row.part {
        Part::Container => row.name.to_string(),
        Part::Phase => "Pod phase".into(),
        Part::Condition if &*row.name == "Ready" => "Pod Ready".into(),
        Part::Condition => row.name.to_string(),
        Part::Service => format!("in Service {}", row.name),
        Part::Deletion => "Deletion".into(),
    }
}

/// The drawing; a click in it goes to a moment.
pub fn chart(chart: &Chart, on_seek: &Callback<SimTime>) -> Html {
    let ground = chart.ground();
    let (places, bottom) = chart.places(&ground);
    let x = |at| chart.x(&ground, at);
    let lived = x(chart.until);
    let shown = chart.axis.from <= chart.time && chart.time <= chart.axis.to;
    let area = |class: &'static str, from: f64, to: f64| {
        html! {
            <rect {class} x={from} y={ground.top - 4.0} width={(to - from).max(0.0)}
                height={bottom - ground.top} />
        }
    };
    html! {
        <svg class="chart" width={chart.width} height={bottom + FOOT} aria-hidden="true"
            onclick={chart.clicked(&ground, on_seek)}>
            { lines(chart, &ground, bottom) }
            for (row, y) in chart.rows.iter().zip(&places) {
                { named(chart, row, &ground, *y) }
                for span in &row.spans {
                    { bar(span, x(span.from), x(span.to.unwrap_or(chart.until)), *y) }
                }
            }
            if shown { { area("after", x(chart.time), lived) } }
            if !chart.is_over { { area("future", lived, ground.left + ground.across) } }
            if !chart.flags.is_empty() { { joint(chart, &ground, &places) } }
            if shown { { playhead(x(chart.time), ground.top, bottom) } }
            { flags(chart, &ground) }
        </svg>
    }
}

fn lines(chart: &Chart, ground: &Ground, bottom: f64) -> Html {
    let all = chart.axis.lines();
    let last = all.len().saturating_sub(1);
    // Every second one has words where there is no room for each.
    let every = if ground.across < 52.0 * last as f64 {
        2
    } else {
        1
    };
    let anchor = |number: usize| match number {
        0 if ground.stacked => "start",
        number if number == last => "end",
        _ => "middle",
    };
    html! {
        <g class="lines">
            for (number, (at, words)) in all.into_iter().enumerate() {
                <line x1={chart.x(ground, at)} x2={chart.x(ground, at)} y1={ground.top - 4.0} y2={bottom - 4.0} />
                if number % every == 0 {
                    <text x={chart.x(ground, at)} y={bottom + 12.0} text-anchor={anchor(number)}>{ words }</text>
                }
            }
        </g>
    }
}

/// A row's name, and how often its container was started again by the moment that is shown.
fn named(chart: &Chart, row: &Row, ground: &Ground, y: f64) -> Html {
    let at = row.spans.iter().rev().find(|span| span.from <= chart.time);
    let restarts = match at.map_or(0, |span| span.restarts) {
        0 => String::new(),
        1 => "1 restart".into(),
        number => format!("{number} restarts"),
    };
    let class = match row.part {
        Part::Container => "row-name mono",
        Part::Condition if &*row.name == "Ready" => "row-name ready",
        _ => "row-name",
    };
    let name = match row.part {
        Part::Container => cut_middle(&row.name, fitting(186.0, TEXT)),
        _ => cut_sans(&title(row), 186.0 / TEXT),
    };
    if ground.stacked {
        let name = match restarts.is_empty() {
            true => name,
            false => format!("{name}, {restarts}"),
        };
        return html! { <text {class} x="0" y={y - 5.0}>{ name }</text> };
    }
    let (right, middle) = (ground.left - 10.0, y + BAR / 2.0 + 4.0);
    if restarts.is_empty() {
        return html! { <text {class} x={right} y={middle} text-anchor="end">{ name }</text> };
    }
    html! {
        <>
            <text {class} x={right} y={middle - 6.0} text-anchor="end">{ name }</text>
            <text class="restarts" x={right} y={middle + 7.0} text-anchor="end">{ restarts }</text>
        </>
    }
}

/// What a bar with so much room says of itself: its word, the first part of that, a shorter one, most of its letters, or
/// nothing. The list beside has all of them.
fn word_within(span: &Span, room: f64) -> String {
    const MOST: f64 = 0.7;
    let whole = &*span.word;
    // Of `ready: false` the answer, of `False ContainersNotReady` what comes before its reason.
    let first = match whole.split_once(": ") {
        Some((_, answer)) => answer,
        None => whole.split(' ').next().unwrap_or_default(),
    };
    let short = if span.state == Some(State::Wait) {
        "waiting"
    } else {
        ""
    };
    let mut known = [whole, first, short].into_iter();
    match known.find(|word| sans_width(word) <= room) {
        Some(word) if !word.is_empty() => word.into(),
        _ if room >= MOST * sans_width(whole) => cut_sans(whole, room),
        _ => String::new(),
    }
}

fn bar(span: &Span, from: f64, to: f64, y: f64) -> Html {
    let width = (to - from).max(2.0);
    let fill = match span.fill {
        Fill::Solid => "solid",
        Fill::Hollow => "hollow",
        Fill::Hatched => "hatched",
        Fill::Several(_) => "several",
    };
    let word = word_within(span, (width - 14.0) / TEXT);
    html! {
        <g class={["bar", fill, span.state.map_or("plain", class_of)]}>
            <rect x={from} {y} {width} height={BAR} rx="2" />
            if matches!(span.fill, Fill::Hatched | Fill::Several(_)) {
                <rect class="over" x={from} {y} {width} height={BAR} rx="2" />
            }
            if !word.is_empty() {
                <text x={from + 8.0} y={y + BAR / 2.0 + 4.2}>{ word }</text>
            }
        </g>
    }
}

fn playhead(x: f64, top: f64, bottom: f64) -> Html {
    html! {
        <g class="playhead">
            <path d={format!("M{} {}h11v5l-5.5 5.5-5.5-5.5z", x - 5.5, top - 13.0)} />
            <line x1={x} x2={x} y1={top - 4.0} y2={bottom - 2.0} />
        </g>
    }
}

/// Where the Pod turned Ready with its last container: in one step, as a line from one to the other.
fn joint(chart: &Chart, ground: &Ground, places: &[f64]) -> Html {
    let turned = chart.rows.iter().find(|row| &*row.name == "Ready");
    let mut ready = turned.into_iter().flat_map(|row| &row.spans);
    let Some(at) = ready.find(|span| &*span.word == "True") else {
        return Html::default();
    };
    let at = at.from;
    let begins = |row: &Row| row.spans.iter().any(|span| span.from == at);
    let ends = |row: &&Row| row.part == Part::Container || &*row.name == "Ready";
    let dots = chart.rows.iter().zip(places);
    let dots = dots.filter(|(row, _)| ends(row) && begins(row));
    let dots: Vec<f64> = dots.map(|(_, y)| y + BAR / 2.0).collect();
    let (Some(first), Some(last)) = (dots.first(), dots.last()) else {
        return Html::default();
    };
    let x = chart.x(ground, at);
    html! {
        <g class="joint">
            <line x1={x} x2={x} y1={*first} y2={*last} />
            { for dots.iter().enumerate().map(|(number, y)| html! { <circle key={number} cx={x} cy={*y} r="3.5" /> }) }
        </g>
    }
}

/// Numbers in circles: one beside the other where two moments are close. That of the moment that is shown
/// is filled.
fn flags(chart: &Chart, ground: &Ground) -> Html {
    const R: f64 = 8.5;
    let reached = chart.flags.iter().rposition(|at| *at <= chart.time);
    let mut free = 0.0;
    html! {
        <g class="flags">
            { for chart.flags.iter().enumerate().map(|(number, at)| {
                let x = chart.x(ground, *at).max(free);
                free = x + 2.0 * R + 1.0;
                let class = if reached == Some(number) { "flag current" } else { "flag" };
                html! {
                    <g key={number} {class}>
                        <circle cx={x} cy="10" r={R} />
                        <text {x} y="14" text-anchor="middle">{ (number + 1).to_string() }</text>
                    </g>
                }
            }) }
        </g>
    }
}

#[cfg(test)]
mod tests {
    use podarium::cluster::SimTime;

    use super::*;

    #[test]
    fn a_bar_without_room_for_its_word_never_says_the_opposite() {
        let within = |word: &str, state, letters: f64| {
            let span = Span {
                from: SimTime::ZERO,
                to: None,
                state,
                fill: Fill::Solid,
                word: word.into(),
                restarts: 0,
            };
            word_within(&span, letters * 0.62)
        };
        assert_eq!(within("ready: false", None, 99.0), "ready: false");
        assert_eq!(within("ready: false", None, 6.0), "false");
        assert_eq!(within("False ContainersNotReady", None, 8.0), "False");
        assert_eq!(
            within("ContainerCreating", Some(State::Wait), 8.0),
            "waiting"
        );
        assert_eq!(within("Running", Some(State::Run), 2.0), "");
        assert!(within("CrashLoopBackOff", Some(State::Fail), 14.0).starts_with("Crash"));
    }
}
