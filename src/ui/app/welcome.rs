//! The welcome. On a first visit a Pod comes alive before a person's eyes; beside it stands what is seen, how to hold it
//! still, how to ask why, and where to go on. It comes by itself once in a browser, and never where something else was
//! asked for: a link, a lesson, stored work, or whatever somebody has begun by then.

use gloo_timers::callback::Timeout;
use podarium::api::ObjectKey;
use podarium::cluster::Input;
use podarium::scene::Selection;
use wasm_bindgen_futures::spawn_local;
use yew::html::Scope;
use yew::prelude::*;

use super::finding::Next;
use super::opening::HELLO;
use super::{App, Message, Panel};
use crate::ui::engine::Deed;
use crate::ui::markup::html;
use crate::ui::stage::View;
use crate::ui::{dom, inspector, parts};

/// Under which it is remembered that it came.
const NAME: &str = "podarium.welcome";
/// So long somebody looks at an empty cluster first, in milliseconds.
const LOOKS_MS: u32 = 3_000;
/// The first lesson.
const LESSON: &str = "?lesson=01-pods/01-vm-container-pod";
/// There is one of that name, or the page can't be built.
const _: &str = include_str!("../../../static/lessons/01-pods/01-vm-container-pod/lesson.md");

/// Where the welcome is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Welcome {
    /// Nowhere.
    #[default]
    Away,
    /// It comes when somebody looks at the page.
    Waits,
    /// On the page.
    Shown,
}

/// What happens to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WelcomeDeed {
    /// It may come by itself.
    Come,
    /// Somebody wants to see it again.
    Again,
    /// Why is the Pod so?
    Why,
    /// To the first lesson.
    Learn,
    /// To the editor.
    Play,
}

/// The Pod that comes alive.
fn hello() -> ObjectKey {
    ObjectKey::pod("default", "hello-pod")
}

impl App {
    /// The page was drawn for the first time. The welcome's turn is when all of it is here.
    pub(super) fn await_welcome(&self, link: &Scope<App>) {
        if !self.may_be_first() {
            return;
        }
        let link = link.clone();
        let come = async move {
            parts::rest().await;
            link.send_message(Message::Welcome(WelcomeDeed::Come));
        };
        Timeout::new(LOOKS_MS, move || spawn_local(come)).forget();
    }

    /// Whoever left before it came finds time at a standstill, as whoever comes back does. It goes on: for a person who
    /// has done nothing yet this is a first visit.
    pub(super) fn go_on_unwelcomed(&mut self) {
        let is_as_it_came = self.engine.history().records() == 0 && *self.draft == *HELLO;
        if is_as_it_came && self.may_be_first() && !self.engine.history().is_in_past() {
            self.engine.play();
        }
    }

    /// Was nobody here before, and is the playground asked for?
    fn may_be_first(&self) -> bool {
        let is_asked = self.taught.is_some() || self.apart || self.recovered;
        // Whoever has had a lesson knows more than this.
        let has_learned = !self.lessons.ends_with('=');
        !is_asked && !has_learned && dom::remembered(NAME).is_none()
    }

    /// Has nobody begun anything yet?
    fn is_untouched(&self) -> bool {
        let is_empty = self.engine.history().records() == 0 && self.waiting.is_empty();
        let is_as_it_came = is_empty && !self.storing && *self.draft == *HELLO;
        let is_busy = self.restoring.is_some() || self.import.is_some() || self.dialog.is_some();
        let writes = "dialog, .manifest, .terminal, .search";
        let here = dom::focused().and_then(|here| here.closest(writes).ok().flatten());
        is_as_it_came
            && !is_busy
            && here.is_none()
            && self.notices.is_empty()
            && self.panel == Panel::Stage
            && self.engine.is_playing()
    }

    /// Does what is to happen to the welcome.
    pub(super) fn welcome(&mut self, link: &Scope<App>, deed: WelcomeDeed) {
        match deed {
            WelcomeDeed::Come => self.come_by_itself(link),
            WelcomeDeed::Again => self.welcome_again(link),
            WelcomeDeed::Why => {
                self.select(Some(Selection::Object(hello())));
                self.why += 1;
                self.panel = Panel::Details;
                self.finding.next = Some(Next::Region("Inspector"));
            }
            WelcomeDeed::Learn => dom::go(LESSON),
            WelcomeDeed::Play => {
                self.welcome = Welcome::Away;
                // Whoever has the focus elsewhere keeps it.
                let here = dom::find(".welcome").zip(dom::focused());
                if dom::is_focus_lost()
                    || here.is_some_and(|(welcome, here)| welcome.contains(Some(&here)))
                {
                    self.finding.next = Some(Next::Region("Manifest"));
                }
            }
        }
    }

    fn come_by_itself(&mut self, link: &Scope<App>) {
        self.welcome = Welcome::Away;
        if !self.may_be_first() || !self.is_untouched() {
            return;
        }
        if dom::document().is_some_and(|document| document.hidden()) {
            self.welcome = Welcome::Waits;
            return;
        }
        dom::remember(NAME, "seen");
        // Where nothing is remembered it would come each time.
        if dom::remembered(NAME).is_none() {
            return;
        }
        self.welcome = Welcome::Shown;
        // As if a person had pressed Apply.
        self.asked += 1;
        let said = "Welcome. hello-pod is applied and comes alive on the stage. F6 leads to Learn and Play";
        self.announcer.say(said.into(), link);
    }

    /// Somebody asked for it. The Pod is applied where there is none, whatever the editor holds.
    fn welcome_again(&mut self, link: &Scope<App>) {
        // It needn't come by itself any more.
        dom::remember(NAME, "seen");
        self.dialog = None;
        self.welcome = Welcome::Shown;
        (self.panel, self.view) = (Panel::Stage, View::Machines);
        self.engine.go_to_now();
        // The way there may be long: what stands there is known.
        if self.present.store.get(&hello()).is_none() {
            let manifest = HELLO.into();
            self.freeze(link, Deed::Input(Input::Apply { manifest }));
            self.engine.play();
        }
        self.finding.next = Some(Next::Region("Welcome"));
    }

    /// What it speaks of, while it is there.
    pub(super) fn welcomed(&self) -> Option<Selection> {
        let is_shown = self.welcome == Welcome::Shown;
        is_shown.then(|| Selection::Object(hello()))
    }

    /// The welcome, where it is on the page: over nothing that it speaks of.
    pub(super) fn welcome_card(&self, link: &Scope<App>) -> Html {
        if self.welcome != Welcome::Shown {
            return Html::default();
        }
        let on = |deed| link.callback(move |_: MouseEvent| Message::Welcome(deed));
        html! {
            <section class="welcome" role="dialog" aria-label="Welcome">
                <h2>{ "This is a Pod" }</h2>
                <div class="told">{ inspector::in_words(&self.engine.shot(), &hello()) }</div>
                <p>
                    { "Pause" }<kbd class="keyboard">{ "Space" }</kbd>
                    { " holds it still, at any moment. Then ask why it is so: the answer leads back to a line of its manifest." }
                </p>
                <div class="actions">
                    <button class="framed" onclick={on(WelcomeDeed::Why)}>{ "Ask why" }</button>
                    <span class="spring" />
                    <button class="primary" onclick={on(WelcomeDeed::Learn)}>{ "Learn" }</button>
                    <button class="framed" onclick={on(WelcomeDeed::Play)}>{ "Play" }</button>
                </div>
            </section>
        }
    }
}
