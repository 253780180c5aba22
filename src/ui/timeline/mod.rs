//! Region "Timeline": time under a person's control, and what happened when.

/// Buttons, speed, and where time stands, in words.
mod controls;

/// Lanes of what happened, flags, the playhead: the slider "Time".
mod lanes;

/// Ticks and flags, worked out once per new change.
mod marks;

use std::rc::Rc;

use podarium::cluster::{Input, SimTime};
use yew::prelude::*;

use crate::ui::markup::html;
use crate::ui::shot::Shot;
pub use marks::{CLUSTER, Shown, THEORY, input_words};

/// What the timeline is told, and what it tells.
pub struct TimelineProps {
    /// The world at the moment that is shown.
    pub shot: Shot,
    /// The world at the present.
    pub present: Shot,
    /// The moment that is shown.
    pub time: SimTime,
    /// Up to when the world has lived.
    pub now: SimTime,
    /// Does time pass?
    pub playing: bool,
    /// 100 is one virtual second a second.
    pub percent: u32,
    /// The speed that is reached, while that is less than was asked for.
    pub reached: Option<f64>,
    /// Is a moment shown that is not the present?
    pub in_past: bool,
    /// Is there an input to go back before?
    pub can_undo: bool,
    /// Is there something that Undo left?
    pub can_redo: bool,
    /// How much of a seek is done, from 0 to 1, while one is under way.
    pub seeking: Option<f64>,
    /// Is the moment that is asked for not shown yet?
    pub busy: bool,
    /// What was done and when.
    pub inputs: Rc<Vec<(SimTime, Input)>>,
    /// Which lanes are shown.
    pub lanes: Shown,
    /// A person wants something of time.
    pub on_deed: Callback<TimelineDeed>,
}

/// What a person wants of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TimelineDeed {
    /// Let it pass.
    Play,
    /// Stop it.
    Pause,
    /// To the next recorded change.
    Step,
    /// To the change before.
    StepBack,
    /// To this moment.
    Seek(SimTime),
    /// To this moment, also if it wasn't lived yet.
    StepTo(SimTime),
    /// To the present.
    GoToNow,
    /// Give a long seek up.
    CancelSeek,
    /// Leave what was lived after this moment.
    ContinueFromHere,
    /// Back before the last input.
    Undo,
    /// Forth again.
    Redo,
    /// This speed from now on, in percent.
    Speed(u32),
}

/// Emits what `deed` makes of an event, where it makes anything of it.
fn on_some<E: 'static>(
    on_deed: &Callback<TimelineDeed>,
    deed: impl Fn(E) -> Option<TimelineDeed> + 'static,
) -> Callback<E> {
    let on_deed = on_deed.clone();
    Callback::from(move |event| {
        if let Some(deed) = deed(event) {
            on_deed.emit(deed);
        }
    })
}

/// Region "Timeline".
pub fn timeline(props: &TimelineProps) -> Html {
    html! {
        <section class="timeline" aria-label="Timeline" aria-busy={props.busy.to_string()}>
            <h2 class="spoken">{ "Timeline" }</h2>
            { controls::controls(props) }
            { lanes::lanes(props) }
        </section>
    }
}
