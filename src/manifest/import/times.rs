//! The moments that an object names, which an import shifts all together. A moment is known by its
//! field's name, as Kubernetes names them all: `creationTimestamp`, `startedAt`, `lastProbeTime`, `time`.
//! What people write (labels, annotations, data, commands) isn't looked at. Ours.

use crate::api::Value;
use crate::cluster::SimTime;

/// Maps whose keys are people's own.
const FREE: [&str; 8] = [
    "annotations",
    "labels",
    "matchLabels",
    "nodeSelector",
    "data",
    "stringData",
    "binaryData",
    "managedFields",
];

fn is_time(field: &str) -> bool {
    let ends = ["Time", "Timestamp", "At"];
    ends.iter().any(|end| field.ends_with(end)) || matches!(field, "time" | "timeAdded")
}

/// The latest moment of an object. The end of a deletion is still to come, and doesn't count.
pub fn newest(object: &Value) -> Option<SimTime> {
    match object {
        Value::List(items) => items.iter().filter_map(newest).max(),
        Value::Map(map) => {
            let one = |(field, value): (&std::rc::Rc<str>, &Value)| match value {
                Value::String(text) if is_time(field) && &**field != "deletionTimestamp" => {
                    SimTime::parse_rfc3339(text)
                }
                Value::List(_) | Value::Map(_) if !FREE.contains(&&**field) => newest(value),
                _ => None,
            };
            map.iter().filter_map(one).max()
        }
        _ => None,
    }
}

/// Moves every moment of an object by so many seconds.
pub fn shift(object: &mut Value, seconds: i64) {
    match object {
        Value::List(_) => object
            .items_mut()
            .iter_mut()
            .for_each(|item| shift(item, seconds)),
        Value::Map(map) => {
            let touched = map.iter().filter(|(field, value)| match value {
                Value::String(_) => is_time(field),
                Value::List(_) | Value::Map(_) => !FREE.contains(&&***field),
                _ => false,
            });
            let touched: Vec<_> = touched.map(|(field, _)| field.clone()).collect();
            for field in touched {
                let value = object.at_mut(&[&field]);
                match value {
                    Value::String(text) => {
                        if let Some(moved) = shifted(text, seconds) {
                            *value = moved.into();
                        }
                    }
                    inner => shift(inner, seconds),
                }
            }
        }
        _ => {}
    }
}

/// The text of a moment, moved; its fraction and zone stay as they are.
fn shifted(text: &str, seconds: i64) -> Option<String> {
    SimTime::parse_rfc3339(text)?;
    let (head, rest) = text.split_at_checked(19)?;
    let at = SimTime::parse_rfc3339(&format!("{head}Z"))?;
    let moved = SimTime(at.0.checked_add(seconds.checked_mul(1_000_000)?)?).to_rfc3339();
    Some(format!("{}{rest}", moved.get(..moved.len() - 1)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields;

    #[test]
    fn every_moment_is_moved_and_nothing_that_only_looks_like_one() {
        let started = fields! { "startedAt" => "2026-02-03T23:59:59Z" };
        let renewed = fields! { "renewTime" => "2026-02-03T10:00:00.123456Z" };
        let free = fields! { "bakeTime" => "2026-02-03T10:00:00Z" };
        let mut object = fields! {
            "metadata" => fields! {
                "creationTimestamp" => "2026-02-03T10:00:00Z", "annotations" => free.clone(),
                "deletionTimestamp" => "2026-02-05T10:00:00Z",
            },
            "spec" => renewed, "status" => [started].into_iter().collect::<Value>(),
            "lastProbeTime" => Value::Null,
        };
        assert_eq!(
            newest(&object),
            SimTime::parse_rfc3339("2026-02-03T23:59:59Z")
        );
        shift(&mut object, 2);
        let at = |path: &[&str]| object.text_at(path).to_string();
        assert_eq!(
            at(&["metadata", "creationTimestamp"]),
            "2026-02-03T10:00:02Z"
        );
        assert_eq!(
            at(&["metadata", "deletionTimestamp"]),
            "2026-02-05T10:00:02Z"
        );
        assert_eq!(at(&["spec", "renewTime"]), "2026-02-03T10:00:02.123456Z");
        assert_eq!(
            newest(&object),
            SimTime::parse_rfc3339("2026-02-04T00:00:01Z")
        );
        assert_eq!(object.at(&["metadata", "annotations"]), Some(&free));
    }
}
