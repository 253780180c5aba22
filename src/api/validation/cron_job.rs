//! CronJobs and their schedules. Models `ValidateCronJobCreate` of
//! `pkg/apis/batch/validation/validation.go`, and the standard parser of `robfig/cron`.
//! Left out: whether a time zone of the right form is one that exists.

use super::at::{At, Errors};
use super::field::quoted;
use super::job;

/// Models `ValidateCronJobCreate` behind the metadata.
pub fn create(cron_job: &At, errors: &mut Errors) {
    spec(&cron_job.field("spec"), None, errors);
    let name = cron_job.field("metadata").field("name");
    // The controller appends eleven characters for each Job.
    if name.str().len() > 63 - 11 {
        errors.invalid(&name.path, name.str(), "must be no more than 52 characters");
    }
}

/// Models `validateCronJobSpec`.
pub fn spec(spec: &At, old: Option<&At>, errors: &mut Errors) {
    schedule(spec, old, errors);
    errors.nonnegative(&spec.field("startingDeadlineSeconds"));
    let zone = spec.field("timeZone");
    if old.is_none_or(|old| old.field("timeZone").value != zone.value) {
        time_zone(&zone, errors);
    }
    errors.one_of(
        &spec.field("concurrencyPolicy"),
        &["Allow", "Forbid", "Replace"],
    );
    let template = spec.field("jobTemplate").field("spec");
    job::spec(&template, errors);
    let selector = template.field("selector");
    if selector.is_set() {
        let what = "`selector` will be auto-generated";
        errors.invalid(&selector.path, selector.value, what);
    }
    if template.flag("manualSelector") {
        let path = template.field("manualSelector").path;
        errors.not_supported(&path, true, &["nil", "false"]);
    }
    errors.nonnegative(&spec.field("successfulJobsHistoryLimit"));
    errors.nonnegative(&spec.field("failedJobsHistoryLimit"));
}

/// Models `validateScheduleFormat`.
fn schedule(spec: &At, old: Option<&At>, errors: &mut Errors) {
    let schedule = spec.field("schedule");
    let text = schedule.str();
    if text.is_empty() {
        return errors.required(&schedule.path, "");
    }
    if let Err(why) = parse_schedule(text) {
        errors.invalid(&schedule.path, text, why);
    }
    if !text.contains("TZ") {
        return;
    }
    let had_zone = old.is_some_and(|old| old.text("schedule").contains("TZ"));
    let what = if !had_zone {
        "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
    } else if spec.set("timeZone").is_some() {
        "cannot use both timeZone field and TZ or CRON_TZ in schedule"
    } else {
        return;
    };
    errors.invalid(&schedule.path, text, what);
}

/// Models `validateTimeZone`.
fn time_zone(zone: &At, errors: &mut Errors) {
    let text = zone.str();
    if !zone.is_set() {
        return;
    }
    if text.is_empty() {
        let what = "timeZone must be nil or non-empty string";
        return errors.invalid(&zone.path, text, what);
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-+".contains(c);
    let good = |part: &str| {
        (1..=14).contains(&part.len())
            && part.chars().all(allowed)
            && part != "."
            && part != ".."
            && !part.starts_with('-')
    };
    if !text.split('/').all(good) {
        errors.invalid(&zone.path, text, format!("unknown time zone {text}"));
    } else if text.eq_ignore_ascii_case("local") {
        let what =
            "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
        errors.invalid(&zone.path, text, what);
    }
}

/// A field of a schedule: the least and the greatest number, and names that may stand for numbers.
struct Bounds {
    least: u64,
    greatest: u64,
    names: &'static [&'static str],
}

const MONTHS: &[&str] = &[
    "", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Minute, hour, day of the month, month, day of the week.
const FIELDS: [Bounds; 5] = [
    Bounds {
        least: 0,
        greatest: 59,
        names: &[],
    },
    Bounds {
        least: 0,
        greatest: 23,
        names: &[],
    },
    Bounds {
        least: 1,
        greatest: 31,
        names: &[],
    },
    Bounds {
        least: 1,
        greatest: 12,
        names: MONTHS,
    },
    Bounds {
        least: 0,
        greatest: 6,
        names: DAYS,
    },
];

/// Models `cron.ParseStandard`: what is wrong, in its words.
fn parse_schedule(schedule: &str) -> Result<(), String> {
    let mut rest = schedule;
    if rest.starts_with("TZ=") || rest.starts_with("CRON_TZ=") {
        rest = rest.split_once(' ').map_or("", |(_, rest)| rest).trim();
    }
    if rest.starts_with('@') {
        return parse_descriptor(rest);
    }
    let fields: Vec<&str> = rest.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        let (count, fields) = (fields.len(), fields.join(" "));
        return Err(format!(
            "expected exactly 5 fields, found {count}: [{fields}]"
        ));
    }
    for (field, bounds) in fields.iter().zip(&FIELDS) {
        for range in field.split(',').filter(|range| !range.is_empty()) {
            parse_range(range, bounds)?;
        }
    }
    Ok(())
}

fn parse_descriptor(descriptor: &str) -> Result<(), String> {
    const KNOWN: &[&str] = &[
        "@yearly",
        "@annually",
        "@monthly",
        "@weekly",
        "@daily",
        "@midnight",
        "@hourly",
    ];
    if KNOWN.contains(&descriptor) {
        return Ok(());
    }
    match descriptor.strip_prefix("@every ") {
        Some(duration) if is_duration(duration) => Ok(()),
        Some(duration) => {
            let why = format!("time: invalid duration {}", quoted(duration));
            Err(format!("failed to parse duration {descriptor}: {why}"))
        }
        None => Err(format!("unrecognized descriptor: {descriptor}")),
    }
}

/// As Go's `time.ParseDuration` accepts it: `1h30m`.
fn is_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    let mut parts = 0;
    while !rest.is_empty() {
        let number = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(0);
        let (digits, after) = rest.split_at(number);
        let units = ["ns", "us", "µs", "μs", "ms", "s", "m", "h"];
        let unit = after
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(after.len());
        if !digits.bytes().any(|c| c.is_ascii_digit()) || !units.contains(&&after[..unit]) {
            return false;
        }
        rest = &after[unit..];
        parts += 1;
    }
    parts > 0
}

/// Models `getRange`: `number | number "-" number [ "/" number ]`.
fn parse_range(range: &str, bounds: &Bounds) -> Result<(), String> {
    let parts: Vec<&str> = range.split('/').collect();
    let ends: Vec<&str> = parts[0].split('-').collect();
    let (start, mut end) = match ends[..] {
        ["*" | "?", ..] => (bounds.least, bounds.greatest),
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
    let (least, greatest) = (bounds.least, bounds.greatest);
    if start < least {
        return Err(format!(
            "beginning of range ({start}) below minimum ({least}): {range}"
        ));
    }
    if end > greatest {
        return Err(format!(
            "end of range ({end}) above maximum ({greatest}): {range}"
        ));
    }
    if start > end {
        return Err(format!(
            "beginning of range ({start}) beyond end of range ({end}): {range}"
        ));
    }
    if step == 0 {
        return Err(format!(
            "step of range should be a positive number: {range}"
        ));
    }
    Ok(())
}

fn parse_number_or_name(text: &str, bounds: &Bounds) -> Result<u64, String> {
    let lower = text.to_lowercase();
    let named = bounds
        .names
        .iter()
        .position(|name| !name.is_empty() && *name == lower);
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
    use super::parse_schedule;

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
            assert_eq!(parse_schedule(schedule), Ok(()), "{schedule}");
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
            assert_eq!(parse_schedule(schedule), Err(why.to_string()), "{schedule}");
        }
    }
}
