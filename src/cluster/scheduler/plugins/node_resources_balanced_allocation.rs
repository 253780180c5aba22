//! NodeResourcesBalancedAllocation: a node whose CPU and memory would be used more alike is better.
//! Models `pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go`.

use crate::cluster::scheduler::framework::{Cycle, MAX_NODE_SCORE, Plugin, PreScore, Score};
use crate::cluster::scheduler::node_info::NodeInfo;
use crate::cluster::scheduler::resource::Resource;

/// See the head of this file.
pub struct NodeResourcesBalancedAllocation;

impl Plugin for NodeResourcesBalancedAllocation {
    fn name(&self) -> &'static str {
        "NodeResourcesBalancedAllocation"
    }

    /// A Pod that asks for nothing changes no balance.
    fn pre_score<'a>(&self, cycle: Cycle<'a>, _nodes: &[&'a NodeInfo]) -> PreScore<'a> {
        let wanted = &cycle.pod.requests.real;
        match wanted.milli_cpu == 0 && wanted.memory == 0 {
            true => PreScore::Skip,
            false => PreScore::Run(Box::new(Balance(wanted))),
        }
    }
}

/// How much better the balance gets: around 75 if it stays, up to 100 if it gets better.
struct Balance<'a>(&'a Resource);

impl Score for Balance<'_> {
    fn score(&self, _index: usize, node: &NodeInfo) -> i64 {
        let (used, all) = (&node.requested, &node.allocatable);
        let without = balance(all, used.milli_cpu, used.memory);
        let (cpu, memory) = (
            used.milli_cpu.wrapping_add(self.0.milli_cpu),
            used.memory.wrapping_add(self.0.memory),
        );
        let with = balance(all, cpu, memory);
        MAX_NODE_SCORE / 2 + (MAX_NODE_SCORE / 2 + with - without) / 2
    }
}

/// From 50 to 100: one minus half the difference between the used fractions.
fn balance(all: &Resource, cpu: i64, memory: i64) -> i64 {
    let deviation = match (fraction(cpu, all.milli_cpu), fraction(memory, all.memory)) {
        (Some(cpu), Some(memory)) => ((cpu - memory) / 2.0).abs(),
        _ => 0.0,
    };
    ((1.0 - deviation) * MAX_NODE_SCORE as f64) as i64
}

fn fraction(used: i64, all: i64) -> Option<f64> {
    (all != 0).then(|| (used as f64 / all as f64).min(1.0))
}
