//! The storage as the page uses it: there or not, ours to write or not; what fails is told once.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use podarium::history::{History, Journal, Record};
use yew::AttrValue;

use super::{Present, Storage, Stored, become_writer};

/// The storage, if the browser has one for us.
#[derive(Clone)]
pub struct Shelf(Rc<Inside>);

struct Inside {
    storage: Option<Storage>,
    writer: bool,
    /// What is stored is not what is shown: it stays as it is.
    left_alone: Cell<bool>,
    trouble: RefCell<Option<AttrValue>>,
}

impl Shelf {
    /// Opens it. A browser that stores nothing is no error: the page works, and says so.
    pub async fn open() -> Self {
        let (storage, trouble) = match Storage::open().await {
            Ok(storage) => (Some(storage), None),
            Err(why) => (None, Some(nothing_stored(&why))),
        };
        let writer = storage.is_some() && become_writer().await;
        let elsewhere = "Podarium is open in another tab, which stores its work. What you do here is not stored.";
        let trouble = trouble.or((storage.is_some() && !writer).then(|| elsewhere.into()));
        Shelf(Rc::new(Inside {
            storage,
            writer,
            left_alone: Cell::new(false),
            trouble: RefCell::new(trouble),
        }))
    }

    /// What is wrong with the storage, if anything is; told once.
    pub fn trouble(&self) -> Option<AttrValue> {
        self.0.trouble.borrow_mut().take()
    }

    /// What was stored. Another tab's work is not ours.
    pub async fn read(&self) -> Option<Stored> {
        let storage = self.writable()?;
        match storage.read().await {
            Ok(stored) => stored,
            Err(why) => {
                self.leave_alone(&format!("The stored work can't be read ({why})."));
                None
            }
        }
    }

    /// Stores a record under its number.
    pub async fn append(&self, number: usize, record: &Record) {
        if let Some(storage) = self.writable()
            && let Err(why) = storage.append(number, record).await
        {
            self.is_in_trouble(nothing_stored(&why));
        }
    }

    /// Stores the present moment of a history.
    pub async fn keep_present(&self, present: Present) {
        if let Some(storage) = self.writable()
            && let Err(why) = storage.keep_present(present).await
        {
            self.is_in_trouble(nothing_stored(&why));
        }
    }

    /// Stores the editor's text.
    pub async fn keep_draft(&self, draft: &str) {
        if let Some(storage) = self.writable()
            && let Err(why) = storage.keep_draft(draft).await
        {
            self.is_in_trouble(nothing_stored(&why));
        }
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

    /// Forgets the journal and begins the one of `history`: a person wants it so.
    pub async fn start_over(&self, journal: &Journal) {
        self.0.left_alone.set(false);
        if let Some(storage) = self.writable()
            && let Err(why) = storage.start_over(journal).await
        {
            self.is_in_trouble(nothing_stored(&why));
        }
    }

    /// What [`Shelf::keep_present`] stores.
    pub fn present(history: &History) -> Present {
        Present::of(history)
    }

    fn writable(&self) -> Option<&Storage> {
        self.0
            .storage
            .as_ref()
            .filter(|_| self.0.writer && !self.0.left_alone.get())
    }

    fn is_in_trouble(&self, trouble: AttrValue) {
        *self.0.trouble.borrow_mut() = Some(trouble);
    }
}

fn nothing_stored(why: &idb::Error) -> AttrValue {
    format!("This browser stores nothing for Podarium ({why}): a reload starts over.").into()
}
