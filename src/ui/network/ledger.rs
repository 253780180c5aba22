//! All requests that are kept, newest first, how they ended and why; and what is sent every second.

use std::rc::Rc;

use podarium::cluster::network::request::{Request, RequestId};
use podarium::cluster::{Input, InputId, SimTime};
use podarium::scene::network::{how_it_ended, is_own, outcome_words, tally};
use yew::prelude::*;

use super::when;
use crate::ui::markup::html;
use crate::ui::shot::Shot;

/// What is listed.
#[derive(Clone, PartialEq, Properties)]
pub struct LedgerProps {
    /// The world at the moment that is shown.
    pub shot: Shot,
    /// The request that the picture shows.
    pub shown: Option<RequestId>,
    /// What was done and when.
    pub inputs: Rc<Vec<(SimTime, Input)>>,
    /// The picture is to show another one.
    pub on_request: Callback<Option<RequestId>>,
    /// Something is to be done to the world.
    pub on_input: Callback<Input>,
}

/// The ledger.
#[component]
pub fn Ledger(props: &LedgerProps) -> Html {
    let requests = props.shot.network.requests();
    let own = requests.values().rev().filter(|request| is_own(request));
    let mut rows = own.peekable();
    let counts = tally(requests);
    html! {
        <>
            { traffic(props) }
            if rows.peek().is_some() {
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
                        <tbody>
                            { for rows.map(|request| row(props, request)) }
                        </tbody>
                    </table>
                    </div>
                </section>
            }
        </>
    }
}

fn row(props: &LedgerProps, request: &Rc<Request>) -> Html {
    let is_shown = props.shown == Some(request.id);
    let id = request.id;
    let outcome = outcome_words(request);
    let class = match &*outcome {
        "under way" => "s-flow",
        said if said.starts_with("answered") => "s-ready",
        _ => "s-fail",
    };
    let resolved = match *request.address == *request.host || request.address.is_empty() {
        true => String::new(),
        false => format!(" ({})", request.address),
    };
    html! {
        <tr key={id.0.to_string()} class={if is_shown { "chosen" } else { "" }}>
            <th scope="row">
                <button class="link mono" aria-current={is_shown.then_some("true")} onclick={props.on_request.reform(move |_| Some(id))}>{ when(request) }</button>
            </th>
            <td class="mono">{ request.from.to_string() }</td>
            <td class="mono">{ format!("{}{resolved}", request.goal()) }</td>
            <td><span class={["outcome", class]}>{ outcome }</span></td>
            <td>{ how_it_ended(request) }</td>
        </tr>
    }
}

/// What is sent every second, until it is stopped.
fn traffic(props: &LedgerProps) -> Html {
    let all = props.shot.network.traffic();
    if all.is_empty() {
        return Html::default();
    }
    let one = |id: InputId| match props.inputs.get(id.0 as usize) {
        Some((_, Input::Send { from, to, port, .. })) => {
            let from = match from {
                Some((pod, name)) => format!("{}, {name}", pod.path()),
                None => "Outside".into(),
            };
            format!("{from} to {to}:{port}")
        }
        _ => format!("Input {}", id.0),
    };
    html! {
        <section class="traffic">
            <h3>{ "Every second" }</h3>
            <ul aria-label="Every second">
                for id in all.keys().copied() {
                    <li key={id.0.to_string()}>
                        <span class="mono">{ one(id) }</span>
                        <button class="framed" aria-label={format!("Stop {}", one(id))} onclick={props.on_input.reform(move |_| Input::StopSending { input: id })}>{ "Stop" }</button>
                    </li>
                }
            </ul>
        </section>
    }
}
