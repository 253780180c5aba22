//! The journal in IndexedDB: each record is stored before it is handled, so that a panic loses nothing.
//! Texts are stored once, by their hash; the present moment at least once a second.

use std::fmt;

use idb::{Database, DatabaseEvent, Error, Factory, ObjectStoreParams, Query, TransactionMode};
use podarium::cluster::{Setup, SimTime};
use podarium::history::{History, Journal, Record, from_json};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

/// One writer per journal.
mod lock;

/// The storage as the page uses it.
mod shelf;

/// Records with their texts set aside.
mod texts;

use lock::become_writer;
pub use shelf::Shelf;

const NAME: &str = "podarium";
/// What the journal begins with, the present moment, and the editor's text.
const META: &str = "meta";
/// Records by number.
const JOURNAL: &str = "journal";
/// Texts by hash.
const TEXTS: &str = "texts";

/// Why the stored journal can't be read.
#[derive(Debug)]
pub enum Unreadable {
    /// The browser can't.
    Browser(Error),
    /// What it reads is no journal.
    Damaged(serde_json::Error),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::Browser(why) => why.fmt(f),
            Unreadable::Damaged(why) => why.fmt(f),
        }
    }
}

impl From<Error> for Unreadable {
    fn from(why: Error) -> Self {
        Unreadable::Browser(why)
    }
}

impl From<serde_json::Error> for Unreadable {
    fn from(why: serde_json::Error) -> Self {
        Unreadable::Damaged(why)
    }
}

/// The database, open.
pub struct Storage {
    database: Database,
}

/// How a stored journal begins.
#[derive(Serialize, Deserialize)]
struct Start {
    format: u32,
    core: String,
    setup: Setup,
    seed: u64,
}

/// The moment that is shown, and up to when the world has lived.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Present {
    lived: SimTime,
    lived_events: u64,
    shown: SimTime,
    digest: u64,
}

impl Present {
    /// Of this history, now.
    pub fn of(history: &History) -> Self {
        let (lived, lived_events, digest) = history.present();
        Present {
            lived,
            lived_events,
            shown: history.time(),
            digest,
        }
    }
}

/// What a reload finds.
pub struct Stored {
    /// The history.
    pub journal: Journal,
    /// What the editor held.
    pub draft: String,
}

impl Storage {
    /// Opens the database, and makes it if there is none.
    ///
    /// # Errors
    /// When the browser stores nothing here: a private window, a policy, no space.
    pub async fn open() -> Result<Self, Error> {
        let mut request = Factory::new()?.open(NAME, Some(1))?;
        request.on_upgrade_needed(|event| {
            for store in [META, JOURNAL, TEXTS] {
                // A store that can't be made shows at its first use, as an error that is handled.
                let _ = event.database().and_then(|database| {
                    database.create_object_store(store, ObjectStoreParams::new())
                });
            }
        });
        Ok(Storage {
            database: request.await?,
        })
    }

    /// What was stored, if anything was.
    ///
    /// # Errors
    /// When the browser can't read, or what it reads is no journal.
    pub async fn read(&self) -> Result<Option<Stored>, Unreadable> {
        let transaction = self
            .database
            .transaction(&[META, JOURNAL, TEXTS], TransactionMode::ReadOnly)?;
        let meta = transaction.object_store(META)?;
        let get = |key: &str| meta.get(Query::Key(key.into()));
        let (start, present, draft) = (get("start")?, get("present")?, get("draft")?);
        let records = transaction.object_store(JOURNAL)?.get_all(None, None)?;
        let texts = transaction.object_store(TEXTS)?;
        let (hashes, texts) = (texts.get_all_keys(None, None)?, texts.get_all(None, None)?);
        let (start, present, draft) =
            (text(start.await?), text(present.await?), text(draft.await?));
        let records = records.await?;
        let known = texts::Known::new(hashes.await?, texts.await?);
        let Some(start) = start else { return Ok(None) };
        let journal = journal(&start, present.as_deref(), &records, &known)?;
        Ok(Some(Stored {
            journal,
            draft: draft.unwrap_or_default(),
        }))
    }

    /// Stores record `number`.
    ///
    /// # Errors
    /// When the browser can't.
    pub async fn append(&self, number: usize, record: &Record) -> Result<(), Error> {
        let transaction = self
            .database
            .transaction(&[JOURNAL, TEXTS], TransactionMode::ReadWrite)?;
        let (line, texts) = texts::set_aside(record);
        let store = transaction.object_store(TEXTS)?;
        for (hash, text) in texts {
            store.put(&JsValue::from_str(&text), Some(&JsValue::from_str(&hash)))?;
        }
        let number = JsValue::from_f64(number as f64);
        transaction
            .object_store(JOURNAL)?
            .put(&JsValue::from_str(&line), Some(&number))?;
        transaction.commit()?.await.map(|_| ())
    }

    /// Stores the present moment.
    ///
    /// # Errors
    /// When the browser can't.
    pub async fn keep_present(&self, present: Present) -> Result<(), Error> {
        self.put_meta("present", &json(&present)).await
    }

    /// Stores the editor's text.
    ///
    /// # Errors
    /// When the browser can't.
    pub async fn keep_draft(&self, draft: &str) -> Result<(), Error> {
        self.put_meta("draft", draft).await
    }

    /// Forgets the journal, and begins another.
    ///
    /// # Errors
    /// When the browser can't.
    pub async fn start_over(&self, journal: &Journal) -> Result<(), Error> {
        let transaction = self
            .database
            .transaction(&[META, JOURNAL, TEXTS], TransactionMode::ReadWrite)?;
        transaction.object_store(JOURNAL)?.clear()?;
        transaction.object_store(TEXTS)?.clear()?;
        let meta = transaction.object_store(META)?;
        let start = Start {
            format: journal.format,
            core: journal.core.clone(),
            setup: journal.setup.clone(),
            seed: journal.seed,
        };
        meta.put(&JsValue::from_str(&json(&start)), Some(&"start".into()))?;
        meta.delete(Query::Key("present".into()))?;
        transaction.commit()?.await.map(|_| ())
    }

    async fn put_meta(&self, key: &str, value: &str) -> Result<(), Error> {
        let transaction = self
            .database
            .transaction(&[META], TransactionMode::ReadWrite)?;
        transaction
            .object_store(META)?
            .put(&JsValue::from_str(value), Some(&key.into()))?;
        transaction.commit()?.await.map(|_| ())
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn text(found: Option<JsValue>) -> Option<String> {
    found.and_then(|value| value.as_string())
}

fn journal(
    start: &str,
    present: Option<&str>,
    records: &[JsValue],
    texts: &texts::Known,
) -> Result<Journal, Unreadable> {
    let start: Start = from_json(start)?;
    let present: Option<Present> = present.and_then(|text| from_json(text).ok());
    let records = records
        .iter()
        .map(|line| texts.put_back(&line.as_string().unwrap_or_default()));
    Ok(Journal {
        format: start.format,
        core: start.core,
        setup: start.setup,
        seed: start.seed,
        records: records.collect::<Result<_, _>>()?,
        lived: present
            .as_ref()
            .map_or(SimTime::ZERO, |present| present.lived),
        lived_events: present.as_ref().map(|present| present.lived_events),
        shown: present
            .as_ref()
            .map_or(SimTime::MAX, |present| present.shown),
        digest: present.as_ref().map_or(0, |present| present.digest),
    })
}
