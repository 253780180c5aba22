//! Field errors and the paths that they name. Models `apimachinery/pkg/util/validation/field`.
//! Left out: `Origin` and the marks of declarative validation, which only upstream's tests read.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use crate::api::Value;

/// What is wrong with one field, as the API server says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Which sort of error.
    pub kind: ErrorKind,
    /// Which field.
    pub path: FieldPath,
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

/// Every step that was taken in one validation, so that a [`Path`] is two words, free to copy and
/// with nothing to drop: the page has a thousand places that hold one.
#[derive(Debug, Default)]
pub struct Paths(RefCell<Vec<(u32, Segment)>>);

/// The way to a field. Grows at its end; what it grew from is shared.
#[derive(Clone, Copy, Debug)]
pub struct Path<'a> {
    all: &'a Paths,
    /// How many steps of `all` end with its last one; 0 at the root.
    end: u32,
}

impl<'a> Path<'a> {
    /// The object itself.
    pub fn root(all: &'a Paths) -> Self {
        Path { all, end: 0 }
    }

    /// Where a path of the same object starts.
    #[must_use]
    pub fn start(&self) -> Self {
        Path::root(self.all)
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

    /// As a value of its own, which outlives the validation.
    pub fn to_owned(&self) -> FieldPath {
        let all = self.all.0.borrow();
        let (mut segments, mut end) = (Vec::new(), self.end);
        while let Some((parent, segment)) = end.checked_sub(1).and_then(|at| all.get(at as usize)) {
            segments.push(segment.clone());
            end = *parent;
        }
        segments.reverse();
        FieldPath(segments)
    }

    fn then(&self, segment: Segment) -> Self {
        let mut all = self.all.0.borrow_mut();
        all.push((self.end, segment));
        Path {
            all: self.all,
            end: all.len() as u32,
        }
    }
}

/// Two walks to one field are the same path.
impl PartialEq for Path<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.to_owned() == other.to_owned()
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_owned().fmt(f)
    }
}

/// Every step from the object to a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldPath(pub Vec<Segment>);

/// `spec.containers[0].image`; the root prints as Go prints no path.
impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("<nil>");
        }
        for (at, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Field(name) if at > 0 => write!(f, ".{name}"),
                Segment::Field(name) => f.write_str(name),
                Segment::Index(index) => write!(f, "[{index}]"),
                Segment::Key(key) => write!(f, "[{key}]"),
            }?;
        }
        Ok(())
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
        let paths = Paths::default();
        let root = Path::root(&paths);
        let container = root.field("spec").field("containers").index(0);
        let path = container.field("resources").field("requests");
        let path = path.key("memory");
        assert_eq!(
            path.to_string(),
            "spec.containers[0].resources.requests[memory]"
        );
        assert_eq!(path.to_owned().0.len(), 6);
        assert_eq!(root.to_string(), "<nil>");
    }

    #[test]
    fn an_error_reads_as_upstream_says_it() {
        let error = FieldError {
            kind: ErrorKind::Invalid,
            path: Path::root(&Paths::default())
                .field("spec")
                .field("x")
                .to_owned(),
            bad_value: Some(printed(&Value::from("nginx\n\u{a0}"))),
            detail: "must not have leading or trailing whitespace".to_string(),
        };
        assert_eq!(
            error.to_string(),
            "spec.x: Invalid value: \"nginx\\n\\u00a0\": must not have leading or trailing whitespace"
        );
    }
}
