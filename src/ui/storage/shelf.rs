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
    /// What is stored is not what is shown: it stays as it is.
    left_alone: Cell<bool>,
    /// What is wrong, until it is told; and what was told last.
    trouble: RefCell<Option<AttrValue>>,
    told: RefCell<Option<AttrValue>>,
}

impl Shelf {
    /// Opens it. A browser that stores nothing is no error: the page works, and says so.
    pub async fn open() -> Self {
        let elsewhere = "Podarium is open in another tab, which stores its work. What you do here is not stored.";
        let (writer, trouble) = match super::open().await {
            Ok(writer) if writer.is_truthy() => (true, None),
            Ok(_) => (false, Some(elsewhere.into())),
            Err(why) => (false, Some(nothing_stored(&why))),
        };
        Shelf(Rc::new(Inside {
            writer,
            left_alone: Cell::new(false),
            trouble: RefCell::new(trouble),
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
        if !self.is_writable() {
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
        let (shelf, mut record) = (self.clone(), record.clone());
        async move {
            if let Some(parts) = texts::parts(&record) {
                let mut hashes = Vec::new();
                for some in parts.chunks(PARTS) {
                    let changes = Changes::texts(some, &mut hashes);
                    shelf.clone().write(changes).await;
                }
                record = texts::with_parts(&record, hashes);
            }
            shelf.write(Changes::record(number, &record)).await;
        }
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
        self.0.writer && !self.0.left_alone.get()
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
