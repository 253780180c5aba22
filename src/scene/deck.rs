//! What stands on a node: Pods in columns, each in the highest gap that is high enough for it.

use serde::{Deserialize, Serialize};

use super::layout::POD_WIDTH;
use crate::api::ObjectKey;

/// A place on a node, in units of a Pod there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Berth {
    /// Counted from 0.
    pub column: u32,
    /// Of so many columns.
    pub columns: u32,
    /// How far below the first place.
    pub top: u32,
    /// The number of its place, where all have one of the same size; counted from 0.
    pub slot: u32,
}

impl Berth {
    /// Between two columns, and between two Pods.
    pub const GAP: f64 = GAP as f64;

    /// How large a Pod is there: all columns are as wide as one Pod.
    pub fn unit(self) -> f64 {
        unit(self.columns)
    }
}

fn unit(columns: u32) -> f64 {
    POD_WIDTH / (f64::from(columns) * (POD_WIDTH + Berth::GAP) - Berth::GAP)
}

/// What stands on a node, from above.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Deck {
    /// How many Pods stand beside each other.
    pub columns: u32,
    /// In this order.
    pub pods: Vec<Stand>,
}

/// A Pod on a node.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Stand {
    pub top: u32,
    pub column: u32,
    pub height: u32,
    pub slot: u32,
    pub key: ObjectKey,
}

impl Default for Deck {
    fn default() -> Self {
        Deck::new(1)
    }
}

impl Deck {
    fn new(columns: u32) -> Self {
        let pods = Vec::new();
        Deck { columns, pods }
    }

    /// The highest gap that is high enough; `None` where the node gets deeper than it should.
    pub fn take(&mut self, key: &ObjectKey, height: u32) -> Option<Berth> {
        let slot = lowest_free(self.pods.iter().map(|pod| pod.slot));
        self.put(key, height, slot)
    }

    fn put(&mut self, key: &ObjectKey, height: u32, slot: u32) -> Option<Berth> {
        let stand = self.pods.iter();
        let stand = stand.map(|pod| (pod.column, pod.top, pod.height));
        let gaps = gaps(stand, self.columns, height);
        let (top, column) = gaps.into_iter().zip(0..).min()?;
        // One that is higher than all the room has no other place.
        if top > 0 && top + height > deepest(self.columns) {
            return None;
        }
        let before = |other: &Stand| (other.top, other.column) < (top, column);
        let at = self.pods.partition_point(before);
        let key = key.clone();
        let stand = Stand {
            top,
            column,
            height,
            slot,
            key,
        };
        self.pods.insert(at, stand);
        let columns = self.columns;
        Some(Berth {
            column,
            columns,
            top,
            slot,
        })
    }

    /// The same Pods in their order, in so many columns: each where the highest column ends.
    pub fn again(&self, columns: u32) -> Option<(Self, Vec<Berth>)> {
        let mut deck = Deck::new(columns);
        let mut berths = Vec::with_capacity(self.pods.len());
        let mut ends = vec![0; columns as usize];
        for pod in &self.pods {
            let (top, column) = ends.iter().copied().zip(0..).min()?;
            if top > 0 && top + pod.height > deepest(columns) {
                return None;
            }
            ends[column as usize] = top + pod.height + GAP;
            let slot = pod.slot;
            berths.push(Berth {
                column,
                columns,
                top,
                slot,
            });
            deck.pods.push(Stand {
                top,
                column,
                ..pod.clone()
            });
        }
        Some((deck, berths))
    }

    /// How far down the lowest Pod reaches, in world units.
    pub fn depth(&self) -> u32 {
        let ends = self.pods.iter().map(|pod| pod.top + pod.height);
        (f64::from(ends.max().unwrap_or(0)) * unit(self.columns)).ceil() as u32
    }
}

/// Between two Pods of a node.
pub(super) const GAP: u32 = 9;

/// The lowest number that isn't among these.
fn lowest_free(taken: impl ExactSizeIterator<Item = u32>) -> u32 {
    // Of so many numbers, and one more, one is free.
    let mut is_taken = vec![false; taken.len() + 1];
    for number in taken {
        if let Some(is_taken) = is_taken.get_mut(number as usize) {
            *is_taken = true;
        }
    }
    let free = is_taken.iter().position(|is_taken| !is_taken);
    free.unwrap_or(0) as u32
}

/// Of each column, the top of its highest gap in which something so high has room. What stands there, from
/// above, is column, top and height.
fn gaps(stand: impl Iterator<Item = (u32, u32, u32)>, columns: u32, height: u32) -> Vec<u32> {
    let mut gaps = vec![(0, false); columns as usize];
    for (column, top, high) in stand {
        let (gap, is_found) = &mut gaps[column as usize];
        *is_found |= *gap + height + GAP <= top;
        if !*is_found {
            *gap = top + high + GAP;
        }
    }
    gaps.into_iter().map(|(gap, _)| gap).collect()
}

/// How deep Pods in so many columns may reach: five screens of a node in one, three in several, whose Pods
/// are as much smaller.
pub(super) fn deepest(columns: u32) -> u32 {
    if columns == 1 { 1508 } else { 900 * columns }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn key(number: u32) -> ObjectKey {
        ObjectKey::pod("default", &format!("p{number}"))
    }

    /// By looking at each slot, and at each column, again and again.
    fn looked_up(deck: &Deck, height: u32) -> (u32, u32, u32) {
        let is_free = |slot: &u32| deck.pods.iter().all(|pod| pod.slot != *slot);
        let slot = (0..).find(is_free).expect("there are more than Pods");
        let gap = |column| {
            let mut top = 0;
            for pod in deck.pods.iter().filter(|pod| pod.column == column) {
                if top + height + GAP <= pod.top {
                    break;
                }
                top = pod.top + pod.height + GAP;
            }
            (top, column)
        };
        let (top, column) = (0..deck.columns).map(gap).min().expect("it has columns");
        (top, column, slot)
    }

    #[test]
    fn a_pod_takes_the_highest_gap_and_the_lowest_slot_whoever_left() {
        let mut deck = Deck::new(4);
        let mut state = 7_u32;
        let mut some = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % below
        };
        for number in 0..400 {
            let height = 50 + 20 * some(4);
            let (top, column, slot) = looked_up(&deck, height);
            match deck.take(&key(number), height) {
                Some(berth) => {
                    assert_eq!((berth.top, berth.column, berth.slot), (top, column, slot))
                }
                None => drop(deck.pods.remove(some(deck.pods.len() as u32) as usize)),
            }
            if some(3) == 0 && !deck.pods.is_empty() {
                deck.pods.remove(some(deck.pods.len() as u32) as usize);
            }
            let places = deck.pods.iter().map(|pod| (pod.top, pod.column));
            assert!(places.is_sorted(), "from above");
        }
    }

    #[test]
    fn a_place_is_found_by_looking_once_at_each_that_stands_there() {
        let looked = Cell::new(0);
        let look = |number| {
            looked.set(looked.get() + 1);
            number
        };
        assert_eq!(lowest_free((0..3_000).map(look)), 3_000);
        assert_eq!(looked.get(), 3_000);
        looked.set(0);
        let stand = (0..3_000).map(|number| (number % 20, number / 20 * 100, 91));
        let look_at = |pod| {
            look(0);
            pod
        };
        assert_eq!(gaps(stand.map(look_at), 20, 91), [15_000; 20]);
        assert_eq!(looked.get(), 3_000);
    }
}
