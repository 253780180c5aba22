//! The Service as the components see it. Models `core/v1` `Service`, `ServiceSpec`.
//! A field stands here only if the world obeys it: see [`super::view::paths_of`].

use std::rc::Rc;

use super::view::view;

view! {
    /// A Service.
    pub struct Service {
        /// What was asked for.
        pub spec: ServiceSpec,
    }

    /// What a Service asks for.
    pub struct ServiceSpec {
        /// `ClusterIP` (also when empty), `NodePort`, `LoadBalancer`, `ExternalName`
        #[name = "type"]
        pub kind: Rc<str>,
        /// Its own addresses, the first one's family being its own; `None` alone for a headless Service.
        #[name = "clusterIPs"]
        pub cluster_ips: Vec<Rc<str>>,
        /// The name that it stands for, of an `ExternalName`.
        pub external_name: Rc<str>,
        /// Its ports.
        pub ports: Vec<ServicePort>,
    }

    /// One port of a Service.
    pub struct ServicePort {
        /// May be empty where it is the only one.
        pub name: Rc<str>,
        /// On the Service's own address.
        pub port: i64,
        /// `TCP` (also when empty), `UDP`, `SCTP`
        pub protocol: Rc<str>,
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
