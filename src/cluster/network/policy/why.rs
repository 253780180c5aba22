//! Why policies deny a connection: what they allow, and what this one is instead. Ours; no API tells it.
//! Left out: rules one by one where there are several.

use super::{Connection, Direction, Peer, is_meant, is_port, protocol};
use crate::api::meta::Labels;
use crate::api::network_policy::{NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort};
use crate::api::pod::PortRef;
use crate::api::selector::LabelSelector;

/// A rule of either direction, and whose it is.
struct Rule<'a> {
    policy: &'a NetworkPolicy,
    peers: &'a [NetworkPolicyPeer],
    ports: &'a [NetworkPolicyPort],
}

/// `db-from-api allows app=api on 5432, this is app=scan`: of policies that isolate one side and allow nothing like it.
pub(super) fn why_denied(
    policies: &[&NetworkPolicy],
    direction: Direction,
    connection: &Connection,
) -> String {
    let (way, other) = match direction {
        Direction::Ingress => ("in", &connection.from),
        Direction::Egress => ("out", &connection.to),
    };
    let rules: Vec<Rule> = policies
        .iter()
        .flat_map(|policy| rules(policy, direction))
        .collect();
    let (who, allow) = match policies {
        [one] => (one.metadata.name.to_string(), "allows"),
        several => (format!("{} policies", several.len()), "allow"),
    };
    match &rules[..] {
        [] => format!("{who} {allow} nothing {way}"),
        [rule] => {
            let is_who = rule.is_of(other);
            let is_port = rule.is_to_port(connection);
            let this = match (is_who, is_port) {
                (false, true) => rule.words_of(other),
                (true, false) => format!("on {}", port_of(connection)),
                _ => format!("{} on {}", rule.words_of(other), port_of(connection)),
            };
            format!(
                "{} allows {}, this is {this}",
                rule.policy.metadata.name,
                rule.words()
            )
        }
        [first, ..] => {
            let this = first.words_of(other);
            let port = port_of(connection);
            format!("no rule of {who} allows {this} on {port}")
        }
    }
}

fn rules(policy: &NetworkPolicy, direction: Direction) -> Vec<Rule<'_>> {
    let rule = |peers, ports| Rule {
        policy,
        peers,
        ports,
    };
    let spec = &policy.spec;
    match direction {
        Direction::Ingress => spec
            .ingress
            .iter()
            .map(|one| rule(&one.from[..], &one.ports[..]))
            .collect(),
        Direction::Egress => spec
            .egress
            .iter()
            .map(|one| rule(&one.to[..], &one.ports[..]))
            .collect(),
    }
}

impl Rule<'_> {
    fn is_of(&self, other: &Peer) -> bool {
        let mut peers = self.peers.iter();
        self.peers.is_empty() || peers.any(|peer| is_meant(peer, self.policy, other))
    }

    fn is_to_port(&self, connection: &Connection) -> bool {
        let mut ports = self.ports.iter();
        self.ports.is_empty() || ports.any(|port| is_port(port, connection))
    }

    /// `app=api on 5432`, `everybody on http, 53/UDP`, `10.0.0.0/8`
    fn words(&self) -> String {
        let peers: Vec<String> = self.peers.iter().map(peer_words).collect();
        let ports: Vec<String> = self.ports.iter().map(port_words).collect();
        match (&peers[..], &ports[..]) {
            ([], ports) => format!("everybody on {}", ports.join(", ")),
            (peers, []) => peers.join(" or "),
            (peers, ports) => format!("{} on {}", peers.join(" or "), ports.join(", ")),
        }
    }

    /// Do its selectors of Pods name this label?
    fn asks_for(&self, key: &str) -> bool {
        let mut pods = self
            .peers
            .iter()
            .filter_map(|peer| peer.pod_selector.as_ref());
        pods.any(|pods| {
            let mut others = pods.match_expressions.iter();
            pods.match_labels.contains_key(key) || others.any(|one| &*one.key == key)
        })
    }

    /// Who is at the other end: a Pod's labels, and its namespace where that isn't the policy's.
    fn words_of(&self, other: &Peer) -> String {
        let Some(pod) = other.pod() else {
            return other.ip().to_string();
        };
        let meta = &pod.pod.metadata;
        // What a domain put there is no answer to a rule that asks for none of it.
        let asked = |key: &str| !key.contains('/') || self.asks_for(key);
        let told = meta.labels.iter().filter(|(key, _)| asked(key));
        let told: Labels = told
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let labels = match told.is_empty() {
            true => "a Pod without labels".into(),
            false => LabelSelector::from(told).to_string(),
        };
        match meta.namespace == self.policy.metadata.namespace {
            true => labels,
            false => format!("{labels} of namespace {}", meta.namespace),
        }
    }
}

fn peer_words(peer: &NetworkPolicyPeer) -> String {
    if let Some(block) = &peer.ip_block {
        let but: Vec<String> = block.except.iter().map(ToString::to_string).collect();
        return match &but[..] {
            [] => block.cidr.to_string(),
            but => format!("{} but {}", block.cidr, but.join(", ")),
        };
    }
    let pods = match &peer.pod_selector {
        Some(pods) if !pods.is_empty() => pods.to_string(),
        _ => "every Pod".into(),
    };
    match &peer.namespace_selector {
        None => pods,
        Some(all) if all.is_empty() => format!("{pods} of every namespace"),
        Some(some) => format!("{pods} of namespaces with {some}"),
    }
}

/// `5432`, `http`, `53/UDP`, `8000-8080`, `every port of SCTP`
fn port_words(port: &NetworkPolicyPort) -> String {
    let kind = match protocol(&port.protocol) {
        "TCP" => String::new(),
        other => format!("/{other}"),
    };
    match (&port.port, port.end_port) {
        (None, _) => format!("every port of {}", protocol(&port.protocol)),
        (Some(PortRef::Number(first)), Some(last)) => format!("{first}-{last}{kind}"),
        (Some(PortRef::Number(number)), None) => format!("{number}{kind}"),
        (Some(PortRef::Name(name)), _) => format!("{name}{kind}"),
    }
}

fn port_of(connection: &Connection) -> String {
    match connection.protocol {
        "TCP" => connection.port.to_string(),
        other => format!("{}/{other}", connection.port),
    }
}
