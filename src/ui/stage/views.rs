//! The stage's views, and what those show that aren't the picture.

use yew::prelude::*;

use super::StageProps;
use crate::ui::markup::component;
use crate::ui::pod::{Lived, Pod, PodProps, Show};
use crate::ui::scheduling::{Scheduling, SchedulingProps};

/// What the stage shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// The picture.
    #[default]
    Machines,
    /// One Pod from near.
    Pod,
    /// What the scheduler decided, and why.
    Scheduling,
}

/// As they are written on the tabs.
pub(super) const VIEWS: [&str; 3] = ["Machines", "Pod", "Scheduling"];

impl View {
    pub(super) const ALL: [View; 3] = [View::Machines, View::Pod, View::Scheduling];

    pub(super) fn name(self) -> &'static str {
        VIEWS[self as usize]
    }
}

/// The view that is shown, if it isn't the picture.
pub(super) fn beside(props: &StageProps, show: Show) -> Option<Html> {
    Some(match props.view {
        View::Machines => return None,
        View::Pod => component::<Pod>(PodProps {
            show,
            shot: props.snapshot.clone(),
            // Only what shows a life is drawn again because time went on.
            lived: (show != Show::Anatomy).then(|| Lived {
                present: props.present.clone(),
                now: props.now,
                time: props.time,
            }),
            selection: props.selection.clone(),
            on_select: props.on_select.clone(),
            on_seek: props.on_seek.clone(),
        }),
        View::Scheduling => component::<Scheduling>(SchedulingProps {
            shot: props.snapshot.clone(),
            inputs: props.inputs.clone(),
            selection: props.selection.clone(),
            on_select: props.on_select.clone(),
            on_seek: props.on_seek.clone(),
            on_line: props.on_line.clone(),
            on_input: props.on_machines.clone(),
        }),
    })
}
