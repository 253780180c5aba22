//! What a program does: opens ports, prints, ends. A value; see [`super::super::Process`].

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::shell::{self, Flow, Machine, Node};
use super::super::{Climb, ExecAnswer, Exit, HttpAnswer, Listener, Usage};
use crate::cluster::SimTime;
use crate::collections::Map;
use crate::order;

/// A program that runs in a container.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Program {
    /// What it listens on.
    pub listens: Vec<Listen>,
    /// Paths and their status codes; `*` is every other one. Empty: 200 everywhere.
    pub paths: Map<Rc<str>, u16>,
    /// When it ends by itself, and how.
    pub exit: Option<(Duration, Exit)>,
    /// What SIGTERM does to it.
    pub stop: Stop,
    /// What it prints, and when.
    pub log: Vec<(Duration, Rc<str>)>,
    /// What it prints again and again: `{n}` is how often it has.
    pub every: Option<(Duration, Rc<str>)>,
    /// The memory that it takes.
    pub memory: Climb,
    /// Thousandths of a processor that it takes if nothing holds it back.
    pub cpu_milli: i64,
    /// Files that it has in the end, by path, with their bytes: only of commands that make large ones.
    pub large_files: Vec<(Rc<str>, i64)>,
    /// The script that it is, if it is one.
    pub script: Option<Rc<Node>>,
    /// Its environment.
    pub env: Vec<(Rc<str>, Rc<str>)>,
    /// Why it can't be started, in the runtime's words.
    pub start_error: Option<Rc<str>>,
    /// Is there a shell in its image, for whoever looks in?
    pub has_shell: bool,
    /// What was assumed because it isn't known.
    pub assumption: Option<Rc<str>>,
}

/// One port that it opens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listen {
    /// TCP.
    pub port: i64,
    /// 127.0.0.1 only.
    pub loopback: bool,
    /// From the start.
    pub after: Duration,
    /// Does it speak HTTP?
    pub http: bool,
}

/// What SIGTERM does. Process 1 has no default action: it has to ask for one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Stop {
    /// Nothing.
    #[default]
    Ignored,
    /// It ends.
    Exits {
        /// How long that takes.
        after: Duration,
        /// With this code.
        code: i64,
    },
    /// Its script ends once what it waits for is done: that is when a shell looks.
    Trapped {
        /// With this code.
        code: i64,
    },
}

impl Program {
    pub(crate) fn exits(&self) -> Option<(Duration, Exit)> {
        self.exit.clone()
    }

    pub(crate) fn terminates(&self, ran: Duration) -> Option<(Duration, Exit)> {
        match self.stop {
            Stop::Ignored => None,
            Stop::Exits { after, code } => Some((after, Exit::with_code(code))),
            Stop::Trapped { code } => {
                let waits = self.played(SimTime::ZERO, ran).waits_until;
                let after = waits.map_or(Duration::ZERO, |until| until.saturating_sub(ran));
                Some((after, Exit::with_code(code)))
            }
        }
    }

    pub(crate) fn listeners(&self, ran: Duration) -> Vec<Listener> {
        let open = self.listens.iter().filter(|listen| listen.after <= ran);
        open.map(|listen| Listener {
            port: listen.port,
            loopback: listen.loopback,
        })
        .collect()
    }

    pub(crate) fn get(&self, ran: Duration, port: i64, path: &str) -> HttpAnswer {
        let open = |listen: &&Listen| listen.port == port && listen.after <= ran;
        let http = self
            .listens
            .iter()
            .find(open)
            .is_some_and(|listen| listen.http);
        let path = path.split('?').next().unwrap_or_default();
        let status = self.paths.get(path).or_else(|| self.paths.get("*"));
        let status = status
            .copied()
            .unwrap_or(if self.paths.is_empty() { 200 } else { 404 });
        HttpAnswer {
            status: http.then_some(status),
            body: String::new(),
            after: Duration::ZERO,
        }
    }

    /// A command run beside it: it sees the script's files and the program's ports.
    pub(crate) fn exec(&self, ran: Duration, command: &[Rc<str>]) -> ExecAnswer {
        let name = command.first().cloned().unwrap_or_default();
        let answer = |result, output| ExecAnswer {
            result,
            output,
            after: Duration::ZERO,
        };
        let of_a_shell = shell::is_known(&name) || matches!(&*name, "sh" | "bash" | "/bin/sh");
        if of_a_shell && !self.has_shell {
            let error = format!(
                "rpc error: code = Unknown desc = failed to exec in container: failed to start exec: \
                 OCI runtime exec failed: exec failed: unable to start container process: exec: \
                 \"{name}\": executable file not found in $PATH"
            );
            return answer(Err(error), String::new());
        }
        let mut machine = Machine::new(&self.env, SimTime::ZERO, Duration::MAX);
        machine.files = self.played(SimTime::ZERO, ran).files;
        machine.now = ran;
        machine.listens = self.listens.clone();
        let flow = machine.play(&shell::literal(command));
        let printed: Vec<String> = machine.log.into_iter().map(|(_, line)| line).collect();
        let result = match flow {
            Flow::Exit(code) => code,
            // What isn't known is taken to work.
            Flow::Program(_) | Flow::Unknown(_) => 0,
            _ => machine.status,
        };
        let after = match flow {
            Flow::Forever => Duration::from_secs(3600),
            _ => machine.now.saturating_sub(ran),
        };
        ExecAnswer {
            result: Ok(result),
            output: printed.join("\n"),
            after,
        }
    }

    pub(crate) fn usage(&self, ran: Duration) -> Usage {
        let files = if self.large_files.is_empty() {
            Vec::new()
        } else {
            let sizes = self.played(SimTime::ZERO, ran).sizes;
            sizes.iter().map(|(path, n)| (path.clone(), *n)).collect()
        };
        Usage {
            cpu_milli: self.cpu_milli,
            memory_bytes: self.memory.at(ran),
            files,
        }
    }

    pub(crate) fn peak(&self) -> Usage {
        Usage {
            cpu_milli: self.cpu_milli,
            memory_bytes: self.memory.peak,
            files: self.large_files.clone(),
        }
    }

    pub(crate) fn log(&self, start: SimTime, ran: Duration) -> Vec<(Duration, String)> {
        let mut log: Vec<(Duration, String)> = self
            .log
            .iter()
            .filter(|(after, _)| *after <= ran)
            .map(|(after, line)| (*after, line.to_string()))
            .collect();
        log.extend(self.played(start, ran).log);
        if let Some((period, line)) = &self.every {
            let times =
                u32::try_from(ran.as_micros() / period.as_micros().max(1)).unwrap_or(u32::MAX);
            // The last thousand are enough for anybody who looks.
            log.extend(
                (times.saturating_sub(1000) + 1..=times)
                    .map(|n| (*period * n, line.replace("{n}", &n.to_string()))),
            );
        }
        order::sort_by_key(&mut log, |(at, _)| *at);
        log
    }

    /// Its script, played up to a moment.
    fn played(&self, start: SimTime, ran: Duration) -> Machine {
        let mut machine = Machine::new(&self.env, start, ran);
        if let Some(script) = &self.script {
            machine.play(script);
        }
        machine
    }
}
