//! A text → its documents, as kubectl takes it apart. Models `YAMLOrJSONDecoder` and `YAMLReader` of
//! `apimachinery/pkg/util/yaml/decoder.go`: a text that begins with `{` is JSON values one after
//! another, as long as that goes well; everything else is YAML, taken apart at lines that begin with
//! `---` before any parser sees it.

use std::ops::Range;
use std::rc::Rc;

use super::tree::Node;
use super::{Limit, Problem, go_syntax, json, yaml};

/// Reads one document after another. Holds a place in a text, not the text.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Stream {
    at: usize,
    is_json: bool,
    is_over: bool,
    /// Documents read so far, empty ones too.
    count: usize,
}

/// One document.
#[derive(Debug)]
pub struct Document {
    /// Its bytes.
    pub span: Range<usize>,
    /// What it is.
    pub root: Rc<Node>,
    /// Bytes of every key that a later one of the same name replaces, with that name.
    pub duplicates: Vec<(Range<usize>, Rc<str>)>,
}

impl Stream {
    /// The documents of `text`.
    pub fn of(text: &str) -> Self {
        let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
        Stream {
            is_json: text[at..].trim_start().starts_with('{'),
            at,
            is_over: false,
            count: 0,
        }
    }

    /// The byte up to which all is read.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The next document of `text` that isn't empty. After an error there is none.
    pub fn next_document(&mut self, text: &str) -> Option<Result<Document, Problem>> {
        loop {
            if self.is_over {
                return None;
            }
            let read = self.read(text);
            match &read {
                Some(Ok(document)) if document.root.value == crate::api::Value::Null => continue,
                Some(Ok(_)) => {}
                Some(Err(_)) | None => self.is_over = true,
            }
            return read;
        }
    }

    fn read(&mut self, text: &str) -> Option<Result<Document, Problem>> {
        if self.count >= Limit::DOCUMENTS {
            return Some(Err(Limit::documents(self.at..self.at)));
        }
        if self.is_json {
            self.read_json(text)
        } else {
            self.read_yaml(text)
        }
    }

    fn read_json(&mut self, text: &str) -> Option<Result<Document, Problem>> {
        let start = self.at;
        let mut problem = match json::parse(text, self.at) {
            Ok(parsed) => {
                self.at = parsed.end;
                self.count += 1;
                return Some(Ok(Document {
                    span: parsed.root.span.clone(),
                    root: parsed.root,
                    duplicates: parsed.duplicates,
                }));
            }
            Err(json::Fault::End) => return None,
            Err(json::Fault::TooMuch(problem)) => return Some(Err(problem)),
            Err(json::Fault::UnexpectedEnd) => Problem {
                message: "unexpected EOF".into(),
                span: text.len()..text.len(),
                help: Some("Close what is open: }, ] or \".".into()),
            },
            Err(json::Fault::Syntax(sentence, at)) => Problem {
                message: sentence,
                span: at..at + 1,
                help: None,
            },
        };
        if self.count > 1 {
            return Some(Err(problem));
        }
        if problem.span.end <= text.len() && !problem.span.is_empty() {
            // kubectl counts the bytes that it has read, the wrong one included.
            problem.message = format!("json: offset {}: {}", problem.span.end, problem.message);
        }
        // One value may have been a YAML document in JSON's style: the rest gets another chance.
        self.is_json = false;
        self.at = start + blank_rest_of_line(&text[start..]);
        match self.read_yaml(text) {
            Some(Ok(document)) => Some(Ok(document)),
            Some(Err(_)) => Some(Err(problem)),
            None => None,
        }
    }

    fn read_yaml(&mut self, text: &str) -> Option<Result<Document, Problem>> {
        let chunk = match self.chunk(text)? {
            Ok(chunk) => chunk,
            Err(problem) => return Some(Err(problem)),
        };
        self.count += 1;
        Some(match yaml::parse(text, chunk.clone()) {
            Ok(parsed) => Ok(Document {
                root: parsed.root.unwrap_or_else(|| Rc::new(nothing(&chunk))),
                duplicates: parsed.duplicates,
                span: chunk,
            }),
            Err(mut problem) => {
                if problem.is_decoders() {
                    problem.message = format!("error converting YAML to JSON: {}", problem.message);
                }
                Err(problem)
            }
        })
    }

    /// The bytes of the next document. A separator ends one, or begins one that is still empty.
    fn chunk(&mut self, text: &str) -> Option<Result<Range<usize>, Problem>> {
        let start = self.at;
        loop {
            let line = &text[self.at..];
            if line.is_empty() {
                return (start < self.at).then_some(Ok(start..self.at));
            }
            let line = &line[..line.find('\n').map_or(line.len(), |end| end + 1)];
            let (line_start, is_first) = (self.at, self.at == start);
            self.at += line.len();
            let Some(rest) = line.strip_prefix("---") else {
                continue;
            };
            let rest = rest.trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                return Some(Err(Problem {
                    message: format!("invalid Yaml document separator: {rest}"),
                    span: line_start..line_start + line.trim_end().len(),
                    help: Some("Put --- on a line of its own.".into()),
                }));
            }
            if !is_first {
                return Some(Ok(start..line_start));
            }
        }
    }
}

/// Blanks up to and with the first line end; all of them if there is no line end.
fn blank_rest_of_line(text: &str) -> usize {
    let blank = text.len() - text.trim_start().len();
    text[..blank].find('\n').map_or(blank, |end| end + 1)
}

fn nothing(span: &Range<usize>) -> Node {
    Node {
        span: span.clone(),
        value: crate::api::Value::Null,
        inside: super::tree::Inside::Scalar,
        size: 1,
    }
}

/// `"a"` as kubectl puts a name in quotes.
pub fn quoted(text: &str) -> String {
    go_syntax::quote(text)
}
