//! `kubectl patch`. Models `k8s.io/kubectl/pkg/cmd/patch/patch.go`; the patches themselves are
//! `kubectl/patch.rs` and `kubectl/json_patch.rs`.

use crate::api::Value;
use crate::cluster::Actor;
use crate::cluster::api_server::Status;
use crate::cluster::pod_subresources::Subresource;
use crate::kubectl::apply::{type_of, without_nulls};
use crate::kubectl::asked::Asked;
use crate::kubectl::builder::Info;
use crate::kubectl::client::key_of;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given, shared};
use crate::kubectl::options::DryRun;
use crate::kubectl::process::Process;
use crate::kubectl::session::Session;
use crate::kubectl::{json_patch, patch};
use crate::manifest::stream::{Stream, quoted};

/// `kubectl patch`
pub const COMMAND: Command = Command::new("patch", "Update fields of a resource", run).flags(&[
    shared::FILENAME,
    shared::PRINT,
    shared::DRY_RUN,
    shared::LOCAL,
    &[
        Flag::text("field-manager").default("kubectl-patch"),
        Flag::text("patch").short("p"),
        Flag::text("patch-file"),
        Flag::text("subresource"),
        Flag::text("type").default("strategic"),
    ],
]);

fn run(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let mut session = Session::of(cx, given)?;
    let (text, file) = (given.text("patch"), given.text("patch-file"));
    let asked = Asked::of(session.cx, given);
    let of = given.text("type").to_lowercase();
    let subresource = given.text("subresource");
    if !text.is_empty() && !file.is_empty() {
        return plain("cannot specify --patch and --patch-file together");
    } else if text.is_empty() && file.is_empty() {
        return plain("must specify --patch or --patch-file containing the contents of the patch");
    } else if asked.local && !given.words.is_empty() {
        return plain("cannot specify --local and server resources");
    } else if asked.local && session.dry_run == DryRun::Server {
        return plain(
            "cannot specify --local and --dry-run=server - did you mean --dry-run=client?",
        );
    } else if !["", "json", "merge", "strategic"].contains(&&*of) {
        let of = quoted(given.text("type"));
        return plain(format!(
            "--type must be one of [json merge strategic], not {of}"
        ));
    }
    let text = match file {
        "" => text.to_string(),
        "-" => session.cx.take_stdin().to_string(),
        file => match session.cx.file(file) {
            Some(text) => text,
            None => {
                return plain(format!(
                    "unable to read patch file: open {file}: no such file or directory"
                ));
            }
        },
    };
    let patch = match Stream::of(&text).next_document(&text) {
        Some(Ok(document)) => document.root.value.clone(),
        Some(Err(problem)) => {
            let text = quoted(given.text("patch"));
            return plain(format!("unable to parse {text}: {}", problem.message));
        }
        None => Value::Null,
    };
    let found = asked.find(session.cx)?;
    let (mut count, mut errors) = (0, Vec::new());
    for item in found.items {
        let done = item.and_then(|info| {
            count += 1;
            one(&mut session, &info, &patch, &of, (subresource, asked.local))
        });
        errors.extend(done.err());
    }
    Error::gathered(errors)?;
    if count == 0 {
        return plain("no objects passed to patch");
    }
    Ok(Process::Ended(0))
}

fn one(
    session: &mut Session<'_, '_>,
    info: &Info,
    patch: &Value,
    of: &str,
    (subresource, local): (&str, bool),
) -> Result<(), Error> {
    let patched = patched(info, patch, of)?;
    let value = match local || session.dry_run == DryRun::Client {
        true => patched,
        false => written(session, info, patched, patch, subresource)?,
    };
    let did = value != info.value;
    session.print(
        &value,
        if did {
            "patched"
        } else {
            "patched (no change)"
        },
    );
    Ok(())
}

fn patched(info: &Info, patch: &Value, of: &str) -> Result<Value, Error> {
    let refuse = |message: String| {
        Error::from(Status {
            code: 400,
            reason: "BadRequest",
            message,
        })
    };
    match of {
        "json" => {
            if !matches!(patch, Value::List(_)) {
                return Err(refuse(
                    "error decoding patch: json: cannot unmarshal object into Go value of type \
                     jsonpatch.Patch"
                        .into(),
                ));
            }
            json_patch::apply(&info.value, patch).map_err(|why| {
                Error::from(Status {
                    code: 422,
                    reason: "Invalid",
                    message: format!("The request is invalid: {why}"),
                })
            })
        }
        _ if patch.as_map().is_none() => {
            let got = match patch {
                Value::List(_) => "array",
                Value::String(_) => "string",
                _ => "number",
            };
            Err(refuse(format!(
                "error decoding patch: json: cannot unmarshal {got} into Go value of type \
                 map[string]interface {{}}"
            )))
        }
        "merge" => Ok(without_nulls(&patch::merge(&info.value, patch, None))),
        _ => Ok(without_nulls(&patch::merge(
            &info.value,
            patch,
            type_of(&info.value),
        ))),
    }
}

fn written(
    session: &mut Session<'_, '_>,
    info: &Info,
    patched: Value,
    patch: &Value,
    subresource: &str,
) -> Result<Value, Error> {
    if subresource.is_empty() {
        let client = session.client;
        let answered = client.patch(session.cx.world(), info, &patched, patch)?;
        session.cx.warn_once(&answered.warnings);
        return Ok(answered.object.value.clone());
    }
    let missing = || {
        Error::from(Status {
            code: 404,
            reason: "NotFound",
            message: "the server could not find the requested resource".into(),
        })
    };
    let is_dry_run = session.client.is_dry_run;
    let world = session.cx.world();
    let mut fork = is_dry_run.then(|| world.clone());
    let world = fork.as_mut().unwrap_or(world);
    let object = match (subresource, Subresource::parse(subresource)) {
        // A status is written as it is; nothing else goes with it.
        ("status", _) => world.patch(Actor::You, &key_of(info), |object| {
            object.set(
                &["status"],
                patched.get("status").cloned().unwrap_or_default(),
            );
        })?,
        ("scale", _) => return Err(missing()),
        (_, Some(of)) if info.kind.kind() == "Pod" => {
            world.update_subresource(Actor::You, of, patched)?
        }
        _ => return Err(missing()),
    };
    Ok(object.value.clone())
}
