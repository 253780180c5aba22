//! `kubectl rollout history`. Models `rollout_history.go` and `polymorphichelpers/history.go`.

use super::revisions::{self, CHANGE_CAUSE, Revision};
use super::{FLAGS, find};
use crate::api::Value;
use crate::kubectl::builder::Info;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::{Flag, Given, shared};
use crate::kubectl::process::Process;
use crate::kubectl::session::Session;
use crate::kubectl::tab_writer::{DESCRIPTION, align};
use crate::kubectl::{describe, print};

pub(super) const COMMAND: Command = Command::new("history", "View rollout history", run).flags(&[
    FLAGS,
    shared::PRINT,
    &[Flag::int("revision", "0")],
]);

fn run(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let revision = given.int("revision");
    if revision < 0 {
        return plain(format!("revision must be a positive integer: {revision}"));
    }
    let found = find(cx, given)?;
    let mut errors = Vec::new();
    for item in found.items {
        errors.extend(item.and_then(|info| one(cx, given, &info)).err());
    }
    Error::gathered(errors)?;
    Ok(Process::Ended(0))
}

fn one(cx: &mut Cx<'_>, given: &Given, info: &Info) -> Result<(), Error> {
    let wanted = given.int("revision");
    let all = revisions::of(cx, info)?;
    let meant: Vec<&Revision> = match wanted {
        0 => all.iter().collect(),
        wanted => {
            let meant = all.iter().filter(|revision| revision.number == wanted);
            meant.collect()
        }
    };
    if meant.is_empty() && !all.is_empty() {
        return plain("unable to find the specified revision");
    }
    if given.has("output") {
        let mut session = Session::of(cx, given)?;
        for revision in meant {
            session.print(&revision.object, "");
        }
        return Ok(());
    }
    let text = match (&meant[..], wanted) {
        ([], _) => "No rollout history found.".to_string(),
        ([revision], 1..) => {
            let mut template = revision.template.clone();
            let cause = cause(&revision.object);
            if cause != "<none>" && info.kind.kind() == "Deployment" {
                template.set(&["metadata", "annotations", CHANGE_CAUSE], cause);
            }
            pod_template(&template)
        }
        (all, _) => {
            let mut table = "REVISION\tCHANGE-CAUSE\n".to_string();
            for revision in all {
                let cause = cause(&revision.object);
                table += &format!("{}\t{cause}\n", revision.number);
            }
            align(&table, DESCRIPTION)
        }
    };
    let with = match wanted {
        0 => String::new(),
        wanted => format!("with revision #{wanted}"),
    };
    let name = print::name(&info.value);
    cx.line(&format!("{name} {with}\n{text}"));
    Ok(())
}

fn cause(object: &Value) -> &str {
    match object.text_at(&["metadata", "annotations", CHANGE_CAUSE]) {
        "" => "<none>",
        cause => cause,
    }
}

/// A template in words.
pub(super) fn pod_template(template: &Value) -> String {
    describe::pod_template(template)
}
