//! A process goes on: one operation after the other, until its time comes later than asked for. Ours.

use std::rc::Rc;
use std::time::Duration;

use super::Errors;
use super::code::{Catches, Code, Op, Use};
use super::machine::{Doing, Frame, Output, Shell, Task, Words};
use super::words::{braces, fits};
use crate::cluster::workload::Exit;
use crate::cluster::workload::outside::Outside;
use crate::collections::Map;

/// How a command ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Flow {
    /// On to the next command, with this exit code.
    Next(i64),
    /// The script is over.
    Exit(i64),
    /// A function is over.
    Returns(i64),
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// It waits for so long.
    Waits(Duration),
    /// It does nothing more, and doesn't end.
    Forever,
    /// It waits for one process in the background, or for all.
    WaitsFor(Option<u32>),
    /// A script within the script; are the variables afterwards what they were before?
    Calls(Code, bool),
    /// A function with its arguments.
    CallsFunction(Rc<str>, Vec<Rc<str>>),
    /// It goes on as a program of the catalogue.
    Program(Vec<Rc<str>>),
    /// Not understood: what.
    Unknown(String),
    /// It asks for something outside, and there is nothing to ask.
    Asks,
    /// Nobody reads any more what it writes.
    Broken,
    /// It waits for what comes over the network, with this number, and is run again then.
    Awaits(u64),
    /// It is kubectl and waits, at most until then; it is run again when the world has changed.
    Polls(Option<Duration>),
    /// It is kubectl, wants this line run first, and is run again after it.
    RunsFirst(Rc<str>),
}

/// The longest text that is kept of anything, in bytes.
pub const TEXT_BYTES: usize = 64 * 1024;

/// Bytes that a word takes of its own.
const WORD_BYTES: usize = 64;

/// Bytes that may be copied while a letter of a script is read, about.
pub const LETTER: usize = 8;

/// Bytes that may be copied while a text is compared with a pattern, about.
pub fn looks(pattern: &str, text: &str) -> usize {
    let stars = pattern.matches('*').count();
    text.len() + text.len().saturating_mul(pattern.len()) * stars.min(1) / 4
}

/// Bytes that take as long as an operation, about.
const BYTES_A_STEP: usize = 128;

/// A process's turn: it, its shell, what is outside.
pub struct Turn<'a> {
    pub shell: &'a mut Shell,
    pub task: Task,
    pub outside: Option<&'a mut dyn Outside>,
    pub until: Duration,
    /// Where the command at hand complains to.
    pub errors: Errors,
    /// Bytes that went from here to there in this operation: they are work too.
    pub bytes: usize,
    /// After so long the command at hand is ended (`timeout`).
    pub limit: Option<Duration>,
}

impl Turn<'_> {
    /// Goes on; `false`: it has done as much as it may at once.
    ///
    /// # Errors
    /// It asks for something outside.
    pub fn run(&mut self, steps: &mut u32) -> Result<bool, ()> {
        if let Doing::Ends(program, _, exit) = self.task.doing.clone() {
            self.program_ended(&program, exit);
        }
        if matches!(self.task.doing, Doing::Polls(_)) {
            self.task.doing = Doing::Goes;
        }
        // Others whose time is earlier come first: whoever waits gives way.
        let began = self.task.time;
        while self.task.doing == Doing::Goes && self.task.time <= self.until {
            if self.task.time > began && self.shell.tasks.len() > 1 {
                break;
            }
            if *steps == 0 {
                return Ok(false);
            }
            *steps -= 1;
            if self.shell.signalled && self.task.pid == 1 {
                self.trapped();
            }
            self.step()?;
            let bytes = std::mem::take(&mut self.bytes) / BYTES_A_STEP;
            let copied = u32::try_from(bytes).unwrap_or(u32::MAX);
            self.shell.copied += u64::from(copied);
            *steps = steps.saturating_sub(copied);
        }
        Ok(true)
    }

    /// What the script wants done on SIGTERM is done now.
    fn trapped(&mut self) {
        self.shell.signalled = false;
        let text = self.shell.trap.clone().unwrap_or_default();
        match super::parse(&text) {
            Ok(node) => {
                let code = super::compile(&node);
                let end = code.len();
                let before = self.task.status;
                self.call((code, 0, end), Some(before), None);
            }
            Err(what) => self.not_understood(&what),
        }
    }

    pub(super) fn not_understood(&mut self, what: &str) {
        let time = self.task.time;
        let said = format!("(Podarium: this part of the script is not understood here: {what})\n");
        self.shell.print_error(time, &said);
        self.task.status = if self.shell.is_terminal() { 2 } else { 0 };
    }

    pub(super) fn call(
        &mut self,
        (code, at, end): (Code, usize, usize),
        trap: Option<i64>,
        variables: Option<Map<Rc<str>, Rc<str>>>,
    ) {
        let task = &mut self.task;
        let frame = Frame::Called {
            at: task.at,
            end: task.end,
            trap,
            variables,
            code: std::mem::replace(&mut task.code, code),
        };
        task.frames.push(frame);
        (task.at, task.end) = (at, end);
    }

    fn step(&mut self) -> Result<(), ()> {
        if self.task.at >= self.task.end {
            self.code_ended();
            return Ok(());
        }
        let code = self.task.code.clone();
        let op = &code[self.task.at];
        self.task.at += 1;
        match op {
            Op::Run(errors) => {
                self.errors = *errors;
                return self.run_command();
            }
            Op::Begin => self.task.words.push(Words::default()),
            Op::Text(text) => self.append(text),
            Op::Variable(name, quoted) => {
                self.shell.clocked |= tells_time(name);
                self.bytes += self.looks(name);
                let value = self.variable(name);
                self.splits(!quoted);
                self.append(&value);
            }
            Op::Arithmetic(sum) => {
                self.shell.clocked |= tells_time(sum);
                self.bytes += sum.len() * LETTER;
                match self.arithmetic(sum) {
                    Some(value) => self.append(&value.to_string()),
                    None => self.unknown(format!("$(({sum}))")),
                }
            }
            Op::Caught(quoted) => {
                let caught = std::mem::take(&mut self.task.caught);
                self.splits(!quoted);
                self.words_at_hand().caught = true;
                self.append(caught.trim_end_matches('\n'));
            }
            Op::EndWord(used) => self.end_word(used),
            Op::Sub(end, catches) => self.sub(*end, *catches),
            Op::EndSub => self.end_sub(),
            Op::Feed => {
                let caught = std::mem::take(&mut self.task.caught);
                let endless = std::mem::take(&mut self.task.caught_endless);
                self.read_instead(caught, endless);
            }
            Op::Redirect(added) => return self.redirect(*added),
            Op::Read(text) => return self.read_from(*text),
            Op::Head => self.head(),
            Op::Tee(files, added) => return self.tee(files, *added),
            Op::EndFiles => self.end_files(),
            Op::Jump(to) => self.task.at = *to,
            Op::Failed(to) if self.task.status != 0 => self.task.at = *to,
            Op::Succeeded(to) if self.task.status == 0 => self.task.at = *to,
            Op::Failed(_) | Op::Succeeded(_) => {}
            Op::Tried => {
                let strict = std::mem::replace(&mut self.task.strict, false);
                self.task.frames.push(Frame::Tried(strict));
            }
            Op::EndTried => {
                if let Some(Frame::Tried(strict)) = self.task.frames.pop() {
                    // What was asked for within holds from here on.
                    self.task.strict |= strict;
                }
            }
            Op::Not => self.task.status = i64::from(self.task.status == 0),
            Op::Clear => self.task.status = 0,
            Op::Check if self.task.strict && self.task.status != 0 => self.exit(self.task.status),
            Op::Check => {}
            Op::Loop(next, end) => self.task.frames.push(Frame::Loop(*next, *end)),
            Op::EndLoop => {
                self.task.frames.pop();
            }
            Op::Turn => self.task.time += Duration::from_millis(1),
            Op::Values => {
                let mut words = self.task.words.pop().unwrap_or_default();
                words.words.reverse();
                self.task.frames.push(Frame::Values(words.words));
            }
            Op::NextValue(name, end) => self.next_value(name, *end),
            Op::Spawn(end) => self.spawn(*end),
            Op::Define(name, end) => {
                let place = (self.task.code.clone(), self.task.at, *end);
                self.task.functions.insert(name.clone(), place);
                self.task.at = *end;
            }
            Op::EndCase => {
                self.task.words.pop();
            }
            Op::Match(to) => {
                let pattern = self.word();
                let compared = self.words_at_hand().words.first().cloned();
                let compared = compared.unwrap_or_default();
                self.bytes += looks(&pattern, &compared);
                if !fits(&pattern, &compared) {
                    self.task.at = *to;
                }
            }
        }
        Ok(())
    }

    /// The end of a script is reached: of one within, or of all.
    fn code_ended(&mut self) {
        while let Some(frame) = self.task.frames.pop() {
            self.leave(&frame);
            if let Frame::Called {
                code,
                at,
                end,
                trap,
                ..
            } = frame
            {
                self.task.status = trap.unwrap_or(self.task.status);
                (self.task.code, self.task.at, self.task.end) = (code, at, end);
                return;
            }
        }
        self.task.doing = Doing::Ended(Exit::with_code(self.task.status));
    }

    fn next_value(&mut self, name: &Rc<str>, end: usize) {
        let frames = &mut self.task.frames;
        let at = frames.len().checked_sub(2);
        let values = match at.and_then(|at| frames.get_mut(at)) {
            Some(Frame::Values(values)) => values,
            _ => return,
        };
        if let Some(value) = values.pop() {
            self.task.variables.insert(name.clone(), value);
            return;
        }
        if let Some(at) = at {
            frames.remove(at);
        }
        self.task.at = end;
    }

    fn sub(&mut self, end: usize, catches: Catches) {
        let task = &mut self.task;
        task.frames.push(Frame::Sub {
            end,
            catches,
            variables: task.variables.clone(),
            folder: task.folder.clone(),
            outputs: task.outputs.len(),
        });
        match catches {
            Catches::Nothing => {}
            Catches::Word => task.outputs.push(Output::Caught(String::new())),
            Catches::Pipe => task.outputs.push(Output::Piped(String::new(), false)),
        }
    }

    fn end_sub(&mut self) {
        if let Some(frame) = self.task.frames.pop() {
            self.leave(&frame);
        }
    }

    /// What a frame has changed is as it was before.
    pub(super) fn leave(&mut self, frame: &Frame) {
        let task = &mut self.task;
        match frame {
            Frame::Sub {
                catches,
                variables,
                folder,
                outputs,
                ..
            } => {
                let catches = *catches != Catches::Nothing;
                task.outputs.truncate(outputs + usize::from(catches));
                if catches {
                    let (text, endless) = match task.outputs.pop() {
                        Some(Output::Caught(text)) => (text, false),
                        Some(Output::Piped(text, endless)) => (text, endless),
                        _ => (String::new(), false),
                    };
                    (task.caught, task.caught_endless) = (text.into(), endless);
                }
                task.variables = variables.clone();
                task.folder = folder.clone();
            }
            Frame::Tried(strict) => task.strict |= *strict,
            Frame::Writes => {
                task.outputs.pop();
            }
            Frame::Reads(input, endless) => (task.input, task.endless) = (input.clone(), *endless),
            Frame::Called {
                variables: Some(variables),
                ..
            } => task.variables = variables.clone(),
            _ => {}
        }
    }

    /// The script, or the subshell that it is in, is over; of an action on a signal all is.
    pub(super) fn exit(&mut self, status: i64) {
        self.task.status = status;
        let mut all = false;
        while let Some(frame) = self.task.frames.last() {
            if let Frame::Sub { end, .. } = frame
                && !all
            {
                self.task.at = *end;
                return;
            }
            let Some(frame) = self.task.frames.pop() else {
                break;
            };
            self.leave(&frame);
            if let Frame::Called {
                code,
                at,
                end,
                trap,
                variables,
            } = frame
            {
                (self.task.code, self.task.at, self.task.end) = (code, at, end);
                all |= trap.is_some();
                // A function and its like are of the shell itself.
                if !all && variables.is_some() {
                    return;
                }
            }
        }
        self.task.doing = Doing::Ended(Exit::with_code(status));
    }

    /// `break` and `continue`.
    pub(super) fn leave_turn(&mut self, ends: bool) {
        while let Some(frame) = self.task.frames.last() {
            if let Frame::Loop(next, end) = frame {
                let (next, end) = (*next, *end);
                if !ends {
                    self.task.at = next;
                    return;
                }
                // What ends a loop is at its end.
                self.task.at = end;
                if let [.., Frame::Values(_), Frame::Loop(..)] = &self.task.frames[..] {
                    let at = self.task.frames.len() - 2;
                    self.task.frames.remove(at);
                }
                return;
            }
            if matches!(frame, Frame::Sub { .. } | Frame::Called { .. }) {
                return;
            }
            if let Some(frame) = self.task.frames.pop() {
                self.leave(&frame);
            }
        }
    }

    fn spawn(&mut self, end: usize) {
        let pid = self.shell.next_pid;
        self.shell.next_pid += 1;
        let task = &self.task;
        let child = Task {
            pid,
            code: task.code.clone(),
            at: task.at,
            end,
            time: task.time,
            outputs: task.outputs.clone(),
            variables: task.variables.clone(),
            functions: task.functions.clone(),
            folder: task.folder.clone(),
            ..Task::default()
        };
        self.shell.tasks.push(child);
        self.task.background = pid;
        self.task.status = 0;
        self.task.at = end;
    }

    fn words_at_hand(&mut self) -> &mut Words {
        if self.task.words.is_empty() {
            self.task.words.push(Words::default());
        }
        let last = self.task.words.len() - 1;
        &mut self.task.words[last]
    }

    fn append(&mut self, text: &str) {
        self.bytes += text.len();
        let word = &mut self.words_at_hand().word;
        if word.len() < TEXT_BYTES {
            word.push_str(text);
        }
    }

    fn splits(&mut self, splits: bool) {
        self.words_at_hand().splits |= splits;
    }

    /// The word at hand, which is kept by nobody.
    fn word(&mut self) -> Rc<str> {
        let words = self.words_at_hand();
        words.splits = false;
        std::mem::take(&mut words.word).into()
    }

    /// The word at hand of a frame of its own.
    fn lone_word(&mut self) -> Rc<str> {
        let word = self.word();
        self.task.words.pop();
        word
    }

    fn end_word(&mut self, used: &Use) {
        if *used == Use::Keep {
            return;
        }
        let words = self.words_at_hand();
        let splits = std::mem::take(&mut words.splits);
        let word = std::mem::take(&mut words.word);
        let before = words.words.len();
        match used {
            Use::Argument if splits => words.words.extend(word.split_whitespace().map(Rc::from)),
            Use::Argument => words.words.extend(braces(&word)),
            Use::Assign(name) => words.assigned.push((name.clone(), word.into())),
            Use::Output(added) => words.output = Some((word.into(), *added)),
            Use::Input => words.input = Some(word.into()),
            Use::Text => words.text = Some(word.into()),
            Use::Keep => {}
        }
        // A word more is some bytes more that are asked for.
        let more = words.words.len().saturating_sub(before + 1);
        self.bytes += more * WORD_BYTES;
    }

    fn redirect(&mut self, added: bool) -> Result<(), ()> {
        let file = self.lone_word();
        let file = self.absolute(&file);
        if !added {
            self.asked(|turn| turn.write(&file, "", false))?;
        }
        self.task.outputs.push(Output::File(file));
        self.task.frames.push(Frame::Writes);
        Ok(())
    }

    fn read_from(&mut self, text: bool) -> Result<(), ()> {
        let word = self.lone_word();
        let input = if text {
            word
        } else {
            self.asked(|turn| turn.text_of(&word))?.unwrap_or_default()
        };
        self.read_instead(input, false);
        Ok(())
    }

    /// What follows reads this.
    fn read_instead(&mut self, input: Rc<str>, endless: bool) {
        let before = self.task.input.replace(input);
        let endless = std::mem::replace(&mut self.task.endless, endless);
        self.task.frames.push(Frame::Reads(before, endless));
    }

    fn tee(&mut self, files: &Rc<[Rc<str>]>, added: bool) -> Result<(), ()> {
        let files: Vec<Rc<str>> = files.iter().map(|file| self.absolute(file)).collect();
        if !added {
            for file in &files {
                self.asked(|turn| turn.write(file, "", false))?;
            }
        }
        self.task.outputs.push(Output::Tee(files.into()));
        self.task.frames.push(Frame::Writes);
        Ok(())
    }

    fn end_files(&mut self) {
        if let Some(frame) = self.task.frames.pop() {
            self.leave(&frame);
        }
    }

    /// Something that may ask.
    pub(super) fn asked<T>(
        &mut self,
        act: impl FnOnce(&mut Self) -> Result<T, Flow>,
    ) -> Result<T, ()>
    where
        T: Default,
    {
        match act(self) {
            Ok(value) => Ok(value),
            Err(Flow::Asks) => Err(()),
            Err(_) => Ok(T::default()),
        }
    }
}

/// Is it, or may it come to, another value at each moment?
fn tells_time(words: &str) -> bool {
    words.contains("RANDOM") || words.contains("SECONDS")
}
