//! From the stored journal, or from nothing, to a page.

use std::cell::RefCell;
use std::rc::Rc;

use podarium::cluster::{Setup, SimTime};
use podarium::history::{History, Journal, Record};
use wasm_bindgen_futures::spawn_local;
use yew::AttrValue;
use yew::html::Scope;

use super::{App, AppProps, Panel};
use crate::ui::announce::Announcer;
use crate::ui::engine::Engine;
use crate::ui::keys::Regions;
use crate::ui::panics::{self, Recover};
use crate::ui::storage::{Shelf, Stored};

/// The text that a newcomer finds: the smallest Pod that does something.
const HELLO: &str = include_str!("../editor/examples/hello-pod.yaml");

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
    draft: Option<String>,
    notes: String,
    notices: Vec<AttrValue>,
}

/// A stored journal that is being replayed.
#[derive(Clone, Debug, PartialEq)]
pub struct Restoring {
    /// The moment that is to be shown then.
    pub shown: SimTime,
    /// What the state was when it was stored; `None` where the end is another one on purpose.
    pub digest: Option<u64>,
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
    let shelf = Shelf::open().await;
    let stored = shelf.read().await;
    if let Some(Stored {
        journal,
        draft,
        notes,
        ..
    }) = stored
    {
        match restored(journal, panics::recovery(), &shelf).await {
            Ok((history, restoring)) => {
                let (draft, restoring) = (Some(draft), Some(restoring));
                return Begin {
                    notices: shelf.trouble().into_iter().collect(),
                    shelf,
                    history,
                    restoring,
                    draft,
                    notes,
                };
            }
            Err(why) => shelf.leave_alone(&format!("The stored work can't be restored: {why}.")),
        }
    }
    let history = History::new(Setup::default(), random_seed());
    if !shelf.is_left_alone() {
        shelf.start_over(&history.journal()).await;
    }
    Begin {
        notices: shelf.trouble().into_iter().collect(),
        shelf,
        history,
        restoring: None,
        draft: None,
        notes: String::new(),
    }
}

/// The history of a journal, on its way to where it was; after a panic, to just before it.
async fn restored(
    mut journal: Journal,
    recover: Option<Recover>,
    shelf: &Shelf,
) -> Result<(History, Restoring), podarium::history::RestoreError> {
    let mut restoring = Restoring {
        shown: journal.shown,
        digest: Some(journal.digest),
    };
    let history = match recover {
        None => History::restore(journal)?,
        Some(Recover::Before(None)) => {
            restoring.digest = None;
            History::restore(journal)?
        }
        Some(Recover::Before(Some(event))) => {
            restoring = Restoring {
                shown: SimTime::MAX,
                digest: None,
            };
            History::restore_before(journal, event)?
        }
        Some(Recover::WithoutLastInput) => {
            restoring = Restoring {
                shown: SimTime::MAX,
                digest: None,
            };
            shelf.append(journal.records.len(), &Record::Undo).await;
            journal.records.push(Record::Undo);
            journal.lived = SimTime::ZERO;
            journal.lived_events = None;
            History::restore(journal)?
        }
    };
    restoring.digest = restoring.digest.filter(|digest| *digest != 0);
    Ok((history, restoring))
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
        draft,
        notes,
        notices,
    } = begin;
    let start: Rc<str> = draft.as_deref().unwrap_or(HELLO).into();
    super::exports::install(link, &start);
    let mut engine = Engine::new(history);
    if restoring.is_none() {
        engine.play();
    }
    let media = |query: &str| {
        let window = web_sys::window();
        let list = window.and_then(|window| window.match_media(query).ok().flatten());
        list.is_some_and(|list| list.matches())
    };
    let drawn = super::waking::Drawn::nothing(engine.shot());
    App {
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
        panel: Panel::Stage,
        folded: super::folding::is_remembered(),
        makes_room: false,
        view: Default::default(),
        request: None,
        is_request_last: false,
        is_request_held: false,
        dialog: None,
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
        recovered: panics::recovery().is_some(),
        listeners: Vec::new(),
        beat: Default::default(),
        drawn,
    }
}
