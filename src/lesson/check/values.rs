//! Values held against what is wanted: as amounts where both are some, else as text.

use crate::api::Value;
use crate::api::quantity::Quantity;
use crate::lesson::test::Is;

/// A value as text: of a list or map, its JSON.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string(),
        other => other.to_json().to_string(),
    }
}

/// Is it as it should be?
pub fn is(wanted: &Is, found: &str) -> bool {
    match wanted {
        Is::Equal(value) => is_equal(&value.0, found),
        Is::Not(value) => !is_equal(&value.0, found),
        Is::AtLeast(value) => compare(found, &value.0).is_some_and(|order| order.is_ge()),
        Is::AtMost(value) => compare(found, &value.0).is_some_and(|order| order.is_le()),
        Is::Has(value) => found.contains(&*value.0),
        Is::OneOf(values) => values.iter().any(|value| is_equal(&value.0, found)),
    }
}

fn is_equal(wanted: &str, found: &str) -> bool {
    wanted == found || compare(wanted, found).is_some_and(|order| order.is_eq())
}

/// As amounts; `None` where one of them is none.
fn compare(a: &str, b: &str) -> Option<std::cmp::Ordering> {
    Some(Quantity::parse(a)?.cmp(&Quantity::parse(b)?))
}

/// What values are together, as they are written: `700m`.
pub fn sum(values: &[Value]) -> Option<String> {
    let amounts = values.iter().map(|value| Quantity::parse(&text(value)));
    let mut all = Quantity::default();
    for amount in amounts {
        all.nano = all.nano.checked_add(amount?.nano)?;
    }
    let format = values
        .first()
        .map(|value| crate::api::quantity::Format::of(&text(value)));
    Some(format.map_or_else(|| "0".into(), |format| all.print(format)))
}
