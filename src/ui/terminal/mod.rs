//! Region "Terminal": a prompt, and what was typed and answered. The world's own terminal holds what changes it
//! or waits; what only reads is a note beside the journal. The region holds neither: it shows those of the moment
//! that is viewed, and so pause, scrub, undo and reload cover it. Read in the order below.

/// Commands that only read.
pub mod notes;

/// What was typed and answered, as one list.
pub mod groups;

/// What was typed, command by command.
mod split;

/// Names of objects in what was printed.
mod named;

/// How one of them is selected.
mod picking;

/// Lines that were typed before.
mod recall;

/// What may follow at the cursor.
mod complete;

/// The line that is being typed.
mod prompt;

use std::rc::Rc;

use web_sys::{Element, HtmlTextAreaElement};
use yew::prelude::*;

use complete::Completion;
use groups::{Answered, AnsweredProps, Group, groups, to_stop};
pub use named::Name;
use notes::Note;
use podarium::cluster::SimTime;
use recall::Recall;

use crate::ui::markup::{html, keyed};
use crate::ui::numbers::thousands;
use crate::ui::parts;
use crate::ui::shot::Shot;

/// The editor's text, as a file of the terminal.
pub const EDITOR_FILE: &str = "manifest.yaml";

/// CSS pixels from the end within which somebody reads what is newest.
const NEAR_END: i32 = 8;
const LIST: &str = "completions";

/// What the region is told, and what it tells.
#[derive(Clone, PartialEq, Properties)]
pub struct TerminalProps {
    /// The world at the moment that is shown.
    pub shot: Shot,
    /// That moment.
    pub time: SimTime,
    /// The notes of the history up to then.
    pub notes: Vec<Rc<Note>>,
    /// Lines that wait for the one before.
    pub waiting: Vec<Rc<str>>,
    /// Does a phone show it? What is hidden forgets how far it was scrolled.
    pub shown: bool,
    /// Is it folded, where the page is wide?
    pub folded: bool,
    /// What it tells.
    pub calls: TerminalCalls,
}

/// What the region tells. Made once: calls that are made anew would have it drawn anew each time.
#[derive(Clone, PartialEq)]
pub struct TerminalCalls {
    /// A command was typed.
    pub on_line: Callback<Rc<str>>,
    /// What runs is to end.
    pub on_stop: Callback<()>,
    /// An object that was named is to be selected.
    pub on_name: Callback<Name>,
    /// Something to be said aloud.
    pub announce: Callback<AttrValue>,
}

/// Region "Terminal".
pub struct Terminal {
    area: NodeRef,
    log: NodeRef,
    groups: Vec<Group>,
    /// How many commands before them aren't shown.
    left_out: usize,
    /// Is the end of the output seen? Then what is new is followed.
    follows: bool,
    cleared: Option<Cleared>,
    recall: Recall,
    /// What may follow, and which of it is chosen.
    offered: Option<(Completion, usize)>,
    /// Escape was pressed: the next Tab leaves.
    is_left: bool,
}

/// What was cleared away: of each kind of command so many. Moments before show all of theirs.
#[derive(Clone, Copy)]
struct Cleared {
    at: SimTime,
    groups: usize,
}

/// What happens to the region.
pub enum Message {
    /// A key in the prompt.
    Key(KeyboardEvent),
    /// The text is another one.
    Typed,
    /// One of what may follow is chosen.
    Choose(usize),
    /// What is shown is to go.
    Clear,
    /// What runs is to end.
    Stop,
    /// The output was scrolled.
    Scrolled(Event),
    /// A name in it is to be selected.
    Picked(Name),
}

impl Component for Terminal {
    type Message = Message;
    type Properties = TerminalProps;

    fn create(ctx: &Context<Self>) -> Self {
        let mut terminal = Terminal {
            area: NodeRef::default(),
            log: NodeRef::default(),
            groups: Vec::new(),
            left_out: 0,
            follows: true,
            cleared: None,
            recall: Recall::default(),
            offered: None,
            is_left: false,
        };
        terminal.look(ctx);
        terminal
    }

    fn update(&mut self, ctx: &Context<Self>, message: Message) -> bool {
        match message {
            Message::Key(event) => return self.pressed(ctx, &event),
            Message::Typed => self.typed(ctx),
            Message::Choose(number) => self.choose(number),
            Message::Clear => self.clear(ctx),
            Message::Stop => self.stop(ctx),
            Message::Scrolled(event) => {
                if let Some(log) = event.target_dyn_into::<Element>() {
                    let below = log.scroll_height() - log.scroll_top() - log.client_height();
                    self.follows = below < NEAR_END;
                }
                return false;
            }
            Message::Picked(name) => {
                ctx.props().calls.on_name.emit(name);
                return false;
            }
        }
        true
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &TerminalProps) -> bool {
        let (before, left_out) = (std::mem::take(&mut self.groups), self.left_out);
        self.look(ctx);
        let props = ctx.props();
        let stops = |props: &TerminalProps| to_stop(&props.shot).is_some();
        self.groups != before
            || self.left_out != left_out
            || (props.shown, props.folded, &props.waiting) != (old.shown, old.folded, &old.waiting)
            || stops(props) != stops(old)
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        html! {
            <section class="terminal" aria-label="Terminal">
                <header>
                    <h2>{ "Terminal" }</h2>
                    <span class="quiet">{ "kubectl, in this cluster" }</span>
                    <span class="spring" />
                    if to_stop(&ctx.props().shot).is_some() {
                        <button class="framed" aria-keyshortcuts="Control+C" onclick={link.callback(|_| Message::Stop)}>
                            { "Stop" }<kbd aria-hidden="true">{ "Ctrl C" }</kbd>
                        </button>
                    }
                    if !self.groups.is_empty() {
                        <button aria-keyshortcuts="Control+L" onclick={link.callback(|_| Message::Clear)}>{ "Clear" }</button>
                    }
                </header>
                { self.output(ctx) }
                { self.prompt(ctx) }
            </section>
        }
    }

    fn rendered(&mut self, _ctx: &Context<Self>, _first: bool) {
        if self.follows
            && let Some(log) = self.log.cast::<Element>()
        {
            log.set_scroll_top(log.scroll_height());
        }
        self.show_chosen();
        picking::set_stop(&self.log);
    }
}

impl Terminal {
    /// Brings the list of commands up to date.
    fn look(&mut self, ctx: &Context<Self>) {
        let props = ctx.props();
        let mut all = groups(&props.shot, &props.notes);
        let cleared = self.cleared.filter(|cleared| props.time >= cleared.at);
        // A history that is left takes its commands along.
        let cleared = cleared.map_or(0, |cleared| cleared.groups.min(all.len()));
        let shown = all.split_off(cleared);
        self.left_out = shown.len().saturating_sub(groups::MOST);
        self.groups = shown;
        self.groups.drain(..self.left_out);
    }

    /// What is shown goes; earlier moments still have it.
    fn clear(&mut self, ctx: &Context<Self>) {
        let props = ctx.props();
        self.cleared = Some(Cleared {
            at: props.time,
            groups: groups(&props.shot, &props.notes).len(),
        });
        self.follows = true;
        self.look(ctx);
    }

    fn stop(&mut self, ctx: &Context<Self>) {
        ctx.props().calls.on_stop.emit(());
        // The button is gone with what it stopped.
        crate::ui::dom::focus(self.area.cast());
    }

    fn output(&self, ctx: &Context<Self>) -> Html {
        let scrolled = ctx.link().callback(Message::Scrolled);
        let is_empty = self.groups.is_empty() && ctx.props().waiting.is_empty();
        // Not told aloud line by line: what came of a command is announced.
        html! {
            <div ref={self.log.clone()} class="output mono" role="log" aria-label="Output" aria-live="off"
                data-is-empty={is_empty.to_string()} tabindex={(!is_empty).then_some("0")} onscroll={scrolled}
                aria-description={(!is_empty).then_some("Tab goes to the names in it, arrows from one to the next, Enter selects")}
                onclick={picking::clicks(ctx.link())} onkeydown={picking::keys(ctx.link())} onfocusin={Callback::from(picking::entered)}>
                if self.left_out > 0 {
                    <p class="quiet">{ format!("{} commands before these are not shown: time leads back to them.", thousands(self.left_out)) }</p>
                }
                { for self.groups.iter().map(|group| {
                    keyed::<Answered>(group.key(), AnsweredProps { group: group.clone() })
                }) }
                { for ctx.props().waiting.iter().enumerate().map(|(number, line)| html! {
                    <p key={number} class="typed waits"><span aria-hidden="true">{ "$ " }</span><code>{ line.clone() }</code>
                        <span class="state">{ "waits" }</span></p>
                }) }
            </div>
        }
    }

    fn prompt(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        let chosen = self.offered.as_ref().map(|(_, chosen)| option_id(*chosen));
        let is_new = self.groups.is_empty() && ctx.props().waiting.is_empty();
        html! {
            <div class="prompt mono">
                { self.offers(ctx) }
                <span aria-hidden="true">{ "$" }</span>
                <textarea ref={self.area.clone()} data-entry="" aria-label="Command" rows="1" autocomplete="off" autocapitalize="off"
                    autocorrect="off" spellcheck="false" enterkeyhint="send" aria-autocomplete="list"
                    aria-controls={self.offered.is_some().then_some(LIST)} aria-activedescendant={chosen}
                    aria-description="Tab completes; after Escape it leaves"
                    placeholder={if is_new { "kubectl get pods" } else { "" }}
                    oninput={link.callback(|_: InputEvent| Message::Typed)}
                    onfocusin={Callback::from(|_: FocusEvent| parts::fetch_more())} onkeydown={link.callback(Message::Key)} />
            </div>
        }
    }

    /// What may follow, above the prompt.
    fn offers(&self, ctx: &Context<Self>) -> Html {
        let Some((completion, chosen)) = &self.offered else {
            return Html::default();
        };
        // A press would take the focus from the prompt.
        let keep = Callback::from(|event: MouseEvent| event.prevent_default());
        html! {
            <ul role="listbox" id={LIST} aria-label="Completions" onmousedown={keep}>
                { for completion.words.iter().enumerate().map(|(number, word)| html! {
                    <li role="option" key={number} id={option_id(number)} aria-selected={(number == *chosen).to_string()}
                        onclick={ctx.link().callback(move |_: MouseEvent| Message::Choose(number))}>{ word.clone() }</li>
                }) }
            </ul>
        }
    }
}

fn option_id(number: usize) -> String {
    format!("{LIST}-{number}")
}

/// The caret's place in a text area, in bytes of its text.
fn caret(area: &HtmlTextAreaElement, text: &str) -> usize {
    let units = area.selection_end().ok().flatten().unwrap_or(0);
    let mut seen = 0;
    for (at, one) in text.char_indices() {
        if seen >= units {
            return at;
        }
        seen += one.len_utf16() as u32;
    }
    text.len()
}
