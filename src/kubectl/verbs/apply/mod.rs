//! `kubectl apply`. Models `k8s.io/kubectl/pkg/cmd/apply/apply.go`. Left out: pruning, apply sets.

/// `kubectl apply view-last-applied`
mod view_last_applied;

use crate::kubectl::asked::Asked;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::Error;
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
    let mut asked = Asked::of(cx, given);
    let mut session = Session::of(cx, given)?;
    if is_server_side && session.dry_run == DryRun::Client {
        let sentence = "--dry-run=client doesn't work with --server-side (did you mean \
                        --dry-run=server instead?)";
        return Err(Error::Plain(sentence.into()));
    }
    if given.is("force-conflicts") && !is_server_side {
        let sentence = "--force-conflicts only works with --server-side";
        return Err(Error::Plain(sentence.into()));
    }
    if !given.words.is_empty() {
        let words = given.words.join(" ");
        let sentence = format!("Unexpected args: [{words}]");
        return Err(Error::usage(&given.command, &sentence));
    }
    asked.requires_files()?;
    asked.all = false;
    asked.validates = session.validates();
    let found = asked.find(session.cx)?;
    let (infos, errors) = found.parted();
    if infos.is_empty() && errors.is_empty() {
        return Err(Error::Plain("no objects passed to apply".into()));
    }
    let gathered = Error::gathered(errors).err();
    let mut errors: Vec<Error> = gathered.into_iter().collect();
    for info in &infos {
        let applied = match is_server_side {
            true => server_side::apply(&mut session, info),
            false => client_side::apply(&mut session, info),
        };
        errors.extend(applied.err());
    }
    Error::gathered(errors)?;
    Ok(Process::Ended(0))
}
