//! `-o go-template=…`. Models the part of Go's `text/template` that people ask clusters with, and
//! kubectl's functions (`cli-runtime/pkg/printers/template.go`). Left out: `define`, `template`,
//! `block`, `break`, `continue`, `call`, `slice` and escaping for HTML, JavaScript and URLs.

/// Templates read.
mod parser;

use std::cmp::Ordering;

use crate::api::{Value, base64};
use crate::kubectl::go_map::dump;
use crate::manifest::stream::quoted;
use parser::{Item, Operand, Pipe};

/// Functions that are there.
const FUNCTIONS: [&str; 16] = [
    "and",
    "or",
    "not",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "index",
    "len",
    "print",
    "printf",
    "println",
    "base64decode",
    "exists",
];

/// A template.
#[derive(Clone, Debug)]
pub struct Template {
    text: String,
    items: Vec<Item>,
    allows_missing_keys: bool,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// Go's sentence.
    pub fn parse(text: &str, allows_missing_keys: bool) -> Result<Self, String> {
        Ok(Template {
            text: text.into(),
            items: parser::parse(text)?,
            allows_missing_keys,
        })
    }

    /// What it makes of a value.
    ///
    /// # Errors
    /// Go's sentence.
    pub fn print(&self, value: &Value) -> Result<String, String> {
        let mut run = Run {
            out: String::new(),
            variables: vec![(String::new(), value.clone())],
            allows_missing_keys: self.allows_missing_keys,
        };
        run.items(&self.items, value).map_err(|why| {
            let head = ["error executing template ", &quoted(&self.text)].concat();
            format!("{head}: template: output: executing \"output\": {why}")
        })?;
        Ok(run.out)
    }
}

struct Run {
    out: String,
    /// The unnamed one is what the template began with.
    variables: Vec<(String, Value)>,
    allows_missing_keys: bool,
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(truth) => *truth,
        Value::Int(number) => *number != 0,
        Value::Float(number) => *number != 0.0,
        other => !other.is_empty(),
    }
}

/// As Go's `fmt.Print`.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "<no value>".into(),
        other => dump(other),
    }
}

impl Run {
    fn items(&mut self, items: &[Item], dot: &Value) -> Result<(), String> {
        let known = self.variables.len();
        for item in items {
            self.item(item, dot)?;
        }
        self.variables.truncate(known);
        Ok(())
    }

    fn item(&mut self, item: &Item, dot: &Value) -> Result<(), String> {
        match item {
            Item::Text(text) => self.out += text,
            Item::Print(pipe) => {
                let value = self.pipe(pipe, dot)?;
                self.out += &shown(&value);
            }
            Item::Assign(name, pipe) => {
                let value = self.pipe(pipe, dot)?;
                match self
                    .variables
                    .iter_mut()
                    .rev()
                    .find(|known| known.0 == *name)
                {
                    Some(known) => known.1 = value,
                    None => self.variables.push((name.clone(), value)),
                }
            }
            Item::If(branches) => {
                for (condition, items) in branches {
                    let holds = match condition {
                        Some(pipe) => is_true(&self.pipe(pipe, dot)?),
                        None => true,
                    };
                    if holds {
                        return self.items(items, dot);
                    }
                }
            }
            Item::With(pipe, items, otherwise) => {
                let value = self.pipe(pipe, dot)?;
                return match is_true(&value) {
                    true => self.items(items, &value),
                    false => self.items(otherwise, dot),
                };
            }
            Item::Range(names, pipe, items, otherwise) => {
                let value = self.pipe(pipe, dot)?;
                let rows = rows(&value)?;
                if rows.is_empty() {
                    return self.items(otherwise, dot);
                }
                for (key, value) in rows {
                    let known = self.variables.len();
                    match &names[..] {
                        [] => {}
                        [one] => self.variables.push((one.clone(), value.clone())),
                        [first, second, ..] => {
                            self.variables.push((first.clone(), key));
                            self.variables.push((second.clone(), value.clone()));
                        }
                    }
                    self.items(items, &value)?;
                    self.variables.truncate(known);
                }
            }
        }
        Ok(())
    }

    fn pipe(&mut self, pipe: &Pipe, dot: &Value) -> Result<Value, String> {
        let mut last = None;
        for command in pipe {
            last = Some(self.command(command, last, dot)?);
        }
        Ok(last.unwrap_or_default())
    }

    fn command(
        &mut self,
        command: &[Operand],
        piped: Option<Value>,
        dot: &Value,
    ) -> Result<Value, String> {
        let Some(Operand::Function(name)) = command.first() else {
            return match command {
                [one] if piped.is_none() => self.operand(one, dot),
                _ => Err("can't give argument to non-function".into()),
            };
        };
        let mut values = Vec::new();
        for operand in &command[1..] {
            values.push(self.operand(operand, dot)?);
        }
        values.extend(piped);
        call(name, &values)
    }

    fn operand(&mut self, operand: &Operand, dot: &Value) -> Result<Value, String> {
        let (value, path) = match operand {
            Operand::Value(value) => return Ok(value.clone()),
            Operand::Function(name) => return call(name, &[]),
            Operand::Field(None, path) => (dot.clone(), path),
            Operand::Field(Some(name), path) => {
                let known = self.variables.iter().rev().find(|known| known.0 == *name);
                match known {
                    Some((_, value)) => (value.clone(), path),
                    None => return Err(["undefined variable \"$", name, "\""].concat()),
                }
            }
            Operand::Pipe(pipe, path) => (self.pipe(pipe, dot)?, path),
        };
        path.iter()
            .try_fold(value, |value, name| self.field(&value, name))
    }

    fn field(&self, value: &Value, name: &str) -> Result<Value, String> {
        match value {
            Value::Map(fields) => match fields.get(name) {
                Some(value) => Ok(value.clone()),
                None if self.allows_missing_keys => Ok(Value::Null),
                None => Err(["map has no entry for key ", &quoted(name)].concat()),
            },
            Value::Null => Ok(Value::Null),
            _ => Err(["can't evaluate field ", name, " in type interface {}"].concat()),
        }
    }
}

/// Keys and values of what is gone through.
fn rows(value: &Value) -> Result<Vec<(Value, Value)>, String> {
    Ok(match value {
        Value::Null => Vec::new(),
        Value::List(items) => (0..).map(Value::Int).zip(items.iter().cloned()).collect(),
        Value::Map(fields) => fields
            .iter()
            .map(|(name, value)| (Value::from(&**name), value.clone()))
            .collect(),
        Value::Int(count) => (0..(*count).min(100_000))
            .map(|number| (Value::Int(number), Value::Int(number)))
            .collect(),
        other => return Err(["range can't iterate over ", &dump(other)].concat()),
    })
}

fn call(name: &str, values: &[Value]) -> Result<Value, String> {
    let few = || Err(["wrong number of args for ", name].concat());
    let compared = |holds: fn(Ordering) -> bool| match values {
        [a, b] => Ok(Value::Bool(holds(compare(a, b)?))),
        _ => Err(["wrong number of args for ", name].concat()),
    };
    match (name, values) {
        ("and", [.., last]) => Ok(values
            .iter()
            .find(|it| !is_true(it))
            .unwrap_or(last)
            .clone()),
        ("or", [.., last]) => Ok(values.iter().find(|it| is_true(it)).unwrap_or(last).clone()),
        ("not", [one]) => Ok(Value::Bool(!is_true(one))),
        ("eq", [first, others @ ..]) if !others.is_empty() => {
            Ok(Value::Bool(others.iter().any(|other| other == first)))
        }
        ("ne", [a, b]) => Ok(Value::Bool(a != b)),
        ("lt", _) => compared(Ordering::is_lt),
        ("le", _) => compared(Ordering::is_le),
        ("gt", _) => compared(Ordering::is_gt),
        ("ge", _) => compared(Ordering::is_ge),
        ("index", [of, keys @ ..]) => keys.iter().try_fold(of.clone(), |of, key| index(&of, key)),
        ("exists", [of, keys @ ..]) => {
            let found = keys.iter().try_fold(of.clone(), |of, key| index(&of, key));
            Ok(Value::Bool(found.is_ok_and(|found| found != Value::Null)))
        }
        ("len", [one]) => match one {
            Value::String(text) => Ok(Value::Int(text.len() as i64)),
            Value::List(items) => Ok(Value::Int(items.len() as i64)),
            Value::Map(fields) => Ok(Value::Int(fields.len() as i64)),
            other => Err(["error calling len: len of type ", &dump(other)].concat()),
        },
        ("print", _) => Ok(values.iter().map(shown).collect::<String>().into()),
        ("println", _) => {
            let texts: Vec<String> = values.iter().map(shown).collect();
            Ok((texts.join(" ") + "\n").into())
        }
        ("printf", [format, values @ ..]) => {
            Ok(printf(format.as_str().unwrap_or_default(), values).into())
        }
        ("base64decode", [one]) => {
            let bytes = base64::decode(one.as_str().unwrap_or_default());
            let bytes = bytes.map_err(|_| "error calling base64decode: illegal base64 data")?;
            Ok(String::from_utf8_lossy(&bytes).into_owned().into())
        }
        _ => few(),
    }
}

fn compare(a: &Value, b: &Value) -> Result<Ordering, String> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Ok(a.cmp(b)),
        (Value::Float(a), Value::Float(b)) => Ok(a.total_cmp(b)),
        (Value::String(a), Value::String(b)) => Ok(a.cmp(b)),
        _ => Err("incompatible types for comparison".into()),
    }
}

fn index(of: &Value, key: &Value) -> Result<Value, String> {
    match (of, key) {
        (Value::Map(fields), Value::String(name)) => {
            Ok(fields.get(name).cloned().unwrap_or_default())
        }
        (Value::List(items), Value::Int(number)) => {
            let place = usize::try_from(*number).ok();
            let found = place.and_then(|place| items.get(place));
            found
                .cloned()
                .ok_or_else(|| format!("error calling index: index out of range: {number}"))
        }
        (Value::Null, _) => Err("error calling index: index of untyped nil".into()),
        _ => Err(["error calling index: can't index item of type ", &dump(of)].concat()),
    }
}

/// `%s`, `%d`, `%v`, `%t`, `%q`, with a width.
fn printf(format: &str, values: &[Value]) -> String {
    let mut values = values.iter();
    let mut out = String::new();
    let mut rest = format;
    while let Some((before, behind)) = rest.split_once('%') {
        out += before;
        let end = behind
            .find(|c: char| !c.is_ascii_digit() && c != '-')
            .unwrap_or(behind.len());
        let (width, behind) = behind.split_at(end);
        let Some(verb) = behind.chars().next() else {
            return out + "%!(NOVERB)";
        };
        rest = &behind[verb.len_utf8()..];
        if verb == '%' {
            out.push('%');
            continue;
        }
        let text = match values.next() {
            None => ["%!", verb.encode_utf8(&mut [0; 4]), "(MISSING)"].concat(),
            Some(value) if verb == 'q' => quoted(&dump(value)),
            Some(value) => dump(value),
        };
        let count: usize = width.trim_start_matches('-').parse().unwrap_or_default();
        let blanks = " ".repeat(count.min(1000).saturating_sub(text.chars().count()));
        match width.starts_with('-') {
            true => out += &[text, blanks].concat(),
            false => out += &[blanks, text].concat(),
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::Template;
    use crate::api::Value;

    const LIST: &str = r#"{"items": [
        {"metadata": {"name": "a", "labels": {"x/y": "1"}}, "spec": {"n": 2, "l": ["p", "q"]}},
        {"metadata": {"name": "b"}, "spec": {"n": 0}}]}"#;

    fn print(text: &str) -> Result<String, String> {
        let list = Value::from_json(&serde_json::from_str(LIST).expect("the test's own text"));
        Template::parse(text, true)?.print(&list)
    }

    #[test]
    fn templates_print_what_gos_do() {
        for (text, expected) in [
            (
                "{{range .items}}{{.metadata.name}}{{\"\\n\"}}{{end}}",
                "a\nb\n",
            ),
            ("{{len .items}} {{(index .items 1).metadata.name}}", "2 b"),
            (
                "{{range .items}}{{if .spec.n}}{{.metadata.name}}{{else}}-{{end}}{{end}}",
                "a-",
            ),
            (
                "{{range $i, $e := .items}}{{$i}}={{$e.spec.n}};{{end}}",
                "0=2;1=0;",
            ),
            (
                "{{with index .items 0}}{{index .metadata.labels \"x/y\"}}{{end}}",
                "1",
            ),
            ("{{.nosuch}}", "<no value>"),
            ("{{range (index .items 0).spec.l}}{{.}},{{end}}", "p,q,"),
            ("{{range .nosuch}}x{{else}}none{{end}}", "none"),
            (
                "{{$x := len .items}}{{if and (eq $x 2) (not .nosuch)}}two{{end}}",
                "two",
            ),
            (
                "{{(index .items 0).metadata.name | printf \"%-3s|%d\" }}",
                "a  |%!d(MISSING)",
            ),
            ("a {{- \"b\" -}} c", "abc"),
            ("{{/* nothing */}}x", "x"),
            ("{{(index .items 0).spec}}", "map[l:[p q] n:2]"),
            ("{{if eq 1 2}}a{{else if eq 1 1}}b{{end}}", "b"),
        ] {
            assert_eq!(print(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, expected) in [
            ("{{.a", "template: output:1: unclosed action"),
            (
                "{{foo}}",
                "template: output:1: function \"foo\" not defined",
            ),
            ("{{if .a}}", "template: output:1: unexpected EOF"),
            ("{{end}}", "template: output:1: unexpected {{end}}"),
        ] {
            assert_eq!(print(text).expect_err(text), expected);
        }
    }
}
