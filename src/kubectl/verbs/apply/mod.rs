//! `kubectl apply`. Models `k8s.io/kubectl/pkg/cmd/apply/apply.go`. Left out: pruning, apply sets.

/// `kubectl apply --force`
mod force;

/// `kubectl apply view-last-applied`
mod view_last_applied;

pub use force::Forcing;

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
use crate::kubectl::{client_side, server_side};

/// `kubectl apply`
pub const COMMAND: Command = Command::new(
    "apply",
    "Apply a configuration to a resource by file name or stdin",
    run,
)
.flags(&[
    shared::FILENAME,
    shared::PRINT,
    shared::DRY_RUN,
    shared::VALIDATE,
    shared::SELECTOR,
    shared::ALL,
    FLAGS,
])
.usage("(-f FILENAME | -k DIRECTORY) [options]")
.children(&[
    &Command::not_here(
        "edit-last-applied",
        "Edit latest last-applied-configuration annotations of a resource/object",
    ),
    &Command::not_here(
        "set-last-applied",
        "Set the last-applied-configuration annotation on a live object to match the contents of a file",
    ),
    &view_last_applied::COMMAND,
]);

const FLAGS: &[Flag] = &[
    Flag::text("field-manager").default("kubectl-client-side-apply"),
    Flag::truth("server-side"),
    Flag::truth("force-conflicts"),
    Flag::truth("overwrite").default("true"),
    Flag::truth("openapi-patch").default("true"),
    Flag::truth("prune").not_here(),
    Flag::array("prune-allowlist").not_here(),
    Flag::text("subresource").not_here(),
    Flag::text("cascade")
        .default("background")
        .alone("background"),
    Flag::truth("force"),
    Flag::int("grace-period", "-1"),
    Flag::duration("timeout", "0s"),
    Flag::truth("wait"),
];

/// All objects are read first, then those that could be read are applied.
fn run(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let is_server_side = given.is("server-side");
    let stdin = cx.stdin.clone();
    let mut session = Session::of(cx, given)?;
    let dry_run = session.dry_run;
    let wrong = if given.is("force-conflicts") && !is_server_side {
        "--force-conflicts only works with --server-side"
    } else if is_server_side && dry_run == DryRun::Client {
        "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)"
    } else if is_server_side && given.is("force") {
        "--force cannot be used with --server-side"
    } else if given.is("force") && dry_run == DryRun::Server {
        "--dry-run=server cannot be used with --force"
    } else {
        ""
    };
    if !wrong.is_empty() {
        return plain(wrong);
    }
    if !given.words.is_empty() {
        let words = given.words.join(" ");
        let sentence = format!("Unexpected args: [{words}]");
        return Err(Error::usage(&given.command, &sentence));
    }
    let Objects { infos, errors } = Objects::read(&mut session, given)?;
    if infos.is_empty() && errors.is_empty() {
        return plain("no objects passed to apply");
    }
    let gathered = Error::gathered(errors).err();
    let errors: Vec<Error> = gathered.into_iter().collect();
    Ok(match each(&mut session, given, &infos, 0, errors)? {
        Some(forcing) => Process::Apply(forcing.reads(stdin)),
        None => Process::Ended(0),
    })
}

/// What a command's files name.
struct Objects {
    infos: Vec<Info>,
    /// What can't be read of them.
    errors: Vec<Error>,
}

impl Objects {
    fn read(session: &mut Session<'_, '_>, given: &Given) -> Result<Self, Error> {
        let mut asked = Asked::of(session.cx, given);
        asked.requires_files()?;
        asked.all = false;
        asked.validates = session.validates();
        let (infos, errors) = asked.find(session.cx)?.parted();
        Ok(Objects { infos, errors })
    }
}

/// Applies objects from one on; tells of the first that was deleted, because it can't be patched.
fn each(
    session: &mut Session<'_, '_>,
    given: &Given,
    infos: &[Info],
    from: usize,
    mut errors: Vec<Error>,
) -> Result<Option<Forcing>, Error> {
    for (at, info) in infos.iter().enumerate().skip(from) {
        if given.is("server-side") {
            errors.extend(server_side::apply(session, info).err());
            continue;
        }
        let original = session.cx.world().store.get(&key_of(info)).cloned();
        let applied = client_side::apply(session, info);
        let Err(error) = applied else {
            continue;
        };
        match original {
            Some(original) if given.is("force") && force::helps_against(&error) => {
                let original = original.value.clone();
                match force::begin(session, given, (at, info), original, &errors) {
                    Ok(forcing) => return Ok(Some(forcing)),
                    Err(refused) => errors.push(refused),
                }
            }
            _ => errors.push(error),
        }
    }
    Error::gathered(errors)?;
    Ok(None)
}
