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
        /// `ClusterIP`, `NodePort`, `LoadBalancer`, `ExternalName`
        #[name = "type"]
        pub kind: Rc<str>,
        /// Labels of the Pods behind it; empty where somebody else says who is.
        pub selector: Labels,
        /// Its ports.
        pub ports: Vec<ServicePort>,
        /// Its address; `None` if it is to have none.
        #[name = "clusterIP"]
        pub cluster_ip: Rc<str>,
        /// `IPv4`, `IPv6`: of which families its addresses are, the first one first.
        pub ip_families: Vec<Rc<str>>,
        /// Are Pods that aren't ready behind it too?
        pub publish_not_ready_addresses: bool,
        /// `PreferClose`, `PreferSameZone`, `PreferSameNode`; empty for wherever.
        pub traffic_distribution: Rc<str>,
    }

    /// One port of a Service.
    pub struct ServicePort {
        /// Unique in the Service; may be empty where there is one only.
        pub name: Rc<str>,
        /// `TCP`, `UDP`, `SCTP`
        pub protocol: Rc<str>,
        /// What is spoken there, as far as anybody says.
        pub app_protocol: Option<Rc<str>>,
        /// Of the Pods: number, or a name that each of them gives a port of its own.
        pub target_port: PortRef,
    }
}

impl Service {
    /// Has it an address of its own? Models `IsServiceIPSet`.
    pub fn has_ip(&self) -> bool {
        !matches!(&*self.spec.cluster_ip, "" | "None")
    }
}
