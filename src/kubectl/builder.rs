//! A text → the objects that it names, as kubectl's commands see them: not checked against the
//! schema, which is the API server's business. Models `k8s.io/cli-runtime/pkg/resource` (visitor,
//! mapper, metadata decoder) and `k8s.io/kubectl/pkg/validation`.

use std::rc::Rc;

use super::error::Error;
use super::validation;
use crate::api::Value;
use crate::api::schema::{self, Kind};
use crate::manifest::decode;
use crate::manifest::stream::{Stream, quoted};
use crate::manifest::tree::{Inside, Node};

/// Where texts that come from standard input are from.
pub const STDIN: &str = "STDIN";

/// An object that a text names. Models `resource.Info`.
#[derive(Clone, Debug)]
pub struct Info {
    /// Number of its document, counted from 0.
    pub document: u32,
    /// As it is written, its namespace filled in.
    pub value: Value,
    /// The kind that the server serves it as.
    pub kind: Kind,
    /// Empty for what lives in no namespace.
    pub namespace: String,
    /// May be empty.
    pub name: String,
    /// The file that it is from; [`STDIN`], or empty for what the server has.
    pub source: Rc<str>,
}

/// How the texts of a command are read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Is an object's head looked at before anything is sent?
    pub validates: bool,
    /// The namespace of objects that name none.
    pub namespace: String,
    /// Was it given with `-n`, so that objects may not name another?
    pub enforces_namespace: bool,
    /// Where the text is from.
    pub source: Rc<str>,
}

impl Info {
    /// Two lines that tell an object apart. Models `Info.String`.
    pub fn described(&self) -> String {
        let (group, version) = (self.kind.group(), self.kind.version());
        let resource = format!("{group}/{version}, Resource={}", self.kind.plural());
        let kind = format!("{group}/{version}, Kind={}", self.written_kind());
        format!(
            "Resource: {}, GroupVersionKind: {}\nName: {}, Namespace: {}",
            quoted(&resource),
            quoted(&kind),
            quoted(&self.name),
            quoted(&self.namespace)
        )
    }

    /// `kind` as it is written, in whichever case.
    pub fn written_kind(&self) -> &str {
        self.value.text_at(&["kind"])
    }

    /// `pod`, `deployment.apps`
    pub fn kind_and_group(&self) -> String {
        let kind = self.written_kind().to_lowercase();
        match self.kind.group() {
            "" => kind,
            group => format!("{kind}.{group}"),
        }
    }
}

/// Every object of `text`, or why one isn't there, in order. What stops the reading comes last.
pub fn visit(text: &str, reading: &Reading) -> Vec<Result<Info, Error>> {
    let mut found = Vec::new();
    let mut stream = Stream::of(text);
    let mut document = 0;
    while let Some(read) = stream.next_document(text) {
        match read {
            Err(problem) => {
                let sentence = format!("error parsing {}: {}", reading.source, problem.message);
                found.push(Err(Error::Plain(sentence)));
            }
            Ok(read) => {
                if reading.validates
                    && let Err(sentence) = validation::validate(&read.root.value)
                {
                    let sentence = format!(
                        "error validating {}: error validating data: {sentence}; if you choose to \
                         ignore these errors, turn validation off with --validate=false",
                        quoted(&reading.source)
                    );
                    found.push(Err(Error::Plain(sentence)));
                    return found;
                }
                found.extend(infos(&read.root, document, reading));
                document += 1;
            }
        }
    }
    found
}

/// The object that a document is, or the items of the list that it is.
fn infos(root: &Rc<Node>, document: u32, reading: &Reading) -> Vec<Result<Info, Error>> {
    let source = quoted(&reading.source);
    let unable = |sentence: &str| Error::Plain(format!("unable to decode {source}: {sentence}"));
    if let Err(sentence) = has_kind(&root.value) {
        return vec![Err(unable(&sentence))];
    }
    if let Some(fault) = decode::metadata_fault(root) {
        return vec![Err(unable(&fault.message))];
    }
    let items = root.entry("items").map(|entry| &entry.value.inside);
    let listed = match items {
        Some(Inside::List(items)) => items,
        _ => {
            let place = (document, &reading.source);
            let info = info(&root.value, place, |sentence, name, namespace| {
                format!(
                    "resource mapping not found for name: {} namespace: {} from {source}: \
                     {sentence}\nensure CRDs are installed first",
                    quoted(name),
                    quoted(namespace)
                )
            });
            return vec![info.and_then(|info| in_namespace(info, reading))];
        }
    };
    let text = |field: &str| root.value.text_at(&[field]);
    if list_of(text("apiVersion"), text("kind")).is_none() {
        return vec![Err(Error::Plain(no_match(
            text("apiVersion"),
            text("kind"),
        )))];
    }
    let item_kind = text("kind").strip_suffix("List").unwrap_or_default();
    let with_head = |item: &Rc<Node>| {
        let mut value = item.value.clone();
        if !item_kind.is_empty() && value.text_at(&["kind"]).is_empty() {
            value.set(&["kind"], item_kind);
            value.set(&["apiVersion"], text("apiVersion"));
        }
        let info = info(&value, (document, &reading.source), |sentence, _, _| {
            format!("unable to recognize {sentence}")
        })?;
        in_namespace(info, reading)
    };
    listed.iter().map(with_head).collect()
}

/// Models what `UnstructuredJSONScheme` asks of an object.
fn has_kind(value: &Value) -> Result<(), String> {
    if value.text_at(&["kind"]).is_empty() {
        let json = value.to_json();
        return Err(format!("Object 'Kind' is missing in '{json}'"));
    }
    Ok(())
}

fn info(
    value: &Value,
    (document, source): (u32, &Rc<str>),
    not_found: impl Fn(&str, &str, &str) -> String,
) -> Result<Info, Error> {
    let text = |path: &[&str]| value.text_at(path).to_string();
    let (name, namespace) = (
        text(&["metadata", "name"]),
        text(&["metadata", "namespace"]),
    );
    let (api_version, kind) = (text(&["apiVersion"]), text(&["kind"]));
    let Some(mapped) = mapping(&api_version, &kind) else {
        let sentence = no_match(&api_version, &kind);
        return Err(Error::Plain(not_found(&sentence, &name, &namespace)));
    };
    Ok(Info {
        document,
        value: value.clone(),
        kind: mapped,
        namespace,
        name,
        source: source.clone(),
    })
}

fn no_match(api_version: &str, kind: &str) -> String {
    format!(
        "no matches for kind {} in version {}",
        quoted(kind),
        quoted(api_version)
    )
}

/// The served kind of this name; the mapper knows each in lower case as well.
fn mapping(api_version: &str, kind: &str) -> Option<Kind> {
    schema::kind(api_version, kind).or_else(|| {
        let of_version = schema::kinds().filter(|known| known.api_version() == api_version);
        let mut of_version = of_version;
        of_version.find(|known| known.kind().to_lowercase() == kind)
    })
}

/// The kind of a typed list's items, or any kind of the version for a plain `List`.
fn list_of(api_version: &str, kind: &str) -> Option<Kind> {
    match kind {
        "List" => schema::kinds().find(|known| known.api_version() == api_version),
        _ => mapping(api_version, kind)
            .or_else(|| schema::kind(api_version, kind.strip_suffix("List")?)),
    }
}

/// Fills in the namespace of an object that names none. Models `SetNamespace`, `RequireNamespace`.
fn in_namespace(mut info: Info, reading: &Reading) -> Result<Info, Error> {
    if !info.kind.is_namespaced() {
        return Ok(info);
    }
    let asked = &reading.namespace;
    if info.namespace.is_empty() {
        info.namespace = asked.clone();
        info.value.set(&["metadata", "namespace"], asked.as_str());
    } else if reading.enforces_namespace && info.namespace != *asked {
        let own = &info.namespace;
        return Err(Error::Plain(format!(
            "the namespace from the provided object {} does not match the namespace {}. You must \
             pass '--namespace={own}' to perform this operation.",
            quoted(own),
            quoted(asked)
        )));
    }
    Ok(info)
}
