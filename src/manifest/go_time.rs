//! What is wrong with a time, in Go's words. Models `time.Parse` with the layouts of `metav1.Time`
//! and `metav1.MicroTime`.

use super::go_syntax::quote;
use crate::cluster::SimTime;

const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";
const MICRO_LAYOUT: &str = "2006-01-02T15:04:05.000000Z07:00";

/// Why `text` is no time, if it is none. `is_micro` asks for six digits behind the second.
pub(super) fn fault(text: &str, is_micro: bool) -> Option<String> {
    let fault = told(text, is_micro);
    if fault.is_none() && SimTime::parse_rfc3339(text).is_none() {
        return Some(format!("parsing time {}: day out of range", quote(text)));
    }
    fault
}

fn told(text: &str, is_micro: bool) -> Option<String> {
    let layout = if is_micro { MICRO_LAYOUT } else { LAYOUT };
    let said = |rest: &str, element: &str| {
        Some(format!(
            "parsing time {} as {}: cannot parse {} as {}",
            quote(text),
            quote(layout),
            quote(rest),
            quote(element)
        ))
    };
    let mut rest = text;
    let elements = [
        ("2006", 4, 0, 9999),
        ("-", 0, 0, 0),
        ("01", 2, 1, 12),
        ("-", 0, 0, 0),
        ("02", 2, 1, 31),
        ("T", 0, 0, 0),
        ("15", 2, 0, 23),
        (":", 0, 0, 0),
        ("04", 2, 0, 59),
        (":", 0, 0, 0),
        ("05", 2, 0, 59),
    ];
    for (element, digits, least, most) in elements {
        if digits == 0 {
            match rest.strip_prefix(element) {
                Some(after) => rest = after,
                None => return said(rest, element),
            }
            continue;
        }
        let number = rest
            .get(..digits)
            .filter(|n| n.bytes().all(|b| b.is_ascii_digit()));
        let Some(number) = number.and_then(|number| number.parse::<u32>().ok()) else {
            return said(rest, element);
        };
        if !(least..=most).contains(&number) {
            let what = match element {
                "01" => "month",
                "02" => "day",
                "15" => "hour",
                "04" => "minute",
                _ => "second",
            };
            return Some(format!("parsing time {}: {what} out of range", quote(text)));
        }
        rest = &rest[digits..];
    }
    let fraction = rest.strip_prefix(['.', ',']).unwrap_or_default();
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    if is_micro && digits != 6 {
        return said(rest, ".000000");
    }
    if digits > 0 {
        rest = &rest[digits + 1..];
    }
    let zone = rest.strip_prefix('Z').or_else(|| {
        let zone = rest.get(..6)?.strip_prefix(['+', '-'])?;
        let is_zone = zone.bytes().enumerate().all(|(i, b)| match i {
            2 => b == b':',
            _ => b.is_ascii_digit(),
        });
        is_zone.then(|| &rest[6..])
    });
    let offset = |from, to| rest.get(from..to).and_then(|n| n.parse::<u32>().ok());
    let out = match (offset(1, 3), offset(4, 6)) {
        (Some(25..), _) => Some("hour"),
        (_, Some(61..)) => Some("minute"),
        _ => None,
    };
    match (zone, out) {
        (None, _) => said(rest, "Z07:00"),
        (Some(_), Some(part)) if !rest.starts_with('Z') => Some(format!(
            "parsing time {}: time zone offset {part} out of range",
            quote(text)
        )),
        (Some(""), _) => None,
        (Some(extra), _) => Some(format!(
            "parsing time {}: extra text: {}",
            quote(text),
            quote(extra)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn a_time_is_refused_in_gos_words() {
        for (text, sentence) in [
            (
                "x",
                "parsing time \"x\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"x\" as \"2006\"",
            ),
            (
                "2026-01-01",
                "parsing time \"2026-01-01\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"\" as \"T\"",
            ),
            (
                "2026-13-01T00:00:00Z",
                "parsing time \"2026-13-01T00:00:00Z\": month out of range",
            ),
            (
                "2026-01-01T00:00:00+25:00",
                "parsing time \"2026-01-01T00:00:00+25:00\": time zone offset hour out of range",
            ),
            (
                "2026-01-01T00:00:00-01:61",
                "parsing time \"2026-01-01T00:00:00-01:61\": time zone offset minute out of range",
            ),
            (
                "2026-02-30T00:00:00Z",
                "parsing time \"2026-02-30T00:00:00Z\": day out of range",
            ),
            (
                "2026-01-01T00:00:00Zx",
                "parsing time \"2026-01-01T00:00:00Zx\": extra text: \"x\"",
            ),
        ] {
            assert_eq!(fault(text, false).as_deref(), Some(sentence));
        }
        assert_eq!(fault("2024-02-29T00:00:00.5+01:00", false), None);
        assert_eq!(fault("2024-02-29T00:00:00,5+24:60", false), None);
        assert!(
            fault("2023-02-29T00:00:00Z", false)
                .is_some_and(|said| said.ends_with("day out of range"))
        );
        assert!(
            fault("2024-02-29T00:00:00Z", true)
                .is_some_and(|said| said.ends_with("as \".000000\""))
        );
    }
}
