//! A row of chunks of pointers, shared by clones until one of them writes. What a map, a set and a list
//! have in common. Ours.
//!
//! The functions that change something neither drop nor copy an entry: they hand out what is to be
//! dropped. Only so is their code the same for every type.

use std::rc::Rc;
use std::{mem, slice};

/// At most so many entries are in a chunk.
pub(super) const CHUNK: usize = 64;

/// Some entries that follow one another; never empty.
pub(super) type Chunk<E> = Vec<Rc<E>>;

/// All entries, in order.
pub(super) struct Chunks<E> {
    row: Rc<Vec<Rc<Chunk<E>>>>,
    len: usize,
}

/// Where an entry is, or would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    pub chunk: usize,
    pub at: usize,
}

/// What a write no longer shares with clones; to be dropped.
pub(super) type Left<E> = (Option<Rc<Vec<Rc<Chunk<E>>>>>, Option<Rc<Chunk<E>>>);

const OWN: &str = "own() was called before";

impl<E> Clone for Chunks<E> {
    fn clone(&self) -> Self {
        Chunks {
            row: self.row.clone(),
            len: self.len,
        }
    }
}

impl<E> Default for Chunks<E> {
    fn default() -> Self {
        Chunks {
            row: Rc::default(),
            len: 0,
        }
    }
}

impl<E> Chunks<E> {
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn row(&self) -> &[Rc<Chunk<E>>] {
        &self.row
    }

    pub fn get(&self, spot: Spot) -> Option<&Rc<E>> {
        self.row.get(spot.chunk)?.get(spot.at)
    }

    pub fn first(&self) -> Option<&Rc<E>> {
        self.row.first()?.first()
    }

    pub fn last(&self) -> Option<&Rc<E>> {
        self.row.last()?.last()
    }

    /// Behind the last entry, in the last chunk.
    pub fn end(&self) -> Spot {
        let chunk = self.row.len().saturating_sub(1);
        let at = self.row.last().map_or(0, |last| last.len());
        Spot { chunk, at }
    }

    /// Makes the row and one of its chunks belong to this clone alone. To be called before each of
    /// the functions below.
    #[inline(never)]
    pub fn own(&mut self, chunk: usize) -> Left<E> {
        let row = Rc::get_mut(&mut self.row).is_none().then(|| {
            let copy = Rc::new(Vec::clone(&self.row));
            mem::replace(&mut self.row, copy)
        });
        let owned = Rc::get_mut(&mut self.row).and_then(|row| row.get_mut(chunk));
        let chunk = owned.and_then(|chunk| {
            Rc::get_mut(chunk).is_none().then(|| {
                let copy = Rc::new(Vec::clone(chunk));
                mem::replace(chunk, copy)
            })
        });
        (row, chunk)
    }

    /// Puts an entry in at `spot`, before the one that is there now. Tells where it is.
    #[inline(never)]
    pub fn put(&mut self, spot: Spot, entry: Rc<E>) -> Spot {
        self.len += 1;
        let row = Rc::get_mut(&mut self.row).expect(OWN);
        let Some(chunk) = row.get_mut(spot.chunk) else {
            row.push(Rc::new(vec![entry]));
            return spot;
        };
        let chunk = Rc::get_mut(chunk).expect(OWN);
        if chunk.len() < CHUNK {
            chunk.insert(spot.at, entry);
            return spot;
        }
        // What is appended goes on in a new chunk, so that growth in order leaves full ones.
        let middle = if spot.at == CHUNK { CHUNK } else { CHUNK / 2 };
        let mut upper = chunk.split_off(middle);
        let next = spot.chunk + 1;
        let spot = match spot.at.checked_sub(middle) {
            Some(at) => Spot { chunk: next, at },
            None => spot,
        };
        if spot.chunk == next {
            upper.insert(spot.at, entry);
        } else {
            chunk.insert(spot.at, entry);
        }
        row.insert(next, Rc::new(upper));
        spot
    }

    /// Takes the entry at `spot` out; with its chunk, if that is empty now.
    #[inline(never)]
    pub fn take(&mut self, spot: Spot) -> (Rc<E>, Option<Rc<Chunk<E>>>) {
        self.len -= 1;
        let row = Rc::get_mut(&mut self.row).expect(OWN);
        let chunk = Rc::get_mut(&mut row[spot.chunk]).expect(OWN);
        let entry = chunk.remove(spot.at);
        let empty = chunk.is_empty().then(|| row.remove(spot.chunk));
        (entry, empty)
    }

    /// The entry at `spot`, to be changed or exchanged.
    #[inline(never)]
    pub fn at_mut(&mut self, spot: Spot) -> &mut Rc<E> {
        let row = Rc::get_mut(&mut self.row).expect(OWN);
        &mut Rc::get_mut(&mut row[spot.chunk]).expect(OWN)[spot.at]
    }

    /// The entries from `from` up to `to`, without that one.
    pub fn range(&self, from: Spot, to: Spot) -> Iter<'_, E> {
        let mut entries = Iter {
            chunks: [].iter(),
            front: [].iter(),
            back: [].iter(),
        };
        if to <= from {
            return entries;
        }
        if from.chunk == to.chunk {
            entries.front = self.row[from.chunk][from.at..to.at].iter();
        } else {
            entries.front = self.row[from.chunk][from.at..].iter();
            entries.chunks = self.row[from.chunk + 1..to.chunk].iter();
            entries.back = self.row[to.chunk][..to.at].iter();
        }
        entries
    }

    pub fn iter(&self) -> Iter<'_, E> {
        Iter {
            chunks: self.row.iter(),
            front: [].iter(),
            back: [].iter(),
        }
    }
}

/// Entries one after another.
pub(super) struct Iter<'a, E> {
    chunks: slice::Iter<'a, Rc<Chunk<E>>>,
    front: slice::Iter<'a, Rc<E>>,
    back: slice::Iter<'a, Rc<E>>,
}

impl<E> Clone for Iter<'_, E> {
    fn clone(&self) -> Self {
        Iter {
            chunks: self.chunks.clone(),
            front: self.front.clone(),
            back: self.back.clone(),
        }
    }
}

impl<'a, E> Iterator for Iter<'a, E> {
    type Item = &'a Rc<E>;

    #[inline]
    fn next(&mut self) -> Option<&'a Rc<E>> {
        match self.front.next() {
            None => self.next_chunk(),
            entry => entry,
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.front.len() + self.chunks.len() + self.back.len(), None)
    }
}

impl<'a, E> DoubleEndedIterator for Iter<'a, E> {
    #[inline]
    fn next_back(&mut self) -> Option<&'a Rc<E>> {
        match self.back.next_back() {
            None => self.next_chunk_back(),
            entry => entry,
        }
    }
}

impl<'a, E> Iter<'a, E> {
    #[inline(never)]
    fn next_chunk(&mut self) -> Option<&'a Rc<E>> {
        match self.chunks.next() {
            Some(chunk) => self.front = chunk.iter(),
            None => mem::swap(&mut self.front, &mut self.back),
        }
        self.front.next()
    }

    #[inline(never)]
    fn next_chunk_back(&mut self) -> Option<&'a Rc<E>> {
        match self.chunks.next_back() {
            Some(chunk) => self.back = chunk.iter(),
            None => mem::swap(&mut self.front, &mut self.back),
        }
        self.back.next_back()
    }
}
