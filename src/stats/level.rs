//! A level: a whole number that changes in steps, averaged over time.

use crate::kernel::Time;

/// A number of things present (requests in a line, instances alive), its greatest value and its
/// mean over time.
///
/// The area under the level is kept in integer nanoseconds, so it is exact. Each update costs one
/// multiplication. Times must not go back.
///
/// ```
/// use cloudsched::kernel::{Span, Time};
/// use cloudsched::stats::Level;
/// let at = |secs| Time::ZERO + Span::from_secs(secs);
/// let mut line = Level::default();
/// line.add(at(1), 3);
/// line.sub(at(2), 2);
/// assert_eq!(line.value(), 1);
/// assert_eq!(line.max(), 3);
/// assert_eq!(line.mean(at(4)), Some((3.0 + 1.0 + 1.0) / 4.0));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Level {
    value: u64,
    max: u64,
    start: Time,
    /// The area less value times the present: each step down at time t has added its height times
    /// t, each step up has taken that away. Modulo 2^128; the area itself is below 2^64 times 2^61.
    steps: u128,
}

impl Level {
    /// From `now` on the level is `value`.
    #[inline]
    pub fn set(&mut self, now: Time, value: u64) {
        if value >= self.value {
            self.add(now, value - self.value);
        } else {
            self.sub(now, self.value - value);
        }
    }

    /// From `now` on there are `n` more.
    #[inline]
    pub fn add(&mut self, now: Time, n: u64) {
        self.value += n;
        self.steps = self.steps.wrapping_sub(product(n, now));
        if self.value > self.max {
            self.max = self.value;
        }
    }

    /// From `now` on there are `n` fewer.
    ///
    /// # Panics
    ///
    /// If fewer than `n` are present: what left had never come.
    #[inline]
    pub fn sub(&mut self, now: Time, n: u64) {
        self.value = self.value.checked_sub(n).expect("only what is present can leave a level");
        self.steps = self.steps.wrapping_add(product(n, now));
    }

    /// The present value.
    #[inline]
    pub const fn value(&self) -> u64 {
        self.value
    }

    /// The greatest value since the start or the last [`restart`](Self::restart), however short.
    pub const fn max(&self) -> u64 {
        self.max
    }

    /// The area under the level from the start to `now`, in value times nanoseconds.
    #[inline]
    pub fn area(&self, now: Time) -> u128 {
        product(self.value, now).wrapping_add(self.steps)
    }

    /// The mean over the time from the start to `now`; `None` if no time has passed.
    pub fn mean(&self, now: Time) -> Option<f64> {
        let nanos = now.since(self.start).as_nanos();
        (nanos > 0).then(|| self.area(now) as f64 / nanos as f64)
    }

    /// Forgets the past, as at the end of a warm-up: area and mean count from `now`, and the
    /// greatest value so far is the present one.
    pub fn restart(&mut self, now: Time) {
        let steps = product(self.value, now).wrapping_neg();
        *self = Self { value: self.value, max: self.value, start: now, steps };
    }
}

/// A level whose greatest value is of those that lasted: what comes and goes in one instant does not count for it.
///
/// ```
/// use cloudsched::kernel::{Span, Time};
/// use cloudsched::stats::LastingLevel;
/// let at = |secs| Time::ZERO + Span::from_secs(secs);
/// let mut waiting = LastingLevel::default();
/// waiting.add(at(1), 5);
/// waiting.sub(at(1), 3);
/// assert_eq!(waiting.max(at(1)), 0);
/// assert_eq!(waiting.max(at(2)), 2);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LastingLevel {
    level: Level,
    /// The greatest value that lasted until the last change, and when that was.
    max: u64,
    changed: Time,
}

impl LastingLevel {
    /// From `now` on there are `n` more.
    pub fn add(&mut self, now: Time, n: u64) {
        self.changes(now);
        self.level.add(now, n);
    }

    /// From `now` on there are `n` fewer.
    ///
    /// # Panics
    ///
    /// If fewer than `n` are present: what left had never come.
    pub fn sub(&mut self, now: Time, n: u64) {
        self.changes(now);
        self.level.sub(now, n);
    }

    fn changes(&mut self, now: Time) {
        (self.max, self.changed) = (self.max(now), now);
    }

    /// The present value.
    pub const fn value(&self) -> u64 {
        self.level.value()
    }

    /// The greatest value that lasted, since the start or the last [`restart`](Self::restart) and until `now`.
    pub fn max(&self, now: Time) -> u64 {
        if now > self.changed { self.max.max(self.level.value()) } else { self.max }
    }

    /// The area under the level from the start to `now`, in value times nanoseconds.
    pub fn area(&self, now: Time) -> u128 {
        self.level.area(now)
    }

    /// Forgets the past, as at the end of a warm-up.
    pub fn restart(&mut self, now: Time) {
        self.level.restart(now);
        (self.max, self.changed) = (0, now);
    }
}

/// A height times the nanoseconds from time zero to `now`.
#[inline(always)]
fn product(height: u64, now: Time) -> u128 {
    u128::from(height) * u128::from(now.as_nanos())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(nanos: u64) -> Time {
        Time::from_nanos(nanos)
    }

    #[test]
    fn the_mean_is_undefined_until_time_passes() {
        let mut level = Level::default();
        level.set(at(0), 5);
        assert_eq!(level.mean(at(0)), None);
        assert_eq!(level.mean(at(1)), Some(5.0));
    }

    #[test]
    fn restarting_forgets_area_and_peak_but_not_the_value() {
        let mut level = Level::default();
        level.add(at(0), 9);
        level.sub(at(5), 7);
        level.restart(at(10));
        assert_eq!((level.value(), level.max(), level.area(at(10))), (2, 2, 0));
        level.add(at(20), 1);
        assert_eq!(level.area(at(30)), 2 * 10 + 3 * 10);
        assert_eq!(level.mean(at(30)), Some(2.5));
    }

    /// Nine come at 1 and seven go at once: two last until 3, when five come, of which one lasts beside them. After a restart what is
    /// there counts if it stays.
    #[test]
    fn what_does_not_last_is_no_maximum() {
        let mut level = LastingLevel::default();
        level.add(at(1), 9);
        level.sub(at(1), 7);
        level.add(at(3), 5);
        assert_eq!(level.max(at(3)), 2);
        level.sub(at(3), 4);
        assert_eq!((level.max(at(4)), level.area(at(4))), (3, 2 * 2 + 3));
        level.restart(at(5));
        level.sub(at(5), 2);
        assert_eq!((level.max(at(5)), level.max(at(6))), (0, 1));
    }

    #[test]
    fn the_largest_level_over_the_longest_run_fits() {
        let mut level = Level::default();
        level.set(at(0), u64::MAX);
        let end = Time::MAX.as_nanos();
        level.set(at(end), 0);
        assert_eq!(level.area(at(end)), u128::from(u64::MAX) * u128::from(end));
    }

    #[test]
    #[should_panic(expected = "only what is present can leave")]
    fn what_never_came_cannot_leave() {
        Level::default().sub(at(1), 1);
    }

    proptest! {
        #[test]
        fn the_area_is_the_sum_of_the_steps(
            steps in prop::collection::vec((0_u64..1_000, 0_u64..50), 1..100),
        ) {
            let (mut level, mut now, mut area) = (Level::default(), 0, 0_u128);
            for &(wait, value) in &steps {
                area += u128::from(level.value() * wait);
                now += wait;
                level.set(at(now), value);
            }
            prop_assert_eq!(level.area(at(now)), area);
            prop_assert_eq!(level.max(), steps.iter().map(|step| step.1).max().unwrap());
        }
    }
}
