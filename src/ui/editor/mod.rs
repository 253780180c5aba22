//! Region "Manifest": what a person types, what is wrong with it, and what became of it.
//! While a problem is there that the text alone shows, nothing is applied.

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use podarium::cluster::{Answer, InputId};
use podarium::manifest::Severity;
use podarium::scene::Selection;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

/// The rich editor.
mod code_mirror;

/// The text held against the schema.
mod checking;

/// What is marked in the text.
mod marks;

/// Plain first, rich later.
mod text_box;

/// What stands under the text.
mod lists;

/// Manifests to begin with.
mod examples;

/// What follows from what a person does.
mod deeds;

use checking::{Checking, Known};
use code_mirror::{Loaded, Told};
pub use examples::open as open_examples;

use crate::ui::layout::FOLDS;
use crate::ui::markup::{component, html};
use examples::{Examples, ExamplesProps};
pub use lists::count;
use lists::{answers, found};
use text_box::TextBox;

/// Whoever stops typing for so long wants to know what is wrong.
const QUIET_MS: u32 = 500;
/// So many answers have room without scrolling.
const FEW: usize = 5;

/// What the editor is told, and what it tells.
#[derive(Clone, PartialEq, Properties)]
pub struct EditorProps {
    /// What it holds at first; another one later is put in place of the text.
    pub start: Rc<str>,
    /// What the last Apply was answered.
    pub answer: Option<(InputId, Rc<Answer>)>,
    /// Is time stopped?
    pub paused: bool,
    /// What is selected: its lines are barred.
    pub selection: Option<Selection>,
    /// What is pointed at on the stage: its lines are lit.
    pub lit: Option<Selection>,
    /// A line to go to, counted from 1, and a number that differs each time.
    pub go_to: Option<(usize, u32)>,
    /// Apply as if the key had been pressed here, each time that this is another number.
    pub asked: u32,
    /// The command for which its text is edited.
    pub edited: Option<AttrValue>,
    /// What it tells.
    pub calls: EditorCalls,
}

/// What the editor tells. Made once: calls that are made anew would have it drawn anew each time.
#[derive(Clone, PartialEq)]
pub struct EditorCalls {
    /// A manifest without a problem is to be applied.
    pub on_apply: Callback<Rc<str>>,
    /// A manifest is to replace what it names.
    pub on_replace: Callback<Rc<str>>,
    /// The text is another one.
    pub on_text: Callback<Rc<str>>,
    /// A line's object is to be selected.
    pub on_select: Callback<Option<Selection>>,
    /// What the line makes that is pointed at, or that the cursor is on.
    pub on_light: Callback<Option<Selection>>,
    /// Something to be said aloud.
    pub announce: Callback<AttrValue>,
    /// What is wrong with a text that was to be applied; nothing once it is applied.
    pub on_problem: Callback<AttrValue>,
    /// What is edited for a command is to be saved, or not.
    pub on_edited: Callback<bool>,
    /// A text is to be imported as a cluster.
    pub on_import: Callback<JsValue>,
    /// The region is to fold.
    pub on_fold: Callback<()>,
}

/// Region "Manifest".
pub struct Editor {
    text: Rc<str>,
    text_box: TextBox,
    known: Known,
    checking: Option<Checking>,
    /// The check's next slice.
    go_on: Option<Timeout>,
    /// What was found is shown once it rings.
    quiet: Option<Timeout>,
    /// Is what was found shown?
    shown: bool,
    /// Apply once the check is done.
    apply: bool,
    /// A text that was refused before it was inserted.
    refusal: Option<AttrValue>,
    /// A text that would be an import: the present one, or one that was refused.
    offer: Option<Offer>,
    /// What was applied last, and answers up to which are of the past.
    applied: Option<Rc<str>>,
    answered: Option<InputId>,
    announced: Option<InputId>,
    lines: marks::Lines,
    /// The line that is pointed at, or that the cursor is on; 0: none.
    light: usize,
}

/// A text that would be an import.
enum Offer {
    /// The present one.
    Text,
    /// One that was too large for the editor.
    Refused(JsValue),
}

/// What happens to the editor.
pub enum Message {
    /// What is offered to be imported is.
    Import,
    /// The rich editor is here.
    Loaded(Loaded),
    /// A text box says something.
    Told(Told),
    /// The check goes on.
    Slice,
    /// What was found is to be shown.
    Show,
    /// The cursor is to go to a byte.
    Go(usize),
    /// An example's name, and its text in place of what is there.
    Example(&'static str, &'static str),
    /// Delete and create again.
    Replace,
}

impl Component for Editor {
    type Message = Message;
    type Properties = EditorProps;

    fn create(ctx: &Context<Self>) -> Self {
        let props = ctx.props();
        let mut editor = Editor {
            text: props.start.clone(),
            text_box: TextBox::default(),
            known: Known::nothing(),
            checking: None,
            go_on: None,
            quiet: None,
            shown: true,
            apply: false,
            refusal: None,
            offer: deeds::offer_of(&props.start),
            applied: None,
            // What a replay answers again, it answers to another text than this may be.
            answered: Some(InputId(u64::MAX)),
            announced: props.answer.as_ref().map(|(id, _)| *id),
            lines: marks::Lines::default(),
            light: 0,
        };
        editor.check_when_whole(ctx);
        editor
    }

    fn update(&mut self, ctx: &Context<Self>, message: Message) -> bool {
        self.handle(ctx, message)
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &EditorProps) -> bool {
        let props = ctx.props();
        // Begun again it may be the same text, and what was written since is to go.
        if !Rc::ptr_eq(&props.start, &old.start) && props.start != self.text {
            self.put(ctx, props.start.clone());
        }
        if (&props.selection, &props.lit) != (&old.selection, &old.lit) {
            self.bar(ctx);
        }
        if props.go_to != old.go_to
            && let Some((line, _)) = props.go_to
        {
            self.go_to_line(line);
        }
        if props.asked != old.asked {
            ctx.link().send_message(Message::Told(Told::Apply));
        }
        self.hear(ctx);
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        html! {
            <section class="manifest" aria-label="Manifest">
                <header>
                    <h2>{ "Manifest" }</h2>
                    <span class="quiet">{ self.summary() }</span>
                    <span class="spring" />
                    { component::<Examples>(ExamplesProps { on_choose: link.callback(|(name, text)| Message::Example(name, text)) }) }
                    <button class="framed apply" aria-keyshortcuts="Control+Enter Meta+Enter"
                        onclick={link.callback(|_| Message::Told(Told::Apply))}>
                        { "Apply" }<kbd aria-hidden="true">{ "Ctrl ↵" }</kbd>
                    </button>
                    <button class="icon fold" aria-label="Fold Manifest and Terminal" aria-expanded="true" aria-keyshortcuts={FOLDS}
                        title="Fold Manifest and Terminal: Ctrl B" onclick={ctx.props().calls.on_fold.reform(|_: MouseEvent| ())}>
                        <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true"><path d="M1.5 2v10M12 7H5M8 4 5 7l3 3" /></svg>
                    </button>
                </header>
                { self.text_box.view(&self.text, &link.callback(Message::Told)) }
                { self.edited(ctx) }
                { self.under_the_text(ctx) }
            </section>
        }
    }

    fn rendered(&mut self, ctx: &Context<Self>, first: bool) {
        if first {
            let link = ctx.link().clone();
            spawn_local(async move {
                if let Some(loaded) = text_box::load().await {
                    link.send_message(Message::Loaded(loaded));
                }
            });
        }
    }
}

impl Editor {
    /// `YAML, 2 documents`
    fn summary(&self) -> String {
        let json = self.text.trim_start().starts_with('{');
        let language = if json { "JSON" } else { "YAML" };
        match self.known.checked.documents {
            0 => String::new(),
            1 => format!("{language}, 1 document"),
            // There is no room for more.
            documents => count(documents as usize, "document"),
        }
    }

    /// What a person pasted says how things were: it can't be applied as well as imported.
    fn import_offer(&self, offer: &Offer, ctx: &Context<Self>) -> Html {
        let words = match offer {
            Offer::Text => "This is a cluster’s export. Import it as it is, status and all?",
            Offer::Refused(_) => "As a cluster’s export, it can be imported.",
        };
        html! {
            <p class="strip offer">
                <span>{ words }</span>
                <button class="framed" onclick={ctx.link().callback(|_| Message::Import)}>{ "Import" }</button>
            </p>
        }
    }

    /// What is edited is no manifest of its own: it is saved, or it isn't.
    fn edited(&self, ctx: &Context<Self>) -> Html {
        let props = ctx.props();
        let Some(line) = &props.edited else {
            return Html::default();
        };
        let done = |saved: bool| props.calls.on_edited.reform(move |_: MouseEvent| saved);
        html! {
            <p class="strip offer edited">
                <code>{ line }</code>
                <button class="framed" onclick={done(false)}>{ "Cancel edit" }</button>
                <button class="primary" onclick={done(true)}>{ "Save" }</button>
            </p>
        }
    }

    fn under_the_text(&self, ctx: &Context<Self>) -> Html {
        let link = ctx.link();
        let all = self.known.checked.diagnostics.iter().filter(|_| self.shown);
        let (notes, problems): (Vec<_>, Vec<_>) =
            all.partition(|found| found.severity == Severity::Note);
        let errors = problems
            .iter()
            .filter(|found| found.severity == Severity::Error)
            .count();
        let answer = ctx
            .props()
            .answer
            .as_ref()
            .filter(|(id, _)| Some(*id) > self.answered);
        // A long list of answers has nothing in it that the focus could go to, and so scroll to.
        let scrolls = answer.is_some_and(|(_, answer)| answer.lines.len() > FEW);
        html! {
            <div class="under" tabindex={scrolls.then_some("0")} role={scrolls.then_some("group")}
                aria-label={scrolls.then_some("What came of it")} data-is-empty={(problems.is_empty() && notes.is_empty() && answer.is_none() && self.refusal.is_none() && self.offer.is_none()).to_string()}>
                if errors > 0 || self.refusal.is_some() {
                    <p class="strip">
                        <svg class="s-fail" width="14" height="14" aria-hidden="true"><use href="#i-fail" /></svg>
                        <b>{ count(errors + usize::from(self.refusal.is_some()), "problem") }</b>
                        { if errors > 0 { " Nothing applied." } else { " Nothing inserted." } }
                    </p>
                }
                { self.offer.as_ref().filter(|_| ctx.props().edited.is_none()).map(|offer| self.import_offer(offer, ctx)) }
                { found("Problems", &problems, self.refusal.as_ref(), link) }
                { answer.map(|(_, answer)| answers(answer, ctx.props().paused, link)) }
                { found("Notes", &notes, None, link) }
            </div>
        }
    }
}
