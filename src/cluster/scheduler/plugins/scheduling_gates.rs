//! SchedulingGates: a Pod with a scheduling gate waits outside the queue.
//! Models `pkg/scheduler/framework/plugins/schedulinggates/scheduling_gates.go`.

use crate::api::pod::Pod;
use crate::cluster::scheduler::framework::{Fit, Plugin, Status, Waiting};
use crate::cluster::scheduler::queue::{Actions, ClusterEvent};

/// See the head of this file.
pub struct SchedulingGates;

impl Plugin for SchedulingGates {
    fn name(&self) -> &'static str {
        "SchedulingGates"
    }

    fn pre_enqueue(&self, pod: &Pod) -> Fit {
        if pod.spec.scheduling_gates.is_empty() {
            return Ok(());
        }
        let gates = pod.spec.scheduling_gates.iter();
        let names: Vec<&str> = gates.map(|gate| &*gate.name).collect();
        Err(Status::unresolvable(format!(
            "waiting for scheduling gates: [{}]",
            names.join(" ")
        )))
    }

    fn is_worth_requeuing(&self, waiting: Waiting, event: &ClusterEvent) -> bool {
        let opened = event.of_pod(Actions::UPDATE_POD_GATES_ELIMINATED);
        opened.is_some_and(|(_, new)| new.is_some_and(|new| waiting.is(new)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::scheduler::test_support::pod;

    #[test]
    fn a_gated_pod_says_what_it_waits_for() {
        let gated = pod("p", "{schedulingGates: [{name: b}, {name: a.io/x}]}");
        let status = SchedulingGates.pre_enqueue(&gated).unwrap_err();
        assert_eq!(status.message(), "waiting for scheduling gates: [b a.io/x]");
        assert_eq!(SchedulingGates.pre_enqueue(&pod("p", "{}")), Ok(()));
    }
}
