//! `kubectl set env`. Models `set_env.go` and `cmd/set/env`. Left out: `--resolve`.

use super::{FLAGS, check_local, each, infos, pod_spec, selected};
use crate::api::Value;
use crate::api::validation::names;
use crate::fields;
use crate::kubectl::asked::Asked;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given, shared};
use crate::kubectl::process::Process;
use crate::kubectl::session::Session;
use crate::manifest::stream::quoted;

pub(super) const COMMAND: Command =
    Command::new("env", "Update environment variables on a pod template", run).flags(&[
        FLAGS,
        shared::SELECTOR,
        &[
            Flag::text("containers").short("c").default("*"),
            Flag::array("env").short("e"),
            Flag::text("from"),
            Flag::slice("keys"),
            Flag::truth("list"),
            Flag::truth("overwrite").default("true"),
            Flag::text("prefix"),
            Flag::truth("resolve").not_here(),
        ],
    ]);

/// New variables, and names of those that go.
type Changes = (Vec<Value>, Vec<String>);

fn run(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    if given.is("all") && !given.text("selector").is_empty() {
        return plain("cannot set --all and --selector at the same time");
    }
    let is_env = |word: &String| word.find('=').is_some_and(|at| at > 0) || word.ends_with('-');
    let first = given
        .words
        .iter()
        .position(is_env)
        .unwrap_or(given.words.len());
    let (resources, words) = given.words.split_at(first);
    if !words.iter().all(is_env) {
        return plain(format!(
            "all resources must be specified before environment changes: {}",
            given.words.join(" ")
        ));
    }
    let mut session = Session::of(cx, given)?;
    let mut asked = Asked::of(session.cx, given);
    asked.words = resources.to_vec();
    let local = asked.local;
    check_local(local, &session)?;
    if asked.has_no_files() && resources.is_empty() {
        return plain(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        );
    }
    let lists = given.is("list");
    if lists && !given.text("output").is_empty() {
        return plain("--list and --output may not be specified together");
    }
    if given.has("keys") && !given.has("from") {
        return plain("when specifying --keys, a configmap or secret must be provided with --from");
    }
    let mut changes = parse(&mut session, given, words)?;
    from(&mut session, given, &mut changes)?;
    let prefix = given.text("prefix");
    for variable in changes.0.iter_mut().filter(|_| !prefix.is_empty()) {
        let name = format!("{prefix}{}", variable.text_at(&["name"]));
        variable.set(&["name"], name);
    }
    let infos = infos(&mut session, asked)?;
    let words = (
        "env updated",
        "failed to patch env update to pod template: ",
    );
    let (pattern, overwrites) = (given.text("containers"), given.is("overwrite"));
    each(
        &mut session,
        &infos,
        local || lists,
        words,
        Vec::new(),
        |session, info, value, _| {
            let path = pod_spec(info)?;
            let spec = value.at_mut(path);
            let found = selected(spec, pattern);
            let (kind, name) = (info.kind.kind(), &info.name);
            if found.is_empty() {
                let pattern = quoted(pattern);
                let warning =
                    format!("{kind}/{name} does not have any containers matching {pattern}");
                session.cx.warn(&warning);
            }
            for (list, at) in found {
                let container = &mut spec.at_mut(&[list]).items_mut()[at];
                update(container, &changes, overwrites)?;
                if lists {
                    let head = format!(
                        "# {kind} {name}, container {}",
                        container.text_at(&["name"])
                    );
                    session.cx.line(&head);
                    for variable in container.get("env").map_or(&[][..], Value::items) {
                        session.cx.line(&shown(variable));
                    }
                }
            }
            if lists {
                // Nothing is written.
                *value = info.value.clone();
            }
            Ok(())
        },
    )?;
    Ok(Process::Ended(0))
}

/// Models `ParseEnv`.
fn parse(session: &mut Session<'_, '_>, given: &Given, words: &[String]) -> Result<Changes, Error> {
    let (mut new, mut gone): Changes = Default::default();
    let flagged = given.list("env").into_iter();
    for word in flagged.chain(words.iter().map(String::as_str)) {
        if word == "-" {
            let text = session.cx.take_stdin();
            for line in text.lines() {
                let line = line.split('#').next().unwrap_or_default();
                if let Some((name, value)) = line.split_once('=') {
                    new.push(variable(name, value));
                }
            }
        } else if let Some((name, value)) = word.split_once('=') {
            let wrong = names::relaxed_env_var_name(name);
            if !wrong.is_empty() {
                let (name, why) = (quoted(name), wrong.join(";"));
                return plain(format!("{name} is not a valid key name: {why}"));
            }
            new.push(variable(name, value));
        } else if let Some(name) = word.strip_suffix('-') {
            gone.push(name.to_string());
        } else {
            return plain(format!("unknown environment variable: {word}"));
        }
    }
    let is_new = |gone: &String| new.iter().any(|new| new.text_at(&["name"]) == gone);
    if gone.iter().any(is_new) {
        return plain(
            "can not both modify and remove the same environment variable in the same command",
        );
    }
    Ok((new, gone))
}

fn variable(name: &str, value: &str) -> Value {
    let mut variable = fields! { "name" => name };
    if !value.is_empty() {
        variable.set(&["value"], value);
    }
    variable
}

/// Variables that refer to a ConfigMap's or a Secret's keys.
fn from(session: &mut Session<'_, '_>, given: &Given, changes: &mut Changes) -> Result<(), Error> {
    if !given.has("from") {
        return Ok(());
    }
    let mut asked = Asked::of(session.cx, given);
    asked.words = vec![given.text("from").to_string()];
    (asked.filenames, asked.kustomize) = (Vec::new(), String::new());
    for info in infos(session, asked)? {
        let reference = match info.kind.kind() {
            "ConfigMap" => "configMapKeyRef",
            "Secret" => "secretKeyRef",
            _ => return plain("unsupported resource specified in --from"),
        };
        let keys = given.list("keys");
        let data = info
            .value
            .get("data")
            .and_then(Value::as_map)
            .cloned()
            .unwrap_or_default();
        for (key, _) in data.iter() {
            if !keys.is_empty() && !keys.contains(&&**key) {
                continue;
            }
            let fits = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
            let name: String = key.chars().map(fits).collect::<String>().to_uppercase();
            if name != **key {
                session.cx.warn(&format!("key {key} transferred to {name}"));
            }
            let mut new = fields! { "name" => name };
            let of = fields! { "key" => key.clone(), "name" => &*info.name };
            new.set(&["valueFrom", reference], of);
            changes.0.push(new);
        }
    }
    Ok(())
}

fn update(container: &mut Value, (new, gone): &Changes, overwrites: bool) -> Result<(), String> {
    let name = |variable: &Value| variable.text_at(&["name"]).to_string();
    let old: Vec<Value> = container
        .get("env")
        .map_or(Vec::new(), |env| env.items().to_vec());
    if !overwrites {
        for variable in new {
            let now = old.iter().find(|old| name(old) == name(variable));
            let value = |of: &Value| of.text_at(&["value"]).to_string();
            if let Some(now) = now.filter(|now| value(now) != value(variable)) {
                return Err(format!(
                    "'{}' already has a value ({}), and --overwrite is false",
                    name(now),
                    value(now)
                ));
            }
        }
    }
    let mut covered = gone.clone();
    let mut all = Vec::new();
    for old in old {
        if covered.contains(&name(&old)) {
            continue;
        }
        match new.iter().find(|new| name(new) == name(&old)) {
            Some(new) => {
                covered.push(name(new));
                all.push(new.clone());
            }
            None => all.push(old),
        }
    }
    for new in new {
        if !covered.contains(&name(new)) {
            covered.push(name(new));
            all.push(new.clone());
        }
    }
    match all.is_empty() {
        true => drop(container.remove(&["env"])),
        false => container.set(&["env"], all.into_iter().collect::<Value>()),
    }
    Ok(())
}

/// As `--list` shows a variable.
fn shown(variable: &Value) -> String {
    let name = variable.text_at(&["name"]);
    let Some(from) = variable.get("valueFrom") else {
        return format!("{name}={}", variable.text_at(&["value"]));
    };
    let text = |path: &[&str]| from.text_at(path).to_string();
    let reference = if from.get("configMapKeyRef").is_some() {
        let (of, key) = (
            text(&["configMapKeyRef", "name"]),
            text(&["configMapKeyRef", "key"]),
        );
        format!("configmap {of}, key {key}")
    } else if from.get("secretKeyRef").is_some() {
        let (of, key) = (
            text(&["secretKeyRef", "name"]),
            text(&["secretKeyRef", "key"]),
        );
        format!("secret {of}, key {key}")
    } else if from.get("fieldRef").is_some() {
        format!("field path {}", text(&["fieldRef", "fieldPath"]))
    } else if from.get("resourceFieldRef").is_some() {
        let container = match &*text(&["resourceFieldRef", "containerName"]) {
            "" => String::new(),
            container => format!("{container}/"),
        };
        format!(
            "resource field {container}{}",
            text(&["resourceFieldRef", "resource"])
        )
    } else {
        "invalid valueFrom".into()
    };
    format!("# {name} from {reference}")
}
