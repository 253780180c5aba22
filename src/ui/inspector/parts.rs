//! Small parts that the tabs share: tabs, chips, icons, rows of facts.

use std::rc::Rc;

use podarium::api::Object;
use podarium::api::pod::{ContainerStatus, Pod};
use podarium::cluster::words;
use podarium::scene::{self, Selection};
use wasm_bindgen::JsCast;
use yew::prelude::*;

use crate::ui::dom;
use crate::ui::markup::html;

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
}

const TABS: [Tab; 4] = [Tab::Summary, Tab::Events, Tab::Yaml, Tab::Why];

impl Tab {
    /// As it is written on the tab.
    pub fn name(self) -> &'static str {
        match self {
            Tab::Summary => "Summary",
            Tab::Events => "Events",
            Tab::Yaml => "YAML",
            Tab::Why => "Why",
        }
    }
}

/// The tablist "Details". Arrows move and select, as tabs do.
pub fn tabs(tab: Tab, on_tab: &Callback<Tab>) -> Html {
    let pressed = {
        let on_tab = on_tab.clone();
        Callback::from(move |event: KeyboardEvent| {
            let at = TABS.iter().position(|one| *one == tab).unwrap_or(0);
            let next = match &*event.key() {
                "ArrowRight" => (at + 1) % TABS.len(),
                "ArrowLeft" => (at + TABS.len() - 1) % TABS.len(),
                "Home" => 0,
                "End" => TABS.len() - 1,
                _ => return,
            };
            event.prevent_default();
            on_tab.emit(TABS[next]);
            let list = event.current_target();
            let list = list.and_then(|list| list.dyn_into::<web_sys::Element>().ok());
            let button = list.and_then(|list| list.children().item(next as u32));
            dom::focus(button);
        })
    };
    html! {
        <div class="tabs" role="tablist" aria-label="Details" onkeydown={pressed}>
            { for TABS.into_iter().map(|one| html! {
                <button key={one.name()} role="tab" aria-selected={(one == tab).to_string()}
                    tabindex={if one == tab { "0" } else { "-1" }} onclick={on_tab.reform(move |_| one)}>
                    { one.name() }
                </button>
            }) }
        </div>
    }
}

/// A state's icon by its class: colour, shape and word together.
pub fn icon(class: &'static str) -> Html {
    let symbol = match class {
        "s-ready" => "ready",
        "s-run" => "run",
        "s-done" => "done",
        "s-fail" => "fail",
        "s-term" => "term",
        "s-unk" => "unknown",
        _ => "wait",
    };
    html! {
        <svg class={["state-icon", class]} width="14" height="14" aria-hidden="true">
            <use href={format!("#i-{symbol}")} />
        </svg>
    }
}

/// The class of a Pod's state.
pub fn pod_class(pod: &Pod) -> &'static str {
    match &*pod.status.phase {
        "Succeeded" => "s-done",
        "Failed" => "s-fail",
        _ if pod.metadata.deletion_timestamp.is_some() => "s-term",
        _ if scene::status_word(pod).ends_with("BackOff") => "s-fail",
        "Running" if pod.is_ready() => "s-ready",
        "Running" => "s-run",
        _ => "s-wait",
    }
}

/// The class of a container's state.
pub fn container_class(status: Option<&ContainerStatus>) -> &'static str {
    let Some(status) = status else {
        return "s-wait";
    };
    match (
        &status.state.running,
        &status.state.terminated,
        &status.state.waiting,
    ) {
        (Some(_), ..) if status.ready => "s-ready",
        (Some(_), ..) => "s-run",
        (_, Some(ended), _) if ended.exit_code == 0 => "s-done",
        (_, Some(_), _) => "s-fail",
        (_, _, Some(waiting)) if waiting.reason.ends_with("BackOff") => "s-fail",
        _ => "s-wait",
    }
}

/// What stands under the heading: state in a word, `READY 1/2`.
pub fn chips(selection: &Selection, object: Option<&Rc<Object>>) -> Html {
    let Some(object) = object else {
        return Html::default();
    };
    if let (Selection::Container { name, .. }, Some(pod)) = (selection, object.pod()) {
        let statuses = pod.statuses();
        let status = statuses.get(&**name).copied();
        let word = status.map_or("Waiting".into(), |status| words::state(&status.state));
        let class = container_class(status);
        return html! { <p class="chips"><span class={["chip", class]}>{ icon(class) }{ word }</span></p> };
    }
    if let Some(pod) = object.pod() {
        let (ready, all) = scene::ready_count(pod);
        let class = pod_class(pod);
        return html! {
            <p class="chips">
                <span class={["chip", class]}>{ icon(class) }{ pod_words(pod) }</span>
                <span class="chip plain">{ format!("READY {ready}/{all}") }</span>
            </p>
        };
    }
    if let Some(node) = object.node() {
        let class = if node.is_ready() { "s-ready" } else { "s-unk" };
        let word = if node.is_ready() {
            "Ready"
        } else {
            "not Ready"
        };
        return html! { <p class="chips"><span class={["chip", class]}>{ icon(class) }{ word }</span></p> };
    }
    Html::default()
}

/// `Running, not Ready`
fn pod_words(pod: &Pod) -> String {
    let phase = if pod.status.phase.is_empty() {
        "Pending"
    } else {
        &*pod.status.phase
    };
    let ready = match phase {
        _ if pod.metadata.deletion_timestamp.is_some() => ", Terminating",
        "Running" if pod.is_ready() => ", Ready",
        "Running" | "Pending" if !pod.spec.node_name.is_empty() => ", not Ready",
        _ => "",
    };
    format!("{phase}{ready}")
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
