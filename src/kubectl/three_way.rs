//! The three-way merge of `kubectl apply`: what was applied last, what is applied now, what is there.
//! Models `CreateThreeWayMergePatch` of `apimachinery/pkg/util/strategicpatch` and its application,
//! in one step. Left out: `$patch` and `$setElementOrder` directives, which nobody sees here.

use crate::api::Value;
use crate::api::schema::{Field, Shape, TypeId};

/// `current` with what `modified` says and without what `original` said and `modified` doesn't.
/// `of` is the objects' type; without one, lists are replaced whole.
pub fn merge(original: &Value, modified: &Value, current: &Value, of: Option<TypeId>) -> Value {
    let (Value::Map(wanted), Value::Map(_)) = (modified, current) else {
        return modified.clone();
    };
    let mut merged = current.clone();
    for (name, value) in wanted.iter() {
        let field = of.and_then(|of| of.field(name));
        let before = original.get(name).unwrap_or(&Value::Null);
        let now = match current.get(name) {
            Some(there) => merge_field(before, value, there, of, field),
            None => value.clone(),
        };
        merged.fields_mut().insert(name.clone(), now);
    }
    if let Value::Map(applied) = original {
        let given_up = applied.keys().filter(|name| !wanted.contains_key(name));
        for name in given_up {
            merged.fields_mut().remove(name);
        }
    }
    merged
}

fn merge_field(
    original: &Value,
    modified: &Value,
    current: &Value,
    of: Option<TypeId>,
    field: Option<Field>,
) -> Value {
    let inner = match field {
        Some(field) => Some(field.of()),
        // The values of a map with free keys.
        None => of.and_then(TypeId::item),
    };
    match (modified, field) {
        (Value::Map(_), Some(field)) if field.retains_keys() => {
            let merged = merge(original, modified, current, inner);
            keep_only(merged, modified)
        }
        (Value::Map(_), _) => merge(original, modified, current, inner),
        (Value::List(_), Some(field)) if field.is_merged() => {
            merge_list(original, modified, current, field)
        }
        _ => modified.clone(),
    }
}

fn keep_only(merged: Value, modified: &Value) -> Value {
    let Value::Map(fields) = merged else {
        return merged;
    };
    fields
        .iter()
        .filter(|(name, _)| modified.get(name).is_some())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Items are told apart by their merge key, plain values by themselves. What is applied keeps its
/// order; what others have added stays behind it.
fn merge_list(original: &Value, modified: &Value, current: &Value, field: Field) -> Value {
    let item = field.of().item();
    let is_struct = item.is_some_and(|item| item.shape() == Shape::Struct);
    let key = field.merge_key();
    let same = |a: &Value, b: &Value| {
        if is_struct {
            a.get(key).is_some() && a.get(key) == b.get(key)
        } else {
            a == b
        }
    };
    let find =
        |list: &Value, wanted: &Value| list.items().iter().find(|item| same(item, wanted)).cloned();
    let mut merged: Vec<Value> = Vec::new();
    for wanted in modified.items() {
        let before = find(original, wanted).unwrap_or_default();
        merged.push(match find(current, wanted) {
            Some(there) if is_struct => merge(&before, wanted, &there, item),
            _ => wanted.clone(),
        });
    }
    for there in current.items() {
        if find(modified, there).is_none() && find(original, there).is_none() {
            merged.push(there.clone());
        }
    }
    merged.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::schema;

    fn value(json: &str) -> Value {
        Value::from_json(&serde_json::from_str(json).expect("the test's own text"))
    }

    #[test]
    fn what_was_applied_before_and_is_not_any_more_goes_and_what_others_added_stays() {
        let of = schema::kind("v1", "Pod").map(|kind| kind.of());
        let merged = merge(
            &value(r#"{"metadata": {"labels": {"a": "1", "b": "2"}}}"#),
            &value(r#"{"metadata": {"labels": {"a": "3"}}}"#),
            &value(r#"{"metadata": {"labels": {"a": "1", "b": "2", "c": "4"}, "uid": "u"}}"#),
            of,
        );
        assert_eq!(
            merged,
            value(r#"{"metadata": {"labels": {"a": "3", "c": "4"}, "uid": "u"}}"#)
        );
    }

    #[test]
    fn items_are_told_apart_by_their_merge_key() {
        let of = schema::kind("v1", "Pod").map(|kind| kind.of());
        let merged = merge(
            &value(
                r#"{"spec": {"containers": [{"name": "a", "image": "x"}, {"name": "gone", "image": "y"}]}}"#,
            ),
            &value(r#"{"spec": {"containers": [{"name": "a", "image": "z"}]}}"#),
            &value(
                r#"{"spec": {"containers": [{"name": "gone", "image": "y"}, {"name": "a", "image": "x", "imagePullPolicy": "Always"}, {"name": "injected", "image": "i"}]}}"#,
            ),
            of,
        );
        assert_eq!(
            merged,
            value(
                r#"{"spec": {"containers": [{"name": "a", "image": "z", "imagePullPolicy": "Always"}, {"name": "injected", "image": "i"}]}}"#
            )
        );
    }
}
