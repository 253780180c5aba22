//! CronJobs. Models `ValidateCronJobCreate` of `pkg/apis/batch/validation/validation.go`.
//! Left out: whether a time zone of the right form is one that exists.

use super::at::{At, Errors};
use super::job;
use crate::api::cron::Schedule;

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
    if let Err(why) = Schedule::parse(text) {
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
