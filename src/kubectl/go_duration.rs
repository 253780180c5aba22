//! Lengths of time as Go writes and reads them. Models `time.ParseDuration` and `Duration.String`.

use std::time::Duration;

use crate::manifest::stream::quoted;

/// Reads `5s`, `1m30s`, `0`, `-1s`; microseconds, which may be less than nothing.
///
/// # Errors
/// Go's sentence.
pub fn parse(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quoted(text));
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut nanos: i128 = 0;
    while !rest.is_empty() {
        let digits = |text: &str| {
            text.find(|c: char| !c.is_ascii_digit())
                .unwrap_or(text.len())
        };
        let whole = &rest[..digits(rest)];
        rest = &rest[whole.len()..];
        let mut part = "";
        if let Some(behind) = rest.strip_prefix('.') {
            part = &behind[..digits(behind)];
            rest = &behind[part.len()..];
        }
        if whole.is_empty() && part.is_empty() {
            return Err(invalid());
        }
        let end = rest.find(|c: char| c == '.' || c.is_ascii_digit());
        let unit = &rest[..end.unwrap_or(rest.len())];
        let scale: i128 = match unit {
            "" => return Err(format!("time: missing unit in duration {}", quoted(text))),
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => {
                return Err(format!(
                    "time: unknown unit {} in duration {}",
                    quoted(unit),
                    quoted(text)
                ));
            }
        };
        rest = &rest[unit.len()..];
        nanos += whole.parse::<i128>().unwrap_or(0).saturating_mul(scale);
        let mut step = scale;
        for digit in part.bytes() {
            step /= 10;
            nanos += i128::from(digit - b'0') * step;
        }
    }
    if nanos > i128::from(i64::MAX) {
        return Err(invalid());
    }
    Ok(sign * i64::try_from(nanos / 1_000).unwrap_or(i64::MAX))
}

/// The same where less than nothing is nothing.
pub fn length(text: &str) -> Duration {
    let micros = parse(text).unwrap_or_default();
    Duration::from_micros(u64::try_from(micros).unwrap_or_default())
}

/// `1m30s`, `5s`, `500ms`, `0s`. Models `Duration.String`.
pub fn print(length: Duration) -> String {
    let micros = length.as_micros();
    if micros == 0 {
        return "0s".into();
    }
    let decimals = |whole: u128, part: u128, digits: usize| {
        let text = format!("{whole}.{part:0digits$}");
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    };
    if micros < 1_000 {
        return format!("{micros}µs");
    } else if micros < 1_000_000 {
        return format!("{}ms", decimals(micros / 1_000, micros % 1_000, 3));
    }
    let (minutes, rest) = (micros / 60_000_000, micros % 60_000_000);
    let seconds = decimals(rest / 1_000_000, rest % 1_000_000, 6);
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{seconds}s"),
        (0, minutes) => format!("{minutes}m{seconds}s"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::{parse, print};
    use std::time::Duration;

    #[test]
    fn lengths_are_written_as_go_writes_them() {
        for (millis, text) in [
            (0, "0s"),
            (1, "1ms"),
            (1_500, "1.5s"),
            (90_000, "1m30s"),
            (3_600_000, "1h0m0s"),
        ] {
            assert_eq!(print(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn lengths_are_read_as_go_reads_them() {
        assert_eq!(parse("1m30.5s"), Ok(90_500_000));
        assert_eq!(parse("-1s"), Ok(-1_000_000));
        assert_eq!(parse("0"), Ok(0));
        for (text, told) in [
            ("5", "time: missing unit in duration \"5\""),
            ("x", "time: invalid duration \"x\""),
            ("5y", "time: unknown unit \"y\" in duration \"5y\""),
        ] {
            assert_eq!(parse(text), Err(told.to_string()));
        }
    }
}
