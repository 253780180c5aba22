//! The line that is being typed: what its keys do. Enter runs what is whole, and else begins a new line; Tab
//! completes; arrows go to earlier lines; Ctrl+C, Ctrl+L, Ctrl+R and Ctrl+U are the shell's.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlTextAreaElement, KeyboardEvent};
use yew::prelude::*;

use super::complete::{complete, is_whole};
use super::groups::{groups, in_front, to_stop};
use super::split::split;
use super::{Terminal, caret, option_id};
use crate::ui::{dom, parts};

/// So many lines of a command are seen at once.
const ROWS: usize = 8;

impl Terminal {
    /// What is typed.
    fn text(&self) -> String {
        let area = self.area.cast::<HtmlTextAreaElement>();
        area.map_or_else(String::new, |area| area.value())
    }

    /// Puts a text there, with the caret at a byte of it.
    fn put(&self, text: &str, caret: usize) {
        if let Some(area) = self.area.cast::<HtmlTextAreaElement>() {
            area.set_value(text);
            let units: usize = text[..caret].chars().map(char::len_utf16).sum();
            // A place inside its own text can't be refused.
            let _ = area.set_selection_range(units as u32, units as u32);
        }
        self.grow(text);
    }

    /// As many lines as there are, and not too many.
    fn grow(&self, text: &str) {
        let lines = text.split('\n').count();
        if let Some(area) = self.area.cast::<HtmlTextAreaElement>() {
            area.set_rows(lines.min(ROWS) as u32);
        }
    }

    /// The text is another one.
    pub(super) fn typed(&mut self, ctx: &Context<Self>) {
        self.is_left = false;
        self.recall.leave();
        let text = self.text();
        self.grow(&text);
        if self.offered.take().is_some() {
            self.offer(ctx);
        }
    }

    /// A key; tells whether the region is to be drawn.
    pub(super) fn pressed(&mut self, ctx: &Context<Self>, event: &KeyboardEvent) -> bool {
        if event.is_composing() || event.meta_key() || event.alt_key() {
            return false;
        }
        let key = &*event.key();
        let is_done = match (key, event.ctrl_key()) {
            ("Shift" | "Control", _) => return false,
            ("c", true) => self.interrupt(ctx),
            ("l", true) => {
                self.clear(ctx);
                true
            }
            ("u", true) => {
                self.put("", 0);
                true
            }
            ("r", true) => {
                self.remember(ctx);
                let typed = self.text();
                let found = self.recall.search(&typed);
                self.bring(found);
                true
            }
            (_, true) => return false,
            ("Tab", _) if event.shift_key() => false,
            ("Tab", _) => self.tab(ctx),
            ("Escape", _) => {
                // The list first; then Tab is the browser's again.
                self.is_left = self.offered.take().is_none();
                return true;
            }
            ("Enter", _) if event.shift_key() => false,
            ("Enter", _) => self.enter(ctx),
            ("ArrowUp", _) => self.up(ctx),
            ("ArrowDown", _) => self.down(),
            _ => false,
        };
        self.is_left = false;
        if is_done {
            event.prevent_default();
        }
        is_done
    }

    fn enter(&mut self, ctx: &Context<Self>) -> bool {
        if let Some((_, chosen)) = &self.offered {
            let chosen = *chosen;
            self.choose(chosen);
            return true;
        }
        let text = self.text();
        let (commands, rest) = split(&text);
        if rest.is_some() && !text.is_empty() {
            // The browser begins the new line.
            return false;
        }
        self.remember(ctx);
        self.put("", 0);
        self.follows = true;
        for command in commands {
            self.recall.push(command.as_str().into());
            if command == "clear" {
                self.clear(ctx);
            } else {
                ctx.props().calls.on_line.emit(command.into());
            }
        }
        true
    }

    /// What was typed before this visit is known, too.
    fn remember(&mut self, ctx: &Context<Self>) {
        if self.recall.is_empty() {
            for group in groups(&ctx.props().shot, &ctx.props().notes) {
                self.recall.push(group.line().into());
            }
        }
    }

    fn up(&mut self, ctx: &Context<Self>) -> bool {
        if let Some((completion, chosen)) = &mut self.offered {
            *chosen = chosen.checked_sub(1).unwrap_or(completion.words.len() - 1);
            return true;
        }
        let (text, at) = self.place();
        if text[..at].contains('\n') {
            return false;
        }
        self.remember(ctx);
        let found = self.recall.up(&text);
        self.bring(found);
        true
    }

    fn down(&mut self) -> bool {
        if let Some((completion, chosen)) = &mut self.offered {
            *chosen = (*chosen + 1) % completion.words.len();
            return true;
        }
        let (text, at) = self.place();
        if text[at..].contains('\n') {
            return false;
        }
        let found = self.recall.down();
        self.bring(found);
        true
    }

    fn bring(&self, found: Option<Rc<str>>) {
        if let Some(line) = found {
            self.put(&line, line.len());
        }
    }

    /// The text, and the caret's byte in it.
    fn place(&self) -> (String, usize) {
        let text = self.text();
        let area = self.area.cast::<HtmlTextAreaElement>();
        let at = area.map_or(text.len(), |area| caret(&area, &text));
        (text, at)
    }

    /// Ctrl+C is Copy where something is selected; else what runs ends, or what is typed goes.
    fn interrupt(&mut self, ctx: &Context<Self>) -> bool {
        let area = self.area.cast::<HtmlTextAreaElement>();
        let ends = area
            .as_ref()
            .map(|area| (area.selection_start(), area.selection_end()));
        let is_selected = ends.is_some_and(|(start, end)| start != end);
        if is_selected {
            return false;
        }
        let props = ctx.props();
        let has_it = in_front(&props.shot).is_some() || !props.waiting.is_empty();
        let is_typed = !self.text().is_empty();
        self.offered = None;
        self.put("", 0);
        if has_it || !is_typed && to_stop(&props.shot).is_some() {
            props.calls.on_stop.emit(());
        }
        true
    }

    /// Completes what can only be one thing; else offers all.
    fn tab(&mut self, ctx: &Context<Self>) -> bool {
        if self.offered.is_some() {
            return self.down();
        }
        let (text, at) = self.place();
        // Nothing to complete: no trap.
        if self.is_left || text[..at].trim().is_empty() {
            return false;
        }
        if !parts::is_more_here() {
            parts::fetch_more();
            let soon = "Completions are on their way: try again in a moment";
            ctx.props().calls.announce.emit(soon.into());
            return true;
        }
        let completion = complete(&text[..at], &ctx.props().shot);
        let word = text.get(completion.from..at).unwrap_or_default().len();
        let common = completion.common().to_string();
        match completion.words.len() {
            0 => ctx
                .props()
                .calls
                .announce
                .emit("Nothing to complete".into()),
            1 => self.insert(completion.from, at, &common),
            _ => {
                if common.len() > word {
                    let end = completion.from + common.len();
                    self.put(
                        &[&text[..completion.from], &common, &text[at..]].concat(),
                        end,
                    );
                }
                let offered = format!("{} completions", completion.words.len());
                ctx.props().calls.announce.emit(offered.into());
                self.offered = Some((completion, 0));
            }
        }
        true
    }

    /// Offers what may follow now.
    fn offer(&mut self, ctx: &Context<Self>) {
        if !parts::is_more_here() {
            return;
        }
        let (text, at) = self.place();
        let completion = complete(&text[..at], &ctx.props().shot);
        self.offered = (!completion.words.is_empty()).then_some((completion, 0));
    }

    /// Takes one of what is offered.
    pub(super) fn choose(&mut self, number: usize) {
        let Some((completion, _)) = self.offered.take() else {
            return;
        };
        let (_, at) = self.place();
        if let Some(word) = completion.words.get(number) {
            self.insert(completion.from, at, word);
        }
        dom::focus(self.area.cast());
    }

    /// A word in place of what was typed of it.
    fn insert(&self, from: usize, to: usize, word: &str) {
        let text = self.text();
        let (Some(before), Some(behind)) = (text.get(..from), text.get(to..)) else {
            return;
        };
        let gap = if is_whole(word) && !behind.starts_with(' ') {
            " "
        } else {
            ""
        };
        let end = from + word.len() + gap.len();
        self.put(&[before, word, gap, behind].concat(), end);
    }

    /// What is chosen is in sight.
    pub(super) fn show_chosen(&self) {
        let chosen = self.offered.as_ref().map(|(_, chosen)| option_id(*chosen));
        let option =
            chosen.and_then(|id| dom::find(&format!("#{id}"))?.dyn_into::<HtmlElement>().ok());
        let Some((list, option)) =
            option.and_then(|option| Some((option.parent_element()?, option)))
        else {
            return;
        };
        let (top, height) = (option.offset_top(), option.offset_height());
        if top < list.scroll_top() {
            list.set_scroll_top(top);
        } else if top + height > list.scroll_top() + list.client_height() {
            list.set_scroll_top(top + height - list.client_height());
        }
    }
}
