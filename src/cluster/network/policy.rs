//! Which connections NetworkPolicies allow. Models what the API says of them
//! (`staging/src/k8s.io/api/networking/v1/types.go`), as network plugins carry it out, and of a Pod's own node what
//! the documentation does ("traffic to and from the node where a Pod is running is always allowed"); a Pod on the
//! host's network counts as its node's address, as most plugins have it.
//!
//! Nothing denies: a Pod that a policy selects is isolated, and policies only ever add what it may.

/// Why a connection is denied, in words.
mod why;

use std::fmt;
use std::net::IpAddr;
use std::rc::Rc;

use crate::api::meta::Labels;
use crate::api::network_policy::{NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort};
use crate::api::pod::{ContainerPort, Pod, PortRef};
use crate::api::selector::LabelSelector;
use crate::api::{Object, ObjectKey};
use crate::cluster::Store;
use why::why_denied;

/// One end of a connection.
#[derive(Clone, Copy, Debug)]
pub enum Peer<'a> {
    /// A Pod with an address of its own.
    Pod(PodPeer<'a>),
    /// Anything else that has an address; no policy selects it.
    Address(IpAddr),
}

/// A Pod as one end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct PodPeer<'a> {
    /// The Pod; who is none but stands for one (the cluster's DNS server) is described as one.
    pub pod: &'a Pod,
    /// Labels of its namespace.
    pub namespace_labels: &'a Labels,
    /// Its address in this connection.
    pub ip: IpAddr,
    /// The address of the node that it is on, as far as that is known.
    pub node: Option<IpAddr>,
}

impl<'a> Peer<'a> {
    /// The same on the node of this address.
    pub fn on_node(self, node: IpAddr) -> Self {
        match self {
            Peer::Pod(pod) => Peer::Pod(PodPeer {
                node: Some(node),
                ..pod
            }),
            other => other,
        }
    }

    /// The Pod on no node that is known, or its node's address if it is on that network. `None` while it has no
    /// address.
    pub fn of_pod(pod: &'a Pod, namespace_labels: &'a Labels) -> Option<Self> {
        let ip = pod.status.pod_ip.parse().ok()?;
        Some(if pod.spec.host_network {
            Peer::Address(ip)
        } else {
            Peer::Pod(PodPeer {
                pod,
                namespace_labels,
                ip,
                node: None,
            })
        })
    }

    fn ip(&self) -> IpAddr {
        match self {
            Peer::Pod(pod) => pod.ip,
            Peer::Address(ip) => *ip,
        }
    }

    fn pod(&self) -> Option<&PodPeer<'a>> {
        match self {
            Peer::Pod(pod) => Some(pod),
            Peer::Address(_) => None,
        }
    }
}

impl PodPeer<'_> {
    fn is(&self, other: &PodPeer) -> bool {
        let (a, b) = (&self.pod.metadata, &other.pod.metadata);
        a.name == b.name && a.namespace == b.namespace
    }

    /// Is this its own node?
    fn is_on(&self, other: &Peer) -> bool {
        matches!(other, Peer::Address(ip) if self.node == Some(*ip))
    }

    /// Ports that it declares: of what runs beside what, not of what runs before.
    fn ports(&self) -> impl Iterator<Item = &ContainerPort> {
        let spec = &self.pod.spec;
        let sidecars = spec.init_containers.iter().filter(|one| one.is_sidecar());
        let running = spec.containers.iter().chain(sidecars);
        running.flat_map(|container| &container.ports)
    }
}

/// The opening of a connection; answers to it need no rule.
#[derive(Clone, Copy, Debug)]
pub struct Connection<'a> {
    /// Who opens it.
    pub from: Peer<'a>,
    /// Who is meant, behind any Service.
    pub to: Peer<'a>,
    /// The receiver's own port, not a Service's.
    pub port: i64,
    /// `TCP`, `UDP`, `SCTP`
    pub protocol: &'a str,
}

impl<'a> Connection<'a> {
    /// Who is at the end that this side's rules are about.
    fn other(&self, direction: Direction) -> &Peer<'a> {
        match direction {
            Direction::Ingress => &self.from,
            Direction::Egress => &self.to,
        }
    }
}

/// What both sides' policies say of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdicts {
    /// The sender's side.
    pub egress: Verdict,
    /// The receiver's side.
    pub ingress: Verdict,
}

impl Verdicts {
    /// Does the connection come about?
    pub fn is_allowed(&self) -> bool {
        self.egress.is_allowed() && self.ingress.is_allowed()
    }
}

/// What one side's policies say of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may be.
    Allowed(Grounds),
    /// It may not: no rule of those that select the Pod allows it.
    Denied {
        /// Those, in the order of their names.
        by: Vec<PolicyName>,
        /// What they allow, and what this is: `db-from-api allows app=api on 5432, this is app=scan`.
        why: String,
    },
}

/// Why a connection may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grounds {
    /// No policy of this direction selects the Pod; or this side is no Pod.
    NotIsolated,
    /// The first rule that allows it.
    Rule {
        /// Whose.
        policy: PolicyName,
        /// Its place in `ingress` or `egress`.
        index: usize,
    },
    /// No policy keeps a Pod from itself.
    Itself,
    /// Nor does one from the node that it is on.
    OwnNode,
}

impl Verdict {
    /// May it be, as far as this side goes?
    pub fn is_allowed(&self) -> bool {
        matches!(self, Verdict::Allowed(_))
    }
}

/// Which policy. Printed as `NetworkPolicy default/deny-all`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyName {
    /// Its namespace.
    pub namespace: Rc<str>,
    /// Its name there.
    pub name: Rc<str>,
}

impl PolicyName {
    fn of(policy: &NetworkPolicy) -> Self {
        let NetworkPolicy { metadata, .. } = policy;
        PolicyName {
            namespace: metadata.namespace.clone(),
            name: metadata.name.clone(),
        }
    }
}

impl fmt::Display for PolicyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NetworkPolicy {}/{}", self.namespace, self.name)
    }
}

const KIND: &str = "NetworkPolicy.networking.k8s.io";

/// Is there any policy at all?
pub fn are_any(store: &Store) -> bool {
    store.are_any(KIND)
}

/// A namespace's policies, in the order of their names.
pub fn in_namespace<'a, 'n>(
    store: &'a Store,
    namespace: &'n str,
) -> impl Iterator<Item = &'a NetworkPolicy> + use<'a, 'n> {
    let from = store.objects().range(ObjectKey::new(KIND, namespace, "")..);
    from.take_while(move |(key, _)| &*key.kind == KIND && &*key.namespace == namespace)
        .filter_map(|(_, object)| Object::network_policy(object).map(|policy| &**policy))
}

/// Shows the policies of a namespace, one after another.
pub type PoliciesOf<'p, 'f> = dyn FnMut(&str, &mut See<'p, '_>) + 'f;

/// Is shown a policy.
pub type See<'p, 'f> = dyn FnMut(&'p NetworkPolicy) + 'f;

/// What policies say of a connection. `policies_of` shows those of a namespace; it is asked for the
/// sender's and the receiver's alone.
pub fn decide<'p>(connection: &Connection, policies_of: &mut PoliciesOf<'p, '_>) -> Verdicts {
    let (from, to) = (&connection.from, &connection.to);
    if let (Some(sender), Some(receiver)) = (from.pod(), to.pod())
        && sender.is(receiver)
    {
        let itself = Verdict::Allowed(Grounds::Itself);
        return Verdicts {
            egress: itself.clone(),
            ingress: itself,
        };
    }
    let mut side = |direction, pod: Option<&PodPeer>, other: &Peer| match pod {
        None => Verdict::Allowed(Grounds::NotIsolated),
        Some(pod) if pod.is_on(other) => Verdict::Allowed(Grounds::OwnNode),
        Some(pod) => side(connection, direction, pod, policies_of),
    };
    Verdicts {
        egress: side(Direction::Egress, from.pod(), to),
        ingress: side(Direction::Ingress, to.pod(), from),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Ingress,
    Egress,
}

/// What the policies of `pod`, which is on this side, say.
fn side<'p>(
    connection: &Connection,
    direction: Direction,
    pod: &PodPeer,
    policies_of: &mut PoliciesOf<'p, '_>,
) -> Verdict {
    let meta = &pod.pod.metadata;
    let mut isolating: Vec<&'p NetworkPolicy> = Vec::new();
    policies_of(&meta.namespace, &mut |policy| {
        if is_about(policy, direction) && policy.spec.pod_selector.matches(&meta.labels) {
            isolating.push(policy);
        }
    });
    if isolating.is_empty() {
        return Verdict::Allowed(Grounds::NotIsolated);
    }
    for policy in &isolating {
        if let Some(index) = allowing_rule(policy, direction, connection) {
            let policy = PolicyName::of(policy);
            return Verdict::Allowed(Grounds::Rule { policy, index });
        }
    }
    let why = why_denied(&isolating, direction, connection);
    Verdict::Denied {
        by: isolating.into_iter().map(PolicyName::of).collect(),
        why,
    }
}

/// Does the policy isolate in this direction? Where it doesn't say, it does for what comes in, and
/// for what goes out if it has a rule about that (`SetDefaults_NetworkPolicy`).
fn is_about(policy: &NetworkPolicy, direction: Direction) -> bool {
    let spec = &policy.spec;
    let (name, unless_said) = match direction {
        Direction::Ingress => ("Ingress", true),
        Direction::Egress => ("Egress", !spec.egress.is_empty()),
    };
    let said = &spec.policy_types;
    (said.is_empty() && unless_said) || said.iter().any(|kind| &**kind == name)
}

fn allowing_rule(
    policy: &NetworkPolicy,
    direction: Direction,
    connection: &Connection,
) -> Option<usize> {
    let other = connection.other(direction);
    let mut rules = rules(policy, direction);
    rules.position(|rule| rule.is_of(other) && rule.is_to(connection))
}

/// A rule of either direction, and whose it is.
#[derive(Clone, Copy)]
struct Rule<'a> {
    policy: &'a NetworkPolicy,
    peers: &'a [NetworkPolicyPeer],
    ports: &'a [NetworkPolicyPort],
}

fn rules(policy: &NetworkPolicy, direction: Direction) -> impl Iterator<Item = Rule<'_>> {
    let spec = &policy.spec;
    let is_in = direction == Direction::Ingress;
    let ingress = spec.ingress.iter().filter(move |_| is_in);
    let egress = spec.egress.iter().filter(move |_| !is_in);
    let ingress = ingress.map(|rule| (&rule.from, &rule.ports));
    let all = ingress.chain(egress.map(|rule| (&rule.to, &rule.ports)));
    all.map(move |(peers, ports)| Rule {
        policy,
        peers,
        ports,
    })
}

impl Rule<'_> {
    /// Does it mean whoever is at the other end? One without peers means everybody.
    fn is_of(&self, other: &Peer) -> bool {
        let mut peers = self.peers.iter();
        self.peers.is_empty() || peers.any(|peer| is_meant(peer, self.policy, other))
    }

    /// Does it mean the connection's port? One without ports means every port.
    fn is_to(&self, connection: &Connection) -> bool {
        let mut ports = self.ports.iter();
        self.ports.is_empty() || ports.any(|port| is_port(port, connection))
    }
}

/// Is the other end one of those that an item of `from` or `to` means?
fn is_meant(item: &NetworkPolicyPeer, policy: &NetworkPolicy, other: &Peer) -> bool {
    if let Some(block) = &item.ip_block {
        let ip = other.ip();
        return block.cidr.contains(ip) && !block.except.iter().any(|range| range.contains(ip));
    }
    let Some(other) = other.pod() else {
        return false;
    };
    let meta = &other.pod.metadata;
    let in_namespace = match &item.namespace_selector {
        Some(selector) => selector.matches(other.namespace_labels),
        None => meta.namespace == policy.metadata.namespace,
    };
    let has_labels = |pods: &LabelSelector| pods.matches(&meta.labels);
    in_namespace && item.pod_selector.as_ref().is_none_or(has_labels)
}

/// Is the connection's port one of those that an item of `ports` means?
fn is_port(item: &NetworkPolicyPort, connection: &Connection) -> bool {
    let number = connection.port;
    if protocol(&item.protocol) != connection.protocol {
        return false;
    }
    match (&item.port, item.end_port) {
        (None, _) => true,
        (Some(PortRef::Number(first)), end) => (*first..=end.unwrap_or(*first)).contains(&number),
        (Some(PortRef::Name(name)), _) => connection.to.pod().is_some_and(|pod| {
            pod.ports().any(|port| {
                port.name == *name
                    && port.container_port == number
                    && protocol(&port.protocol) == connection.protocol
            })
        }),
    }
}

fn protocol(said: &str) -> &str {
    if said.is_empty() { "TCP" } else { said }
}
