//! Control loops that keep a state true. Models `pkg/controller`, one file each.
//! `work_queue.rs`, `controller_utils.rs`, `controller_ref_manager.rs` and `reconcile.rs` are what they share:
//! when to look, what Pods count and how they are made, whose they are, and what a look came to.
//! Left out: Jobs, StatefulSets, DaemonSets, autoscalers and budgets, and, but for one part of it, nodes; the
//! binder of volumes and the maker of ephemeral claims; the mirror of Endpoints written by hand; taint
//! eviction; the publisher of `kube-root-ca.crt`, which the token volume of every Pod names.

mod controller_ref_manager;
mod controller_utils;
mod deployment;
mod endpoint_slice;
#[cfg(test)]
mod endpoint_tests;
mod endpoint_util;
mod endpoints;
mod garbage_collector;
mod namespace;
mod node_lifecycle;
mod pod_gc;
/// What controllers saw, wanted and did when they looked at an object last.
pub mod reconcile;
mod replica_set;
mod service_account;
mod volume_protection;
mod work_queue;

use serde::{Deserialize, Serialize};

use super::{Change, SimTime, Verb, World};
use crate::api::ObjectKey;
use deployment::DeploymentController;
use endpoint_slice::EndpointSliceController;
use endpoints::EndpointsController;
use garbage_collector::GarbageCollector;
use namespace::NamespaceController;
pub(super) use node_lifecycle::node_fell_silent;
use pod_gc::PodGarbageCollector;
use replica_set::ReplicaSetController;

/// kube-controller-manager.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Controllers {
    pod_garbage_collector: PodGarbageCollector,
    garbage_collector: GarbageCollector,
    namespaces: NamespaceController,
    endpoint_slices: EndpointSliceController,
    endpoints: EndpointsController,
    replica_sets: ReplicaSetController,
    replication_controllers: ReplicaSetController,
    deployments: DeploymentController,
}

/// What a controller wakes up for: one variant each, so that two may look at the same object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Wake {
    /// Pods whose Node is gone.
    PodGarbageCollector,
    /// A Namespace to be emptied.
    Namespace(ObjectKey),
    /// An account to be made.
    ServiceAccount(ObjectKey),
    /// A Node whose kubelet may be silent since this moment.
    NodeSilent(ObjectKey, SimTime),
    /// A Node whose taints don't fit its conditions.
    NodeLifecycle(ObjectKey),
    /// A Service whose slices may be others now.
    EndpointSlice(ObjectKey),
    /// A Service whose Endpoints may be others now.
    Endpoints(ObjectKey),
    /// An object whose owners may be gone, or whose dependents are to go first.
    GarbageCollector(ObjectKey),
    /// An object whose dependents are to lose it.
    GarbageCollectorOrphans(ObjectKey),
    /// A ReplicaSet whose Pods may not be as many as it wants.
    ReplicaSet(ObjectKey),
    /// The same of a ReplicationController.
    ReplicationController(ObjectKey),
    /// A Deployment that may not be what it wants to be.
    Deployment(ObjectKey),
    /// A claim or volume to be let go of.
    VolumeProtection(ObjectKey),
}

impl Default for Controllers {
    fn default() -> Self {
        Controllers::new()
    }
}

impl Controllers {
    /// Controllers that have seen nothing yet.
    pub fn new() -> Self {
        Controllers {
            pod_garbage_collector: PodGarbageCollector::default(),
            garbage_collector: GarbageCollector::default(),
            namespaces: NamespaceController::default(),
            endpoint_slices: EndpointSliceController::default(),
            endpoints: EndpointsController::default(),
            replica_sets: ReplicaSetController::default(),
            replication_controllers: ReplicaSetController::of_replication_controllers(),
            deployments: DeploymentController::default(),
        }
    }

    /// What controllers have done long before a world begins.
    pub fn settle(world: &mut World) {
        service_account::settle(world);
    }

    /// Takes an imported cluster as it is: what isn't in it is believed to be elsewhere.
    pub(super) fn take_as_it_is(&mut self, world: &World) {
        self.garbage_collector.believe_in_owners(world);
    }

    /// Sees a change. Marks what has to be looked at; writes nothing.
    pub fn observe(&mut self, world: &mut World, change: &Change) {
        if change.verb == Verb::Refused {
            return;
        }
        self.pod_garbage_collector.observe(world, change);
        self.namespaces.observe(world, change);
        node_lifecycle::observe(world, change);
        service_account::observe(world, change);
        volume_protection::observe(world, change);
        self.garbage_collector.observe(world, change);
        self.replica_sets.observe(world, change);
        self.replication_controllers.observe(world, change);
        self.deployments.observe(world, change);
        if change.verb == Verb::Deleted {
            reconcile::forget(world, &change.object);
        }
        let services = match &*change.object.kind {
            "Pod" => endpoint_util::services_of_pod(world, change),
            _ => Vec::new(),
        };
        self.endpoint_slices.observe(world, change, &services);
        self.endpoints.observe(world, change, &services);
    }

    /// A timer of a controller's rang.
    pub fn wake(&mut self, world: &mut World, wake: Wake) {
        match wake {
            Wake::PodGarbageCollector => self.pod_garbage_collector.collect(world),
            Wake::Namespace(key) => self.namespaces.sync(world, &key),
            Wake::NodeSilent(key, since) => node_lifecycle::silent(world, &key, since),
            Wake::NodeLifecycle(key) => node_lifecycle::sync(world, &key),
            Wake::ServiceAccount(key) => service_account::sync(world, &key),
            Wake::EndpointSlice(key) => self.endpoint_slices.sync(world, &key),
            Wake::Endpoints(key) => self.endpoints.sync(world, &key),
            Wake::GarbageCollector(key) => self.garbage_collector.attempt_to_delete(world, &key),
            Wake::GarbageCollectorOrphans(key) => {
                self.garbage_collector.attempt_to_orphan(world, &key);
            }
            Wake::ReplicaSet(key) => self.replica_sets.sync(world, &key),
            Wake::ReplicationController(key) => self.replication_controllers.sync(world, &key),
            Wake::Deployment(key) => self.deployments.sync(world, &key),
            Wake::VolumeProtection(key) => volume_protection::sync(world, &key),
        }
    }
}
