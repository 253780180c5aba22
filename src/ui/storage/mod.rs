//! The journal in IndexedDB: each record is stored before it is handled, so that a panic loses nothing.
//! Texts are stored once, by their hash; the present moment at least once a second. The transactions
//! themselves, and the lock that makes this page the one writer, are in static/storage.js.

use std::rc::Rc;

use podarium::cluster::{Setup, SimTime};
use podarium::history::{History, Journal, Record, from_json};
use serde::Serialize;
use wasm_bindgen::prelude::*;

/// The storage as the page uses it.
mod shelf;

/// Records with their texts set aside.
mod texts;

pub use shelf::Shelf;

/// What the journal begins with, the present moment, and the editor's text.
const META: &str = "meta";
/// Records by number.
const JOURNAL: &str = "journal";
/// Texts by hash.
const TEXTS: &str = "texts";

#[wasm_bindgen]
extern "C" {
    /// Opens the database, and makes it if there is none; for a link, one that is apart. May this page write, is it
    /// apart, and is anything stored for it?
    #[wasm_bindgen(js_namespace = ["podarium", "storage"], catch)]
    async fn open(link: Option<String>) -> Result<JsValue, JsValue>;
    /// All that is stored.
    #[wasm_bindgen(js_namespace = ["podarium", "storage"], catch)]
    async fn read() -> Result<JsValue, JsValue>;
    /// Writes all or nothing of some changes.
    #[wasm_bindgen(js_namespace = ["podarium", "storage"], catch)]
    async fn write(changes: js_sys::Array) -> Result<JsValue, JsValue>;
}

/// What is to be written: store, key, value; store, key, value; …
#[derive(Default)]
pub struct Changes(js_sys::Array);

impl Changes {
    /// Clears a store where there is no key, and deletes where there is no value.
    fn push(&self, store: &str, key: JsValue, value: Option<&str>) {
        self.0.push(&JsValue::from_str(store));
        self.0.push(&key);
        self.0
            .push(&value.map_or(JsValue::UNDEFINED, JsValue::from_str));
    }

    /// Stores a value of the page's own under a name.
    pub fn meta(key: &str, value: &str) -> Self {
        let changes = Changes::default();
        changes.push(META, key.into(), Some(value));
        changes
    }

    /// Stores these texts, each under its hash.
    pub fn texts(texts: &[Rc<str>], hashes: &mut Vec<Rc<str>>) -> Self {
        let changes = Changes::default();
        for text in texts {
            let hash = texts::hash(text);
            changes.push(TEXTS, hash.as_str().into(), Some(text));
            hashes.push(hash.into());
        }
        changes
    }

    /// Stores record `number`.
    pub fn record(number: usize, record: &Record) -> Self {
        let changes = Changes::default();
        changes.push_record(number, record);
        changes
    }

    fn push_record(&self, number: usize, record: &Record) {
        let (line, text) = texts::set_aside(record);
        if let Some((hash, text)) = text {
            self.push(TEXTS, hash.into(), Some(&text));
        }
        self.push(JOURNAL, (number as f64).into(), Some(&line));
    }

    /// Stores what is behind a journal's records, and the editor's text.
    fn push_end(&self, journal: &Journal, draft: &str) {
        let present = Present {
            lived: journal.lived,
            lived_events: journal.lived_events,
            shown: journal.shown,
            digest: journal.digest,
        };
        self.push(META, "present".into(), Some(&json(&present)));
        self.push(META, "draft".into(), Some(draft));
    }

    /// Forgets the journal, and begins another.
    pub fn start_over(journal: &Journal) -> Self {
        let changes = Changes::default();
        changes.push(JOURNAL, JsValue::UNDEFINED, None);
        changes.push(TEXTS, JsValue::UNDEFINED, None);
        let start = Start {
            format: journal.format,
            core: &journal.core,
            setup: &journal.setup,
            seed: journal.seed,
        };
        changes.push(META, "start".into(), Some(&json(&start)));
        changes.push(META, "present".into(), None);
        changes.push(META, "notes".into(), None);
        changes
    }
}

/// How a stored journal begins: its fields before the records.
#[derive(Serialize)]
struct Start<'a> {
    format: u32,
    core: &'a str,
    setup: &'a Setup,
    seed: u64,
}

/// The moment that is shown, and up to when the world has lived: a journal's fields behind the records.
#[derive(Serialize)]
struct Present {
    lived: SimTime,
    lived_events: Option<u64>,
    shown: SimTime,
    digest: u64,
}

/// The present moment of a history, as it is stored.
fn present(history: &History) -> String {
    let (lived, lived_events, digest) = history.present();
    json(&Present {
        lived,
        lived_events: Some(lived_events),
        shown: history.time(),
        digest,
    })
}

/// What a reload finds.
pub struct Stored {
    /// The history.
    pub journal: Journal,
    /// What the editor held, once somebody has written there.
    pub draft: Option<String>,
    /// What the terminal only read, as it was stored.
    pub notes: String,
    /// How many records were lost, since one before them was never stored.
    pub lost: u32,
}

/// What was read, as JavaScript gives it.
fn stored(found: JsValue) -> Result<Option<Stored>, serde_json::Error> {
    if found.is_undefined() {
        return Ok(None);
    }
    let found = js_sys::Array::from(&found);
    let text = |at: u32| found.get(at).as_string();
    let texts = |at: u32| -> Vec<String> {
        let all = js_sys::Array::from(&found.get(at));
        let all = all.iter().map(|text| text.as_string().unwrap_or_default());
        all.collect()
    };
    let Some(start) = text(0) else {
        return match texts(3).is_empty() {
            true => Ok(None),
            false => Err(serde::de::Error::custom("its beginning is missing")),
        };
    };
    let known = texts::Known::new(texts(4), texts(5));
    let mut records = texts(3);
    for record in &mut records {
        known.put_back(record);
    }
    Ok(Some(Stored {
        journal: journal(&start, text(1).as_deref(), &records, &known)?,
        draft: text(2),
        notes: text(7).unwrap_or_default(),
        lost: found.get(6).as_f64().unwrap_or(0.0) as u32,
    }))
}

/// A journal from the texts of its fields. Until the present was stored, nobody knows of it.
fn journal(
    start: &str,
    present: Option<&str>,
    records: &[String],
    known: &texts::Known,
) -> Result<Journal, serde_json::Error> {
    let nothing = || {
        json(&Present {
            lived: SimTime::ZERO,
            lived_events: None,
            shown: SimTime::MAX,
            digest: 0,
        })
    };
    let present = present.map_or_else(nothing, Into::into);
    let (start, present) = (start.trim_end_matches('}'), present.trim_start_matches('{'));
    let records = records.join(",");
    let mut journal: Journal = from_json(&format!("{start},\"records\":[{records}],{present}"))?;
    for record in &mut journal.records {
        let lost = || serde::de::Error::custom("a part of an import is missing");
        known.put_parts_back(record).ok_or_else(lost)?;
    }
    Ok(journal)
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
