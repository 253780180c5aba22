//! The Network view: one request as a picture and hop by hop in words, what a Service, the cluster's DNS and policies
//! made of it, the ledger of all requests, and the form that sends one.

use std::ops::Deref;
use std::rc::Rc;

use podarium::cluster::network::request::{Request, RequestId};
use podarium::cluster::{Input, SimTime};
use podarium::scene::network::{self, Local, Plan, Present, UNDER_WAY};
use podarium::scene::{Selection, Speeds};
use yew::prelude::*;

use crate::ui::dom;
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

/// Who may send, and to whom.
mod senders;

pub use form::{FormProps, RequestForm};
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
    pub on_request: Callback<RequestId>,
    /// A hop is to be shown.
    pub on_hop: Callback<SimTime>,
    /// It is to go on from a hop.
    pub on_follow: Callback<SimTime>,
    /// Something is to be done to the world.
    pub on_input: Callback<Input>,
}

/// The button that opens the form: there the focus goes on to where what had it is gone.
const SENDS: &str = "[data-sends]";
/// Where the form begins.
const SENDER: &str = ".net-form select";

/// From this width the lists stand beside the picture.
const WIDE: f64 = 1_000.0;
const LISTS: f64 = 332.0;
/// Below this width it is a phone's.
const NARROW: f64 = 600.0;
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
        width if width >= NARROW => width - MARGINS,
        width => width - NARROW_MARGINS,
    };
    let planned = use_memo(((*known).clone(), room), |(known, room)| {
        let plan = network::plan(known.as_ref()?, room.max(284.0));
        Some(Same(Rc::new(plan)))
    });
    let begin = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| {
            open.set(true);
            // Open already, it has the focus again; else it takes it as it opens.
            dom::focus(dom::find(SENDER));
        })
    };
    let close = {
        let open = open.clone();
        Callback::from(move |()| {
            open.set(false);
            dom::focus(dom::find(SENDS));
        })
    };
    // On a phone the form leaves no room for what it is about.
    let on_input = {
        let (close, is_narrow) = (close.clone(), props.width < NARROW);
        let on_input = props.on_input.clone();
        Callback::from(move |input| {
            let is_sent = matches!(input, Input::Send { .. });
            on_input.emit(input);
            if is_narrow && is_sent {
                close.emit(());
            }
        })
    };
    let arrives = known
        .as_ref()
        .as_ref()
        .map(|network| network.drawn.arrives());
    let still = id.filter(|_| arrives.is_some_and(|arrives| time < arrives));
    let form = open.then(|| {
        component::<RequestForm>(FormProps {
            shot: shot.clone(),
            inputs: props.inputs.clone(),
            selection: props.selection.clone(),
            own: None,
            still,
            on_input,
            on_close: close,
        })
    });
    let side = if props.width >= WIDE { "wide-net" } else { "" };
    html! {
        <div class={["net-view", side]}>
            <div class="net-head">
                { match &*known {
                    Some(network) => heading(props, network, still),
                    None => nothing(shot),
                } }
                <button data-sends="" class={if *open { "framed" } else { "primary" }} aria-expanded={open.to_string()} onclick={begin}>{ "Send a request" }</button>
            </div>
            { form }
            if let (Some(network), Some(plan)) = (&*known, &*planned) {
                { shown(props, network, plan) }
            }
            { component::<Ledger>(LedgerProps {
                shot: shot.clone(),
                shown: id,
                still,
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
                on_follow: props.on_follow.clone(),
            }) }
        </>
    }
}

/// Nothing went between Pods; what did within one is said.
fn nothing(shot: &Shot) -> Html {
    let local = network::beside(shot);
    html! {
        <div class="net-title">
            <p>{ "No traffic. Send a request." }</p>
            if let Some(local) = local { <p class="quiet">{ never_leaves(&local) }</p> }
        </div>
    }
}

/// Who asks whom, and what came of it once that is drawn.
fn heading(props: &NetworkProps, network: &network::Network, still: Option<RequestId>) -> Html {
    let request = &network.request;
    let why = network::how_it_ended(request, still);
    let said = network::outcome_words(request, still);
    let state = match &*said {
        UNDER_WAY => "s-flow",
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
            <span>
                <svg class="wires stop" width="36" height="16" viewBox="0 0 36 16"><path class="way stopped" d="M0 8h20" /><use class="icon-mark" href="#i-fail" x="20" y="0" width="16" height="16" /></svg>
                { "dropped" }
            </span>
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

/// `default/client, sh to web:80`: what a person sends.
pub fn sent_words(input: &Input) -> String {
    match input {
        Input::Send { from, to, port, .. } => {
            let from = senders::name_of(from, None);
            format!("{from} to {to}:{port}")
        }
        _ => String::new(),
    }
}

/// `t+31.2 s`, for whoever lists requests.
pub(super) fn when(request: &Request) -> String {
    request.asked.to_string()
}
