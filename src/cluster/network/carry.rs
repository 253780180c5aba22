//! Requests on their way: a name is looked up, a packet goes, somebody answers, the answer comes back. Ours: upstream
//! it is the kernels of all machines. What a program sees of it, and how long it waits, is the program's.
//! Left out: HTTP beyond a `GET`; UDP but for names.

use std::rc::Rc;
use std::time::Duration;

use super::dns::{Answer, resolver};
use super::request::{Endpoint, Outcome, Party, Protocol, Request, RequestId};
use super::route::{Fate, PodAt, Way, back};
use super::{DEPTH, Goal, Live, Order, Stage, Waiter, Wake, destination, port_of, wake};
use crate::cluster::Simulation;
use crate::cluster::workload::outside::{Ask, End, Reply, Wants};

/// Bytes of an answer's body that are kept.
const BODY_BYTES: usize = 200;

/// The first port that a client of a machine's own gets, and how many there are. Linux, `ip_local_port_range`.
const FIRST_PORT: u64 = 32_768;
const PORTS: u64 = 28_232;

/// What is to be sent, by whom, for whom.
pub(super) struct Sending {
    pub from: Party,
    pub source: Rc<str>,
    pub ask: Ask,
    pub waiter: Waiter,
    pub parent: Option<RequestId>,
    pub depth: u32,
    pub question: Option<Rc<str>>,
}

impl Simulation {
    /// What processes have asked for since is sent, and what kubectl waits for is told.
    pub(in crate::cluster) fn send_orders(&mut self) {
        while let Some(order) = self.world.outbox.take() {
            self.send_order(&order);
        }
        if self.world.outbox.has_news() {
            self.stir_lines();
        }
    }

    fn send_order(&mut self, order: &Order) {
        let sending = Sending {
            from: Party::Container {
                pod: order.pod.clone(),
                uid: order.uid,
                name: order.name.clone(),
                node: order.node.clone(),
            },
            source: order.ip.clone(),
            ask: order.ask.clone(),
            waiter: Waiter::Process {
                node: order.node.clone(),
                uid: order.uid,
                container: order.container,
                number: order.number,
            },
            parent: None,
            depth: DEPTH,
            question: None,
        };
        self.send(sending);
    }

    /// A timer of the network's rang.
    pub(in crate::cluster) fn network_wake(&mut self, wake: Wake) {
        match wake {
            Wake::Proxy => self.network.proxy.sync(&self.world),
            Wake::Request(id) => self.comes(id),
            Wake::Deadline(id) => self.gives_up(id),
            Wake::Traffic(input) => self.asks_again(input),
        }
    }

    /// It begins: with the name, if it is no address.
    pub(super) fn send(&mut self, sending: Sending) -> RequestId {
        let id = RequestId(self.network.next);
        self.network.next += 1;
        let now = self.now();
        let protocol = match sending.question {
            Some(_) => Protocol::Udp,
            None => Protocol::Tcp,
        };
        let port = FIRST_PORT + id.0 % PORTS;
        let nothing: Rc<str> = "".into();
        let request = Request {
            id,
            asked: now,
            from: sending.from,
            host: sending.ask.host.clone(),
            wants: sending.ask.wants.clone(),
            protocol,
            question: sending.question,
            parent: sending.parent,
            by_hand: sending.waiter.by_hand(),
            lookups: Vec::new(),
            choice: None,
            hops: Vec::new(),
            to: None,
            outcome: None,
            why: nothing.clone(),
            address: nothing.clone(),
            body: nothing.clone(),
            ended: None,
        };
        let deadline = now + sending.ask.patience;
        let timer = self
            .world
            .wake(sending.ask.patience, wake(Wake::Deadline(id)));
        let live = Live {
            waiter: sending.waiter,
            deadline,
            timer: Some(timer),
            depth: sending.depth,
            cause: self.world.cause(),
            source: Endpoint {
                ip: sending.source,
                port: u16::try_from(port).unwrap_or(0),
            },
            stage: Stage::Lost,
            body: nothing,
            answer: None,
        };
        self.network.requests.insert(id, Rc::new(request));
        self.network.live.insert(id, live);
        self.network.forget();
        match destination::ipv4(&sending.ask.host) {
            Some(ip) => self.connect(id, &ip.to_string()),
            None if destination::is_loopback(&sending.ask.host) => self.connect(id, "127.0.0.1"),
            // An address of IPv6, of which no machine has any.
            None if sending.ask.host.contains(':') => self.end(id, Outcome::NoRoute),
            None => self.name(id, &sending.ask.host),
        }
        id
    }

    /// The address is known: the packet goes.
    pub(super) fn connect(&mut self, id: RequestId, ip: &str) {
        let Some(source) = self.network.live.get(&id).map(|live| live.source.clone()) else {
            return;
        };
        let Some(request) = self.network.request(id) else {
            return;
        };
        request.address = ip.into();
        let address = request.address.clone();
        if request.wants == Wants::Address && request.question.is_none() {
            return self.end(id, Outcome::Answered(None));
        }
        if let Wants::Names(names) = &request.wants {
            let names = names.clone();
            return self.ask_all(id, ip, &names);
        }
        let (from, protocol) = (request.from.clone(), request.protocol);
        let port = match request.question {
            Some(_) => 53,
            None => port_of(&request.wants),
        };
        let destination = Endpoint { ip: address, port };
        let way = self.way(&from, source, destination, protocol);
        self.set_out(id, way);
    }

    fn set_out(&mut self, id: RequestId, mut way: Way) {
        if let Some(stopped) = self.denied_on(id, &way) {
            way.hops = stopped.hops;
            self.keep_way(id, way, Stage::Lost);
            if let Some(request) = self.network.request(id) {
                request.outcome = Some(Outcome::Denied(stopped.policies));
                request.why = stopped.why;
            }
            return;
        }
        let at = way.hops.last().map_or(self.now(), |hop| hop.at);
        let until = at.since(self.now());
        let (stage, after) = match &way.fate {
            Fate::Pod(PodAt { node, uid, .. }) => {
                let goal = Goal::Pod {
                    node: node.clone(),
                    uid: *uid,
                };
                (Stage::There(goal), Some(until))
            }
            Fate::Node(node) => (Stage::There(Goal::Node(node.clone())), Some(until)),
            Fate::NameServer => (Stage::There(Goal::NameServer), Some(until)),
            Fate::ApiServer => (Stage::There(Goal::ApiServer), Some(until)),
            Fate::OutsideDns => (Stage::There(Goal::OutsideDns), Some(until)),
            Fate::Rejected(_) => (Stage::Back, Some(until)),
            Fate::NoRoute(_) => {
                let looks = self.world.latencies().neighbour_solicitation;
                (Stage::Back, Some(until + looks))
            }
            Fate::Lost(_) => (Stage::Lost, None),
        };
        let ended = match &way.fate {
            Fate::Rejected(why) => Some((Outcome::Refused, why.clone())),
            Fate::NoRoute(why) => Some((Outcome::NoRoute, why.clone())),
            Fate::Lost(why) => Some((Outcome::TimedOut, why.clone())),
            _ => None,
        };
        if let (Some((outcome, why)), Some(request)) = (ended, self.network.request(id)) {
            request.outcome = Some(outcome);
            request.why = why;
        }
        self.keep_way(id, way, stage);
        if let Some(after) = after {
            self.world.wake(after, wake(Wake::Request(id)));
        }
    }

    fn keep_way(&mut self, id: RequestId, way: Way, stage: Stage) {
        if let Some(request) = self.network.request(id) {
            request.hops = way.hops;
            request.choice = way.choice;
        }
        if let Some(live) = self.network.live.get_mut(&id) {
            live.stage = stage;
        }
    }

    /// It comes to an end of its way.
    fn comes(&mut self, id: RequestId) {
        let Some(live) = self.network.live.get(&id) else {
            return;
        };
        self.world.set_cause(live.cause);
        match &live.stage {
            Stage::There(goal) => {
                let goal = goal.clone();
                self.arrives(id, &goal);
            }
            Stage::Making(status) => {
                let status = *status;
                self.is_made(id, status);
            }
            Stage::Back => {
                let request = self.network.requests.get(&id);
                let outcome = request.and_then(|request| request.outcome.clone());
                self.end(id, outcome.unwrap_or(Outcome::TimedOut));
            }
            Stage::Naming(_) | Stage::Asking(_) | Stage::Serving(_) | Stage::Lost => {}
        }
    }

    /// The address that packets of a process have.
    pub(super) fn address_of(&self, party: &Party) -> Option<Rc<str>> {
        let Party::Container { uid, node, .. } = party else {
            return None;
        };
        self.kubelets.get(node)?.address_of(*uid)
    }

    pub(super) fn answers_with(
        &mut self,
        id: RequestId,
        status: Option<u16>,
        body: Rc<str>,
        after: Duration,
    ) {
        if let Some(request) = self.network.request(id) {
            let end = (0..=body.len().min(BODY_BYTES))
                .rev()
                .find(|at| body.is_char_boundary(*at));
            request.body = match end {
                Some(end) if end < body.len() => body[..end].into(),
                _ => body.clone(),
            };
        }
        if let Some(live) = self.network.live.get_mut(&id) {
            live.body = body;
            live.stage = Stage::Making(status);
        }
        match after {
            Duration::ZERO => self.is_made(id, status),
            after => {
                self.world.wake(after, wake(Wake::Request(id)));
            }
        }
    }

    /// The answer is there, if the server still is.
    fn is_made(&mut self, id: RequestId, status: Option<u16>) {
        let Some(gone) = self.gone_meanwhile(id) else {
            return self.go_back(id, Outcome::Answered(status), "");
        };
        if let Some(live) = self.network.live.get_mut(&id) {
            live.body = "".into();
            live.stage = Stage::Lost;
        }
        if let Some(request) = self.network.request(id) {
            request.body = "".into();
            request.outcome = Some(Outcome::TimedOut);
            request.why = gone.why;
        }
        if gone.closes {
            // Its node tells for it.
            self.go_back(id, Outcome::Answered(None), "");
        }
    }

    pub(super) fn answers(&mut self, id: RequestId, outcome: Outcome, why: &str) {
        self.go_back(id, outcome, why);
    }

    /// The answer goes the same way back.
    fn go_back(&mut self, id: RequestId, outcome: Outcome, why: &str) {
        let now = self.now();
        let latencies = &self.world.setup.latencies;
        let Some(request) = self.network.request(id) else {
            return;
        };
        back(&mut request.hops, now, latencies);
        let arrives = request.hops.last().map_or(now, |hop| hop.at);
        if outcome == Outcome::NoRoute {
            request.hops.retain(|hop| !hop.back);
        }
        request.outcome = Some(outcome);
        if !why.is_empty() {
            request.why = why.into();
        }
        if let Some(live) = self.network.live.get_mut(&id) {
            live.stage = Stage::Back;
        }
        self.world.wake(arrives.since(now), wake(Wake::Request(id)));
    }

    /// Whoever asked has waited long enough.
    fn gives_up(&mut self, id: RequestId) {
        let Some(live) = self.network.live.get_mut(&id) else {
            return;
        };
        live.timer = None;
        let naming = matches!(live.stage, Stage::Naming(_));
        self.world.set_cause(live.cause);
        let request = self.network.requests.get(&id);
        let known = request.and_then(|request| request.outcome.clone());
        let outcome = match (known, naming) {
            (Some(denied @ Outcome::Denied(_)), _) => denied,
            (_, true) => Outcome::NoNameServer,
            _ => Outcome::TimedOut,
        };
        self.end(id, outcome);
    }

    /// It is over, and whoever asked is told.
    pub(super) fn end(&mut self, id: RequestId, outcome: Outcome) {
        let Some(live) = self.network.live.take(&id) else {
            return;
        };
        if let Some(timer) = live.timer {
            self.world.cancel(timer);
        }
        let now = self.now();
        let Some(request) = self.network.request(id) else {
            return;
        };
        // What was still under way comes to nobody.
        request.hops.retain(|hop| hop.at <= now);
        request.ended = Some(now);
        request.outcome = Some(outcome.clone());
        let reply = Reply {
            address: request.address.clone(),
            end: outcome.seen(),
            body: live.body,
        };
        let told = matches!(live.waiter, Waiter::You(_)).then(|| super::hand::told(request));
        self.network.forget();
        match live.waiter {
            Waiter::Process {
                node,
                uid,
                container,
                number,
            } => {
                if let Some(kubelet) = self.kubelets.get_mut(&node) {
                    let kubelet = Rc::make_mut(kubelet);
                    kubelet.receive(&mut self.world, uid, container, number, &Rc::new(reply));
                }
            }
            Waiter::Request(parent) => self.goes_on(parent, id, live.answer, &reply),
            Waiter::You(input) => {
                let is_error = !matches!(outcome, Outcome::Answered(_));
                for line in told.iter().flat_map(|told| told.lines()) {
                    self.world.answer(input, 0, line, is_error);
                }
                self.world.finish_answer(input);
            }
            Waiter::Nobody(_) => {}
        }
    }

    /// Something that a request waited for is over.
    fn goes_on(
        &mut self,
        parent: RequestId,
        child: RequestId,
        named: Option<Answer>,
        reply: &Reply,
    ) {
        let Some(live) = self.network.live.get_mut(&parent) else {
            return;
        };
        if let Stage::Naming(heard) = &mut live.stage {
            let mut heard = std::mem::take(heard);
            heard.push(heard_of(named, reply.end));
            return self.look_up(parent, heard);
        }
        match live.stage.clone() {
            Stage::Asking(asked) => self.heard(parent, asked, child, heard_of(named, reply.end)),
            Stage::Serving(needs) => {
                let (status, body) = match (reply.end, needs.forwards) {
                    (End::Answered(status), true) => (status, reply.body.clone()),
                    (End::Answered(_), false) => (Some(200), "200 OK\n".into()),
                    _ => (needs.status, needs.body.clone()),
                };
                self.answers_with(parent, status, body, Duration::ZERO);
            }
            _ => {}
        }
    }
}

/// What came of a question.
fn heard_of(named: Option<Answer>, end: End) -> resolver::Reply {
    match (named, end) {
        (Some(answer), End::Answered(_)) => resolver::Reply::Answer(answer),
        (_, End::Refused | End::NoRoute) => resolver::Reply::Unreachable,
        _ => resolver::Reply::Silence,
    }
}
