//! Quantities: `100m`, `1.5`, `4Gi`, `2e3`. Models `k8s.io/apimachinery/pkg/api/resource`.
//! Amounts are whole nano-units, as upstream keeps at least nanos; finer ones are rounded up.

use super::Value;
use super::view::{Fill, ViewError};

const NANO: i128 = 1_000_000_000;

/// An amount of a resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity {
    /// Billionths of the unit (a CPU, a byte).
    pub nano: i128,
}

impl Quantity {
    /// The quantity that `text` spells, or `None` where Kubernetes would refuse it.
    pub fn parse(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let digits = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.');
        let (number, suffix) = unsigned.split_at(digits.unwrap_or(unsigned.len()));
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return None;
        }
        let (numerator, denominator) = scale(suffix)?;
        let mantissa: i128 = format!("0{whole}{fraction}").parse().ok()?;
        let denominator =
            denominator.checked_mul(10_i128.checked_pow(fraction.len().try_into().ok()?)?)?;
        let product = mantissa.checked_mul(numerator)?;
        let mut nano = product
            .checked_add(denominator - 1)?
            .div_euclid(denominator);
        if suffix.ends_with('i') {
            // Upstream caps what has a binary suffix, and nothing else: `maxAllowed`.
            nano = nano.min(i128::from(i64::MAX) * NANO);
        }
        Some(Quantity {
            nano: if text.starts_with('-') { -nano } else { nano },
        })
    }

    /// Whole units (bytes, Pods, CPUs), rounded up; as upstream's `Value()`.
    pub fn value(self) -> i64 {
        up(self.nano, NANO)
    }

    /// Thousandths of the unit (milli-CPU), rounded up; as upstream's `MilliValue()`.
    pub fn milli_value(self) -> i64 {
        up(self.nano, NANO / 1000)
    }
}

/// How an amount is written. Models `resource.Format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `100m`, `1k`
    DecimalSi,
    /// `512Mi`
    BinarySi,
    /// `1e3`
    DecimalExponent,
}

impl Format {
    /// The format in which `text` is written.
    pub fn of(text: &str) -> Self {
        let suffix = text.trim_start_matches(|c: char| c.is_ascii_digit() || "+-.".contains(c));
        match suffix.as_bytes() {
            [.., b'i'] => Format::BinarySi,
            [b'e' | b'E', _, ..] => Format::DecimalExponent,
            _ => Format::DecimalSi,
        }
    }
}

impl Quantity {
    /// `text` as the API server stores it: `1024Mi` is `1Gi`, `0.1` is `100m`.
    pub fn canonical(text: &str) -> Option<String> {
        Some(Quantity::parse(text)?.print(Format::of(text)))
    }

    /// The same amount rounded up to thousandths. Models `SetDefaults_ResourceList`.
    #[must_use]
    pub fn rounded_to_milli(self) -> Self {
        let milli = NANO / 1000;
        let rounded = self.nano.div_euclid(milli) + i128::from(self.nano.rem_euclid(milli) != 0);
        Quantity {
            nano: rounded * milli,
        }
    }

    /// The amount in its canonical form. Models `CanonicalizeBytes`: what a binary suffix can't say
    /// exactly is written in decimals.
    pub fn print(self, format: Format) -> String {
        let whole = self.nano % NANO == 0;
        match format {
            _ if self.nano == 0 => "0".to_string(),
            Format::BinarySi if whole && self.nano.abs() >= 1024 * NANO => {
                let (number, power) = without_factors(self.nano / NANO, 1024);
                format!(
                    "{number}{}",
                    ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"][power.min(6)]
                )
            }
            _ => {
                let (mut number, zeros) = without_factors(self.nano, 10);
                // In thousands of nano-units: 3 is the unit itself.
                number *= 10_i128.pow((zeros % 3) as u32);
                let power = zeros / 3;
                if format == Format::DecimalExponent && power != 3 {
                    return format!("{number}e{}", 3 * power as i64 - 9);
                }
                let suffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
                format!("{number}{}", suffixes[power.min(9)])
            }
        }
    }
}

/// The number without its factors of `base`, and how many these were.
fn without_factors(mut number: i128, base: i128) -> (i128, usize) {
    let mut factors = 0;
    let most = if base == 1024 { 6 } else { 27 };
    while number % base == 0 && factors < most {
        number /= base;
        factors += 1;
    }
    (number, factors)
}

/// What a suffix multiplies by, in nano-units, as a fraction.
fn scale(suffix: &str) -> Option<(i128, i128)> {
    let binary = |power: u32| Some((NANO << (10 * power), 1));
    let decimal = |power: u32| Some((NANO * 1000_i128.pow(power), 1));
    match suffix {
        "n" => Some((1, 1)),
        "u" => Some((1_000, 1)),
        "m" => Some((1_000_000, 1)),
        "" => decimal(0),
        "k" => decimal(1),
        "M" => decimal(2),
        "G" => decimal(3),
        "T" => decimal(4),
        "P" => decimal(5),
        "E" => decimal(6),
        "Ki" => binary(1),
        "Mi" => binary(2),
        "Gi" => binary(3),
        "Ti" => binary(4),
        "Pi" => binary(5),
        "Ei" => binary(6),
        // Only now, or the `E` of `Ei` would begin an exponent.
        _ => exponent(suffix),
    }
}

/// `e3`, `E-2`
fn exponent(suffix: &str) -> Option<(i128, i128)> {
    let exponent = suffix.strip_prefix(['e', 'E'])?;
    let exponent: i32 = exponent.parse().ok().filter(|e: &i32| e.abs() <= 18)?;
    let power = 10_i128.pow(exponent.unsigned_abs());
    Some(if exponent < 0 {
        (NANO, power)
    } else {
        (NANO * power, 1)
    })
}

fn up(nano: i128, unit: i128) -> i64 {
    let rounded = nano.div_euclid(unit) + i128::from(nano.rem_euclid(unit) != 0);
    rounded.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

impl Fill for Quantity {
    fn fill(&mut self, value: &Value) -> Result<(), ViewError> {
        let quantity = match value {
            Value::Int(number) => Some(Quantity {
                nano: i128::from(*number) * NANO,
            }),
            Value::Float(number) => Quantity::parse(&number.to_string()),
            Value::String(text) => Quantity::parse(text),
            _ => None,
        };
        *self = quantity.ok_or_else(|| ViewError::expected("a quantity"))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Quantity;

    #[test]
    fn quantities_mean_what_upstream_says() {
        for (text, value, milli) in [
            ("100m", 1, 100),
            ("1.5", 2, 1500),
            ("4Gi", 4 << 30, 4000 << 30),
            ("2e3", 2000, 2_000_000),
            ("1E", 1_000_000_000_000_000_000, i64::MAX),
            (".5Ki", 512, 512_000),
            ("-1", -1, -1000),
            ("1n", 1, 1),
        ] {
            let quantity = Quantity::parse(text).expect(text);
            assert_eq!(
                (quantity.value(), quantity.milli_value()),
                (value, milli),
                "{text}"
            );
        }
    }

    #[test]
    fn every_suffix_is_read_and_written() {
        let decimal = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
        for (power, suffix) in decimal.iter().enumerate() {
            let text = format!("3{suffix}");
            let quantity = Quantity::parse(&text).expect(&text);
            assert_eq!(quantity.nano, 3 * 1000_i128.pow(power as u32), "{text}");
            assert_eq!(Quantity::canonical(&text), Some(text));
        }
        for (power, suffix) in ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].iter().enumerate() {
            let text = format!("3{suffix}");
            let quantity = Quantity::parse(&text).expect(&text);
            assert_eq!(quantity.value(), 3 << (10 * (power + 1)), "{text}");
            assert_eq!(Quantity::canonical(&text), Some(text));
        }
        for letter in ["e", "E"] {
            let [large, small] = ["6", "-6"].map(|exponent| format!("3{letter}{exponent}"));
            assert_eq!(Quantity::parse(&large).expect(&large).value(), 3_000_000);
            assert_eq!(Quantity::parse(&small).expect(&small).nano, 3_000);
        }
    }

    #[test]
    fn only_a_binary_suffix_is_capped() {
        for (text, stored) in [
            ("7Ei", "7Ei"),
            ("8Ei", "9223372036854775807"),
            ("-8Ei", "-9223372036854775807"),
            ("100E", "100E"),
        ] {
            assert_eq!(Quantity::canonical(text).as_deref(), Some(stored), "{text}");
        }
    }

    #[test]
    fn quantities_are_stored_in_one_form() {
        for (text, stored) in [
            ("1024Mi", "1Gi"),
            ("0.5Gi", "512Mi"),
            ("1000m", "1"),
            ("0.1", "100m"),
            ("1.5", "1500m"),
            ("1000k", "1M"),
            ("1e3", "1e3"),
            ("1e2", "100"),
            ("100e3", "100e3"),
            ("1E", "1E"),
            ("0", "0"),
            ("0Gi", "0"),
            ("512Ki", "512Ki"),
            ("1500Ki", "1500Ki"),
            ("1023", "1023"),
            ("-5Mi", "-5Mi"),
            ("0.5Ki", "512"),
            ("+1", "1"),
            ("1e-3", "1e-3"),
        ] {
            assert_eq!(Quantity::canonical(text).as_deref(), Some(stored), "{text}");
        }
    }

    #[test]
    fn what_is_no_quantity_is_refused() {
        for text in ["", ".", "1.2.3", "1 Gi", "1gi", "Gi", "e3", "--1"] {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
    }
}
