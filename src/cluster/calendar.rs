//! Calendar dates of the Gregorian calendar and RFC 3339 texts, as `metav1.Time` and `MicroTime` write
//! them. Models what `time.RFC3339` of Go reads and prints; left out: leap seconds, which Go doesn't know.
//! What is wrong with a text, in Go's words, is said by `manifest/go_time.rs`.

/// Days from 1970-01-01 to a date; years are counted from March, so that a leap day is a year's last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year
        - 719_468
}

/// The date so many days after 1970-01-01: year, month, day.
pub fn date(days_since_1970: i64) -> (i64, i64, i64) {
    let days = days_since_1970 + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let month = (march_month + 2) % 12 + 1;
    let year = year + 400 * era + i64::from(month <= 2);
    (year, month, day_of_year - (153 * march_month + 2) / 5 + 1)
}

/// `2026-01-01T00:01:01Z`, from whole seconds since 1970.
pub fn to_rfc3339(unix_seconds: i64) -> String {
    let (year, month, day) = date(unix_seconds.div_euclid(86_400));
    let second = unix_seconds.rem_euclid(86_400);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// `Thu, 01 Jan 2026 00:01:00 +0000`, from whole seconds since 1970. Models `time.RFC1123Z`, in UTC.
pub fn to_rfc1123z(unix_seconds: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let days = unix_seconds.div_euclid(86_400);
    let (year, month, day) = date(days);
    let (week_day, month) = (
        DAYS[days.rem_euclid(7) as usize],
        MONTHS[month as usize - 1],
    );
    let second = unix_seconds.rem_euclid(86_400);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{week_day}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} +0000")
}

/// Microseconds since 1970 of an RFC 3339 text; digits after the sixth of a fraction are dropped.
pub fn parse_rfc3339(text: &str) -> Option<i64> {
    let (head, rest) = text.split_at_checked(19)?;
    let bytes = head.as_bytes();
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if separators
        .iter()
        .any(|(at, separator)| bytes[*at] != *separator)
    {
        return None;
    }
    let part = |from: usize, to: usize| number(head.get(from..to)?);
    let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
    let (hour, minute, second) = (part(11, 13)?, part(14, 16)?, part(17, 19)?);
    let days = days_since_1970(year, month, day);
    if !(1..=12).contains(&month) || date(days) != (year, month, day) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (micros, zone) = fraction(rest)?;
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset(zone)?;
    Some(seconds * 1_000_000 + micros)
}

/// `.25Z` → 250,000 microseconds, and what comes after the digits.
fn fraction(text: &str) -> Option<(i64, &str)> {
    let Some(digits) = text.strip_prefix(['.', ',']) else {
        return Some((0, text));
    };
    let end = digits.find(|c: char| !c.is_ascii_digit())?;
    let mut micros = number(digits.get(..end.min(6))?)?;
    for _ in end..6 {
        micros *= 10;
    }
    Some((micros, &digits[end..]))
}

/// `Z` or `+02:00`, in seconds.
fn offset(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = match zone.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let (hours, minutes) = match (hours.len(), minutes.len()) {
        (2, 2) => (number(hours)?, number(minutes)?),
        _ => return None,
    };
    // Go's bounds: people do write 24 hours and 60 minutes.
    (hours <= 24 && minutes <= 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Digits only, at least one.
fn number(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_eight_centuries_comes_back() {
        let mut before = date(days_since_1970(1600, 1, 1) - 1);
        assert_eq!(before, (1599, 12, 31));
        for days in days_since_1970(1600, 1, 1)..days_since_1970(2400, 1, 1) {
            let (year, month, day) = date(days);
            assert_eq!(days_since_1970(year, month, day), days);
            let next = (year, month, day) == (before.0, before.1, before.2 + 1)
                || day == 1 && (month == before.1 + 1 || month == 1 && year == before.0 + 1);
            assert!(next, "{before:?} then {year}-{month}-{day}");
            before = (year, month, day);
        }
        assert_eq!(date(11_016), (2000, 2, 29));
    }

    #[test]
    fn texts_of_every_form_are_read_and_no_others() {
        let read = |text| parse_rfc3339(text);
        assert_eq!(read("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(
            read("2026-01-01T02:00:00.25+02:00"),
            Some(1_767_225_600_250_000)
        );
        assert_eq!(
            read("2026-01-01T00:00:00,5+23:60"),
            Some(1_767_139_200_500_000)
        );
        assert_eq!(
            read("2026-01-01T00:00:00.1234567Z"),
            Some(1_767_225_600_123_456)
        );
        for wrong in [
            "",
            "2026-02-30T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-01-01 00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00+2:00",
            "2026-01-01T00:00:00+25:00",
            "+026-01-01T00:00:00Z",
            "2026-01-01T00:00:00Zé",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(to_rfc3339(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(to_rfc3339(-1), "1969-12-31T23:59:59Z");
    }
}
