//! From an export to a cluster: read by the bar that shows it, stored part by part, taken in by the world
//! some objects a turn. The old cluster is shown until then, and time stands still afterwards.

use std::rc::Rc;

use podarium::cluster::{Import, Input};
use podarium::history::Record;
use podarium::manifest::import::{Imported, Importer, Summary};
use web_sys::Blob;
use yew::html::Scope;
use yew::prelude::*;

use super::more::once_here;
use super::{App, ImportDeed, LinkDeed, Message};
use crate::ui::engine::Deed;
use crate::ui::import::{
    ImportBar, ImportBarProps, Source, Stage, announcement, details, input, not_taken, summary_of,
};
use crate::ui::markup::{component, html};
use crate::ui::{links, wall};

/// How often the page is drawn while the world takes an import in.
const DRAW_MS: f64 = 200.0;

impl App {
    pub(super) fn import(&mut self, link: &Scope<App>, deed: ImportDeed) {
        match deed {
            ImportDeed::File(file) => match not_taken(&file.name()) {
                Some(why) => self.refuse_import(&why),
                // Whoever drops a world on the page wants it opened.
                None if file.name().ends_with(".json") => {
                    once_here(link, None, async move || {
                        match links::is_world(&file).await {
                            true => Message::Link(LinkDeed::File(file)),
                            false => Message::Import(ImportDeed::Blob(file.into())),
                        }
                    });
                }
                None => self.start_import(link, file.into()),
            },
            ImportDeed::Blob(blob) => self.start_import(link, blob),
            ImportDeed::Text(text) => {
                let parts = js_sys::Array::of1(&text);
                // A text is a part that any Blob takes.
                if let Ok(blob) = Blob::new_with_str_sequence(&parts) {
                    self.start_import(link, blob);
                }
            }
            ImportDeed::Read(imported) => self.take_in(link, &imported),
            ImportDeed::Refused(why) => {
                self.import = None;
                self.refuse_import(&format!("Nothing is imported. {why}"));
            }
            ImportDeed::Cancel => self.cancel_import(link),
            ImportDeed::Dismiss => self.imported = None,
        }
    }

    pub(super) fn refuse_import(&mut self, why: &str) {
        let as_it_was = "The cluster is as it was.";
        // Only the last refusal matters.
        self.notices.retain(|other| !other.ends_with(as_it_was));
        self.notice(format!("{why} {as_it_was}").into());
    }

    fn start_import(&mut self, link: &Scope<App>, blob: Blob) {
        if self.import.is_some() || self.engine.importing().is_some() {
            self.announcer
                .say("An import is under way already.".into(), link);
            return;
        }
        let size = blob.size();
        if size > Importer::BYTES as f64 {
            let most = Importer::BYTES >> 20;
            let mebibytes = size / f64::from(1 << 20);
            self.refuse_import(&format!(
                "Nothing is imported: {mebibytes:.0} MiB are too much, at most {most} MiB are taken. Leave \
                 --show-managed-fields out, or export fewer kinds or namespaces."
            ));
            return;
        }
        self.sources += 1;
        let number = self.sources;
        self.imported = None;
        self.import = Some(Stage::Reading(Source { number, blob }));
        self.announcer.say("The import begins".into(), link);
    }

    /// It is read: it is stored, and taken.
    fn take_in(&mut self, link: &Scope<App>, imported: &Rc<Imported>) {
        let import = input(imported);
        self.summary = Some((Rc::downgrade(&import.parts), imported.summary.clone()));
        self.engine.pause();
        self.import = Some(Stage::Storing(self.objects_of(&import)));
        self.freeze(link, Deed::Input(Input::Import(import)));
    }

    /// A deed is the next to be done; in the past it is asked about first.
    pub(super) fn begin_import(&mut self, deed: &Deed, is_asked: bool) {
        match deed {
            Deed::Input(Input::Import(_)) if is_asked => self.import = None,
            Deed::Input(Input::Import(import)) => {
                self.import = Some(Stage::Storing(self.objects_of(import)));
            }
            // Whoever asked for it: what it takes back is the import.
            Deed::Undo if self.engine.importing().is_some() => self.end_bar(),
            _ => {}
        }
    }

    /// The import under way is to be taken back.
    fn end_bar(&mut self) {
        self.cancelling = true;
        if matches!(self.import, Some(Stage::Taking(..))) {
            self.import = None;
        }
    }

    fn cancel_import(&mut self, link: &Scope<App>) {
        let is_import = |deed: &Deed| matches!(deed, Deed::Input(Input::Import(_)));
        let queued = self.waiting.iter().position(is_import);
        match (self.import.take(), queued) {
            // It was done, or cancelled, before the bar was gone.
            (None, _) => {}
            (Some(Stage::Storing(_) | Stage::Taking(..)), None) => {
                // It is on record already: so is that it is taken back, before anything else is done.
                self.cancelling = true;
                if self.waiting.front() != Some(&Deed::Undo) {
                    self.waiting.push_front(Deed::Undo);
                }
                self.freeze_next(link);
            }
            (Some(stage), queued) => {
                if let (Stage::Storing(_), Some(queued)) = (stage, queued) {
                    self.waiting.remove(queued);
                }
                let said = "Import cancelled. The cluster is as it was.";
                self.announcer.say(said.into(), link);
            }
        }
    }

    /// This was taken: an import, or that one is taken back, or something else.
    pub(super) fn take_import(&mut self, link: &Scope<App>, record: &Record) {
        match record {
            Record::Input {
                input: Input::Import(import),
                ..
            } => {
                let all = self.objects_of(import);
                self.import = (!self.cancelling).then_some(Stage::Taking(0, all));
            }
            Record::Undo if self.cancelling => self.cancelling = false,
            // The selected thing may be of the cluster that went.
            Record::Redo if self.last_import().is_some() => self.selection = None,
            _ => {}
        }
        self.follow_import(link);
    }

    /// The last thing that was done, if it is an import.
    fn last_import(&self) -> Option<&Import> {
        match self.engine.history().inputs().last() {
            Some((_, Input::Import(import))) => Some(import),
            _ => None,
        }
    }

    /// How far the world is with an import, whether it was read here, done again or come back to with a
    /// reload; and what to say when it is done.
    pub(super) fn follow_import(&mut self, link: &Scope<App>) {
        if self.cancelling || self.engine.history().progress().is_some() {
            return;
        }
        let now = self.engine.importing().map(|importing| importing.objects());
        match (&self.import, now) {
            // Another is still to come.
            (Some(Stage::Reading(_) | Stage::Storing(_)), _) | (None, None) => {}
            (Some(Stage::Taking(_, all)), Some(now)) => {
                self.import = Some(Stage::Taking(now, *all));
            }
            (None, Some(now)) => {
                let import = self.last_import();
                let all = import.map_or(0, |import| self.objects_of(import));
                self.import = Some(Stage::Taking(now, all));
            }
            (Some(Stage::Taking(..)), None) => self.end_import(link),
        }
    }

    fn end_import(&mut self, link: &Scope<App>) {
        self.import = None;
        let shot = self.engine.shot();
        let answer = shot.answers.values().next_back();
        let wrong = answer.and_then(|answer| answer.lines.iter().find(|line| line.is_error));
        if let Some(line) = wrong {
            self.refuse_import(&format!("Nothing is imported: {}.", line.text));
        } else {
            let known = self.last_import().and_then(|import| self.known(import));
            let summary = known.unwrap_or_else(|| summary_of(&shot));
            let paused = !self.engine.is_playing();
            self.imports += 1;
            self.selection = None;
            self.announcer.forget();
            let overview = shot.overview();
            self.announcer
                .say(announcement(&summary, overview, paused).into(), link);
            self.imported = Some(details(&summary, overview, paused).into());
        }
        self.keep();
    }

    /// What the text of this import said of it, if it is the one that was read last.
    fn known(&self, import: &Import) -> Option<Summary> {
        let (parts, summary) = self.summary.as_ref()?;
        std::ptr::eq(parts.as_ptr(), Rc::as_ptr(&import.parts)).then(|| summary.clone())
    }

    /// How many objects an import has. To look for the ends of lines in all of it takes too long for a turn
    /// that does anything else.
    fn objects_of(&self, import: &Import) -> usize {
        self.known(import)
            .map_or_else(|| lines_of(import), |known| known.objects())
    }

    /// While the world takes an import in, nothing else is to be drawn, and its progress only now and
    /// then.
    pub(super) fn skips_drawing(&mut self) -> bool {
        if self.engine.importing().is_none() {
            return false;
        }
        let now = wall::now();
        let skips = now - self.import_drawn < DRAW_MS;
        if !skips {
            self.import_drawn = now;
        }
        skips
    }

    pub(super) fn import_bar(&self, link: &Scope<App>) -> Html {
        let deed = |deed: fn() -> ImportDeed| link.callback(move |()| Message::Import(deed()));
        html! {
            <>
                { self.import.as_ref().map(|stage| component::<ImportBar>(ImportBarProps {
                    stage: stage.clone(),
                    on_read: link.callback(|imported| Message::Import(ImportDeed::Read(imported))),
                    on_refused: link.callback(|why| Message::Import(ImportDeed::Refused(why))),
                    on_cancel: deed(|| ImportDeed::Cancel),
                })) }
                { self.imported.as_ref().map(|imported| html! {
                    <section class="notice" aria-label="Import">
                        <p>{ imported }</p>
                        <button class="framed" onclick={deed(|| ImportDeed::Dismiss).reform(|_: MouseEvent| ())}>{ "Dismiss" }</button>
                    </section>
                }) }
            </>
        }
    }
}

/// An object has a line.
fn lines_of(import: &Import) -> usize {
    let lines = |part: &Rc<str>| part.bytes().filter(|byte| *byte == b'\n').count();
    import.parts.iter().map(lines).sum()
}
