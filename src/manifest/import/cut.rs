//! A text into items, without holding all of it: what a list's `items` are, and documents outside of
//! lists. YAML is cut at lines, as kubectl lays lists out: an item begins with a dash in the column of
//! the first one, and what is in it stands further right. JSON is cut by its brackets. What is inside
//! is read by the decoders that read manifests.
//! Left out: aliases of an anchor that stands in another item.

use std::collections::VecDeque;

use super::{ITEM_BYTES, ImportProblem};

/// A part of the text that can be read on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Its bytes.
    pub text: Vec<u8>,
    /// The line that it begins on, counted from 1.
    pub line: usize,
    /// What it is.
    pub kind: Kind,
    /// Is it JSON?
    pub is_json: bool,
}

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An item of a list: in YAML with its dash.
    Item,
    /// A list without its items.
    Head,
    /// Any other document.
    Document,
}

/// Cuts a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Cutter {
    buffer: Vec<u8>,
    /// Up to where the buffer is cut.
    at: usize,
    /// The line that comes next, counted from 0.
    line: usize,
    is_over: bool,
    form: Form,
    ready: VecDeque<Piece>,
}

#[derive(Clone, Debug, Default)]
enum Form {
    #[default]
    Unknown,
    Yaml(Yaml),
    Json(Json),
}

impl Cutter {
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.at);
        self.at = 0;
        self.buffer.extend_from_slice(bytes);
    }

    pub fn end(&mut self) {
        self.is_over = true;
    }

    /// How many bytes wait.
    pub fn left(&self) -> usize {
        self.buffer.len() - self.at
    }

    /// The next piece, if all of it is there.
    pub fn next_piece(&mut self) -> Result<Option<Piece>, ImportProblem> {
        if let Form::Unknown = self.form
            && !self.recognise()?
        {
            return Ok(None);
        }
        while self.ready.is_empty() {
            let more = match &mut self.form {
                Form::Yaml(yaml) => {
                    let rest = &self.buffer[self.at..];
                    let end = rest.iter().position(|byte| *byte == b'\n');
                    let length = match end {
                        Some(end) => end + 1,
                        None if self.is_over => rest.len(),
                        None => 0,
                    };
                    if length == 0 {
                        if !self.is_over {
                            yaml.bound(rest.len(), self.line)?;
                        }
                        false
                    } else {
                        yaml.take(&rest[..length], self.line, &mut self.ready)?;
                        self.at += length;
                        self.line += 1;
                        true
                    }
                }
                Form::Json(json) => match self.buffer.get(self.at) {
                    Some(byte) => {
                        json.take(*byte, self.line, &mut self.ready)?;
                        self.at += 1;
                        self.line += usize::from(*byte == b'\n');
                        true
                    }
                    None => false,
                },
                Form::Unknown => false,
            };
            if !more {
                if self.is_over {
                    self.finish()?;
                }
                break;
            }
        }
        Ok(self.ready.pop_front())
    }

    /// Is it JSON or YAML? Tells whether that can be told.
    fn recognise(&mut self) -> Result<bool, ImportProblem> {
        let rest = &self.buffer[self.at..];
        if rest.len() < 3 && !self.is_over {
            return Ok(false);
        }
        if rest.starts_with(&[0x1f, 0x8b]) {
            let help = "Unpack it first: it is compressed with gzip.";
            return Err(problem(1, "It is no text", help));
        }
        if rest.starts_with(&[0xff, 0xfe]) || rest.starts_with(&[0xfe, 0xff]) {
            return Err(problem(1, "It is text in UTF-16", "Save it as UTF-8."));
        }
        if rest.starts_with("\u{feff}".as_bytes()) {
            self.at += 3;
        }
        let rest = &self.buffer[self.at..];
        let Some(first) = rest.iter().find(|byte| !byte.is_ascii_whitespace()) else {
            if self.is_over {
                let help = "Export a cluster with: kubectl get nodes,pods -A -o yaml";
                return Err(problem(0, "It is empty", help));
            }
            return Ok(false);
        };
        self.form = match first {
            b'{' => Form::Json(Json::default()),
            _ => Form::Yaml(Yaml::default()),
        };
        Ok(true)
    }

    fn finish(&mut self) -> Result<(), ImportProblem> {
        match std::mem::take(&mut self.form) {
            Form::Yaml(mut yaml) => yaml.end_document(&mut self.ready),
            Form::Json(json) if json.depth > 0 => {
                let help = "The file ends in the middle: export it again, or copy all of it.";
                return Err(problem(self.line + 1, "unexpected EOF", help));
            }
            Form::Json(_) | Form::Unknown => {}
        }
        self.form = Form::Yaml(Yaml::default());
        Ok(())
    }
}

fn problem(line: usize, message: &str, help: &str) -> ImportProblem {
    ImportProblem {
        line,
        message: message.into(),
        help: help.into(),
    }
}

fn too_long(line: usize) -> ImportProblem {
    let message = format!("an object has more than {} MiB", ITEM_BYTES >> 20);
    let help = "No object of a cluster is so large: is this an export of kubectl's?";
    problem(line, &message, help)
}

/// A YAML text under way.
#[derive(Clone, Debug, Default)]
struct Yaml {
    /// The document without its items.
    head: Vec<u8>,
    head_line: usize,
    had_items: bool,
    list: Option<Items>,
}

/// The items of the document that is read.
#[derive(Clone, Debug)]
struct Items {
    /// In which column their dashes stand; `None` before the first.
    column: Option<usize>,
    text: Vec<u8>,
    line: usize,
}

impl Yaml {
    /// Takes a whole line.
    fn take(
        &mut self,
        line: &[u8],
        number: usize,
        ready: &mut VecDeque<Piece>,
    ) -> Result<(), ImportProblem> {
        self.bound(line.len(), number)?;
        let said = line.trim_ascii();
        if is_separator(line) {
            self.end_document(ready);
            return Ok(());
        }
        let column = line.iter().take_while(|byte| **byte == b' ').count();
        let is_blank = said.is_empty() || column == 0 && said.starts_with(b"#");
        let is_dash = said == b"-" || said.starts_with(b"- ");
        match &mut self.list {
            Some(items) if is_blank => items.text.extend_from_slice(line),
            Some(items) if is_dash && items.column.is_none_or(|first| first == column) => {
                items.column = Some(column);
                items.end(ready);
                items.line = number;
                items.text.extend_from_slice(line);
            }
            Some(items) if column > 0 && items.column.is_some_and(|first| column >= first) => {
                items.text.extend_from_slice(line);
            }
            Some(items) if column > 0 && items.column.is_none() => {
                // What stands below `items:` is no list: it is refused with the head.
                self.list = None;
                self.head.extend_from_slice(b"items:\n");
                self.head.extend_from_slice(line);
            }
            Some(items) => {
                items.end(ready);
                self.list = None;
                self.head.extend_from_slice(line);
            }
            None if !self.had_items && line.trim_ascii_end() == b"items:" => {
                self.had_items = true;
                self.list = Some(Items {
                    column: None,
                    text: Vec::new(),
                    line: number,
                });
            }
            None => {
                if self.head.is_empty() {
                    self.head_line = number;
                }
                self.head.extend_from_slice(line);
            }
        }
        Ok(())
    }

    fn bound(&self, more: usize, line: usize) -> Result<(), ImportProblem> {
        let held = self
            .list
            .as_ref()
            .map_or(self.head.len(), |items| items.text.len());
        if held + more > ITEM_BYTES {
            return Err(too_long(line + 1));
        }
        Ok(())
    }

    fn end_document(&mut self, ready: &mut VecDeque<Piece>) {
        let ended = std::mem::take(self);
        if let Some(mut items) = ended.list {
            items.end(ready);
        }
        if !ended.head.trim_ascii().is_empty() || ended.had_items {
            ready.push_back(Piece {
                text: ended.head,
                line: ended.head_line + 1,
                kind: if ended.had_items {
                    Kind::Head
                } else {
                    Kind::Document
                },
                is_json: false,
            });
        }
    }
}

impl Items {
    /// The item under way is over.
    fn end(&mut self, ready: &mut VecDeque<Piece>) {
        let text = std::mem::take(&mut self.text);
        if !text.trim_ascii().is_empty() {
            ready.push_back(Piece {
                text,
                line: self.line + 1,
                kind: Kind::Item,
                is_json: false,
            });
        }
    }
}

fn is_separator(line: &[u8]) -> bool {
    line.strip_prefix(b"---").is_some_and(|rest| {
        let rest = rest.trim_ascii();
        rest.is_empty() || rest.starts_with(b"#")
    })
}

/// A JSON text under way.
#[derive(Clone, Debug, Default)]
struct Json {
    depth: usize,
    in_string: bool,
    is_escaped: bool,
    /// The last text of the outermost object.
    last_text: Vec<u8>,
    /// Is it inside the list of its `items`?
    in_items: bool,
    had_items: bool,
    head: Vec<u8>,
    head_line: usize,
    item: Vec<u8>,
    item_line: usize,
}

impl Json {
    fn take(
        &mut self,
        byte: u8,
        line: usize,
        ready: &mut VecDeque<Piece>,
    ) -> Result<(), ImportProblem> {
        if self.depth == 0 {
            return self.begin(byte, line);
        }
        let in_item = self.in_items && (self.depth > 2 || byte == b'{');
        if self.in_items && !in_item {
            return self.between_items(byte, line);
        }
        if in_item && self.item.is_empty() {
            self.item_line = line;
        }
        let text = if in_item {
            &mut self.item
        } else {
            &mut self.head
        };
        text.push(byte);
        if text.len() > ITEM_BYTES {
            return Err(too_long(line + 1));
        }
        if self.in_string {
            self.in_text(byte);
            return Ok(());
        }
        match byte {
            b'"' => {
                self.in_string = true;
                if self.depth == 1 {
                    self.last_text.clear();
                }
            }
            b'[' if self.depth == 1 && !self.had_items && self.last_text == b"items" => {
                (self.in_items, self.had_items, self.depth) = (true, true, 2);
            }
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => {
                self.depth -= 1;
                self.closed(ready);
            }
            _ => {}
        }
        Ok(())
    }

    fn in_text(&mut self, byte: u8) {
        match byte {
            _ if self.is_escaped => self.is_escaped = false,
            b'\\' => self.is_escaped = true,
            b'"' => self.in_string = false,
            _ if self.depth == 1 && self.last_text.len() < 8 => self.last_text.push(byte),
            _ => {}
        }
    }

    /// Something was closed: an item, or the whole document?
    fn closed(&mut self, ready: &mut VecDeque<Piece>) {
        let (text, line, kind) = if self.in_items && self.depth == 2 {
            let text = std::mem::take(&mut self.item);
            (text, self.item_line, Kind::Item)
        } else if self.depth == 0 {
            let ended = std::mem::take(self);
            let kind = if ended.had_items {
                Kind::Head
            } else {
                Kind::Document
            };
            (ended.head, ended.head_line, kind)
        } else {
            return;
        };
        ready.push_back(Piece {
            text,
            line: line + 1,
            kind,
            is_json: true,
        });
    }

    fn begin(&mut self, byte: u8, line: usize) -> Result<(), ImportProblem> {
        match byte {
            b'{' => {
                (self.depth, self.head_line) = (1, line);
                self.head.push(byte);
                Ok(())
            }
            byte if byte.is_ascii_whitespace() => Ok(()),
            _ => {
                let help = "Import JSON objects one after another, or a list of kubectl's.";
                Err(problem(
                    line + 1,
                    "Something that is no object is between objects",
                    help,
                ))
            }
        }
    }

    fn between_items(&mut self, byte: u8, line: usize) -> Result<(), ImportProblem> {
        match byte {
            b']' => {
                (self.in_items, self.depth) = (false, 1);
                self.head.push(byte);
                Ok(())
            }
            byte if byte == b',' || byte.is_ascii_whitespace() => Ok(()),
            _ => {
                let help = "Each item of a list is an object in braces.";
                Err(problem(line + 1, "An item of the list is no object", help))
            }
        }
    }
}
