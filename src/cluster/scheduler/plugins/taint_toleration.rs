//! TaintToleration: a taint keeps Pods away that don't bear it, or makes a node less liked.
//! Models `pkg/scheduler/framework/plugins/tainttoleration/taint_toleration.go`.
//! Left out: the operators Lt and Gt, which are off by default.

use std::rc::Rc;

use crate::api::node::Taint;
use crate::api::placement::Toleration;
use crate::cluster::scheduler::framework::{
    Cycle, Filter, Fit, Plugin, PreFilter, PreScore, Waiting,
};
use crate::cluster::scheduler::framework::{Score, Status, default_normalize};
use crate::cluster::scheduler::node_info::NodeInfo;
use crate::cluster::scheduler::queue::{Actions, ClusterEvent};

/// Why a node won't do, as the kubelet says it.
pub const ERR_REASON_NOT_MATCH: &str = "node(s) had taints that the pod didn't tolerate";
/// Why a node won't do, as this plugin says it: upstream's `Filter` has a text of its own.
const UNTOLERATED: &str = "node(s) had untolerated taint(s)";

/// See the head of this file.
pub struct TaintToleration;

impl Plugin for TaintToleration {
    fn name(&self) -> &'static str {
        "TaintToleration"
    }

    fn weight(&self) -> i64 {
        3
    }

    fn pre_filter<'a>(&self, cycle: Cycle<'a>) -> PreFilter<'a> {
        PreFilter::Run(Box::new(Tolerations(&cycle.pod.pod.spec.tolerations)))
    }

    fn pre_score<'a>(&self, cycle: Cycle<'a>, _nodes: &[&'a NodeInfo]) -> PreScore<'a> {
        PreScore::Run(Box::new(Tolerations(&cycle.pod.pod.spec.tolerations)))
    }

    fn is_worth_requeuing(&self, waiting: Waiting, event: &ClusterEvent) -> bool {
        let bears = |taints: &[Taint]| !is_kept_away(taints, &waiting.pod.spec.tolerations);
        let nodes = event.of_node(Actions::ADD | Actions::UPDATE_NODE_TAINT);
        if let Some((old, Some(new))) = nodes {
            return bears(&new.spec.taints) && !old.is_some_and(|old| bears(&old.spec.taints));
        }
        let pods = event.of_pod(Actions::UPDATE_POD_TOLERATION);
        pods.is_some_and(|(_, new)| new.is_some_and(|new| waiting.is(new)))
    }
}

/// Does one of the tolerations bear the taint? Models `TolerationsTolerateTaint`.
pub fn tolerates(tolerations: &[Toleration], taint: &Taint) -> bool {
    tolerations.iter().any(|toleration| {
        let any_or = |wanted: &Rc<str>, found: &Rc<str>| wanted.is_empty() || wanted == found;
        any_or(&toleration.effect, &taint.effect)
            && any_or(&toleration.key, &taint.key)
            && match &*toleration.operator {
                "" | "Equal" => toleration.value == taint.value,
                "Exists" => true,
                _ => false,
            }
    })
}

/// Is there a taint that forbids the Pod the node?
pub fn is_kept_away(taints: &[Taint], tolerations: &[Toleration]) -> bool {
    taints.iter().any(|taint| {
        matches!(&*taint.effect, "NoSchedule" | "NoExecute") && !tolerates(tolerations, taint)
    })
}

#[derive(Clone)]
struct Tolerations<'a>(&'a [Toleration]);

impl<'a> Filter<'a> for Tolerations<'a> {
    fn asks_the_node_alone(&self) -> bool {
        true
    }

    fn filter(&self, node: &NodeInfo) -> Fit {
        if node.is_choosy && is_kept_away(&node.node.spec.taints, self.0) {
            return Err(Status::unresolvable(UNTOLERATED));
        }
        Ok(())
    }
}

/// Counts the taints that the Pod would rather not have; the fewer, the better.
impl Score for Tolerations<'_> {
    fn score(&self, _index: usize, node: &NodeInfo) -> i64 {
        let disliked = node
            .node
            .spec
            .taints
            .iter()
            .filter(|taint| &*taint.effect == "PreferNoSchedule" && !tolerates(self.0, taint));
        disliked.count() as i64
    }

    fn normalize(&self, scores: &mut [i64]) {
        default_normalize(scores, true);
    }
}

#[cfg(test)]
mod tests {
    use crate::cluster::scheduler::test_support::rejections;

    #[test]
    fn a_taint_is_borne_by_key_value_and_effect() {
        let node = "spec: {taints: [{key: gpu, value: 'yes', effect: NoSchedule}]}";
        for (tolerations, fits) in [
            ("[]", false),
            ("[{key: gpu, operator: Exists}]", true),
            ("[{key: gpu, value: 'yes'}]", true),
            ("[{key: gpu, value: 'no'}]", false),
            ("[{key: gpu, operator: Exists, effect: NoExecute}]", false),
            ("[{operator: Exists}]", true),
            ("[{key: gpu, operator: Gt, value: '1'}]", false),
        ] {
            let expected = if fits { "" } else { "TaintToleration" };
            let pod = format!("{{tolerations: {tolerations}}}");
            assert_eq!(rejections(&[node], &pod), [expected], "{tolerations}");
        }
    }

    #[test]
    fn a_taint_that_only_asks_keeps_nobody_away() {
        let node = "spec: {taints: [{key: old, effect: PreferNoSchedule}]}";
        assert_eq!(rejections(&[node], "{}"), [""]);
    }
}
