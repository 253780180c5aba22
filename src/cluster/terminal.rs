//! The terminal: lines that a person typed, each a shell that runs in virtual time until its first
//! process and all that it put into the background have ended. Ours: upstream it is a computer somewhere.
//! What a line does to the cluster it does through kubectl; a line that waits is looked at again when
//! the world has changed and at its own times.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::workload::files::{File, Files};
use super::workload::outside::{Ask, Call, Outside, Poll, Request};
use super::workload::{HttpAnswer, Listener, Printed, Shell, Stand, Stop, compile, parse};
use super::{Cause, InputId, SimTime, Simulation, TimerId, Wake};
use crate::collections::{List, Map};
use crate::kubectl::{self, config, cx::Cx};

/// Operations of a shell in one event, about.
const STEPS: u32 = 100_000;

/// Pieces of output that are kept of a line; the oldest go.
const PIECES: usize = 2_000;

/// Where a person types.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Terminal {
    /// Its files, by path without the slash before it.
    pub files: Files,
    /// What a new line begins with: folder, variables, functions.
    pub stand: Stand,
    /// Every line.
    pub lines: Map<InputId, Rc<Line>>,
    /// Those that aren't over.
    pub live: Vec<InputId>,
    /// How often something was done that no change tells of.
    pub(super) hands: u64,
}

impl Default for Terminal {
    fn default() -> Self {
        let variables = [
            ("HOME", config::HOME),
            ("USER", "root"),
            ("KUBECONFIG", ""),
            ("SHELL", "/bin/bash"),
        ];
        let variables = variables.iter();
        let variables = variables.map(|(name, value)| (Rc::from(*name), Rc::from(*value)));
        let stand = Stand::at(config::HOME, variables.collect());
        Terminal {
            files: Files::default(),
            stand,
            lines: Map::new(),
            live: Vec::new(),
            hands: 0,
        }
    }
}

/// A line that was typed, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// As typed.
    pub line: Rc<str>,
    /// When.
    pub start: SimTime,
    /// What was printed.
    pub printed: List<Shown>,
    /// How it ended, if it has: the next line can be typed.
    pub exit: Option<i64>,
    /// What still runs.
    shell: Option<Rc<Shell>>,
    /// When it goes on by itself.
    timer: Option<TimerId>,
    /// Has the world changed since it was looked at?
    stirred: bool,
}

/// Something that was printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// When.
    pub at: SimTime,
    /// Is it standard error?
    pub is_error: bool,
    /// Lines, or a part of one.
    pub text: Rc<str>,
}

impl Line {
    /// Does nothing of it run any more?
    pub fn is_over(&self) -> bool {
        self.shell.is_none()
    }

    /// Everything that it printed to standard output, or to standard error.
    pub fn text(&self, errors: bool) -> String {
        let pieces = self.printed.iter();
        let pieces = pieces.filter(|shown| shown.is_error == errors);
        pieces.map(|shown| &*shown.text).collect()
    }

    fn show(&mut self, at: SimTime, is_error: bool, text: &str) {
        self.printed.push(Rc::new(Shown {
            at,
            is_error,
            text: text.into(),
        }));
        while self.printed.len() > PIECES {
            self.printed.pop_first();
        }
    }
}

impl Simulation {
    /// A line is typed: it begins at once.
    pub(super) fn type_line(
        &mut self,
        id: InputId,
        line: Rc<str>,
        files: &[(Rc<str>, Rc<str>)],
        stdin: Option<Rc<str>>,
    ) {
        self.put_terminal_files(files);
        let start = self.now();
        let mut typed = Line {
            line: line.clone(),
            start,
            printed: List::new(),
            exit: None,
            shell: None,
            timer: None,
            stirred: false,
        };
        match parse(&line) {
            Ok(node) => {
                let stand = &self.terminal.stand;
                let code = compile(&node);
                let mut shell = Shell::of_terminal(stand, start, Files::default(), code);
                if let Some(text) = stdin {
                    shell.reads(text);
                }
                typed.shell = Some(Rc::new(shell));
            }
            Err(what) => {
                typed.show(start, true, &format!("bash: syntax error: {what}\n"));
                typed.exit = Some(2);
            }
        }
        let is_over = typed.is_over();
        self.terminal.lines.insert(id, Rc::new(typed));
        if !is_over {
            self.terminal.live.push(id);
            let pace = self.world.latencies().kubectl_command;
            self.go_on_with_line(id, pace);
        }
    }

    /// Files from outside: the editor's text, and what a person drops.
    pub(super) fn put_terminal_files(&mut self, files: &[(Rc<str>, Rc<str>)]) {
        let changed = self.now();
        let folder = self.terminal.stand.folder.trim_matches('/').to_string();
        for (name, text) in files {
            let path = match name.strip_prefix('/') {
                Some(path) => path.to_string(),
                None => format!("{folder}/{name}"),
            };
            let file = File {
                bytes: text.as_bytes().into(),
                mode: 0o644,
                changed,
                folder: false,
            };
            self.terminal.files.put(&path, file);
        }
    }

    /// A line goes on. `pace`: how long after one kubectl the next begins.
    pub(super) fn go_on_with_line(&mut self, id: InputId, pace: Duration) {
        let Some(mut kept) = self.terminal.lines.get(&id).cloned() else {
            return;
        };
        let line = Rc::make_mut(&mut kept);
        let Some(mut running) = line.shell.take() else {
            return;
        };
        if let Some(timer) = line.timer.take() {
            self.world.cancel(timer);
        }
        let now = self.now();
        let ran = now.since(line.start);
        let shell = Rc::make_mut(&mut running);
        if std::mem::take(&mut line.stirred) {
            shell.poke(ran);
        }
        shell.disk = std::mem::take(&mut self.terminal.files);
        let start = line.start;
        let mut desk = Desk {
            simulation: self,
            input: id,
            start,
            pace,
        };
        let mut steps = STEPS;
        let stop = shell.run(Some(&mut desk), ran, &mut steps);
        self.terminal.files = std::mem::take(&mut shell.disk);
        for Printed { at, is_error, text } in shell.terminal.replace(Vec::new()).unwrap_or_default()
        {
            line.show(start + at, is_error, &text);
        }
        let mut goes_on = true;
        let mut next = None;
        match stop {
            Stop::Ends(_, exit) => {
                line.exit = Some(exit.code);
                self.terminal.stand = shell.stand();
                goes_on = shell.outlives();
                next = goes_on.then_some(Duration::ZERO);
            }
            Stop::Time => next = Some(shell.time().saturating_sub(ran)),
            Stop::Busy(_) | Stop::Asks(_) => next = Some(Duration::ZERO),
            Stop::Forever => goes_on = !shell.is_deserted(),
        }
        if goes_on {
            self.world.set_cause(Cause::Input(id, 0));
            line.timer = next.map(|after| self.world.wake(after, Wake::Terminal(id)));
            line.shell = Some(running);
        } else {
            self.forget_live(id);
        }
        self.terminal.lines.insert(id, kept);
    }

    fn forget_live(&mut self, id: InputId) {
        self.terminal.live.retain(|live| *live != id);
    }

    /// Ctrl+C: everything of a line ends.
    pub(super) fn interrupt_line(&mut self, id: InputId) {
        let now = self.now();
        let Some(mut kept) = self.terminal.lines.get(&id).cloned() else {
            return;
        };
        let line = Rc::make_mut(&mut kept);
        if line.shell.take().is_none() {
            return;
        }
        if let Some(timer) = line.timer.take() {
            self.world.cancel(timer);
        }
        line.show(now, false, "^C\n");
        line.exit = line.exit.or(Some(130));
        self.terminal.lines.insert(id, kept);
        self.forget_live(id);
    }

    /// The world has changed: lines whose commands wait for that are looked at right after.
    pub(super) fn stir_lines(&mut self) {
        if self.terminal.live.is_empty() {
            return;
        }
        for id in self.terminal.live.clone() {
            let Some(kept) = self.terminal.lines.get(&id) else {
                continue;
            };
            let is_polled = kept.shell.as_ref().is_some_and(|shell| shell.is_polled());
            if kept.stirred || !is_polled {
                continue;
            }
            let mut kept = kept.clone();
            Rc::make_mut(&mut kept).stirred = true;
            self.terminal.lines.insert(id, kept);
            self.world.wake(Duration::ZERO, Wake::Terminal(id));
        }
    }

    /// What a line would print, if it only reads and is over at once: then it is no input. It is tried
    /// on a fork.
    pub fn would_print(
        &self,
        line: &str,
        files: &[(Rc<str>, Rc<str>)],
    ) -> Option<kubectl::run::Finished> {
        let mut before = self.clone();
        before.put_terminal_files(files);
        let (after, finished) = before.tried(line)?;
        let (was, is) = (&before.terminal, &after.terminal);
        let is_same = (&was.files, was.hands, &was.stand) == (&is.files, is.hands, &is.stand);
        (is_same && before.digest() == after.digest()).then_some(finished)
    }

    /// What a line would print, whatever it changes, if it is over at once. It is tried on a fork.
    pub fn would_end(
        &self,
        line: &str,
        files: &[(Rc<str>, Rc<str>)],
    ) -> Option<kubectl::run::Finished> {
        let mut fork = self.clone();
        fork.put_terminal_files(files);
        Some(fork.tried(line)?.1)
    }

    /// The world behind a line that is over at once, and what it printed.
    fn tried(&self, line: &str) -> Option<(Simulation, kubectl::run::Finished)> {
        let mut fork = self.clone();
        let stand = &self.terminal.stand;
        let id = InputId(u64::MAX);
        let node = parse(line).ok()?;
        let shell = Shell::of_terminal(stand, fork.now(), Files::default(), compile(&node));
        let typed = Line {
            line: line.into(),
            start: fork.now(),
            printed: List::new(),
            exit: None,
            shell: Some(Rc::new(shell)),
            timer: None,
            stirred: false,
        };
        fork.terminal.lines.insert(id, Rc::new(typed));
        fork.go_on_with_line(id, Duration::ZERO);
        let line = fork.terminal.lines.get(&id)?;
        let exit = line.exit.filter(|_| line.is_over())?;
        let finished = kubectl::run::Finished {
            exit: i32::try_from(exit).unwrap_or(1),
            stdout: line.text(false),
            stderr: line.text(true),
        };
        Some((fork, finished))
    }
}

/// What a terminal's shell meets: kubectl, and nothing of a container.
struct Desk<'a> {
    simulation: &'a mut Simulation,
    input: InputId,
    start: SimTime,
    pace: Duration,
}

impl Outside for Desk<'_> {
    fn volume(&self, _name: &str) -> Option<Files> {
        None
    }

    fn put_volume(&mut self, _name: &str, _files: Files) -> bool {
        false
    }

    fn met(&mut self, _volume: &str, _path: &str, _wrote: bool) {}

    fn open(&mut self, _listener: Listener) -> bool {
        true
    }

    fn request(&mut self, _request: &Request) -> Option<HttpAnswer> {
        None
    }

    fn send(&mut self, _ask: Ask) -> Option<u64> {
        None
    }

    fn pace(&self) -> Duration {
        self.pace
    }

    fn kubectl(&mut self, call: &mut Call<'_>) -> Option<Poll> {
        let simulation = &mut *self.simulation;
        simulation.world.set_cause(Cause::Input(self.input, 0));
        let mut cx = Cx {
            folder: call.folder.clone(),
            variables: call.variables.clone(),
            stdin: call.stdin.clone(),
            ..Cx::new(simulation, call.files)
        };
        let mut process = call.process.take().unwrap_or_else(|| {
            let words: Vec<String> = call.words[1..]
                .iter()
                .map(|word| word.to_string())
                .collect();
            Rc::new(kubectl::command::begin(&mut cx, &words))
        });
        let status = i32::try_from(call.status).unwrap_or(1);
        let polled = Rc::make_mut(&mut process).poll(&mut cx, status);
        call.printed = std::mem::take(&mut cx.printed);
        *call.process = Some(process);
        simulation.send_orders();
        simulation.tell();
        let start = self.start;
        Some(match polled {
            kubectl::process::Poll::Done(exit) => Poll::Done(exit.into()),
            kubectl::process::Poll::Waits(until) => {
                Poll::Waits(until.map(|until| until.since(start)))
            }
            kubectl::process::Poll::Runs(line) => Poll::Runs(line.into()),
        })
    }
}
