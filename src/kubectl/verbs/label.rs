//! `kubectl label` and `kubectl annotate`. Models `k8s.io/kubectl/pkg/cmd/{label,annotate}`.
//! Left out: `--resource-version` as a precondition of the write itself.

use crate::api::Value;
use crate::api::validation::names;
use crate::kubectl::asked::Asked;
use crate::kubectl::builder::Info;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given, shared};
use crate::kubectl::options::DryRun;
use crate::kubectl::process::Process;
use crate::kubectl::session::Session;
use crate::manifest::stream::quoted;
use std::rc::Rc;

/// `kubectl label`
pub const LABEL: Command =
    Command::new("label", "Update the labels on a resource", label).flags(FLAGS);

/// `kubectl annotate`
pub const ANNOTATE: Command =
    Command::new("annotate", "Update the annotations on a resource", annotate).flags(FLAGS);

const FLAGS: &[&[Flag]] = &[
    shared::FILENAME,
    shared::PRINT,
    shared::DRY_RUN,
    shared::SELECTOR,
    shared::ALL,
    shared::ALL_NAMESPACES,
    shared::LOCAL,
    shared::FIELD_MANAGER,
    &[
        Flag::text("field-selector"),
        Flag::truth("list"),
        Flag::truth("overwrite"),
        Flag::text("resource-version"),
    ],
];

/// `NAME=VALUE`, and names that go.
type Pairs = (Vec<(String, String)>, Vec<String>);

/// Splits resources from changes. Models `GetResourcesAndPairs`.
///
/// # Errors
/// kubectl's sentence.
pub fn resources_and_pairs(
    words: &[String],
    what: &str,
) -> Result<(Vec<String>, Vec<String>), Error> {
    let is_pair = |word: &&String| {
        word.contains('=') && !word.starts_with('=') || word.ends_with('-') && *word != "-"
    };
    let first = words.iter().position(|word| is_pair(&word));
    let (resources, pairs) = words.split_at(first.unwrap_or(words.len()));
    if let Some(late) = pairs.iter().find(|word| !is_pair(word)) {
        return plain(format!(
            "all resources must be specified before {what} changes: {late}"
        ));
    }
    Ok((resources.to_vec(), pairs.to_vec()))
}

fn label(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let (resources, pairs) = resources_and_pairs(&given.words, "label")?;
    let pairs = label_pairs(&pairs)?;
    run(cx, given, resources, &pairs, "labels")
}

/// Models `parseLabels`.
fn label_pairs(words: &[String]) -> Result<Pairs, Error> {
    let (mut new, mut gone): Pairs = Default::default();
    for word in words {
        if let Some((name, value)) = word.split_once('=') {
            if value.contains('=') {
                return plain(format!("invalid label spec: {word}"));
            }
            let wrong = names::label_value(value);
            if !wrong.is_empty() {
                let (word, why) = (quoted(word), wrong.join(";"));
                return plain(format!("invalid label value: {word}: {why}"));
            }
            new.retain(|(known, _)| known != name);
            new.push((name.to_string(), value.to_string()));
        } else if let Some(name) = word.strip_suffix('-') {
            gone.push(name.to_string());
        } else {
            return plain(format!("unknown label spec: {word}"));
        }
    }
    if gone
        .iter()
        .any(|gone| new.iter().any(|(name, _)| name == gone))
    {
        return plain("can not both modify and remove a label in the same command");
    }
    Ok((new, gone))
}

fn annotate(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let (resources, words) = resources_and_pairs(&given.words, "annotation")?;
    let (mut new, mut gone): Pairs = Default::default();
    for word in &words {
        match word.split_once('=').filter(|(name, _)| !name.is_empty()) {
            Some((name, value)) => {
                new.retain(|(known, _)| known != name);
                new.push((name.to_string(), value.to_string()));
            }
            None => gone.push(word.trim_end_matches('-').to_string()),
        }
    }
    run(cx, given, resources, &(new, gone), "annotations")
}

/// What both do: `part` is `labels` or `annotations`.
fn run(
    cx: &mut Cx<'_>,
    given: &Given,
    resources: Vec<String>,
    pairs: &Pairs,
    part: &'static str,
) -> Result<Process, Error> {
    let (is_label, lists, local) = (part == "labels", given.is("list"), given.is("local"));
    if lists && !given.text("output").is_empty() {
        return plain("--list and --output may not be specified together");
    }
    let mut session = Session::of(cx, given)?;
    for selector in ["selector", "field-selector"] {
        if given.is("all") && !given.text(selector).is_empty() {
            return plain(format!(
                "cannot set --all and --{selector} at the same time"
            ));
        }
    }
    let mut asked = Asked::of(session.cx, given);
    asked.words = resources;
    asked.latest = true;
    if local {
        check_local(&asked, session.dry_run, is_label)?;
    } else if asked.words.is_empty() && asked.has_no_files() {
        return plain(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        );
    }
    if pairs.0.is_empty() && pairs.1.is_empty() && !lists {
        let what = part.trim_end_matches('s');
        return plain(format!("at least one {what} update is required"));
    }
    if !is_label {
        let both = |gone: &&String| pairs.0.iter().any(|(name, _)| name == *gone);
        let both: Vec<&str> = pairs.1.iter().filter(both).map(String::as_str).collect();
        if !both.is_empty() {
            return plain(format!(
                "can not both modify and remove the following annotation(s) in the same command: {}",
                both.join(", ")
            ));
        }
    }
    let found = asked.find(session.cx)?;
    if !found.is_single && !given.text("resource-version").is_empty() {
        return plain("--resource-version may only be used with a single resource");
    }
    let how = How {
        pairs,
        part,
        lists: lists.then_some(found.is_single),
        only_says: local || lists,
        overwrites: given.is("overwrite"),
    };
    let mut errors = Vec::new();
    for item in found.items {
        errors.extend(item.and_then(|info| one(&mut session, &info, &how)).err());
    }
    Error::gathered(errors)?;
    Ok(Process::Ended(0))
}

fn check_local(asked: &Asked, dry_run: DryRun, is_label: bool) -> Result<(), Error> {
    let file = if is_label { "pod" } else { "rsrc" };
    if dry_run == DryRun::Server {
        return plain(
            "cannot specify --local and --dry-run=server - did you mean --dry-run=client?",
        );
    } else if !asked.words.is_empty() {
        return plain(format!(
            "can only use local files by -f {file}.yaml or --filename={file}.json when \
             --local=true is set"
        ));
    } else if asked.has_no_files() {
        return plain(format!(
            "one or more files must be specified as -f {file}.yaml or --filename={file}.json"
        ));
    }
    Ok(())
}

struct How<'p> {
    pairs: &'p Pairs,
    part: &'static str,
    /// Are they listed, and of one object alone?
    lists: Option<bool>,
    /// Is nothing written?
    only_says: bool,
    overwrites: bool,
}

fn one(session: &mut Session<'_, '_>, info: &Info, how: &How<'_>) -> Result<(), Error> {
    let is_label = how.part == "labels";
    let path = ["metadata", how.part];
    let (new, gone) = how.pairs;
    let there = |name: &str| info.value.at(&path).and_then(|all| all.get(name)).cloned();
    let writes = !how.only_says && session.dry_run != DryRun::Client;
    if is_label && writes {
        for name in gone.iter().filter(|name| there(name).is_none()) {
            session
                .cx
                .line(&format!("label {} not found.", quoted(name)));
        }
    }
    if !how.overwrites {
        let mut taken = Vec::new();
        for (name, value) in new {
            let now = there(name);
            let now = now.as_ref().and_then(Value::as_str);
            let is_free = !is_label && name == "kubernetes.io/change-cause";
            if let Some(now) = now.filter(|now| now != value && !is_free) {
                let rest = if is_label {
                    ", and --overwrite is false"
                } else {
                    ""
                };
                taken.push(format!("'{name}' already has a value ({now}){rest}"));
            }
        }
        match (is_label, &taken[..]) {
            (_, []) => {}
            (true, [one]) => return plain(one.clone()),
            (true, several) => return plain(format!("[{}]", several.join(", "))),
            (false, several) => {
                return plain(format!(
                    "--overwrite is false but found the following declared annotation(s): {}",
                    several.join("; ")
                ));
            }
        }
    }
    let mut value = info.value.clone();
    let (mut added, mut removed) = (false, false);
    for (name, text) in new {
        added |= there(name).is_none_or(|now| now.as_str() != Some(text));
        let all = value.at_mut(&path).fields_mut();
        all.insert(Rc::from(name.as_str()), text.as_str().into());
    }
    for name in gone {
        removed |= value.remove(&[path[0], path[1], name]).is_some();
    }
    if value.at(&path).is_some_and(Value::is_empty) {
        value.remove(&path);
    }
    if writes && (!is_label || added || removed) {
        value = session.write(info, &value)?;
    }
    if let Some(is_single) = how.lists {
        list(session, info, &value, how.part, is_single);
        return Ok(());
    }
    let done = match (is_label, added, removed) {
        (false, ..) => "annotated",
        (true, true, true) => "modified",
        (true, true, false) => "labeled",
        (true, false, true) => "unlabeled",
        (true, false, false) => "not labeled",
    };
    session.print(&value, done);
    Ok(())
}

fn list(session: &mut Session<'_, '_>, info: &Info, value: &Value, part: &str, is_single: bool) {
    let mut indent = "";
    if !is_single {
        indent = " ";
        let (kind, group) = (info.kind.kind(), info.kind.group());
        let line = format!("Listing {part} for {kind}.{group}/{}:", info.name);
        session.cx.line(&line);
    }
    let all = value.at(&["metadata", part]).and_then(Value::as_map);
    for (name, value) in all.into_iter().flat_map(|all| all.iter()) {
        let value = value.as_str().unwrap_or_default();
        session.cx.line(&format!("{indent}{name}={value}"));
    }
}
