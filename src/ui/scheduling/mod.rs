//! The Scheduling view: one attempt of the scheduler, worked out again and told in tables: what each
//! filter said of each node, how the others were scored, and what would make the Pod fit.

use std::rc::Rc;

use podarium::api::{Object, ObjectKey};
use podarium::cluster::scheduler::attempts::Attempt;
use podarium::cluster::scheduler::decision::{Decision, Outcome};
use podarium::cluster::{Input, SimTime};
use podarium::scene::Selection;
use yew::prelude::*;

use crate::ui::markup::{component, html};
use crate::ui::pod::pod_of;
use crate::ui::shot::Shot;
use crate::ui::written::Written;

/// The table "Filters".
mod filters;

/// The table "Scores".
mod scores;

/// Who has to go, and why these.
mod victims;

/// Which nodes the tables show.
mod columns;

/// A Pod that wasn't tried yet.
mod forecast;

/// The list "What would make it fit?".
mod offers;

use columns::{Columns, Range};
use forecast::{Forecast, foretold, untried_pod, why_untried};
use offers::{Offers, OffersProps};

/// What the view is told, and what it tells.
#[derive(Clone, PartialEq, Properties)]
pub struct SchedulingProps {
    /// The world at the moment that is shown.
    pub shot: Shot,
    /// What was done and when.
    pub inputs: Rc<Vec<(SimTime, Input)>>,
    /// What is selected.
    pub selection: Option<Selection>,
    /// Something else is selected.
    pub on_select: Callback<Option<Selection>>,
    /// Another moment is to be shown.
    pub on_seek: Callback<SimTime>,
    /// A line of a manifest is to be shown: its text, and the line, counted from 1.
    pub on_line: Callback<(Rc<str>, usize)>,
    /// Something is to be done to the world.
    pub on_input: Callback<Input>,
}

/// One attempt and its number among all.
type Numbered = (usize, Rc<Attempt>);

/// The view.
#[component]
pub fn Scheduling(props: &SchedulingProps) -> Html {
    let chosen = use_state_eq(|| None::<usize>);
    let range = use_state_eq(Range::default);
    let forecast = use_state(|| None::<Forecast>);
    let attempts = attempts_of(&props.shot, props.selection.as_ref());
    let last = attempts.len().saturating_sub(1);
    let here = attempts.iter().find(|(number, _)| Some(*number) == *chosen);
    let here = here.or(attempts.last()).cloned();
    let explained = {
        let number = here.as_ref().map(|(number, attempt)| (*number, attempt.at));
        let shot = props.shot.clone();
        use_memo(number, move |number| {
            let decision = number.and_then(|(number, _)| shot.attempts.explain(number))?;
            Some((nodes(&decision), decision))
        })
    };
    let untried = untried_pod(props).filter(|_| here.is_none());
    let written = {
        let tried = here.as_ref().map(|(_, attempt)| attempt.pod.clone());
        let key = tried.or(untried.clone());
        use_memo((key, props.inputs.len()), |(key, _)| {
            key.as_ref().and_then(|key| Written::of(&props.inputs, key))
        })
    };
    let offers = |number: usize, pod: &ObjectKey, on_now: Callback<Rc<Decision>>| {
        component::<Offers>(OffersProps {
            shot: props.shot.clone(),
            number,
            pod: pod.clone(),
            written: written.clone(),
            on_line: props.on_line.clone(),
            on_input: props.on_input.clone(),
            on_now,
        })
    };
    if let Some(pod) = &untried {
        let set = (forecast.setter(), pod.clone());
        let on_now = Callback::from(move |decision: Rc<Decision>| {
            let nodes = nodes(&decision).into();
            let pod = set.1.clone();
            set.0.set(Some(Forecast {
                pod,
                decision,
                nodes,
            }));
        });
        let known = forecast.as_ref().filter(|forecast| forecast.pod == *pod);
        return html! {
            <div class="scheduling">
                <header>{ heading(props, pod) }</header>
                <p>{ why_untried(&props.shot, props.selection.as_ref()) }</p>
                if let Some(known) = known {
                    { foretold(props, known, &range, written.as_ref().as_ref()) }
                }
                { offers(usize::MAX, pod, on_now) }
            </div>
        };
    }
    let Some((number, attempt)) = here else {
        return html! { <p class="nothing">{ why_untried(&props.shot, props.selection.as_ref()) }</p> };
    };
    let choose = Callback::from({
        let attempts: Vec<usize> = attempts.iter().map(|(number, _)| *number).collect();
        let chosen = chosen.clone();
        move |event: Event| {
            let select = event.target_dyn_into::<web_sys::HtmlSelectElement>();
            let index = select.map_or(0, |select| select.selected_index()) as usize;
            chosen.set(attempts.get(index).copied());
        }
    });
    let is_last = attempts.get(last).is_some_and(|(last, _)| *last == number);
    let waits = props.shot.store.get(&attempt.pod).is_some_and(is_waiting);
    html! {
        <div class="scheduling">
            <header>
                { heading(props, &attempt.pod) }
                <label><span class="spoken">{ "Attempt" }</span>
                    <select onchange={choose}>
                        { for attempts.iter().map(|(one, attempt)| html! {
                            <option key={*one} selected={*one == number}>{ words(attempt) }</option>
                        }) }
                    </select>
                </label>
            </header>
            { match &*explained {
                Some((nodes, decision)) => {
                    let columns = Columns { nodes, range: &range };
                    told(props, number, &attempt, decision, &columns, written.as_ref().as_ref())
                }
                None => too_old(props, &attempt),
            } }
            if is_last && waits && explained.is_some() {
                { offers(number, &attempt.pod, Callback::noop()) }
            }
        </div>
    }
}

fn heading(props: &SchedulingProps, pod: &ObjectKey) -> Html {
    let selection = Selection::Object(pod.clone());
    let is_selected = pod_of(props.selection.as_ref()) == Some(pod);
    html! {
        <button class="link mono" aria-current={is_selected.then_some("true")} onclick={props.on_select.reform(move |_| Some(selection.clone()))}>
            { pod.to_string() }
        </button>
    }
}

/// Attempts for the Pod that is selected, else for the one that was tried last.
fn attempts_of(shot: &Shot, selection: Option<&Selection>) -> Vec<Numbered> {
    let all = shot.attempts.all();
    let last = || all.last().map(|attempt| attempt.pod.clone());
    let key = pod_of(selection).cloned().or_else(last);
    let uid = key.as_ref().and_then(|key| shot.store.get(key));
    let uid = uid.map(|object| object.meta.uid.clone());
    let of_it = |attempt: &Attempt| {
        Some(&attempt.pod) == key.as_ref() && uid.as_ref().is_none_or(|uid| attempt.uid == *uid)
    };
    let numbered = all.iter().enumerate();
    let numbered = numbered.filter(|(_, attempt)| of_it(attempt));
    numbered
        .map(|(number, attempt)| (number, attempt.clone()))
        .collect()
}

fn is_waiting(pod: &Rc<Object>) -> bool {
    let spec = pod.pod().filter(|pod| pod.spec.node_name.is_empty());
    spec.is_some_and(|pod| pod.metadata.deletion_timestamp.is_none())
}

/// `Attempt 2, t+9.4 s, unschedulable`
fn words(attempt: &Attempt) -> String {
    let outcome = match &attempt.chosen {
        Some(node) => format!("to {node}"),
        None => "unschedulable".into(),
    };
    format!("Attempt {}, {}, {outcome}", attempt.number, attempt.at)
}

/// Only the last ones can be worked out from what is kept.
fn too_old(props: &SchedulingProps, attempt: &Attempt) -> Html {
    let at = attempt.at;
    html! {
        <>
            <p class="mono message">{ &*attempt.message }</p>
            <p>{ format!("{} of {} nodes fitted. The tables are kept of the latest attempts.", attempt.feasible_count, attempt.node_count) }</p>
            <button class="framed" onclick={props.on_seek.reform(move |_| at)}>{ "Go to that moment" }</button>
        </>
    }
}

fn told(
    props: &SchedulingProps,
    number: usize,
    attempt: &Attempt,
    decision: &Decision,
    columns: &Columns,
    written: Option<&Written>,
) -> Html {
    let headline = match &decision.outcome {
        Outcome::Scheduled(node) => format!("Placed whole on {node}"),
        Outcome::NoNodes => "There is no node".into(),
        Outcome::Unschedulable => "No node takes it".into(),
        Outcome::Error => "Something went wrong".into(),
    };
    html! {
        <>
            <h2 tabindex="-1">{ headline }</h2>
            if !decision.message.is_empty() {
                <p class="mono message">{ decision.message.clone() }</p>
            } else {
                <p class="quiet">{ success(decision) }</p>
            }
            { filters::reasons(props, &attempt.pod, decision, written) }
            { columns.tools() }
            { filters::filters(&props.shot, number, decision, columns.shown()) }
            { filters::skipped_names(decision) }
            { scores::scores(decision, columns, decision.chosen()) }
            { victims::preemption(&props.on_select, decision, true) }
        </>
    }
}

fn success(decision: &Decision) -> String {
    let fitted = decision.feasible.len();
    match (decision.nominated_first, fitted) {
        (true, _) => "The node that preemption had promised was taken.".into(),
        (_, 1) => "One node passed the filters, so nothing was scored.".into(),
        _ => format!(
            "{fitted} of {} nodes passed the filters. The highest total wins{}.",
            decision.node_count,
            if decision.best.len() > 1 {
                "; chance decided among equals"
            } else {
                ""
            },
        ),
    }
}

/// Names of all nodes that were looked at, as they are listed everywhere.
fn nodes(decision: &Decision) -> Vec<Rc<str>> {
    let rejected = decision.rejected.iter().map(|(node, _)| node);
    let mut all: Vec<Rc<str>> = rejected.chain(&decision.feasible).cloned().collect();
    podarium::order::sort(&mut all);
    all
}
