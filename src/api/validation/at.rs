//! A value together with the place where it stands, and the errors found there. Ours: upstream
//! passes a struct and a `field.Path` side by side.

use super::field::{ErrorKind, FieldError, Path, Paths, printed, quoted};
use crate::api::Value;

/// A value and the way to it. What isn't there is `null`, as in the API.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// What stands there.
    pub value: &'a Value,
    /// Where that is.
    pub path: Path<'a>,
}

impl<'a> At<'a> {
    /// The whole object; `paths` remembers what is looked at in it.
    pub fn root(value: &'a Value, paths: &'a Paths) -> Self {
        At {
            value,
            path: Path::root(paths),
        }
    }

    /// The field `name`, `null` if it isn't there.
    pub fn field(&self, name: &str) -> At<'a> {
        At {
            value: self.value.get(name).unwrap_or(&Value::Null),
            path: self.path.field(name),
        }
    }

    /// The field `name` if it is there: what a Go pointer that isn't nil is.
    pub fn set(&self, name: &str) -> Option<At<'a>> {
        Some(self.field(name)).filter(At::is_set)
    }

    /// Is anything there?
    pub fn is_set(&self) -> bool {
        *self.value != Value::Null
    }

    /// The object's annotation `name`, if it has it.
    pub fn annotation(&self, name: &str) -> Option<At<'a>> {
        let all = self.field("metadata").field("annotations");
        let path = all.path.key(name);
        all.value.get(name).map(|value| At { value, path })
    }

    /// The items of a list.
    pub fn items(&self) -> Items<'a> {
        Items {
            list: *self,
            next: 0,
        }
    }

    /// The items of the list `name`.
    pub fn list(&self, name: &str) -> Items<'a> {
        self.field(name).items()
    }

    /// Keys and values of a map, in the order of the keys (Go's order is random).
    pub fn entries(&self) -> impl Iterator<Item = (&'a str, At<'a>)> + use<'a> {
        let path = self.path;
        let fields = self.value.as_map().into_iter().flatten();
        fields.map(move |(key, value)| {
            let path = path.key(key);
            (&**key, At { value, path })
        })
    }

    /// The text here; empty if there is none.
    pub fn str(&self) -> &'a str {
        self.value.as_str().unwrap_or_default()
    }

    /// The text in the field `name`; empty if there is none.
    pub fn text(&self, name: &str) -> &'a str {
        self.value
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// The whole number here; 0 if there is none.
    pub fn number(&self) -> i64 {
        self.value.as_i64().unwrap_or_default()
    }

    /// The whole number in the field `name`, if there is one.
    pub fn int(&self, name: &str) -> Option<i64> {
        self.value.get(name).and_then(Value::as_i64)
    }

    /// Is the field `name` there and true?
    pub fn flag(&self, name: &str) -> bool {
        self.value.get(name).and_then(Value::as_bool) == Some(true)
    }

    /// Is there nothing in the field `name`? (Go's `len() == 0`.)
    pub fn lacks(&self, name: &str) -> bool {
        self.value.get(name).is_none_or(Value::is_empty)
    }
}

/// Items of a list, one after another.
#[derive(Clone, Debug)]
pub struct Items<'a> {
    list: At<'a>,
    next: usize,
}

impl<'a> Iterator for Items<'a> {
    type Item = At<'a>;

    // A hundred loops share it.
    #[inline(never)]
    fn next(&mut self) -> Option<At<'a>> {
        let value = self.list.value.items().get(self.next)?;
        let path = self.list.path.index(self.next);
        self.next += 1;
        Some(At { value, path })
    }
}

/// The errors found so far, in upstream's order. Models `field.ErrorList`.
#[derive(Clone, Debug, Default)]
pub struct Errors(pub Vec<FieldError>);

impl Errors {
    /// Something has to be there.
    pub fn required(&mut self, path: &Path, detail: impl Into<String>) {
        self.push(ErrorKind::Required, path, None, detail);
    }

    /// What is there is malformed or out of bounds.
    pub fn invalid(&mut self, path: &Path, bad: impl Bad, detail: impl Into<String>) {
        self.push(ErrorKind::Invalid, path, Some(bad.bad()), detail);
    }

    /// Invalid, where upstream doesn't print the value.
    pub fn invalid_omitting_value(&mut self, path: &Path, detail: impl Into<String>) {
        self.push(ErrorKind::Invalid, path, None, detail);
    }

    /// One error for each message.
    pub fn invalid_each(&mut self, path: &Path, bad: impl Bad + Copy, messages: Vec<String>) {
        for message in messages {
            self.invalid(path, bad, message);
        }
    }

    /// None of the values that are known.
    pub fn not_supported(&mut self, path: &Path, bad: impl Bad, supported: &[&str]) {
        let supported: Vec<String> = supported.iter().map(|value| quoted(value)).collect();
        let detail = format!("supported values: {}", supported.join(", "));
        self.push(ErrorKind::NotSupported, path, Some(bad.bad()), detail);
    }

    /// The same value stands there already.
    pub fn duplicate(&mut self, path: &Path, bad: impl Bad) {
        self.push(ErrorKind::Duplicate, path, Some(bad.bad()), "");
    }

    /// What is referred to isn't there.
    pub fn not_found(&mut self, path: &Path, bad: impl Bad, detail: impl Into<String>) {
        self.push(ErrorKind::NotFound, path, Some(bad.bad()), detail);
    }

    /// A valid value, but not here.
    pub fn forbidden(&mut self, path: &Path, detail: impl Into<String>) {
        self.push(ErrorKind::Forbidden, path, None, detail);
    }

    /// More text than `limit` bytes.
    pub fn too_long(&mut self, path: &Path, limit: usize) {
        let detail = format!("may not be more than {limit} bytes");
        self.push(ErrorKind::TooLong, path, None, detail);
    }

    /// More items than `limit`.
    pub fn too_many(&mut self, path: &Path, count: usize, limit: usize) {
        let detail = format!("must have at most {limit} items");
        self.push(ErrorKind::TooMany, path, Some(count.to_string()), detail);
    }

    /// Unless the text is one of `supported`: required if it is empty, else not supported.
    pub fn one_of(&mut self, at: &At, supported: &[&str]) {
        match at.str() {
            "" => self.required(&at.path, ""),
            text if supported.contains(&text) => {}
            text => self.not_supported(&at.path, text, supported),
        }
    }

    /// As upstream's `ValidateNonnegativeField`.
    pub fn nonnegative(&mut self, at: &At) {
        if at.number() < 0 {
            self.invalid(&at.path, at.number(), IS_NEGATIVE);
        }
    }

    /// As upstream's `ValidateImmutableField`.
    pub fn immutable(&mut self, new: &At, old: &At) {
        if new.value != old.value && !(new.value.is_empty() && old.value.is_empty()) {
            self.invalid(&new.path, new.value, FIELD_IMMUTABLE);
        }
    }

    /// Is there none from here on? `since` is what [`Errors::count`] said before.
    pub fn none_since(&self, since: usize) -> bool {
        self.0.len() == since
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    fn push(
        &mut self,
        kind: ErrorKind,
        path: &Path,
        bad_value: Option<String>,
        detail: impl Into<String>,
    ) {
        self.0.push(FieldError {
            kind,
            path: path.to_owned(),
            bad_value,
            detail: detail.into(),
        });
    }
}

/// Upstream's `IsNegativeErrorMsg`.
pub const IS_NEGATIVE: &str = "must be greater than or equal to 0";

/// Upstream's `FieldImmutableErrorMsg`.
pub const FIELD_IMMUTABLE: &str = "field is immutable";

/// What can be printed as a bad value.
pub trait Bad {
    /// As upstream prints it.
    fn bad(self) -> String;
}

impl Bad for &str {
    fn bad(self) -> String {
        quoted(self)
    }
}
impl Bad for i64 {
    fn bad(self) -> String {
        self.to_string()
    }
}
impl Bad for bool {
    fn bad(self) -> String {
        self.to_string()
    }
}
impl Bad for &Value {
    fn bad(self) -> String {
        printed(self)
    }
}
/// Text that is printed already: a Go struct.
impl Bad for String {
    fn bad(self) -> String {
        self
    }
}

/// An internal Go struct as upstream prints it: every field under its Go name, in Go's order, `null`
/// where there is nothing. `fields` are pairs of Go's name and the API's.
pub fn go_struct(value: &Value, fields: &[(&str, &str)]) -> String {
    let print = |(go, api): &(&str, &str)| {
        let value = value.get(api).unwrap_or(&Value::Null);
        format!("\"{go}\":{}", super::field::go_json(value))
    };
    let fields: Vec<String> = fields.iter().map(print).collect();
    format!("{{{}}}", fields.join(","))
}
