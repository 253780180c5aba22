//! The picture of a request: its path over boxes, with numbers, and where it is stopped. It is hidden from assistive
//! technology: the lists say the same.

use std::fmt::Write;

use podarium::cluster::network::request::{Choice, Outcome};
use podarium::scene::network::{
    self, CARD_LINE, Leg, MOST_A_SECOND, NodeBox, PLATE_HEAD, Plan, Point, Present, RULE,
    plate_height, shown_rules,
};
use yew::prelude::*;

use super::{Same, boxes, parcels};
use crate::ui::markup::{component, html};
use crate::ui::pod::pen::{Anchor, dot, line, mono, rect, sans, text, words};
use crate::ui::stage::{cut_middle, cut_sans, fitting, wrap};

/// What is drawn.
#[derive(Clone, PartialEq, Properties)]
pub struct PictureProps {
    /// The request.
    pub network: Same<network::Network>,
    /// Where everything stands.
    pub plan: Same<Plan>,
    /// Where the request is.
    pub present: Option<Present>,
    /// Others on the same path.
    pub others: Vec<Present>,
    /// How many there were within a second.
    pub a_second: usize,
    /// Is a packet on its way over localhost, and is it the answer?
    pub lo: Option<bool>,
    /// Do numbers tell where it is? Then its address stands beside the number.
    pub numbered: bool,
}

#[derive(Clone, PartialEq, Properties)]
struct StillProps {
    network: Same<network::Network>,
    plan: Same<Plan>,
    here: Option<(usize, usize, bool)>,
    is_counted: bool,
    a_second: usize,
    lo: Option<bool>,
}

/// All of it.
#[component]
pub fn Picture(props: &PictureProps) -> Html {
    let (network, plan) = (&props.network, &props.plan);
    let is_counted = props.a_second > MOST_A_SECOND;
    let still = component::<Still>(StillProps {
        network: network.clone(),
        plan: plan.clone(),
        here: props.present.map(|at| (at.leg, at.hop, at.over)),
        is_counted,
        a_second: if is_counted { props.a_second } else { 0 },
        lo: props.lo,
    });
    let (wide, high) = plan.size;
    // What is dropped stays where it was.
    let is_seen = |at: &Present| !at.over || network.drawn.legs[at.leg].is_stopped();
    let moving = props.present.filter(|at| !is_counted && is_seen(at));
    html! {
        <svg class="wires" width={wide.to_string()} height={high.to_string()} viewBox={format!("0 0 {wide} {high}")} aria-hidden="true">
            { still }
            for present in &props.others {
                { parcels::small(network, plan, *present) }
            }
            if let Some(present) = moving {
                { parcels::parcel(network, plan, present, props.numbered) }
            }
        </svg>
    }
}

/// What stands still from hop to hop.
#[component]
fn Still(props: &StillProps) -> Html {
    let (network, plan) = (&*props.network, &*props.plan);
    let (at, hop, over) = props.here.unwrap_or_default();
    let leg = &network.drawn.legs[at];
    let path = plan.line(at);
    // Nothing is told of its end before it is there.
    let arrived = over || props.here.is_some() && hop + 1 >= leg.request.hops.len();
    let stopped = arrived && leg.is_stopped();
    let reached = at + 1 == network.drawn.legs.len() && hop + 1 >= leg.there().len();
    let choice = leg.request.choice.as_ref();
    let way = match stopped {
        true => "way stopped",
        false => "way",
    };
    html! {
        <>
            for host in &plan.hosts { { boxes::host(host, &plan.nodes) } }
            for node in &plan.nodes { { boxes::node(node) } }
            for end in &plan.ends { { boxes::end(end) } }
            for node in &plan.nodes { { boxes::bridge(node, &path) } }
            { line(way, drawn(&path)) }
            for node in &plan.nodes {
                if let Some(choice) = choice.filter(|choice| choice.node == node.part.name) {
                    { plate(node, choice, leg) }
                }
                for pod in &node.pods {
                    { boxes::pod(pod, network.beside.as_ref(), props.lo) }
                }
            }
            { numbers(plan, leg, at, props.here.map(|_| (hop, over))) }
            if stopped { { stop(leg, &path) } }
            if reached { for node in &plan.nodes { { card(node, network) } } }
            if props.is_counted { { count(plan, at, props.a_second) } }
        </>
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

/// The number of each hop at its place; on the way back, those of the answer.
fn numbers(plan: &Plan, leg: &Leg, at: usize, here: Option<(usize, bool)>) -> Html {
    let there = leg.there().len();
    let all = leg.request.hops.len();
    let (hop, _) = here.unwrap_or_default();
    let back = hop >= there && all > there;
    let mut circles = Vec::new();
    for (index, (x, y)) in plan.places(at).into_iter().enumerate() {
        let number = match back {
            true => 2 * there - 1 - index,
            false => index,
        };
        if number >= all {
            continue;
        }
        let is_here = here.is_some() && number == hop;
        // Where a bar lies over the line it stands beside that.
        let x = match is_denied(leg) && number + 1 == all {
            true => x + 36.0,
            false => x,
        };
        let class = match (is_here, back) {
            (true, _) => "hop here",
            (false, true) => "hop back",
            (false, false) => "hop",
        };
        circles.push(html! {
            <g key={index}>
                { dot(class, x, y, 8.5) }
                { text(if is_here { "number here" } else { "number" }, Anchor::Middle, x, y + 4.0, &(number + 1).to_string()) }
            </g>
        });
    }
    html! { <g>{ for circles }</g> }
}

fn is_denied(leg: &Leg) -> bool {
    matches!(leg.request.outcome, Some(Outcome::Denied(_)))
}

/// The Service's rules, and what became of the address.
fn plate(node: &NodeBox, choice: &Choice, leg: &Leg) -> Html {
    let Some(plate) = node.plate else {
        return Html::default();
    };
    let (x, y, wide) = (plate.x, plate.y, plate.width);
    let right = x + wide;
    let asked = choice.asked.to_string();
    let name = format!("Service {}", choice.service.name);
    let room = wide - mono(&asked, 12.0) - 38.0;
    let name = match sans(&name, 12.5) <= room {
        true => name,
        false => cut_middle(&choice.service.name, fitting(room, 12.5).max(4)),
    };
    let rules = shown_rules(choice);
    let high = plate_height(rules.len());
    let all = choice.candidates.len();
    let foot = match (rules.len(), all) {
        (0, _) => "kube-proxy knows no ready endpoint.".to_string(),
        (shown, all) if shown < all => format!("{shown} of {all} rules. Every node has them."),
        _ => "By kube-proxy, on every node.".to_string(),
    };
    let target = choice
        .chosen
        .and_then(|chosen| choice.candidates.get(chosen));
    let rewritten = target.map(|target| (asked.clone(), target.to_string()));
    let head = format!(
        "M{x} {}h{}l12 {}-12 {}H{x}z",
        y,
        wide - 12.0,
        PLATE_HEAD / 2.0,
        PLATE_HEAD / 2.0
    );
    let is_empty = leg.request.outcome == Some(Outcome::Refused) && rules.is_empty();
    html! {
        <g class="plate">
            { rect("sheet", x, y, wide, high, 4.0) }
            { line("sign", head) }
            { words("sign-name", x + 10.0, y + 19.0, &name) }
            { text("sign-address", Anchor::End, right - 20.0, y + 19.0, &asked) }
            for (row, rule) in rules.iter().enumerate() {
                { rule_row(rule, (x, y + PLATE_HEAD + RULE * row as f64, wide)) }
            }
            if rules.is_empty() {
                { words(if is_empty { "failed" } else { "quiet" }, x + 10.0, y + PLATE_HEAD + 16.0, "no endpoint: refused") }
            }
            { words("quiet", x + 10.0, y + high - 7.0, &cut_sans(&foot, (wide - 16.0) / 12.0)) }
            if let Some((old, new)) = rewritten {
                <text class="quiet" x={x.to_string()} y={(y + high + 16.0).to_string()}>{ "Destination rewritten here:" }</text>
                <text class="code" x={x.to_string()} y={(y + high + 32.0).to_string()}>
                    <tspan class="old">{ old }</tspan>{ " → " }<tspan class="new">{ new }</tspan>
                </text>
            }
        </g>
    }
}

fn rule_row(rule: &network::Rule, (x, y, wide): (f64, f64, f64)) -> Html {
    let (class, how) = match rule.taken {
        true => ("code new", "taken strong"),
        false => ("code", "quiet"),
    };
    html! {
        <g>
            if rule.taken { { rect("taken", x + 3.0, y + 1.0, wide - 6.0, RULE - 2.0, 2.0) } }
            { words(how, x + 10.0, y + 16.0, &rule.how) }
            { text(class, Anchor::End, x + wide - 10.0, y + 16.0, &rule.to.to_string()) }
        </g>
    }
}

/// Where it is stopped: a bar, an octagon, and by whom.
fn stop(leg: &Leg, path: &[Point]) -> Html {
    let Some((x, y)) = path.last().copied() else {
        return Html::default();
    };
    let is_denied = is_denied(leg);
    html! {
        <g class="stop">
            if is_denied { { line("bar", format!("M{} {y}h44", x - 22.0)) } }
            <use class="icon-mark" href="#i-fail" x={(x - 8.0).to_string()} y={(y + if is_denied { 4.0 } else { -8.0 }).to_string()} width="16" height="16" />
        </g>
    }
}

/// What is said of the request at the node where it ends.
fn card(node: &NodeBox, network: &network::Network) -> Html {
    let Some(card) = node.card else {
        return Html::default();
    };
    let request = &network.request;
    let why = network::how_it_ended(request, None);
    let failed = match &request.outcome {
        Some(Outcome::Denied(policies)) => Some(("Dropped", policies.to_string(), why)),
        Some(Outcome::Refused) => Some(("Refused", "comes back at once".into(), why)),
        Some(Outcome::NoRoute) => Some(("No route", request.address.to_string(), why)),
        Some(Outcome::TimedOut) => Some(("Nothing comes back", request.address.to_string(), why)),
        _ => None,
    };
    let (class, title, code, note) = match failed {
        Some((title, code, note)) => ("card failed", title.to_string(), code, note),
        None => match network::sees(request) {
            Some((who, from, whose)) => (
                "card",
                format!("What {who} sees"),
                format!("from {from}"),
                whose,
            ),
            None => return Html::default(),
        },
    };
    let room = (card.height - 46.0) / CARD_LINE;
    let lines = wrap(&note, (card.width - 24.0) / 12.0, room as usize);
    let high = 46.0 + CARD_LINE * lines.len() as f64;
    html! {
        <g class={class}>
            { rect("sheet", card.x, card.y, card.width, high.min(card.height), 4.0) }
            { words("title", card.x + 12.0, card.y + 18.0, &cut_sans(&title, (card.width - 24.0) / 12.5)) }
            { words("code", card.x + 12.0, card.y + 35.0, &cut_middle(&code, fitting(card.width - 20.0, 11.5))) }
            for (row, words_of) in lines.iter().enumerate() {
                { words("quiet", card.x + 12.0, card.y + 51.0 + CARD_LINE * row as f64, words_of) }
            }
        </g>
    }
}

/// How many there are, where they are too many to be seen one by one.
fn count(plan: &Plan, leg: usize, a_second: usize) -> Html {
    let places = plan.places(leg);
    let Some((x, y)) = places.get(places.len() / 2).copied() else {
        return Html::default();
    };
    let said = format!("{a_second} a second");
    let wide = sans(&said, 12.0) + 16.0;
    let x = x.clamp(wide / 2.0 + 2.0, plan.size.0 - wide / 2.0 - 2.0);
    html! {
        <g>
            { rect("parcel", x - wide / 2.0, y - 12.0, wide, 24.0, 12.0) }
            { text("address", Anchor::Middle, x, y + 4.0, &said) }
        </g>
    }
}
