//! `--sort-by`. Models `kubectl/pkg/cmd/get/sorter.go`. Equal objects keep their order.

use std::cmp::Ordering;

use super::custom_columns::relaxed_text;
use super::jsonpath::JsonPath;
use crate::api::Value;
use crate::api::quantity::Quantity;
use crate::order;

/// Sorts objects by what a path finds in each; `what` says how the object looks in it.
///
/// # Errors
/// kubectl's sentence.
pub fn sort<T>(
    objects: &mut Vec<T>,
    path: &str,
    what: impl Fn(&T) -> &Value,
) -> Result<(), String> {
    let text = relaxed_text(path)?;
    let path = JsonPath::parse(&text)?;
    let mut keyed = Vec::new();
    let mut is_found = false;
    for object in objects.drain(..) {
        let found = path.find(what(&object))?;
        let value = found
            .into_iter()
            .next()
            .and_then(|part| part.into_iter().next());
        is_found |= value.is_some();
        keyed.push((value, object));
    }
    if !is_found && !keyed.is_empty() {
        return Err(format!(
            "couldn't find any field with path \"{text}\" in the list of objects"
        ));
    }
    let is_quantity = |(value, _): &(Option<Value>, T)| match value {
        Some(Value::String(text)) => Quantity::parse(text).is_some(),
        _ => true,
    };
    let are_quantities = keyed.iter().all(is_quantity);
    order::sort_by(&mut keyed, |a, b| {
        compare(a.0.as_ref(), b.0.as_ref(), are_quantities)
    });
    objects.extend(keyed.into_iter().map(|(_, object)| object));
    Ok(())
}

/// Models `isLess`: what isn't there comes first; texts are compared as quantities, if all are such
/// (upstream asks of each two, which is no order).
fn compare(a: Option<&Value>, b: Option<&Value>, are_quantities: bool) -> Ordering {
    match (a, b) {
        (Some(Value::String(a)), Some(Value::String(b))) if are_quantities => {
            Quantity::parse(a).cmp(&Quantity::parse(b))
        }
        (Some(Value::String(a)), Some(Value::String(b))) => a.cmp(b),
        (Some(Value::Int(a)), Some(Value::Int(b))) => a.cmp(b),
        (Some(Value::Float(a)), Some(Value::Float(b))) => a.total_cmp(b),
        (Some(Value::Null) | None, Some(Value::Null) | None) => Ordering::Equal,
        (Some(Value::Null) | None, _) => Ordering::Less,
        (_, Some(Value::Null) | None) => Ordering::Greater,
        _ => Ordering::Equal,
    }
}

#[cfg(test)]
mod tests {
    use super::sort;
    use crate::api::Value;
    use crate::fields;

    #[test]
    fn objects_are_sorted_by_what_is_there() {
        let of = |name: &str, size: &str| fields! { "name" => name, "size" => size };
        let nothing = fields! { "name" => "none" };
        let mut objects = vec![of("b", "1Gi"), of("a", "512Mi"), of("c", "2G"), nothing];
        let names = |objects: &[Value]| -> Vec<String> {
            let names = objects
                .iter()
                .map(|object| object.text_at(&["name"]).into());
            names.collect()
        };
        sort(&mut objects, ".size", |it| it).expect("there");
        assert_eq!(names(&objects), ["none", "a", "b", "c"]);
        sort(&mut objects, "{.name}", |it| it).expect("there");
        assert_eq!(names(&objects), ["a", "b", "c", "none"]);
        assert_eq!(
            sort(&mut objects, "nosuch", |it| it),
            Err("couldn't find any field with path \"{.nosuch}\" in the list of objects".into())
        );
    }
}
