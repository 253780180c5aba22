//! Python's notions that the reference judge relies on: `==` of JSON values, `or`, `str.split`,
//! `json.dumps(…, sort_keys=True)`, regular expressions with a look behind.

use fancy_regex::Regex;
use serde_json::{Map, Value as Json, json};

/// `a == b`: numbers by their amount, truth values as 0 and 1, whatever their type.
pub(super) fn equal(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            let same =
                |(name, value): (&String, &Json)| b.get(name).is_some_and(|b| equal(value, b));
            a.len() == b.len() && a.iter().all(same)
        }
        (Json::Number(_) | Json::Bool(_), Json::Number(_) | Json::Bool(_)) => {
            match (whole(a), whole(b)) {
                (Some(a), Some(b)) => a == b,
                _ => real(a) == real(b),
            }
        }
        _ => a == b,
    }
}

fn whole(value: &Json) -> Option<i128> {
    match value {
        Json::Bool(truth) => Some(i128::from(*truth)),
        _ => (value.as_i64().map(i128::from)).or_else(|| value.as_u64().map(i128::from)),
    }
}

/// The number as a float; truth values are 0 and 1.
pub(super) fn real(value: &Json) -> f64 {
    match value {
        Json::Bool(truth) => f64::from(u8::from(*truth)),
        _ => value.as_f64().unwrap_or(f64::NAN),
    }
}

/// `value.get(name)`: null where it is not there.
pub(super) fn get<'a>(value: &'a Json, name: &str) -> &'a Json {
    value.get(name).unwrap_or(&Json::Null)
}

/// `bool(value)`
pub(super) fn is_true(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Bool(_) | Json::Number(_) => real(value) != 0.0,
        Json::String(text) => !text.is_empty(),
        Json::Array(items) => !items.is_empty(),
        Json::Object(fields) => !fields.is_empty(),
    }
}

/// `value or []`
pub(super) fn or_list(value: &Json) -> Json {
    if is_true(value) {
        value.clone()
    } else {
        json!([])
    }
}

/// `value or ""`, of a text.
pub(super) fn or_text(value: &Json) -> &str {
    value.as_str().unwrap_or_default()
}

/// The items of a list; none of anything else.
pub(super) fn items(value: &Json) -> &[Json] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// `json.dumps(value, sort_keys=True)`, up to blanks and escapes: equal texts mean equal texts there.
pub(super) fn dumps(value: &Json) -> String {
    value.to_string()
}

/// `text.split()`, joined by one blank.
pub(super) fn collapsed(text: &str) -> String {
    let is_blank = |c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c);
    let words: Vec<&str> = text
        .split(is_blank)
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

/// The value without the keys in `ignored`, at any depth.
pub(super) fn strip(value: &Json, ignored: &[&str]) -> Json {
    match value {
        Json::Object(fields) => fields
            .iter()
            .filter(|(name, _)| !ignored.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), strip(value, ignored)))
            .collect::<Map<_, _>>()
            .into(),
        Json::Array(items) => items.iter().map(|item| strip(item, ignored)).collect(),
        _ => value.clone(),
    }
}

/// A regular expression of the reference judge's.
pub(super) fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the judge's own expressions are well formed")
}

/// `re.search(pattern, text)`
pub(super) fn search(pattern: &Regex, text: &str) -> bool {
    pattern.is_match(text).unwrap_or(false)
}

/// How often each value is there; a bag. Models `collections.Counter`.
pub(super) fn bag(values: impl IntoIterator<Item = String>) -> Json {
    let mut counts = Map::new();
    for value in values {
        let count = counts.entry(value).or_insert(json!(0));
        *count = json!(count.as_u64().unwrap_or_default() + 1);
    }
    Json::Object(counts)
}
