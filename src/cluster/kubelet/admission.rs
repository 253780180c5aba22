//! May a Pod that is bound to this node run here? Models `predicateAdmitHandler` of
//! `pkg/kubelet/lifecycle/predicate.go` and `rejectPod` of `pkg/kubelet/kubelet.go`. Left out: making
//! room for critical Pods, the operating system's own check, and the resource managers.

use super::Turn;
use super::pod_worker::{PodWorker, Stage};
use crate::api::node::Node;
use crate::api::pod::Pod;
use crate::api::{ObjectKey, Uid};
use crate::cluster::World;
use crate::cluster::scheduler::{
    PodRequests, RequiredNodeAffinity, Resource, UsedPorts, host_ports, tolerates,
};
use crate::collections::Set;
use crate::fields;

/// Why a Pod is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rejection {
    /// `OutOfcpu`, `NodePorts`
    reason: String,
    message: String,
}

impl Rejection {
    fn predicate(name: &str, why: &str) -> Self {
        Rejection {
            reason: name.into(),
            message: format!("Predicate {name} failed: {why}"),
        }
    }

    fn resource(name: &str, (wanted, used, all): (i64, i64, i64)) -> Self {
        Rejection {
            reason: format!("OutOf{name}"),
            message: format!(
                "Node didn't have enough resource: {name}, requested: {wanted}, used: {used}, capacity: {all}"
            ),
        }
    }
}

impl Turn<'_> {
    /// Takes the Pod up, or rejects it for good. Tells which.
    pub(super) fn admit(&mut self) -> bool {
        let pod = PodWorker::view(&self.worker.pod);
        let is_over = pod.is_finished() || pod.metadata.deletion_timestamp.is_some();
        let known = self.node.admitted.contains(&self.worker.uid);
        let node = self.world.store.get(&ObjectKey::node(&self.node.name));
        // A kubelet that doesn't see its own Node asks nothing of it.
        let node = node.and_then(|node| node.node()).cloned();
        if let (Some(node), false, false) = (node, is_over, known)
            && let Some(rejection) = rejection(self.world, &self.node.admitted, &pod, &node)
        {
            self.reject(&rejection);
            return false;
        }
        self.node.admitted.insert(self.worker.uid);
        true
    }

    fn reject(&mut self, Rejection { reason, message }: &Rejection) {
        self.event("Warning", reason, message.clone(), None);
        let (key, now) = (self.worker.key.clone(), self.world.now());
        let generation = self.worker.pod.meta.generation;
        // Gone already: nobody is left to be told.
        let _ = self.world.patch(self.node.actor(), &key, |pod| {
            let class = pod.text_at(&["status", "qosClass"]).to_string();
            let mut status = fields! {
                "phase" => "Failed", "reason" => reason.as_str(),
                "message" => format!("Pod was rejected: {message}"),
                "startTime" => now.to_rfc3339(), "qosClass" => class,
            };
            if generation > 0 {
                status.set(&["observedGeneration"], generation);
            }
            pod.set(&["status"], status);
        });
        self.worker.stage = Stage::Finished;
    }
}

/// The first reason against it. Models `generalFilter`, and the check of taints beside it.
fn rejection(world: &World, admitted: &Set<Uid>, pod: &Pod, node: &Node) -> Option<Rejection> {
    let all = Resource::new(&node.status.allocatable);
    let (mut used, mut ports, mut pods) = (Resource::default(), UsedPorts::default(), 0);
    for (_, object) in world.store.list("Pod") {
        let is_here = Uid::parse(&object.meta.uid).is_some_and(|uid| admitted.contains(&uid));
        let Some(other) = object.pod().filter(|other| is_here && !other.is_finished()) else {
            continue;
        };
        pods += 1;
        used.add(&PodRequests::of(other).real, 1);
        host_ports(other).for_each(|port| ports.insert(port));
    }
    let wanted = PodRequests::of(pod).real;
    let short = |name: &str, wanted: i64, used: i64, all: i64| {
        let is_short = wanted > 0 && wanted > all.wrapping_sub(used);
        is_short.then(|| Rejection::resource(name, (wanted, used, all)))
    };
    // What the node doesn't offer at all is another component's business.
    let scalars = wanted
        .scalar
        .iter()
        .filter(|(name, _)| all.scalar.contains_key(*name));
    let scalar = |(name, amount): (&std::rc::Rc<str>, &i64)| {
        short(name, *amount, used.scalar(name), all.scalar(name))
    };
    let untolerated = node
        .spec
        .taints
        .iter()
        .any(|taint| &*taint.effect == "NoExecute" && !tolerates(&pod.spec.tolerations, taint));
    short("pods", 1, pods, all.pods)
        .or_else(|| short("cpu", wanted.milli_cpu, used.milli_cpu, all.milli_cpu))
        .or_else(|| short("memory", wanted.memory, used.memory, all.memory))
        .or_else(|| {
            let (wanted, used) = (wanted.ephemeral_storage, used.ephemeral_storage);
            short("ephemeral-storage", wanted, used, all.ephemeral_storage)
        })
        .or_else(|| scalars.into_iter().find_map(scalar))
        .or_else(|| {
            let why = "node(s) didn't match Pod's node affinity/selector";
            let matches = RequiredNodeAffinity::of(pod).matches(node);
            (!matches).then(|| Rejection::predicate("NodeAffinity", why))
        })
        .or_else(|| {
            let why = "node(s) didn't have free ports for the requested pod ports";
            let clashes = host_ports(pod).any(|port| ports.conflicts(port));
            clashes.then(|| Rejection::predicate("NodePorts", why))
        })
        .or_else(|| {
            let why = "node(s) had untolerated taint(s)";
            untolerated.then(|| Rejection::predicate("TaintToleration", why))
        })
}
