//! A map in the order of its keys, cheap to clone. Ours; the functions are named as those of
//! `std::collections::BTreeMap`, but for [`Map::insert`] and [`Map::remove`], which hand nothing back, and
//! [`Map::pop_first`], which keeps the key.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Bound, Index, RangeBounds};
use std::rc::Rc;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::chunks::{self, Chunk, Chunks, Spot};
use super::known::{self, Key, Known};

/// A map in the order of its keys. A clone shares its entries until one of the two is written to.
pub struct Map<K, V> {
    chunks: Chunks<Entry<K, V>>,
    known: Known,
}

/// Is told a key, its value before and its value now.
pub type Tell<'a, K, V> = &'a mut dyn FnMut(&K, Option<&V>, Option<&V>);
/// The same; answers whether it wants to be told more.
pub type TellSome<'a, K, V> = &'a mut dyn FnMut(&K, Option<&V>, Option<&V>) -> bool;

/// The key comes first in memory too, so that the search is the same code whatever the values are.
#[derive(Clone)]
#[repr(C)]
struct Entry<K, V> {
    key: K,
    value: V,
}

#[inline(never)]
fn compare<K: Borrow<Q>, V, Q: Ord + ?Sized>(entry: &Entry<K, V>, key: &Q) -> Ordering {
    entry.key.borrow().cmp(key)
}

/// Are all keys of a chunk smaller than this one?
fn is_below<K: Borrow<Q>, V, Q: Ord + ?Sized>(chunk: &Chunk<Entry<K, V>>, key: &Q) -> bool {
    let last = chunk.last();
    last.is_some_and(|last| compare(last, key) == Ordering::Less)
}

/// Where the first greater key is.
fn behind(found: Result<Spot, Spot>) -> Spot {
    match found {
        Ok(Spot { chunk, at }) => Spot { chunk, at: at + 1 },
        Err(spot) => spot,
    }
}

impl<K, V> Map<K, V> {
    /// An empty map.
    pub fn new() -> Self {
        Map::default()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.chunks.len()
    }

    /// Is there no entry?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All entries, by key.
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter(self.chunks.iter())
    }

    /// All keys, in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + Clone {
        self.chunks.iter().map(|entry| &entry.key)
    }

    /// All values, by key.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + Clone {
        self.chunks.iter().map(|entry| &entry.value)
    }

    /// The entry with the smallest key.
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        let entry = self.chunks.first()?;
        Some((&entry.key, &entry.value))
    }

    /// The entry with the greatest key.
    pub fn last_key_value(&self) -> Option<(&K, &V)> {
        let entry = self.chunks.last()?;
        Some((&entry.key, &entry.value))
    }

    /// Where the key is, or else where it belongs.
    #[inline(never)]
    fn locate<Q: Key + ?Sized>(&self, key: &Q) -> Result<Spot, Spot>
    where
        K: Borrow<Q>,
    {
        let Some(place) = self.known.place(key) else {
            return self.search(key);
        };
        let known = known::spot(place);
        if let Some(spot) = known
            && let Some(entry) = self.chunks.get(spot)
            && entry.key.borrow() == key
        {
            return Ok(spot);
        }
        // It may have moved on, mostly not far; also what isn't there is asked for again.
        let found = match known {
            Some(spot) => self.search_in(self.chunk_near(spot.chunk, key), key),
            None => self.search(key),
        };
        let (Ok(spot) | Err(spot)) = found;
        known::keep(place, spot);
        found
    }

    /// The same, by the order of keys.
    #[inline(never)]
    fn search<Q: Ord + ?Sized>(&self, key: &Q) -> Result<Spot, Spot>
    where
        K: Borrow<Q>,
    {
        let row = self.chunks.row();
        let but_last = &row[..row.len().saturating_sub(1)];
        let chunk = but_last.partition_point(|chunk| is_below(chunk, key));
        self.search_in(chunk, key)
    }

    /// Which chunk the key is in, or belongs to: looked for from one on that is near.
    fn chunk_near<Q: Ord + ?Sized>(&self, near: usize, key: &Q) -> usize
    where
        K: Borrow<Q>,
    {
        let row = self.chunks.row();
        let last = row.len().saturating_sub(1);
        let below = |chunk: usize| chunk < last && is_below(&row[chunk], key);
        let (mut from, mut to, mut step) = (near.min(last), near.min(last), 1);
        if below(from) {
            while below(to) {
                from = to + 1;
                to = (to + step).min(last);
                step *= 2;
            }
        } else {
            while from > 0 {
                from = from.saturating_sub(step);
                if below(from) {
                    from += 1;
                    break;
                }
                to = from;
                step *= 2;
            }
        }
        from + row[from..to].partition_point(|chunk| is_below(chunk, key))
    }

    fn search_in<Q: Ord + ?Sized>(&self, chunk: usize, key: &Q) -> Result<Spot, Spot>
    where
        K: Borrow<Q>,
    {
        let Some(entries) = self.chunks.row().get(chunk) else {
            return Err(Spot { chunk: 0, at: 0 });
        };
        match entries.binary_search_by(|entry| compare(entry, key)) {
            Ok(at) => Ok(Spot { chunk, at }),
            Err(at) => Err(Spot { chunk, at }),
        }
    }

    /// The value of this key.
    pub fn get<Q: Key + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let spot = self.locate(key).ok()?;
        Some(&self.chunks.get(spot)?.value)
    }

    /// The entry of this key.
    pub fn get_key_value<Q: Key + ?Sized>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
    {
        let spot = self.locate(key).ok()?;
        let entry = self.chunks.get(spot)?;
        Some((&entry.key, &entry.value))
    }

    /// Is the key there?
    pub fn contains_key<Q: Key + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.locate(key).is_ok()
    }

    /// The entries whose keys are within `range`, by key.
    pub fn range<Q: Ord + ?Sized>(&self, range: impl RangeBounds<Q>) -> Iter<'_, K, V>
    where
        K: Borrow<Q>,
    {
        let from = match range.start_bound() {
            Bound::Unbounded => Spot { chunk: 0, at: 0 },
            Bound::Included(key) => self.search(key).unwrap_or_else(|spot| spot),
            Bound::Excluded(key) => behind(self.search(key)),
        };
        // Mostly a range is short.
        let near = |key| self.search_in(self.chunk_near(from.chunk, key), key);
        let to = match range.end_bound() {
            Bound::Unbounded => self.chunks.end(),
            Bound::Included(key) => behind(near(key)),
            Bound::Excluded(key) => near(key).unwrap_or_else(|spot| spot),
        };
        Iter(self.chunks.range(from, to))
    }

    /// Tells what `old` has to become to be this map: each key whose entry is another one, with its value
    /// there and here. What both share is stepped over a chunk at a time.
    pub fn differences(&self, old: &Self, tell: Tell<K, V>)
    where
        K: Ord,
    {
        self.differences_behind(None, old, &mut |key, before, after| {
            tell(key, before, after);
            true
        });
    }

    /// The same, only of the keys behind this one, and only until enough is told: so it can be done by and by.
    #[inline(never)]
    pub fn differences_behind(&self, key: Option<&K>, old: &Self, tell: TellSome<K, V>)
    where
        K: Ord,
    {
        let first = Spot { chunk: 0, at: 0 };
        let (mut here, mut there) = key.map_or((first, first), |key| {
            (self.entry_behind(key), old.entry_behind(key))
        });
        loop {
            let rows = (self.chunks.row(), old.chunks.row());
            let chunks = (rows.0.get(here.chunk), rows.1.get(there.chunk));
            if let (Some(one), Some(other)) = chunks
                && (here.at, there.at) == (0, 0)
                && Rc::ptr_eq(one, other)
            {
                here.chunk += 1;
                there.chunk += 1;
                continue;
            }
            let (new, known) = (self.chunks.get(here), old.chunks.get(there));
            let order = match (new, known) {
                (None, None) => return,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(new), Some(known)) if Rc::ptr_eq(new, known) => Ordering::Equal,
                (Some(new), Some(known)) => new.key.cmp(&known.key),
            };
            let new = new.filter(|_| order != Ordering::Greater);
            let known = known.filter(|_| order != Ordering::Less);
            let is_shared =
                matches!((new, known), (Some(new), Some(known)) if Rc::ptr_eq(new, known));
            if let (Some(either), false) = (new.or(known), is_shared) {
                let known = known.map(|entry| &entry.value);
                if !tell(&either.key, known, new.map(|entry| &entry.value)) {
                    return;
                }
            }
            if new.is_some() {
                self.step(&mut here);
            }
            if known.is_some() {
                old.step(&mut there);
            }
        }
    }

    /// Where the entry of the first greater key is, or would be in a chunk of its own.
    fn entry_behind(&self, key: &K) -> Spot
    where
        K: Ord,
    {
        let mut spot = behind(self.search(key));
        self.settle(&mut spot);
        spot
    }

    /// To the next entry.
    fn step(&self, spot: &mut Spot) {
        spot.at += 1;
        self.settle(spot);
    }

    /// From the end of a chunk to the next one.
    fn settle(&self, spot: &mut Spot) {
        let chunk = self.chunks.row().get(spot.chunk);
        if chunk.is_none_or(|chunk| spot.at >= chunk.len()) {
            *spot = Spot {
                chunk: spot.chunk + 1,
                at: 0,
            };
        }
    }

    /// Sets the value of a key. Tells whether the key is new.
    #[inline(never)]
    pub fn insert(&mut self, key: K, value: V) -> bool
    where
        K: Key,
    {
        let found = self.locate(&key);
        match found {
            Ok(spot) => {
                drop(self.chunks.own(spot.chunk));
                *self.chunks.at_mut(spot) = Rc::new(Entry { key, value });
            }
            Err(spot) => {
                self.put(spot, key, value);
            }
        }
        found.is_err()
    }

    /// Sets the value of a key that isn't there yet; one that is there keeps its own. Tells whether it is new.
    #[inline(never)]
    pub fn insert_new(&mut self, key: K, value: V) -> bool
    where
        K: Key,
    {
        let found = self.locate(&key);
        if let Err(spot) = found {
            self.put(spot, key, value);
        }
        found.is_err()
    }

    /// A new entry, where its key belongs. Tells where it is.
    fn put(&mut self, spot: Spot, key: K, value: V) -> Spot
    where
        K: Key,
    {
        self.known.fit(self.chunks.len() + 1);
        drop(self.chunks.own(spot.chunk));
        let place = self.known.place(&key);
        let spot = self.chunks.put(spot, Rc::new(Entry { key, value }));
        if let Some(place) = place {
            known::keep(place, spot);
        }
        spot
    }

    /// Forgets a key. Tells whether it was there.
    pub fn remove<Q: Key + ?Sized>(&mut self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.take_entry(key).is_some()
    }

    /// Forgets a key. Hands its value out, if it was there.
    pub fn take<Q: Key + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        V: Clone,
    {
        let entry = Rc::try_unwrap(self.take_entry(key)?);
        Some(entry.map_or_else(|shared| shared.value.clone(), |entry| entry.value))
    }

    /// Forgets the smallest key. Hands its value out.
    pub fn pop_first(&mut self) -> Option<V>
    where
        V: Clone,
    {
        if self.is_empty() {
            return None;
        }
        let first = Spot { chunk: 0, at: 0 };
        drop(self.chunks.own(first.chunk));
        let entry = Rc::try_unwrap(self.chunks.take(first).0);
        Some(entry.map_or_else(|shared| shared.value.clone(), |entry| entry.value))
    }

    #[inline(never)]
    fn take_entry<Q: Key + ?Sized>(&mut self, key: &Q) -> Option<Rc<Entry<K, V>>>
    where
        K: Borrow<Q>,
    {
        let spot = self.locate(key).ok()?;
        drop(self.chunks.own(spot.chunk));
        Some(self.chunks.take(spot).0)
    }
}

impl<K: Clone, V: Clone> Map<K, V> {
    /// The value of this key, to be changed.
    pub fn get_mut<Q: Key + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let spot = self.locate(key).ok()?;
        drop(self.chunks.own(spot.chunk));
        Some(self.value_mut(spot))
    }

    /// The value of this key, to be changed; this one if it is new.
    pub fn or_insert(&mut self, key: K, value: V) -> &mut V
    where
        K: Key,
    {
        let spot = match self.locate(&key) {
            Ok(spot) => spot,
            Err(spot) => self.put(spot, key, value),
        };
        drop(self.chunks.own(spot.chunk));
        self.value_mut(spot)
    }

    /// The value of this key, to be changed; the default if it is new.
    pub fn or_default(&mut self, key: K) -> &mut V
    where
        K: Key,
        V: Default,
    {
        self.or_insert(key, V::default())
    }

    #[inline(never)]
    fn value_mut(&mut self, spot: Spot) -> &mut V {
        &mut Rc::make_mut(self.chunks.at_mut(spot)).value
    }
}

/// Entries one after another.
pub struct Iter<'a, K, V>(chunks::Iter<'a, Entry<K, V>>);

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Iter(self.0.clone())
    }
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    #[inline]
    fn next(&mut self) -> Option<(&'a K, &'a V)> {
        let entry = self.0.next()?;
        Some((&entry.key, &entry.value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<'a, K, V> DoubleEndedIterator for Iter<'a, K, V> {
    #[inline]
    fn next_back(&mut self) -> Option<(&'a K, &'a V)> {
        let entry = self.0.next_back()?;
        Some((&entry.key, &entry.value))
    }
}

impl<'a, K, V> IntoIterator for &'a Map<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<K, V> Clone for Map<K, V> {
    fn clone(&self) -> Self {
        Map {
            chunks: self.chunks.clone(),
            known: self.known.clone(),
        }
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Map {
            chunks: Chunks::default(),
            known: Known::default(),
        }
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for Map<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<K: Eq, V: Eq> Eq for Map<K, V> {}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Map<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K: Borrow<Q>, V, Q: Key + ?Sized> Index<&Q> for Map<K, V> {
    type Output = V;

    fn index(&self, key: &Q) -> &V {
        self.get(key).expect("the key is there")
    }
}

impl<K: Key, V> Extend<(K, V)> for Map<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: Key, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Map::new();
        map.extend(entries);
        map
    }
}

impl<K: Serialize, V: Serialize> Serialize for Map<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (key, value) in self {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de, K: Deserialize<'de> + Key, V: Deserialize<'de>> Deserialize<'de> for Map<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<K, V>(PhantomData<(K, V)>);
        impl<'de, K: Deserialize<'de> + Key, V: Deserialize<'de>> Visitor<'de> for Entries<K, V> {
            type Value = Map<K, V>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a map")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Map<K, V>, A::Error> {
                let mut map = Map::new();
                while let Some((key, value)) = access.next_entry()? {
                    map.insert(key, value);
                }
                Ok(map)
            }
        }
        deserializer.deserialize_map(Entries(PhantomData))
    }
}
