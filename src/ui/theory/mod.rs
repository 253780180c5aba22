//! The Theory view: the same deed in three worlds, what each of them moves as one piece, and how they differ.

use podarium::cluster::theory::Deed;
use podarium::cluster::{Input, SimTime};
use podarium::scene::theory::{self, Kind, Said, World, plan};
use podarium::scene::{Selection, Speeds};
use yew::prelude::*;

use crate::ui::markup::html;
use crate::ui::shot::Shot;

/// A world, drawn.
mod picture;

/// What the view is told, and what it tells.
#[derive(Clone, PartialEq, Properties)]
pub struct TheoryProps {
    /// The world at the moment that is shown.
    pub shot: Shot,
    /// That moment, or the last one at which anything moved.
    pub time: SimTime,
    /// How fast virtual time went.
    pub speeds: Speeds,
    /// Steps instead of movements?
    pub reduced_motion: bool,
    /// How wide the view is, in CSS pixels.
    pub width: f64,
    /// A Pod is selected.
    pub on_select: Callback<Option<Selection>>,
    /// Something is to be done to the world.
    pub on_input: Callback<Input>,
    /// Another moment is to be shown.
    pub on_seek: Callback<SimTime>,
}

/// What may be done, as its button says.
const DEEDS: [(Deed, &str); 4] = [
    (Deed::PlaceOne, "Place one"),
    (Deed::ScaleToThree, "Scale to 3"),
    (Deed::MoveOne, "Move one"),
    (Deed::FailMachine, "Fail a machine"),
];

/// Each world's name, and whose unit it is about.
const NAMES: [(&str, &str); 3] = [
    ("Virtual machine", "the hypervisor’s unit"),
    ("Container", "the engine’s unit"),
    ("Pod", "Kubernetes’ unit"),
];

/// How they differ: what is asked, and each world's answer.
const FACTS: [(&str, [&str; 3]); 6] = [
    (
        "Placed by",
        [
            "the hypervisor’s manager",
            "the container engine, on its own host",
            "the Kubernetes scheduler, once, on a node",
        ],
    ),
    (
        "Placed as a whole",
        [
            "an operating system and all in it",
            "one container, alone",
            "all containers of the Pod, together or not at all",
        ],
    ),
    (
        "Brings its own",
        [
            "kernel, libraries, address",
            "libraries, processes, filesystem",
            "IP address and hostname, over its containers’ filesystems",
        ],
    ),
    (
        "Shares",
        [
            "hardware",
            "the kernel",
            "the node’s kernel; inside: network, IPC, volumes",
        ],
    ),
    (
        "More of it",
        [
            "another VM",
            "another container",
            "another Pod, never a bigger one",
        ],
    ),
    (
        "Its machine fails",
        [
            "restarted elsewhere, if the manager does that",
            "lost, until something starts another",
            "lost, until a controller creates another Pod",
        ],
    ),
];

/// Margins of the view, with a bar to scroll with; between cards; and what stands left of them.
const MARGINS: f64 = 44.0;
const GAP: f64 = 12.0;
const LABELS: f64 = 98.0;
/// A card is at least so wide where there are several; from so wide on there is room for labels, too.
const CARD: f64 = 280.0;
const ROOMY: f64 = 1_180.0;

/// The view.
#[component]
pub fn Theory(props: &TheoryProps) -> Html {
    let room = props.width - MARGINS;
    let labels = room >= ROOMY;
    let free = if labels { room - LABELS - GAP } else { room };
    let columns = (((free + GAP) / (CARD + GAP)) as usize).clamp(1, 3);
    let width = ((free + GAP) / columns as f64 - GAP).max(260.0).floor();
    let worlds = theory::theory(&props.shot, &props.speeds, props.time);
    let said = theory::said(&props.shot);
    let first = plan(&worlds[0], width);
    html! {
        <div class="theory-view" data-columns={columns.to_string()} data-labels={labels.to_string()}>
            <div class="theory-head">
                <h3>{ "What is placed as one piece?" }</h3>
                <p>{ "Each world has its atomic unit of scheduling. Do the same to all three and watch the brackets." }</p>
                <div class="row">{ for DEEDS.iter().map(|(deed, name)| button(props, *deed, name)) }</div>
            </div>
            <div class="worlds">
                if labels { { picture::labels(&first, LABELS) } }
                { for worlds.iter().zip(said).map(|(world, said)| card(props, world, &said, width, columns == 1)) }
            </div>
            if columns > 1 { { table() } }
        </div>
    }
}

fn button(props: &TheoryProps, deed: Deed, name: &'static str) -> Html {
    let class = if deed == Deed::PlaceOne {
        "primary"
    } else {
        "framed"
    };
    let act = props
        .on_input
        .reform(move |_: MouseEvent| Input::Theory(deed));
    html! { <button key={name} {class} onclick={act}>{ name }</button> }
}

fn card(props: &TheoryProps, world: &World, said: &[Said], width: f64, with_facts: bool) -> Html {
    let number = world.kind as usize;
    let (name, whose) = NAMES[number];
    let class = if world.kind == Kind::Pod {
        "world own"
    } else {
        "world"
    };
    html! {
        <div key={name} {class} role="group" aria-label={name}>
            <h4>{ name }{ " " }<span>{ whose }</span></h4>
            { picture::picture(props, world, width - 2.0) }
            <ul class="spoken" aria-label="Units">
                { for world.units.iter().map(|piece| {
                    let machine = piece.place.and_then(|place| world.machines.get(place.machine));
                    let place = match machine {
                        Some(machine) if machine.is_on => format!(", on {}", machine.name),
                        Some(machine) => format!(", on {}, which is off", machine.name),
                        None => ", nowhere".to_string(),
                    };
                    html! { <li key={&*piece.id}>{ &*piece.name }{ ", " }{ piece.word }{ place }</li> }
                }) }
            </ul>
            <ol class="happened" aria-label="What happened">
                { for said.iter().enumerate().map(|(number, said)| sentence(props, number, said)) }
                if said.is_empty() { <li>{ "Nothing was done here yet." }</li> }
            </ol>
            if with_facts {
                <dl>
                    { for FACTS.iter().map(|(fact, answers)| html! {
                        <div key={*fact}><dt>{ *fact }</dt><dd>{ answers[number] }</dd></div>
                    }) }
                </dl>
            }
        </div>
    }
}

fn sentence(props: &TheoryProps, number: usize, said: &Said) -> Html {
    let at = said.at;
    let go = props.on_seek.reform(move |_: MouseEvent| at);
    html! {
        <li key={number}>
            <button class="link mono" onclick={go}>{ at.to_string() }</button>{ " " }{ &*said.words }
        </li>
    }
}

fn table() -> Html {
    html! {
        <table class="compared" aria-label="How they differ">
            <thead>
                <tr><th scope="col">{ "What" }</th>{ for NAMES.iter().map(|(name, _)| html! { <th key={*name} scope="col">{ *name }</th> }) }</tr>
            </thead>
            <tbody>
                { for FACTS.iter().map(|(fact, answers)| html! {
                    <tr key={*fact}>
                        <th scope="row">{ *fact }</th>
                        { for answers.iter().map(|answer| html! { <td>{ *answer }</td> }) }
                    </tr>
                }) }
            </tbody>
        </table>
    }
}
