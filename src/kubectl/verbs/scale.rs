//! `kubectl scale`. Models `k8s.io/kubectl/pkg/cmd/scale/scale.go` and `k8s.io/kubectl/pkg/scale`.

use serde::{Deserialize, Serialize};

use crate::api::ObjectKey;
use crate::cluster::SimTime;
use crate::cluster::api_server::Status;
use crate::kubectl::asked::Asked;
use crate::kubectl::builder::Info;
use crate::kubectl::client::key_of;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given, shared};
use crate::kubectl::go_duration;
use crate::kubectl::options::DryRun;
use crate::kubectl::process::{Poll, Process};
use crate::kubectl::resources;
use crate::kubectl::session::Session;
use std::time::Duration;

/// `kubectl scale`
pub const COMMAND: Command = Command::new(
    "scale",
    "Set a new size for a deployment, replica set, or replication controller",
    run,
)
.flags(&[
    shared::FILENAME,
    shared::PRINT,
    shared::DRY_RUN,
    shared::SELECTOR,
    shared::ALL,
    &[
        Flag::int("current-replicas", "-1"),
        Flag::int("replicas", "0"),
        Flag::text("resource-version"),
        Flag::duration("timeout", "0s"),
    ],
])
.required(&["replicas"]);

fn run(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let mut session = Session::of(cx, given)?;
    let (replicas, current) = (given.int("replicas"), given.int("current-replicas"));
    if replicas < 0 {
        return plain(
            "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0",
        );
    }
    if current < -1 {
        return plain("The --current-replicas must specify an integer of -1 or greater");
    }
    let found = Asked::of(session.cx, given).find(session.cx)?;
    let (infos, errors) = found.parted();
    let version = given.text("resource-version");
    if !version.is_empty() && infos.len() > 1 {
        return plain("cannot use --resource-version with multiple resources");
    }
    let errors = Error::gathered(errors);
    if infos.is_empty() {
        errors?;
        return plain("no objects passed to scale");
    }
    let timeout = go_duration::length(given.text("timeout"));
    let waits = timeout != Duration::ZERO && session.dry_run == DryRun::None;
    let mut scaling = Scaling {
        left: Vec::new(),
        until: session.cx.now() + timeout,
    };
    for info in &infos {
        let mut value = info.value.clone();
        value.set(&["spec", "replicas"], replicas);
        if session.dry_run != DryRun::Client {
            check(info, current, version)?;
            value = scaled(&mut session, info, replicas)?;
        }
        if waits {
            scaling.left.push((key_of(info), replicas));
        }
        session.print(&value, "scaled");
    }
    errors?;
    Ok(Process::Scale(scaling))
}

/// Models `ScalePrecondition.Validate`.
fn check(info: &Info, current: i64, version: &str) -> Result<(), Error> {
    let now = info.value.at(&["spec", "replicas"]);
    let now = now.and_then(crate::api::Value::as_i64).unwrap_or(1);
    if current != -1 && now != current {
        return plain(format!("Expected replicas to be {current}, was {now}"));
    }
    let actual = info.value.text_at(&["metadata", "resourceVersion"]);
    if !version.is_empty() && version != actual {
        return plain(format!(
            "Expected resource version to be {version}, was {actual}"
        ));
    }
    Ok(())
}

fn scaled(
    session: &mut Session<'_, '_>,
    info: &Info,
    replicas: i64,
) -> Result<crate::api::Value, Error> {
    let resource = resources::resource_and_group(info.kind);
    if !has_scale(info) {
        let message = "the server could not find the requested resource".to_string();
        return Err(Status {
            code: 404,
            reason: "NotFound",
            message,
        }
        .into());
    }
    let client = session.client;
    let Some(now) = client.get(session.cx.world(), info)? else {
        return Err(Status::not_found(&resource, &info.name).into());
    };
    let mut value = now.value.clone();
    value.set(&["spec", "replicas"], replicas);
    session.write(info, &value)
}

/// Kinds with a `scale` subresource.
fn has_scale(info: &Info) -> bool {
    matches!(
        info.kind.kind(),
        "Deployment" | "ReplicaSet" | "ReplicationController" | "StatefulSet"
    )
}

/// Whatever was scaled, as long as it isn't as large as asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scaling {
    left: Vec<(ObjectKey, i64)>,
    until: SimTime,
}

impl Scaling {
    /// Waits until everything is as large as asked. Models `scaleHasDesiredReplicas`.
    ///
    /// # Errors
    /// When that takes too long.
    pub fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Error> {
        while let Some((key, replicas)) = self.left.last() {
            let object = cx.world().store.get(key).cloned();
            let status = object.as_ref().map(|object| {
                let replicas = object.value.at(&["status", "replicas"]);
                replicas.and_then(crate::api::Value::as_i64).unwrap_or(0)
            });
            if status == Some(*replicas) || status.is_none() {
                self.left.pop();
            } else if cx.now() < self.until {
                return Ok(Poll::Waits(Some(self.until)));
            } else {
                return plain("timed out waiting for the condition");
            }
        }
        Ok(Poll::Done(0))
    }
}
