//! The stage's views, and what those show that aren't the picture.

use std::rc::Rc;

use podarium::cluster::SimTime;
use podarium::scene::{self, Anatomy, Branch};
use yew::prelude::*;

use super::{Now, StageProps};
use crate::ui::markup::component;
use crate::ui::network::{Network, NetworkProps};
use crate::ui::ownership::{Ownership, OwnershipProps};
use crate::ui::pod::{Lived, Pod, PodProps, Show, pod_of};
use crate::ui::scheduling::{Scheduling, SchedulingProps};
use crate::ui::theory::{Theory, TheoryProps};

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
    /// Where requests come by.
    Network,
    /// Who owns whom.
    Ownership,
    /// Virtual machines, containers and Pods side by side.
    Theory,
}

/// As they are written on the tabs.
pub(super) const VIEWS: [&str; 6] = [
    "Machines",
    "Pod",
    "Scheduling",
    "Network",
    "Ownership",
    "Theory",
];

impl View {
    /// All, as their tabs stand.
    pub const ALL: [View; 6] = [
        View::Machines,
        View::Pod,
        View::Scheduling,
        View::Network,
        View::Ownership,
        View::Theory,
    ];

    /// As it is written on its tab.
    pub fn name(self) -> &'static str {
        VIEWS[self as usize]
    }
}

/// What counts seconds is drawn anew with each.
pub(super) fn whole_second(time: SimTime) -> SimTime {
    SimTime(time.0 - time.0.rem_euclid(1_000_000))
}

/// Does another moment make another picture of this view, whatever happened?
pub(super) fn moves(props: &StageProps, now: &Now, to: SimTime) -> bool {
    let from = now.time;
    match props.view {
        View::Network => from != to,
        View::Ownership => {
            // The frame in which a movement ends is one of it.
            whole_second(from) != whole_second(to)
                || from != to && owners_moving(props, now, from.min(to)).is_some()
        }
        View::Theory => moment(now, from) != moment(now, to),
        View::Machines | View::Pod | View::Scheduling => false,
    }
}

/// The moment at which three worlds are drawn: when nothing moves any more, the last one at which anything did.
fn moment(now: &Now, at: SimTime) -> SimTime {
    at.min(scene::theory::until(&now.snapshot, &now.speeds))
}

/// The moment, if something moves then between owners and what is theirs.
fn owners_moving(props: &StageProps, now: &Now, at: SimTime) -> Option<SimTime> {
    let until = || scene::ownership::until(&now.snapshot, &now.speeds);
    (!props.reduced_motion && at < until()).then_some(at)
}

/// What is in the Pod that the Pod view shows.
pub(super) fn anatomy(props: &StageProps) -> Option<Rc<Anatomy>> {
    let key = pod_of(props.selection.as_ref()).filter(|_| props.view == View::Pod)?;
    let (snapshot, speeds) = (&props.snapshot, &props.speeds);
    scene::anatomy(snapshot, key, props.time, speeds).map(Rc::new)
}

/// The view that is shown, if it isn't the picture; the stage is so wide.
pub(super) fn beside(
    props: &StageProps,
    now: &Now,
    show: Show,
    anatomy: Option<Rc<Anatomy>>,
    focused: Option<&Branch>,
    width: f64,
) -> Option<Html> {
    Some(match props.view {
        View::Machines => return None,
        View::Pod => component::<Pod>(PodProps {
            show,
            anatomy,
            width,
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
        View::Network => component::<Network>(NetworkProps {
            shot: now.snapshot.clone(),
            speeds: now.speeds.clone(),
            time: now.time,
            chosen: props.request,
            reduced_motion: props.reduced_motion,
            width,
            inputs: props.inputs.clone(),
            selection: props.selection.clone(),
            on_request: props.on_request.clone(),
            on_hop: props.on_hop.clone(),
            on_follow: props.on_follow.clone(),
            on_input: props.on_machines.clone(),
        }),
        View::Theory => component::<Theory>(TheoryProps {
            shot: now.snapshot.clone(),
            time: moment(now, now.time),
            speeds: now.speeds.clone(),
            reduced_motion: props.reduced_motion,
            width,
            on_select: props.on_select.clone(),
            on_input: props.on_machines.clone(),
            on_seek: props.on_seek.clone(),
        }),
        View::Ownership => component::<Ownership>(OwnershipProps {
            shot: now.snapshot.clone(),
            time: whole_second(now.time),
            moving: owners_moving(props, now, now.time),
            speeds: now.speeds.clone(),
            width,
            selection: props.selection.clone(),
            focused: focused.and_then(|item| item.selection.clone()),
            on_select: props.on_select.clone(),
            on_seek: props.on_seek.clone(),
            on_input: props.on_machines.clone(),
        }),
    })
}
