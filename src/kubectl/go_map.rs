//! Values as Go's `%v` prints them: `map[metadata:map[name:web]]`. A few of the server's complaints do.

use crate::api::Value;
use crate::manifest::number::go_json;

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

#[cfg(test)]
mod tests {
    use super::dump;
    use crate::api::Value;
    use crate::fields;

    #[test]
    fn maps_are_printed_as_go_does() {
        let list: Value = [Value::Int(1), Value::Null].into_iter().collect();
        let value = fields! { "name" => "app", "image" => "nginx", "ports" => list };
        assert_eq!(dump(&value), "map[image:nginx name:app ports:[1 <nil>]]");
    }
}
