//! The placers of the load balancer: which runner is asked, and which next.
//!
//! Source: `ch_placer.go`, `naive_placer.go` of the Fn project, commit 00525289 (2025-09).

use crate::kernel::Stream;
use crate::kernel::stream::below;
use crate::model::{HostId, jump_hash, jump_next, sip_hash};

/// The key under which the load balancer hashes functions (`ch_placer.go`).
const KEY: (u64, u64) = (0, 0x4c61_7279_426f_6174);

/// In which order the load balancer asks the runners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placing {
    /// From the home runner of the function on, by [`fn_hash`].
    Ch,
    /// From the home runner of the function on, by [`jump_hash`]: what `ch` is meant to be.
    Jump,
    /// The one after the last that was asked, whatever for.
    Naive,
}

/// The jump consistent hash as `ch_placer.go` has it, of `buckets`, at least one.
///
/// It divides whole numbers and adds one to the quotient, where the [published one](jump_hash) adds one to the divisor
/// and divides real numbers. So each jump doubles the number of the bucket at least: bucket 1 is never met, of
/// two all keys have bucket 0, and buckets are far from even.
///
/// ```
/// use cloudsched::platform::fn_project::fn_hash;
/// assert!((0..1000).all(|key| fn_hash(key, 2) == 0));
/// ```
pub fn fn_hash(mut key: u64, buckets: u32) -> u32 {
    let (mut bucket, mut next) = (0, 0_u64);
    while next < u64::from(buckets) {
        bucket = next;
        key = jump_next(key);
        // The real one divides by zero for one key in two thousand million.
        next = (bucket + 1).saturating_mul((1 << 31) / (key >> 33).max(1) + 1);
    }
    bucket as u32
}

/// The load balancer's choice of runners.
#[derive(Debug)]
pub(super) struct Placer {
    placing: Placing,
    runners: u32,
    /// How many runners the naive one has asked, from a start that is drawn.
    asked: u64,
}

impl Placer {
    /// For so many runners. The naive one starts at the nanoseconds of a clock, which a stream stands for.
    pub(super) fn new(placing: Placing, runners: u32, stream: &mut Stream) -> Self {
        let asked = match placing {
            Placing::Naive => below(stream, 1_000_000_000),
            Placing::Ch | Placing::Jump => 0,
        };
        Self { placing, runners, asked }
    }

    /// The runner that a function of this name is asked at first.
    pub(super) fn home(&self, name: &str) -> u32 {
        let key = sip_hash(KEY, name.as_bytes());
        match self.placing {
            Placing::Ch => fn_hash(key, self.runners),
            Placing::Jump => jump_hash(key, self.runners),
            Placing::Naive => 0,
        }
    }

    /// The runner to ask for a function with this home, if `tried` were asked in this round.
    pub(super) fn next(&mut self, home: u32, tried: u32) -> HostId {
        let runners = u64::from(self.runners);
        let place = match self.placing {
            Placing::Ch | Placing::Jump => (u64::from(home) + u64::from(tried)) % runners,
            Placing::Naive => {
                self.asked += 1;
                self.asked % runners
            }
        };
        HostId::new(place as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Seed;

    fn counts(buckets: u32, hash: fn(u64, u32) -> u32) -> Vec<u32> {
        let mut counts = vec![0; buckets as usize];
        for number in 0..100_000_u64 {
            counts[hash(sip_hash(KEY, &number.to_le_bytes()), buckets) as usize] += 1;
        }
        counts
    }

    /// The first jump goes to m = 2^31 / k + 1 for k uniform below 2^31: to 2 with probability 1/2, to 3 with 1/6, to m with
    /// 1 / (m (m - 1)); from bucket b the next goes to (b + 1) m, past the last of four buckets. Of four buckets: 2 with 1/2,
    /// 3 with 1/6, 0 with the rest, 1/3. Of 100,000 keys these are 33,333, 0, 50,000 and 16,667, give or take
    /// four standard deviations of at most 158.
    #[test]
    fn the_hash_of_fn_is_far_from_even() {
        assert_eq!(counts(2, fn_hash), [100_000, 0]);
        let counts = counts(4, fn_hash);
        for (count, expected) in counts.iter().zip([33_333, 0, 50_000, 16_667_u32]) {
            assert!(count.abs_diff(expected) <= 632, "{counts:?}");
        }
    }

    /// The first jumps of key 1, by hand: 1 * 2862933555777941757 + 1 = 2862933555777941758, of which the upper 31 bits are
    /// 333,289,331; 2^31 divided by that is 6 and a rest, and one more is 7: of seven buckets the key has 0, and it
    /// leaves that for 7 where there are eight.
    #[test]
    fn the_hash_of_fn_by_hand() {
        assert_eq!(jump_next(1) >> 33, 333_289_331);
        assert_eq!([1, 2, 6, 7, 8].map(|buckets| fn_hash(1, buckets)), [0, 0, 0, 0, 7]);
    }

    /// The hash as published sends a quarter to each of four.
    #[test]
    fn the_published_hash_is_even() {
        let counts = counts(4, jump_hash);
        assert!(counts.iter().all(|count| count.abs_diff(25_000) <= 548), "{counts:?}");
    }

    #[test]
    fn rounds_begin_at_home_or_go_on() {
        let mut stream = Seed::new(1).key("test").stream();
        let mut ch = Placer::new(Placing::Ch, 3, &mut stream);
        let mut asked = |tried| ch.next(2, tried).number();
        assert_eq!([asked(0), asked(1), asked(2), asked(0)], [2, 0, 1, 2]);
        let mut naive = Placer::new(Placing::Naive, 3, &mut stream);
        let mut asked = || naive.next(0, 0).number();
        let first = asked();
        assert_eq!([asked(), asked(), asked()], [1, 2, 3].map(|step| (first + step) % 3));
    }
}
