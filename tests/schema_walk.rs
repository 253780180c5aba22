//! Every path of the Pod, Node and Namespace schemas is obeyed or marked "not simulated": never
//! neither, never both. Each is written into a manifest of its own and decoded.

use podarium::api::Value;
use podarium::api::schema::{self, Shape, TypeId};
use podarium::manifest::decode;
use podarium::manifest::simulated::Simulated;
use podarium::manifest::stream::Stream;

/// Schemas of a Pod are not recursive; this only bounds a mistake.
const DEEPEST: usize = 16;

/// A value that the type takes.
fn neutral(of: TypeId) -> Value {
    let item = || of.item().map(neutral).unwrap_or_default();
    match of.shape() {
        Shape::Any | Shape::Struct => Value::map(),
        Shape::String => "x".into(),
        Shape::Bytes => "eA==".into(),
        Shape::Time | Shape::MicroTime => "2026-01-01T00:00:00Z".into(),
        Shape::Quantity => "1".into(),
        Shape::IntOrString | Shape::Int32 | Shape::Int64 | Shape::Number => 1.into(),
        Shape::Bool => true.into(),
        Shape::List => [item()].into_iter().collect(),
        Shape::Map => [("key".into(), item())].into_iter().collect(),
    }
}

/// A field on the way from the root, and whether it is a list's item that goes on.
type Way = Vec<(&'static str, bool)>;

/// Every path below `of`, with the type at its end.
fn paths(of: TypeId, way: &mut Way, found: &mut Vec<(Way, TypeId)>) {
    assert!(way.len() < DEEPEST, "{way:?} is deeper than any schema");
    for field in of.fields() {
        let inner = field.of();
        let item = inner.item().filter(|_| inner.shape() == Shape::List);
        way.push((field.name(), item.is_some()));
        found.push((way.clone(), inner));
        paths(item.unwrap_or(inner), way, found);
        way.pop();
    }
}

/// The object that has `leaf` at the end of the way, and nothing beside it.
fn object(way: &Way, leaf: Value) -> Value {
    let (last, before) = way.split_last().expect("no path is empty");
    let wrap = |inner: Value, name: &str| [(name.into(), inner)].into_iter().collect::<Value>();
    before
        .iter()
        .rev()
        .fold(wrap(leaf, last.0), |inner, (name, is_list)| {
            let inner = if *is_list {
                [inner].into_iter().collect()
            } else {
                inner
            };
            wrap(inner, name)
        })
}

fn written(way: &Way, item: &str) -> String {
    let mut text = String::new();
    for (number, (name, is_list)) in way.iter().enumerate() {
        let dot = if number == 0 { "" } else { "." };
        let index = if *is_list && number + 1 < way.len() {
            item
        } else {
            ""
        };
        text.push_str(&format!("{dot}{name}{index}"));
    }
    text
}

fn check(kind: &str) -> usize {
    let known = schema::kind("v1", kind).expect("it is served");
    let simulated = Simulated::of("v1", kind).expect("it is simulated");
    let mut found = Vec::new();
    paths(known.of(), &mut Vec::new(), &mut found);
    for (way, of) in &found {
        let mut manifest = object(way, neutral(*of));
        let (pattern, path) = (written(way, "[]"), written(way, "[0]"));
        if path != "apiVersion" && path != "kind" {
            manifest.set(&["apiVersion"], "v1");
            manifest.set(&["kind"], kind);
        }
        let text = manifest.to_json().to_string();
        let document = Stream::of(&text).next_document(&text).expect("a document");
        let root = document.expect("it is JSON").root;
        let decoded = decode::decode(&root, known.of(), Some(&simulated));
        assert_eq!(
            (decoded.fatal, decoded.strict),
            (Vec::new(), Vec::new()),
            "{kind} {path}"
        );
        let notes: Vec<&str> = decoded
            .notes
            .iter()
            .map(|(noted, _)| noted.as_str())
            .collect();
        let of_this = |noted: &&str| {
            path == **noted
                || path.starts_with(&format!("{noted}."))
                || path.starts_with(&format!("{noted}["))
        };
        assert!(notes.iter().all(of_this), "{kind} {path}: {notes:?}");
        match simulated.obeys(&pattern) {
            true => assert!(
                notes.is_empty(),
                "{kind} {path} is obeyed and marked: {notes:?}"
            ),
            false => assert_eq!(notes.len(), 1, "{kind} {path} is neither obeyed nor marked"),
        }
    }
    for obeyed in simulated.paths() {
        let obeyed = obeyed.trim_end_matches('*');
        let there = found
            .iter()
            .any(|(way, _)| written(way, "[]") == obeyed.trim_end_matches("[]"));
        assert!(
            there,
            "{kind} has no {obeyed}, which something claims to obey"
        );
    }
    found.len()
}

#[test]
fn every_path_is_obeyed_or_marked_and_never_neither() {
    let walked = check("Pod") + check("Node") + check("Namespace");
    assert!(walked > 900, "only {walked} paths were walked");
}
