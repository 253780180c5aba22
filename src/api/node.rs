//! The Node as the components see it. Models `core/v1` `Node`, `NodeSpec`, `NodeStatus`.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::meta::ObjectMeta;
use super::pod::Condition;
use super::quantity::Quantity;
use super::view::view;

/// Resource name (`cpu`, `memory`, `pods`, `example.com/gpu`) to amount.
pub type ResourceList = BTreeMap<Rc<str>, Quantity>;

view! {
    /// A Node.
    pub struct Node {
        /// Name, labels.
        pub metadata: ObjectMeta,
        /// What was asked of it.
        pub spec: NodeSpec,
        /// What its kubelet reports.
        pub status: NodeStatus,
    }

    /// What an administrator asks of a Node.
    pub struct NodeSpec {
        /// Cordoned: no new Pods.
        pub unschedulable: bool,
        /// What repels Pods.
        pub taints: Vec<Taint>,
        /// Addresses of its Pods.
        #[name = "podCIDR"]
        pub pod_cidr: Rc<str>,
    }

    /// One taint.
    pub struct Taint {
        /// `node.kubernetes.io/not-ready`
        pub key: Rc<str>,
        /// Often empty.
        pub value: Rc<str>,
        /// `NoSchedule`, `PreferNoSchedule`, `NoExecute`
        pub effect: Rc<str>,
    }

    /// What a Node's kubelet reports.
    pub struct NodeStatus {
        /// What the machine has.
        pub capacity: ResourceList,
        /// What Pods may ask for.
        pub allocatable: ResourceList,
        /// `Ready` and the pressures.
        pub conditions: Vec<Condition>,
        /// Images that are on the node already.
        pub images: Vec<ContainerImage>,
    }

    /// An image that a node has.
    pub struct ContainerImage {
        /// Every name by which it is known there.
        pub names: Vec<Rc<str>>,
        /// Bytes.
        pub size_bytes: i64,
    }
}

impl Node {
    /// The condition `Ready` is `True`.
    pub fn is_ready(&self) -> bool {
        self.status
            .conditions
            .iter()
            .any(|c| &*c.kind == "Ready" && &*c.status == "True")
    }
}
