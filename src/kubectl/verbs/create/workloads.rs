//! `kubectl create deployment`, `job`, `cronjob`. Models `create_{deployment,job,cronjob}.go`.

use super::generator::{FLAGS, command, container, finish, name, object, one};
use crate::api::Value;
use crate::fields;
use crate::kubectl::asked::Asked;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given};
use crate::kubectl::process::Process;

/// `kubectl create deployment`
pub const DEPLOYMENT: Command = Command::new(
    "deployment",
    "Create a deployment with the specified name",
    deployment,
)
.aliases(&["deploy"])
.flags(&[
    FLAGS,
    &[
        Flag::slice("image"),
        Flag::int32("port", "-1"),
        Flag::int32("replicas", "1").short("r"),
    ],
])
.required(&["image"]);

/// `kubectl create job`
pub const JOB: Command = Command::new("job", "Create a job with the specified name", job)
    .flags(&[FLAGS, &[Flag::text("from"), Flag::text("image")]]);

/// `kubectl create cronjob`
pub const CRON_JOB: Command = Command::new(
    "cronjob",
    "Create a cron job with the specified name",
    cron_job,
)
.aliases(&["cj"])
.flags(&[
    FLAGS,
    &[
        Flag::text("image"),
        Flag::text("restart"),
        Flag::text("schedule"),
    ],
])
.required(&["image", "schedule"]);

fn deployment(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let name = name(given)?;
    let (images, command) = (given.list("image"), command(given));
    if images.len() > 1 && !command.is_empty() {
        return plain("cannot specify multiple --image options and command");
    }
    let mut containers = Vec::new();
    for image in images {
        let named = container_name(cx, image);
        containers.push(container(&named, image, &command));
    }
    let port = given.int("port");
    if let Some(first) = containers.first_mut().filter(|_| port >= 0) {
        first.set(&["ports"], one(fields! { "containerPort" => port }));
    }
    let labels = fields! { "app" => &*name };
    let mut value = object("apps/v1", "Deployment", &name);
    value.set(&["metadata", "labels"], labels.clone());
    let template = fields! {
        "metadata" => fields! { "labels" => labels.clone() },
        "spec" => fields! { "containers" => containers.into_iter().collect::<Value>() },
    };
    let spec = fields! {
        "replicas" => given.int("replicas"),
        "selector" => fields! { "matchLabels" => labels },
        "strategy" => Value::map(),
        "template" => template,
    };
    value.set(&["spec"], spec);
    value.set(&["status"], Value::map());
    finish(cx, given, value, "failed to create deployment: ")
}

/// A container's name of its image. Models `sanitizeAndUniquify`.
fn container_name(cx: &mut Cx<'_>, image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or_default();
    let last = last.split(':').next().unwrap_or_default();
    let last = last.split('@').next().unwrap_or_default();
    if !last.contains(['_', '.']) {
        return last.into();
    }
    let end = cx.world().rng.name_suffix("kubectl", crate::api::Uid(0));
    format!("{}-{end}", last.replace(['_', '.'], "-"))
}

fn job(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let name = name(given)?;
    let (image, from, command) = (given.text("image"), given.text("from"), command(given));
    if image.is_empty() == from.is_empty() {
        return plain("either --image or --from must be specified");
    }
    if !command.is_empty() && !from.is_empty() {
        return plain("cannot specify --from and command");
    }
    let mut value = object("batch/v1", "Job", &name);
    if from.is_empty() {
        let spec = fields! {
            "containers" => one(container(&name, image, &command)), "restartPolicy" => "Never",
        };
        value.set(&["spec"], fields! { "template" => template(spec) });
    } else {
        let mut asked = Asked::of(cx, given);
        asked.words = vec![from.to_string()];
        let mut found = asked.find(cx)?.items;
        if found.len() != 1 {
            return plain("from must be an existing cronjob");
        }
        let info = found.remove(0)?;
        if info.kind.kind() != "CronJob" {
            let of = info.kind.of().go();
            return plain(format!("unknown object type *{of}"));
        }
        of_cron_job(&mut value, &info.value);
    }
    value.set(&["status"], Value::map());
    finish(cx, given, value, "failed to create job: ")
}

fn template(spec: Value) -> Value {
    fields! { "metadata" => Value::map(), "spec" => spec }
}

/// Models `createJobFromCronJob`.
fn of_cron_job(value: &mut Value, cron_job: &Value) {
    let template = cron_job
        .at(&["spec", "jobTemplate"])
        .cloned()
        .unwrap_or_default();
    let mut annotations = fields! { "cronjob.kubernetes.io/instantiate" => "manual" };
    let own = template
        .at(&["metadata", "annotations"])
        .and_then(Value::as_map);
    for (name, text) in own.into_iter().flat_map(|own| own.iter()) {
        annotations.fields_mut().insert(name.clone(), text.clone());
    }
    value.set(&["metadata", "annotations"], annotations);
    if let Some(labels) = template.at(&["metadata", "labels"]) {
        value.set(&["metadata", "labels"], labels.clone());
    }
    let owner = fields! {
        "apiVersion" => "batch/v1", "controller" => true, "kind" => "CronJob",
        "name" => cron_job.text_at(&["metadata", "name"]),
        "uid" => cron_job.text_at(&["metadata", "uid"]),
    };
    value.set(&["metadata", "ownerReferences"], one(owner));
    let spec = template.get("spec").cloned().unwrap_or_default();
    value.set(&["spec"], spec);
}

fn cron_job(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let name = name(given)?;
    let restart = match given.text("restart") {
        "" => "OnFailure",
        restart => restart,
    };
    let spec = fields! {
        "containers" => one(container(&name, given.text("image"), &command(given))),
        "restartPolicy" => restart,
    };
    let job = fields! {
        "metadata" => fields! { "name" => &*name },
        "spec" => fields! { "template" => template(spec) },
    };
    let mut value = object("batch/v1", "CronJob", &name);
    let spec = fields! { "jobTemplate" => job, "schedule" => given.text("schedule") };
    value.set(&["spec"], spec);
    value.set(&["status"], Value::map());
    finish(cx, given, value, "failed to create cronjob: ")
}
