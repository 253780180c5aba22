//! `kubectl exec`: a command beside a container's process. Models `k8s.io/kubectl/pkg/cmd/exec/exec.go`.
//! Nothing recorded stands behind it. Left out: a terminal of its own (`-t` changes nothing) and standard
//! input.

use serde::{Deserialize, Serialize};

use crate::api::ObjectKey;
use crate::cluster::SimTime;
use crate::cluster::kubelet::Executed;
use crate::cluster::workload::ExecAnswer;
use crate::kubectl::asked::Asked;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given};
use crate::kubectl::look::Look;
use crate::kubectl::pods::{self, Best};
use crate::kubectl::process::{Poll, Process};
use crate::manifest::stream::quoted;
use std::rc::Rc;

/// `kubectl exec`
pub const COMMAND: Command =
    Command::new("exec", "Execute a command in a container", run).flags(&[&[
        Flag::text("container").short("c"),
        Flag::slice("filename").short("f"),
        Flag::duration("pod-running-timeout", "1m0s"),
        Flag::truth("quiet").short("q"),
        Flag::truth("stdin").short("i"),
        Flag::truth("tty").short("t"),
    ]]);

/// A command that runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Executing {
    /// Until then, with this answer.
    Until(SimTime, Rc<ExecAnswer>),
    /// In this Pod, under this number.
    Goes(ObjectKey, u64),
}

fn run(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let before = given.dash.unwrap_or(given.words.len());
    let command: Vec<Rc<str>> = match given.dash {
        Some(dash) => given.words[dash..]
            .iter()
            .map(|word| Rc::from(word.as_str()))
            .collect(),
        None if given.words.len() > 1 => {
            return Err(Error::usage(
                &given.command,
                "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead",
            ));
        }
        None => Vec::new(),
    };
    let Some(name) = given.words.first().filter(|_| before > 0) else {
        return plain("pod, type/name or --filename must be specified");
    };
    if command.is_empty() {
        return plain("you must specify at least one command for the container");
    }
    let asked = Asked::of(cx, given);
    let info = pods::named(cx, &asked, name)?;
    let (pod, _) = pods::of(cx, &info, Best::Active)?;
    let phase = pod.text("status.phase");
    if matches!(phase, "Succeeded" | "Failed") {
        return plain(format!(
            "cannot exec into a container in a completed pod; current phase is {phase}"
        ));
    }
    let container = pods::container(cx, &pod, given.text("container"), given.is("quiet"))?;
    if given.is("tty") && !given.is("quiet") && given.is("stdin") {
        cx.error_line("Unable to use a TTY - input is not a terminal or the right kind of file");
    }
    let key = ObjectKey::pod(pod.text("metadata.namespace"), pod.text("metadata.name"));
    if pod.text("spec.nodeName").is_empty() {
        return Err(Error::from(crate::cluster::api_server::Status {
            code: 400,
            reason: "BadRequest",
            message: format!("pod {} does not have a host assigned", key.name),
        }));
    }
    let Some(begun) = cx.simulation.exec(&key, &container, &command) else {
        return plain(format!(
            "Internal error occurred: unable to upgrade connection: container not found ({})",
            quoted(&format!("{}_{}", key.name, container))
        ));
    };
    let executing = match begun {
        Executed::Over(answer) => Executing::Until(cx.now() + answer.after, Rc::new(answer)),
        Executed::Goes(number) => Executing::Goes(key, number),
    };
    Ok(Process::Exec(executing))
}

impl Executing {
    /// Prints what the command printed, once it is over.
    ///
    /// # Errors
    /// It couldn't be run at all.
    pub fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Error> {
        let answer = match self {
            Executing::Until(until, _) if cx.now() < *until => {
                return Ok(Poll::Waits(Some(*until)));
            }
            Executing::Until(_, answer) => answer.clone(),
            Executing::Goes(pod, number) => match cx.simulation.executed(pod, *number) {
                Some(answer) => answer,
                None => return Ok(Poll::Waits(None)),
            },
        };
        let exit = match &answer.result {
            Ok(code) => i32::try_from(*code).unwrap_or(1),
            Err(why) => {
                return plain(format!(
                    "Internal error occurred: Internal error occurred: error executing command in \
                     container: {why}"
                ));
            }
        };
        for (is_error, text) in &answer.printed {
            match is_error {
                true => cx.print_error(text),
                false => cx.print(text),
            }
        }
        if exit != 0 {
            cx.error_line(&format!("command terminated with exit code {exit}"));
        }
        Ok(Poll::Done(exit))
    }
}
