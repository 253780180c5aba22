//! A shell at work: everything that its processes are in the middle of, as a value that can be kept.
//! Every command but those that wait takes no time; a loop's turn takes a millisecond, so that one
//! without a pause is busy, not endless. Ours.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Errors;
use super::at_terminal::Printed;
use super::code::{Catches, Code};
use super::pipe::Head;
use super::turn::Turn;
use crate::cluster::SimTime;
use crate::cluster::workload::catalogue::{Listen, Program, Serves, Stop as Signal};
use crate::cluster::workload::context::Context;
use crate::cluster::workload::files::Files;
use crate::cluster::workload::outside::{Outside, Reply};
use crate::cluster::workload::{Exit, Listener};
use crate::collections::{List, Map};
use crate::kubectl;

/// Lines of a log that are kept, as a kubelet keeps the last files of one.
pub const LOG_LINES: usize = 1_000;

/// Bytes of a log that are kept.
const LOG_BYTES: usize = 256 * 1024;

/// Bytes that may be copied while a process is looked at, about.
const TASK_BYTES: usize = 16;

/// Bytes after which a line without an end begins anew, as a runtime has it.
const LINE_BYTES: usize = 16 * 1024;

/// Where a shell stopped.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    /// The moment that was asked for is reached.
    Time,
    /// It asks for something outside, and nothing was there to be asked; when.
    Asks(Duration),
    /// Its first process ended: when, and how.
    Ends(Duration, Exit),
    /// It waits for ever.
    Forever,
    /// It did as much as it may at once; how far it came.
    Busy(Duration),
}

/// A shell with everything that it started: the processes of one container.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shell {
    /// What it is told from outside.
    pub context: Rc<Context>,
    /// When the container started.
    pub start: SimTime,
    /// The container's own files.
    pub disk: Files,
    /// What was printed, and when; the last [`LOG_LINES`].
    pub log: List<(Duration, Rc<str>)>,
    /// What its commands listen on, and the process of each.
    pub listens: Vec<(u32, Listen)>,
    /// Work that copying was, in operations.
    pub copied: u64,
    /// How many bytes that is.
    pub(super) log_bytes: usize,
    /// Is the last line of it still without its end?
    pub unended: bool,
    /// What is done on SIGTERM, if it traps that.
    pub trap: Option<Rc<str>>,
    /// Did it look at a clock, so that what it does next may depend on the time?
    pub clocked: bool,
    /// Did SIGTERM come, and is it still to be seen to?
    pub signalled: bool,
    /// What was assumed of it because it isn't known.
    pub assumption: Option<Rc<str>>,
    /// What was printed since it was looked at last, if it is a terminal's.
    pub terminal: Option<Vec<Printed>>,
    /// What was printed, apart, if it is that of a command beside a container's process.
    pub beside: Option<Vec<Printed>>,
    /// The next process's number.
    pub(super) next_pid: u32,
    /// Its processes; the first is the container's.
    pub(super) tasks: Vec<Task>,
}

/// One process.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Task {
    pub(super) pid: u32,
    pub(super) code: Code,
    /// The next operation.
    pub(super) at: usize,
    /// Where its code ends.
    pub(super) end: usize,
    /// How long after the start it goes on.
    pub(super) time: Duration,
    pub(super) doing: Doing,
    pub(super) frames: Vec<Frame>,
    /// Commands whose words are being expanded.
    pub(super) words: Vec<Words>,
    pub(super) outputs: Vec<Output>,
    pub(super) input: Option<Rc<str>>,
    /// Does what it reads go on like that without end?
    pub(super) endless: bool,
    pub(super) variables: Map<Rc<str>, Rc<str>>,
    pub(super) folder: Rc<str>,
    /// Where the code of each function is.
    pub(super) functions: Map<Rc<str>, (Code, usize, usize)>,
    pub(super) status: i64,
    /// Does a failure end it (`set -e`)?
    pub(super) strict: bool,
    /// What a subshell printed.
    pub(super) caught: Rc<str>,
    /// Would it have gone on printing that without end?
    pub(super) caught_endless: bool,
    /// The number of the process that was last put into the background.
    pub(super) background: u32,
    /// What came over the network, for the command that asked.
    pub(super) reply: Option<Rc<Reply>>,
    /// kubectl, as long as it waits.
    pub(super) kubectl: Option<Rc<kubectl::process::Process>>,
    /// When the next kubectl may begin.
    pub(super) kubectl_from: Duration,
}

impl Task {
    /// Will it do something at its time?
    fn goes(&self) -> bool {
        matches!(
            self.doing,
            Doing::Goes | Doing::Ends(..) | Doing::Polls(true)
        )
    }
}

/// What a process does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Doing {
    /// It goes on at its time.
    #[default]
    Goes,
    /// It does nothing more, and doesn't end.
    Forever,
    /// It waits for one of its background processes, or for all.
    Waits(Option<u32>),
    /// It waits for what comes over the network, with this number.
    Awaits(u64),
    /// It is kubectl, and is polled when the world has changed; at its time as well?
    Polls(bool),
    /// It is a program of the catalogue since then.
    Runs(Rc<Program>, Duration),
    /// It is such a program and will end like this, at its time.
    Ends(Rc<Program>, Duration, Exit),
    /// It ended.
    Ended(Exit),
}

/// What a process is in the middle of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Frame {
    /// A subshell.
    Sub {
        end: usize,
        catches: Catches,
        variables: Map<Rc<str>, Rc<str>>,
        folder: Rc<str>,
        outputs: usize,
    },
    /// A script within the script: where it was called from.
    Called {
        code: Code,
        at: usize,
        end: usize,
        /// Of a signal's action: the exit code before it, which counts again afterwards.
        trap: Option<i64>,
        /// What the variables are again afterwards, if they are.
        variables: Option<Map<Rc<str>, Rc<str>>>,
    },
    /// Whether failures counted before.
    Tried(bool),
    /// What was read before, and whether that never ends.
    Reads(Option<Rc<str>>, bool),
    /// The output was changed.
    Writes,
    /// Where a loop's next turn begins, and where it ends.
    Loop(usize, usize),
    /// Values that are left, the next at the end.
    Values(Vec<Rc<str>>),
}

/// A command's words, as far as they are expanded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Words {
    pub words: Vec<Rc<str>>,
    /// The word at hand.
    pub word: String,
    /// Did one of them come from a command?
    pub caught: bool,
    /// Is it split into words?
    pub splits: bool,
    pub assigned: Vec<(Rc<str>, Rc<str>)>,
    pub output: Option<(Rc<str>, bool)>,
    pub input: Option<Rc<str>>,
    pub text: Option<Rc<str>>,
}

/// Where output goes instead of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Output {
    Caught(String),
    /// Into a pipe; would it go on like that without end?
    Piped(String, bool),
    /// To a `head` that reads along.
    Head(Head),
    File(Rc<str>),
    Tee(Rc<[Rc<str>]>),
}

impl Shell {
    /// A shell that will run this code.
    pub fn new(context: &Rc<Context>, start: SimTime, disk: Files, code: Code) -> Self {
        let task = Task {
            pid: 1,
            end: code.len(),
            code,
            variables: context.env.iter().cloned().collect(),
            folder: "/".into(),
            ..Task::default()
        };
        Shell {
            context: context.clone(),
            start,
            disk,
            log: List::new(),
            copied: 0,
            log_bytes: 0,
            unended: false,
            listens: Vec::new(),
            trap: None,
            clocked: false,
            signalled: false,
            assumption: None,
            terminal: None,
            beside: None,
            next_pid: 2,
            tasks: vec![task],
        }
    }

    /// Everything is done so much later.
    pub fn shift(&mut self, later: Duration) {
        for task in &mut self.tasks {
            task.time += later;
        }
    }

    /// Goes on up to and including a moment, at most so many operations.
    pub fn run(
        &mut self,
        mut outside: Option<&mut dyn Outside>,
        until: Duration,
        steps: &mut u32,
    ) -> Stop {
        loop {
            if let Doing::Ended(exit) = &self.tasks[0].doing {
                return Stop::Ends(self.tasks[0].time, exit.clone());
            }
            let going_bytes = self.tasks.len() * TASK_BYTES;
            let going = self.tasks.iter().enumerate();
            let next = going
                .filter(|(_, task)| task.goes())
                .min_by_key(|(_, task)| task.time);
            let Some((number, time)) = next.map(|(number, task)| (number, task.time)) else {
                return Stop::Forever;
            };
            if time > until {
                return Stop::Time;
            }
            let task = std::mem::take(&mut self.tasks[number]);
            let mut turn = Turn {
                shell: self,
                task,
                outside: outside.as_mut().map(|outside| &mut **outside as _),
                until,
                errors: Errors::Log,
                // Whose turn it is had to be found out.
                bytes: going_bytes,
                limit: None,
            };
            let goes_on = turn.run(steps);
            let mut task = turn.task;
            let over = matches!(task.doing, Doing::Ended(_));
            if over {
                self.end_task(&mut task);
            }
            let (pid, time) = (task.pid, task.time);
            // It may have ended others that were before it.
            let stood = self.tasks.iter().position(|task| task.pid == 0);
            let number = stood.unwrap_or(number).min(self.tasks.len() - 1);
            self.tasks[number] = task;
            if over && number > 0 {
                self.tasks.remove(number);
                self.release(pid, time);
            }
            match goes_on {
                Ok(true) => {}
                Ok(false) => return Stop::Busy(time),
                Err(()) => return Stop::Asks(time),
            }
        }
    }

    /// What a process listened on is closed with it.
    fn end_task(&mut self, task: &mut Task) {
        let pid = task.pid;
        self.listens.retain(|(of, _)| *of != pid);
    }

    /// Whoever waits for a process that has ended goes on.
    pub(super) fn release(&mut self, pid: u32, time: Duration) {
        let left = self.tasks.len() > 1;
        for task in &mut self.tasks {
            let goes = match task.doing {
                Doing::Waits(Some(of)) => of == pid,
                Doing::Waits(None) => !left,
                _ => false,
            };
            if goes {
                task.doing = Doing::Goes;
                task.time = task.time.max(time);
            }
        }
    }

    /// Does a command wait for what comes with this number?
    pub(in crate::cluster::workload) fn awaits(&self, number: u64) -> bool {
        let awaited = Doing::Awaits(number);
        self.tasks.iter().any(|task| task.doing == awaited)
    }

    /// Something came over the network: the command that waits for it runs again and finds it. `false`: nobody waits.
    pub(in crate::cluster::workload) fn receive(
        &mut self,
        ran: Duration,
        number: u64,
        reply: &Rc<Reply>,
    ) -> bool {
        let mut tasks = self.tasks.iter_mut();
        let Some(task) = tasks.find(|task| task.doing == Doing::Awaits(number)) else {
            return false;
        };
        task.doing = Doing::Goes;
        task.time = task.time.max(ran);
        task.reply = Some(reply.clone());
        true
    }

    /// Is a process of this number there?
    pub(super) fn runs(&self, pid: u32) -> bool {
        // The one whose turn it is stands aside, and has none meanwhile.
        pid > 0 && self.tasks.iter().any(|task| task.pid == pid)
    }

    /// A process is ended from outside.
    pub(super) fn kill(&mut self, pid: u32, time: Duration) -> bool {
        let Some(at) = self.tasks.iter().position(|task| task.pid == pid) else {
            return false;
        };
        if at == 0 {
            return true;
        }
        let mut task = self.tasks.remove(at);
        self.end_task(&mut task);
        self.release(pid, time);
        true
    }

    /// Writes down what was printed; the oldest lines go. A line is whole once its end is printed.
    pub(super) fn print(&mut self, at: Duration, text: &str) {
        self.write(at, false, text);
    }

    /// The same of what is no output.
    pub(super) fn print_error(&mut self, at: Duration, text: &str) {
        self.write(at, true, text);
    }

    fn write(&mut self, at: Duration, is_error: bool, text: &str) {
        if let Some(printed) = &mut self.terminal {
            Printed::add(printed, at, is_error, text);
            return;
        }
        if let Some(printed) = &mut self.beside {
            Printed::add(printed, at, is_error, text);
            // What is printed in one go may be long: a `yes` without end.
            if printed.len() > LOG_LINES || printed[0].text.len() > LOG_BYTES {
                printed.remove(0);
            }
        }
        for line in text.split_inclusive('\n') {
            let begun = std::mem::replace(&mut self.unended, !line.ends_with('\n'));
            let line = line.trim_end_matches('\n');
            self.log_bytes += line.len();
            let short = |line: &Rc<(Duration, Rc<str>)>| line.1.len() < LINE_BYTES;
            if begun && self.log.last().is_some_and(short) {
                let last = self.log.len() - 1;
                let whole = format!("{}{line}", self.log[last].1);
                self.log.make_mut(last).1 = whole.into();
            } else {
                self.log.push(Rc::new((at, line.into())));
            }
            while self.log.len() > LOG_LINES || self.log_bytes > LOG_BYTES && self.log.len() > 1 {
                let first = self.log.pop_first();
                self.log_bytes -= first.map_or(0, |first| first.1.len());
            }
        }
    }

    /// Is it a terminal's, and no container's?
    pub(super) fn is_terminal(&self) -> bool {
        self.terminal.is_some()
    }

    /// Programs of the catalogue that it runs, with when each began.
    pub fn programs(&self) -> impl Iterator<Item = (&Rc<Program>, Duration)> {
        self.tasks.iter().filter_map(|task| match &task.doing {
            Doing::Runs(program, since) | Doing::Ends(program, since, _) => Some((program, *since)),
            _ => None,
        })
    }

    /// What is listened on after so long.
    pub fn listeners(&self, ran: Duration) -> Vec<Listener> {
        let mut open: Vec<Listener> = self.listens.iter().map(|(_, own)| own.listener()).collect();
        for (program, since) in self.programs() {
            open.extend(program.own_listeners(ran.saturating_sub(since)));
        }
        open
    }

    /// What stands behind a port: a command's own, or a program's with when that began.
    pub fn behind(&self, ran: Duration, port: i64) -> Option<Behind<'_>> {
        let own = self.listens.iter().find(|(_, own)| own.port == port);
        if let Some((_, listen)) = own {
            return Some(Behind::Command(&listen.serves));
        }
        self.programs().find_map(|(program, since)| {
            let ran = ran.saturating_sub(since);
            let listener = program.own_listen(ran, port)?;
            Some(Behind::Program(program, listener))
        })
    }

    /// SIGTERM comes. What it traps is done once the command at hand is over; without a trap, the
    /// program that runs in its first process has its way. Tells after how long and how that ends.
    pub fn signal(&mut self, now: Duration) -> Option<(Duration, Exit)> {
        if self.trap.is_some() {
            self.signalled = true;
            let first = &mut self.tasks[0];
            if matches!(first.doing, Doing::Waits(_) | Doing::Forever) {
                first.doing = Doing::Goes;
                first.status = 143;
                first.time = first.time.max(now);
            }
            return None;
        }
        match &self.tasks[0].doing {
            Doing::Runs(program, _) | Doing::Ends(program, ..) => match program.stop {
                Signal::Ignored => None,
                Signal::Exits { after, code } => Some((after, Exit::with_code(code))),
            },
            _ => None,
        }
    }

    /// SIGTERM comes from one of its own processes to the first.
    pub(super) fn terminate_first(&mut self, now: Duration) {
        let Some((after, exit)) = self.signal(now) else {
            return;
        };
        let (first, at) = (&mut self.tasks[0], now.saturating_add(after));
        match &first.doing {
            Doing::Ends(..) if first.time <= at => {}
            Doing::Runs(program, since) | Doing::Ends(program, since, _) => {
                first.doing = Doing::Ends(program.clone(), *since, exit);
                first.time = at;
            }
            _ => {}
        }
    }

    /// The highest number of a process of the container that it runs beside: its own come after that.
    pub(super) fn processes_before(&self) -> u32 {
        match self.beside {
            Some(_) => 6 * u32::try_from(self.context.processes.len().max(1)).unwrap_or(1),
            None => 0,
        }
    }

    /// Is it where it was then, time and log aside? Whoever comes to the same place twice goes round
    /// for ever.
    pub fn stands_as(&self, then: &Shell) -> bool {
        let (now, before) = (self.time(), then.time());
        let apart = |task: &Task, time: Duration| {
            let later = task.time.checked_sub(time);
            (later, time.checked_sub(task.time))
        };
        let same = |a: &Task, b: &Task| {
            a.at == b.at
                && (!a.goes() || apart(a, now) == apart(b, before))
                && a.status == b.status
                && a.doing == b.doing
                && Rc::ptr_eq(&a.code, &b.code)
                && a.frames == b.frames
                && a.words == b.words
                && a.outputs == b.outputs
                && (&a.input, a.endless) == (&b.input, b.endless)
                && a.variables == b.variables
                && a.folder == b.folder
        };
        self.tasks.len() == then.tasks.len()
            && self.tasks.iter().zip(&then.tasks).all(|(a, b)| same(a, b))
            && self.listens == then.listens
            && self.trap == then.trap
            && self.signalled == then.signalled
            && files_alike(&self.disk, &then.disk)
    }

    /// Does it do nothing more by itself, until something comes from outside?
    pub fn is_still(&self) -> bool {
        !self.tasks.iter().any(Task::goes)
    }

    /// What its first process does.
    pub fn first(&self) -> Option<&Doing> {
        self.tasks.first().map(|task| &task.doing)
    }

    /// Where it goes on next.
    pub fn time(&self) -> Duration {
        let going = self.tasks.iter().filter(|task| task.goes());
        going.map(|task| task.time).min().unwrap_or_default()
    }
}

/// What stands behind a port.
pub enum Behind<'a> {
    /// A command of the script.
    Command(&'a Serves),
    /// A program of the catalogue, and which of its ports.
    Program(&'a Rc<Program>, &'a Listen),
}

/// The same files, whenever they were written.
fn files_alike(a: &Files, b: &Files) -> bool {
    let mut others = b.iter();
    let same = a.iter().all(|(path, file)| {
        others
            .next()
            .is_some_and(|(of, other)| path == of && file.bytes == other.bytes)
    });
    same && others.next().is_none()
}
