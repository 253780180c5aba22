//! `kubectl apply --server-side`: the object as written is sent, the server merges. Models the apply
//! patch of `k8s.io/apiserver` and the checks of `structured-merge-diff`. Left out: managed fields, so
//! that nothing is ever taken away and nobody conflicts.

use super::apply::{LAST_APPLIED, remember};
use super::builder::Info;
use super::error::Error;
use super::go_map;
use super::session::Session;
use super::three_way;
use crate::api::Value;
use crate::api::schema::{Field, Shape, TypeId};
use crate::cluster::api_server::Status;
use crate::manifest::number::go_json;
use crate::manifest::stream::quoted;

/// Applies one object, and prints what became of it.
pub(super) fn apply(session: &mut Session<'_, '_>, info: &Info) -> Result<(), Error> {
    let current = session.client.get(session.cx.world(), info)?;
    let mut wrong = Vec::new();
    check(&info.value, info.kind.of(), None, "", &mut wrong);
    if !wrong.is_empty() {
        return Err(refused(info, &wrong));
    }
    let applied = match current {
        None => session
            .client
            .create(session.cx.world(), info, &info.value)?,
        Some(current) => {
            let mut written = info.value.clone();
            if current.meta.annotations.contains_key(LAST_APPLIED) {
                remember(&mut written);
            }
            let of = Some(info.kind.of());
            let merged = three_way::merge(&Value::Null, &written, &current.value, of);
            session.client.replace(session.cx.world(), info, &merged)?
        }
    };
    session.cx.warn_once(&applied.warnings);
    session.print(&applied.object.value, "serverside-applied");
    Ok(())
}

/// The server fails on a body that it can't type: no refusal with a reason.
fn refused(info: &Info, wrong: &[String]) -> Error {
    let place = match info.namespace.as_str() {
        "" => info.name.clone(),
        namespace => format!("{namespace}/{}", info.name),
    };
    let (group, version) = (info.kind.group(), info.kind.version());
    let wrong = match wrong {
        [one] => one.clone(),
        several => format!("errors:\n  {}", several.join("\n  ")),
    };
    let message = format!(
        "failed to create typed patch object ({place}; {group}/{version}, Kind={}): {wrong}",
        info.kind.kind()
    );
    Error::from(Status {
        code: 500,
        reason: "",
        message,
    })
}

/// Holds a value against its type. Models `structured-merge-diff/typed/validate.go`.
fn check(value: &Value, of: TypeId, field: Option<Field>, path: &str, wrong: &mut Vec<String>) {
    match (of.shape(), value) {
        (_, Value::Null) | (Shape::Any | Shape::IntOrString | Shape::Quantity, _) => {}
        (Shape::Struct, Value::Map(fields)) => {
            for (name, value) in fields.iter() {
                let path = format!("{path}.{name}");
                match of.field(name) {
                    Some(field) => check(value, field.of(), Some(field), &path, wrong),
                    None => wrong.push(format!("{path}: field not declared in schema")),
                }
            }
        }
        (Shape::Map, Value::Map(fields)) => {
            for (name, value) in fields.iter() {
                of.item()
                    .inspect(|item| check(value, *item, None, &format!("{path}.{name}"), wrong));
            }
        }
        (Shape::List, Value::List(items)) => {
            let Some(item_type) = of.item() else { return };
            for (i, item) in items.iter().enumerate() {
                let path = format!("{path}{}", place(item, i, item_type, field));
                check(item, item_type, None, &path, wrong);
            }
        }
        (shape, value) => wrong.extend(mismatch(shape, value, path)),
    }
}

fn mismatch(shape: Shape, value: &Value, path: &str) -> Option<String> {
    let (got, expected) = match (shape, value) {
        (Shape::Struct | Shape::Map, _) => (format!("&{{{}}}", go_map::dump(value)), "map"),
        (Shape::List, _) => (format!("&{{{}}}", go_map::dump(value)), "list"),
        (Shape::Int32 | Shape::Int64 | Shape::Number, Value::Int(_) | Value::Float(_)) => {
            return None;
        }
        (Shape::Int32 | Shape::Int64 | Shape::Number, _) => {
            (go_type(value).to_string(), "numeric (int or float)")
        }
        (Shape::Bool, Value::Bool(_)) => return None,
        (Shape::Bool, _) => (format!("&{{{}}}", go_map::dump(value)), "boolean"),
        (_, Value::String(_)) => return None,
        _ => {
            let inside = go_map::dump(value);
            (
                format!("&value.valueUnstructured{{Value:{inside}}}"),
                "string",
            )
        }
    };
    Some(format!("{path}: expected {expected}, got {got}"))
}

/// `%T` of a value.
fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int64",
        Value::Float(_) => "float64",
        Value::String(_) => "string",
        Value::List(_) => "[]interface {}",
        Value::Map(_) => "map[string]interface {}",
    }
}

/// How an item is named in a path: `[name="app"]`, `[="a"]`, `[0]`.
fn place(item: &Value, number: usize, of: TypeId, field: Option<Field>) -> String {
    match field.map(Field::list_type) {
        Some("map") => {
            let keys = field.into_iter().flat_map(Field::map_keys);
            let named: Vec<String> = keys.filter_map(|key| named(item, of, key)).collect();
            format!("[{}]", named.join(","))
        }
        Some("set") => format!("[={}]", literal(item)),
        _ => format!("[{number}]"),
    }
}

fn named(item: &Value, of: TypeId, key: &str) -> Option<String> {
    if let Some(value) = item.get(key) {
        return Some(format!("{key}={}", literal(value)));
    }
    let default = of.field(key)?.default();
    (!default.is_empty()).then(|| format!("{key}={default}"))
}

fn literal(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Float(number) => go_json(*number),
        other => other.to_json().to_string(),
    }
}
