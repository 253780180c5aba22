//! The Pod view: one Pod from near. What there is of it to be shown is chosen above.

use std::rc::Rc;

use podarium::api::ObjectKey;
use podarium::cluster::SimTime;
use podarium::scene::{Anatomy, Selection};
use web_sys::Element;
use yew::prelude::*;

use crate::ui::dom;
use crate::ui::markup::{component, html};
use crate::ui::shot::Shot;

/// What is in the Pod, and what its containers share.
mod anatomy;

/// Its containers.
mod cards;

/// Its volumes.
mod drums;

/// In which order it starts.
mod steps;

/// Lines and text of a drawing.
pub mod pen;

/// Bars along time.
mod chart;

/// The moments that decided its life.
mod film_strip;

/// All of its life.
mod life_line;

/// What is shown of the Pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Show {
    /// What is in it.
    #[default]
    Anatomy,
    /// The moments that decided its life.
    FilmStrip,
    /// All of its life.
    LifeLine,
}

/// All, with what they are called.
const CHOICES: [(Show, &str); 3] = [
    (Show::Anatomy, "Anatomy"),
    (Show::FilmStrip, "Film strip"),
    (Show::LifeLine, "Life line"),
];

impl Show {
    /// As it is called.
    pub fn name(self) -> &'static str {
        CHOICES[self as usize].1
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        let found = CHOICES.into_iter().find(|(_, of)| *of == name);
        found.map(|(show, _)| show)
    }
}

/// The radiogroup "Show".
pub fn choices(show: Show, on_show: &Callback<Show>) -> Html {
    let pressed = {
        let on_show = on_show.clone();
        Callback::from(move |event: KeyboardEvent| {
            let here = CHOICES.iter().position(|(one, _)| *one == show);
            let here = here.unwrap_or_default();
            let next = match &*event.key() {
                "ArrowRight" | "ArrowDown" => (here + 1) % CHOICES.len(),
                "ArrowLeft" | "ArrowUp" => (here + CHOICES.len() - 1) % CHOICES.len(),
                _ => return,
            };
            event.prevent_default();
            on_show.emit(CHOICES[next].0);
            let here = event.target_dyn_into::<Element>();
            let group = here.and_then(|here| here.closest("[role=radiogroup]").ok().flatten());
            dom::focus(group.and_then(|group| group.children().item(next as u32)));
        })
    };
    html! {
        <div class="choices" role="radiogroup" aria-label="Show" onkeydown={pressed}>
            { for CHOICES.iter().map(|(one, name)| {
                let one = *one;
                html! {
                    <button key={*name} role="radio" aria-checked={(one == show).to_string()}
                        tabindex={if one == show { "0" } else { "-1" }} onclick={on_show.reform(move |_| one)}>
                        { *name }
                    </button>
                }
            }) }
        </div>
    }
}

/// What the view is told, and what it tells.
#[derive(Clone, PartialEq, Properties)]
pub struct PodProps {
    /// What is to be shown of the Pod.
    pub show: Show,
    /// What is in the Pod.
    pub anatomy: Option<Rc<Anatomy>>,
    /// How wide the view is, in CSS pixels.
    pub width: f64,
    /// The world at the moment that is shown.
    pub shot: Shot,
    /// What was lived, for whatever shows more than that moment.
    pub lived: Option<Lived>,
    /// What is selected.
    pub selection: Option<Selection>,
    /// Something else is selected.
    pub on_select: Callback<Option<Selection>>,
    /// Another moment is to be shown.
    pub on_seek: Callback<SimTime>,
}

/// What was lived, and which moment of it is shown.
#[derive(Clone, PartialEq)]
pub struct Lived {
    /// The world at the present.
    pub present: Shot,
    /// Up to when it has lived.
    pub now: SimTime,
    /// The moment that is shown.
    pub time: SimTime,
}

/// What is told to those who show a life.
#[derive(Clone, PartialEq, Properties)]
pub struct LifeProps {
    /// Whose.
    pub pod: ObjectKey,
    /// The world at the moment that is shown.
    pub shot: Shot,
    /// What was lived.
    pub lived: Lived,
    /// How wide the view is, in CSS pixels.
    pub width: f64,
    /// Another moment is to be shown.
    pub on_seek: Callback<SimTime>,
}

/// The view.
#[component]
pub fn Pod(props: &PodProps) -> Html {
    let Some(key) = pod_of(props.selection.as_ref()) else {
        return nothing(
            "No Pod is selected. Select one in the tree, in Machines or with Find, and it is shown here from near.",
        );
    };
    if let Some(lived) = &props.lived {
        let life = LifeProps {
            pod: key.clone(),
            shot: props.shot.clone(),
            lived: lived.clone(),
            width: props.width,
            on_seek: props.on_seek.clone(),
        };
        return match props.show {
            Show::FilmStrip => component::<film_strip::FilmStrip>(life),
            _ => component::<life_line::LifeLine>(life),
        };
    }
    let Some(anatomy) = &props.anatomy else {
        return nothing(&format!(
            "There is no {key} at this moment. Move the slider Time, or select another Pod."
        ));
    };
    anatomy::anatomy(props, anatomy)
}

fn nothing(words: &str) -> Html {
    html! { <p class="nothing">{ words }</p> }
}

/// The Pod that is selected, or of which a container is.
pub fn pod_of(selection: Option<&Selection>) -> Option<&ObjectKey> {
    match selection {
        Some(Selection::Object(key) | Selection::Container { pod: key, .. })
            if &*key.kind == "Pod" =>
        {
            Some(key)
        }
        _ => None,
    }
}
