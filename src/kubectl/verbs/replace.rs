//! `kubectl replace`. Models `k8s.io/kubectl/pkg/cmd/replace/replace.go`. Left out: `--raw`,
//! `--subresource`.

use serde::{Deserialize, Serialize};

use super::delete::{Deleting, FLAGS, How};
use crate::kubectl::apply::remember;
use crate::kubectl::asked::Asked;
use crate::kubectl::builder::Info;
use crate::kubectl::command::Command;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::Error;
use crate::kubectl::flags::{Flag, Given, shared};
use crate::kubectl::options::DryRun;
use crate::kubectl::process::{Poll, Process};
use crate::kubectl::session::Session;
use std::rc::Rc;

/// `kubectl replace`
pub const COMMAND: Command =
    Command::new("replace", "Replace a resource by file name or stdin", run).flags(&[
        shared::FILENAME,
        shared::PRINT,
        shared::DRY_RUN,
        shared::VALIDATE,
        shared::SAVE_CONFIG,
        FLAGS,
        OWN,
    ]);

const OWN: &[Flag] = &[
    Flag::text("field-manager").default("kubectl-replace"),
    Flag::text("raw").not_here(),
    Flag::text("subresource").not_here(),
];

/// What was deleted is to be created again once it is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Replacing {
    deleting: Deleting,
    /// The command's words, which are read again.
    words: Rc<[String]>,
    /// What standard input was.
    stdin: Option<Rc<str>>,
}

fn run(cx: &mut Cx<'_>, given: &mut Given) -> Result<Process, Error> {
    let mut asked = Asked::of(cx, given);
    let session = Session::of(cx, given)?;
    asked.requires_files()?;
    let grace = given.int("grace-period");
    if grace >= 0 && !given.is("force") {
        return Err(Error::Plain(
            "--grace-period must have --force specified".into(),
        ));
    }
    if given.has("timeout") && !given.is("force") {
        return Err(Error::Plain("--timeout must have --force specified".into()));
    }
    if given.is("force") && session.dry_run != DryRun::None {
        let sentence = "--dry-run can not be used when --force is set";
        return Err(Error::Plain(sentence.into()));
    }
    if given.is("force") {
        return force(cx, given, asked);
    }
    asked.validates = session.validates();
    each(session, &asked, given, |session, info, value| {
        let mut value = value.clone();
        if session.dry_run != DryRun::Client {
            let replaced = session.client.replace(session.cx.world(), info, &value);
            let replaced =
                replaced.map_err(|error| error.while_doing("replacing", &info.source))?;
            session.cx.warn_once(&replaced.warnings);
            value = replaced.object.value.clone();
        }
        session.print(&value, "replaced");
        Ok(())
    })?;
    Ok(Process::Ended(0))
}

fn each(
    mut session: Session<'_, '_>,
    asked: &Asked,
    given: &Given,
    one: fn(&mut Session<'_, '_>, &Info, &crate::api::Value) -> Result<(), Error>,
) -> Result<usize, Error> {
    let found = asked.find(session.cx)?;
    let (mut errors, mut done) = (Vec::new(), 0);
    for item in found.items {
        let written = item.and_then(|info| {
            let mut value = info.value.clone();
            if given.is("save-config") {
                remember(&mut value);
            }
            one(&mut session, &info, &value)
        });
        match written {
            Ok(()) => done += 1,
            Err(error) => errors.push(error),
        }
    }
    Error::gathered(errors)?;
    Ok(done)
}

/// Deletes what is there; it is created again once it is gone.
fn force(cx: &mut Cx<'_>, given: &mut Given, mut asked: Asked) -> Result<Process, Error> {
    let stdin = cx.stdin.clone();
    let grace = given.int("grace-period");
    let how = How {
        grace: match grace {
            0 => Some(1),
            grace if grace > 0 => Some(grace),
            _ => None,
        },
        ignores_not_found: true,
        name_only: given.text("output") == "name",
        ..How::of(cx, given)?
    };
    asked.requires_object = false;
    let found = asked.find(cx)?;
    let mut deleting = Deleting::begin(cx, found, &how)?;
    deleting.waits_five_minutes(cx);
    Ok(Process::Replace(Replacing {
        deleting,
        words: given.raw.clone(),
        stdin,
    }))
}

impl Replacing {
    /// Creates it once it is gone.
    ///
    /// # Errors
    /// What can't be created.
    pub fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Error> {
        match self.deleting.poll(cx) {
            Ok(Poll::Done(_)) => {}
            Err(_) => {
                let sentence = "timed out waiting for the condition";
                return Err(Error::Plain(sentence.into()));
            }
            waits => return waits,
        }
        cx.stdin.clone_from(&self.stdin);
        let given = crate::kubectl::flags::read(&self.words, &COMMAND.all_flags());
        let given = given.map_err(Error::Plain)?;
        let mut asked = Asked::of(cx, &given);
        let session = Session::of(cx, &given)?;
        asked.validates = session.validates();
        let done = each(session, &asked, &given, |session, info, value| {
            let created = session.create(info, value)?;
            session.print(&created, "replaced");
            Ok(())
        })?;
        if done == 0 {
            return Err(Error::Plain("no objects passed to replace".into()));
        }
        Ok(Poll::Done(0))
    }
}
