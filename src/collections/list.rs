//! A list that grows at its end, cheap to clone. Its items are behind `Rc`, and stay so. Ours.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Index;
use std::rc::Rc;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeSeq, Serializer};

use super::chunks::{CHUNK, Chunks, Iter, Spot};

/// A list of shared items. A clone shares everything until one of the two is written to.
pub struct List<T> {
    /// All but the first and the last are full, so that a number tells the place.
    chunks: Chunks<T>,
}

impl<T> List<T> {
    /// An empty list.
    pub fn new() -> Self {
        List::default()
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.chunks.len()
    }

    /// Is there no item?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All items, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Rc<T>> + Clone {
        self.chunks.iter()
    }

    /// The first item.
    pub fn first(&self) -> Option<&Rc<T>> {
        self.chunks.first()
    }

    /// The last item.
    pub fn last(&self) -> Option<&Rc<T>> {
        self.chunks.last()
    }

    /// The item of this number, counted from 0.
    pub fn get(&self, number: usize) -> Option<&Rc<T>> {
        self.chunks.get(self.spot(number))
    }

    /// The item of this number, to be changed; a copy of it, if it is shared.
    pub fn make_mut(&mut self, number: usize) -> &mut T
    where
        T: Clone,
    {
        let spot = self.spot(number);
        drop(self.chunks.own(spot.chunk));
        Rc::make_mut(self.chunks.at_mut(spot))
    }

    /// Appends an item.
    pub fn push(&mut self, item: Rc<T>) {
        let end = self.chunks.end();
        drop(self.chunks.own(end.chunk));
        self.chunks.put(end, item);
    }

    /// Takes the first item out.
    pub fn pop_first(&mut self) -> Option<Rc<T>> {
        if self.is_empty() {
            return None;
        }
        drop(self.chunks.own(0));
        Some(self.chunks.take(Spot { chunk: 0, at: 0 }).0)
    }

    fn spot(&self, number: usize) -> Spot {
        let first = self.chunks.row().first().map_or(0, |first| first.len());
        match number.checked_sub(first) {
            None => Spot {
                chunk: 0,
                at: number,
            },
            Some(rest) => Spot {
                chunk: 1 + rest / CHUNK,
                at: rest % CHUNK,
            },
        }
    }
}

impl<T> Clone for List<T> {
    fn clone(&self) -> Self {
        List {
            chunks: self.chunks.clone(),
        }
    }
}

impl<T: PartialEq> PartialEq for List<T> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        List {
            chunks: Chunks::default(),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for List<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<T> Index<usize> for List<T> {
    type Output = Rc<T>;

    fn index(&self, number: usize) -> &Rc<T> {
        self.get(number).expect("the number is below the length")
    }
}

impl<'a, T> IntoIterator for &'a List<T> {
    type Item = &'a Rc<T>;
    type IntoIter = Items<'a, T>;

    fn into_iter(self) -> Items<'a, T> {
        Items(self.chunks.iter())
    }
}

/// Items one after another.
pub struct Items<'a, T>(Iter<'a, T>);

impl<'a, T> Iterator for Items<'a, T> {
    type Item = &'a Rc<T>;

    #[inline]
    fn next(&mut self) -> Option<&'a Rc<T>> {
        self.0.next()
    }
}

impl<T> FromIterator<Rc<T>> for List<T> {
    fn from_iter<I: IntoIterator<Item = Rc<T>>>(items: I) -> Self {
        let mut list = List::new();
        for item in items {
            list.push(item);
        }
        list
    }
}

impl<T: Serialize> Serialize for List<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.len()))?;
        for item in self {
            seq.serialize_element(item)?;
        }
        seq.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for All<T> {
            type Value = List<T>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a sequence")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<List<T>, A::Error> {
                let mut list = List::new();
                while let Some(item) = access.next_element()? {
                    list.push(Rc::new(item));
                }
                Ok(list)
            }
        }
        deserializer.deserialize_seq(All(PhantomData))
    }
}
