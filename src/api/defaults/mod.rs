//! What a field is when nobody says. Models `pkg/apis/*/v1/defaults.go`: each rule is found by the
//! name of the struct that it is for, as upstream's `SetDefaults_…` functions are.

/// The form in which an object is stored.
mod normal_form;

/// What Go's structs tell beyond the schema.
mod go_facts;

/// Images' names.
mod image;

mod batch;
mod core;
mod pod;
mod workloads;

use std::cmp::Ordering;

use super::Value;
use super::schema::{self, Kind, Shape, TypeId};

/// A default of one struct; it sees the struct before its parts have their defaults.
type Rule = fn(&mut Value);

/// Every rule, by the struct's definition without `io.k8s.api.`.
const RULES: &[(&str, Rule)] = &[
    ("apps.v1.DaemonSet", workloads::daemon_set),
    ("apps.v1.Deployment", workloads::deployment),
    ("apps.v1.ReplicaSet", workloads::replica_set),
    ("apps.v1.StatefulSet", workloads::stateful_set),
    (
        "autoscaling.v2.HorizontalPodAutoscaler",
        workloads::horizontal_pod_autoscaler,
    ),
    ("batch.v1.CronJob", batch::cron_job),
    ("batch.v1.Job", batch::job),
    (
        "batch.v1.PodFailurePolicyOnPodConditionsPattern",
        batch::on_pod_conditions_pattern,
    ),
    ("core.v1.ConfigMapVolumeSource", pod::default_mode),
    ("core.v1.Container", pod::container),
    ("core.v1.DownwardAPIVolumeSource", pod::default_mode),
    ("core.v1.EphemeralContainer", pod::container),
    ("core.v1.HTTPGetAction", pod::http_get_action),
    ("core.v1.HostPathVolumeSource", pod::host_path),
    ("core.v1.LimitRangeItem", core::limit_range_item),
    ("core.v1.Namespace", core::namespace),
    ("core.v1.NodeSpec", core::node_spec),
    ("core.v1.NodeStatus", core::node_status),
    ("core.v1.ObjectFieldSelector", pod::object_field_selector),
    ("core.v1.PersistentVolume", core::persistent_volume),
    (
        "core.v1.PersistentVolumeClaim",
        core::persistent_volume_claim,
    ),
    ("core.v1.PersistentVolumeClaimSpec", core::volume_mode),
    ("core.v1.Pod", pod::pod),
    ("core.v1.PodSpec", pod::pod_spec),
    ("core.v1.Probe", pod::probe),
    ("core.v1.ProjectedVolumeSource", pod::default_mode),
    (
        "core.v1.ReplicationController",
        workloads::replication_controller,
    ),
    ("core.v1.Secret", core::secret),
    ("core.v1.SecretVolumeSource", pod::default_mode),
    ("core.v1.Service", core::service),
    (
        "core.v1.ServiceAccountTokenProjection",
        pod::service_account_token_projection,
    ),
    ("core.v1.Volume", pod::volume),
    ("discovery.v1.EndpointPort", core::endpoint_port),
    ("networking.v1.IngressClass", core::ingress_class),
    ("networking.v1.NetworkPolicy", core::network_policy),
    ("networking.v1.NetworkPolicyPort", core::network_policy_port),
    ("rbac.v1.ClusterRoleBinding", core::role_binding),
    ("rbac.v1.RoleBinding", core::role_binding),
    ("rbac.v1.Subject", core::subject),
    ("scheduling.v1.PriorityClass", core::priority_class),
    ("storage.v1.StorageClass", core::storage_class),
];

/// Brings `value` into the form in which it is stored, and fills in every default that the API
/// server writes. A kind that isn't served stays as it is. Models, besides,
/// `EnsureObjectNamespaceMatchesRequestNamespace`: what lives in no namespace loses the one it names.
pub fn set(value: &mut Value) {
    let Some(kind) = kind_of(value) else { return };
    let of = kind.of();
    if !kind.is_namespaced() {
        value.remove(&["metadata", "namespace"]);
    }
    normal_form::normalize(value, of);
    apply_rules(value, of);
}

/// Brings what the API server itself wrote into `value` into the form in which it is stored.
pub fn normalize(value: &mut Value) {
    if let Some(kind) = kind_of(value) {
        normal_form::normalize(value, kind.of());
    }
}

fn kind_of(value: &Value) -> Option<Kind> {
    schema::kind(value.text_at(&["apiVersion"]), value.text_at(&["kind"]))
}

/// Applies the rules from the outside in, as upstream's generated functions do.
fn apply_rules(value: &mut Value, of: TypeId) {
    match (of.shape(), of.item()) {
        (Shape::Struct, _) => {
            rule(value, of);
            for field in of.fields() {
                let is_free =
                    matches!(field.of().shape(), Shape::Struct | Shape::List | Shape::Map);
                if is_free
                    && value
                        .get(field.name())
                        .is_some_and(|value| !is_scalar(value))
                {
                    apply_rules(value.at_mut(&[field.name()]), field.of());
                }
            }
        }
        (Shape::List, Some(item)) if has_parts(item) => {
            for value in value.items_mut() {
                apply_rules(value, item);
            }
        }
        _ => {}
    }
}

fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::List(_) | Value::Map(_))
}

fn has_parts(of: TypeId) -> bool {
    matches!(of.shape(), Shape::Struct | Shape::List)
}

/// The published defaults of a struct's fields, then the rule that upstream wrote in code.
fn rule(value: &mut Value, of: TypeId) {
    for field in of.fields().filter(|field| !field.default().is_empty()) {
        let absent = value.get(field.name()).is_none_or(Value::is_empty);
        if let Ok(default) = serde_json::from_str(field.default())
            && absent
        {
            value.set(&[field.name()], Value::from_json(&default));
        }
    }
    if let Some(rule) = find(RULES, of) {
        rule(value);
    }
}

/// What a sorted table has of a struct, by its definition without `io.k8s.api.`.
fn find<T: Copy>(table: &[(&str, T)], of: TypeId) -> Option<T> {
    let (package, name) = of.definition_parts();
    let package = package.strip_prefix("io.k8s.api.").unwrap_or(package);
    let found = table.binary_search_by(|(known, _)| compare(known, package, name));
    found.ok().map(|found| table[found].1)
}

/// How `known` compares to `package.name`, which nobody puts together: this is asked at every struct of every object.
fn compare(known: &str, package: &str, name: &str) -> Ordering {
    let (head, tail) = known.as_bytes().split_at(package.len().min(known.len()));
    head.cmp(package.as_bytes())
        .then_with(|| match tail.split_first() {
            Some((b'.', rest)) => rest.cmp(name.as_bytes()),
            other => other.map(|(byte, _)| *byte).cmp(&Some(b'.')),
        })
}

/// Writes `default` where there is nothing, or nothing but an empty value.
fn default_to(value: &mut Value, path: &[&str], default: impl Into<Value>) {
    if value.at(path).is_none_or(Value::is_empty) {
        value.set(path, default);
    }
}

#[cfg(test)]
mod tests {
    use super::go_facts::{BY_VALUE, TEXT_POINTERS, WRITTEN};
    use super::{RULES, compare, set};
    use crate::fields;

    #[test]
    fn tables_are_sorted_so_that_each_is_found() {
        assert!(RULES.is_sorted_by_key(|(name, _)| *name));
        for table in [BY_VALUE, TEXT_POINTERS, WRITTEN] {
            assert!(table.is_sorted_by_key(|(name, _)| *name));
        }
    }

    #[test]
    fn a_name_in_two_parts_compares_as_it_would_in_one() {
        let known = [
            "core.v1.Pod",
            "core.v1.PodSpec",
            "core.v1",
            "core.v1beta1.Pod",
            "a.b",
            "",
        ];
        for whole in [
            "core.v1.Pod",
            "core.v1.PodSpec",
            "core.v1beta1.Pod",
            "core.v2.A",
        ] {
            let (package, name) = whole.rsplit_once('.').expect("two parts");
            for known in known {
                assert_eq!(
                    compare(known, package, name),
                    known.cmp(whole),
                    "{known} {whole}"
                );
            }
        }
    }

    #[test]
    fn what_lives_in_no_namespace_loses_the_one_it_names() {
        let mut class = fields! {
            "apiVersion" => "storage.k8s.io/v1", "kind" => "StorageClass",
            "metadata" => fields! { "name" => "fast", "namespace" => "web" },
        };
        set(&mut class);
        assert_eq!(class.at(&["metadata", "namespace"]), None);
    }
}
