//! Warnings about the ports of a Pod's containers. Models the two visits of
//! `warningsForPodSpecAndMeta` that gather them.

use super::Warnings;
use super::pod::containers;
use crate::api::validation::Path;
use crate::api::validation::at::At;
use crate::collections::Map;

/// Ports that get in each other's way.
pub(super) fn warn(spec: &At, warnings: &mut Warnings) {
    let ports = || containers(spec).flat_map(|container| container.list("ports"));
    let mut earlier: Map<(i64, &str), Vec<At>> = Map::new();
    for port in ports() {
        if !port.lacks("hostIP") && number(&port, "hostPort") == 0 {
            warnings.at(
                &port.path,
                format!("hostIP set without hostPort: {}", as_go(&port)),
            );
        }
        let key = (number(&port, "containerPort"), port.text("protocol"));
        let others = earlier.or_default(key);
        for other in others.iter() {
            if let Some(how) = conflict(&port, other) {
                warnings.at(
                    &port.path,
                    format!("{how} port definition with {}", other.path),
                );
            }
        }
        others.push(port);
    }
    let mut names: Map<&str, Path> = Map::new();
    for port in ports().filter(|port| !port.lacks("name")) {
        let name = port.text("name");
        match names.get(name) {
            Some(other) => warnings.at(&port.path, format!("duplicate port name {name:?} with {other}, services and probes that select ports by name will use {other}")),
            None => {
                names.insert(name, port.path);
            }
        }
    }
}

fn number(port: &At, name: &str) -> i64 {
    port.int(name).unwrap_or_default()
}

/// How a port meets an earlier one of the same number and protocol.
fn conflict(port: &At, other: &At) -> Option<&'static str> {
    let (ip, other_ip) = (port.text("hostIP"), other.text("hostIP"));
    let (host, other_host) = (number(port, "hostPort"), number(other, "hostPort"));
    if ip == other_ip && host == other_host {
        Some("duplicate")
    } else if host == 0 || other_host == 0 {
        Some("overlapping")
    } else if host == other_host && ip.is_empty() != other_ip.is_empty() {
        Some("dangerously ambiguous")
    } else {
        None
    }
}

/// As Go's `%+v`.
fn as_go(port: &At) -> String {
    format!(
        "{{Name:{} HostPort:{} ContainerPort:{} Protocol:{} HostIP:{}}}",
        port.text("name"),
        number(port, "hostPort"),
        number(port, "containerPort"),
        port.text("protocol"),
        port.text("hostIP"),
    )
}
