//! Text to tree. Models the grammar of the POSIX shell as far as manifests use it.

use std::rc::Rc;

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

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(Word),
    /// `;` and a line's end.
    End,
    /// `&&`, `||`, `|`, `&`, `(`, `)`
    Operator(&'static str),
    /// `>` or `>>` to the word that follows.
    Output(bool),
    /// `>&2` and the like, which change nothing here.
    Ignored,
    /// `2>&1`
    ErrorsToo,
    /// `2> file`: the word that follows changes nothing here.
    SkipNext,
    /// `< file`
    Input,
    /// `<< END` and what follows, `<<< word` with the word.
    Text(Word),
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

/// What has been read of a word so far.
#[derive(Default)]
struct Reading {
    parts: Word,
    text: String,
    /// Even an empty word counts once it was quoted.
    quoted: bool,
}

impl Reading {
    fn part(&mut self, part: Part) {
        self.end_text();
        self.parts.push(part);
    }

    fn end_text(&mut self) {
        if !self.text.is_empty() {
            self.parts
                .push(Part::Text(std::mem::take(&mut self.text).into()));
        }
    }

    fn end_word(&mut self, tokens: &mut Vec<Token>) {
        self.end_text();
        if !self.parts.is_empty() || self.quoted {
            if self.parts.is_empty() {
                self.parts.push(Part::Text("".into()));
            }
            tokens.push(Token::Word(std::mem::take(&mut self.parts)));
        }
        self.quoted = false;
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let chars: Vec<char> = text.chars().collect();
    let (mut tokens, mut word, mut at) = (Vec::new(), Reading::default(), 0);
    // Here-documents that begin at the next line: place, last line, are dollars kept?
    let mut waiting: Vec<(usize, String, bool)> = Vec::new();
    while at < chars.len() {
        let (c, next) = (chars[at], chars.get(at + 1).copied());
        match c {
            '\\' if next == Some('\n') => at += 1,
            '\\' => {
                word.text.extend(next);
                word.quoted = true;
                at += 1;
            }
            '\'' => at = single_quoted(&chars, at, &mut word)?,
            '"' => at = double_quoted(&chars, at, &mut word)?,
            '$' => at = dollar(&chars, at, &mut word, false)?,
            '`' => at = backquoted(&chars, at, &mut word, false)?,
            '#' if word.parts.is_empty() && word.text.is_empty() => {
                while at + 1 < chars.len() && chars[at + 1] != '\n' {
                    at += 1;
                }
            }
            ' ' | '\t' | '\r' => word.end_word(&mut tokens),
            '\n' => {
                word.end_word(&mut tokens);
                tokens.push(Token::End);
                for (place, end, plain) in std::mem::take(&mut waiting) {
                    let text;
                    (text, at) = here_document(&chars, at, &end);
                    tokens[place] = Token::Text(document(&text, plain)?);
                }
            }
            ';' => {
                word.end_word(&mut tokens);
                let twice = next == Some(';');
                at += usize::from(twice);
                tokens.push(match twice {
                    true => Token::Operator(";;"),
                    false => Token::End,
                });
            }
            '<' if next == Some('<') && chars.get(at + 2) != Some(&'<') => {
                word.end_word(&mut tokens);
                let (end, plain, after) = end_mark(&chars, at + 2);
                waiting.push((tokens.len(), end, plain));
                tokens.push(Token::Ignored);
                at = after - 1;
            }
            '&' | '|' | '(' | ')' | '>' | '<' => {
                at = operator(&chars, at, &mut word, &mut tokens)?;
            }
            _ => word.text.push(c),
        }
        at += 1;
    }
    word.end_word(&mut tokens);
    Ok(tokens)
}

/// Reads an operator; tells where it ends.
fn operator(
    chars: &[char],
    at: usize,
    word: &mut Reading,
    tokens: &mut Vec<Token>,
) -> Result<usize, String> {
    let next = chars.get(at + 1).copied();
    let twice = next == Some(chars[at]);
    // `2>` is no word and an operator, but one thing.
    let descriptor = matches!(word.text.as_str(), "1" | "2") && word.parts.is_empty();
    if matches!(chars[at], '>' | '<') && descriptor {
        let is_error = word.text == "2";
        word.text.clear();
        if is_error {
            return Ok(redirection(chars, at, tokens, Token::SkipNext));
        }
    }
    word.end_word(tokens);
    let (token, length) = match chars[at] {
        '&' if next == Some('>') => {
            tokens.push(Token::ErrorsToo);
            return Ok(redirection(chars, at + 1, tokens, Token::Output(false)));
        }
        '&' if twice => (Token::Operator("&&"), 2),
        '&' => (Token::Operator("&"), 1),
        '|' if twice => (Token::Operator("||"), 2),
        '|' => (Token::Operator("|"), 1),
        '(' => (Token::Operator("("), 1),
        ')' => (Token::Operator(")"), 1),
        '>' => return Ok(redirection(chars, at, tokens, Token::Output(twice))),
        _ if twice => return Err("<<<".into()),
        _ => (Token::Input, 1),
    };
    tokens.push(token);
    Ok(at + length - 1)
}

/// `>`, `>>`, `>&1`
fn redirection(chars: &[char], at: usize, tokens: &mut Vec<Token>, token: Token) -> usize {
    let mut end = at;
    if chars.get(end + 1) == Some(&'>') {
        end += 1;
    }
    if chars.get(end + 1) == Some(&'&') {
        let errors_too = token == Token::SkipNext && chars.get(end + 2) == Some(&'1');
        tokens.push(match errors_too {
            true => Token::ErrorsToo,
            false => Token::Ignored,
        });
        return end + 2;
    }
    tokens.push(token);
    end
}

/// The word behind `<<`: the line that ends the document, whether it was quoted, where it ends.
fn end_mark(chars: &[char], at: usize) -> (String, bool, usize) {
    let mut at = at + usize::from(chars.get(at) == Some(&'-'));
    while chars.get(at) == Some(&' ') {
        at += 1;
    }
    let from = at;
    while at < chars.len() && !chars[at].is_whitespace() && !";|&>".contains(chars[at]) {
        at += 1;
    }
    let written: String = chars[from..at].iter().collect();
    let end: String = written.chars().filter(|c| !"'\"\\".contains(*c)).collect();
    let plain = end != written;
    (end, plain, at)
}

/// The lines after the one that ends at `at`, up to `end`; and where the line of `end` ends.
fn here_document(chars: &[char], at: usize, end: &str) -> (String, usize) {
    let rest: String = chars[(at + 1).min(chars.len())..].iter().collect();
    let (mut text, mut read) = (String::new(), 0);
    for line in rest.split_inclusive('\n') {
        read += line.chars().count();
        if line.trim_end_matches('\n').trim_start_matches('\t') == end {
            // The line's end stays to be read.
            let ended = usize::from(line.ends_with('\n'));
            return (text, at + read - ended);
        }
        text.push_str(line);
    }
    (text, chars.len() - 1)
}

fn document(text: &str, plain: bool) -> Result<Word, String> {
    if plain {
        return Ok(vec![Part::Text(text.into())]);
    }
    let chars: Vec<char> = text.replace('"', "\\\"").chars().chain(['"']).collect();
    let mut word = Reading::default();
    double_quoted(&chars, usize::MAX, &mut word)?;
    word.end_text();
    Ok(word.parts)
}

/// `` `…` ``, which is `$(…)`.
fn backquoted(
    chars: &[char],
    at: usize,
    word: &mut Reading,
    quoted: bool,
) -> Result<usize, String> {
    let end = (at + 1..chars.len())
        .find(|end| chars[*end] == '`')
        .ok_or("an open backquote")?;
    let inner: String = chars[at + 1..end].iter().collect();
    word.part(Part::Output(Box::new(parse(&inner)?), quoted));
    Ok(end)
}

fn single_quoted(chars: &[char], at: usize, word: &mut Reading) -> Result<usize, String> {
    let end = (at + 1..chars.len())
        .find(|end| chars[*end] == '\'')
        .ok_or("an open quote")?;
    word.text.extend(&chars[at + 1..end]);
    word.quoted = true;
    Ok(end)
}

fn double_quoted(chars: &[char], at: usize, word: &mut Reading) -> Result<usize, String> {
    word.quoted = true;
    let mut at = at.wrapping_add(1);
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('"', _) => return Ok(at),
            ('\\', Some(next @ ('"' | '\\' | '$' | '`'))) => {
                word.text.push(*next);
                at += 1;
            }
            ('$', _) => at = dollar(chars, at, word, true)?,
            ('`', _) => at = backquoted(chars, at, word, true)?,
            (c, _) => word.text.push(c),
        }
        at += 1;
    }
    Err("an open quote".into())
}

/// `$NAME`, `${NAME}`, `$((…))`, `$(…)`; tells where it ends.
fn dollar(chars: &[char], at: usize, word: &mut Reading, quoted: bool) -> Result<usize, String> {
    let rest: String = chars[at + 1..].iter().collect();
    if let Some(inner) = rest.strip_prefix("((") {
        let end = inner.find("))").ok_or("an open $((")?;
        word.part(Part::Arithmetic(inner[..end].into()));
        return Ok(at + 4 + inner[..end].chars().count());
    }
    if rest.starts_with('(') {
        let end = closing(chars, at + 1).ok_or("an open $(")?;
        let inner: String = chars[at + 2..end].iter().collect();
        word.part(Part::Output(Box::new(parse(&inner)?), quoted));
        return Ok(end);
    }
    if let Some(inner) = rest.strip_prefix('{') {
        let end = inner.find('}').ok_or("an open ${")?;
        let name = inner[..end]
            .split([':', '-', '%', '#', '/'])
            .next()
            .unwrap_or_default();
        let rest = &inner[name.len()..end];
        let known = [":-", "-", ":=", "%", "#"];
        let is_length = inner.starts_with('#') && inner[1..end].chars().all(char::is_alphanumeric);
        if is_length {
            word.part(Part::Variable(inner[..end].into(), quoted));
            return Ok(at + 2 + end);
        }
        if name.is_empty() || !rest.is_empty() && !known.iter().any(|begin| rest.starts_with(begin))
        {
            return Err(format!("${{{}}}", &inner[..end]));
        }
        // `${NAME:-default}` is kept whole; who expands it knows what to do.
        word.part(Part::Variable(inner[..end].into(), quoted));
        return Ok(at + 2 + inner[..end].chars().count());
    }
    let is_name = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    let name: String = rest.chars().take_while(is_name).collect();
    if !name.is_empty() {
        word.part(Part::Variable(name.as_str().into(), quoted));
        return Ok(at + name.chars().count());
    }
    match rest.chars().next() {
        Some(special @ ('?' | '$' | '!' | '@' | '*' | '#')) => {
            word.part(Part::Variable(special.to_string().into(), quoted));
            Ok(at + 1)
        }
        _ => {
            word.text.push('$');
            Ok(at)
        }
    }
}

/// Where the parenthesis that opens at `at` closes.
fn closing(chars: &[char], at: usize) -> Option<usize> {
    let (mut depth, mut quote) = (0, None);
    for (index, c) in chars.iter().enumerate().skip(at) {
        match (quote, c) {
            (Some(open), c) if open == *c => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(*c),
            (None, '(') => depth += 1,
            (None, ')') => {
                depth -= 1;
                if depth == 0 {
                    return Some(index);
                }
            }
            _ => {}
        }
    }
    None
}
