//! Pods to Nodes. Models `pkg/scheduler`. Read in the order below.

use serde::{Deserialize, Serialize};

use super::{Change, World};

/// What Pods ask for and nodes have, as plain numbers.
pub mod resource;

/// A node with the Pods on it, and a Pod with what it asks for.
pub mod node_info;

/// What the scheduler watches besides Pods and Nodes.
pub mod listers;

/// The cluster as the scheduler sees it.
pub mod view;

/// What a plugin is.
pub mod framework;

/// One file a plugin.
pub mod plugins;

/// One attempt to place a Pod, as data.
pub mod decision;

/// Which less important Pods would have to go.
pub mod preemption;

/// One attempt as a pure function.
pub mod cycle;

/// Pods that wait.
pub mod queue;

#[cfg(test)]
mod test_support;

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
