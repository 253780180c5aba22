//! Numbers as Go writes them. Models `encoding/json`'s float encoder and `strconv.FormatFloat`.

use crate::api::Value;

/// The value of a float that goes through JSON: a whole one within 64 bits comes out as an integer.
pub fn from_float(number: f64) -> Value {
    // 2^63 and beyond don't fit; every float below is exact.
    if number == number.trunc()
        && (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&number)
    {
        return Value::Int(number as i64);
    }
    Value::Float(number)
}

/// As `encoding/json` writes it: `0.5`, `1e+21`, `1e-7`.
pub fn go_json(number: f64) -> String {
    let size = number.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{number:e}");
        return match text.split_once("e-") {
            Some(_) => text,
            None => text.replace('e', "e+"),
        };
    }
    number.to_string()
}

/// As `FormatFloat(number, 'g', -1, 32)` writes it; map keys are spelled so.
pub fn go_general_32(number: f64) -> String {
    let short = number as f32;
    let text = format!("{short:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    short.to_string()
}

#[cfg(test)]
mod tests {
    use super::{from_float, go_general_32, go_json};
    use crate::api::Value;

    #[test]
    fn numbers_are_written_as_go_writes_them() {
        for (number, text) in [
            (0.5, "0.5"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1.5e-7, "1.5e-7"),
        ] {
            assert_eq!(go_json(number), text);
        }
        assert_eq!(go_general_32(1.5), "1.5");
        assert_eq!(go_general_32(1e30), "1e+30");
    }

    #[test]
    fn whole_floats_become_integers() {
        assert_eq!(from_float(3.0), Value::Int(3));
        assert_eq!(from_float(-0.0), Value::Int(0));
        assert_eq!(from_float(1e19), Value::Float(1e19));
    }
}
