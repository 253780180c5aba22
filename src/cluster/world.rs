//! What all components share: the store, the clock, chance, and the machines.
//! Ours: upstream's components share only the API server; here they share its store, and the world's
//! clock and generator besides.

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::controllers::reconcile::Reconcile;
use super::kubelet::{Exchanges, FileUses};
use super::network::Outbox;
use super::{Actor, Cause, Change, ChangeId, InputId, Latencies, Rng, Setup, SimTime, Store};
use super::{TimerId, Timers, Verb, Wake};
use crate::api::{Object, ObjectKey};
use crate::collections::{List, Map};
use crate::machine::Machines;

/// What all components share.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct World {
    /// What the world started from.
    pub setup: Rc<Setup>,
    /// Objects and changes. Written through the functions of [`super::api_server`] only.
    pub store: Store,
    /// Chance.
    pub rng: Rng,
    /// Hosts and virtual machines.
    pub machines: Rc<Machines>,
    /// Machines that are off, and since when.
    pub powered_off: Map<Rc<str>, SimTime>,
    /// What each input was answered, line by line.
    pub answers: Map<InputId, Rc<Answer>>,
    /// What containers of one Pod asked each other; no change of the world tells it.
    pub exchanges: Exchanges,
    /// What containers did with files of their volumes; no change of the world tells it.
    pub file_uses: FileUses,
    /// What processes want sent beyond their Pods.
    pub outbox: Outbox,
    /// What controllers saw, wanted and did when they looked last.
    pub reconciles: Map<ObjectKey, Rc<Reconcile>>,
    /// Number of the network that was given to a Node last: see the kubelet's `node_status.rs`.
    pub pod_networks_given: u32,
    timers: Timers,
    /// Has every beat of a probe its event, whether it could tell anything new or not? For tests.
    pub(super) every_beat: bool,
    /// Why what happens now happens.
    cause: Cause,
    /// Changes that the components haven't been told yet.
    untold: List<Change>,
}

/// What kubectl printed for one input.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// In the order in which they were printed.
    pub lines: Vec<AnswerLine>,
    /// Is there nothing more to come?
    pub finished: bool,
}

/// One line that kubectl printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerLine {
    /// Which document of the manifest it is about, counted from 0.
    pub document: u32,
    /// `pod/hello-pod created`
    pub text: Rc<str>,
    /// Did it go to standard error?
    pub is_error: bool,
}

impl World {
    pub(super) fn new(setup: Rc<Setup>, seed: u64) -> Self {
        World {
            machines: Rc::new(Machines::default()),
            store: Store::default(),
            rng: Rng::new(seed),
            powered_off: Map::new(),
            answers: Map::new(),
            exchanges: Exchanges::new(),
            file_uses: FileUses::new(),
            outbox: Outbox::default(),
            reconciles: Map::new(),
            pod_networks_given: 0,
            timers: Timers::default(),
            every_beat: false,
            cause: Cause::Start,
            untold: List::new(),
            setup,
        }
    }

    /// The present.
    pub fn now(&self) -> SimTime {
        self.timers.now()
    }

    /// How long things take.
    pub fn latencies(&self) -> &Latencies {
        &self.setup.latencies
    }

    /// Wakes a component after a while. The wake-up remembers why it was set.
    pub fn wake(&mut self, after: Duration, wake: Wake) -> TimerId {
        self.timers.set(after, wake, self.cause)
    }

    /// Sets one that was taken back, or one of a row.
    pub(super) fn wake_again(&mut self, timer: TimerId, wake: Wake) {
        self.timers.set_again(timer, wake, self.cause);
    }

    /// Takes a wake-up back.
    pub fn cancel(&mut self, timer: TimerId) {
        self.timers.cancel(timer);
    }

    /// Why what happens now happens.
    pub fn cause(&self) -> Cause {
        self.cause
    }

    /// What happens from now on happens because of `cause`.
    pub fn set_cause(&mut self, cause: Cause) {
        self.cause = cause;
    }

    pub(super) fn timers_mut(&mut self) -> &mut Timers {
        &mut self.timers
    }

    pub(super) fn timers(&self) -> &Timers {
        &self.timers
    }

    /// Puts a change on record; its watchers will be told. Called by the API front.
    pub(super) fn record(
        &mut self,
        actor: Actor,
        verb: Verb,
        object: ObjectKey,
        after: Option<Rc<Object>>,
        message: Rc<str>,
    ) {
        let before = self.store.get(&object).cloned();
        let id = ChangeId(self.store.changes().len() as u64);
        let (at, cause) = (self.now(), self.cause);
        let change = Change {
            id,
            at,
            actor,
            verb,
            object,
            before,
            after,
            cause,
            message,
        };
        let change = self.store.record(change);
        self.untold.push(change);
    }

    /// The next change that the components haven't been told.
    pub(super) fn next_untold(&mut self) -> Option<Rc<Change>> {
        self.untold.pop_first()
    }

    /// Prints a line of kubectl's answer to the input that is being handled.
    pub fn answer(
        &mut self,
        input: InputId,
        document: u32,
        text: impl Into<Rc<str>>,
        is_error: bool,
    ) {
        let answer = Rc::make_mut(self.answers.or_default(input));
        answer.lines.push(AnswerLine {
            document,
            text: text.into(),
            is_error,
        });
    }

    /// Nothing more will be printed for `input`.
    pub fn finish_answer(&mut self, input: InputId) {
        Rc::make_mut(self.answers.or_default(input)).finished = true;
    }
}
