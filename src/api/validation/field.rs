//! Field errors and the paths that they name. Models `apimachinery/pkg/util/validation/field`.
//! Left out: `Origin` and the marks of declarative validation, which only upstream's tests read.

use std::fmt;
use std::rc::Rc;

use crate::api::Value;

/// What is wrong with one field, as the API server says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Which sort of error.
    pub kind: ErrorKind,
    /// Which field.
    pub path: Path,
    /// The offending value as upstream prints it; `None` where it prints none.
    pub bad_value: Option<String>,
    /// The rest of the sentence; may be empty.
    pub detail: String,
}

/// The sorts of field errors. Models `field.ErrorType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// A value that is referred to isn't there.
    NotFound,
    /// Nothing was given.
    Required,
    /// The same value stands there already.
    Duplicate,
    /// Malformed, or out of bounds.
    Invalid,
    /// None of the values that are known.
    NotSupported,
    /// A valid value, but not here.
    Forbidden,
    /// More text than allowed.
    TooLong,
    /// More items than allowed.
    TooMany,
    /// The API server failed on its own part.
    Internal,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ErrorKind::NotFound => "Not found",
            ErrorKind::Required => "Required value",
            ErrorKind::Duplicate => "Duplicate value",
            ErrorKind::Invalid => "Invalid value",
            ErrorKind::NotSupported => "Unsupported value",
            ErrorKind::Forbidden => "Forbidden",
            ErrorKind::TooLong => "Too long",
            ErrorKind::TooMany => "Too many",
            ErrorKind::Internal => "Internal error",
        })
    }
}

/// `spec.containers[0].image: Invalid value: "nginx\n": must not have …`
impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.kind)?;
        if let Some(value) = &self.bad_value {
            write!(f, ": {value}")?;
        }
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        Ok(())
    }
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// A field of an object: `.image`
    Field(Rc<str>),
    /// An item of a list: `[0]`
    Index(usize),
    /// An entry of a map: `[memory]`
    Key(Rc<str>),
}

/// The way to a field. Grows at its end; what it grew from is shared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path(Option<Rc<(Path, Segment)>>);

impl Path {
    /// The object itself.
    pub const ROOT: Path = Path(None);

    /// A path from the root; fields only.
    pub fn of(fields: &[&str]) -> Self {
        fields
            .iter()
            .fold(Path::ROOT, |path, name| path.field(name))
    }

    /// The field `name` below this one.
    #[must_use]
    pub fn field(&self, name: &str) -> Self {
        self.then(Segment::Field(name.into()))
    }

    /// The item of this number.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.then(Segment::Index(index))
    }

    /// The entry of this key.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.then(Segment::Key(key.into()))
    }

    /// Every step from the root.
    pub fn segments(&self) -> Vec<Segment> {
        let mut segments = Vec::new();
        let mut path = self;
        while let Some(link) = &path.0 {
            segments.push(link.1.clone());
            path = &link.0;
        }
        segments.reverse();
        segments
    }

    fn then(&self, segment: Segment) -> Self {
        Path(Some(Rc::new((self.clone(), segment))))
    }
}

/// `spec.containers[0].image`; the root prints as Go prints no path.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(link) = &self.0 else {
            return f.write_str("<nil>");
        };
        let (parent, segment) = &**link;
        if parent.0.is_some() {
            write!(f, "{parent}")?;
        }
        match segment {
            Segment::Field(name) if parent.0.is_some() => write!(f, ".{name}"),
            Segment::Field(name) => f.write_str(name),
            Segment::Index(index) => write!(f, "[{index}]"),
            Segment::Key(key) => write!(f, "[{key}]"),
        }
    }
}

/// A value as upstream prints a bad one: numbers and truths as they are, text quoted, anything else
/// as JSON.
pub fn printed(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        _ => go_json(value),
    }
}

/// As Go's `%q`.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            c if (c as u32) < 0x20 || c == '\u{7f}' => {
                out.push_str(&format!("\\x{:02x}", c as u32));
            }
            c if c.is_control() || is_unprintable_space(c) => match c as u32 {
                code @ 0..=0xffff => out.push_str(&format!("\\u{code:04x}")),
                code => out.push_str(&format!("\\U{code:08x}")),
            },
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Go prints no space but the ASCII one, and no invisible marks of direction or width.
fn is_unprintable_space(c: char) -> bool {
    c != ' ' && c.is_whitespace()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e000}'..='\u{f8ff}')
}

/// As Go's `json.Marshal`: fields in the order of their names, and `<`, `>`, `&` escaped.
pub fn go_json(value: &Value) -> String {
    value
        .to_json()
        .to_string()
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_prints_as_upstream_prints_it() {
        let path = Path::of(&["spec", "containers"])
            .index(0)
            .field("resources");
        let path = path.field("requests").key("memory");
        assert_eq!(
            path.to_string(),
            "spec.containers[0].resources.requests[memory]"
        );
        assert_eq!(path.segments().len(), 6);
    }

    #[test]
    fn an_error_reads_as_upstream_says_it() {
        let error = FieldError {
            kind: ErrorKind::Invalid,
            path: Path::of(&["spec", "x"]),
            bad_value: Some(printed(&Value::from("nginx\n\u{a0}"))),
            detail: "must not have leading or trailing whitespace".to_string(),
        };
        assert_eq!(
            error.to_string(),
            "spec.x: Invalid value: \"nginx\\n\\u00a0\": must not have leading or trailing whitespace"
        );
    }
}
