//! Values by name, in one sorted vector: for the fields of an object, of which there are few. A clone
//! copies; who needs cheap ones puts it behind an `Rc`. Ours; the functions are named as those of
//! `std::collections::BTreeMap`.

use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;
use std::{slice, vec};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::text;

/// Values by name, in the order of their names.
#[derive(Clone, PartialEq, Eq)]
pub struct Named<V>(Vec<(Rc<str>, V)>);

/// So few names are gone through one by one.
const FEW: usize = 12;

impl<V> Named<V> {
    /// Nothing yet.
    pub const fn new() -> Self {
        Named(Vec::new())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where the name is, or else where it belongs.
    #[inline(never)]
    fn locate(&self, name: &str) -> Result<usize, usize> {
        self.0
            .binary_search_by(|(other, _)| text::compare(other, name))
    }

    /// The value of this name.
    #[inline(never)]
    pub fn get(&self, name: &str) -> Option<&V> {
        // Lengths tell most names apart, which halving can't make use of.
        if self.0.len() <= FEW {
            let mut entries = self.0.iter();
            let found = entries.find(|(known, _)| text::is_same(known, name));
            return found.map(|(_, value)| value);
        }
        let at = self.locate(name).ok()?;
        Some(&self.0[at].1)
    }

    /// Names that `like` has too are shared with it.
    pub fn share_names(&mut self, like: &Self) {
        for (name, _) in &mut self.0 {
            if let Ok(at) = like.locate(name) {
                *name = like.0[at].0.clone();
            }
        }
    }

    /// All names and values, the values to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Rc<str>, &mut V)> {
        self.0.iter_mut().map(|(name, value)| (&*name, value))
    }

    /// The value of this name, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut V> {
        let at = self.locate(name).ok()?;
        Some(&mut self.0[at].1)
    }

    /// Is the name there?
    pub fn contains_key(&self, name: &str) -> bool {
        self.locate(name).is_ok()
    }

    /// Sets the value of a name. Hands the one before out, if there was one.
    #[inline(never)]
    pub fn insert(&mut self, name: Rc<str>, value: V) -> Option<V> {
        match self.locate(&name) {
            Ok(at) => Some(std::mem::replace(&mut self.0[at].1, value)),
            Err(at) => {
                self.0.insert(at, (name, value));
                None
            }
        }
    }

    /// The value of this name, to be changed; the default if it is new.
    #[inline(never)]
    pub fn or_default(&mut self, name: &str) -> &mut V
    where
        V: Default,
    {
        let (Ok(at) | Err(at)) = self.locate(name).inspect_err(|&at| {
            self.0.insert(at, (name.into(), V::default()));
        });
        &mut self.0[at].1
    }

    /// Forgets a name. Hands its value out, if it was there.
    #[inline(never)]
    pub fn remove(&mut self, name: &str) -> Option<V> {
        let at = self.locate(name).ok()?;
        Some(self.0.remove(at).1)
    }

    /// All of them, by name.
    pub fn iter(&self) -> Iter<'_, V> {
        Iter(self.0.iter())
    }

    /// All names, in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &Rc<str>> + ExactSizeIterator + Clone {
        self.0.iter().map(|(name, _)| name)
    }

    /// All values, by name.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator + Clone {
        self.0.iter().map(|(_, value)| value)
    }

    /// All values, by name, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.0.iter_mut().map(|(_, value)| value)
    }

    /// Keeps those alone that `stays` says.
    pub fn retain(&mut self, mut stays: impl FnMut(&Rc<str>, &mut V) -> bool) {
        self.0.retain_mut(|(name, value)| stays(name, value));
    }
}

/// Values with their names, one after another.
pub struct Iter<'a, V>(slice::Iter<'a, (Rc<str>, V)>);

impl<V> Clone for Iter<'_, V> {
    fn clone(&self) -> Self {
        Iter(self.0.clone())
    }
}

impl<'a, V> Iterator for Iter<'a, V> {
    type Item = (&'a Rc<str>, &'a V);

    #[inline]
    fn next(&mut self) -> Option<(&'a Rc<str>, &'a V)> {
        self.0.next().map(|(name, value)| (name, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<'a, V> DoubleEndedIterator for Iter<'a, V> {
    #[inline]
    fn next_back(&mut self) -> Option<(&'a Rc<str>, &'a V)> {
        self.0.next_back().map(|(name, value)| (name, value))
    }
}

impl<V> ExactSizeIterator for Iter<'_, V> {}

impl<'a, V> IntoIterator for &'a Named<V> {
    type Item = (&'a Rc<str>, &'a V);
    type IntoIter = Iter<'a, V>;

    fn into_iter(self) -> Iter<'a, V> {
        self.iter()
    }
}

impl<V> IntoIterator for Named<V> {
    type Item = (Rc<str>, V);
    type IntoIter = vec::IntoIter<(Rc<str>, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<V> Default for Named<V> {
    fn default() -> Self {
        Named::new()
    }
}

impl<V: fmt::Debug> fmt::Debug for Named<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<V> Extend<(Rc<str>, V)> for Named<V> {
    fn extend<I: IntoIterator<Item = (Rc<str>, V)>>(&mut self, entries: I) {
        for (name, value) in entries {
            self.insert(name, value);
        }
    }
}

impl<V> FromIterator<(Rc<str>, V)> for Named<V> {
    fn from_iter<I: IntoIterator<Item = (Rc<str>, V)>>(entries: I) -> Self {
        let mut named = Named::new();
        named.extend(entries);
        named
    }
}

impl<V: Serialize> Serialize for Named<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (name, value) in self {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Named<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<V>(PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for Entries<V> {
            type Value = Named<V>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a map")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Named<V>, A::Error> {
                let mut named = Named::new();
                while let Some((name, value)) = access.next_entry()? {
                    named.insert(name, value);
                }
                Ok(named)
            }
        }
        deserializer.deserialize_map(Entries(PhantomData))
    }
}
