//! The cluster's DNS server. Models CoreDNS 1.14.2 with the Corefile that kubeadm gives it, as far as it decides
//! what is answered: its plugins `kubernetes` and `forward`.
//! Left out: `cache` (kubeadm's doesn't remember what is in the cluster), `loadbalance` (which shuffles addresses:
//! here they come as the slices have them), and a server that hasn't seen the API server yet.

/// Domain names as text.
mod name;

/// Questions and answers.
mod record;

/// How long an answer is.
mod size;

/// What the plugin `kubernetes` knows of a name.
mod kubernetes;

/// Records of what a plugin knows.
mod backend_lookup;

/// The file that tells a program whom to ask.
mod resolv_conf;

/// How a program asks.
pub mod resolver;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::rc::Rc;

pub use name::{address, is_reverse, reverse};
pub use record::{Answer, Data, Question, Rcode, Record, RecordType};
pub use resolv_conf::ResolvConf;

use crate::api::{Object, ObjectKey};
use crate::collections::Map;

/// Names outside the cluster, in small letters and with their closing dot, and their addresses.
pub type Outside = BTreeMap<Rc<str>, Vec<IpAddr>>;

/// What the server does with a name that isn't the cluster's.
#[derive(Clone, Copy, Debug)]
pub enum Forward<'a> {
    /// There is nobody to ask: it answers SERVFAIL. The recorded Corefile has no plugin `forward`.
    Nowhere,
    /// It asks a server that knows these names, and of all others that they don't exist. kubeadm's Corefile has
    /// `forward . /etc/resolv.conf`.
    Outside(&'a Outside),
}

/// The cluster's DNS server.
#[derive(Clone, Copy, Debug)]
pub struct Server<'a> {
    /// All objects of the cluster, by kind, namespace and name: [`crate::cluster::Store::objects`].
    pub objects: &'a Map<ObjectKey, Rc<Object>>,
    /// Whom it asks.
    pub forward: Forward<'a>,
    /// Version of its zones: the second, of Unix's time, of the last change that it has seen.
    pub serial: u32,
}

impl Server<'_> {
    /// What it answers; `None` where it finds something that can't be sent, and says nothing at all.
    pub fn ask(&self, question: &Question) -> Option<Answer> {
        let mut answer = self.answer(question);
        if !is_sendable(&answer) {
            return None;
        }
        answer.truncated = size::is_truncated(question, &answer);
        Some(answer)
    }

    /// The first plugin that knows, answers.
    fn answer(&self, question: &Question) -> Answer {
        self.kubernetes(question)
            .unwrap_or_else(|| match self.forward {
                Forward::Nowhere => Answer::bare(Rcode::ServFail),
                Forward::Outside(names) => answer_outside(names, question),
            })
    }
}

/// What a server outside the cluster answers that knows these names.
pub fn answer_outside(names: &Outside, question: &Question) -> Answer {
    let Some(addresses) = names.get(&*question.name.to_ascii_lowercase()) else {
        return Answer::bare(Rcode::NxDomain);
    };
    let wanted = |address: &&IpAddr| match question.kind {
        RecordType::A => address.is_ipv4(),
        RecordType::Aaaa => address.is_ipv6(),
        _ => false,
    };
    let addresses = addresses.iter().filter(wanted);
    let record = |address: &IpAddr| Record {
        name: question.name.clone(),
        ttl: OUTSIDE_TTL,
        data: Data::address(*address),
    };
    Answer {
        answers: addresses.map(record).collect(),
        ..Answer::bare(Rcode::NoError)
    }
}

/// Seconds for which names outside the cluster may be remembered. Ours.
const OUTSIDE_TTL: u32 = 30;

/// Can all its names be sent?
fn is_sendable(answer: &Answer) -> bool {
    let parts = [&answer.answers, &answer.authority, &answer.extra];
    parts.into_iter().flatten().all(|record| {
        let named = match &record.data {
            Data::Cname(name) | Data::Ptr(name) | Data::Ns(name) => Some(name),
            Data::Srv { target, .. } => Some(target),
            _ => None,
        };
        name::is_packable(&record.name) && named.is_none_or(|name| name::is_packable(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Value;
    use crate::cluster::{Actor, Setup, Simulation};
    use crate::fields;

    /// What the server of a world of today says: how it went, and the answers.
    fn said(simulation: &Simulation, forward: Forward, kind: &str, name: &str) -> (Rcode, String) {
        let server = Server {
            objects: simulation.world().store.objects(),
            forward,
            serial: 7,
        };
        let answer = server.ask(&Question::new(name, RecordType::of(kind)));
        let answer = answer.expect("it can be sent");
        let texts = answer.answers.iter().map(|record| record.data.to_string());
        (answer.rcode, texts.collect::<Vec<_>>().join(", "))
    }

    #[test]
    fn a_world_has_the_names_of_its_control_plane() {
        let world = Simulation::new(Setup::default(), 7);
        let said = |kind, name| said(&world, Forward::Nowhere, kind, name);
        for (kind, name, answer) in [
            ("A", "kubernetes.default.svc.cluster.local", "10.96.0.1"),
            ("a", "KUBE-DNS.kube-system.svc.cluster.local.", "10.96.0.10"),
            (
                "SRV",
                "_https._tcp.kubernetes.default.svc.cluster.local",
                "0 100 443 kubernetes.default.svc.cluster.local.",
            ),
            (
                "PTR",
                "2.0.244.10.in-addr.arpa",
                "10-244-0-2.kube-dns.kube-system.svc.cluster.local.",
            ),
            (
                "NS",
                "cluster.local",
                "kube-dns.kube-system.svc.cluster.local.",
            ),
        ] {
            assert_eq!(said(kind, name), (Rcode::NoError, answer.into()), "{name}");
        }
        let none = said("A", "web.default.svc.cluster.local");
        assert_eq!(none, (Rcode::NxDomain, String::new()));
        let none = said("AAAA", "kubernetes.default.svc.cluster.local");
        assert_eq!(none, (Rcode::NoError, String::new()));
    }

    #[test]
    fn what_is_outside_is_as_whoever_is_asked_knows_it() {
        let world = Simulation::new(Setup::default(), 7);
        let names: Outside = [("example.org.".into(), vec![[192, 0, 2, 7].into()])].into();
        let (outside, nowhere) = (Forward::Outside(&names), Forward::Nowhere);
        let nothing = |rcode| (rcode, String::new());
        let known = said(&world, outside, "A", "Example.org");
        assert_eq!(known, (Rcode::NoError, "192.0.2.7".into()));
        let other = said(&world, outside, "AAAA", "example.org");
        assert_eq!(other, nothing(Rcode::NoError));
        for name in ["example.com", "9.9.9.9.in-addr.arpa"] {
            assert_eq!(said(&world, outside, "A", name), nothing(Rcode::NxDomain));
            assert_eq!(said(&world, nowhere, "A", name), nothing(Rcode::ServFail));
        }
    }

    #[test]
    fn a_world_may_be_without_them() {
        let setup = Setup {
            control_plane_services: false,
            ..Setup::default()
        };
        let world = Simulation::new(setup, 7);
        let none = said(
            &world,
            Forward::Nowhere,
            "A",
            "kubernetes.default.svc.cluster.local",
        );
        assert_eq!(none, (Rcode::NxDomain, String::new()));
        // A server that no Service leads to names itself.
        let own = said(&world, Forward::Nowhere, "A", "ns.dns.cluster.local");
        assert_eq!(own, (Rcode::NoError, "10.244.0.2".into()));
    }

    #[test]
    fn a_slice_of_no_service_gives_its_address_a_name_that_cannot_be_sent() {
        let mut world = Simulation::new(Setup::default(), 7);
        let addresses: Value = [Value::from("10.244.1.9")].into_iter().collect();
        let endpoints: Value = [fields! { "addresses" => addresses }].into_iter().collect();
        let slice = fields! {
            "apiVersion" => "discovery.k8s.io/v1", "kind" => "EndpointSlice",
            "metadata" => fields! { "name" => "lone", "namespace" => "default" },
            "addressType" => "IPv4", "endpoints" => endpoints,
        };
        let made = world.act(|world| world.create(Actor::You, slice));
        assert!(made.is_ok(), "{made:?}");
        let server = Server {
            objects: world.world().store.objects(),
            forward: Forward::Nowhere,
            serial: 7,
        };
        let question = Question::new("9.1.244.10.in-addr.arpa", RecordType::Ptr);
        assert_eq!(server.ask(&question), None);
    }
}
