//! Pods to Nodes. Models `pkg/scheduler`.

use serde::{Deserialize, Serialize};

use super::{Change, World};

/// kube-scheduler: its queue and what it remembers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Scheduler {}

/// What the scheduler wakes up for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Wake {
    /// One scheduling cycle.
    ScheduleOne,
}

impl Scheduler {
    /// A scheduler that has seen nothing yet.
    pub fn new() -> Self {
        Scheduler::default()
    }

    /// Sees a change. Marks what has to be looked at; writes nothing.
    pub fn observe(&mut self, _world: &mut World, _change: &Change) {}

    /// A timer of the scheduler's rang.
    pub fn wake(&mut self, _world: &mut World, _wake: Wake) {}
}
