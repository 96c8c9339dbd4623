//! Consistent hashing.

use std::num::NonZeroU16;

use rand::Rng;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Balance;
use crate::kernel::{Seed, Stream, StreamKey};
use crate::policy::catalogue::Described;

/// Requests of one key go to one backend, whatever its load. Backends stand at several places each
/// on a ring of hashes, and a request goes to the first at or after the hash of its key; one
/// backend more or less moves only the keys next to its places.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsistentHash {
    /// Places of each backend on the ring. More of them share the keys more evenly.
    #[serde(default = "hundred")]
    pub replicas: NonZeroU16,
    /// Places and their backends, in order.
    #[serde(skip)]
    ring: Vec<(u64, u32)>,
}

fn hundred() -> NonZeroU16 {
    NonZeroU16::MIN.saturating_add(99)
}

/// The hash of places and keys, the same in every run.
fn hash() -> StreamKey {
    Seed::new(0).key("consistent-hash")
}

impl ConsistentHash {
    /// The policy with so many places of each backend.
    pub fn new(replicas: NonZeroU16) -> Self {
        Self { replicas, ring: Vec::new() }
    }

    /// The places of a backend of this name.
    fn places(&self, backend: usize, name: u64) -> impl Iterator<Item = (u64, u32)> + use<> {
        let key = hash().part(name);
        let places = 0..u64::from(self.replicas.get());
        places.map(move |place| (key.draws(place).next_u64(), backend as u32))
    }
}

impl Described for ConsistentHash {
    const NAME: &'static str = "consistent-hash";
    const SUMMARY: &'static str = "The backend to which the key of the request is hashed.";
    const SOURCE: &'static str = "Karger et al. 1997, Consistent hashing and random trees, STOC";
}

impl Balance for ConsistentHash {
    fn start(&mut self, backends: usize) {
        self.ring =
            (0..backends).flat_map(|backend| self.places(backend, backend as u64)).collect();
        self.ring.sort_unstable();
    }

    fn joins(&mut self, backend: usize, name: u64) {
        let joined = backend as u32;
        self.ring.iter_mut().for_each(|(_, other)| *other += u32::from(*other >= joined));
        self.ring.extend(self.places(backend, name));
        self.ring.sort_unstable();
    }

    fn leaves(&mut self, backend: usize) {
        let left = backend as u32;
        self.ring.retain(|&(_, other)| other != left);
        self.ring.iter_mut().for_each(|(_, other)| *other -= u32::from(*other > left));
    }

    fn observe(&mut self, _backend: usize, _outstanding: u32) {}

    fn choose(&mut self, _outstanding: &[u32], key: u64, _stream: &mut Stream) -> usize {
        let point = hash().draws(key).next_u64();
        let after = self.ring.partition_point(|&(place, _)| place < point);
        self.ring[after % self.ring.len()].1 as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::balance::testing::Bench;

    fn homes(replicas: u16, backends: usize) -> Vec<usize> {
        let policy = ConsistentHash::new(NonZeroU16::new(replicas).unwrap());
        let mut bench = Bench::new(&policy, backends);
        (0..10_000).map(|key| bench.send(key)).collect()
    }

    #[test]
    fn keeps_a_key_where_it_is_whatever_the_load() {
        let mut bench = Bench::new(&ConsistentHash::new(hundred()), 7);
        let homes: Vec<usize> = (0..100).map(|key| bench.send(key)).collect();
        bench.tell(homes[0], 1000);
        assert_eq!((0..100).map(|key| bench.send(key)).collect::<Vec<_>>(), homes);
    }

    #[test]
    fn a_backend_more_takes_keys_and_moves_no_others() {
        let (before, after) = (homes(100, 10), homes(100, 11));
        let moved: Vec<_> = before.iter().zip(&after).filter(|(old, new)| old != new).collect();
        assert!(moved.iter().all(|(_, new)| **new == 10));
        // An eleventh of the keys, within the spread of 100 places.
        assert!((600..1_300).contains(&moved.len()), "{} of 10000", moved.len());
    }

    #[test]
    fn a_backend_that_goes_takes_only_its_keys_with_it() {
        let mut bench = Bench::new(&ConsistentHash::new(hundred()), 5);
        let homes = |bench: &mut Bench| (0..1000).map(|key| bench.send(key)).collect::<Vec<_>>();
        let all = homes(&mut bench);
        bench.leaves(1);
        let moved_up = |home: &usize| [0, 2, 3, 4][*home];
        let fewer: Vec<usize> = homes(&mut bench).iter().map(moved_up).collect();
        assert!(all.contains(&1));
        assert!(all.iter().zip(&fewer).all(|(before, after)| before == after || *before == 1));
        bench.joins(1, 1);
        assert_eq!(homes(&mut bench), all, "it is back");
        bench.leaves(1);
        bench.joins(1, 5);
        assert_ne!(homes(&mut bench), all, "it is another one");
    }

    #[test]
    fn more_places_share_more_evenly() {
        let most = |replicas| {
            let mut counts = [0; 10];
            for home in homes(replicas, 10) {
                counts[home] += 1;
            }
            counts.into_iter().max().unwrap()
        };
        assert!(most(1000) < 1_150 && most(1) > 1_500, "{} and {}", most(1000), most(1));
    }
}
