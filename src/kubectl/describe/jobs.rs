//! Jobs and CronJobs. Models `describeJob`, `describeCronJob`.

use super::controlled_by;
use super::page::{Page, moment, or_unset};
use super::pod::template;
use crate::api::Value;
use crate::kubectl::duration::human;
use crate::kubectl::labels::selector_text;
use crate::kubectl::look::{Look, capital, joined, or};

/// A field that is told only where it is set.
fn set(page: &mut Page, label: &str, object: &Value, path: &str) {
    if object.look(path).is_some() {
        page.field(0, label, &object.print(path));
    }
}

fn seconds(page: &mut Page, label: &str, object: &Value, path: &str) {
    if object.look(path).is_some() {
        page.field(0, label, &(object.print(path) + "s"));
    }
}

/// A Job.
pub fn job(page: &mut Page, job: &Value) {
    page.name(job);
    page.field(0, "Selector", &selector_text(job.look("spec.selector")));
    page.labels(job);
    controlled_by(page, job);
    set(page, "Parallelism", job, "spec.parallelism");
    page.field(0, "Completions", &or_unset(job, "spec.completions"));
    for (label, path) in [
        ("Completion Mode", "spec.completionMode"),
        ("Suspend", "spec.suspend"),
        ("Backoff Limit", "spec.backoffLimit"),
        ("TTL Seconds After Finished", "spec.ttlSecondsAfterFinished"),
    ] {
        set(page, label, job, path);
    }
    let (started, completed) = (
        job.time("status.startTime"),
        job.time("status.completionTime"),
    );
    if started.is_some() {
        page.field(0, "Start Time", &moment(job, "status.startTime"));
    }
    if completed.is_some() {
        page.field(0, "Completed At", &moment(job, "status.completionTime"));
    }
    if let (Some(started), Some(completed)) = (started, completed) {
        page.field(0, "Duration", &human(completed.0 - started.0));
    }
    seconds(
        page,
        "Active Deadline Seconds",
        job,
        "spec.activeDeadlineSeconds",
    );
    let ready = match job.look("status.ready") {
        Some(_) => format!(" ({} Ready)", job.int("status.ready")),
        None => String::new(),
    };
    let text = format!(
        "{} Active{ready} / {} Succeeded / {} Failed",
        job.int("status.active"),
        job.int("status.succeeded"),
        job.int("status.failed")
    );
    page.field(0, "Pods Statuses", &text);
    if job.text("spec.completionMode") == "Indexed" {
        let indexes = capped(job.text("status.completedIndexes"));
        page.field(0, "Completed Indexes", or(&indexes, "<none>"));
    }
    template(page, job.look("spec.template"));
}

/// Models `capIndexesListOrNone`.
fn capped(indexes: &str) -> String {
    const SOFT_LIMIT: usize = 50;
    let rest = indexes.get(SOFT_LIMIT..).unwrap_or_default();
    match rest.find(',') {
        Some(end) => [&indexes[..=SOFT_LIMIT + end], "..."].concat(),
        None => indexes.into(),
    }
}

/// A CronJob.
pub fn cron_job(page: &mut Page, object: &Value) {
    page.name(object);
    page.labels(object);
    page.field(0, "Schedule", object.text("spec.schedule"));
    page.field(
        0,
        "Concurrency Policy",
        object.text("spec.concurrencyPolicy"),
    );
    let suspend = object.look("spec.suspend").and_then(Value::as_bool);
    page.field(0, "Suspend", suspend.map_or("<unset>", capital));
    page.field(0, "Time Zone", &or_unset(object, "spec.timeZone"));
    for (label, path) in [
        (
            "Successful Job History Limit",
            "spec.successfulJobsHistoryLimit",
        ),
        ("Failed Job History Limit", "spec.failedJobsHistoryLimit"),
    ] {
        page.field(0, label, &or_unset(object, path));
    }
    let deadline = match object.look("spec.startingDeadlineSeconds") {
        Some(_) => object.print("spec.startingDeadlineSeconds") + "s",
        None => "<unset>".into(),
    };
    page.field(0, "Starting Deadline Seconds", &deadline);
    let template_of = object.look("spec.jobTemplate").unwrap_or(&Value::Null);
    job_template(page, template_of);
    let last = match object.look("status.lastScheduleTime") {
        Some(_) => moment(object, "status.lastScheduleTime"),
        None => "<unset>".into(),
    };
    page.field(0, "Last Schedule Time", &last);
    let active = joined(object.list("status.active"), "name", ", ");
    page.field(0, "Active Jobs", or(&active, "<none>"));
}

fn job_template(page: &mut Page, of: &Value) {
    let selector = match of.look("spec.selector") {
        Some(selector) => selector_text(Some(selector)),
        None => "<unset>".into(),
    };
    page.field(0, "Selector", &selector);
    page.field(0, "Parallelism", &or_unset(of, "spec.parallelism"));
    page.field(0, "Completions", &or_unset(of, "spec.completions"));
    seconds(
        page,
        "Active Deadline Seconds",
        of,
        "spec.activeDeadlineSeconds",
    );
    template(page, of.look("spec.template"));
}
