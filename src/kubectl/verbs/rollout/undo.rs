//! `kubectl rollout undo`. Models `rollout_undo.go` and `polymorphichelpers/rollback.go`.

use super::history::pod_template;
use super::revisions::{self, Revision};
use super::{FLAGS, find};
use crate::api::Value;
use crate::kubectl::apply::LAST_APPLIED;
use crate::kubectl::builder::Info;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given, shared};
use crate::kubectl::look::Look;
use crate::kubectl::options::DryRun;
use crate::kubectl::process::Process;
use crate::kubectl::session::Session;
use crate::manifest::stream::quoted;

pub(super) const COMMAND: Command = Command::new("undo", "Undo a previous rollout", run).flags(&[
    FLAGS,
    shared::PRINT,
    shared::DRY_RUN,
    &[Flag::int("to-revision", "0")],
]);

/// Annotations that stay with the Deployment.
const KEPT: [&str; 6] = [
    LAST_APPLIED,
    "deployment.kubernetes.io/revision",
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
];

fn run(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let mut session = Session::of(cx, given)?;
    let found = find(session.cx, given)?;
    let mut errors = Vec::new();
    for item in found.items {
        let undone = item.and_then(|info| one(&mut session, &info, given.int("to-revision")));
        errors.extend(undone.err());
    }
    Error::gathered(errors)?;
    Ok(Process::Ended(0))
}

fn one(session: &mut Session<'_, '_>, info: &Info, to: i64) -> Result<(), Error> {
    let annotations = info.value.at(&["metadata", "annotations"]);
    if annotations.is_some_and(|all| all.get(LAST_APPLIED).is_some()) {
        let named = format!("{}/{}", info.kind.plural(), info.name);
        session.cx.warn(&format!(
            "resource {named} was previously managed with 'kubectl apply'. Rolling back will not \
             update the {LAST_APPLIED} annotation, which may cause unexpected behavior on future \
             'kubectl apply' operations. Consider using 'kubectl apply' with your previous \
             configuration file instead."
        ));
    }
    let kind = match info.kind.group() {
        "" => info.kind.kind().to_string(),
        group => format!("{}.{group}", info.kind.kind()),
    };
    if !matches!(info.kind.kind(), "Deployment" | "DaemonSet" | "StatefulSet") {
        return plain(format!(
            "no rollbacker has been implemented for {}",
            quoted(&kind)
        ));
    }
    if to < 0 {
        return not_found(to);
    }
    let all = revisions::of(session.cx, info)?;
    let is_deployment = info.kind.kind() == "Deployment";
    let revision = meant(&all, info, to, is_deployment)?;
    let result = match session.dry_run {
        DryRun::Client => match is_deployment {
            true => pod_template(&revision.template),
            false => format!("will roll back to {}", pod_template(&revision.template)),
        },
        _ => rolled_back(session, info, revision, to, is_deployment)?,
    };
    session.print(&info.value, &result);
    Ok(())
}

fn not_found<T>(revision: i64) -> Result<T, Error> {
    plain(format!(
        "unable to find specified revision {revision} in history"
    ))
}

/// The revision that is meant: the last but one where none is named.
fn meant<'r>(
    all: &'r [Revision],
    info: &Info,
    to: i64,
    is_deployment: bool,
) -> Result<&'r Revision, Error> {
    if to > 0 {
        return match all.iter().find(|revision| revision.number == to) {
            Some(revision) => Ok(revision),
            None => not_found(to),
        };
    }
    match (all, is_deployment) {
        ([.., previous, _], _) => Ok(previous),
        (_, true) => {
            let name = quoted(&info.name);
            plain(format!("no rollout history found for deployment {name}"))
        }
        (_, false) => plain("no last revision to roll back to"),
    }
}

fn without_hash(template: &Value) -> Value {
    let mut template = template.clone();
    template.remove(&["metadata", "labels", "pod-template-hash"]);
    template
}

fn rolled_back(
    session: &mut Session<'_, '_>,
    info: &Info,
    revision: &Revision,
    to: i64,
    is_deployment: bool,
) -> Result<String, Error> {
    let client = session.client;
    let now = client.get(session.cx.world(), info)?;
    let mut value = now.map_or(info.value.clone(), |now| now.value.clone());
    if is_deployment && value.truth("spec.paused") {
        return plain(
            "you cannot rollback a paused deployment; resume it first with 'kubectl rollout \
             resume' and try again",
        );
    }
    let template = without_hash(&revision.template);
    let current = value.look("spec.template").cloned().unwrap_or_default();
    if without_hash(&current) == template {
        return Ok(format!(
            "skipped rollback (current template already matches revision {to})"
        ));
    }
    value.set(&["spec", "template"], template);
    if is_deployment {
        let mut annotations = Value::map();
        let own = value.at(&["metadata", "annotations"]);
        for kept in KEPT {
            if let Some(text) = own.and_then(|own| own.get(kept)) {
                annotations.set(&[kept], text.clone());
            }
        }
        let old = revision
            .object
            .at(&["metadata", "annotations"])
            .and_then(Value::as_map);
        for (name, text) in old.into_iter().flat_map(|old| old.iter()) {
            if !KEPT.contains(&&**name) {
                annotations.set(&[name], text.clone());
            }
        }
        value.set(&["metadata", "annotations"], annotations);
    }
    session.write(info, &value).map_err(|error| {
        let why = error.sentence();
        Error::Plain(format!("failed restoring revision {to}: {why}"))
    })?;
    Ok("rolled back".into())
}
