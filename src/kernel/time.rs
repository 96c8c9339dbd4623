//! Simulated time in whole nanoseconds, so that sums do not depend on their order.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Sub};

/// Nanoseconds in a second.
const NANOS_PER_SEC: u64 = 1_000_000_000;

/// A point in simulated time: nanoseconds since the start of the run.
///
/// The calendar keeps three bits for the [class](super::Class) of an event, so the latest time it
/// can hold is [`Time::MAX`], about 73 years.
///
/// ```
/// use cloudsched::kernel::{Span, Time};
/// assert_eq!(Time::ZERO + Span::from_millis(1500), Time::from_nanos(1_500_000_000));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(u64);

/// A length of simulated time, in nanoseconds; never negative.
///
/// ```
/// use cloudsched::kernel::Span;
/// assert_eq!(Span::from_secs_f64(0.25), Span::from_millis(250));
/// assert_eq!(Span::from_millis(250).as_secs_f64(), 0.25);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(u64);

impl Time {
    /// The start of every run.
    pub const ZERO: Self = Self(0);
    /// The latest time a calendar can hold: 2^61 - 1 ns, about 73 years.
    pub const MAX: Self = Self((1 << 61) - 1);

    /// The time `nanos` nanoseconds after the start.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the start.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Seconds since the start.
    pub fn as_secs_f64(self) -> f64 {
        Span(self.0).as_secs_f64()
    }

    /// The span from `earlier` to this time; zero if `earlier` is later.
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// The first multiple of `period`, which takes some time, after this instant.
    ///
    /// ```
    /// use cloudsched::kernel::{Span, Time};
    /// let at = |secs| Time::ZERO + Span::from_secs(secs);
    /// assert_eq!(at(7).next_multiple_of(Span::from_secs(5)), at(10));
    /// assert_eq!(at(10).next_multiple_of(Span::from_secs(5)), at(15));
    /// ```
    #[must_use]
    pub const fn next_multiple_of(self, period: Span) -> Self {
        Self((self.0 / period.0 + 1) * period.0)
    }

    /// This time plus `span`, at most [`Time::MAX`].
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        let sum = self.0.saturating_add(span.0);
        if sum > Self::MAX.0 { Self::MAX } else { Self(sum) }
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// Longer than any run; stands for "for ever".
    pub const MAX: Self = Self(u64::MAX);

    /// A span of `nanos` nanoseconds.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// A span of `millis` milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis * 1_000_000)
    }

    /// A span of `secs` seconds.
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs * NANOS_PER_SEC)
    }

    /// A span of `secs` seconds, rounded to the nearest nanosecond. Negative numbers and NaN give
    /// zero, numbers past the range give [`Span::MAX`].
    pub fn from_secs_f64(secs: f64) -> Self {
        Self((secs * NANOS_PER_SEC as f64 + 0.5) as u64)
    }

    /// Nanoseconds.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Seconds.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / NANOS_PER_SEC as f64
    }

    /// Milliseconds.
    pub fn as_millis_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// This span times `factor`, rounded to the nearest nanosecond and saturated as in
    /// [`Span::from_secs_f64`].
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        Self((self.0 as f64 * factor + 0.5) as u64)
    }
}

impl Add<Span> for Time {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        self.plus(span)
    }
}

impl AddAssign<Span> for Time {
    fn add_assign(&mut self, span: Span) {
        *self = self.plus(span);
    }
}

impl Sub for Time {
    type Output = Span;
    fn sub(self, earlier: Self) -> Span {
        self.since(earlier)
    }
}

impl Add for Span {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Span {
    /// What is left of it after `other`; no time if that is longer.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Mul<u64> for Span {
    type Output = Self;
    fn mul(self, times: u64) -> Self {
        Self(self.0.saturating_mul(times))
    }
}

impl Sum for Span {
    fn sum<I: Iterator<Item = Self>>(spans: I) -> Self {
        spans.fold(Self::ZERO, |total, span| total + span)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Span(self.0).fmt(f)
    }
}

/// The largest unit that leaves at most three decimals, as in a scenario file: `250ms`, `1.5s`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 7] = [
            (86_400 * NANOS_PER_SEC, "d"),
            (3_600 * NANOS_PER_SEC, "h"),
            (60 * NANOS_PER_SEC, "m"),
            (NANOS_PER_SEC, "s"),
            (1_000_000, "ms"),
            (1_000, "us"),
            (1, "ns"),
        ];
        for (unit, name) in UNITS {
            let milli_units = u128::from(self.0) * 1000;
            if self.0 >= unit && milli_units.is_multiple_of(u128::from(unit)) {
                let (whole, rest) = (self.0 / unit, milli_units / u128::from(unit) % 1000);
                let text = format!("{whole}.{rest:03}");
                let text = text.trim_end_matches('0').trim_end_matches('.');
                return f.pad(&format!("{text}{name}"));
            }
        }
        f.pad(&format!("{}ns", self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_spans_as_files_write_them() {
        let shown = |nanos| Span::from_nanos(nanos).to_string();
        assert_eq!(shown(0), "0ns");
        assert_eq!(shown(250_000_000), "250ms");
        assert_eq!(shown(1_500_000_000), "1.5s");
        assert_eq!(shown(600_000_000_000), "10m");
        assert_eq!(shown(7 * 86_400_000_000_000), "7d");
        assert_eq!(shown(1_000_000_001), "1000000.001us");
    }

    #[test]
    fn saturates_instead_of_wrapping() {
        assert_eq!(Time::MAX + Span::MAX, Time::MAX);
        assert_eq!(Span::from_secs_f64(-1.0), Span::ZERO);
        assert_eq!(Span::from_secs_f64(f64::NAN), Span::ZERO);
        assert_eq!(Span::from_secs_f64(f64::INFINITY), Span::MAX);
    }
}
