//! Schedules of CronJobs: `*/5 * * * *`. Models the standard parser of `github.com/robfig/cron/v3` and the
//! schedules that it makes, with its words for what is wrong.
//! Left out: time zones that have seasons, since there is no database of them here: they count as UTC.

use std::time::Duration;

use super::validation::field::quoted;
use crate::cluster::{SimTime, calendar};

/// When something happens again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    when: When,
    /// Seconds east of Greenwich.
    offset: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum When {
    /// At these minutes, hours, days of the month, months and days of the week.
    At([Field; 5]),
    /// After this, and again after this.
    Every(Duration),
}

/// Numbers that a field fits, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Field {
    bits: u64,
    /// Was nothing asked for?
    is_star: bool,
}

impl Field {
    fn has(self, number: i64) -> bool {
        self.bits >> number & 1 == 1
    }
}

/// What a field may be: the least and the greatest number, and names that may stand for numbers.
struct Bounds {
    least: u64,
    greatest: u64,
    names: &'static [&'static str],
}

const MONTHS: &[&str] = &[
    "", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const fn bounds(least: u64, greatest: u64, names: &'static [&'static str]) -> Bounds {
    Bounds {
        least,
        greatest,
        names,
    }
}

/// Minute, hour, day of the month, month, day of the week.
const FIELDS: [Bounds; 5] = [
    bounds(0, 59, &[]),
    bounds(0, 23, &[]),
    bounds(1, 31, &[]),
    bounds(1, 12, MONTHS),
    bounds(0, 6, DAYS),
];

/// Names for schedules, and what they stand for.
const DESCRIPTORS: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

const DAY: i64 = 86_400;

/// How far ahead is looked.
const YEARS: i64 = 5;

impl Schedule {
    /// The schedule that `text` tells. Models `cron.ParseStandard`.
    ///
    /// # Errors
    /// What is wrong, in its words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (mut rest, mut offset) = (text, 0);
        if let Some(zoned) = text
            .strip_prefix("CRON_TZ=")
            .or_else(|| text.strip_prefix("TZ="))
        {
            let (zone, behind) = zoned.split_once(' ').unwrap_or((zoned, ""));
            (rest, offset) = (behind.trim(), fixed_offset(zone).unwrap_or(0));
        }
        let when = match rest.strip_prefix('@') {
            Some(_) => descriptor(rest)?,
            None => When::At(fields(rest)?),
        };
        Ok(Schedule { when, offset })
    }

    /// The same in another time zone.
    pub fn east_by(self, offset: i64) -> Self {
        Schedule { offset, ..self }
    }

    /// The first moment behind `after`, if there is one in the next years. Models `Next`.
    pub fn next(&self, after: SimTime) -> Option<SimTime> {
        let after = after.unix_seconds();
        let fields = match &self.when {
            When::At(fields) => fields,
            When::Every(pause) => return Some(at(after) + *pause),
        };
        let start = after + 1 + self.offset;
        let first = start.div_euclid(DAY);
        (first..first + YEARS * 366).find_map(|day| {
            let least = (start - day * DAY).max(0);
            let second = first_of_day(fields, day, least)?;
            Some(at(day * DAY + second - self.offset))
        })
    }
}

/// The moment so many seconds after 1970.
fn at(unix_seconds: i64) -> SimTime {
    SimTime((unix_seconds - SimTime::ZERO.unix_seconds()).saturating_mul(1_000_000))
}

/// The first second of a day that fits, not before `least`.
fn first_of_day(fields: &[Field; 5], day: i64, least: i64) -> Option<i64> {
    let [minute, hour, of_month, month, of_week] = *fields;
    let (_, its_month, its_day) = calendar::date(day);
    // 1970 began on a Thursday.
    let fits = [of_month.has(its_day), of_week.has((day + 4).rem_euclid(7))];
    let fits = match of_month.is_star || of_week.is_star {
        true => fits[0] && fits[1],
        false => fits[0] || fits[1],
    };
    if !fits || !month.has(its_month) {
        return None;
    }
    let mut minutes = (least + 59) / 60..24 * 60;
    let found = minutes.find(|at| hour.has(at / 60) && minute.has(at % 60));
    found.map(|minute| minute * 60)
}

/// Seconds east of Greenwich of a time zone that has no seasons; `None` of any other.
pub fn fixed_offset(zone: &str) -> Option<i64> {
    let zone = zone.strip_prefix("Etc/").unwrap_or(zone);
    let utc = [
        "UTC",
        "UCT",
        "Zulu",
        "Universal",
        "GMT",
        "Greenwich",
        "GMT0",
        "GMT+0",
        "GMT-0",
        "",
    ];
    if utc.contains(&zone) {
        return Some(0);
    }
    // Its sign is the other way round: POSIX counts west of Greenwich.
    let west: i64 = zone
        .strip_prefix("GMT")
        .filter(|rest| rest.starts_with(['+', '-']))?
        .parse()
        .ok()?;
    (-14..=12).contains(&west).then_some(-west * 3600)
}

fn fields(text: &str) -> Result<[Field; 5], String> {
    let texts: Vec<&str> = text.split_whitespace().collect();
    if texts.len() != FIELDS.len() {
        let (count, fields) = (texts.len(), texts.join(" "));
        return Err(format!(
            "expected exactly 5 fields, found {count}: [{fields}]"
        ));
    }
    let mut fields = [Field::default(); 5];
    for ((field, text), bounds) in fields.iter_mut().zip(texts).zip(&FIELDS) {
        for range in text.split(',').filter(|range| !range.is_empty()) {
            let part = parse_range(range, bounds)?;
            field.bits |= part.bits;
            field.is_star |= part.is_star;
        }
    }
    Ok(fields)
}

fn descriptor(text: &str) -> Result<When, String> {
    if let Some((_, fields_of)) = DESCRIPTORS.iter().find(|(name, _)| *name == text) {
        return Ok(When::At(fields(fields_of)?));
    }
    match text.strip_prefix("@every ") {
        Some(told) => match parse_duration(told) {
            // Whole seconds, and one at least: `cron.Every`.
            Some(seconds) => Ok(When::Every(Duration::from_secs(seconds.max(1)))),
            None => {
                let why = format!("time: invalid duration {}", quoted(told));
                Err(format!("failed to parse duration {text}: {why}"))
            }
        },
        None => Err(format!("unrecognized descriptor: {text}")),
    }
}

/// Whole seconds of what Go's `time.ParseDuration` accepts: `1h30m`. Less than nothing is nothing.
fn parse_duration(text: &str) -> Option<u64> {
    const UNITS: [(&str, u64); 8] = [
        ("ns", 1),
        ("us", 1_000),
        ("µs", 1_000),
        ("μs", 1_000),
        ("ms", 1_000_000),
        ("s", 1_000_000_000),
        ("m", 60_000_000_000),
        ("h", 3_600_000_000_000),
    ];
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Some(0);
    }
    let (mut nanos, mut parts) = (0_u64, 0);
    while !rest.is_empty() {
        let number = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(0);
        let (digits, after) = rest.split_at(number);
        let end = after
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(after.len());
        let (_, unit) = UNITS.iter().find(|(unit, _)| *unit == &after[..end])?;
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.len() + fraction.len() == 0 || fraction.contains('.') {
            return None;
        }
        nanos = nanos.saturating_add(whole.parse().unwrap_or(0_u64).saturating_mul(*unit));
        let mut part = *unit;
        for digit in fraction.bytes() {
            part /= 10;
            nanos = nanos.saturating_add(u64::from(digit - b'0') * part);
        }
        rest = &after[end..];
        parts += 1;
    }
    let sign = if text.starts_with('-') { 0 } else { 1 };
    (parts > 0).then_some(nanos / 1_000_000_000 * sign)
}

/// Models `getRange`: `number | number "-" number [ "/" number ]`.
fn parse_range(range: &str, bounds: &Bounds) -> Result<Field, String> {
    let parts: Vec<&str> = range.split('/').collect();
    let ends: Vec<&str> = parts[0].split('-').collect();
    let mut is_star = false;
    let (start, mut end) = match ends[..] {
        ["*" | "?", ..] => {
            is_star = true;
            (bounds.least, bounds.greatest)
        }
        [only] => {
            let only = parse_number_or_name(only, bounds)?;
            (only, only)
        }
        [start, end] => (
            parse_number_or_name(start, bounds)?,
            parse_number_or_name(end, bounds)?,
        ),
        _ => return Err(format!("too many hyphens: {range}")),
    };
    let step = match parts[..] {
        [_] => 1,
        [_, step] => {
            if ends.len() == 1 {
                end = bounds.greatest;
            }
            parse_number(step)?
        }
        _ => return Err(format!("too many slashes: {range}")),
    };
    check_range((start, end, step), range, bounds)?;
    let numbers = (start..=end).step_by(usize::try_from(step).unwrap_or(usize::MAX));
    Ok(Field {
        bits: numbers.fold(0, |bits, number| bits | 1 << number),
        is_star: is_star && step == 1,
    })
}

fn check_range(
    (start, end, step): (u64, u64, u64),
    range: &str,
    bounds: &Bounds,
) -> Result<(), String> {
    let (least, greatest) = (bounds.least, bounds.greatest);
    Err(if start < least {
        format!("beginning of range ({start}) below minimum ({least}): {range}")
    } else if end > greatest {
        format!("end of range ({end}) above maximum ({greatest}): {range}")
    } else if start > end {
        format!("beginning of range ({start}) beyond end of range ({end}): {range}")
    } else if step == 0 {
        format!("step of range should be a positive number: {range}")
    } else {
        return Ok(());
    })
}

fn parse_number_or_name(text: &str, bounds: &Bounds) -> Result<u64, String> {
    let lower = text.to_lowercase();
    let mut names = bounds.names.iter();
    let named = names.position(|name| !name.is_empty() && *name == lower);
    named.map_or_else(|| parse_number(text), |number| Ok(number as u64))
}

fn parse_number(text: &str) -> Result<u64, String> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let why = if digits.is_empty() || !digits.bytes().all(|c| c.is_ascii_digit()) {
        "invalid syntax"
    } else {
        match text.parse::<i64>() {
            Ok(number) if number < 0 => {
                return Err(format!("negative number ({number}) not allowed: {text}"));
            }
            Ok(number) => return Ok(number.unsigned_abs()),
            Err(_) => "value out of range",
        }
    };
    let text_quoted = quoted(text);
    Err(format!(
        "failed to parse int from {text}: strconv.Atoi: parsing {text_quoted}: {why}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_judged_as_upstream_judges_them() {
        for schedule in [
            "* * * * *",
            "0 0 * JAN MON",
            "*/5 0-12/2 1,15 * ?",
            "@hourly",
            "@every 1h30m",
            "TZ=UTC 0 9 * * *",
        ] {
            assert!(Schedule::parse(schedule).is_ok(), "{schedule}");
        }
        for (schedule, why) in [
            ("60 * * * *", "end of range (60) above maximum (59): 60"),
            ("* * * *", "expected exactly 5 fields, found 4: [* * * *]"),
            (
                "5-1 * * * *",
                "beginning of range (5) beyond end of range (1): 5-1",
            ),
            ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
            (
                "*/0 * * * *",
                "step of range should be a positive number: */0",
            ),
            ("@never", "unrecognized descriptor: @never"),
        ] {
            assert_eq!(
                Schedule::parse(schedule),
                Err(why.to_string()),
                "{schedule}"
            );
        }
    }

    #[test]
    fn the_next_moment_is_upstreams() {
        // After robfig/cron's own table, `TestNext` in spec_test.go, with its two kinds of days; then
        // those that differ by zone and pause.
        for (after, schedule, expected) in [
            (
                "2012-07-09T14:45:00Z",
                "0/15 * * * *",
                "2012-07-09T15:00:00Z",
            ),
            (
                "2012-07-09T14:59:59Z",
                "0/15 * * * *",
                "2012-07-09T15:00:00Z",
            ),
            (
                "2012-07-09T15:45:00Z",
                "20-35/15 * * * *",
                "2012-07-09T16:20:00Z",
            ),
            (
                "2012-07-09T23:46:00Z",
                "*/15 * * * *",
                "2012-07-10T00:00:00Z",
            ),
            (
                "2012-07-09T23:35:00Z",
                "0 0 9 Apr-Oct *",
                "2012-08-09T00:00:00Z",
            ),
            (
                "2012-07-09T23:35:00Z",
                "0 0 * Feb Mon",
                "2013-02-04T00:00:00Z",
            ),
            (
                "2012-07-09T23:35:00Z",
                "0 0 29 Feb *",
                "2016-02-29T00:00:00Z",
            ),
            (
                "2026-01-01T00:00:00Z",
                "0 0 3 * MON",
                "2026-01-03T00:00:00Z",
            ),
            (
                "2026-01-03T00:00:00Z",
                "0 0 3 * MON",
                "2026-01-05T00:00:00Z",
            ),
            (
                "2026-01-01T00:00:00Z",
                "0 0 */2 * MON",
                "2026-01-03T00:00:00Z",
            ),
            (
                "2026-01-01T00:00:00Z",
                "TZ=Etc/GMT-2 0 9 * * *",
                "2026-01-01T07:00:00Z",
            ),
            (
                "2026-01-01T23:00:00Z",
                "TZ=Etc/GMT+3 0 21 * * *",
                "2026-01-02T00:00:00Z",
            ),
            (
                "2026-01-01T00:00:10Z",
                "@every 1h30m",
                "2026-01-01T01:30:10Z",
            ),
            (
                "2026-01-01T00:00:10Z",
                "@every 1.5s",
                "2026-01-01T00:00:11Z",
            ),
        ] {
            let schedule = Schedule::parse(schedule).expect("it is one");
            let after = SimTime::parse_rfc3339(after).expect("it is a time");
            let next = schedule.next(after).map(SimTime::to_rfc3339);
            assert_eq!(next.as_deref(), Some(expected), "{schedule:?}");
        }
        let never = Schedule::parse("0 0 31 Feb *").expect("it is one");
        assert_eq!(never.next(SimTime::ZERO), None);
    }
}
