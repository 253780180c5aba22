//! Text to tree. Models the grammar of the POSIX shell as far as manifests use it.

use std::rc::Rc;

use super::tokens::{Token, tokens};
use super::{Errors, Node, Part, Redirection, Simple, Word};

/// The script that `text` is.
///
/// # Errors
/// What isn't understood.
pub fn parse(text: &str) -> Result<Node, String> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        at: 0,
    };
    let node = parser.list(&[])?;
    match parser.peek() {
        None => Ok(node),
        Some(Token::Operator(operator)) => Err(format!("unexpected {operator}")),
        Some(_) => Err(format!("unexpected {}", parser.keyword().unwrap_or("word"))),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

const RESERVED: [&str; 11] = [
    "then", "do", "done", "else", "elif", "fi", "}", "in", "esac", "function", "select",
];

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    /// The word at hand, if it is plain text.
    fn keyword(&self) -> Option<&str> {
        match self.peek() {
            Some(Token::Word(word)) => match &word[..] {
                [Part::Text(text)] => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    fn accept(&mut self, keyword: &str) -> bool {
        let found = self.keyword() == Some(keyword);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, keyword: &str) -> Result<(), String> {
        if self.accept(keyword) {
            Ok(())
        } else {
            Err(format!("expected {keyword}"))
        }
    }

    /// Commands up to one of `ends` or the end.
    fn list(&mut self, ends: &[&str]) -> Result<Node, String> {
        let mut nodes = Vec::new();
        loop {
            while self.peek() == Some(&Token::End) {
                self.at += 1;
            }
            let stop = match self.peek() {
                None | Some(Token::Operator(")" | ";;")) => true,
                Some(_) => self.keyword().is_some_and(|word| ends.contains(&word)),
            };
            if stop {
                break;
            }
            let mut node = self.and_or()?;
            if self.peek() == Some(&Token::Operator("&")) {
                self.at += 1;
                node = Node::Background(Box::new(node));
            }
            nodes.push(node);
        }
        Ok(if nodes.len() == 1 {
            nodes.remove(0)
        } else {
            Node::List(nodes)
        })
    }

    fn and_or(&mut self) -> Result<Node, String> {
        let mut left = self.pipeline()?;
        while let Some(Token::Operator(operator @ ("&&" | "||"))) = self.peek().cloned() {
            self.at += 1;
            while self.peek() == Some(&Token::End) {
                self.at += 1;
            }
            let right = Box::new(self.pipeline()?);
            left = match operator {
                "&&" => Node::And(Box::new(left), right),
                _ => Node::Or(Box::new(left), right),
            };
        }
        Ok(left)
    }

    fn pipeline(&mut self) -> Result<Node, String> {
        let negated = self.accept("!");
        let mut node = self.command()?;
        while self.peek() == Some(&Token::Operator("|")) {
            self.at += 1;
            node = Node::Pipe(Box::new(node), Box::new(self.command()?));
        }
        Ok(if negated {
            Node::Not(Box::new(node))
        } else {
            node
        })
    }

    fn command(&mut self) -> Result<Node, String> {
        let node = self.compound()?;
        if matches!(node, Node::Command(_) | Node::Function(..)) {
            return Ok(node);
        }
        let mut files = Redirection::default();
        while self.redirection(&mut files)? {}
        Ok(if files == Redirection::default() {
            node
        } else {
            Node::Redirected(Box::new(node), Box::new(files))
        })
    }

    fn compound(&mut self) -> Result<Node, String> {
        if self.peek() == Some(&Token::Operator("(")) {
            self.at += 1;
            let node = self.list(&[])?;
            return match self.next() {
                Some(Token::Operator(")")) => Ok(Node::Sub(Box::new(node))),
                _ => Err("expected )".into()),
            };
        }
        match self.keyword() {
            Some("{") => {
                self.at += 1;
                let node = self.list(&["}"])?;
                self.expect("}")?;
                Ok(node)
            }
            Some(word @ ("while" | "until")) => {
                let negated = word == "until";
                self.at += 1;
                let condition = Box::new(self.list(&["do"])?);
                let body = Box::new(self.body()?);
                Ok(Node::While {
                    condition,
                    body,
                    negated,
                })
            }
            Some("for") => self.for_loop(),
            Some("if") => self.branches(),
            Some("case") => self.case(),
            Some(word) if RESERVED.contains(&word) => Err(format!("unexpected {word}")),
            _ => self.simple(),
        }
    }

    fn body(&mut self) -> Result<Node, String> {
        self.expect("do")?;
        let body = self.list(&["done"])?;
        self.expect("done")?;
        Ok(body)
    }

    fn for_loop(&mut self) -> Result<Node, String> {
        self.at += 1;
        let name: Rc<str> = self.keyword().ok_or("expected a name")?.into();
        self.at += 1;
        self.expect("in")?;
        let mut words = Vec::new();
        while let Some(Token::Word(word)) = self.peek() {
            words.push(word.clone());
            self.at += 1;
        }
        while self.peek() == Some(&Token::End) {
            self.at += 1;
        }
        let body = Box::new(self.body()?);
        Ok(Node::For { name, words, body })
    }

    fn branches(&mut self) -> Result<Node, String> {
        self.at += 1;
        let mut branches = Vec::new();
        let mut otherwise = None;
        loop {
            let condition = self.list(&["then"])?;
            self.expect("then")?;
            branches.push((condition, self.list(&["elif", "else", "fi"])?));
            if self.accept("elif") {
                continue;
            }
            if self.accept("else") {
                otherwise = Some(Box::new(self.list(&["fi"])?));
            }
            self.expect("fi")?;
            return Ok(Node::If {
                branches,
                otherwise,
            });
        }
    }

    fn case(&mut self) -> Result<Node, String> {
        self.at += 1;
        let Some(Token::Word(word)) = self.next() else {
            return Err("expected a word after case".into());
        };
        self.expect("in")?;
        let mut arms = Vec::new();
        loop {
            while self.peek() == Some(&Token::End) {
                self.at += 1;
            }
            if self.accept("esac") {
                return Ok(Node::Case { word, arms });
            }
            if self.peek() == Some(&Token::Operator("(")) {
                self.at += 1;
            }
            let mut patterns = Vec::new();
            loop {
                match (self.next(), self.next()) {
                    (Some(Token::Word(pattern)), Some(Token::Operator(")"))) => {
                        patterns.push(pattern);
                        break;
                    }
                    (Some(Token::Word(pattern)), Some(Token::Operator("|"))) => {
                        patterns.push(pattern);
                    }
                    _ => return Err("expected a pattern".into()),
                }
            }
            let body = self.list(&["esac"])?;
            arms.push((patterns, body));
            if self.peek() == Some(&Token::Operator(";;")) {
                self.at += 1;
            }
        }
    }

    /// Takes one redirection, if one is next.
    fn redirection(&mut self, files: &mut Redirection) -> Result<bool, String> {
        match self.peek().cloned() {
            Some(Token::Output(added)) => {
                self.at += 1;
                match self.next() {
                    Some(Token::Word(file)) => files.output = Some((file, added)),
                    _ => return Err("expected a file".into()),
                }
            }
            Some(Token::Input) => {
                self.at += 1;
                match self.next() {
                    Some(Token::Word(file)) => files.input = Some(file),
                    _ => return Err("expected a file".into()),
                }
            }
            Some(Token::Text(text)) => {
                self.at += 1;
                files.text = Some(text);
            }
            Some(Token::Ignored) => self.at += 1,
            Some(Token::ToErrors) => {
                self.at += 1;
                files.output = Some((vec![Part::Text("/dev/stderr".into())], true));
            }
            Some(Token::ErrorsToo) => {
                self.at += 1;
                files.errors = Errors::Output;
            }
            Some(Token::SkipNext) => {
                self.at += 2;
                files.errors = Errors::Nowhere;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn simple(&mut self) -> Result<Node, String> {
        let mut command = Simple::default();
        loop {
            let opens = |at: usize| self.tokens.get(at) == Some(&Token::Operator("("));
            if command.words.is_empty() && command.assignments.is_empty() && opens(self.at + 1) {
                let name: Rc<str> = self.keyword().ok_or("unexpected (")?.into();
                self.at += 2;
                if self.next() != Some(Token::Operator(")")) {
                    return Err("expected )".into());
                }
                while self.peek() == Some(&Token::End) {
                    self.at += 1;
                }
                let body = self.command()?;
                return Ok(Node::Function(name, Box::new(body)));
            }
            if let Some(Token::Word(word)) = self.peek() {
                match assignment(word).filter(|_| command.words.is_empty()) {
                    Some(assigned) => command.assignments.push(assigned),
                    None => command.words.push(word.clone()),
                }
                self.at += 1;
            } else if !self.redirection(&mut command.files)? {
                break;
            }
        }
        if command == Simple::default() {
            return Err("expected a command".into());
        }
        Ok(Node::Command(command))
    }
}

/// `NAME=value`
fn assignment(word: &Word) -> Option<(Rc<str>, Word)> {
    let Some(Part::Text(text)) = word.first() else {
        return None;
    };
    let (name, value) = text.split_once('=')?;
    let starts = |c: char| c.is_ascii_alphabetic() || c == '_';
    let is_name = name.starts_with(starts) && name.chars().all(|c| starts(c) || c.is_ascii_digit());
    is_name.then(|| {
        let mut parts = word.clone();
        parts[0] = Part::Text(value.into());
        (name.into(), parts)
    })
}
