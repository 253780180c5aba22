//! NodePorts: two Pods can't have the same port of one node.
//! Models `pkg/scheduler/framework/plugins/nodeports/node_ports.go`.

use crate::api::pod::{ContainerPort, Pod};
use crate::cluster::scheduler::framework::{
    Cycle, Filter, Fit, Plugin, PreFilter, Status, Waiting,
};
use crate::cluster::scheduler::node_info::{NodeInfo, UsedPorts, host_ports};
use crate::cluster::scheduler::queue::{Actions, ClusterEvent};

/// Why a node won't do.
pub const ERR_REASON: &str = "node(s) didn't have free ports for the requested pod ports";

/// See the head of this file.
pub struct NodePorts;

impl Plugin for NodePorts {
    fn name(&self) -> &'static str {
        "NodePorts"
    }

    fn pre_filter<'a>(&self, cycle: Cycle<'a>) -> PreFilter<'a> {
        let wanted: Vec<_> = host_ports(&cycle.pod.pod).collect();
        match wanted.is_empty() {
            true => PreFilter::Skip,
            false => PreFilter::Run(Box::new(Wanted(wanted))),
        }
    }

    fn is_worth_requeuing(&self, waiting: Waiting, event: &ClusterEvent) -> bool {
        if event.of_node(Actions::ADD).is_some() {
            return true;
        }
        let Some((Some(deleted), _)) = event.of_pod(Actions::DELETE) else {
            return false;
        };
        let had_a_node =
            !deleted.spec.node_name.is_empty() || !deleted.status.nominated_node_name.is_empty();
        let mut freed = UsedPorts::default();
        host_ports(deleted).for_each(|port| freed.insert(port));
        had_a_node && host_ports(waiting.pod).any(|port| freed.conflicts(port))
    }
}

/// Are all ports of the node that `pod` wants free?
pub fn fits(pod: &Pod, node: &NodeInfo) -> bool {
    !host_ports(pod).any(|port| node.used_ports.conflicts(port))
}

#[derive(Clone)]
struct Wanted<'a>(Vec<&'a ContainerPort>);

impl<'a> Filter<'a> for Wanted<'a> {
    fn asks_the_node_alone(&self) -> bool {
        true
    }

    fn filter(&self, node: &NodeInfo) -> Fit {
        if self.0.iter().any(|port| node.used_ports.conflicts(port)) {
            return Err(Status::unschedulable(ERR_REASON));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::cluster::scheduler::test_support::{Cluster, pod_info};

    #[test]
    fn one_port_of_a_node_is_one_pods() {
        let ports = |ports: &str| format!("{{containers: [{{name: c, ports: [{ports}]}}]}}");
        let taken = ports("{containerPort: 80, hostPort: 80, hostIP: 10.0.0.1}");
        for (wanted, fits) in [
            ("{containerPort: 80}", true),
            ("{containerPort: 80, hostPort: 80}", false),
            ("{containerPort: 80, hostPort: 80, protocol: UDP}", true),
            ("{containerPort: 80, hostPort: 80, hostIP: 10.0.0.2}", true),
            ("{containerPort: 80, hostPort: 80, hostIP: 10.0.0.1}", false),
            ("{containerPort: 80, hostPort: 81}", true),
        ] {
            let cluster = Cluster::new(&["{}"]).with_pod("other", 0, &taken);
            let decision = cluster.decide(&pod_info("p", &ports(wanted)));
            assert_eq!(decision.rejected.is_empty(), fits, "{wanted}");
        }
    }
}
