//! `kubectl apply --force`: what can't be patched is deleted, and created again once it is gone. Models `deleteAndCreate`
//! of `k8s.io/kubectl/pkg/cmd/apply/patcher.go`. Left out: that it looks once a second whether it is gone.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::{COMMAND, Objects};
use crate::api::{ObjectKey, Value};
use crate::cluster::SimTime;
use crate::kubectl::apply::{remember, without_nulls};
use crate::kubectl::builder::Info;
use crate::kubectl::client::key_of;
use crate::kubectl::cx::Cx;
use crate::kubectl::error::{Error, plain};
use crate::kubectl::flags::Given;
use crate::kubectl::process::Poll;
use crate::kubectl::session::Session;
use crate::kubectl::verbs::delete::How;
use crate::kubectl::{flags, go_duration};

/// An object was deleted; it and those after it are to be applied once it is gone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forcing {
    /// The command's words, which are read again.
    words: Rc<[String]>,
    /// What standard input was.
    stdin: Option<Rc<str>>,
    /// Which of the command's objects it is.
    at: usize,
    key: ObjectKey,
    /// What it was.
    original: Value,
    /// When it is waited for no longer.
    until: Option<SimTime>,
    /// How many objects were printed before.
    printed: usize,
    /// Has anything failed?
    fails: bool,
}

/// May this error of a patch be mended by deleting the object?
pub(super) fn helps_against(error: &Error) -> bool {
    matches!(error, Error::Server { status, .. } if matches!(status.reason, "Invalid" | "Conflict"))
}

/// Deletes the object that can't be patched. What failed before is told now.
pub(super) fn begin(
    session: &mut Session<'_, '_>,
    given: &Given,
    (at, info): (usize, &Info),
    original: Value,
    errors: &[Error],
) -> Result<Forcing, Error> {
    let how = How::of(session.cx, given)?;
    let grace = Some(given.int("grace-period")).filter(|grace| *grace >= 0);
    session
        .cx
        .may("delete", info.kind, &info.namespace, &info.name)?;
    let client = session.client;
    client.delete(session.cx.world(), info, grace, how.propagation)?;
    let fails = !errors.is_empty();
    for error in errors {
        session.cx.fail(error);
    }
    let patience = go_duration::length(given.text("timeout"));
    Ok(Forcing {
        words: given.raw.clone(),
        stdin: None,
        at,
        key: key_of(info),
        original,
        until: (!patience.is_zero()).then(|| session.cx.now() + patience),
        printed: session.printed,
        fails,
    })
}

impl Forcing {
    /// What standard input was is read again.
    pub(super) fn reads(mut self, stdin: Option<Rc<str>>) -> Self {
        self.stdin = stdin;
        self
    }

    /// Creates it once it is gone, and goes on with the others.
    ///
    /// # Errors
    /// What can't be applied.
    pub fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Error> {
        let is_there = cx.world().store.get(&self.key).is_some();
        if is_there && self.until.is_none_or(|until| until > cx.now()) {
            return Ok(Poll::Waits(self.until));
        }
        cx.stdin.clone_from(&self.stdin);
        let given = flags::read(&self.words, &COMMAND.all_flags()).map_err(Error::Plain)?;
        let mut session = Session::of(cx, &given)?;
        let Objects { infos, .. } = Objects::read(&mut session, &given)?;
        session.printed = self.printed;
        let done = match infos.get(self.at) {
            Some(_) if is_there => plain("timed out waiting for the condition"),
            Some(info) => self.create(&mut session, info),
            None => Ok(()),
        };
        let errors = done.err().into_iter().collect();
        let next = super::each(&mut session, &given, &infos, self.at + 1, errors)?;
        match next {
            Some(next) => {
                let fails = self.fails;
                *self = next.reads(self.stdin.clone());
                self.fails |= fails;
                self.poll(cx)
            }
            None => Ok(Poll::Done(i32::from(self.fails))),
        }
    }

    /// Creates it; where that fails, what was there before.
    fn create(&self, session: &mut Session<'_, '_>, info: &Info) -> Result<(), Error> {
        let mut modified = info.value.clone();
        remember(&mut modified);
        let error = match session.create(info, &without_nulls(&modified)) {
            Ok(created) => {
                session.print(&created, "configured");
                return Ok(());
            }
            Err(error) => error,
        };
        let mut original = self.original.clone();
        original.remove(&["metadata", "resourceVersion"]);
        original.remove(&["metadata", "uid"]);
        match session.create(info, &original) {
            Ok(_) => Err(error),
            Err(second) => plain(format!(
                "An error occurred force-replacing the existing object with the newly provided one:\n\n{}.\n\nAdditionally, an \
                 error occurred attempting to restore the original object:\n\n{}",
                error.sentence(),
                second.sentence()
            )),
        }
    }
}
