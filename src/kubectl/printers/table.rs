//! Tables of objects: the server's columns and rows, and how kubectl shows them. Models
//! `metav1.Table` and `k8s.io/cli-runtime/pkg/printers/tableprinter.go`. Left out: tables of kinds
//! that the server doesn't know.

use crate::api::Value;
use crate::api::schema::Kind;
use crate::cluster::SimTime;
use crate::kubectl::labels;
use crate::kubectl::look::Look;
use crate::kubectl::resources;

/// What the server knows of a kind's table.
#[derive(Clone, Copy)]
pub struct Columns {
    /// Names, separated by commas; those that only `-o wide` shows begin with a `+`.
    pub names: &'static str,
    /// The cells of an object, those of wide columns included.
    pub cells: fn(&Value, SimTime) -> Vec<String>,
}

/// How a table is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `-o wide`
    pub is_wide: bool,
    /// `--no-headers`
    pub no_headers: bool,
    /// Is there a column of namespaces?
    pub with_namespace: bool,
    /// Do names begin with their kind?
    pub with_kind: bool,
    /// `--show-labels`
    pub shows_labels: bool,
    /// `-L`
    pub label_columns: Vec<String>,
    /// `--output-watch-events`: what happened to the objects, padded to eight characters.
    pub event: Option<&'static str>,
}

/// The header, with tabs between its cells.
pub fn header(kind: Kind, options: &Options) -> String {
    let columns = super::columns(kind);
    let mut cells: Vec<String> = Vec::new();
    if options.event.is_some() {
        cells.push("EVENT".into());
    }
    if options.with_namespace {
        cells.push("NAMESPACE".into());
    }
    for (name, is_wide) in shown(columns) {
        if options.is_wide || !is_wide {
            cells.push(name.to_uppercase());
        }
    }
    for label in &options.label_columns {
        let last = label.rsplit('/').next().unwrap_or_default();
        cells.push(last.to_uppercase());
    }
    if options.shows_labels {
        cells.push("LABELS".into());
    }
    cells.join("\t") + "\n"
}

/// Names, and whether only wide tables have them.
fn shown(columns: Columns) -> impl Iterator<Item = (&'static str, bool)> {
    let names = columns.names.split(',');
    names.map(|name| match name.strip_prefix('+') {
        Some(name) => (name, true),
        None => (name, false),
    })
}

/// The row of an object, with tabs between its cells.
pub fn row(kind: Kind, object: &Value, options: &Options, now: SimTime) -> String {
    let columns = super::columns(kind);
    let mut cells: Vec<String> = Vec::new();
    if let Some(event) = options.event {
        cells.push(event.into());
    }
    if options.with_namespace {
        cells.push(object.text("metadata.namespace").into());
    }
    let values = (columns.cells)(object, now);
    for ((name, is_wide), value) in shown(columns).zip(values) {
        if is_wide && !options.is_wide {
            continue;
        }
        let mut cell = on_one_line(&value);
        if name == "Name" && options.with_kind {
            cell = [&resources::kind_and_group(kind), "/", &cell].concat();
        }
        cells.push(cell);
    }
    for label in &options.label_columns {
        let labels = object.texts("metadata.labels").into_iter();
        let value = labels
            .filter(|(name, _)| name == label)
            .map(|(_, value)| value);
        cells.push(value.collect());
    }
    if options.shows_labels {
        cells.push(labels::format_labels(object, "metadata.labels"));
    }
    cells.join("\t") + "\n"
}

/// Its first line, without what would steer a terminal.
fn on_one_line(cell: &str) -> String {
    match cell.find(['\u{c}', '\n', '\r']) {
        Some(end) => escaped(&cell[..end]) + "...",
        None => escaped(cell),
    }
}

/// Models `EscapeTerminal`.
pub fn escaped(text: &str) -> String {
    text.replace('\u{1b}', "^[").replace('\r', "\\r")
}

/// `NAME  AGE`: what the server shows of a kind without columns of its own.
pub fn name_and_creation(object: &Value, _: SimTime) -> Vec<String> {
    vec![
        object.text("metadata.name").into(),
        object.text("metadata.creationTimestamp").into(),
    ]
}
