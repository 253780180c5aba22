//! The whole page as one component: it owns the engine, hands its snapshots down, and turns what
//! people do into deeds. Read in the order below.

/// From the stored journal, or from nothing, to a page.
mod opening;

/// What the page does on each message.
mod deeds;

/// When the page wakes up by itself.
mod waking;

/// Finding things: to the box, and from it.
mod finding;

/// Manifest and Terminal, out of the way.
mod folding;

/// What is typed into the terminal.
mod typing;

/// A text that is edited for kubectl.
mod editing;

/// What is offered to reports and tests.
mod exports;

/// What follows from an export.
mod importing;

/// What was done here, as a lesson.
mod authoring;

/// Questions before a lesson.
mod asking;

/// A lesson in the page.
mod teaching;

/// Links to a moment, and worlds in files.
mod linking;

/// What waits for a part of the wasm.
mod more;

/// A first visit.
mod welcome;

/// What is drawn.
mod page;

use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use podarium::cluster::network::request::RequestId;
use podarium::cluster::{Input, SimTime};
use podarium::history::Record;
use podarium::history::link::{Moment, Sight};
use podarium::manifest::import::{Imported, Summary};
use podarium::scene::Selection;
use wasm_bindgen::JsCast;
use yew::prelude::*;

use super::announce::Announcer;
use super::editor::EditorCalls;
use super::engine::{Deed, Engine};
use super::import;
use super::keys::{KeyDeed, Regions, deed_of, deed_of_clicker};
use super::lesson::{LessonDeed, Session, Taught};
use super::shot::Shot;
use super::stage::{Beat, Now, View};
use super::storage::Shelf;
use super::terminal::{Name, TerminalCalls};
use super::timeline::TimelineDeed;

pub use editing::SAVES;
pub use linking::{LinkDeed, is_presentation};
pub use opening::start;
pub use page::query;
use waking::{Drawn, Draws};
pub use welcome::WelcomeDeed;

/// What the page begins with.
#[derive(PartialEq, Properties)]
pub struct AppProps {
    /// Taken once, when the page is made.
    pub opening: opening::Opening,
}

/// The page.
pub struct App {
    engine: Engine,
    shelf: Shelf,
    /// A stored journal is being replayed.
    restoring: Option<opening::Restoring>,
    /// How what comes in is to be looked at, until it is there.
    sight: Option<Sight>,
    /// Is another cluster shown than the own one?
    apart: bool,
    /// Was a link copied a moment ago?
    copied: bool,
    /// Deeds that wait for those before them.
    waiting: VecDeque<Deed>,
    /// How many clusters were shown before this one.
    cluster: u32,
    /// A record is being stored.
    storing: bool,
    wake: waking::Wake,
    announcer: Announcer,
    regions: Regions,
    editor_calls: EditorCalls,
    terminal_calls: TerminalCalls,
    typing: typing::Typing,
    edit: Option<editing::Edit>,
    draft: Rc<str>,
    /// The text that the editor begins with; another one replaces its text.
    start: Rc<str>,
    go_to: Option<(usize, u32)>,
    /// How often the editor was asked from elsewhere to apply its text.
    asked: u32,
    selection: Option<Selection>,
    /// What the line of the text makes that is pointed at, and what is pointed at on the stage.
    lit_by_line: Option<Selection>,
    lit_on_stage: Option<Selection>,
    inputs: Rc<Vec<(SimTime, Input)>>,
    /// How many records `inputs` was made from.
    inputs_of: usize,
    present: Shot,
    panel: Panel,
    /// Are Manifest and Terminal folded, where the page is wide?
    folded: bool,
    /// Are they only while the Theory view is shown?
    makes_room: bool,
    view: View,
    /// The request that the Network view shows, if one was chosen.
    request: Option<RequestId>,
    /// Was that chosen after what is selected? Then the Inspector tells of it.
    is_request_last: bool,
    /// Did nobody choose it, and stays it only as long as it is stepped through?
    is_request_held: bool,
    dialog: Option<Dialog>,
    welcome: welcome::Welcome,
    /// How often the Inspector was asked from elsewhere why something is so.
    why: u32,
    /// An import under way; and of the last one that was read here its parts and what they hold.
    import: Option<import::Stage>,
    summary: Option<(Weak<Vec<Rc<str>>>, Summary)>,
    /// It is to be taken back: that is next.
    cancelling: bool,
    /// How many imports were asked for, how many came to their end, and when their progress was drawn last.
    sources: u32,
    imports: u32,
    import_drawn: f64,
    /// What was imported, until it is read.
    imported: Option<AttrValue>,
    notices: Vec<AttrValue>,
    finding: finding::Finding,
    reduced_motion: bool,
    debug: bool,
    /// What can be learned, where somebody wants to.
    taught: Option<Taught>,
    /// The lesson, and where the learner is in it.
    session: Option<Session>,
    /// Where lessons go on: the last one, or the map.
    lessons: AttrValue,
    /// Is the map of chapters seen in its place?
    map: bool,
    /// Did an instance before this one panic?
    recovered: bool,
    listeners: Vec<gloo_events::EventListener>,
    /// By which the stage hears of a frame in which only time went on.
    beat: Beat,
    drawn: Drawn,
}

/// Which region a phone shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panel {
    /// The lesson.
    Lesson,
    /// The editor.
    Manifest,
    /// The picture.
    Stage,
    /// The prompt, and what was answered.
    Terminal,
    /// The inspector.
    Details,
}

/// A dialog that waits for an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Dialog {
    /// A new cluster, with the seed that was typed.
    NewCluster,
    /// An input was wanted while the past was viewed.
    InThePast(Input),
    /// The list of keys.
    Keys,
    /// May a file's world take this one's place?
    Open(Rc<Moment>),
    /// What became of a link that isn't copied.
    Link(linking::Made),
    /// What was done here is to be a lesson.
    Export(Rc<super::export::Material>),
}

/// What happens to an import.
pub enum ImportDeed {
    /// A file is to be imported, by its name and bytes.
    File(web_sys::File),
    /// Its bytes, whatever it is called.
    Blob(web_sys::Blob),
    /// A text is to be imported.
    Text(wasm_bindgen::JsValue),
    /// It is read.
    Read(Rc<Imported>),
    /// It can't be taken, and why.
    Refused(String),
    /// All is to stay as it was.
    Cancel,
    /// What was said of it was read.
    Dismiss,
}

/// What happens to the page.
pub enum Message {
    /// The engine's turn.
    Turn,
    /// The present moment is to be stored.
    Keep,
    /// A record of the cluster of this number was stored; it may be handled.
    Stored(u32, Record),
    /// Something is to be done to the history.
    Do(Deed),
    /// Somebody wants something of time.
    Time(TimelineDeed),
    /// The editor's text is another one.
    Draft(Rc<str>),
    /// A text without a problem is to be applied.
    Apply(Rc<str>),
    /// A line was typed into the terminal.
    Typed(Rc<str>),
    /// What runs in the terminal is to end.
    Interrupt,
    /// An object that was named in the terminal is to be selected.
    Named(Name),
    /// What is edited for kubectl is to be so, or is to stay as it was.
    Edited { saved: bool },
    /// The editor's text is to be applied, wherever the focus is.
    ApplyDraft,
    /// Something else is selected.
    Select(Option<Selection>),
    /// A line of the text makes something that is to be lit on the stage.
    LitByLine(Option<Selection>),
    /// Something on the stage is pointed at, or has the tree's focus.
    LitOnStage(Option<Selection>),
    /// A line of a manifest is to be shown.
    Line(Rc<str>, usize),
    /// The stage is to show this.
    View(View),
    /// The Network view is to show this request, and the Inspector why it ended so.
    Request(RequestId),
    /// What the Network view shows is to go on from a hop.
    Follow(SimTime),
    /// The Pod that is selected is to be shown from near.
    Near,
    /// Why what is selected is on its node, or on none, is to be shown.
    Why,
    /// Something is to be said aloud.
    Announce(AttrValue),
    /// What is said aloud is another thing now.
    Spoken,
    /// A dialog opens or closes.
    Dialog(Option<Dialog>),
    /// A new cluster; from this seed, or from chance.
    NewCluster(Option<u64>),
    /// Light to dark or back.
    Theme,
    /// The theme is another one now, as the system's is.
    Themed,
    /// The page is hidden or shown.
    Visible(bool),
    /// Something has the focus now.
    Focused,
    /// A key that works anywhere.
    Key(KeyDeed),
    /// Something is to be found.
    Find,
    /// This was found.
    Found(Selection),
    /// Nothing is looked for any longer; this had the focus before.
    FindNothing(Option<web_sys::Element>),
    /// Which region a phone shows.
    Panel(Panel),
    /// The stage is to be seen, and its tree has the focus.
    Stage,
    /// Manifest and Terminal are folded; or come back, where they are.
    Fold,
    /// They come back, and one of them has the focus.
    Unfold(Panel),
    /// A notice was read.
    Dismiss(AttrValue),
    /// Something of an import.
    Import(ImportDeed),
    /// What the editor finds wrong with a text that was to be applied.
    Problem(AttrValue),
    /// Something in the lesson.
    Lesson(LessonDeed),
    /// Something of links and files.
    Link(LinkDeed),
    /// What comes when it is asked for has come, or can't.
    More(Result<(), &'static str>),
    /// Something of the welcome.
    Welcome(WelcomeDeed),
}

impl Component for App {
    type Message = Message;
    type Properties = AppProps;

    fn create(ctx: &Context<Self>) -> Self {
        let mut app = opening::app(ctx.props().opening.take(), ctx.link());
        app.listen(ctx.link());
        app.schedule(ctx.link());
        app
    }

    fn update(&mut self, ctx: &Context<Self>, message: Message) -> bool {
        let draws = if matches!(message, Message::Turn | Message::Keep) {
            self.next_draws()
        } else {
            Draws::Everything
        };
        self.engine
            .will_draw(matches!(draws, Draws::Page | Draws::Picture));
        let is_turn = matches!(message, Message::Turn);
        let redraw = self.handle(ctx.link(), message);
        self.look_again(ctx.link());
        let redraw = redraw && !(is_turn && self.skips_drawing());
        // Time stands after such a turn: what it leaves undrawn would stay so.
        let (redraw, draws) = match self.follow_lesson(ctx.link()) {
            true => (true, Draws::Everything),
            false => (redraw, draws),
        };
        self.freeze_next(ctx.link());
        self.type_next(ctx.link());
        self.let_go();
        self.watch();
        self.look();
        self.hear(ctx.link());
        self.hear_lines(ctx.link());
        if redraw {
            self.drawn.draw(draws, &self.engine.shot());
        }
        self.schedule(ctx.link());
        let now = Now {
            snapshot: self.engine.shot(),
            speeds: self.engine.speeds().clone(),
            time: self.engine.time(),
        };
        if redraw && draws == Draws::Everything {
            self.beat.draw_picture();
        }
        if matches!(draws, Draws::Picture | Draws::Motion) {
            self.beat.tell(now, draws == Draws::Picture);
            return false;
        }
        redraw
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        self.page(ctx.link())
    }

    fn rendered(&mut self, ctx: &Context<Self>, first: bool) {
        if first && self.recovered {
            super::keys::focus_region("Stage");
        }
        if first {
            self.await_welcome(ctx.link());
        }
        // While only the world goes on nothing is hidden; things may be gone.
        self.regions.hand_on(self.drawn.whole);
        self.finding.focus();
    }
}

impl App {
    /// Brings what is made from the history up to date with it.
    fn look(&mut self) {
        let history = self.engine.history();
        if self.inputs_of != history.records() {
            self.inputs_of = history.records();
            self.inputs = Rc::new(
                history
                    .inputs()
                    .map(|(at, input)| (at, input.clone()))
                    .collect(),
            );
        }
        if !history.is_in_past() && self.engine.shot() != self.present {
            self.present = self.engine.shot();
        }
    }

    fn listen(&mut self, link: &yew::html::Scope<Self>) {
        let Some(document) = super::dom::document() else {
            return;
        };
        let seen = link.clone();
        let watched = document.clone();
        let visible = gloo_events::EventListener::new(&document, "visibilitychange", move |_| {
            seen.send_message(Message::Visible(!watched.hidden()));
        });
        let pressed = link.clone();
        let options = gloo_events::EventListenerOptions::enable_prevent_default();
        let keys = gloo_events::EventListener::new_with_options(
            &document,
            "keydown",
            options,
            move |event| {
                let event = event.dyn_ref::<web_sys::KeyboardEvent>();
                if let Some(deed) = event.and_then(deed_of) {
                    pressed.send_message(Message::Key(deed));
                }
            },
        );
        let clicked = link.clone();
        let options = gloo_events::EventListenerOptions {
            phase: gloo_events::EventListenerPhase::Capture,
            passive: false,
        };
        let clicker = gloo_events::EventListener::new_with_options(
            &document,
            "keydown",
            options,
            move |event| {
                let event = event.dyn_ref::<web_sys::KeyboardEvent>();
                if let Some(deed) = event.and_then(deed_of_clicker) {
                    clicked.send_message(Message::Key(deed));
                }
            },
        );
        let arrived = link.clone();
        let focus = gloo_events::EventListener::new(&document, "focusin", move |_| {
            arrived.send_message(Message::Focused);
        });
        let dropped = link.clone();
        self.listeners = import::listen(move |file| {
            dropped.send_message(Message::Import(ImportDeed::File(file)));
        });
        self.listeners.extend([visible, keys, clicker, focus]);
        if let Some(window) = web_sys::window() {
            // After boot.js, which came first.
            if let Ok(Some(scheme)) = window.match_media("(prefers-color-scheme: dark)") {
                let changed = link.clone();
                let scheme = gloo_events::EventListener::new(&scheme, "change", move |_| {
                    changed.send_message(Message::Themed);
                });
                self.listeners.push(scheme);
            }
            let leaving = link.clone();
            self.listeners.push(gloo_events::EventListener::new(
                &window,
                "pagehide",
                move |_| {
                    leaving.send_message(Message::Keep);
                },
            ));
        }
    }
}
