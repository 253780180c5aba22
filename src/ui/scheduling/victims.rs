//! Preemption: who has to go, why from this node, and why these.

use std::rc::Rc;

use podarium::api::ObjectKey;
use podarium::cluster::SimTime;
use podarium::cluster::scheduler::decision::Decision;
use podarium::cluster::scheduler::node_info::PodInfo;
use podarium::cluster::scheduler::pick_one_node::{Rule, Ruling, rulings};
use podarium::cluster::scheduler::preemption::{Candidate, Preemption};
use podarium::scene::Selection;
use yew::prelude::*;

use crate::ui::markup::html;

/// Calls for an object.
type Select = Callback<Option<Selection>>;

/// Nothing where nobody has to go.
pub fn preemption(on_select: &Select, decision: &Decision, is_done: bool) -> Html {
    let found = decision.preemption.as_ref();
    let Some((found, choice)) = found.and_then(|found| Some((found, found.choice()?))) else {
        return Html::default();
    };
    html! {
        <section aria-label="DefaultPreemption">
            <h3>{ format!("Room {} made on {}", if is_done { "is" } else { "would be" }, choice.node) }</h3>
            <ul aria-label="Victims">{ for choice.victims.iter().map(|pod| row(on_select, pod)) }</ul>
            <h4>{ "Why these Pods?" }</h4>
            <p>{ why_these(choice) }</p>
            if !choice.reprieved.is_empty() {
                <ul aria-label="Less important, but may stay">{ for choice.reprieved.iter().map(|pod| row(on_select, pod)) }</ul>
            }
            <h4>{ format!("Why {}?", choice.node) }</h4>
            { why_there(found, choice) }
        </section>
    }
}

fn row(on_select: &Select, pod: &Rc<PodInfo>) -> Html {
    let pod = &pod.pod;
    let key = ObjectKey::pod(&pod.metadata.namespace, &pod.metadata.name);
    let words = format!("{key}, priority {}", pod.spec.priority);
    let select = on_select.reform(move |_| Some(Selection::Object(key.clone())));
    html! { <li key={words.clone()}><button class="link mono" onclick={select}>{ words }</button></li> }
}

/// How `SelectVictimsOnNode` went.
fn why_these(choice: &Candidate) -> String {
    let first = "All Pods with a lower priority were taken off a copy of the node, and given back one by one, those that a disruption budget protects first, then the most important first.";
    match choice.reprieved.len() {
        0 => format!("{first} With any of them back the new Pod would not fit."),
        1 => format!("{first} The new Pod still fits beside one of them, so that one stays:"),
        many => format!("{first} The new Pod still fits beside {many} of them, so those stay:"),
    }
}

/// What each rule left of the nodes.
fn why_there(found: &Preemption, choice: &Candidate) -> Html {
    let candidates = found.candidates.len();
    if candidates == 1 {
        return html! {
            <p>{ format!("Of {} nodes that were tried it is the only one on which it helps.", candidates + found.rejected.len()) }</p>
        };
    }
    let rulings = rulings(&found.candidates);
    let ties = rulings.last().map_or(candidates, |last| last.left.len());
    html! {
        <>
            <p>{ format!("It would help on {candidates} nodes. Rule by rule:") }</p>
            <ol aria-label="Rules">{ for rulings.iter().map(|ruling| html! { <li>{ words(ruling) }</li> }) }</ol>
            if ties > 1 {
                <p>{ format!("Chance took {} of these {ties}.", choice.node) }</p>
            }
        </>
    }
}

/// `fewest victims, 1: 3 nodes are left`
fn words(ruling: &Ruling) -> String {
    let best = ruling.best;
    let rule = match ruling.rule {
        Rule::BudgetViolations => {
            format!("fewest victims that a disruption budget protects, {best}")
        }
        Rule::HighestPriority => {
            format!("least important of the most important victims, priority {best}")
        }
        Rule::SumOfPriorities => "smallest sum of the victims' priorities".into(),
        Rule::Victims => format!("fewest victims, {best}"),
        Rule::LatestStart if best == SimTime::MAX.0 => "victims that have not started".into(),
        Rule::LatestStart => format!(
            "most important victims that started last, {}",
            SimTime(best)
        ),
    };
    match ruling.left.len() {
        1 => format!("{rule}: one node is left"),
        left => format!("{rule}: {left} nodes are left"),
    }
}
