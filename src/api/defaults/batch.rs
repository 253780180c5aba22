//! Defaults of Jobs and CronJobs. Models `pkg/apis/batch/v1/defaults.go`.

use super::default_to;
use crate::api::Value;

/// Models `SetDefaults_Job`.
pub fn job(job: &mut Value) {
    let labels = job.at(&["spec", "template", "metadata", "labels"]).cloned();
    if let Some(labels) = labels {
        default_to(job, &["metadata", "labels"], labels);
    }
    let spec = job.at_mut(&["spec"]);
    if spec.get("completions").is_none() && spec.get("parallelism").is_none() {
        spec.set(&["completions"], 1);
    }
    default_to(spec, &["parallelism"], 1);
    let per_index = spec.get("backoffLimitPerIndex").is_some();
    let limit = if per_index { i64::from(i32::MAX) } else { 6 };
    default_to(spec, &["backoffLimit"], limit);
    default_to(spec, &["completionMode"], "NonIndexed");
    default_to(spec, &["suspend"], false);
    let policy = match spec.get("podFailurePolicy") {
        Some(_) => "Failed",
        None => "TerminatingOrFailed",
    };
    default_to(spec, &["podReplacementPolicy"], policy);
    default_to(spec, &["manualSelector"], false);
}

/// Models `SetDefaults_CronJob`.
pub fn cron_job(cron_job: &mut Value) {
    let spec = cron_job.at_mut(&["spec"]);
    default_to(spec, &["concurrencyPolicy"], "Allow");
    default_to(spec, &["suspend"], false);
    default_to(spec, &["successfulJobsHistoryLimit"], 3);
    default_to(spec, &["failedJobsHistoryLimit"], 1);
}

/// Models `SetDefaults_PodFailurePolicyOnPodConditionsPattern`.
pub fn on_pod_conditions_pattern(pattern: &mut Value) {
    default_to(pattern, &["status"], "True");
}
