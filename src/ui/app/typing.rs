//! What is typed into the terminal. A line that only reads and is over at once is answered at once, at whatever
//! moment is viewed, and noted; any other is an Input. Lines wait for the one before, as a shell has them, unless
//! time stands still: then it would never end.

use std::collections::VecDeque;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use podarium::api::ObjectKey;
use podarium::cluster::{Cause, Change, Input, InputId, events};
use podarium::kubectl::config;
use podarium::kubectl::run::Finished;
use podarium::scene::Selection;
use wasm_bindgen_futures::spawn_local;
use yew::html::Scope;
use yew::prelude::*;

use super::{App, Dialog, Message, Panel};
use crate::ui::engine::Deed;
use crate::ui::markup::keyed;
use crate::ui::terminal::groups::{in_front, result, text_of, to_stop};
use crate::ui::terminal::notes::Notes;
use crate::ui::terminal::{EDITOR_FILE, Name, Terminal, TerminalCalls, TerminalProps};

/// What a command touched is lit on the stage for so long.
const LIT_MS: u32 = 2_500;

/// The terminal's part of the page.
#[derive(Default)]
pub struct Typing {
    /// Lines that wait for the one before.
    waiting: VecDeque<Rc<str>>,
    /// Commands that only read.
    notes: Notes,
    /// Lines whose end is to be told, and the number of the first that wasn't looked at.
    untold: Vec<InputId>,
    heard: u64,
    /// Is another history shown, of which nothing is to be told?
    is_other: bool,
    light: Option<Timeout>,
}

impl Typing {
    /// With what was stored.
    pub fn stored(notes: &str) -> Self {
        Typing {
            notes: Notes::stored(notes),
            is_other: true,
            ..Typing::default()
        }
    }

    /// What a replay shows again isn't told.
    pub fn forget(&mut self) {
        self.is_other = true;
    }
}

/// What becomes of what the terminal tells.
pub(super) fn calls(link: &Scope<App>) -> TerminalCalls {
    TerminalCalls {
        on_line: link.callback(Message::Typed),
        on_stop: link.callback(|()| Message::Interrupt),
        on_name: link.callback(Message::Named),
        announce: link.callback(Message::Announce),
    }
}

impl App {
    /// Region "Terminal". Another cluster has another terminal.
    pub(super) fn terminal(&self) -> Html {
        let time = self.engine.time();
        let props = TerminalProps {
            shot: self.engine.shot(),
            time,
            notes: self.typing.notes.until(self.engine.history(), time),
            waiting: self.typing.waiting.iter().cloned().collect(),
            shown: self.panel == Panel::Terminal,
            folded: self.folded,
            calls: self.terminal_calls.clone(),
        };
        keyed::<Terminal>(self.cluster.to_string(), props)
    }

    /// A line was typed.
    pub(super) fn typed(&mut self, link: &Scope<App>, line: Rc<str>) {
        self.typing.waiting.push_back(line);
        self.type_next(link);
    }

    /// Lines that wait are not typed any more.
    pub(super) fn forget_waiting_lines(&mut self) {
        self.typing.waiting.clear();
    }

    /// Ctrl+C: what has the terminal ends, and nothing waits for it any longer.
    pub(super) fn interrupt(&mut self, link: &Scope<App>) {
        self.typing.waiting.clear();
        if let Some(input) = to_stop(&self.engine.shot()) {
            self.freeze(link, Deed::Input(Input::Interrupt { input }));
        }
    }

    /// What was named in an answer is selected, if it is there at this moment. Where nobody said in which namespace, it
    /// is that of the terminal, or else the first that has one of this name.
    pub(super) fn select_named(&mut self, link: &Scope<App>, named: &Name) {
        let shot = self.engine.shot();
        let (store, kind, name) = (&shot.store, &named.kind, &named.name);
        let within = |namespace: &str| {
            let all = [
                ObjectKey::new(kind, namespace, name),
                ObjectKey::new(kind, "", name),
            ];
            all.into_iter().find(|key| store.get(key).is_some())
        };
        let found = match &named.namespace {
            Some(namespace) => within(namespace),
            None => within(&config::namespace_in(&shot.terminal.files)).or_else(|| {
                let mut all = store.list(kind).map(|(key, _)| key);
                all.find(|key| key.name == *name).cloned()
            }),
        };
        let said = match found {
            Some(key) => {
                let said = format!("{key} is selected");
                self.select(Some(Selection::Object(key)));
                said
            }
            None => format!("There is no {} {name} at this moment", named.bare_kind()),
        };
        self.announcer.say(said.into(), link);
    }

    /// Lines have their turn, as far as none has to wait.
    pub(super) fn type_next(&mut self, link: &Scope<App>) {
        while self.is_prompted() {
            if self.typing.waiting.is_empty() || !self.has_more(link) {
                return;
            }
            let Some(line) = self.typing.waiting.pop_front() else {
                return;
            };
            // The world was last looked at when something was due: bring it to this moment.
            self.engine.turn();
            if self.begin_edit(&line, link) {
                continue;
            }
            let history = self.engine.history();
            let files = self.files_for(&line);
            match history.viewed().would_print(&line, &files) {
                Some(answer) => self.note(link, line, &answer),
                None => {
                    let files = Rc::new(self.changed_files(files));
                    let stdin = None;
                    self.freeze(link, Deed::Input(Input::Command { line, files, stdin }));
                }
            }
        }
    }

    /// Keeps and tells the answer to a line that only read.
    pub(super) fn note(&mut self, link: &Scope<App>, line: Rc<str>, answer: &Finished) {
        let history = self.engine.history();
        let note = self.typing.notes.take(history, line, answer);
        let said = result(&note.text, note.exit.into());
        self.announcer.say(said.into(), link);
        spawn_local(self.shelf.keep_notes(&self.typing.notes.to_store()));
    }

    /// Is the terminal ready for a line?
    fn is_prompted(&self) -> bool {
        let history = self.engine.history();
        let is_busy = self.storing || self.restoring.is_some() || !self.waiting.is_empty();
        let is_asked = matches!(self.dialog, Some(Dialog::InThePast(_)));
        let is_elsewhere = history.progress().is_some() || self.engine.importing().is_some();
        let is_waited_for = self.engine.is_playing()
            && !history.is_in_past()
            && in_front(&self.engine.shot()).is_some();
        !is_busy && !is_asked && !is_elsewhere && !is_waited_for
    }

    /// The editor's text, for a line that may read it.
    fn files_for(&self, line: &str) -> Vec<(Rc<str>, Rc<str>)> {
        let names_it = [EDITOR_FILE, "ls", "*", "-f ."]
            .iter()
            .any(|one| line.contains(one));
        let file = (EDITOR_FILE.into(), self.draft.clone());
        Vec::from_iter(names_it.then_some(file))
    }

    /// Those that the terminal hasn't as they are.
    fn changed_files(&self, mut files: Vec<(Rc<str>, Rc<str>)>) -> Vec<(Rc<str>, Rc<str>)> {
        let shot = self.engine.shot();
        let home = config::HOME.trim_start_matches('/');
        files.retain(|(name, text)| {
            let known = shot.terminal.files.get(&format!("{home}/{name}"));
            known.is_none_or(|file| *file.bytes != *text.as_bytes())
        });
        files
    }

    /// Says aloud what came of lines that are over.
    pub(super) fn hear_lines(&mut self, link: &Scope<App>) {
        let history = self.engine.history();
        let is_other = self.restoring.is_some() || history.progress().is_some();
        let shot = self.present.clone();
        let all = &shot.terminal.lines;
        if is_other || self.typing.is_other {
            self.typing.is_other = is_other;
            self.typing.heard = history.inputs().count() as u64;
            self.typing.untold = shot.terminal.live.clone();
            return;
        }
        let known = InputId(self.typing.heard);
        self.typing
            .untold
            .extend(all.range(known..).map(|(id, _)| *id));
        if let Some((InputId(last), _)) = all.last_key_value() {
            self.typing.heard = self.typing.heard.max(last + 1);
        }
        let mut said = None;
        self.typing.untold.retain(|id| match all.get(id) {
            Some(line) => {
                let exit = line.exit;
                said = exit
                    .map(|exit| result(&text_of(line), exit))
                    .or(said.take());
                exit.is_none()
            }
            None => false,
        });
        if let Some(said) = said {
            self.announcer.say(said.into(), link);
        }
    }

    /// What a command touched last is lit on the stage for a while.
    pub(super) fn light_touched(&mut self, news: &[Rc<Change>], link: &Scope<App>) {
        let is_typed = |change: &&Rc<Change>| {
            let Cause::Input(id, _) = change.cause else {
                return false;
            };
            let input = self.inputs.get(id.0 as usize);
            matches!(input, Some((_, Input::Command { .. }))) && !events::is_event(&change.object)
        };
        let Some(touched) = news.iter().rev().find(is_typed) else {
            return;
        };
        self.lit_by_line = Some(Selection::Object(touched.object.clone()));
        let dark = link.callback(|()| Message::LitByLine(None));
        self.typing.light = Some(Timeout::new(LIT_MS, move || dark.emit(())));
    }
}
