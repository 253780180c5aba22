//! What a plain scalar is: text, number, truth value or null. Models `resolve.go` of go.yaml.in/yaml
//! v2, which kubectl reads YAML with: YAML 1.1's booleans, octals, underscores. Left out: timestamps,
//! which kubectl turns into text anyway.

use std::rc::Rc;

use crate::api::Value;

/// What YAML makes of a scalar.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// As JSON has it.
    Value(Value),
    /// A number that JSON has no spelling for, by Go's name of it: `+Inf`, `-Inf`, `NaN`.
    NoJson(&'static str),
}

const TAG: &str = "tag:yaml.org,2002:";

/// Resolves a scalar. `tag` is the whole tag, if there is one; `plain` tells that it wasn't quoted.
///
/// # Errors
/// The decoder's sentence, where the text isn't what the tag says.
pub fn resolve(text: &str, tag: Option<&str>, plain: bool) -> Result<Scalar, String> {
    let string = || Scalar::Value(Value::from(text));
    let Some(tag) = tag.filter(|tag| !tag.is_empty()) else {
        return Ok(if plain { untagged(text) } else { string() });
    };
    match tag.strip_prefix(TAG) {
        Some("str") => Ok(string()),
        Some("binary") => match base64(text) {
            Some(decoded) => Ok(Scalar::Value(Value::from(decoded))),
            None => Err("!!binary value contains invalid base64 data".into()),
        },
        Some(wanted @ ("bool" | "int" | "float" | "null" | "timestamp")) => {
            let resolved = untagged(text);
            let kind = kind(&resolved, text);
            let fits = kind == wanted
                || wanted == "float" && kind == "int"
                || wanted == "timestamp" && kind == "str" && is_date(text);
            if fits {
                Ok(resolved)
            } else {
                Err(format!("cannot decode !!{kind} `{text}` as a !!{wanted}"))
            }
        }
        _ => Ok(string()),
    }
}

/// The key that a scalar becomes in a map.
///
/// # Errors
/// For null, which JSON has no key for: Go's description of it.
pub fn key(scalar: &Scalar) -> Result<Rc<str>, &'static str> {
    Ok(match scalar {
        Scalar::NoJson("+Inf") => ".inf".into(),
        Scalar::NoJson("-Inf") => "-.inf".into(),
        Scalar::NoJson(_) => ".nan".into(),
        Scalar::Value(Value::String(text)) => text.clone(),
        Scalar::Value(Value::Bool(truth)) => if *truth { "true" } else { "false" }.into(),
        Scalar::Value(Value::Int(number)) => number.to_string().into(),
        Scalar::Value(Value::Float(number)) => super::number::go_general_32(*number).into(),
        Scalar::Value(_) => return Err("unsupported map key of type: %!s(<nil>), key: <nil>"),
    })
}

fn kind(scalar: &Scalar, text: &str) -> &'static str {
    match scalar {
        Scalar::NoJson(_) | Scalar::Value(Value::Float(_)) => "float",
        Scalar::Value(Value::Int(_)) if integer(&text.replace('_', "")).is_some() => "int",
        Scalar::Value(Value::Int(_)) => "float",
        Scalar::Value(Value::Bool(_)) => "bool",
        Scalar::Value(Value::Null) => "null",
        Scalar::Value(_) => "str",
    }
}

fn untagged(text: &str) -> Scalar {
    let value = |value: Value| Scalar::Value(value);
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return value(Value::Bool(true));
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return value(Value::Bool(false));
        }
        "" | "~" | "null" | "Null" | "NULL" => return value(Value::Null),
        ".nan" | ".NaN" | ".NAN" => return Scalar::NoJson("NaN"),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Scalar::NoJson("+Inf"),
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::NoJson("-Inf"),
        _ => {}
    }
    let number = match text.as_bytes()[0] {
        b'.' => float(text),
        b'+' | b'-' | b'0'..=b'9' => {
            let text = text.replace('_', "");
            integer(&text).or_else(|| float(&text))
        }
        _ => None,
    };
    value(number.unwrap_or_else(|| Value::from(text)))
}

/// Does it begin with a date? What may follow, the time of day, isn't looked at.
fn is_date(text: &str) -> bool {
    let date = text.split(['T', 't', ' ']).next().unwrap_or_default();
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts[..] else {
        return false;
    };
    let within = |part: &str, most: u32| {
        let is_short = part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit());
        is_short && part.parse().is_ok_and(|n: u32| 0 < n && n <= most)
    };
    let is_year = year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit());
    is_year && within(month, 12) && within(day, 31)
}

/// A whole number with Go's prefixes: `0x1F`, `0o17`, `017`, `0b11`.
fn integer(text: &str) -> Option<Value> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let lower = unsigned.to_ascii_lowercase();
    let (digits, radix) = match lower.as_bytes() {
        [b'0', b'x', ..] => (&unsigned[2..], 16),
        [b'0', b'o', ..] => (&unsigned[2..], 8),
        [b'0', b'b', ..] => (&unsigned[2..], 2),
        [b'0', _, ..] => (&unsigned[1..], 8),
        _ => (unsigned, 10),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let amount = i128::from_str_radix(digits, radix).ok()?;
    if text.starts_with('-') {
        return i64::try_from(-amount).ok().map(Value::Int);
    }
    let amount = u64::try_from(amount).ok()?;
    Some(match i64::try_from(amount) {
        Ok(amount) => Value::Int(amount),
        Err(_) => Value::Float(amount as f64),
    })
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, if it isn't too large.
fn float(text: &str) -> Option<Value> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(e) => (&unsigned[..e], Some(&unsigned[e + 1..])),
        None => (unsigned, None),
    };
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digits = !(whole.is_empty() && fraction.is_empty());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && all_digits(exponent)
    });
    if !has_digits || !all_digits(whole) || !all_digits(fraction) || !exponent_fits {
        return None;
    }
    let number: f64 = text
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())?;
    Some(super::number::from_float(number))
}

/// The text that base64 stands for; `None` if it is no base64, or no text.
fn base64(text: &str) -> Option<String> {
    String::from_utf8(crate::api::base64::decode(text).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::{Scalar, resolve};
    use crate::api::Value;

    fn plain(text: &str) -> Scalar {
        resolve(text, None, true).expect("nothing to refuse")
    }

    #[test]
    fn plain_scalars_are_read_as_yaml_1_1_with_gos_numbers() {
        for (text, value) in [
            ("y", Value::Bool(true)),
            ("Off", Value::Bool(false)),
            ("oFF", Value::from("oFF")),
            ("~", Value::Null),
            ("0123", Value::Int(83)),
            ("08", Value::Int(8)),
            ("0o17", Value::Int(15)),
            ("0x1F", Value::Int(31)),
            ("-0b11", Value::Int(-3)),
            ("1_000", Value::Int(1000)),
            ("+1", Value::Int(1)),
            ("1e3", Value::Int(1000)),
            ("3.0", Value::Int(3)),
            ("1.50", Value::Float(1.5)),
            (".5", Value::Float(0.5)),
            (
                "12345678901234567890",
                Value::Float(12_345_678_901_234_567_890.0),
            ),
            ("1e400", Value::from("1e400")),
            ("2024-01-01", Value::from("2024-01-01")),
            ("1:30", Value::from("1:30")),
            ("NaN", Value::from("NaN")),
            ("-", Value::from("-")),
            ("0x", Value::from("0x")),
        ] {
            assert_eq!(plain(text), Scalar::Value(value), "{text}");
        }
        assert_eq!(plain(".inf"), Scalar::NoJson("+Inf"));
    }

    #[test]
    fn a_tag_decides_and_may_be_wrong() {
        let tagged =
            |text, tag: &str| resolve(text, Some(&format!("tag:yaml.org,2002:{tag}")), true);
        assert_eq!(tagged("5", "str"), Ok(Scalar::Value(Value::from("5"))));
        assert_eq!(tagged("5", "float"), Ok(Scalar::Value(Value::Int(5))));
        let date = Ok(Scalar::Value(Value::from("2001-1-02")));
        assert_eq!(tagged("2001-1-02", "timestamp"), date);
        assert!(tagged("2001-13-02", "timestamp").is_err());
        assert_eq!(
            tagged("x", "int"),
            Err("cannot decode !!str `x` as a !!int".into())
        );
    }
}
