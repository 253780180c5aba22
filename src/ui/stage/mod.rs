//! The stage: the cluster as a picture, the same in words, and the tools for its machines.

/// The cluster in words.
mod tree;

use podarium::cluster::{Input, SimTime};
use podarium::scene::{Selection, Speeds};
use yew::prelude::*;

use crate::ui::shot::Shot;
use tree::Tree;

/// What the stage is told, and what it tells.
#[derive(Clone, PartialEq, Properties)]
pub struct StageProps {
    /// The world at the moment that is shown.
    pub snapshot: Shot,
    /// That moment.
    pub time: SimTime,
    /// How fast virtual time went.
    pub speeds: Speeds,
    /// What is selected, here and in every other part of the page.
    pub selection: Option<Selection>,
    /// Steps instead of movements?
    pub reduced_motion: bool,
    /// Larger text and heavier strokes, for a room?
    pub presentation: bool,
    /// Something else is selected.
    pub on_select: Callback<Option<Selection>>,
    /// A machine comes or goes.
    pub on_machines: Callback<Input>,
}

/// Region "Stage".
#[component]
pub fn Stage(props: &StageProps) -> Html {
    html! {
        <section class="stage" aria-label="Stage">
            <Tree shot={props.snapshot.clone()} selection={props.selection.clone()}
                on_focus={Callback::noop()} on_enter={props.on_select.clone()} on_out={Callback::noop()} />
        </section>
    }
}
