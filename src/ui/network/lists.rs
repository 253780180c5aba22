//! The request in words: its hops, the rules of a Service, the questions about its name, and what never left its Pod.

use podarium::cluster::SimTime;
use podarium::cluster::network::request::Outcome;
use podarium::scene::network::{self, Leg, rules};
use yew::prelude::*;

use super::{Same, never_leaves};
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
                        <button class="framed" onclick={props.on_hop.reform(move |_| answer)}>{ "Follow the answer back" }</button>
                    }
                </div>
                if let Some(leg) = own {
                    if leg.request.hops.is_empty() {
                        <p class="quiet">{ "No packet was sent to it." }</p>
                    } else {
                        { hops(props, last, "Hops") }
                    }
                }
            </section>
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

/// The hops of a leg, each a button that leads to its moment.
fn hops(props: &ListsProps, number: usize, name: &str) -> Html {
    let Some(leg) = props.network.drawn.legs.get(number) else {
        return Html::default();
    };
    let here = props.here.filter(|(leg, ..)| *leg == number);
    html! {
        <ol class="hops" aria-label={name.to_string()}>
            for (hop, at) in leg.moments.iter().enumerate() {
                { one(props, number, hop, *at, here.is_some_and(|(_, here, _)| here == hop)) }
            }
        </ol>
    }
}

fn one(props: &ListsProps, leg: usize, hop: usize, at: SimTime, is_here: bool) -> Html {
    let words = props.network.hop_words(leg, hop);
    html! {
        <li key={hop}>
            <button class="hop-item" aria-current={is_here.then_some("step")} onclick={props.on_hop.reform(move |_| at)}>{ words }</button>
        </li>
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

/// What was asked about its name.
fn questions(props: &ListsProps) -> Html {
    let legs = &props.network.drawn.legs;
    let questions = &legs[..legs.len().saturating_sub(1)];
    if questions.is_empty() {
        return Html::default();
    }
    html! {
        <section>
            <h3>{ "DNS" }</h3>
            <ul aria-label="DNS">
                for (number, leg) in questions.iter().enumerate() {
                    <li key={number}>
                        <span class="mono">{ asked(leg) }</span>
                        <details open={props.here.is_some_and(|(at, ..)| at == number)}>
                            <summary>{ "Its way" }</summary>
                            { hops(props, number, "The question's way") }
                        </details>
                    </li>
                }
            </ul>
        </section>
    }
}

/// `A web.default.svc.cluster.local. of 10.96.0.10: NOERROR, 10.96.7.7`
fn asked(leg: &Leg) -> String {
    let request = &leg.request;
    let said = match &request.outcome {
        Some(Outcome::Resolved(code)) => code.to_string(),
        Some(Outcome::Answered(_)) | None => "under way".into(),
        Some(outcome) => outcome.to_string(),
    };
    let answer = match &*request.body {
        "" => String::new(),
        body => format!(", {}", body.replace('\n', ", ")),
    };
    format!("{} of {}: {said}{answer}", request.said(), request.host)
}
