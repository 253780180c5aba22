//! The form in which the API server stores an object: as it comes out of Go's structs again.
//! Models what decoding and encoding a typed object does: `null` and empty optional fields vanish,
//! structs that Go keeps by value are always there, quantities are canonical.
//! Left out: times that Go prints as `null`.

use std::rc::Rc;

use super::go_facts::{BY_VALUE, TEXT_POINTERS};
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
    let fields = value.fields_mut();
    fields.retain(|name, value| {
        let field = of.field(name);
        !value.is_empty() || field.is_none_or(|field| facts.keeps_empty(field, value))
    });
    for field in of.fields() {
        match fields.get_mut(field.name()) {
            Some(value) => normalize(value, field.of()),
            None => {
                if let Some(mut zero) = facts.zero(field) {
                    normalize(&mut zero, field.of());
                    fields.insert(Rc::from(field.name()), zero);
                }
            }
        }
    }
    fields.retain(|name, value| {
        let is_zero = matches!(value, Value::Int(0) | Value::Bool(false));
        let field = of.field(name);
        !is_zero || field.is_none_or(|field| field.is_required() || !facts.is_by_value(name))
    });
}

fn normalize_map(value: &mut Value, of: TypeId) {
    let rounds = of.go() == "v1.ResourceList";
    let Some(item) = of.item() else { return };
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
}

impl Facts {
    fn of(of: TypeId) -> Self {
        let definition = of.definition();
        let name = definition.strip_prefix("io.k8s.api.").unwrap_or(definition);
        let find = |table: &'static [(&str, &'static [&'static str])]| {
            let found = table.binary_search_by(|(known, _)| (*known).cmp(name));
            found.map_or(&[][..], |found| table[found].1)
        };
        Facts {
            by_value: find(BY_VALUE),
            text_pointers: find(TEXT_POINTERS),
        }
    }

    fn is_by_value(&self, field: &str) -> bool {
        self.by_value.contains(&field)
    }

    /// Is an empty value of this field another thing than none? `value` is empty.
    fn keeps_empty(&self, field: Field, value: &Value) -> bool {
        match (field.of().shape(), value) {
            (_, Value::Null) => false,
            (Shape::Struct, _) => true,
            (Shape::String, _) => self.text_pointers.contains(&field.name()) || field.is_required(),
            (Shape::List | Shape::Map, _) => field.is_required(),
            _ => true,
        }
    }

    /// What stands in a field that nobody wrote, if anything does.
    fn zero(&self, field: Field) -> Option<Value> {
        let of = field.of();
        match of.shape() {
            Shape::Struct => {
                let always = field.is_required()
                    || self.is_by_value(field.name())
                    || of.struct_name() == "ObjectMeta";
                always.then(Value::map)
            }
            _ if !field.is_required() => None,
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
