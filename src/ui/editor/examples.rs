//! Manifests to begin with, and the menu that offers them.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use crate::ui::dom;
use crate::ui::markup::html;

/// Name and text of each, the plainest first.
const EXAMPLES: [(&str, &str); 8] = [
    ("hello-pod in YAML", include_str!("examples/hello-pod.yaml")),
    ("hello-pod in JSON", include_str!("examples/hello-pod.json")),
    (
        "Two containers, one late",
        include_str!("examples/pair.yaml"),
    ),
    ("Three Pods", include_str!("examples/three-pods.yaml")),
    ("A Pod that ends", include_str!("examples/batch.yaml")),
    ("A crash loop", include_str!("examples/crash-loop.yaml")),
    (
        "An image that is not there",
        include_str!("examples/no-such-image.yaml"),
    ),
    (
        "More than any node has",
        include_str!("examples/unschedulable.yaml"),
    ),
];

/// What the menu tells.
#[derive(Clone, PartialEq, Properties)]
pub struct ExamplesProps {
    /// The name and the text of the example that was chosen.
    pub on_choose: Callback<(&'static str, &'static str)>,
}

/// Button "Examples" with its menu.
#[component]
pub fn Examples(ExamplesProps { on_choose }: &ExamplesProps) -> Html {
    let open = use_state(|| false);
    let menu = use_node_ref();
    let button = use_node_ref();
    use_effect_with((*open, menu.clone()), |(open, menu)| {
        if *open {
            dom::focus(item(menu, |_, _| 0));
        }
    });
    let close = {
        let (open, button) = (open.clone(), button.clone());
        move || {
            open.set(false);
            dom::focus(button.cast());
        }
    };
    let keys = {
        let (menu, close) = (menu.clone(), close.clone());
        Callback::from(move |event: KeyboardEvent| {
            let to = match &*event.key() {
                "ArrowDown" => item(&menu, |here, most| (here + 1) % most),
                "ArrowUp" => item(&menu, |here, most| (here + most - 1) % most),
                "Home" => item(&menu, |_, _| 0),
                "End" => item(&menu, |_, most| most - 1),
                "Escape" => return close(),
                _ => return,
            };
            event.prevent_default();
            dom::focus(to);
        })
    };
    // Out of the menu by Tab or by pointer: it closes, and the focus stays where it went.
    let left = {
        let (open, menu) = (open.clone(), menu.clone());
        Callback::from(move |event: FocusEvent| {
            let to = event
                .related_target()
                .and_then(|to| to.dyn_into::<web_sys::Node>().ok());
            let inside = menu
                .cast::<web_sys::Node>()
                .is_some_and(|menu| menu.contains(to.as_ref()));
            if !inside {
                open.set(false);
            }
        })
    };
    let choose = |name: &'static str, text: &'static str| {
        let (on_choose, close) = (on_choose.clone(), close.clone());
        Callback::from(move |_: MouseEvent| {
            close();
            on_choose.emit((name, text));
        })
    };
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    html! {
        <div class="examples">
            <button ref={button} aria-haspopup="menu" aria-expanded={open.to_string()} onclick={toggle}>
                { "Examples" }
            </button>
            if *open {
                <ul ref={menu} role="menu" aria-label="Examples" onkeydown={keys} onfocusout={left}>
                    for (name, text) in EXAMPLES {
                        <li key={name} role="none">
                            <button role="menuitem" tabindex="-1" onclick={choose(name, text)}>{ name }</button>
                        </li>
                    }
                </ul>
            }
        </div>
    }
}

/// Opens the menu from elsewhere.
pub fn open() {
    let button = dom::find(".examples > [aria-expanded=false]");
    if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
        button.click();
    }
}

/// The item that `which` finds, given the number of the focused one and how many there are.
fn item(menu: &NodeRef, which: fn(usize, usize) -> usize) -> Option<Element> {
    let items = menu
        .cast::<Element>()?
        .query_selector_all("[role=menuitem]")
        .ok()?;
    let all: Vec<Element> = (0..items.length())
        .filter_map(|n| items.get(n)?.dyn_into().ok())
        .collect();
    let active = dom::focused();
    let here = all.iter().position(|item| active.as_ref() == Some(item));
    all.get(which(here.unwrap_or(0), all.len().max(1))).cloned()
}

#[cfg(test)]
mod tests {
    use super::EXAMPLES;
    use podarium::manifest::check;

    #[test]
    fn every_example_is_without_a_problem() {
        for (name, text) in EXAMPLES {
            let said: Vec<_> = check(text).diagnostics;
            assert!(said.is_empty(), "{name}: {said:?}");
        }
    }
}
