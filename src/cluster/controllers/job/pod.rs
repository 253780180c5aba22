//! A Pod of a Job. Models the template that `manageJob` makes, `pkg/controller/job/job_controller.go`,
//! and `addCompletionIndex…` of `indexed_job_utils.go`.

use super::indexes::{FAILURES, IGNORED_FAILURES, INDEX};
use super::look::TRACKING;
use crate::api::{Object, Value};
use crate::cluster::controllers::controller_utils::pod_from_template;
use crate::fields;

/// The variable that tells a container its index.
const VARIABLE: &str = "JOB_COMPLETION_INDEX";

/// A generated name begins with so much at most. `MaxGeneratedNameLength`.
const MAX_GENERATED_NAME_LENGTH: usize = 63 - 5;

/// A Pod, with its index where it has one, and how often that has failed where that is counted: in ways
/// that count, and in others.
pub fn make(job: &Object, index: Option<i64>, failures: Option<(i64, i64)>) -> Value {
    let template = job
        .value
        .at(&["spec", "template"])
        .cloned()
        .unwrap_or_default();
    let mut pod = pod_from_template(job, &template);
    let finalizers = pod.at_mut(&["metadata", "finalizers"]).items_mut();
    if !finalizers.contains(&TRACKING.into()) {
        finalizers.push(TRACKING.into());
    }
    let Some(index) = index else { return pod };
    for list in ["initContainers", "containers"] {
        if pod.at(&["spec", list]).is_some() {
            for container in pod.at_mut(&["spec", list]).items_mut() {
                add_variable(container);
            }
        }
    }
    let name = &job.meta.name;
    pod.set(&["metadata", "annotations", INDEX], index.to_string());
    pod.set(&["metadata", "labels", INDEX], index.to_string());
    pod.set(&["spec", "hostname"], format!("{name}-{index}"));
    pod.set(&["metadata", "generateName"], prefix(name, index));
    if let Some((counted, ignored)) = failures {
        pod.set(&["metadata", "annotations", FAILURES], counted.to_string());
        if ignored > 0 {
            pod.set(
                &["metadata", "annotations", IGNORED_FAILURES],
                ignored.to_string(),
            );
        }
    }
    pod
}

fn add_variable(container: &mut Value) {
    let variables = container.at_mut(&["env"]).items_mut();
    if variables
        .iter()
        .any(|variable| variable.text_at(&["name"]) == VARIABLE)
    {
        return;
    }
    let reference = fields! { "fieldPath" => format!("metadata.labels['{INDEX}']") };
    variables.push(fields! {
        "name" => VARIABLE, "valueFrom" => fields! { "fieldRef" => reference },
    });
}

/// Models `podGenerateNameWithIndex`.
fn prefix(job: &str, index: i64) -> String {
    let end = format!("-{index}-");
    let most = MAX_GENERATED_NAME_LENGTH
        .saturating_sub(end.len())
        .min(job.len());
    format!("{}{end}", &job[..most])
}
