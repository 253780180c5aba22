//! How programs find each other, and what is between them. Models the Pod network that a CNI plugin makes
//! (its bridge, its addresses), kube-proxy, CoreDNS and what carries out a NetworkPolicy. Read in the order below.
//!
//! A request is a packet there and a packet back: it is an event when the first comes to its end, and one when the
//! second does. Each place that they come by is written down beforehand, with its moment.
//! Left out: loss, congestion, connections that stay open.

/// Services that every cluster has.
pub mod control_plane;

/// Names: the cluster's DNS server, and how a program asks it.
pub mod dns;

/// Which connections NetworkPolicies allow.
pub mod policy;

/// Whose an address is.
pub(super) mod addresses;

/// What a person types as a destination.
pub mod destination;

/// What is on record of a request.
pub mod request;

/// Services as rules.
pub mod proxy;

/// Whom an address belongs to.
mod owner;

/// From here to there.
mod route;

/// Requests on their way.
mod carry;

/// Who answers.
mod serve;

/// What a person sends.
mod hand;

/// Names on their way.
mod names;

/// What policies say on the way.
mod guard;

use std::rc::Rc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::workload::outside::{Ask, Wants};
use super::workload::{Asks, ExecAnswer, HttpAnswer};
use super::{Cause, InputId, SimTime, TimerId};
use crate::api::{ObjectKey, Uid};
use crate::cluster::Wake as WorldWake;
use crate::cluster::kubelet::ContainerId;
use crate::collections::{List, Map};
use dns::{Answer, resolver};
use proxy::Proxy;
use request::{ByHand, Endpoint, Request, RequestId};

/// What all names of the cluster end in, as kubeadm sets it up.
pub const CLUSTER_DOMAIN: &str = "cluster.local";

/// Address of the Service `default/kubernetes`: the first of the Services' network.
pub const API_SERVICE: &str = "10.96.0.1";

/// Address of the Service `kube-system/kube-dns`: the tenth of the Services' network. Kubelets tell it their Pods.
pub const DNS_SERVICE: &str = "10.96.0.10";

/// Address of the DNS server. It stands beside the control plane, whose Pods' network is `10.244.0.0/24`.
pub const DNS_SERVER: &str = "10.244.0.2";

/// Address of the machine of the control plane: that of number 0 among the machines.
pub const CONTROL_PLANE: &str = "192.168.0.1";

/// Where the API server listens on it.
pub const API_SERVER_PORT: i64 = 6443;

/// Where a kubelet listens on its node, for whoever speaks TLS.
pub const KUBELET_PORT: u16 = 10_250;

/// Address of the DNS server outside the cluster which all machines ask. No machine is ever given it: their last
/// numbers end at 250.
pub const OUTSIDE_DNS: &str = "192.168.0.254";

/// Address of whoever asks from outside: of a range that is kept for examples (RFC 5737).
pub const CLIENT: &str = "203.0.113.7";

/// Requests that are kept; older ones come back by replay.
pub const REQUESTS: usize = 200;

/// Requests that may lead to one another.
const DEPTH: u32 = 8;

/// All that is under way between Pods, and what was lately.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Network {
    /// Services.
    pub(super) proxy: Proxy,
    /// The last requests, the older ones first; those under way among them.
    requests: Map<RequestId, Rc<Request>>,
    /// What is needed to go on with those under way.
    live: Map<RequestId, Live>,
    next: u64,
    /// What is asked again and again.
    traffic: Map<InputId, Traffic>,
}

/// A request under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Live {
    waiter: Waiter,
    /// Whoever asked gives up then.
    deadline: SimTime,
    timer: Option<TimerId>,
    /// How many may still follow from it.
    depth: u32,
    cause: Cause,
    /// Its own address and port.
    source: Endpoint,
    stage: Stage,
    /// What came back, whole.
    body: Rc<str>,
    /// Of a DNS question, its answer.
    answer: Option<Answer>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Stage {
    /// It asks for the address; what came back so far.
    Naming(Vec<resolver::Reply>),
    /// It asks for several names at once; what came back of each.
    Asking(Vec<(RequestId, Option<resolver::Reply>)>),
    /// The packet is under way, and comes here.
    There(Goal),
    /// The server asks somebody else first; what it answers if that fails.
    Serving(Needs),
    /// The server is at its answer, and has it then; the status.
    Making(Option<u16>),
    /// The answer is under way.
    Back,
    /// Nothing comes any more.
    Lost,
}

/// Where a packet comes to, if it is still there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Goal {
    Pod { node: Rc<str>, uid: Uid },
    Node(Rc<str>),
    NameServer,
    ApiServer,
    OutsideDns,
}

/// What a server's answer waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Needs {
    /// Is the other's answer its own? Else it is enough that there is one.
    forwards: bool,
    status: Option<u16>,
    body: Rc<str>,
}

/// Who wants the answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Waiter {
    /// A command of a script, by the number that it waits for.
    Process {
        node: Rc<str>,
        uid: Uid,
        container: ContainerId,
        number: u64,
    },
    /// Another request: it needs a name, or its server asks.
    Request(RequestId),
    /// A person.
    You(InputId),
    /// Nobody: one of many that a person's input has sent every second.
    Nobody(InputId),
}

impl Waiter {
    fn by_hand(&self) -> Option<ByHand> {
        let (input, again) = match self {
            Waiter::You(input) => (*input, false),
            Waiter::Nobody(input) => (*input, true),
            Waiter::Process { .. } | Waiter::Request(_) => return None,
        };
        Some(ByHand { input, again })
    }
}

/// What is asked once a second.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Traffic {
    /// Who asks.
    pub from: Option<(ObjectKey, Rc<str>)>,
    /// What.
    pub ask: Ask,
}

/// What a process of a Pod wants sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Order {
    /// Under which number it waits.
    pub number: u64,
    /// The node.
    pub node: Rc<str>,
    /// The Pod.
    pub pod: ObjectKey,
    /// Its uid.
    pub uid: Uid,
    /// The container's run.
    pub container: ContainerId,
    /// The container's name.
    pub name: Rc<str>,
    /// The address that its packets have.
    pub ip: Rc<str>,
    /// What.
    pub ask: Ask,
}

/// What processes of Pods hand out, and nobody has taken yet.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Outbox {
    orders: List<Order>,
    given: u64,
    /// What commands have come to that kubectl waits for.
    executed: Map<u64, Rc<ExecAnswer>>,
    /// Are there more of them since kubectl was told?
    is_news: bool,
}

impl Outbox {
    /// The number of the next order, or of a command beside a process.
    pub fn number(&mut self) -> u64 {
        self.given += 1;
        self.given
    }

    /// A command that kubectl waits for is over.
    pub fn executed(&mut self, number: u64, answer: ExecAnswer) {
        self.executed.insert(number, Rc::new(answer));
        self.is_news = true;
    }

    /// What the command of this number has come to, if it is over; it is told once.
    pub fn take_executed(&mut self, number: u64) -> Option<Rc<ExecAnswer>> {
        self.executed.take(&number)
    }

    /// Has one come to an end since this was asked last?
    pub(super) fn has_news(&mut self) -> bool {
        std::mem::take(&mut self.is_news)
    }

    /// Takes an order.
    pub fn put(&mut self, order: Order) {
        self.orders.push(Rc::new(order));
    }

    pub(super) fn take(&mut self) -> Option<Rc<Order>> {
        self.orders.pop_first()
    }
}

/// What the network wakes up for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Wake {
    /// Services' rules change.
    Proxy,
    /// Something comes to an end of a request's way.
    Request(RequestId),
    /// Whoever asked has waited long enough.
    Deadline(RequestId),
    /// It is asked again.
    Traffic(InputId),
}

/// A wake-up of the network.
fn wake(wake: Wake) -> WorldWake {
    WorldWake::Network(wake)
}

impl Network {
    /// The last requests, oldest first.
    pub fn requests(&self) -> &Map<RequestId, Rc<Request>> {
        &self.requests
    }

    /// The newest of them.
    pub fn newest(&self) -> Option<RequestId> {
        self.requests.last_key_value().map(|(id, _)| *id)
    }

    /// What nodes know of Services.
    pub fn proxy(&self) -> &Proxy {
        &self.proxy
    }

    /// What is asked again and again, by the input that began it.
    pub fn traffic(&self) -> &Map<InputId, Traffic> {
        &self.traffic
    }

    fn request(&mut self, id: RequestId) -> Option<&mut Request> {
        self.requests.get_mut(&id).map(Rc::make_mut)
    }

    /// Forgets the oldest that are over.
    fn forget(&mut self) {
        while self.requests.len() > REQUESTS {
            let over = |id: &&RequestId| self.live.get(id).is_none();
            let Some(oldest) = self.requests.keys().find(over).copied() else {
                return;
            };
            self.requests.remove(&oldest);
        }
    }
}

/// How long a packet waits that a person sends.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a server answered, and what it asks first.
#[derive(Clone, Debug)]
pub(super) struct Served {
    /// Which container.
    pub container: Rc<str>,
    /// What has to happen first, beyond its own Pod.
    pub asks: Asks,
    /// The answer; where something has to happen first, the one if that fails.
    pub answer: HttpAnswer,
}

fn port_of(wants: &Wants) -> u16 {
    wants.port().unwrap_or(0)
}
