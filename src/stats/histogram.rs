//! A log-linear histogram of spans: quantiles of millions of observations in a few kilobytes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Moments;
use super::sparse::Sparse;
use crate::kernel::Span;

/// The counters of one octave, as a power of two.
const BITS: u32 = 7;
/// The counters of one octave: 128.
const SUBS: usize = 1 << BITS;
/// Octave 0 holds 0..128, octave o holds 2^(o+6)..2^(o+7); the last ends with the largest u64.
const OCTAVES: usize = 64 - BITS as usize + 1;

/// The counters of one octave. They are 32 bits wide to keep small histograms small.
type Counters = [u32; SUBS];

/// Counts of spans by size, for quantiles; the moments are kept exactly beside them.
///
/// Each octave (from one power of two of nanoseconds to the next) is cut into 128 buckets of equal
/// width; below 128 ns a bucket is one nanosecond.
///
/// **Error.** A bucket of width w at or above 128 ns begins at 128 w or later and is reported by
/// its midpoint, which is at most w / 2 from any value within. So a quantile is off by at most
/// 1/256 (0.39 %) of its value, and not at all below 256 ns, where w is 1.
///
/// **Memory.** The counters of an octave, 512 bytes, come with the first value in it: a histogram
/// of values within a factor of 1000 takes about 5 kB, an empty one 200 bytes. Once its octaves
/// are there, recording allocates nothing.
///
/// **Merging** adds integers, so it gives the same in whatever order.
///
/// **Serialised**, it is its moments and the buckets that are not empty; read back, it is the same.
///
/// ```
/// use cloudsched::kernel::Span;
/// use cloudsched::stats::Histogram;
/// let mut response = Histogram::default();
/// for millis in 1..=1000 {
///     response.record(Span::from_millis(millis));
/// }
/// let p99 = response.quantile(0.99).expect("it is not empty").as_millis_f64();
/// assert!((p99 - 990.0).abs() < 990.0 / 256.0);
/// assert_eq!(response.quantile(1.0), Some(Span::from_secs(1)));
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(into = "Sparse", try_from = "Sparse")]
pub struct Histogram {
    moments: Moments,
    /// Place of each octave in `counters`, plus one; zero while the octave is empty.
    places: [u8; OCTAVES],
    /// The counters of the octaves seen so far, in order of first use.
    counters: Vec<Counters>,
    /// What overflows a counter, in units of 2^32, by bucket.
    carries: BTreeMap<u16, u32>,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            moments: Moments::default(),
            places: [0; OCTAVES],
            counters: Vec::new(),
            carries: BTreeMap::new(),
        }
    }
}

/// The same observations, to the resolution of the buckets, and the same moments.
impl PartialEq for Histogram {
    fn eq(&self, other: &Self) -> bool {
        self.moments == other.moments && self.buckets().eq(other.buckets())
    }
}

impl Eq for Histogram {}

/// The octave of a value, and its counter there.
#[inline]
const fn bucket_of(nanos: u64) -> (usize, usize) {
    let shift = (nanos | (SUBS as u64 - 1)).ilog2() - (BITS - 1);
    // In octave 0 the shift is 0, in octave o it is o: the values above it keep their leading one.
    let octave = shift as usize;
    let sub = nanos >> shift.saturating_sub(1);
    (octave, sub as usize & (SUBS - 1))
}

/// The octave of the bucket with this number, and its counter there.
const fn place_of(bucket: u16) -> (usize, usize) {
    (bucket as usize / SUBS, bucket as usize % SUBS)
}

/// The midpoint of a bucket.
const fn midpoint(octave: usize, sub: usize) -> u64 {
    if octave == 0 {
        return sub as u64;
    }
    let width = 1_u64 << (octave - 1);
    (SUBS as u64 + sub as u64) * width + width / 2
}

impl Histogram {
    /// Counts one more span.
    #[inline]
    pub fn record(&mut self, span: Span) {
        self.moments.record(span);
        let (octave, sub) = bucket_of(span.as_nanos());
        if self.places[octave] == 0 {
            self.open(octave);
        }
        let counter = &mut self.counters[usize::from(self.places[octave]) - 1][sub];
        *counter = counter.wrapping_add(1);
        if *counter == 0 {
            self.carry(octave, sub, 1);
        }
    }

    /// Makes room for an octave.
    #[cold]
    fn open(&mut self, octave: usize) {
        self.counters.reserve_exact(1);
        self.counters.push([0; SUBS]);
        self.places[octave] = self.counters.len() as u8;
    }

    /// Adds `high` times 2^32 to a bucket.
    #[cold]
    fn carry(&mut self, octave: usize, sub: usize, high: u32) {
        *self.carries.entry((octave * SUBS + sub) as u16).or_default() += high;
    }

    /// Takes in all that `other` has recorded.
    pub fn merge(&mut self, other: &Self) {
        self.moments.merge(&other.moments);
        for (octave, theirs) in other.octaves() {
            if self.places[octave] == 0 {
                self.open(octave);
            }
            for (sub, &count) in theirs.iter().enumerate() {
                let counter = &mut self.counters[usize::from(self.places[octave]) - 1][sub];
                let (sum, over) = counter.overflowing_add(count);
                *counter = sum;
                if over {
                    self.carry(octave, sub, 1);
                }
            }
        }
        for (&bucket, &high) in &other.carries {
            *self.carries.entry(bucket).or_default() += high;
        }
    }

    /// What was recorded since `earlier`, an earlier state of the same histogram: all counts are
    /// exact, the least and the greatest are known to the error above.
    ///
    /// # Panics
    /// If it is not an earlier state.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let mut before = earlier.numbered().peekable();
        let more = self.numbered().filter_map(|(bucket, count)| {
            let old = before.next_if(|(other, _)| *other == bucket).map_or(0, |(_, old)| old);
            (count > old).then(|| (bucket, count - old))
        });
        let buckets: Vec<(u16, u64)> = more.collect();
        let (Some(first), Some(last)) = (buckets.first(), buckets.last()) else {
            return Self::default();
        };
        let [min, max] = [first, last].map(|&(bucket, _)| {
            let (octave, sub) = place_of(bucket);
            Span::from_nanos(midpoint(octave, sub))
        });
        let moments = self.moments.since(&earlier.moments).between(min, max);
        Self::of_parts(moments, &buckets).expect("an earlier state has no more in any bucket")
    }

    /// How many of the spans are at most `span`, to the error above.
    pub fn at_most(&self, span: Span) -> u64 {
        let (octave, sub) = bucket_of(span.as_nanos());
        let last = (octave * SUBS + sub) as u16;
        self.numbered().take_while(|(bucket, _)| *bucket <= last).map(|(_, count)| count).sum()
    }

    /// The octaves seen so far, from short to long.
    fn octaves(&self) -> impl Iterator<Item = (usize, &Counters)> {
        let places = self.places.iter().enumerate().filter(|(_, place)| **place > 0);
        places.map(|(octave, &place)| (octave, &self.counters[usize::from(place) - 1]))
    }

    /// The number and the count of each bucket that is not empty, from short to long.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (u16, u64)> {
        self.octaves().flat_map(move |(octave, counters)| {
            counters.iter().enumerate().filter_map(move |(sub, &low)| {
                let bucket = (octave * SUBS + sub) as u16;
                let high = self.carries.get(&bucket).copied();
                let count = u64::from(high.unwrap_or(0)) << 32 | u64::from(low);
                (count > 0).then_some((bucket, count))
            })
        })
    }

    /// The midpoint and the count of each bucket that is not empty, from short to long.
    fn buckets(&self) -> impl Iterator<Item = (u64, u64)> {
        self.numbered().map(|(bucket, count)| {
            let (octave, sub) = place_of(bucket);
            (midpoint(octave, sub), count)
        })
    }

    /// A histogram of these moments and buckets; `None` if they do not belong together.
    pub(super) fn of_parts(moments: Moments, buckets: &[(u16, u64)]) -> Option<Self> {
        let mut histogram = Self { moments, ..Self::default() };
        let mut total = 0_u64;
        for &(bucket, count) in buckets {
            let (octave, sub) = place_of(bucket);
            if octave >= OCTAVES {
                return None;
            }
            if histogram.places[octave] == 0 {
                histogram.open(octave);
            }
            histogram.counters[usize::from(histogram.places[octave]) - 1][sub] = count as u32;
            if let high @ 1.. = (count >> 32) as u32 {
                histogram.carry(octave, sub, high);
            }
            total = total.checked_add(count)?;
        }
        (total == histogram.count()).then_some(histogram)
    }

    /// How many spans were recorded.
    pub const fn count(&self) -> u64 {
        self.moments.count()
    }

    /// The smallest value with at least `ceil(q n)` (and at least one) of the n spans at or below
    /// it, to the error above; the first and the last of the spans are exact. `q` outside 0..=1 counts
    /// as the nearer end, NaN as 0. `None` if nothing was recorded.
    pub fn quantile(&self, q: f64) -> Option<Span> {
        let (min, max) = (self.moments.min()?, self.moments.max()?);
        let count = self.count();
        // Rounding may lift a product such as 0.07 * 100 above the whole number that is meant.
        let rank = (q * count as f64 * (1.0 - 4.0 * f64::EPSILON)).ceil() as u64;
        if rank <= 1 {
            return Some(min);
        }
        if rank >= count {
            return Some(max);
        }
        let mut seen = 0;
        let found = self.buckets().find(|(_, count)| {
            seen += count;
            seen >= rank
        });
        found.map(|(nanos, _)| Span::from_nanos(nanos).clamp(min, max))
    }

    /// The exact moments of what was recorded.
    pub const fn moments(&self) -> &Moments {
        &self.moments
    }

    /// The exact mean in seconds; `None` if nothing was recorded.
    pub fn mean(&self) -> Option<f64> {
        self.moments.mean()
    }

    /// The exact sample standard deviation in seconds, as [`Moments::sd`].
    pub fn sd(&self) -> Option<f64> {
        self.moments.sd()
    }

    /// The exact least span; `None` if nothing was recorded.
    pub fn min(&self) -> Option<Span> {
        self.moments.min()
    }

    /// The exact greatest span; `None` if nothing was recorded.
    pub fn max(&self) -> Option<Span> {
        self.moments.max()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(nanos: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        for &nanos in nanos {
            histogram.record(Span::from_nanos(nanos));
        }
        histogram
    }

    #[test]
    fn empty_has_no_quantiles() {
        assert_eq!(Histogram::default().quantile(0.5), None);
        assert_eq!(Histogram::default().count(), 0);
    }

    #[test]
    fn buckets_follow_each_other_without_gap_up_to_the_largest_value() {
        assert_eq!(bucket_of(0), (0, 0));
        assert_eq!(bucket_of(127), (0, 127));
        assert_eq!(bucket_of(128), (1, 0));
        assert_eq!(bucket_of(255), (1, 127));
        assert_eq!(bucket_of(256), (2, 0));
        assert_eq!(bucket_of(u64::MAX), (OCTAVES - 1, SUBS - 1));
        for octave in 0..OCTAVES {
            for sub in 0..SUBS {
                assert_eq!(bucket_of(midpoint(octave, sub)), (octave, sub));
            }
        }
    }

    #[test]
    fn quantiles_of_few_small_values_are_exact() {
        let histogram = of(&[10, 20, 30, 40]);
        let quantile = |q| histogram.quantile(q).unwrap().as_nanos();
        assert_eq!(
            [0.0, 0.25, 0.26, 0.5, 0.75, 0.76, 1.0].map(quantile),
            [10, 10, 20, 20, 30, 40, 40]
        );
        assert_eq!([-1.0, f64::NAN, 2.0].map(quantile), [10, 10, 40]);
        // 0.07 * 100 is 7.000000000000001 in f64; the seventh value is meant.
        assert_eq!(of(&(1..=100).collect::<Vec<_>>()).quantile(0.07), Some(Span::from_nanos(7)));
    }

    #[test]
    fn counts_past_32_bits_are_carried() {
        let mut histogram = of(&[50; 3]);
        for _ in 0..33 {
            let same = histogram.clone();
            histogram.merge(&same);
        }
        histogram.merge(&of(&[60; 1000]));
        assert_eq!(histogram.count(), (3 << 33) + 1000);
        assert_eq!(histogram.buckets().collect::<Vec<_>>(), [(50, 3 << 33), (60, 1000)]);
        let json = serde_json::to_string(&histogram).unwrap();
        assert_eq!(serde_json::from_str::<Histogram>(&json).unwrap(), histogram);
        let mut brim = of(&[]);
        brim.open(0);
        brim.counters[0][50] = u32::MAX;
        brim.record(Span::from_nanos(50));
        assert_eq!(brim.buckets().collect::<Vec<_>>(), [(50, 1 << 32)]);
    }

    proptest! {
        #[test]
        fn quantiles_are_within_the_error_of_the_sorted_list(
            nanos in prop::collection::vec((0_u32..64).prop_flat_map(|s| 0..=(u64::MAX >> s)), 1..300),
            q in 0.0_f64..=1.0,
        ) {
            let mut sorted = nanos.clone();
            sorted.sort_unstable();
            let rank = ((q * nanos.len() as f64).ceil() as usize).max(1);
            let exact = sorted[rank - 1];
            let found = of(&nanos).quantile(q).unwrap().as_nanos();
            prop_assert!(found.abs_diff(exact) <= exact / 256, "{found} for {exact}");
        }

        #[test]
        fn it_is_read_back_as_it_was_written(nanos in prop::collection::vec(any::<u64>(), 0..50)) {
            let histogram = of(&nanos);
            let json = serde_json::to_string(&histogram).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Histogram>(&json).unwrap(), &histogram);
        }

        #[test]
        fn what_came_since_is_what_was_recorded_since(
            before in prop::collection::vec(0_u64..1 << 50, 0..50),
            after in prop::collection::vec(0_u64..1 << 50, 0..50),
            at in any::<u64>(),
        ) {
            let (earlier, later) = (of(&before), of(&after));
            let mut all = earlier.clone();
            all.merge(&later);
            let since = all.since(&earlier);
            prop_assert!(since.buckets().eq(later.buckets()));
            prop_assert_eq!((since.mean(), since.sd()), (later.mean(), later.sd()));
            let below = later.buckets().filter(|(nanos, _)| bucket_of(*nanos) <= bucket_of(at));
            prop_assert_eq!(later.at_most(Span::from_nanos(at)), below.map(|(_, n)| n).sum::<u64>());
        }

        #[test]
        fn merging_is_the_same_in_any_order(
            parts in prop::collection::vec(prop::collection::vec(any::<u64>(), 0..20), 1..6),
        ) {
            let merged = |order: &mut dyn Iterator<Item = &Vec<u64>>| {
                order.fold(Histogram::default(), |mut all, part| {
                    all.merge(&of(part));
                    all
                })
            };
            let all: Vec<u64> = parts.iter().flatten().copied().collect();
            prop_assert_eq!(&merged(&mut parts.iter()), &of(&all));
            prop_assert_eq!(&merged(&mut parts.iter().rev()), &of(&all));
        }
    }
}
