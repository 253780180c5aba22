//! Reading fields of objects by their path: what is missing or null counts as Go's zero value, as it
//! does in the structs that kubectl's printers read. Ours.

use crate::api::Value;
use crate::cluster::SimTime;
use crate::manifest::number::go_json;

/// Reads of a value by a path such as `spec.template.spec`.
pub trait Look {
    /// What is there, unless it is null.
    fn look(&self, path: &str) -> Option<&Value>;
    /// The text there, else empty.
    fn text(&self, path: &str) -> &str;
    /// The number there, else 0.
    fn int(&self, path: &str) -> i64;
    /// The items there, else none.
    fn list(&self, path: &str) -> &[Value];
    /// Is it true?
    fn truth(&self, path: &str) -> bool;
    /// Go's `%v` of a scalar there, else empty.
    fn print(&self, path: &str) -> String;
    /// The moment there.
    fn time(&self, path: &str) -> Option<SimTime>;
    /// Texts of a map there, in the order of their names.
    fn texts(&self, path: &str) -> Vec<(&str, &str)>;
}

impl Look for Value {
    fn look(&self, path: &str) -> Option<&Value> {
        let mut steps = path.split('.').filter(|step| !step.is_empty());
        let found = steps.try_fold(self, |value, step| value.get(step))?;
        (*found != Value::Null).then_some(found)
    }

    fn text(&self, path: &str) -> &str {
        self.look(path).and_then(Value::as_str).unwrap_or_default()
    }

    fn int(&self, path: &str) -> i64 {
        self.look(path).and_then(Value::as_i64).unwrap_or_default()
    }

    fn list(&self, path: &str) -> &[Value] {
        self.look(path).map_or(&[], Value::items)
    }

    fn truth(&self, path: &str) -> bool {
        self.look(path).and_then(Value::as_bool).unwrap_or_default()
    }

    fn print(&self, path: &str) -> String {
        self.look(path).map(scalar).unwrap_or_default()
    }

    fn time(&self, path: &str) -> Option<SimTime> {
        SimTime::parse_rfc3339(self.text(path))
    }

    fn texts(&self, path: &str) -> Vec<(&str, &str)> {
        let fields = self.look(path).and_then(Value::as_map);
        let fields = fields.into_iter().flat_map(|fields| fields.iter());
        fields
            .map(|(name, value)| (&**name, value.as_str().unwrap_or_default()))
            .collect()
    }
}

/// Go's `%v` of a text, number or truth value; empty for anything else.
pub fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => go_json(*number),
        Value::Bool(truth) => truth.to_string(),
        _ => String::new(),
    }
}

/// `text`, or `otherwise` where it is empty.
pub fn or<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.is_empty() { otherwise } else { text }
}

/// Texts of a list, or of one field of its items, joined.
pub fn joined(items: &[Value], field: &str, separator: &str) -> String {
    let texts: Vec<&str> = items.iter().map(|item| item.text(field)).collect();
    texts.join(separator)
}

/// `True`, `False`. Models `printBool`.
pub fn capital(truth: bool) -> &'static str {
    if truth { "True" } else { "False" }
}

/// The reference that manages an object. Models `metav1.GetControllerOf`.
pub fn controller(object: &Value) -> Option<&Value> {
    let owners = object.list("metadata.ownerReferences");
    owners.iter().find(|owner| owner.truth("controller"))
}

/// The condition of this type.
pub fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    let conditions = object.list("status.conditions");
    conditions
        .iter()
        .find(|condition| condition.text("type") == kind)
}

#[cfg(test)]
mod tests {
    use super::Look;
    use crate::api::Value;
    use crate::fields;

    #[test]
    fn what_is_missing_or_null_is_the_zero_value() {
        let value = fields! { "a" => fields! { "b" => "x", "n" => 3, "nothing" => Value::Null } };
        assert_eq!((value.text("a.b"), value.int("a.n")), ("x", 3));
        assert_eq!((value.text("a.c"), value.int("a.b")), ("", 0));
        assert!(value.look("a.nothing").is_none());
        assert_eq!(value.print("a.n"), "3");
    }
}
