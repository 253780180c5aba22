//! All requests that are kept, newest first, how they ended and why; and what is sent every second. Of the one that is
//! shown it is told when it is drawn there.

use std::rc::Rc;

use podarium::cluster::network::request::{Request, RequestId};
use podarium::cluster::{Input, InputId, SimTime};
use podarium::collections::Map;
use podarium::scene::network::{UNDER_WAY, how_it_ended, is_own, outcome_words, tally, told};
use yew::prelude::*;

use super::{Same, sent_words, when};
use crate::ui::dom;
use crate::ui::keys::walk;
use crate::ui::markup::{component, html, keyed};
use crate::ui::shot::Shot;

/// What is listed.
#[derive(Clone, PartialEq, Properties)]
pub struct LedgerProps {
    /// The world at the moment that is shown.
    pub shot: Shot,
    /// The request that the picture shows.
    pub shown: Option<RequestId>,
    /// The same, while it is drawn on its way.
    pub still: Option<RequestId>,
    /// What was done and when.
    pub inputs: Rc<Vec<(SimTime, Input)>>,
    /// The picture is to show another one.
    pub on_request: Callback<RequestId>,
    /// Something is to be done to the world.
    pub on_input: Callback<Input>,
}

/// The ledger.
#[component]
pub fn Ledger(props: &LedgerProps) -> Html {
    let requests = props.shot.network.requests();
    let own = requests.values().rev().filter(|request| is_own(request));
    let own: Vec<&Rc<Request>> = own.collect();
    let is_shown = |request: &&&Rc<Request>| props.shown == Some(request.id);
    let entry = own.iter().find(is_shown).or(own.first());
    let entry = entry.map(|request| request.id);
    let counts = tally(requests, props.still);
    html! {
        <>
            { component::<Traffic>(TrafficProps {
                streams: streams(props),
                on_input: props.on_input.clone(),
            }) }
            if !own.is_empty() {
                <section class="ledger">
                    <h3>{ "Requests" }</h3>
                    <p class="quiet">{ format!("{counts}. The last {} are kept.", podarium::cluster::network::REQUESTS) }</p>
                    <div class="wide-table" role="region" aria-label="Requests, the table" tabindex="0">
                    <table aria-label="Requests">
                        <thead>
                            <tr>
                                <th scope="col">{ "Time" }</th><th scope="col">{ "From" }</th><th scope="col">{ "To" }</th>
                                <th scope="col">{ "Outcome" }</th><th scope="col">{ "Why" }</th>
                            </tr>
                        </thead>
                        <tbody onkeydown={Callback::from(walk)}>
                            { for own.into_iter().map(|request| keyed::<Row>(request.id.0.to_string(), RowProps {
                                request: Same(request.clone()),
                                is_shown: props.shown == Some(request.id),
                                is_still: props.still == Some(request.id),
                                is_entry: entry == Some(request.id),
                                on_request: props.on_request.clone(),
                            })) }
                        </tbody>
                    </table>
                    </div>
                </section>
            }
        </>
    }
}

#[derive(Clone, Properties)]
struct RowProps {
    request: Same<Request>,
    /// Does the picture show it?
    is_shown: bool,
    /// Is it drawn on its way?
    is_still: bool,
    /// Is it on the way of Tab?
    is_entry: bool,
    on_request: Callback<RequestId>,
}

impl PartialEq for RowProps {
    /// Whom it tells is the same page, each time that it is drawn.
    fn eq(&self, other: &Self) -> bool {
        let of = |props: &Self| (props.is_shown, props.is_still, props.is_entry);
        self.request == other.request && of(self) == of(other)
    }
}

/// A request. Two hundred of them: only those are drawn again that became others.
#[component]
fn Row(props: &RowProps) -> Html {
    let (request, is_shown) = (&*props.request, props.is_shown);
    let id = request.id;
    let still = props.is_still.then_some(id);
    let outcome = outcome_words(request, still);
    let class = match &*outcome {
        UNDER_WAY => "s-flow",
        said if said.starts_with("answered") => "s-ready",
        _ => "s-fail",
    };
    let resolved = match *request.address == *request.host || request.address.is_empty() {
        true => String::new(),
        false => format!(" ({})", request.address),
    };
    let name = format!("{}, {}", when(request), told(request, still));
    html! {
        <tr class={if is_shown { "chosen" } else { "" }}>
            <th scope="row">
                <button class="link mono" aria-label={name} tabindex={if props.is_entry { "0" } else { "-1" }}
                    aria-current={is_shown.then_some("true")} onclick={props.on_request.reform(move |_| id)}>{ when(request) }</button>
            </th>
            <td class="mono">{ request.from.to_string() }</td>
            <td class="mono">{ format!("{}{resolved}", request.goal()) }</td>
            <td><span class={["outcome", class]}>{ outcome }</span></td>
            <td>{ how_it_ended(request, still) }</td>
        </tr>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct TrafficProps {
    /// What is sent every second, each with its name.
    streams: Vec<(InputId, String)>,
    on_input: Callback<Input>,
}

/// Names of what is sent every second: those that would have the same are numbered.
fn streams(props: &LedgerProps) -> Vec<(InputId, String)> {
    let mut known: Map<String, usize> = Map::new();
    let ids = props.shot.network.traffic().keys().copied();
    let names = ids.map(|id| {
        let name = match props.inputs.get(id.0 as usize) {
            Some((at, input)) => format!("{}, since {at}", sent_words(input)),
            None => format!("Input {}", id.0),
        };
        let number = known.or_insert(name.clone(), 0);
        *number += 1;
        match *number {
            1 => (id, name),
            number => (id, format!("{name}, number {number}")),
        }
    });
    names.collect()
}

/// What is sent every second, until it is stopped. The focus goes on to the next one's button then, or back to where
/// requests are sent.
#[component]
fn Traffic(props: &TrafficProps) -> Html {
    let list = use_node_ref();
    let stopping = use_mut_ref(|| None::<(InputId, usize)>);
    let ids: Vec<InputId> = props.streams.iter().map(|(id, _)| *id).collect();
    {
        let (list, stopping) = (list.clone(), stopping.clone());
        use_effect_with(ids, move |ids| {
            let stopped = stopping.borrow_mut().take_if(|(id, _)| !ids.contains(id));
            let Some((_, place)) = stopped.filter(|_| dom::is_focus_lost()) else {
                return;
            };
            let list = list.cast::<web_sys::Element>();
            let items = list.map(|list| list.children());
            let last = ids.len().saturating_sub(1);
            let item = items.and_then(|items| items.item(place.min(last) as u32));
            let next = item.and_then(|item| item.query_selector("button").ok().flatten());
            dom::focus(next.or_else(|| dom::find(super::SENDS)));
        });
    }
    if props.streams.is_empty() {
        return Html::default();
    }
    html! {
        <section class="traffic">
            <h3>{ "Every second" }</h3>
            <ul ref={list} aria-label="Every second">
                for (place, (id, name)) in props.streams.iter().enumerate() {
                    { stream(props, &stopping, (place, *id), name) }
                }
            </ul>
        </section>
    }
}

fn stream(
    props: &TrafficProps,
    stopping: &Rc<std::cell::RefCell<Option<(InputId, usize)>>>,
    (place, id): (usize, InputId),
    name: &str,
) -> Html {
    let stopping = stopping.clone();
    let stop = props.on_input.reform(move |_: MouseEvent| {
        *stopping.borrow_mut() = Some((id, place));
        Input::StopSending { input: id }
    });
    html! {
        <li key={id.0.to_string()}>
            <span class="mono">{ name }</span>
            <button class="framed" aria-label={format!("Stop {name}")} onclick={stop}>{ "Stop" }</button>
        </li>
    }
}
