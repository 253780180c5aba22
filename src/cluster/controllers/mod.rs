//! Control loops that keep a state true. Models `pkg/controller`, one file each.
//! `work_queue.rs`, `controller_utils.rs`, `controller_ref_manager.rs` and `reconcile.rs` are what they share:
//! when to look, what Pods count and how they are made, whose they are, and what a look came to.
//! Left out: the maker of ephemeral claims; provisioners of volumes; the mirror of Endpoints written by
//! hand; expectations, since no controller here looks at a store that lags behind its own
//! writes.

mod controller_ref_manager;
mod controller_utils;
mod cron_job;
mod daemon_set;
mod deployment;
mod disruption;
mod endpoint_slice;
#[cfg(test)]
mod endpoint_tests;
mod endpoint_util;
mod endpoints;
mod garbage_collector;
mod history;
mod horizontal;
mod job;
mod namespace;
mod node_lifecycle;
mod persistent_volume_binder;
mod pod_gc;
/// What controllers saw, wanted and did when they looked at an object last.
pub mod reconcile;
mod replica_set;
mod resource_quota;
mod root_ca_cert_publisher;
mod service_account;
mod stateful_set;
mod taint_eviction;
mod ttl_after_finished;
mod volume_protection;
mod work_queue;

use serde::{Deserialize, Serialize};

use super::{Change, SimTime, Verb, World};
use crate::api::ObjectKey;
use cron_job::CronJobController;
use daemon_set::DaemonSetController;
use deployment::DeploymentController;
use disruption::DisruptionController;
use endpoint_slice::EndpointSliceController;
use endpoints::EndpointsController;
use garbage_collector::GarbageCollector;
use horizontal::HorizontalController;
use job::JobController;
use namespace::NamespaceController;
use node_lifecycle::NodeLifecycleController;
pub(crate) use node_lifecycle::node_fell_silent;
use persistent_volume_binder::PersistentVolumeBinder;
use pod_gc::PodGarbageCollector;
use replica_set::ReplicaSetController;
use resource_quota::ResourceQuotaController;
use stateful_set::StatefulSetController;
use taint_eviction::TaintEvictionController;
use ttl_after_finished::TtlAfterFinishedController;

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
    jobs: JobController,
    cron_jobs: CronJobController,
    finished_jobs: TtlAfterFinishedController,
    stateful_sets: StatefulSetController,
    daemon_sets: DaemonSetController,
    node_lifecycle: NodeLifecycleController,
    taint_eviction: TaintEvictionController,
    volumes: PersistentVolumeBinder,
    disruption: DisruptionController,
    quotas: ResourceQuotaController,
    autoscalers: HorizontalController,
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
    /// A Job whose Pods may not be those it wants.
    Job(ObjectKey),
    /// A Pod that no Job counts any more.
    JobOrphan(ObjectKey),
    /// A CronJob of which a Job may be due.
    CronJob(ObjectKey),
    /// A Job that is over and may go.
    FinishedJob(ObjectKey),
    /// A StatefulSet whose Pods may not be those it wants.
    StatefulSet(ObjectKey),
    /// The same of a DaemonSet.
    DaemonSet(ObjectKey),
    /// All Nodes, of which some may not be Ready any more, or again.
    NodeMonitor,
    /// Nodes that are given up.
    NodeTaint,
    /// A Node whose taints drive other Pods away than before.
    TaintedNode(ObjectKey),
    /// A Pod that may have to leave its Node.
    TaintedPod(ObjectKey),
    /// A Pod that has borne a taint for as long as it can.
    TaintEviction(ObjectKey),
    /// A claim that may lack a volume.
    BindClaim(ObjectKey),
    /// A volume whose claim may be another one now.
    BindVolume(ObjectKey),
    /// All claims that lack a volume.
    BindClaims,
    /// A budget of which more or fewer Pods may be healthy.
    DisruptionBudget(ObjectKey),
    /// A quota of which more or less may be used.
    ResourceQuota(ObjectKey),
    /// An autoscaler whose time has come.
    Autoscaler(ObjectKey),
    /// A Namespace that may lack the certificate.
    RootCaCert(ObjectKey),
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
            jobs: JobController::default(),
            cron_jobs: CronJobController::default(),
            finished_jobs: TtlAfterFinishedController::default(),
            stateful_sets: StatefulSetController::default(),
            daemon_sets: DaemonSetController::default(),
            node_lifecycle: NodeLifecycleController::default(),
            taint_eviction: TaintEvictionController::default(),
            volumes: PersistentVolumeBinder::default(),
            disruption: DisruptionController::default(),
            quotas: ResourceQuotaController::default(),
            autoscalers: HorizontalController::default(),
        }
    }

    /// What controllers have done long before a world begins.
    pub fn settle(world: &mut World) {
        service_account::settle(world);
        root_ca_cert_publisher::settle(world);
    }

    /// Takes an imported cluster as it is: what isn't in it is believed to be elsewhere.
    pub(super) fn take_as_it_is(&mut self, world: &World) {
        self.garbage_collector.believe_in_owners(world);
    }

    /// Sees a change. Marks what has to be looked at; writes nothing.
    pub fn observe(&mut self, world: &mut World, change: &Change) {
        if !change.verb.writes() {
            return;
        }
        self.pod_garbage_collector.observe(world, change);
        self.namespaces.observe(world, change);
        self.node_lifecycle.observe(world, change);
        service_account::observe(world, change);
        volume_protection::observe(world, change);
        self.garbage_collector.observe(world, change);
        self.replica_sets.observe(world, change);
        self.replication_controllers.observe(world, change);
        self.deployments.observe(world, change);
        self.jobs.observe(world, change);
        self.cron_jobs.observe(world, change);
        self.finished_jobs.observe(world, change);
        self.stateful_sets.observe(world, change);
        self.daemon_sets.observe(world, change);
        // Behind the sets: upstream's evictions take three calls each.
        self.taint_eviction.observe(world, change);
        self.volumes.observe(world, change);
        self.disruption.observe(world, change);
        self.quotas.observe(world, change);
        self.autoscalers.observe(world, change);
        root_ca_cert_publisher::observe(world, change);
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
            Wake::NodeSilent(key, since) => self.node_lifecycle.silent(world, &key, since),
            Wake::NodeLifecycle(key) => self.node_lifecycle.sync(world, &key),
            Wake::NodeMonitor => self.node_lifecycle.monitor(world),
            Wake::NodeTaint => self.node_lifecycle.taint(world),
            Wake::TaintedNode(key) => self.taint_eviction.sync_node(world, &key),
            Wake::TaintedPod(key) => self.taint_eviction.sync_pod(world, &key),
            Wake::TaintEviction(key) => self.taint_eviction.time_is_over(world, &key),
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
            Wake::Job(key) => self.jobs.sync(world, &key),
            Wake::JobOrphan(key) => self.jobs.sync_orphan(world, &key),
            Wake::CronJob(key) => self.cron_jobs.sync(world, &key),
            Wake::FinishedJob(key) => self.finished_jobs.sync(world, &key),
            Wake::StatefulSet(key) => self.stateful_sets.sync(world, &key),
            Wake::DaemonSet(key) => self.daemon_sets.sync(world, &key),
            Wake::BindClaim(key) => self.volumes.sync_claim(world, &key),
            Wake::BindVolume(key) => self.volumes.sync_volume(world, &key),
            Wake::BindClaims => self.volumes.resync(world),
            Wake::DisruptionBudget(key) => self.disruption.sync(world, &key),
            Wake::ResourceQuota(key) => self.quotas.sync(world, &key),
            Wake::Autoscaler(key) => self.autoscalers.sync(world, &key),
            Wake::RootCaCert(key) => root_ca_cert_publisher::sync(world, &key),
        }
    }
}
