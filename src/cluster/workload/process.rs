//! What a process does, as a value: when it ends, what it listens on, what it answers.
//! Ours: a function of how long it has run, so that nothing has to happen while it runs.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::catalogue::program::Program;
use super::scripted::Script;
use super::usage::Usage;
use crate::cluster::SimTime;

/// How a process ended, in the runtime's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// 0 is success; 137 is SIGKILL, 143 SIGTERM.
    pub code: i64,
    /// `Completed`, `Error`, `OOMKilled`, `StartError`
    pub reason: Rc<str>,
    /// What the runtime has to say about it.
    pub message: Rc<str>,
    /// What the container left in its termination message file.
    pub termination_message: Rc<str>,
}

impl Exit {
    /// Its own end, or a signal's: containerd calls 0 `Completed` and everything else `Error`.
    pub fn with_code(code: i64) -> Self {
        Exit {
            code,
            reason: if code == 0 { "Completed" } else { "Error" }.into(),
            message: "".into(),
            termination_message: "".into(),
        }
    }

    /// SIGKILL.
    pub fn killed() -> Self {
        Exit::with_code(137)
    }

    /// The kernel's answer to too much memory.
    pub fn out_of_memory() -> Self {
        Exit {
            reason: "OOMKilled".into(),
            ..Exit::killed()
        }
    }
}

/// A port that a process listens on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// TCP.
    pub port: i64,
    /// Only on 127.0.0.1, so that nobody outside the Pod gets through.
    pub loopback: bool,
}

/// What an HTTP request was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAnswer {
    /// Status code; `None`: what listens doesn't speak HTTP.
    pub status: Option<u16>,
    /// The body.
    pub body: String,
    /// How long it took.
    pub after: Duration,
}

/// How a command run inside a container ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecAnswer {
    /// Its exit code; the runtime's words if it couldn't be run at all.
    pub result: Result<i64, String>,
    /// What it printed.
    pub output: String,
    /// How long it took.
    pub after: Duration,
}

/// A process of one of the runtimes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Process {
    /// Of a recorded kubelet case.
    Scripted(Rc<Script>),
    /// Of the catalogue.
    Program(Rc<Program>),
}

impl Process {
    /// When it ends by itself, counted from its start, and how.
    pub fn exits(&self) -> Option<(Duration, Exit)> {
        match self {
            Process::Scripted(script) => script.exits(),
            Process::Program(program) => program.exits(),
        }
    }

    /// What SIGTERM does to it: how long it still runs, and how it ends. `None`: it goes on.
    pub fn terminates(&self, ran: Duration) -> Option<(Duration, Exit)> {
        match self {
            Process::Scripted(script) => script.terminates(),
            Process::Program(program) => program.terminates(ran),
        }
    }

    /// How it ends on SIGKILL.
    pub fn killed(&self) -> Exit {
        match self {
            Process::Scripted(script) => script.leaves(Exit::killed()),
            Process::Program(_) => Exit::killed(),
        }
    }

    /// What it listens on after running so long.
    pub fn listeners(&self, ran: Duration) -> Vec<Listener> {
        match self {
            Process::Scripted(script) => script.listeners(ran),
            Process::Program(program) => program.listeners(ran),
        }
    }

    /// Its answer to a `GET` on a port that it listens on.
    pub fn get(&self, ran: Duration, port: i64, path: &str) -> HttpAnswer {
        match self {
            Process::Scripted(script) => script.get(path),
            Process::Program(program) => program.get(ran, port, path),
        }
    }

    /// What a command does that is run beside it.
    pub fn exec(&self, ran: Duration, command: &[Rc<str>]) -> ExecAnswer {
        match self {
            Process::Scripted(_) => super::scripted::exec(ran, command),
            Process::Program(program) => program.exec(ran, command),
        }
    }

    /// What a process started at `start` has written to its log after running so long, oldest line
    /// first; with each line when it was written, counted from the start.
    pub fn log(&self, start: SimTime, ran: Duration) -> Vec<(Duration, String)> {
        match self {
            Process::Scripted(script) => script.log(ran),
            Process::Program(program) => program.log(start, ran),
        }
    }

    /// What it takes of its machine after running so long.
    pub fn usage(&self, ran: Duration) -> Usage {
        match self {
            Process::Scripted(script) => script.usage(),
            Process::Program(program) => program.usage(ran),
        }
    }

    /// The most that it will ever take.
    pub fn peak(&self) -> Usage {
        match self {
            Process::Scripted(script) => script.usage(),
            Process::Program(program) => program.peak(),
        }
    }

    /// After running for how long it takes more than `limit` bytes of memory; `None` if it never does.
    /// The recorded cases' processes were nobody's to kill for it.
    pub fn passes_memory(&self, limit: i64) -> Option<Duration> {
        match self {
            Process::Scripted(_) => None,
            Process::Program(program) => program.memory.passes(limit),
        }
    }

    /// What was assumed of it because it isn't known.
    pub fn assumption(&self) -> Option<&str> {
        match self {
            Process::Scripted(_) => None,
            Process::Program(program) => program.assumption.as_deref(),
        }
    }
}
