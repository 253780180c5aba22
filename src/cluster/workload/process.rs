//! What a process does, as a value: when it ends, what it listens on, what it answers.
//! Ours: until it asks for something, a function of how long it has run, so that nothing has to happen
//! while it runs.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::catalogue::{Asks, Next, Program};
use super::exec::Exec;
use super::files::Files;
use super::outside::{Outside, Reply};
use super::scripted::Script;
use super::usage::Usage;
use crate::cluster::SimTime;
use crate::cluster::kubelet::volumes::Mount;

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecAnswer {
    /// Its exit code; the runtime's words if it couldn't be run at all.
    pub result: Result<i64, String>,
    /// What it printed, to whichever, without the end of the last line.
    pub output: String,
    /// The same as it was printed, one after another: is it standard error, and what? Of many lines the last.
    pub printed: Vec<(bool, String)>,
    /// How long it took.
    pub after: Duration,
    /// Would it be answered the same again until something happens to the container, or it changes its files?
    pub alike: bool,
}

impl ExecAnswer {
    /// Nobody knows what became of it.
    pub fn killed() -> Self {
        ExecAnswer {
            result: Ok(137),
            output: String::new(),
            printed: Vec::new(),
            after: Duration::ZERO,
            alike: false,
        }
    }
}

/// A command that has begun beside a process.
#[derive(Clone, Debug, PartialEq)]
pub enum Begun {
    /// It is known how it ends, and after how long.
    Over(ExecAnswer),
    /// It goes on, once the container has run so long if it does by itself.
    Goes(Rc<Exec>, Option<Duration>),
}

/// A process of one of the runtimes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Process {
    /// Of a recorded kubelet case.
    Scripted(Rc<Script>),
    /// Of the catalogue.
    Program(Rc<Program>),
}

/// What stands in a container while its process has its turn elsewhere: the one that is made with least work.
impl Default for Process {
    fn default() -> Self {
        Process::Scripted(Rc::default())
    }
}

impl Process {
    /// It starts. Tells what comes.
    pub fn begin(&mut self, start: SimTime, outside: &mut dyn Outside) -> Next {
        match self {
            Process::Scripted(script) => script.next(),
            Process::Program(program) => Rc::make_mut(program).begin(start, outside),
        }
    }

    /// It goes on from where it asked. Tells what comes.
    pub fn go_on(&mut self, ran: Duration, outside: &mut dyn Outside) -> Next {
        match self {
            Process::Scripted(script) => script.next(),
            Process::Program(program) => Rc::make_mut(program).go_on(ran, outside),
        }
    }

    /// What comes as things stand.
    pub fn next(&self) -> Next {
        match self {
            Process::Scripted(script) => script.next(),
            Process::Program(program) => program.next(),
        }
    }

    /// SIGTERM. Tells what comes: nothing if it goes on as if nothing had been.
    pub fn terminate(&mut self, ran: Duration, outside: &mut dyn Outside) -> Next {
        match self {
            Process::Scripted(script) => match script.terminates() {
                Some((after, exit)) => script.next().or_sooner(ran + after, exit),
                None => Next::Nothing,
            },
            Process::Program(program) => Rc::make_mut(program).terminate(ran, outside),
        }
    }

    /// Something came over the network, with the number that it asked for it under. Tells what comes.
    pub fn receive(
        &mut self,
        ran: Duration,
        number: u64,
        reply: &Rc<Reply>,
        outside: &mut dyn Outside,
    ) -> Next {
        match self {
            Process::Scripted(script) => script.next(),
            Process::Program(program) => Rc::make_mut(program).receive(ran, number, reply, outside),
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

    /// Its answer to a `GET` on a port that it listens on, and what has to happen for it first.
    pub fn get(
        &mut self,
        ran: Duration,
        port: i64,
        path: &str,
        outside: &mut dyn Outside,
    ) -> (Asks, HttpAnswer) {
        match self {
            Process::Scripted(script) => (Asks::Nothing, script.get(path)),
            Process::Program(program) => {
                let (asks, mut answer, strained) = program.get(ran, port, path, outside);
                if let Some(site) = strained {
                    Rc::make_mut(program).strain(&site, ran, path, &mut answer);
                }
                (asks, answer)
            }
        }
    }

    /// Will it answer a `GET` as now until something happens to its container, and stay as it is but for a
    /// line in its log? Then tells whether it writes that.
    pub fn answers_alike(&self, ran: Duration, port: i64, path: &str) -> Option<bool> {
        match self {
            Process::Scripted(_) => None,
            Process::Program(program) => program.answers_alike(ran, port, path),
        }
    }

    /// The line that a request leaves in its log; and the file that it is added to as well.
    pub fn note(
        &mut self,
        ran: Duration,
        (from, path): (Option<&str>, &str),
        status: u16,
    ) -> Option<(Rc<str>, String)> {
        match self {
            Process::Program(program) if program.site.logs => {
                let from = from.unwrap_or("127.0.0.1");
                Rc::make_mut(program).note(ran, from, path, status)
            }
            _ => None,
        }
    }

    /// A command begins beside it. Tells the container's files too if they are others then.
    pub fn exec(
        &self,
        start: SimTime,
        ran: Duration,
        command: &[Rc<str>],
        outside: &mut dyn Outside,
    ) -> (Begun, Option<Files>) {
        match self {
            Process::Scripted(_) => (Begun::Over(super::scripted::exec(ran, command)), None),
            Process::Program(program) => program.exec(start, ran, command, outside),
        }
    }

    /// The container's own files after so long.
    pub fn files(&self, ran: Duration) -> Files {
        match self {
            Process::Scripted(_) => Files::default(),
            Process::Program(program) => program.files(ran),
        }
    }

    /// The container's own files are others from now on. Tells what comes.
    pub fn put_files(&mut self, ran: Duration, files: Files) -> Next {
        if let Process::Program(program) = self {
            Rc::make_mut(program).put_files(ran, files);
        }
        self.next()
    }

    /// What is mounted where in its container.
    pub fn mounts(&self) -> &[Mount] {
        match self {
            Process::Scripted(_) => &[],
            Process::Program(program) => &program.context.mounts,
        }
    }

    /// What a process started at `start` has written to its log after running so long, oldest line
    /// first; with each line when it was written, counted from the start. The last thousand lines are
    /// kept, as a kubelet keeps the last files of a log.
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
            Process::Program(program) => program.usage(program.memory.over),
        }
    }

    /// Bytes of memory that it takes after running so long: as [`Process::usage`] says, for less work.
    pub fn memory(&self, ran: Duration) -> i64 {
        match self {
            Process::Scripted(script) => script.usage().memory_bytes,
            Process::Program(program) => program.memory.at(ran),
        }
    }

    /// After how long it takes the most memory.
    pub fn settles(&self) -> Duration {
        match self {
            Process::Scripted(_) => Duration::ZERO,
            Process::Program(program) => program.memory.over,
        }
    }

    /// May it write onto disk at any time?
    pub fn may_write(&self) -> bool {
        match self {
            Process::Scripted(_) => false,
            Process::Program(program) => program.is_script(),
        }
    }

    /// Bytes that it has written onto the container's own disk after running so long.
    pub fn disk_bytes(&self, ran: Duration) -> i64 {
        match self {
            Process::Scripted(_) => 0,
            Process::Program(program) => program.disk_bytes(ran),
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

    /// From now on its memory climbs to `peak` bytes within `over`; `false` if a script says what it takes.
    pub fn fill_memory(&mut self, ran: Duration, peak: i64, over: Duration) -> bool {
        let Process::Program(program) = self else {
            return false;
        };
        let program = Rc::make_mut(program);
        program.memory = program.memory.going_on(ran, peak, over);
        true
    }

    /// Was it asked to hang, and does?
    pub fn hangs(&self) -> bool {
        matches!(self, Process::Program(program) if program.wedged)
    }

    /// What was assumed of it because it isn't known.
    pub fn assumption(&self) -> Option<&str> {
        match self {
            Process::Scripted(_) => None,
            Process::Program(program) => program.assumed(),
        }
    }
}
