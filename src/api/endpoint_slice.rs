//! The EndpointSlice as the components see it. Models `discovery/v1` `EndpointSlice`.
//! A field stands here only if the world obeys it: see [`super::view::paths_of`].

use std::rc::Rc;

use super::view::view;

/// The kind in [`super::ObjectKey`]s.
pub const KIND: &str = "EndpointSlice.discovery.k8s.io";

/// The label that says whose endpoints these are. Models `discovery.LabelServiceName`.
pub const SERVICE_NAME: &str = "kubernetes.io/service-name";

view! {
    /// Some endpoints of a Service.
    pub struct EndpointSlice {
        /// Its endpoints.
        pub endpoints: Vec<Endpoint>,
        /// Ports that each of them has; none: it has no port at all.
        pub ports: Vec<EndpointPort>,
    }

    /// One endpoint: mostly a Pod.
    pub struct Endpoint {
        /// Any of them will do; of the slice's address type.
        pub addresses: Vec<Rc<str>>,
        /// How it is.
        pub conditions: EndpointConditions,
        /// Its own name among the Service's; empty if it has none.
        pub hostname: Rc<str>,
    }

    /// How an endpoint is.
    pub struct EndpointConditions {
        /// Does it take traffic? Absent: it isn't known, which counts as yes.
        pub ready: Option<bool>,
    }

    /// One port of all endpoints of a slice.
    pub struct EndpointPort {
        /// The Service's port of that name.
        pub name: Rc<str>,
        /// The number; absent: all ports.
        pub port: Option<i64>,
        /// `TCP`, `UDP`, `SCTP`
        pub protocol: Rc<str>,
    }
}

impl Endpoint {
    /// Does it take traffic, as far as anybody knows?
    pub fn is_ready(&self) -> bool {
        self.conditions.ready.unwrap_or(true)
    }
}
