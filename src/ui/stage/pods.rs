//! Pods and their containers as they are drawn. The outline is the Pod: dashed without a node, thin
//! while it is bound, thick and double when it is Ready; containers move inside it.

use std::rc::Rc;

use podarium::scene::{ContainerGlyph, PodBody, PodGlyph, Rect, State};
use yew::prelude::*;

use crate::ui::markup::{component, html};

use super::text::{cut_end, cut_middle, fitting};

/// How much is drawn of a Pod, by the width of a node on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Outline and icon.
    Pip,
    /// Names, and blocks in the containers' colours.
    Names,
    /// Everything.
    Full,
}

/// The class that sets a state's colours.
pub fn class_of(state: State) -> &'static str {
    match state {
        State::Wait => "s-wait",
        State::Run => "s-run",
        State::Ready => "s-ready",
        State::Done => "s-done",
        State::Fail => "s-fail",
        State::Term => "s-term",
        State::Unknown => "s-unk",
    }
}

/// A state's icon, at a place.
pub fn icon(state: State, backing_off: bool, x: f64, y: f64) -> Html {
    let name = match state {
        _ if backing_off => "back-off",
        State::Wait => "wait",
        State::Run => "run",
        State::Ready => "ready",
        State::Done => "done",
        State::Fail => "fail",
        State::Term => "term",
        State::Unknown => "unknown",
    };
    symbol(name, x, y)
}

fn symbol(name: &str, x: f64, y: f64) -> Html {
    html! {
        <use class="icon-mark" href={format!("#i-{name}")} x={x} y={y} width="14" height="14" />
    }
}

/// A Pod with all that moves about it; [where it is](super::actors) is written on it later.
pub fn pod(glyph: &PodGlyph, detail: Detail, ghost: bool, marks: Html) -> Html {
    let (body, home) = (&glyph.body, glyph.course.home);
    let ghost = glyph.course.left.filter(|_| ghost).map(|(_, from)| {
        let unit = home.width / body.width;
        html! {
            <rect class="ghost" rx="16" x={(from.x - home.x) / unit} y={(from.y - home.y) / unit}
                width={from.width / unit} height={from.height / unit} />
        }
    });
    html! {
        <g key={body.path.clone()} class={["pod", class_of(body.state)]} data-pod={body.path.clone()}>
            { ghost }
            { component::<Body>(BodyProps { body: body.clone(), detail }) }
            { marks }
        </g>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct BodyProps {
    body: Rc<PodBody>,
    detail: Detail,
}

/// What a Pod shows, its place left aside: drawn anew only when that changes.
#[component]
fn Body(BodyProps { body, detail }: &BodyProps) -> Html {
    let outline = match (body.bound, body.ready, body.terminating) {
        (_, _, Some(_)) => "outline ending",
        (false, ..) => "outline unbound",
        (true, true, _) => "outline ready",
        (true, false, _) => "outline",
    };
    let failing = body
        .containers
        .iter()
        .any(|container| container.backing_off);
    let (width, height) = (body.width, body.height);
    let (ready, all) = body.containers_ready;
    let count = format!("{ready}/{all}");
    html! {
        <>
            if body.ready {
                <rect class="ring" rx="16" width={width} height={height} />
            }
            <rect class={outline} rx="16" width={width} height={height} />
            if body.ready {
                <rect class="inner" x="3.5" y="3.5" rx="12.5" width={width - 7.0} height={height - 7.0} />
            }
            { icon(body.state, failing, 10.0, 8.0) }
            if *detail > Detail::Pip {
                <text class="pod-name" x="30" y="19.5">
                    { cut_middle(&body.key.name, fitting(width - 44.0 - count.len() as f64 * 7.0, 12.0)) }
                </text>
                <text class="count" x={width - 12.0} y="19.5" text-anchor="end">{ count }</text>
            }
            if *detail == Detail::Full {
                <text class="below" x="30" y="35">{ below(body) }</text>
            }
            for container in &body.containers {
                { block(container, *detail) }
            }
        </>
    }
}

/// `10.244.1.4 · Running`, and kubectl's word where there is something to add.
fn below(body: &PodBody) -> Html {
    let word = match body.terminating {
        Some(grace) => format!("Terminating, {grace} s"),
        None => body.phase.to_string(),
    };
    let room = fitting(body.width - 40.0, 11.0);
    if body.ip.is_empty() {
        let short = body.reason.split(['.', ':']).next().unwrap_or_default();
        let both = if short.is_empty() || body.bound {
            word
        } else {
            format!("{word}, {short}")
        };
        return html! { <tspan class="phase">{ cut_end(&both, room) }</tspan> };
    }
    let left = room.saturating_sub(body.ip.len() + 3);
    html! { <>{ &*body.ip }{ " · " }<tspan class="phase">{ cut_end(&word, left) }</tspan></> }
}

fn block(container: &ContainerGlyph, detail: Detail) -> Html {
    let Rect {
        x,
        y,
        width,
        height,
    } = container.rect;
    let pulls = container.pull.is_some();
    let word = cut_end(&container.word, 18);
    let letters = word.chars().count() + if pulls { " 100 %".len() } else { 0 };
    let name_room = fitting(width - 34.0 - letters as f64 * 6.0, 11.5);
    let name = match container.step {
        Some(step) => format!("{step} {}", container.name),
        None => container.name.to_string(),
    };
    html! {
        <g key={container.name.to_string()} class={["container", class_of(container.state), if container.solid { "" } else { "hollow" }]}
            data-container={container.name.to_string()} transform={format!("translate({x} {y})")}>
            <rect class="block" rx="4" width={width} height={height} />
            if pulls {
                <rect class="pulled" rx="3" height={height} />
            }
            if detail == Detail::Full {
                if pulls {
                    { symbol("pull", 7.0, 4.0) }
                } else {
                    { icon(container.state, container.backing_off, 7.0, 4.0) }
                }
                <text class="name" x="26" y="15">{ cut_middle(&name, name_room.max(4)) }</text>
                <text class="word" x={width - 7.0} y="15" text-anchor="end">
                    { word }
                    if pulls {
                        <tspan class="percent" />
                    }
                </text>
                <text class="image" x="26" y="30">
                    { cut_middle(&container.image, fitting(width - 34.0 - container.port.len() as f64 * 6.6, 11.0)) }
                    { " " }{ &*container.port }
                </text>
            }
        </g>
    }
}
