//! `kubectl rollout status`. Models `rollout_status.go` of `cmd/rollout` and of `polymorphichelpers`.

use serde::{Deserialize, Serialize};

use super::{FLAGS, find};
use crate::api::{ObjectKey, Value};
use crate::cluster::{SimTime, Verb};
use crate::kubectl::client::key_of;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given};
use crate::kubectl::go_duration;
use crate::kubectl::look::Look;
use crate::kubectl::process::{Poll, Process};
use crate::kubectl::watch::Watch;
use crate::manifest::stream::quoted;
use std::rc::Rc;
use std::time::Duration;

pub(super) const COMMAND: Command = Command::new("status", "Show the status of the rollout", run)
    .flags(&[
        FLAGS,
        &[
            Flag::int("revision", "0"),
            Flag::duration("timeout", "0s"),
            Flag::truth("watch").short("w").default("true"),
        ],
    ]);

/// Rollouts that are waited for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The last comes first; each with its kind as errors name it.
    left: Vec<(ObjectKey, Rc<str>)>,
    /// Of the one at hand.
    watch: Option<Watch>,
    timeout: Option<Duration>,
    until: Option<SimTime>,
    revision: i64,
    watches: bool,
    /// A complaint that is told at the end.
    failed: Option<Rc<str>>,
}

fn run(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    if given.int("revision") < 0 {
        let revision = given.int("revision");
        return plain(format!("revision must be a positive integer: {revision}"));
    }
    let found = find(cx, given)?;
    let (mut left, mut failed) = (Vec::new(), None);
    for item in found.items {
        match item {
            Ok(info) => {
                let kind = match info.kind.group() {
                    "" => info.kind.kind().to_string(),
                    group => format!("{}.{group}", info.kind.kind()),
                };
                left.push((key_of(&info), kind.into()));
            }
            Err(error) if failed.is_none() => failed = Some(error),
            Err(_) => {}
        }
    }
    if let Some(error) = failed.filter(|_| left.is_empty()) {
        return Err(error);
    }
    if left.is_empty() {
        let (namespace, _) = cx.namespace(given);
        cx.error_line(&format!("No resources found in {namespace} namespace."));
    }
    left.reverse();
    let timeout = go_duration::length(given.text("timeout"));
    Ok(Process::RolloutStatus(Status {
        left,
        watch: None,
        timeout: (timeout != Duration::ZERO).then_some(timeout),
        until: None,
        revision: given.int("revision"),
        watches: given.is("watch"),
        failed: None,
    }))
}

impl Status {
    /// Tells each status, until all are done.
    ///
    /// # Errors
    /// When one can't be, or takes too long.
    pub fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Error> {
        while let Some((key, kind)) = self.left.last().cloned() {
            if !self.one(cx, &key, &kind)? {
                return Ok(Poll::Waits(self.until));
            }
            self.left.pop();
            self.watch = None;
        }
        match &self.failed {
            Some(why) => plain(&**why),
            None => Ok(Poll::Done(0)),
        }
    }

    /// Is the one at hand done?
    fn one(&mut self, cx: &mut Cx<'_>, key: &ObjectKey, kind: &str) -> Result<bool, Error> {
        let mut seen = Vec::new();
        match &mut self.watch {
            Some(watch) => {
                for change in watch.events(cx.world()) {
                    if change.object == *key {
                        if change.verb == Verb::Deleted {
                            return plain("object has been deleted");
                        }
                        seen.extend(change.after.clone());
                    }
                }
            }
            None => {
                self.watch = Some(Watch::begin(cx.world()));
                self.until = self.timeout.map(|timeout| cx.now() + timeout);
                seen.extend(cx.world().store.get(key).cloned());
            }
        }
        for object in seen {
            let (told, is_done) = told(&object.value, kind, self.revision)?;
            cx.print(&told);
            if is_done || !self.watches {
                return Ok(true);
            }
        }
        if self.until.is_some_and(|until| cx.now() >= until) {
            return plain("timed out waiting for the condition");
        }
        Ok(false)
    }
}

/// What is told of a status, and whether it is done. Models `StatusViewer.Status`.
fn told(value: &Value, kind: &str, revision: i64) -> Result<(String, bool), Error> {
    match kind {
        "Deployment.apps" => deployment(value, revision),
        "DaemonSet.apps" => daemon_set(value),
        "StatefulSet.apps" => stateful_set(value),
        _ => plain(format!("no status viewer has been implemented for {kind}")),
    }
}

fn deployment(value: &Value, revision: i64) -> Result<(String, bool), Error> {
    let name = quoted(value.text("metadata.name"));
    if revision > 0 {
        let annotations = [
            "metadata",
            "annotations",
            "deployment.kubernetes.io/revision",
        ];
        let now = value.text_at(&annotations).parse::<i64>().unwrap_or(0);
        if now != revision {
            return plain(format!(
                "desired revision ({revision}) is different from the running revision ({now})"
            ));
        }
    }
    if value.int("metadata.generation") > value.int("status.observedGeneration") {
        return Ok((
            "Waiting for deployment spec update to be observed...\n".into(),
            false,
        ));
    }
    let progressing = crate::kubectl::look::condition(value, "Progressing");
    if progressing.is_some_and(|it| it.text("reason") == "ProgressDeadlineExceeded") {
        return plain(format!("deployment {name} exceeded its progress deadline"));
    }
    let (wanted, replicas, updated, available) = (
        value.int("spec.replicas"),
        value.int("status.replicas"),
        value.int("status.updatedReplicas"),
        value.int("status.availableReplicas"),
    );
    let waiting = format!("Waiting for deployment {name} rollout to finish: ");
    let told = if updated < wanted {
        format!("{updated} out of {wanted} new replicas have been updated...\n")
    } else if replicas > updated {
        let old = replicas - updated;
        format!("{old} old replicas are pending termination...\n")
    } else if available < updated {
        format!("{available} of {updated} updated replicas are available...\n")
    } else {
        return Ok((format!("deployment {name} successfully rolled out\n"), true));
    };
    Ok((waiting + &told, false))
}

fn daemon_set(value: &Value) -> Result<(String, bool), Error> {
    let name = quoted(value.text("metadata.name"));
    rolls(value)?;
    if value.int("metadata.generation") > value.int("status.observedGeneration") {
        return Ok((
            "Waiting for daemon set spec update to be observed...\n".into(),
            false,
        ));
    }
    let (updated, desired, available) = (
        value.int("status.updatedNumberScheduled"),
        value.int("status.desiredNumberScheduled"),
        value.int("status.numberAvailable"),
    );
    let waiting = format!("Waiting for daemon set {name} rollout to finish: ");
    let told = if updated < desired {
        format!("{updated} out of {desired} new pods have been updated...\n")
    } else if available < desired {
        format!("{available} of {desired} updated pods are available...\n")
    } else {
        return Ok((format!("daemon set {name} successfully rolled out\n"), true));
    };
    Ok((waiting + &told, false))
}

fn rolls(value: &Value) -> Result<(), Error> {
    match value.text("spec.updateStrategy.type") {
        "RollingUpdate" => Ok(()),
        _ => plain("rollout status is only available for RollingUpdate strategy type"),
    }
}

fn stateful_set(value: &Value) -> Result<(String, bool), Error> {
    rolls(value)?;
    let observed = value.int("status.observedGeneration");
    if observed == 0 || value.int("metadata.generation") > observed {
        return Ok((
            "Waiting for statefulset spec update to be observed...\n".into(),
            false,
        ));
    }
    let (wanted, ready, updated) = (
        value.int("spec.replicas"),
        value.int("status.readyReplicas"),
        value.int("status.updatedReplicas"),
    );
    if ready < wanted {
        let left = wanted - ready;
        return Ok((format!("Waiting for {left} pods to be ready...\n"), false));
    }
    if let Some(rolling) = value.look("spec.updateStrategy.rollingUpdate") {
        let meant = wanted - rolling.int("partition");
        if rolling.look("partition").is_some() && updated < meant {
            return Ok((
                format!(
                    "Waiting for partitioned roll out to finish: {updated} out of {meant} new \
                     pods have been updated...\n"
                ),
                false,
            ));
        }
        return Ok((
            format!("partitioned roll out complete: {updated} new pods have been updated...\n"),
            true,
        ));
    }
    let (update, current) = (
        value.text("status.updateRevision"),
        value.text("status.currentRevision"),
    );
    if update != current {
        return Ok((
            format!(
                "waiting for statefulset rolling update to complete {updated} pods at revision \
                 {update}...\n"
            ),
            false,
        ));
    }
    let current_replicas = value.int("status.currentReplicas");
    Ok((
        format!(
            "statefulset rolling update complete {current_replicas} pods at revision {current}...\n"
        ),
        true,
    ))
}
