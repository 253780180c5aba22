//! `kubectl apply view-last-applied`. Models `k8s.io/kubectl/pkg/cmd/apply/apply_view_last_applied.go`.
//! Left out: what is said of an annotation that isn't JSON; here it counts as none.

use crate::kubectl::apply::last_applied;
use crate::kubectl::asked::Asked;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given, shared};
use crate::kubectl::output;
use crate::kubectl::print;
use crate::kubectl::process::Process;
use crate::manifest::stream::quoted;

pub(super) const COMMAND: Command = Command::new(
    "view-last-applied",
    "View the latest last-applied-configuration annotations of a resource/object",
    run,
)
.usage("(TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME) [options]")
.flags(&[
    shared::FILENAME,
    shared::SELECTOR,
    shared::ALL,
    &[Flag::text("output").short("o").default("yaml")],
]);

/// Nothing is printed unless all that is asked for is there.
fn run(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let mut asked = Asked::of(cx, given);
    asked.latest = true;
    let mut applied = Vec::new();
    for item in asked.find(cx)?.items {
        let info = item?;
        match last_applied(&info.value) {
            Some(value) => applied.push(value),
            // Upstream wraps an error that it doesn't have: only of a file's object anything is said.
            None if info.source.is_empty() => {}
            None => {
                let (name, source) = (&info.name, quoted(&info.source));
                return plain(format!(
                    "error when no last-applied-configuration annotation found on resource: \
                     {name}\n {source}: <nil>"
                ));
            }
        }
    }
    for value in &applied {
        match given.text("output") {
            "json" => cx.print(&output::json_indented(value, "  ")),
            "yaml" => cx.print(&print::yaml(value)),
            other => {
                let sentence = format!(
                    "Unexpected -o output mode: {other}, the flag 'output' must be one of yaml|json"
                );
                return Err(Error::usage(&given.command, &sentence));
            }
        }
    }
    Ok(Process::Ended(0))
}
