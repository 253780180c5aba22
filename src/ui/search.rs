//! The box "Find a Pod, node or label": a combobox with a list of what was found. Enter selects it
//! everywhere; Escape gives the focus back. It looks in slices, so that no keystroke waits for it.

use gloo_timers::callback::Timeout;
use podarium::scene::{Find, Hit, Selection};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement};
use yew::prelude::*;

use crate::ui::dom;
use crate::ui::markup::html;
use crate::ui::numbers::thousands;
use crate::ui::shot::Shot;
use crate::ui::wall::Slice;

/// What the box is told, and what it tells.
#[derive(Clone, PartialEq, Properties)]
pub struct SearchProps {
    /// The world at the moment that is shown.
    pub shot: Shot,
    /// This was found, and is to be shown.
    pub on_found: Callback<Selection>,
    /// Nothing is looked for any longer; where the focus was before.
    pub on_leave: Callback<Option<Element>>,
    /// Something is to be said aloud.
    pub announce: Callback<AttrValue>,
}

/// So many are listed.
const MOST: usize = 50;
/// A slice of the search, in milliseconds, and how many objects are looked at before the clock is.
const SLICE_MS: f64 = 8.0;
const STEP: usize = 16;
/// The box, for keys and for what belongs to it.
pub const BOX: &str = ".search input";
const LIST: &str = "found";

/// The box.
pub struct Search {
    text: String,
    find: Option<Find>,
    hits: Vec<Hit>,
    total: usize,
    /// Is all of it found?
    is_done: bool,
    /// Is the first hit to be chosen as soon as all are known?
    is_entered: bool,
    /// Is the list shown?
    is_open: bool,
    active: Option<usize>,
    /// What had the focus before.
    opener: Option<Element>,
    slice: Option<Timeout>,
}

/// What happens to it.
pub enum Message {
    Text(InputEvent),
    Slice,
    Key(KeyboardEvent),
    Choose(usize),
    In(FocusEvent),
    Out,
}

impl Component for Search {
    type Message = Message;
    type Properties = SearchProps;

    fn create(_ctx: &Context<Self>) -> Self {
        Search {
            text: String::new(),
            find: None,
            hits: Vec::new(),
            total: 0,
            is_done: false,
            is_entered: false,
            is_open: false,
            active: None,
            opener: None,
            slice: None,
        }
    }

    fn update(&mut self, ctx: &Context<Self>, message: Message) -> bool {
        match message {
            Message::Text(event) => {
                let input: Option<HtmlInputElement> =
                    event.target().and_then(|target| target.dyn_into().ok());
                self.text = input.map(|input| input.value()).unwrap_or_default();
                self.look(ctx);
            }
            Message::Slice => {
                self.go_on(ctx);
                return self.is_done;
            }
            Message::Key(event) => return self.pressed(ctx, &event),
            Message::Choose(number) => self.choose(ctx, number),
            Message::In(event) => {
                let before = event
                    .related_target()
                    .and_then(|target| target.dyn_into().ok());
                self.opener = before.or(self.opener.take());
                self.is_open = !self.text.is_empty();
            }
            Message::Out => self.is_open = false,
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        let is_listed = self.is_open && !self.hits.is_empty();
        let active = self.active.filter(|_| is_listed);
        html! {
            <div class="search" role="search" aria-label="Find">
                if self.is_open { { self.found(ctx) } }
                <input class="text-input" type="text" role="combobox" aria-label="Find a Pod, node or label"
                    placeholder="Find a Pod, node or label" autocomplete="off" autocapitalize="off"
                    spellcheck="false" aria-autocomplete="list" aria-controls={is_listed.then_some(LIST)}
                    aria-expanded={is_listed.to_string()} aria-activedescendant={active.map(option_id)}
                    aria-keyshortcuts="/" value={self.text.clone()} oninput={link.callback(Message::Text)}
                    onkeydown={link.callback(Message::Key)} onfocusin={link.callback(Message::In)}
                    onfocusout={link.callback(|_: FocusEvent| Message::Out)} />
                <kbd aria-hidden="true">{ "/" }</kbd>
            </div>
        }
    }

    fn rendered(&mut self, _ctx: &Context<Self>, _first: bool) {
        let active = self.active.map(|number| format!("#{}", option_id(number)));
        let option = active.and_then(|id| dom::find(&id)?.dyn_into::<HtmlElement>().ok());
        let list = option.as_ref().and_then(|option| option.parent_element());
        if let (Some(option), Some(list)) = (option, list) {
            let (top, height) = (option.offset_top(), option.offset_height());
            let seen = list.scroll_top();
            if top < seen {
                list.set_scroll_top(top);
            } else if top + height > seen + list.client_height() {
                list.set_scroll_top(top + height - list.client_height());
            }
        }
    }
}

fn option_id(number: usize) -> String {
    format!("{LIST}-{number}")
}

impl Search {
    /// What was typed is looked for.
    fn look(&mut self, ctx: &Context<Self>) {
        self.is_open = !self.text.trim().is_empty();
        self.active = None;
        self.is_entered = false;
        self.slice = None;
        self.find = self
            .is_open
            .then(|| Find::new(&self.text, &ctx.props().shot, MOST));
        self.go_on(ctx);
    }

    /// One more slice. What was listed before stays until all is known.
    fn go_on(&mut self, ctx: &Context<Self>) {
        self.slice = None;
        let Some(find) = &mut self.find else {
            (self.hits, self.total) = (Vec::new(), 0);
            return;
        };
        let slice = Slice::of(SLICE_MS);
        self.is_done = loop {
            if find.step(STEP) {
                break true;
            }
            if slice.is_over() {
                break false;
            }
        };
        if self.is_done {
            (self.hits, self.total) = (find.hits(), find.total());
            self.active = None;
            self.find = None;
            let said = match self.total {
                0 => "Nothing found".into(),
                total => format!("{} found", thousands(total)),
            };
            ctx.props().announce.emit(said.into());
            if std::mem::take(&mut self.is_entered) {
                self.choose(ctx, 0);
            }
        } else {
            let link = ctx.link().clone();
            let go_on = move || link.send_message(Message::Slice);
            self.slice = Some(Timeout::new(0, go_on));
        }
    }

    fn pressed(&mut self, ctx: &Context<Self>, event: &KeyboardEvent) -> bool {
        let last = self.hits.len().checked_sub(1).filter(|_| self.is_open);
        let next =
            |now: Option<usize>, last| now.map_or(0, |now| if now == last { 0 } else { now + 1 });
        let before =
            |now: Option<usize>, last| now.and_then(|now| now.checked_sub(1)).unwrap_or(last);
        match (&*event.key(), last) {
            ("ArrowDown", Some(last)) => self.active = Some(next(self.active, last)),
            ("ArrowUp", Some(last)) => self.active = Some(before(self.active, last)),
            ("ArrowDown", None) if !self.text.is_empty() => self.is_open = true,
            // What is listed still is of the text before: the first of this one is chosen once it is found.
            ("Enter", _) if self.find.is_some() && !event.is_composing() => self.is_entered = true,
            ("Enter", Some(_)) if !event.is_composing() => {
                self.choose(ctx, self.active.unwrap_or(0))
            }
            ("Escape", _) => self.leave(ctx),
            _ => return false,
        }
        event.prevent_default();
        true
    }

    fn choose(&mut self, ctx: &Context<Self>, number: usize) {
        if let Some(hit) = self.hits.get(number).cloned() {
            self.clear();
            ctx.props().on_found.emit(hit.selection);
        }
    }

    fn leave(&mut self, ctx: &Context<Self>) {
        self.clear();
        ctx.props().on_leave.emit(self.opener.take());
    }

    fn clear(&mut self) {
        self.text.clear();
        self.is_open = false;
        self.find = None;
        self.slice = None;
        self.hits.clear();
    }

    /// What was found, above the box.
    fn found(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        let more = self.total - self.hits.len().min(self.total);
        // A press would take the focus from the box, and the list would be gone.
        let keep = Callback::from(|event: MouseEvent| event.prevent_default());
        html! {
            <div class="hits" onmousedown={keep}>
                if !self.hits.is_empty() {
                    <ul role="listbox" id={LIST} aria-label="Found">
                        { for self.hits.iter().enumerate().map(|(number, hit)| {
                            let is_active = self.active == Some(number);
                            html! {
                                <li role="option" key={number} id={option_id(number)} aria-selected={is_active.to_string()}
                                    onclick={link.callback(move |_: MouseEvent| Message::Choose(number))}>
                                    <span class="mono">{ hit.selection.to_string() }</span>
                                    <span class="quiet">{ hit.note.clone() }</span>
                                </li>
                            }
                        }) }
                    </ul>
                }
                if more > 0 {
                    <p class="quiet">{ format!("and {} more", thousands(more)) }</p>
                }
                if self.hits.is_empty() && self.is_done {
                    <p class="quiet">{ "Nothing found. Names, label=value, a node, a phase or a reason can be looked for." }</p>
                }
            </div>
        }
    }
}
