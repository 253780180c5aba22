//! `kubectl set`. Models `k8s.io/kubectl/pkg/cmd/set`.

/// `kubectl set env`
mod env;

/// `kubectl set image`
mod image;

/// `kubectl set selector`, `serviceaccount`, `subject`
mod others;

/// `kubectl set resources`
mod resources;

use crate::api::Value;
use crate::api::schema;
use crate::kubectl::asked::Asked;
use crate::kubectl::builder::Info;
use crate::kubectl::command::Command;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, shared};
use crate::kubectl::options::DryRun;
use crate::kubectl::session::Session;

/// `kubectl set`
pub const COMMAND: Command = Command::group(
    "set",
    "Set specific features on objects",
    &[
        &env::COMMAND,
        &image::COMMAND,
        &resources::COMMAND,
        &others::SELECTOR,
        &others::SERVICE_ACCOUNT,
        &others::SUBJECT,
    ],
)
.long(
    "Configure application resources.\n\n These commands help you make changes to existing application \
     resources.",
)
.usage("SUBCOMMAND [options]");

/// Flags that all of them have.
const FLAGS: &[Flag] = &[
    shared::FILENAME[0],
    shared::FILENAME[1],
    shared::FILENAME[2],
    shared::PRINT[0],
    shared::PRINT[1],
    shared::PRINT[2],
    shared::PRINT[3],
    shared::DRY_RUN[0],
    shared::ALL[0],
    shared::LOCAL[0],
    Flag::text("field-manager").default("kubectl-set"),
];

/// Everything that is asked for, or all that is wrong with it. Models `Infos`.
fn infos(session: &mut Session<'_, '_>, mut asked: Asked) -> Result<Vec<Info>, Error> {
    if asked.local {
        if !asked.words.is_empty() {
            return plain(
                "error: you must specify resources by --filename when --local is set.\n\
                 Example resource specifications include:\n   '-f rsrc.yaml'\n   \
                 '--filename=rsrc.json'",
            );
        }
        asked.selector.clear();
        asked.all = false;
    }
    asked.latest = true;
    let (infos, errors) = asked.find(session.cx)?.parted();
    Error::gathered(errors)?;
    Ok(infos)
}

/// `--local` can't ask the server.
fn check_local(local: bool, session: &Session<'_, '_>) -> Result<(), Error> {
    match local && session.dry_run == DryRun::Server {
        true => {
            plain("cannot specify --local and --dry-run=server - did you mean --dry-run=client?")
        }
        false => Ok(()),
    }
}

/// Where the Pod of an object is described. Models `updatePodSpecForObject`.
fn pod_spec(info: &Info) -> Result<&'static [&'static str], String> {
    match (info.kind.group(), info.kind.kind()) {
        ("", "Pod") => Ok(&["spec"]),
        ("", "ReplicationController")
        | ("apps", "Deployment" | "DaemonSet" | "ReplicaSet" | "StatefulSet")
        | ("batch", "Job") => Ok(&["spec", "template", "spec"]),
        ("batch", "CronJob") => Ok(&["spec", "jobTemplate", "spec", "template", "spec"]),
        _ => {
            let go = schema::kind(info.kind.api_version(), info.kind.kind());
            let go = go.map_or(String::new(), |kind| kind.of().go());
            Err(format!(
                "the object is not a pod or does not have a pod template: *{go}"
            ))
        }
    }
}

/// Writes what `change` makes of each object, and says what was done. What changes nothing is passed
/// over. `failing` stands before the server's refusal.
fn each(
    session: &mut Session<'_, '_>,
    infos: &[Info],
    local: bool,
    (operation, failing): (&str, &str),
    mut errors: Vec<Error>,
    mut change: impl FnMut(
        &mut Session<'_, '_>,
        &Info,
        &mut Value,
        &mut Vec<Error>,
    ) -> Result<(), String>,
) -> Result<(), Error> {
    for info in infos {
        let mut value = info.value.clone();
        if let Err(why) = change(session, info, &mut value, &mut errors) {
            let named = format!("{}/{}", info.kind.plural(), info.name);
            errors.push(Error::Plain(format!("error: {named} {why}\n")));
            continue;
        }
        if value == info.value {
            continue;
        }
        if local {
            session.print(&value, operation);
            continue;
        }
        match session.write(info, &value) {
            Ok(written) => session.print(&written, operation),
            Err(error) => errors.push(Error::Plain(format!("{failing}{}", error.sentence()))),
        }
    }
    Error::gathered(errors)
}

/// Containers of a Pod whose names fit a pattern, by the list that they are in.
fn selected(spec: &Value, pattern: &str) -> Vec<(&'static str, usize)> {
    let mut found = Vec::new();
    for list in ["containers", "initContainers"] {
        let items = spec.get(list).map_or(&[][..], Value::items);
        for (at, container) in items.iter().enumerate() {
            if crate::cluster::workload::fits(pattern, container.text_at(&["name"])) {
                found.push((list, at));
            }
        }
    }
    found
}
