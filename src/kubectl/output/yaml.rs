//! YAML as kubectl writes it. Models the encoder of `go.yaml.in/yaml/v2` (`encode.go`, `sorter.go`,
//! `emitterc.go`) as far as values need it that JSON can say: block style, lists not indented, long
//! lines folded at 80 columns. Left out: flow style, anchors, tags.

use crate::api::Value;
use crate::manifest::scalar::{self, Scalar};
use crate::order;

/// Where lines are folded at the next blank: `best_width`.
const BEST_WIDTH: usize = 80;

/// The value as a document.
pub fn yaml(value: &Value) -> String {
    let mut writer = Writer {
        out: String::new(),
        column: 0,
    };
    match value {
        Value::Map(fields) if !fields.is_empty() => writer.map(value, 0, true),
        Value::List(items) if !items.is_empty() => writer.list(items, 0, true),
        other => writer.scalar(other, 0),
    }
    writer.out
}

struct Writer {
    out: String,
    /// Characters on the line that is being written.
    column: usize,
}

impl Writer {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    fn new_line(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    fn indent(&mut self, indent: usize) {
        for _ in 0..indent {
            self.put(" ");
        }
    }

    /// `is_first`: does its first line stand where the writer is?
    fn map(&mut self, value: &Value, indent: usize, mut is_first: bool) {
        let mut fields: Vec<(&str, &Value)> = Vec::new();
        if let Value::Map(map) = value {
            fields.extend(map.iter().map(|(name, value)| (&**name, value)));
        }
        order::sort_by(&mut fields, |a, b| natural(a.0, b.0));
        for (name, value) in fields {
            if !std::mem::take(&mut is_first) {
                self.indent(indent);
            }
            self.text(name, indent, true);
            self.put(":");
            match value {
                Value::Map(fields) if !fields.is_empty() => {
                    self.new_line();
                    self.map(value, indent + 2, false);
                }
                Value::List(items) if !items.is_empty() => {
                    self.new_line();
                    self.list(items, indent, false);
                }
                other => {
                    self.put(" ");
                    self.scalar(other, indent + 2);
                }
            }
        }
    }

    fn list(&mut self, items: &[Value], indent: usize, mut is_first: bool) {
        for item in items {
            if !std::mem::take(&mut is_first) {
                self.indent(indent);
            }
            self.put("- ");
            match item {
                Value::Map(fields) if !fields.is_empty() => self.map(item, indent + 2, true),
                Value::List(items) if !items.is_empty() => self.list(items, indent + 2, true),
                other => self.scalar(other, indent + 2),
            }
        }
    }

    /// With the end of its line.
    fn scalar(&mut self, value: &Value, indent: usize) {
        match value {
            Value::String(text) => {
                if self.text(text, indent, false) {
                    return;
                }
            }
            Value::Null => self.put("null"),
            Value::Bool(truth) => self.put(if *truth { "true" } else { "false" }),
            Value::Int(number) => self.put(&number.to_string()),
            Value::Float(number) => self.put(&crate::manifest::number::go_json(*number)),
            Value::List(_) => self.put("[]"),
            Value::Map(_) => self.put("{}"),
        }
        self.new_line();
    }

    /// Writes a text in the style that fits; tells whether its line is ended already.
    fn text(&mut self, text: &str, indent: usize, is_key: bool) -> bool {
        let seen = Seen::of(text);
        if text.contains('\n') && !is_key && seen.block_allowed {
            self.literal(text, indent);
            return true;
        }
        let is_plain = !text.contains('\n') && is_string(text);
        let folds = !is_key;
        if is_plain && seen.plain_allowed && !text.is_empty() {
            self.folded(text, indent, folds, |_| None);
        } else if is_plain && seen.single_quoted_allowed {
            self.put("'");
            self.folded(text, indent, folds, |c| (c == '\'').then(|| "''".into()));
            self.put("'");
        } else {
            self.put("\"");
            self.folded(text, indent, folds, double_quoted);
            self.put("\"");
        }
        false
    }

    /// A text on lines of 80 columns, where it has blanks.
    fn folded(
        &mut self,
        text: &str,
        indent: usize,
        folds: bool,
        escape: fn(char) -> Option<String>,
    ) {
        let mut was_space = true;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let is_inside = chars.peek().is_some_and(|next| *next != ' ');
            if c == ' ' && folds && !was_space && self.column > BEST_WIDTH && is_inside {
                self.new_line();
                self.indent(indent);
            } else {
                match escape(c) {
                    Some(escaped) => self.put(&escaped),
                    None => self.put(c.encode_utf8(&mut [0; 4])),
                }
            }
            was_space = c == ' ';
        }
    }

    /// `|`, then line by line.
    fn literal(&mut self, text: &str, indent: usize) {
        self.put("|");
        if text.starts_with([' ', '\n']) {
            self.put("2");
        }
        if !text.ends_with('\n') {
            self.put("-");
        } else if text == "\n" || text.ends_with("\n\n") {
            self.put("+");
        }
        self.new_line();
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            if !line.is_empty() {
                self.indent(indent);
                self.put(line);
            }
            self.new_line();
        }
    }
}

fn double_quoted(c: char) -> Option<String> {
    let short = match c {
        '"' => '"',
        '\\' => '\\',
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ if is_printable(c) => return None,
        _ => {
            let code = u32::from(c);
            return Some(match code {
                ..=0xff => format!("\\x{code:02X}"),
                0x100..=0xffff => format!("\\u{code:04X}"),
                _ => format!("\\U{code:08X}"),
            });
        }
    };
    Some(['\\', short].iter().collect())
}

/// Models `is_printable` of `yamlprivateh.go`.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        && c != '\u{feff}'
}

/// Would it be read as a text if it stood there plainly?
fn is_string(text: &str) -> bool {
    const DATE: Option<&str> = Some("tag:yaml.org,2002:timestamp");
    let is_text = matches!(
        scalar::resolve(text, None, true),
        Ok(Scalar::Value(Value::String(_)))
    );
    let ends_as_date = text
        .get(10..)
        .is_none_or(|rest| rest.is_empty() || rest.contains(':'));
    let is_date = ends_as_date && scalar::resolve(text, DATE, true).is_ok();
    is_text && text != "<<" && !is_date && !is_base_60(text)
}

/// `1:30`, `-12:34:56.7`. Models `isBase60Float`.
fn is_base_60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or_default();
    let mut count = 0;
    let are_sixtieths = parts.all(|part| {
        count += 1;
        match part.as_bytes() {
            [one] => one.is_ascii_digit(),
            [ten, one] => (b'0'..=b'5').contains(ten) && one.is_ascii_digit(),
            _ => false,
        }
    });
    let begins = first.bytes().next().is_some_and(|b| b.is_ascii_digit());
    begins && digits(first) && count > 0 && are_sixtieths && digits(fraction)
}

/// Which styles a text can be written in.
struct Seen {
    plain_allowed: bool,
    single_quoted_allowed: bool,
    block_allowed: bool,
}

impl Seen {
    /// Models `yaml_emitter_analyze_scalar`.
    fn of(text: &str) -> Self {
        let mut seen = Seen {
            plain_allowed: !text.starts_with("---") && !text.starts_with("..."),
            single_quoted_allowed: true,
            block_allowed: !text.is_empty(),
        };
        let is_break = |c: char| matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
        let mut before: Option<char> = None;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let is_blank_next = chars.peek().is_none_or(|next| matches!(next, ' ' | '\t'));
            let is_blank_before = before.is_none_or(|c| matches!(c, ' ' | '\t') || is_break(c));
            let is_indicator = match (before, c) {
                (
                    None,
                    '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"'
                    | '%' | '@' | '`',
                ) => true,
                (None, '?' | ':' | '-') | (Some(_), ':') => is_blank_next,
                (Some(_), '#') => is_blank_before,
                _ => false,
            };
            seen.plain_allowed &= !is_indicator && !is_break(c);
            if !is_printable(c) {
                seen.forbid_all();
            }
            match (before, c) {
                (Some(before), ' ') if is_break(before) => {
                    seen.plain_allowed = false;
                    seen.single_quoted_allowed = false;
                }
                (Some(' '), c) if is_break(c) => seen.forbid_all(),
                _ => {}
            }
            before = Some(c);
        }
        if text.starts_with(' ') || text.ends_with(' ') {
            seen.plain_allowed = false;
        }
        seen.block_allowed &= !text.ends_with(' ');
        seen
    }

    fn forbid_all(&mut self) {
        self.plain_allowed = false;
        self.single_quoted_allowed = false;
        self.block_allowed = false;
    }
}

/// Names in the order of their letters and numbers: `a2` before `a10`. Models `keyList.Less`.
fn natural(a: &str, b: &str) -> std::cmp::Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let same = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let (Some(first), Some(second)) = (a.get(same), b.get(same)) else {
        return a.len().cmp(&b.len());
    };
    let letters = (first.is_alphabetic(), second.is_alphabetic());
    match letters {
        (true, true) => return first.cmp(second),
        (true, false) => return std::cmp::Ordering::Greater,
        (false, true) => return std::cmp::Ordering::Less,
        (false, false) => {}
    }
    let digits = a[..same].iter().rev().take_while(|c| c.is_ascii_digit());
    let is_inside = digits.clone().any(|c| *c != '0');
    let starts_with = u64::from((*first == '0' || *second == '0') && is_inside);
    let number = |text: &[char]| {
        let digits = text.iter().map_while(|c| c.to_digit(10));
        digits.fold((starts_with, 0), |(number, count), digit| {
            let number = u64::wrapping_add(number.wrapping_mul(10), digit.into());
            (number, count + 1)
        })
    };
    number(&a[same..])
        .cmp(&number(&b[same..]))
        .then(first.cmp(second))
}

#[cfg(test)]
mod tests {
    use super::yaml;
    use crate::api::Value;

    fn of(json: &str) -> String {
        yaml(&Value::from_json(
            &serde_json::from_str(json).expect("the test's own text"),
        ))
    }

    #[test]
    fn scalars_are_quoted_where_yaml_would_read_something_else() {
        for (json, expected) in [
            (r#""web""#, "web"),
            (r#""off""#, "\"off\""),
            (r#""1""#, "\"1\""),
            (r#""1.27""#, "\"1.27\""),
            (r#""nginx:1.27""#, "nginx:1.27"),
            (r#""a: b""#, "'a: b'"),
            (r##""# a""##, "'# a'"),
            (r#""-g""#, "-g"),
            (r#""daemon off;""#, "daemon off;"),
            (r#""""#, "\"\""),
            (r#""2026-01-01T00:00:00Z""#, "\"2026-01-01T00:00:00Z\""),
            (r#""12:30""#, "\"12:30\""),
            (r#""it's""#, "it's"),
            (r#""'it'""#, "'''it'''"),
            (r#""*/5 * * * *""#, "'*/5 * * * *'"),
            (r#""a\tb""#, "\"a\\tb\""),
            (r#""25%""#, "25%"),
            (r#""10.96.0.1""#, "10.96.0.1"),
            ("null", "null"),
            ("{}", "{}"),
        ] {
            assert_eq!(of(json), [expected, "\n"].concat(), "{json}");
        }
    }

    #[test]
    fn maps_lists_and_texts_of_lines() {
        let json =
            r#"{"b": [{"x": 1, "a": []}, ["y"]], "a10": {"k": "one\ntwo\n"}, "a2": "l\n m"}"#;
        assert_eq!(
            of(json),
            "a2: |-\n  l\n   m\na10:\n  k: |\n    one\n    two\nb:\n- a: []\n  x: 1\n- - \"y\"\n"
        );
    }

    #[test]
    fn long_lines_are_folded_as_upstream_folds_them() {
        let message = "0/3 nodes are available: 3 Insufficient cpu. no new claims to deallocate, \
                       preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.";
        let json = format!(r#"{{"status": {{"conditions": [{{"message": "{message}"}}]}}}}"#);
        assert_eq!(
            of(&json),
            "status:\n  conditions:\n  - message: '0/3 nodes are available: 3 Insufficient cpu. no new \
             claims to deallocate,\n      preemption: 0/3 nodes are available: 3 Preemption is not \
             helpful for scheduling.'\n"
        );
    }
}
