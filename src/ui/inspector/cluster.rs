//! The whole cluster, where nothing is selected: how many of what in which state, what needs a look, and how
//! the picture of a large one is read.

use podarium::api::ObjectKey;
use podarium::scene::{Concern, Overview, Selection, State, is_large};
use yew::prelude::*;

use super::InspectorProps;
use super::parts::{chip, icon, part};
use crate::ui::markup::html;
use crate::ui::numbers::{counted, thousands};
use crate::ui::shot::Shot;
use crate::ui::stage::{class_of, cut_middle, symbol_of};

/// States of Pods as they are listed, and their words.
const STATES: [(State, &str); 6] = [
    (State::Ready, "Ready"),
    (State::Run, "Running, not Ready"),
    (State::Wait, "Pending"),
    (State::Fail, "Crash loop, failed"),
    (State::Term, "Terminating"),
    (State::Done, "Succeeded"),
];

/// So many of each sort are listed under "Needs a look".
const MOST: usize = 6;
/// Letters of a name in that list.
const LONGEST: usize = 14;

/// Its header and its details.
pub fn cluster(props: &InspectorProps) -> Html {
    let overview = props.shot.overview();
    html! {
        <>
            <header class="inspected">
                <p class="quiet">{ "Cluster" }</p>
                <h2 class="of-cluster">{ heading(overview) }</h2>
                { chips(overview) }
            </header>
            <div class="details" role="group" aria-label="The whole cluster" tabindex="0">
                if overview.all().pods.all() > 0 { { part("Pods", pods(props, overview)) } }
                if is_large(overview) { { part("How to read it", legend()) } }
                if has_concerns(overview) { { part("Needs a look", concerns(props, overview)) } }
                if !is_large(overview) { { examples(props) } }
            </div>
        </>
    }
}

/// `1,000 nodes, 10,000 Pods`
fn heading(overview: &Overview) -> String {
    let all = overview.all();
    format!(
        "{}, {}",
        counted(all.nodes, "node"),
        counted(all.pods.all(), "Pod")
    )
}

fn chips(overview: &Overview) -> Html {
    let all = overview.all();
    let words = |number: i64, word: &str| format!("{} {word}", thousands(number));
    html! {
        <p class="chips">
            if all.ready > 0 { { chip(State::Ready, "ready", &words(all.ready, "Ready")) } }
            if all.not_ready > 0 { { chip(State::Unknown, "unknown", &words(all.not_ready, "NotReady")) } }
            if all.cordoned > 0 { <span class="chip plain">{ words(all.cordoned, "cordoned") }</span> }
        </p>
    }
}

/// A row for each state, in a small cluster only for those that there are.
fn pods(props: &InspectorProps, overview: &Overview) -> Html {
    let counts = overview.all().pods;
    let all = counts.all().max(1) as f64;
    let rows = STATES.into_iter().filter_map(|(state, word)| {
        let number = counts.of(state);
        let width = format!(
            "{}%",
            (number as f64 / all * 100.0).max(if number > 0 { 2.0 } else { 0.0 })
        );
        (number > 0 || is_large(overview)).then(|| {
            html! {
                <li key={word} class={class_of(state)}>
                    { icon(state, symbol_of(state, state == State::Fail)) }
                    <span>{ word }</span>
                    <svg class="share" width="76" height="7" aria-hidden="true">
                        <rect class="all" width="100%" height="7" />
                        <rect class="part" {width} height="7" />
                    </svg>
                    <span class="mono">{ thousands(number) }</span>
                </li>
            }
        })
    });
    html! { <><ul class="states">{ for rows }</ul>{ homeless(props, overview) }</> }
}

/// `12 of the Pending have no node. Why?`
fn homeless(props: &InspectorProps, overview: &Overview) -> Html {
    let (waiting, pending) = (overview.unscheduled(), overview.all().pods.of(State::Wait));
    let number = waiting.of(State::Wait);
    if number == 0 {
        return Html::default();
    }
    let words = match number {
        1 if pending == 1 => "The Pending one has no node.".into(),
        1 => "1 of the Pending has no node.".into(),
        _ => format!("{} of the Pending have no node.", thousands(number)),
    };
    let (select, scheduling) = (props.on_select.clone(), props.on_scheduling.clone());
    let shot = props.shot.clone();
    let why = Callback::from(move |_: MouseEvent| {
        if let Some(pod) = first_without_node(&shot) {
            select.emit(Some(Selection::Object(pod)));
            scheduling.emit(());
        }
    });
    html! { <p class="quiet">{ words }{ " " }<button class="link" onclick={why}>{ "Why?" }</button></p> }
}

/// The first Pod that waits for a node; of those that the scheduler has refused, if there are any.
fn first_without_node(shot: &Shot) -> Option<ObjectKey> {
    let waiting = || {
        shot.store.list("Pod").filter(|(_, object)| {
            let pod = object.pod();
            pod.is_some_and(|pod| pod.spec.node_name.is_empty() && !pod.is_finished())
        })
    };
    let was_refused = |object: &podarium::api::Object| {
        let pod = object.pod();
        pod.is_some_and(|pod| pod.condition("PodScheduled").is_some())
    };
    let refused = waiting().find(|(_, object)| was_refused(object));
    refused
        .or_else(|| waiting().next())
        .map(|(key, _)| key.clone())
}

/// What the picture from afar means.
fn legend() -> Html {
    let sign = |content: Html| html! { <svg class="sign" width="16" height="16" aria-hidden="true">{ content }</svg> };
    let plate =
        |class: &'static str| html! { <rect {class} x="0.5" y="0.5" width="15" height="15" /> };
    let step = |number: usize| {
        let x = format!("{}%", number as f64 * 12.5);
        html! { <rect class={HEATS[number]} {x} width="12.6%" height="12" /> }
    };
    let fails = html! { <>{ plate("heat-3") }<path class="fails" d="M7 0.5h8.5v8.5z" /></> };
    let waits =
        html! { <>{ plate("heat-2") }<rect class="waits" x="3" y="6" width="10" height="4" /></> };
    let cordoned =
        html! { <>{ plate("heat-1") }<rect class="cordoned" width="16" height="4" /></> };
    let lost = html! { <>{ plate("lost") }<path class="lost" d="M4 4l8 8M12 4l-8 8" /></> };
    html! {
        <>
            <div class="scale">
                <span aria-hidden="true">{ "Shade" }</span>
                <svg width="100%" height="12" aria-hidden="true">{ for (0..HEATS.len()).map(step) }</svg>
                <span class="mono" aria-hidden="true">{ "0 %" }</span>
                <span class="mono" aria-hidden="true">{ "100 %" }</span>
                <p class="spoken">{ "The darker a node, the higher its share of what is chosen under Shade." }</p>
            </div>
            <ul class="signs">
                <li>{ sign(fails) }{ "cut corner: a Pod fails or crash-loops here" }</li>
                <li>{ sign(waits) }{ "dash: a Pod waits here" }</li>
                <li>{ sign(cordoned) }{ "bar: node cordoned" }</li>
                <li>{ sign(lost) }{ "crossed, dashed: node NotReady" }</li>
            </ul>
        </>
    }
}

const HEATS: [&str; 8] = [
    "heat-0", "heat-1", "heat-2", "heat-3", "heat-4", "heat-5", "heat-6", "heat-7",
];

fn has_concerns(overview: &Overview) -> bool {
    let full = |zone: &podarium::scene::Zone| 10 * zone.sums.nearly_full >= zone.sums.nodes.max(1);
    overview.trouble() > 0 || overview.zones().iter().any(full)
}

/// What needs a look: each is a button that selects it.
fn concerns(props: &InspectorProps, overview: &Overview) -> Html {
    let all = overview.concerns(&props.shot, MOST);
    let is_zone = |concern: &&Concern| matches!(concern, Concern::Zone { .. });
    let listed = all.len() - all.iter().filter(is_zone).count();
    let more = overview.trouble().saturating_sub(listed);
    let rows = all.iter().map(|concern| {
        let (sign, words, beside, selection) = row(props, concern);
        let select = props.on_select.reform(move |_| Some(selection.clone()));
        let whole = spoken(concern);
        html! {
            <li key={words.clone()}>
                <button class="look" onclick={select}>
                    { sign }
                    <span aria-hidden={whole.is_some().then_some("true")}>{ words }</span>
                    <span class="mono quiet" aria-hidden={whole.is_some().then_some("true")}>{ beside }</span>
                    <span class="spoken">{ whole.unwrap_or_default() }</span>
                </button>
            </li>
        }
    });
    html! {
        <>
            <ul class="looks">{ for rows }</ul>
            if more > 0 { <p class="quiet">{ format!("and {} more", thousands(more)) }</p> }
        </>
    }
}

/// Icon, words, what stands beside them, and what they are about.
fn row(props: &InspectorProps, concern: &Concern) -> (Html, String, String, Selection) {
    match concern {
        Concern::Container { pod, name, node } => {
            let short = cut_middle(&pod.name, LONGEST);
            let (words, selection) = if name.is_empty() {
                (format!("{short} failed"), Selection::Object(pod.clone()))
            } else {
                let (pod, name) = (pod.clone(), name.clone());
                (
                    format!("{name} in {short}"),
                    Selection::Container { pod, name },
                )
            };
            let sign = icon(State::Fail, symbol_of(State::Fail, !name.is_empty()));
            (sign, words, cut_middle(node, LONGEST), selection)
        }
        Concern::Node {
            name,
            condition,
            since,
        } => {
            let since =
                since.map(|since| for_how_long(props.shot.time.as_seconds() - since.as_seconds()));
            let selection = Selection::Object(ObjectKey::node(name));
            let sign = icon(State::Unknown, "unknown");
            (
                sign,
                format!("{} {condition}", cut_middle(name, 2 * LONGEST)),
                since.unwrap_or_default(),
                selection,
            )
        }
        Concern::Zone { host, nearly_full } => {
            let full = podarium::scene::NEARLY_FULL;
            let words = format!("{host}: {} above {full} %", counted(*nearly_full, "node"));
            (
                icon(State::Wait, "wait"),
                words,
                String::new(),
                Selection::Host(host.clone()),
            )
        }
    }
}

/// Nothing of a name is cut for the ear; `None` where nothing is for the eye.
fn spoken(concern: &Concern) -> Option<String> {
    match concern {
        Concern::Container { pod, name, node } if name.is_empty() => {
            Some(format!("{} failed, {node}", pod.name))
        }
        Concern::Container { pod, name, node } => Some(format!("{name} in {}, {node}", pod.name)),
        Concern::Node {
            name, condition, ..
        } => Some(format!("{name} {condition}")),
        Concern::Zone { .. } => None,
    }
}

/// `70 s`, `12 min`, `4 h`, `3 d`
fn for_how_long(seconds: f64) -> String {
    let (number, unit) = match seconds.max(0.0) {
        seconds if seconds < 120.0 => (seconds, "s"),
        seconds if seconds < 7_200.0 => (seconds / 60.0, "min"),
        seconds if seconds < 172_800.0 => (seconds / 3_600.0, "h"),
        seconds => (seconds / 86_400.0, "d"),
    };
    format!("{} {unit}", thousands(number.floor() as i64))
}

/// Three things that could be selected.
fn examples(props: &InspectorProps) -> Html {
    let some = |kind: &'static str, number: usize| {
        let objects = props.shot.store.list(kind).take(number);
        objects.map(|(key, _)| Selection::Object(key.clone()))
    };
    let pod = some("Pod", 1).next();
    let nodes = some("Node", if pod.is_some() { 1 } else { 2 });
    let host = props.shot.machines.hosts.first();
    let host = host.map(|host| Selection::Host(host.name.clone()));
    let examples = pod.into_iter().chain(nodes).chain(host);
    html! {
        <div class="nothing">
            <p>{ "Select anything on the stage." }</p>
            <ul>
                { for examples.map(|example| {
                    let name = example.to_string();
                    let select = props.on_select.reform(move |_| Some(example.clone()));
                    html! { <li key={name.clone()}><button class="link" onclick={select}>{ name }</button></li> }
                }) }
            </ul>
        </div>
    }
}
