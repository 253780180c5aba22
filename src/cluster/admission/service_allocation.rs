//! Addresses and node ports of Services. Models `pkg/registry/core/service/storage`: what the
//! storage does before a Service is validated, on a cluster of IPv4 alone.
//! Ours: which address or port comes next is drawn from the seed.

use std::net::Ipv4Addr;

use super::{World, is};
use crate::api::validation::at::{At, Errors};
use crate::api::validation::{self, Paths, service};
use crate::api::{ObjectKey, Uid, Value};
use crate::cluster::api_server::Status;
use crate::cluster::network::control_plane;
use crate::collections::Set;

/// Of which families a Service's addresses are.
mod families;

/// Ports of the nodes.
mod node_ports;

/// What an update keeps and drops.
mod update;

#[cfg(test)]
mod tests;

/// 10.96.0.0/16: the lower band is for those who ask for an address, the rest is drawn from.
const NETWORK: u32 = 0x0a60_0000;
const SIZE: u32 = 1 << 16;
const STATIC_BAND: u32 = 256;

/// Gives a Service its addresses and node ports. Anything else stays as it is. Models `beginCreate`
/// and `beginUpdate`, and `dropTypeDependentFields`, which comes right behind.
///
/// # Errors
/// What the API server would answer.
pub fn allocate(world: &mut World, value: &mut Value, old: Option<&Value>) -> Result<(), Status> {
    if !is(value, "v1", "Service") {
        return Ok(());
    }
    if let Some(old) = old {
        update::patch_allocated_values(value, old);
    }
    service::normalize_cluster_ips(value, old);
    let is_external = |value: &Value| value.text_at(&["spec", "type"]) == "ExternalName";
    if !is_external(value) {
        families::init(value, old)?;
        // What an update says of an address that is there, validation judges.
        if old.is_none_or(is_external) {
            cluster_ip(world, value)?;
        }
    }
    node_ports::allocate(world, value, old)?;
    if let Some(old) = old {
        update::drop_type_dependent_fields(value, old);
    }
    if is_external(value) {
        // Upstream leaves it out when it reads.
        value.remove(&["spec", "internalTrafficPolicy"]);
    }
    Ok(())
}

/// The ports of a Service.
fn ports(service: &Value) -> &[Value] {
    service.at(&["spec", "ports"]).map_or(&[], Value::items)
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
