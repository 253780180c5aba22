//! What is drawn: the skip link, the banner, the regions in their places, dialogs, and what is said.

use podarium::cluster::{Fault, Input};
use yew::html::Scope;
use yew::prelude::*;

use super::{App, Dialog, Message, Panel};
use crate::ui::banner::{Banner, NewCluster};
use crate::ui::editor::Editor;
use crate::ui::engine::Deed;
use crate::ui::inspector::Inspector;
use crate::ui::keys::KeyList;
use crate::ui::layout::{PanelTabs, Splitter, SplitterOf};
use crate::ui::stage::Stage;
use crate::ui::timeline::{Timeline, TimelineDeed};

/// After so long the deliberate panic of `?debug` comes, in virtual microseconds.
const PANIC_AFTER_MICROS: u64 = 1_500_000;

/// The address's query.
pub(super) fn query() -> web_sys::UrlSearchParams {
    let search = web_sys::window().and_then(|window| window.location().search().ok());
    let query = web_sys::UrlSearchParams::new_with_str(&search.unwrap_or_default());
    query.expect("any text is a query")
}

/// The theme that boot.js has set.
pub(super) fn is_dark() -> bool {
    let root = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.document_element());
    root.and_then(|root| root.get_attribute("data-theme"))
        .as_deref()
        == Some("dark")
}

/// Sets the theme and remembers it for boot.js.
pub(super) fn set_theme(dark: bool) {
    use gloo_storage::Storage;
    let name = if dark { "dark" } else { "light" };
    let root = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.document_element());
    if let Some(root) = root {
        // The attribute is a word of ours: nothing can be wrong with it.
        let _ = root.set_attribute("data-theme", name);
    }
    // Where nothing may be stored, the next visit follows the system again.
    let _ = gloo_storage::LocalStorage::set("podarium.theme", name);
}

impl App {
    pub(super) fn page(&self, link: &Scope<App>) -> Html {
        let panel = match self.panel {
            Panel::Manifest => "manifest",
            Panel::Stage => "stage",
            Panel::Details => "details",
        };
        html! {
            <div class="page" data-panel={panel} data-selected={self.selection.is_some().to_string()}>
                <crate::ui::sprite::Sprite />
                <a class="skip" href="#stage" onclick={link.callback(skip)}>{ "Skip to stage" }</a>
                { self.banner(link) }
                <main class="regions">
                    { self.editor(link) }
                    <Splitter of={SplitterOf::Manifest} />
                    { self.stage(link) }
                    <Splitter of={SplitterOf::Inspector} />
                    { self.inspector(link) }
                    <Splitter of={SplitterOf::Timeline} />
                    { self.timeline(link) }
                </main>
                <PanelTabs panel={self.panel} on_panel={link.callback(Message::Panel)} />
                { self.dialog(link) }
                { self.announcer.view() }
            </div>
        }
    }

    fn banner(&self, link: &Scope<App>) -> Html {
        let panic = self.debug.then(|| {
            link.callback(|()| {
                let after_micros = PANIC_AFTER_MICROS;
                Message::Do(Deed::Input(Input::Fault(Fault::CorePanic { after_micros })))
            })
        });
        html! {
            <>
                <Banner
                    seed={self.engine.history().seed()}
                    dark={self.dark}
                    on_theme={link.callback(|()| Message::Theme)}
                    on_examples={link.callback(|()| { crate::ui::editor::open_examples(); Message::Panel(Panel::Manifest) })}
                    on_new_cluster={link.callback(|()| Message::Dialog(Some(Dialog::NewCluster)))}
                    on_keys={link.callback(|()| Message::Dialog(Some(Dialog::Keys)))}
                    on_panic={panic}
                />
                { for self.notices.iter().enumerate().map(|(number, notice)| html! {
                    <div key={number} class="notice" role="alert">
                        <p>{ notice }</p>
                        <button class="framed" onclick={link.callback(move |_| Message::Dismiss(number))}>
                            { "Dismiss" }
                        </button>
                    </div>
                }) }
            </>
        }
    }

    fn editor(&self, link: &Scope<App>) -> Html {
        let shot = self.engine.shot();
        let last = self
            .inputs
            .iter()
            .rposition(|(_, input)| matches!(input, Input::Apply { .. } | Input::Replace { .. }));
        let answer = last.and_then(|last| {
            let id = podarium::cluster::InputId(last as u64);
            shot.answers.get(&id).map(|answer| (id, answer.clone()))
        });
        let replace = |manifest| Message::Do(Deed::Input(Input::Replace { manifest }));
        html! {
            <Editor
                start={self.start.clone()}
                {answer}
                paused={!self.engine.is_playing() && !self.engine.history().is_in_past()}
                selection={self.selection.clone()}
                go_to={self.go_to}
                asked={self.asked}
                on_apply={link.callback(Message::Apply)}
                on_replace={link.callback(replace)}
                on_text={link.callback(Message::Draft)}
                on_select={link.callback(Message::Select)}
                announce={link.callback(Message::Announce)}
            />
        }
    }

    fn stage(&self, link: &Scope<App>) -> Html {
        html! {
            <Stage
                snapshot={self.engine.shot()}
                time={self.engine.time()}
                speeds={self.engine.speeds().clone()}
                selection={self.selection.clone()}
                reduced_motion={self.reduced_motion}
                presentation={false}
                on_select={link.callback(Message::Select)}
                on_machines={link.callback(|input| Message::Do(Deed::Input(input)))}
                beat={self.beat.clone()}
            />
        }
    }

    fn inspector(&self, link: &Scope<App>) -> Html {
        html! {
            <Inspector
                shot={self.engine.shot()}
                present={self.present.clone()}
                inputs={self.inputs.clone()}
                selection={self.selection.clone()}
                on_select={link.callback(Message::Select)}
                on_details={link.callback(|()| Message::Panel(Panel::Details))}
                on_seek={link.callback(|time| Message::Time(TimelineDeed::Seek(time)))}
                on_input={link.callback(|input| Message::Do(Deed::Input(input)))}
                on_line={link.callback(|(text, line)| Message::Line(text, line))}
            />
        }
    }

    fn timeline(&self, link: &Scope<App>) -> Html {
        let (time, now) = self.times();
        let history = self.engine.history();
        html! {
            <Timeline
                shot={self.engine.shot()}
                present={self.present.clone()}
                {time}
                {now}
                playing={self.engine.is_playing()}
                percent={self.engine.percent()}
                reached={self.engine.reached()}
                in_past={history.is_in_past()}
                can_undo={history.can_undo()}
                can_redo={history.can_redo()}
                seeking={self.engine.long_move()}
                inputs={self.inputs.clone()}
                on_deed={link.callback(Message::Time)}
            />
        }
    }

    fn dialog(&self, link: &Scope<App>) -> Html {
        let close = link.callback(|()| Message::Dialog(None));
        match &self.dialog {
            None => Html::default(),
            Some(Dialog::NewCluster) => html! {
                <NewCluster on_close={close} on_seed={link.callback(Message::NewCluster)} />
            },
            Some(Dialog::Keys) => html! { <KeyList on_close={close} /> },
            Some(Dialog::InThePast(input)) => {
                let input = input.clone();
                let go_on = link.batch_callback(move |()| {
                    vec![
                        Message::Dialog(None),
                        Message::Time(TimelineDeed::ContinueFromHere),
                        Message::Do(Deed::Input(input.clone())),
                    ]
                });
                let to_now = link.batch_callback(|()| {
                    vec![Message::Dialog(None), Message::Time(TimelineDeed::GoToNow)]
                });
                html! { <crate::ui::banner::InThePast on_close={close} {go_on} {to_now} /> }
            }
        }
    }
}

fn skip(event: MouseEvent) -> Message {
    event.prevent_default();
    crate::ui::keys::focus_region("Stage");
    Message::Spoken
}
