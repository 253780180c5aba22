//! `kubectl describe`: all about one object, in words. One file per kind or group of kinds. Models
//! `kubectl/pkg/describe/describe.go`. Left out: the inside of certificate requests, resource slices of
//! nodes.

/// What descriptions are written on.
pub mod page;

/// Events about an object.
pub mod events;

/// Containers: images, states, probes, environments, mounts.
mod containers;

/// Volumes of Pods and PersistentVolumes.
mod volumes;

/// Pods and their templates.
mod pod;

/// ReplicationControllers, ReplicaSets, Deployments, StatefulSets, DaemonSets.
mod workloads;

/// Jobs and CronJobs.
mod jobs;

/// Nodes.
mod node;

/// Services, Endpoints, EndpointSlices.
mod services;

/// Ingresses, their classes, addresses.
mod ingress;

/// NetworkPolicies.
mod network_policy;

/// Namespaces, quotas, limits, ConfigMaps, Secrets, ServiceAccounts, priorities.
mod config;

/// Volumes, claims, classes.
mod storage;

/// Autoscalers and disruption budgets.
mod autoscaling;

/// Roles and their bindings.
mod rbac;

/// Anything else.
mod generic;

use std::rc::Rc;

use super::look::Look;
use crate::api::schema::Kind;
use crate::api::{Object, Value};
use crate::cluster::{SimTime, Store};
use page::Page;

/// What a description may look at.
#[derive(Clone, Copy)]
pub struct Cluster<'a> {
    /// All objects.
    pub store: &'a Store,
    /// The present.
    pub now: SimTime,
}

/// A Pod's template in words, its tabs as they are. Models `printTemplate` of `polymorphichelpers`.
pub fn pod_template(template: &Value) -> String {
    let mut page = Page::default();
    pod::template(&mut page, Some(template));
    page.unaligned()
}

/// Describes an object.
pub fn describe(cluster: Cluster, kind: Kind, value: &Value, shows_events: bool) -> String {
    let mut page = Page::default();
    let has_events = body(&mut page, cluster, kind, value);
    if shows_events && has_events {
        events::events(&mut page, cluster, kind, value);
    }
    page.finish()
}

/// Everything but Events; tells whether the kind's description has these.
fn body(page: &mut Page, cluster: Cluster, kind: Kind, value: &Value) -> bool {
    let has_events = !matches!(
        kind.kind(),
        "Secret"
            | "Namespace"
            | "LimitRange"
            | "ResourceQuota"
            | "NetworkPolicy"
            | "Role"
            | "ClusterRole"
            | "RoleBinding"
            | "ClusterRoleBinding"
    );
    match (kind.group(), kind.kind()) {
        ("", "Pod") => pod::pod(page, value, cluster.now),
        ("", "Node") => node::node(page, value, cluster),
        ("", "Service") => services::service(page, value, cluster),
        ("", "Endpoints") => services::endpoints(page, value),
        ("discovery.k8s.io", "EndpointSlice") => services::endpoint_slice(page, value),
        ("", "ReplicationController") => workloads::replication_controller(page, value, cluster),
        ("apps", "ReplicaSet") => workloads::replica_set(page, value, cluster),
        ("apps", "Deployment") => workloads::deployment(page, value, cluster),
        ("apps", "StatefulSet") => workloads::stateful_set(page, value, cluster),
        ("apps", "DaemonSet") => workloads::daemon_set(page, value, cluster),
        ("batch", "Job") => jobs::job(page, value),
        ("batch", "CronJob") => jobs::cron_job(page, value),
        ("networking.k8s.io", "Ingress") => ingress::ingress(page, value, cluster),
        ("networking.k8s.io", "IngressClass") => ingress::ingress_class(page, value),
        ("networking.k8s.io", "NetworkPolicy") => network_policy::network_policy(page, value),
        ("networking.k8s.io", "IPAddress") => ingress::ip_address(page, value),
        ("networking.k8s.io", "ServiceCIDR") => ingress::service_cidr(page, value),
        ("", "Namespace") => config::namespace(page, value, cluster),
        ("", "ResourceQuota") => config::resource_quota(page, value),
        ("", "LimitRange") => config::limit_range(page, value),
        ("", "ConfigMap") => config::config_map(page, value),
        ("", "Secret") => config::secret(page, value),
        ("", "ServiceAccount") => config::service_account(page, value),
        ("scheduling.k8s.io", "PriorityClass") => config::priority_class(page, value),
        ("", "PersistentVolume") => storage::persistent_volume(page, value, cluster.now),
        ("", "PersistentVolumeClaim") => storage::persistent_volume_claim(page, value, cluster),
        ("storage.k8s.io", "StorageClass") => storage::storage_class(page, value),
        ("storage.k8s.io", "VolumeAttributesClass") => {
            storage::volume_attributes_class(page, value);
        }
        ("storage.k8s.io", "CSINode") => storage::csi_node(page, value),
        ("autoscaling", "HorizontalPodAutoscaler") => {
            autoscaling::horizontal_pod_autoscaler(page, value);
        }
        ("policy", "PodDisruptionBudget") => autoscaling::pod_disruption_budget(page, value),
        ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => rbac::role(page, value),
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
            rbac::binding(page, value);
        }
        _ => generic::generic(page, value),
    }
    has_events
}

impl Cluster<'_> {
    /// Objects of a kind in a namespace; of an empty one, all.
    fn list(&self, kind: &str, namespace: &str) -> Vec<Rc<Object>> {
        let first = crate::api::ObjectKey::new(kind, namespace, "");
        let objects = self.store.objects().range(first..);
        let listed = objects.take_while(|(key, _)| {
            &*key.kind == kind && (namespace.is_empty() || &*key.namespace == namespace)
        });
        listed.map(|(_, object)| object.clone()).collect()
    }

    /// One object.
    fn get(&self, kind: &str, namespace: &str, name: &str) -> Option<Rc<Object>> {
        let key = crate::api::ObjectKey::new(kind, namespace, name);
        self.store.get(&key).cloned()
    }
}

/// `ReplicaSet/web`: what manages the object. Models `printController`.
fn controlled_by(page: &mut Page, object: &Value) {
    if let Some(owner) = super::look::controller(object) {
        let text = [owner.text("kind"), "/", owner.text("name")].concat();
        page.field(0, "Controlled By", &text);
    }
}
