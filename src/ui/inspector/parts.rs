//! Small parts that the tabs share: tabs, chips, icons, rows of facts.

use std::rc::Rc;

use podarium::api::Object;
use podarium::api::pod::Pod;
use podarium::scene::{self, PodBody, Selection, State};
use yew::prelude::*;

use super::workload;
use crate::ui::markup::html;
use crate::ui::stage::{class_of, is_backing_off, symbol_of, symbol_of_container};

/// The inspector's tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// What it is.
    Summary,
    /// What was told about it.
    Events,
    /// How it is written.
    Yaml,
    /// How it came to be so.
    Why,
    /// What a container printed.
    Logs,
    /// What it sees of files.
    Files,
}

/// All, in their order, as they are written; and is it of Pods and their containers only?
const TABS: [(Tab, &str, bool); 6] = [
    (Tab::Summary, "Summary", false),
    (Tab::Events, "Events", false),
    (Tab::Yaml, "YAML", false),
    (Tab::Why, "Why", false),
    (Tab::Logs, "Logs", true),
    (Tab::Files, "Files", true),
];

impl Tab {
    /// Those of a Pod, or of anything else, with their names.
    pub fn of(is_pod: bool) -> Vec<(Tab, &'static str)> {
        let all = TABS.iter().filter(|(.., of_pods)| is_pod || !of_pods);
        all.map(|(tab, name, _)| (*tab, *name)).collect()
    }
}

/// An icon in a state's colour.
pub fn icon(state: State, symbol: &'static str) -> Html {
    html! {
        <svg class={["state-icon", class_of(state)]} width="14" height="14" aria-hidden="true">
            <use href={format!("#i-{symbol}")} />
        </svg>
    }
}

/// A state in a word, with its colour and its icon.
pub fn chip(state: State, symbol: &'static str, word: &str) -> Html {
    html! { <span class={["chip", class_of(state)]}>{ icon(state, symbol) }{ word }</span> }
}

/// What stands under the heading: state in a word, `READY 1/2`. A Pod's is what the stage shows.
pub fn chips(selection: &Selection, object: Option<&Rc<Object>>, body: Option<&PodBody>) -> Html {
    let Some(object) = object else {
        return Html::default();
    };
    let chips = match (selection, object.pod(), body) {
        (Selection::Container { name, .. }, _, Some(body)) => {
            let container = body.containers.iter().find(|one| one.name == *name);
            container.map(|one| chip(one.state, symbol_of_container(one), &one.word))
        }
        (_, Some(pod), Some(body)) => Some(html! {
            <>
                { chip(body.state, symbol_of(body.state, is_backing_off(body)), &pod_words(pod)) }
                <span class="chip plain">{ format!("READY {}/{}", body.containers_ready.0, body.containers_ready.1) }</span>
            </>
        }),
        _ if object.node().is_none() => workload::chips(object),
        _ => object.node().map(|node| {
            let state = scene::node_state(node);
            chip(state, symbol_of(state, false), scene::node_condition(node))
        }),
    };
    chips.map_or_else(
        Html::default,
        |chips| html! { <p class="chips">{ chips }</p> },
    )
}

/// `Running, not Ready`, or kubectl's word where it says more than that.
fn pod_words(pod: &Pod) -> String {
    let phase = if pod.status.phase.is_empty() {
        "Pending"
    } else {
        &*pod.status.phase
    };
    let word = scene::status_word(pod);
    let ready = match phase {
        _ if pod.metadata.deletion_timestamp.is_some() => "Terminating",
        "Running" if pod.is_ready() => "Ready",
        _ if word != phase => &*word,
        "Running" | "Pending" if !pod.spec.node_name.is_empty() => "not Ready",
        _ => return phase.into(),
    };
    format!("{phase}, {ready}")
}

/// A heading and what belongs under it.
pub fn part(title: &'static str, content: Html) -> Html {
    html! { <section class="part" aria-label={title}><h3>{ title }</h3>{ content }</section> }
}

/// Rows of names and values. Empty values are left out.
pub fn facts(rows: Vec<(&'static str, String)>) -> Html {
    html! {
        <dl class="facts">
            { for rows.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| html! {
                <div key={name}><dt>{ name }</dt><dd class="mono">{ value }</dd></div>
            }) }
        </dl>
    }
}
