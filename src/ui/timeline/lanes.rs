//! Lanes of what happened, flags, the playhead: the slider "Time". Three zones: lived, lived after
//! the playhead, not lived (hatched; nobody can go there but by playing).

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use podarium::cluster::{Input, SimTime};
use podarium::order;
use wasm_bindgen::JsCast;
use yew::prelude::*;

use super::marks::{KUBELETS, LANES, Marks, NETWORK, Part, Ready, Shown, input_words};
use super::{TimelineDeed, TimelineProps, on_some};
use crate::ui::dom;
use crate::ui::markup::{component, html};
use crate::ui::shot::Shot;
use crate::ui::stage::cut_middle;

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
pub fn lanes(props: &TimelineProps) -> Html {
    let window = window_of(props.now);
    let now = props.now;
    let seek = move |event: &PointerEvent| {
        let rect = track(event)?.get_bounding_client_rect();
        let part = (f64::from(event.client_x()) - rect.left()) / rect.width().max(1.0);
        let time = SimTime::from_seconds(part.clamp(0.0, 1.0) * window);
        Some(TimelineDeed::Seek(time.min(now)))
    };
    let down = on_some(&props.on_deed, move |event: PointerEvent| {
        if let Some(slider) = track(&event) {
            // Without capture the playhead is only harder to drag.
            let _ = slider.set_pointer_capture(event.pointer_id());
            let _ = slider.focus();
        }
        seek(&event)
    });
    let moved = on_some(&props.on_deed, move |event: PointerEvent| {
        // Measured only while it is dragged: to measure is to lay the page out.
        (event.buttons() & 1 == 1).then(|| seek(&event))?
    });
    let drawn = |part, inputs: Rc<_>, until| {
        component::<Drawn>(DrawnProps {
            part,
            present: props.present.clone(),
            inputs,
            until,
            window,
            lanes: props.lanes,
        })
    };
    let pressed = keys(props);
    // Cut off as the clock cuts them off, not rounded.
    let tenths = |time: SimTime| (time.0.div_euclid(100_000) as f64 / 10.0).to_string();
    html! {
        <div class="lanes">
            <ol class="lane-names" aria-hidden="true">
                { for props.lanes.into_iter().map(|lane| html! { <li key={lane}>{ LANES[lane] }</li> }) }
            </ol>
            <div class="track" role="slider" tabindex="0" aria-label="Time"
                aria-valuemin="0" aria-valuemax={tenths(props.now)}
                aria-valuenow={tenths(props.time)} aria-valuetext={props.time.to_string()}
                onpointerdown={down} onpointermove={moved} onkeydown={pressed}>
                <svg width="100%" height={HEIGHT} viewBox={format!("0 0 {WIDTH} {HEIGHT}")}
                    preserveAspectRatio="none" aria-hidden="true">
                    { drawn(Part::Ticks, Rc::default(), SimTime::ZERO) }
                </svg>
                { drawn(Part::Spans, Rc::default(), props.now) }
                { zones(props, window) }
                { playhead(props.time, window) }
                { drawn(Part::Flags, props.inputs.clone(), SimTime::ZERO) }
            </div>
        </div>
    }
}

/// The slider itself: the one that listens.
fn track(event: &PointerEvent) -> Option<web_sys::HtmlElement> {
    dom::around(event, "[role=slider]")?.dyn_into().ok()
}

fn keys(props: &TimelineProps) -> Callback<KeyboardEvent> {
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

fn percent(number: f64) -> String {
    format!("{number}%")
}

/// Not stretched with the drawing, so that the hatching stays even.
fn zones(props: &TimelineProps, window: f64) -> Html {
    let (at, now) = (
        percent_of(props.time, window),
        percent_of(props.now, window),
    );
    let rect = |class: &'static str, from: f64, to: f64| {
        html! {
            <rect {class} x={percent(from)} y={TOP} width={percent((to - from).max(0.0))}
                height={LANE * 6.0} />
        }
    };
    html! {
        <svg class="zones" width="100%" height={HEIGHT} aria-hidden="true">
            { rect("after", at, now) }
            { rect("future", now, 100.0) }
        </svg>
    }
}

/// Not stretched with the drawing, so that it stays a line.
fn playhead(time: SimTime, window: f64) -> Html {
    let at = percent_of(time, window);
    html! {
        <svg class="playhead" width="100%" height={HEIGHT} aria-hidden="true">
            <svg x={percent(at)} width="1" height={HEIGHT} overflow="visible">
                <path d={format!("M-5.5 {0}h11v5.5l-5.5 5-5.5-5z", TOP - 4.0)} />
                <line x1="0" x2="0" y1={TOP} y2={HEIGHT - 2.0} />
            </svg>
        </svg>
    }
}

/// What is drawn anew only when it is another one.
#[derive(Clone, PartialEq, Properties)]
struct DrawnProps {
    part: Part,
    present: Shot,
    /// For flags.
    inputs: Rc<Vec<(SimTime, Input)>>,
    /// For spans: up to where one goes that is not over.
    until: SimTime,
    window: f64,
    lanes: Shown,
}

#[component]
fn Drawn(props: &DrawnProps) -> Html {
    let part = props.part;
    let marks = use_mut_ref(move || Marks::of(part));
    let mut marks = marks.borrow_mut();
    let yours = use_memo(props.inputs.clone(), |inputs| {
        let words = inputs.iter().map(|(at, input)| (*at, input_words(input)));
        words.collect::<Vec<_>>()
    });
    // A tick and a flag are two units of the drawing wide; spans have no columns.
    let columns_a_second = match part {
        Part::Spans => 1.0,
        _ => WIDTH / props.window / 2.0,
    };
    let is_behind = !marks.follow(&props.present, columns_a_second);
    let again = use_force_update();
    use_effect(move || {
        // The next turn goes on; what is drawn by then is right as far as it goes.
        let turn = is_behind.then(|| Timeout::new(0, move || again.force_update()));
        move || drop(turn)
    });
    match props.part {
        Part::Ticks => ticks(&marks, &props.present, props.lanes),
        Part::Spans => spans(&marks, props),
        Part::Flags => flags(&yours, &marks.flags, props.window),
    }
}

/// Lane lines, a line for each tenth of the window, one path of all ticks, and two of the requests between Pods.
fn ticks(marks: &Marks, present: &Shot, lanes: Shown) -> Html {
    let mut path = String::new();
    for (row, lane) in lanes.into_iter().enumerate() {
        in_lane(&mut path, row, &marks.ticks[lane]);
    }
    let network = row_of(lanes, NETWORK);
    let sent = marks.requests(present).map(|columns| {
        let mut path = String::new();
        if let Some(row) = network {
            in_lane(&mut path, row, &columns);
        }
        path
    });
    let [answered, failed] = sent;
    let rule = |x1: f64, x2: f64, y1: f64, y2: f64| html! { <line {x1} {x2} {y1} {y2} /> };
    html! {
        <>
        <g class="grid">
            for lane in 0..=6 {
                { rule(0.0, WIDTH, TOP + LANE * f64::from(lane), TOP + LANE * f64::from(lane)) }
            }
            for part in 1..10 {
                { rule(WIDTH / 10.0 * f64::from(part), WIDTH / 10.0 * f64::from(part), TOP, TOP + LANE * 6.0) }
            }
        </g>
        <path class="ticks" d={path} />
        <path class="ticks sent" d={answered} />
        <path class="ticks sent-in-vain" d={failed} />
        </>
    }
}

/// Where a lane is, if it is shown.
fn row_of(lanes: Shown, lane: usize) -> Option<usize> {
    lanes.into_iter().position(|shown| shown == lane)
}

/// A tick in each of these columns of a lane.
fn in_lane(path: &mut String, lane: usize, columns: &[i64]) {
    let y = TOP + LANE * lane as f64 + 3.0;
    for column in columns {
        path.push_str(&format!("M{} {y}v7", column * 2 + 1));
    }
}

/// The Pods that kubelets had, in their lane: a bar in the Pod's states, from binding to its end. Hundreds of Pods at
/// once are as many bars as can be told apart: what is under way covers what has come about.
fn spans(marks: &Marks, props: &DrawnProps) -> Html {
    let (until, window) = (props.until, props.window);
    let row = row_of(props.lanes, KUBELETS).unwrap_or_default();
    let y = TOP + LANE * row as f64 + 3.5;
    // Half a unit of the drawing.
    let gap = SimTime::from_seconds(window / WIDTH / 2.0).0;
    let of = |class| {
        marks
            .spans_of(class, until, gap)
            .into_iter()
            .map(move |(from, to)| (from, to, class))
    };
    html! {
        <svg class="spans" width="100%" height={HEIGHT} aria-hidden="true">
            for (number, (from, to, class)) in COVERING.into_iter().flat_map(of).enumerate() {
                <rect key={number} {class} x={percent(percent_of(from, window))} {y} height="6"
                    width={percent((percent_of(to, window) - percent_of(from, window)).max(0.0))} />
            }
        </svg>
    }
}

/// Classes of spans, from what may be covered by others to what is never covered.
const COVERING: [&str; 6] = ["s-ready", "s-done", "s-wait", "s-run", "s-term", "s-fail"];

/// A flag's moment, its label, and whether a person's deed is meant.
type Flag = (SimTime, String, bool);

/// Letters of a label: a longer one leaves no room to those after it.
const LONGEST: usize = 24;

/// What was done, and Pods that became Ready. Each has its mark; a label only where there is room for
/// it, what a person did first. A mark under another one's label is short.
fn flags(yours: &[(SimTime, String)], theirs: &[Ready], window: f64) -> Html {
    let all = in_order(yours, theirs);
    // Percent of the window that a label takes, where that is about 1000 px wide.
    let length = |words: &str| words.chars().count() as f64 * 0.62 + 1.5;
    let mut free_from = -1.0;
    let (mut marks, mut labels) = (Vec::new(), Vec::new());
    let mut yours = yours.iter().map(|(at, _)| *at).peekable();
    for (at, words, is_yours) in all {
        let along = percent_of(at, window);
        // Up to what was done next.
        if is_yours {
            yours.next();
        }
        let until = yours.peek().map_or(100.0, |at| percent_of(*at, window));
        let is_free = along >= free_from;
        let class = is_yours.then_some("yours");
        let (y, height) = if is_free { ("2", "14") } else { ("14", "4") };
        marks.push(html! { <rect {class} x={percent(along)} {y} width="1.5" {height} /> });
        let words = cut_middle(&words, LONGEST);
        if is_free && (is_yours || along + length(&words) <= until) {
            free_from = along + length(&words);
            let width = percent(until.max(free_from) - along);
            labels.push(html! {
                <svg {class} x={percent(along)} {width} height="18"><text x="5" y="12">{ words }</text></svg>
            });
        }
    }
    html! { <svg class="flags" width="100%" height={HEIGHT} aria-hidden="true">{ for marks }{ for labels }</svg> }
}

/// Both by time; what was done before what came of it. Where nothing was done yet, one flag `start`.
fn in_order(yours: &[(SimTime, String)], theirs: &[Ready]) -> Vec<Flag> {
    if yours.is_empty() {
        return vec![(SimTime::ZERO, "start".into(), false)];
    }
    let yours = yours.iter().map(|(at, words)| (*at, words.clone(), true));
    let theirs = theirs.iter().map(|flag| {
        let words = match flag.number {
            1 => format!("{} Ready", flag.name),
            number => format!("{number} Pods Ready"),
        };
        (flag.at, words, false)
    });
    let mut all: Vec<Flag> = yours.chain(theirs).collect();
    order::sort_by_key(&mut all, |(at, _, is_yours)| (*at, !is_yours));
    all
}
