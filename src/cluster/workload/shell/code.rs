//! Tree to code: a row of operations, so that where a shell stands is a number and it can stop at each.
//! Ours.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::{Errors, Node, Part, Redirection, Simple, Word};

/// What a script is when it runs.
pub type Code = Rc<[Op]>;

/// One operation. Places are numbers of operations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Op {
    /// A command's words begin.
    Begin,
    /// A word's part as it stands.
    Text(Rc<str>),
    /// A variable's value; split into words unless quoted.
    Variable(Rc<str>, bool),
    /// A sum.
    Arithmetic(Rc<str>),
    /// What was caught last; split into words unless quoted.
    Caught(bool),
    /// The word is whole.
    EndWord(Use),
    /// The command runs; where it complains to.
    Run(Errors),
    /// A subshell that ends at that place; what becomes of its output?
    Sub(usize, Catches),
    /// Its end.
    EndSub,
    /// What was caught last is read by what follows.
    Feed,
    /// The word at hand is a file: what follows writes to it; is it added to?
    Redirect(bool),
    /// The word at hand is a file, or the text itself: what follows reads it.
    Read(bool),
    /// The words at hand are a `head`'s: it reads what follows.
    Head,
    /// What follows prints, and writes the same to these files.
    Tee(Rc<[Rc<str>]>, bool),
    /// The last of what changed where is read from and written to ends.
    EndFiles,
    /// On to another place.
    Jump(usize),
    /// On to another place after a failure.
    Failed(usize),
    /// On to another place after a success.
    Succeeded(usize),
    /// A failure from here on ends nothing.
    Tried,
    /// It does again.
    EndTried,
    /// Success and failure change places.
    Not,
    /// Nothing has failed.
    Clear,
    /// A failure ends a strict script.
    Check,
    /// A loop: where its next turn begins, where it ends.
    Loop(usize, usize),
    /// It is over.
    EndLoop,
    /// A loop's turn takes its time.
    Turn,
    /// The words at hand are a loop's values.
    Values,
    /// The next value, or to the end.
    NextValue(Rc<str>, usize),
    /// Runs what follows, up to that place, beside the rest.
    Spawn(usize),
    /// What follows, up to that place, is a function.
    Define(Rc<str>, usize),
    /// What a `case` compares with is done with.
    EndCase,
    /// The word is the pattern; on if it doesn't fit.
    Match(usize),
}

/// What becomes of a subshell's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Catches {
    /// It is printed.
    Nothing,
    /// It is a word: `$(…)`.
    Word,
    /// Another one reads it.
    Pipe,
}

/// What a whole word is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Use {
    /// Name or argument of the command.
    Argument,
    /// A variable's new value.
    Assign(Rc<str>),
    /// Its output's file; is it added to?
    Output(bool),
    /// Its input's file.
    Input,
    /// Its input.
    Text,
    /// It stays at hand.
    Keep,
}

/// The code of a script.
pub fn compile(node: &Node) -> Code {
    let mut ops = Vec::new();
    compiled(node, &mut ops);
    ops.into()
}

/// A place that isn't known yet.
const LATER: usize = 0;

fn compiled(node: &Node, ops: &mut Vec<Op>) {
    match node {
        Node::Command(command) => simple(command, ops),
        Node::List(nodes) => {
            for node in nodes {
                compiled(node, ops);
            }
        }
        Node::And(left, right) => either(left, right, ops, Op::Failed),
        Node::Or(left, right) => either(left, right, ops, Op::Succeeded),
        Node::Not(inner) => {
            tried(inner, ops);
            ops.push(Op::Not);
        }
        Node::Pipe(left, right) => pipe(left, right, ops),
        Node::Background(inner) => {
            let at = hole(ops, Op::Spawn(LATER));
            compiled(inner, ops);
            ops[at] = Op::Spawn(ops.len());
        }
        Node::Function(name, body) => {
            let at = hole(ops, Op::Jump(LATER));
            compiled(body, ops);
            ops[at] = Op::Define(name.clone(), ops.len());
        }
        Node::Sub(inner) => {
            sub(inner, Catches::Nothing, ops);
            ops.push(Op::Check);
        }
        Node::Redirected(inner, files) => redirected(inner, files, ops),
        Node::While {
            condition,
            body,
            negated,
        } => {
            let start = hole(ops, Op::Loop(LATER, LATER));
            tried(condition, ops);
            let leave = hole(ops, Op::Jump(LATER));
            compiled(body, ops);
            ops.extend([Op::Turn, Op::Jump(start + 1)]);
            let end = ops.len();
            ops[leave] = match negated {
                false => Op::Failed(end),
                true => Op::Succeeded(end),
            };
            ops[start] = Op::Loop(end - 2, end + 1);
            ops.extend([Op::Clear, Op::EndLoop]);
        }
        Node::For { name, words, body } => {
            ops.push(Op::Begin);
            for each in words {
                word(each, Use::Argument, ops);
            }
            ops.push(Op::Values);
            let start = hole(ops, Op::Loop(LATER, LATER));
            let next = hole(ops, Op::Jump(LATER));
            compiled(body, ops);
            ops.extend([Op::Turn, Op::Jump(next)]);
            let end = ops.len();
            ops[next] = Op::NextValue(name.clone(), end);
            ops[start] = Op::Loop(end - 2, end);
            ops.push(Op::EndLoop);
        }
        Node::If {
            branches,
            otherwise,
        } => choice(branches, otherwise.as_deref(), ops),
        Node::Case { word: of, arms } => case(of, arms, ops),
    }
}

/// Puts in what is filled in later; tells where.
fn hole(ops: &mut Vec<Op>, op: Op) -> usize {
    ops.push(op);
    ops.len() - 1
}

/// A condition: its failure ends nothing.
fn tried(node: &Node, ops: &mut Vec<Op>) {
    ops.push(Op::Tried);
    compiled(node, ops);
    ops.push(Op::EndTried);
}

fn either(left: &Node, right: &Node, ops: &mut Vec<Op>, skips: fn(usize) -> Op) {
    tried(left, ops);
    let at = hole(ops, Op::Jump(LATER));
    compiled(right, ops);
    ops[at] = skips(ops.len());
}

fn sub(node: &Node, catches: Catches, ops: &mut Vec<Op>) {
    let at = hole(ops, Op::Sub(LATER, catches));
    compiled(node, ops);
    ops[at] = Op::Sub(ops.len(), catches);
    ops.push(Op::EndSub);
}

/// The left side runs first, and the right side reads what it printed; `tee` and `head` alone read along.
fn pipe(left: &Node, right: &Node, ops: &mut Vec<Op>) {
    if let Some((files, added)) = tee(right) {
        ops.push(Op::Tee(files.into(), added));
        compiled(left, ops);
        ops.push(Op::EndFiles);
        return;
    }
    if is_head(right) {
        return head(left, right, ops);
    }
    ops.push(Op::Tried);
    sub(left, Catches::Pipe, ops);
    ops.extend([Op::EndTried, Op::Feed]);
    sub(right, Catches::Nothing, ops);
    ops.extend([Op::EndFiles, Op::Check]);
}

/// Is it a `head` that reads its input? What it is asked for may be a variable.
fn is_head(node: &Node) -> bool {
    let Node::Command(command) = node else {
        return false;
    };
    // It has nothing to complain of.
    let files = Redirection {
        output: None,
        errors: Errors::default(),
        ..command.files.clone()
    };
    if files != Redirection::default() || !command.assignments.is_empty() {
        return false;
    }
    let text = |word: &Word| match &word[..] {
        [Part::Text(text), ..] => text.clone(),
        _ => "".into(),
    };
    let [name, arguments @ ..] = &command.words[..] else {
        return false;
    };
    let mut before = false;
    let options = arguments.iter().map(text).all(|word| {
        let value = std::mem::replace(&mut before, matches!(&*word, "-n" | "-c"));
        value || word.len() > 1 && word.starts_with('-')
    });
    options && &*text(name) == "head" && name.len() == 1
}

/// It reads while the left side writes, and the pipe breaks when it has what it wants.
fn head(left: &Node, right: &Node, ops: &mut Vec<Op>) {
    let Node::Command(command) = right else {
        return;
    };
    if let Some((file, added)) = &command.files.output {
        ops.push(Op::Begin);
        word(file, Use::Keep, ops);
        ops.push(Op::Redirect(*added));
    }
    ops.push(Op::Begin);
    for each in &command.words {
        word(each, Use::Argument, ops);
    }
    ops.extend([Op::Head, Op::Tried]);
    sub(left, Catches::Nothing, ops);
    ops.extend([Op::EndTried, Op::EndFiles]);
    ops.extend(command.files.output.iter().map(|_| Op::EndFiles));
    ops.push(Op::Clear);
}

/// The files of a `tee` that names them outright.
fn tee(node: &Node) -> Option<(Vec<Rc<str>>, bool)> {
    let Node::Command(command) = node else {
        return None;
    };
    if command.files != Redirection::default() || !command.assignments.is_empty() {
        return None;
    }
    let texts = command.words.iter().map(|word| match &word[..] {
        [Part::Text(text)] => Some(text.clone()),
        _ => None,
    });
    let mut words = texts.collect::<Option<Vec<Rc<str>>>>()?;
    if words.is_empty() || &*words.remove(0) != "tee" {
        return None;
    }
    let added = words.iter().any(|word| &**word == "-a");
    words.retain(|word| !word.starts_with('-'));
    Some((words, added))
}

fn redirected(inner: &Node, files: &Redirection, ops: &mut Vec<Op>) {
    let mut open = 0;
    let mut one = |of: &Word, op: Op, ops: &mut Vec<Op>| {
        ops.push(Op::Begin);
        word(of, Use::Keep, ops);
        ops.push(op);
        open += 1;
    };
    if let Some(text) = &files.text {
        one(text, Op::Read(true), ops);
    }
    if let Some(file) = &files.input {
        one(file, Op::Read(false), ops);
    }
    if let Some((file, added)) = &files.output {
        one(file, Op::Redirect(*added), ops);
    }
    compiled(inner, ops);
    ops.extend((0..open).map(|_| Op::EndFiles));
}

fn choice(branches: &[(Node, Node)], otherwise: Option<&Node>, ops: &mut Vec<Op>) {
    let mut ends = Vec::new();
    for (condition, body) in branches {
        tried(condition, ops);
        let at = hole(ops, Op::Jump(LATER));
        compiled(body, ops);
        ends.push(hole(ops, Op::Jump(LATER)));
        ops[at] = Op::Failed(ops.len());
    }
    ops.push(Op::Clear);
    if let Some(node) = otherwise {
        compiled(node, ops);
    }
    for at in ends {
        ops[at] = Op::Jump(ops.len());
    }
}

fn case(of: &Word, arms: &[(Vec<Word>, Node)], ops: &mut Vec<Op>) {
    ops.push(Op::Begin);
    word(of, Use::Argument, ops);
    let mut ends = Vec::new();
    for (patterns, body) in arms {
        let mut fits = Vec::new();
        for pattern in patterns {
            word(pattern, Use::Keep, ops);
            let at = hole(ops, Op::Match(LATER));
            fits.push(hole(ops, Op::Jump(LATER)));
            ops[at] = Op::Match(ops.len());
        }
        let over = hole(ops, Op::Jump(LATER));
        for at in fits {
            ops[at] = Op::Jump(ops.len());
        }
        ops.extend([Op::EndCase, Op::Clear]);
        compiled(body, ops);
        ends.push(hole(ops, Op::Jump(LATER)));
        ops[over] = Op::Jump(ops.len());
    }
    ops.extend([Op::EndCase, Op::Clear]);
    for at in ends {
        ops[at] = Op::Jump(ops.len());
    }
}

fn word(word: &Word, used: Use, ops: &mut Vec<Op>) {
    for part in word {
        match part {
            Part::Text(text) => ops.push(Op::Text(text.clone())),
            Part::Variable(name, quoted) => ops.push(Op::Variable(name.clone(), *quoted)),
            Part::Arithmetic(sum) => ops.push(Op::Arithmetic(sum.clone())),
            Part::Output(node, quoted) => {
                ops.push(Op::Tried);
                sub(node, Catches::Word, ops);
                ops.extend([Op::EndTried, Op::Caught(*quoted)]);
            }
        }
    }
    ops.push(Op::EndWord(used));
}

fn simple(command: &Simple, ops: &mut Vec<Op>) {
    ops.push(Op::Begin);
    for each in &command.words {
        word(each, Use::Argument, ops);
    }
    // A command sees what is assigned before it.
    for (name, value) in &command.assignments {
        word(value, Use::Assign(name.clone()), ops);
    }
    if let Some(text) = &command.files.text {
        word(text, Use::Text, ops);
    }
    if let Some(file) = &command.files.input {
        word(file, Use::Input, ops);
    }
    if let Some((file, added)) = &command.files.output {
        word(file, Use::Output(*added), ops);
    }
    ops.extend([Op::Run(command.files.errors), Op::Check]);
}
