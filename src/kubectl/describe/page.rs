//! What descriptions are written on: lines with tabs, indented by levels, which become columns at the
//! end. Models `PrefixWriter`, `tabbedString` and the multi-line helpers of
//! `kubectl/pkg/describe/describe.go`.

use crate::api::Value;
use crate::kubectl::duration::rfc1123;
use crate::kubectl::look::{Look, or};
use crate::kubectl::tab_writer::{DESCRIPTION, align};
use crate::order;

/// Annotations that only kubectl itself reads.
const SKIPPED: &str = crate::kubectl::apply::LAST_APPLIED;
/// Annotations longer than this are broken and cut.
const LONGEST_ANNOTATION: usize = 140;

/// A description under way.
#[derive(Default)]
pub struct Page {
    done: String,
    text: String,
}

impl Page {
    /// The description.
    pub fn finish(mut self) -> String {
        self.flush();
        self.done
    }

    /// The same with its tabs, where nobody makes columns of them.
    pub fn unaligned(self) -> String {
        self.done + &self.text
    }

    /// What follows has columns of its own.
    pub fn flush(&mut self) {
        self.done += &align(&self.text, DESCRIPTION);
        self.text.clear();
    }

    /// Text as it is.
    pub fn put(&mut self, text: &str) {
        self.text += text;
    }

    /// A line.
    pub fn line(&mut self, level: usize, text: &str) {
        self.start(level, text);
        self.text.push('\n');
    }

    /// A line that goes on.
    pub fn start(&mut self, level: usize, text: &str) {
        self.text.extend(std::iter::repeat_n("  ", level));
        self.text += text;
    }

    /// `Label:  value`
    pub fn field(&mut self, level: usize, label: &str, value: &str) {
        self.start(level, label);
        self.text += ":\t";
        self.text += value;
        self.text.push('\n');
    }

    /// A row of cells.
    pub fn row(&mut self, level: usize, cells: &[&str]) {
        self.line(level, &cells.join("\t"));
    }

    /// A row of heads with a row of dashes below.
    pub fn heads(&mut self, level: usize, heads: &[&str]) {
        self.row(level, heads);
        let dashes: Vec<String> = heads.iter().map(|head| "-".repeat(head.len())).collect();
        let dashes: Vec<&str> = dashes.iter().map(String::as_str).collect();
        self.row(level, &dashes);
    }

    /// Values below each other, the first beside the title.
    pub fn multi(&mut self, indent: &str, title: &str, values: &[String]) {
        self.text += &[indent, title, ":\t"].concat();
        if values.is_empty() {
            self.text += "<none>\n";
        }
        for (number, value) in values.iter().enumerate() {
            if number > 0 {
                self.text += indent;
                self.text.push('\t');
            }
            self.text += value;
            self.text.push('\n');
        }
    }

    /// Labels or their like, a pair a line. Models `printLabelsMultiline`.
    pub fn pairs(&mut self, indent: &str, title: &str, object: &Value, path: &str) {
        let pairs = object.texts(path).into_iter();
        let pairs: Vec<String> = pairs
            .map(|(key, value)| [key, "=", value].concat())
            .collect();
        self.multi(indent, title, &pairs);
    }

    /// Models `printAnnotationsMultiline`.
    pub fn annotations(&mut self, title: &str, object: &Value, path: &str) {
        self.text += &[title, ":\t"].concat();
        let mut annotations = object.texts(path);
        annotations.retain(|(key, _)| *key != SKIPPED);
        if annotations.is_empty() {
            self.text += "<none>\n";
        }
        for (number, (key, value)) in annotations.into_iter().enumerate() {
            if number > 0 {
                self.text.push('\t');
            }
            let value = value.strip_suffix('\n').unwrap_or(value);
            if value.len() + key.len() + 2 <= LONGEST_ANNOTATION && !value.contains('\n') {
                self.text += &[key, ": ", value, "\n"].concat();
                continue;
            }
            self.text += &[key, ":\n"].concat();
            for line in value.split('\n') {
                self.text += &["\t  ", &shortened(line, LONGEST_ANNOTATION - 2), "\n"].concat();
            }
        }
    }

    /// Name, namespace, labels, annotations.
    pub fn head(&mut self, object: &Value) {
        self.name(object);
        self.labels(object);
    }

    /// Name and namespace.
    pub fn name(&mut self, object: &Value) {
        self.field(0, "Name", object.text("metadata.name"));
        self.field(0, "Namespace", object.text("metadata.namespace"));
    }

    /// Labels and annotations.
    pub fn labels(&mut self, object: &Value) {
        self.pairs("", "Labels", object, "metadata.labels");
        self.annotations("Annotations", object, "metadata.annotations");
    }

    /// When it was made.
    pub fn created(&mut self, object: &Value) {
        let moment = object.time("metadata.creationTimestamp");
        self.field(0, "CreationTimestamp", &rfc1123(moment));
    }

    /// Models `printTolerationsMultiline`.
    pub fn tolerations(&mut self, indent: &str, tolerations: &[Value]) {
        let mut sorted: Vec<&Value> = tolerations.iter().collect();
        order::sort_by_key(&mut sorted, |toleration| toleration.text("key").to_string());
        let lines: Vec<String> = sorted.into_iter().map(toleration).collect();
        self.multi(indent, "Tolerations", &lines);
    }
}

/// At most so many bytes.
fn shortened(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.into();
    }
    let mut end = most;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    [&text[..end], "..."].concat()
}

fn toleration(toleration: &Value) -> String {
    let text = |field: &str| toleration.text(field);
    let mut line = text("key").to_string();
    for (mark, field) in [("=", "value"), (":", "effect")] {
        if !text(field).is_empty() {
            line += &[mark, text(field)].concat();
        }
    }
    if text("operator") == "Exists" && text("value").is_empty() {
        line += if line.is_empty() {
            "op=Exists"
        } else {
            " op=Exists"
        };
    }
    if toleration.look("tolerationSeconds").is_some() {
        line += &[" for ", &toleration.print("tolerationSeconds"), "s"].concat();
    }
    line
}

/// `k=v:NoSchedule`. Models `Taint.ToString`.
pub fn taint(taint: &Value) -> String {
    let (key, value, effect) = (taint.text("key"), taint.text("value"), taint.text("effect"));
    let mut text = key.to_string();
    for (mark, part) in [("=", value), (":", effect)] {
        if !part.is_empty() {
            text += &[mark, part].concat();
        }
    }
    if effect.is_empty() && !value.is_empty() {
        text.push(':');
    }
    text
}

/// The moment at `path`, as descriptions tell it.
pub fn moment(value: &Value, path: &str) -> String {
    rfc1123(value.time(path))
}

/// The text there, or `<none>`.
pub fn or_none<'a>(value: &'a Value, path: &str) -> &'a str {
    or(value.text(path), "<none>")
}

/// What is there, or `<unset>`.
pub fn or_unset(value: &Value, path: &str) -> String {
    or(&value.print(path), "<unset>").into()
}

#[cfg(test)]
mod tests {
    use super::Page;
    use crate::fields;

    #[test]
    fn long_annotations_are_broken_and_the_last_applied_is_not_told() {
        let object = fields! { "metadata" => fields! { "annotations" => fields! {
            "a" => "short", "b" => "x".repeat(150), "c" => "two\nlines\n",
            "kubectl.kubernetes.io/last-applied-configuration" => "{}",
        } } };
        let mut page = Page::default();
        page.annotations("Annotations", &object, "metadata.annotations");
        let expected = format!(
            "Annotations:  a: short\n              b:\n                {}...\n              c:\n                \
             two\n                lines\n",
            "x".repeat(138)
        );
        assert_eq!(page.finish(), expected);
    }
}
