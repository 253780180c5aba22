//! May a Pod come in? Models `pkg/kubelet/lifecycle/predicate.go`, `canAdmitPod` of
//! `pkg/kubelet/allocation` and `rejectPod` of `pkg/kubelet/kubelet.go`.
//!
//! Who is bound here by the scheduler nearly always fits; who names its node itself is asked here
//! for the first time. A Pod is asked once, when the kubelet hears of it; one that is refused has
//! failed for good, and its place isn't counted.
//!
//! Left out: sysctls, AppArmor, groups and node features (no container here has any).

use std::rc::Rc;

use super::pod_status::{Phase, PodStatus};
use super::pod_worker::{PodWorker, Stage};
use super::preemption::{Requirement, pods_to_preempt};
use super::{Kubelet, Turn};
use crate::api::node::Node;
use crate::api::pod::Pod;
use crate::api::{Object, ObjectKey, Uid};
use crate::cluster::World;
use crate::cluster::scheduler::node_info::{NodeInfo, PodInfo};
use crate::cluster::scheduler::plugins::{RequiredNodeAffinity, checks};
use crate::cluster::scheduler::resource::{PodRequests, Resource};

/// Why a Pod may not come in.
#[derive(Debug, PartialEq)]
pub(super) struct Refusal {
    /// `OutOfcpu` …
    reason: String,
    /// The same in a sentence.
    message: String,
}

/// What a Pod is told that comes.
pub(super) enum Admission {
    /// It comes in, or was asked before.
    Comes,
    /// It comes in once these are gone.
    NeedsRoom(Vec<Rc<PodInfo>>),
    /// It has failed.
    Refused(Refusal),
}

impl Refusal {
    /// `OutOfcpu` …
    pub(super) fn reason(&self) -> &str {
        &self.reason
    }

    /// The same in a sentence.
    pub(super) fn message(&self) -> &str {
        &self.message
    }
}

/// One thing that speaks against a Pod. Models `PredicateFailureReason`.
enum Failure {
    /// The node has too little of something.
    Resource(checks::InsufficientResource),
    /// A plugin says no: its name, and why.
    Predicate(&'static str, &'static str),
}

impl Kubelet {
    /// May a Pod that comes now come in? Models the beginning of `HandlePodAdditions`.
    pub(super) fn admission(&self, world: &World, uid: Uid) -> Admission {
        let worker = self.workers.get(&uid).filter(|worker| worker.is_new());
        let object = worker.and_then(|worker| match worker.is_static {
            true => self.node.static_pods.get(uid),
            false => world.seen_by(&self.node.name).get(&worker.key),
        });
        let object = object.filter(|object| Uid::parse(&object.meta.uid) == Some(uid));
        let Some(object) = object else {
            return Admission::Comes;
        };
        let pod = PodWorker::view(object);
        if pod.is_finished() {
            return Admission::Comes;
        }
        match self.node.eviction.refuses(&pod) {
            Some(refusal) => Admission::Refused(refusal),
            None => self.room_for(world, uid, object),
        }
    }

    /// Is there room for a Pod that asks for this? Models `canAdmitPod`.
    pub(super) fn room_for(&self, world: &World, uid: Uid, object: &Rc<Object>) -> Admission {
        let pod = PodWorker::view(object);
        let Some(node) = self.known_node(world) else {
            let why = refusal("InvalidNodeInfo", "Kubelet cannot get node info.");
            return Admission::Refused(why);
        };
        let others = self.workers.values();
        let others = others.filter(|other| other.uid != uid && other.takes_up_room());
        // Only who waits for other resources asks for anything else than was promised.
        let others = others.map(|other| match other.resize.pending {
            Some(_) => PodWorker::view(&other.allocated_pod()),
            None => PodWorker::view(&other.pod),
        });
        match admit(&pod, node, others) {
            Ok(victims) if victims.is_empty() => Admission::Comes,
            Ok(victims) => Admission::NeedsRoom(victims),
            Err(refusal) => Admission::Refused(refusal),
        }
    }

    /// Its Node as the API has it, or as it would register it. Models `GetCachedNode`.
    fn known_node(&self, world: &World) -> Option<Rc<Node>> {
        let seen = world.seen_by(&self.node.name);
        if let Some(node) = seen.get(&ObjectKey::node(&self.node.name)) {
            return node.node().cloned();
        }
        let machine = world.machines.get(&self.node.name)?;
        let node = self.node.node(machine, &world.now().to_rfc3339());
        Object::new(node).ok()?.node().cloned()
    }
}

impl PodWorker {
    /// Is it counted when another Pod asks for room? Models `isPodInactive`.
    pub(super) fn takes_up_room(&self) -> bool {
        if self.is_new() || self.removed || self.stage >= Stage::Terminated {
            return false;
        }
        let told = self.told.as_ref();
        let is_over = PodWorker::view(&self.pod).is_finished()
            || told.is_some_and(|told| told.status.phase.is_terminal());
        !is_over || self.stage > Stage::Syncing
    }
}

impl Turn<'_> {
    /// The Pod has failed before anything of it began. Models `rejectPod`.
    pub(super) fn reject(&mut self, refusal: &Refusal) {
        self.event("Warning", &refusal.reason, refusal.message.clone(), None);
        self.set_pod_status(PodStatus {
            phase: Phase::Failed,
            reason: refusal.reason.as_str().into(),
            message: format!("Pod was rejected: {}", refusal.message).into(),
            ..PodStatus::default()
        });
        if self.worker.pod.meta.deletion_timestamp.is_some() {
            // Nothing else will come that lets go of it. Upstream's housekeeping does.
            self.update_pod();
        }
    }
}

/// The Pods that have to go before `pod` comes in, mostly none. Models `predicateAdmitHandler.Admit`.
fn admit(
    pod: &Rc<Pod>,
    node: Rc<Node>,
    others: impl Iterator<Item = Rc<Pod>>,
) -> Result<Vec<Rc<PodInfo>>, Refusal> {
    // Every node here runs Linux, whatever its labels say.
    let os_label = pod.metadata.labels.get("kubernetes.io/os");
    if os_label.is_some_and(|os| &**os != "linux") {
        return Err(refusal(
            "PodOSSelectorNodeLabelDoesNotMatch",
            "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label",
        ));
    }
    if !matches!(&*pod.spec.os.name, "" | "linux") {
        return Err(refusal(
            "PodOSNotSupported",
            "Failed to admit pod as the OS field doesn't match node OS",
        ));
    }
    let mut info = NodeInfo::default();
    info.set_node(node, Rc::default());
    for other in others {
        info.add_pod(Rc::new(PodInfo::counted(other)));
    }
    let mut failures = failures(pod, &info);
    if is_critical(pod) {
        let victims = make_room(pod, &info, &mut failures)?;
        if !victims.is_empty() {
            return Ok(victims);
        }
    }
    // Only the first counts.
    Err(match failures.into_iter().next() {
        None => return Ok(Vec::new()),
        Some(Failure::Resource(lack)) => Refusal {
            reason: format!("OutOf{}", lack.name),
            message: format!(
                "Node didn't have enough resource: {}, requested: {}, used: {}, capacity: {}",
                lack.name, lack.requested, lack.used, lack.capacity
            ),
        },
        Some(Failure::Predicate(name, why)) => {
            refusal(name, &format!("Predicate {name} failed: {why}"))
        }
    })
}

/// Everything that speaks against `pod`. Models `generalFilter`; its question for the node's name is
/// missing, since a kubelet hears only of Pods that are bound to its own.
fn failures(pod: &Pod, node: &NodeInfo) -> Vec<Failure> {
    let mut wanted = PodRequests::real_of(pod);
    ignore_unknown(&mut wanted, &node.allocatable);
    let lacking = checks::insufficient_resources(&wanted, node);
    let mut failures: Vec<Failure> = lacking.into_iter().map(Failure::Resource).collect();
    let mut check = |fits: bool, name, why| {
        if !fits {
            failures.push(Failure::Predicate(name, why));
        }
    };
    let selected = RequiredNodeAffinity::of(pod).matches(&node.node);
    check(selected, "NodeAffinity", checks::ERR_REASON_AFFINITY);
    let ports_free = checks::ports_fit(pod, node);
    check(ports_free, "NodePorts", checks::ERR_REASON_PORTS);
    // A taint that only keeps the scheduler away is no matter of the kubelet's.
    let borne = node.node.spec.taints.iter().all(|taint| {
        &*taint.effect != "NoExecute" || checks::tolerates(&pod.spec.tolerations, taint)
    });
    check(borne, "TaintToleration", checks::ERR_REASON_TAINT);
    failures
}

/// Extended resources that the node doesn't know may be the cluster's as a whole: they aren't asked
/// for. Models `removeMissingExtendedResources`.
fn ignore_unknown(wanted: &mut Resource, allocatable: &Resource) {
    let is_unknown = |name: &Rc<str>| {
        let is_extended = name.contains('/') && !name.contains("kubernetes.io/");
        is_extended && !allocatable.scalar.contains_key(name)
    };
    let unknown = wanted.scalar.keys().filter(|name| is_unknown(name));
    let unknown: Vec<Rc<str>> = unknown.cloned().collect();
    for name in &unknown {
        wanted.scalar.remove(name);
    }
}

/// The least priority of a critical Pod. `SystemCriticalPriority`, `pkg/apis/scheduling`.
const SYSTEM_CRITICAL_PRIORITY: i64 = 2_000_000_000;

pub(super) fn is_critical(pod: &Pod) -> bool {
    pod.spec.priority >= SYSTEM_CRITICAL_PRIORITY
}

/// Against a critical Pod everything else speaks before a lack of resources. If that is all, others make
/// room; a lack that no eviction could mend is an error of its own. Models `HandleAdmissionFailure`.
fn make_room(
    pod: &Pod,
    node: &NodeInfo,
    failures: &mut Vec<Failure>,
) -> Result<Vec<Rc<PodInfo>>, Refusal> {
    if failures.iter().any(|f| matches!(f, Failure::Predicate(..))) {
        failures.retain(|failure| matches!(failure, Failure::Predicate(..)));
        return Ok(Vec::new());
    }
    let requirements: Vec<Requirement> = failures
        .iter()
        .filter_map(|failure| match failure {
            Failure::Resource(lack) => Some(Requirement {
                name: (&*lack.name).into(),
                quantity: lack.requested - (lack.capacity - lack.used),
            }),
            Failure::Predicate(..) => None,
        })
        .collect();
    pods_to_preempt(pod, &node.pods, &requirements).map_err(|why| {
        let message = format!(
            "Unexpected error while attempting to recover from admission failure: preemption: \
             error finding a set of pods to preempt: {why}"
        );
        refusal("UnexpectedAdmissionError", &message)
    })
}

/// How much of a resource one Pod asks for. Models `GetResourceRequest`.
pub(super) fn amount(requests: &Resource, name: &str) -> i64 {
    match name {
        "pods" => 1,
        "cpu" => requests.milli_cpu,
        "memory" => requests.memory,
        "ephemeral-storage" => requests.ephemeral_storage,
        scalar => requests.scalar(scalar),
    }
}

pub(super) fn refusal(reason: &str, message: &str) -> Refusal {
    Refusal {
        reason: reason.into(),
        message: message.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::scheduler::test_support::{Cluster, pod};

    const NODE: &str = "{metadata: {labels: {disk: ssd}}, \
        spec: {taints: [{key: soft, effect: NoSchedule}, {key: hard, effect: NoExecute}]}, \
        status: {allocatable: {cpu: '2', memory: 4Gi, pods: '3', a.io/gpu: '1'}}}";

    /// What the node says to a Pod with this spec that bears its taints, if one with `other` is there.
    fn answer(other: &str, spec: &str) -> Option<Refusal> {
        let cluster = Cluster::new(&[NODE]);
        let node = cluster.0.node("node-1").expect("it is there").node.clone();
        let mut asks = pod("p", spec);
        if asks.spec.tolerations.is_empty() {
            asks.spec.tolerations = vec![Default::default()];
            asks.spec.tolerations[0].operator = "Exists".into();
        }
        let others = other.split(';').filter(|spec| !spec.is_empty());
        let others = others.map(|spec| {
            let mut other = pod("other", spec);
            other.status.qos_class = "Burstable".into();
            Rc::new(other)
        });
        admit(&Rc::new(asks), node, others).err()
    }

    fn asking(requests: &str) -> String {
        format!("{{containers: [{{name: c, resources: {{requests: {requests}}}}}]}}")
    }

    #[test]
    fn too_little_is_told_in_numbers() {
        for (other, wanted, reason, numbers) in [
            (
                "",
                "{cpu: 2500m}",
                "cpu",
                "requested: 2500, used: 0, capacity: 2000",
            ),
            (
                "{cpu: 1500m}",
                "{cpu: '1'}",
                "cpu",
                "requested: 1000, used: 1500, capacity: 2000",
            ),
            (
                "{memory: 3Gi}",
                "{memory: 2Gi}",
                "memory",
                "requested: 2147483648, used: 3221225472, capacity: 4294967296",
            ),
            (
                "{a.io/gpu: '1'}",
                "{a.io/gpu: '1'}",
                "a.io/gpu",
                "requested: 1, used: 1, capacity: 1",
            ),
            (
                "",
                "{cpu: '9', memory: 9Gi}",
                "cpu",
                "requested: 9000, used: 0, capacity: 2000",
            ),
        ] {
            let expected = Refusal {
                reason: format!("OutOf{reason}"),
                message: format!("Node didn't have enough resource: {reason}, {numbers}"),
            };
            let other = if other.is_empty() {
                String::new()
            } else {
                asking(other)
            };
            assert_eq!(answer(&other, &asking(wanted)), Some(expected), "{wanted}");
        }
    }

    #[test]
    fn a_full_node_takes_no_further_pod() {
        assert_eq!(answer("{};{}", "{}"), None);
        let refused = answer("{};{};{}", "{}").expect("there are three already");
        assert_eq!(refused.reason, "OutOfpods");
        assert!(
            refused
                .message
                .ends_with("pods, requested: 1, used: 3, capacity: 3")
        );
    }

    #[test]
    fn the_first_thing_that_speaks_against_a_pod_is_told() {
        let port = "containers: [{name: c, ports: [{containerPort: 80, hostPort: 80}]}]";
        let alone = format!("{{{port}}}");
        let bears_soft = "tolerations: [{key: soft, operator: Exists}]";
        let bears_hard = "tolerations: [{key: hard, operator: Exists}]";
        for (spec, expected) in [
            (alone.clone(), "NodePorts"),
            (
                format!("{{{port}, nodeSelector: {{disk: hdd}}}}"),
                "NodeAffinity",
            ),
            (format!("{{{bears_soft}}}"), "TaintToleration"),
            (format!("{{{bears_hard}}}"), ""),
            ("{os: {name: windows}}".into(), "PodOSNotSupported"),
            ("{os: {name: linux}, nodeSelector: {disk: ssd}}".into(), ""),
            (asking("{b.io/fpga: '1'}"), ""),
        ] {
            let refused = answer(&alone, &spec).map_or(String::new(), |refused| refused.reason);
            assert_eq!(refused, expected, "{spec}");
        }
    }

    #[test]
    fn a_predicate_is_told_in_the_kubelets_own_words() {
        let port = "{containers: [{name: c, ports: [{containerPort: 80, hostPort: 80}]}]}";
        for (spec, expected) in [
            (
                "{nodeSelector: {disk: hdd}}",
                "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
            ),
            (
                port,
                "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod \
                 ports",
            ),
            (
                "{tolerations: [{key: soft, operator: Exists}]}",
                "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate",
            ),
        ] {
            let refused = answer(port, spec).expect("it is refused");
            assert_eq!(refused.message, expected, "{spec}");
        }
    }

    #[test]
    fn no_eviction_would_mend_what_a_critical_pod_lacks() {
        let critical = |wanted: &str, more: &str| {
            let asks = asking(wanted);
            let spec = format!("{}, priority: 2000000000{more}}}", &asks[..asks.len() - 1]);
            answer(&asking("{cpu: '1'}"), &spec)
        };
        let refused = critical("{cpu: '100'}", "").expect("too much is lacking");
        assert_eq!(refused.reason, "UnexpectedAdmissionError");
        let end = "no set of running pods found to reclaim resources: [(res: cpu, q: 98000), ]";
        assert!(refused.message.ends_with(end), "{}", refused.message);
        let refused = critical("{cpu: '100'}", ", nodeSelector: {disk: hdd}");
        assert_eq!(refused.expect("it is elsewhere").reason, "NodeAffinity");
        assert_eq!(critical("{cpu: '2'}", ""), None);
    }
}
