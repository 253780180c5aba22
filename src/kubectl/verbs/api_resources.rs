//! `kubectl api-resources` and `kubectl api-versions`. Models `k8s.io/kubectl/pkg/cmd/apiresources`.
//! Left out: `-o yaml` and `-o json`.

use crate::api::schema::{self, Kind};
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::Error;
use crate::kubectl::flags::{Flag, Given};
use crate::kubectl::process::Process;
use crate::kubectl::resources;
use crate::kubectl::tab_writer::{TABLE, align};
use crate::manifest::stream::quoted;
use crate::order;

/// `kubectl api-resources`
pub const RESOURCES: Command = Command::new(
    "api-resources",
    "Print the supported API resources on the server",
    run_resources,
)
.flags(&[&[
    Flag::text("api-group"),
    Flag::truth("cached"),
    Flag::slice("categories"),
    Flag::truth("namespaced").default("true"),
    Flag::truth("no-headers"),
    Flag::text("output").short("o"),
    Flag::text("sort-by"),
    Flag::slice("verbs"),
]]);

/// `kubectl api-versions`
pub const VERSIONS: Command = Command::new(
    "api-versions",
    "Print the supported API versions on the server, in the form of \"group/version\"",
    run_versions,
);

fn takes_none(given: &Given) -> Result<(), Error> {
    if given.words.is_empty() {
        return Ok(());
    }
    let words = given.words.join(" ");
    let command = &given.command;
    Err(Error::usage(
        command,
        &format!("unexpected arguments: [{words}]"),
    ))
}

fn run_resources(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    takes_none(given)?;
    let output = given.text("output");
    if !matches!(output, "" | "wide" | "name") {
        let output = quoted(output);
        return Err(Error::Plain(match given.text("output") {
            "yaml" | "json" => {
                format!("-o {output} of kubectl api-resources is not simulated here")
            }
            _ => format!(
                "unable to match a printer suitable for the output format {output}, allowed formats \
                 are: json,kyaml,name,wide,yaml"
            ),
        }));
    }
    let sort_by = given.text("sort-by");
    if !matches!(sort_by, "" | "name" | "kind") {
        let sentence = "--sort-by accepts only name or kind";
        return Err(Error::Plain(sentence.into()));
    }
    let mut kinds = resources::resources();
    let mut preferred: Vec<Kind> = Vec::new();
    kinds.retain(|kind| {
        let same = |known: &Kind| (known.group(), known.kind()) == (kind.group(), kind.kind());
        let is_new = !preferred.iter().any(same);
        preferred.push(*kind);
        is_new && is_meant(*kind, given)
    });
    order::sort_by_key(&mut kinds, |kind| {
        let first = match sort_by {
            "name" => kind.plural(),
            "kind" => kind.kind().into(),
            _ => kind.group().into(),
        };
        (first, kind.plural())
    });
    if output == "name" {
        for kind in kinds {
            cx.line(&resources::resource_and_group(kind));
        }
        return Ok(Process::Ended(0));
    }
    let is_wide = output == "wide";
    let mut text = String::new();
    if !given.is("no-headers") {
        text += "NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND";
        text += if is_wide {
            "\tVERBS\tCATEGORIES\n"
        } else {
            "\n"
        };
    }
    text.extend(kinds.into_iter().map(|kind| row(kind, is_wide)));
    cx.print(&align(&text, TABLE));
    Ok(Process::Ended(0))
}

fn is_meant(kind: Kind, given: &Given) -> bool {
    let verbs = resources::verbs(kind);
    let category = resources::category(kind);
    let has_verbs = given.list("verbs").iter().all(|verb| verbs.contains(verb));
    let categories = given.list("categories");
    let has_categories = categories.iter().all(|name| category == Some(name));
    (!given.has("api-group") || given.text("api-group") == kind.group())
        && (!given.has("namespaced") || given.is("namespaced") == kind.is_namespaced())
        && has_verbs
        && has_categories
}

fn row(kind: Kind, is_wide: bool) -> String {
    let short: Vec<&str> = resources::short_names(kind).collect();
    let mut cells = vec![
        kind.plural(),
        short.join(","),
        kind.api_version().to_string(),
        kind.is_namespaced().to_string(),
        kind.kind().to_string(),
    ];
    if is_wide {
        cells.push(resources::verbs(kind).join(","));
        cells.push(resources::category(kind).unwrap_or_default().into());
    }
    cells.join("\t") + "\n"
}

fn run_versions(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    takes_none(given)?;
    let mut versions: Vec<&str> = schema::kinds().map(Kind::api_version).collect();
    order::sort(&mut versions);
    versions.dedup();
    for version in versions {
        cx.line(version);
    }
    Ok(Process::Ended(0))
}
