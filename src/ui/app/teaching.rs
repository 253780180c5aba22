//! A lesson in the page: what the learner does there, and what follows from it. The clock stands until a prediction is
//! locked; the run's steps are inputs like any other; the decisive moment stops time.

use std::rc::Rc;

use podarium::history::History;
use podarium::lesson::Lesson;
use podarium::scene::Selection;
use yew::html::Scope;

use super::finding::Next;
use super::{App, Panel};
use crate::ui::dom;
use crate::ui::engine::{Deed, Engine};
use crate::ui::lesson::{LessonDeed, News, Session, compared, progress};
use crate::ui::stage::View;

/// The world that a lesson begins with, when the learner comes.
pub(super) fn begin(lesson: &Lesson) -> History {
    let mut history = History::new(lesson.start.setup(), lesson.start.seed);
    history.run_until(lesson.start.ahead(), podarium::cluster::Budget::ENDLESS);
    history
}

impl App {
    /// What the learner does.
    pub(super) fn teach(&mut self, link: &Scope<App>, deed: LessonDeed) {
        if deed == LessonDeed::Map {
            self.map = !self.map;
            return;
        }
        let Some(session) = &mut self.session else {
            return;
        };
        match deed {
            LessonDeed::Choose(option) => session.chosen = Some(option),
            LessonDeed::Lock if session.chosen.is_none() => {
                let first = "Choose what you think comes first. Nothing is counted against you";
                self.announcer.say(first.into(), link);
            }
            LessonDeed::Lock if !session.is_locked() => self.lock(link),
            LessonDeed::Hint => {
                session.hints += 1;
                self.finding.seen = Some(".lesson .hints > :last-child");
                let hint = session.lesson.text.hints.get(session.hints - 1);
                let hint = hint.map(|hint| podarium::lesson::text::plain(hint));
                self.announcer.say(hint.unwrap_or_default().into(), link);
            }
            LessonDeed::Solution => {
                session.solution = !session.solution;
                self.finding.seen = Some(".lesson .solution");
                if session.solution && !session.is_solved() {
                    let id = session.lesson.id.clone();
                    self.reschedule(|schedule| schedule.opened(&id));
                }
            }
            LessonDeed::Compare => {
                session.compares = !session.compares;
                if session.compares {
                    self.announcer.say(compared(session).into(), link);
                }
            }
            LessonDeed::Next => self.ask_next(link),
            LessonDeed::Skip => self.skip_questions(),
            LessonDeed::Word(puzzle, item, word) => session.put(puzzle, item, word),
            LessonDeed::Answer(puzzle) => {
                session.answer(&puzzle);
                let puzzles = &session.lesson.goals.puzzles;
                let found = puzzles.iter().find(|one| one.id == puzzle);
                let said = found.map(|puzzle| session.answered(puzzle));
                self.announcer.say(said.unwrap_or_default().into(), link);
            }
            LessonDeed::Reset => self.begin_again(link),
            LessonDeed::Lock | LessonDeed::Map => {}
        }
        if let Some(session) = &self.session {
            session.keep();
        }
    }

    fn lock(&mut self, link: &Scope<App>) {
        let Some(session) = &mut self.session else {
            return;
        };
        session.lock(self.engine.time());
        let camera = &session.lesson.goals.stage;
        let speed = camera.speed;
        self.show_camera();
        if let Some(percent) = speed {
            self.freeze(link, Deed::Speed(percent));
        }
        self.engine.play();
        self.announcer
            .say("Your prediction is locked. It runs".into(), link);
        self.run_on(link);
        self.finding.next = Some(Next::Region("Lesson"));
    }

    /// The stage looks where the lesson wants it to.
    fn show_camera(&mut self) {
        let Some(session) = &self.session else {
            return;
        };
        let camera = &session.lesson.goals.stage;
        let wanted = camera.view.clone().unwrap_or_default();
        let mut views = View::ALL.into_iter();
        let view = views.find(|view| view.name().eq_ignore_ascii_case(&wanted));
        let selected = camera.select.as_ref().and_then(|name| name.key());
        if let Some(key) = selected {
            self.select(Some(Selection::Object(key)));
        }
        if let Some(view) = view {
            self.view = view;
        }
    }

    /// Does what the run does by now.
    fn run_on(&mut self, link: &Scope<App>) {
        let now = self.engine.history().now();
        while let Some(input) = self.session.as_mut().and_then(|session| session.due(now)) {
            self.freeze(link, Deed::Input(input));
        }
    }

    /// The whole lesson from its beginning.
    fn begin_again(&mut self, link: &Scope<App>) {
        let Some(session) = self.session.take() else {
            return;
        };
        self.begin_with(session.lesson.clone(), "The lesson begins again", link);
    }

    /// A lesson from its beginning, and what is said then.
    pub(super) fn begin_with(&mut self, lesson: Rc<Lesson>, said: &str, link: &Scope<App>) {
        let history = begin(&lesson);
        let came = history.viewed().clone();
        self.show(Engine::new(history));
        self.engine.pause();
        let journal = self.engine.history().journal();
        wasm_bindgen_futures::spawn_local(self.shelf.start_over(&journal));
        let text: Rc<str> = lesson.start.editor.as_str().into();
        super::exports::set_manifest(&text);
        wasm_bindgen_futures::spawn_local(self.shelf.keep_draft(&text));
        (self.start, self.draft) = (text.clone(), text);
        self.session = Some(Session::new(lesson, came));
        self.panel = Panel::Lesson;
        self.announcer.say(said.to_string().into(), link);
        self.finding.next = Some(Next::Region("Lesson"));
    }

    /// The referee goes along; what has come about is told. Tells whether something has: then all is to be drawn.
    pub(super) fn follow_lesson(&mut self, link: &Scope<App>) -> bool {
        if self.restoring.is_some() || self.session.is_none() {
            return false;
        }
        self.run_on(link);
        let Some(session) = &mut self.session else {
            return false;
        };
        let news = session.follow(self.engine.history());
        match news {
            Some(News::Settled(at)) => {
                let options = &session.lesson.text.options;
                let shown = session.shown();
                let words = shown.map(|at| podarium::lesson::text::plain(&options[at].says));
                let same = if shown == session.chosen {
                    ", as you predicted"
                } else {
                    ""
                };
                let said = format!(
                    "What the cluster shows{same}: {}. Paused there, at {at}",
                    words.unwrap_or_default()
                );
                let held = shown == session.chosen;
                session.keep();
                self.engine.pause();
                self.show_camera();
                self.announcer.say(said.into(), link);
                self.note_prediction(held);
                self.keep();
            }
            Some(News::Solved) => {
                let (id, done) = (session.lesson.id.clone(), session.done());
                if let Some(taught) = &mut self.taught {
                    taught.done = progress::keep(&id, done);
                }
                // The goals, with their ticks, are right above it.
                self.finding.seen = Some(".lesson .feedback[role=status]");
                self.announcer
                    .say("All goals are met. Next goes on".into(), link);
            }
            None => {}
        }
        news.is_some()
    }

    /// May time go on? Not before a prediction is locked: says so.
    pub(super) fn waits_for_prediction(&mut self, link: &Scope<App>) -> bool {
        let waits = self
            .session
            .as_ref()
            .is_some_and(|session| !session.is_locked());
        if waits {
            let first = "The clock stands until your prediction is locked";
            self.announcer.say(first.into(), link);
            dom::focus(dom::find(".lesson [type=radio]"));
        }
        waits
    }
}
