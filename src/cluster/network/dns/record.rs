//! What is asked of a DNS server, and what it answers. Models `github.com/miekg/dns`'s `Question`, `RR`, `Msg`.
//! Left out: classes other than IN, EDNS, and all types that nothing in a cluster has.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

/// What sort of record is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RecordType {
    /// An address of IPv4.
    A,
    /// An address of IPv6.
    Aaaa,
    /// Another name of the same.
    Cname,
    /// Text.
    Txt,
    /// Where a service is: a name and a port.
    Srv,
    /// An address's name.
    Ptr,
    /// A zone's servers.
    Ns,
    /// A zone's head.
    Soa,
    /// A whole zone, or what changed of it: nobody here gives it away.
    Transfer,
    /// Any other, which nothing here has: MX, ANY …
    Other,
}

impl RecordType {
    /// The type that is called so, in letters of any size.
    pub fn of(name: &str) -> Self {
        match &*name.to_ascii_uppercase() {
            "A" => RecordType::A,
            "AAAA" => RecordType::Aaaa,
            "CNAME" => RecordType::Cname,
            "TXT" => RecordType::Txt,
            "SRV" => RecordType::Srv,
            "PTR" => RecordType::Ptr,
            "NS" => RecordType::Ns,
            "SOA" => RecordType::Soa,
            "AXFR" | "IXFR" => RecordType::Transfer,
            _ => RecordType::Other,
        }
    }
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// With its closing dot.
    pub name: String,
    /// What of it.
    pub kind: RecordType,
}

impl Question {
    /// Asks for a name, which ends where it ends: no search list is gone through.
    pub fn new(name: &str, kind: RecordType) -> Self {
        let name = super::name::fqdn(name);
        Question { name, kind }
    }
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rcode {
    /// The name exists, though perhaps not with what was asked for.
    NoError,
    /// The name doesn't exist.
    NxDomain,
    /// The server can't tell.
    ServFail,
    /// The server won't tell.
    Refused,
}

/// As `dig` prints it.
impl fmt::Display for Rcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Rcode::NoError => "NOERROR",
            Rcode::NxDomain => "NXDOMAIN",
            Rcode::ServFail => "SERVFAIL",
            Rcode::Refused => "REFUSED",
        })
    }
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Whose, with the closing dot.
    pub name: String,
    /// For how many seconds it may be remembered.
    pub ttl: u32,
    /// What it says.
    pub data: Data,
}

/// What a record says. All names have their closing dot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Data {
    /// An address.
    A(Ipv4Addr),
    /// An address.
    Aaaa(Ipv6Addr),
    /// The name that it stands for.
    Cname(String),
    /// Text, without quotes.
    Txt(String),
    /// Where a service is.
    Srv {
        /// Lower goes first.
        priority: u16,
        /// How often it is chosen among its equals.
        weight: u16,
        /// The port.
        port: u16,
        /// On the host of this name.
        target: String,
    },
    /// The address's name.
    Ptr(String),
    /// A server of the zone.
    Ns(String),
    /// The head of the zone.
    Soa {
        /// Its server.
        ns: String,
        /// Its master's mailbox.
        mbox: String,
        /// Its version.
        serial: u32,
        /// For how many seconds "there is no such thing" may be remembered.
        min_ttl: u32,
    },
}

/// Refresh, retry and expiry of every zone, in seconds. Models `SOA` of CoreDNS's `plugin/backend_lookup.go`.
const SOA_TIMES: &str = "7200 1800 86400";

impl Data {
    /// An address of either family.
    pub fn address(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Data::A(address),
            IpAddr::V6(address) => Data::Aaaa(address),
        }
    }

    /// `A`, `SRV` …
    pub fn kind(&self) -> &'static str {
        match self {
            Data::A(_) => "A",
            Data::Aaaa(_) => "AAAA",
            Data::Cname(_) => "CNAME",
            Data::Txt(_) => "TXT",
            Data::Srv { .. } => "SRV",
            Data::Ptr(_) => "PTR",
            Data::Ns(_) => "NS",
            Data::Soa { .. } => "SOA",
        }
    }

    /// The address, if it is one.
    pub fn as_address(&self) -> Option<IpAddr> {
        match self {
            Data::A(address) => Some(IpAddr::V4(*address)),
            Data::Aaaa(address) => Some(IpAddr::V6(*address)),
            _ => None,
        }
    }
}

/// As in a zone's file: `0 100 80 web.shop.svc.cluster.local.`
impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Data::A(address) => address.fmt(f),
            Data::Aaaa(address) => address.fmt(f),
            Data::Cname(name) | Data::Ptr(name) | Data::Ns(name) => f.write_str(name),
            Data::Txt(text) => write!(f, "\"{text}\""),
            Data::Srv {
                priority,
                weight,
                port,
                target,
            } => write!(f, "{priority} {weight} {port} {target}"),
            Data::Soa {
                ns,
                mbox,
                serial,
                min_ttl,
            } => write!(f, "{ns} {mbox} {serial} {SOA_TIMES} {min_ttl}"),
        }
    }
}

/// What a server answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// How it went.
    pub rcode: Rcode,
    /// What was asked for, with the CNAMEs that lead there.
    pub answers: Vec<Record>,
    /// The zone's head, where there are no answers.
    pub authority: Vec<Record>,
    /// Addresses of what the answers name.
    pub extra: Vec<Record>,
    /// Is the server the one that knows?
    pub authoritative: bool,
    /// Is it too long for a datagram of 512 bytes, so that it has to be asked for again by TCP? What stands here
    /// is the whole answer.
    pub truncated: bool,
}

impl Answer {
    /// Nothing but how it went.
    pub fn bare(rcode: Rcode) -> Self {
        Answer {
            rcode,
            answers: Vec::new(),
            authority: Vec::new(),
            extra: Vec::new(),
            authoritative: false,
            truncated: false,
        }
    }
}
