//! A small understanding of what people write behind `sh -c`, and of the commands that they put into
//! manifests. Ours: what a POSIX shell does, as far as manifests use it.
//!
//! A script is a value, and what it does is a function of how long it has run: [`run`] plays it up to
//! a moment. What isn't understood is said ([`Flow::Unknown`]), never guessed.
//! Left out: functions, here-documents, arrays, `case`, job control beyond `&` and `wait`, and the
//! network (nobody answers).

/// Text to tree.
mod parse;

/// Playing a tree.
mod play;

/// Commands that make large files.
mod large_files;

/// The commands.
mod commands;

pub(super) use commands::is_known;
pub(super) use parse::parse;
pub(super) use play::{Flow, Machine};

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
    /// Where its output goes, and whether that is added to.
    pub output: Option<(Word, bool)>,
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
