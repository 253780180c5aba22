//! The NetworkPolicy as the network sees it. Models `networking/v1` `NetworkPolicy`.

use std::fmt;
use std::net::IpAddr;
use std::rc::Rc;

use super::Value;
use super::meta::ObjectMeta;
use super::pod::PortRef;
use super::selector::LabelSelector;
use super::validation::ip;
use super::view::{Fill, ViewError, view};

view! {
    /// A NetworkPolicy.
    pub struct NetworkPolicy {
        /// Name and namespace.
        pub metadata: ObjectMeta,
        /// What it allows whom.
        pub spec: NetworkPolicySpec,
    }

    /// What a policy allows whom.
    pub struct NetworkPolicySpec {
        /// Pods of its own namespace that it is about.
        pub pod_selector: LabelSelector,
        /// `Ingress`, `Egress`: what its Pods are isolated for.
        pub policy_types: Vec<Rc<str>>,
        /// What may come in: whatever one of these allows.
        pub ingress: Vec<NetworkPolicyIngressRule>,
        /// What may go out: whatever one of these allows.
        pub egress: Vec<NetworkPolicyEgressRule>,
    }

    /// What may come in.
    pub struct NetworkPolicyIngressRule {
        /// From one of these; from everywhere where there is none.
        pub from: Vec<NetworkPolicyPeer>,
        /// To one of these; to every port where there is none.
        pub ports: Vec<NetworkPolicyPort>,
    }

    /// What may go out.
    pub struct NetworkPolicyEgressRule {
        /// To one of these; to everywhere where there is none.
        pub to: Vec<NetworkPolicyPeer>,
        /// To one of these; to every port where there is none.
        pub ports: Vec<NetworkPolicyPort>,
    }

    /// The other end of a connection: Pods, or addresses.
    pub struct NetworkPolicyPeer {
        /// Pods with such labels; of the policy's namespace unless the next field says otherwise.
        pub pod_selector: Option<LabelSelector>,
        /// Pods of namespaces with such labels.
        pub namespace_selector: Option<LabelSelector>,
        /// Addresses.
        pub ip_block: Option<IpBlock>,
    }

    /// Addresses.
    pub struct IpBlock {
        /// All of these,
        pub cidr: Cidr,
        /// but not these.
        pub except: Vec<Cidr>,
    }

    /// A port of the connection's receiver.
    pub struct NetworkPolicyPort {
        /// `TCP` (also when empty), `UDP`, `SCTP`
        pub protocol: Rc<str>,
        /// Its number, or the name that the receiver gives it; absent for every port.
        pub port: Option<PortRef>,
        /// With a number: every port from that one to this one.
        pub end_port: Option<i64>,
    }
}

/// A range of addresses, read once; text that is none holds no address.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cidr(Option<(IpAddr, u32)>);

impl Cidr {
    /// Is the address in it? An IPv4 range holds no IPv6 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.is_some_and(|range| ip::contains(range, address))
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some((address, length)) => write!(f, "{address}/{length}"),
            None => f.write_str("no address"),
        }
    }
}

impl Fill for Cidr {
    fn fill(&mut self, value: &Value) -> Result<(), ViewError> {
        let text = value.as_str();
        *self = Cidr(ip::parse_cidr(
            text.ok_or_else(|| ViewError::expected("text"))?,
        ));
        Ok(())
    }
}
