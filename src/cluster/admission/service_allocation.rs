//! Addresses and node ports of Services. Models `pkg/registry/core/service/storage`: what the
//! storage does before a Service is validated, on a cluster of IPv4 alone.
//! Ours: which address or port comes next is drawn from the seed. Left out: node ports of health
//! checks are never shared.

use std::net::Ipv4Addr;

use super::{World, is};
use crate::api::validation::at::{At, Errors};
use crate::api::validation::{self, Paths, ip, service};
use crate::api::{ObjectKey, Uid, Value};
use crate::cluster::api_server::Status;
use crate::cluster::network::control_plane;
use crate::collections::Set;

/// 10.96.0.0/16: the lower band is for those who ask for an address, the rest is drawn from.
const NETWORK: u32 = 0x0a60_0000;
const SIZE: u32 = 1 << 16;
const STATIC_BAND: u32 = 256;

/// 30000 to 32767, with a band for those who ask as well.
const PORTS: (u32, u32) = (30000, 32767);
const PORTS_STATIC_BAND: u32 = 86;

/// Gives a Service its addresses and node ports. Anything else stays as it is.
///
/// # Errors
/// What the API server would answer.
pub fn allocate(world: &mut World, value: &mut Value, old: Option<&Value>) -> Result<(), Status> {
    if !is(value, "v1", "Service") {
        return Ok(());
    }
    if let Some(old) = old {
        drop_type_dependent_fields(value, old);
        keep_allocated(value, old);
    }
    service::normalize_cluster_ips(value, old);
    let kind = value.text_at(&["spec", "type"]).to_string();
    if kind == "ExternalName" {
        // Upstream leaves it out when it reads.
        value.remove(&["spec", "internalTrafficPolicy"]);
    } else {
        ip_families(value)?;
        cluster_ip(world, value)?;
    }
    if ["NodePort", "LoadBalancer"].contains(&&*kind) {
        node_ports(world, value)?;
    }
    if kind == "LoadBalancer"
        && value.text_at(&["spec", "externalTrafficPolicy"]) == "Local"
        && value.at(&["spec", "healthCheckNodePort"]).is_none()
    {
        let port = next_port(world, &ports_in_use(world, value));
        value.set(&["spec", "healthCheckNodePort"], i64::from(port));
    }
    Ok(())
}

/// What came with the old type and wasn't written for the new one goes. Models
/// `dropTypeDependentFields`.
fn drop_type_dependent_fields(value: &mut Value, old: &Value) {
    let needs_address = |value: &Value| value.text_at(&["spec", "type"]) != "ExternalName";
    let drop_same = |value: &mut Value, names: &[&str]| {
        for name in names {
            if value.at(&["spec", name]) == old.at(&["spec", name]) {
                value.remove(&["spec", name]);
            }
        }
    };
    let needs_port =
        |value: &Value| ["NodePort", "LoadBalancer"].contains(&value.text_at(&["spec", "type"]));
    if needs_address(old) && !needs_address(value) {
        drop_same(
            value,
            &["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"],
        );
    }
    if needs_port(old) && !needs_port(value) {
        let ports = |value: &Value| -> Vec<Option<Value>> {
            let ports = value
                .at(&["spec", "ports"])
                .map(Value::items)
                .unwrap_or_default();
            ports
                .iter()
                .map(|port| port.get("nodePort").cloned())
                .collect()
        };
        if ports(value) == ports(old) {
            for port in value.at_mut(&["spec", "ports"]).items_mut() {
                port.remove(&["nodePort"]);
            }
        }
        drop_same(value, &["externalTrafficPolicy", "healthCheckNodePort"]);
    }
    let balances = |value: &Value| value.text_at(&["spec", "type"]) == "LoadBalancer";
    if balances(old) && !balances(value) {
        drop_same(
            value,
            &["allocateLoadBalancerNodePorts", "loadBalancerClass"],
        );
    }
}

/// What was given once stays, where the new version doesn't say. Models `patchAllocatedValues`.
fn keep_allocated(value: &mut Value, old: &Value) {
    let kind = |value: &Value| value.text_at(&["spec", "type"]).to_string();
    let both = |kinds: &[&str]| kinds.contains(&&*kind(old)) && kinds.contains(&&*kind(value));
    let has_address = both(&["ClusterIP", "NodePort", "LoadBalancer"]);
    let has_ports = both(&["NodePort", "LoadBalancer"]);
    if has_address && value.text_at(&["spec", "clusterIP"]).is_empty() {
        for name in ["clusterIP", "clusterIPs"] {
            if let Some(was) = old.at(&["spec", name]) {
                value.set(&["spec", name], was.clone());
            }
        }
    }
    if has_ports {
        let was = old.at(&["spec", "ports"]).cloned().unwrap_or_default();
        for port in value.at_mut(&["spec", "ports"]).items_mut() {
            let same = |other: &&Value| {
                ["port", "protocol"]
                    .iter()
                    .all(|name| other.get(name) == port.get(name))
            };
            let given = was
                .items()
                .iter()
                .find(same)
                .and_then(|other| other.get("nodePort"));
            if let (None, Some(given)) = (port.get("nodePort"), given) {
                port.set(&["nodePort"], given.clone());
            }
        }
    }
}

/// Models `initIPFamilyFields`, where IPv4 is all there is.
fn ip_families(value: &mut Value) -> Result<(), Status> {
    let paths = Paths::default();
    let spec = At::root(value, &paths).field("spec");
    let headless_without_selector = spec.text("clusterIP") == "None" && spec.lacks("selector");
    let policy = match spec.text("ipFamilyPolicy") {
        "" if headless_without_selector => "RequireDualStack".to_string(),
        "" => "SingleStack".to_string(),
        policy => policy.to_string(),
    };
    let mut errors = Errors::default();
    service::cluster_ips(&spec, &mut errors);
    validation::refuse(value, &errors.0)?;
    value.set(&["spec", "ipFamilyPolicy"], policy.as_str());
    let spec = At::root(value, &paths).field("spec");
    let (families, addresses) = (spec.field("ipFamilies"), spec.field("clusterIPs"));
    if policy == "SingleStack" {
        for (list, what) in [(&addresses, "cluster IPs"), (&families, "IP families")] {
            if list.value.items().len() == 2 {
                let at = spec.field("ipFamilyPolicy");
                let what = format!(
                    "must be 'RequireDualStack' or 'PreferDualStack' when multiple {what} are specified"
                );
                errors.invalid(&at.path, at.str(), what);
            }
        }
    }
    let is_v6 = |address: &At| ip::parse_sloppy(address.str()).is_some_and(|ip| ip.is_ipv6());
    for address in addresses
        .items()
        .skip(families.value.items().len())
        .filter(is_v6)
    {
        let what = "IPv6 is not configured on this cluster";
        errors.invalid(&address.path, addresses.value, what);
    }
    validation::refuse(value, &errors.0)?;
    if headless_without_selector {
        // Endpoints of anybody's making may have either family.
        let families = families.value.items();
        let first = families.first().cloned().unwrap_or(Value::from("IPv4"));
        let other = if first.as_str() == Some("IPv6") {
            "IPv4"
        } else {
            "IPv6"
        };
        let mut both = vec![first];
        match families.get(1) {
            Some(second) => both.push(second.clone()),
            None if policy != "SingleStack" => both.push(other.into()),
            None => {}
        }
        value.set(&["spec", "ipFamilies"], both.into_iter().collect::<Value>());
        return Ok(());
    }
    if policy == "RequireDualStack" {
        let at = spec.field("ipFamilyPolicy");
        let what = "this cluster is not configured for dual-stack services";
        errors.invalid(&at.path, at.str(), what);
    }
    for family in families.items().filter(|family| family.str() != "IPv4") {
        errors.invalid(&family.path, family.str(), "not configured on this cluster");
    }
    validation::refuse(value, &errors.0)?;
    if value
        .at(&["spec", "ipFamilies"])
        .is_none_or(Value::is_empty)
    {
        let families: Value = [Value::from("IPv4")].into_iter().collect();
        value.set(&["spec", "ipFamilies"], families);
    }
    Ok(())
}

/// Other Services than this one.
fn others<'a>(world: &'a World, value: &Value) -> impl Iterator<Item = &'a Value> + use<'a> {
    let meta = |name: &str| value.text_at(&["metadata", name]);
    let own = ObjectKey::new("Service", meta("namespace"), meta("name"));
    let all = world.store.list("Service");
    all.filter(move |(key, _)| **key != own)
        .map(|(_, service)| &service.value)
}

/// Models `allocClusterIPs`.
fn cluster_ip(world: &mut World, value: &mut Value) -> Result<(), Status> {
    let asked = value.text_at(&["spec", "clusterIP"]).to_string();
    if asked == "None" {
        return Ok(());
    }
    let taken: Set<String> = others(world, value)
        .map(|service| service.text_at(&["spec", "clusterIP"]).to_string())
        .collect();
    let own = ["namespace", "name"].map(|name| value.text_at(&["metadata", name]));
    let is_kept = |(namespace, name)| own != [namespace, name];
    let is_kept = control_plane::keeper_of(&asked).is_some_and(is_kept);
    if asked.is_empty() {
        let address = loop {
            let offset = world.rng.below("clusterip", Uid(0), SIZE - STATIC_BAND - 1);
            let address = Ipv4Addr::from_bits(NETWORK + STATIC_BAND + offset).to_string();
            if !taken.contains(&address) {
                break address;
            }
        };
        let addresses: Value = [Value::from(address.as_str())].into_iter().collect();
        value.set(&["spec", "clusterIP"], address);
        value.set(&["spec", "clusterIPs"], addresses);
        return Ok(());
    }
    let inside = asked.parse::<Ipv4Addr>().is_ok_and(|address| {
        let offset = address.to_bits().wrapping_sub(NETWORK);
        (1..SIZE - 1).contains(&offset)
    });
    let why = if !inside {
        "the provided network does not match the current range"
    } else if is_kept || taken.contains(&asked) {
        "provided IP is already allocated"
    } else {
        return Ok(());
    };
    let paths = Paths::default();
    let at = At::root(value, &paths).field("spec").field("clusterIPs");
    let mut errors = Errors::default();
    errors.invalid(
        &at.path,
        at.value,
        format!("failed to allocate IP {asked}: {why}"),
    );
    validation::refuse(value, &errors.0)
}

fn ports_of(service: &Value) -> impl Iterator<Item = u32> + '_ {
    let ports = service
        .at(&["spec", "ports"])
        .map(Value::items)
        .unwrap_or_default();
    let ports = ports.iter().filter_map(|port| port.get("nodePort"));
    let health = service.at(&["spec", "healthCheckNodePort"]);
    let numbers = ports.chain(health).filter_map(Value::as_i64);
    numbers
        .filter_map(|port| u32::try_from(port).ok())
        .filter(|port| *port != 0)
}

fn ports_in_use(world: &World, value: &Value) -> Set<u32> {
    others(world, value).flat_map(ports_of).collect()
}

fn next_port(world: &mut World, taken: &Set<u32>) -> u32 {
    let (low, high) = (PORTS.0 + PORTS_STATIC_BAND, PORTS.1);
    loop {
        let port = low + world.rng.below("nodeport", Uid(0), high - low + 1);
        if !taken.contains(&port) {
            return port;
        }
    }
}

/// Models `initNodePorts`: one port of the node for TCP and UDP of the same number.
fn node_ports(world: &mut World, value: &mut Value) -> Result<(), Status> {
    let mut taken = ports_in_use(world, value);
    let mut errors = Errors::default();
    let paths = Paths::default();
    let ports = At::root(value, &paths).field("spec").field("ports");
    let mut own: Vec<(i64, u32)> = Vec::new();
    for port in ports.items() {
        let (number, asked) = (port.int("port").unwrap_or_default(), port.field("nodePort"));
        let Ok(node_port @ 1..) = u32::try_from(asked.number()) else {
            continue;
        };
        let shared = own.contains(&(number, node_port));
        let why = if !(PORTS.0..=PORTS.1).contains(&node_port) {
            "provided port is not in the valid range. The range of valid ports is 30000-32767"
        } else if taken.contains(&node_port) && !shared {
            "provided port is already allocated"
        } else {
            taken.insert(node_port);
            own.push((number, node_port));
            continue;
        };
        errors.invalid(&asked.path, asked.number(), why);
        return validation::refuse(value, &errors.0);
    }
    let allocates =
        value.at(&["spec", "allocateLoadBalancerNodePorts"]) != Some(&Value::Bool(false));
    if !allocates {
        return Ok(());
    }
    for port in value.at_mut(&["spec", "ports"]).items_mut() {
        if port.get("nodePort").is_some() {
            continue;
        }
        let number = port.get("port").and_then(Value::as_i64).unwrap_or_default();
        let same = own
            .iter()
            .find(|(known, _)| *known == number)
            .map(|(_, port)| *port);
        let node_port = same.unwrap_or_else(|| next_port(world, &taken));
        taken.insert(node_port);
        own.push((number, node_port));
        port.set(&["nodePort"], i64::from(node_port));
    }
    Ok(())
}
