//! Playing a tree: what a script prints, how long it takes, what it leaves.
//! Every command but those that wait takes no time; a loop's turn takes a millisecond, so that one
//! without a pause is busy, not endless.

use std::rc::Rc;
use std::time::Duration;

use super::commands;
use super::{Node, Part, Simple, Word};
use crate::cluster::SimTime;
use crate::cluster::workload::catalogue::program::Listen;
use crate::collections::Map;

/// How playing a part ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Flow {
    /// On to the next command.
    Next,
    /// The script is over.
    Exit(i64),
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// The moment that was asked for is reached.
    OutOfTime,
    /// It waits for ever.
    Forever,
    /// It goes on as a program of the catalogue.
    Program(Vec<Rc<str>>),
    /// Not understood: what.
    Unknown(String),
}

/// Turns of loops that are played at most; a script that takes more runs for ever.
const MAX_STEPS: u32 = 20_000;

/// A shell at work.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Environment and variables.
    pub variables: Map<Rc<str>, Rc<str>>,
    /// Files that the script made, by path.
    pub files: Map<Rc<str>, Rc<str>>,
    /// Bytes of the large files that it made, by path; what is in them is nobody's business.
    pub sizes: Map<Rc<str>, i64>,
    /// What it printed, and when.
    pub log: Vec<(Duration, String)>,
    /// How long it has run.
    pub now: Duration,
    /// How far it is played.
    pub until: Duration,
    /// The start of the process.
    pub start: SimTime,
    /// What it listens on.
    pub listens: Vec<Listen>,
    /// What it runs besides: programs of the catalogue in the background.
    pub background: Vec<Vec<Rc<str>>>,
    /// Exit code on SIGTERM, if it traps that.
    pub trap: Option<i64>,
    /// When the command that it waits for will be done.
    pub waits_until: Option<Duration>,
    /// Last exit code.
    pub status: i64,
    /// Does a failure end it (`set -e`)?
    pub strict: bool,
    /// What a command reads.
    pub(super) input: Option<String>,
    /// Output that is caught instead of printed.
    pub(super) caught: Option<String>,
    background_ends: Option<Option<Duration>>,
    steps: u32,
}

impl Machine {
    /// A shell with an environment, to be played up to `until`.
    pub fn new(env: &[(Rc<str>, Rc<str>)], start: SimTime, until: Duration) -> Self {
        Machine {
            variables: env.iter().cloned().collect(),
            files: Map::new(),
            sizes: Map::new(),
            log: Vec::new(),
            now: Duration::ZERO,
            until,
            start,
            listens: Vec::new(),
            background: Vec::new(),
            trap: None,
            waits_until: None,
            status: 0,
            strict: false,
            input: None,
            caught: None,
            background_ends: None,
            steps: 0,
        }
    }

    /// Plays a part.
    pub fn play(&mut self, node: &Node) -> Flow {
        match node {
            Node::Command(command) => self.command(command),
            Node::List(nodes) => self.list(nodes),
            Node::And(left, right) => match self.tried(left) {
                Flow::Next if self.status == 0 => self.play(right),
                flow => flow,
            },
            Node::Or(left, right) => match self.tried(left) {
                Flow::Next if self.status != 0 => self.play(right),
                flow => flow,
            },
            Node::Not(inner) => {
                let flow = self.tried(inner);
                self.status = i64::from(self.status == 0);
                flow
            }
            Node::Pipe(left, right) => self.pipe(left, right),
            Node::Background(inner) => self.in_background(inner),
            Node::While {
                condition,
                body,
                negated,
            } => self.repeat(condition, body, *negated),
            Node::For { name, words, body } => self.for_each(name, words, body),
            Node::If {
                branches,
                otherwise,
            } => self.choose(branches, otherwise.as_deref()),
        }
    }

    fn list(&mut self, nodes: &[Node]) -> Flow {
        for node in nodes {
            match self.play(node) {
                Flow::Next if self.strict && self.status != 0 => return Flow::Exit(self.status),
                Flow::Next => {}
                flow => return flow,
            }
        }
        Flow::Next
    }

    /// A condition: its failure ends nothing.
    fn tried(&mut self, node: &Node) -> Flow {
        let strict = std::mem::replace(&mut self.strict, false);
        let flow = self.play(node);
        self.strict = strict;
        flow
    }

    fn repeat(&mut self, condition: &Node, body: &Node, negated: bool) -> Flow {
        loop {
            match self.tried(condition) {
                Flow::Next => {}
                flow => return flow,
            }
            if (self.status == 0) == negated {
                self.status = 0;
                return Flow::Next;
            }
            match self.play(body) {
                Flow::Next | Flow::Continue => {}
                Flow::Break => return Flow::Next,
                flow => return flow,
            }
            if let Some(flow) = self.turn() {
                return flow;
            }
        }
    }

    /// A loop's turn.
    fn turn(&mut self) -> Option<Flow> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return Some(Flow::Forever);
        }
        match self.wait(Duration::from_millis(1)) {
            Flow::Next => None,
            flow => Some(flow),
        }
    }

    fn for_each(&mut self, name: &Rc<str>, words: &[Word], body: &Node) -> Flow {
        let values = match self.words(words) {
            Ok(values) => values,
            Err(flow) => return flow,
        };
        for value in values {
            self.variables.insert(name.clone(), value);
            match self.play(body) {
                Flow::Next | Flow::Continue => {}
                Flow::Break => break,
                flow => return flow,
            }
            if let Some(flow) = self.turn() {
                return flow;
            }
        }
        Flow::Next
    }

    fn choose(&mut self, branches: &[(Node, Node)], otherwise: Option<&Node>) -> Flow {
        for (condition, body) in branches {
            match self.tried(condition) {
                Flow::Next if self.status == 0 => return self.play(body),
                Flow::Next => {}
                flow => return flow,
            }
        }
        self.status = 0;
        otherwise.map_or(Flow::Next, |node| self.play(node))
    }

    fn pipe(&mut self, left: &Node, right: &Node) -> Flow {
        let caught = self.caught.replace(String::new());
        let flow = self.tried(left);
        let output = std::mem::replace(&mut self.caught, caught).unwrap_or_default();
        if !matches!(flow, Flow::Next | Flow::Exit(_)) {
            return flow;
        }
        let input = self.input.replace(output);
        let flow = self.play(right);
        self.input = input;
        flow
    }

    /// Plays a part beside the rest: it takes no time of the rest's.
    fn in_background(&mut self, node: &Node) -> Flow {
        let (now, waits) = (self.now, self.waits_until);
        let flow = self.tried(node);
        let end = match flow {
            Flow::Program(argv) => {
                self.background.push(argv);
                None
            }
            Flow::Unknown(what) => return Flow::Unknown(what),
            Flow::OutOfTime => self.waits_until,
            Flow::Forever => None,
            _ => Some(self.now),
        };
        let longest = match (self.background_ends.take(), end) {
            (Some(Some(known)), Some(end)) => Some(known.max(end)),
            (None, end) => end,
            _ => None,
        };
        self.background_ends = Some(longest);
        (self.now, self.waits_until, self.status) = (now, waits, 0);
        Flow::Next
    }

    /// `wait`: until everything in the background is done.
    pub(super) fn wait_for_background(&mut self) -> Flow {
        match self.background_ends.take() {
            None => Flow::Next,
            Some(None) => Flow::Forever,
            Some(Some(end)) => self.wait(end.saturating_sub(self.now)),
        }
    }

    /// Time passes.
    pub(super) fn wait(&mut self, time: Duration) -> Flow {
        let end = self.now.saturating_add(time);
        if end > self.until {
            self.now = self.until;
            self.waits_until = Some(end);
            return Flow::OutOfTime;
        }
        self.now = end;
        Flow::Next
    }

    /// Prints whole text, which may have several lines.
    pub(super) fn print(&mut self, text: &str) {
        if let Some(caught) = &mut self.caught {
            caught.push_str(text);
            return;
        }
        let lines = text.lines().map(|line| (self.now, line.to_string()));
        self.log.extend(lines);
    }

    fn command(&mut self, command: &Simple) -> Flow {
        for (name, word) in &command.assignments {
            match self.expand(word) {
                Ok(value) => self.variables.insert(name.clone(), value.into()),
                Err(flow) => return flow,
            };
        }
        let words = match self.words(&command.words) {
            Ok(words) => words,
            Err(flow) => return flow,
        };
        let Some((file, added)) = &command.output else {
            return if words.is_empty() {
                Flow::Next
            } else {
                commands::run(self, &words)
            };
        };
        let file = match self.expand(file) {
            Ok(file) => file,
            Err(flow) => return flow,
        };
        let caught = self.caught.replace(String::new());
        let flow = if words.is_empty() {
            Flow::Next
        } else {
            commands::run(self, &words)
        };
        let output = std::mem::replace(&mut self.caught, caught).unwrap_or_default();
        self.write(&file, &output, *added);
        flow
    }

    /// Writes into a file; the container's own output is one too.
    pub(super) fn write(&mut self, file: &str, text: &str, added: bool) {
        match file {
            "/dev/null" => {}
            "/dev/stdout" | "/dev/stderr" | "/proc/1/fd/1" | "/proc/1/fd/2" => self.print(text),
            _ => {
                let before = self.files.get(file).filter(|_| added);
                let all =
                    before.map_or_else(|| text.to_string(), |before| format!("{before}{text}"));
                self.files.insert(file.into(), all.into());
            }
        }
    }

    /// Words after expansion; what is unquoted and comes from a variable or a command is split.
    fn words(&mut self, words: &[Word]) -> Result<Vec<Rc<str>>, Flow> {
        let mut all = Vec::new();
        for word in words {
            let splits = word
                .iter()
                .any(|part| matches!(part, Part::Variable(_, false) | Part::Output(_, false)));
            let expanded = self.expand(word)?;
            if splits {
                all.extend(expanded.split_whitespace().map(Rc::from));
            } else {
                all.extend(braces(&expanded));
            }
        }
        Ok(all)
    }

    fn expand(&mut self, word: &Word) -> Result<String, Flow> {
        let mut text = String::new();
        for part in word {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Variable(name, _) => text.push_str(&self.variable(name)),
                Part::Arithmetic(expression) => {
                    let value = self.arithmetic(expression);
                    let value = value.ok_or_else(|| Flow::Unknown(format!("$(({expression}))")))?;
                    text.push_str(&value.to_string());
                }
                Part::Output(node, _) => {
                    let caught = self.caught.replace(String::new());
                    let flow = self.tried(node);
                    let output = std::mem::replace(&mut self.caught, caught).unwrap_or_default();
                    match flow {
                        Flow::Next | Flow::Exit(_) => text.push_str(output.trim_end_matches('\n')),
                        flow => return Err(flow),
                    }
                }
            }
        }
        Ok(text)
    }

    fn variable(&self, name: &str) -> Rc<str> {
        let (name, default) = name.split_once(":-").unwrap_or((name, ""));
        match (name, self.variables.get(name)) {
            ("?", _) => self.status.to_string().into(),
            ("$", _) => "1".into(),
            (_, Some(value)) if !value.is_empty() || default.is_empty() => value.clone(),
            _ => default.into(),
        }
    }

    /// Sums, products and comparisons of whole numbers, from left to right within their rank.
    fn arithmetic(&self, expression: &str) -> Option<i64> {
        let spaced: String = expression
            .chars()
            .map(|c| {
                if "+-*/%".contains(c) {
                    format!(" {c} ")
                } else {
                    c.to_string()
                }
            })
            .collect();
        let value = |word: &str| -> Option<i64> {
            let word = word.trim_start_matches('$');
            let known = || self.variable(word);
            if word.starts_with(|c: char| c.is_ascii_digit()) {
                word.parse().ok()
            } else if known().is_empty() {
                Some(0)
            } else {
                known().trim().parse().ok()
            }
        };
        let mut words = spaced.split_whitespace();
        let mut sum = 0_i64;
        let mut product = value(words.next()?)?;
        while let Some(operator) = words.next() {
            let right = value(words.next()?)?;
            match operator {
                "*" => product = product.checked_mul(right)?,
                "/" => product = product.checked_div(right)?,
                "%" => product = product.checked_rem(right)?,
                "+" | "-" => {
                    sum = sum.checked_add(product)?;
                    product = if operator == "+" {
                        right
                    } else {
                        right.checked_neg()?
                    };
                }
                _ => return None,
            }
        }
        sum.checked_add(product)
    }
}

/// `{1..5}`
fn braces(word: &str) -> Vec<Rc<str>> {
    let range = word
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    let bounds = range.and_then(|range| range.split_once(".."));
    let numbers =
        bounds.and_then(|(from, to)| Some((from.parse::<i64>().ok()?, to.parse::<i64>().ok()?)));
    match numbers {
        Some((from, to)) if to - from < 10_000 => {
            (from..=to).map(|n| n.to_string().into()).collect()
        }
        _ => vec![word.into()],
    }
}
