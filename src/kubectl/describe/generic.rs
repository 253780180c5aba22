//! Anything without a description of its own: all fields, in words. Models `genericDescriber`.

use super::page::Page;
use crate::api::Value;
use crate::kubectl::go_map;

/// Fields that the head has told already.
const SKIPPED: [&str; 5] = [
    ".metadata.managedFields",
    ".metadata.name",
    ".metadata.namespace",
    ".metadata.labels",
    ".metadata.annotations",
];

/// The whole object.
pub fn generic(page: &mut Page, object: &Value) {
    page.head(object);
    content(page, 0, object, "");
}

fn content(page: &mut Page, level: usize, value: &Value, path: &str) {
    let Some(fields) = value.as_map() else {
        return;
    };
    for (name, value) in fields.iter() {
        let path = [path, ".", name].concat();
        if SKIPPED.contains(&&*path) {
            continue;
        }
        let label = label(name);
        match value {
            Value::Map(_) => {
                page.line(level, &[&label, ":"].concat());
                content(page, level + 1, value, &path);
            }
            Value::List(items) => {
                page.line(level, &[&label, ":"].concat());
                for item in items.iter() {
                    match item {
                        Value::Map(_) => content(page, level + 1, item, &path),
                        other => page.line(level + 1, &go_map::dump(other)),
                    }
                }
            }
            other => page.field(level, &label, &go_map::dump(other)),
        }
    }
}

/// `Creation Timestamp` of `creationTimestamp`. Models `smartLabelFor`.
fn label(name: &str) -> String {
    if !name.chars().all(|c| c.is_alphabetic() || c == '-') {
        return name.into();
    }
    let words = words(name).into_iter().map(|word| {
        let upper = word.to_uppercase();
        if ["API", "URL", "UID", "GUID"].contains(&&*upper) {
            return upper;
        }
        if word.to_lowercase() != word {
            return word;
        }
        let mut chars = word.chars();
        let first = chars.next().map(|first| first.to_uppercase().to_string());
        first.unwrap_or_default() + chars.as_str()
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Words of a name in camel case; an acronym keeps the word behind it (`podIPs` is `pod IPs`).
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let chars: Vec<char> = name.chars().collect();
    for (at, c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| chars[at]);
        let begins = match before {
            None => true,
            Some(before) if c.is_uppercase() => {
                let ends_acronym = before.is_uppercase()
                    && chars.get(at + 1).is_some_and(|next| next.is_lowercase());
                !before.is_uppercase() || ends_acronym
            }
            Some(before) => (before == '-') != (*c == '-'),
        };
        match words.last_mut() {
            Some(word) if !begins => word.push(*c),
            _ => words.push(c.to_string()),
        }
    }
    let mut merged: Vec<String> = Vec::new();
    let mut is_acronym = false;
    for word in words {
        let begins_upper = word.starts_with(char::is_uppercase);
        match merged.last_mut() {
            Some(last) if is_acronym && begins_upper => {
                last.push_str(&word);
                is_acronym = false;
            }
            _ => {
                is_acronym = word.len() > 1 && word.chars().all(|c| !c.is_lowercase());
                merged.push(word);
            }
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn names_of_fields_become_words() {
        for (name, expected) in [
            ("creationTimestamp", "Creation Timestamp"),
            ("uid", "UID"),
            ("apiVersion", "API Version"),
            ("podIPs", "Pod I Ps"),
            ("kind", "Kind"),
            ("a.b", "a.b"),
        ] {
            assert_eq!(label(name), expected);
        }
    }
}
