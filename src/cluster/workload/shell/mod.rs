//! A small understanding of what people write behind `sh -c`, and of the commands that they put into
//! manifests. Ours: what a POSIX shell does, as far as manifests use it; docs/programs.md tells it.
//!
//! A script becomes [`code`], and a [`Shell`] runs it: a value that stops where it has to wait or to
//! ask, and goes on from there. What isn't understood is said, never guessed.
//! Left out: arrays, signals but SIGTERM, job control beyond `&`, `wait` and `kill`, and hosts beyond the Pod.

/// Text to words and operators.
mod tokens;

/// Words to tree.
mod parse;

/// Tree to code.
mod code;

/// A shell at work.
mod machine;

/// A terminal's.
mod at_terminal;

/// One operation after the other.
mod turn;

/// Pipes that nobody reads any more.
mod pipe;

/// A command runs.
mod run;

/// Variables, sums, braces.
mod words;

/// Regular expressions.
mod pattern;

/// The commands.
mod commands;

pub use at_terminal::{Printed, Stand};
pub(super) use code::Code;
pub(in crate::cluster) use code::compile;
pub(super) use commands::is_known;
pub(in crate::cluster) use commands::{FOREVER, address, status_line};
pub(super) use machine::{Behind, Doing, LOG_LINES};
pub use machine::{Shell, Stop};
pub(in crate::cluster) use parse::parse;
pub use words::fits;

use std::rc::Rc;

use serde::{Deserialize, Serialize};

/// A script, or a part of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Node {
    /// `NAME=value … word word … > file`
    Command(Simple),
    /// One after the other.
    List(Vec<Node>),
    /// `a && b`
    And(Box<Node>, Box<Node>),
    /// `a || b`
    Or(Box<Node>, Box<Node>),
    /// `! a`
    Not(Box<Node>),
    /// `a | b`
    Pipe(Box<Node>, Box<Node>),
    /// `a &`
    Background(Box<Node>),
    /// `(a)`
    Sub(Box<Node>),
    /// `name() { a; }`
    Function(Rc<str>, Box<Node>),
    /// `{ a; } > file`, `while …; done < file`
    Redirected(Box<Node>, Box<Redirection>),
    /// `case word in pattern|pattern) a ;; esac`
    Case {
        /// What is compared.
        word: Word,
        /// Patterns and what is done.
        arms: Vec<(Vec<Word>, Node)>,
    },
    /// `while a; do b; done`; `until` if `negated`.
    While {
        /// Goes on while this is as it should be.
        condition: Box<Node>,
        /// What is done each time.
        body: Box<Node>,
        /// `until`
        negated: bool,
    },
    /// `for name in words; do body; done`
    For {
        /// The variable.
        name: Rc<str>,
        /// Its values, before expansion.
        words: Vec<Word>,
        /// What is done for each.
        body: Box<Node>,
    },
    /// `if a; then b; elif c; then d; else e; fi`
    If {
        /// Condition and what is done.
        branches: Vec<(Node, Node)>,
        /// Otherwise.
        otherwise: Option<Box<Node>>,
    },
}

/// A command with its words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Simple {
    /// `NAME=value`
    pub assignments: Vec<(Rc<str>, Word)>,
    /// Name and arguments.
    pub words: Vec<Word>,
    /// Its files.
    pub files: Redirection,
}

/// Where input comes from and output goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Redirection {
    /// Where output goes, and whether that is added to.
    pub output: Option<(Word, bool)>,
    /// The file that is read.
    pub input: Option<Word>,
    /// The text that is read: a here-document.
    pub text: Option<Word>,
    /// Where what is no output goes.
    pub errors: Errors,
}

/// Where what a command complains of goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Errors {
    /// Into the log.
    #[default]
    Log,
    /// Where the output goes: `2>&1`.
    Output,
    /// Nowhere: `2> file`.
    Nowhere,
}

/// A word before expansion.
pub type Word = Vec<Part>;

/// A part of a word.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Part {
    /// As it stands.
    Text(Rc<str>),
    /// `$NAME`; split into words unless quoted.
    Variable(Rc<str>, bool),
    /// `$((…))`
    Arithmetic(Rc<str>),
    /// `$(…)`; split into words unless quoted.
    Output(Box<Node>, bool),
}

/// A command whose words are taken as they are: what a manifest's `command` is.
pub fn literal(words: &[Rc<str>]) -> Node {
    let words = words
        .iter()
        .map(|word| vec![Part::Text(word.clone())])
        .collect();
    Node::Command(Simple {
        words,
        ..Simple::default()
    })
}
