//! Sorting, through one instance of the standard library's sort. Ours: each type that is sorted
//! directly costs the page two to five kilobytes of wasm.

use std::cmp::Ordering;

/// Sorts by `compare`; equal items keep their order.
pub fn sort_by<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let mut places = places(items.len(), &|a, b| compare(&items[a], &items[b]));
    for at in 0..items.len() {
        while places[at] as usize != at {
            let to = places[at] as usize;
            items.swap(at, to);
            places.swap(at, to);
        }
    }
}

/// Sorts by what `key` makes of an item; equal items keep their order.
pub fn sort_by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    sort_by(items, |a, b| key(a).cmp(&key(b)));
}

/// Sorts; equal items keep their order.
pub fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, T::cmp);
}

/// Where each of `count` items belongs.
fn places(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<u32> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|a, b| compare(*a, *b));
    let mut places = vec![0; count];
    for (place, item) in order.into_iter().enumerate() {
        places[item] = place as u32;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_sorts_as_the_standard_library_does(items: Vec<(u8, u16)>) {
            let mut expected = items.clone();
            expected.sort_by_key(|(key, _)| *key);
            let mut ours = items;
            sort_by_key(&mut ours, |(key, _)| *key);
            prop_assert_eq!(ours, expected);
        }
    }
}
