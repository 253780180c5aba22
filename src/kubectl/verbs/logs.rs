//! `kubectl logs`. Models `k8s.io/kubectl/pkg/cmd/logs/logs.go`, `polymorphichelpers/logsforobject.go`, and
//! what the kubelet says of a container without a log (`validateContainerLogStatus` in
//! `pkg/kubelet/kubelet_pods.go`). Nothing recorded stands behind it. A log that is followed is looked at
//! once a second.

use serde::{Deserialize, Serialize};

use crate::api::{ObjectKey, Value};
use crate::cluster::SimTime;
use crate::cluster::api_server::Status;
use crate::kubectl::asked::Asked;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given, shared};
use crate::kubectl::look::Look;
use crate::kubectl::pods::{self, Best};
use crate::kubectl::process::{Poll, Process};
use crate::kubectl::{flags, go_duration};
use crate::manifest::stream::quoted;
use std::rc::Rc;
use std::time::Duration;

/// `kubectl logs`
pub const COMMAND: Command = Command::new("logs", "Print the logs for a container in a pod", run)
    .flags(&[
        shared::SELECTOR,
        &[
            Flag::truth("all-containers"),
            Flag::truth("all-pods"),
            Flag::text("container").short("c"),
            Flag::truth("follow").short("f"),
            Flag::truth("ignore-errors"),
            Flag::truth("insecure-skip-tls-verify-backend"),
            Flag::int("limit-bytes", "0"),
            Flag::int("max-log-requests", "5"),
            Flag::duration("pod-running-timeout", "20s"),
            Flag::truth("prefix"),
            Flag::truth("previous").short("p"),
            Flag::duration("since", "0s"),
            Flag::text("since-time"),
            Flag::int("tail", "-1"),
            Flag::truth("timestamps"),
        ],
    ]);

const USAGE: &str = "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a \
     required argument for the logs command";

/// How often a log that is followed is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Logs that are followed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Following {
    words: Rc<[String]>,
    logs: Vec<Log>,
}

/// A log, and how far it was printed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Log {
    pod: ObjectKey,
    container: Rc<str>,
    /// The moment of the last line, and how many of that moment were printed.
    last: SimTime,
    of_last: usize,
}

fn run(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let selector = given.text("selector").to_string();
    match (given.words.len(), selector.is_empty()) {
        (0, true) | (3.., _) => return Err(Error::usage(&given.command, USAGE)),
        (1, false) => {
            let sentence = "only a selector (-l) or a POD name is allowed";
            return Err(Error::usage(&given.command, sentence));
        }
        _ => {}
    }
    let mut asked = Asked::of(cx, given);
    let mut objects = Vec::new();
    if let Some(word) = given.words.first() {
        asked.selector.clear();
        let found = pods::named(cx, &asked, word);
        objects.push(found.map_err(|error| match &error {
            Error::Server { status, .. } if status.reason == "NotFound" => {
                let namespace = quoted(&asked.namespace);
                Error::Plain(format!(
                    "error from server (NotFound): {} in namespace {namespace}",
                    status.message
                ))
            }
            _ => error,
        })?);
    } else {
        asked.words = vec!["pods".into()];
        for item in asked.find(cx)?.items {
            objects.push(item?);
        }
        if objects.is_empty() {
            let line = format!("No resources found in {} namespace.", asked.namespace);
            cx.error_line(&line);
        }
    }
    check(given)?;
    let container = match given.words.get(1) {
        Some(container) => container.clone(),
        None => given.text("container").to_string(),
    };
    let mut logs = Vec::new();
    for info in &objects {
        let (pod, count) = pods::of(cx, info, Best::Logging)?;
        if count > 1 && !given.is("all-pods") {
            let name = pod.text("metadata.name");
            cx.error_line(&format!("Found {count} pods, using pod/{name}"));
        }
        let key = ObjectKey::pod(pod.text("metadata.namespace"), pod.text("metadata.name"));
        let names: Vec<String> = match given.is("all-containers") {
            true => pods::containers(&pod)
                .iter()
                .map(|(_, name)| name.to_string())
                .collect(),
            false => vec![pods::container(cx, &pod, &container, false)?],
        };
        logs.extend(names.into_iter().map(|name| Log {
            pod: key.clone(),
            container: name.into(),
            last: SimTime(i64::MIN),
            of_last: 0,
        }));
    }
    let most = given.int("max-log-requests");
    if given.is("follow") && logs.len() as i64 > most {
        return plain(format!(
            "you are attempting to follow {} log streams, but maximum allowed concurrency is \
             {most}, use --max-log-requests to increase the limit",
            logs.len()
        ));
    }
    for log in &mut logs {
        log.print(cx, given, true)?;
    }
    match given.is("follow") {
        true => Ok(Process::Logs(Following {
            words: given.raw.clone(),
            logs,
        })),
        false => Ok(Process::Ended(0)),
    }
}

fn check(given: &Given) -> Result<(), Error> {
    let since = go_duration::parse(given.text("since")).unwrap_or_default();
    if given.has("since-time") && since != 0 {
        return plain("at most one of `sinceTime` or `sinceSeconds` may be specified");
    } else if given.is("all-containers") && given.has("container") {
        let name = given.text("container");
        return plain(format!(
            "--all-containers=true should not be specified with container name {name}"
        ));
    } else if given.has("container") && given.words.len() == 2 {
        return plain("only one of -c or an inline [CONTAINER] arg is allowed");
    } else if given.int("limit-bytes") < 0 {
        return plain("--limit-bytes must be greater than 0");
    } else if since < 0 {
        return plain("--since must be greater than 0");
    } else if given.int("tail") < -1 {
        return plain("--tail must be greater than or equal to -1");
    }
    Ok(())
}

impl Following {
    /// Prints what is new.
    ///
    /// # Errors
    /// When there is no log.
    pub fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Error> {
        let given = flags::read(&self.words, &COMMAND.all_flags()).map_err(Error::Plain)?;
        let mut goes_on = false;
        for log in &mut self.logs {
            log.print(cx, &given, false)?;
            goes_on |= log.goes_on(cx);
        }
        match goes_on {
            true => Ok(Poll::Waits(Some(cx.now() + LOOK))),
            false => Ok(Poll::Done(0)),
        }
    }
}

impl Log {
    /// May there be more to come?
    fn goes_on(&self, cx: &mut Cx<'_>) -> bool {
        let pod = cx.world().store.get(&self.pod).cloned();
        let state = pod
            .as_ref()
            .and_then(|pod| status_of(&pod.value, &self.container));
        state.is_some_and(|status| status.look("state.running").is_some())
    }

    fn print(&mut self, cx: &mut Cx<'_>, given: &Given, is_first: bool) -> Result<(), Error> {
        let previous = given.is("previous");
        let Some(lines) = cx.simulation.log(&self.pod, &self.container, previous) else {
            return match is_first {
                true => no_log(cx, &self.pod, &self.container, previous),
                false => Ok(()),
            };
        };
        let new = lines.len() - self.seen(&lines);
        let mut new = lines[lines.len() - new..].to_vec();
        if is_first {
            let since = go_duration::length(given.text("since"));
            if since != Duration::ZERO {
                let from = cx.now() - since;
                new.retain(|(at, _)| *at >= from);
            }
            if let Some(from) = SimTime::parse_rfc3339(given.text("since-time")) {
                new.retain(|(at, _)| *at >= from);
            }
            let tail = match (given.int("tail"), given.text("selector").is_empty()) {
                (-1, false) if !given.has("tail") => 10,
                (tail, _) => tail,
            };
            if let Ok(tail) = usize::try_from(tail) {
                new.drain(..new.len().saturating_sub(tail));
            }
        }
        if let Some((at, _)) = lines.last() {
            self.last = *at;
            self.of_last = lines.iter().filter(|(of, _)| of == at).count();
        }
        let mut text = String::new();
        for (at, line) in new {
            if given.is("prefix") || given.is("all-pods") {
                text += &format!("[pod/{}/{}] ", self.pod.name, self.container);
            }
            if given.is("timestamps") {
                let moment = at.to_rfc3339();
                let nanos = at.0.rem_euclid(1_000_000) * 1000;
                text += &format!("{}.{nanos:09}Z ", moment.trim_end_matches('Z'));
            }
            text += &line;
            text.push('\n');
        }
        let most = usize::try_from(given.int("limit-bytes")).unwrap_or(0);
        if most > 0 && text.len() > most {
            let mut end = most;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
        }
        cx.print(&text);
        Ok(())
    }

    /// How many of these lines were printed.
    fn seen(&self, lines: &[(SimTime, String)]) -> usize {
        let before = lines.iter().filter(|(at, _)| *at < self.last).count();
        let at_last = lines.iter().filter(|(at, _)| *at == self.last).count();
        before + at_last.min(self.of_last)
    }
}

fn status_of<'v>(pod: &'v Value, container: &str) -> Option<&'v Value> {
    let lists = [
        "status.containerStatuses",
        "status.initContainerStatuses",
        "status.ephemeralContainerStatuses",
    ];
    let mut all = lists.iter().flat_map(|list| pod.list(list));
    all.find(|status| status.text("name") == container)
}

/// Why there is no log. Models `validateContainerLogStatus`.
fn no_log(cx: &mut Cx<'_>, key: &ObjectKey, container: &str, previous: bool) -> Result<(), Error> {
    let pod = cx
        .world()
        .store
        .get(key)
        .map(|pod| pod.value.clone())
        .unwrap_or_default();
    if pod.text("spec.nodeName").is_empty() {
        // It has no node that could be asked.
        return Ok(());
    }
    let (named, of) = (quoted(container), quoted(&key.name));
    let message = match status_of(&pod, container) {
        _ if previous => {
            format!("previous terminated container {named} in pod {of} not found")
        }
        Some(status) if status.look("state.waiting").is_some() => {
            let reason = status.text("state.waiting.reason");
            match reason {
                "ErrImagePull" => format!(
                    "container {named} in pod {of} is waiting to start: image can't be pulled"
                ),
                "ImagePullBackOff" => format!(
                    "container {named} in pod {of} is waiting to start: trying and failing to \
                     pull image"
                ),
                reason => {
                    format!("container {named} in pod {of} is waiting to start: {reason}")
                }
            }
        }
        Some(_) => return Ok(()),
        None => format!("container {named} in pod {of} is not available"),
    };
    Err(Status {
        code: 400,
        reason: "BadRequest",
        message,
    }
    .into())
}
