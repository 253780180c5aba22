//! The Ownership view: owners, what is theirs, the two fenceposts of a rolling update, the last look of a controller
//! step by step, and the buttons that change what is wanted.

use std::ops::Deref;
use std::rc::Rc;

use podarium::api::ObjectKey;
use podarium::cluster::{Input, SimTime};
use podarium::scene::ownership::{self, Family, Loop, Moves, Stage};
use podarium::scene::{Selection, Speeds};
use yew::prelude::*;

use crate::ui::markup::{component, html};
use crate::ui::shot::Shot;
use crate::ui::stage::wrap;

/// Cards, Pods and the lines between them.
mod picture;

/// The least and the most of a rolling update.
mod fence;

/// What is to be otherwise.
mod hands;

use hands::{Hands, HandsProps};
use picture::{Picture, PictureProps};

/// What the view is told, and what it tells.
#[derive(Clone, PartialEq, Properties)]
pub struct OwnershipProps {
    /// The world at the moment that is shown.
    pub shot: Shot,
    /// That moment, in whole seconds.
    pub time: SimTime,
    /// The same to the microsecond, while something moves.
    pub moving: Option<SimTime>,
    /// How fast virtual time went.
    pub speeds: Speeds,
    /// How wide the view is, in CSS pixels.
    pub width: f64,
    /// What is selected.
    pub selection: Option<Selection>,
    /// What has the tree's focus.
    pub focused: Option<Selection>,
    /// Something else is selected.
    pub on_select: Callback<Option<Selection>>,
    /// Another moment is to be shown.
    pub on_seek: Callback<SimTime>,
    /// Something is to be done to the world.
    pub on_input: Callback<Input>,
}

/// Compared by value: what is shown changes more seldom than the world does.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown(Rc<Family>);

impl Deref for Shown {
    type Target = Family;
    fn deref(&self) -> &Family {
        &self.0
    }
}

/// The margins of the view, with a bar to scroll with.
const MARGINS: f64 = 44.0;
/// Text of a note, in CSS pixels, and how many lines it may have.
pub const NOTE: f64 = 12.0;
pub const NOTE_LINES: usize = 3;

/// The view.
#[component]
pub fn Ownership(props: &OwnershipProps) -> Html {
    let known = {
        let of = (props.shot.clone(), props.selection.clone(), props.time);
        use_memo(of, |(shot, selection, time)| {
            ownership::ownership(shot, selection.as_ref(), *time)
        })
    };
    let room = (props.width - MARGINS).max(280.0);
    let root = props.selection.as_ref();
    let root = root.and_then(|selection| ownership::root_of(&props.shot.store, selection));
    let root = root.or_else(|| Some(known.families.first()?.root.clone()));
    let is_root = |family: &Family| root.as_ref() == Some(&family.root);
    let moves = props
        .moving
        .map(|t| ownership::moves(&props.shot, &known, t, &props.speeds));
    let mut moves = moves.unwrap_or_default().into_iter();
    let mut parts: Vec<(&Family, Moves)> = Vec::new();
    for family in &known.families {
        parts.push((family, moves.next().unwrap_or_default()));
    }
    html! {
        <div class="own-view">
            { component::<Hands>(HandsProps {
                shot: props.shot.clone(),
                selection: props.selection.clone(),
                root: root.clone(),
                on_input: props.on_input.clone(),
            }) }
            if known.families.is_empty() {
                <p class="own-empty">{ "Nothing owns a Pod yet. Apply a Deployment, a Job, or anything else that keeps Pods." }</p>
            }
            { for parts.into_iter().map(|(family, moves)| html! {
                <section key={family.root.to_string()} class="family" aria-label={is_root(family).then(|| family.root.to_string())}>
                    { component::<Picture>(PictureProps {
                        family: Shown(Rc::new(family.clone())),
                        moves: moves.clone(),
                        width: room,
                        selected: key_in(&props.selection),
                        focused: key_in(&props.focused),
                        on_select: props.on_select.clone(),
                    }) }
                    if family.more > 0 { <p class="quiet">{ format!("{} more without a Pod, in the tree.", family.more) }</p> }
                    if is_root(family) {
                        if let Some(fence) = &family.fence { { fence::fence(fence, moves.bars, room) } }
                        { component::<Looks>(LooksProps {
                            shot: props.shot.clone(),
                            selected: key_in(&props.selection),
                            root: family.root.clone(),
                            on_select: props.on_select.clone(),
                            on_seek: props.on_seek.clone(),
                        }) }
                    }
                </section>
            }) }
            if known.more > 0 {
                <p class="quiet">{ format!("{} more owners, in the tree. Select one to see it here.", known.more) }</p>
            }
        </div>
    }
}

/// The object that is selected; of a container its Pod.
fn key_in(selection: &Option<Selection>) -> Option<ObjectKey> {
    match selection {
        Some(Selection::Object(key) | Selection::Container { pod: key, .. }) => Some(key.clone()),
        _ => None,
    }
}

/// How many lines a note takes.
pub fn note_lines(note: &str, width: f64) -> usize {
    wrap(note, width / NOTE, NOTE_LINES).len()
}

/// What is said of looks, and what it tells.
#[derive(Clone, PartialEq, Properties)]
pub struct LooksProps {
    /// The world at the moment that is shown.
    pub shot: Shot,
    /// What is selected.
    pub selected: Option<ObjectKey>,
    /// The root that is shown with all that is known of it.
    pub root: ObjectKey,
    /// Something else is selected.
    pub on_select: Callback<Option<Selection>>,
    /// Another moment is to be shown.
    pub on_seek: Callback<SimTime>,
}

/// The last look at what is selected, or at the root: observe, compare, act, and what is waited for.
#[component]
fn Looks(props: &LooksProps) -> Html {
    let selected = props.selected.clone();
    let selected = selected.filter(|key| ownership::KINDS.contains(&&*key.kind));
    let key = selected.unwrap_or_else(|| props.root.clone());
    let Some(look) = ownership::looked(&props.shot, &key) else {
        return Html::default();
    };
    let Loop { controller, stages } = look;
    let so_far = match &*props.root.kind {
        "Deployment.apps" => ownership::so_far(&props.shot, &props.root),
        _ => Vec::new(),
    };
    html! {
        <section class="loop">
            <h3>{ "Reconcile" }</h3>
            <p class="quiet">{ format!("The last look of the {controller} at {key}.") }</p>
            <ol aria-label="Reconcile">
                { for stages.iter().enumerate().map(|(number, stage)| step(props, number, stage)) }
            </ol>
            if !so_far.is_empty() {
                <h3>{ "The rolling update so far" }</h3>
                <ol aria-label="The rolling update so far">
                    { for so_far.iter().enumerate().map(|(number, stage)| step(props, number, stage)) }
                </ol>
            }
        </section>
    }
}

fn step(props: &LooksProps, number: usize, stage: &Stage) -> Html {
    let seek = stage.at.map(|at| {
        let go = props.on_seek.reform(move |_: MouseEvent| at);
        html! { <button class="link mono" onclick={go}>{ at.to_string() }</button> }
    });
    let select = stage.object.clone().map(|object| {
        let words = format!("Select {}", object.name);
        let choose = move |_: MouseEvent| Some(Selection::Object(object.clone()));
        html! { <button class="link" onclick={props.on_select.reform(choose)}>{ words }</button> }
    });
    html! {
        <li key={number} class={if stage.part == "Wait" { "waits" } else { "" }}>
            <strong>{ stage.part }</strong>{ ": " }
            <span>{ &*stage.words }</span>
            if !stage.why.is_empty() { <span class="because">{ ", because " }{ &*stage.why }</span> }
            { " " }{ seek }{ " " }{ select }
        </li>
    }
}
