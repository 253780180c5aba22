//! What kubectl looks at before it sends anything: does the object say what it is? Items of a `List`
//! are held against the schema here as well, since no server could. Models
//! `k8s.io/kubectl/pkg/validation/schema.go` and `kube-openapi/pkg/util/proto/validation`.

use crate::api::Value;
use crate::api::schema::{self, Shape, TypeId};
use crate::manifest::stream::quoted;

/// Is the head of an object in order?
///
/// # Errors
/// kubectl's sentences; several stand in brackets.
pub fn validate(object: &Value) -> Result<(), String> {
    let (api_version, kind) = object_kind(object).map_err(aggregated)?;
    let mut errors = Vec::new();
    if (api_version, kind) == ("v1", "List") {
        let Some(Value::List(items)) = object.get("items") else {
            return Err(INVALID.into());
        };
        for item in items.iter() {
            match object_kind(item) {
                Err(wrong) => errors.extend(wrong),
                Ok((api_version, kind)) => {
                    if let Some(known) = schema::kind(api_version, kind) {
                        check(item, known.of(), kind, "", &mut errors);
                    }
                }
            }
        }
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(aggregated(errors))
    }
}

const INVALID: &str = "invalid object to validate";

/// One error stands for itself. Models `NewAggregate`, which tells each sentence once.
fn aggregated(errors: Vec<String>) -> String {
    let mut told: Vec<String> = Vec::new();
    for error in errors {
        if !told.contains(&error) {
            told.push(error);
        }
    }
    match &told[..] {
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    }
}

/// `apiVersion` and `kind`. Models `getObjectKind`.
fn object_kind(object: &Value) -> Result<(&str, &str), Vec<String>> {
    if object.as_map().is_none() {
        return Err(vec![INVALID.into()]);
    }
    let mut errors = Vec::new();
    let mut text = |field: &str| match object.get(field) {
        None | Some(Value::Null) => {
            errors.push(format!("{field} not set"));
            ""
        }
        Some(Value::String(text)) => {
            if field == "apiVersion" && text.matches('/').count() > 1 {
                errors.push(format!("unexpected GroupVersion string: {text}"));
            }
            text
        }
        Some(_) => {
            errors.push(format!("{field} isn't string type"));
            ""
        }
    };
    let head = (text("apiVersion"), text("kind"));
    if errors.is_empty() {
        Ok(head)
    } else {
        Err(errors)
    }
}

/// Holds a value against its type, as kubectl did everywhere before servers could. `schema` is the
/// place of the type in the published documents, where it is no definition of its own.
fn check(value: &Value, of: TypeId, path: &str, schema: &str, errors: &mut Vec<String>) {
    match (of.shape(), value) {
        (Shape::Struct, Value::Map(fields)) => {
            for (name, value) in fields.iter().filter(|(_, value)| **value != Value::Null) {
                match of.field(name) {
                    Some(field) => {
                        let schema = format!("{}.{name}", of.definition());
                        check(
                            value,
                            field.of(),
                            &format!("{path}.{name}"),
                            &schema,
                            errors,
                        );
                    }
                    None => errors.push(format!(
                        "ValidationError({path}): unknown field {} in {}",
                        quoted(name),
                        of.definition()
                    )),
                }
            }
            for field in of.fields().filter(|field| field.is_required()) {
                if matches!(value.get(field.name()), None | Some(Value::Null)) {
                    errors.push(format!(
                        "ValidationError({path}): missing required field {} in {}",
                        quoted(field.name()),
                        of.definition()
                    ));
                }
            }
        }
        (Shape::Map, Value::Map(fields)) => {
            for (name, value) in fields.iter().filter(|(_, value)| **value != Value::Null) {
                of.item()
                    .inspect(|item| check(value, *item, &format!("{path}.{name}"), schema, errors));
            }
        }
        (Shape::List, Value::List(items)) => {
            for (i, value) in items.iter().enumerate().filter(|(_, v)| **v != Value::Null) {
                of.item()
                    .inspect(|item| check(value, *item, &format!("{path}[{i}]"), schema, errors));
            }
        }
        (shape, value) => {
            let (got, expected) = (found(value), wanted(shape));
            let fits = expected.is_empty()
                || got == expected
                || expected == "number" && got == "integer"
                || matches!(shape, Shape::IntOrString | Shape::Quantity)
                    && matches!(got, "integer" | "number");
            if !fits {
                let definition = match shape {
                    Shape::Struct => of.definition().to_string(),
                    _ => schema.to_string(),
                };
                errors.push(format!(
                    "ValidationError({path}): invalid type for {definition}: got \"{got}\", \
                     expected \"{expected}\""
                ));
            }
        }
    }
}

fn found(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Int(_) => "integer",
        Value::Float(_) => "number",
        Value::String(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "map",
    }
}

fn wanted(shape: Shape) -> &'static str {
    match shape {
        Shape::Any => "",
        Shape::Bool => "boolean",
        Shape::Int32 | Shape::Int64 => "integer",
        Shape::Number => "number",
        Shape::List => "array",
        Shape::Map | Shape::Struct => "map",
        _ => "string",
    }
}

#[cfg(test)]
mod tests {
    use super::validate;
    use crate::api::Value;

    fn said(json: &str) -> String {
        let json = serde_json::from_str(json).expect("the test's own text");
        validate(&Value::from_json(&json)).err().unwrap_or_default()
    }

    #[test]
    fn an_object_has_to_say_what_it_is() {
        assert_eq!(said("{}"), "[apiVersion not set, kind not set]");
        assert_eq!(said("[]"), "invalid object to validate");
        assert_eq!(
            said(r#"{"apiVersion": 1, "kind": "Pod"}"#),
            "apiVersion isn't string type"
        );
        assert_eq!(
            said(r#"{"apiVersion": "a/b/c", "kind": "Pod"}"#),
            "unexpected GroupVersion string: a/b/c"
        );
        assert_eq!(said(r#"{"apiVersion": "v1", "kind": "Anything"}"#), "");
    }

    #[test]
    fn items_of_a_list_are_held_against_the_schema() {
        let list = r#"{"apiVersion": "v1", "kind": "List", "items": [
            {"apiVersion": "v1", "kind": "Pod", "spec": {"contianers": [], "hostNetwork": "x"}}]}"#;
        assert_eq!(
            said(list),
            "[ValidationError(Pod.spec): unknown field \"contianers\" in io.k8s.api.core.v1.PodSpec, \
             ValidationError(Pod.spec.hostNetwork): invalid type for io.k8s.api.core.v1.PodSpec.hostNetwork: got \
             \"string\", expected \"boolean\", ValidationError(Pod.spec): missing required field \
             \"containers\" in io.k8s.api.core.v1.PodSpec]"
        );
    }
}
