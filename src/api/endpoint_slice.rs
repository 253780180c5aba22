//! The EndpointSlice as the components see it. Models `discovery/v1` `EndpointSlice`.
//! A field stands here only if the world obeys it: see [`super::view::paths_of`].
//! Left out: what an endpoint says of its topology in annotations of old.

use std::rc::Rc;

use super::meta::ObjectMeta;
use super::view::view;

/// The kind in [`super::ObjectKey`]s.
pub const KIND: &str = "EndpointSlice.discovery.k8s.io";

/// The label that says whose endpoints these are. Models `discovery.LabelServiceName`.
pub const SERVICE_NAME: &str = "kubernetes.io/service-name";

view! {
    /// Some of the endpoints of a Service.
    pub struct EndpointSlice {
        /// Its labels say of which Service, and who keeps it.
        pub metadata: ObjectMeta,
        /// `IPv4`, `IPv6`, `FQDN`: what all its addresses are.
        pub address_type: Rc<str>,
        /// Ports that each of them has; none: it has no port at all.
        pub ports: Vec<EndpointPort>,
        /// Who is behind the Service.
        pub endpoints: Vec<Endpoint>,
    }

    /// A port of the endpoints.
    pub struct EndpointPort {
        /// The Service's name for it.
        pub name: Rc<str>,
        /// `TCP`, `UDP`, `SCTP`
        pub protocol: Rc<str>,
        /// Its number; absent for every port.
        pub port: Option<i64>,
        /// What is spoken there.
        pub app_protocol: Option<Rc<str>>,
    }

    /// One that is behind a Service: mostly a Pod.
    pub struct Endpoint {
        /// Its address; more than one means the same as the first one alone. Of the slice's address type.
        pub addresses: Vec<Rc<str>>,
        /// How it is.
        pub conditions: EndpointConditions,
        /// Its name below the Service's; empty for none.
        pub hostname: Rc<str>,
        /// Where it runs.
        pub node_name: Rc<str>,
        /// In which zone that is.
        pub zone: Rc<str>,
        /// What it is.
        pub target_ref: Option<TargetRef>,
        /// Whom it is best for.
        pub hints: Option<EndpointHints>,
    }

    /// How an endpoint is. What isn't said counts as ready, as serving, as not terminating.
    pub struct EndpointConditions {
        /// Is traffic to go there? Never to one that terminates, unless the Service publishes all.
        pub ready: Option<bool>,
        /// Would it answer?
        pub serving: Option<bool>,
        /// Is it being deleted?
        pub terminating: Option<bool>,
    }

    /// The object behind an endpoint.
    pub struct TargetRef {
        /// `Pod`
        pub kind: Rc<str>,
        /// Its namespace.
        pub namespace: Rc<str>,
        /// Its name.
        pub name: Rc<str>,
        /// Its uid, as text.
        pub uid: Rc<str>,
    }

    /// Whom an endpoint is best for.
    pub struct EndpointHints {
        /// Clients in these zones.
        pub for_zones: Vec<Hint>,
        /// Clients on these nodes.
        pub for_nodes: Vec<Hint>,
    }

    /// A zone or a node.
    pub struct Hint {
        /// Its name.
        pub name: Rc<str>,
    }
}

impl Endpoint {
    /// Does it take traffic, as far as anybody knows?
    pub fn is_ready(&self) -> bool {
        self.conditions.ready.unwrap_or(true)
    }
}
