//! A name on its way to the DNS server and back: each question is a packet of its own, to the Service of the cluster's
//! DNS unless the Pod's `/etc/resolv.conf` says otherwise. Which questions there are, [`super::dns::resolver`] says.
//! Left out: that a program asks for an address of each family at once (here for IPv4 alone); TCP for long answers.

use std::rc::Rc;
use std::time::Duration;

use super::carry::Sending;
use super::destination;
use super::dns::resolver::{self, Outcome as Found, Reply};
use super::dns::{Forward, Question, RecordType, ResolvConf, Server, answer_outside, is_reverse};
use super::request::{Outcome, Party, RequestId};
use super::{Goal, Stage, Waiter};
use crate::cluster::Simulation;
use crate::cluster::workload::outside::{Ask, Wants};

/// How long `nslookup` waits for each answer.
const PATIENCE: Duration = Duration::from_secs(5);

impl Simulation {
    /// Whoever asks looks for the name: in its own `/etc/hosts` first.
    pub(super) fn name(&mut self, id: RequestId, host: &str) {
        match self.in_hosts(id, host) {
            Some(ip) => self.connect(id, &ip),
            None => self.look_up(id, Vec::new()),
        }
    }

    /// A file of whoever asks.
    fn file_of(&self, id: RequestId, path: &str) -> Option<String> {
        let request = self.network.requests.get(&id)?;
        let Party::Container {
            uid, name, node, ..
        } = &request.from
        else {
            return None;
        };
        let kubelet = self.kubelets.get(node)?;
        let file = kubelet.file(self.now(), *uid, name, path)?;
        Some(String::from_utf8_lossy(&file.bytes).into_owned())
    }

    fn in_hosts(&self, id: RequestId, host: &str) -> Option<Rc<str>> {
        let text = self.file_of(id, "etc/hosts")?;
        let wanted = host.trim_end_matches('.');
        text.lines().find_map(|line| {
            let line = line.split('#').next().unwrap_or_default();
            let mut words = line.split_whitespace();
            let ip = words.next()?;
            let is_meant = words.any(|name| name.eq_ignore_ascii_case(wanted));
            (is_meant && destination::ipv4(ip).is_some()).then(|| ip.into())
        })
    }

    /// Goes on with a look-up after these answers: the questions are gone through anew, and the first that has no
    /// answer yet is sent.
    pub(super) fn look_up(&mut self, id: RequestId, heard: Vec<Reply>) {
        let Some(request) = self.network.requests.get(&id) else {
            return;
        };
        if request.from == Party::Outside {
            // The cluster's names are known within it alone.
            return self.end(id, Outcome::NoSuchHost);
        }
        let host = request.host.clone();
        let conf = ResolvConf::parse(&self.file_of(id, "etc/resolv.conf").unwrap_or_default());
        let (mut at, mut next) = (0, None);
        let mut ask = |server: &str, question: &Question| {
            let known = heard.get(at).cloned();
            at += 1;
            if known.is_none() && next.is_none() {
                next = Some((Rc::<str>::from(server), question.clone()));
            }
            // What comes behind the first that is still to be asked doesn't count: this ends it soonest.
            known.unwrap_or(Reply::Unreachable)
        };
        let found = resolver::look_up(&conf, &host, &[RecordType::A], &mut ask).outcome;
        if let Some((server, question)) = next {
            return self.ask_for(id, heard, &server, &question, conf.timeout);
        }
        match &found {
            Found::TryAgain => self.end(id, Outcome::NoNameServer),
            found => match found.addresses().first() {
                Some(ip) => self.connect(id, &ip.to_string()),
                None => self.end(id, Outcome::NoSuchHost),
            },
        }
    }

    fn ask_for(
        &mut self,
        id: RequestId,
        heard: Vec<Reply>,
        server: &str,
        question: &Question,
        patience: Duration,
    ) {
        if let Some(live) = self.network.live.get_mut(&id) {
            live.stage = Stage::Naming(heard);
            self.question(id, server, &question.name, patience);
        }
    }

    /// Sends a question for the sake of another request.
    fn question(
        &mut self,
        id: RequestId,
        server: &str,
        name: &str,
        patience: Duration,
    ) -> Option<RequestId> {
        let from = self.network.requests.get(&id)?.from.clone();
        let live = self.network.live.get(&id)?;
        let (depth, source) = (live.depth, live.source.ip.clone());
        let lookup = self.send(Sending {
            from,
            source,
            ask: Ask {
                host: server.into(),
                wants: Wants::Address,
                patience,
            },
            waiter: Waiter::Request(id),
            parent: Some(id),
            depth,
            question: Some(name.into()),
        });
        if let Some(request) = self.network.request(id) {
            request.lookups.push(lookup);
        }
        Some(lookup)
    }

    /// A program asks a DNS server for several names, all at once.
    pub(super) fn ask_all(&mut self, id: RequestId, server: &str, names: &[Rc<str>]) {
        let mut asked = Vec::new();
        for name in names {
            let whole = Question::new(name, RecordType::A).name;
            let lookup = self.question(id, server, &whole, PATIENCE);
            asked.extend(lookup.map(|lookup| (lookup, None)));
        }
        if let Some(live) = self.network.live.get_mut(&id) {
            live.stage = Stage::Asking(asked);
        }
    }

    /// Something came of one of them.
    pub(super) fn heard(
        &mut self,
        id: RequestId,
        mut asked: Vec<(RequestId, Option<Reply>)>,
        lookup: RequestId,
        reply: Reply,
    ) {
        if let Some((_, heard)) = asked.iter_mut().find(|(of, _)| *of == lookup) {
            *heard = Some(reply);
        }
        let all: Option<Vec<&Reply>> = asked.iter().map(|(_, heard)| heard.as_ref()).collect();
        let Some(all) = all else {
            if let Some(live) = self.network.live.get_mut(&id) {
                live.stage = Stage::Asking(asked);
            }
            return;
        };
        let is_known = all.iter().any(|reply| matches!(reply, Reply::Answer(_)));
        let body: String = all.into_iter().map(said).collect();
        if let Some(live) = self.network.live.get_mut(&id) {
            live.body = body.into();
        }
        let outcome = match is_known {
            true => Outcome::Answered(None),
            false => Outcome::NoNameServer,
        };
        self.end(id, outcome);
    }

    /// The question is at the DNS server.
    pub(super) fn names_are_served(&mut self, id: RequestId, goal: &Goal) {
        let Some(name) = self
            .network
            .requests
            .get(&id)
            .and_then(|request| request.question.clone())
        else {
            return;
        };
        let outside = super::dns::Outside::new();
        let server = Server {
            objects: self.world.store.objects(),
            forward: Forward::Outside(&outside),
            serial: u32::try_from(self.now().unix_seconds()).unwrap_or(0),
        };
        let kind = match is_reverse(&name) {
            true => RecordType::Ptr,
            false => RecordType::A,
        };
        let question = Question::new(&name, kind);
        let (party, answer) = match goal {
            Goal::OutsideDns => (Party::Outside, Some(answer_outside(&outside, &question))),
            _ => (Party::NameServer, server.ask(&question)),
        };
        let Some(answer) = answer else {
            // It says nothing at all.
            return;
        };
        let code: Rc<str> = answer.rcode.to_string().into();
        let said: Vec<String> = (answer.answers.iter())
            .map(|record| format!("{} {} {}", record.name, record.data.kind(), record.data))
            .collect();
        if let Some(request) = self.network.request(id) {
            request.to = Some(party);
            request.body = said.join("\n").into();
        }
        if let Some(live) = self.network.live.get_mut(&id) {
            live.answer = Some(answer);
        }
        self.answers(id, Outcome::Resolved(code), "");
    }
}

/// `= NOERROR aa` and its records, a line each.
fn said(reply: &Reply) -> String {
    let Reply::Answer(answer) = reply else {
        return "= - \n".into();
    };
    let aa = if answer.authoritative { "aa" } else { "" };
    let mut text = format!("= {} {aa}\n", answer.rcode);
    for record in &answer.answers {
        text += &format!("{} {} {}\n", record.name, record.data.kind(), record.data);
    }
    text
}
