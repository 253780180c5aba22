//! Control loops that keep a state true. Models `pkg/controller`, one file each: those that a cluster
//! of Pods, Nodes and Namespaces needs. Workloads, endpoints and node lifecycle are left out so far.

use serde::{Deserialize, Serialize};

use super::{Change, World};

/// Pods that nobody else would delete.
mod pod_gc;

/// Namespaces that are being deleted.
mod namespace;

use namespace::NamespaceController;
use pod_gc::PodGarbageCollector;

/// kube-controller-manager.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Controllers {
    pod_gc: PodGarbageCollector,
    namespace: NamespaceController,
}

/// What a controller wakes up for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Wake {
    /// The Pod garbage collector's round.
    PodGarbageCollector,
    /// A Namespace is to be looked at.
    Namespace(std::rc::Rc<str>),
}

impl Controllers {
    /// Controllers that have seen nothing yet.
    pub fn new() -> Self {
        Controllers::default()
    }

    /// Sees a change. Marks what has to be looked at; writes nothing.
    pub fn observe(&mut self, world: &mut World, change: &Change) {
        self.pod_gc.observe(world, change);
        self.namespace.observe(world, change);
    }

    /// A timer of a controller's rang.
    pub fn wake(&mut self, world: &mut World, wake: Wake) {
        match wake {
            Wake::PodGarbageCollector => self.pod_gc.collect(world),
            Wake::Namespace(name) => self.namespace.sync(world, &name),
        }
    }
}
