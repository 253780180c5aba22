//! What a shell is at a terminal, beyond what it is in a container: it keeps its folder and variables from
//! line to line, tells what went to standard error, and has commands that wait for the world. Ours.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::code::Code;
use super::machine::{Doing, Shell};
use crate::cluster::SimTime;
use crate::cluster::workload::files::Files;
use crate::collections::Map;

/// What a terminal's shell printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Printed {
    /// When, counted from the shell's start.
    pub at: Duration,
    /// Is it standard error?
    pub is_error: bool,
    /// Lines, or a part of one.
    pub text: String,
}

impl Printed {
    pub(super) fn add(printed: &mut Vec<Printed>, at: Duration, is_error: bool, text: &str) {
        match printed.last_mut() {
            Some(last) if last.at == at && last.is_error == is_error => last.text += text,
            _ => printed.push(Printed {
                at,
                is_error,
                text: text.into(),
            }),
        }
    }
}

/// What a terminal keeps from line to line.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stand {
    /// The folder.
    pub folder: Rc<str>,
    /// Variables.
    pub variables: Map<Rc<str>, Rc<str>>,
    /// Functions.
    functions: Map<Rc<str>, (Code, usize, usize)>,
}

impl Stand {
    /// In a folder, with these variables.
    pub fn at(folder: &str, variables: Map<Rc<str>, Rc<str>>) -> Self {
        Stand {
            folder: folder.into(),
            variables,
            functions: Map::new(),
        }
    }
}

impl Shell {
    /// The world has changed: whoever is polled then goes on. Tells whether anybody is.
    pub fn poke(&mut self, ran: Duration) -> bool {
        let mut any = false;
        for task in &mut self.tasks {
            if matches!(task.doing, Doing::Polls(_)) {
                task.doing = Doing::Goes;
                task.time = ran;
                any = true;
            }
        }
        any
    }

    /// Is anybody polled when the world changes?
    pub fn is_polled(&self) -> bool {
        let mut tasks = self.tasks.iter();
        tasks.any(|task| matches!(task.doing, Doing::Polls(_)))
    }

    /// Its first process has ended: do others go on? Then it is kept for them.
    pub fn outlives(&mut self) -> bool {
        if self.tasks.len() < 2 {
            return false;
        }
        self.tasks[0].doing = Doing::Forever;
        true
    }

    /// Does its first process alone stay of it?
    pub fn is_deserted(&self) -> bool {
        self.tasks.len() == 1 && self.tasks[0].doing == Doing::Forever
    }

    /// Where its first process stands: folder, variables, functions.
    pub fn stand(&self) -> Stand {
        let task = &self.tasks[0];
        Stand {
            folder: task.folder.clone(),
            variables: task.variables.clone(),
            functions: task.functions.clone(),
        }
    }

    /// A terminal's shell that stands there.
    pub fn of_terminal(stand: &Stand, start: SimTime, disk: Files, code: Code) -> Self {
        let mut shell = Shell::new(&Rc::default(), start, disk, code);
        let task = &mut shell.tasks[0];
        task.folder = stand.folder.clone();
        task.variables = stand.variables.clone();
        task.functions = stand.functions.clone();
        shell.terminal = Some(Vec::new());
        shell
    }

    /// Its first process reads this.
    pub fn reads(&mut self, text: Rc<str>) {
        self.tasks[0].input = Some(text);
    }
}
