//! What the editor does on each message. What was found about a text is shown at once where it came
//! at once or was shown before; while somebody types, only when they stop.

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use podarium::manifest::Limit;
use podarium::manifest::text::Lines;
use podarium::scene::Selection;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::checking::Checking;
use super::code_mirror::Told;
use super::lists::{count, is_replace_offered, sentence};
use super::{Editor, Message, Offer, QUIET_MS, marks};
use crate::ui::dom;
use crate::ui::import::is_export;
use crate::ui::parts;

/// Is this text to be offered as an import?
pub(super) fn offer_of(text: &str) -> Option<Offer> {
    is_export(text).then_some(Offer::Text)
}

impl Editor {
    /// Handles a message; tells whether the region is to be drawn.
    pub(super) fn handle(&mut self, ctx: &Context<Self>, message: Message) -> bool {
        match message {
            Message::Loaded(loaded) => {
                let text = self.text.clone();
                self.text_box
                    .enrich(&loaded, &text, ctx.link().callback(Message::Told));
                self.mark();
            }
            Message::Told(told) => return self.told(ctx, told),
            Message::Slice => self.go_on(ctx),
            Message::Show => {
                self.show();
                let errors = self.known.checked.errors();
                if errors > 0 {
                    let said = format!("{} in the manifest", count(errors, "problem"));
                    ctx.props().calls.announce.emit(said.into());
                }
            }
            Message::Import => {
                if let Some(offer) = self.offer.take() {
                    ctx.props().calls.on_import.emit(match offer {
                        Offer::Text => JsValue::from_str(&self.text),
                        Offer::Refused(text) => text,
                    });
                }
            }
            Message::Go(offset) => self.go_to(ctx, offset),
            Message::Example(name, text) => {
                self.put(ctx, text.into());
                let said = format!("Example “{name}” is in the editor");
                ctx.props().calls.announce.emit(said.into());
            }
            Message::Replace => ctx.props().calls.on_replace.emit(self.text.clone()),
        }
        true
    }

    fn told(&mut self, ctx: &Context<Self>, told: Told) -> bool {
        match told {
            Told::Text(text, _) if text == *self.text => return false,
            Told::Text(text, _) if text.len() > Limit::BYTES => {
                self.refuse(ctx, text.len() as f64, JsValue::from_str(&text));
            }
            Told::Text(text, at_once) => self.typed(ctx, text.into(), at_once),
            Told::Apply if self.checking.is_some() => self.apply = true,
            Told::Apply => self.apply(ctx),
            // Of a text that isn't looked through yet, what is wrong is said when it is.
            Told::Problem { .. } if self.checking.is_some() => return false,
            Told::Problem { back } => self.next_problem(ctx, back),
            Told::TooLarge(bytes, text) => self.refuse(ctx, bytes, text),
            Told::Fix(from, to, text) => {
                self.shown = true;
                self.text_box.replace(from, to, &text);
            }
            Told::Light(line) => {
                self.light = line;
                self.light(ctx);
                return false;
            }
            Told::Line(line) => {
                let object = self.known.object_on(line);
                ctx.props()
                    .calls
                    .on_select
                    .emit(object.map(Selection::Object));
            }
        }
        true
    }

    /// Puts a whole other text in place of the present one.
    pub(super) fn put(&mut self, ctx: &Context<Self>, text: Rc<str>) {
        self.text_box.set_text(&text);
        self.typed(ctx, text, true);
    }

    fn typed(&mut self, ctx: &Context<Self>, text: Rc<str>, at_once: bool) {
        self.text = text.clone();
        self.refusal = None;
        if at_once || self.offer.is_some() {
            self.offer = offer_of(&text);
        }
        self.answered = ctx
            .props()
            .answer
            .as_ref()
            .map(|(id, _)| *id)
            .max(self.answered);
        self.lines = marks::Lines::default();
        self.shown = self.shown && self.known.problems().next().is_some() || at_once;
        self.quiet = (!self.shown).then(|| {
            let link = ctx.link().clone();
            Timeout::new(QUIET_MS, move || link.send_message(Message::Show))
        });
        ctx.props().calls.on_text.emit(text);
        self.check(ctx);
    }

    /// The text that it begins with is looked through when all of the wasm is there: nobody has to stand
    /// still for that.
    pub(super) fn check_when_whole(&mut self, ctx: &Context<Self>) {
        self.checking = Some(Checking::new(self.text.clone()));
        let link = ctx.link().clone();
        spawn_local(async move {
            parts::rest().await;
            link.send_message(Message::Slice);
        });
    }

    /// Holds the text against the schema.
    pub(super) fn check(&mut self, ctx: &Context<Self>) {
        self.checking = Some(Checking::new(self.text.clone()));
        self.go_on(ctx);
    }

    fn go_on(&mut self, ctx: &Context<Self>) {
        let Some(checking) = &mut self.checking else {
            return;
        };
        let Some(known) = checking.go_on() else {
            let link = ctx.link().clone();
            self.go_on = Some(Timeout::new(0, move || link.send_message(Message::Slice)));
            return;
        };
        (self.checking, self.go_on) = (None, None);
        self.known = known;
        self.bar(ctx);
        self.light(ctx);
        if std::mem::take(&mut self.apply) {
            self.apply(ctx);
        }
    }

    fn show(&mut self) {
        self.quiet = None;
        self.shown = true;
        self.mark();
    }

    fn refuse(&mut self, ctx: &Context<Self>, bytes: f64, text: JsValue) {
        self.offer = Some(Offer::Refused(text));
        let size = bytes / f64::from(1 << 20);
        let refusal =
            format!("{size:.1} MiB is too large: the editor takes 2 MiB. Nothing was inserted.");
        ctx.props().calls.announce.emit(refusal.clone().into());
        self.refusal = Some(refusal.into());
        let text = self.text.clone();
        if !self.text_box.is_rich() {
            self.text_box.set_text(&text);
        }
    }

    fn apply(&mut self, ctx: &Context<Self>) {
        self.show();
        let errors = self.known.checked.errors();
        let announce = &ctx.props().calls.announce;
        if errors > 0 {
            let first = self
                .known
                .problems()
                .find(|found| found.severity == podarium::manifest::Severity::Error);
            let first = first.map(sentence).unwrap_or_default();
            let problem = first.clone().into();
            ctx.props().calls.on_problem.emit(problem);
            announce.emit(format!("{} in the manifest. {first}", count(errors, "problem")).into());
        } else if self.known.checked.documents == 0 {
            announce.emit("The manifest is empty: there is nothing to apply.".into());
        } else {
            ctx.props().calls.on_problem.emit("".into());
            self.applied = Some(self.text.clone());
            self.answered = ctx.props().answer.as_ref().map(|(id, _)| *id);
            ctx.props().calls.on_apply.emit(self.text.clone());
        }
    }

    /// To the problem after the cursor, or before; round at the end.
    fn next_problem(&mut self, ctx: &Context<Self>, back: bool) {
        self.show();
        let here = self.text_box.cursor(&self.text);
        let places: Vec<usize> = self
            .known
            .problems()
            .map(|found| found.span.start)
            .collect();
        let to = match back {
            false => places.iter().find(|at| **at > here).or(places.first()),
            true => places.iter().rev().find(|at| **at < here).or(places.last()),
        };
        // After the last of them comes what is offered under the text.
        let button = dom::find("[data-replaces]");
        let is_last = to.is_none_or(|to| (*to <= here) != back);
        if let Some(button) = button.filter(|_| is_last) {
            dom::focus(Some(button));
        } else if let Some(to) = to {
            self.go_to(ctx, *to);
        }
    }

    /// To what was found at a byte, which is said.
    fn go_to(&self, ctx: &Context<Self>, offset: usize) {
        self.text_box.move_to(&self.text, offset);
        let mut all = self.known.checked.diagnostics.iter();
        if let Some(found) = all.find(|found| found.span.start == offset) {
            ctx.props().calls.announce.emit(sentence(found).into());
        }
    }

    pub(super) fn go_to_line(&mut self, line: usize) {
        self.lines.causes = vec![(line, line)];
        self.mark();
        let before = self.text.split_inclusive('\n').take(line.saturating_sub(1));
        self.text_box
            .move_to(&self.text, before.map(str::len).sum());
    }

    /// Bars the lines of what is selected, and lights those of what is pointed at.
    pub(super) fn bar(&mut self, ctx: &Context<Self>) {
        let props = ctx.props();
        let lines = |of: &Option<Selection>| {
            let lines = of.as_ref().map(|selection| self.known.lines_of(selection));
            lines.unwrap_or_default()
        };
        (self.lines.bars, self.lines.lit) = (lines(&props.selection), lines(&props.lit));
        self.mark();
    }

    /// Lights on the stage what the line makes.
    fn light(&self, ctx: &Context<Self>) {
        let made = self.known.made_by(self.light);
        ctx.props().calls.on_light.emit(made);
    }

    pub(super) fn mark(&mut self) {
        if self.known.text == self.text {
            self.text_box
                .set_marks(&marks::marks(&self.known, &self.lines, self.shown));
            self.lines.flash.clear();
        }
    }

    /// Says what an Apply was answered, and lights up the documents that were taken.
    pub(super) fn hear(&mut self, ctx: &Context<Self>) {
        let props = ctx.props();
        let Some((id, answer)) = &props.answer else {
            return;
        };
        if !answer.finished || Some(*id) <= self.announced {
            return;
        }
        self.announced = Some(*id);
        let refused = answer.lines.iter().filter(|line| line.is_error).count();
        let mut taken = answer.lines.iter().filter(|line| !line.is_error);
        // What is replaced is deleted and created: two lines.
        let first = taken.clone().next().map(|line| line.document);
        let is_replaced = taken
            .clone()
            .skip(1)
            .any(|line| Some(line.document) == first);
        let (each, done) = if is_replaced {
            (2, "replaced")
        } else {
            (1, "applied")
        };
        let taken = count(taken.by_ref().count() / each, "object");
        let mut said = match &answer.lines[..] {
            [line] => line.text.to_string(),
            _ if refused == 0 => format!("{taken} {done}"),
            [..] => {
                let first = answer.lines.iter().find(|line| line.is_error);
                let first = first.map_or("", |line| &*line.text);
                format!("{taken} {done}, {refused} refused: {first}")
            }
        };
        if is_replace_offered(answer) {
            said += ". It can’t be changed in place: Replace is offered, F8 goes there.";
        }
        if props.paused {
            said += ". Time is paused.";
        }
        props.calls.announce.emit(said.into());
        if self
            .applied
            .as_ref()
            .is_some_and(|applied| *applied == self.text)
        {
            let taken = answer.lines.iter().filter(|line| !line.is_error);
            let lines = Lines::of(&self.known.text);
            self.lines.flash = taken
                .filter_map(|line| self.known.lines_of_document(&lines, line.document))
                .collect();
            self.mark();
        }
    }
}
