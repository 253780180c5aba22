//! NodeUnschedulable: no Pod goes to a cordoned node, unless it bears that.
//! Models `pkg/scheduler/framework/plugins/nodeunschedulable/node_unschedulable.go`.

use super::taint_toleration::tolerates;
use crate::api::node::Taint;
use crate::api::pod::Pod;
use crate::cluster::scheduler::framework::{
    Cycle, Filter, Fit, Plugin, PreFilter, Status, Waiting,
};
use crate::cluster::scheduler::node_info::NodeInfo;
use crate::cluster::scheduler::queue::{Actions, ClusterEvent};

const ERR_REASON_UNSCHEDULABLE: &str = "node(s) were unschedulable";

/// See the head of this file.
pub struct NodeUnschedulable;

impl Plugin for NodeUnschedulable {
    fn name(&self) -> &'static str {
        "NodeUnschedulable"
    }

    fn pre_filter<'a>(&self, cycle: Cycle<'a>) -> PreFilter<'a> {
        PreFilter::Run(Box::new(Bears(bears_cordon(&cycle.pod.pod))))
    }

    fn is_worth_requeuing(&self, waiting: Waiting, event: &ClusterEvent) -> bool {
        let nodes = event.of_node(Actions::ADD | Actions::UPDATE_NODE_TAINT);
        if let Some((old, Some(new))) = nodes {
            let was_open = old.is_some_and(|old| !old.spec.unschedulable);
            return !new.spec.unschedulable && !was_open;
        }
        let pods = event.of_pod(Actions::UPDATE_POD_TOLERATION);
        pods.is_some_and(|(_, new)| new.is_some_and(|new| waiting.is(new) && bears_cordon(new)))
    }
}

/// Does the Pod tolerate the taint that stands for a cordon?
fn bears_cordon(pod: &Pod) -> bool {
    let cordon = Taint {
        key: "node.kubernetes.io/unschedulable".into(),
        effect: "NoSchedule".into(),
        ..Taint::default()
    };
    tolerates(&pod.spec.tolerations, &cordon)
}

#[derive(Clone)]
struct Bears(bool);

impl<'a> Filter<'a> for Bears {
    fn asks_the_node_alone(&self) -> bool {
        true
    }

    fn filter(&self, node: &NodeInfo) -> Fit {
        if node.is_choosy && node.node.spec.unschedulable && !self.0 {
            return Err(Status::unresolvable(ERR_REASON_UNSCHEDULABLE));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::cluster::scheduler::test_support::rejections;

    #[test]
    fn only_a_pod_that_bears_it_goes_to_a_cordoned_node() {
        for (node, pod, expected) in [
            ("spec: {unschedulable: true}", "{}", "NodeUnschedulable"),
            ("spec: {unschedulable: false}", "{}", ""),
            (
                "spec: {unschedulable: true}",
                "{tolerations: [{operator: Exists, key: node.kubernetes.io/unschedulable}]}",
                "",
            ),
        ] {
            assert_eq!(rejections(&[node], pod), [expected], "{node} {pod}");
        }
    }
}
