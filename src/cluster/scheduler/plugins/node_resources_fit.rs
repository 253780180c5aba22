//! NodeResourcesFit: a node must have what the Pod asks for, and the emptier it is, the better.
//! Models `pkg/scheduler/framework/plugins/noderesources/fit.go` and `least_allocated.go`.
//! Left out: the other scoring strategies, which only a scheduler configuration file can set;
//! extended resources that DRA serves.

use crate::api::node::Node;
use crate::cluster::scheduler::framework::{
    Code, Cycle, Filter, Fit, MAX_NODE_SCORE, Plugin, Waiting,
};
use crate::cluster::scheduler::framework::{PreFilter, PreScore, Reason, Score, Status};
use crate::cluster::scheduler::node_info::NodeInfo;
use crate::cluster::scheduler::queue::{Actions, ClusterEvent};
use crate::cluster::scheduler::resource::{CpuAndMemory, PodRequests, Resource};

/// See the head of this file.
pub struct NodeResourcesFit;

impl Plugin for NodeResourcesFit {
    fn name(&self) -> &'static str {
        "NodeResourcesFit"
    }

    fn pre_filter<'a>(&self, cycle: Cycle<'a>) -> PreFilter<'a> {
        PreFilter::Run(Box::new(Fits(&cycle.pod.requests.real)))
    }

    fn pre_score<'a>(&self, cycle: Cycle<'a>, _nodes: &[&'a NodeInfo]) -> PreScore<'a> {
        PreScore::Run(Box::new(LeastAllocated(cycle.pod.requests.scored)))
    }

    fn is_worth_requeuing(&self, waiting: Waiting, event: &ClusterEvent) -> bool {
        let nodes = event.of_node(Actions::ADD | Actions::UPDATE_NODE_ALLOCATABLE);
        if let Some((old, Some(new))) = nodes {
            let wanted = PodRequests::of(waiting.pod).real;
            let more = |old| offers_more(&wanted, old, new);
            return fits_empty(&wanted, new) && old.is_none_or(more);
        }
        match event.of_pod(Actions::DELETE | Actions::UPDATE_POD_SCALE_DOWN) {
            Some((Some(deleted), None)) => {
                !deleted.spec.node_name.is_empty() || !deleted.status.nominated_node_name.is_empty()
            }
            Some((Some(_), Some(smaller))) if waiting.is(smaller) => true,
            Some((Some(bigger), Some(smaller))) if !smaller.spec.node_name.is_empty() => {
                let [wanted, bigger, smaller] =
                    [waiting.pod, bigger, smaller].map(|pod| PodRequests::of(pod).real);
                any_less(&wanted, &smaller, &bigger)
            }
            _ => false,
        }
    }
}

/// Would the node do if no Pod were on it?
fn fits_empty(wanted: &Resource, node: &Node) -> bool {
    let empty = NodeInfo {
        allocatable: Resource::new(&node.status.allocatable),
        ..NodeInfo::default()
    };
    Fits(wanted).filter(&empty).is_ok()
}

/// Does the node offer more Pods, or more of what is wanted?
fn offers_more(wanted: &Resource, old: &Node, new: &Node) -> bool {
    let (old, new) = (&old.status.allocatable, &new.status.allocatable);
    let (old, new) = (Resource::new(old), Resource::new(new));
    new.pods > old.pods || any_less(wanted, &old, &new)
}

/// Is there less of anything that is wanted in `small` than in `big`?
fn any_less(wanted: &Resource, small: &Resource, big: &Resource) -> bool {
    let less = |wanted: i64, small: i64, big: i64| wanted > 0 && small < big;
    less(wanted.milli_cpu, small.milli_cpu, big.milli_cpu)
        || less(wanted.memory, small.memory, big.memory)
        || less(
            wanted.ephemeral_storage,
            small.ephemeral_storage,
            big.ephemeral_storage,
        )
        || wanted
            .scalar
            .iter()
            .any(|(name, amount)| less(*amount, small.scalar(name), big.scalar(name)))
}

#[derive(Clone)]
struct Fits<'a>(&'a Resource);

impl<'a> Filter<'a> for Fits<'a> {
    fn asks_the_node_alone(&self) -> bool {
        true
    }

    fn filter(&self, node: &NodeInfo) -> Fit {
        let (wanted, used, all) = (self.0, &node.requested, &node.allocatable);
        let enough = wanted.milli_cpu <= all.milli_cpu.wrapping_sub(used.milli_cpu)
            && wanted.memory <= all.memory.wrapping_sub(used.memory)
            && wanted.ephemeral_storage
                <= all.ephemeral_storage.wrapping_sub(used.ephemeral_storage);
        if enough && wanted.scalar.is_empty() && (node.pods.len() as i64) < all.pods {
            return Ok(());
        }
        insufficient(wanted, node)
    }
}

/// Where more is asked for than the node has in all, removing Pods doesn't help.
fn insufficient(wanted: &Resource, node: &NodeInfo) -> Fit {
    let mut code = Code::Unschedulable;
    // Almost always there is one, and on thousands of nodes.
    let (mut first, mut more) = (None, Vec::new());
    for_each_lack(wanted, node, &mut |lack| {
        if lack.unresolvable {
            code = Code::UnschedulableAndUnresolvable;
        }
        match first {
            None => first = Some(lack.reason),
            Some(_) => more.push(lack.reason),
        }
    });
    match first {
        None => Ok(()),
        Some(first) => Err(Status::because(code, first, more)),
    }
}

/// A resource of which a node has too little. Models `InsufficientResource`.
pub struct InsufficientResource {
    /// `cpu`, `pods` …
    pub name: Reason,
    /// `Insufficient cpu`, `Too many pods` …
    pub reason: Reason,
    /// How much is asked for: thousandths of processors, bytes, pieces.
    pub requested: i64,
    /// How much the node's Pods have.
    pub used: i64,
    /// How much the node has in all.
    pub capacity: i64,
    /// Would it be too little on an empty node as well?
    pub unresolvable: bool,
}

/// Everything that the node has too little of.
pub fn insufficient_resources(wanted: &Resource, node: &NodeInfo) -> Vec<InsufficientResource> {
    let mut lacking = Vec::new();
    for_each_lack(wanted, node, &mut |lack| lacking.push(lack));
    lacking
}

/// Tells what the node has too little of. Models `fitsRequest`.
fn for_each_lack(wanted: &Resource, node: &NodeInfo, tell: &mut dyn FnMut(InsufficientResource)) {
    let (used, all) = (&node.requested, &node.allocatable);
    let on_node = node.pods.len() as i64;
    if on_node + 1 > all.pods {
        tell(InsufficientResource {
            name: "pods".into(),
            reason: "Too many pods".into(),
            requested: 1,
            used: on_node,
            capacity: all.pods,
            unresolvable: false,
        });
    }
    let mut check = |requested: i64, used: i64, capacity: i64, text: &dyn Fn() -> [Reason; 2]| {
        if requested > 0 && requested > capacity.wrapping_sub(used) {
            let [name, reason] = text();
            tell(InsufficientResource {
                name,
                reason,
                requested,
                used,
                capacity,
                unresolvable: requested > capacity,
            });
        }
    };
    check(wanted.milli_cpu, used.milli_cpu, all.milli_cpu, &|| {
        ["cpu".into(), "Insufficient cpu".into()]
    });
    check(wanted.memory, used.memory, all.memory, &|| {
        ["memory".into(), "Insufficient memory".into()]
    });
    check(
        wanted.ephemeral_storage,
        used.ephemeral_storage,
        all.ephemeral_storage,
        &|| {
            let reason = "Insufficient ephemeral-storage";
            ["ephemeral-storage".into(), reason.into()]
        },
    );
    for (name, amount) in &wanted.scalar {
        check(*amount, used.scalar(name), all.scalar(name), &|| {
            let reason = format!("Insufficient {name}");
            [name.to_string().into(), reason.into()]
        });
    }
}

/// Mean of what would be left of CPU and of memory, in percent.
struct LeastAllocated(CpuAndMemory);

impl Score for LeastAllocated {
    fn score(&self, _index: usize, node: &NodeInfo) -> i64 {
        let (used, all) = (&node.non_zero_requested, &node.allocatable);
        let cpu = left(used.milli_cpu.wrapping_add(self.0.milli_cpu), all.milli_cpu);
        let memory = left(used.memory.wrapping_add(self.0.memory), all.memory);
        match (cpu, memory) {
            (Some(cpu), Some(memory)) => (cpu + memory) / 2,
            (one, other) => one.or(other).unwrap_or(0),
        }
    }
}

/// What is left, in percent; `None` if the node has nothing of it at all.
fn left(requested: i64, capacity: i64) -> Option<i64> {
    match capacity {
        0 => None,
        _ if requested > capacity => Some(0),
        _ => Some(
            capacity
                .wrapping_sub(requested)
                .wrapping_mul(MAX_NODE_SCORE)
                / capacity,
        ),
    }
}

#[cfg(test)]
mod tests {
    use crate::cluster::scheduler::framework::Code;
    use crate::cluster::scheduler::test_support::{Cluster, pod_info};

    const NODE: &str = "status: {allocatable: {cpu: '2', memory: 4Gi, pods: '2', a.io/gpu: '1'}}";

    #[test]
    fn a_node_says_everything_that_it_has_too_little_of() {
        use Code::{Unschedulable, UnschedulableAndUnresolvable};
        for (requests, code, reasons) in [
            ("{cpu: 1001m}", Unschedulable, "Insufficient cpu"),
            (
                "{cpu: '3'}",
                UnschedulableAndUnresolvable,
                "Insufficient cpu",
            ),
            (
                "{cpu: '2', memory: 5Gi}",
                UnschedulableAndUnresolvable,
                "Insufficient cpu, Insufficient memory",
            ),
            (
                "{a.io/gpu: '2', b.io/x: '1'}",
                UnschedulableAndUnresolvable,
                "Insufficient a.io/gpu, Insufficient b.io/x",
            ),
        ] {
            let cluster = Cluster::new(&[NODE]).with_pod("other", 0, &asking("{cpu: '1'}"));
            let decision = cluster.decide(&pod_info("p", &asking(requests)));
            let status = &decision.rejected.of("node-1").expect("it is full").status;
            assert_eq!(
                (status.code, &*status.message()),
                (code, reasons),
                "{requests}"
            );
        }
    }

    #[test]
    fn a_node_takes_only_so_many_pods() {
        let cluster = Cluster::new(&[NODE])
            .with_pod("a", 0, "{}")
            .with_pod("b", 0, "{}");
        let decision = cluster.decide(&pod_info("p", "{}"));
        let said = decision.rejected.of("node-1").expect("it is full");
        assert_eq!(said.status.message(), "Too many pods");
    }

    fn asking(requests: &str) -> String {
        format!("{{containers: [{{name: c, resources: {{requests: {requests}}}}}]}}")
    }
}
