//! `kubectl describe`. Models `k8s.io/kubectl/pkg/cmd/describe/describe.go`.

use super::get::{SUGGEST_API_RESOURCES, deprecation};
use crate::kubectl::asked::Asked;
use crate::kubectl::builder::Info;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::describe::{Cluster, describe};
use crate::kubectl::error::Error;
use crate::kubectl::flags::{Flag, Given, shared};
use crate::kubectl::process::Process;

/// `kubectl describe`
pub const COMMAND: Command = Command::new(
    "describe",
    "Show details of a specific resource or group of resources",
    run,
)
.flags(&[
    shared::FILENAME,
    shared::SELECTOR,
    shared::ALL_NAMESPACES,
    &[
        Flag::int("chunk-size", "500"),
        Flag::truth("show-events").default("true"),
    ],
]);

fn run(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let mut asked = Asked::of(cx, given);
    asked.allows_empty_selector = true;
    if asked.words.is_empty() && asked.has_no_files() {
        let sentence = "You must specify the type of resource to describe. ";
        return Err(Error::Plain(
            [sentence, SUGGEST_API_RESOURCES, "\n"].concat(),
        ));
    }
    let found = asked.find(cx)?;
    let kinds = found.kinds.clone();
    let (infos, mut errors) = found.parted();
    let warnings = kinds.into_iter().filter_map(deprecation);
    let warnings: Vec<String> = warnings.map(String::from).collect();
    cx.warn_once(&warnings);
    let are_many = !errors.is_empty() || infos.len() > 1;
    let shows_events = given.is("show-events") && (given.has("show-events") || !are_many);
    if let [error] = &errors[..]
        && error.is_not_found()
        && infos.is_empty()
        && let [of, prefix] = &asked.words[..]
    {
        if matching(cx, &asked, of, prefix, shows_events)? {
            return Ok(Process::Ended(0));
        }
        return Err(errors.remove(0));
    }
    for (number, info) in infos.iter().enumerate() {
        if number > 0 {
            cx.print("\n\n");
        }
        one(cx, info, shows_events);
    }
    if infos.is_empty() && errors.is_empty() {
        if asked.all_namespaces {
            cx.error_line("No resources found");
        } else {
            let namespace = &asked.namespace;
            cx.error_line(&format!("No resources found in {namespace} namespace."));
        }
    }
    Error::gathered(errors).map(|()| Process::Ended(0))
}

/// Describes all whose names begin so; tells whether there are any.
fn matching(
    cx: &mut Cx<'_>,
    asked: &Asked,
    of: &str,
    prefix: &str,
    shows_events: bool,
) -> Result<bool, Error> {
    let all = Asked {
        words: vec![of.into()],
        ..asked.clone()
    };
    let mut is_found = false;
    for info in all.find(cx)?.items {
        let info = info?;
        if info.name.starts_with(prefix) {
            is_found = true;
            one(cx, &info, shows_events);
            cx.print("\n");
        }
    }
    Ok(is_found)
}

fn one(cx: &mut Cx<'_>, info: &Info, shows_events: bool) {
    let now = cx.now();
    let cluster = Cluster {
        store: &cx.world().store,
        now,
    };
    let text = describe(cluster, info.kind, &info.value, shows_events);
    cx.print(&text);
}
