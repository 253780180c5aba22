//! Defaults of everything that makes no Pods. Models `pkg/apis/core/v1/defaults.go` beyond the Pod,
//! and those of networking, rbac, scheduling, storage and discovery.

use super::default_to;
use crate::api::Value;
use crate::api::base64;
use crate::api::validation::Paths;
use crate::api::validation::at::At;
use crate::api::validation::service::is_externally_accessible;

const RBAC_GROUP: &str = "rbac.authorization.k8s.io";

/// Models `SetDefaults_Service`.
pub fn service(service: &mut Value) {
    let spec = service.at_mut(&["spec"]);
    default_to(spec, &["sessionAffinity"], "None");
    match spec.text_at(&["sessionAffinity"]) {
        "None" => {
            spec.remove(&["sessionAffinityConfig"]);
        }
        "ClientIP" => {
            let timeout = ["sessionAffinityConfig", "clientIP", "timeoutSeconds"];
            default_to(spec, &timeout, 3 * 60 * 60);
        }
        _ => {}
    }
    default_to(spec, &["type"], "ClusterIP");
    if spec.get("ports").is_some() {
        spec.at_mut(&["ports"])
            .items_mut()
            .iter_mut()
            .for_each(service_port);
    }
    if is_externally_accessible(&At::root(spec, &Paths::default())) {
        default_to(spec, &["externalTrafficPolicy"], "Cluster");
    }
    let kind = spec.text_at(&["type"]).to_string();
    if ["NodePort", "LoadBalancer", "ClusterIP"].contains(&&*kind) {
        default_to(spec, &["internalTrafficPolicy"], "Cluster");
    }
    if kind == "LoadBalancer" {
        default_to(spec, &["allocateLoadBalancerNodePorts"], true);
    }
}

fn service_port(port: &mut Value) {
    let target = port.get("targetPort");
    if target.is_none_or(|target| target.is_empty() || *target == Value::Int(0)) {
        let own = port.get("port").cloned().unwrap_or(Value::Int(0));
        port.set(&["targetPort"], own);
    }
}

/// Models `SetDefaults_Secret`, and the conversion that moves `stringData` into `data`.
pub fn secret(secret: &mut Value) {
    default_to(secret, &["type"], "Opaque");
    if let Some(texts) = secret.remove(&["stringData"]) {
        for (key, text) in texts.as_map().into_iter().flatten() {
            let encoded = base64::encode(text.as_str().unwrap_or_default().as_bytes());
            secret.set(&["data", key], encoded);
        }
    }
}

/// Models `SetDefaults_Namespace`.
pub fn namespace(namespace: &mut Value) {
    let name = namespace.text_at(&["metadata", "name"]).to_string();
    if !name.is_empty() {
        let label = ["metadata", "labels", "kubernetes.io/metadata.name"];
        namespace.set(&label, name);
    }
}

/// The conversion keeps `podCIDR` and the first of `podCIDRs` alike.
pub fn node_spec(spec: &mut Value) {
    let one = spec.get("podCIDR").cloned().filter(|cidr| !cidr.is_empty());
    let first = spec
        .get("podCIDRs")
        .and_then(|cidrs| cidrs.items().first())
        .cloned();
    match (one, first) {
        (Some(cidr), None) => spec.set(&["podCIDRs"], [cidr].into_iter().collect::<Value>()),
        (None, Some(cidr)) => spec.set(&["podCIDR"], cidr),
        _ => {}
    }
}

/// Models `SetDefaults_NodeStatus`.
pub fn node_status(status: &mut Value) {
    if let Some(capacity) = status.get("capacity").cloned() {
        default_to(status, &["allocatable"], capacity);
    }
}

/// Models `SetDefaults_LimitRangeItem`.
pub fn limit_range_item(item: &mut Value) {
    if item.text_at(&["type"]) != "Container" {
        return;
    }
    for (to, from) in [
        ("default", "max"),
        ("defaultRequest", "default"),
        ("defaultRequest", "min"),
    ] {
        let amounts = item.get(from).cloned().unwrap_or_default();
        for (name, amount) in amounts.as_map().into_iter().flatten() {
            default_to(item, &[to, name], amount.clone());
        }
    }
}

/// Models `SetDefaults_PersistentVolume`.
pub fn persistent_volume(volume: &mut Value) {
    default_to(volume, &["status", "phase"], "Pending");
    default_to(volume, &["spec", "persistentVolumeReclaimPolicy"], "Retain");
    volume_mode(volume.at_mut(&["spec"]));
}

/// Models `SetDefaults_PersistentVolumeClaim`.
pub fn persistent_volume_claim(claim: &mut Value) {
    default_to(claim, &["status", "phase"], "Pending");
}

/// Models `SetDefaults_PersistentVolumeClaimSpec`.
pub fn volume_mode(spec: &mut Value) {
    default_to(spec, &["volumeMode"], "Filesystem");
}

/// Models `SetDefaults_StorageClass`.
pub fn storage_class(class: &mut Value) {
    default_to(class, &["reclaimPolicy"], "Delete");
    default_to(class, &["volumeBindingMode"], "Immediate");
}

/// Models `SetDefaults_PriorityClass`.
pub fn priority_class(class: &mut Value) {
    default_to(class, &["preemptionPolicy"], "PreemptLowerPriority");
}

/// Models `SetDefaults_NetworkPolicy`.
pub fn network_policy(policy: &mut Value) {
    let egress = policy
        .at(&["spec", "egress"])
        .is_some_and(|rules| !rules.is_empty());
    let types = ["Ingress", "Egress"]
        .into_iter()
        .take(1 + usize::from(egress));
    let types: Value = types.map(Value::from).collect();
    default_to(policy, &["spec", "policyTypes"], types);
}

/// Models `SetDefaults_NetworkPolicyPort`.
pub fn network_policy_port(port: &mut Value) {
    default_to(port, &["protocol"], "TCP");
}

/// Models `SetDefaults_IngressClass`.
pub fn ingress_class(class: &mut Value) {
    if class.at(&["spec", "parameters"]).is_some() {
        default_to(class, &["spec", "parameters", "scope"], "Cluster");
    }
}

/// Models `SetDefaults_RoleBinding` and `SetDefaults_ClusterRoleBinding`.
pub fn role_binding(binding: &mut Value) {
    default_to(binding, &["roleRef", "apiGroup"], RBAC_GROUP);
}

/// Models `SetDefaults_Subject`.
pub fn subject(subject: &mut Value) {
    if ["User", "Group"].contains(&subject.text_at(&["kind"])) {
        default_to(subject, &["apiGroup"], RBAC_GROUP);
    }
}

/// Models `SetDefaults_EndpointPort`.
pub fn endpoint_port(port: &mut Value) {
    default_to(port, &["name"], "");
    default_to(port, &["protocol"], "TCP");
}
