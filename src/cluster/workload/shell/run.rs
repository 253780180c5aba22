//! A command runs, and what its end leads to; where what it prints goes. Ours.

use std::rc::Rc;

use super::Errors;
use super::code::Op;
use super::commands;
use super::machine::{Doing, Frame, Output};
use super::turn::{Flow, TEXT_BYTES, Turn};
use crate::cluster::workload::Exit;
use crate::cluster::workload::catalogue::Program;
use crate::cluster::workload::context::Context;
use crate::collections::Map;

impl Turn<'_> {
    /// The command whose words are at hand runs.
    pub(super) fn run_command(&mut self) -> Result<(), ()> {
        let mut command = self.task.words.pop().unwrap_or_default();
        let is_kubectl = self.shell.is_terminal() && commands::is_kubectl(&command.words);
        let may_wait = is_kubectl || commands::may_wait(&command.words);
        let again = may_wait.then(|| command.clone());
        // Its files are open already.
        let goes_on = self.task.kubectl.is_some();
        // Assigned for the command alone, or from here on.
        let mut before = Vec::new();
        let all_before = (!command.assigned.is_empty()).then(|| self.task.variables.clone());
        for (name, value) in command.assigned.drain(..) {
            if !command.words.is_empty() {
                before.push((name.clone(), self.task.variables.get(&name).cloned()));
            }
            self.task.variables.insert(name, value);
        }
        let mut input_before = None;
        if let Some(file) = &command.input {
            let Some(text) = self.asked(|turn| turn.text_of(file))? else {
                self.complain(&match self.shell.is_terminal() {
                    true => format!("bash: {file}: No such file or directory\n"),
                    false => format!("sh: can't open {file}: no such file\n"),
                });
                self.task.status = 1;
                return Ok(());
            };
            input_before = Some((self.task.input.replace(text), self.task.endless));
            self.task.endless = false;
        } else if let Some(text) = command.text.take() {
            input_before = Some((self.task.input.replace(text), self.task.endless));
            self.task.endless = false;
        }
        if let Some((file, added)) = &command.output {
            let file = self.absolute(file);
            if !added && !goes_on {
                let written = self.write(&file, "", false);
                match written {
                    Ok(()) => {}
                    Err(Flow::Asks) => return Err(()),
                    Err(_) => {
                        self.task.status = 1;
                        return Ok(());
                    }
                }
            }
            self.task.outputs.push(Output::File(file));
        }
        let flow = match command.words.is_empty() {
            true => Flow::Next(if command.output.is_some() {
                0
            } else if command.caught {
                // `x=$(false)` has failed.
                self.task.status
            } else {
                0
            }),
            false => commands::run(self, &command.words),
        };
        if command.output.is_some() {
            // A program's own output stays where it was sent.
            self.task.outputs.pop();
        }
        if let Some(input) = input_before {
            (self.task.input, self.task.endless) = input;
        }
        let waits = matches!(flow, Flow::Awaits(_) | Flow::Polls(_) | Flow::RunsFirst(_));
        if waits || matches!(flow, Flow::Next(_)) {
            for (name, value) in before {
                match value {
                    Some(value) => {
                        self.task.variables.insert(name, value);
                    }
                    None => {
                        self.task.variables.remove(&name);
                    }
                }
            }
        }
        if let (true, Some(again)) = (waits, again) {
            self.task.words.push(again);
            self.task.at -= 1;
            if let Flow::Awaits(number) = flow {
                self.task.doing = Doing::Awaits(number);
                return Ok(());
            }
        }
        self.follow(flow, all_before)
    }

    /// What a command's end leads to.
    fn follow(&mut self, flow: Flow, before: Option<Map<Rc<str>, Rc<str>>>) -> Result<(), ()> {
        match flow {
            Flow::Next(status) => self.task.status = status,
            Flow::Exit(status) => self.exit(status),
            Flow::Returns(status) => {
                self.task.status = status;
                self.task.at = self.task.end;
                while let Some(frame) = self.task.frames.last() {
                    if matches!(frame, Frame::Called { .. } | Frame::Sub { .. }) {
                        break;
                    }
                    if let Some(frame) = self.task.frames.pop() {
                        self.leave(&frame);
                    }
                }
            }
            Flow::Break => self.leave_turn(true),
            Flow::Continue => self.leave_turn(false),
            Flow::Waits(time) => {
                self.task.status = 0;
                self.task.time = self.task.time.saturating_add(time);
            }
            Flow::Forever => self.task.doing = Doing::Forever,
            Flow::WaitsFor(pid) => {
                self.task.status = 0;
                let waits = match pid {
                    Some(pid) => self.shell.runs(pid),
                    None => self.shell.tasks.len() > 1,
                };
                if waits {
                    self.task.doing = Doing::Waits(pid);
                }
            }
            Flow::Calls(code, apart) => {
                let end = code.len();
                let before = apart.then(|| before.unwrap_or_else(|| self.task.variables.clone()));
                self.call((code, 0, end), None, before);
            }
            Flow::CallsFunction(name, arguments) => {
                if let Some(place) = self.task.functions.get(&name).cloned() {
                    self.set_arguments(&arguments);
                    self.call(place, None, None);
                }
            }
            Flow::Program(words) => return self.program(&words),
            Flow::Unknown(what) => self.unknown(what),
            Flow::Asks => return Err(()),
            Flow::Polls(until) => {
                self.task.doing = Doing::Polls(until.is_some());
                self.task.time = until.unwrap_or(self.task.time).max(self.task.time);
            }
            Flow::RunsFirst(line) => match super::parse(&line) {
                Ok(node) => {
                    let code = super::compile(&node);
                    let end = code.len();
                    self.call((code, 0, end), None, None);
                }
                Err(_) => self.task.status = 2,
            },
            // Whoever may wait was remembered; what breaks a pipe is told by its name.
            Flow::Awaits(_) | Flow::Broken => self.task.status = 1,
        }
        Ok(())
    }

    /// A part of the script isn't understood: the process is taken to run from here on.
    pub(super) fn unknown(&mut self, what: String) {
        if self.shell.is_terminal() {
            return self.not_understood(&what);
        }
        let why = format!("this part of the script is not understood here: {what}");
        let program = commands::assumed(&self.shell.context, why);
        self.begin(program);
    }

    /// A program of the catalogue begins, or one that nobody knows.
    fn program(&mut self, words: &[Rc<str>]) -> Result<(), ()> {
        let variables = self.task.variables.iter();
        let context = Context {
            env: variables
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            ..(*self.shell.context).clone()
        };
        let program = commands::program(&context, words);
        if let Some(script) = &program.code {
            let end = script.len();
            let variables = self.task.variables.clone();
            self.call((script.clone(), 0, end), None, Some(variables));
            return Ok(());
        }
        for listen in &program.listens {
            let taken = self.shell.behind(self.task.time, listen.port).is_some();
            let opened = match &mut self.outside {
                Some(outside) => outside.open(listen.listener()),
                None => return Err(()),
            };
            if taken || !opened {
                let text = program.clash_text(listen.port);
                self.complain(&format!("{text}\n"));
                self.task.status = program.clash_code();
                return Ok(());
            }
        }
        self.begin(program);
        Ok(())
    }

    fn begin(&mut self, program: Program) {
        let since = self.task.time;
        if self.shell.assumption.is_none() {
            self.shell.assumption = program.assumption.clone();
        }
        for (after, line) in &program.log {
            self.shell.print(since + *after, &format!("{line}\n"));
        }
        let program = Rc::new(program);
        self.task.doing = match &program.exit {
            None => Doing::Runs(program, since),
            Some((after, exit)) => {
                self.task.time = since.saturating_add(*after);
                Doing::Ends(program.clone(), since, exit.clone())
            }
        };
    }

    /// A program that ran in the foreground has ended by itself.
    pub(super) fn program_ended(&mut self, _program: &Rc<Program>, exit: Exit) {
        let killed = &*exit.reason == "OOMKilled";
        let last = self.task.at >= self.task.end
            || self.task.at + 1 == self.task.end
                && matches!(self.task.code.get(self.task.at), Some(Op::Check));
        if killed || last && self.task.frames.is_empty() {
            self.task.doing = Doing::Ended(exit);
            return;
        }
        self.task.doing = Doing::Goes;
        self.task.status = exit.code;
    }

    /// Prints whole text, which may have several lines, wherever output goes.
    pub fn print(&mut self, text: &str) -> Result<(), Flow> {
        self.bytes += text.len();
        match self.task.outputs.last_mut() {
            None => {
                self.shell.print(self.task.time, text);
                Ok(())
            }
            Some(Output::Caught(caught)) => {
                if caught.len() < TEXT_BYTES {
                    caught.push_str(text);
                }
                Ok(())
            }
            Some(Output::Piped(..)) => self.fill(text),
            Some(Output::Head(_)) => self.pass(text),
            Some(Output::File(file)) => {
                let file = file.clone();
                self.write(&file, text, true)
            }
            Some(Output::Tee(files)) => {
                let files = files.clone();
                for file in files.iter() {
                    self.write(file, text, true)?;
                }
                let tee = self.task.outputs.pop();
                let printed = self.print(text);
                self.task.outputs.extend(tee);
                printed
            }
        }
    }

    /// Prints what is no output.
    pub fn complain(&mut self, text: &str) {
        match self.errors {
            Errors::Log => self.shell.print_error(self.task.time, text),
            // A file that can't be written to is complained of elsewhere.
            Errors::Output => drop(self.print(text)),
            Errors::Nowhere => {}
        }
    }
}
