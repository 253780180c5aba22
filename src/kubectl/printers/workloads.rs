//! What keeps Pods: controllers of `apps` and `batch`, and what scales or protects them. Models
//! `printDeployment` and its like.

use super::Found;
use crate::api::Value;
use crate::cluster::SimTime;
use crate::kubectl::duration::{age, human, since};
use crate::kubectl::labels::{format_labels, format_selector, selector_text};
use crate::kubectl::look::{Look, capital, condition, controller, joined};

const SETS: &str = "Name,Desired,Current,Ready,Age,+Containers,+Images,+Selector";

pub fn columns(kind: &str) -> Found {
    Some(match kind {
        "ReplicationController" => (SETS, replication_controller),
        "ReplicaSet" => (SETS, replica_set),
        "Deployment" => (
            "Name,Ready,Up-to-date,Available,Age,+Containers,+Images,+Selector",
            deployment,
        ),
        "StatefulSet" => ("Name,Ready,Age,+Containers,+Images", stateful_set),
        "DaemonSet" => (
            "Name,Desired,Current,Ready,Up-to-date,Available,Node Selector,Age,+Containers,+Images,\
             +Selector",
            daemon_set,
        ),
        "Job" => (
            "Name,Status,Completions,Duration,Age,+Containers,+Images,+Selector",
            job,
        ),
        "CronJob" => (
            "Name,Schedule,Timezone,Suspend,Active,Last Schedule,Age,+Containers,+Images,+Selector",
            cron_job,
        ),
        "HorizontalPodAutoscaler" => (
            "Name,Reference,Targets,MinPods,MaxPods,Replicas,Age",
            super::config::horizontal_pod_autoscaler,
        ),
        "PodDisruptionBudget" => (
            "Name,Min Available,Max Unavailable,Allowed Disruptions,Age",
            pod_disruption_budget,
        ),
        "ControllerRevision" => ("Name,Controller,Revision,Age", controller_revision),
        "PodTemplate" => ("Name,Containers,Images,Pod Labels", pod_template),
        _ => return None,
    })
}

fn name(object: &Value) -> String {
    object.text("metadata.name").into()
}

/// Names and images of a template's containers.
fn containers(object: &Value, template: &str) -> [String; 2] {
    let containers = object.list(template);
    [
        joined(containers, "name", ","),
        joined(containers, "image", ","),
    ]
}

const CONTAINERS: &str = "spec.template.spec.containers";

fn number(object: &Value, path: &str) -> String {
    object.int(path).to_string()
}

/// `1/3`
fn of(object: &Value, part: &str, whole: &str) -> String {
    [&number(object, part), "/", &number(object, whole)].concat()
}

fn set(object: &Value, selector: String, now: SimTime) -> Vec<String> {
    let [names, images] = containers(object, CONTAINERS);
    vec![
        name(object),
        number(object, "spec.replicas"),
        number(object, "status.replicas"),
        number(object, "status.readyReplicas"),
        age(object, now),
        names,
        images,
        selector,
    ]
}

fn replication_controller(object: &Value, now: SimTime) -> Vec<String> {
    set(object, format_labels(object, "spec.selector"), now)
}

fn replica_set(object: &Value, now: SimTime) -> Vec<String> {
    set(object, format_selector(object.look("spec.selector")), now)
}

fn deployment(object: &Value, now: SimTime) -> Vec<String> {
    let [names, images] = containers(object, CONTAINERS);
    vec![
        name(object),
        of(object, "status.readyReplicas", "spec.replicas"),
        number(object, "status.updatedReplicas"),
        number(object, "status.availableReplicas"),
        age(object, now),
        names,
        images,
        selector_text(object.look("spec.selector")),
    ]
}

fn stateful_set(object: &Value, now: SimTime) -> Vec<String> {
    let [names, images] = containers(object, CONTAINERS);
    let ready = of(object, "status.readyReplicas", "spec.replicas");
    vec![name(object), ready, age(object, now), names, images]
}

fn daemon_set(object: &Value, now: SimTime) -> Vec<String> {
    let [names, images] = containers(object, CONTAINERS);
    vec![
        name(object),
        number(object, "status.desiredNumberScheduled"),
        number(object, "status.currentNumberScheduled"),
        number(object, "status.numberReady"),
        number(object, "status.updatedNumberScheduled"),
        number(object, "status.numberAvailable"),
        format_labels(object, "spec.template.spec.nodeSelector"),
        age(object, now),
        names,
        images,
        format_selector(object.look("spec.selector")),
    ]
}

fn job(object: &Value, now: SimTime) -> Vec<String> {
    let [names, images] = containers(object, CONTAINERS);
    let parallelism = object.int("spec.parallelism");
    let completions = if object.look("spec.completions").is_some() {
        of(object, "status.succeeded", "spec.completions")
    } else if parallelism > 1 {
        format!("{}/1 of {parallelism}", object.int("status.succeeded"))
    } else {
        number(object, "status.succeeded") + "/1"
    };
    let started = object.time("status.startTime");
    let ended = object.time("status.completionTime").unwrap_or(now);
    let duration = started.map_or(String::new(), |started| human(ended.0 - started.0));
    vec![
        name(object),
        job_status(object).into(),
        completions,
        duration,
        age(object, now),
        names,
        images,
        format_selector(object.look("spec.selector")),
    ]
}

fn job_status(job: &Value) -> &'static str {
    let is = |kind: &str| condition(job, kind).is_some_and(|it| it.text("status") == "True");
    if is("Complete") {
        "Complete"
    } else if is("Failed") {
        "Failed"
    } else if job.look("metadata.deletionTimestamp").is_some() {
        "Terminating"
    } else if is("Suspended") {
        "Suspended"
    } else if is("FailureTarget") {
        "FailureTarget"
    } else if is("SuccessCriteriaMet") {
        "SuccessCriteriaMet"
    } else {
        "Running"
    }
}

fn cron_job(object: &Value, now: SimTime) -> Vec<String> {
    let [names, images] = containers(object, "spec.jobTemplate.spec.template.spec.containers");
    let last = object.time("status.lastScheduleTime");
    let time_zone = object.look("spec.timeZone").and_then(Value::as_str);
    let suspend = object.look("spec.suspend").and_then(Value::as_bool);
    vec![
        name(object),
        object.text("spec.schedule").into(),
        time_zone.unwrap_or("<none>").into(),
        suspend.map_or("<unset>", capital).into(),
        object.list("status.active").len().to_string(),
        last.map_or("<none>".into(), |last| since(Some(last), now)),
        age(object, now),
        names,
        images,
        format_selector(object.look("spec.jobTemplate.spec.selector")),
    ]
}

fn pod_disruption_budget(object: &Value, now: SimTime) -> Vec<String> {
    let or_not = |path: &str| match object.look(path) {
        Some(_) => object.print(path),
        None => "N/A".into(),
    };
    vec![
        name(object),
        or_not("spec.minAvailable"),
        or_not("spec.maxUnavailable"),
        number(object, "status.disruptionsAllowed"),
        age(object, now),
    ]
}

fn controller_revision(object: &Value, now: SimTime) -> Vec<String> {
    let controller = controller(object).map_or("<none>".into(), |owner| {
        let group = owner.text("apiVersion").split_once('/');
        let kind = owner.text("kind").to_lowercase();
        match group {
            Some((group, _)) => [&kind, ".", group, "/", owner.text("name")].concat(),
            None => [&kind, "/", owner.text("name")].concat(),
        }
    });
    vec![
        name(object),
        controller,
        number(object, "revision"),
        age(object, now),
    ]
}

fn pod_template(object: &Value, _: SimTime) -> Vec<String> {
    let [names, images] = containers(object, "template.spec.containers");
    let labels = format_labels(object, "template.metadata.labels");
    vec![name(object), names, images, labels]
}
