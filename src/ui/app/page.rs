//! What is drawn: the skip link, the banner, the regions in their places, dialogs, and what is said.

use podarium::cluster::Input;
use yew::html::Scope;
use yew::prelude::*;

use super::linking::{is_presentation, made, may_open};
use super::more::once_here;
use super::{App, Dialog, Message, Panel, WelcomeDeed};
use crate::ui::banner::{BannerProps, NewCluster, NewClusterProps, banner, in_the_past};
use crate::ui::dom;
use crate::ui::editor::{Editor, EditorCalls, EditorProps};
use crate::ui::engine::Deed;
use crate::ui::export::{Export, ExportProps};
use crate::ui::inspector::{Inspector, InspectorProps};
use crate::ui::keys::key_list;
use crate::ui::layout::{Splitter, SplitterOf, SplitterProps, panel_tabs, rail};
use crate::ui::lesson::{self, Shown};
use crate::ui::markup::{component, html, keyed};
use crate::ui::stage::{Stage, StageProps, View};
use crate::ui::timeline::{CLUSTER, THEORY, TimelineDeed, TimelineProps, timeline};

/// The address's query.
pub fn query() -> web_sys::UrlSearchParams {
    let search = web_sys::window().and_then(|window| window.location().search().ok());
    let query = web_sys::UrlSearchParams::new_with_str(&search.unwrap_or_default());
    query.expect("any text is a query")
}

/// The theme that boot.js has set.
pub(super) fn is_dark() -> bool {
    let theme = dom::root().and_then(|root| root.get_attribute("data-theme"));
    theme.as_deref() == Some("dark")
}

/// Sets the theme and remembers it for boot.js.
pub(super) fn set_theme(dark: bool) {
    let name = if dark { "dark" } else { "light" };
    if let Some(root) = dom::root() {
        // The attribute is a word of ours: nothing can be wrong with it.
        let _ = root.set_attribute("data-theme", name);
    }
    dom::remember("podarium.theme", name);
}

/// What becomes of what the editor tells.
pub(super) fn editor_calls(link: &Scope<App>) -> EditorCalls {
    let replace = |manifest| Message::Do(Deed::Input(Input::Replace { manifest }));
    EditorCalls {
        on_apply: link.callback(Message::Apply),
        on_replace: link.callback(replace),
        on_text: link.callback(Message::Draft),
        on_select: link.callback(Message::Select),
        on_light: link.callback(Message::LitByLine),
        announce: link.callback(Message::Announce),
        on_problem: link.callback(Message::Problem),
        on_edited: link.callback(|saved| Message::Edited { saved }),
        on_fold: link.callback(|()| Message::Fold),
        on_import: link.callback(|text| Message::Import(super::ImportDeed::Text(text))),
    }
}

impl App {
    pub(super) fn page(&self, link: &Scope<App>) -> Html {
        let splitter = |of| {
            let folds = of == SplitterOf::Manifest;
            component::<Splitter>(SplitterProps {
                of,
                on_fold: folds.then(|| self.editor_calls.on_fold.clone()),
            })
        };
        let panel = match self.panel {
            Panel::Lesson => "lesson",
            Panel::Manifest => "manifest",
            Panel::Terminal => "terminal",
            Panel::Stage => "stage",
            Panel::Details => "details",
        };
        // A lesson has them under the stage.
        let folded = self.folded && self.taught.is_none();
        let is_inspected = self.selection.is_some() || self.inspected().is_some();
        html! {
            <div class="page" data-panel={panel} data-folded={folded.to_string()} data-selected={is_inspected.to_string()} data-lesson={self.taught.is_some().to_string()}>
                <a class="skip" href="#stage" onclick={link.callback(skip)}>{ "Skip to stage" }</a>
                { self.banner(link) }
                <main class="regions">
                    { self.welcome_card(link) }
                    { self.lesson(link) }
                    if folded { { rail(link) } }
                    { self.editor() }
                    { splitter(SplitterOf::Terminal) }
                    { self.terminal() }
                    { splitter(SplitterOf::Manifest) }
                    { self.stage(link) }
                    { splitter(SplitterOf::Inspector) }
                    { self.inspector(link) }
                    { splitter(SplitterOf::Timeline) }
                    { self.timeline(link) }
                </main>
                { panel_tabs(self.panel, self.taught.is_some(), link) }
                { self.dialog(link) }
                { self.announcer.view() }
            </div>
        }
    }

    fn banner(&self, link: &Scope<App>) -> Html {
        html! {
            <>
                { banner(&BannerProps {
                    seed: self.engine.history().seed(),
                    dark: is_dark(),
                    debug: self.debug,
                    apart: self.apart,
                    copied: self.copied,
                    lessons: self.lessons.clone(),
                }, link) }
                { for self.notices.iter().map(|notice| {
                    let this = notice.clone();
                    html! {
                        <div key={notice.as_str()} class="notice" role="alert">
                            <p>{ notice }</p>
                            <button class="framed" onclick={link.callback(move |_| Message::Dismiss(this.clone()))}>
                                { "Dismiss" }
                            </button>
                        </div>
                    }
                }) }
                { self.import_bar(link) }
            </>
        }
    }

    fn lesson(&self, link: &Scope<App>) -> Html {
        let Some(taught) = &self.taught else {
            return Html::default();
        };
        let shown = Shown {
            session: self.session.as_ref(),
            taught,
            map: self.map,
            cluster: self.cluster,
        };
        lesson::region(&shown, link)
    }

    fn editor(&self) -> Html {
        let shot = self.engine.shot();
        let last = self
            .inputs
            .iter()
            .rposition(|(_, input)| matches!(input, Input::Apply { .. } | Input::Replace { .. }));
        let answer = last.and_then(|last| {
            let id = podarium::cluster::InputId(last as u64);
            shot.answers.get(&id).map(|answer| (id, answer.clone()))
        });
        component::<Editor>(EditorProps {
            start: self.start.clone(),
            answer,
            paused: !self.engine.is_playing() && !self.engine.history().is_in_past(),
            selection: self.selection.clone(),
            lit: self.lit_on_stage.clone(),
            go_to: self.go_to,
            asked: self.asked,
            edited: self.edit.as_ref().map(super::editing::Edit::line),
            calls: self.editor_calls.clone(),
        })
    }

    fn stage(&self, link: &Scope<App>) -> Html {
        // Another cluster is looked at anew: it may be smaller than the one before.
        let props = StageProps {
            snapshot: self.engine.shot(),
            time: self.engine.time(),
            present: self.present.clone(),
            now: self.engine.history().now(),
            speeds: self.engine.speeds().clone(),
            selection: self.selection.clone(),
            welcomed: self.welcomed(),
            lit: self.lit_by_line.clone(),
            reduced_motion: self.reduced_motion,
            presentation: is_presentation(),
            beat: self.beat.clone(),
            on_select: link.callback(Message::Select),
            on_light: link.callback(Message::LitOnStage),
            on_machines: link.callback(|input| Message::Do(Deed::Input(input))),
            view: self.view,
            request: self.request,
            on_request: link.callback(Message::Request),
            on_hop: link.callback(|time| Message::Time(TimelineDeed::StepTo(time))),
            on_follow: link.callback(Message::Follow),
            on_view: {
                let (link, of) = (link.clone(), Some(self.cluster));
                Callback::from(move |view| match view {
                    View::Theory => once_here(&link, of, async move || Message::View(view)),
                    view => link.send_message(Message::View(view)),
                })
            },
            inputs: self.inputs.clone(),
            on_seek: link.callback(|time| Message::Time(TimelineDeed::Seek(time))),
            on_line: link.callback(|(text, line)| Message::Line(text, line)),
        };
        keyed::<Stage>(format!("{}-{}", self.cluster, self.imports), props)
    }

    fn inspector(&self, link: &Scope<App>) -> Html {
        // Of another cluster nothing is found yet.
        let props = InspectorProps {
            shot: self.engine.shot(),
            present: self.present.clone(),
            inputs: self.inputs.clone(),
            selection: self.selection.clone(),
            request: self.inspected(),
            still: self.engine.still_drawn(),
            speeds: self.engine.speeds().clone(),
            on_select: link.callback(Message::Select),
            time: self.engine.time(),
            near: self.view == View::Pod,
            why: self.why,
            on_near: link.callback(|()| Message::Near),
            on_scheduling: link.callback(|()| Message::Why),
            on_details: link.callback(|()| Message::Panel(Panel::Details)),
            on_found: link.callback(Message::Found),
            on_leave: link.callback(Message::FindNothing),
            announce: link.callback(Message::Announce),
            on_seek: link.callback(|time| Message::Time(TimelineDeed::Seek(time))),
            on_input: link.callback(|input| Message::Do(Deed::Input(input))),
            on_line: link.callback(|(text, line)| Message::Line(text, line)),
        };
        keyed::<Inspector>(self.cluster.to_string(), props)
    }

    fn timeline(&self, link: &Scope<App>) -> Html {
        let (time, now) = self.times();
        let history = self.engine.history();
        timeline(&TimelineProps {
            shot: self.engine.shot(),
            present: self.present.clone(),
            time,
            now,
            playing: self.engine.is_playing(),
            percent: self.engine.percent(),
            reached: self.engine.reached(),
            in_past: history.is_in_past(),
            can_undo: history.can_undo(),
            can_redo: history.can_redo(),
            seeking: self.engine.long_move(),
            busy: self.engine.history().progress().is_some(),
            inputs: self.inputs.clone(),
            lanes: if self.view == View::Theory {
                THEORY
            } else {
                CLUSTER
            },
            on_deed: link.callback(Message::Time),
        })
    }

    fn dialog(&self, link: &Scope<App>) -> Html {
        let close = link.callback(|()| Message::Dialog(None));
        match &self.dialog {
            None => Html::default(),
            Some(Dialog::NewCluster) => component::<NewCluster>(NewClusterProps {
                on_close: close,
                on_seed: link.callback(Message::NewCluster),
            }),
            Some(Dialog::Keys) => {
                let again = |_| Message::Welcome(WelcomeDeed::Again);
                let is_playground = self.taught.is_none();
                key_list(&close, is_playground.then(|| link.callback(again)))
            }
            Some(Dialog::Open(moment)) => may_open(moment, link),
            Some(Dialog::Link(one)) => made(one, link),
            Some(Dialog::Export(material)) => component::<Export>(ExportProps {
                material: material.clone(),
                on_close: close,
            }),
            Some(Dialog::InThePast(input)) => {
                let (input, again) = (input.clone(), input.clone());
                let go_on = link.batch_callback(move |_| {
                    vec![
                        Message::Dialog(None),
                        Message::Time(TimelineDeed::ContinueFromHere),
                        Message::Do(Deed::Input(input.clone())),
                    ]
                });
                let to_now = link.batch_callback(move |_| {
                    vec![
                        Message::Dialog(None),
                        Message::Time(TimelineDeed::GoToNow),
                        Message::Do(Deed::Input(again.clone())),
                    ]
                });
                in_the_past(&close, go_on, to_now)
            }
        }
    }
}

fn skip(event: MouseEvent) -> Message {
    event.prevent_default();
    Message::Stage
}
