//! The tree "Cluster": what the picture shows, in words. It is where the focus goes; it isn't drawn
//! itself, and the picture shows its focus ring.

use std::collections::BTreeSet;
use std::rc::Rc;

use podarium::scene::{self, Branch, Selection};
use yew::prelude::*;

use crate::ui::dom;
use crate::ui::markup::html;
use crate::ui::shot::Shot;

/// What the tree is told, and what it tells.
#[derive(Clone, PartialEq, Properties)]
pub struct TreeProps {
    /// The world at the moment that is shown.
    pub shot: Shot,
    /// What is selected.
    pub selection: Option<Selection>,
    /// An item has the focus, or none has.
    pub on_focus: Callback<Option<Selection>>,
    /// Enter, or a click: it is selected, and gone into if it was selected before.
    pub on_enter: Callback<Option<Selection>>,
    /// Escape or Backspace: one level out, if there is one; tells whether there was.
    pub on_out: Callback<(), bool>,
}

/// An item in the order in which arrows go.
#[derive(Clone, PartialEq)]
struct Item {
    /// Unique among its siblings' descendants: the path of names before the first comma.
    id: Rc<str>,
    name: Rc<str>,
    selection: Option<Selection>,
    level: usize,
    position: usize,
    siblings: usize,
    /// `None` for what has nothing inside.
    open: Option<bool>,
}

/// The tree.
#[component]
pub fn Tree(props: &TreeProps) -> Html {
    let closed = use_state(BTreeSet::<Rc<str>>::new);
    let here = use_state(|| None::<Rc<str>>);
    let list = use_node_ref();
    let items = use_memo((props.shot.clone(), (*closed).clone()), |(shot, closed)| {
        let mut items = Vec::new();
        flatten(&scene::tree(shot), "", 1, closed, &mut items);
        items
    });
    let focused = here
        .as_ref()
        .and_then(|id| items.iter().position(|item| item.id == *id));
    let selected = props.selection.as_ref();
    let entry = focused.or_else(|| {
        items
            .iter()
            .position(|item| item.selection.as_ref() == selected && selected.is_some())
    });
    let go = {
        let (items, list) = (items.clone(), list.clone());
        move |to: usize| focus(&list, to.min(items.len().saturating_sub(1)))
    };
    let pressed = {
        let (items, closed, props) = (items.clone(), closed.clone(), props.clone());
        Callback::from(move |event: KeyboardEvent| {
            let Some(at) = focused else { return };
            let Some(item) = items.get(at) else { return };
            let set_open = |open: bool| {
                let mut now = (*closed).clone();
                if open {
                    now.remove(&item.id)
                } else {
                    now.insert(item.id.clone())
                };
                closed.set(now);
            };
            match &*event.key() {
                _ if event.ctrl_key() || event.meta_key() || event.alt_key() => return,
                "ArrowDown" => go(at + 1),
                "ArrowUp" => go(at.saturating_sub(1)),
                "Home" => go(0),
                "End" => go(usize::MAX),
                "ArrowRight" if item.open == Some(false) => set_open(true),
                "ArrowRight" if item.open == Some(true) => go(at + 1),
                "ArrowLeft" if item.open == Some(true) => set_open(false),
                "ArrowLeft" => go(parent(&items, at)),
                "Enter" if item.selection.is_some() => props.on_enter.emit(item.selection.clone()),
                "Escape" | "Backspace" if props.on_out.emit(()) => {}
                _ => return,
            }
            event.prevent_default();
        })
    };
    let left = props.on_focus.reform(|_: FocusEvent| None);
    html! {
        <div class="spoken" ref={list} role="tree" aria-label="Cluster" onkeydown={pressed} onfocusout={left}>
            for (number, item) in items.iter().enumerate() {
                { row(props, item, number == entry.unwrap_or(0), &here) }
            }
        </div>
    }
}

fn row(
    props: &TreeProps,
    item: &Item,
    is_entry: bool,
    here: &UseStateHandle<Option<Rc<str>>>,
) -> Html {
    let focus = {
        let (here, id, on_focus) = (here.clone(), item.id.clone(), props.on_focus.clone());
        let selection = item.selection.clone();
        Callback::from(move |_: FocusEvent| {
            here.set(Some(id.clone()));
            on_focus.emit(selection.clone());
        })
    };
    let click = {
        let selection = item.selection.clone();
        props
            .on_enter
            .reform(move |_: MouseEvent| selection.clone())
    };
    let selected = item.selection.is_some() && item.selection == props.selection;
    html! {
        <div key={&*item.id} role="treeitem" tabindex={if is_entry { "0" } else { "-1" }} aria-label={item.name.clone()}
            aria-level={item.level.to_string()} aria-posinset={item.position.to_string()}
            aria-setsize={item.siblings.to_string()} aria-expanded={item.open.map(|open| open.to_string())}
            aria-selected={selected.to_string()} onfocusin={focus} onclick={click}>
            { &*item.name }
        </div>
    }
}

fn flatten(
    branches: &[Branch],
    above: &str,
    level: usize,
    closed: &BTreeSet<Rc<str>>,
    items: &mut Vec<Item>,
) {
    for (number, branch) in branches.iter().enumerate() {
        let short = match &branch.selection {
            Some(selection) => selection.to_string(),
            None => branch
                .name
                .split(',')
                .next()
                .unwrap_or_default()
                .to_string(),
        };
        let id: Rc<str> = format!("{above}/{short}").into();
        let open = (!branch.children.is_empty()).then(|| !closed.contains(&id));
        items.push(Item {
            id: id.clone(),
            name: branch.name.clone(),
            selection: branch.selection.clone(),
            level,
            position: number + 1,
            siblings: branches.len(),
            open,
        });
        if open == Some(true) {
            flatten(&branch.children, &id, level + 1, closed, items);
        }
    }
}

fn parent(items: &[Item], at: usize) -> usize {
    let level = items[at].level;
    items[..at]
        .iter()
        .rposition(|item| item.level < level)
        .unwrap_or(at)
}

fn focus(list: &NodeRef, to: usize) {
    let items = list.cast::<web_sys::Element>().map(|list| list.children());
    dom::focus(items.and_then(|items| items.item(u32::try_from(to).unwrap_or(u32::MAX))));
}
