//! The picture of one family. It is hidden from assistive technology: the tree says the same.

use std::fmt::Write;

use podarium::api::ObjectKey;
use podarium::scene::ownership::{
    Card, Coming, LINE, Moves, Plan, Point, Row, Set, SetPlan, card_height, plan,
};
use podarium::scene::{Rect, Selection, State};
use yew::prelude::*;

use super::{NOTE, NOTE_LINES, Shown, note_lines};
use crate::ui::markup::html;
use crate::ui::pod::pen::{Anchor, line, mono, rect, sans, text, words};
use crate::ui::stage::{
    brackets, class_of, cut_middle, cut_sans, fitting, icon, is_backing_off, ring, wrap,
};

/// What is drawn.
#[derive(Clone, PartialEq, Properties)]
pub struct PictureProps {
    /// The family.
    pub family: Shown,
    /// What moves in it.
    pub moves: Moves,
    /// How wide it may be.
    pub width: f64,
    /// What is selected.
    pub selected: Option<ObjectKey>,
    /// What has the tree's focus.
    pub focused: Option<ObjectKey>,
    /// Something else is selected.
    pub on_select: Callback<Option<Selection>>,
}

/// All of it.
#[component]
pub fn Picture(props: &PictureProps) -> Html {
    let family = &props.family;
    let plan = plan(family, &props.moves, props.width, &note_lines);
    let (wide, high) = plan.size;
    html! {
        <svg class="wires owners" width={wide.to_string()} height={high.to_string()} viewBox={format!("0 0 {wide} {high}")} aria-hidden="true">
            for wire in &plan.wires { { line("tie", drawn(wire)) } }
            if let (Some(card), Some(at)) = (&family.head, plan.head) { { sheet(props, card, at, Html::default()) } }
            if let (None, Some(set)) = (plan.head, plan.sets.first()) { { beside(family, set) } }
            for (set, at) in family.sets.iter().zip(&plan.sets) { { group(props, set, at) } }
            for (card, at) in family.folded.iter().zip(&plan.folded) { { folded(props, card, *at) } }
            { marks(props, &plan) }
        </svg>
    }
}

fn drawn(path: &[Point]) -> String {
    let mut d = String::new();
    for (number, (x, y)) in path.iter().enumerate() {
        let to = if number == 0 { 'M' } else { 'L' };
        // Writing to a String can't fail.
        let _ = write!(d, "{to}{x:.1} {y:.1}");
    }
    d
}

/// A click selects it.
fn choose(props: &PictureProps, key: &ObjectKey) -> Callback<MouseEvent> {
    let selection = Selection::Object(key.clone());
    props.on_select.reform(move |_| Some(selection.clone()))
}

/// The sheet of a record, its corner cut.
fn paper(at: Rect) -> Html {
    let (x, y, r, b) = (at.x, at.y, at.x + at.width, at.y + at.height);
    html! {
        <>
            { line("paper", format!("M{x} {y}H{}L{r} {}V{b}H{x}Z", r - 14.0, y + 14.0)) }
            { line("corner", format!("M{} {y}V{}H{r}", r - 14.0, y + 14.0)) }
        </>
    }
}

/// An owner with its numbers.
fn sheet(props: &PictureProps, card: &Card, at: Rect, pips: Html) -> Html {
    let (x, room) = (at.x + 12.0, at.width - 24.0);
    let kind = match card.ends {
        true => format!("{}, Terminating", card.kind),
        false => card.kind.clone(),
    };
    let name = cut_middle(&card.key.name, fitting(room, 13.0));
    let numbers = at.y + card_height(card) - 46.0;
    let seen = props.moves.grows(&card.key).unwrap_or(1.0);
    let mark = props.moves.mark.filter(|_| card.key == props.family.root);
    html! {
        <g key={card.key.to_string()} class="owner" onclick={choose(props, &card.key)}>
            { paper(at) }
            if let Some(mark) = mark { { marked(at, mark) } }
            <g opacity={shown(seen)}>
            { words("quiet", x, at.y + 20.0, &kind) }
            { words("name strong", x, at.y + 39.0, &name) }
            for (number, said) in card.lines.iter().enumerate() {
                { words("quiet", x, at.y + 57.0 + 17.0 * number as f64, &cut_sans(said, room / 12.0)) }
            }
            { counts(props, card, x, numbers) }
            { pips }
            </g>
        </g>
    }
}

/// An opacity; none where it is whole.
fn shown(seen: f64) -> Option<String> {
    (seen < 1.0).then(|| format!("{seen:.3}"))
}

/// A sheet is marked, as lines of the text are: it was changed just now.
fn marked(at: Rect, left: f64) -> Html {
    let (x, y, r, b) = (at.x, at.y, at.x + at.width, at.y + at.height);
    let d = format!("M{x} {y}H{}L{r} {}V{b}H{x}Z", r - 14.0, y + 14.0);
    html! { <path class="marked" {d} opacity={format!("{left:.3}")} /> }
}

/// A mark for each Pod that is counted: one that goes isn't.
fn pips(set: &Set, at: Rect) -> Html {
    let counted = set.pods.iter().map(|row| &row.body);
    let counted = counted.filter(|body| body.terminating.is_none());
    let y = at.y + card_height(&set.card) - 4.0;
    html! {
        <>
            { for counted.enumerate().map(|(number, body)| {
                let x = at.x + 12.0 + 22.0 * number as f64;
                html! { <g key={body.key.to_string()} class={class_of(body.state)}>{ icon(body.state, is_backing_off(body), x, y, 16.0) }</g> }
            }) }
        </>
    }
}

/// What is counted, side by side.
fn counts(props: &PictureProps, card: &Card, x: f64, y: f64) -> Html {
    let mut at = x;
    let mut all = Vec::new();
    for (name, number) in &card.numbers {
        let said = number.to_string();
        all.push(html! {
            <g key={*name}>
                { words("label", at, y + 10.0, name) }
                { rolled(props, card, name, &said, (at, y + 32.0)) }
            </g>
        });
        at += sans(name, 11.0).max(mono(&said, 20.0)) + 9.0;
    }
    html! { <>{ for all }</> }
}

/// A number; while it is another one than it was, it comes from below, and the one before goes.
fn rolled(props: &PictureProps, card: &Card, name: &str, said: &str, (x, y): Point) -> Html {
    const WAY: f64 = 10.0;
    let Some(rolls) = props.moves.rolls(&card.key, name) else {
        return words("count", x, y, said);
    };
    let part = rolls.part;
    html! {
        <>
            <g opacity={shown(1.0 - part)}>{ words("count", x, y - WAY * part, &rolls.before.to_string()) }</g>
            <g opacity={shown(part)}>{ words("count", x, y + WAY * (1.0 - part), said) }</g>
        </>
    }
}

/// An owner without a Pod, in a line.
fn folded(props: &PictureProps, card: &Card, at: Rect) -> Html {
    let numbers: Vec<String> = card
        .numbers
        .iter()
        .map(|(_, number)| number.to_string())
        .collect();
    let numbers = numbers.join(" ");
    let beside = mono(&numbers, 11.5) + 40.0;
    let name = cut_middle(&card.key.name, fitting(at.width - beside, 12.0));
    html! {
        <g key={card.key.to_string()} class="owner folded" onclick={choose(props, &card.key)}>
            { paper(at) }
            { words("name", at.x + 12.0, at.y + 21.0, &name) }
            { text("code", Anchor::End, at.x + at.width - 18.0, at.y + 21.0, &numbers) }
        </g>
    }
}

/// An owner of Pods with these.
fn group(props: &PictureProps, set: &Set, at: &SetPlan) -> Html {
    html! {
        <g key={set.card.key.to_string()}>
            for (gone, rect) in props.moves.gone(&set.card.key).zip(&at.going) {
                { pod(props, &gone.row, *rect, None, gone.seen) }
            }
            for ((row, rect), note) in set.pods.iter().zip(&at.pods).zip(&at.notes) {
                { pod(props, row, *rect, Some(*note), seen(props, &row.body.key)) }
            }
            // Pods come out from under it.
            { sheet(props, &set.card, at.card, pips(set, at.card)) }
            for ((state, count), rect) in set.counts.iter().zip(&at.pods) {
                { many(*state, *count, *rect) }
            }
        </g>
    }
}

/// How much of a Pod is seen.
fn seen(props: &PictureProps, pod: &ObjectKey) -> f64 {
    match props.moves.comes(pod) {
        Some(Coming::Travels(part) | Coming::Fades(part)) => part,
        None => 1.0,
    }
}

fn pod(props: &PictureProps, row: &Row, at: Rect, note: Option<(Point, f64)>, seen: f64) -> Html {
    let body = &row.body;
    let outline = match (body.bound, body.ready, body.terminating) {
        (_, _, Some(_)) => "outline ending",
        (false, ..) => "outline unbound",
        (true, true, _) => "outline ready",
        (true, false, _) => "outline",
    };
    let right = at.x + at.width - 14.0;
    let node = cut_middle(&row.node, 16);
    let room = at.width - 58.0 - mono(&node, 11.5);
    let name = cut_middle(&body.key.name, fitting(room, 12.0));
    let lines = note.map(|(at, wide)| (at, wrap(&row.note, wide / NOTE, NOTE_LINES)));
    let ring = props.moves.ring(&body.key);
    html! {
        <g key={body.key.to_string()} class={["net-pod", class_of(body.state)]} opacity={shown(seen)} onclick={choose(props, &body.key)}>
            { rect(outline, at.x, at.y, at.width, at.height, 16.0) }
            if body.ready { { rect("hairline", at.x + 3.5, at.y + 3.5, at.width - 7.0, at.height - 7.0, 12.5) } }
            { icon(body.state, is_backing_off(body), at.x + 12.0, at.y + 9.0, 14.0) }
            { words("name", at.x + 34.0, at.y + 20.0, &name) }
            { text("code", Anchor::End, right, at.y + 20.0, &node) }
            { words("said", at.x + 34.0, at.y + 37.0, &cut_sans(&row.words, (at.width - 48.0) / 12.0)) }
            if let Some((note, lines)) = lines {
                for (number, said) in lines.iter().enumerate() {
                    { words("quiet", note.0, note.1 + LINE * number as f64, said) }
                }
            }
            if let Some(spread) = ring { { became_ready(at, spread) } }
        </g>
    }
}

/// One ring, once.
fn became_ready(at: Rect, spread: f64) -> Html {
    let out = 2.0 + 12.0 * spread;
    html! {
        <g opacity={shown(1.0 - spread)}>
            { rect("ready-ring", at.x - out, at.y - out, at.width + 2.0 * out, at.height + 2.0 * out, 16.0 + out) }
        </g>
    }
}

/// So many Pods in one state.
fn many(state: State, count: usize, at: Rect) -> Html {
    let word = match state {
        State::Wait => "Pending",
        State::Run => "Running, not Ready",
        State::Ready => "Running, Ready",
        State::Done => "Succeeded",
        State::Fail => "Failing or failed",
        State::Term => "Terminating",
        State::Unknown => "Unknown",
    };
    let said = match count {
        1 => "1 Pod".to_string(),
        _ => format!("{count} Pods"),
    };
    html! {
        <g key={word} class={["net-pod", class_of(state)]}>
            { rect("outline", at.x, at.y, at.width, at.height, 16.0) }
            { icon(state, false, at.x + 12.0, at.y + 9.0, 14.0) }
            { words("name", at.x + 34.0, at.y + 20.0, &said) }
            { words("said", at.x + 34.0, at.y + 37.0, word) }
        </g>
    }
}

/// Where nothing stands above it: what an owner of this kind is for.
fn beside(family: &Shown, set: &SetPlan) -> Html {
    let (title, said) = match family.root.bare_kind() {
        "ReplicationController" => (
            "The older way",
            "A ReplicationController keeps a number of Pods, as a ReplicaSet does. It knows no revisions, and nothing above it rolls it.",
        ),
        "ReplicaSet" => (
            "ReplicaSet",
            "It keeps a number of Pods. Nothing above it rolls it.",
        ),
        "StatefulSet" => (
            "StatefulSet",
            "Its Pods have numbers, and each keeps its name and its volume.",
        ),
        "DaemonSet" => ("DaemonSet", "One Pod on each node that it may run on."),
        "Job" => ("Job", "Pods until enough of them have succeeded."),
        _ => return Html::default(),
    };
    let wide = set.card.x - 40.0;
    if wide < 120.0 {
        return Html::default();
    }
    html! {
        <g>
            { words("strong", 4.0, set.card.y + 20.0, title) }
            for (number, line) in wrap(said, wide / NOTE, 6).iter().enumerate() {
                { words("quiet", 4.0, set.card.y + 39.0 + LINE * number as f64, line) }
            }
        </g>
    }
}

/// Brackets about what is selected, and the ring of the tree's focus.
fn marks(props: &PictureProps, plan: &Plan) -> Html {
    let place = |key: &ObjectKey| -> Option<(Rect, f64)> {
        let family = &props.family;
        let is_it = |card: &Card| card.key == *key;
        if let (Some(card), Some(at)) = (&family.head, plan.head)
            && is_it(card)
        {
            return Some((at, 0.0));
        }
        for (set, at) in family.sets.iter().zip(&plan.sets) {
            if is_it(&set.card) {
                return Some((at.card, 0.0));
            }
            let mut pods = set.pods.iter().zip(&at.pods);
            if let Some((_, rect)) = pods.find(|(row, _)| row.body.key == *key) {
                return Some((*rect, 16.0));
            }
        }
        let mut folded = family.folded.iter().zip(&plan.folded);
        let found = folded.find(|(card, _)| is_it(card));
        found.map(|(_, rect)| (*rect, 0.0))
    };
    let is_focused = props.focused.is_some() && props.focused == props.selected;
    let selected = props.selected.as_ref().and_then(place);
    let focused = props.focused.as_ref().and_then(place);
    html! {
        <>
            { selected.map(|(at, radius)| brackets(at, is_focused, radius, 1.0)) }
            { focused.map(|(at, radius)| ring("focus-ring", at, radius, 1.0)) }
        </>
    }
}
