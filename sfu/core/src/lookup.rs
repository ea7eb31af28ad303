//! The one hash map of the core: seeded, and impossible to iterate.

#![expect(
    clippy::disallowed_types,
    reason = "the newtype offers no iteration, so the order of its entries is never seen"
)]

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher};

/// A map for look-ups by keys that strangers choose. Its hasher is keyed by a seed from the given
/// random numbers, so nobody outside can aim at one bucket.
#[derive(Debug)]
pub(crate) struct LookupMap<K, V> {
    map: HashMap<K, V, SeededState>,
}

impl<K: Eq + Hash, V> LookupMap<K, V> {
    /// An empty map.
    pub fn new(seed: [u64; 2]) -> LookupMap<K, V> {
        LookupMap {
            map: HashMap::with_hasher(SeededState { seed }),
        }
    }

    /// The value of a key.
    pub fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.map.get(key)
    }

    /// Sets the value of a key; returns the old one.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.map.insert(key, value)
    }

    /// Forgets a key; returns its value.
    pub fn remove<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.map.remove(key)
    }
}

#[derive(Debug, Clone, Copy)]
struct SeededState {
    seed: [u64; 2],
}

impl BuildHasher for SeededState {
    type Hasher = FoldHasher;

    fn build_hasher(&self) -> FoldHasher {
        FoldHasher {
            state: self.seed[0],
            key: self.seed[1] | 1,
        }
    }
}

/// Multiply and fold: each word is mixed by the 128-bit product with a secret odd key.
#[derive(Debug)]
struct FoldHasher {
    state: u64,
    key: u64,
}

impl FoldHasher {
    fn mix(&mut self, word: u64) {
        let product = u128::from(self.state ^ word).wrapping_mul(u128::from(self.key));
        self.state = (product as u64) ^ ((product >> 64) as u64) ^ self.key.rotate_left(23);
    }
}

impl Hasher for FoldHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.mix(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.mix(u64::from(value));
    }

    fn write_u16(&mut self, value: u16) {
        self.mix(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.mix(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        self.mix(value);
    }

    fn write_usize(&mut self, value: usize) {
        self.mix(value as u64);
    }

    fn finish(&self) -> u64 {
        let product = u128::from(self.state).wrapping_mul(u128::from(self.key));
        (product as u64) ^ ((product >> 64) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_put_in() {
        let mut map = LookupMap::new([3, 5]);
        for n in 0..1000_u32 {
            assert_eq!(map.insert(n, n * 2), None);
        }
        assert!((0..1000_u32).all(|n| map.get(&n) == Some(&(n * 2))));
        assert_eq!(map.remove(&7), Some(14));
        assert_eq!(map.get(&7), None);
    }

    #[test]
    fn the_seed_changes_the_hash() {
        let hash = |seed| SeededState { seed }.hash_one("some user name");
        assert_ne!(hash([1, 2]), hash([1, 4]));
        assert_ne!(hash([1, 2]), hash([2, 2]));
    }
}
