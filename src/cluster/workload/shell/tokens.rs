//! Text to words and operators. Models the quoting and the token recognition of the POSIX shell, as far as
//! manifests use them.

use super::{Part, Word, parse};

/// A word or an operator.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    Word(Word),
    /// `;` and a line's end.
    End,
    /// `&&`, `||`, `|`, `&`, `(`, `)`
    Operator(&'static str),
    /// `>` or `>>` to the word that follows.
    Output(bool),
    /// `>&1` and the like, which change nothing here.
    Ignored,
    /// `>&2`
    ToErrors,
    /// `2>&1`
    ErrorsToo,
    /// `2> file`: the word that follows changes nothing here.
    SkipNext,
    /// `< file`
    Input,
    /// `<< END` and what follows, `<<< word` with the word.
    Text(Word),
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

/// The tokens that `text` is made of.
pub fn tokens(text: &str) -> Result<Vec<Token>, String> {
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

/// `>`, `>>`, `>&2`
fn redirection(chars: &[char], at: usize, tokens: &mut Vec<Token>, token: Token) -> usize {
    let mut end = at;
    if chars.get(end + 1) == Some(&'>') {
        end += 1;
    }
    if chars.get(end + 1) == Some(&'&') {
        tokens.push(match (token, chars.get(end + 2)) {
            (Token::SkipNext, Some('1')) => Token::ErrorsToo,
            (Token::Output(_), Some('2')) => Token::ToErrors,
            _ => Token::Ignored,
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
