//! Named streams of chance.
//!
//! Each consumer of randomness has a name, such as `"client.web.arrivals"`, and draws from a
//! stream that depends on the seed of the run and on that name alone. So a component that is added,
//! or a policy that draws more, shifts no other stream, and two policies face the same luck.
//!
//! Two kinds of stream come from one [`StreamKey`]:
//!
//! - [`Stream`], a sequence, for consumers whose draws have a natural order (gaps between the
//!   arrivals of one client): xoshiro256++ of `rand`, seeded by our own bytes.
//! - [`Draws`], random access by number, for draws that must not depend on the order of events
//!   (the demand of request 17): a `SplitMix64` sequence whose start is a hash of key and number.

use std::convert::Infallible;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng, TryRng};

/// The increment of `SplitMix64`, 2^64 over the golden ratio (Steele, Lea, Flood 2014).
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finaliser of `SplitMix64`: a bijection of 64 bits in which every input bit reaches every
/// output bit.
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A sequence of chance for one named consumer.
pub type Stream = Xoshiro256PlusPlus;

/// The seed of a run; the root of all its streams.
///
/// ```
/// use cloudsched::kernel::Seed;
/// use rand::Rng;
/// let mut a = Seed::new(1).key("client.web.arrivals").stream();
/// let mut b = Seed::new(1).key("client.web.arrivals").stream();
/// assert_eq!(a.next_u64(), b.next_u64());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(u64);

/// The key of one named stream: seed and name, hashed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamKey(u64);

/// Random access to chance: a short sequence for one numbered use of a stream.
#[derive(Clone, Copy, Debug)]
pub struct Draws(u64);

impl Seed {
    /// The seed with this number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number of the seed.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The seed of replication `number`: the seed itself for 0, then seeds derived from it. They
    /// stay below 2^53, so that they survive JSON and spreadsheets.
    #[must_use]
    pub const fn replication(self, number: u64) -> Self {
        if number == 0 {
            return self;
        }
        Self(mix(mix(self.0).wrapping_add(number.wrapping_mul(GOLDEN))) >> 11)
    }

    /// The key of the stream called `name` (FNV-1a of the name, mixed with the seed).
    pub fn key(self, name: &str) -> StreamKey {
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        StreamKey(mix(mix(self.0.wrapping_add(GOLDEN)) ^ hash))
    }
}

impl StreamKey {
    /// The sequence of this key.
    pub fn stream(self) -> Stream {
        let mut words = Draws(self.0);
        let mut bytes = [0; 32];
        for chunk in bytes.chunks_exact_mut(8) {
            chunk.copy_from_slice(&words.next_u64().to_le_bytes());
        }
        Stream::from_seed(bytes)
    }

    /// The key of part `number` of this stream (a member of a family, a client of a service).
    #[must_use]
    pub const fn part(self, number: u64) -> Self {
        Self(mix(self.0 ^ mix(number.wrapping_add(GOLDEN))))
    }

    /// The draws of use `number` of this stream.
    pub const fn draws(self, number: u64) -> Draws {
        Draws(self.part(number).0)
    }

    /// The draws of this stream for something that has a key of its own: the demand at this
    /// service of that request.
    pub const fn draws_for(self, other: Self) -> Draws {
        self.draws(other.0)
    }

    /// The key as a number, for hashing.
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl TryRng for Draws {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.try_next_u64()? >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_add(GOLDEN);
        Ok(mix(self.0))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            let word = self.try_next_u64()?.to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

/// A number uniform on [0, 1), from the upper 53 bits of one word.
pub fn uniform(rng: &mut (impl Rng + ?Sized)) -> f64 {
    (rng.next_u64() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
}

/// A whole number uniform on `0..bound`, from one word (Lemire 2019, without the rejection step:
/// the bias is below `bound / 2^64`).
pub fn below(rng: &mut (impl Rng + ?Sized), bound: u64) -> u64 {
    ((u128::from(rng.next_u64()) * u128::from(bound)) >> 64) as u64
}

/// Puts items into an order at random, each as likely as the others (Fisher and Yates).
pub fn shuffle<T>(items: &mut [T], rng: &mut (impl Rng + ?Sized)) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(rng, last as u64 + 1) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_numbers_and_seeds_give_different_streams() {
        let first = |seed, name, part| Seed::new(seed).key(name).part(part).stream().next_u64();
        let mut firsts: Vec<u64> = Vec::new();
        for seed in 0..10 {
            for name in ["a", "b", "client.web.arrivals", "client.web.member"] {
                firsts.extend((0..10).map(|part| first(seed, name, part)));
            }
        }
        firsts.sort_unstable();
        firsts.dedup();
        assert_eq!(firsts.len(), 400);
    }

    #[test]
    fn the_first_words_are_what_they_always_were() {
        let key = Seed::new(1).key("client.web.arrivals");
        assert_eq!(key.stream().next_u64(), key.stream().next_u64());
        assert_eq!(Seed::new(5).replication(0), Seed::new(5));
        assert!(Seed::new(5).replication(1).number() < 1 << 53);
        // SplitMix64 from state 0 is published: 0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4.
        let mut draws = Draws(0);
        assert_eq!(draws.next_u64(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(draws.next_u64(), 0x6e78_9e6a_a1b9_65f4);
    }

    #[test]
    fn uniforms_fill_the_unit_interval_evenly() {
        let key = Seed::new(7).key("test");
        let mut counts = [0_u32; 10];
        for number in 0..100_000 {
            let u = uniform(&mut key.draws(number));
            counts[(u * 10.0) as usize] += 1;
        }
        // Chi-squared with 9 degrees of freedom: 27.9 is its 99.9 % point.
        let chi2: f64 =
            counts.iter().map(|&c| (f64::from(c) - 1e4) * (f64::from(c) - 1e4) / 1e4).sum();
        assert!(chi2 < 27.9, "chi2 {chi2} of {counts:?}");
    }
}
