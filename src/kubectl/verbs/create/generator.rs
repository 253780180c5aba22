//! What the generators below `kubectl create` have in common. Models `NameFromCommandArgs` and the `Run`
//! of each in `k8s.io/kubectl/pkg/cmd/create`.

use crate::api::Value;
use crate::api::schema;
use crate::fields;
use crate::kubectl::apply::remember;
use crate::kubectl::asked;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given, shared};
use crate::kubectl::process::Process;
use crate::kubectl::session::Session;

/// Flags that every generator has.
pub const FLAGS: &[Flag] = &[
    shared::PRINT[0],
    shared::PRINT[1],
    shared::PRINT[2],
    shared::PRINT[3],
    shared::DRY_RUN[0],
    shared::VALIDATE[0],
    shared::SAVE_CONFIG[0],
    Flag::text("field-manager").default("kubectl-create"),
];

/// The one name before `--`.
///
/// # Errors
/// When there is another number of them.
pub fn name(given: &Given) -> Result<String, Error> {
    let count = given.dash.unwrap_or(given.words.len());
    match given.words.first() {
        Some(name) if count == 1 => Ok(name.clone()),
        _ => {
            let sentence = format!("exactly one NAME is required, got {count}");
            Err(Error::usage(&given.command, &sentence))
        }
    }
}

/// What stands behind the name: a command.
pub fn command(given: &Given) -> Value {
    let words = given.words.iter().skip(1);
    words.map(|word| Value::from(word.as_str())).collect()
}

/// An object of this kind and name.
pub fn object(api_version: &str, kind: &str, name: &str) -> Value {
    fields! {
        "apiVersion" => api_version, "kind" => kind, "metadata" => fields! { "name" => name },
    }
}

/// A container as Go writes one.
pub fn container(name: &str, image: &str, command: &Value) -> Value {
    let mut container = fields! { "name" => name, "image" => image, "resources" => Value::map() };
    if !command.is_empty() {
        container.set(&["command"], command.clone());
    }
    container
}

/// A list of one.
pub fn one(value: Value) -> Value {
    std::iter::once(value).collect()
}

/// Creates the object, or only says so. `failing` stands before the server's refusal.
///
/// # Errors
/// kubectl's sentence, or the server's answer.
pub fn finish(
    cx: &mut Cx<'_>,
    given: &Given,
    mut value: Value,
    failing: &str,
) -> Result<Process, Error> {
    let (namespace, is_enforced) = cx.namespace(given);
    let kind = schema::kind(value.text_at(&["apiVersion"]), value.text_at(&["kind"]));
    let Some(kind) = kind else {
        return plain("no such kind");
    };
    let mut session = Session::of(cx, given)?;
    let is_namespaced = kind.is_namespaced();
    if is_namespaced && is_enforced {
        value.set(&["metadata", "namespace"], &*namespace);
    }
    if given.is("save-config") {
        remember(&mut value);
    }
    if session.dry_run == crate::kubectl::options::DryRun::Client {
        session.print(&value, "created");
        return Ok(Process::Ended(0));
    }
    if is_namespaced {
        value.set(&["metadata", "namespace"], &*namespace);
    }
    let name = value.text_at(&["metadata", "name"]).to_string();
    let info = asked::bare(kind, if is_namespaced { &namespace } else { "" }, &name);
    let created = session
        .create(&info, &value)
        .map_err(|error| match failing {
            "" => error,
            failing => Error::Plain(format!("{failing}{}", error.sentence())),
        })?;
    session.print(&created, "created");
    Ok(Process::Ended(0))
}
