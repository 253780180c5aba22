//! `kubectl rollout`. Models `k8s.io/kubectl/pkg/cmd/rollout` and `pkg/polymorphichelpers`.

/// `kubectl rollout history`
mod history;

/// `kubectl rollout pause`, `resume`, `restart`
mod marks;

/// Revisions of an object.
mod revisions;

/// `kubectl rollout status`
pub mod status;

/// `kubectl rollout undo`
mod undo;

use crate::kubectl::asked::{Asked, Found};
use crate::kubectl::command::{Act, Command};
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given, shared};

/// `kubectl rollout`
pub const COMMAND: Command = Command {
    act: Act::Group(false, 1),
    ..Command::group(
        "rollout",
        "Manage the rollout of a resource",
        &[
            &history::COMMAND,
            &marks::PAUSE,
            &marks::RESTART,
            &marks::RESUME,
            &status::COMMAND,
            &undo::COMMAND,
        ],
    )
}
.long(
    "Manage the rollout of one or many resources.\n        \n Valid resource types include:\n\n  *  \
     deployments\n  *  daemonsets\n  *  statefulsets",
)
.examples(
    "  # Rollback to the previous deployment\n  kubectl rollout undo deployment/abc\n  \n  # Check the \
     rollout status of a daemonset\n  kubectl rollout status daemonset/foo\n  \n  # Restart a \
     deployment\n  kubectl rollout restart deployment/abc\n  \n  # Restart deployments with the \
     'app=nginx' label\n  kubectl rollout restart deployment --selector=app=nginx",
)
.usage("SUBCOMMAND [options]");

/// Flags that all of them have.
const FLAGS: &[Flag] = &[
    shared::FILENAME[0],
    shared::FILENAME[1],
    shared::FILENAME[2],
    shared::SELECTOR[0],
];

/// What a command is about; `must` stands before the complaint that it is about nothing.
fn find(cx: &mut Cx<'_>, given: &Given) -> Result<Found, Error> {
    let mut asked = Asked::of(cx, given);
    if asked.words.is_empty() && asked.has_no_files() {
        return plain("required resource not specified");
    }
    asked.allows_empty_selector = true;
    asked.latest = true;
    asked.find(cx)
}
