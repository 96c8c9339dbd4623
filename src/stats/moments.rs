//! Count, mean and standard deviation of spans, from exact integer sums.

use serde::{Deserialize, Serialize};

use crate::kernel::Span;

/// Count, mean, standard deviation, least and greatest of the spans recorded.
///
/// The sums of the spans and of their squares are kept as whole nanoseconds in 128 bits. Integer
/// addition is exact, so [`merge`](Self::merge) gives the same bits in whatever order, and the
/// variance loses no digits to cancellation. The sum of squares saturates at 2^128 ns²: that takes
/// 4e10 spans of a day each. From then on [`sd`](Self::sd) is undefined; all else stays exact.
///
/// ```
/// use cloudsched::kernel::Span;
/// use cloudsched::stats::Moments;
/// let mut response = Moments::default();
/// for millis in [10, 20, 30] {
///     response.record(Span::from_millis(millis));
/// }
/// assert_eq!(response.mean(), Some(0.020));
/// assert_eq!(response.sd(), Some(0.010));
/// assert_eq!(response.max(), Some(Span::from_millis(30)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moments {
    count: u64,
    min: u64,
    max: u64,
    /// Nanoseconds; at most 2^64 of less than 2^64 each, so it cannot overflow.
    sum: u128,
    /// Nanoseconds squared, saturating.
    squares: u128,
}

impl Default for Moments {
    fn default() -> Self {
        Self { count: 0, min: u64::MAX, max: 0, sum: 0, squares: 0 }
    }
}

impl Moments {
    /// Counts one more span.
    #[inline]
    pub fn record(&mut self, span: Span) {
        let nanos = span.as_nanos();
        self.count += 1;
        // Branches: a new least or greatest is rare, and so nothing is written.
        if nanos < self.min {
            self.min = nanos;
        }
        // Nor does zero add anything, which is what most requests wait.
        if nanos == 0 {
            return;
        }
        if nanos > self.max {
            self.max = nanos;
        }
        self.sum += u128::from(nanos);
        let square = u128::from(nanos) * u128::from(nanos);
        self.squares = self.squares.saturating_add(square);
    }

    /// Takes in all that `other` has recorded.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.sum += other.sum;
        self.squares = self.squares.saturating_add(other.squares);
    }

    /// What was recorded since `earlier`, an earlier state of the same; of the least and the greatest
    /// nothing more is known than those of all.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let saturated = self.squares == u128::MAX;
        Self {
            count: self.count - earlier.count,
            min: self.min,
            max: self.max,
            sum: self.sum - earlier.sum,
            squares: if saturated { u128::MAX } else { self.squares - earlier.squares },
        }
    }

    /// The same with these for the least and the greatest span.
    pub(super) const fn between(self, min: Span, max: Span) -> Self {
        Self { min: min.as_nanos(), max: max.as_nanos(), ..self }
    }

    /// How many spans were recorded.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The sum of all spans, in nanoseconds.
    pub const fn sum_nanos(&self) -> u128 {
        self.sum
    }

    /// The mean in seconds; `None` if nothing was recorded.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64 / 1e9)
    }

    /// The sample standard deviation (divisor n - 1) in seconds; `None` below two spans, or if the
    /// sum of squares has saturated.
    pub fn sd(&self) -> Option<f64> {
        if self.count < 2 || self.squares == u128::MAX {
            return None;
        }
        // About the whole part m of the mean, with r = sum - n m: the sum of (x - m)² is
        // squares - m (sum + r), exact and never negative, and that about the mean is r²/n less.
        let n = u128::from(self.count);
        let (whole, rest) = (self.sum / n, self.sum % n);
        let about_whole = (self.squares - whole * (self.sum + rest)) as f64;
        let about_mean = about_whole - rest as f64 / n as f64 * rest as f64;
        Some((about_mean.max(0.0) / (self.count - 1) as f64).sqrt() / 1e9)
    }

    /// The least span; `None` if nothing was recorded.
    pub fn min(&self) -> Option<Span> {
        (self.count > 0).then_some(Span::from_nanos(self.min))
    }

    /// The greatest span; `None` if nothing was recorded.
    pub fn max(&self) -> Option<Span> {
        (self.count > 0).then_some(Span::from_nanos(self.max))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(nanos: &[u64]) -> Moments {
        let mut moments = Moments::default();
        for &nanos in nanos {
            moments.record(Span::from_nanos(nanos));
        }
        moments
    }

    #[test]
    fn nothing_recorded_means_nothing_known() {
        let none = Moments::default();
        assert_eq!((none.count(), none.mean(), none.sd()), (0, None, None));
        assert_eq!((none.min(), none.max()), (None, None));
        let one = of(&[7]);
        assert_eq!((one.mean(), one.sd()), (Some(7e-9), None));
    }

    #[test]
    fn a_small_spread_on_a_large_mean_keeps_its_digits() {
        // An hour, give or take a nanosecond: naive sums of f64 would give 0 or NaN.
        let hour = 3_600_000_000_000;
        let moments = of(&[hour - 1, hour, hour + 1]);
        assert_eq!(moments.sd(), Some(1e-9));
        let moments = of(&[hour, hour + 1]);
        assert!((moments.sd().unwrap() - 0.5_f64.sqrt() * 1e-9).abs() < 1e-24);
    }

    #[test]
    fn saturated_squares_leave_only_the_deviation_undefined() {
        let moments = of(&[u64::MAX, u64::MAX]);
        assert_eq!(moments.sd(), None);
        assert_eq!(moments.sum_nanos(), 2 * u128::from(u64::MAX));
        assert_eq!(moments.max(), Some(Span::MAX));
    }

    proptest! {
        #[test]
        fn agrees_with_two_passes(nanos in prop::collection::vec(0_u64..1_000_000, 2..200)) {
            let n = nanos.len() as f64;
            let mean = nanos.iter().sum::<u64>() as f64 / n;
            let squares: f64 =
                nanos.iter().map(|&x| (x as f64 - mean) * (x as f64 - mean)).sum();
            let moments = of(&nanos);
            prop_assert!((moments.mean().unwrap() * 1e9 - mean).abs() <= 1e-9 * mean);
            let sd = (squares / (n - 1.0)).sqrt();
            prop_assert!((moments.sd().unwrap() * 1e9 - sd).abs() <= 1e-9 * sd + 1e-9);
        }

        #[test]
        fn merging_is_the_same_in_any_order(
            parts in prop::collection::vec(prop::collection::vec(any::<u64>(), 0..20), 1..6),
        ) {
            let merged = |order: &mut dyn Iterator<Item = &Vec<u64>>| {
                order.fold(Moments::default(), |mut all, part| {
                    all.merge(&of(part));
                    all
                })
            };
            let all: Vec<u64> = parts.iter().flatten().copied().collect();
            prop_assert_eq!(merged(&mut parts.iter()), of(&all));
            prop_assert_eq!(merged(&mut parts.iter().rev()), of(&all));
        }
    }
}
