//! What `kubectl config` shows: `get-contexts`, `get-clusters`, `get-users`, `current-context`, `view`.

use super::names;
use crate::api::Value;
use crate::kubectl::config::{load, named};
use crate::kubectl::cx::Cx;
use crate::kubectl::error::Error;
use crate::kubectl::flags::Given;
use crate::kubectl::options::Output;
use crate::kubectl::process::Process;
use crate::kubectl::session::Session;
use crate::kubectl::tab_writer::{TABLE, align};

pub(super) fn current_context(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let config = load(cx, given);
    match config.text_at(&["current-context"]) {
        "" => Err(Error::Plain("current-context is not set".into())),
        context => {
            cx.line(context);
            Ok(Process::Ended(0))
        }
    }
}

pub(super) fn get_contexts(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let names_only = match given.text("output") {
        "" => false,
        "name" => true,
        other => {
            return Err(Error::Plain(format!(
                "--output {other} is not available in kubectl config get-contexts; resetting to \
                 default output format"
            )));
        }
    };
    let config = load(cx, given);
    let (mut shown, mut missing) = (names(&config, "contexts"), Vec::new());
    if !given.words.is_empty() {
        let is_missing = |name: &&String| !shown.contains(name);
        let all = given.words.iter().filter(is_missing);
        missing.extend(all.map(|name| format!("context {name} not found")));
        shown.retain(|name| given.words.contains(name));
    }
    let mut text = String::new();
    if !names_only && !given.is("no-headers") {
        text += "CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n";
    }
    for name in shown {
        if names_only {
            text += &format!("{name}\n");
            continue;
        }
        let is_current = config.text_at(&["current-context"]) == name;
        let mark = if is_current { "*" } else { " " };
        let context = named(&config, "contexts", &name, "context");
        let part = |field: &str| context.map_or("", |context| context.text_at(&[field]));
        let (cluster, user, namespace) = (part("cluster"), part("user"), part("namespace"));
        text += &format!("{mark}\t{name}\t{cluster}\t{user}\t{namespace}\n");
    }
    cx.print(&align(&text, TABLE));
    match &missing[..] {
        [] => Ok(Process::Ended(0)),
        [one] => Err(Error::Plain(one.clone())),
        several => Err(Error::Plain(format!("[{}]", several.join(", ")))),
    }
}

pub(super) fn get_clusters(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    list(cx, given, "clusters")
}

pub(super) fn get_users(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    list(cx, given, "users")
}

fn list(cx: &mut Cx<'_>, given: &Given, list: &str) -> Result<Process, Error> {
    let config = load(cx, given);
    cx.line("NAME");
    for name in names(&config, list) {
        cx.line(&name);
    }
    Ok(Process::Ended(0))
}

pub(super) fn view(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let mut config = load(cx, given);
    for (list, empty) in [
        ("clusters", "clusters"),
        ("contexts", "contexts"),
        ("users", "users"),
    ] {
        if config.get(list).is_none_or(Value::is_empty) {
            config.set(&[empty], Value::Null);
        }
    }
    if config.get("current-context").is_none() {
        config.set(&["current-context"], "");
    }
    if given.is("minify") {
        minify(&mut config)?;
    }
    if !given.is("raw") {
        redact(&mut config);
    }
    let mut session = Session::of(cx, given)?;
    if session.output == Output::Operation {
        session.output = Output::Yaml;
    }
    session.print(&config, "");
    Ok(Process::Ended(0))
}

/// Models `MinifyConfig`.
fn minify(config: &mut Value) -> Result<(), Error> {
    let current = config.text_at(&["current-context"]).to_string();
    let Some(context) = named(config, "contexts", &current, "context").cloned() else {
        let sentence = match current.as_str() {
            "" => "current-context must exist in order to minify".to_string(),
            _ => format!("cannot locate context {current}"),
        };
        return Err(Error::Plain(sentence));
    };
    for (list, name) in [
        ("contexts", current.as_str()),
        ("clusters", context.text_at(&["cluster"])),
        ("users", context.text_at(&["user"])),
    ] {
        let items = config.at_mut(&[list]).items_mut();
        items.retain(|item| item.text_at(&["name"]) == name);
    }
    Ok(())
}

/// Models `RedactSecrets` and `ShortenConfig` of `k8s.io/client-go/tools/clientcmd/api/helpers.go`.
fn redact(config: &mut Value) {
    for (list, inside, fields, word) in [
        ("users", "user", &["token", "password"][..], "REDACTED"),
        (
            "users",
            "user",
            &["client-certificate-data", "client-key-data"],
            "DATA+OMITTED",
        ),
        (
            "clusters",
            "cluster",
            &["certificate-authority-data"],
            "DATA+OMITTED",
        ),
    ] {
        if config.get(list).is_none_or(Value::is_empty) {
            continue;
        }
        for item in config.at_mut(&[list]).items_mut() {
            for field in fields {
                if !item.text_at(&[inside, field]).is_empty() {
                    item.set(&[inside, field], word);
                }
            }
        }
    }
}
