//! `kubectl patch`: a strategic merge patch of an object, or through a Pod's subresource. Models
//! `k8s.io/kubectl/pkg/cmd/patch` and `StrategicMergePatch` of `apimachinery/pkg/util/strategicpatch`.
//! Left out: `$patch` and its like, other types of patches.

use super::apply::{called, type_of, without_nulls};
use crate::api::schema::{Shape, TypeId};
use crate::api::{ObjectKey, Value, validation};
use crate::cluster::api_server::Status;
use crate::cluster::pod_subresources::Subresource;
use crate::cluster::{Actor, World};
use crate::manifest::stream::Stream;

/// Patches an object; the line that kubectl prints.
///
/// # Errors
/// What kubectl prints instead.
pub fn patch(
    world: &mut World,
    key: &ObjectKey,
    subresource: &str,
    text: &str,
) -> Result<String, String> {
    let patch = match Stream::of(text).next_document(text) {
        Some(Ok(document)) => document.root.value.clone(),
        Some(Err(problem)) => {
            return Err(format!(
                "error: unable to parse {text:?}: {}",
                problem.message
            ));
        }
        None => Value::map(),
    };
    let resource = validation::resource(key);
    let Some(current) = world.store.get(key).cloned() else {
        return Err(Status::not_found(&resource, &key.name).to_string());
    };
    let merged = merge(&current.value, &patch, type_of(&current.value));
    let merged = without_nulls(&merged);
    let written =
        match (subresource, Subresource::parse(subresource)) {
            ("", _) => world.update(Actor::You, merged),
            (_, Some(subresource)) if &*key.kind == "Pod" => {
                world.update_subresource(Actor::You, subresource, merged)
            }
            _ => return Err(
                "Error from server (NotFound): the server could not find the requested resource"
                    .into(),
            ),
        };
    let written = written.map_err(|status| status.to_string())?;
    let is_news = written.value != current.value;
    let suffix = if is_news { "" } else { " (no change)" };
    Ok(format!("{} patched{suffix}", called(key)))
}

/// `current` with what `patch` says. Items of merged lists are told apart by their key: those that
/// are there stay where they are, new ones come first. Without a type, lists are replaced.
pub fn merge(current: &Value, patch: &Value, of: Option<TypeId>) -> Value {
    let (Value::Map(_), Value::Map(wanted)) = (current, patch) else {
        return patch.clone();
    };
    let mut merged = current.clone();
    for (name, value) in wanted.iter() {
        let field = of.and_then(|of| of.field(name));
        let inner = match field {
            Some(field) => Some(field.of()),
            // The values of a map with free keys.
            None => of.and_then(TypeId::item),
        };
        let there = current.get(name).cloned().unwrap_or_default();
        let now = match (value, field) {
            (Value::List(_), Some(field)) if field.is_merged() => {
                merge_list(&there, value, field.merge_key(), inner)
            }
            _ => merge(&there, value, inner),
        };
        merged.fields_mut().insert(name.clone(), now);
    }
    merged
}

fn merge_list(current: &Value, patch: &Value, key: &str, of: Option<TypeId>) -> Value {
    let item = of.and_then(TypeId::item);
    let is_struct = item.is_some_and(|item| item.shape() == Shape::Struct);
    let same = |a: &Value, b: &Value| match is_struct {
        true => a.get(key).is_some() && a.get(key) == b.get(key),
        false => a == b,
    };
    let mut all: Vec<Value> = current.items().to_vec();
    let mut new = Vec::new();
    for wanted in patch.items() {
        match all.iter_mut().find(|there| same(there, wanted)) {
            Some(there) => *there = merge(there, wanted, item),
            None => new.push(wanted.clone()),
        }
    }
    new.into_iter().chain(all).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::schema;

    #[test]
    fn what_is_there_keeps_its_place_and_what_is_new_comes_first() {
        let value = |json: &str| Value::from_json(&serde_json::from_str(json).expect("our own"));
        let of = schema::kind("v1", "Pod").map(|kind| kind.of());
        let merged = merge(
            &value(r#"{"spec": {"containers": [{"name": "a", "image": "x"}, {"name": "b"}]}}"#),
            &value(r#"{"spec": {"containers": [{"name": "c"}, {"name": "a", "image": "y"}]}}"#),
            of,
        );
        let expected = r#"{"spec": {"containers": [{"name": "c"}, {"name": "a", "image": "y"}, {"name": "b"}]}}"#;
        assert_eq!(merged, value(expected));
    }
}
