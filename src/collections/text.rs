//! Texts, eight bytes at a time. What Rust compares bytes with in wasm takes them one by one, and nearly every key is a
//! text. Ours; the order is that of `str`.

use std::cmp::Ordering;

/// Which comes first?
#[inline(never)]
pub fn compare(one: &str, other: &str) -> Ordering {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let shared = one.len().min(other.len());
    let first = differing(&one[..shared], &other[..shared]);
    first.unwrap_or_else(|| one.len().cmp(&other.len()))
}

/// Are they the same? Lengths tell most texts apart without a look at either.
pub fn is_same(one: &str, other: &str) -> bool {
    one.len() == other.len() && differing(one.as_bytes(), other.as_bytes()).is_none()
}

/// How they differ first, where they do; both are as long.
fn differing(one: &[u8], other: &[u8]) -> Option<Ordering> {
    let (words, rest) = one.as_chunks::<8>();
    let (other_words, other_rest) = other.as_chunks::<8>();
    for (word, other) in words.iter().zip(other_words) {
        if u64::from_ne_bytes(*word) != u64::from_ne_bytes(*other) {
            return Some(word_order(*word, *other));
        }
    }
    // The last eight once more: what is in front of the rest is the same.
    if let (Some(word), Some(other)) = (one.last_chunk(), other.last_chunk()) {
        let is_same = rest.is_empty() || u64::from_ne_bytes(*word) == u64::from_ne_bytes(*other);
        return (!is_same).then(|| word_order(*word, *other));
    }
    let mut both = rest.iter().zip(other_rest);
    both.find_map(|(one, other)| Some(one.cmp(other)).filter(|order| order.is_ne()))
}

/// Of words that differ.
fn word_order(one: [u8; 8], other: [u8; 8]) -> Ordering {
    u64::from_be_bytes(one).cmp(&u64::from_be_bytes(other))
}
