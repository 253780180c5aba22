//! What `kubectl config` changes.

use super::names;
use crate::api::Value;
use crate::fields;
use crate::kubectl::config::{load, named, path, store};
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::Given;
use crate::kubectl::help;
use crate::kubectl::process::Process;
use crate::manifest::stream::quoted;
use crate::order;

/// Its help on standard output, and an error. Models `helpErrorf`.
fn help_error<T>(cx: &mut Cx<'_>, given: &Given, sentence: String) -> Result<T, Error> {
    let words: Vec<String> = given
        .command
        .split(' ')
        .skip(1)
        .map(str::to_string)
        .collect();
    let (command, path, _) = crate::kubectl::command::find(&words);
    cx.print(&help::of(command, &path));
    Err(Error::Plain(sentence))
}

fn unexpected<T>(cx: &mut Cx<'_>, given: &Given) -> Result<T, Error> {
    let words = given.words.join(" ");
    help_error(cx, given, format!("Unexpected args: [{words}]"))
}

/// What of an entry is given by flags goes into it; was it there before?
fn modify(
    config: &mut Value,
    list: &str,
    name: &str,
    inside: &str,
    given: &[(&str, Value)],
) -> bool {
    let items = config.at_mut(&[list]).items_mut();
    let at = items
        .iter()
        .position(|item| item.text_at(&["name"]) == name);
    let exists = at.is_some();
    let at = at.unwrap_or_else(|| {
        items.push(fields! { inside => Value::map(), "name" => name });
        items.len() - 1
    });
    for (field, value) in given {
        if value.is_empty() {
            items[at].remove(&[inside, field]);
        } else {
            items[at].set(&[inside, field], value.clone());
        }
    }
    order::sort_by(items, |a, b| a.text_at(&["name"]).cmp(b.text_at(&["name"])));
    exists
}

/// The text flags of these names that were given.
fn given_texts<'n>(given: &Given, names: &[&'n str]) -> Vec<(&'n str, Value)> {
    let all = names.iter().filter(|name| given.has(name));
    all.map(|name| (*name, Value::from(given.text(name))))
        .collect()
}

pub(super) fn set_context(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    if given.words.len() > 1 {
        return unexpected(cx, given);
    }
    let mut config = load(cx, given);
    let is_current = given.is("current");
    let name = match (given.words.first(), is_current) {
        (None, false) => return plain("you must specify a non-empty context name or --current"),
        (Some(_), true) => return plain("you cannot specify both a context name and --current"),
        (Some(name), false) => name.clone(),
        (None, true) => match config.text_at(&["current-context"]) {
            "" => return plain("no current context is set"),
            current => current.to_string(),
        },
    };
    let texts = given_texts(given, &["cluster", "user", "namespace"]);
    let exists = modify(&mut config, "contexts", &name, "context", &texts);
    store(cx, given, &config);
    let done = if exists { "modified" } else { "created" };
    cx.line(&format!("Context {} {done}.", quoted(&name)));
    Ok(Process::Ended(0))
}

pub(super) fn set_cluster(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let [name] = &given.words[..] else {
        return unexpected(cx, given);
    };
    let name = name.clone();
    let mut config = load(cx, given);
    let names = [
        "server",
        "certificate-authority",
        "proxy-url",
        "tls-server-name",
    ];
    let mut values = given_texts(given, &names);
    if given.has("insecure-skip-tls-verify") {
        let skips = given.is("insecure-skip-tls-verify");
        let skips = if skips {
            Value::from(true)
        } else {
            Value::Null
        };
        values.push(("insecure-skip-tls-verify", skips));
    }
    modify(&mut config, "clusters", &name, "cluster", &values);
    store(cx, given, &config);
    cx.line(&format!("Cluster {} set.", quoted(&name)));
    Ok(Process::Ended(0))
}

pub(super) fn set_credentials(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let [name] = &given.words[..] else {
        return unexpected(cx, given);
    };
    let name = name.clone();
    let mut config = load(cx, given);
    let names = [
        "token",
        "username",
        "password",
        "client-certificate",
        "client-key",
    ];
    let values = given_texts(given, &names);
    modify(&mut config, "users", &name, "user", &values);
    store(cx, given, &config);
    cx.line(&format!("User {} set.", quoted(&name)));
    Ok(Process::Ended(0))
}

pub(super) fn use_context(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let [name] = &given.words[..] else {
        return unexpected(cx, given);
    };
    let mut config = load(cx, given);
    if !names(&config, "contexts").contains(name) {
        return plain(format!("no context exists with the name: {}", quoted(name)));
    }
    config.set(&["current-context"], name.as_str());
    store(cx, given, &config);
    cx.line(&format!("Switched to context {}.", quoted(name)));
    Ok(Process::Ended(0))
}

fn delete(cx: &mut Cx<'_>, given: &Given, what: &str, list: &str) -> Result<Process, Error> {
    let [name] = &given.words[..] else {
        let sentence = format!("you must specify a {what} to delete");
        return match what {
            "user" => plain(sentence),
            _ => help_error(cx, given, sentence),
        };
    };
    let mut config = load(cx, given);
    let file = path(cx, given);
    if !names(&config, list).contains(name) {
        return plain(format!("cannot delete {what} {name}, not in {file}"));
    }
    if what == "context" && config.text_at(&["current-context"]) == name {
        cx.print_error(
            "warning: this removed your active context, use \"kubectl config use-context\" to \
             select a different one\n",
        );
    }
    let items = config.at_mut(&[list]).items_mut();
    items.retain(|item| item.text_at(&["name"]) != name);
    store(cx, given, &config);
    cx.line(&format!("deleted {what} {name} from {file}"));
    Ok(Process::Ended(0))
}

pub(super) fn delete_context(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    delete(cx, given, "context", "contexts")
}

pub(super) fn delete_cluster(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    delete(cx, given, "cluster", "clusters")
}

pub(super) fn delete_user(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    delete(cx, given, "user", "users")
}

pub(super) fn rename_context(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let [old, new] = &given.words[..] else {
        return unexpected(cx, given);
    };
    let mut config = load(cx, given);
    let file = path(cx, given);
    let known = names(&config, "contexts");
    if !known.contains(old) {
        return plain(format!(
            "cannot rename the context {}, it's not in {file}",
            quoted(old)
        ));
    }
    if known.contains(new) {
        return plain(format!(
            "cannot rename the context {}, the context {} already exists in {file}",
            quoted(old),
            quoted(new)
        ));
    }
    let context = named(&config, "contexts", old, "context").cloned();
    let items = config.at_mut(&["contexts"]).items_mut();
    items.retain(|item| item.text_at(&["name"]) != old);
    items.push(fields! { "context" => context.unwrap_or_default(), "name" => new.as_str() });
    order::sort_by(items, |a, b| a.text_at(&["name"]).cmp(b.text_at(&["name"])));
    if config.text_at(&["current-context"]) == old {
        config.set(&["current-context"], new.as_str());
    }
    store(cx, given, &config);
    cx.line(&format!(
        "Context {} renamed to {}.",
        quoted(old),
        quoted(new)
    ));
    Ok(Process::Ended(0))
}

/// Where a property is: in an entry of a list, or at the top.
fn place(property: &str) -> Option<(&'static str, &'static str, &str, Vec<&str>)> {
    for (list, inside) in [
        ("contexts", "context"),
        ("clusters", "cluster"),
        ("users", "user"),
    ] {
        if let Some(rest) = property
            .strip_prefix(list)
            .and_then(|rest| rest.strip_prefix('.'))
        {
            // A name may have dots: what stands behind the last is the field.
            let (name, field) = rest
                .rsplit_once('.')
                .map_or((rest, None), |(n, f)| (n, Some(f)));
            return Some((list, inside, name, field.into_iter().collect()));
        }
    }
    None
}

pub(super) fn set(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let [property, value] = &given.words[..] else {
        return unexpected(cx, given);
    };
    let mut config = load(cx, given);
    match place(property) {
        Some((list, inside, name, fields)) => {
            let Some(field) = fields.first() else {
                return plain("cannot set a map to a value");
            };
            let value = [(*field, Value::from(value.as_str()))];
            modify(&mut config, list, name, inside, &value);
        }
        None if property == "current-context" => {
            config.set(&["current-context"], value.as_str());
        }
        None => return plain(format!("unable to parse path {}", quoted(property))),
    }
    store(cx, given, &config);
    cx.line(&format!("Property {} set.", quoted(property)));
    Ok(Process::Ended(0))
}

pub(super) fn unset(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let [property] = &given.words[..] else {
        return unexpected(cx, given);
    };
    let mut config = load(cx, given);
    match place(property) {
        Some((list, inside, name, fields)) => match fields.first() {
            Some(field) if named(&config, list, name, inside).is_some() => {
                modify(&mut config, list, name, inside, &[(*field, Value::Null)]);
            }
            _ => {
                let whole = property.split_once('.').map_or("", |(_, name)| name);
                let items = config.at_mut(&[list]).items_mut();
                items.retain(|item| item.text_at(&["name"]) != whole);
            }
        },
        None => match property.as_str() {
            "current-context" => drop(config.remove(&["current-context"])),
            "contexts" | "clusters" | "users" => drop(config.remove(&[property])),
            _ => return plain(format!("unable to parse path {}", quoted(property))),
        },
    }
    store(cx, given, &config);
    cx.line(&format!("Property {} unset.", quoted(property)));
    Ok(Process::Ended(0))
}
