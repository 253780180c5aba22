//! A kubectl command under way, as a value that can be kept: it is polled when the world has changed
//! and at its deadlines, and answers whether it is over. Ours: upstream it is a process.

use serde::{Deserialize, Serialize};

use super::cx::Cx;
use super::error::Error;
use super::verbs::apply::Forcing;
use super::verbs::delete::Deleting;
use super::verbs::drain::Draining;
use super::verbs::edit::Editing;
use super::verbs::events::Watching as WatchingEvents;
use super::verbs::exec::Executing;
use super::verbs::get::watch::Watching;
use super::verbs::logs::Following;
use super::verbs::replace::Replacing;
use super::verbs::rollout::status::Status;
use super::verbs::scale::Scaling;
use super::verbs::wait::Waiting;
use crate::cluster::SimTime;

/// A command under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Process {
    /// It is over, with this exit code.
    Ended(i32),
    /// `kubectl delete` waits until what it deleted is gone.
    Delete(Deleting),
    /// `kubectl apply --force` waits until what it deleted is gone.
    Apply(Forcing),
    /// `kubectl replace --force` waits until what it deleted is gone.
    Replace(Replacing),
    /// `kubectl scale --timeout` waits until there are as many as asked.
    Scale(Scaling),
    /// `kubectl rollout status` waits until the rollout is done.
    RolloutStatus(Status),
    /// `kubectl wait`
    Wait(Waiting),
    /// `kubectl drain` waits until what it evicted is gone.
    Drain(Draining),
    /// `kubectl logs -f`
    Logs(Following),
    /// `kubectl exec`: the command takes its time.
    Exec(Executing),
    /// `kubectl edit`: an editor is open.
    Edit(Editing),
    /// `kubectl get -w` tells every change.
    Get(Watching),
    /// `kubectl events -w` tells every Event.
    Events(WatchingEvents),
}

/// How far a command is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Poll {
    /// It is over, with this exit code.
    Done(i32),
    /// It waits: for a change of the world, and at most until then.
    Waits(Option<SimTime>),
    /// It wants this line of the shell run first (an editor), and is polled again after it.
    Runs(String),
}

impl Process {
    /// Goes on as far as it can now. `status`: the exit code of what it wanted run.
    pub fn poll(&mut self, cx: &mut Cx<'_>, status: i32) -> Poll {
        let polled = self.try_poll(cx, status);
        polled.unwrap_or_else(|error| {
            cx.fail(&error);
            Poll::Done(1)
        })
    }

    fn try_poll(&mut self, cx: &mut Cx<'_>, status: i32) -> Result<Poll, Error> {
        match self {
            Process::Ended(exit) => Ok(Poll::Done(*exit)),
            Process::Delete(deleting) => deleting.poll(cx),
            Process::Apply(forcing) => forcing.poll(cx),
            Process::Replace(replacing) => replacing.poll(cx),
            Process::Scale(scaling) => scaling.poll(cx),
            Process::RolloutStatus(status) => status.poll(cx),
            Process::Wait(waiting) => waiting.poll(cx),
            Process::Drain(draining) => draining.poll(cx),
            Process::Logs(following) => following.poll(cx),
            Process::Exec(executing) => executing.poll(cx),
            Process::Edit(editing) => editing.poll(cx, status),
            Process::Get(watching) => watching.poll(cx),
            Process::Events(watching) => watching.poll(cx),
        }
    }
}
