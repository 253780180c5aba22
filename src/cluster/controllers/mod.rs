//! Control loops that keep a state true. Models `pkg/controller`, one file each.
//! Left out: the controllers of workloads, endpoints and nodes; the binder of volumes.

mod namespace;
mod pod_gc;
mod service_account;
mod volume_protection;

use serde::{Deserialize, Serialize};

use super::{Change, Verb, World};
use crate::api::ObjectKey;
use namespace::NamespaceController;
use pod_gc::PodGarbageCollector;

/// kube-controller-manager.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Controllers {
    pod_garbage_collector: PodGarbageCollector,
    namespaces: NamespaceController,
}

/// What a controller wakes up for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Wake {
    /// Pods whose Node is gone.
    PodGarbageCollector,
    /// A Namespace to be emptied, an account to be made, a claim or volume to be let go of.
    Object(ObjectKey),
}

impl Controllers {
    /// Controllers that have seen nothing yet.
    pub fn new() -> Self {
        Controllers::default()
    }

    /// What controllers have done long before a world begins.
    pub fn settle(world: &mut World) {
        service_account::settle(world);
    }

    /// Sees a change. Marks what has to be looked at; writes nothing.
    pub fn observe(&mut self, world: &mut World, change: &Change) {
        if change.verb == Verb::Refused {
            return;
        }
        self.pod_garbage_collector.observe(world, change);
        self.namespaces.observe(world, change);
        service_account::observe(world, change);
        volume_protection::observe(world, change);
    }

    /// A timer of a controller's rang.
    pub fn wake(&mut self, world: &mut World, wake: Wake) {
        match wake {
            Wake::PodGarbageCollector => self.pod_garbage_collector.collect(world),
            Wake::Object(key) => match &*key.kind {
                "Namespace" => self.namespaces.sync(world, &key),
                "ServiceAccount" => service_account::sync(world, &key),
                _ => volume_protection::sync(world, &key),
            },
        }
    }
}
