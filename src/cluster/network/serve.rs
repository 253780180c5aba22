//! Who answers a packet that is there: a container's program, a kubelet, the API server, a DNS server, or nobody. What a
//! server needs of another one it asks for first.
//! Models of CoreDNS's plugins `health`, `ready` and `metrics` what they answer.
//! Left out: what the API server and kubelets say to whoever speaks TLS; questions about names over TCP.

use std::rc::Rc;
use std::time::Duration;

use super::carry::Sending;
use super::request::{Endpoint, Outcome, Party, Place, RequestId};
use super::{
    API_SERVER_PORT, Goal, KUBELET_PORT, Needs, Served, Stage, Waiter, Wake, destination, wake,
};
use crate::api::Uid;
use crate::cluster::Simulation;
use crate::cluster::workload::outside::{Ask, Wants};
use crate::cluster::workload::{Asks, FOREVER, address};

/// Whoever was to answer is gone.
pub(super) struct Gone {
    pub why: Rc<str>,
    /// Is the connection closed? Else nothing comes any more.
    pub closes: bool,
}

/// So long CoreDNS waits for a question on a connection, before it closes it. Models `ReadTimeout` of its
/// `core/dnsserver/server.go`; `miekg/dns` takes the first letters of `GET` for the length of one.
const DNS_READS: Duration = Duration::from_secs(3);

/// Of CoreDNS's metrics what is known of it here.
const METRICS: &str = "# (Podarium: what CoreDNS counts besides is not simulated)
# HELP coredns_panics_total A metrics that counts the number of panics.
# TYPE coredns_panics_total counter
coredns_panics_total 0
";

impl Simulation {
    /// The packet is there: somebody answers, or nobody.
    pub(super) fn arrives(&mut self, id: RequestId, goal: &Goal) {
        let Some(request) = self.network.requests.get(&id) else {
            return;
        };
        let asks_for_name = request.question.is_some();
        if asks_for_name && matches!(goal, Goal::NameServer | Goal::OutsideDns) {
            return self.names_are_served(id, goal);
        }
        let last = request.hops.last();
        let ends = last.map(|hop| (hop.source.ip.clone(), hop.destination.clone()));
        let Some((from, at)) = ends else {
            return;
        };
        // Nothing of the request is held on to: it is written to when it is answered.
        let wants = request.wants.clone();
        if let Goal::Pod { node, .. } | Goal::Node(node) = goal
            && let Some(why) = self.unreachable(id, node)
        {
            return self.falls(id, node, why);
        }
        let served = match goal {
            Goal::Pod { node, uid } => {
                let there = self.kubelets.get(node).is_some_and(|kubelet| {
                    destination::is_loopback(&at.ip) || kubelet.holds(*uid, &at.ip).is_some()
                });
                if !there {
                    return self.answers(id, Outcome::NoRoute, "the Pod is gone");
                }
                if wants == Wants::Echo {
                    return self.answers(id, Outcome::Answered(None), "");
                }
                self.serve(node, Some(*uid), (&from, &at, &wants))
            }
            Goal::Node(_) if wants == Wants::Echo => {
                return self.answers(id, Outcome::Answered(None), "");
            }
            Goal::Node(node) => self.serve(node, None, (&from, &at, &wants)),
            Goal::ApiServer => {
                if let Some(request) = self.network.request(id) {
                    request.to = Some(Party::ApiServer);
                }
                if i64::from(at.port) == API_SERVER_PORT {
                    return self.answers_in_tls(id, &wants);
                }
                None
            }
            Goal::NameServer if matches!(at.port, 53 | 8080 | 8181 | 9153) => {
                return self.name_server_answers(id, at.port, &wants);
            }
            Goal::NameServer | Goal::OutsideDns => None,
        };
        match (served, goal) {
            (Some((party, served)), _) => self.is_served(id, party, served, &wants),
            (None, Goal::Node(node)) if at.port == KUBELET_PORT => {
                if let Some(request) = self.network.request(id) {
                    request.to = Some(Party::Kubelet(node.clone()));
                }
                self.answers_in_tls(id, &wants);
            }
            (None, _) => self.answers(id, Outcome::Refused, "nobody listens on this port"),
        }
    }

    /// Whoever listens there, in this Pod or on the node's own network.
    fn serve(
        &mut self,
        node: &Rc<str>,
        uid: Option<Uid>,
        (from, at, wants): (&Rc<str>, &Endpoint, &Wants),
    ) -> Option<(Party, Served)> {
        let kubelet = Rc::make_mut(self.kubelets.get_mut(node)?);
        let port = i64::from(at.port);
        let inside = destination::is_loopback(&at.ip);
        let path = match wants {
            Wants::Get(_, path) => Some(path.clone()),
            _ => None,
        };
        let uid = match uid {
            Some(uid) => uid,
            None => kubelet.listener_on_node(self.world.now(), port, inside)?,
        };
        let (key, served) = kubelet.serve(&mut self.world, uid, (port, inside), (from, path))?;
        let party = Party::Container {
            pod: key,
            uid,
            name: served.container.clone(),
            node: node.clone(),
        };
        Some((party, served))
    }

    fn is_served(&mut self, id: RequestId, party: Party, served: Served, wants: &Wants) {
        let path = match wants {
            Wants::Get(_, path) => Some(path),
            _ => None,
        };
        if let Some(request) = self.network.request(id) {
            request.to = Some(party.clone());
            if let (Some(hop), Some(pod)) = (request.hops.last_mut(), party.pod()) {
                hop.place = Place::Container(pod.clone(), served.container.clone());
            }
        }
        let Some(path) = path else {
            return self.answers(id, Outcome::Answered(None), "");
        };
        let answer = &served.answer;
        let body: Rc<str> = answer.body.as_str().into();
        match &served.asks {
            Asks::Nothing if answer.after >= FOREVER => {
                if let Some(live) = self.network.live.get_mut(&id) {
                    live.stage = Stage::Lost;
                }
                if let Some(request) = self.network.request(id) {
                    request.outcome = Some(Outcome::TimedOut);
                    request.why = "the program doesn't answer".into();
                }
            }
            Asks::Nothing => self.answers_with(id, answer.status, body, answer.after),
            Asks::Forward(target) | Asks::Needs(target) => {
                let needs = Needs {
                    forwards: matches!(served.asks, Asks::Forward(_)),
                    status: answer.status,
                    body,
                };
                let path = needs.forwards.then(|| path.clone());
                self.asks_first(id, party, target, path, needs);
            }
        }
    }

    /// A server asks another one before it answers.
    fn asks_first(
        &mut self,
        id: RequestId,
        server: Party,
        target: &str,
        path: Option<Rc<str>>,
        needs: Needs,
    ) {
        let (host, port, _) = address(target);
        let Some(live) = self.network.live.get_mut(&id) else {
            return;
        };
        let fails = needs.clone();
        live.stage = Stage::Serving(needs);
        let (depth, deadline) = (live.depth, live.deadline);
        let ip = self.address_of(&server);
        let port = u16::try_from(port).unwrap_or(0);
        let (Some(depth), Some(ip)) = (depth.checked_sub(1), ip) else {
            return self.answers_with(id, fails.status, fails.body, Duration::ZERO);
        };
        let ask = Ask {
            host: host.as_str().into(),
            wants: match path {
                Some(path) => Wants::Get(port, path),
                None => Wants::Connection(port),
            },
            patience: deadline.since(self.now()),
        };
        self.send(Sending {
            from: server,
            source: ip,
            ask,
            waiter: Waiter::Request(id),
            parent: Some(id),
            depth,
            question: None,
        });
    }

    /// Why nothing comes to a machine, or from it, that a request has on its way.
    fn unreachable(&self, id: RequestId, node: &Rc<str>) -> Option<Rc<str>> {
        if self.kubelets.get(node).is_none() {
            return Some(format!("machine {node} is off").into());
        }
        let from = match &self.network.requests.get(&id)?.from {
            Party::Container { node, .. } => Some(node),
            _ => None,
        };
        let both = [Some(node), from].into_iter().flatten();
        let mut cut = both.filter(|one| self.world.partitioned.contains_key(*one));
        let cut = cut.next().filter(|_| from != Some(node))?;
        Some(format!("machine {cut} is cut off").into())
    }

    /// It doesn't come to this machine. Where that is off, its neighbours find out that nobody has the address.
    fn falls(&mut self, id: RequestId, node: &Rc<str>, why: Rc<str>) {
        let is_off = self.kubelets.get(node).is_none();
        let (outcome, stage) = match is_off {
            true => (Outcome::NoRoute, Stage::Back),
            false => (Outcome::TimedOut, Stage::Lost),
        };
        if let Some(live) = self.network.live.get_mut(&id) {
            live.stage = stage;
        }
        if let Some(request) = self.network.request(id) {
            request.outcome = Some(outcome);
            request.why = why;
        }
        if is_off {
            let looks = self.world.latencies().neighbour_solicitation;
            self.world.wake(looks, wake(Wake::Request(id)));
        }
    }

    /// Was whoever answers gone before the answer was there?
    pub(super) fn gone_meanwhile(&self, id: RequestId) -> Option<Gone> {
        let request = self.network.requests.get(&id)?;
        let to = request.to.as_ref()?;
        let (Party::Container { node, .. } | Party::Kubelet(node)) = to else {
            return None;
        };
        let lost = |why: Rc<str>| Gone { why, closes: false };
        if let Some(why) = self.unreachable(id, node) {
            return Some(lost(why));
        }
        let Party::Container { uid, name, .. } = to else {
            return None;
        };
        let kubelet = self.kubelets.get(node)?;
        if kubelet.address_of(*uid).is_none() {
            return Some(lost("the Pod is gone".into()));
        }
        let now = self.now();
        let came = request.hops.last().map_or(now, |hop| hop.at);
        // One that was started since knows nothing of it.
        let ran = kubelet.ran(*uid, name, now);
        let is_it = ran.is_some_and(|ran| ran >= now.since(came));
        (!is_it).then(|| Gone {
            why: "its program has ended before it answered".into(),
            closes: true,
        })
    }

    /// CoreDNS takes connections for names, health, readiness and metrics.
    fn name_server_answers(&mut self, id: RequestId, port: u16, wants: &Wants) {
        if let Some(request) = self.network.request(id) {
            request.to = Some(Party::NameServer);
        }
        let Wants::Get(_, path) = wants else {
            return self.answers(id, Outcome::Answered(None), "");
        };
        match of_name_server(port, path) {
            Some((status, body)) => {
                self.answers_with(id, Some(status), body.into(), Duration::ZERO);
            }
            None => self.answers_with(id, None, "".into(), DNS_READS),
        }
    }

    /// Whoever is there speaks TLS alone. Models `net/http` of Go, which says so to whoever doesn't.
    fn answers_in_tls(&mut self, id: RequestId, wants: &Wants) {
        match wants {
            Wants::Get(..) => {
                let body = "Client sent an HTTP request to an HTTPS server.\n".into();
                self.answers_with(id, Some(400), body, Duration::ZERO);
            }
            _ => self.answers(id, Outcome::Answered(None), ""),
        }
    }
}

/// What CoreDNS says of itself at a path of one of its ports, if it speaks HTTP there.
fn of_name_server(port: u16, path: &str) -> Option<(u16, &'static str)> {
    let path = path.split('?').next().unwrap_or_default();
    Some(match (port, path) {
        (53, _) => return None,
        (8080, "/health") | (8181, "/ready") => (200, "OK"),
        (9153, "/metrics") => (200, METRICS),
        _ => (404, "404 page not found\n"),
    })
}
