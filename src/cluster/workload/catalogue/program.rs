//! What a program does.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::{ExecAnswer, Exit, HttpAnswer, Listener};

/// A program that runs in a container.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Program {
    /// What it listens on.
    pub listens: Vec<Listen>,
    /// When it ends by itself.
    pub exit: Option<(Duration, Exit)>,
    /// What SIGTERM does.
    pub term: Term,
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

/// What SIGTERM does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Term {
    /// Nothing: process 1 has no default action.
    Ignored,
    /// It ends.
    Exits {
        /// How long it takes.
        after: Duration,
        /// With this code.
        code: i64,
    },
}

impl Program {
    pub(crate) fn exits(&self) -> Option<(Duration, Exit)> {
        self.exit.clone()
    }

    pub(crate) fn terminates(&self, _ran: Duration) -> Option<(Duration, Exit)> {
        match self.term {
            Term::Ignored => None,
            Term::Exits { after, code } => Some((after, Exit::with_code(code))),
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

    pub(crate) fn get(&self, _ran: Duration, _port: i64, _path: &str) -> HttpAnswer {
        HttpAnswer {
            status: Some(200),
            body: String::new(),
            after: Duration::ZERO,
        }
    }

    pub(crate) fn exec(&self, _ran: Duration, _command: &[Rc<str>]) -> ExecAnswer {
        ExecAnswer {
            result: Ok(0),
            output: String::new(),
            after: Duration::ZERO,
        }
    }

    pub(crate) fn log(&self, _ran: Duration) -> Vec<(Duration, String)> {
        Vec::new()
    }
}
