//! A command that runs beside a container's process: in its files, with its ports and variables, and in virtual time
//! as that does. Ours: upstream the runtime starts one in the container's namespaces.
//! Left out: that it is among the processes which the container's own sees, and what the numbers of both really are.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ExecAnswer;
use super::catalogue::{Next, STEPS, look_ahead};
use super::context::Context;
use super::files::Files;
use super::outside::{Outside, Reply, Watched};
use super::shell::{self, Doing, Shell, Stop};
use crate::cluster::SimTime;

/// A command under way. Its times count from the container's start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exec {
    shell: Shell,
}

/// How far a command is.
#[derive(Clone, Debug, PartialEq)]
pub enum Stands {
    /// It is over.
    Over(ExecAnswer),
    /// It goes on once the container has run so long, if it does by itself.
    Goes(Option<Duration>),
}

impl Exec {
    /// A command that begins once the container has run so long.
    pub(super) fn new(
        context: &Rc<Context>,
        start: SimTime,
        ran: Duration,
        command: &[Rc<str>],
    ) -> Self {
        let code = shell::compile(&shell::literal(command));
        let mut shell = Shell::new(context, start, Files::default(), code);
        shell.shift(ran);
        shell.beside = Some(Vec::new());
        Exec { shell }
    }

    /// It goes on among these files of the container's own, and does what it does by now. Tells how far it is, and the
    /// files if they are others then.
    pub fn go_on(
        &mut self,
        files: Files,
        ran: Duration,
        outside: &mut dyn Outside,
    ) -> (Stands, Option<Files>) {
        let mut steps = STEPS;
        let mut outside = Watched::new(outside);
        self.shell.disk = files.clone();
        let stop = self.shell.run(Some(&mut outside), ran, &mut steps);
        let met = outside.was_met();
        let is_program = matches!(self.shell.first(), Some(Doing::Runs(..)));
        let stands = match stop {
            Stop::Ends(_, exit) => Stands::Over(self.answer(exit.code, !met)),
            // What isn't known is taken to work.
            _ if is_program => Stands::Over(self.answer(0, !met)),
            Stop::Busy(_) | Stop::Asks(_) => Stands::Goes(Some(ran + Duration::from_millis(1))),
            Stop::Time => Stands::Goes(self.next()),
            Stop::Forever => Stands::Goes(None),
        };
        // They are the container's.
        let written = std::mem::take(&mut self.shell.disk);
        (stands, (written != files).then_some(written))
    }

    /// When it has to go on: as late as nobody can tell the difference.
    fn next(&self) -> Option<Duration> {
        let (ahead, played) = look_ahead(&self.shell);
        if played.disk != self.shell.disk {
            // Others see the files.
            return Some(self.shell.time());
        }
        match ahead.next {
            Next::Nothing => None,
            Next::Asks(at) | Next::Ends(at, _) => Some(at),
        }
    }

    /// Does it wait for this number?
    pub fn awaits(&self, number: u64) -> bool {
        self.shell.awaits(number)
    }

    /// What it waits for came over the network: it can go on.
    pub fn receive(&mut self, ran: Duration, number: u64, reply: &Rc<Reply>) {
        self.shell.receive(ran, number, reply);
    }

    /// What it has come to, if it ends now and so.
    pub fn answer(&self, code: i64, alike: bool) -> ExecAnswer {
        let lines: Vec<&str> = self.shell.log.iter().map(|line| &*line.1).collect();
        let printed = self.shell.beside.iter().flatten();
        ExecAnswer {
            result: Ok(code),
            output: lines.join("\n"),
            printed: printed
                .map(|one| (one.is_error, one.text.clone()))
                .collect(),
            after: Duration::ZERO,
            alike: alike && !self.shell.clocked,
        }
    }
}
