//! Seeded chance. Ours: upstream draws from the process's generator.
//!
//! Each draw comes from a stream of its own, keyed by (seed, component, object, counter), so that a
//! new component or an unrelated object shifts nobody else's history.

use std::hash::Hasher;
use std::rc::Rc;

use rand_pcg::Pcg32;
use rand_pcg::rand_core::Rng as _;
use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher13;

use crate::api::Uid;
use crate::collections::Map;

/// All streams of one world.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Rng {
    seed: u64,
    /// How often, by component and object.
    drawn: Map<Rc<str>, Map<Uid, u64>>,
}

impl Rng {
    /// The streams that follow from `seed`.
    pub fn new(seed: u64) -> Self {
        Rng {
            seed,
            drawn: Map::new(),
        }
    }

    /// 64 bits from the stream of `component` and `object`.
    pub fn bits(&mut self, component: &str, object: Uid) -> u64 {
        self.stream(component, object).generator().next_u64()
    }

    /// A number from 0 to `bound - 1`, each as likely; 0 if `bound` is 0.
    pub fn below(&mut self, component: &str, object: Uid, bound: u32) -> u32 {
        self.stream(component, object).below(bound)
    }

    /// The stream of `component` and `object`, for who draws several times.
    pub fn stream<'a>(&'a mut self, component: &'a str, object: Uid) -> Stream<'a> {
        if self.drawn.get(component).is_none() {
            self.drawn.insert(component.into(), Map::new());
        }
        let of_component = self.drawn.get_mut(component).expect("it was put there");
        Stream {
            seed: self.seed,
            component,
            object,
            drawn: of_component.or_insert(object, 0),
        }
    }

    /// A UUID of version 4.
    pub fn uid(&mut self) -> Uid {
        self.uid_of("uid")
    }

    /// The same from the stream of `component`.
    pub fn uid_of(&mut self, component: &str) -> Uid {
        let (high, low) = (self.bits(component, Uid(0)), self.bits(component, Uid(0)));
        let bits = (u128::from(high) << 64) | u128::from(low);
        Uid((bits & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62))
    }

    /// Five characters as `generateName` appends them. Models `k8s.io/apimachinery/pkg/util/rand`.
    pub fn name_suffix(&mut self, component: &str, object: Uid) -> String {
        const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
        let letter = |_| {
            let drawn = self.below(component, object, ALPHABET.len() as u32);
            char::from(ALPHABET[drawn as usize])
        };
        (0..5).map(letter).collect()
    }
}

/// One stream.
pub struct Stream<'a> {
    seed: u64,
    component: &'a str,
    object: Uid,
    /// How often it was drawn from.
    drawn: &'a mut u64,
}

impl Stream<'_> {
    /// As [`Rng::below`].
    pub fn below(&mut self, bound: u32) -> u32 {
        let mut generator = self.generator();
        // Rejection keeps it fair: numbers above the largest multiple of `bound` are drawn again.
        let limit = u32::MAX - u32::MAX.checked_rem(bound).unwrap_or(0);
        loop {
            let drawn = generator.next_u32();
            if drawn < limit || bound <= 1 {
                return drawn.checked_rem(bound).unwrap_or(0);
            }
        }
    }

    fn generator(&mut self) -> Pcg32 {
        let mut hasher = SipHasher13::new_with_keys(self.seed, *self.drawn);
        *self.drawn += 1;
        hasher.write(self.component.as_bytes());
        hasher.write(&self.object.0.to_le_bytes());
        Pcg32::new(hasher.finish(), 0x0a02_bdbf_7bb3_c0a7)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_object_does_not_shift_another_ones_chance() {
        let (mut alone, mut together) = (Rng::new(7), Rng::new(7));
        together.bits("scheduler", Uid(1));
        assert_eq!(
            alone.below("scheduler", Uid(2), 100),
            together.below("scheduler", Uid(2), 100)
        );
    }
}
