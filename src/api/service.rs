//! The Service as the components see it. Models `core/v1` `Service`, `ServiceSpec`.
//! A field stands here only if the world obeys it: see [`super::view::paths_of`].

use std::rc::Rc;

use super::meta::{Labels, ObjectMeta};
use super::pod::PortRef;
use super::view::view;

view! {
    /// A Service.
    pub struct Service {
        /// Name, labels.
        pub metadata: ObjectMeta,
        /// What was asked for.
        pub spec: ServiceSpec,
    }

    /// What a Service asks for.
    pub struct ServiceSpec {
        /// `ClusterIP` (also when empty), `NodePort`, `LoadBalancer`, `ExternalName`
        #[name = "type"]
        pub kind: Rc<str>,
        /// Labels of the Pods behind it; empty where somebody else says who is.
        pub selector: Labels,
        /// Its ports.
        pub ports: Vec<ServicePort>,
        /// Its address; `None` if it is to have none.
        #[name = "clusterIP"]
        pub cluster_ip: Rc<str>,
        /// Its own addresses, the first one's family being its own; `None` alone for a headless Service.
        #[name = "clusterIPs"]
        pub cluster_ips: Vec<Rc<str>>,
        /// `IPv4`, `IPv6`: of which families its addresses are, the first one first.
        pub ip_families: Vec<Rc<str>>,
        /// The name that it stands for, of an `ExternalName`.
        pub external_name: Rc<str>,
        /// `None` (also when empty), or `ClientIP`: a client stays with its endpoint.
        pub session_affinity: Rc<str>,
        /// For how long.
        pub session_affinity_config: SessionAffinityConfig,
        /// `Cluster` (also when empty), or `Local`: Pods reach endpoints of their own node alone.
        pub internal_traffic_policy: Rc<str>,
        /// `Cluster` (also when empty), or `Local`: a node gives what comes from outside to its own endpoints alone.
        pub external_traffic_policy: Rc<str>,
        /// Are Pods that aren't ready behind it too?
        pub publish_not_ready_addresses: bool,
        /// `PreferClose`, `PreferSameZone`, `PreferSameNode`; empty for wherever.
        pub traffic_distribution: Rc<str>,
    }

    /// How long a client stays.
    pub struct SessionAffinityConfig {
        /// Of `ClientIP`.
        #[name = "clientIP"]
        pub client_ip: ClientIpConfig,
    }

    /// How long a client stays that is known by its address.
    pub struct ClientIpConfig {
        /// Three hours where it isn't said.
        pub timeout_seconds: Option<i64>,
    }

    /// One port of a Service.
    pub struct ServicePort {
        /// Unique in the Service; may be empty where there is one only.
        pub name: Rc<str>,
        /// On the Service's own address.
        pub port: i64,
        /// `TCP` (also when empty), `UDP`, `SCTP`
        pub protocol: Rc<str>,
        /// What is spoken there, as far as anybody says.
        pub app_protocol: Option<Rc<str>>,
        /// Of the Pods: number, or a name that each of them gives a port of its own.
        pub target_port: PortRef,
        /// On every node; 0: none.
        pub node_port: i64,
    }
}

impl Service {
    /// Has it an address of its own? Models `IsServiceIPSet`.
    pub fn has_ip(&self) -> bool {
        !matches!(&*self.spec.cluster_ip, "" | "None")
    }
}

impl ServiceSpec {
    /// Does it give its endpoints' addresses instead of one of its own?
    pub fn is_headless(&self) -> bool {
        self.cluster_ips
            .first()
            .is_some_and(|first| &**first == "None")
    }

    /// Does it only stand for another name?
    pub fn is_external_name(&self) -> bool {
        &*self.kind == "ExternalName"
    }
}
