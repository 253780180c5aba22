//! Records with their texts set aside: a manifest that is applied ten times is stored once. Works on
//! the records' JSON as text: what stands between `"manifest":{"text":"` and the next quote is a hash,
//! since inside a JSON string no quote stands without its backslash.

use std::hash::Hasher;
use std::rc::Rc;

use podarium::cluster::Input;
use podarium::history::Record;
use siphasher::sip::SipHasher13;

/// Shorter texts stay in their record.
const SHORT: usize = 200;
const BEFORE: &str = "\"manifest\":{\"text\":\"";
const BEHIND: &str = "\"}";

/// The record as JSON, with a long manifest replaced by its hash; and that text with its hash.
pub fn set_aside(record: &Record) -> (String, Option<(String, Rc<str>)>) {
    let line = super::json(record);
    let Record::Input {
        input: Input::Apply { manifest } | Input::Replace { manifest },
        ..
    } = record
    else {
        return (line, None);
    };
    if manifest.len() <= SHORT {
        return (line, None);
    }
    let hash = hash(manifest);
    let written = format!("\"manifest\":{}", super::json(manifest));
    let line = line.replacen(&written, &format!("{BEFORE}{hash}{BEHIND}"), 1);
    (line, Some((hash, manifest.clone())))
}

/// The parts of the import that a record is, each to be stored as a text of its own.
pub fn parts(record: &Record) -> Option<Rc<Vec<Rc<str>>>> {
    match record {
        Record::Input {
            input: Input::Import(import),
            ..
        } => Some(import.parts.clone()),
        _ => None,
    }
}

/// The record with other parts of its import in place of its own: their hashes, or what these stand for.
pub fn with_parts(record: &Record, parts: Vec<Rc<str>>) -> Record {
    let mut record = record.clone();
    if let Record::Input {
        input: Input::Import(import),
        ..
    } = &mut record
    {
        import.parts = Rc::new(parts);
    }
    record
}

/// Texts by hash, as they were read: in the order of their hashes.
pub struct Known {
    hashes: Vec<String>,
    texts: Vec<String>,
}

impl Known {
    /// Hashes and texts in the same order.
    pub fn new(hashes: Vec<String>, texts: Vec<String>) -> Self {
        Known { hashes, texts }
    }

    /// Puts the parts of an import back that were set aside, which are known by their hashes. Without one
    /// of them there is no record.
    pub fn put_parts_back(&self, record: &mut Record) -> Option<()> {
        if let Some(hashes) = parts(record) {
            let text = |hash: &Rc<str>| self.text(hash).map(Rc::from);
            let texts: Option<Vec<Rc<str>>> = hashes.iter().map(text).collect();
            *record = with_parts(record, texts?);
        }
        Some(())
    }

    fn text(&self, hash: &str) -> Option<&str> {
        let found = self
            .hashes
            .binary_search_by(|known| known.as_str().cmp(hash));
        self.texts.get(found.ok()?).map(String::as_str)
    }

    /// Puts the text back that was set aside from a line.
    pub fn put_back(&self, line: &mut String) {
        let Some((before, rest)) = line.split_once(BEFORE) else {
            return;
        };
        let Some((hash, behind)) = rest.split_once(BEHIND) else {
            return;
        };
        // Without its text the record is none, and the journal is refused as damaged.
        let text = self.text(hash);
        *line = format!("{before}\"manifest\":{}{behind}", super::json(&text));
    }
}

/// 128 bits, so that no two texts are ever taken for one.
pub fn hash(text: &str) -> String {
    let half = |key: u64| {
        let mut hasher = SipHasher13::new_with_keys(0, key);
        hasher.write(text.as_bytes());
        hasher.finish()
    };
    format!("{:016x}{:016x}", half(0), half(1))
}

#[cfg(test)]
mod tests {
    use podarium::cluster::{Import, SimTime};

    use super::*;

    fn record(manifest: &str) -> Record {
        Record::Input {
            at: SimTime(7),
            after_events: 3,
            input: Input::Apply {
                manifest: manifest.into(),
            },
        }
    }

    #[test]
    fn a_long_manifest_is_set_aside_and_comes_back() {
        let record = record(&"kind: Pod # \"a\\long\" one ü\n".repeat(40));
        let (mut line, text) = set_aside(&record);
        assert!(line.len() < 200, "{line}");
        let (hash, text) = text.unwrap();
        let known = Known::new(vec![hash], vec![text.to_string()]);
        known.put_back(&mut line);
        assert_eq!(serde_json::from_str::<Record>(&line).ok(), Some(record));
    }

    #[test]
    fn a_manifest_that_looks_as_if_it_had_been_set_aside_stays_as_it_is() {
        let record = record("\"manifest\":{\"text\":\"0123\"}");
        let (mut line, text) = set_aside(&record);
        assert_eq!(text, None);
        Known::new(vec!["0123".into()], vec!["other".into()]).put_back(&mut line);
        assert_eq!(serde_json::from_str::<Record>(&line).ok(), Some(record));
    }

    #[test]
    fn the_parts_of_an_import_are_set_aside_and_come_back() {
        let part = |name: &str| format!("{{\"kind\":\"Node\",\"name\":\"{name}\"}}\n").into();
        let import = Import {
            parts: Rc::new(vec![part("b"), part("a")]),
            newest: SimTime(3),
        };
        let record = Record::Input {
            at: SimTime(7),
            after_events: 3,
            input: Input::Import(import),
        };
        let parts = parts(&record).unwrap();
        let hashes: Vec<String> = parts.iter().map(|part| hash(part)).collect();
        let named = with_parts(
            &record,
            hashes.iter().map(|hash| hash.as_str().into()).collect(),
        );
        let line = super::super::json(&named);
        assert!(!line.contains("Node"), "{line}");
        let mut known: Vec<_> = hashes
            .into_iter()
            .zip(parts.iter().map(|p| p.to_string()))
            .collect();
        known.sort();
        let (hashes, texts): (Vec<_>, Vec<_>) = known.into_iter().unzip();
        let mut read: Record = serde_json::from_str(&line).unwrap();
        Known::new(hashes, texts).put_parts_back(&mut read).unwrap();
        assert_eq!(read, record);
        assert_eq!(Known::new(vec![], vec![]).put_parts_back(&mut read), None);
    }

    #[test]
    fn a_lost_text_damages_its_record() {
        let (mut line, _) = set_aside(&record(&"kind: Pod\n".repeat(40)));
        Known::new(vec![], vec![]).put_back(&mut line);
        assert!(serde_json::from_str::<Record>(&line).is_err(), "{line}");
    }
}
