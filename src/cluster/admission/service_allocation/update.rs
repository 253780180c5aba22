//! What an update of a Service keeps where it doesn't say, and drops where it no longer belongs. Models
//! `patchAllocatedValues` of `pkg/registry/core/service/storage` and `dropTypeDependentFields` of its
//! `strategy.go`.

use super::ports;
use crate::api::Value;
use crate::api::validation::Paths;
use crate::api::validation::at::At;
use crate::api::validation::service::has_health_port;
use crate::api::validation::service::is_externally_accessible;
use crate::collections::Set;

fn kind(service: &Value) -> &str {
    service.text_at(&["spec", "type"])
}

fn node_port(port: &Value) -> i64 {
    let port = port.get("nodePort").and_then(Value::as_i64);
    port.unwrap_or_default()
}

fn node_ports(service: &Value) -> Set<i64> {
    let ports = ports(service).iter().map(node_port);
    ports.filter(|port| *port != 0).collect()
}

/// What was given once stays.
pub(super) fn patch_allocated_values(value: &mut Value, old: &Value) {
    let both = |needs: fn(&Value) -> bool, value: &Value| needs(old) && needs(value);
    let is_empty = |value: &Value, path: &[&str]| value.at(path).is_none_or(Value::is_empty);
    if both(|service| kind(service) != "ExternalName", value) {
        for name in ["clusterIP", "clusterIPs"] {
            let path = ["spec", name];
            if is_empty(value, &path) && !is_empty(old, &path) {
                value.set(&path, old.at(&path).cloned().unwrap_or_default());
            }
        }
    }
    if both(allocates_node_ports, value) {
        let kept: Set<i64> = node_ports(value);
        let used: Set<i64> = node_ports(old)
            .iter()
            .copied()
            .filter(|port| kept.contains(port))
            .collect();
        let name = |port: &Value| port.text_at(&["name"]).to_string();
        let were: Vec<(String, i64)> = ports(old)
            .iter()
            .map(|port| (name(port), node_port(port)))
            .collect();
        if ports(value).is_empty() {
            return;
        }
        for port in value.at_mut(&["spec", "ports"]).items_mut() {
            // Of several with one name the last counts.
            let was = were.iter().rev().find(|(known, _)| *known == name(port));
            match was {
                Some((_, was)) if node_port(port) == 0 && *was != 0 && !used.contains(was) => {
                    port.set(&["nodePort"], *was);
                }
                _ => {}
            }
        }
    }
    let health = ["spec", "healthCheckNodePort"];
    if both(has_health_port, value)
        && value.at(&health).is_none()
        && let Some(was) = old.at(&health)
    {
        value.set(&health, was.clone());
    }
}

fn allocates_node_ports(service: &Value) -> bool {
    let allocates = service.at(&["spec", "allocateLoadBalancerNodePorts"]);
    match kind(service) {
        "NodePort" => true,
        "LoadBalancer" => allocates != Some(&Value::Bool(false)),
        _ => false,
    }
}

/// What came with the old type and wasn't changed by hand goes with it.
pub(super) fn drop_type_dependent_fields(value: &mut Value, old: &Value) {
    let same = |value: &Value, names: &[&str]| {
        let mut names = names.iter();
        names.all(|name| value.at(&["spec", name]) == old.at(&["spec", name]))
    };
    let drop_same = |value: &mut Value, names: &[&str]| {
        if same(value, names) {
            for name in names {
                value.remove(&["spec", name]);
            }
        }
    };
    let needs_port = |value: &Value| ["NodePort", "LoadBalancer"].contains(&kind(value));
    if kind(old) != "ExternalName" && kind(value) == "ExternalName" {
        drop_same(value, &["clusterIP", "clusterIPs"]);
        drop_same(value, &["ipFamilies"]);
        drop_same(value, &["ipFamilyPolicy"]);
    }
    if needs_port(old) && !needs_port(value) {
        let known = node_ports(old);
        let all_known = node_ports(value).iter().all(|port| known.contains(port));
        if all_known && !ports(value).is_empty() {
            for port in value.at_mut(&["spec", "ports"]).items_mut() {
                port.remove(&["nodePort"]);
            }
        }
    }
    if has_health_port(old) && !has_health_port(value) {
        drop_same(value, &["healthCheckNodePort"]);
    }
    if kind(old) == "LoadBalancer" && kind(value) != "LoadBalancer" {
        drop_same(value, &["allocateLoadBalancerNodePorts"]);
        drop_same(value, &["loadBalancerClass"]);
    }
    let is_accessible = |value: &Value| {
        let paths = Paths::default();
        is_externally_accessible(&At::root(value, &paths).field("spec"))
    };
    if is_accessible(old) && !is_accessible(value) {
        drop_same(value, &["externalTrafficPolicy"]);
    }
}
