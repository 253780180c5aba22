//! Where the keys of a map were found lately. A search in order compares with a dozen keys that lie all over the
//! memory; in a large map that, and not the work done with what is found, is what time goes by with. So a map keeps
//! its answers, by the key's hash, and looks there first; where something moved since, or wasn't there, it begins to
//! search there. Ours.
//!
//! An answer is looked at and never believed: whatever stands in the table, the search finds the same. So clones share
//! it, it isn't stored, and the order of hashes can't be seen from outside.

use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use rustc_hash::FxHasher;

use super::chunks::{CHUNK, Spot};

/// What a map can have as a key.
pub trait Key: Ord + Hash {}

impl<K: Ord + Hash + ?Sized> Key for K {}

/// So many entries are searched quickly enough.
const FEW: usize = CHUNK;
/// So many places there are for each entry, at least.
const ROOM: usize = 2;
/// Nothing was found here yet.
const NOTHING: u32 = u32::MAX;

/// The table. There is none for a small map.
#[derive(Default)]
pub(super) struct Known(Option<Rc<[Cell<u32>]>>);

impl Clone for Known {
    fn clone(&self) -> Self {
        Known(self.0.clone())
    }
}

impl Known {
    /// Makes room for so many entries.
    pub fn fit(&mut self, entries: usize) {
        let room = self.0.as_ref().map_or(FEW * ROOM, |table| table.len());
        if entries * ROOM > room {
            let larger = (2 * entries * ROOM).next_power_of_two();
            self.0 = Some(vec![Cell::new(NOTHING); larger].into());
        }
    }

    /// The place for this key's answer.
    #[inline(always)]
    pub fn place<Q: Hash + ?Sized>(&self, key: &Q) -> Option<&Cell<u32>> {
        let table = self.0.as_ref()?;
        let mut hasher = FxHasher::default();
        key.hash(&mut hasher);
        // As many as a power of two: what is above doesn't count.
        Some(&table[hasher.finish() as usize & (table.len() - 1)])
    }
}

/// What stands in a place.
pub(super) fn spot(place: &Cell<u32>) -> Option<Spot> {
    let known = place.get();
    (known != NOTHING).then_some(Spot {
        chunk: known as usize / CHUNK,
        at: known as usize % CHUNK,
    })
}

/// Puts it there.
pub(super) fn keep(place: &Cell<u32>, spot: Spot) {
    let known = u32::try_from(spot.chunk * CHUNK + spot.at);
    place.set(known.unwrap_or(NOTHING));
}
