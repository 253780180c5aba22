//! A name on its way to the DNS server and back: each question is a packet of its own, to the Service of the cluster's
//! DNS unless the Pod's `/etc/resolv.conf` says otherwise. Which questions there are, [`super::dns::resolver`] says.
//! Left out: that a program asks for an address of each family at once (here for IPv4 alone); TCP for long answers.

use std::rc::Rc;

use super::carry::Sending;
use super::dns::resolver::{self, Outcome as Found, Reply};
use super::dns::{Forward, Question, RecordType, ResolvConf, Server};
use super::request::{Outcome, Party, RequestId};
use super::{Stage, Waiter};
use crate::cluster::Simulation;
use crate::cluster::workload::outside::{Ask, Wants};

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
        let files = kubelet.files(self.now(), *uid, name)?;
        let file = files.get(path)?;
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
            (is_meant && super::is_address(ip)).then(|| ip.into())
        })
    }

    /// Goes on with a look-up after these answers: the questions are gone through anew, and the first that has no
    /// answer yet is sent.
    pub(super) fn look_up(&mut self, id: RequestId, heard: Vec<Reply>) {
        let Some(request) = self.network.requests.get(&id).cloned() else {
            return;
        };
        if request.from == Party::Outside {
            // The cluster's names are known within it alone.
            return self.end(id, Outcome::NoSuchHost);
        }
        let conf = ResolvConf::parse(&self.file_of(id, "etc/resolv.conf").unwrap_or_default());
        let (mut at, mut next) = (0, None);
        let mut ask = |server: &str, question: &Question| {
            let known = heard.get(at).cloned();
            at += 1;
            if known.is_none() && next.is_none() {
                next = Some((Rc::<str>::from(server), question.clone()));
            }
            known.unwrap_or(Reply::Silence)
        };
        let found = resolver::look_up(&conf, &request.host, &[RecordType::A], &mut ask).outcome;
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
        patience: std::time::Duration,
    ) {
        let Some(request) = self.network.requests.get(&id).cloned() else {
            return;
        };
        let Some(live) = self.network.live.get_mut(&id) else {
            return;
        };
        live.stage = Stage::Naming(heard);
        let (depth, source) = (live.depth, live.source.ip.clone());
        let lookup = self.send(Sending {
            from: request.from.clone(),
            source,
            ask: Ask {
                host: server.into(),
                wants: Wants::Address,
                patience,
            },
            waiter: Waiter::Request(id),
            parent: Some(id),
            depth,
            question: Some(question.name.as_str().into()),
        });
        if let Some(request) = self.network.request(id) {
            request.lookups.push(lookup);
        }
    }

    /// The question is at the DNS server.
    pub(super) fn names_are_served(&mut self, id: RequestId) {
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
        let Some(answer) = server.ask(&Question::new(&name, RecordType::A)) else {
            // It says nothing at all.
            return;
        };
        let code: Rc<str> = answer.rcode.to_string().into();
        let said: Vec<String> = (answer.answers.iter())
            .map(|record| format!("{} {} {}", record.name, record.data.kind(), record.data))
            .collect();
        if let Some(request) = self.network.request(id) {
            request.to = Some(Party::NameServer);
            request.body = said.join("\n").into();
        }
        if let Some(live) = self.network.live.get_mut(&id) {
            live.answer = Some(answer);
        }
        self.answers(id, Outcome::Resolved(code), "");
    }
}
