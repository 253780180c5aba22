//! Ages and durations for people. Models `k8s.io/apimachinery/pkg/util/duration/duration.go`.

use super::look::Look;
use crate::api::Value;
use crate::cluster::SimTime;

const SECOND: i64 = 1_000_000;

/// `5s`, `2m10s`, `3d4h`: two or three significant figures. `micros` are microseconds.
pub fn human(micros: i64) -> String {
    let seconds = micros / SECOND;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        ..-1 => "<invalid>".into(),
        -1 => "0s".into(),
        0..120 => one(seconds, 's'),
        _ if minutes < 10 => two(minutes, 'm', seconds % 60, 's'),
        _ if minutes < 180 => one(minutes, 'm'),
        _ if hours < 8 => two(hours, 'h', minutes % 60, 'm'),
        _ if hours < 48 => one(hours, 'h'),
        _ if hours < 24 * 8 => two(days, 'd', hours % 24, 'h'),
        _ if days < 365 * 2 => one(days, 'd'),
        _ if days < 365 * 8 => two(days / 365, 'y', days % 365, 'd'),
        _ => one(days / 365, 'y'),
    }
}

fn one(number: i64, unit: char) -> String {
    let mut text = number.to_string();
    text.push(unit);
    text
}

fn two(number: i64, unit: char, rest: i64, smaller: char) -> String {
    match rest {
        0 => one(number, unit),
        _ => one(number, unit) + &one(rest, smaller),
    }
}

/// How long ago a moment was. Models `translateTimestampSince`.
pub fn since(moment: Option<SimTime>, now: SimTime) -> String {
    match moment {
        Some(moment) => human(now.0 - moment.0),
        None => "<unknown>".into(),
    }
}

/// How long ago an object was made.
pub fn age(object: &Value, now: SimTime) -> String {
    since(object.time("metadata.creationTimestamp"), now)
}

/// `Sun, 22 Nov 2026 22:28:38 +0000`: Go's RFC1123Z of a moment; of none, the one of Go's zero time.
pub fn rfc1123(moment: Option<SimTime>) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let Some(moment) = moment else {
        return "Mon, 01 Jan 0001 00:00:00 +0000".into();
    };
    let text = moment.to_rfc3339();
    let weekday = moment.unix_seconds().div_euclid(86_400).rem_euclid(7);
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let month = part(5, 7).parse::<usize>().unwrap_or(1).clamp(1, 12);
    format!(
        "{}, {} {} {} {} +0000",
        DAYS[usize::try_from(weekday).unwrap_or_default()],
        part(8, 10),
        MONTHS[month - 1],
        part(0, 4),
        part(11, 19)
    )
}

#[cfg(test)]
mod tests {
    use super::{human, rfc1123};
    use crate::cluster::SimTime;

    #[test]
    fn durations_are_said_as_upstream_says_them() {
        let (minute, hour, day) = (60, 3600, 86_400);
        for (seconds, expected) in [
            (-2, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (130, "2m10s"),
            (10 * minute, "10m"),
            (179 * minute, "179m"),
            (3 * hour, "3h"),
            (7 * hour + 59 * minute, "7h59m"),
            (8 * hour, "8h"),
            (47 * hour, "47h"),
            (2 * day, "2d"),
            (2 * day + 5 * hour, "2d5h"),
            (8 * day + 5 * hour, "8d"),
            (729 * day, "729d"),
            (730 * day, "2y"),
            (731 * day, "2y1d"),
            (3000 * day, "8y"),
        ] {
            assert_eq!(human(seconds * 1_000_000), expected);
        }
    }

    #[test]
    fn dates_have_their_day_of_the_week() {
        let moment = SimTime::parse_rfc3339("2026-11-22T22:28:38Z");
        assert_eq!(rfc1123(moment), "Sun, 22 Nov 2026 22:28:38 +0000");
        let before = SimTime::parse_rfc3339("1969-12-31T00:00:00Z");
        assert_eq!(rfc1123(before), "Wed, 31 Dec 1969 00:00:00 +0000");
    }
}
