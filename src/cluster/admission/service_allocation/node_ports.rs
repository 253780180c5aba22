//! Ports of the nodes. Models `initNodePorts`, `updateNodePorts` and the port for health checks of
//! `pkg/registry/core/service/storage/alloc.go`, and `portallocator`.

use super::{World, others, ports};
use crate::api::validation::at::{At, Errors};
use crate::api::validation::service::has_health_port;
use crate::api::validation::{self, Paths};
use crate::api::{Uid, Value};
use crate::cluster::api_server::Status;
use crate::collections::Set;

/// 30000 to 32767, with a band for those who ask.
const PORTS: (i64, i64) = (30000, 32767);
const STATIC_BAND: i64 = 86;

/// Gives a Service the ports of the nodes that it needs.
pub(super) fn allocate(
    world: &mut World,
    value: &mut Value,
    old: Option<&Value>,
) -> Result<(), Status> {
    let taken = others(world, value).flat_map(held);
    let mut ledger = Ledger(taken.collect());
    if ["NodePort", "LoadBalancer"].contains(&value.text_at(&["spec", "type"])) {
        match old {
            None => create(world, value, &mut ledger)?,
            Some(old) => update(world, value, old, &mut ledger)?,
        }
    }
    if has_health_port(value) && !old.is_some_and(has_health_port) {
        health_check(world, value, &mut ledger)?;
    }
    Ok(())
}

/// Ports that are taken.
struct Ledger(Set<i64>);

impl Ledger {
    fn take(&mut self, port: i64) -> Result<(), &'static str> {
        if !(PORTS.0..=PORTS.1).contains(&port) {
            return Err(
                "provided port is not in the valid range. The range of valid ports is 30000-32767",
            );
        }
        match self.0.insert(port) {
            true => Ok(()),
            false => Err("provided port is already allocated"),
        }
    }

    fn next(&mut self, world: &mut World) -> Option<i64> {
        let low = PORTS.0 + STATIC_BAND;
        let band = u32::try_from(PORTS.1 - low + 1).unwrap_or(0);
        let has_room = (low..=PORTS.1).any(|port| !self.0.contains(&port));
        if has_room {
            loop {
                let drawn = low + i64::from(world.rng.below("nodeport", Uid(0), band));
                if self.0.insert(drawn) {
                    return Some(drawn);
                }
            }
        }
        // Only then the lower band is given away too.
        let free = (PORTS.0..low).find(|port| !self.0.contains(port))?;
        self.0.insert(free);
        Some(free)
    }
}

/// The ports that a Service holds.
fn held(service: &Value) -> Vec<i64> {
    let health = service.at(&["spec", "healthCheckNodePort"]);
    let ports = ports(service)
        .iter()
        .filter_map(|port| port.get("nodePort"));
    let all = ports.chain(health).filter_map(Value::as_i64);
    all.filter(|port| *port != 0).collect()
}

fn number(port: &Value, name: &str) -> i64 {
    let number = port.get(name).and_then(Value::as_i64);
    number.unwrap_or_default()
}

fn set(value: &mut Value, index: usize, port: i64) {
    if let Some(item) = value.at_mut(&["spec", "ports"]).items_mut().get_mut(index) {
        item.set(&["nodePort"], port);
    }
}

/// Are ports given that nobody asked for? Models `shouldAllocateNodePorts`.
fn gives(service: &Value) -> bool {
    service.text_at(&["spec", "type"]) == "NodePort"
        || service.at(&["spec", "allocateLoadBalancerNodePorts"]) != Some(&Value::Bool(false))
}

/// One port of the node serves all ports of the same number, of whatever protocol.
fn create(world: &mut World, value: &mut Value, ledger: &mut Ledger) -> Result<(), Status> {
    let gives = gives(value);
    let mut given: Vec<(i64, i64)> = Vec::new();
    let asked: Vec<(i64, i64)> = ports(value)
        .iter()
        .map(|port| (number(port, "port"), number(port, "nodePort")))
        .collect();
    for (index, (port, node_port)) in asked.iter().enumerate() {
        if *node_port == 0 && !gives {
            continue;
        }
        let known = given.iter().find(|(known, _)| known == port);
        let mut requested = asked
            .iter()
            .filter(|(other, wanted)| other == port && *wanted != 0);
        match (known, requested.next()) {
            (Some((_, known)), _) if *node_port == 0 => set(value, index, *known),
            (Some((_, known)), _) if node_port == known => {}
            (Some(_), _) => take(value, index, *node_port, ledger)?,
            (None, Some((_, wanted))) => {
                take(value, index, *wanted, ledger)?;
                set(value, index, *wanted);
                given.push((*port, *wanted));
            }
            (None, None) => {
                let next = ledger.next(world).ok_or_else(full)?;
                set(value, index, next);
                given.push((*port, next));
            }
        }
    }
    Ok(())
}

/// Here each port is by itself.
fn update(
    world: &mut World,
    value: &mut Value,
    old: &Value,
    ledger: &mut Ledger,
) -> Result<(), Status> {
    let gives = gives(value);
    let were: Vec<i64> = ports(old)
        .iter()
        .map(|port| number(port, "nodePort"))
        .collect();
    let mut own: Set<i64> = Set::new();
    let mut seen: Set<(String, i64)> = Set::new();
    for port in held(old) {
        // The old ones are let go of when the update is done.
        ledger.0.insert(port);
    }
    for index in 0..ports(value).len() {
        let port = &ports(value)[index];
        let protocol = port.text_at(&["protocol"]).to_string();
        let mut node_port = number(port, "nodePort");
        if node_port == 0 && !gives {
            continue;
        }
        if node_port == 0 {
            node_port = ledger.next(world).ok_or_else(full)?;
            set(value, index, node_port);
        } else if !were.contains(&node_port) && own.insert(node_port) {
            take(value, index, node_port, ledger)?;
        }
        if !seen.insert((protocol.clone(), node_port)) {
            return Err(Status {
                code: 500,
                reason: "",
                message: format!("duplicate nodePort: {{{protocol} {node_port}}}"),
            });
        }
    }
    Ok(())
}

fn take(value: &Value, index: usize, port: i64, ledger: &mut Ledger) -> Result<(), Status> {
    let Err(why) = ledger.take(port) else {
        return Ok(());
    };
    let paths = Paths::default();
    let ports = At::root(value, &paths).field("spec").field("ports");
    let mut errors = Errors::default();
    errors.invalid(&ports.path.index(index).field("nodePort"), port, why);
    validation::refuse(value, &errors.0)
}

/// Models `allocHealthCheckNodePort`.
fn health_check(world: &mut World, value: &mut Value, ledger: &mut Ledger) -> Result<(), Status> {
    let path = ["spec", "healthCheckNodePort"];
    let asked = value.at(&path).and_then(Value::as_i64).unwrap_or_default();
    if asked == 0 {
        let next = ledger.next(world).ok_or_else(full)?;
        value.set(&path, next);
        return Ok(());
    }
    ledger.take(asked).map_err(|why| {
        internal(&format!(
            "failed to allocate requested HealthCheck NodePort {asked}: {why}"
        ))
    })
}

fn full() -> Status {
    internal("failed to allocate a nodePort: range is full")
}

fn internal(why: &str) -> Status {
    Status {
        code: 500,
        reason: "InternalError",
        message: format!("Internal error occurred: {why}"),
    }
}
