//! Templates such as `{.items[*].metadata.name}` read. Models `client-go/util/jsonpath/parser.go`.

/// One step of a template, or a row of them.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// Text as it is.
    Text(String),
    /// `.name`
    Field(String),
    /// `[a:b:c]`
    Array([Param; 3]),
    /// `[?(@.a == "b")]`: what is left and right of the operator; `exists` stands for none.
    Filter(Vec<Node>, String, Vec<Node>),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// `true`, `false`
    Bool(bool),
    /// `*`
    Wildcard,
    /// `..`
    Recursive,
    /// `['a','b']`
    Union(Vec<Vec<Node>>),
    /// `range`, `end`
    Identifier(String),
    /// `{…}`
    List(Vec<Node>),
}

/// A bound of a slice.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Param {
    /// Its number.
    pub value: i64,
    /// Is it written?
    pub is_known: bool,
    /// Does it follow from the first: `[1]` is `[1:2]`?
    pub is_derived: bool,
}

/// Reads a template.
///
/// # Errors
/// Upstream's sentence.
pub fn parse(text: &str) -> Result<Vec<Node>, String> {
    let mut parser = Parser { rest: text };
    let mut root = Vec::new();
    loop {
        let end = parser.rest.find('{').unwrap_or(parser.rest.len());
        let (before, behind) = parser.rest.split_at(end);
        if !before.is_empty() {
            root.push(Node::Text(before.into()));
        }
        if behind.is_empty() {
            return Ok(root);
        }
        parser.rest = &behind[1..];
        root.push(Node::List(parser.action()?));
    }
}

/// The steps of one action, without its braces.
fn parse_action(text: &str) -> Result<Vec<Node>, String> {
    let whole = ["{", text, "}"].concat();
    match parse(&whole)?.into_iter().next() {
        Some(Node::List(nodes)) => Ok(nodes),
        _ => Ok(Vec::new()),
    }
}

struct Parser<'a> {
    rest: &'a str,
}

fn is_terminator(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}'
    )
}

impl<'a> Parser<'a> {
    /// Up to and with the closing brace.
    fn action(&mut self) -> Result<Vec<Node>, String> {
        let mut nodes = Vec::new();
        loop {
            if let Some(rest) = self.rest.strip_prefix('}') {
                self.rest = rest;
                return Ok(nodes);
            }
            if let Some(rest) = self.rest.strip_prefix("[?(") {
                self.rest = rest;
                nodes.push(self.filter()?);
                continue;
            }
            if let Some(rest) = self.rest.strip_prefix("..") {
                if nodes.last() == Some(&Node::Recursive) {
                    return Err("invalid multiple recursive descent".into());
                }
                self.rest = rest;
                nodes.push(Node::Recursive);
                if rest.starts_with(|c: char| c == '_' || c.is_alphanumeric()) {
                    nodes.push(self.field());
                }
                continue;
            }
            let Some(c) = self.rest.chars().next() else {
                return Err("unclosed action".into());
            };
            match c {
                '\r' | '\n' => return Err("unclosed action".into()),
                ' ' | '@' | '$' => self.skip(c),
                '[' => self.array(&mut nodes)?,
                '"' | '\'' => nodes.push(Node::Text(self.quote(c)?)),
                '.' => {
                    self.skip(c);
                    nodes.push(self.field());
                }
                '+' | '-' => nodes.push(self.number()?),
                _ if c.is_numeric() => nodes.push(self.number()?),
                _ if c == '_' || c.is_alphabetic() => nodes.push(self.identifier()),
                _ => {
                    return Err(format!(
                        "unrecognized character in action: U+{:04X} '{c}'",
                        u32::from(c)
                    ));
                }
            }
        }
    }

    fn skip(&mut self, c: char) {
        self.rest = &self.rest[c.len_utf8()..];
    }

    fn take(&mut self, end: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn identifier(&mut self) -> Node {
        let end = self.rest.find(is_terminator).unwrap_or(self.rest.len());
        match self.take(end) {
            "true" => Node::Bool(true),
            "false" => Node::Bool(false),
            name => Node::Identifier(name.into()),
        }
    }

    /// Behind the dot; a backslash takes the next character as it is.
    fn field(&mut self) -> Node {
        let mut is_escaped = false;
        let end = self.rest.find(|c: char| {
            let ends = !is_escaped && is_terminator(c);
            is_escaped = !is_escaped && c == '\\';
            ends
        });
        match self.take(end.unwrap_or(self.rest.len())) {
            "*" => Node::Wildcard,
            name => Node::Field(name.replace('\\', "")),
        }
    }

    fn number(&mut self) -> Result<Node, String> {
        let unsigned = self.rest.strip_prefix(['+', '-']).unwrap_or(self.rest);
        let sign = self.rest.len() - unsigned.len();
        let end = unsigned.find(|c: char| c != '.' && !c.is_numeric());
        let text = self.take(sign + end.unwrap_or(unsigned.len()));
        if let Ok(number) = text.parse() {
            return Ok(Node::Int(number));
        }
        match text.parse() {
            Ok(number) => Ok(Node::Float(number)),
            Err(_) => Err(["cannot parse number ", text].concat()),
        }
    }

    fn array(&mut self, nodes: &mut Vec<Node>) -> Result<(), String> {
        let end = match self.rest.find([']', '\n']) {
            Some(end) if self.rest[end..].starts_with(']') => end,
            _ => return Err("unterminated array".into()),
        };
        let text = match &self.take(end + 1)[1..end] {
            "*" => ":",
            text => text,
        };
        let parts: Vec<&str> = text.split(',').collect();
        if parts.len() > 1 {
            let parts = parts.iter().map(|part| {
                let part = part.trim_matches(' ');
                parse_action(&["[", part, "]"].concat())
            });
            nodes.push(Node::Union(parts.collect::<Result<_, _>>()?));
            return Ok(());
        }
        let key = text.strip_prefix('\'').and_then(|it| it.strip_suffix('\''));
        if let Some(key) = key.filter(|key| !key.contains('\'')) {
            nodes.extend(parse_action(&[".", key].concat())?);
            return Ok(());
        }
        nodes.push(Node::Array(params(text)?));
        Ok(())
    }

    fn filter(&mut self) -> Result<Node, String> {
        let mut quote: Option<char> = None;
        let mut is_closed = false;
        let mut before = '\0';
        let mut end = None;
        for (at, c) in self.rest.char_indices() {
            match (c, quote) {
                ('\n', _) => break,
                ('"' | '\'', None) => quote = Some(c),
                ('"' | '\'', Some(open)) if c == open && before != '\\' => is_closed = true,
                (')', _) if quote.is_some() == is_closed => {
                    end = Some(at);
                    break;
                }
                _ => {}
            }
            before = c;
        }
        let Some(end) = end else {
            return Err("unterminated filter".into());
        };
        let text = self.take(end);
        let Some(rest) = self.rest.strip_prefix(")]") else {
            return Err("unclosed array expect ]".into());
        };
        self.rest = rest;
        let is_operator = |c: char| matches!(c, '!' | '<' | '>' | '=');
        let parts = text.find(is_operator).filter(|at| *at > 0).and_then(|at| {
            let (left, rest) = text.split_at(at);
            let end = rest.find(|c| !is_operator(c))?;
            Some((left, &rest[..end], &rest[end..]))
        });
        Ok(match parts {
            None => Node::Filter(parse_action(text)?, "exists".into(), Vec::new()),
            Some((left, operator, right)) => {
                Node::Filter(parse_action(left)?, operator.into(), parse_action(right)?)
            }
        })
    }

    fn quote(&mut self, quote: char) -> Result<String, String> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '\n' => break,
                '\\' => match chars.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, 'r')) => text.push('\r'),
                    Some((_, c @ ('\\' | '"' | '\''))) => text.push(c),
                    Some(_) => {
                        let whole = &self.rest[..at];
                        return Err(format!(
                            "unquote string {whole}{quote} error invalid syntax"
                        ));
                    }
                    None => break,
                },
                c if c == quote => {
                    self.rest = &self.rest[at + 1..];
                    return Ok(text);
                }
                c => text.push(c),
            }
        }
        Err("unterminated quoted string".into())
    }
}

/// `1`, `1:3`, `:`, `::2`
fn params(text: &str) -> Result<[Param; 3], String> {
    let mut params = [Param::default(); 3];
    let parts: Vec<&str> = text.split(':').collect();
    let is_number = |part: &&str| {
        let digits = part.strip_prefix('-').unwrap_or(part);
        digits.bytes().all(|b| b.is_ascii_digit())
    };
    if parts.len() > 3 || !parts.iter().all(is_number) {
        return Err(["invalid array index ", text].concat());
    }
    for (param, part) in params.iter_mut().zip(&parts) {
        if !part.is_empty() {
            let number = part.parse();
            param.value =
                number.map_err(|_| ["array index ", part, " is not a number"].concat())?;
            param.is_known = true;
        }
    }
    if parts.len() == 1 {
        params[1] = Param {
            value: params[0].value + 1,
            is_known: true,
            is_derived: true,
        };
    }
    Ok(params)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn what_is_no_template_is_refused_in_upstreams_words() {
        for (text, expected) in [
            ("{.a", "unclosed action"),
            ("{.a[}", "unterminated array"),
            ("{.a[x]}", "invalid array index x"),
            ("{.a[?(@.b]}", "unterminated filter"),
            ("{#}", "unrecognized character in action: U+0023 '#'"),
            ("{'a}", "unterminated quoted string"),
        ] {
            assert_eq!(parse(text).expect_err(text), expected);
        }
    }
}
