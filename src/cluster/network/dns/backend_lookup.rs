//! Records of what a plugin knows. Models CoreDNS's `plugin/backend_lookup.go`. Left out: MX, which nothing in a
//! cluster has, and the apex's own addresses, which the plugin `kubernetes` never has.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::Server;
use super::kubernetes::{NoName, TTL};
use super::name::{address, fqdn, is_in_zone};
use super::record::{Data, Question, Record, RecordType};

/// So many CNAMEs may lead to another one.
const MAX_CNAME_CHAIN_LENGTH: usize = 10;

impl Server<'_> {
    /// A or AAAA, whichever is asked for. `chain` is what CNAMEs led to on the way here. Models `A` and `AAAA`.
    pub(super) fn addresses(
        &self,
        question: &Question,
        zone: &str,
        chain: &mut Vec<String>,
    ) -> Result<Vec<Record>, NoName> {
        let mut seen = BTreeSet::new();
        let mut records = Vec::new();
        for found in self.services(question, zone)? {
            match address(&found.host) {
                Some(ip) if ip.is_ipv4() == (question.kind == RecordType::A) => {
                    if seen.insert(found.host) {
                        records.push(record(&question.name, Data::address(ip)));
                    }
                }
                Some(_) => {}
                None => records.extend(self.follow(question, zone, &fqdn(&found.host), chain)),
            }
        }
        Ok(records)
    }

    /// A CNAME and what it leads to; nothing where that leads nowhere, or round.
    fn follow(
        &self,
        question: &Question,
        zone: &str,
        target: &str,
        chain: &mut Vec<String>,
    ) -> Vec<Record> {
        let is_below_itself = is_in_zone(target, &question.name);
        let is_known = chain.iter().any(|known| known == target);
        if is_below_itself || chain.len() > MAX_CNAME_CHAIN_LENGTH || is_known {
            return Vec::new();
        }
        let mut records = vec![record(&question.name, Data::Cname(target.into()))];
        let next = Question::new(target, question.kind);
        if is_in_zone(target, zone) {
            chain.push(target.into());
            let found = self.addresses(&next, zone, chain).unwrap_or_default();
            chain.pop();
            if found.is_empty() {
                return Vec::new();
            }
            records.extend(found);
        } else {
            records.extend(self.answer(&next).answers);
        }
        records
    }

    /// Models `CNAME`.
    pub(super) fn cname(&self, question: &Question, zone: &str) -> Result<Vec<Record>, NoName> {
        let found = self.services(question, zone)?;
        let name = found.first().filter(|first| address(&first.host).is_none());
        let name = name.map(|first| record(&question.name, Data::Cname(fqdn(&first.host))));
        Ok(name.into_iter().collect())
    }

    /// The records, and their targets' addresses. Models `SRV`, where what is found is an address.
    pub(super) fn srv(
        &self,
        question: &Question,
        zone: &str,
    ) -> Result<(Vec<Record>, Vec<Record>), NoName> {
        let found = self.services(question, zone)?;
        let (mut targets, mut addresses) = (BTreeSet::new(), BTreeSet::new());
        let (mut records, mut extra) = (Vec::new(), Vec::new());
        // Those that are said once only in the end count too, and those without a port.
        let weight = (100 / found.len().max(1)).max(1);
        for one in found {
            let Some(ip) = address(&one.host).filter(|_| one.port != -1) else {
                continue;
            };
            let port = u16::try_from(one.port).unwrap_or_default();
            if targets.insert((one.target.clone(), port)) {
                let srv = Data::Srv {
                    priority: 0,
                    weight: u16::try_from(weight).unwrap_or(1),
                    port,
                    target: one.target.clone(),
                };
                records.push(record(&question.name, srv));
            }
            if addresses.insert((one.target.clone(), one.host)) {
                extra.push(record(&one.target, Data::address(ip)));
            }
        }
        Ok((records, extra))
    }

    /// Models `PTR`.
    pub(super) fn ptr(&self, question: &Question, zone: &str) -> Result<Vec<Record>, NoName> {
        let mut seen = BTreeSet::new();
        let mut names = self.reverse(question, zone)?;
        names.retain(|name| seen.insert(name.clone()));
        let records = names.into_iter();
        Ok(records
            .map(|name| record(&question.name, Data::Ptr(name)))
            .collect())
    }

    /// The zone's servers and their addresses. Models `NS`.
    pub(super) fn ns(&self, question: &Question) -> (Vec<Record>, Vec<Record>) {
        let servers = self.name_servers(&question.name);
        let mut seen = BTreeSet::new();
        let names = servers.iter().filter(|(name, _)| seen.insert(name));
        let names = names.map(|(name, _)| record(&question.name, Data::Ns(name.clone())));
        let names = names.collect();
        let address = |(name, ip): &(String, IpAddr)| record(name, Data::address(*ip));
        (names, servers.iter().map(address).collect())
    }

    /// The head of a zone. Models `SOA`.
    pub(super) fn soa(&self, zone: &str) -> Record {
        let soa = Data::Soa {
            ns: format!("ns.dns.{zone}"),
            mbox: format!("hostmaster.{zone}"),
            serial: self.serial,
            min_ttl: TTL,
        };
        record(zone, soa)
    }
}

fn record(name: &str, data: Data) -> Record {
    Record {
        name: name.into(),
        ttl: TTL,
        data,
    }
}
