//! The Network view: one request as a picture and hop by hop in words, what a Service, the cluster's DNS and policies
//! made of it, the ledger of all requests, and the form that sends one.

use std::ops::Deref;
use std::rc::Rc;

use podarium::cluster::network::request::{Request, RequestId};
use podarium::cluster::{Input, SimTime};
use podarium::scene::network::{self, Local, Plan, Present};
use podarium::scene::{Selection, Speeds};
use yew::prelude::*;

use crate::ui::markup::{component, html};
use crate::ui::shot::Shot;

/// The picture.
mod picture;

/// What moves in it.
mod parcels;

/// Hosts, nodes and Pods in it.
mod boxes;

/// Hops, rules and questions in words.
mod lists;

/// All requests.
mod ledger;

/// The form "Send a request".
mod form;

use form::{Form, FormProps};
pub use form::{port_of, suggestions};
use ledger::{Ledger, LedgerProps};
use lists::{Lists, ListsProps};
use picture::{Picture, PictureProps};

/// Compared by address.
#[derive(Clone, Debug)]
pub struct Same<T>(Rc<T>);

impl<T> PartialEq for Same<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Deref for Same<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

/// What the view is told, and what it tells.
#[derive(Clone, PartialEq, Properties)]
pub struct NetworkProps {
    /// The world at the moment that is shown.
    pub shot: Shot,
    /// How fast virtual time went.
    pub speeds: Speeds,
    /// The moment.
    pub time: SimTime,
    /// The request that was chosen.
    pub chosen: Option<RequestId>,
    /// Numbers instead of what moves?
    pub reduced_motion: bool,
    /// How wide the view is, in CSS pixels.
    pub width: f64,
    /// What was done and when.
    pub inputs: Rc<Vec<(SimTime, Input)>>,
    /// What is selected.
    pub selection: Option<Selection>,
    /// Another request is to be shown.
    pub on_request: Callback<Option<RequestId>>,
    /// A hop is to be shown.
    pub on_hop: Callback<SimTime>,
    /// Something is to be done to the world.
    pub on_input: Callback<Input>,
}

/// From this width the lists stand beside the picture.
const WIDE: f64 = 1_000.0;
const LISTS: f64 = 332.0;
/// The margins of the view, with a bar to scroll with.
const MARGINS: f64 = 44.0;
const NARROW_MARGINS: f64 = 36.0;

/// The view.
#[component]
pub fn Network(props: &NetworkProps) -> Html {
    let open = use_state_eq(|| false);
    let (shot, speeds, time) = (&props.shot, &props.speeds, props.time);
    let id = network::shown(shot, props.chosen, time, speeds);
    let known = {
        let (shot, speeds) = (shot.clone(), speeds.clone());
        use_memo((shot.clone(), id), move |(_, id)| {
            let network = network::network(&shot, (*id)?, time, &speeds)?;
            Some(Same(Rc::new(network)))
        })
    };
    let room = match props.width {
        width if width >= WIDE => width - MARGINS - LISTS,
        width if width >= 600.0 => width - MARGINS,
        width => width - NARROW_MARGINS,
    };
    let planned = use_memo(((*known).clone(), room), |(known, room)| {
        let plan = network::plan(known.as_ref()?, room.max(284.0));
        Some(Same(Rc::new(plan)))
    });
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let close = {
        let open = open.clone();
        Callback::from(move |()| open.set(false))
    };
    let form = open.then(|| {
        component::<Form>(FormProps {
            shot: shot.clone(),
            inputs: props.inputs.clone(),
            selection: props.selection.clone(),
            on_input: props.on_input.clone(),
            on_close: close,
        })
    });
    let side = if props.width >= WIDE { "wide-net" } else { "" };
    html! {
        <div class={["net-view", side]}>
            <div class="net-head">
                { match &*known {
                    Some(network) => heading(props, network),
                    None => html! { <p class="net-title">{ "No traffic. Send a request." }</p> },
                } }
                <button class={if *open { "framed" } else { "primary" }} aria-expanded={open.to_string()} onclick={toggle}>{ "Send a request" }</button>
            </div>
            { form }
            if let (Some(network), Some(plan)) = (&*known, &*planned) {
                { shown(props, network, plan) }
            }
            { component::<Ledger>(LedgerProps {
                shot: shot.clone(),
                shown: id,
                inputs: props.inputs.clone(),
                on_request: props.on_request.clone(),
                on_input: props.on_input.clone(),
            }) }
        </div>
    }
}

fn shown(props: &NetworkProps, network: &Same<network::Network>, plan: &Same<Plan>) -> Html {
    let (shot, speeds, time) = (&props.shot, &props.speeds, props.time);
    let present = network.present(time);
    let (others, a_second) = network::others(shot, network, time, speeds);
    let lo = network.beside.as_ref();
    let lo = lo.and_then(|local| network::lo_at(shot, local, time, speeds));
    let here = present.map(|at| (at.leg, at.hop, at.over));
    html! {
        <>
            <div class="net-picture">
                { component::<Picture>(PictureProps {
                    network: network.clone(),
                    plan: plan.clone(),
                    present: present.map(|at| match props.reduced_motion {
                        true => Present { part: 0.0, ..at },
                        false => at,
                    }),
                    others: if props.reduced_motion { Vec::new() } else { others },
                    a_second,
                    lo,
                    numbered: props.reduced_motion,
                }) }
                { legend() }
            </div>
            { component::<Lists>(ListsProps {
                network: network.clone(),
                here,
                on_hop: props.on_hop.clone(),
            }) }
        </>
    }
}

/// Who asks whom, and what came of it.
fn heading(props: &NetworkProps, network: &network::Network) -> Html {
    let request = &network.request;
    let why = network::how_it_ended(request);
    let said = network::outcome_words(request);
    let state = match &*said {
        "under way" => "s-flow",
        said if said.starts_with("answered") => "s-ready",
        _ => "s-fail",
    };
    let hop = network.present(props.time).map(|at| {
        let leg = &network.drawn.legs[at.leg];
        let what = match leg.request.question {
            Some(_) => "DNS, hop",
            None => "hop",
        };
        format!("{what} {} of {}", at.hop + 1, leg.request.hops.len())
    });
    html! {
        <div class="net-title">
            <h2 class="mono" tabindex="-1">{ format!("{} → {}", request.from, request.goal()) }</h2>
            <p>
                <span class={["chip plain", state]}>{ said }</span>
                if let Some(hop) = hop { <span class="quiet">{ hop }</span> }
                if !why.is_empty() { <span class="quiet">{ why }</span> }
            </p>
        </div>
    }
}

fn legend() -> Html {
    let parcel = |class: &'static str, word: &'static str, d: &'static str| {
        html! {
            <span>
                <svg class="wires" width="24" height="12" viewBox="0 0 24 12"><path {class} {d} /></svg>
                { word }
            </span>
        }
    };
    html! {
        <p class="net-legend quiet" aria-hidden="true">
            { parcel("parcel", "request", "M1 1h15l7 5-7 5H1z") }
            { parcel("parcel answer", "answer", "M23 1H8L1 6l7 5h15z") }
            { parcel("way stopped", "dropped", "M0 6h24") }
        </p>
    }
}

/// What was asked over localhost, beside it.
pub(super) fn never_leaves(local: &Local) -> String {
    let exchange = &local.exchange;
    let to = match &*exchange.to {
        "" => "nobody",
        to => to,
    };
    format!(
        "{}: {} to {to} over localhost:{}. It never leaves the Pod, so no bridge, rule or policy sees it.",
        local.pod.path(),
        exchange.from,
        exchange.port
    )
}

/// `t+31.2 s`, for whoever lists requests.
pub(super) fn when(request: &Request) -> String {
    request.asked.to_string()
}
