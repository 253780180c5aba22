//! DynamicResources and NodeDeclaredFeatures, passed through: no Pod here has claims to devices, and
//! no node declares features. What they say all the same is upstream's: DynamicResources scores
//! every node 0. Model `pkg/scheduler/framework/plugins/dynamicresources` and
//! `pkg/scheduler/framework/plugins/nodedeclaredfeatures`.

use crate::cluster::scheduler::framework::{Cycle, Plugin, PreFilter, PreScore, Score};
use crate::cluster::scheduler::node_info::NodeInfo;

/// See the head of this file.
pub struct DynamicResources;

impl Plugin for DynamicResources {
    fn name(&self) -> &'static str {
        "DynamicResources"
    }

    fn weight(&self) -> i64 {
        2
    }

    fn pre_filter<'a>(&self, _cycle: Cycle<'a>) -> PreFilter<'a> {
        PreFilter::Skip
    }

    fn pre_score<'a>(&self, _cycle: Cycle<'a>, _nodes: &[&'a NodeInfo]) -> PreScore<'a> {
        PreScore::Run(Box::new(Nothing))
    }
}

struct Nothing;

impl Score for Nothing {
    fn score(&self, _index: usize, _node: &NodeInfo) -> i64 {
        0
    }
}

/// See the head of this file.
pub struct NodeDeclaredFeatures;

impl Plugin for NodeDeclaredFeatures {
    fn name(&self) -> &'static str {
        "NodeDeclaredFeatures"
    }

    fn pre_filter<'a>(&self, _cycle: Cycle<'a>) -> PreFilter<'a> {
        PreFilter::Skip
    }
}
