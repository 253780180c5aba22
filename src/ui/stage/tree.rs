//! The tree "Cluster": what the picture shows, in words. It is where the focus goes; it isn't drawn
//! itself, and the picture shows its focus ring.
//!
//! Its items are kept by hand rather than by Yew: hundreds of them change a little, many times a
//! second, and an item that goes to another place takes the focus with it. They have a name and no
//! text, so that no line is broken anew for what isn't seen. In a large cluster Nodes begin closed, and
//! only what is around the focus is in the page; `aria-posinset` and `aria-setsize` say where it stands.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use podarium::collections::Map;
use podarium::order;
use podarium::scene::ownership::KINDS;
use podarium::scene::{Branch, Item, Line, Outline, Parts, Selection};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use crate::ui::markup::html;
use crate::ui::shot::Shot;
use crate::ui::wall;

/// What the tree is told, and what it tells.
#[derive(Clone, PartialEq, Properties)]
pub struct TreeProps {
    /// The world at the moment that is shown.
    pub shot: Shot,
    /// What is selected.
    pub selection: Option<Selection>,
    /// What is told of one Pod beside its containers.
    pub parts: Option<Parts>,
    /// Does each stand within its owner?
    pub by_owner: bool,
    /// An item has the focus, or none has.
    pub on_focus: Callback<Option<Rc<Branch>>>,
    /// Enter, or a click: it is selected, and gone into if it was selected before.
    pub on_enter: Callback<Option<Selection>>,
    /// Escape or Backspace: one level out, if there is one; tells whether there was.
    pub on_out: Callback<(), bool>,
}

/// Counts something of an item.
type Count<'a> = &'a dyn Fn(&Shown) -> usize;

/// A cluster of more Pods and Nodes is large, until it has fewer than the second number.
const LARGE: (usize, usize) = (500, 300);
/// More Nodes than these, and hosts begin closed, too.
const MANY_NODES: usize = 1_000;
/// All lines are in the page if they are no more than these in a large cluster; else those around the
/// focus, so many in each direction.
const MOST_ROWS: usize = 300;
const AROUND: usize = 60;
/// Page Up and Page Down go so many lines.
const PAGE: usize = 20;
/// In a large cluster what only changed is written so often, in milliseconds.
const WRITE_MS: f64 = 300.0;
/// So many objects are followed in one turn.
const FOLLOWED: usize = 2_000;
/// What is typed within so many milliseconds of the letter before belongs to the same name.
const TYPING_MS: f64 = 1_000.0;

/// The beginning of a name, and when its last letter was typed.
type Typed = Rc<RefCell<(String, f64)>>;

/// Is this key part of a name? It begins with a letter, and keys that do something else only go on with
/// one. Asked while the key is pressed: what is around the tree must not hear of it.
fn is_typed(event: &KeyboardEvent, typed: &Typed) -> bool {
    let (now, key) = (wall::now(), event.key());
    let mut letters = key.chars();
    let (Some(letter), None) = (letters.next(), letters.next()) else {
        return false;
    };
    let (text, last) = &mut *typed.borrow_mut();
    let goes_on = now - *last < TYPING_MS && !text.is_empty();
    let is_part = letter.is_alphabetic() || goes_on && (letter.is_numeric() || letter == '-');
    if !is_part || event.ctrl_key() || event.meta_key() || event.alt_key() {
        return false;
    }
    if !goes_on {
        text.clear();
    }
    text.extend(letter.to_lowercase());
    *last = now;
    event.prevent_default();
    event.stop_propagation();
    true
}

/// The tree.
pub struct Tree {
    list: NodeRef,
    outline: Outline,
    /// What is in view, in the order in which arrows go.
    lines: Vec<Line>,
    /// Those of them that are in the page.
    rows: Vec<Row>,
    /// What was opened or closed; everything else is as it begins.
    opened: Map<Item, bool>,
    /// Do Nodes begin closed?
    large: bool,
    /// The item that has the focus, or had it last.
    here: Option<Item>,
    has_focus: bool,
    /// What is selected is to be in view.
    reveals: bool,
    typed: Typed,
    written: f64,
    later: Option<Timeout>,
}

/// What a row shows.
#[derive(Clone)]
struct Shown {
    line: Line,
    selected: bool,
    /// Does Tab lead to it?
    entry: bool,
}

struct Row {
    shown: Shown,
    name: Rc<str>,
    element: HtmlElement,
}

/// What happens to the tree.
pub enum Message {
    Key(KeyboardEvent),
    Typed,
    FocusIn(FocusEvent),
    FocusOut,
    Click(MouseEvent),
    Write,
}

impl Component for Tree {
    type Message = Message;
    type Properties = TreeProps;

    fn create(_ctx: &Context<Self>) -> Self {
        Tree {
            list: NodeRef::default(),
            outline: Outline::default(),
            lines: Vec::new(),
            rows: Vec::new(),
            opened: Map::new(),
            large: false,
            here: None,
            has_focus: false,
            reveals: false,
            typed: Typed::default(),
            written: 0.0,
            later: None,
        }
    }

    fn update(&mut self, ctx: &Context<Self>, message: Message) -> bool {
        let props = ctx.props();
        match message {
            Message::Key(event) => self.pressed(ctx, &event),
            Message::Typed => self.type_ahead(props),
            Message::FocusIn(event) => {
                if let Some(at) = self.row_of(event.target()) {
                    let line = &self.rows[at].shown.line;
                    self.here = Some(line.item.clone());
                    self.has_focus = true;
                    props.on_focus.emit(Some(Rc::new(line.branch())));
                    self.show(props);
                }
            }
            Message::FocusOut => {
                self.has_focus = false;
                props.on_focus.emit(None);
            }
            Message::Click(event) => {
                if let Some(at) = self.row_of(event.target()) {
                    let item = &self.rows[at].shown.line.item;
                    props.on_enter.emit(item.selection().cloned());
                }
            }
            Message::Write => self.write(ctx),
        }
        false
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        let typed = self.typed.clone();
        let pressed = link.callback(move |event: KeyboardEvent| match is_typed(&event, &typed) {
            true => Message::Typed,
            false => Message::Key(event),
        });
        html! {
            <div class="spoken" ref={self.list.clone()} role="tree" aria-label="Cluster"
                onkeydown={pressed} onfocusin={link.callback(Message::FocusIn)}
                onfocusout={link.callback(|_: FocusEvent| Message::FocusOut)} onclick={link.callback(Message::Click)} />
        }
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &TreeProps) -> bool {
        let props = ctx.props();
        let is_selected = props.selection != old.selection;
        self.reveals |= is_selected && props.selection.is_some();
        let wait = self.written + WRITE_MS - wall::now();
        if is_selected || !self.large || wait <= 0.0 {
            self.write(ctx);
        } else if self.later.is_none() {
            self.write_later(ctx, wait.ceil() as u32);
        }
        false
    }

    fn rendered(&mut self, ctx: &Context<Self>, _first: bool) {
        self.write(ctx);
    }
}

impl Tree {
    fn pressed(&mut self, ctx: &Context<Self>, event: &KeyboardEvent) {
        let props = ctx.props();
        let Some(at) = self.place(self.here.as_ref()) else {
            return;
        };
        let line = self.lines[at].clone();
        match &*event.key() {
            _ if event.ctrl_key() || event.meta_key() || event.alt_key() => return,
            "ArrowDown" => self.go(props, at + 1),
            "ArrowUp" => self.go(props, at.saturating_sub(1)),
            "PageDown" => self.go(props, at + PAGE),
            "PageUp" => self.go(props, at.saturating_sub(PAGE)),
            "Home" => self.go(props, 0),
            "End" => self.go(props, usize::MAX),
            "ArrowRight" if line.open == Some(false) => self.set_open(ctx, line.item, true),
            "ArrowRight" if line.open == Some(true) => self.go(props, at + 1),
            "ArrowLeft" if line.open == Some(true) => self.set_open(ctx, line.item, false),
            "ArrowLeft" => self.go(props, self.above(at).unwrap_or(at)),
            "Enter" if line.item.selection().is_some() || self.large => {
                if let Some(selection) = line.item.selection() {
                    props.on_enter.emit(Some(selection.clone()));
                }
                if line.open == Some(false) && self.large {
                    self.set_open(ctx, line.item, true);
                }
            }
            "Escape" | "Backspace" if props.on_out.emit(()) => {}
            _ => return,
        }
        event.prevent_default();
    }

    /// Goes to the next item whose own name begins with what is being typed.
    fn type_ahead(&mut self, props: &TreeProps) {
        let count = self.lines.len();
        let Some(at) = self.place(self.here.as_ref()) else {
            return;
        };
        // The same letter again and again goes from one to the next.
        let typed = self.typed.borrow().0.clone();
        let first = typed.chars().next();
        let is_one = typed.chars().all(|letter| Some(letter) == first);
        let typed = typed.chars().take(if is_one { 1 } else { usize::MAX });
        let from = at + usize::from(is_one);
        let fits = |at: &usize| {
            let name = self.lines[*at].item.own_name();
            let mut name = name.chars().flat_map(char::to_lowercase);
            typed.clone().all(|letter| name.next() == Some(letter))
        };
        if let Some(found) = (from..from + count).map(|at| at % count).find(fits) {
            self.go(props, found);
        }
    }

    /// The line of the item that this one stands in.
    fn above(&self, at: usize) -> Option<usize> {
        let level = self.lines[at].level;
        self.lines[..at].iter().rposition(|line| line.level < level)
    }

    fn place(&self, item: Option<&Item>) -> Option<usize> {
        let item = item?;
        self.lines.iter().position(|line| line.item == *item)
    }

    fn go(&mut self, props: &TreeProps, to: usize) {
        let Some(last) = self.lines.len().checked_sub(1) else {
            return;
        };
        let item = self.lines[to.min(last)].item.clone();
        if self.row(&item).is_none() {
            self.here = Some(item.clone());
            self.show(props);
        }
        self.focus(&item);
    }

    fn focus(&self, item: &Item) {
        if let Some(row) = self.row(item) {
            // A tree item can always have the focus.
            let _ = row.element.focus();
        }
    }

    fn row(&self, item: &Item) -> Option<&Row> {
        self.rows.iter().find(|row| row.shown.line.item == *item)
    }

    fn set_open(&mut self, ctx: &Context<Self>, item: Item, open: bool) {
        self.opened.insert(item, open);
        self.write(ctx);
    }

    fn row_of(&self, target: Option<web_sys::EventTarget>) -> Option<usize> {
        let target: Element = target?.dyn_into().ok()?;
        let is_it = |row: &Row| *target == **row.element;
        self.rows.iter().position(is_it)
    }

    fn write_later(&mut self, ctx: &Context<Self>, milliseconds: u32) {
        let link = ctx.link().clone();
        let write = move || link.send_message(Message::Write);
        self.later = Some(Timeout::new(milliseconds, write));
    }

    /// Brings all of it up to the world, and the items in the page, too. Where that is far, as to a cluster
    /// that was imported, it takes several turns, and the items are meanwhile as they were.
    fn write(&mut self, ctx: &Context<Self>) {
        let props = ctx.props();
        self.later = None;
        if !self.outline.follow_some(&props.shot, FOLLOWED) {
            self.write_later(ctx, 0);
            return;
        }
        // What is selected stands elsewhere now.
        self.reveals |= self.outline.nest_by_owner(props.by_owner);
        let was_large = self.large;
        let (from, until) = LARGE;
        self.large = self.outline.size() > if was_large { until } else { from };
        let selection = props.selection.as_ref();
        if let Some(selection) = selection.filter(|_| std::mem::take(&mut self.reveals)) {
            self.open_around(selection);
            if !self.has_focus {
                self.here = Some(Item::Thing(selection.clone()));
            }
        }
        if self.large && !was_large {
            // Where somebody is, nothing closes.
            let here = self.here.as_ref().and_then(Item::selection).cloned();
            for one in here.iter().chain(selection) {
                self.open_around(one);
            }
        }
        let is_open = |item: &Item| {
            let opened = self.opened.get(item).copied();
            opened.unwrap_or_else(|| self.begins_open(item))
        };
        self.lines = self.outline.lines(&is_open, props.parts.as_ref());
        self.show(props);
        self.written = wall::now();
    }

    fn open_around(&mut self, selection: &Selection) {
        for item in self.outline.around(selection) {
            self.opened.insert(item, true);
        }
    }

    fn begins_open(&self, item: &Item) -> bool {
        !self.large
            || match item {
                Item::Thing(Selection::Host(_)) => self.outline.nodes() <= MANY_NODES,
                Item::Thing(Selection::Object(key)) => {
                    &*key.kind != "Node" && !KINDS.contains(&&*key.kind)
                }
                Item::Thing(Selection::Container { .. }) | Item::Part(..) => true,
                Item::Heading(name) => &**name == "Objects",
            }
    }

    /// Makes the items in the page what they should be, and touches no other.
    fn show(&mut self, props: &TreeProps) {
        let Some(list) = self.list.cast::<Element>() else {
            return;
        };
        let here = self.place(self.here.as_ref()).or_else(|| {
            let heir = self.heir()?;
            self.here = Some(self.lines[heir].item.clone());
            Some(heir)
        });
        let selected = props.selection.clone().map(Item::Thing);
        let selected = self.place(selected.as_ref());
        let entry = here.or(selected).unwrap_or(0);
        let shown = self.window(entry, selected).into_iter().map(|at| Shown {
            line: self.lines[at].clone(),
            selected: Some(at) == selected,
            entry: at == entry,
        });
        let shown: Vec<Shown> = shown.collect();
        let has_focus = self.has_focus;
        let items = self.rows.iter().map(|row| &row.shown.line.item);
        let same = items.eq(shown.iter().map(|shown| &shown.line.item));
        if !same {
            self.reorder(&list, &shown);
        }
        for (row, shown) in self.rows.iter_mut().zip(shown) {
            row.write(shown);
        }
        // What was taken out and put in again has lost it on the way.
        if has_focus && !same && here.is_some() {
            self.focus(&self.lines[entry].item);
        }
    }

    /// Which lines are in the page: all, or those around the focus, what they stand in, what is selected,
    /// and the first.
    fn window(&self, entry: usize, selected: Option<usize>) -> Vec<usize> {
        let count = self.lines.len();
        if !self.large || count <= MOST_ROWS {
            return (0..count).collect();
        }
        let around = entry.saturating_sub(AROUND)..(entry + AROUND).min(count);
        let above = std::iter::successors(self.above(around.start), |at| self.above(*at));
        let alone = above.chain(selected).chain([0, entry]);
        let mut lines: Vec<usize> = alone.chain(around.clone()).collect();
        order::sort_by_key(&mut lines, |at| *at);
        lines.dedup();
        lines
    }

    /// Where the focus goes from an item that is gone: to the next beside it that is still there, else to
    /// the one before, else to the one that it was in.
    fn heir(&self) -> Option<usize> {
        let here = self.here.as_ref()?;
        let is_here = |row: &Row| row.shown.line.item == *here;
        let was = self.rows.iter().position(is_here)?;
        let (before, after) = (&self.rows[..was], &self.rows[was + 1..]);
        let level_of = |row: &Row| row.shown.line.level;
        let level = level_of(&self.rows[was]);
        let beside = |row: &&Row| level_of(row) >= level;
        let after = after.iter().take_while(beside);
        let before_it = before.iter().rev().take_while(beside);
        let near = after.chain(before_it).filter(|row| level_of(row) == level);
        let around = (1..level).rev().filter_map(|level| {
            let mut above = before.iter().rev();
            above.find(|row| level_of(row) == level)
        });
        near.chain(around)
            .find_map(|row| self.place(Some(&row.shown.line.item)))
    }

    /// The rows of these items, in this order; those that are there already stay what they are.
    fn reorder(&mut self, list: &Element, shown: &[Shown]) {
        let known = std::mem::take(&mut self.rows).into_iter();
        let mut known: Vec<Option<Row>> = known.map(Some).collect();
        let mut next: Option<web_sys::Element> = None;
        // Most stand where they stood: the search goes on where the one before found something.
        let mut from = known.len();
        for one in shown.iter().rev() {
            let is_it = |row: &Option<Row>| {
                row.as_ref()
                    .is_some_and(|row| row.shown.line.item == one.line.item)
            };
            let found = known[..from].iter().rposition(is_it);
            let found = found.or_else(|| known[from..].iter().position(is_it).map(|at| at + from));
            from = found.unwrap_or(from);
            let row = found.and_then(|at| known[at].take());
            let Some(row) = row.or_else(|| Row::new(list, one)) else {
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
}

impl Row {
    fn new(list: &Element, shown: &Shown) -> Option<Self> {
        let element = list.owner_document()?.create_element("div").ok()?;
        let mut row = Row {
            shown: shown.clone(),
            name: "".into(),
            element: element.dyn_into().ok()?,
        };
        row.set("role", "treeitem");
        row.write_parts(None);
        Some(row)
    }

    fn write(&mut self, shown: Shown) {
        let before = std::mem::replace(&mut self.shown, shown);
        self.write_parts(Some(&before));
    }

    /// Writes what differs.
    fn write_parts(&mut self, before: Option<&Shown>) {
        let now = &self.shown;
        let differs =
            |part: &dyn Fn(&Shown) -> usize| before.is_none_or(|before| part(before) != part(now));
        if before.is_none_or(|before| now.line.says_other_than(&before.line)) {
            let name = now.line.name();
            if self.name != name {
                self.set("aria-label", &name);
                self.name = name;
            }
        }
        let numbers: [(&str, Count<'_>); 3] = [
            ("aria-level", &|shown| shown.line.level),
            ("aria-posinset", &|shown| shown.line.position),
            ("aria-setsize", &|shown| shown.line.siblings),
        ];
        for (name, number) in numbers {
            if differs(number) {
                self.set(name, &number(now).to_string());
            }
        }
        if differs(&|shown| usize::from(shown.entry)) {
            self.set("tabindex", if now.entry { "0" } else { "-1" });
        }
        if differs(&|shown| usize::from(shown.selected)) {
            self.set("aria-selected", &now.selected.to_string());
        }
        if before.is_none_or(|before| before.line.open != now.line.open) {
            match now.line.open {
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
