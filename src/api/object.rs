//! Objects, their keys and uids. Models `metav1.Object` and `types.NamespacedName`.

use std::cmp::Ordering;
use std::fmt;
use std::rc::Rc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::endpoint_slice::EndpointSlice;
use super::meta::ObjectMeta;
use super::network_policy::NetworkPolicy;
use super::node::Node;
use super::pod::Pod;
use super::service::Service;
use super::workloads::{Deployment, ReplicaSet, ReplicationController};
use super::{Value, view};
use crate::collections::text;

/// The identity of one object over its whole life; drawn from the seed. Printed as a UUID.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Uid(pub u128);

impl Uid {
    /// The uid that `text` spells, if it is a UUID.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|c| *c != '-').collect();
        (digits.len() == 32)
            .then(|| u128::from_str_radix(&digits, 16).ok().map(Uid))
            .flatten()
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.0;
        let (a, b, c) = (n >> 96, (n >> 80) & 0xffff, (n >> 64) & 0xffff);
        write!(
            f,
            "{a:08x}-{b:04x}-{c:04x}-{:04x}-{:012x}",
            (n >> 48) & 0xffff,
            n & 0xffff_ffff_ffff
        )
    }
}

/// Where an object is found: its kind (with the group where there is one, `Deployment.apps`), its
/// namespace (empty for those that have none) and its name. Ordered by kind, namespace, name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ObjectKey {
    /// `Pod`, `Deployment.apps`
    pub kind: Rc<str>,
    /// Empty for cluster-scoped objects.
    pub namespace: Rc<str>,
    /// `metadata.name`
    pub name: Rc<str>,
}

impl Ord for ObjectKey {
    fn cmp(&self, other: &Self) -> Ordering {
        text::compare(&self.kind, &other.kind)
            .then_with(|| text::compare(&self.namespace, &other.namespace))
            .then_with(|| text::compare(&self.name, &other.name))
    }
}

impl PartialOrd for ObjectKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl ObjectKey {
    /// The key of an object in a namespace; an empty `namespace` means cluster-scoped.
    pub fn new(kind: &str, namespace: &str, name: &str) -> Self {
        ObjectKey {
            kind: kind.into(),
            namespace: namespace.into(),
            name: name.into(),
        }
    }

    /// The key of an object as it is written.
    pub fn of(value: &Value) -> Self {
        let kind = value.text_at(&["kind"]);
        let group = value.text_at(&["apiVersion"]).split_once('/');
        let kind = group.map_or_else(
            || kind.into(),
            |(group, _)| format!("{kind}.{group}").into(),
        );
        ObjectKey {
            kind,
            namespace: value.text_at(&["metadata", "namespace"]).into(),
            name: value.text_at(&["metadata", "name"]).into(),
        }
    }

    /// The key of a Pod.
    pub fn pod(namespace: &str, name: &str) -> Self {
        ObjectKey::new("Pod", namespace, name)
    }

    /// The key of a Node.
    pub fn node(name: &str) -> Self {
        ObjectKey::new("Node", "", name)
    }

    /// `default/hello-pod`, or `node-1` where there is no namespace.
    pub fn path(&self) -> String {
        if self.namespace.is_empty() {
            self.name.to_string()
        } else {
            format!("{}/{}", self.namespace, self.name)
        }
    }

    /// The kind without its group: `Deployment`.
    pub fn bare_kind(&self) -> &str {
        self.kind.split('.').next().unwrap_or_default()
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.bare_kind(), self.path())
    }
}

/// One version of one object: the whole tree, and the view that the components read.
#[derive(Clone, Debug)]
pub struct Object {
    /// The object as the API serves it, `apiVersion` and `kind` included.
    pub value: Value,
    /// `metadata`, read once.
    pub meta: ObjectMeta,
    /// What the components see of it.
    pub view: View,
}

/// The components' view of an object. A kind that nothing simulates has none.
#[derive(Clone, Debug)]
pub enum View {
    /// A Pod.
    Pod(Rc<Pod>),
    /// A Node.
    Node(Rc<Node>),
    /// A Service.
    Service(Rc<Service>),
    /// An EndpointSlice.
    EndpointSlice(Rc<EndpointSlice>),
    /// A NetworkPolicy.
    NetworkPolicy(Rc<NetworkPolicy>),
    /// A ReplicaSet, or a ReplicationController as one.
    ReplicaSet(Rc<ReplicaSet>),
    /// A Deployment.
    Deployment(Rc<Deployment>),
    /// Stored and listed, but nothing acts on it.
    Other,
}

impl Object {
    /// Reads the views of `value`.
    ///
    /// # Errors
    /// When a field that a view reads has another type than the schema says. Decoding refuses such
    /// text, so that only a component's own mistake can end here.
    pub fn new(value: Value) -> Result<Self, view::ViewError> {
        let meta = value
            .get("metadata")
            .map_or_else(|| Ok(ObjectMeta::default()), view::read)?;
        let of_kind = (value.text_at(&["apiVersion"]), value.text_at(&["kind"]));
        let view = match of_kind {
            ("v1", "Pod") => View::Pod(Rc::new(view::read(&value)?)),
            ("v1", "Node") => View::Node(Rc::new(view::read(&value)?)),
            ("v1", "Service") => View::Service(Rc::new(view::read(&value)?)),
            ("discovery.k8s.io/v1", "EndpointSlice") => {
                View::EndpointSlice(Rc::new(view::read(&value)?))
            }
            ("networking.k8s.io/v1", "NetworkPolicy") => {
                View::NetworkPolicy(Rc::new(view::read(&value)?))
            }
            ("apps/v1", "ReplicaSet") => View::ReplicaSet(Rc::new(view::read(&value)?)),
            ("v1", "ReplicationController") => {
                let controller: ReplicationController = view::read(&value)?;
                View::ReplicaSet(Rc::new(controller.into()))
            }
            ("apps/v1", "Deployment") => View::Deployment(Rc::new(view::read(&value)?)),
            _ => View::Other,
        };
        Ok(Object { value, meta, view })
    }

    /// The object's key.
    pub fn key(&self) -> ObjectKey {
        ObjectKey::of(&self.value)
    }

    /// The Pod, if it is one.
    pub fn pod(&self) -> Option<&Rc<Pod>> {
        match &self.view {
            View::Pod(pod) => Some(pod),
            _ => None,
        }
    }

    /// The Node, if it is one.
    pub fn node(&self) -> Option<&Rc<Node>> {
        match &self.view {
            View::Node(node) => Some(node),
            _ => None,
        }
    }

    /// The Service, if it is one.
    pub fn service(&self) -> Option<&Rc<Service>> {
        match &self.view {
            View::Service(service) => Some(service),
            _ => None,
        }
    }

    /// The EndpointSlice, if it is one.
    pub fn endpoint_slice(&self) -> Option<&Rc<EndpointSlice>> {
        match &self.view {
            View::EndpointSlice(slice) => Some(slice),
            _ => None,
        }
    }

    /// The ReplicaSet, if it is one, or a ReplicationController as one.
    pub fn replica_set(&self) -> Option<&Rc<ReplicaSet>> {
        match &self.view {
            View::ReplicaSet(set) => Some(set),
            _ => None,
        }
    }

    /// The Deployment, if it is one.
    pub fn deployment(&self) -> Option<&Rc<Deployment>> {
        match &self.view {
            View::Deployment(deployment) => Some(deployment),
            _ => None,
        }
    }

    /// The NetworkPolicy, if it is one.
    pub fn network_policy(&self) -> Option<&Rc<NetworkPolicy>> {
        match &self.view {
            View::NetworkPolicy(policy) => Some(policy),
            _ => None,
        }
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

/// Stored as its tree alone: the views follow from it.
impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Object::new(Value::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
