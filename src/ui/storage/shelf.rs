//! The storage as the page uses it: there or not, ours to write or not; what fails is told once.

use std::cell::RefCell;
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
                self.is_in_trouble(
                    format!("The stored work can't be read: {why}. A new cluster was started.")
                        .into(),
                );
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

    /// Forgets the journal and begins the one of `history`.
    pub async fn start_over(&self, journal: &Journal) {
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
        self.0.storage.as_ref().filter(|_| self.0.writer)
    }

    fn is_in_trouble(&self, trouble: AttrValue) {
        *self.0.trouble.borrow_mut() = Some(trouble);
    }
}

fn nothing_stored(why: &idb::Error) -> AttrValue {
    format!("This browser stores nothing for Podarium ({why}): a reload starts over.").into()
}
