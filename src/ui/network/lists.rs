//! The request in words: its hops, the rules of a Service, the questions about its name, and what never left its Pod.

use podarium::cluster::SimTime;
use podarium::scene::network::{self, Leg, rules};
use yew::prelude::*;

use super::{Same, never_leaves};
use crate::ui::dom;
use crate::ui::keys::walk;
use crate::ui::markup::html;

/// What is listed.
#[derive(Clone, PartialEq, Properties)]
pub struct ListsProps {
    /// The request.
    pub network: Same<network::Network>,
    /// The leg and the hop that are drawn now; is nothing of it drawn any more?
    pub here: Option<(usize, usize, bool)>,
    /// A hop is to be shown.
    pub on_hop: Callback<SimTime>,
    /// It is to go on from a hop.
    pub on_follow: Callback<SimTime>,
}

/// All lists.
#[component]
pub fn Lists(props: &ListsProps) -> Html {
    let network = &*props.network;
    let last = network.drawn.legs.len().saturating_sub(1);
    let own = network.drawn.legs.last();
    let answer = own.and_then(|leg| leg.moments.get(leg.there().len()).copied());
    html! {
        <div class="net-lists">
            <section>
                <div class="row">
                    <h3>{ "Hops" }</h3>
                    if let Some(answer) = answer {
                        <button class="framed" onclick={props.on_follow.reform(move |_| answer)}>{ "Follow the answer back" }</button>
                    }
                </div>
                if let Some(leg) = own {
                    if leg.request.hops.is_empty() {
                        <p class="quiet">{ "No packet was sent to it." }</p>
                    } else {
                        { hops(props, last, "Hops".into()) }
                    }
                }
            </section>
            { answer_of(props) }
            { service(network) }
            { questions(props) }
            if let Some(local) = &network.beside {
                <section>
                    <h3>{ "Beside it" }</h3>
                    <p>{ never_leaves(local) }</p>
                </section>
            }
        </div>
    }
}

/// The hops of a leg, each a button that leads to its moment; on the way of Tab the one that is drawn now, or the first.
fn hops(props: &ListsProps, number: usize, name: String) -> Html {
    let Some(leg) = props.network.drawn.legs.get(number) else {
        return Html::default();
    };
    let here = props.here.filter(|(leg, ..)| *leg == number);
    let here = here.map(|(_, hop, _)| hop);
    html! {
        <ol class="hops" aria-label={name} onkeydown={Callback::from(walk)}>
            for (hop, at) in leg.moments.iter().enumerate() {
                { one(props, (number, hop), *at, here) }
            }
        </ol>
    }
}

fn one(props: &ListsProps, (leg, hop): (usize, usize), at: SimTime, here: Option<usize>) -> Html {
    let Some(words) = props.network.hop_words(leg, hop) else {
        return Html::default();
    };
    let is_here = here == Some(hop);
    let tab = if hop == here.unwrap_or(0) { "0" } else { "-1" };
    let class = if words.back {
        "hop-item back"
    } else {
        "hop-item"
    };
    html! {
        <li key={hop}>
            <button {class} data-after={words.after.clone()} aria-description={format!("after {}", words.after)} tabindex={tab} aria-current={is_here.then_some("step")} onclick={props.on_hop.reform(move |_| at)}>
                <span class="unseen">{ "Hop " }</span><span class="number">{ words.number.to_string() }</span>
                <span class="unseen">{ format!(" of {}, ", words.all) }</span>
                <span class="where">{ words.place }</span><span class="unseen">{ ", " }</span>
                // Its name is its text, in this order, also where a part of it isn't in sight.
                <span class="mono">{ words.addresses }if !words.more.is_empty() { <span class="unseen">{ "," }</span> }</span>
                if !words.more.is_empty() {
                    <span class="unseen">{ " " }</span><span class="rule">{ words.more }</span>
                }
            </button>
        </li>
    }
}

/// What came back, once that is drawn.
fn answer_of(props: &ListsProps) -> Html {
    let network = &*props.network;
    let last = network.drawn.legs.len().saturating_sub(1);
    let Some(leg) = network.drawn.legs.last() else {
        return Html::default();
    };
    let is_last = |(at, hop, _): (usize, usize, bool)| at == last && hop + 1 >= leg.moments.len();
    let body = leg.request.body.trim_end();
    if body.is_empty() || !props.here.is_some_and(is_last) {
        return Html::default();
    }
    html! {
        <section>
            <h3>{ "Answer" }</h3>
            <pre class="mono" tabindex="0" role="group" aria-label="Answer">{ body.to_string() }</pre>
        </section>
    }
}

/// A Service's rules: those that were asked.
fn service(network: &network::Network) -> Html {
    let last = network.drawn.legs.len().saturating_sub(1);
    let Some(choice) = network.choice(last) else {
        return Html::default();
    };
    let port = match &*choice.port {
        "" => String::new(),
        port => format!(", port {port}"),
    };
    let all = rules(choice);
    html! {
        <section>
            <h3>{ "Service rules" }</h3>
            <p class="quiet">{ format!("{}{port} at {}, on {}", choice.service, choice.asked, choice.node) }</p>
            if all.is_empty() {
                <p>{ "No endpoint: refused." }</p>
            } else {
                <ol aria-label="Service rules">
                    for (number, rule) in all.into_iter().enumerate() {
                        <li key={number} class={if rule.taken { "taken" } else { "" }}>
                            { rule.how }{ ": " }<span class="mono">{ format!("to {}", rule.to) }</span>
                            { if rule.taken { if choice.sticks { ", chosen as before" } else { ", chosen" } } else { "" } }
                        </li>
                    }
                </ol>
            }
        </section>
    }
}

/// What was asked about its name: each opens while its packet is drawn, and stays so while the focus is in it.
fn questions(props: &ListsProps) -> Html {
    let legs = &props.network.drawn.legs;
    let questions = &legs[..legs.len().saturating_sub(1)];
    if questions.is_empty() {
        return Html::default();
    }
    let here = props.here.map(|(leg, ..)| leg);
    let entry = here.filter(|leg| *leg < questions.len()).unwrap_or(0);
    html! {
        <section>
            <h3>{ "DNS" }</h3>
            <ul aria-label="DNS" onkeydown={Callback::from(walk)}>
                for (number, leg) in questions.iter().enumerate() {
                    <li key={number}>
                        <details data-leg={number.to_string()} open={here == Some(number) || has_focus(number)}>
                            <summary class="mono" tabindex={if number == entry { "0" } else { "-1" }}>{ asked(leg, number, props.here) }</summary>
                            { hops(props, number, format!("Way of {}", leg.request.said())) }
                        </details>
                    </li>
                }
            </ul>
        </section>
    }
}

fn has_focus(number: usize) -> bool {
    let within = format!("[data-leg=\"{number}\"]");
    dom::focused().is_some_and(|here| here.closest(&within).ok().flatten().is_some())
}

/// The question; and the answer, once that is drawn.
fn asked(leg: &Leg, number: usize, here: Option<(usize, usize, bool)>) -> String {
    let last = leg.moments.len().saturating_sub(1);
    let is_told = here.is_some_and(|(at, hop, _)| at > number || at == number && hop >= last);
    leg.question_words(is_told)
}
