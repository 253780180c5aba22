//! Region "Inspector": what is known of the thing that is selected, and why it is so.

use std::rc::Rc;

use podarium::cluster::{Input, SimTime};
use podarium::scene::Selection;
use yew::prelude::*;

use crate::ui::shot::Shot;

/// What the inspector is told, and what it tells.
#[derive(Clone, PartialEq, Properties)]
pub struct InspectorProps {
    /// The world at the moment that is shown.
    pub shot: Shot,
    /// The world at the present.
    pub present: Shot,
    /// What was done and when.
    pub inputs: Rc<Vec<(SimTime, Input)>>,
    /// What is selected.
    pub selection: Option<Selection>,
    /// Something else is selected.
    pub on_select: Callback<Option<Selection>>,
    /// Another moment is to be shown.
    pub on_seek: Callback<SimTime>,
    /// Something is to be done to the world.
    pub on_input: Callback<Input>,
    /// A line of a manifest is to be shown: its text, and the line, counted from 1.
    pub on_line: Callback<(Rc<str>, usize)>,
}

/// Region "Inspector".
#[component]
pub fn Inspector(props: &InspectorProps) -> Html {
    let name = props.selection.as_ref().map(ToString::to_string);
    html! { <section class="inspector" aria-label="Inspector">{ name }</section> }
}
