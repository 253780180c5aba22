//! A node with the Pods on it, and a Pod with what it asks for, worked out once.
//! Models `framework.NodeInfo` and `framework.PodInfo`.

use std::rc::Rc;

use super::resource::{CpuAndMemory, PodRequests, Resource};
use crate::api::meta::Labels;
use crate::api::node::Node;
use crate::api::placement::{PodAffinity, PodAffinityTerm};
use crate::api::pod::{ContainerPort, Pod};
use crate::api::selector::LabelSelector;
use crate::cluster::SimTime;
use crate::collections::Set;

/// A Pod with what filters and scores ask it again and again. What preemption asks of thousands of
/// Pods comes first, so that it is close together in memory.
#[derive(Clone, Debug, Default, PartialEq)]
#[repr(C)]
pub struct PodInfo {
    /// As the API server has it.
    pub pod: Rc<Pod>,
    /// Its priority.
    pub priority: i64,
    /// When its node began with it; a Pod that hasn't begun is the newest.
    pub started: SimTime,
    /// Does it use ports of its node?
    pub has_host_ports: bool,
    /// What it asks for.
    pub requests: PodRequests,
    /// Where it must be near to.
    pub required_affinity: Vec<AffinityTerm>,
    /// Where it must be far from.
    pub required_anti_affinity: Vec<AffinityTerm>,
    /// Where it would like to be near to.
    pub preferred_affinity: Vec<AffinityTerm>,
    /// Where it would like to be far from.
    pub preferred_anti_affinity: Vec<AffinityTerm>,
}

/// A term of Pod affinity with everything filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct AffinityTerm {
    /// Names of namespaces.
    pub namespaces: Set<Rc<str>>,
    /// Namespaces by their labels.
    pub namespace_selector: Option<LabelSelector>,
    /// Pods in these namespaces. `None`: none.
    pub selector: Option<LabelSelector>,
    /// Label whose value says what is near.
    pub topology_key: Rc<str>,
    /// 1 to 100; only of preferences.
    pub weight: i64,
}

impl AffinityTerm {
    fn new(pod: &Pod, term: &PodAffinityTerm, weight: i64) -> Self {
        let mut namespaces: Set<_> = term.namespaces.iter().cloned().collect();
        if namespaces.is_empty() && term.namespace_selector.is_none() {
            namespaces.insert(pod.metadata.namespace.clone());
        }
        AffinityTerm {
            namespaces,
            namespace_selector: term.namespace_selector.clone(),
            selector: term.label_selector.clone(),
            topology_key: term.topology_key.clone(),
            weight,
        }
    }

    /// The required terms of one of the Pod's affinities.
    pub fn required(pod: &Pod, affinity: &PodAffinity) -> Vec<Self> {
        let terms = &affinity.required_during_scheduling_ignored_during_execution;
        let terms = terms.iter();
        terms.map(|term| AffinityTerm::new(pod, term, 0)).collect()
    }

    /// Is `pod` meant, in a namespace with these labels? Without them, it is known already which
    /// namespaces are meant.
    pub fn matches(&self, pod: &Pod, namespace_labels: Option<&Labels>) -> bool {
        let in_namespace = self.namespaces.contains(&pod.metadata.namespace)
            || self.namespace_selector.as_ref().is_some_and(|selector| {
                selector.matches(namespace_labels.unwrap_or(&Labels::new()))
            });
        in_namespace
            && self
                .selector
                .as_ref()
                .is_some_and(|selector| selector.matches(&pod.metadata.labels))
    }
}

impl PodInfo {
    /// Works out what is asked again and again.
    pub fn new(pod: Rc<Pod>) -> Self {
        let near = &pod.spec.affinity.pod_affinity;
        let far = &pod.spec.affinity.pod_anti_affinity;
        let preferred = |affinity: &PodAffinity| {
            let terms = affinity
                .preferred_during_scheduling_ignored_during_execution
                .iter();
            terms
                .map(|term| AffinityTerm::new(&pod, &term.pod_affinity_term, term.weight))
                .collect()
        };
        PodInfo {
            required_affinity: AffinityTerm::required(&pod, near),
            required_anti_affinity: AffinityTerm::required(&pod, far),
            preferred_affinity: preferred(near),
            preferred_anti_affinity: preferred(far),
            ..PodInfo::without_affinity(pod.clone(), PodRequests::of(&pod))
        }
    }

    /// Only what counts for the other Pods of its node: nothing for scores, and no affinity.
    pub fn counted(pod: Rc<Pod>) -> Self {
        let requests = PodRequests {
            real: PodRequests::real_of(&pod),
            ..PodRequests::default()
        };
        PodInfo::without_affinity(pod, requests)
    }

    fn without_affinity(pod: Rc<Pod>, requests: PodRequests) -> Self {
        let has_host_ports = host_ports(&pod).next().is_some();
        PodInfo {
            priority: pod.spec.priority,
            started: pod.status.start_time.unwrap_or(SimTime::MAX),
            has_host_ports,
            requests,
            pod,
            ..PodInfo::default()
        }
    }

    /// Does it say anything about other Pods?
    pub fn has_affinity(&self) -> bool {
        !(self.required_affinity.is_empty()
            && self.required_anti_affinity.is_empty()
            && self.preferred_affinity.is_empty()
            && self.preferred_anti_affinity.is_empty())
    }

    /// Is it the same Pod, whatever has become of it?
    pub fn is(&self, other: &Pod) -> bool {
        self.pod.metadata.name == other.metadata.name
            && self.pod.metadata.namespace == other.metadata.namespace
    }

    /// `default/hello-pod`
    pub fn path(&self) -> String {
        let metadata = &self.pod.metadata;
        format!("{}/{}", metadata.namespace, metadata.name)
    }
}

/// The number that stands for a label with its value, the same on every node. Counting Pods by place
/// is then counting by number.
pub type TopologyPair = u32;

/// A node with the Pods on it and their sums. What each attempt asks of thousands of nodes comes first,
/// so that it is close together in memory.
#[derive(Clone, Debug, Default)]
#[repr(C)]
pub struct NodeInfo {
    /// Its place in the [view](super::view::ClusterView) that it is from.
    pub slot: usize,
    /// May only some Pods come, since it is cordoned or has taints?
    pub is_choosy: bool,
    /// Pods bound to it, and Pods that are about to be.
    pub pods: Vec<Rc<PodInfo>>,
    /// Waiting Pods that it is promised to.
    pub nominated: Vec<Rc<PodInfo>>,
    /// What the Pods on it ask for.
    pub requested: Resource,
    /// What Pods may ask for.
    pub allocatable: Resource,
    /// What the Pods on it ask for, for scores: missing requests count as a little.
    pub non_zero_requested: CpuAndMemory,
    /// As the API server has it; a Pod may be bound to a node that isn't there (any more).
    pub node: Rc<Node>,
    /// Its labels with the number of each pair, by label.
    pub topology: Rc<[(Rc<str>, TopologyPair)]>,
    /// Ports of the node that its Pods use.
    pub used_ports: UsedPorts,
}

impl NodeInfo {
    /// Its name.
    pub fn name(&self) -> &Rc<str> {
        &self.node.metadata.name
    }

    /// Is there a Node? A name that only Pods say has none.
    pub fn is_there(&self) -> bool {
        !self.name().is_empty()
    }

    /// Its labels.
    pub fn labels(&self) -> &Labels {
        &self.node.metadata.labels
    }

    /// The number of the pair that this label makes with its value, if the node has it.
    pub fn topology_pair(&self, label: &str) -> Option<TopologyPair> {
        let found = self.topology.iter().find(|(name, _)| **name == *label);
        found.map(|(_, pair)| *pair)
    }

    /// Takes a new version of the node; its Pods stay.
    pub fn set_node(&mut self, node: Rc<Node>, topology: Rc<[(Rc<str>, TopologyPair)]>) {
        self.topology = topology;
        self.is_choosy = node.spec.unschedulable || !node.spec.taints.is_empty();
        self.allocatable = Resource::new(&node.status.allocatable);
        self.node = node;
    }

    /// Becomes a copy of `other` without those of its Pods that go; these are handed out. Preemption
    /// makes thousands of copies one after another, so that they are all made in the same memory.
    pub fn copy_without(
        &mut self,
        other: &NodeInfo,
        goes: impl Fn(&PodInfo) -> bool,
        gone: &mut Vec<Rc<PodInfo>>,
    ) {
        let mut pods = std::mem::take(&mut self.pods);
        pods.clear();
        gone.clear();
        for pod in &other.pods {
            let to = if goes(pod) { &mut *gone } else { &mut pods };
            to.push(pod.clone());
        }
        *self = NodeInfo {
            slot: other.slot,
            is_choosy: other.is_choosy,
            pods,
            nominated: other.nominated.clone(),
            requested: other.requested.clone(),
            allocatable: other.allocatable.clone(),
            non_zero_requested: other.non_zero_requested,
            node: other.node.clone(),
            topology: other.topology.clone(),
            used_ports: other.used_ports.clone(),
        };
        for pod in gone {
            self.leave(pod);
        }
    }

    /// Counts a Pod as on the node.
    pub fn add_pod(&mut self, pod: Rc<PodInfo>) {
        self.count(&pod, 1);
        if pod.has_host_ports {
            for port in host_ports(&pod.pod) {
                self.used_ports.insert(port);
            }
        }
        self.pods.push(pod);
    }

    /// Counts a Pod as gone from the node. The order of the others doesn't stay.
    pub fn remove_pod(&mut self, pod: &Pod) -> Option<Rc<PodInfo>> {
        let index = self.pods.iter().position(|on_node| on_node.is(pod))?;
        Some(self.remove_at(index))
    }

    /// Counts the Pod that came last as gone again.
    pub fn remove_last(&mut self) {
        let last = self.pods.len().checked_sub(1);
        last.map(|last| self.remove_at(last));
    }

    fn remove_at(&mut self, index: usize) -> Rc<PodInfo> {
        let removed = self.pods.swap_remove(index);
        self.leave(&removed);
        removed
    }

    /// What a Pod has is free.
    fn leave(&mut self, pod: &PodInfo) {
        self.count(pod, -1);
        if pod.has_host_ports {
            for port in host_ports(&pod.pod) {
                self.used_ports.remove(port);
            }
        }
    }

    fn count(&mut self, pod: &PodInfo, sign: i64) {
        self.requested.add(&pod.requests.real, sign);
        let (sum, amount) = (&mut self.non_zero_requested, &pod.requests.non_zero);
        let add = |sum: i64, amount: i64| sum.wrapping_add(amount.wrapping_mul(sign));
        sum.milli_cpu = add(sum.milli_cpu, amount.milli_cpu);
        sum.memory = add(sum.memory, amount.memory);
    }
}

/// Ports on a Pod's node that it uses: of its containers and its sidecars.
pub fn host_ports(pod: &Pod) -> impl Iterator<Item = &ContainerPort> {
    let sidecars = pod.spec.init_containers.iter();
    let sidecars = sidecars.filter(|container| container.is_sidecar());
    let all = sidecars.chain(&pod.spec.containers);
    all.flat_map(|container| &container.ports)
        .filter(|port| port.host_port > 0)
}

/// Ports of a node that are in use: address, protocol, number. Models `framework.HostPortInfo`: a
/// set, so that of two Pods with the same port the first to go frees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsedPorts(Set<(i64, Rc<str>, Rc<str>)>);

impl UsedPorts {
    const EVERY_ADDRESS: &str = "0.0.0.0";

    /// Marks a port as used.
    pub fn insert(&mut self, port: &ContainerPort) {
        self.0.insert(Self::key(port));
    }

    fn remove(&mut self, port: &ContainerPort) {
        self.0.remove(&Self::key(port));
    }

    /// Would `port` get in the way of one that is used?
    pub fn conflicts(&self, port: &ContainerPort) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let (number, protocol, address) = Self::key(port);
        self.0.iter().any(|(used, used_protocol, used_address)| {
            *used == number
                && *used_protocol == protocol
                && (&*address == Self::EVERY_ADDRESS
                    || &**used_address == Self::EVERY_ADDRESS
                    || *used_address == address)
        })
    }

    fn key(port: &ContainerPort) -> (i64, Rc<str>, Rc<str>) {
        let or = |text: &Rc<str>, default: &str| {
            if text.is_empty() {
                default.into()
            } else {
                text.clone()
            }
        };
        (
            port.host_port,
            or(&port.protocol, "TCP"),
            or(&port.host_ip, Self::EVERY_ADDRESS),
        )
    }
}
