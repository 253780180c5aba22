//! Checks a manifest without a cluster: syntax, kinds, fields, values. One document a step, so that
//! neither a keystroke nor an Apply makes anybody wait. The editor and Apply ask the same.

use std::ops::Range;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::decode::{self, Fault};
use super::simulated::Simulated;
use super::stream::{Document, Stream};
use super::text::{self, Lines};
use super::tree::{Inside, Node, first_of};
use super::{Diagnostic, Limit, Problem, Severity, help};
use crate::api::path::steps;
use crate::api::schema::{self, Kind};
use crate::api::validation::{self, FieldError};
use crate::api::{ObjectKey, Value};
use crate::collections::Map;
use crate::order;

/// An object that a manifest names, without a fault of its own.
#[derive(Clone, Debug)]
pub struct Named {
    /// Number of its document, counted from 0.
    pub document: u32,
    /// As decoded: known fields only, its namespace filled in.
    pub value: Value,
    /// Its key.
    pub key: ObjectKey,
    /// Where it stands.
    pub root: Rc<Node>,
    /// Bytes of the text that spell it.
    pub span: Range<usize>,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// Documents that say something.
    pub documents: u32,
    /// What they name, as far as it can be told.
    pub objects: Vec<Named>,
    /// What is wrong or worth saying, from top to bottom; the first of each severity, if there is
    /// very much.
    pub diagnostics: Vec<Diagnostic>,
    /// How much was found, by severity.
    found: Map<Severity, usize>,
}

impl Checked {
    /// How many errors there are; one is enough to stop an Apply.
    pub fn errors(&self) -> usize {
        let errors = self
            .diagnostics
            .iter()
            .filter(|d| d.severity == Severity::Error);
        errors.count()
    }
}

/// A check under way. Holds no more than a place in the text, so it can be stored with a world.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Checker {
    text: Rc<str>,
    stream: Stream,
    next: u32,
    /// Lines before the place that is reached.
    lines: usize,
    is_too_large: bool,
    /// Is it known to be right, so that only its objects are asked for?
    is_right: bool,
    /// Documents of one kind mostly follow each other; it says nothing that the text doesn't.
    #[serde(skip)]
    simulated: LastKind,
}

/// Of which kind the last object was, and what is obeyed of that.
type LastKind = Option<(Kind, Option<Rc<Simulated>>)>;

impl Checker {
    /// A check of `text` from its beginning.
    pub fn new(text: Rc<str>) -> Self {
        let is_too_large = text.len() > Limit::BYTES;
        Checker {
            stream: Stream::of(&text),
            text,
            next: 0,
            lines: 0,
            is_too_large,
            is_right: false,
            simulated: None,
        }
    }

    /// The objects of a text that was checked before and is right: nothing more is found in it.
    pub fn of_right(text: Rc<str>) -> Self {
        Checker {
            is_right: true,
            ..Checker::new(text)
        }
    }

    /// The text that is checked.
    pub fn text(&self) -> &Rc<str> {
        &self.text
    }

    /// Checks the next document into `checked`; tells whether there is more to check.
    pub fn step(&mut self, checked: &mut Checked) -> bool {
        let text = self.text.clone();
        let mut finder = Finder {
            text: &text,
            part: 0..0,
            before: self.lines,
            lines: None,
            document: self.next,
            checked,
            is_right: self.is_right,
            simulated: &mut self.simulated,
        };
        if self.is_too_large {
            if let Some(problem) = Limit::bytes(&text) {
                finder.problem(problem);
            }
            return false;
        }
        let from = self.stream.at();
        match self.stream.next_document(&text) {
            None => false,
            Some(Err(problem)) => {
                finder.part = from..text.len();
                finder.problem(problem);
                false
            }
            Some(Ok(read)) => {
                let part = from..self.stream.at();
                self.lines += text::count(&text, part.clone());
                finder.part = part;
                finder.document(&read);
                self.next += 1;
                checked.documents = self.next;
                true
            }
        }
    }
}

/// Checks the whole of a text at once.
pub fn check(text: &str) -> Checked {
    let mut checker = Checker::new(text.into());
    let mut checked = Checked::default();
    while checker.step(&mut checked) {}
    finish(&mut checked);
    checked
}

/// Puts what was found in order, once everything is checked.
pub fn finish(checked: &mut Checked) {
    for (severity, found) in &std::mem::take(&mut checked.found) {
        let shown = |d: &&Diagnostic| d.severity == *severity;
        let last = checked.diagnostics.iter().rfind(shown).cloned();
        if let (Some(last), true) = (last, *found > Limit::FINDINGS) {
            checked.diagnostics.push(Diagnostic {
                message: format!(
                    "{} more follow, which aren't listed",
                    found - Limit::FINDINGS
                ),
                help: None,
                replacement: None,
                ..last
            });
        }
    }
    let by_place = |d: &Diagnostic| (d.span.start, d.severity, d.span.end);
    order::sort_by_key(&mut checked.diagnostics, by_place);
}

/// Where `path` of an object stands, as `spec.containers[0].image`; the nearest thing on the way to
/// it where it isn't written.
pub fn place_of(root: &Node, path: &str) -> Range<usize> {
    let steps = steps(path);
    let found = root.nearest(&steps);
    if found.steps == steps.len() {
        found.value_span()
    } else {
        found.key_span()
    }
}

struct Finder<'c> {
    text: &'c str,
    /// Bytes that are looked at now, and how many lines stand before them.
    part: Range<usize>,
    before: usize,
    /// Their lines, once something is found in them.
    lines: Option<Lines<'c>>,
    document: u32,
    checked: &'c mut Checked,
    is_right: bool,
    simulated: &'c mut LastKind,
}

impl Finder<'_> {
    fn document(&mut self, document: &Document) {
        for (span, key) in &document.duplicates {
            let message = format!("key \"{key}\" is there twice: the last one wins");
            self.add(Severity::Warning, span.clone(), message, None, None);
        }
        let root = &document.root;
        let items = root.entry("items").map(|entry| &entry.value.inside);
        match items {
            Some(Inside::List(items)) if is_list(&root.value) => {
                for item in items {
                    self.object(item);
                }
            }
            _ => self.object(root),
        }
    }

    fn object(&mut self, root: &Rc<Node>) {
        if root.value.as_map().is_none() {
            let message = "invalid object to validate".to_string();
            let help = "A manifest is a map: apiVersion, kind, metadata, spec.".to_string();
            return self.add(Severity::Error, first_of(root), message, Some(help), None);
        }
        let Some(kind) = self.kind(root) else { return };
        let simulated = match self.simulated {
            _ if self.is_right => None,
            Some((known, simulated)) if *known == kind => simulated.clone(),
            _ => {
                let simulated = Simulated::of(kind.api_version(), kind.kind()).map(Rc::new);
                *self.simulated = Some((kind, simulated.clone()));
                simulated
            }
        };
        let decoded = decode::decode(root, kind.of(), simulated.as_deref());
        let faults = decoded.fatal.iter().chain(&decoded.strict);
        let is_sound = decoded.fatal.is_empty() && decoded.strict.is_empty();
        for Fault {
            message,
            span,
            help,
            replacement,
        } in faults
        {
            let (help, replacement) = (help.clone(), replacement.clone());
            self.add(
                Severity::Error,
                span.clone(),
                message.clone(),
                help,
                replacement,
            );
        }
        for note in &decoded.notes {
            self.note(&note.path, note.span.clone(), note.lacking);
        }
        let lacking = simulated.as_ref().map(|simulated| simulated.lacking());
        if !self.is_right && lacking != Some(None) {
            self.note(kind.kind(), place_of(root, "kind"), lacking.flatten());
        }
        if !decoded.fatal.is_empty() {
            return;
        }
        let mut value = decoded.value;
        if kind.is_namespaced() && value.text_at(&["metadata", "namespace"]).is_empty() {
            value.set(&["metadata", "namespace"], "default");
        } else if !kind.is_namespaced() {
            value.remove(&["metadata", "namespace"]);
        }
        if is_sound && !self.is_right {
            self.validate(root, &value);
        }
        self.name(root, kind, value);
    }

    /// Something is valid, but not done here, or not all of it.
    fn note(&mut self, what: &str, span: Range<usize>, lacking: Option<&str>) {
        let message = match lacking {
            None => format!("{what} is valid, but not simulated here"),
            Some(lacking) => format!("{what} is valid, but only partly simulated here: {lacking}"),
        };
        self.add(Severity::Note, span, message, None, None);
    }

    /// The kind that the object says it is, if there is one of that name.
    fn kind(&mut self, root: &Rc<Node>) -> Option<Kind> {
        let text = |field: &str| root.value.text_at(&[field]);
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        for (field, value) in [("apiVersion", api_version), ("kind", kind)] {
            if value.is_empty() {
                let help = if field == "kind" {
                    "Say what it is: kind: Pod"
                } else {
                    "For a Pod: apiVersion: v1"
                };
                let message = format!("{field} not set");
                self.add(
                    Severity::Error,
                    place_of(root, field),
                    message,
                    Some(help.into()),
                    None,
                );
            }
        }
        if api_version.is_empty() || kind.is_empty() {
            return None;
        }
        let known = schema::kind(api_version, kind);
        if known.is_none() {
            self.no_such_kind(root, api_version, kind);
        }
        known
    }

    fn no_such_kind(&mut self, root: &Rc<Node>, api_version: &str, kind: &str) {
        let message = format!("no matches for kind \"{kind}\" in version \"{api_version}\"");
        let here = schema::kinds().filter(|known| known.api_version() == api_version);
        let close = help::closest(kind, here.map(|known| known.kind()));
        let elsewhere = schema::kinds().find(|known| known.kind() == kind);
        let (field, replacement) = match (close, elsewhere) {
            (Some(close), _) => ("kind", Some(close)),
            (None, Some(elsewhere)) => ("apiVersion", Some(elsewhere.api_version())),
            (None, None) => ("kind", None),
        };
        let help = match replacement {
            Some(meant) => format!("Did you mean {field}: {meant}?"),
            None => "Podarium knows the kinds that Kubernetes v1.36 serves by default.".into(),
        };
        let span = place_of(root, field);
        self.add(
            Severity::Error,
            span,
            message,
            Some(help),
            replacement.map(str::to_string),
        );
    }

    /// What the API server would refuse, as far as the text alone shows it.
    fn validate(&mut self, root: &Rc<Node>, value: &Value) {
        let meta = |name| value.text_at(&["metadata", name]);
        if meta("name").is_empty() && !meta("generateName").is_empty() {
            let span = place_of(root, "metadata.generateName");
            let said = format!(
                "from {}: cannot use generate name with apply",
                meta("generateName")
            );
            self.add(Severity::Error, span, said, None, None);
            return;
        }
        for error in validation::errors_as_written(value) {
            let path = error.path.to_string();
            // Upstream's path, whose field stands elsewhere.
            let written = match path.strip_prefix("metadata.taints") {
                Some(rest) => format!("spec.taints{rest}"),
                None => path,
            };
            let span = place_of(root, &written);
            self.add(Severity::Error, span, sentence(&error), None, None);
        }
    }

    fn name(&mut self, root: &Rc<Node>, kind: Kind, value: Value) {
        let meta = |field: &str| value.text_at(&["metadata", field]).to_string();
        let with_group = match kind.group() {
            "" => kind.kind().to_string(),
            group => format!("{}.{group}", kind.kind()),
        };
        let namespace = if kind.is_namespaced() {
            meta("namespace")
        } else {
            String::new()
        };
        let key = ObjectKey::new(&with_group, &namespace, &meta("name"));
        let (document, span) = (self.document, root.span.clone());
        self.checked.objects.push(Named {
            document,
            value,
            key,
            root: root.clone(),
            span,
        });
    }

    /// What stops the reading is always listed.
    fn problem(&mut self, problem: Problem) {
        let Problem {
            message,
            span,
            help,
        } = problem;
        let message = message
            .trim_start_matches("error converting YAML to JSON: ")
            .to_string();
        self.list(Severity::Error, span, message, help, None);
    }

    fn add(
        &mut self,
        severity: Severity,
        span: Range<usize>,
        message: String,
        help: Option<String>,
        replacement: Option<String>,
    ) {
        let found = self.checked.found.or_default(severity);
        *found += 1;
        if *found <= Limit::FINDINGS {
            self.list(severity, span, message, help, replacement);
        }
    }

    fn list(
        &mut self,
        severity: Severity,
        span: Range<usize>,
        message: String,
        help: Option<String>,
        replacement: Option<String>,
    ) {
        let lines = self
            .lines
            .get_or_insert_with(|| Lines::of_part(self.text, self.part.clone(), self.before));
        let span = lines.underlined(span);
        let (line, column) = lines.position(span.start);
        let found = Diagnostic {
            severity,
            span,
            line,
            column,
            message,
            help,
            replacement,
        };
        self.checked.diagnostics.push(found);
    }
}

/// `spec.containers[0].image: Required value`
fn sentence(error: &FieldError) -> String {
    error.to_string()
}

/// Is it a `List`, whose items are the objects that are meant?
fn is_list(value: &Value) -> bool {
    value.text_at(&["kind"]) == "List" && value.text_at(&["apiVersion"]) == "v1"
}

#[cfg(test)]
mod tests {
    use super::*;

    const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: hello-pod\nspec:\n  contianers:\n    - name: a\n";

    fn said(text: &str) -> Vec<String> {
        let all = check(text).diagnostics;
        all.iter()
            .map(|d| format!("{}:{} {:?} {}", d.line, d.column, d.severity, d.message))
            .collect()
    }

    #[test]
    fn a_misspelt_field_is_named_with_its_place_and_its_remedy() {
        let checked = check(POD);
        let first = &checked.diagnostics[0];
        assert_eq!((first.line, first.column), (6, 3));
        assert_eq!(first.message, "unknown field \"spec.contianers\"");
        assert_eq!(first.replacement.as_deref(), Some("containers"));
        assert_eq!(checked.errors(), 1);
    }

    #[test]
    fn every_document_and_every_item_is_checked() {
        let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: A}\n  spec: {containers: [{name: a, image: b}]}\n";
        let both = said(&format!("{POD}---\n{list}"));
        assert!(both[0].starts_with("6:3 Error unknown field"), "{both:?}");
        assert!(
            both.iter()
                .any(|s| s.starts_with("14:20 Error metadata.name: Invalid value: \"A\"")),
            "{both:?}"
        );
    }

    #[test]
    fn what_is_valid_but_not_simulated_is_noted_at_the_field() {
        let text = POD.replace("  contianers:", "  setHostnameAsFQDN: true\n  containers:")
            + "      image: b\n      stdin: true\n";
        assert_eq!(
            said(&text),
            [
                "6:3 Note spec.setHostnameAsFQDN is valid, but not simulated here",
                "10:7 Note spec.containers[0].stdin is valid, but not simulated here",
            ]
        );
        let role =
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: a}\n";
        assert_eq!(
            said(role),
            ["2:7 Note ClusterRole is valid, but not simulated here"]
        );
    }

    #[test]
    fn a_kind_that_is_not_there_gets_the_one_that_is_meant() {
        let checked = check("apiVersion: v1\nkind: pod\nmetadata: {name: a}\n");
        assert_eq!(
            checked.diagnostics[0].message,
            "no matches for kind \"pod\" in version \"v1\""
        );
        assert_eq!(checked.diagnostics[0].replacement.as_deref(), Some("Pod"));
        let checked = check("apiVersion: v1\nkind: Deployment\nmetadata: {name: a}\n");
        assert_eq!(
            checked.diagnostics[0].replacement.as_deref(),
            Some("apps/v1")
        );
    }

    #[test]
    fn more_than_is_taken_is_refused_with_the_remedy() {
        let large = "a: b\n".repeat(1 << 19);
        assert!(
            said(&large)[0].contains("at most 2 MiB"),
            "{:?}",
            said(&large)[0]
        );
        let names = "abcdefghij";
        let bomb: String = names
            .char_indices()
            .map(|(i, c)| {
                let what = if i == 0 {
                    "x".into()
                } else {
                    format!("*{}", &names[i - 1..i])
                };
                format!("{c}: &{c} [{}]\n", vec![what; 9].join(", "))
            })
            .collect();
        assert!(said(&bomb)[0].contains("alias"), "{:?}", said(&bomb));
        let deep = "a: ".to_string() + &"[".repeat(5_000);
        assert!(said(&deep)[0].contains("nested"), "{:?}", said(&deep));
    }
}
