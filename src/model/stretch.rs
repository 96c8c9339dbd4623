//! By how much an instance takes longer than the reference over a demand.

use crate::kernel::Span;

/// A factor of times, from 2^-32 to 2^32: a whole number of 53 bits and a power of two, so that it is as
/// exact as a `f64` and a span is rounded but once.
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
pub struct Stretch {
    /// Of 53 bits.
    mantissa: u64,
    /// The factor is the mantissa over two to the power of this.
    shift: u32,
}

/// Bits of the fraction of a `f64`.
const BITS: u32 = 52;
/// The exponent that a `f64` of 1 has in its bits.
const BIAS: u32 = 1023;

impl Stretch {
    /// As long as it is.
    pub const ONE: Self = Self { mantissa: 1 << BITS, shift: BITS };

    /// Of a demand of which this share, 0 to 1, is computed at `speed` seconds a second; the rest takes as
    /// long as it takes.
    pub fn of_share(speed: f64, share: f64) -> Self {
        const LIMIT: f64 = (1_u64 << 32) as f64;
        let factor = (share / speed + (1.0 - share)).clamp(1.0 / LIMIT, LIMIT);
        let bits = factor.to_bits();
        let exponent = (bits >> BITS) as u32;
        Self { mantissa: bits & ((1 << BITS) - 1) | 1 << BITS, shift: BIAS + BITS - exponent }
    }

    /// A span this much longer, to the nearest nanosecond; at most [`Span::MAX`].
    #[inline(always)]
    pub const fn of(self, span: Span) -> Span {
        let product = span.as_nanos() as u128 * self.mantissa as u128 + (1 << (self.shift - 1));
        let nanos = product >> self.shift;
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

    /// Speeds that are no power of two: whole results stay whole, however long the time.
    #[test]
    fn long_times_are_exact() {
        let hours = |hours: u64| Span::from_secs(hours * 3600);
        assert_eq!(Stretch::of_share(10.0, 1.0).of(hours(1)), Span::from_secs(360));
        assert_eq!(Stretch::of_share(0.3, 1.0).of(hours(3)), hours(10));
        assert_eq!(Stretch::of_share(64e6, 1.0).of(hours(24)), Span::from_nanos(1_350_000));
        // 100 h at 10/7 of the speed: 70 h.
        assert_eq!(Stretch::of_share(10.0 / 7.0, 1.0).of(hours(100)), hours(70));
        assert_eq!(Stretch::of_share(1e-6, 1.0).of(Span::from_secs(1)), Span::from_secs(1_000_000));
    }
}
