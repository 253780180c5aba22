//! The Network view's picture: where a request comes by, what a Service makes of it, and what stands beside it. A
//! function of the snapshot, the speeds and the moment. Ours. Left out: requests of other paths than the one shown.

/// When each hop is drawn.
mod drawn;

/// Where everything stands, and the lines between.
mod plan;

/// Boxes: hosts, nodes, Pods and who is outside.
mod boxes;

/// All of it in words.
mod words;

/// What led to its end.
mod why;

#[cfg(test)]
mod tests;

use std::rc::Rc;

use super::anatomy::{lo_packet, packets_until};
use super::body::pod_body;
use super::glyphs::PodBody;
use super::motion::Speeds;
use crate::api::{ObjectKey, Uid, Value};
use crate::cluster::kubelet::Exchange;
use crate::cluster::network::request::{Choice, Party, Place, Request, RequestId};
use crate::cluster::{InputId, SimTime, Snapshot};
use crate::collections::{List, Map};

pub use boxes::{
    CARD_LINE, EndBox, HostBox, NodeBox, PLATE_HEAD, PodBox, RULE, STRIP, plate_height,
};
pub use drawn::{Drawn, Leg, Present, drawn};
pub use plan::{Plan, Point, plan, shown_rules};
pub use why::{Step, why};
pub use words::{
    HopWords, Rule, UNDER_WAY, from_to, hop_words, how_it_ended, outcome_words, rules, sees, tally,
    told,
};

/// The last requests.
type Requests = Map<RequestId, Rc<Request>>;

/// Requests that may be seen on one path within a second; more are counted.
pub const MOST_A_SECOND: usize = 12;
/// Pods of a node that are shown.
const PODS: usize = 3;
/// Followed is one request after the other within so many seconds.
const WINDOW: i64 = 30_000_000;

/// What is shown of a request, whatever the moment.
#[derive(Clone, Debug)]
pub struct Network {
    /// The request.
    pub request: Rc<Request>,
    /// The questions before it, and itself, with the moments at which they are drawn.
    pub drawn: Drawn,
    /// The nodes that it comes by, in that order.
    pub nodes: Vec<NodePart>,
    /// A packet that never leaves its Pod.
    pub beside: Option<Local>,
}

/// A node and those of its Pods that are shown.
#[derive(Clone, Debug, PartialEq)]
pub struct NodePart {
    /// Its name.
    pub name: Rc<str>,
    /// The host that its machine runs on; empty without one.
    pub host: Rc<str>,
    /// Its own address.
    pub address: Rc<str>,
    /// Its Pods' addresses: `10.244.1.0/24`
    pub cidr: Rc<str>,
    /// Its Pods.
    pub pods: Vec<Rc<PodBody>>,
}

/// What was asked over localhost last.
#[derive(Clone, Debug, PartialEq)]
pub struct Local {
    /// In which Pod.
    pub pod: ObjectKey,
    /// The Pod's uid.
    pub uid: Uid,
    /// What.
    pub exchange: Rc<Exchange>,
}

/// A request that no other one is made for, and that is no question about a name.
pub fn is_own(request: &Request) -> bool {
    request.question.is_none()
}

/// The request that is shown: the one that was chosen; else what a person sent last; else one after the other of those
/// that were sent lately, as each has been drawn. Nothing where nothing was sent.
pub fn shown(
    snapshot: &Snapshot,
    chosen: Option<RequestId>,
    t: SimTime,
    speeds: &Speeds,
) -> Option<RequestId> {
    let requests = snapshot.network.requests();
    if let Some(id) = chosen.filter(|id| requests.contains_key(id)) {
        return Some(id);
    }
    let since = t.0 - t.0.rem_euclid(WINDOW) - WINDOW;
    let mut found: Option<(RequestId, Option<Drawn>)> = None;
    for request in requests.values() {
        if !is_own(request) || request.parent.is_some() {
            continue;
        }
        let is_sent = request.by_hand.is_some_and(|by| !by.again);
        let has_turn = match &mut found {
            _ if is_sent || request.asked.0 < since => true,
            None => true,
            Some((id, before)) => {
                // Each is worked out only where another one may have to wait for it.
                let id = *id;
                let before = before.get_or_insert_with(|| match requests.get(&id) {
                    Some(request) => drawn(requests, request, speeds),
                    None => Drawn::default(),
                });
                request.asked >= before.until_known_at(request.asked)
            }
        };
        if has_turn {
            found = Some((request.id, None));
        }
    }
    found.map(|(id, _)| id)
}

/// The request that is shown while it is not drawn at its last place yet: until then nobody is told how it ends.
pub fn still_drawn(
    snapshot: &Snapshot,
    chosen: Option<RequestId>,
    t: SimTime,
    speeds: &Speeds,
) -> Option<RequestId> {
    let requests = snapshot.network.requests();
    let id = shown(snapshot, chosen, t, speeds)?;
    let arrives = drawn(requests, requests.get(&id)?, speeds).arrives();
    (t < arrives).then_some(id)
}

/// The request that is shown, as long as something of it is drawn at `t`: it has begun, and its last hop isn't over.
pub fn under_way(
    snapshot: &Snapshot,
    chosen: Option<RequestId>,
    t: SimTime,
    speeds: &Speeds,
) -> Option<RequestId> {
    let requests = snapshot.network.requests();
    let id = shown(snapshot, chosen, t, speeds)?;
    let present = drawn(requests, requests.get(&id)?, speeds).present(t)?;
    (!present.over).then_some(id)
}

/// The request that a person's input sent; of those that it sends every second the first.
pub fn sent_by(snapshot: &Snapshot, input: InputId) -> Option<&Rc<Request>> {
    let mut all = snapshot.network.requests().values();
    all.find(|request| {
        request
            .by_hand
            .is_some_and(|by| by.input == input && !by.again)
    })
}

/// Until when something is on its way.
pub fn until(snapshot: &Snapshot, speeds: &Speeds) -> SimTime {
    let requests = snapshot.network.requests();
    let all = requests.values().filter(|request| is_own(request));
    let all = all.map(|request| drawn(requests, request, speeds).until());
    let lo = beside(snapshot).map(|local| packets_until(snapshot, &local.pod, speeds));
    all.chain(lo).max().unwrap_or(SimTime::ZERO)
}

/// The drawn moment of the shown request that comes next after `t`, or was the last before it.
pub fn moment_beside(
    snapshot: &Snapshot,
    chosen: Option<RequestId>,
    t: SimTime,
    speeds: &Speeds,
    back: bool,
) -> Option<SimTime> {
    let requests = snapshot.network.requests();
    let request = requests.get(&shown(snapshot, chosen, t, speeds)?)?;
    let drawn = drawn(requests, request, speeds);
    let mut moments = drawn
        .legs
        .iter()
        .flat_map(|leg| leg.moments.iter().copied());
    match back {
        false => moments.find(|at| *at > t),
        true => moments.rfind(|at| *at < t),
    }
}

/// All that is shown of a request.
pub fn network(snapshot: &Snapshot, id: RequestId, t: SimTime, speeds: &Speeds) -> Option<Network> {
    let requests = snapshot.network.requests();
    let request = requests.get(&id)?.clone();
    let drawn = drawn(requests, &request, speeds);
    let beside = beside(snapshot);
    let mut nodes: Vec<NodePart> = Vec::new();
    for place in drawn.places() {
        let Some(name) = node_of(snapshot, place) else {
            continue;
        };
        let pod = pod_of(place);
        add(snapshot, &mut nodes, &name, pod, t);
    }
    if let Party::Container { pod, node, .. } = &request.from {
        add(snapshot, &mut nodes, node, Some(pod), t);
    }
    if let Some(local) = &beside {
        let node = snapshot.store.get(&local.pod);
        let node = node.and_then(|object| Some(object.pod()?.spec.node_name.clone()));
        // Where two nodes are shown there is no room for another one.
        let fits = |name: &Rc<str>| nodes.len() < 2 || nodes.iter().any(|node| node.name == *name);
        if let Some(node) = node.filter(fits) {
            add(snapshot, &mut nodes, &node, Some(&local.pod), t);
        }
    }
    Some(Network {
        request,
        drawn,
        nodes,
        beside,
    })
}

/// Adds a node, and a Pod to it.
fn add(
    snapshot: &Snapshot,
    nodes: &mut Vec<NodePart>,
    name: &Rc<str>,
    pod: Option<&ObjectKey>,
    t: SimTime,
) {
    if nodes.iter().all(|node| node.name != *name) {
        nodes.push(node_part(snapshot, name));
    }
    let node = nodes.iter_mut().find(|node| node.name == *name);
    if let (Some(node), Some(key)) = (node, pod)
        && node.pods.len() < PODS
        && node.pods.iter().all(|body| body.key != *key)
        && let Some(pod) = snapshot.store.get(key).and_then(|object| object.pod())
    {
        let body = pod_body(key, pod, &snapshot.activities, t);
        node.pods.push(Rc::new(body));
    }
}

fn node_part(snapshot: &Snapshot, name: &Rc<str>) -> NodePart {
    let object = snapshot.store.get(&ObjectKey::node(name));
    let text = |path: &[&str]| object.map_or("", |object| object.value.text_at(path));
    let addresses = object.and_then(|object| object.value.at(&["status", "addresses"]));
    let address = match addresses {
        Some(Value::List(all)) => all.first().map_or("", |one| one.text_at(&["address"])),
        _ => "",
    };
    let machine = snapshot.machines.get(name);
    NodePart {
        name: name.clone(),
        host: machine.map_or_else(|| "".into(), |machine| machine.host.clone()),
        address: address.into(),
        cidr: text(&["spec", "podCIDR"]).into(),
        pods: Vec::new(),
    }
}

/// The Pod at a place.
fn pod_of(place: &Place) -> Option<&ObjectKey> {
    match place {
        Place::Container(pod, _) | Place::Veth(pod) => Some(pod),
        _ => None,
    }
}

/// The node on which a place is; a Pod that is gone is on none.
fn node_of(snapshot: &Snapshot, place: &Place) -> Option<Rc<str>> {
    match place {
        Place::Bridge(node) | Place::Node(node) => Some(node.clone()),
        Place::Container(pod, _) | Place::Veth(pod) => {
            let object = snapshot.store.get(pod)?;
            let node = object.pod()?.spec.node_name.clone();
            (!node.is_empty()).then_some(node)
        }
        _ => None,
    }
}

/// What was asked over localhost last, in any Pod.
pub fn beside(snapshot: &Snapshot) -> Option<Local> {
    let last = |(uid, all): (&Uid, &List<Exchange>)| {
        let last = all.len().checked_sub(1).and_then(|last| all.get(last))?;
        Some((*uid, last.clone()))
    };
    let all = snapshot.exchanges.iter().filter_map(last);
    let (uid, exchange) = all.max_by_key(|(_, exchange)| exchange.at)?;
    let mut pods = snapshot.store.list("Pod");
    let (key, _) = pods.find(|(_, object)| Uid::parse(&object.meta.uid) == Some(uid))?;
    Some(Local {
        pod: key.clone(),
        uid,
        exchange,
    })
}

/// Is the localhost packet on its way at `t`, and is it the answer?
pub fn lo_at(snapshot: &Snapshot, local: &Local, t: SimTime, speeds: &Speeds) -> Option<bool> {
    let all = snapshot.exchanges.get(&local.uid)?;
    lo_packet(all, t, speeds).map(|packet| packet.answer)
}

impl Network {
    /// What a Service made of this leg.
    pub fn choice(&self, leg: usize) -> Option<&Choice> {
        self.drawn.legs.get(leg)?.request.choice.as_ref()
    }

    /// Where the shown request is at `t`.
    pub fn present(&self, t: SimTime) -> Option<Present> {
        self.drawn.present(t)
    }

    /// Does another request take the same path? Then its parcels are seen on it.
    pub fn shares(&self, other: &Request) -> bool {
        let own = &self.request;
        other.id != own.id && is_own(other) && other.from == own.from && there(own).eq(there(other))
    }
}

fn there(request: &Request) -> impl Iterator<Item = &Place> {
    let hops = request.hops.iter().filter(|hop| !hop.back);
    hops.map(|hop| &hop.place)
}

/// Other requests on the path of the one shown: where each is at `t`, and how many were sent within the last second,
/// the shown one among them.
pub fn others(
    snapshot: &Snapshot,
    network: &Network,
    t: SimTime,
    speeds: &Speeds,
) -> (Vec<Present>, usize) {
    let requests = snapshot.network.requests();
    let second = |request: &Request| (0..1_000_000).contains(&(t.0 - request.asked.0));
    let mut count = usize::from(second(&network.request));
    let mut seen = Vec::new();
    for other in requests.values().filter(|other| network.shares(other)) {
        count += usize::from(second(other));
        let drawn = drawn(requests, other, speeds);
        let last = drawn.legs.len().saturating_sub(1);
        if let Some(present) = drawn.present(t)
            && (present.leg == last && !present.over)
        {
            seen.push(present);
        }
    }
    if count > MOST_A_SECOND || seen.len() > MOST_A_SECOND {
        seen.clear();
    }
    (seen, count)
}
