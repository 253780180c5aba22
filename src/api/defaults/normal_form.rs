//! The form in which the API server stores an object: as it comes out of Go's structs again.
//! Models what decoding and encoding a typed object does: `null` and empty optional fields vanish,
//! structs that Go keeps by value are always there, quantities are canonical.

use std::rc::Rc;

use super::go_facts::{BY_VALUE, TEXT_POINTERS, WRITTEN};
use crate::api::Value;
use crate::api::quantity::{Format, Quantity};
use crate::api::schema::{Field, Shape, TypeId};

/// Brings `value` into the form that its type `of` has when it is stored.
pub fn normalize(value: &mut Value, of: TypeId) {
    match (of.shape(), &*value) {
        (Shape::Struct, _) => normalize_struct(value, of),
        (Shape::List, Value::List(_)) => {
            let item = of.item();
            for value in value.items_mut() {
                item.inspect(|item| normalize(value, *item));
            }
        }
        (Shape::Map, Value::Map(_)) => normalize_map(value, of),
        (Shape::Quantity, _) => normalize_quantity(value, false),
        (Shape::String, Value::Null) => *value = Value::from(""),
        _ => {}
    }
}

fn normalize_struct(value: &mut Value, of: TypeId) {
    let facts = Facts::of(of);
    let known: Vec<Field> = of.fields().collect();
    let find = |name: &str| {
        let found = known.binary_search_by(|field| field.name().cmp(name));
        found.ok().map(|at| known[at])
    };
    let fields = value.fields_mut();
    fields.retain(|name, value| {
        let field = find(name);
        !value.is_empty() || field.is_none_or(|field| facts.keeps_empty(field, value))
    });
    for field in known.iter().copied() {
        match fields.get_mut(field.name()) {
            Some(value) => normalize(value, field.of()),
            None => {
                if let Some(mut zero) = facts.zero(field) {
                    if zero != Value::Null {
                        normalize(&mut zero, field.of());
                    }
                    fields.insert(Rc::from(field.name()), zero);
                }
            }
        }
    }
    fields.retain(|name, value| {
        let is_zero = matches!(value, Value::Int(0) | Value::Bool(false));
        let field = find(name);
        !is_zero || field.is_none_or(|field| facts.is_written(field) || !facts.is_by_value(name))
    });
}

fn normalize_map(value: &mut Value, of: TypeId) {
    let Some(item) = of.item() else { return };
    let rounds = item.shape() == Shape::Quantity && of.go() == "v1.ResourceList";
    for value in value.fields_mut().values_mut() {
        match item.shape() {
            Shape::Quantity => normalize_quantity(value, rounds),
            _ => normalize(value, item),
        }
    }
}

/// Models `SetDefaults_ResourceList` as well: resource lists keep thousandths at most.
fn normalize_quantity(value: &mut Value, rounds: bool) {
    let text = match &*value {
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::String(text) => text.to_string(),
        _ => "0".to_string(),
    };
    let Some(mut quantity) = Quantity::parse(&text) else {
        return;
    };
    if rounds {
        quantity = quantity.rounded_to_milli();
    }
    let printed = quantity.print(Format::of(&text));
    if value.as_str() != Some(&printed) {
        *value = Value::from(printed);
    }
}

/// What Go knows of a struct's fields beyond the schema.
struct Facts {
    by_value: &'static [&'static str],
    text_pointers: &'static [&'static str],
    written: &'static [&'static str],
}

impl Facts {
    fn of(of: TypeId) -> Self {
        let find = |table| super::find(table, of).unwrap_or_default();
        Facts {
            by_value: find(BY_VALUE),
            text_pointers: find(TEXT_POINTERS),
            written: find(WRITTEN),
        }
    }

    fn is_by_value(&self, field: &str) -> bool {
        self.by_value.contains(&field)
    }

    fn is_text_pointer(&self, field: Field) -> bool {
        self.text_pointers.contains(&field.name())
    }

    fn is_written(&self, field: Field) -> bool {
        field.is_required() || self.written.contains(&field.name())
    }

    /// Is an empty value of this field another thing than none? `value` is empty.
    fn keeps_empty(&self, field: Field, value: &Value) -> bool {
        match (field.of().shape(), value) {
            (_, Value::Null) => false,
            (Shape::Struct, _) => true,
            (Shape::String, _) => self.is_text_pointer(field) || self.is_written(field),
            (Shape::List | Shape::Map, _) => self.is_written(field),
            _ => true,
        }
    }

    /// Is this struct there though nobody wrote it? Selectors are behind pointers, as a rule.
    fn is_always_there(&self, field: Field) -> bool {
        match field.of().struct_name() {
            "ObjectMeta" => true,
            "LabelSelector" => self.written.contains(&field.name()),
            _ => self.is_written(field) || self.is_by_value(field.name()),
        }
    }

    /// What stands in a field that nobody wrote, if anything does.
    fn zero(&self, field: Field) -> Option<Value> {
        let of = field.of();
        match of.shape() {
            Shape::Struct => self.is_always_there(field).then(Value::map),
            _ if !self.is_written(field) => None,
            Shape::String if self.is_text_pointer(field) => Some(Value::Null),
            Shape::String => Some(Value::from("")),
            Shape::Bool => Some(Value::from(false)),
            Shape::Int32 | Shape::Int64 | Shape::IntOrString => Some(Value::from(0)),
            Shape::List | Shape::Map | Shape::Time | Shape::MicroTime => Some(Value::Null),
            Shape::Quantity => Some(Value::from("0")),
            Shape::Any | Shape::Bytes | Shape::Number => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::normalize;
    use crate::api::{Value, schema};
    use crate::fields;

    #[test]
    fn what_go_omits_is_not_stored() {
        let empty = || Value::from_iter(Vec::<Value>::new());
        let container = fields! {
            "name" => "app", "image" => "nginx", "command" => empty(), "stdin" => false,
            "workingDir" => "", "livenessProbe" => Value::Null, "securityContext" => Value::map(),
            "resources" => fields! { "limits" => fields! { "cpu" => 1, "memory" => "1024Mi" } },
        };
        let mut pod = fields! {
            "metadata" => fields! { "name" => "web", "labels" => Value::map() },
            "spec" => fields! { "containers" => [container].into_iter().collect::<Value>() },
        };
        normalize(&mut pod, schema::kind("v1", "Pod").expect("served").of());
        let limits = fields! { "cpu" => "1", "memory" => "1Gi" };
        let container = fields! {
            "name" => "app", "image" => "nginx", "securityContext" => Value::map(),
            "resources" => fields! { "limits" => limits },
        };
        let expected = fields! {
            "metadata" => fields! { "name" => "web" },
            "spec" => fields! { "containers" => [container].into_iter().collect::<Value>() },
            "status" => Value::map(),
        };
        assert_eq!(pod, expected);
    }
}
