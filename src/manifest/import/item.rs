//! One item into objects: decoded as a manifest is, but kept as written where v1.36 knows a field not.
//! Ours.

use std::ops::Range;
use std::rc::Rc;

use super::super::text::Lines;
use super::super::tree::Node;
use super::super::{Problem, decode, json, yaml};
use super::ImportProblem;
use super::cut::Piece;
use crate::api::Value;
use crate::api::schema;

/// What an item held.
#[derive(Default)]
pub(super) struct Found {
    /// Without their managedFields.
    pub objects: Vec<Value>,
    /// How many had any.
    pub managed_fields: usize,
    /// Fields that aren't known.
    pub unknown_fields: usize,
    /// Objects of kinds that aren't known.
    pub unknown_kinds: usize,
}

/// Reads a piece. In YAML an item stands behind its dash.
pub(super) fn read(piece: &Piece, is_item: bool) -> Result<Found, ImportProblem> {
    let text = text_of(piece)?;
    let mut found = Found::default();
    let cut = match piece.is_json {
        true => None,
        false => without_managed_fields(text, if is_item { dash_width(text) } else { 0 }),
    };
    found.managed_fields += usize::from(cut.is_some());
    let text = cut.as_deref().unwrap_or(text);
    let Some(root) = parse(piece, text)? else {
        return Ok(found);
    };
    let root = match (&root.inside, is_item && !piece.is_json) {
        (super::super::tree::Inside::List(items), true) if items.len() == 1 => items[0].clone(),
        _ => root,
    };
    take(piece, text, &root, &mut found)?;
    Ok(found)
}

/// A list without its items: is it one, and were they a list?
pub(super) fn check_head(piece: &Piece) -> Result<(), ImportProblem> {
    let text = text_of(piece)?;
    let root = parse(piece, text)?;
    let kind = root
        .as_ref()
        .map_or("", |root| root.value.text_at(&["kind"]));
    if kind.ends_with("List") {
        let left = root.as_ref().and_then(|root| root.value.get("items"));
        return match left.is_none_or(Value::is_empty) {
            true => Ok(()),
            false => Err(ImportProblem::at(
                piece,
                0,
                "items are no list of objects".into(),
                MEND,
            )),
        };
    }
    let message = format!("items stand beside the kind \"{kind}\", which is no list");
    let help = "Export it with kubectl, whose lists say kind: List; is the file whole?";
    Err(ImportProblem::at(piece, 0, message, help))
}

fn text_of(piece: &Piece) -> Result<&str, ImportProblem> {
    std::str::from_utf8(&piece.text).map_err(|why| {
        let before = &piece.text[..why.valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count();
        ImportProblem::at(piece, line, "it isn't UTF-8".into(), "Save it as UTF-8.")
    })
}

fn parse(piece: &Piece, text: &str) -> Result<Option<Rc<Node>>, ImportProblem> {
    let problem = if piece.is_json {
        match json::parse(text, 0) {
            Ok(parsed) => return Ok(Some(parsed.root)),
            Err(json::Fault::End) => return Ok(None),
            Err(json::Fault::TooMuch(problem)) => problem,
            Err(json::Fault::UnexpectedEnd) => bare("unexpected EOF".into(), text.len()),
            Err(json::Fault::Syntax(sentence, at)) => bare(sentence, at),
        }
    } else {
        match yaml::parse(text, 0..text.len()) {
            Ok(parsed) => return Ok(parsed.root),
            Err(problem) => problem,
        }
    };
    let help = problem.help.as_deref().unwrap_or(MEND);
    Err(at(
        piece,
        text,
        &problem.span,
        without_line(&problem.message),
        help,
    ))
}

const MEND: &str = "Export it again, and import the file as kubectl wrote it.";

fn bare(message: String, at: usize) -> Problem {
    Problem {
        message,
        span: at..at,
        help: None,
    }
}

/// The decoder counts lines from where an item begins: the line of the whole text stands before.
fn without_line(message: &str) -> String {
    let rest = message.strip_prefix("yaml: line ");
    let rest = rest.and_then(|rest| rest.split_once(": "));
    match rest.filter(|(line, _)| line.bytes().all(|byte| byte.is_ascii_digit())) {
        Some((_, rest)) => format!("yaml: {rest}"),
        None => message.to_string(),
    }
}

fn at(
    piece: &Piece,
    text: &str,
    span: &Range<usize>,
    message: String,
    help: &str,
) -> ImportProblem {
    let (line, _) = Lines::of(text).position(span.start);
    ImportProblem::at(piece, line - 1, message, help)
}

fn take(
    piece: &Piece,
    text: &str,
    root: &Rc<Node>,
    found: &mut Found,
) -> Result<(), ImportProblem> {
    let wrong = |message: String| at(piece, text, &root.span, message, MEND);
    let [api_version, kind, name] = [&["apiVersion"][..], &["kind"], &["metadata", "name"]]
        .map(|path| root.value.text_at(path));
    if root.value == Value::Null {
        return Ok(());
    }
    if api_version.is_empty() || kind.is_empty() {
        return Err(wrong("apiVersion or kind is missing".into()));
    }
    if kind.ends_with("List")
        && let Some(super::super::tree::Inside::List(items)) =
            root.entry("items").map(|items| &items.value.inside)
    {
        for item in items {
            take(piece, text, item, found)?;
        }
        return Ok(());
    }
    if name.is_empty() {
        return Err(wrong(format!("metadata.name of a {kind} is missing")));
    }
    let known = schema::kind(api_version, kind);
    let fault = match known {
        Some(known) => {
            let decoded = decode::decode(root, known.of(), None);
            found.unknown_fields += decoded.strict.len();
            decoded.error().cloned()
        }
        None => {
            found.unknown_kinds += 1;
            decode::metadata_fault(root)
        }
    };
    if let Some(fault) = fault {
        let help = fault.help.as_deref().unwrap_or(MEND);
        let message = format!("{kind} {name}: {}", fault.message);
        return Err(at(piece, text, &fault.span, message, help));
    }
    let mut object = root.value.clone();
    if object.remove(&["metadata", "managedFields"]).is_some() {
        found.managed_fields += 1;
    }
    let namespaced = known.is_some_and(|known| known.is_namespaced());
    if namespaced && object.text_at(&["metadata", "namespace"]).is_empty() {
        object.set(&["metadata", "namespace"], "default");
    }
    found.objects.push(object);
    Ok(())
}

/// How far right the keys of an item stand from the beginning of its line.
fn dash_width(text: &str) -> usize {
    let line = text.lines().find(|line| !line.trim().is_empty());
    let line = line.unwrap_or_default();
    let before = line.trim_start_matches([' ', '-']);
    line.len() - before.len()
}

/// The text with blank lines in place of `metadata.managedFields`, which is often half of it and isn't
/// worth decoding; `None` where there is none, or where it isn't laid out as kubectl does. `column` is
/// where the object's own keys stand.
fn without_managed_fields(text: &str, column: usize) -> Option<String> {
    const NAME: &str = "managedFields:";
    if !text.contains(NAME) {
        return None;
    }
    let mut kept = String::with_capacity(text.len());
    let (mut in_metadata, mut in_fields, mut has_any) = (false, false, false);
    for line in text.split_inclusive('\n') {
        let said = line.trim_end();
        let indent = said.len() - said.trim_start_matches([' ', '-']).len();
        let rest = &said[indent..];
        // A dash of a list in the column of its key belongs to the key.
        let begins = said.len() - said.trim_start_matches(' ').len();
        let is_dash = said[begins..].starts_with('-');
        if in_fields && (begins > column + 2 || begins == column + 2 && is_dash || said.is_empty())
        {
            kept.push('\n');
            continue;
        }
        in_fields = false;
        if indent == column && !rest.is_empty() {
            in_metadata = rest == "metadata:";
        } else if in_metadata && begins == column + 2 && rest == NAME {
            (in_fields, has_any) = (true, true);
            kept.push('\n');
            continue;
        }
        kept.push_str(line);
    }
    has_any.then_some(kept)
}
