//! `kubectl rollout pause`, `resume`, `restart`. Models the files of these names and
//! `polymorphichelpers/object{pauser,resumer,restarter}.go`.

use super::{FLAGS, find};
use crate::api::Value;
use crate::kubectl::builder::Info;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::Error;
use crate::kubectl::flags::{Given, shared};
use crate::kubectl::look::Look;
use crate::kubectl::process::Process;
use crate::kubectl::resources::resource_and_group;
use crate::kubectl::session::Session;
use crate::manifest::stream::quoted;

pub(super) const PAUSE: Command = Command::new(
    "pause",
    "Mark the provided resource as paused",
    |cx, given| run(cx, given, Mark::Pause),
)
.flags(&[FLAGS, shared::PRINT, shared::FIELD_MANAGER]);

pub(super) const RESUME: Command =
    Command::new("resume", "Resume a paused resource", |cx, given| {
        run(cx, given, Mark::Resume)
    })
    .flags(&[FLAGS, shared::PRINT, shared::FIELD_MANAGER]);

pub(super) const RESTART: Command = Command::new("restart", "Restart a resource", |cx, given| {
    run(cx, given, Mark::Restart)
})
.flags(&[FLAGS, shared::PRINT, shared::FIELD_MANAGER]);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Pause,
    Resume,
    Restart,
}

fn run(cx: &mut Cx<'_>, given: &Given, mark: Mark) -> Result<Process, Error> {
    let mut session = Session::of(cx, given)?;
    let found = find(session.cx, given)?;
    if found.items.is_empty() {
        let (namespace, _) = session.cx.namespace(given);
        let line = format!("No resources found in {namespace} namespace.");
        session.cx.error_line(&line);
    }
    let (infos, mut errors) = found.parted();
    for info in &infos {
        errors.extend(one(&mut session, info, mark).err());
    }
    Error::gathered(errors)?;
    Ok(Process::Ended(0))
}

fn one(session: &mut Session<'_, '_>, info: &Info, mark: Mark) -> Result<(), Error> {
    let now = session.cx.now().to_rfc3339();
    let marked = marked(info, mark, &now).map_err(|why| {
        let (resource, name) = (resource_and_group(info.kind), quoted(&info.name));
        Error::Plain(format!("error: {resource} {name} {why}"))
    })?;
    if marked == info.value {
        return Err(Error::Plain(format!(
            "failed to create patch for {}: if restart has already been triggered within the past \
             second, please wait before attempting to trigger another",
            info.name
        )));
    }
    let written = session.write(info, &marked).map_err(|error| {
        let why = error.sentence();
        Error::Plain(format!("failed to patch: {why}"))
    })?;
    session.print(
        &written,
        match mark {
            Mark::Pause => "paused",
            Mark::Resume => "resumed",
            Mark::Restart => "restarted",
        },
    );
    Ok(())
}

fn marked(info: &Info, mark: Mark, now: &str) -> Result<Value, &'static str> {
    let mut value = info.value.clone();
    let is_deployment = info.kind.kind() == "Deployment";
    let is_paused = value.truth("spec.paused");
    match mark {
        Mark::Pause if !is_deployment => return Err("pausing is not supported"),
        Mark::Pause if is_paused => return Err("is already paused"),
        Mark::Pause => value.set(&["spec", "paused"], true),
        Mark::Resume if !is_deployment => return Err("resuming is not supported"),
        Mark::Resume if !is_paused => return Err("is not paused"),
        Mark::Resume => drop(value.remove(&["spec", "paused"])),
        Mark::Restart if is_paused && is_deployment => {
            return Err("can't restart paused deployment (run rollout resume first)");
        }
        Mark::Restart
            if is_deployment || matches!(info.kind.kind(), "DaemonSet" | "StatefulSet") =>
        {
            const AT: &str = "kubectl.kubernetes.io/restartedAt";
            value.set(&["spec", "template", "metadata", "annotations", AT], now);
        }
        Mark::Restart => return Err("restarting is not supported"),
    }
    Ok(value)
}
