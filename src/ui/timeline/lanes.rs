//! Lanes of what happened, flags, the playhead: the slider "Time". Three zones: lived, lived after
//! the playhead, not lived (hatched; nobody can go there but by playing).

use std::rc::Rc;

use podarium::cluster::{Input, SimTime};
use wasm_bindgen::JsCast;
use yew::prelude::*;

use super::marks::{LANES, Marks, input_words};
use super::{TimelineDeed, on_some};
use crate::ui::shot::Shot;

/// What the lanes are told, and what they tell.
#[derive(Clone, PartialEq, Properties)]
pub struct LanesProps {
    /// The world at the present.
    pub present: Shot,
    /// What was done and when.
    pub inputs: Rc<Vec<(SimTime, Input)>>,
    /// The moment that is shown.
    pub time: SimTime,
    /// Up to when the world has lived.
    pub now: SimTime,
    /// A person wants something of time.
    pub on_deed: Callback<TimelineDeed>,
}

/// The drawing's own width; it is stretched to the region's.
const WIDTH: f64 = 1_000.0;
const LANE: f64 = 13.0;
const TOP: f64 = 18.0;
const HEIGHT: f64 = TOP + LANE * 6.0 + 4.0;
/// Lengths of the window of time, in seconds: it grows in steps, so that marks seldom move.
const WINDOWS: [f64; 12] = [
    20.0, 60.0, 120.0, 300.0, 600.0, 1_200.0, 3_600.0, 7_200.0, 21_600.0, 86_400.0, 604_800.0, 1e8,
];

/// How many seconds the lanes show.
fn window_of(now: SimTime) -> f64 {
    let lived = now.as_seconds();
    WINDOWS
        .into_iter()
        .find(|window| lived <= window * 0.9)
        .unwrap_or(1e9)
}

/// Six lanes and the slider.
#[component]
pub fn Lanes(props: &LanesProps) -> Html {
    let window = window_of(props.now);
    let track = use_node_ref();
    let seek_at = {
        let (track, now) = (track.clone(), props.now);
        on_some(&props.on_deed, move |event: PointerEvent| {
            let rect = track.cast::<web_sys::Element>()?.get_bounding_client_rect();
            let part = (f64::from(event.client_x()) - rect.left()) / rect.width().max(1.0);
            let time = SimTime::from_seconds(part.clamp(0.0, 1.0) * window);
            Some(TimelineDeed::Seek(time.min(now)))
        })
    };
    let down = {
        let seek_at = seek_at.clone();
        Callback::from(move |event: PointerEvent| {
            let slider = event
                .current_target()
                .and_then(|t| t.dyn_into::<web_sys::HtmlElement>().ok());
            if let Some(slider) = slider {
                // Without capture the playhead is only harder to drag.
                let _ = slider.set_pointer_capture(event.pointer_id());
                let _ = slider.focus();
            }
            seek_at.emit(event);
        })
    };
    let moved = Callback::from(move |event: PointerEvent| {
        if event.buttons() & 1 == 1 {
            seek_at.emit(event);
        }
    });
    let pressed = keys(props);
    let time = props.time.as_seconds();
    html! {
        <div class="lanes">
            <ol class="lane-names" aria-hidden="true">
                { for LANES.into_iter().map(|name| html! { <li key={name}>{ name }</li> }) }
            </ol>
            <div class="track" ref={track} role="slider" tabindex="0" aria-label="Time"
                aria-valuemin="0" aria-valuemax={format!("{:.1}", props.now.as_seconds())}
                aria-valuenow={format!("{time:.1}")} aria-valuetext={props.time.to_string()}
                onpointerdown={down} onpointermove={moved} onkeydown={pressed}>
                <svg width="100%" height={HEIGHT.to_string()} viewBox={format!("0 0 {WIDTH} {HEIGHT}")}
                    preserveAspectRatio="none" aria-hidden="true">
                    <Background {window} />
                    <Ticks present={props.present.clone()} {window} />
                </svg>
                { zones(props, window) }
                <Spans present={props.present.clone()} until={props.now} {window} />
                <Flags present={props.present.clone()} inputs={props.inputs.clone()} {window} />
                { playhead(props.time, window) }
            </div>
        </div>
    }
}

fn keys(props: &LanesProps) -> Callback<KeyboardEvent> {
    let (time, now) = (props.time, props.now);
    on_some(&props.on_deed, move |event: KeyboardEvent| {
        let by = |seconds: f64| SimTime((time.0 + (seconds * 1e6) as i64).clamp(0, now.0));
        let to = match &*event.key() {
            "ArrowLeft" | "ArrowDown" => by(-0.1),
            "ArrowRight" | "ArrowUp" => by(0.1),
            "PageDown" => by(-5.0),
            "PageUp" => by(5.0),
            "Home" => SimTime::ZERO,
            "End" => SimTime::MAX,
            _ => return None,
        };
        event.prevent_default();
        Some(TimelineDeed::Seek(to))
    })
}

/// How far along the window a moment is, in percent.
fn percent_of(time: SimTime, window: f64) -> f64 {
    (time.as_seconds() / window * 100.0).clamp(0.0, 100.0)
}

/// Not stretched with the drawing, so that the hatching stays even.
fn zones(props: &LanesProps, window: f64) -> Html {
    let (at, now) = (
        percent_of(props.time, window),
        percent_of(props.now, window),
    );
    let rect = |class: &'static str, from: f64, to: f64| {
        html! {
            <rect {class} x={format!("{from}%")} y={TOP.to_string()} width={format!("{}%", (to - from).max(0.0))}
                height={(LANE * 6.0).to_string()} />
        }
    };
    html! {
        <svg class="zones" width="100%" height={HEIGHT.to_string()} aria-hidden="true">
            { rect("after", at, now) }
            { rect("future", now, 100.0) }
        </svg>
    }
}

/// Not stretched with the drawing, so that it stays a line.
fn playhead(time: SimTime, window: f64) -> Html {
    let percent = percent_of(time, window);
    html! {
        <svg class="playhead" width="100%" height={HEIGHT.to_string()} aria-hidden="true">
            <svg x={format!("{percent}%")} width="1" height={HEIGHT.to_string()} overflow="visible">
                <path d={format!("M-5.5 {0}h11v5.5l-5.5 5-5.5-5z", TOP - 4.0)} />
                <line x1="0" x2="0" y1={(TOP - 18.0).to_string()} y2={(HEIGHT - 2.0).to_string()} />
            </svg>
        </svg>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct BackgroundProps {
    window: f64,
}

/// Lane lines and a line for each tenth of the window.
#[component]
fn Background(props: &BackgroundProps) -> Html {
    let _ = props.window;
    let bottom = TOP + LANE * 6.0;
    html! {
        <g class="grid">
            { for (0..=6).map(|lane| {
                let y = TOP + LANE * f64::from(lane);
                html! { <line key={lane} x1="0" x2={WIDTH.to_string()} y1={y.to_string()} y2={y.to_string()} /> }
            }) }
            { for (1..10).map(|part| {
                let x = WIDTH / 10.0 * f64::from(part);
                html! { <line key={part + 10} x1={x.to_string()} x2={x.to_string()} y1={TOP.to_string()} y2={bottom.to_string()} /> }
            }) }
        </g>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct TicksProps {
    present: Shot,
    window: f64,
}

/// One path of all ticks.
#[component]
fn Ticks(TicksProps { present, window }: &TicksProps) -> Html {
    let marks = use_mut_ref(Marks::default);
    let mut marks = marks.borrow_mut();
    let a_second = WIDTH / window / 2.0;
    marks.follow(present, a_second);
    let mut path = String::new();
    for (lane, column) in &marks.ticks {
        let (x, y) = (*column as f64 * 2.0 + 1.0, TOP + LANE * *lane as f64 + 3.0);
        path.push_str(&format!("M{x} {y}v7"));
    }
    html! { <path class="ticks" d={path} /> }
}

#[derive(Clone, PartialEq, Properties)]
struct SpansProps {
    present: Shot,
    /// Up to where a span goes that is not over.
    until: SimTime,
    window: f64,
}

/// What kubelets worked at, in their lane: a bar from binding to Ready, in the Pod's states.
#[component]
fn Spans(
    SpansProps {
        present,
        until,
        window,
    }: &SpansProps,
) -> Html {
    let marks = use_mut_ref(Marks::default);
    let mut marks = marks.borrow_mut();
    marks.follow(present, 1.0);
    let open = marks
        .open
        .values()
        .map(|(since, class)| (*since, *until, *class));
    let spans = merged(marks.spans.iter().copied().chain(open).collect());
    let y = (TOP + LANE * 4.0 + 3.5).to_string();
    html! {
        <svg class="spans" width="100%" height={HEIGHT.to_string()} aria-hidden="true">
            for (number, (from, to, class)) in spans.into_iter().enumerate() {
                <rect key={number} {class} x={format!("{}%", percent_of(from, *window))} y={y.clone()} height="6"
                    width={format!("{}%", (percent_of(to, *window) - percent_of(from, *window)).max(0.0))} />
            }
        </svg>
    }
}

type Span = (SimTime, SimTime, &'static str);

/// Spans of a class that overlap as one: hundreds of Pods at once are as many bars as can be told apart.
fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable_by_key(|(from, to, class)| (*class, *from, *to));
    let mut merged: Vec<Span> = Vec::new();
    for (from, to, class) in spans {
        match merged.last_mut() {
            Some(last) if last.2 == class && from <= last.1 => last.1 = last.1.max(to),
            _ => merged.push((from, to, class)),
        }
    }
    merged
}

#[derive(Clone, PartialEq, Properties)]
struct FlagsProps {
    present: Shot,
    inputs: Rc<Vec<(SimTime, Input)>>,
    window: f64,
}

/// What was done, and Pods that became Ready, by name; as many as there is room for.
#[component]
fn Flags(
    FlagsProps {
        present,
        inputs,
        window,
    }: &FlagsProps,
) -> Html {
    let marks = use_mut_ref(Marks::default);
    let mut marks = marks.borrow_mut();
    marks.follow(present, 1.0);
    let mut flags: Vec<(SimTime, String, bool)> = inputs
        .iter()
        .map(|(at, input)| (*at, input_words(input), true))
        .collect();
    flags.extend(
        marks
            .flags
            .iter()
            .map(|(at, words)| (*at, words.clone(), false)),
    );
    flags.sort_by_key(|(at, _, yours)| (*at, !yours));
    let mut free_from = -1.0;
    let placed: Vec<_> = flags
        .into_iter()
        .filter_map(|(at, words, yours)| {
            let percent = at.as_seconds() / window * 100.0;
            let room = words.chars().count() as f64 * 0.62 + 1.5;
            if percent < free_from {
                return None;
            }
            free_from = percent + room;
            Some((percent, words, yours))
        })
        .collect();
    html! {
        <svg class="flags" width="100%" height={HEIGHT.to_string()} aria-hidden="true">
            { for placed.into_iter().enumerate().map(|(key, (percent, words, yours))| html! {
                <g {key} class={yours.then_some("yours")}>
                    <rect x={format!("{percent}%")} y="2" width="1.5" height="14" />
                    <svg x={format!("{percent}%")} overflow="visible"><text x="5" y="12">{ words }</text></svg>
                </g>
            }) }
        </svg>
    }
}
