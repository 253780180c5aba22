//! JSON patches (RFC 6902). Models `gopkg.in/evanphx/json-patch.v4`.

use crate::api::Value;
use std::rc::Rc;

/// What the operations make of a value.
///
/// # Errors
/// The library's sentence.
pub fn apply(value: &Value, operations: &Value) -> Result<Value, String> {
    let mut value = value.clone();
    for operation in operations.items() {
        let text = |field: &str| operation.text_at(&[field]);
        let (path, from) = (text("path"), text("from"));
        let given = operation.get("value").cloned().unwrap_or_default();
        match text("op") {
            "add" => add(&mut value, path, given)?,
            "remove" => drop(take(&mut value, path, "remove")?),
            "replace" => {
                find(&value, path).ok_or_else(|| missing("replace", path))?;
                take(&mut value, path, "replace")?;
                add(&mut value, path, given)?;
            }
            "move" => {
                let taken = take(&mut value, from, "move")?;
                add(&mut value, path, taken)?;
            }
            "copy" => {
                let found = find(&value, from).cloned();
                let found = found.ok_or_else(|| missing("copy", from))?;
                add(&mut value, path, found)?;
            }
            "test" => {
                let found = find(&value, path).cloned().unwrap_or_default();
                if found != given {
                    return Err(format!("testing value {path} failed"));
                }
            }
            other => return Err(format!("Unexpected kind: {other}")),
        }
    }
    Ok(value)
}

fn missing(operation: &str, path: &str) -> String {
    format!("{operation} operation does not apply: doc is missing key: {path}: missing value")
}

fn steps(path: &str) -> Vec<String> {
    let steps = path.split('/').skip(1);
    steps
        .map(|step| step.replace("~1", "/").replace("~0", "~"))
        .collect()
}

fn find<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    steps(path)
        .iter()
        .try_fold(value, |value, step| match value {
            Value::List(items) => items.get(step.parse::<usize>().ok()?),
            value => value.get(step),
        })
}

/// The place that holds the last step.
fn parent<'v>(value: &'v mut Value, steps: &[String]) -> Option<&'v mut Value> {
    let mut at = value;
    for step in steps {
        at = match at {
            Value::List(items) => Rc::make_mut(items).get_mut(step.parse::<usize>().ok()?)?,
            Value::Map(_) => {
                at.get(step)?;
                at.at_mut(&[step])
            }
            _ => return None,
        };
    }
    Some(at)
}

fn add(value: &mut Value, path: &str, new: Value) -> Result<(), String> {
    let steps = steps(path);
    let Some((last, before)) = steps.split_last() else {
        *value = new;
        return Ok(());
    };
    let missing =
        || format!("add operation does not apply: doc is missing path: \"{path}\": missing value");
    match parent(value, before).ok_or_else(missing)? {
        Value::List(items) => {
            let items = Rc::make_mut(items);
            let at = match last.as_str() {
                "-" => items.len(),
                last => last.parse::<usize>().map_err(|_| missing())?,
            };
            if at > items.len() {
                return Err(format!(
                    "add operation does not apply: doc is missing path: \"{path}\": Unable to \
                     access invalid index: {at}: invalid index referenced"
                ));
            }
            items.insert(at, new);
        }
        place @ Value::Map(_) => place.set(&[last], new),
        _ => return Err(missing()),
    }
    Ok(())
}

fn take(value: &mut Value, path: &str, operation: &str) -> Result<Value, String> {
    let missing = || match operation {
        "remove" => format!(
            "remove operation does not apply: doc is missing path: \"{path}\": missing value"
        ),
        operation => missing(operation, path),
    };
    let steps = steps(path);
    let (last, before) = steps.split_last().ok_or_else(missing)?;
    match parent(value, before).ok_or_else(missing)? {
        Value::List(items) => {
            let at = last.parse::<usize>().map_err(|_| missing())?;
            let items = Rc::make_mut(items);
            match at < items.len() {
                true => Ok(items.remove(at)),
                false => Err(missing()),
            }
        }
        place => place.remove(&[last]).ok_or_else(missing),
    }
}

#[cfg(test)]
mod tests {
    use super::apply;
    use crate::api::Value;

    fn value(json: &str) -> Value {
        Value::from_json(&serde_json::from_str(json).expect("our own"))
    }

    #[test]
    fn operations_are_done_one_after_the_other() {
        let before = value(r#"{"a": {"b": [1, 2]}, "c/d": 3}"#);
        let operations = value(
            r#"[{"op": "add", "path": "/a/b/-", "value": 9}, {"op": "remove", "path": "/a/b/0"},
                {"op": "replace", "path": "/c~1d", "value": 4}, {"op": "test", "path": "/a/b/1", "value": 9},
                {"op": "copy", "from": "/a/b", "path": "/e"}, {"op": "move", "from": "/c~1d", "path": "/f"}]"#,
        );
        let after = apply(&before, &operations).expect("they fit");
        assert_eq!(after, value(r#"{"a": {"b": [2, 9]}, "e": [2, 9], "f": 4}"#));
    }

    #[test]
    fn what_is_not_there_can_not_be_changed() {
        let operations = value(r#"[{"op": "remove", "path": "/a"}]"#);
        let refused = apply(&Value::map(), &operations).expect_err("it is not there");
        assert!(refused.starts_with("remove operation does not apply"));
    }
}
