//! Pipes whose reader ends before its writer: `… | head`, and what reads of something that never ends. Models
//! Linux's pipe(7): whoever writes to one that nobody reads any more meets SIGPIPE. Left out: a left side that goes on
//! for ever by turns (a loop, `kubectl get -w`) before anything but `head`; that background processes share one `head`;
//! line numbers of what never ends (`yes | sed -n 3p` prints more than once).

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::machine::{Frame, Output};
use super::turn::{Flow, TEXT_BYTES, Turn};

/// 128 and the signal's number.
const SIGPIPE: i64 = 141;

/// Bytes that are in a pipe at most: `pipe(7)`.
const PIPE_BYTES: usize = 64 * 1024;

/// A `head` has ended so long after it had all that it wants.
const HEAD_ENDS: Duration = Duration::from_millis(10);

/// So often a text that never ends is printed at once, at most: into a pipe, which is full before that.
const POURS: usize = 16;

/// The same to a `head`: 16 MiB. One that wants more never has enough here.
const HEAD_POURS: usize = 256;

/// A `head` that reads while others write, and passes on what it is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// Lines or bytes that it still wants.
    left: usize,
    /// Are they bytes?
    bytes: bool,
    /// Since when it has all that it wants.
    over: Option<Duration>,
    /// Bytes that were written since then.
    unread: usize,
}

impl Head {
    /// As much of a text as it wants.
    fn takes<'t>(&mut self, text: &'t str) -> &'t str {
        let taken = beginning(text, self.left, self.bytes);
        let count = match self.bytes {
            true => taken.len(),
            // A line without its end may go on.
            false => taken.matches('\n').count(),
        };
        self.left -= count.min(self.left);
        if self.bytes && taken.len() < text.len() {
            // Half of the next letter would be left.
            self.left = 0;
        }
        taken
    }
}

/// The first lines of a text, or its first bytes.
pub(super) fn beginning(text: &str, count: usize, bytes: bool) -> &str {
    let end = match bytes {
        // Half a letter isn't printed.
        true => (0..=count.min(text.len()))
            .rev()
            .find(|at| text.is_char_boundary(*at)),
        false if count == 0 => Some(0),
        false => text
            .match_indices('\n')
            .nth(count - 1)
            .map(|(at, _)| at + 1),
    };
    &text[..end.unwrap_or(text.len())]
}

/// How much a `head` is asked for: `-n 3`, `-3`, `-c 5`; is it bytes?
pub(super) fn asked(arguments: &[Rc<str>]) -> (usize, bool) {
    let (mut count, mut bytes) = (10, false);
    let mut left = arguments.iter();
    while let Some(word) = left.next() {
        let long = [("--lines=", "n"), ("--bytes=", "c")];
        let long = long
            .iter()
            .find_map(|(name, short)| Some((*short, word.strip_prefix(name)?)));
        let (kind, value) = match (long, word.strip_prefix('-')) {
            (Some(long), _) => long,
            (None, Some(word)) if word.starts_with(['n', 'c']) => word.split_at(1),
            (None, Some(digits)) if digits.starts_with(|c: char| c.is_ascii_digit()) => {
                ("n", digits)
            }
            _ => continue,
        };
        let value = match value {
            "" => left.next().map_or("", |value| value),
            value => value.trim_start_matches('='),
        };
        if let Some(value) = amount(value) {
            (count, bytes) = (value, kind == "c");
        }
    }
    (count, bytes)
}

/// `5`, `2k`, `1M`
fn amount(text: &str) -> Option<usize> {
    let (digits, times) = match text.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1 << 10),
        None => text
            .strip_suffix('M')
            .map_or((text, 1), |digits| (digits, 1 << 20)),
    };
    digits.parse::<usize>().ok()?.checked_mul(times)
}

/// What a command that writes to a pipe without a reader leads to. What the shell does itself ends the shell.
pub(super) fn broken(name: &str) -> Flow {
    match name {
        "echo" | "printf" | "pwd" => Flow::Exit(SIGPIPE),
        _ => Flow::Next(SIGPIPE),
    }
}

impl Turn<'_> {
    /// The words at hand are a `head`'s: it reads what follows.
    pub(super) fn head(&mut self) {
        let words = self.task.words.pop().unwrap_or_default().words;
        let (left, bytes) = asked(&words);
        self.task.outputs.push(Output::Head(Head {
            left,
            bytes,
            over: (left == 0).then_some(self.task.time),
            unread: 0,
        }));
        self.task.frames.push(Frame::Writes);
    }

    /// Somebody writes to the `head` that reads last. It ends a moment after it has what it wants: what is written
    /// in that moment finds place in the pipe.
    pub(super) fn pass(&mut self, text: &str) -> Result<(), Flow> {
        let Some(Output::Head(mut head)) = self.task.outputs.pop() else {
            return Ok(());
        };
        let now = self.task.time;
        let mut passed = match head.over {
            Some(over) if over + HEAD_ENDS <= now => Err(Flow::Broken),
            _ => Ok(()),
        };
        if passed.is_ok() {
            let taken = head.takes(text);
            head.unread += text.len() - taken.len();
            if head.left == 0 && head.over.is_none() {
                head.over = Some(now);
            }
            if !taken.is_empty() {
                passed = self.print(taken);
            }
            if head.unread > PIPE_BYTES {
                passed = passed.and(Err(Flow::Broken));
            }
        }
        self.task.outputs.push(Output::Head(head));
        passed
    }

    /// Prints a text again and again without end, as far as somebody reads that.
    pub(super) fn pour(&mut self, text: &str) -> Flow {
        let mut outputs = self.task.outputs.iter().rev();
        let reader = outputs.find(|output| !matches!(output, Output::Tee(_)));
        let reads = matches!(reader, Some(Output::Head(_) | Output::Piped(..)));
        if text.is_empty() || !reads {
            return Flow::Forever;
        }
        // Some bytes more than a pipe holds.
        let text = text.repeat(PIPE_BYTES / text.len() + 2);
        let mut outputs = self.task.outputs.iter_mut().rev();
        let reader = outputs.find(|output| !matches!(output, Output::Tee(_)));
        let times = match reader {
            Some(Output::Piped(_, endless)) => {
                *endless = true;
                POURS
            }
            _ => HEAD_POURS,
        };
        for _ in 0..times {
            if let Err(flow) = self.print(&text) {
                return flow;
            }
        }
        Flow::Forever
    }

    /// Takes what is written into a pipe. A pipe that is full of what never ends is left to its reader.
    pub(super) fn fill(&mut self, text: &str) -> Result<(), Flow> {
        let Some(Output::Piped(piped, endless)) = self.task.outputs.last_mut() else {
            return Ok(());
        };
        if piped.len() < TEXT_BYTES {
            piped.push_str(text);
        }
        match endless {
            true => Err(Flow::Broken),
            false => Ok(()),
        }
    }

    /// Prints what came of the input; of one that never ends it comes again and again.
    pub(super) fn say_of(&mut self, text: &str, endless: bool) -> Result<i64, Flow> {
        match endless {
            true => Err(self.pour(text)),
            false => self.say(text),
        }
    }

    /// What is read, as far as it goes; does it go on without end?
    pub(super) fn take_some(&mut self) -> (Rc<str>, bool) {
        (
            self.task.input.take().unwrap_or_default(),
            self.task.endless,
        )
    }

    /// What is read, to its end.
    pub(super) fn take_all(&mut self) -> Result<Rc<str>, Flow> {
        match self.take_some() {
            (_, true) => Err(Flow::Forever),
            (text, false) => Ok(text),
        }
    }
}
