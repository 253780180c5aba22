//! The tree that every object is: what JSON can say, with shared subtrees.
//! Models `unstructured.Unstructured` of apimachinery. Left out: nothing of JSON; integers beyond
//! 64 bits become floats, as in Go's decoder.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::collections::Named;

/// Fields of a map in the order of their names: the order in which kubectl prints them.
pub type Fields = Named<Value>;

/// A JSON value. Cloning is cheap: lists and maps are shared until one of the sharers writes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub enum Value {
    /// `null`, which for almost every field means "not there".
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    String(Rc<str>),
    /// `[…]`
    List(Rc<Vec<Value>>),
    /// `{…}`
    Map(Rc<Fields>),
}

/// By content. What is shared is not looked into: most of two versions of an object is.
impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a == b,
            (Value::String(a), Value::String(b)) => a == b,
            (Value::List(a), Value::List(b)) => Rc::ptr_eq(a, b) || a == b,
            (Value::Map(a), Value::Map(b)) => Rc::ptr_eq(a, b) || a == b,
            _ => false,
        }
    }
}

impl Value {
    /// `{}`
    pub fn map() -> Self {
        Value::Map(Rc::default())
    }

    /// Is it a map, list or text with nothing in it, or null? (Go's `omitempty`.)
    pub fn is_empty(&self) -> bool {
        match self {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::List(items) => items.is_empty(),
            Value::Map(fields) => fields.is_empty(),
            Value::Bool(_) | Value::Int(_) | Value::Float(_) => false,
        }
    }

    /// The text, if it is text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, if it is one.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// The truth value, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The items; empty if it is no list.
    pub fn items(&self) -> &[Value] {
        match self {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The fields, if it is a map.
    pub fn as_map(&self) -> Option<&Fields> {
        match self {
            Value::Map(fields) => Some(fields),
            _ => None,
        }
    }

    /// The field `name`, if it is a map and has one.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.as_map()?.get(name)
    }

    /// What is found by going down `path`, field by field.
    pub fn at(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(self, |value, name| value.get(name))
    }

    /// The text found by going down `path`; empty if there is none.
    pub fn text_at(&self, path: &[&str]) -> &str {
        self.at(path).and_then(Value::as_str).unwrap_or_default()
    }

    /// The fields for writing; anything that is no map becomes an empty one first.
    pub fn fields_mut(&mut self) -> &mut Fields {
        if !matches!(self, Value::Map(_)) {
            *self = Value::map();
        }
        match self {
            Value::Map(fields) => Rc::make_mut(fields),
            _ => unreachable!("made a map above"),
        }
    }

    /// The items for writing; anything that is no list becomes an empty one first.
    pub fn items_mut(&mut self) -> &mut Vec<Value> {
        if !matches!(self, Value::List(_)) {
            *self = Value::List(Rc::default());
        }
        match self {
            Value::List(items) => Rc::make_mut(items),
            _ => unreachable!("made a list above"),
        }
    }

    /// The place `path` for writing; maps are made on the way.
    pub fn at_mut(&mut self, path: &[&str]) -> &mut Value {
        path.iter()
            .fold(self, |value, name| value.fields_mut().or_default(name))
    }

    /// Writes `value` at `path`; maps are made on the way.
    pub fn set(&mut self, path: &[&str], value: impl Into<Value>) {
        *self.at_mut(path) = value.into();
    }

    /// Takes away what is at `path`, if it is there.
    pub fn remove(&mut self, path: &[&str]) -> Option<Value> {
        let (last, parents) = path.split_last()?;
        self.at(parents)?.get(last)?;
        self.at_mut(parents).fields_mut().remove(last)
    }

    /// Takes over from `like` every part that is the same there, so that both share it.
    pub fn share(&mut self, like: &Value) {
        match (&mut *self, like) {
            (Value::String(own), Value::String(other)) if own == other => *own = other.clone(),
            (Value::List(own), Value::List(other)) => {
                let items = Rc::make_mut(own);
                for (item, like) in items.iter_mut().zip(other.iter()) {
                    item.share(like);
                }
                let is_same = |(a, b): (&Value, &Value)| a.is_same_as(b);
                if items.len() == other.len() && items.iter().zip(other.iter()).all(is_same) {
                    *own = other.clone();
                }
            }
            (Value::Map(own), Value::Map(other)) => {
                let fields = Rc::make_mut(own);
                fields.share_names(other);
                let mut is_same = fields.len() == other.len();
                for (name, value) in fields.iter_mut() {
                    match other.get(name) {
                        Some(like) => {
                            value.share(like);
                            is_same &= value.is_same_as(like);
                        }
                        None => is_same = false,
                    }
                }
                if is_same {
                    *own = other.clone();
                }
            }
            _ => {}
        }
    }

    /// Is it the same in memory too, or else without any memory of its own?
    fn is_same_as(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::String(a), Value::String(b)) => Rc::ptr_eq(a, b),
            (Value::List(a), Value::List(b)) => Rc::ptr_eq(a, b),
            (Value::Map(a), Value::Map(b)) => Rc::ptr_eq(a, b),
            _ => self == other,
        }
    }

    /// The same value as `serde_json` has it.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Value::Null => Json::Null,
            Value::Bool(truth) => Json::Bool(*truth),
            Value::Int(number) => Json::from(*number),
            Value::Float(number) => Json::from(*number),
            Value::String(text) => Json::String(text.to_string()),
            Value::List(items) => Json::Array(items.iter().map(Value::to_json).collect()),
            Value::Map(fields) => Json::Object(
                fields
                    .iter()
                    .map(|(name, value)| (name.to_string(), value.to_json()))
                    .collect(),
            ),
        }
    }

    /// The value that `serde_json` has.
    pub fn from_json(json: &serde_json::Value) -> Self {
        use serde_json::Value as Json;
        match json {
            Json::Null => Value::Null,
            Json::Bool(truth) => Value::Bool(*truth),
            Json::Number(number) => match number.as_i64() {
                Some(whole) => Value::Int(whole),
                None => Value::Float(number.as_f64().unwrap_or_default()),
            },
            Json::String(text) => Value::from(text.as_str()),
            Json::Array(items) => items.iter().map(Value::from_json).collect(),
            Json::Object(fields) => fields
                .iter()
                .map(|(name, value)| (Rc::from(name.as_str()), Value::from_json(value)))
                .collect(),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::String(Rc::from(text))
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::String(Rc::from(text))
    }
}
impl From<Rc<str>> for Value {
    fn from(text: Rc<str>) -> Self {
        Value::String(text)
    }
}
impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Value::Bool(truth)
    }
}
impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Int(number)
    }
}
impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Value::Int(number.into())
    }
}
impl FromIterator<Value> for Value {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Self {
        Value::List(Rc::new(items.into_iter().collect()))
    }
}
impl FromIterator<(Rc<str>, Value)> for Value {
    fn from_iter<I: IntoIterator<Item = (Rc<str>, Value)>>(fields: I) -> Self {
        let mut map = Fields::new();
        // One by one: std sorts what it collects, by code of its own for each source.
        for (name, value) in fields {
            map.insert(name, value);
        }
        Value::Map(Rc::new(map))
    }
}

impl Value {
    /// A map of these fields, which are taken; for [`fields!`](crate::fields).
    pub fn of_fields(fields: &mut [(&str, Value)]) -> Value {
        let taken = fields.iter_mut();
        taken
            .map(|(name, value)| (Rc::from(*name), std::mem::take(value)))
            .collect()
    }
}

/// A map value from `"name" => value` pairs, for code that writes statuses and events.
#[macro_export]
macro_rules! fields {
    ($($name:expr => $value:expr),* $(,)?) => {{
        $crate::api::Value::of_fields(&mut [$(($name, $crate::api::Value::from($value))),*])
    }};
}

#[cfg(test)]
mod tests {
    use super::Value;

    #[test]
    fn a_clone_does_not_see_what_is_written_afterwards() {
        let mut first = fields! { "metadata" => fields! { "name" => "hello-pod" } };
        let second = first.clone();
        first.set(&["metadata", "name"], "other");
        assert_eq!(second.text_at(&["metadata", "name"]), "hello-pod");
        assert_eq!(first.text_at(&["metadata", "name"]), "other");
    }

    #[test]
    fn removing_what_is_not_there_makes_nothing() {
        let mut value = Value::map();
        assert_eq!(value.remove(&["status", "phase"]), None);
        assert!(value.is_empty());
    }
}
