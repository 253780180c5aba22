//! Why policies deny a connection: what they allow, and what this one is instead. It is kept with the request, and said
//! wherever its end is: so it is short. Ours; no API tells it. Left out: rules one by one where there are several.

use super::{Connection, Direction, Peer, Rule, protocol, rules};
use crate::api::network_policy::{NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort};
use crate::api::pod::PortRef;
use crate::api::selector::LabelSelector;

/// So many peers and ports of a rule are named.
const MOST: usize = 3;

/// `db-from-api allows app=api on 5432, this is app=scan`: of policies that isolate one side and allow nothing like it.
pub(super) fn why_denied(
    policies: &[&NetworkPolicy],
    direction: Direction,
    connection: &Connection,
) -> String {
    let other = connection.other(direction);
    let all = policies.iter();
    let all: Vec<Rule> = all.flat_map(|policy| rules(policy, direction)).collect();
    let (who, allow) = match policies {
        [one] => (one.metadata.name.to_string(), "allows"),
        several => (format!("{} policies", several.len()), "allow"),
    };
    // Where a rule names another protocol, so does this.
    let mut ports = all.iter().flat_map(|rule| rule.ports);
    let names = ports.any(|port| protocol(&port.protocol) != "TCP");
    let port = match (connection.protocol, names) {
        ("TCP", false) => connection.port.to_string(),
        (protocol, _) => format!("{}/{protocol}", connection.port),
    };
    match &all[..] {
        [] => match direction {
            Direction::Ingress => format!("{who} {allow} nothing in"),
            Direction::Egress => format!("{who} {allow} nothing out"),
        },
        [rule] => {
            let this = match (rule.is_of(other), rule.is_to(connection)) {
                (false, true) => words_of(other, &all),
                (true, false) => format!("on {port}"),
                _ => format!("{} on {port}", words_of(other, &all)),
            };
            let policy = &rule.policy.metadata.name;
            format!("{policy} allows {}, this is {this}", rule_words(rule))
        }
        several => {
            let this = words_of(other, several);
            format!("no rule of {who} allows {this} on {port}")
        }
    }
}

/// `app=api on 5432`, `everybody on http, 53/UDP`, `10.0.0.0/8`
fn rule_words(rule: &Rule) -> String {
    let peers = rule.peers.iter().map(|peer| peer_words(peer, rule.policy));
    let peers = some(peers, " or ");
    let ports = some(rule.ports.iter().map(port_words), ", ");
    match (&*peers, &*ports) {
        ("", ports) => format!("everybody on {ports}"),
        (peers, "") => peers.into(),
        (peers, ports) => format!("{peers} on {ports}"),
    }
}

/// The first of them, and how many others there are.
fn some(mut all: impl ExactSizeIterator<Item = String>, between: &str) -> String {
    let others = all.len().saturating_sub(MOST);
    let first: Vec<String> = all.by_ref().take(MOST).collect();
    let first = first.join(between);
    match others {
        0 => first,
        others => format!("{first} and {others} more"),
    }
}

/// Who is at the other end, as far as these rules ask: a Pod's labels; its namespace, where that isn't the policy's or
/// is asked for; its address, where ranges are allowed.
fn words_of(other: &Peer, rules: &[Rule]) -> String {
    let Some(pod) = other.pod() else {
        return other.ip().to_string();
    };
    let peers = || rules.iter().flat_map(|rule| rule.peers);
    let meta = &pod.pod.metadata;
    // What a domain put there is no answer to rules that ask for none of it.
    let mut asked = meta.labels.clone();
    asked.retain(|key, _| !key.contains('/') || peers().any(|peer| asks_for(peer, key)));
    let labels = match asked.is_empty() {
        true => LabelSelector::from(meta.labels.clone()).to_string(),
        false => LabelSelector::from(asked).to_string(),
    };
    let mut said = match &*labels {
        "" => "a Pod without labels".to_string(),
        labels => labels.into(),
    };
    let is_elsewhere = rules
        .iter()
        .any(|rule| rule.policy.metadata.namespace != meta.namespace);
    if is_elsewhere || peers().any(|peer| peer.namespace_selector.is_some()) {
        said += &format!(" of namespace {}", meta.namespace);
    }
    if peers().any(|peer| peer.ip_block.is_some()) {
        said += &format!(" at {}", other.ip());
    }
    said
}

/// Does its selector of Pods name this label?
fn asks_for(peer: &NetworkPolicyPeer, key: &str) -> bool {
    peer.pod_selector.as_ref().is_some_and(|pods| {
        let mut others = pods.match_expressions.iter();
        pods.match_labels.contains_key(key) || others.any(|one| &*one.key == key)
    })
}

fn peer_words(peer: &NetworkPolicyPeer, policy: &NetworkPolicy) -> String {
    if let Some(block) = &peer.ip_block {
        let but = some(block.except.iter().map(ToString::to_string), ", ");
        return match &*but {
            "" => block.cidr.to_string(),
            but => format!("{} but {but}", block.cidr),
        };
    }
    let pods = peer.pod_selector.as_ref().filter(|pods| !pods.is_empty());
    let own = &policy.metadata.namespace;
    match (&peer.namespace_selector, pods) {
        (None, Some(pods)) => pods.to_string(),
        (None, None) => format!("every Pod of namespace {own}"),
        (Some(all), pods) if all.is_empty() => {
            let pods = pods.map_or_else(|| "every Pod".into(), ToString::to_string);
            format!("{pods} of every namespace")
        }
        (Some(some), pods) => {
            let pods = pods.map_or_else(|| "every Pod".into(), ToString::to_string);
            format!("{pods} of namespaces with {some}")
        }
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
