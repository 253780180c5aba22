//! Small parts that the tabs share: tabs, chips, icons, rows of facts.

use std::rc::Rc;

use podarium::api::Object;
use podarium::api::pod::Pod;
use podarium::cluster::SimTime;
use podarium::scene::{self, ContainerGlyph, Selection};
use yew::prelude::*;

use crate::ui::dom;
use crate::ui::markup::html;
use crate::ui::shot::Shot;
use crate::ui::stage::pods::{class_of, symbol_of};

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
            let here = event.target_dyn_into::<web_sys::Element>();
            let list = here.and_then(|here| here.closest("[role=tablist]").ok().flatten());
            dom::focus(list.and_then(|list| list.children().item(next as u32)));
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

/// A state's icon: colour, shape and word together.
pub fn icon(class: &'static str, symbol: &'static str) -> Html {
    html! {
        <svg class={["state-icon", class]} width="14" height="14" aria-hidden="true">
            <use href={format!("#i-{symbol}")} />
        </svg>
    }
}

/// A container's icon, as the stage has it.
pub fn container_icon(container: &ContainerGlyph) -> Html {
    let symbol = match container.pull {
        Some(_) => "pull",
        None => symbol_of(container.state, container.backing_off),
    };
    icon(class_of(container.state), symbol)
}

/// What stands under the heading: state in a word, `READY 1/2`.
pub fn chips(shot: &Shot, selection: &Selection, object: Option<&Rc<Object>>) -> Html {
    let Some(object) = object else {
        return Html::default();
    };
    let body = scene::body_of(shot, object);
    if let (Selection::Container { name, .. }, Some(body)) = (selection, &body) {
        let found = body.containers.iter().find(|glyph| glyph.name == *name);
        return found.map_or_else(Html::default, |container| {
            let class = class_of(container.state);
            let content = html! { <>{ container_icon(container) }{ &*container.word }</> };
            html! { <p class="chips"><span class={["chip", class]}>{ content }</span></p> }
        });
    }
    if let (Some(body), Some(pod)) = (body, object.pod()) {
        let (ready, all) = body.containers_ready;
        let class = class_of(body.state);
        let failing = body
            .containers
            .iter()
            .any(|container| container.backing_off);
        return html! {
            <p class="chips">
                <span class={["chip", class]}>{ icon(class, symbol_of(body.state, failing)) }{ pod_words(pod) }</span>
                <span class="chip plain">{ format!("READY {ready}/{all}") }</span>
            </p>
        };
    }
    if let Some(node) = object.node() {
        let (class, symbol, word) = match node.is_ready() {
            true => ("s-ready", "ready", "Ready"),
            false => ("s-unk", "unknown", "not Ready"),
        };
        return html! { <p class="chips"><span class={["chip", class]}>{ icon(class, symbol) }{ word }</span></p> };
    }
    Html::default()
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

/// A moment that Kubernetes wrote down: it knows whole seconds.
pub fn second(at: SimTime) -> String {
    format!("t+{} s", at.0.div_euclid(1_000_000))
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
