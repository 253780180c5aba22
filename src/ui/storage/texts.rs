//! Records with their texts set aside: a manifest that is applied ten times is stored once.

use std::collections::BTreeMap;
use std::hash::Hasher;

use podarium::history::Record;
use serde_json::Value;
use siphasher::sip128::{Hasher128, SipHasher13};
use wasm_bindgen::JsValue;

/// Shorter texts stay in their record.
const SHORT: usize = 200;

/// The record as JSON, with each long manifest replaced by its hash; and the texts by hash.
pub fn set_aside(record: &Record) -> (String, Vec<(String, String)>) {
    let mut line = serde_json::to_value(record).unwrap_or_default();
    let mut texts = Vec::new();
    if let Some(place) = manifest(&mut line) {
        let text = place.as_str().unwrap_or_default().to_string();
        if text.len() > SHORT {
            let hash = hash(&text);
            *place = serde_json::json!({ "text": hash });
            texts.push((hash, text));
        }
    }
    (line.to_string(), texts)
}

/// Texts by hash, as they were read.
pub struct Known(BTreeMap<String, String>);

impl Known {
    /// Hashes and texts in the same order.
    pub fn new(hashes: Vec<JsValue>, texts: Vec<JsValue>) -> Self {
        let texts = texts
            .iter()
            .map(|text| text.as_string().unwrap_or_default());
        let hashes = hashes
            .iter()
            .map(|hash| hash.as_string().unwrap_or_default());
        Known(hashes.zip(texts).collect())
    }

    /// The record that `line` stands for.
    pub fn put_back(&self, line: &str) -> Result<Record, serde_json::Error> {
        let mut line: Value = serde_json::from_str(line)?;
        if let Some(place) = manifest(&mut line)
            && let Some(hash) = place.get("text").and_then(Value::as_str)
        {
            *place = self.0.get(hash).cloned().into();
        }
        serde_json::from_value(line)
    }
}

/// The place of the manifest in a record that has one.
fn manifest(line: &mut Value) -> Option<&mut Value> {
    let input = line.get_mut("Input")?.get_mut("input")?.as_object_mut()?;
    input.values_mut().next()?.get_mut("manifest")
}

fn hash(text: &str) -> String {
    let mut hasher = SipHasher13::new();
    hasher.write(text.as_bytes());
    format!("{:032x}", hasher.finish128().as_u128())
}

#[cfg(test)]
mod tests {
    use podarium::cluster::{Input, SimTime};

    use super::*;

    #[test]
    fn a_long_manifest_is_set_aside_and_comes_back() {
        let manifest = "kind: Pod # a long one\n".repeat(40);
        let input = Input::Apply {
            manifest: manifest.as_str().into(),
        };
        let record = Record::Input {
            at: SimTime(7),
            after_events: 3,
            input,
        };
        let (line, texts) = set_aside(&record);
        assert!(line.len() < 200, "{line}");
        let known = Known(texts.into_iter().collect());
        assert_eq!(known.put_back(&line).ok(), Some(record));
    }
}
