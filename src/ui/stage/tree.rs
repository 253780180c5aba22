//! The tree "Cluster": what the picture shows, in words. It is where the focus goes; it isn't drawn
//! itself, and the picture shows its focus ring.
//!
//! Its items are kept by hand rather than by Yew: hundreds of them change a little, many times a
//! second, and an item that goes to another place takes the focus with it. They have a name and no
//! text, so that no line is broken anew for what isn't seen.

use std::collections::BTreeSet;
use std::rc::Rc;

use podarium::scene::{self, Branch, Selection, TreeCache};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use crate::ui::shot::Shot;

/// What the tree is told, and what it tells.
#[derive(Clone, PartialEq, Properties)]
pub struct TreeProps {
    /// The world at the moment that is shown.
    pub shot: Shot,
    /// What is selected.
    pub selection: Option<Selection>,
    /// An item has the focus, or none has.
    pub on_focus: Callback<Option<Rc<Branch>>>,
    /// Enter, or a click: it is selected, and gone into if it was selected before.
    pub on_enter: Callback<Option<Selection>>,
    /// Escape or Backspace: one level out, if there is one; tells whether there was.
    pub on_out: Callback<(), bool>,
}

/// Counts something of an item.
type Count<'a> = &'a dyn Fn(&Item) -> usize;

/// The tree.
pub struct Tree {
    list: NodeRef,
    rows: Vec<Row>,
    closed: BTreeSet<Rc<str>>,
    /// The item that has the focus, or had it last.
    here: Option<Rc<str>>,
    has_focus: bool,
    cache: TreeCache,
}

/// An item in the order in which arrows go.
#[derive(Clone)]
struct Item {
    branch: Rc<Branch>,
    level: usize,
    position: usize,
    siblings: usize,
    /// `None` for what has nothing inside.
    open: Option<bool>,
    selected: bool,
    /// Does Tab lead to it?
    entry: bool,
}

struct Row {
    item: Item,
    element: HtmlElement,
}

/// What happens to the tree.
pub enum Message {
    Key(KeyboardEvent),
    FocusIn(FocusEvent),
    FocusOut,
    Click(MouseEvent),
}

impl Component for Tree {
    type Message = Message;
    type Properties = TreeProps;

    fn create(_ctx: &Context<Self>) -> Self {
        Tree {
            list: NodeRef::default(),
            rows: Vec::new(),
            closed: BTreeSet::new(),
            here: None,
            has_focus: false,
            cache: TreeCache::default(),
        }
    }

    fn update(&mut self, ctx: &Context<Self>, message: Message) -> bool {
        let props = ctx.props();
        match message {
            Message::Key(event) => self.pressed(props, &event),
            Message::FocusIn(event) => {
                if let Some(at) = self.row_of(event.target()) {
                    let branch = &self.rows[at].item.branch;
                    self.here = Some(branch.id.clone());
                    self.has_focus = true;
                    props.on_focus.emit(Some(branch.clone()));
                    self.write(props);
                }
            }
            Message::FocusOut => {
                self.has_focus = false;
                props.on_focus.emit(None);
            }
            Message::Click(event) => {
                if let Some(at) = self.row_of(event.target()) {
                    let selection = self.rows[at].item.branch.selection.clone();
                    props.on_enter.emit(selection);
                }
            }
        }
        false
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        html! {
            <div class="spoken" ref={self.list.clone()} role="tree" aria-label="Cluster"
                onkeydown={link.callback(Message::Key)} onfocusin={link.callback(Message::FocusIn)}
                onfocusout={link.callback(|_: FocusEvent| Message::FocusOut)} onclick={link.callback(Message::Click)} />
        }
    }

    fn changed(&mut self, ctx: &Context<Self>, _old: &TreeProps) -> bool {
        self.write(ctx.props());
        false
    }

    fn rendered(&mut self, ctx: &Context<Self>, _first: bool) {
        self.write(ctx.props());
    }
}

impl Tree {
    fn pressed(&mut self, props: &TreeProps, event: &KeyboardEvent) {
        let here = self.here.as_ref();
        let Some(at) =
            here.and_then(|id| self.rows.iter().position(|row| row.item.branch.id == *id))
        else {
            return;
        };
        let item = self.rows[at].item.clone();
        match &*event.key() {
            _ if event.ctrl_key() || event.meta_key() || event.alt_key() => return,
            "ArrowDown" => self.go(at + 1),
            "ArrowUp" => self.go(at.saturating_sub(1)),
            "Home" => self.go(0),
            "End" => self.go(usize::MAX),
            "ArrowRight" if item.open == Some(false) => self.set_open(props, &item, true),
            "ArrowRight" if item.open == Some(true) => self.go(at + 1),
            "ArrowLeft" if item.open == Some(true) => self.set_open(props, &item, false),
            "ArrowLeft" => {
                let above = |row: &Row| row.item.level < item.level;
                self.go(self.rows[..at].iter().rposition(above).unwrap_or(at));
            }
            "Enter" if item.branch.selection.is_some() => {
                props.on_enter.emit(item.branch.selection.clone());
            }
            "Escape" | "Backspace" if props.on_out.emit(()) => {}
            _ => return,
        }
        event.prevent_default();
    }

    fn go(&self, to: usize) {
        if let Some(row) = self.rows.get(to).or(self.rows.last()) {
            // A tree item can always have the focus.
            let _ = row.element.focus();
        }
    }

    fn set_open(&mut self, props: &TreeProps, item: &Item, open: bool) {
        let id = item.branch.id.clone();
        if open {
            self.closed.remove(&id);
        } else {
            self.closed.insert(id);
        }
        self.write(props);
    }

    fn row_of(&self, target: Option<web_sys::EventTarget>) -> Option<usize> {
        let target: Element = target?.dyn_into().ok()?;
        let is_it = |row: &Row| *target == **row.element;
        self.rows.iter().position(is_it)
    }

    /// Makes the items what they should be, and touches no other.
    fn write(&mut self, props: &TreeProps) {
        let Some(list) = self.list.cast::<Element>() else {
            return;
        };
        let branches = scene::tree(&props.shot, &mut self.cache);
        let mut items = Vec::with_capacity(self.rows.len());
        self.flatten(&branches, props.selection.as_ref(), 1, &mut items);
        let here = items
            .iter()
            .position(|item| Some(&item.branch.id) == self.here.as_ref());
        let here = here.or_else(|| {
            let heir = self.heir(&items)?;
            self.here = Some(items[heir].branch.id.clone());
            Some(heir)
        });
        let selected = || items.iter().position(|item| item.selected);
        let entry = here.or_else(selected).unwrap_or(0);
        items[entry].entry = true;
        let has_focus = self.has_focus;
        let same = items.len() == self.rows.len()
            && items
                .iter()
                .zip(&self.rows)
                .all(|(item, row)| item.branch.id == row.item.branch.id);
        if !same {
            self.reorder(&list, &items);
        }
        for (row, item) in self.rows.iter_mut().zip(items) {
            row.write(item);
        }
        // What was taken out and put in again has lost it on the way.
        if has_focus && !same && here.is_some() {
            self.go(entry);
        }
    }

    /// Where the focus goes from an item that is gone: to the next beside it that is still there, else to
    /// the one before, else to the one that it was in.
    fn heir(&self, items: &[Item]) -> Option<usize> {
        let here = self.here.as_ref()?;
        let was = self
            .rows
            .iter()
            .position(|row| row.item.branch.id == *here)?;
        let (before, after) = (&self.rows[..was], &self.rows[was + 1..]);
        let level = self.rows[was].item.level;
        let beside = |row: &&Row| row.item.level >= level;
        let after = after.iter().take_while(beside);
        let before_it = before.iter().rev().take_while(beside);
        let near = after.chain(before_it).filter(|row| row.item.level == level);
        let around = (1..level).rev().filter_map(|level| {
            let mut above = before.iter().rev();
            above.find(|row| row.item.level == level)
        });
        near.chain(around).find_map(|row| {
            let is_it = |item: &Item| item.branch.id == row.item.branch.id;
            items.iter().position(is_it)
        })
    }

    /// The rows of these items, in this order; those that are there already stay what they are.
    fn reorder(&mut self, list: &Element, items: &[Item]) {
        let known = std::mem::take(&mut self.rows).into_iter();
        let mut known: Vec<Option<Row>> = known.map(Some).collect();
        let mut next: Option<web_sys::Element> = None;
        // Most stand where they stood: the search goes on where the one before found something.
        let mut from = known.len();
        for item in items.iter().rev() {
            let is_it = |row: &Option<Row>| {
                row.as_ref()
                    .is_some_and(|row| row.item.branch.id == item.branch.id)
            };
            let found = known[..from].iter().rposition(is_it);
            let found = found.or_else(|| known[from..].iter().position(is_it).map(|at| at + from));
            from = found.unwrap_or(from);
            let row = found.and_then(|at| known[at].take());
            let Some(row) = row.or_else(|| Row::new(list, item)) else {
                continue;
            };
            let stands = row.element.parent_element().is_some()
                && row.element.next_element_sibling() == next;
            if !stands {
                // Both are children of the list, or become one.
                let _ = list.insert_before(&row.element, next.as_deref());
            }
            next = Some(row.element.clone().into());
            self.rows.push(row);
        }
        self.rows.reverse();
        for gone in known.iter().flatten() {
            gone.element.remove();
        }
    }

    fn flatten(
        &self,
        branches: &[Rc<Branch>],
        selected: Option<&Selection>,
        level: usize,
        items: &mut Vec<Item>,
    ) {
        for (number, branch) in branches.iter().enumerate() {
            let open = !branch.children.is_empty();
            let open = open.then(|| !self.closed.contains(&branch.id));
            items.push(Item {
                branch: branch.clone(),
                level,
                position: number + 1,
                siblings: branches.len(),
                open,
                selected: selected.is_some() && branch.selection.as_ref() == selected,
                entry: false,
            });
            if open == Some(true) {
                self.flatten(&branch.children, selected, level + 1, items);
            }
        }
    }
}

impl Row {
    fn new(list: &Element, item: &Item) -> Option<Self> {
        let element = list.owner_document()?.create_element("div").ok()?;
        let row = Row {
            item: item.clone(),
            element: element.dyn_into().ok()?,
        };
        row.set("role", "treeitem");
        row.write_parts(item, None);
        Some(row)
    }

    fn write(&mut self, item: Item) {
        let before = std::mem::replace(&mut self.item, item);
        self.write_parts(&self.item, Some(&before));
    }

    /// Writes what differs.
    fn write_parts(&self, now: &Item, before: Option<&Item>) {
        let differs =
            |part: &dyn Fn(&Item) -> usize| before.is_none_or(|before| part(before) != part(now));
        let same = |before: &Item| Rc::ptr_eq(&before.branch, &now.branch);
        if !before.is_some_and(|before| same(before) || before.branch.name == now.branch.name) {
            self.set("aria-label", &now.branch.name);
        }
        let numbers: [(&str, Count<'_>); 3] = [
            ("aria-level", &|item| item.level),
            ("aria-posinset", &|item| item.position),
            ("aria-setsize", &|item| item.siblings),
        ];
        for (name, number) in numbers {
            if differs(number) {
                self.set(name, &number(now).to_string());
            }
        }
        if differs(&|item| usize::from(item.entry)) {
            self.set("tabindex", if now.entry { "0" } else { "-1" });
        }
        if differs(&|item| usize::from(item.selected)) {
            self.set("aria-selected", &now.selected.to_string());
        }
        if before.is_none_or(|before| before.open != now.open) {
            match now.open {
                Some(open) => self.set("aria-expanded", &open.to_string()),
                // It may not have been there.
                None => drop(self.element.remove_attribute("aria-expanded")),
            }
        }
    }

    fn set(&self, name: &str, value: &str) {
        // Names are ours: nothing can be wrong with them.
        let _ = self.element.set_attribute(name, value);
    }
}
