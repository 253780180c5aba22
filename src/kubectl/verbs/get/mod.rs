//! `kubectl get`. Models `k8s.io/kubectl/pkg/cmd/get/get.go`. Left out: chunks, subresources,
//! `--server-print=false`.

/// `--raw`
mod raw;

/// `-w`
pub mod watch;

use crate::api::Value;
use crate::api::schema::Kind;
use crate::cluster::SimTime;
use crate::kubectl::asked::{Asked, Found};
use crate::kubectl::builder::Info;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given, shared};
use crate::kubectl::output::{self, Format, sorter};
use crate::kubectl::printers::table::{self, Options};
use crate::kubectl::process::Process;
use crate::kubectl::tab_writer::{TABLE, align_on};

/// `kubectl get`
pub const COMMAND: Command = Command::new("get", "Display one or many resources", run).flags(FLAGS);

const FLAGS: &[&[Flag]] = &[
    shared::PRINT,
    shared::FILENAME,
    shared::SELECTOR,
    shared::ALL_NAMESPACES,
    &[
        Flag::int("chunk-size", "500"),
        Flag::text("field-selector"),
        Flag::truth("ignore-not-found"),
        Flag::slice("label-columns").short("L"),
        Flag::truth("no-headers"),
        Flag::truth("output-watch-events"),
        Flag::text("raw"),
        Flag::truth("server-print").default("true"),
        Flag::truth("show-kind"),
        Flag::truth("show-labels"),
        Flag::text("sort-by"),
        Flag::text("subresource").not_here(),
        Flag::truth("watch").short("w"),
        Flag::truth("watch-only"),
    ],
];

/// How kubectl says where the names of resources are listed.
pub const SUGGEST_API_RESOURCES: &str =
    "Use \"kubectl api-resources\" for a complete list of supported resources.";

/// A command `get`, read.
pub struct Get {
    /// What is asked for.
    asked: Asked,
    /// In which form.
    format: Format,
    /// How tables look.
    options: Options,
    sort_by: String,
    ignores_not_found: bool,
}

fn run(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    if !given.text("raw").is_empty() {
        return raw::run(cx, given);
    }
    let watches = given.is("watch") || given.is("watch-only");
    if !watches
        && given.words.is_empty()
        && given.list("filename").is_empty()
        && given.text("kustomize").is_empty()
    {
        let sentence = "You must specify the type of resource to get. ";
        cx.error_line(&[sentence, SUGGEST_API_RESOURCES, "\n"].concat());
        return Err(Error::usage(
            "kubectl get",
            "Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed \
             description of that resource (e.g. kubectl explain pods).",
        ));
    }
    check(given)?;
    if watches {
        return watch::begin(cx, given);
    }
    let get = Get::of(cx, given)?;
    let found = get.asked.find(cx)?;
    let result = match get.format {
        Format::Table { .. } => get.tables(cx, found),
        _ => get.generic(cx, found),
    };
    result.map(|()| Process::Ended(0))
}

/// Models `Validate`.
fn check(given: &Given) -> Result<(), Error> {
    let output = given.text("output");
    if given.is("show-labels") && !matches!(output, "" | "wide") {
        return Err(Error::Plain(format!(
            "--show-labels option cannot be used with {output} printer"
        )));
    }
    if given.is("output-watch-events") && !given.is("watch") && !given.is("watch-only") {
        return plain("--output-watch-events option can only be used with --watch or --watch-only");
    }
    Ok(())
}

impl Get {
    fn of(cx: &Cx<'_>, given: &Given) -> Result<Self, Error> {
        let mut asked = Asked::of(cx, given);
        asked.allows_empty_selector = true;
        asked.latest = true;
        let mut format = output::Asked {
            output: given.text("output"),
            template: given.text("template"),
            has_tables: true,
            allows_missing_keys: given.is("allow-missing-template-keys"),
            file: &|name| cx.file(name),
        }
        .format()?;
        let no_headers = given.is("no-headers");
        if let Format::CustomColumns(columns) = &mut format {
            columns.no_headers = no_headers;
        }
        let options = Options {
            is_wide: matches!(format, Format::Table { is_wide: true }),
            no_headers,
            with_namespace: false,
            with_kind: given.is("show-kind"),
            shows_labels: given.is("show-labels"),
            label_columns: given
                .list("label-columns")
                .into_iter()
                .map(String::from)
                .collect(),
            event: given.is("output-watch-events").then_some(""),
        };
        Ok(Get {
            asked,
            format,
            options,
            sort_by: given.text("sort-by").into(),
            ignores_not_found: given.is("ignore-not-found"),
        })
    }

    /// What was found, without what may be missing; and why the rest isn't there.
    fn parted(&self, cx: &mut Cx<'_>, found: Found) -> (Vec<Info>, Vec<Error>) {
        let (mut infos, mut errors) = (Vec::new(), Vec::new());
        for item in found.items {
            match item {
                Ok(info) => infos.push(info),
                Err(error) if self.ignores_not_found && error.is_not_found() => {}
                Err(error) => errors.push(error),
            }
        }
        let kinds = infos.iter().map(|info| info.kind).chain(found.kinds);
        let warnings: Vec<String> = kinds.filter_map(deprecation).map(String::from).collect();
        cx.warn_once(&warnings);
        (infos, errors)
    }

    fn tables(&self, cx: &mut Cx<'_>, found: Found) -> Result<(), Error> {
        let kinds = found.kinds.clone();
        let are_named = found.targets_single;
        let (mut infos, errors) = self.parted(cx, found);
        let tables = if are_named { infos.len() } else { kinds.len() };
        if !self.sort_by.is_empty() && tables > 1 {
            // kubectl sorts the tables themselves here, in which nothing is found.
            let path = output::custom_columns::relaxed_text(&self.sort_by).map_err(Error::Plain)?;
            return Err(Error::Plain(format!(
                "couldn't find any field with path \"{path}\" in the list of objects"
            )));
        }
        if !self.sort_by.is_empty() && infos.len() > 1 {
            // What can't be sorted isn't printed; kubectl doesn't say why.
            let sorted = sorter::sort(&mut infos, &self.sort_by, |info| &info.value);
            if sorted.is_err() {
                infos.clear();
            }
        }
        let text = self.rows(&infos, &kinds, are_named, cx.now());
        cx.print(&text);
        if text.is_empty() && !self.ignores_not_found && errors.is_empty() {
            let all_are_namespaced = kinds.iter().all(|kind| kind.is_namespaced());
            if self.asked.all_namespaces || !all_are_namespaced {
                cx.error_line("No resources found");
            } else {
                let namespace = &self.asked.namespace;
                cx.error_line(&format!("No resources found in {namespace} namespace."));
            }
        }
        Error::gathered(errors)
    }

    /// The tables, an empty line between those of different kinds.
    fn rows(&self, infos: &[Info], kinds: &[Kind], are_named: bool, now: SimTime) -> String {
        let mut all = infos.iter().map(|info| info.kind);
        let mut kinds = kinds.iter().copied();
        let with_kind = if are_named {
            let first = all.next();
            all.any(|kind| Some(kind) != first)
        } else {
            let first = kinds.next();
            kinds.any(|kind| Some(kind) != first)
        };
        let mut out = String::new();
        for group in infos.chunk_by(|a, b| a.kind == b.kind) {
            let Some(kind) = group.first().map(|info| info.kind) else {
                continue;
            };
            let options = Options {
                with_kind: self.options.with_kind || with_kind,
                with_namespace: self.asked.all_namespaces && kind.is_namespaced(),
                ..self.options.clone()
            };
            let mut text = String::new();
            if !options.no_headers {
                if !out.is_empty() {
                    out.push('\n');
                }
                text = table::header(kind, &options);
            }
            let rows = group.iter();
            text.extend(rows.map(|info| table::row(kind, &info.value, &options, now)));
            out += &align_on(&text, TABLE, &mut Vec::new());
        }
        out
    }

    fn generic(&self, cx: &mut Cx<'_>, found: Found) -> Result<(), Error> {
        let is_single = found.is_single;
        let (infos, mut errors) = self.parted(cx, found);
        if is_single && !errors.is_empty() {
            return Error::gathered(errors);
        }
        let mut values: Vec<Value> = infos.into_iter().map(|info| info.value).collect();
        if values.is_empty() && self.ignores_not_found {
            return Error::gathered(errors);
        }
        let printed = if is_single && values.len() == 1 {
            self.format.print(&values[0])
        } else {
            if !self.sort_by.is_empty() && !values.is_empty() {
                sorter::sort(&mut values, &self.sort_by, |it| it).map_err(Error::Plain)?;
            }
            self.format.print(&output::list(values))
        };
        match printed {
            Ok(text) => cx.print(&text),
            Err(error) => errors.push(error),
        }
        Error::gathered(errors)
    }
}

/// What the server warns of whoever asks for objects of this kind.
pub fn deprecation(kind: Kind) -> Option<&'static str> {
    match (kind.api_version(), kind.kind()) {
        ("v1", "Endpoints") => {
            Some("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice")
        }
        ("v1", "ComponentStatus") => Some("v1 ComponentStatus is deprecated in v1.19+"),
        _ => None,
    }
}
