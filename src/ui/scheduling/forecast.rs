//! A Pod that the scheduler has not tried yet: why not, and what it would decide as things are.

use std::rc::Rc;

use podarium::api::ObjectKey;
use podarium::api::pod::Pod;
use podarium::cluster::scheduler::decision::Decision;
use podarium::scene::Selection;
use yew::prelude::*;

use super::columns::{Columns, Range};
use super::{SchedulingProps, filters, is_waiting, pod_of, scores, victims};
use crate::ui::markup::html;
use crate::ui::shot::Shot;
use crate::ui::written::Written;

/// What the scheduler would decide of a Pod that it has not tried yet.
#[derive(Clone, PartialEq)]
pub struct Forecast {
    /// The Pod.
    pub pod: ObjectKey,
    /// What would be decided.
    pub decision: Rc<Decision>,
    /// Names of the nodes that were looked at.
    pub nodes: Rc<[Rc<str>]>,
}

/// The Pod that is selected, where it waits and nothing keeps the scheduler from trying it.
pub fn untried_pod(props: &SchedulingProps) -> Option<ObjectKey> {
    let key = pod_of(props.selection.as_ref())?;
    let object = props.shot.store.get(key)?;
    let is_gated = |pod: &Rc<Pod>| !pod.spec.scheduling_gates.is_empty();
    (is_waiting(object) && !object.pod().is_some_and(is_gated)).then(|| key.clone())
}

/// What would come of it, in the tables of an attempt.
pub fn foretold(
    props: &SchedulingProps,
    forecast: &Forecast,
    range: &UseStateHandle<Range>,
    written: Option<&Written>,
) -> Html {
    let decision = &*forecast.decision;
    let columns = Columns {
        nodes: &forecast.nodes,
        range,
    };
    let headline = match decision.feasible.len() {
        0 => "Tried now, no node would take it".into(),
        1 => format!("Tried now, it would fit {} alone", decision.feasible[0]),
        many => format!(
            "Tried now, it would fit {many} of {} nodes",
            decision.node_count
        ),
    };
    html! {
        <>
            <h2 tabindex="-1">{ headline }</h2>
            if !decision.message.is_empty() {
                <p class="mono message">{ decision.message.clone() }</p>
            }
            { filters::reasons(props, &forecast.pod, decision, written) }
            { columns.tools() }
            { filters::filters(&props.shot, usize::MAX, decision, columns.shown()) }
            { filters::skipped_names(decision) }
            { scores::scores(decision, &columns, None) }
            { victims::preemption(&props.on_select, decision, false) }
        </>
    }
}

/// Why there is no attempt to be seen.
pub fn why_untried(shot: &Shot, selection: Option<&Selection>) -> String {
    let object = pod_of(selection).and_then(|key| shot.store.get(key));
    let Some(pod) = object.and_then(|object| object.pod()) else {
        return "Nothing was scheduled yet.".into();
    };
    let gates = pod.spec.scheduling_gates.iter().map(|gate| &*gate.name);
    let gates: Vec<&str> = gates.collect();
    match (&*pod.spec.node_name, gates.as_slice()) {
        ("", []) => match pod.condition("PodScheduled") {
            // Only a Pod that was imported has been tried before.
            Some(told) if !told.message.is_empty() => format!(
                "The scheduler has not tried this Pod yet. The one of the cluster that it came from \
                 said: {} Play has this one try.",
                told.message
            ),
            _ => "The scheduler has not tried this Pod yet.".into(),
        },
        ("", gates) => format!(
            "The scheduler does not try this Pod while it has scheduling gates: {}.",
            gates.join(", ")
        ),
        (node, _) => {
            format!("The scheduler never tried this Pod: it was on {node} already when it came.")
        }
    }
}
