//! `kubectl autoscale`. Models `k8s.io/kubectl/pkg/cmd/autoscale/autoscale.go`.

use super::create::generator::object;
use crate::api::Value;
use crate::api::quantity::Quantity;
use crate::api::schema;
use crate::fields;
use crate::kubectl::apply::remember;
use crate::kubectl::asked::{self, Asked};
use crate::kubectl::builder::Info;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given, shared};
use crate::kubectl::options::DryRun;
use crate::kubectl::process::Process;
use crate::kubectl::session::Session;

/// `kubectl autoscale`
pub const COMMAND: Command = Command::new(
    "autoscale",
    "Auto-scale a deployment, replica set, stateful set, or replication controller",
    run,
)
.flags(&[
    shared::FILENAME,
    shared::PRINT,
    shared::DRY_RUN,
    shared::SAVE_CONFIG,
    &[
        Flag::text("cpu"),
        Flag::int32("cpu-percent", "-1").deprecated(
            "Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization \
             or '500m' for milliCPU).",
        ),
        Flag::text("field-manager").default("kubectl-autoscale"),
        Flag::int32("max", "-1"),
        Flag::text("memory"),
        Flag::int32("min", "-1"),
        Flag::text("name"),
    ],
])
.required(&["max"]);

fn run(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let mut session = Session::of(cx, given)?;
    let (min, max) = (given.int("min"), given.int("max"));
    if max < 1 {
        return plain(format!(
            "--max=MAXPODS is required and must be at least 1, max: {max}"
        ));
    } else if max < min {
        return plain(format!(
            "--max=MAXPODS must be larger or equal to --min=MINPODS, max: {max}, min: {min}"
        ));
    } else if given.int("cpu-percent") > 0 && !given.text("cpu").is_empty() {
        return plain("--cpu-percent and --cpu are mutually exclusive");
    }
    let mut metrics = Vec::new();
    if given.int("cpu-percent") > 0 {
        metrics.push(metric("cpu", utilization(given.int("cpu-percent"))));
    }
    for resource in ["cpu", "memory"] {
        if !given.text(resource).is_empty() {
            metrics.push(metric(resource, target(given.text(resource), resource)?));
        }
    }
    let found = Asked::of(session.cx, given).find(session.cx)?;
    let (mut count, mut errors) = (0, Vec::new());
    for item in found.items {
        let scaled = item.and_then(|info| {
            one_of(&mut session, given, &info, &metrics)?;
            count += 1;
            Ok(())
        });
        errors.extend(scaled.err());
    }
    Error::gathered(errors)?;
    if count == 0 {
        return plain("no objects passed to autoscale");
    }
    Ok(Process::Ended(0))
}

fn metric(resource: &str, target: Value) -> Value {
    fields! {
        "resource" => fields! { "name" => resource, "target" => target }, "type" => "Resource",
    }
}

fn utilization(percent: i64) -> Value {
    fields! { "averageUtilization" => percent, "type" => "Utilization" }
}

/// Models `parseResourceInput`.
fn target(input: &str, resource: &str) -> Result<Value, Error> {
    let input = input.trim();
    if let Some(percent) = input.strip_suffix('%') {
        return match percent.parse::<i64>() {
            Ok(percent) if percent >= 0 => Ok(utilization(percent)),
            Ok(_) => plain(format!("invalid percentage value: {input}")),
            Err(_) => plain(format!("failed to parse percentage value: {input}")),
        };
    }
    let with_unit = match (input.parse::<f64>().is_ok(), resource) {
        (true, "cpu") => format!("{input}m"),
        (true, _) => format!("{input}Mi"),
        (false, _) => input.to_string(),
    };
    match Quantity::canonical(&with_unit) {
        Some(amount) => Ok(fields! { "averageValue" => amount, "type" => "AverageValue" }),
        None => plain(format!("invalid resource {resource} value: {input}")),
    }
}

fn one_of(
    session: &mut Session<'_, '_>,
    given: &Given,
    info: &Info,
    metrics: &[Value],
) -> Result<(), Error> {
    let kind = info.kind.kind();
    if !matches!(
        kind,
        "Deployment" | "ReplicaSet" | "ReplicationController" | "StatefulSet"
    ) {
        let (version, plural) = (info.kind.api_version(), info.kind.plural());
        return plain(format!(
            "cannot autoscale a {kind}: could not find scale subresource for {version}, \
             Resource={plural} in discovery information"
        ));
    }
    let name = match given.text("name") {
        "" => &info.name,
        name => name,
    };
    let mut value = object("autoscaling/v2", "HorizontalPodAutoscaler", name);
    let mut spec = fields! {
        "maxReplicas" => given.int("max"),
        "scaleTargetRef" => fields! {
            "apiVersion" => info.kind.api_version(), "kind" => kind, "name" => &*info.name,
        },
    };
    if !metrics.is_empty() {
        spec.set(&["metrics"], metrics.iter().cloned().collect::<Value>());
    }
    if given.int("min") > 0 {
        spec.set(&["minReplicas"], given.int("min"));
    }
    value.set(&["spec"], spec);
    let (namespace, is_enforced) = session.cx.namespace(given);
    if is_enforced {
        value.set(&["metadata", "namespace"], &*namespace);
    }
    let status = fields! { "currentMetrics" => Value::Null, "desiredReplicas" => 0 };
    value.set(&["status"], status);
    if session.dry_run == DryRun::Client {
        session.print(&value, "created");
        return Ok(());
    }
    if given.is("save-config") {
        remember(&mut value);
    }
    value.remove(&["status"]);
    value.set(&["metadata", "namespace"], &*namespace);
    let Some(of) = schema::kind("autoscaling/v2", "HorizontalPodAutoscaler") else {
        return plain("no such kind");
    };
    match session.create(&asked::bare(of, &namespace, name), &value) {
        Ok(created) => {
            session.print(&created, "autoscaled");
            Ok(())
        }
        Err(_) if given.text("cpu").is_empty() => plain(
            "failed to create autoscaling/v2 HPA and the configuration is incompatible with \
             autoscaling/v1: empty input",
        ),
        // The older version is tried, and is refused as well.
        Err(error) => Err(error),
    }
}
