//! Values as Go's `%#v` prints them, for the few errors of kubectl's that do.

use std::fmt::Write;

use crate::api::Value;

/// `map[interface {}]interface {}{"a":1}`; null inside of something is `interface {}(nil)`.
pub fn describe(value: &Value) -> String {
    if *value == Value::Null {
        return "<nil>".into();
    }
    let mut text = String::new();
    write_value(value, &mut text);
    text
}

fn write_value(value: &Value, text: &mut String) {
    match value {
        Value::Null => text.push_str("interface {}(nil)"),
        Value::Bool(truth) => *text += if *truth { "true" } else { "false" },
        Value::Int(number) => *text += &number.to_string(),
        Value::Float(number) => *text += &super::number::go_json(*number),
        Value::String(string) => *text += &quote(string),
        Value::List(items) => {
            text.push_str("[]interface {}{");
            for (i, item) in items.iter().enumerate() {
                text.push_str(if i == 0 { "" } else { ", " });
                write_value(item, text);
            }
            text.push('}');
        }
        Value::Map(fields) => {
            text.push_str("map[interface {}]interface {}{");
            for (i, (key, value)) in fields.iter().enumerate() {
                text.push_str(if i == 0 { "" } else { ", " });
                *text += &quote(key);
                text.push(':');
                write_value(value, text);
            }
            text.push('}');
        }
    }
}

/// `strconv.Quote`: `"a\tb"`.
pub fn quote(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{b}' => quoted.push_str("\\v"),
            c if (c as u32) < 0x20 || c == '\u{7f}' => {
                let _ = write!(quoted, "\\x{:02x}", c as u32);
            }
            c if c.is_control() || matches!(c, '\u{feff}' | '\u{ad}') || is_odd_space(c) => {
                let _ = write!(quoted, "\\u{:04x}", c as u32);
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Blanks other than the space aren't printable to Go.
fn is_odd_space(c: char) -> bool {
    c != ' ' && c.is_whitespace()
}

#[cfg(test)]
mod tests {
    use super::describe;
    use crate::api::Value;
    use crate::fields;

    #[test]
    fn values_are_described_as_go_does() {
        let map = fields! { ".Values.image" => Value::Null };
        assert_eq!(
            describe(&map),
            r#"map[interface {}]interface {}{".Values.image":interface {}(nil)}"#
        );
        let list: Value = [Value::from("a"), Value::Int(1)].into_iter().collect();
        assert_eq!(describe(&list), r#"[]interface {}{"a", 1}"#);
        assert_eq!(describe(&Value::Null), "<nil>");
    }
}
