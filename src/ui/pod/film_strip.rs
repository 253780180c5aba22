//! The film strip: the moments that decided a Pod's life as frames, the rows of its containers against its
//! phase, Ready and Services, the gate that all containers have to pass together, and who would take them one
//! by one.

use podarium::cluster::SimTime;
use podarium::scene::{
    Axis, Frame, Gate, Leads, Life, OneByOne, Part, Row, Standing, State, drawn, film_strip, gate,
    one_by_one,
};
use yew::prelude::*;

use super::LifeProps;
use super::chart::{Chart, chart};
use crate::ui::keys::walk;
use crate::ui::markup::html;
use crate::ui::stage::{
    class_of, cut_middle, cut_sans, fitting, portrait, sans_width, symbol_of, symbol_of_container,
};

/// Left and right of what the view shows, in pixels; as in the style sheet, and a scrollbar.
pub const BESIDE: f64 = 2.0 * 16.0 + 15.0;
/// Rows and gate stand beside each other from this width on.
const BESIDE_FROM: f64 = 860.0;
const GATE: f64 = 420.0;

/// The film strip of a Pod.
#[component]
pub fn FilmStrip(props: &LifeProps) -> Html {
    let life = use_mut_ref(Life::default);
    let (lived, on_seek) = (&props.lived, &props.on_seek);
    life.borrow_mut()
        .follow(&props.shot, &lived.present, &props.pod);
    let edition = life.borrow().edition();
    let told = {
        let life = life.clone();
        use_memo(edition, move |_| {
            let life = life.borrow();
            let mut rows = life.rows();
            rows.retain(|row| match row.part {
                Part::Container | Part::Phase | Part::Service => true,
                Part::Condition => &*row.name == "Ready",
                Part::Deletion => false,
            });
            (rows, film_strip(&life))
        })
    };
    let (rows, frames) = &*told;
    let tried = (
        props.shot.attempts.last_kept(&props.pod),
        lived.present.attempts.last_kept(&props.pod),
    );
    let units = use_memo((tried, edition, props.pod.clone()), |_| {
        let shown = one_by_one(&props.shot, &props.pod);
        shown.or_else(|| one_by_one(&lived.present, &props.pod))
    });
    let known = frames.iter().take_while(|frame| frame.at <= lived.now);
    let frames: Vec<&Frame> = known.collect();
    let (began, ended) = (life.borrow().began(), life.borrow().ended());
    let (Some(began), Some(last)) = (began, frames.last()) else {
        return html! {
            <div class="pod-view">
                <p class="nothing">{ format!("There never was a {}.", props.pod) }</p>
            </div>
        };
    };
    // A little more than the last of them: what came after it is the life line's.
    let more = ((last.at.0 - began.0) / 8).max(1_000_000);
    let until = ended.unwrap_or(lived.now).max(began);
    let until = until.min(SimTime(last.at.0 + more));
    let inner = props.width - BESIDE;
    let beside = inner >= BESIDE_FROM;
    let gate_width = if beside { GATE } else { inner.min(GATE) };
    let chart_width = if beside { inner - GATE - 24.0 } else { inner };
    let flags: Vec<SimTime> = frames.iter().map(|frame| frame.at).collect();
    let gate = gate(&props.shot, &props.pod);
    let moments = match frames.len() {
        1 => "1 moment".to_string(),
        number => format!("{number} moments"),
    };
    html! {
        <div class="pod-view life" role="group" aria-label={format!("Film strip of {}", props.pod)}>
            <header>
                <h2 class="film-title" tabindex="-1">{ "A Pod is deployed whole" }</h2>
                <p class="quiet"><span class="mono">{ props.pod.to_string() }</span>{ format!(", {moments} of its own history. Select one to go there.") }</p>
            </header>
            { strip(&frames, lived.time, on_seek) }
            <div class="lower">
                { rows_of(props, rows, began, until, ended.is_some_and(|ended| ended <= until), &flags, chart_width) }
                if let Some(gate) = gate { { all_ready(&gate, gate_width) } }
            </div>
            { units.as_ref().as_ref().map(|units| against(units, on_seek)) }
        </div>
    }
}

fn rows_of(
    props: &LifeProps,
    rows: &[Row],
    began: SimTime,
    until: SimTime,
    is_over: bool,
    flags: &[SimTime],
    width: f64,
) -> Html {
    let axis = Axis::of(began, until);
    let (bars, _) = drawn(rows, &axis, until);
    let drawing = Chart {
        rows: &bars,
        axis,
        time: props.lived.time,
        until,
        is_over,
        flags,
        width,
    };
    chart(&drawing, &props.on_seek)
}

/// The Pod against its containers: who would take each, and what the scheduler takes.
fn against(units: &OneByOne, on_seek: &Callback<SimTime>) -> Html {
    let (at, last) = (units.at, units.rows.len() - 1);
    html! {
        <section class="against" aria-label="One by one, or whole?">
            <header>
                <h3>{ "One by one, or whole?" }</h3>
                <button class="link mono" onclick={on_seek.reform(move |_| at)}>{ at.to_string() }</button>
            </header>
            <p>{ units.words.as_str() }</p>
            <table aria-label="One by one">
                <thead><tr><th scope="col">{ "Placed alone" }</th><th scope="col">{ "Asks for" }</th><th scope="col">{ "Nodes that would take it" }</th></tr></thead>
                <tbody>
                    { for units.rows.iter().enumerate().map(|(number, row)| html! {
                        <tr key={number.to_string()} class={if number == last { "whole" } else { "" }}>
                            <th scope="row">
                                if number == last { { "The whole Pod" } } else { <span class="mono">{ &*row.name }</span> }
                            </th>
                            <td class="mono">{ row.asks.as_str() }</td>
                            <td>{ row.takers.as_str() }</td>
                        </tr>
                    }) }
                </tbody>
            </table>
        </section>
    }
}

fn strip(frames: &[&Frame], time: SimTime, on_seek: &Callback<SimTime>) -> Html {
    let reached = frames.iter().rposition(|frame| frame.at <= time);
    let highest = frames.iter().map(|frame| frame.body.height);
    let highest = highest.fold(0.0, f64::max);
    let served = frames.iter().any(|frame| !frame.services.is_empty());
    html! {
        <ol class="frames" aria-label="Frames" onkeydown={Callback::from(walk)}>
            { for frames.iter().enumerate().map(|(number, frame)| {
                let at = frame.at;
                let current = reached == Some(number);
                let (ready, all) = frame.body.containers_ready;
                let number = number + 1;
                html! {
                    <li key={frame.heading} class={["frame", if current { "current" } else { "" }]}>
                        <p class="frame-head"><b>{ number.to_string() }</b><span class="mono">{ at.to_string() }</span></p>
                        { drawing(frame, highest, if served { SERVICE } else { 0.0 }) }
                        <div class="told">
                            <h3><button aria-current={current.then_some("step")} onclick={on_seek.reform(move |_| at)}>{ frame.heading }</button></h3>
                            <p>{ frame.words.clone() }</p>
                            if !frame.quote.is_empty() { <p class="mono message">{ frame.quote.clone() }</p> }
                        </div>
                        { for frame.services.iter().map(|said| html! {
                            <p key={said.service.to_string()} class="spoken">{ format!("Service {}: {}", said.service, said.spoken()) }</p>
                        }) }
                        <p class="foot mono">
                            <span>{ format!("READY {ready}/{all}") }</span>
                            <span>{ format!("phase {}", frame.body.phase) }</span>
                            if *frame.status != *frame.body.phase { <span>{ format!("STATUS {}", frame.status) }</span> }
                        </p>
                    </li>
                }
            }) }
        </ol>
    }
}

/// Height of the line that says how a Service stands to the Pod.
const SERVICE: f64 = 28.0;

/// The Pod as it was, on its node or among those without one; `above` it there is room for a Service.
fn drawing(frame: &Frame, highest: f64, above: f64) -> Html {
    const WIDTH: f64 = 210.0;
    const HEAD: f64 = 27.0;
    let body = &frame.body;
    let height = body.height + HEAD + 9.0;
    let class = if frame.node.is_empty() {
        "tray-box"
    } else {
        "node-box"
    };
    let all = highest + HEAD + 11.0 + above;
    html! {
        <svg class="portrait" viewBox={format!("-1 {} {} {all}", -1.0 - above, WIDTH + 2.0)} aria-hidden="true">
            <rect {class} width={WIDTH} {height} rx="8" />
            if frame.node.is_empty() {
                <text class="quiet" x="10" y="18">{ "Unscheduled" }</text>
            } else {
                <text class="node-name" x="10" y="18">{ cut_middle(&frame.node, 16) }</text>
                <text class="quiet" x={WIDTH - 10.0} y="18" text-anchor="end">{ "VM · Node" }</text>
                { frame.services.first().map(|said| {
                    let words = match frame.services.len() - 1 {
                        0 => said.followed().words().to_string(),
                        more => format!("{}, {more} more", said.followed().words()),
                    };
                    leading(&said.service, said.followed(), &words, (0.0, 4.0 - above, WIDTH))
                }) }
            }
            <g transform={format!("translate({} {HEAD})", (WIDTH - body.width) / 2.0)}>{ portrait(body, frame.at) }</g>
        </svg>
    }
}

/// A Service as a flag, and the wire from it: whole where it sends to the Pod. From `x` on, `width` wide.
fn leading(service: &str, standing: Standing, words: &str, (x, y, width): (f64, f64, f64)) -> Html {
    const HIGH: f64 = 20.0;
    let sends = standing == Standing::Ready;
    let class = match standing {
        Standing::Absent => "",
        Standing::NotReady => class_of(State::Run),
        Standing::Ready => class_of(State::Ready),
        Standing::Terminating => class_of(State::Term),
    };
    let room = (width * 0.42).max(60.0);
    let name = cut_sans(service, (room - 18.0) / 11.5);
    let flag = (sans_width(&name) * 11.5 + 18.0).min(room);
    let (middle, from) = (y + HIGH / 2.0, x + flag + 8.0);
    let wire = 28.0;
    html! {
        <g class={["service", if sends { "sends" } else { "" }]}>
            <path class="flag" d={format!("M{x} {y}h{}l8 {}l-8 {}h-{}z", flag - 2.0, HIGH / 2.0, HIGH / 2.0, flag - 2.0)} />
            <text class="flag-name" x={x + 8.0} y={y + 14.0}>{ name }</text>
            <path class={if sends { "wire whole" } else { "wire" }} d={format!("M{from} {middle}h{wire}")} />
            if sends {
                <path class="tip" d={format!("M{} {}l7 4l-7 4z", from + wire - 6.0, middle - 4.0)} />
            }
            if !sends && standing != Standing::Absent {
                <path class="stop" d={format!("M{} {}v10", from + wire / 2.0, middle - 5.0)} />
            }
            <text class={["standing", class]} x={from + wire + 6.0} y={middle + 4.0}>{ cut_middle(words, fitting(width - flag - wire - 16.0, 11.5)) }</text>
        </g>
    }
}

/// Between two inputs of the gate, from middle to middle; and a container's block.
const INPUT: f64 = 54.0;
const BLOCK: f64 = 44.0;
/// Below this width the gate's parts move together.
const LOOSE: f64 = 340.0;
/// Width of the D.
const ALL: f64 = 62.0;

/// What has to be ready together at the moment that is shown, drawn and in words.
fn all_ready(gate: &Gate, width: f64) -> Html {
    let number = gate.containers.len() + gate.others.len();
    let first = 66.0;
    let below = first + number as f64 * INPUT;
    let height = below.max(first + 100.0) + 8.0;
    let served = gate.services.len() as f64 * SERVICE;
    // Left of the blocks, from them to the D, from there to the verdict's middle, and right of that.
    let (left, to_gate, to_verdict, right) = match width < LOOSE {
        true => (14.0, 16.0, 30.0, 28.0),
        false => (20.0, 30.0, 36.0, 36.0),
    };
    let block = (width * 0.45).min(width - left - to_gate - ALL - to_verdict - right);
    // The D: as high as its inputs, but never a slit.
    let (x, half) = (
        left + block + to_gate,
        (number as f64 * INPUT / 2.0).clamp(44.0, 70.0),
    );
    let middle = first + (number.max(1) as f64 - 1.0) * INPUT / 2.0 + BLOCK / 2.0;
    let middle = middle.max(first + 40.0);
    let state = gate.body.state;
    let (ready, all) = gate.body.containers_ready;
    let out = x + ALL;
    let word = if gate.is_ready { "True" } else { "False" };
    let waits = gate.containers.iter().filter(|(_, ready)| !ready);
    let waits: Vec<&str> = waits.map(|(one, _)| &*one.name).collect();
    let spoken = match (gate.is_ready, waits.is_empty()) {
        (true, _) => "All ready? Yes: Ready True.".to_string(),
        (false, false) => format!(
            "All ready? No: {} not ready. Ready False.",
            waits.join(", ")
        ),
        (false, true) => "All containers are ready. Ready False.".into(),
    };
    html! {
        <div class="gate">
            <p class="spoken">{ spoken }</p>
            { for gate.services.iter().map(|leads| html! {
                <p key={leads.service.to_string()} class="spoken">{ format!("Service {}: {}; {}.", leads.service, leads.standing.words(), endpoints(leads)) }</p>
            }) }
            <svg {width} height={height + served} aria-hidden="true" class={class_of(state)}>
                <rect class={["gate-pod", if gate.is_ready { "thick" } else { "" }]} x="2" y="2" width={width - 4.0} height={height - 4.0} rx="28" />
                if gate.is_ready {
                    <rect class="gate-inner" x="6" y="6" width={width - 12.0} height={height - 12.0} rx="24" />
                }
                <use class="icon-mark" href={format!("#i-{}", symbol_of(state, false))} x="20" y="19" width="14" height="14" />
                <text class="gate-name" x="42" y="31">{ cut_middle(&gate.body.key.name, fitting(width - 110.0, 14.0)) }</text>
                <text class="gate-count" x={width - 22.0} y="31" text-anchor="end">{ format!("{ready}/{all}") }</text>
                <text class="quiet" x="42" y="50">{ &*gate.body.ip }</text>
                { for gate.containers.iter().enumerate().map(|(place, (one, ready))| {
                    let y = first + place as f64 * INPUT;
                    html! {
                        <g key={one.name.to_string()} class={["container", class_of(one.state), if one.solid { "" } else { "hollow" }]}>
                            <rect class="block" x={left} {y} width={block} height={BLOCK} rx="4" />
                            <use class="icon-mark" href={format!("#i-{}", symbol_of_container(one))} x={left + 8.0} y={y + 8.0} width="14" height="14" />
                            <text x={left + 29.0} y={y + 19.0}>{ cut_middle(&one.name, fitting(block - 36.0, 11.5)) }</text>
                            <text class="word" x={left + 29.0} y={y + 35.0}>{ cut_sans(&one.word, (block - 36.0) / 12.0) }</text>
                            { wire(left + block, y + BLOCK / 2.0, x, middle, half, *ready) }
                        </g>
                    }
                }) }
                { for gate.others.iter().enumerate().map(|(place, (name, open))| {
                    let y = first + (place + gate.containers.len()) as f64 * INPUT;
                    html! {
                        <g key={name.to_string()} class="readiness-gate">
                            <rect x={left} {y} width={block} height={BLOCK} rx="4" />
                            <text x={left + 8.0} y={y + 19.0}>{ cut_middle(name, fitting(block - 16.0, 12.0)) }</text>
                            <text class="quiet" x={left + 8.0} y={y + 35.0}>{ if *open { "readiness gate, True" } else { "readiness gate, not True" } }</text>
                            { wire(left + block, y + BLOCK / 2.0, x, middle, half, *open) }
                        </g>
                    }
                }) }
                <path class="all" d={format!("M{x} {}v{}h14a48 {half} 0 0 0 0 -{}z", middle - half, 2.0 * half, 2.0 * half)} />
                <text class="gate-all" x={x + 27.0} y={middle - 2.0} text-anchor="middle">{ "all" }</text>
                <text class="quiet" x={x + 27.0} y={middle + 13.0} text-anchor="middle">{ "ready?" }</text>
                { wire(out, middle, out + to_verdict - 12.0, middle, 1.0, gate.is_ready) }
                { verdict(out + to_verdict, middle, gate.is_ready, state, word) }
                { for gate.services.iter().enumerate().map(|(number, leads)| {
                    let y = height + 6.0 + number as f64 * SERVICE;
                    leading(&leads.service, leads.standing, &endpoints(leads), (20.0, y, width - 40.0))
                }) }
            </svg>
        </div>
    }
}

fn endpoints(leads: &Leads) -> String {
    match leads.ready {
        1 => "1 ready endpoint".into(),
        number => format!("{number} ready endpoints"),
    }
}

/// The gate's answer: the condition Ready.
fn verdict(x: f64, y: f64, is_ready: bool, state: State, word: &'static str) -> Html {
    let symbol = if is_ready {
        "ready"
    } else {
        symbol_of(state, false)
    };
    html! {
        <>
            <use class="icon-mark" href={format!("#i-{symbol}")} x={x - 12.0} y={y - 12.0} width="24" height="24" />
            <text class="gate-all" {x} y={y + 30.0} text-anchor="middle">{ "Ready" }</text>
            <text class="gate-word" {x} y={y + 45.0} text-anchor="middle">{ word }</text>
        </>
    }
}

/// From what is asked to the gate: solid where it is ready. It ends on the gate's straight side.
fn wire(x: f64, y: f64, to: f64, middle: f64, half: f64, is_ready: bool) -> Html {
    let end = y.clamp(
        middle - half + 8.0_f64.min(half),
        middle + half - 8.0_f64.min(half),
    );
    let bend = (x + to) / 2.0;
    html! {
        <path class={if is_ready { "wire whole" } else { "wire" }} d={format!("M{x} {y}H{bend}V{end}H{to}")} />
    }
}
