//! What CoreDNS's plugin `kubernetes` knows of a name. Models `plugin/kubernetes`: `handler.go`, `kubernetes.go`,
//! `parse.go`, `reverse.go`, `ns.go` and `object/`, configured as kubeadm does: `pods insecure`, `ttl 30`, and
//! names of addresses that aren't known are handed on.
//! Left out: `endpoint_pod_names`, zone transfers, other clusters' zones.

use std::net::IpAddr;
use std::rc::Rc;

use super::Server;
use super::name::{self, address, is_in_zone, is_reverse, labels};
use super::record::{Answer, Data, Question, Rcode, Record, RecordType};
use crate::api::endpoint_slice::{self, Endpoint, EndpointSlice};
use crate::api::service::Service;
use crate::api::{Object, ObjectKey};
use crate::cluster::network::{CLUSTER_DOMAIN, DNS_SERVER};

/// Seconds for which an answer may be remembered.
pub(super) const TTL: u32 = 30;

/// The zones of addresses' names.
const REVERSE_ZONES: [&str; 2] = ["in-addr.arpa.", "ip6.arpa."];

/// The name before the zone that stands for the zone's server.
const DEFAULT_NS: &str = "ns.dns.";

/// Version of the rules by which names are made, and for how many seconds it may be remembered.
const SCHEMA_VERSION: (&str, u32) = ("1.1.0", 28800);

/// There is no such name. Models `errNoItems`, `errNsNotExposed`, `errInvalidRequest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoName;

/// One place where a name leads. Models `msg.Service`.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// An address, or another name.
    pub host: Rc<str>,
    /// −1 where there is none.
    pub port: i64,
    /// The name that the place itself has.
    pub target: String,
}

/// The parts of a name. Models `recordRequest`.
#[derive(Debug, Default)]
struct Parts<'a> {
    is_pod: bool,
    namespace: &'a str,
    service: &'a str,
    endpoint: &'a str,
    port: &'a str,
    protocol: &'a str,
}

type Records = (Vec<Record>, Vec<Record>);

impl Server<'_> {
    /// The plugin's answer; `None` where it leaves the question to the next one. Models `ServeDNS`.
    pub(super) fn kubernetes(&self, question: &Question) -> Option<Answer> {
        let zone = zone_of(&question.name)?;
        let alone = |records| (records, Vec::new());
        let found: Result<Records, NoName> = match question.kind {
            RecordType::A | RecordType::Aaaa => {
                self.addresses(question, zone, &mut Vec::new()).map(alone)
            }
            RecordType::Cname => self.cname(question, zone).map(alone),
            RecordType::Txt => self.text(question, zone).map(alone),
            RecordType::Srv => self.srv(question, zone),
            RecordType::Ptr => self.ptr(question, zone).map(alone),
            RecordType::Soa if question.name == zone => Ok(alone(vec![self.soa(zone)])),
            RecordType::Soa => Ok(Records::default()),
            RecordType::Transfer => return Some(Answer::bare(Rcode::Refused)),
            RecordType::Ns if question.name.to_ascii_lowercase() == zone => Ok(self.ns(question)),
            RecordType::Ns | RecordType::Other => {
                self.services(question, zone).map(|_| Records::default())
            }
        };
        let hands_on = |zone: &&str| is_in_zone(&question.name, zone);
        let (rcode, (answers, extra)) = match found {
            Ok(records) => (Rcode::NoError, records),
            Err(NoName) if REVERSE_ZONES.iter().any(hands_on) => return None,
            Err(NoName) => (Rcode::NxDomain, Records::default()),
        };
        let mut answer = Answer {
            answers,
            extra,
            authoritative: true,
            ..Answer::bare(rcode)
        };
        if answer.answers.is_empty() {
            answer.authority.push(self.soa(zone));
        }
        Some(answer)
    }

    /// Where a name leads. Models `Services`, without TXT.
    pub(super) fn services(&self, question: &Question, zone: &str) -> Result<Vec<Found>, NoName> {
        let name = question.name.to_ascii_lowercase();
        if name.starts_with(DEFAULT_NS) && name.find(zone) == Some(DEFAULT_NS.len()) {
            let found = self
                .name_servers(zone)
                .into_iter()
                .map(|(_, address)| Found {
                    host: address.to_string().into(),
                    port: 0,
                    target: question.name.clone(),
                });
            let is_asked = matches!(question.kind, RecordType::A | RecordType::Aaaa);
            return Ok(found.filter(|_| is_asked).collect());
        }
        let mut found = self.records(&name, zone)?;
        if question.kind == RecordType::Srv {
            found.retain(|one| address(&one.host).is_some());
        }
        Ok(found)
    }

    /// Models `Services` for TXT.
    fn text(&self, question: &Question, zone: &str) -> Result<Vec<Record>, NoName> {
        let name = question.name.to_ascii_lowercase();
        if below(&name, zone) == ["dns-version"] {
            let (version, ttl) = SCHEMA_VERSION;
            return Ok(vec![Record {
                name: question.name.clone(),
                ttl,
                data: Data::Txt(version.into()),
            }]);
        }
        match self.records(&name, zone)?.is_empty() {
            true => Err(NoName),
            false => Ok(Vec::new()),
        }
    }

    /// Models `Records`.
    fn records(&self, name: &str, zone: &str) -> Result<Vec<Found>, NoName> {
        let Some(parts) = parse(&below(name, zone))? else {
            return Ok(Vec::new());
        };
        let namespace = ObjectKey::new("Namespace", "", parts.namespace);
        if is_reverse(name) || self.objects.get(&namespace).is_none() {
            return Err(NoName);
        }
        if parts.service.is_empty() {
            return Ok(Vec::new());
        }
        match parts.is_pod {
            true => pod(&parts, zone).map(|pod| vec![pod]),
            false => self.find_services(&parts, zone),
        }
    }

    /// Models `findServices`.
    fn find_services(&self, parts: &Parts, zone: &str) -> Result<Vec<Found>, NoName> {
        let key = ObjectKey::new("Service", parts.namespace, parts.service);
        let service = self.objects.get(&key).and_then(|object| object.service());
        let service = service.ok_or(NoName)?;
        let own = format!("{}.{}.svc.{zone}", parts.service, parts.namespace);
        let found = if service.spec.is_external_name() {
            let apart = [parts.endpoint, parts.port, parts.protocol].concat();
            let host = &service.spec.external_name;
            let is_name = apart.is_empty() && address(host).is_none();
            let external = is_name.then(|| Found {
                host: host.clone(),
                port: 0,
                target: own,
            });
            external.into_iter().collect()
        } else if service.spec.is_headless() || !parts.endpoint.is_empty() {
            self.find_endpoints(parts, &own)
        } else {
            find_own_addresses(service, parts, &own)
        };
        match found.is_empty() {
            true => Err(NoName),
            false => Ok(found),
        }
    }

    /// The ready endpoints of a Service, one by one with their ports.
    fn find_endpoints(&self, parts: &Parts, own: &str) -> Vec<Found> {
        let mut found = Vec::new();
        let slices = self.slices(Some(parts.namespace));
        for (_, slice) in slices.filter(|(object, _)| is_of(object, parts.service)) {
            let ports = slice.ports.iter();
            let ports = ports.map(|port| (&*port.name, &*port.protocol, port.port.unwrap_or(-1)));
            let none = slice.ports.is_empty().then_some(("", "", -1));
            let ports = ports.chain(none).filter(|port| parts.fit(port.0, port.1));
            let ports: Vec<i64> = ports.map(|port| port.2).collect();
            for (endpoint, ip) in ready(slice) {
                let hostname = hostname(endpoint, ip);
                if !parts.endpoint.is_empty() && !parts.endpoint.eq_ignore_ascii_case(&hostname) {
                    continue;
                }
                found.extend(ports.iter().map(|port| Found {
                    host: ip.clone(),
                    port: *port,
                    target: format!("{hostname}.{own}"),
                }));
            }
        }
        found
    }

    /// The names of what a question for a PTR is about. Models `Reverse`.
    pub(super) fn reverse(&self, question: &Question, zone: &str) -> Result<Vec<String>, NoName> {
        let asked = question.name.to_ascii_lowercase();
        let Some(ip) = name::address_of(&asked) else {
            return self.records(&asked, zone).map(|_| Vec::new());
        };
        let names = self.names_of(ip);
        match names.is_empty() {
            true => Err(NoName),
            false => Ok(names),
        }
    }

    /// The names that an address has. Models `serviceRecordForIP`.
    fn names_of(&self, ip: IpAddr) -> Vec<String> {
        let ip = ip.to_string();
        let services = self.of_kind("Service", None);
        let services = services.filter_map(|object| Some((object, object.service()?)));
        let mut services = services.filter(|(_, service)| {
            let mut addresses = service.spec.cluster_ips.iter();
            addresses.any(|address| **address == *ip)
        });
        if let Some((object, _)) = services.next() {
            return vec![full_name(&object.meta.name, object)];
        }
        let endpoints = self.slices(None).flat_map(|(object, slice)| {
            let here = ready(slice).filter(|(_, address)| ***address == *ip);
            here.map(move |(endpoint, address)| {
                let service = format!("{}.{}", hostname(endpoint, address), service_of(object));
                full_name(&service, object)
            })
        });
        endpoints.collect()
    }

    /// The zone's servers: the addresses of every Service that leads to this server. Models `nsAddrs`.
    pub(super) fn name_servers(&self, zone: &str) -> Vec<(String, IpAddr)> {
        let (mut found, mut is_there) = (Vec::new(), false);
        for (object, slice) in self.slices(None) {
            let is_here = ready(slice).any(|(_, ip)| &**ip == DNS_SERVER);
            is_there |= is_here;
            let key = ObjectKey::new("Service", &object.meta.namespace, service_of(object));
            let service = self.objects.get(&key).and_then(|object| object.service());
            let Some(service) = service.filter(|_| is_here) else {
                continue;
            };
            let own = format!("{}.{}.svc.{zone}", key.name, key.namespace);
            if service.spec.is_headless() {
                let all = ready(slice).map(|(endpoint, ip)| {
                    let name = format!("{}.{own}", hostname(endpoint, ip));
                    address(ip).map(|ip| (name, ip))
                });
                found.extend(all.flatten());
            } else {
                let all = service.spec.cluster_ips.iter().filter_map(|ip| address(ip));
                found.extend(all.map(|ip| (own.clone(), ip)));
            }
        }
        if !is_there {
            found.extend(address(DNS_SERVER).map(|ip| (format!("{DEFAULT_NS}{zone}"), ip)));
        }
        found
    }

    fn of_kind<'a>(
        &'a self,
        kind: &'a str,
        namespace: Option<&'a str>,
    ) -> impl Iterator<Item = &'a Rc<Object>> {
        let first = ObjectKey::new(kind, namespace.unwrap_or_default(), "");
        let is_one = move |key: &ObjectKey| {
            &*key.kind == kind && namespace.is_none_or(|namespace| &*key.namespace == namespace)
        };
        let all = self.objects.range(first..);
        all.take_while(move |(key, _)| is_one(key))
            .map(|(_, object)| object)
    }

    /// The EndpointSlices of a namespace, or of all.
    fn slices<'a>(
        &'a self,
        namespace: Option<&'a str>,
    ) -> impl Iterator<Item = (&'a Rc<Object>, &'a EndpointSlice)> {
        let all = self.of_kind(endpoint_slice::KIND, namespace);
        all.filter_map(|object| Some((object, &**object.endpoint_slice()?)))
    }
}

impl Parts<'_> {
    /// Models `matchPortAndProtocol`.
    fn fit(&self, port: &str, protocol: &str) -> bool {
        let same = |asked: &str, own: &str| asked.is_empty() || asked.eq_ignore_ascii_case(own);
        same(self.port, port) && same(self.protocol, protocol)
    }
}

/// The zone that a name is in, in the letters of the name.
fn zone_of(name: &str) -> Option<&str> {
    let cluster = format!("{CLUSTER_DOMAIN}.");
    let zones = [&*cluster, REVERSE_ZONES[0], REVERSE_ZONES[1]];
    let zone = zones.into_iter().find(|zone| is_in_zone(name, zone))?;
    name.get(name.len() - zone.len()..)
}

/// The labels before the zone. Models `dnsutil.TrimZone`.
fn below<'n>(name: &'n str, zone: &str) -> Vec<&'n str> {
    let mut all = labels(name);
    all.truncate(all.len().saturating_sub(labels(zone).len()));
    all
}

/// The parts of a name; none of what is only above Services and Pods. Models `parseRequest`.
fn parse<'a>(labels: &[&'a str]) -> Result<Option<Parts<'a>>, NoName> {
    let mut parts = Parts::default();
    let before = match labels {
        [] | ["svc" | "pod"] => return Ok(None),
        [before @ .., sort @ ("svc" | "pod")] => {
            parts.is_pod = *sort == "pod";
            before
        }
        _ => return Err(NoName),
    };
    let plain = |label: &'a str| label.strip_prefix('_').unwrap_or(label);
    match *before {
        [namespace] => parts.namespace = namespace,
        [service, namespace] => (parts.service, parts.namespace) = (service, namespace),
        [endpoint, service, namespace] => {
            parts.endpoint = endpoint;
            (parts.service, parts.namespace) = (service, namespace);
        }
        [port, protocol, service, namespace] => {
            (parts.port, parts.protocol) = (plain(port), plain(protocol));
            (parts.service, parts.namespace) = (service, namespace);
        }
        _ => return Err(NoName),
    }
    Ok(Some(parts))
}

/// An address as a Pod's name, whether or not a Pod has it. Models `findPods`.
fn pod(parts: &Parts, zone: &str) -> Result<Found, NoName> {
    let name = parts.service;
    let is_v4 = name.matches('-').count() == 3 && !name.contains("--");
    let ip = name.replace('-', if is_v4 { "." } else { ":" });
    address(&ip).ok_or(NoName)?;
    Ok(Found {
        host: ip.into(),
        port: 0,
        target: format!("{name}.{}.pod.{zone}", parts.namespace),
    })
}

fn find_own_addresses(service: &Service, parts: &Parts, own: &str) -> Vec<Found> {
    let ports = service.spec.ports.iter();
    let ports = ports.map(|port| (&*port.name, &*port.protocol, port.port));
    let none = service.spec.ports.is_empty().then_some(("", "", -1));
    let ports = ports.chain(none).filter(|port| parts.fit(port.0, port.1));
    let at = |port: i64| {
        let addresses = service.spec.cluster_ips.iter();
        addresses.map(move |ip| Found {
            host: ip.clone(),
            port,
            target: own.into(),
        })
    };
    ports.flat_map(|(_, _, port)| at(port)).collect()
}

/// Every address of every endpoint that takes traffic.
fn ready(slice: &EndpointSlice) -> impl Iterator<Item = (&Endpoint, &Rc<str>)> {
    let endpoints = slice
        .endpoints
        .iter()
        .filter(|endpoint| endpoint.is_ready());
    endpoints.flat_map(|endpoint| {
        let addresses = endpoint.addresses.iter();
        addresses.map(move |address| (endpoint, address))
    })
}

/// The Service whose endpoints a slice has; empty if it says none.
fn service_of(slice: &Object) -> &str {
    let labels = &slice.meta.labels;
    labels
        .get(endpoint_slice::SERVICE_NAME)
        .map_or("", |name| name)
}

fn is_of(slice: &Object, service: &str) -> bool {
    service_of(slice) == service
}

/// A Service's name, or an endpoint's, in an object's namespace.
fn full_name(name: &str, object: &Object) -> String {
    format!("{name}.{}.svc.{CLUSTER_DOMAIN}.", object.meta.namespace)
}

/// The endpoint's own name. Models `endpointHostname`.
fn hostname(endpoint: &Endpoint, ip: &str) -> String {
    if !endpoint.hostname.is_empty() {
        return endpoint.hostname.to_string();
    }
    if ip.contains('.') {
        return ip.replace('.', "-");
    }
    let name = ip.replace(':', "-");
    format!("{name}{}", if name.ends_with('-') { "0" } else { "" })
}
