//! A request over the Pod network and all that came of it, as a record that can be drawn, listed and replayed. Ours:
//! upstream one sees it with `tcpdump` on each interface. A packet and its answer are no change of the world.

use std::fmt;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::dns::is_reverse;
use crate::api::{ObjectKey, Uid};
use crate::cluster::workload::outside::{End, Wants};
use crate::cluster::workload::status_line;
use crate::cluster::{InputId, SimTime};

/// Number of a request, counted from 0 over the whole world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RequestId(pub u64);

/// TCP or UDP.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Protocol {
    /// `TCP`
    #[default]
    Tcp,
    /// `UDP`
    Udp,
}

impl Protocol {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Protocol::Tcp => "TCP",
            Protocol::Udp => "UDP",
        }
    }
}

/// Who is at an end of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Party {
    /// A process in a container.
    Container {
        /// The Pod.
        pod: ObjectKey,
        /// Its uid.
        uid: Uid,
        /// The container's name.
        name: Rc<str>,
        /// The node that it is on.
        node: Rc<str>,
    },
    /// Somebody outside the cluster.
    Outside,
    /// The cluster's DNS server, which stands beside the control plane.
    NameServer,
    /// The API server.
    ApiServer,
    /// The kubelet of a node.
    Kubelet(Rc<str>),
}

impl Party {
    /// The Pod, if it is in one.
    pub fn pod(&self) -> Option<&ObjectKey> {
        match self {
            Party::Container { pod, .. } => Some(pod),
            _ => None,
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Party::Container { pod, name, .. } if name.is_empty() => f.write_str(&pod.path()),
            Party::Container { pod, name, .. } => write!(f, "{}, {name}", pod.path()),
            Party::Outside => f.write_str("Outside"),
            Party::NameServer => f.write_str("cluster DNS"),
            Party::ApiServer => f.write_str("API server"),
            Party::Kubelet(node) => write!(f, "kubelet of {node}"),
        }
    }
}

/// Where a packet comes by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Place {
    /// A container of a Pod.
    Container(ObjectKey, Rc<str>),
    /// A Pod's end of the cable to its node: a pair of virtual interfaces.
    Veth(ObjectKey),
    /// The bridge to which all Pods of a node are tied.
    Bridge(Rc<str>),
    /// A node's own network interface.
    Node(Rc<str>),
    /// What ties the VMs of one host together.
    Host(Rc<str>),
    /// The road from a host to another one.
    Road(Rc<str>, Rc<str>),
    /// Outside the cluster.
    Outside,
    /// The cluster's DNS server.
    NameServer,
    /// The API server.
    ApiServer,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Container(pod, name) if name.is_empty() => write!(f, "Pod {}", pod.path()),
            Place::Container(pod, name) => write!(f, "container {name} of {}", pod.path()),
            Place::Veth(pod) => write!(f, "veth of {}", pod.path()),
            Place::Bridge(node) => write!(f, "bridge of {node}"),
            Place::Node(node) => write!(f, "node {node}"),
            Place::Host(host) => write!(f, "host {host}"),
            Place::Road(from, to) => write!(f, "road from {from} to {to}"),
            Place::Outside => f.write_str("outside"),
            Place::NameServer => f.write_str("cluster DNS"),
            Place::ApiServer => f.write_str("API server"),
        }
    }
}

/// An address and a port.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Endpoint {
    /// IPv4 in numbers.
    pub ip: Rc<str>,
    /// 0 where there is none.
    pub port: u16,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            0 => f.write_str(&self.ip),
            port => write!(f, "{}:{port}", self.ip),
        }
    }
}

/// A packet at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// When it is there.
    pub at: SimTime,
    /// Where.
    pub place: Place,
    /// What it says it comes from.
    pub source: Endpoint,
    /// What it says it goes to.
    pub destination: Endpoint,
    /// What is done to it here, and by which rule; empty where nothing is.
    pub rule: Rc<str>,
    /// Is it the answer on its way back?
    pub back: bool,
}

/// How a request ended, as the cluster knows it. Whoever asked may know less: see [`Outcome::seen`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// With an answer; its status where it is HTTP.
    Answered(Option<u16>),
    /// With what a DNS server says: `NOERROR`, `NXDOMAIN`, …
    Resolved(Rc<str>),
    /// Nobody listens there.
    Refused,
    /// Nobody has this address.
    NoRoute,
    /// There is no such name.
    NoSuchHost,
    /// No name server answered.
    NoNameServer,
    /// Nothing came back in time.
    TimedOut,
    /// A side's NetworkPolicies let nothing like it through: which, as `default/deny`.
    Denied(Rc<str>),
}

impl Outcome {
    /// What whoever asked sees of it.
    pub fn seen(&self) -> End {
        match self {
            Outcome::Answered(status) => End::Answered(*status),
            Outcome::Resolved(_) => End::Answered(None),
            Outcome::Refused => End::Refused,
            Outcome::NoRoute => End::NoRoute,
            Outcome::NoSuchHost => End::NoSuchHost,
            Outcome::NoNameServer => End::NoNameServer,
            Outcome::TimedOut | Outcome::Denied(_) => End::TimedOut,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Answered(Some(status)) => write!(f, "answered {}", status_line(*status)),
            Outcome::Answered(None) => f.write_str("answered"),
            Outcome::Resolved(code) => write!(f, "answered {code}"),
            Outcome::Refused => f.write_str("refused"),
            Outcome::NoRoute => f.write_str("no route"),
            Outcome::NoSuchHost => f.write_str("no such host"),
            Outcome::NoNameServer => f.write_str("timed out, no name server answered"),
            Outcome::TimedOut => f.write_str("timed out"),
            Outcome::Denied(policy) => write!(f, "denied by NetworkPolicy {policy}"),
        }
    }
}

/// What a Service made of a request: whom kube-proxy's rules chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The Service.
    pub service: ObjectKey,
    /// The name of its port; often empty.
    pub port: Rc<str>,
    /// Where the packet was going.
    pub asked: Endpoint,
    /// On which node it was decided.
    pub node: Rc<str>,
    /// Everybody who could be chosen, in the order of the rules.
    pub candidates: Rc<[Endpoint]>,
    /// Which of them was; nothing: there was nobody.
    pub chosen: Option<usize>,
    /// Was it chosen because this client was sent there before?
    pub sticks: bool,
}

/// A person has it sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByHand {
    /// By which input.
    pub input: InputId,
    /// Is it one more of those that this sends every second?
    pub again: bool,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Its number.
    pub id: RequestId,
    /// When it was asked.
    pub asked: SimTime,
    /// Who asks.
    pub from: Party,
    /// The name or address, as it was given.
    pub host: Rc<str>,
    /// What is wanted; of a DNS question nothing but the address.
    pub wants: Wants,
    /// TCP, or UDP for a DNS question.
    pub protocol: Protocol,
    /// Of a DNS question, the name that it is about, with the closing dot.
    pub question: Option<Rc<str>>,
    /// The request for whose sake this one is made.
    pub parent: Option<RequestId>,
    /// Who but a program has it sent.
    pub by_hand: Option<ByHand>,
    /// DNS questions that came before it.
    pub lookups: Vec<RequestId>,
    /// What a Service made of it.
    pub choice: Option<Choice>,
    /// Where it came by so far, there and back.
    pub hops: Vec<Hop>,
    /// Who answers, once that is known.
    pub to: Option<Party>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// Why it ended so, where the outcome doesn't say it all.
    pub why: Rc<str>,
    /// The address behind the name, once it is known.
    pub address: Rc<str>,
    /// What came back, as far as it is short.
    pub body: Rc<str>,
    /// When whoever asked had the answer, or gave up.
    pub ended: Option<SimTime>,
}

impl Request {
    /// `GET /healthz`, `connect`, `A web.default.svc.cluster.local.`
    pub fn said(&self) -> String {
        match (&self.question, &self.wants) {
            (Some(name), _) if is_reverse(name) => format!("PTR {name}"),
            (Some(name), _) => format!("A {name}"),
            (None, Wants::Get(_, path)) => format!("GET {path}"),
            (None, Wants::Connection(_)) => "connect".into(),
            (None, Wants::Echo) => "ping".into(),
            (None, Wants::Address) => "look up".into(),
            (None, Wants::Names(names)) => format!("ask for {}", names.join(", ")),
        }
    }

    /// `web:80`, or the host alone where no port is meant.
    pub fn goal(&self) -> String {
        match self.wants.port() {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.to_string(),
        }
    }
}
