//! Services. Models `validateService`, `ValidateServiceCreate` and `ValidateServiceUpdate` of
//! `pkg/apis/core/validation/validation.go`.

use super::at::{At, Errors};
use super::{Paths, ip, metadata, names, probes};
use crate::api::Value;
use crate::collections::Set;

/// Models `validateService`, which creations and updates share.
pub fn service(service: &At, old: Option<&At>, errors: &mut Errors) {
    topology_mode(service, errors);
    let spec = service.field("spec");
    let old = old.map(|old| old.field("spec"));
    let headless = is_headless(&spec);
    let ports = spec.field("ports");
    let kind = spec.text("type");
    if ports.value.is_empty() && !headless && kind != "ExternalName" {
        errors.required(&ports.path, "");
    }
    match kind {
        "LoadBalancer" | "NodePort" if headless => {
            let path = spec.field("clusterIPs").path.index(0);
            let what = format!("may not be set to 'None' for {kind} services");
            errors.invalid(&path, "None", what);
        }
        "ExternalName" => external_name(&spec, errors),
        _ => {}
    }
    let mut names = Set::new();
    for port in ports.items() {
        service_port(&port, ports.value.items().len() > 1, &mut names, errors);
    }
    metadata::labels(&spec.field("selector"), errors);
    session_affinity(&spec, errors);
    cluster_ips(&spec, old.as_ref(), errors);
    for address in spec.list("externalIPs") {
        let before = errors.count();
        if !was_there(old.as_ref(), "externalIPs", address.str()) {
            ip::address(&address, errors);
        }
        if errors.none_since(before) {
            ip::endpoint_address(&address, errors);
        }
    }
    let types = &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
    errors.one_of(&spec.field("type"), types);
    port_numbers(&spec, errors);
    load_balancer(service, old.as_ref(), errors);
    traffic(&spec, errors);
}

/// Does it have no address of its own on purpose?
pub fn is_headless(spec: &At) -> bool {
    let addresses = spec.field("clusterIPs");
    addresses.value.items().len() == 1 && addresses.value.items()[0].as_str() == Some("None")
}

fn external_name(spec: &At, errors: &mut Errors) {
    for name in ["clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
        let it = spec.field(name);
        if !it.value.is_empty() {
            errors.forbidden(&it.path, "may not be set for ExternalName services");
        }
    }
    let name = spec.field("externalName");
    let bare = name.str().strip_suffix('.').unwrap_or(name.str());
    if bare.is_empty() {
        errors.required(&name.path, "");
    } else {
        errors.invalid_each(&name.path, bare, names::dns1123_subdomain(bare));
    }
}

/// Models `validateServicePort`.
fn service_port<'a>(
    port: &At<'a>,
    require_name: bool,
    seen: &mut Set<&'a str>,
    errors: &mut Errors,
) {
    let name = port.field("name");
    if !name.str().is_empty() {
        errors.invalid_each(&name.path, name.str(), names::dns1123_label(name.str()));
        if !seen.insert(name.str()) {
            errors.duplicate(&name.path, name.str());
        }
    } else if require_name {
        errors.required(&name.path, "");
    }
    let number = port.field("port");
    errors.invalid_each(
        &number.path,
        number.number(),
        names::port_number(number.number()),
    );
    errors.one_of(&port.field("protocol"), &["SCTP", "TCP", "UDP"]);
    probes::port_number_or_name(&port.field("targetPort"), errors);
    if let Some(protocol) = port.set("appProtocol") {
        let wrong = names::label_key(protocol.str());
        errors.invalid_each(&protocol.path, protocol.str(), wrong);
    }
}

fn session_affinity(spec: &At, errors: &mut Errors) {
    let (affinity, config) = (
        spec.field("sessionAffinity"),
        spec.field("sessionAffinityConfig"),
    );
    errors.one_of(&affinity, &["ClientIP", "None"]);
    match affinity.str() {
        "ClientIP" => {
            let timeout = config.field("clientIP").field("timeoutSeconds");
            for at in [&config, &config.field("clientIP"), &timeout] {
                if !at.is_set() {
                    let what = "when session affinity type is ClientIP";
                    return errors.required(&at.path, what);
                }
            }
            if !(1..=86400).contains(&timeout.number()) {
                let what = "must be greater than 0 and less than 86400";
                errors.invalid(&timeout.path, timeout.number(), what);
            }
        }
        "None" if config.is_set() => {
            let what = "must not be set when session affinity is None";
            errors.forbidden(&config.path, what);
        }
        _ => {}
    }
}

/// Models `ValidateServiceClusterIPsRelatedFields`; the allocator asks it beforehand too.
pub fn cluster_ips(spec: &At, old: Option<&At>, errors: &mut Errors) {
    if spec.text("type") == "ExternalName" {
        return;
    }
    let (first, all) = (spec.text("clusterIP"), spec.field("clusterIPs"));
    let addresses: Vec<&str> = all.items().map(|address| address.str()).collect();
    match (first, addresses.first()) {
        ("", None) => {}
        ("", Some(_)) => {
            let what = "must be empty when `clusterIP` is not specified";
            errors.invalid(&all.path, all.value, what);
        }
        (_, None) => errors.required(&all.path, ""),
        (first, Some(other)) if first != *other => {
            errors.invalid(&all.path, all.value, "first value must match `clusterIP`");
        }
        _ => {}
    }
    ip_families(spec, errors);
    let before = errors.count();
    for (index, address) in all.items().enumerate() {
        if index == 0 && address.str() == "None" {
            if addresses.len() > 1 {
                let what = "'None' must be the first and only value";
                errors.invalid(&all.path, all.value, what);
            }
            continue;
        }
        if !was_there(old, "clusterIPs", address.str()) {
            ip::address(&address, errors);
        }
    }
    let all_valid = errors.none_since(before);
    if addresses.len() > 2 {
        errors.invalid(&all.path, all.value, "may only hold up to 2 values");
    }
    if all_valid {
        families_match(spec, &addresses, errors);
    }
}

fn ip_families(spec: &At, errors: &mut Errors) {
    let mut seen = Set::new();
    for family in spec.list("ipFamilies") {
        if !["IPv4", "IPv6"].contains(&family.str()) {
            errors.not_supported(&family.path, family.str(), &["IPv4", "IPv6"]);
        }
        if !seen.insert(family.str()) {
            errors.duplicate(&family.path, family.str());
        }
    }
    let policy = spec.field("ipFamilyPolicy");
    let known = &["PreferDualStack", "RequireDualStack", "SingleStack"];
    if policy.is_set() && !known.contains(&policy.str()) {
        errors.not_supported(&policy.path, policy.str(), known);
    }
}

fn families_match(spec: &At, addresses: &[&str], errors: &mut Errors) {
    let all = spec.field("clusterIPs");
    let is_v6 = |address: &str| ip::parse_sloppy(address).is_some_and(|ip| ip.is_ipv6());
    if addresses.len() > 1 {
        let v6 = addresses.iter().filter(|address| is_v6(address)).count();
        if v6 == 0 || v6 == addresses.len() {
            let what = "may specify no more than one IP for each IP family";
            errors.invalid(&all.path, all.value, what);
        }
    }
    if is_headless(spec) {
        return;
    }
    for (index, (address, family)) in all.items().zip(spec.list("ipFamilies")).enumerate() {
        let expected = match (family.str(), is_v6(address.str())) {
            ("IPv4", true) => "IPv4",
            ("IPv6", false) => "IPv6",
            _ => continue,
        };
        let what = format!("expected an {expected} value as indicated by `ipFamilies[{index}]`");
        errors.invalid(&address.path, address.str(), what);
    }
}

/// Node ports and ports may not collide within the Service.
fn port_numbers(spec: &At, errors: &mut Errors) {
    let is_cluster_ip = spec.text("type") == "ClusterIP";
    for port in spec.list("ports").filter(|_| is_cluster_ip) {
        let node_port = port.field("nodePort");
        if node_port.number() != 0 {
            errors.forbidden(
                &node_port.path,
                "may not be used when `type` is 'ClusterIP'",
            );
        }
    }
    let mut seen = Set::new();
    for port in spec.list("ports") {
        let node_port = port.field("nodePort");
        let key = (port.text("protocol"), node_port.number());
        if node_port.number() != 0 && !seen.insert(key) {
            errors.duplicate(&node_port.path, node_port.number());
        }
    }
    let mut seen = Set::new();
    for port in spec.list("ports") {
        let (protocol, number) = (port.text("protocol"), port.int("port").unwrap_or_default());
        if !seen.insert((protocol, number)) {
            let bad = format!(
                "{{\"Name\":\"\",\"Protocol\":\"{protocol}\",\"AppProtocol\":null,\"Port\":{number},\"TargetPort\":0,\"NodePort\":0}}"
            );
            errors.duplicate(&port.path, bad);
        }
    }
}

/// Was this text accepted once, in whatever form?
fn was_there(old: Option<&At>, list: &str, text: &str) -> bool {
    let items = old.map(|old| old.list(list));
    items.is_some_and(|mut items| items.any(|item| item.str().trim() == text))
}

fn topology_mode(service: &At, errors: &mut Errors) {
    const HINTS: &str = "service.kubernetes.io/topology-aware-hints";
    let hints = service.annotation(HINTS);
    let mode = service.annotation("service.kubernetes.io/topology-mode");
    if let (Some(hints), Some(mode)) = (hints, mode)
        && hints.str() != mode.str()
    {
        let what = format!("must match annotations[{HINTS}] when both are specified");
        errors.invalid(&mode.path, mode.str(), what);
    }
}

fn source_ranges(service: &At, old: Option<&At>, errors: &mut Errors) {
    let spec = service.field("spec");
    let is_balanced = spec.text("type") == "LoadBalancer";
    let only = "may only be used when `type` is 'LoadBalancer'";
    let ranges = spec.field("loadBalancerSourceRanges");
    let of_old = service.annotation("service.beta.kubernetes.io/load-balancer-source-ranges");
    let check = |text: &str, path, errors: &mut Errors| {
        // Space around a range is part of the API.
        let value = Value::from(text.trim());
        ip::cidr(
            &At {
                value: &value,
                path,
            },
            errors,
        );
    };
    if !ranges.value.is_empty() {
        // Upstream writes the field with a capital.
        let path = spec.path.field("LoadBalancerSourceRanges");
        if !is_balanced {
            errors.forbidden(&path, only);
        }
        for (index, range) in ranges.items().enumerate() {
            if !was_there(old, "loadBalancerSourceRanges", range.str().trim()) {
                check(range.str(), path.index(index), errors);
            }
        }
    } else if let Some(annotation) = of_old {
        if !is_balanced {
            errors.forbidden(&annotation.path, only);
        }
        let text = annotation.str().trim();
        for range in text.split(',').filter(|_| !text.is_empty()) {
            check(range, annotation.path, errors);
        }
    }
}

fn load_balancer(service: &At, old: Option<&At>, errors: &mut Errors) {
    source_ranges(service, old, errors);
    let spec = service.field("spec");
    let is_balanced = spec.text("type") == "LoadBalancer";
    let only = "may only be used when `type` is 'LoadBalancer'";
    let ports = spec.field("allocateLoadBalancerNodePorts");
    if ports.is_set() && !is_balanced {
        errors.forbidden(&ports.path, only);
    }
    load_balancer_class(&spec, errors);
}

/// Models `validateLoadBalancerClassField`, which an update asks twice.
fn load_balancer_class(spec: &At, errors: &mut Errors) {
    if let Some(class) = spec.set("loadBalancerClass") {
        if spec.text("type") == "LoadBalancer" {
            errors.invalid_each(&class.path, class.str(), names::label_key(class.str()));
        } else {
            let only = "may only be used when `type` is 'LoadBalancer'";
            errors.forbidden(&class.path, only);
        }
    }
}

/// Is it to be reached from outside the cluster? Models `ExternallyAccessible`.
pub fn is_externally_accessible(spec: &At) -> bool {
    match spec.text("type") {
        "LoadBalancer" | "NodePort" => true,
        "ClusterIP" => !spec.lacks("externalIPs"),
        _ => false,
    }
}

/// Models `validateServiceExternalTrafficPolicy` and what follows it.
fn traffic(spec: &At, errors: &mut Errors) {
    let external = spec.field("externalTrafficPolicy");
    if is_externally_accessible(spec) {
        errors.one_of(&external, &["Cluster", "Local"]);
    } else if !external.str().is_empty() {
        let what = "may only be set for externally-accessible services";
        errors.invalid(&external.path, external.str(), what);
    }
    let health = spec.field("healthCheckNodePort");
    let needs_health = needs_health_check(spec);
    if !needs_health && health.number() != 0 {
        let what =
            "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
        errors.invalid(&health.path, health.number(), what);
    } else if needs_health && health.number() == 0 {
        errors.required(&health.path, "");
    } else if needs_health {
        errors.invalid_each(
            &health.path,
            health.number(),
            names::port_number(health.number()),
        );
    }
    let internal = spec.field("internalTrafficPolicy");
    let needs_internal = ["NodePort", "LoadBalancer", "ClusterIP"].contains(&spec.text("type"));
    if !internal.is_set() && needs_internal {
        errors.required(&internal.path, "");
    }
    word(&internal, &["Cluster", "Local"], errors);
    let known = &["PreferClose", "PreferSameZone", "PreferSameNode"];
    word(&spec.field("trafficDistribution"), known, errors);
}

fn word(at: &At, known: &[&str], errors: &mut Errors) {
    if at.is_set() && !known.contains(&at.str()) {
        errors.not_supported(&at.path, at.str(), known);
    }
}

/// Models what `ValidateServiceUpdate` looks at before `validateService`.
pub fn update(service: &At, old: &At, errors: &mut Errors) {
    let (spec, old) = (service.field("spec"), old.field("spec"));
    let is_external = [&spec, &old]
        .iter()
        .any(|spec| spec.text("type") == "ExternalName");
    if !is_external {
        cluster_ips_update(&spec, &old, errors);
        families_update(&spec, &old, errors);
    }
    let class = spec.field("loadBalancerClass");
    let both_balanced = [&spec, &old]
        .iter()
        .all(|spec| spec.text("type") == "LoadBalancer");
    if both_balanced && class.value != old.field("loadBalancerClass").value {
        errors.invalid(&class.path, class.value, "may not change once set");
    }
    load_balancer_class(&spec, errors);
    let health = spec.field("healthCheckNodePort");
    let both_need = needs_health_check(&spec) && needs_health_check(&old);
    if both_need && health.number() != old.field("healthCheckNodePort").number() {
        errors.forbidden(&health.path, "field is immutable");
    }
}

/// Models `validateUpgradeDowngradeClusterIPs`.
fn cluster_ips_update(spec: &At, old: &At, errors: &mut Errors) {
    if is_headless(spec) && is_headless(old) {
        return;
    }
    let (new, old) = (spec.field("clusterIPs"), old.field("clusterIPs"));
    let (count, was) = (new.value.items().len(), old.value.items().len());
    let first = new.path.index(0);
    let changed = |index: usize| new.value.items().get(index) != old.value.items().get(index);
    if count == was {
        for index in (0..was).filter(|index| changed(*index)) {
            errors.invalid(&new.path.index(index), new.value, "may not change once set");
        }
        return;
    }
    if count == 0 {
        return errors.invalid(&first, new.value, "primary clusterIP can not be unset");
    }
    if was > 0 && changed(0) {
        errors.invalid(&first, new.value, "may not change once set");
    }
    if was > count && spec.text("ipFamilyPolicy") != "SingleStack" {
        let policy = spec.field("ipFamilyPolicy");
        let what = "must be set to 'SingleStack' when releasing the secondary clusterIP";
        errors.invalid(&policy.path, policy.value, what);
    }
}

/// Models `validateUpgradeDowngradeIPFamilies`. Some of its errors print the addresses.
fn families_update(spec: &At, old: &At, errors: &mut Errors) {
    if is_headless(spec) || is_headless(old) {
        return;
    }
    let (new, old) = (spec.field("ipFamilies"), old.field("ipFamilies"));
    let (now, was) = (new.value.items(), old.value.items());
    let (first, addresses) = (new.path.index(0), spec.field("clusterIPs"));
    if now.len() == was.len() {
        for _ in now.iter().zip(was).filter(|(now, was)| now != was) {
            errors.invalid(&first, new.value, "may not change once set");
        }
        return;
    }
    if now.len() < was.len() && addresses.value.is_empty() {
        errors.invalid(&first, new.value, "primary ipFamily can not be unset");
    }
    if !now.is_empty() && !was.is_empty() && now.first() != was.first() {
        errors.invalid(&first, addresses.value, "may not change once set");
    }
    let policy = spec.field("ipFamilyPolicy");
    if now.len() < was.len() && now.len() == 1 && policy.str() != "SingleStack" {
        let what = "must be set to 'SingleStack' when releasing the secondary ipFamily";
        errors.invalid(&policy.path, policy.value, what);
    }
}

/// Has it, or is it to have, a port for health checks? Models `NeedsHealthCheck`.
fn needs_health_check(spec: &At) -> bool {
    spec.text("type") == "LoadBalancer" && spec.text("externalTrafficPolicy") == "Local"
}

/// Has a Service, or is it to have, a port for health checks? Models `NeedsHealthCheck`.
pub fn has_health_port(service: &Value) -> bool {
    needs_health_check(&At::root(service, &Paths::default()).field("spec"))
}

/// A port for whoever asks whether the nodes' endpoints are healthy, where one is needed and the server is yet to
/// allocate it: any does, for who only looks at what was written.
pub fn hold_a_health_port(value: &mut Value) {
    const PORT: [&str; 2] = ["spec", "healthCheckNodePort"];
    let is = |path: &[&str], text| value.text_at(path) == text;
    let is_service = is(&["kind"], "Service") && is(&["apiVersion"], "v1");
    let is_open = || value.at(&PORT).is_none_or(|port| port.as_i64() == Some(0));
    if is_service && has_health_port(value) && is_open() {
        value.set(&PORT, 30_000);
    }
}

/// Models `normalizeClusterIPs`: `clusterIP` is the first of `clusterIPs`.
pub fn normalize_cluster_ips(value: &mut Value, old: Option<&Value>) {
    let path = ["spec", "clusterIPs"];
    let first = value.text_at(&["spec", "clusterIP"]).to_string();
    let is_empty = |value: &Value| value.at(&path).is_none_or(Value::is_empty);
    let alone = Value::from_iter([Value::from(first.as_str())]);
    let Some(old) = old else {
        if !first.is_empty() && is_empty(value) {
            value.set(&path, alone);
        }
        return;
    };
    let was = old.text_at(&["spec", "clusterIP"]);
    if was == first {
        if is_empty(value) && !is_empty(old) {
            value.set(&path, old.at(&path).cloned().unwrap_or_default());
        }
        return;
    }
    // Upstream's `sameClusterIPs` of the storage asks about the list alone.
    let same_list = value.at(&path) == old.at(&path) || (is_empty(value) && is_empty(old));
    if same_list && first.is_empty() {
        value.remove(&path);
    } else if same_list {
        value.set(&path, alone);
    }
}
