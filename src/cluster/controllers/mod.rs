//! Control loops that keep a state true. Models `pkg/controller`, one file each.

use serde::{Deserialize, Serialize};

use super::{Change, World};

/// kube-controller-manager.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Controllers {}

/// What a controller wakes up for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Wake {
    /// Pods whose Node is gone.
    PodGarbageCollector,
}

impl Controllers {
    /// Controllers that have seen nothing yet.
    pub fn new() -> Self {
        Controllers::default()
    }

    /// Sees a change. Marks what has to be looked at; writes nothing.
    pub fn observe(&mut self, _world: &mut World, _change: &Change) {}

    /// A timer of a controller's rang.
    pub fn wake(&mut self, _world: &mut World, _wake: Wake) {}
}
