//! The text held against the schema while it is typed: one document after another, so that a large
//! text makes nobody wait, and what was found about the text before stays until it is done.

use std::rc::Rc;

use podarium::api::path::steps;
use podarium::api::{ObjectKey, Value};
use podarium::manifest::text::Lines;
use podarium::manifest::{Checked, Checker, Diagnostic, Severity, finish};
use podarium::scene::Selection;

use crate::ui::wall::Slice;

/// A check may take so long before the browser has its turn.
const SLICE_MS: f64 = 12.0;

/// What is known of a text.
#[derive(Clone)]
pub struct Known {
    /// The text.
    pub text: Rc<str>,
    /// What was found in it.
    pub checked: Rc<Checked>,
}

/// A check under way.
pub struct Checking {
    checker: Checker,
    checked: Checked,
}

impl Checking {
    /// Begins with a text.
    pub fn new(text: Rc<str>) -> Self {
        Checking {
            checker: Checker::new(text),
            checked: Checked::default(),
        }
    }

    /// Goes on for a while; what is known once it is done.
    pub fn go_on(&mut self) -> Option<Known> {
        let slice = Slice::of(SLICE_MS);
        while self.checker.step(&mut self.checked) {
            if slice.is_over() {
                return None;
            }
        }
        let mut checked = std::mem::take(&mut self.checked);
        finish(&mut checked);
        Some(Known {
            text: self.checker.text().clone(),
            checked: Rc::new(checked),
        })
    }
}

impl Known {
    /// Nothing of nothing.
    pub fn nothing() -> Self {
        Known {
            text: "".into(),
            checked: Rc::default(),
        }
    }

    /// Errors and warnings, from top to bottom.
    pub fn problems(&self) -> impl Iterator<Item = &Diagnostic> {
        let all = self.checked.diagnostics.iter();
        all.filter(|found| found.severity != Severity::Note)
    }

    /// First and last line of what is selected, counted from 1, wherever the text names it.
    pub fn lines_of(&self, selection: &Selection) -> Vec<(usize, usize)> {
        let (key, container) = match selection {
            Selection::Host(_) => return Vec::new(),
            Selection::Object(key) => (key, None),
            Selection::Container { pod, name } => (pod, Some(name)),
        };
        let named = self
            .checked
            .objects
            .iter()
            .filter(|named| named.key == *key);
        let spans = named.map(|named| {
            let place = container.and_then(|name| container_path(&named.value, name));
            place.map_or(named.span.clone(), |path| {
                named.root.nearest(&steps(&path)).node.span.clone()
            })
        });
        let lines = Lines::of(&self.text);
        spans.map(|span| self.written(&lines, span)).collect()
    }

    /// First and last line of what is really written of a span.
    fn written(&self, lines: &Lines, span: std::ops::Range<usize>) -> (usize, usize) {
        let text = self.text.get(span.clone()).map_or("", str::trim_end);
        let end = span.start + text.len();
        let line = |byte| lines.position(byte).0;
        (line(span.start), line(end))
    }

    /// First and last line of a document, counted from 1, in the `lines` of this text.
    pub fn lines_of_document(&self, lines: &Lines, document: u32) -> Option<(usize, usize)> {
        let objects = self.checked.objects.iter();
        let named = objects.filter(|named| named.document == document);
        let lines = named.map(|named| self.written(lines, named.span.clone()));
        lines.reduce(|(first, last), (from, to)| (first.min(from), last.max(to)))
    }

    /// What line `line` makes: the container that it belongs to, else the object.
    pub fn made_by(&self, line: usize) -> Option<Selection> {
        let key = self.object_on(line)?;
        let named = self.checked.objects.iter().find(|named| named.key == key)?;
        let lists = ["containers", "initContainers"].map(|list| named.value.at(&["spec", list]));
        let containers = lists.into_iter().flatten().flat_map(Value::items);
        let mut containers = containers.map(|container| Selection::Container {
            pod: key.clone(),
            name: container.text_at(&["name"]).into(),
        });
        let is_there = |lines: (usize, usize)| (lines.0..=lines.1).contains(&line);
        let made = containers.find(|made| self.lines_of(made).into_iter().any(is_there));
        Some(made.unwrap_or(Selection::Object(key)))
    }

    /// The object that line `line` belongs to.
    pub fn object_on(&self, line: usize) -> Option<ObjectKey> {
        let lines = Lines::of(&self.text);
        let on = |named: &&podarium::manifest::Named| {
            let (first, last) = (
                lines.position(named.span.start).0,
                lines.position(named.span.end).0,
            );
            (first..=last).contains(&line)
        };
        self.checked
            .objects
            .iter()
            .find(on)
            .map(|named| named.key.clone())
    }
}

fn container_path(pod: &Value, name: &str) -> Option<String> {
    ["containers", "initContainers"]
        .into_iter()
        .find_map(|list| {
            let items = pod.at(&["spec", list])?.items();
            let number = items
                .iter()
                .position(|item| item.text_at(&["name"]) == name)?;
            Some(format!("spec.{list}[{number}]"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "kind: Pod\napiVersion: v1\nmetadata: {name: a}\nspec:\n  containers:\n  - name: first\n    image: i\n  - name: second\n    image: i\n---\nkind: Namespace\napiVersion: v1\nmetadata: {name: b}\n";

    fn known() -> Known {
        let mut checked = podarium::manifest::check(TWO);
        finish(&mut checked);
        Known {
            text: TWO.into(),
            checked: Rc::new(checked),
        }
    }

    #[test]
    fn what_is_selected_is_found_in_the_text_down_to_its_container() {
        let pod = ObjectKey::pod("default", "a");
        assert_eq!(known().lines_of(&Selection::Object(pod.clone())), [(1, 9)]);
        let second = Selection::Container {
            pod,
            name: "second".into(),
        };
        assert_eq!(known().lines_of(&second), [(8, 9)]);
        let namespace = Selection::Object(ObjectKey::new("Namespace", "", "b"));
        assert_eq!(known().lines_of(&namespace), [(11, 13)]);
    }

    #[test]
    fn a_line_makes_a_container_or_the_whole_object() {
        let pod = ObjectKey::pod("default", "a");
        let container = |name: &str| Selection::Container {
            pod: pod.clone(),
            name: name.into(),
        };
        assert_eq!(known().made_by(3), Some(Selection::Object(pod.clone())));
        assert_eq!(known().made_by(7), Some(container("first")));
        assert_eq!(known().made_by(8), Some(container("second")));
        assert_eq!(known().made_by(0), None);
    }

    #[test]
    fn a_line_leads_to_its_object() {
        assert_eq!(known().object_on(6), Some(ObjectKey::pod("default", "a")));
        assert_eq!(
            known().object_on(12),
            Some(ObjectKey::new("Namespace", "", "b"))
        );
    }
}
