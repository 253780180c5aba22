//! Every kind that an API server v1.36 serves by default: the roots of the schema.
//! From `DefaultAPIResourceConfigSource` in `pkg/controlplane/instance.go`: the stable versions.

use std::any::TypeId;

use k8s_openapi::{ClusterResourceScope, NamespaceResourceScope, Resource};
use schemars::{JsonSchema, SchemaGenerator};

/// One served kind.
pub struct Root {
    /// `apps/v1`
    pub api_version: &'static str,
    /// `Deployment`
    pub kind: &'static str,
    /// `deployments`
    pub plural: &'static str,
    /// Does it live in a namespace?
    pub namespaced: bool,
    /// `io.k8s.api.apps.v1.Deployment`
    pub definition: String,
}

fn root<T: Resource + JsonSchema>(generator: &mut SchemaGenerator) -> Root
where
    T::Scope: 'static,
{
    generator.subschema_for::<T>();
    let scope = TypeId::of::<T::Scope>();
    let namespaced = scope == TypeId::of::<NamespaceResourceScope>();
    assert!(namespaced || scope == TypeId::of::<ClusterResourceScope>());
    Root {
        api_version: T::API_VERSION,
        kind: T::KIND,
        plural: T::URL_PATH_SEGMENT,
        namespaced,
        definition: T::schema_name().into_owned(),
    }
}

macro_rules! roots {
    ($generator:expr; $($($module:ident)::+ { $($kind:ident),* $(,)? })*) => {
        [$({
            use k8s_openapi::$($module)::+ as module;
            vec![$(root::<module::$kind>($generator)),*]
        }),*]
        .into_iter()
        .flatten()
        .collect()
    };
}

/// All of them, and their definitions into `generator`.
pub fn roots(generator: &mut SchemaGenerator) -> Vec<Root> {
    roots! { generator;
        api::admissionregistration::v1 { MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, MutatingWebhookConfiguration, ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, ValidatingWebhookConfiguration }
        api::apps::v1 { ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet }
        api::authentication::v1 { SelfSubjectReview, TokenReview }
        api::authorization::v1 { LocalSubjectAccessReview, SelfSubjectAccessReview, SelfSubjectRulesReview, SubjectAccessReview }
        api::autoscaling::v1 { HorizontalPodAutoscaler }
        api::autoscaling::v2 { HorizontalPodAutoscaler }
        api::batch::v1 { CronJob, Job }
        api::certificates::v1 { CertificateSigningRequest }
        api::coordination::v1 { Lease }
        api::core::v1 { Binding, ComponentStatus, ConfigMap, Endpoints, Event, LimitRange, Namespace, Node, PersistentVolume, PersistentVolumeClaim, Pod, PodTemplate, ReplicationController, ResourceQuota, Secret, Service, ServiceAccount }
        api::discovery::v1 { EndpointSlice }
        api::events::v1 { Event }
        api::flowcontrol::v1 { FlowSchema, PriorityLevelConfiguration }
        api::networking::v1 { IPAddress, Ingress, IngressClass, NetworkPolicy, ServiceCIDR }
        api::node::v1 { RuntimeClass }
        api::policy::v1 { PodDisruptionBudget }
        api::rbac::v1 { ClusterRole, ClusterRoleBinding, Role, RoleBinding }
        api::resource::v1 { DeviceClass, ResourceClaim, ResourceClaimTemplate, ResourceSlice }
        api::scheduling::v1 { PriorityClass }
        api::storage::v1 { CSIDriver, CSINode, CSIStorageCapacity, StorageClass, VolumeAttachment, VolumeAttributesClass }
        apiextensions_apiserver::pkg::apis::apiextensions::v1 { CustomResourceDefinition }
        kube_aggregator::pkg::apis::apiregistration::v1 { APIService }
    }
}
