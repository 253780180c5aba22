//! From the stored journal, or from nothing, to a page.

use std::cell::RefCell;
use std::rc::Rc;

use podarium::cluster::{Setup, SimTime};
use podarium::history::link::{Moment, Sight};
use podarium::history::{History, Journal, Record};
use podarium::lesson::Lesson;
use wasm_bindgen_futures::spawn_local;
use yew::AttrValue;
use yew::html::Scope;

use super::{App, AppProps, Panel, more};
use crate::ui::announce::Announcer;
use crate::ui::engine::Engine;
use crate::ui::keys::Regions;
use crate::ui::lesson::{self, Session, Taught};
use crate::ui::links;
use crate::ui::panics::{self, Recover};
use crate::ui::parts;
use crate::ui::storage::{Shelf, Stored};

/// The text that a newcomer finds: the smallest Pod that does something.
pub(super) const HELLO: &str = include_str!("../editor/examples/hello-pod.yaml");

/// What the page begins with; taken once.
#[derive(Clone)]
pub struct Opening(Rc<RefCell<Option<Begin>>>);

impl PartialEq for Opening {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Opening {
    pub(super) fn take(&self) -> Begin {
        self.0.take().expect("the page is made once")
    }
}

/// A history to show, and how.
pub struct Begin {
    shelf: Shelf,
    history: History,
    restoring: Option<Restoring>,
    /// How it is looked at, if it came with a link.
    sight: Option<Sight>,
    draft: Option<Rc<str>>,
    notes: String,
    notices: Vec<AttrValue>,
    taught: Option<Taught>,
    session: Option<Session>,
}

/// A stored journal that is being replayed.
#[derive(Clone, Debug, PartialEq)]
pub struct Restoring {
    /// The moment that is to be shown then.
    pub shown: SimTime,
    /// What the state was when it was stored; `None` where the end is another one on purpose, or nobody knew it.
    pub digest: Option<u64>,
    /// What it comes from.
    pub what: &'static str,
}

impl Restoring {
    /// To where the journal was.
    pub fn new(journal: &Journal, what: &'static str) -> Self {
        Restoring {
            shown: journal.shown,
            digest: Some(journal.digest).filter(|digest| *digest != 0),
            what,
        }
    }

    /// To wherever it ends.
    fn to_end() -> Self {
        Restoring {
            shown: SimTime::MAX,
            digest: None,
            what: "",
        }
    }
}

/// Opens the storage and mounts the page.
pub fn start() {
    panics::install_hook();
    spawn_local(async {
        let begin = begin().await;
        // Where a part of the page is missing, static/boot.js has said so in the app's place by now.
        let Some(root) = crate::ui::dom::find("#app") else {
            return;
        };
        let opening = Opening(Rc::new(RefCell::new(Some(begin))));
        yew::Renderer::<App>::with_root_and_props(root, AppProps { opening }).render();
    });
}

async fn begin() -> Begin {
    let (link, came, wrong) = came_with_a_link().await;
    let is_linked = link.is_some();
    let shelf = Shelf::open(link).await;
    let taught = match lesson::asked() {
        Some(id) => {
            // Nobody stands still for it. Where it can't come, whoever calls it says so.
            let _ = parts::more().await;
            Some(lesson::load(&id).await)
        }
        None => None,
    };
    // A link is looked at as it is, whatever lesson it was made in.
    let asked = taught.as_ref().and_then(|taught| taught.lesson.clone());
    let asked = asked.filter(|_| !is_linked);
    let stored = shelf.read().await.filter(|stored| {
        // Another lesson's world, or one that is written otherwise now, is left.
        asked.as_ref().is_none_or(|lesson| {
            let (setup, seed) = (lesson.start.setup(), lesson.start.seed);
            let is_same = stored.journal.setup == setup && stored.journal.seed == seed;
            is_same && Session::is_kept(lesson)
        })
    });
    let needs_more = |stored: &Stored| needs_more(&stored.journal) || !stored.notes.is_empty();
    if stored.as_ref().is_some_and(needs_more) {
        let _ = parts::more().await;
    }
    let begin = match (stored, came) {
        (Some(stored), _) => as_it_was(&shelf, stored).await,
        (None, Some(moment)) => as_it_came(&shelf, moment).await,
        (None, None) => None,
    };
    let mut begin = match begin {
        Some(begin) => begin,
        None => anew(&shelf, asked.as_deref()).await,
    };
    begin.session = asked.map(|lesson| match begin.restoring {
        Some(_) => Session::restored(lesson),
        None => Session::new(lesson, begin.history.viewed().clone()),
    });
    if let Some(session) = &begin.session {
        let is_new = begin.restoring.is_none();
        if is_new || begin.draft.is_none() {
            begin.draft = Some(session.lesson.start.editor.as_str().into());
        }
        if is_new {
            session.keep();
        }
    }
    let trouble = taught.as_ref().and_then(|taught| taught.trouble.clone());
    begin.notices.extend(wrong.into_iter().chain(trouble));
    begin.notices.extend(shelf.trouble());
    begin.taught = taught;
    begin
}

/// Is something done there that a usual visit hasn't?
fn needs_more(journal: &Journal) -> bool {
    let recorded = journal.records.iter().filter_map(|record| match record {
        Record::Input { input, .. } => Some(input),
        _ => None,
    });
    let planned = journal.setup.plan.iter().map(|planned| &planned.input);
    recorded.chain(planned).any(more::is_unusual_input)
}

/// From what was stored.
async fn as_it_was(shelf: &Shelf, stored: Stored) -> Option<Begin> {
    let restoring = Restoring::new(&stored.journal, "The stored work");
    match restored(shelf, stored.journal, restoring).await {
        Ok(begin) => Some(Begin {
            draft: stored.draft.map(Into::into),
            notes: stored.notes,
            ..begin
        }),
        Err(why) => {
            shelf.leave_alone(&format!("The stored work can't be restored: {why}."));
            None
        }
    }
}

/// From a link.
async fn as_it_came(shelf: &Shelf, moment: Moment) -> Option<Begin> {
    let draft = super::linking::draft_of(&moment);
    shelf.hold(moment.journal.clone(), draft.clone());
    let restoring = Restoring::new(&moment.journal, "The link");
    let begin = restored(shelf, moment.journal, restoring).await.ok()?;
    Some(Begin {
        draft: Some(draft),
        sight: Some(moment.sight),
        ..begin
    })
}

/// From nothing, or from a lesson's start.
async fn anew(shelf: &Shelf, lesson: Option<&Lesson>) -> Begin {
    let history = match lesson {
        Some(lesson) => super::teaching::begin(lesson),
        None => History::new(Setup::default(), random_seed()),
    };
    if !shelf.is_left_alone() {
        shelf.start_over(&history.journal()).await;
    }
    Begin::with(shelf, history, None)
}

/// The link in the address and what it holds; or what is wrong with it: then it is no link to anything.
async fn came_with_a_link() -> (Option<String>, Option<Moment>, Option<AttrValue>) {
    let Some(link) = links::linked() else {
        return (None, None, None);
    };
    let moment = match parts::more().await {
        Ok(()) => links::follow(&link).await.map_err(|why| why.to_string()),
        Err(why) => Err(why.into()),
    };
    match moment {
        Ok(moment) => (Some(link), Some(moment), None),
        Err(why) => {
            let wrong = format!("The link can't be opened: {why} This is your own cluster.");
            (None, None, Some(wrong.into()))
        }
    }
}

impl Begin {
    fn with(shelf: &Shelf, history: History, restoring: Option<Restoring>) -> Self {
        Begin {
            shelf: shelf.clone(),
            history,
            restoring,
            sight: None,
            draft: None,
            notes: String::new(),
            notices: Vec::new(),
            taught: None,
            session: None,
        }
    }
}

/// The history of a journal, on its way to where it was; after a panic, to just before it.
async fn restored(
    shelf: &Shelf,
    mut journal: Journal,
    mut restoring: Restoring,
) -> Result<Begin, podarium::history::RestoreError> {
    let history = match panics::recovery() {
        None => History::restore(journal)?,
        Some(Recover::Before(None)) => {
            restoring.digest = None;
            History::restore(journal)?
        }
        Some(Recover::Before(Some(event))) => {
            restoring = Restoring::to_end();
            History::restore_before(journal, event)?
        }
        Some(Recover::WithoutLastInput) => {
            restoring = Restoring::to_end();
            shelf.append(journal.records.len(), &Record::Undo).await;
            journal.records.push(Record::Undo);
            journal.lived = SimTime::ZERO;
            journal.lived_events = None;
            History::restore(journal)?
        }
    };
    Ok(Begin::with(shelf, history, Some(restoring)))
}

/// A seed that nobody can foretell; 32 bits, so that people can read it to each other.
pub fn random_seed() -> u64 {
    // A browser without randomness gets the same cluster each time, and the seed is shown.
    getrandom::u32().map_or(1, u64::from)
}

/// The page, from what it begins with.
pub(super) fn app(begin: Begin, link: &Scope<App>) -> App {
    let Begin {
        shelf,
        history,
        restoring,
        sight,
        draft,
        notes,
        notices,
        taught,
        session,
    } = begin;
    let start: Rc<str> = draft.unwrap_or_else(|| HELLO.into());
    super::exports::install(link, &start);
    let mut engine = Engine::new(history);
    if restoring.is_none() && session.is_none() {
        engine.play();
    }
    let media = |query: &str| {
        let window = web_sys::window();
        let list = window.and_then(|window| window.match_media(query).ok().flatten());
        list.is_some_and(|list| list.matches())
    };
    let drawn = super::waking::Drawn::nothing(engine.shot());
    App {
        // A tab that may not write has no world apart, but shows the link's all the same.
        apart: shelf.is_apart() || sight.is_some(),
        sight,
        copied: false,
        present: engine.shot(),
        engine,
        shelf,
        restoring,
        waiting: Default::default(),
        cluster: 0,
        storing: false,
        wake: super::waking::Wake::default(),
        announcer: Announcer::default(),
        regions: Regions::default(),
        editor_calls: super::page::editor_calls(link),
        terminal_calls: super::typing::calls(link),
        edit: None,
        typing: super::typing::Typing::stored(&notes),
        draft: start.clone(),
        start,
        go_to: None,
        asked: 0,
        selection: None,
        lit_by_line: None,
        lit_on_stage: None,
        inputs: Rc::default(),
        inputs_of: usize::MAX,
        panel: if taught.is_some() {
            Panel::Lesson
        } else {
            Panel::Stage
        },
        folded: super::folding::is_remembered(),
        makes_room: false,
        view: Default::default(),
        request: None,
        is_request_last: false,
        is_request_held: false,
        dialog: None,
        welcome: Default::default(),
        why: 0,
        import: None,
        summary: None,
        cancelling: false,
        sources: 0,
        imports: 0,
        import_drawn: 0.0,
        imported: None,
        notices,
        finding: Default::default(),
        reduced_motion: media("(prefers-reduced-motion: reduce)"),
        debug: super::page::query().has("debug"),
        map: false,
        lessons: lesson::last(),
        taught,
        session,
        recovered: panics::recovery().is_some(),
        listeners: Vec::new(),
        beat: Default::default(),
        drawn,
    }
}
