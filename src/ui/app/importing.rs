//! From an export to a cluster: read by the bar that shows it, stored part by part, taken in by the world
//! some objects a turn. The old cluster is shown until then, and time stands still afterwards.

use std::rc::Rc;

use podarium::cluster::Input;
use podarium::manifest::import::{Imported, Importer};
use web_sys::Blob;
use yew::html::Scope;
use yew::prelude::*;

use super::{App, ImportDeed, Message};
use crate::ui::engine::Deed;
use crate::ui::import::{
    ImportBar, ImportBarProps, Source, Stage, announcement, details, input, not_taken,
};
use crate::ui::markup::{component, html};
use crate::ui::wall;

/// How often the page is drawn while the world takes an import in.
const DRAW_MS: f64 = 200.0;

impl App {
    pub(super) fn import(&mut self, link: &Scope<App>, deed: ImportDeed) {
        match deed {
            ImportDeed::File(file) => match not_taken(&file.name()) {
                Some(why) => self.refuse_import(&why),
                None => self.start_import(link, file.into()),
            },
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

    fn refuse_import(&mut self, why: &str) {
        self.notices
            .push(format!("{why} The cluster is as it was.").into());
    }

    fn start_import(&mut self, link: &Scope<App>, blob: Blob) {
        if self.import.is_some() {
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
        let number = self.imports;
        self.imported = None;
        self.import = Some(Stage::Reading(Source { number, blob }));
        self.announcer.say("The import begins".into(), link);
    }

    /// It is read: it is stored, and taken.
    fn take_in(&mut self, link: &Scope<App>, imported: &Rc<Imported>) {
        let summary = Rc::new(imported.summary.clone());
        self.summary = Some(summary.clone());
        self.engine.pause();
        self.import = Some(Stage::Storing(summary));
        self.freeze(link, Deed::Input(Input::Import(input(imported))));
        if self.dialog.is_some() {
            // In the past it waits for an answer.
            self.import = None;
        }
    }

    fn cancel_import(&mut self, link: &Scope<App>) {
        if let Some(Stage::Reading(_)) = self.import.take() {
            let said = "Import cancelled. The cluster is as it was.";
            self.announcer.say(said.into(), link);
        } else {
            // It is on record already: so is that it is taken back.
            self.freeze(link, Deed::Undo);
        }
    }

    /// A record was taken: an import, or something else, by which none is under way.
    pub(super) fn take_import(&mut self, link: &Scope<App>, is_import: bool) {
        self.import = match (&self.summary, is_import) {
            (Some(summary), true) => Some(Stage::Taking(0, summary.clone())),
            _ if matches!(self.import, Some(Stage::Reading(_))) => return,
            _ => None,
        };
        self.follow_import(link);
    }

    /// How far the world is with an import, and what to say when it is done.
    pub(super) fn follow_import(&mut self, link: &Scope<App>) {
        let Some(Stage::Taking(_, summary)) = &self.import else {
            return;
        };
        let summary = summary.clone();
        if let Some(importing) = self.engine.importing() {
            self.import = Some(Stage::Taking(importing.objects(), summary));
            return;
        }
        self.import = None;
        self.summary = None;
        let shot = self.engine.shot();
        let answer = shot.answers.values().next_back();
        let wrong = answer.and_then(|answer| answer.lines.iter().find(|line| line.is_error));
        if let Some(line) = wrong {
            self.refuse_import(&format!("Nothing is imported: {}.", line.text));
        } else {
            self.imports += 1;
            self.selection = None;
            self.announcer.forget();
            self.announcer.say(announcement(&summary).into(), link);
            self.imported = Some(details(&summary).into());
        }
        self.keep();
    }

    /// While the world takes an import in, nothing else is to be drawn, and its progress only now and then.
    pub(super) fn is_import_drawn(&mut self) -> bool {
        if self.engine.importing().is_none() {
            return false;
        }
        let now = wall::now();
        let is_drawn = now - self.import_drawn < DRAW_MS;
        if !is_drawn {
            self.import_drawn = now;
        }
        is_drawn
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
