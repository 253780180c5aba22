//! NodeName: a Pod that names its node goes there or nowhere.
//! Models `pkg/scheduler/framework/plugins/nodename/node_name.go`. Such a Pod is bound already and
//! never queued; the filter matters where it is asked what would happen.

use std::rc::Rc;

use crate::cluster::scheduler::framework::{
    Cycle, Filter, Fit, Plugin, PreFilter, Status, Waiting,
};
use crate::cluster::scheduler::node_info::NodeInfo;
use crate::cluster::scheduler::queue::{Actions, ClusterEvent};

const ERR_REASON: &str = "node(s) didn't match the requested node name";

/// See the head of this file.
pub struct NodeName;

impl Plugin for NodeName {
    fn name(&self) -> &'static str {
        "NodeName"
    }

    fn pre_filter<'a>(&self, cycle: Cycle<'a>) -> PreFilter<'a> {
        PreFilter::Run(Box::new(Named(&cycle.pod.pod.spec.node_name)))
    }

    fn is_worth_requeuing(&self, _waiting: Waiting, event: &ClusterEvent) -> bool {
        event.of_node(Actions::ADD).is_some()
    }
}

#[derive(Clone)]
struct Named<'a>(&'a Rc<str>);

impl<'a> Filter<'a> for Named<'a> {
    fn asks_the_node_alone(&self) -> bool {
        true
    }

    fn filter(&self, node: &NodeInfo) -> Fit {
        if self.0.is_empty() || self.0 == node.name() {
            return Ok(());
        }
        Err(Status::unresolvable(ERR_REASON))
    }
}
