//! A set in order, cheap to clone. Ours; the functions are named as those of
//! `std::collections::BTreeSet`.

use std::borrow::Borrow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::RangeBounds;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeSeq, Serializer};

use super::known::Key;
use super::map::{self, Map};

/// A set in order. A clone shares its members until one of the two is written to.
pub struct Set<K> {
    map: Map<K, ()>,
}

impl<K> Set<K> {
    /// An empty set.
    pub fn new() -> Self {
        Set::default()
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Is there no member?
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// All members, in order.
    pub fn iter(&self) -> Iter<'_, K> {
        Iter(self.map.iter())
    }

    /// The smallest member.
    pub fn first(&self) -> Option<&K> {
        self.map.first_key_value().map(|(key, ())| key)
    }

    /// The greatest member.
    pub fn last(&self) -> Option<&K> {
        self.map.last_key_value().map(|(key, ())| key)
    }

    /// The member that equals this.
    pub fn get<Q: Key + ?Sized>(&self, key: &Q) -> Option<&K>
    where
        K: Borrow<Q>,
    {
        self.map.get_key_value(key).map(|(key, ())| key)
    }

    /// Is it a member?
    pub fn contains<Q: Key + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.map.contains_key(key)
    }

    /// The members within `range`, in order.
    pub fn range<Q: Ord + ?Sized>(&self, range: impl RangeBounds<Q>) -> Iter<'_, K>
    where
        K: Borrow<Q>,
    {
        Iter(self.map.range(range))
    }

    /// Makes it a member. Tells whether it wasn't yet.
    pub fn insert(&mut self, key: K) -> bool
    where
        K: Key,
    {
        // The first of equal ones stays, as in the standard library.
        self.map.insert_new(key, ())
    }

    /// Makes it no member. Tells whether it was one.
    pub fn remove<Q: Key + ?Sized>(&mut self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.map.remove(key)
    }
}

/// Members one after another.
pub struct Iter<'a, K>(map::Iter<'a, K, ()>);

impl<K> Clone for Iter<'_, K> {
    fn clone(&self) -> Self {
        Iter(self.0.clone())
    }
}

impl<'a, K> Iterator for Iter<'a, K> {
    type Item = &'a K;

    #[inline]
    fn next(&mut self) -> Option<&'a K> {
        self.0.next().map(|(key, ())| key)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<'a, K> DoubleEndedIterator for Iter<'a, K> {
    #[inline]
    fn next_back(&mut self) -> Option<&'a K> {
        self.0.next_back().map(|(key, ())| key)
    }
}

impl<'a, K> IntoIterator for &'a Set<K> {
    type Item = &'a K;
    type IntoIter = Iter<'a, K>;

    fn into_iter(self) -> Iter<'a, K> {
        self.iter()
    }
}

impl<K> Clone for Set<K> {
    fn clone(&self) -> Self {
        Set {
            map: self.map.clone(),
        }
    }
}

impl<K> Default for Set<K> {
    fn default() -> Self {
        Set {
            map: Map::default(),
        }
    }
}

impl<K: PartialEq> PartialEq for Set<K> {
    fn eq(&self, other: &Self) -> bool {
        self.map == other.map
    }
}

impl<K: Eq> Eq for Set<K> {}

impl<K: fmt::Debug> fmt::Debug for Set<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl<K: Key> Extend<K> for Set<K> {
    fn extend<I: IntoIterator<Item = K>>(&mut self, members: I) {
        for member in members {
            self.insert(member);
        }
    }
}

impl<K: Key> FromIterator<K> for Set<K> {
    fn from_iter<I: IntoIterator<Item = K>>(members: I) -> Self {
        let mut set = Set::new();
        set.extend(members);
        set
    }
}

impl<K: Serialize> Serialize for Set<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.len()))?;
        for member in self {
            seq.serialize_element(member)?;
        }
        seq.end()
    }
}

impl<'de, K: Deserialize<'de> + Key> Deserialize<'de> for Set<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<K>(PhantomData<K>);
        impl<'de, K: Deserialize<'de> + Key> Visitor<'de> for Members<K> {
            type Value = Set<K>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a sequence")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Set<K>, A::Error> {
                let mut set = Set::new();
                while let Some(member) = access.next_element()? {
                    set.insert(member);
                }
                Ok(set)
            }
        }
        deserializer.deserialize_seq(Members(PhantomData))
    }
}
