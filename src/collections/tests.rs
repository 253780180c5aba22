//! Maps, sets and lists against those of the standard library: whatever is done to them, they say the
//! same, and no clone sees what is done to another.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound;
use std::rc::Rc;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{List, Map, Named, Set, text};

/// Something that is done to a map.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Insert(u16, u32),
    Remove(u16),
    Take(u16),
    PopFirst,
    Change(u16),
    OrInsert(u16, u32),
    Keep,
}

/// Few keys, so that they meet; and many in order, so that chunks fill.
fn key() -> impl Strategy<Value = u16> {
    prop_oneof![0..50_u16, 0..2000_u16]
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        8 => (key(), any::<u32>()).prop_map(|(key, value)| Deed::Insert(key, value)),
        2 => key().prop_map(Deed::Remove),
        2 => key().prop_map(Deed::Take),
        1 => Just(Deed::PopFirst),
        1 => key().prop_map(Deed::Change),
        2 => (key(), any::<u32>()).prop_map(|(key, value)| Deed::OrInsert(key, value)),
        1 => Just(Deed::Keep),
    ]
}

fn bound() -> impl Strategy<Value = Bound<u16>> {
    prop_oneof![
        Just(Bound::Unbounded),
        key().prop_map(Bound::Included),
        key().prop_map(Bound::Excluded),
    ]
}

fn grown(count: u16) -> (Map<u16, u32>, BTreeMap<u16, u32>) {
    let entries = (0..count).map(|key| (key, u32::from(key)));
    (entries.clone().collect(), entries.collect())
}

/// Does `deed` to both, and compares what they answer.
fn act(ours: &mut Map<u16, u32>, theirs: &mut BTreeMap<u16, u32>, deed: Deed) {
    match deed {
        Deed::Insert(key, value) => {
            assert_eq!(ours.insert(key, value), theirs.insert(key, value).is_none());
        }
        Deed::Remove(key) => assert_eq!(ours.remove(&key), theirs.remove(&key).is_some()),
        Deed::Take(key) => assert_eq!(ours.take(&key), theirs.remove(&key)),
        Deed::PopFirst => {
            assert_eq!(ours.pop_first(), theirs.pop_first().map(|(_, value)| value));
        }
        Deed::Change(key) => {
            let (ours, theirs) = (ours.get_mut(&key), theirs.get_mut(&key));
            assert_eq!(ours, theirs);
            if let (Some(ours), Some(theirs)) = (ours, theirs) {
                (*ours, *theirs) = (7, 7);
            }
        }
        Deed::OrInsert(key, value) => {
            let theirs = theirs.entry(key).or_insert(value);
            *theirs = theirs.wrapping_add(1);
            let ours = ours.or_insert(key, value);
            *ours = ours.wrapping_add(1);
            assert_eq!(ours, theirs);
        }
        Deed::Keep => {}
    }
}

fn assert_same(ours: &Map<u16, u32>, theirs: &BTreeMap<u16, u32>) {
    assert_eq!(ours.len(), theirs.len());
    assert!(ours.iter().eq(theirs.iter()), "{ours:?} {theirs:?}");
    assert!(ours.iter().rev().eq(theirs.iter().rev()));
    assert_eq!(ours.first_key_value(), theirs.first_key_value());
    assert_eq!(ours.last_key_value(), theirs.last_key_value());
}

proptest! {
    #[test]
    fn a_map_is_what_the_standard_one_is_and_clones_stay_as_they_were(
        count in 0..300_u16, deeds in vec(deed(), 0..400),
    ) {
        let (mut ours, mut theirs) = grown(count);
        let mut kept = vec![(ours.clone(), theirs.clone())];
        for deed in deeds {
            act(&mut ours, &mut theirs, deed);
            if matches!(deed, Deed::Keep) {
                kept.push((ours.clone(), theirs.clone()));
            }
        }
        assert_same(&ours, &theirs);
        for key in 0..2000 {
            assert_eq!(ours.get(&key), theirs.get(&key));
        }
        for (ours, theirs) in &kept {
            assert_same(ours, theirs);
            // The answers that they share are those of another one by now.
            for key in 0..2000 {
                assert_eq!(ours.get(&key), theirs.get(&key));
            }
        }
    }

    #[test]
    fn texts_are_in_the_order_of_texts(
        before in "[a-b\u{e9}]{0,20}", one in "[a-c\u{e9}\u{1f40b}]{0,20}", other in "[a-c\u{e9}\u{1f40b}]{0,20}",
    ) {
        let (one, other) = (before.clone() + &one, before + &other);
        for (one, other) in [(&one, &other), (&one, &one)] {
            prop_assert_eq!(text::compare(one, other), one.cmp(other));
            prop_assert_eq!(text::is_same(one, other), one == other);
        }
    }

    #[test]
    fn what_differs_between_two_maps_is_told_once_and_nothing_else(
        count in 0..400_u16, deeds in vec(deed(), 0..40), more in vec(deed(), 0..40),
    ) {
        let (mut ours, mut theirs) = grown(count);
        for deed in deeds {
            act(&mut ours, &mut theirs, deed);
        }
        let (mut later, mut expected) = (ours.clone(), theirs.clone());
        for deed in more {
            act(&mut later, &mut expected, deed);
        }
        for (from, to, want) in [(&ours, &later, &expected), (&later, &ours, &theirs)] {
            let mut made: BTreeMap<u16, u32> = from.iter().map(|(key, value)| (*key, *value)).collect();
            let mut told = BTreeSet::new();
            to.differences(from, &mut |key, before, after| {
                assert!(told.insert(*key), "{key} is told twice");
                assert_eq!(made.get(key), before);
                match after {
                    Some(after) => drop(made.insert(*key, *after)),
                    None => drop(made.remove(key)),
                }
            });
            assert_eq!(&made, want);
            // The same by and by, a few at a time.
            let (mut again, mut last) = (BTreeSet::new(), None);
            loop {
                let (mut few, behind) = (0, last);
                to.differences_behind(behind.as_ref(), from, &mut |key, before, after| {
                    assert!(again.insert(*key), "{key} is told twice");
                    assert_eq!((from.get(key), to.get(key)), (before, after));
                    (few, last) = (few + 1, Some(*key));
                    few < 7
                });
                if few < 7 {
                    break;
                }
            }
            assert_eq!(again, told);
        }
        let mut none = 0;
        later.differences(&later.clone(), &mut |_, _, _| none += 1);
        assert_eq!(none, 0);
    }

    #[test]
    fn a_range_is_what_the_standard_one_is(
        count in 0..300_u16, deeds in vec(deed(), 0..200), from in bound(), to in bound(),
    ) {
        let (mut ours, mut theirs) = grown(count);
        for deed in deeds {
            act(&mut ours, &mut theirs, deed);
        }
        // The standard one panics where the start is behind the end; ours is empty there.
        let is_in = |key: &u16| {
            let is_above = match from {
                Bound::Unbounded => true,
                Bound::Included(from) => *key >= from,
                Bound::Excluded(from) => *key > from,
            };
            is_above && match to {
                Bound::Unbounded => true,
                Bound::Included(to) => *key <= to,
                Bound::Excluded(to) => *key < to,
            }
        };
        let wanted: Vec<_> = theirs.iter().filter(|(key, _)| is_in(key)).collect();
        let range = ours.range((from, to));
        assert!(range.clone().eq(wanted.iter().copied()));
        assert!(range.clone().rev().eq(wanted.iter().rev().copied()));
        // From both ends at once.
        let (mut range, mut wanted) = (range, wanted.into_iter());
        while let Some(entry) = wanted.next() {
            assert_eq!(range.next(), Some(entry));
            assert_eq!(range.next_back(), wanted.next_back());
        }
        assert_eq!(range.next(), None);
        assert_eq!(range.next_back(), None);
    }

    #[test]
    fn a_set_is_what_the_standard_one_is(deeds in vec((any::<bool>(), key()), 0..600)) {
        let (mut ours, mut theirs) = (Set::new(), BTreeSet::new());
        for (comes, key) in deeds {
            if comes {
                assert_eq!(ours.insert(key), theirs.insert(key));
            } else {
                assert_eq!(ours.remove(&key), theirs.remove(&key));
            }
        }
        assert!(ours.iter().eq(&theirs));
        assert!((0..2000).all(|key| ours.contains(&key) == theirs.contains(&key)));
        assert_eq!((ours.first(), ours.last()), (theirs.first(), theirs.last()));
    }

    #[test]
    fn values_by_name_are_what_a_standard_map_is(
        deeds in vec((0..4_u8, "[a-c]{0,3}", any::<u32>()), 0..200),
    ) {
        let (mut ours, mut theirs) = (Named::new(), BTreeMap::new());
        for (deed, name, value) in deeds {
            let name: Rc<str> = name.into();
            match deed {
                0..2 => assert_eq!(ours.insert(name.clone(), value), theirs.insert(name, value)),
                2 => assert_eq!(ours.remove(&name), theirs.remove(&name)),
                _ => {
                    let theirs = theirs.entry(name.clone()).or_default();
                    assert_eq!(ours.or_default(&name), theirs);
                    *ours.get_mut(&name).unwrap() = value;
                    *theirs = value;
                }
            }
        }
        assert!(ours.iter().eq(theirs.iter()) && ours.iter().rev().eq(theirs.iter().rev()));
        let saved = postcard::to_allocvec(&ours).unwrap();
        assert_eq!(saved, postcard::to_allocvec(&theirs).unwrap());
        assert_eq!(postcard::from_bytes::<Named<u32>>(&saved).unwrap(), ours);
        ours.retain(|_, value| *value % 2 == 0);
        theirs.retain(|_, value| *value % 2 == 0);
        assert_eq!(ours.into_iter().collect::<Vec<_>>(), theirs.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn a_list_is_what_the_standard_one_is_and_clones_stay_as_they_were(
        count in 0..200_usize, deeds in vec(0..8_u8, 0..500),
    ) {
        let mut ours: List<usize> = (0..count).map(Rc::new).collect();
        let mut theirs: VecDeque<usize> = (0..count).collect();
        let (our_clone, their_clone) = (ours.clone(), theirs.clone());
        for (number, deed) in deeds.into_iter().enumerate() {
            match deed {
                0..4 => {
                    ours.push(Rc::new(number));
                    theirs.push_back(number);
                }
                4..7 => assert_eq!(ours.pop_first().as_deref(), theirs.pop_front().as_ref()),
                _ => {
                    let at = number * 31 % (theirs.len() + 1);
                    if let Some(theirs) = theirs.get_mut(at) {
                        *ours.make_mut(at) = number;
                        *theirs = number;
                    }
                }
            }
        }
        for (ours, theirs) in [(ours, theirs), (our_clone, their_clone)] {
            assert!(ours.iter().map(|item| &**item).eq(&theirs));
            assert!((0..=theirs.len()).all(|at| ours.get(at).map(|item| **item) == theirs.get(at).copied()));
            assert_eq!(ours.len(), theirs.len());
            assert_eq!(ours.last().map(|item| **item), theirs.back().copied());
        }
    }

    #[test]
    fn they_are_saved_as_the_standard_ones_are(entries in vec((key(), any::<u32>()), 0..200)) {
        let bytes = |what: &dyn Fn() -> postcard::Result<Vec<u8>>| what().unwrap();
        let ours: Map<u16, u32> = entries.iter().copied().collect();
        let theirs: BTreeMap<u16, u32> = entries.iter().copied().collect();
        let saved = bytes(&|| postcard::to_allocvec(&ours));
        assert_eq!(saved, bytes(&|| postcard::to_allocvec(&theirs)));
        assert_eq!(serde_json::to_string(&ours).unwrap(), serde_json::to_string(&theirs).unwrap());
        assert_eq!(postcard::from_bytes::<Map<u16, u32>>(&saved).unwrap(), ours);

        let ours: Set<u16> = ours.keys().copied().collect();
        let theirs: BTreeSet<u16> = theirs.keys().copied().collect();
        let saved = bytes(&|| postcard::to_allocvec(&ours));
        assert_eq!(saved, bytes(&|| postcard::to_allocvec(&theirs)));
        assert_eq!(postcard::from_bytes::<Set<u16>>(&saved).unwrap(), ours);

        let ours: List<(u16, u32)> = entries.iter().copied().map(Rc::new).collect();
        let saved = bytes(&|| postcard::to_allocvec(&ours));
        assert_eq!(saved, bytes(&|| postcard::to_allocvec(&entries)));
        let again = postcard::from_bytes::<List<(u16, u32)>>(&saved).unwrap();
        assert!(again.iter().map(|item| **item).eq(entries));
    }
}

#[test]
fn a_write_copies_its_own_entry_and_shares_the_next() {
    let (mut map, _) = grown(1000);
    let clone = map.clone();
    *map.get_mut(&500).unwrap() = 1;
    assert_eq!((map[&500], clone[&500]), (1, 500));
    let untouched = |map: &Map<u16, u32>| std::ptr::from_ref(&map[&501]);
    assert_eq!(untouched(&map), untouched(&clone));
}
