//! By how much an instance takes longer than the reference over a demand.

use crate::kernel::Span;

/// A factor of times, as a whole number of 2^-32; at most 2^32.
///
/// ```
/// use cloudsched::kernel::Span;
/// use cloudsched::model::Stretch;
/// let slow = Stretch::of_share(0.25, 1.0);
/// assert_eq!(slow.of(Span::from_millis(20)), Span::from_millis(80));
/// // Of waiting for others a slow core is no longer.
/// assert_eq!(Stretch::of_share(0.25, 0.5).of(Span::from_millis(20)), Span::from_millis(50));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch(u64);

const BITS: u32 = 32;

impl Stretch {
    /// As long as it is.
    pub const ONE: Self = Self(1 << BITS);

    /// Of a demand of which this share, 0 to 1, is computed at `speed` seconds a second; the rest takes as
    /// long as it takes.
    pub fn of_share(speed: f64, share: f64) -> Self {
        let factor = share / speed + (1.0 - share);
        Self((factor * (1_u64 << BITS) as f64).round() as u64)
    }

    /// A span this much longer, to the nearest nanosecond; at most [`Span::MAX`].
    #[inline(always)]
    pub const fn of(self, span: Span) -> Span {
        let product = span.as_nanos() as u128 * self.0 as u128 + (1 << (BITS - 1));
        let nanos = product >> BITS;
        if nanos > Span::MAX.as_nanos() as u128 {
            Span::MAX
        } else {
            Span::from_nanos(nanos as u64)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_changes_nothing() {
        for nanos in [0, 1, 17, 1 << 40, Span::MAX.as_nanos() - 1, Span::MAX.as_nanos()] {
            let span = Span::from_nanos(nanos);
            assert_eq!(Stretch::ONE.of(span), span);
        }
        assert_eq!(Stretch::of_share(1.0, 0.3), Stretch::ONE);
        assert_eq!(Stretch::of_share(7.0, 0.0), Stretch::ONE);
    }

    #[test]
    fn times_are_longer_on_slow_instances_and_bounded() {
        assert_eq!(Stretch::of_share(0.5, 1.0).of(Span::from_nanos(7)), Span::from_nanos(14));
        assert_eq!(Stretch::of_share(2.0, 1.0).of(Span::from_nanos(8)), Span::from_nanos(4));
        assert_eq!(Stretch::of_share(0.5, 1.0).of(Span::MAX), Span::MAX);
    }
}
