//! Values as Go's `%v` prints them: `map[metadata:map[name:web]]`. A few of the server's complaints do.

use crate::api::Value;
use crate::manifest::number::go_json;
use crate::manifest::stream::quoted;

/// The value, nested maps and lists included.
pub fn dump(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".into(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => go_json(*number),
        Value::String(text) => text.to_string(),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(dump).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Map(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{name}:{}", dump(value)))
                .collect();
            format!("map[{}]", fields.join(" "))
        }
    }
}

/// The value in Go's syntax, as `%#v` prints it: `map[string]interface {}{"name":"web"}`.
pub fn syntax(value: &Value) -> String {
    let within = |head: &str, parts: Vec<String>| [head, "{", &parts.join(", "), "}"].concat();
    match value {
        Value::Null => "interface {}(nil)".into(),
        Value::String(text) => quoted(text),
        Value::List(items) => within("[]interface {}", items.iter().map(syntax).collect()),
        Value::Map(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| [&quoted(name), ":", &syntax(value)].concat());
            within("map[string]interface {}", fields.collect())
        }
        other => dump(other),
    }
}

#[cfg(test)]
mod tests {
    use super::{dump, syntax};
    use crate::api::Value;
    use crate::fields;

    #[test]
    fn maps_are_printed_as_go_does() {
        let list: Value = [Value::Int(1), Value::Null].into_iter().collect();
        let value = fields! { "name" => "app", "image" => "nginx", "ports" => list };
        assert_eq!(dump(&value), "map[image:nginx name:app ports:[1 <nil>]]");
        assert_eq!(
            syntax(&value),
            "map[string]interface {}{\"image\":\"nginx\", \"name\":\"app\", \
             \"ports\":[]interface {}{1, interface {}(nil)}}"
        );
    }
}
