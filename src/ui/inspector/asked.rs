//! A request that was chosen in the Network view: what it is, and why it ended as it did.

use podarium::api::ObjectKey;
use podarium::cluster::SimTime;
use podarium::cluster::network::request::{Request, RequestId};
use podarium::scene::network::{Step, drawn, from_to, hop_words, how_it_ended, outcome_words, why};
use podarium::scene::{Selection, Speeds, State};
use yew::prelude::*;

use super::parts::{Tab, chip, facts, part};
use crate::ui::markup::html;
use crate::ui::shot::Shot;
use crate::ui::tabs::tabs;

/// What is told of the request, and what that tells.
#[derive(Clone, PartialEq, Properties)]
pub struct AskedProps {
    /// The world at the moment that is shown.
    pub shot: Shot,
    /// That moment.
    pub time: SimTime,
    /// How fast virtual time went.
    pub speeds: Speeds,
    /// Which.
    pub id: RequestId,
    /// The request that is still drawn on its way: how it ends isn't told yet.
    pub still: Option<RequestId>,
    /// Something else is selected.
    pub on_select: Callback<Option<Selection>>,
    /// More of it is to be seen, where it only peeks over the stage.
    pub on_details: Callback<()>,
    /// Another moment is to be shown.
    pub on_seek: Callback<SimTime>,
}

const TABS: [(Tab, &str); 2] = [(Tab::Summary, "Summary"), (Tab::Why, "Why")];

/// Header, tabs, and what they show: at first, why.
#[component]
pub fn Asked(props: &AskedProps) -> Html {
    let tab = use_state_eq(|| 1_usize);
    let on_tab = {
        let tab = tab.clone();
        Callback::from(move |chosen: usize| tab.set(chosen))
    };
    let request = props.shot.network.requests().get(&props.id);
    let (open, name) = TABS[*tab];
    html! {
        <>
            <header class="inspected">
                <p class="quiet">{ request.map_or_else(|| "Request".to_string(), |request| format!("Request · {}", request.asked)) }</p>
                <h2 class="mono"><span class="spoken">{ "Request " }</span>{ request.map_or_else(String::new, |request| from_to(request)) }</h2>
                if let Some(request) = request { <p class="chips">{ state(request, props.still) }</p> }
                <div class="of-drawer">
                    <button class="framed peek" onclick={props.on_details.reform(|_| ())}>{ "Details" }</button>
                    <button class="icon" aria-label="Close" onclick={props.on_select.reform(|_| None)}>{ "×" }</button>
                </div>
            </header>
            { tabs("Details", &TABS.map(|(_, name)| name), *tab, &on_tab) }
            <div class="details" role="tabpanel" aria-label={name} tabindex="0">
                { match (request, open) {
                    (None, _) => html! { <p class="quiet">{ "It isn’t kept at this moment." }</p> },
                    (Some(request), Tab::Why) => told(props, request),
                    (Some(request), _) => summary(request, props.still),
                } }
            </div>
        </>
    }
}

fn state(request: &Request, still: Option<RequestId>) -> Html {
    let words = outcome_words(request, still);
    match &*words {
        "under way" => html! { <span class="chip s-flow">{ words }</span> },
        said if said.starts_with("answered") => chip(State::Ready, "ready", said),
        said => chip(State::Fail, "fail", said),
    }
}

fn summary(request: &Request, still: Option<RequestId>) -> Html {
    let is_told = still != Some(request.id);
    let ended = request.ended.filter(|_| is_told);
    let to = request.to.as_ref().filter(|_| is_told);
    let text = |text: &str| text.to_string();
    facts(vec![
        ("Asked", format!("{} {}", request.said(), request.goal())),
        ("From", request.from.to_string()),
        ("Address", text(&request.address)),
        ("Protocol", text(request.protocol.as_str())),
        ("Sent", request.asked.to_string()),
        ("Ended", ended.map_or_else(String::new, |at| at.to_string())),
        ("Answers", to.map_or_else(String::new, |to| to.to_string())),
        ("Outcome", outcome_words(request, still)),
        ("Why", how_it_ended(request, still)),
        (
            "Body",
            text(if is_told { request.body.trim_end() } else { "" }),
        ),
    ])
}

/// What led to its end, newest first; and its way, in the order in which it was gone.
fn told(props: &AskedProps, request: &std::rc::Rc<Request>) -> Html {
    let requests = props.shot.network.requests();
    let drawn = drawn(requests, request, &props.speeds);
    let steps = why(&drawn, props.time);
    let words = (0..request.hops.len()).filter_map(|number| hop_words(request, number));
    let hops =
        words.map(|hop| html! { <li key={hop.number} class="mono">{ hop.to_string() }</li> });
    html! {
        <>
            <p class="sentence">{ "What happened last, and what led to it, step by step." }</p>
            <ol class="why">
                { for steps.iter().enumerate().map(|(number, step)| row(props, number, step)) }
            </ol>
            if !request.hops.is_empty() {
                { part("Its way", html! { <ol class="way">{ for hops }</ol> }) }
            }
        </>
    }
}

fn row(props: &AskedProps, number: usize, step: &Step) -> Html {
    let at = step.drawn;
    let show = |key: &ObjectKey| {
        let selection = Some(Selection::Object(key.clone()));
        let name = format!("Show {key}");
        html! { <button class="framed" onclick={props.on_select.reform(move |_| selection.clone())}>{ name }</button> }
    };
    html! {
        <li key={number}>
            <button class="link mono" aria-label={format!("{}, {}: {}", step.at, step.who, step.what)} onclick={props.on_seek.reform(move |_| at)}>{ step.at.to_string() }</button>
            <div>
                <strong>{ &*step.who }</strong>
                <p class="mono message">{ &*step.what }</p>
                { for step.by.iter().map(show) }
            </div>
        </li>
    }
}
