//! Which rules a kind obeys: one line a kind. Models the strategies of `pkg/registry`, which call
//! the validation functions.

use super::at::{At, Errors};
use super::names::{self, Rule};
use super::{
    apps, autoscaling, config_map, cron_job, ingress, job, limit_range, metadata, network_policy,
    node, persistent_volume, persistent_volume_claim, pod, pod_update, policy, rbac,
    resource_quota, scheduling, service,
};

type Create = fn(&At, &mut Errors);
type Update = fn(&At, &At, &mut Errors);

/// The rules of one kind.
pub struct Kind {
    /// `apps/v1`
    api_version: &'static str,
    /// `Deployment`
    kind: &'static str,
    /// Does it stand in a namespace?
    namespaced: bool,
    /// What its name may look like.
    name: Rule,
    /// What is asked of a new object, behind its metadata.
    create: Create,
    /// What is asked of its next version, behind its metadata.
    update: Update,
}

const SUBDOMAIN: Rule = names::dns1123_subdomain;
const LABEL: Rule = names::dns1123_label;
const SEGMENT: Rule = names::path_segment_name;

fn spec<'a>(object: &At<'a>) -> At<'a> {
    object.field("spec")
}

const fn kind(
    (api_version, kind): (&'static str, &'static str),
    namespaced: bool,
    name: Rule,
    create: Create,
    update: Update,
) -> Kind {
    Kind {
        api_version,
        kind,
        namespaced,
        name,
        create,
        update,
    }
}

/// Every kind that has rules of its own. A Pod's are called whole: its update looks at its metadata
/// twice.
#[rustfmt::skip]
const KINDS: &[Kind] = &[
    kind(("v1", "ConfigMap"), true, SUBDOMAIN, config_map::config_map,
        |new, old, e| { config_map::immutable(new, old, &["data", "binaryData"], e); config_map::config_map(new, e); }),
    kind(("v1", "Secret"), true, SUBDOMAIN, config_map::secret,
        |new, old, e| { e.immutable(&new.field("type"), &old.field("type")); config_map::immutable(new, old, &["data"], e); config_map::secret(new, e); }),
    kind(("v1", "Service"), true, LABEL, |new, e| service::service(new, None, e),
        |new, old, e| { service::update(new, old, e); service::service(new, Some(old), e); }),
    kind(("v1", "Namespace"), false, LABEL, |_, _| {}, |_, _, _| {}),
    kind(("v1", "Node"), false, SUBDOMAIN, node::create, node::update),
    kind(("v1", "ServiceAccount"), true, SUBDOMAIN, |_, _| {}, |_, _, _| {}),
    kind(("v1", "LimitRange"), true, SUBDOMAIN, limit_range::limit_range,
        |new, _, e| limit_range::limit_range(new, e)),
    kind(("v1", "ResourceQuota"), true, SUBDOMAIN, |new, e| resource_quota::spec(&spec(new), e),
        |new, old, e| { resource_quota::spec(&spec(new), e); resource_quota::update(&spec(new), &spec(old), e); }),
    kind(("v1", "PersistentVolume"), false, SUBDOMAIN, |new, e| persistent_volume::spec(&spec(new), e),
        |new, old, e| { persistent_volume::spec(&spec(new), e); persistent_volume::update(&spec(new), &spec(old), e); }),
    kind(("v1", "PersistentVolumeClaim"), true, SUBDOMAIN, |new, e| persistent_volume_claim::spec(&spec(new), e),
        |new, old, e| { persistent_volume_claim::spec(&spec(new), e); persistent_volume_claim::update(new, old, e); }),
    kind(("v1", "ReplicationController"), true, SUBDOMAIN, |new, e| apps::replication_controller(&spec(new), e),
        |new, _, e| apps::replication_controller(&spec(new), e)),
    kind(("v1", "PodTemplate"), true, SUBDOMAIN, |new, e| pod::template(&new.field("template"), e),
        |new, _, e| pod::template(&new.field("template"), e)),
    kind(("v1", "Endpoints"), true, SUBDOMAIN, |_, _| {}, |_, _, _| {}),
    kind(("apps/v1", "Deployment"), true, SUBDOMAIN, |new, e| apps::deployment(&spec(new), e),
        |new, old, e| { apps::deployment(&spec(new), e); e.immutable(&spec(new).field("selector"), &spec(old).field("selector")); }),
    kind(("apps/v1", "ReplicaSet"), true, SUBDOMAIN, |new, e| apps::replica_set(&spec(new), e),
        |new, old, e| { apps::replica_set(&spec(new), e); e.immutable(&spec(new).field("selector"), &spec(old).field("selector")); }),
    kind(("apps/v1", "DaemonSet"), true, SUBDOMAIN, |new, e| apps::daemon_set(&spec(new), e),
        |new, old, e| { e.immutable(&spec(new).field("selector"), &spec(old).field("selector")); apps::daemon_set(&spec(new), e); }),
    kind(("apps/v1", "StatefulSet"), true, LABEL, |new, e| apps::stateful_set(&spec(new), false, e),
        |new, old, e| { apps::stateful_set(&spec(new), true, e); apps::stateful_set_update(&spec(new), &spec(old), e); }),
    kind(("batch/v1", "Job"), true, SUBDOMAIN, job::create, |new, old, e| job::update(&spec(new), &spec(old), e)),
    kind(("batch/v1", "CronJob"), true, SUBDOMAIN, cron_job::create,
        |new, old, e| cron_job::spec(&spec(new), Some(&spec(old)), e)),
    kind(("networking.k8s.io/v1", "Ingress"), true, SUBDOMAIN, ingress::create, |new, _, e| ingress::spec(&spec(new), e)),
    kind(("networking.k8s.io/v1", "IngressClass"), false, SUBDOMAIN, ingress::ingress_class,
        |new, _, e| ingress::ingress_class(new, e)),
    kind(("networking.k8s.io/v1", "NetworkPolicy"), true, SUBDOMAIN, |new, e| network_policy::spec(&spec(new), e),
        |new, _, e| network_policy::spec(&spec(new), e)),
    kind(("autoscaling/v2", "HorizontalPodAutoscaler"), true, SUBDOMAIN, |new, e| autoscaling::spec(&spec(new), e),
        |new, _, e| autoscaling::spec(&spec(new), e)),
    kind(("policy/v1", "PodDisruptionBudget"), true, SEGMENT, |new, e| policy::spec(&spec(new), e),
        |new, _, e| policy::spec(&spec(new), e)),
    kind(("rbac.authorization.k8s.io/v1", "Role"), true, SEGMENT, |new, e| rbac::role(new, true, e),
        |new, _, e| rbac::role(new, true, e)),
    kind(("rbac.authorization.k8s.io/v1", "ClusterRole"), false, SEGMENT, |new, e| rbac::role(new, false, e),
        |new, _, e| rbac::role(new, false, e)),
    kind(("rbac.authorization.k8s.io/v1", "RoleBinding"), true, SEGMENT, |new, e| rbac::binding(new, true, e),
        |new, old, e| { rbac::binding(new, true, e); rbac::binding_update(new, old, e); }),
    kind(("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"), false, SEGMENT, |new, e| rbac::binding(new, false, e),
        |new, old, e| { rbac::binding(new, false, e); rbac::binding_update(new, old, e); }),
    kind(("scheduling.k8s.io/v1", "PriorityClass"), false, SUBDOMAIN, scheduling::priority_class, scheduling::priority_class_update),
    kind(("storage.k8s.io/v1", "StorageClass"), false, SUBDOMAIN, persistent_volume::storage_class, persistent_volume::storage_class_update),
];

/// The rules of this object's kind, where it has any of its own.
fn of(object: &At) -> Option<&'static Kind> {
    let (api_version, kind) = (object.text("apiVersion"), object.text("kind"));
    KINDS
        .iter()
        .find(|known| known.kind == kind && known.api_version == api_version)
}

fn is_pod(object: &At) -> bool {
    object.text("apiVersion") == "v1" && object.text("kind") == "Pod"
}

/// Everything that is asked of a new object.
pub fn create(object: &At, errors: &mut Errors) {
    if is_pod(object) {
        return pod::create(object, errors);
    }
    match of(object) {
        Some(kind) => {
            metadata::object_meta(object, kind.namespaced, kind.name, errors);
            (kind.create)(object, errors);
        }
        // What every object is asked, whatever its kind: `rest.BeforeCreate`.
        None => {
            let namespaced = !object.field("metadata").lacks("namespace");
            metadata::object_meta(object, namespaced, SEGMENT, errors);
        }
    }
}

/// Everything that is asked of the next version of an object.
pub fn update(object: &At, old: &At, errors: &mut Errors) {
    if is_pod(object) {
        return pod_update::update(object, old, errors);
    }
    metadata::object_meta_update(object, old, errors);
    if let Some(kind) = of(object) {
        (kind.update)(object, old, errors);
    }
}
