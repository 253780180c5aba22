//! The storage as the page uses it: there or not, ours to write or not; what fails is told once.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use podarium::history::{History, Journal, Record};
use wasm_bindgen::JsValue;
use yew::AttrValue;

use super::{Changes, Stored, texts};

/// So many parts of an import are stored in one turn.
const PARTS: usize = 4;

/// The storage, if the browser has one for us.
#[derive(Clone)]
pub struct Shelf(Rc<Inside>);

struct Inside {
    /// Is there a storage, and is it ours to write?
    writer: bool,
    /// Is it apart from the own cluster, for one that came with a link?
    apart: bool,
    /// Is anything stored for what is shown?
    known: bool,
    /// What came with a link, and the editor's text: stored only before something is done to it.
    held: RefCell<Option<(Journal, Rc<str>)>>,
    /// What is stored is not what is shown: it stays as it is.
    left_alone: Cell<bool>,
    /// What is wrong, until it is told; and what was told last.
    trouble: RefCell<Option<AttrValue>>,
    told: RefCell<Option<AttrValue>>,
}

impl Shelf {
    /// Opens it; for a link, one apart. A browser that stores nothing is no error: the page works, and says so.
    pub async fn open(link: Option<String>) -> Self {
        let elsewhere = "Podarium is open in another tab, which stores its work. What you do here is not stored.";
        let (found, trouble) = match super::open(link).await {
            Ok(found) => (js_sys::Array::from(&found), None),
            Err(why) => (js_sys::Array::new(), Some(nothing_stored(&why))),
        };
        let [writer, apart, known] = [0, 1, 2].map(|at| found.get(at).is_truthy());
        let is_elsewhere = !writer && trouble.is_none();
        Shelf(Rc::new(Inside {
            writer,
            apart,
            known,
            held: RefCell::default(),
            left_alone: Cell::new(false),
            trouble: RefCell::new(trouble.or(is_elsewhere.then(|| elsewhere.into()))),
            told: RefCell::default(),
        }))
    }

    /// What is wrong with the storage, if anything is; told once.
    pub fn trouble(&self) -> Option<AttrValue> {
        let trouble = self.0.trouble.borrow_mut().take()?;
        let told = self.0.told.replace(Some(trouble.clone()));
        (told.as_ref() != Some(&trouble)).then_some(trouble)
    }

    /// What was stored. Another tab's work is not ours.
    pub async fn read(&self) -> Option<Stored> {
        if !self.is_writable() || !self.0.known {
            return None;
        }
        let why = match super::read().await {
            Ok(found) => match super::stored(found) {
                Ok(stored) => {
                    self.tell_of_lost(stored.as_ref().map_or(0, |stored| stored.lost));
                    return stored;
                }
                Err(why) => why.to_string(),
            },
            Err(why) => words(&why),
        };
        self.leave_alone(&format!("The stored work can't be read ({why})."));
        None
    }

    fn tell_of_lost(&self, lost: u32) {
        if lost > 0 {
            self.is_in_trouble(
                format!(
                    "Something that you did could not be stored, and so {lost} later inputs have no \
                     beginning: the cluster is as it was before."
                )
                .into(),
            );
        }
    }

    /// Stores a record under its number; what is large before it, a part at a time.
    pub fn append(&self, number: usize, record: &Record) -> impl Future<Output = ()> + use<> {
        let (shelf, record) = (self.clone(), record.clone());
        let held = self.0.held.take();
        async move {
            if let Some((journal, draft)) = held {
                shelf.put(&journal, &draft).await;
            }
            let record = shelf.without_parts(record).await;
            shelf.write(Changes::record(number, &record)).await;
        }
    }

    /// The record as it is stored: what is large in it has been, and is named there.
    async fn without_parts(&self, record: Record) -> Record {
        let Some(parts) = texts::parts(&record) else {
            return record;
        };
        let mut hashes = Vec::new();
        for some in parts.chunks(PARTS) {
            let changes = Changes::texts(some, &mut hashes);
            self.clone().write(changes).await;
        }
        texts::with_parts(&record, hashes)
    }

    /// Forgets the journal, and stores another one whole.
    pub async fn put(&self, journal: &Journal, draft: &str) {
        self.start_over(journal).await;
        let changes = Changes::default();
        for (number, record) in journal.records.iter().enumerate() {
            changes.push_record(number, &self.without_parts(record.clone()).await);
        }
        changes.push_end(journal, draft);
        self.clone().write(changes).await;
    }

    /// This came with a link. It is stored once something is done to it.
    pub fn hold(&self, journal: Journal, draft: Rc<str>) {
        self.0.held.replace(Some((journal, draft)));
    }

    /// Is what is stored here not the own cluster?
    pub fn is_apart(&self) -> bool {
        self.0.apart
    }

    /// Stores the present moment of a history.
    pub fn keep_present(&self, history: &History) -> impl Future<Output = ()> + use<> {
        let present = super::present(history);
        self.clone().write(Changes::meta("present", &present))
    }

    /// Stores the editor's text.
    pub fn keep_draft(&self, draft: &str) -> impl Future<Output = ()> + use<> {
        self.clone().write(Changes::meta("draft", draft))
    }

    /// Stores what the terminal only read.
    pub fn keep_notes(&self, notes: &str) -> impl Future<Output = ()> + use<> {
        self.clone().write(Changes::meta("notes", notes))
    }

    /// Forgets the journal and begins another: a person wants it so.
    pub fn start_over(&self, journal: &Journal) -> impl Future<Output = ()> + use<> {
        self.0.left_alone.set(false);
        self.0.held.take();
        self.clone().write(Changes::start_over(journal))
    }

    /// What is shown is not what is stored, which stays until a person starts over.
    pub fn leave_alone(&self, why: &str) {
        self.0.left_alone.set(true);
        self.is_in_trouble(
            format!("{why} It is kept as it is. This cluster is another, and is not stored.")
                .into(),
        );
    }

    /// Is what is stored not what is shown?
    pub fn is_left_alone(&self) -> bool {
        self.0.left_alone.get()
    }

    async fn write(self, changes: Changes) {
        if self.is_writable()
            && let Err(why) = super::write(changes.0).await
        {
            self.is_in_trouble(nothing_stored(&why));
        }
    }

    fn is_writable(&self) -> bool {
        self.0.writer && !self.0.left_alone.get() && self.0.held.borrow().is_none()
    }

    fn is_in_trouble(&self, trouble: AttrValue) {
        *self.0.trouble.borrow_mut() = Some(trouble);
    }
}

fn words(why: &JsValue) -> String {
    why.as_string().unwrap_or_default()
}

fn nothing_stored(why: &JsValue) -> AttrValue {
    let why = words(why);
    format!("This browser stores nothing for Podarium ({why}): a reload starts over.").into()
}
