//! Small clusters for the tests of the plugins, from YAML.

use std::rc::Rc;

use super::cycle::{Sampling, decide};
use super::decision::Decision;
use super::node_info::PodInfo;
use super::view::ClusterView;
use crate::api::pod::Pod;
use crate::api::{Object, Value};
use crate::fields;

/// A Pod in the namespace `default` with this spec.
pub fn pod(name: &str, spec: &str) -> Pod {
    let object = pod_object(name, spec, &[]);
    Pod::clone(object.pod().expect("it is a Pod"))
}

/// The same, worked out.
pub fn pod_info(name: &str, spec: &str) -> PodInfo {
    PodInfo::new(Rc::new(pod(name, spec)))
}

/// A cluster with the nodes `node-1`, `node-2` … and Pods on them.
pub struct Cluster(pub ClusterView);

impl Cluster {
    /// Nodes from YAML; what they don't say of `allocatable` is plenty.
    pub fn new(nodes: &[&str]) -> Self {
        let mut view = ClusterView::default();
        for (index, text) in nodes.iter().enumerate() {
            let mut node = yaml(text);
            node.set(&["apiVersion"], "v1");
            node.set(&["kind"], "Node");
            node.set(&["metadata", "name"], format!("node-{}", index + 1));
            if node.at(&["status", "allocatable"]).is_none() {
                let plenty = fields! { "cpu" => "64", "memory" => "256Gi", "pods" => "110" };
                node.set(&["status", "allocatable"], plenty);
            }
            let object = Object::new(node).expect("a Node");
            view.take(&object.key(), Some(&object));
        }
        view.settle();
        Cluster(view)
    }

    /// With a Pod on the node of this index.
    pub fn with_pod(self, name: &str, node: usize, spec: &str) -> Self {
        let node = format!("node-{}", node + 1);
        self.with(&pod_object(name, spec, &[(&["spec", "nodeName"], &node)]))
    }

    /// With a Pod on the node of this index that has a label.
    pub fn with_labelled_pod(self, name: &str, node: usize, label: &str, value: &str) -> Self {
        let node = format!("node-{}", node + 1);
        let changes: [(&[&str], &str); 2] = [
            (&["spec", "nodeName"], &node),
            (&["metadata", "labels", label], value),
        ];
        self.with(&pod_object(name, "{}", &changes))
    }

    /// With this object.
    pub fn with(mut self, object: &Object) -> Self {
        self.0.take(&object.key(), Some(object));
        self.0.settle();
        self
    }

    /// Where would the Pod go, all nodes tried?
    pub fn decide(&self, pod: &PodInfo) -> Decision {
        decide(&self.0, pod, Sampling::ALL, &mut |_| 0)
    }
}

/// A Pod in the namespace `default` with this spec, changed at some paths.
pub fn pod_object(name: &str, spec: &str, changes: &[(&[&str], &str)]) -> Object {
    let mut value = fields! {
        "apiVersion" => "v1", "kind" => "Pod",
        "metadata" => fields! { "name" => name, "namespace" => "default" },
        "spec" => yaml(spec),
    };
    for (path, text) in changes {
        value.set(path, *text);
    }
    Object::new(value).expect("a Pod")
}

/// The value that YAML spells.
pub fn yaml(text: &str) -> Value {
    let json: serde_json::Value = serde_yaml::from_str(text).expect(text);
    Value::from_json(&json)
}

/// The plugin that rejects the Pod on each node; empty where it fits.
pub fn rejections(nodes: &[&str], pod: &str) -> Vec<&'static str> {
    let cluster = Cluster::new(nodes);
    let decision = cluster.decide(&pod_info("p", pod));
    let names = cluster.0.nodes().map(|node| node.name().clone());
    let plugin = |name: Rc<str>| {
        let found = decision.rejected.of(&name);
        found.map_or("", |rejection| rejection.plugin)
    };
    names.map(plugin).collect()
}
