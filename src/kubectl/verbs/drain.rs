//! `kubectl cordon`, `uncordon`, `drain`. Models `k8s.io/kubectl/pkg/cmd/drain` and `pkg/drain`.

use serde::{Deserialize, Serialize};

use crate::api::ObjectKey;
use crate::cluster::eviction::Eviction;
use crate::cluster::{Actor, SimTime};
use crate::kubectl::asked::{self, Asked};
use crate::kubectl::builder::Info;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given, shared};
use crate::kubectl::look::{Look, controller};
use crate::kubectl::options::DryRun;
use crate::kubectl::process::{Poll, Process};
use crate::kubectl::session::Session;
use crate::kubectl::{go_duration, label_selector, resources, selector};
use crate::manifest::stream::quoted;
use std::rc::Rc;
use std::time::Duration;

/// `kubectl cordon`
pub const CORDON: Command = Command::new("cordon", "Mark node as unschedulable", |cx, given| {
    only_mark(cx, given, true)
})
.flags(&[shared::DRY_RUN, shared::SELECTOR]);

/// `kubectl uncordon`
pub const UNCORDON: Command = Command::new("uncordon", "Mark node as schedulable", |cx, given| {
    only_mark(cx, given, false)
})
.flags(&[shared::DRY_RUN, shared::SELECTOR]);

/// `kubectl drain`
pub const DRAIN: Command =
    Command::new("drain", "Drain node in preparation for maintenance", drain).flags(&[
        shared::DRY_RUN,
        shared::SELECTOR,
        &[
            Flag::int("chunk-size", "500"),
            Flag::truth("delete-emptydir-data"),
            Flag::truth("disable-eviction"),
            Flag::truth("force"),
            Flag::int("grace-period", "-1"),
            Flag::truth("ignore-daemonsets"),
            Flag::text("pod-selector"),
            Flag::int("skip-wait-for-delete-timeout", "0"),
            Flag::duration("timeout", "0s"),
        ],
    ]);

/// The nodes that are meant.
fn nodes(session: &mut Session<'_, '_>, given: &Given) -> Result<Vec<Info>, Error> {
    let selects = !given.text("selector").is_empty();
    if given.words.is_empty() && !selects {
        let sentence = "USAGE";
        let usage = match &*given.command {
            "kubectl drain" => "kubectl drain NODE [options]",
            "kubectl cordon" => "kubectl cordon NODE [options]",
            _ => "kubectl uncordon NODE [options]",
        };
        return Err(Error::usage(
            &given.command,
            &format!("{sentence}: {usage}"),
        ));
    }
    if !given.words.is_empty() && selects {
        return Err(Error::usage(
            &given.command,
            "error: cannot specify both a node name and a --selector option",
        ));
    }
    let mut asked = Asked::of(session.cx, given);
    let named = given.words.iter().map(|word| match word.contains('/') {
        true => word.clone(),
        false => format!("nodes/{word}"),
    });
    asked.words = match selects {
        true => vec!["nodes".into()],
        false => named.collect(),
    };
    let mut infos = Vec::new();
    for item in asked.find(session.cx)?.items {
        infos.push(item?);
    }
    Ok(infos)
}

fn only_mark(cx: &mut Cx<'_>, given: &Given, cordons: bool) -> Result<Process, Error> {
    let mut session = Session::of(cx, given)?;
    let infos = nodes(&mut session, given)?;
    for info in &infos {
        mark(&mut session, info, cordons);
    }
    Ok(Process::Ended(0))
}

/// Models `RunCordonOrUncordon`.
fn mark(session: &mut Session<'_, '_>, info: &Info, cordons: bool) {
    if info.value.truth("spec.unschedulable") == cordons {
        let already = if cordons {
            "already cordoned"
        } else {
            "already uncordoned"
        };
        session.print(&info.value, already);
        return;
    }
    let mut value = info.value.clone();
    match cordons {
        true => value.set(&["spec", "unschedulable"], true),
        false => drop(value.remove(&["spec", "unschedulable"])),
    }
    if let Err(error) = session.write(info, &value) {
        let (verb, name) = (
            if cordons { "cordon" } else { "uncordon" },
            quoted(&info.name),
        );
        let why = error.sentence();
        let line = format!("error: unable to {verb} node {name}: {why}");
        session.cx.error_line(&line);
        return;
    }
    session.print(&info.value, if cordons { "cordoned" } else { "uncordoned" });
}

/// A Pod that is to go, its uid, and when it is evicted next; nothing: it was.
type Leaving = (ObjectKey, Rc<str>, Option<SimTime>);

/// Nodes that are being drained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draining {
    words: Rc<[String]>,
    /// The last comes first.
    left: Vec<ObjectKey>,
    /// Pods of the one at hand.
    pods: Option<Vec<Leaving>>,
    until: Option<SimTime>,
    timeout: Duration,
    /// What went wrong with which node.
    failed: Vec<(Rc<str>, Rc<str>)>,
}

fn drain(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let mut session = Session::of(cx, given)?;
    if label_selector::parse(given.text("pod-selector")).is_err() {
        return plain("--pod-selector=<pod_selector> must be a valid label selector");
    }
    let infos = nodes(&mut session, given)?;
    for info in &infos {
        mark(&mut session, info, true);
    }
    let mut left: Vec<ObjectKey> = infos
        .iter()
        .map(|info| ObjectKey::node(&info.name))
        .collect();
    left.reverse();
    let timeout = go_duration::length(given.text("timeout"));
    let until = (timeout != Duration::ZERO).then(|| session.cx.now() + timeout);
    Ok(Process::Drain(Draining {
        words: given.raw.clone(),
        left,
        pods: None,
        until,
        timeout,
        failed: Vec::new(),
    }))
}

/// What is to be done with a Pod. Models `PodDeleteStatus`.
enum Verdict {
    Goes,
    GoesWithWarning(&'static str),
    StaysWithWarning(&'static str),
    Stays,
    Fatal(String),
}

impl Draining {
    /// Evicts one node's Pods after the other's, and waits until they are gone.
    ///
    /// # Errors
    /// What went wrong.
    pub fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Error> {
        let given = crate::kubectl::flags::read(&self.words, &DRAIN.all_flags());
        let given = given.map_err(Error::Plain)?;
        let mut session = Session::of(cx, &given)?;
        while let Some(node) = self.left.last().cloned() {
            match self.one(&mut session, &given, &node) {
                Ok(None) => {
                    if let Some(info) = info_of(session.cx, &node) {
                        session.print(&info.value, "drained");
                    }
                }
                Ok(Some(until)) => return Ok(Poll::Waits(until)),
                Err(why) => {
                    let name = quoted(&node.name);
                    session.cx.error_line(&format!(
                        "error: unable to drain node {name} due to error: {why}, continuing command..."
                    ));
                    self.failed.push((node.name.clone(), why.into()));
                }
            }
            self.left.pop();
            self.pods = None;
        }
        if self.failed.is_empty() {
            return Ok(Poll::Done(0));
        }
        session
            .cx
            .error_line("There are pending nodes to be drained:");
        for (node, _) in &self.failed {
            session.cx.error_line(&format!(" {node}"));
        }
        let errors = self
            .failed
            .iter()
            .map(|(_, why)| Error::Plain(why.to_string()));
        Error::gathered(errors.collect())?;
        Ok(Poll::Done(1))
    }

    /// `None`: this node is drained; else until when is waited.
    fn one(
        &mut self,
        session: &mut Session<'_, '_>,
        given: &Given,
        node: &ObjectKey,
    ) -> Result<Option<Option<SimTime>>, String> {
        if self.pods.is_none() {
            let now = session.cx.now();
            let pods = pods_of(session, given, &node.name)?;
            if session.dry_run == DryRun::Client {
                for (key, _) in &pods {
                    let line = format!("evicting pod {}/{} (dry run)", key.namespace, key.name);
                    session.cx.line(&line);
                }
                return Ok(None);
            }
            self.pods = Some(
                pods.into_iter()
                    .map(|(key, uid)| (key, uid, Some(now)))
                    .collect(),
            );
        }
        let mut pods = self.pods.take().unwrap_or_default();
        let mut next = self.until;
        let mut errors = Vec::new();
        let now = session.cx.now();
        let is_late = self.until.is_some_and(|until| now >= until);
        pods.retain_mut(|(key, uid, due)| {
            if due.is_some_and(|due| due <= now) {
                match evict(session, given, key) {
                    Ok(Some(again)) => *due = Some(again),
                    Ok(None) => *due = None,
                    Err(why) => {
                        errors.push(why);
                        return false;
                    }
                }
            }
            if session.dry_run == DryRun::Server {
                return false;
            }
            let there = session.cx.world().store.get(key);
            let is_there = there.is_some_and(|pod| pod.value.text("metadata.uid") == &**uid);
            if !is_there {
                let verb = if given.is("disable-eviction") {
                    "deleted"
                } else {
                    "evicted"
                };
                session.cx.line(&format!("pod/{} {verb}", key.name));
                return false;
            }
            if is_late {
                let (name, namespace) = (quoted(&key.name), quoted(&key.namespace));
                errors.push(format!(
                    "error when waiting for pod {name} in namespace {namespace} to terminate: \
                     global timeout reached: {}",
                    go_duration::print(self.timeout)
                ));
                return false;
            }
            next = match (next, *due) {
                (Some(next), Some(due)) => Some(next.min(due)),
                (next, due) => next.or(due),
            };
            true
        });
        if !errors.is_empty() {
            let why = match &errors[..] {
                [one] => one.clone(),
                several => format!("[{}]", several.join(", ")),
            };
            if let Ok(pending) = pods_of(session, given, &node.name)
                && !pending.is_empty()
            {
                let name = quoted(&node.name);
                session.cx.error_line(&format!(
                    "There are pending pods in node {name} when an error occurred: {why}"
                ));
                for (key, _) in pending {
                    session.cx.error_line(&format!("pod/{}", key.name));
                }
            }
            return Err(why);
        }
        if pods.is_empty() {
            return Ok(None);
        }
        self.pods = Some(pods);
        Ok(Some(next))
    }
}

fn info_of(cx: &mut Cx<'_>, node: &ObjectKey) -> Option<Info> {
    let kind = resources::mapping("nodes").ok()?;
    asked::fetched(cx, asked::bare(kind, "", &node.name)).ok()
}

/// Asks the Eviction API once; when it is asked again, if a budget refuses.
fn evict(
    session: &mut Session<'_, '_>,
    given: &Given,
    key: &ObjectKey,
) -> Result<Option<SimTime>, String> {
    const AGAIN: Duration = Duration::from_secs(5);
    let (name, namespace) = (&key.name, &key.namespace);
    let is_dry_run = session.dry_run == DryRun::Server;
    let grace = given.int("grace-period");
    let grace = (grace >= 0).then_some(grace);
    if given.is("disable-eviction") {
        let world = session.cx.world();
        return match world.delete(Actor::You, key, grace) {
            Ok(()) => Ok(None),
            Err(status) if status.reason == "NotFound" => Ok(None),
            Err(status) => Err(status.message),
        };
    }
    let suffix = if is_dry_run { " (server dry run)" } else { "" };
    session
        .cx
        .line(&format!("evicting pod {namespace}/{name}{suffix}"));
    let eviction = Eviction {
        grace_period_seconds: grace,
        dry_run: is_dry_run,
        ..Eviction::of(key.clone())
    };
    let now = session.cx.now();
    match session.cx.world().evict(Actor::You, &eviction) {
        Ok(()) => Ok(None),
        Err(refused) if refused.status.reason == "NotFound" => Ok(None),
        Err(refused) if refused.status.code == 429 => {
            let (name, namespace) = (quoted(name), quoted(namespace));
            let why = &refused.status.message;
            session.cx.error_line(&format!(
                "error when evicting pods/{name} -n {namespace} (will retry after 5s): {why}"
            ));
            Ok(Some(now + AGAIN))
        }
        Err(refused) => {
            let (name, namespace) = (quoted(name), quoted(namespace));
            let why = refused.status.message;
            Err(format!(
                "error when evicting pods/{name} -n {namespace}: {why}"
            ))
        }
    }
}

/// The Pods of a node that are to go. Models `GetPodsForDeletion`.
fn pods_of(
    session: &mut Session<'_, '_>,
    given: &Given,
    node: &str,
) -> Result<Vec<(ObjectKey, Rc<str>)>, String> {
    let meant = label_selector::parse(given.text("pod-selector"))?;
    let all: Vec<_> = {
        let store = &session.cx.world().store;
        let all = store.list("Pod");
        let own = all.filter(|(_, pod)| {
            pod.value.text("spec.nodeName") == node && selector::fits(&meant, &pod.value)
        });
        own.map(|(key, pod)| (key.clone(), pod.value.clone()))
            .collect()
    };
    let mut go = Vec::new();
    let mut told: Vec<(String, bool, Vec<String>)> = Vec::new();
    for (key, pod) in all {
        let named = format!("{}/{}", key.namespace, key.name);
        let mut tell = |message: &str, is_fatal: bool| match told
            .iter_mut()
            .find(|(known, ..)| known == message)
        {
            Some((_, _, pods)) => pods.push(named.clone()),
            None => told.push((message.to_string(), is_fatal, vec![named.clone()])),
        };
        match verdict(session, given, &key, &pod) {
            Verdict::Stays => {}
            Verdict::StaysWithWarning(message) => tell(message, false),
            Verdict::Fatal(message) => tell(&message, true),
            Verdict::Goes => go.push((key, pod.text("metadata.uid").into())),
            Verdict::GoesWithWarning(message) => {
                tell(message, false);
                go.push((key, pod.text("metadata.uid").into()));
            }
        }
    }
    let fatal = told.iter().filter(|(_, is_fatal, _)| *is_fatal);
    let fatal: Vec<String> = fatal
        .map(|(message, _, pods)| format!("cannot delete {message}: {}", pods.join(", ")))
        .collect();
    match &fatal[..] {
        [] => {}
        [one] => return Err(one.clone()),
        several => return Err(format!("[{}]", several.join(", "))),
    }
    let warnings = told
        .iter()
        .map(|(message, _, pods)| format!("{message}: {}", pods.join(", ")));
    let warnings: Vec<String> = warnings.collect();
    if !warnings.is_empty() {
        session.cx.warn(&warnings.join("; "));
    }
    Ok(go)
}

/// Models `makeFilters`.
fn verdict(
    session: &mut Session<'_, '_>,
    given: &Given,
    key: &ObjectKey,
    pod: &crate::api::Value,
) -> Verdict {
    let mut verdict = Verdict::Goes;
    let is_over = matches!(pod.text("status.phase"), "Succeeded" | "Failed");
    let owner = controller(pod);
    let of_daemon_set = owner.filter(|owner| owner.text("kind") == "DaemonSet");
    if let Some(owner) = of_daemon_set.filter(|_| !is_over) {
        let name = owner.text("name");
        let set = ObjectKey::new("DaemonSet.apps", &key.namespace, name);
        let is_there = session.cx.world().store.get(&set).is_some();
        if !is_there && !given.is("force") {
            return Verdict::Fatal(format!("daemonsets.apps {} not found", quoted(name)));
        } else if is_there && !given.is("ignore-daemonsets") {
            return Verdict::Fatal(
                "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)".into(),
            );
        } else if is_there {
            return Verdict::StaysWithWarning("ignoring DaemonSet-managed Pods");
        }
    }
    let mirror = ["metadata", "annotations", "kubernetes.io/config.mirror"];
    if pod.at(&mirror).is_some() {
        return Verdict::Stays;
    }
    let volumes = pod.list("spec.volumes");
    if !is_over
        && volumes
            .iter()
            .any(|volume| volume.look("emptyDir").is_some())
    {
        if !given.is("delete-emptydir-data") {
            return Verdict::Fatal(
                "Pods with local storage (use --delete-emptydir-data to override)".into(),
            );
        }
        verdict = Verdict::GoesWithWarning("deleting Pods with local storage");
    }
    if !is_over && owner.is_none() {
        if !given.is("force") {
            return Verdict::Fatal(
                "Pods that declare no controller (use --force to override)".into(),
            );
        }
        verdict = Verdict::GoesWithWarning("deleting Pods that declare no controller");
    }
    verdict
}
