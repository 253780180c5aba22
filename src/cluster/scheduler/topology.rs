//! Numbers counted by place: one a label with its value. Models upstream's maps from topology pairs
//! to counts; a node knows the numbers of its pairs, so that nothing is looked up by text.

use std::rc::Rc;

use super::node_info::TopologyPair;
use super::view::ClusterView;

/// A number for each pair. A copy is cheap until it is written to.
#[derive(Clone, Debug)]
pub struct Counts {
    numbers: Rc<Vec<i64>>,
    nonzero: usize,
}

impl Counts {
    /// Zero for each pair of the nodes.
    pub fn new(view: &ClusterView) -> Self {
        Counts {
            numbers: Rc::new(vec![0; view.topology_pairs()]),
            nonzero: 0,
        }
    }

    /// Adds to a pair's number.
    pub fn add(&mut self, pair: TopologyPair, amount: i64) {
        let number = &mut Rc::make_mut(&mut self.numbers)[pair as usize];
        let was_zero = *number == 0;
        *number += amount;
        match (was_zero, *number == 0) {
            (true, false) => self.nonzero += 1,
            (false, true) => self.nonzero -= 1,
            _ => {}
        }
    }

    /// A pair's number.
    pub fn get(&self, pair: TopologyPair) -> i64 {
        self.numbers[pair as usize]
    }

    /// Are all numbers zero?
    pub fn is_empty(&self) -> bool {
        self.nonzero == 0
    }
}
