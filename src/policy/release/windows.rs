//! How long two versions serve, compared by windows of time.

use std::collections::VecDeque;

use crate::kernel::{Span, Time};
use crate::stats::Differences;

/// In a window each version has to have ended so many attempts; a guess, with which a mean is about normal.
const LEAST: u64 = 10;

/// So many windows before a release are remembered; a guess, more than any is held against.
const MOST_BEFORE: usize = 1000;

/// Which of two versions served an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The one that is there.
    Old,
    /// The one that is being released.
    New,
}

/// The times of service of two versions, as the means of their logarithms in windows of time.
///
/// Times of requests that are served together are alike, so single times say less than as many independent ones
/// would; the means of windows much longer than that are nearly independent (the method of batch means; Law, Simulation
/// Modeling and Analysis, chapter 9). Of logarithms, so that few long times do not rule a mean. Each window in
/// which the new version served gives one difference: from the old version in the same window, or, where that served
/// too few then, in one before the release, the last first.
#[derive(Clone, Debug)]
pub struct Windows {
    length: Span,
    /// When the window under way began, or was prolonged for want of attempts.
    since: Time,
    old: Mean,
    new: Mean,
    /// The means of the old version in windows without a release, the last at the end.
    before: VecDeque<f64>,
    /// How many of these have been held against the new version; `None` without a release.
    used: Option<usize>,
    differences: Differences,
}

impl Windows {
    /// Windows as long as `length`, longer than no time, from time zero on.
    pub fn new(length: Span) -> Self {
        Self {
            length,
            since: Time::ZERO,
            old: Mean::default(),
            new: Mean::default(),
            before: VecDeque::new(),
            used: None,
            differences: Differences::default(),
        }
    }

    /// A release begins, whose new version is compared from now on.
    pub fn begin(&mut self, now: Time) {
        self.close_until(now);
        self.restart(now, Some(0));
        self.differences = Differences::default();
    }

    /// No release is under way any more; `replaced` if another version serves than before.
    pub fn end(&mut self, now: Time, replaced: bool) {
        self.restart(now, None);
        if replaced {
            self.before.clear();
        }
    }

    fn restart(&mut self, now: Time, used: Option<usize>) {
        (self.since, self.used) = (now, used);
        (self.old, self.new) = (Mean::default(), Mean::default());
    }

    /// An attempt that was served for `time` has completed.
    pub fn record(&mut self, now: Time, side: Side, time: Span) {
        self.close_until(now);
        match side {
            Side::Old => self.old.record(time),
            Side::New => self.new.record(time),
        }
    }

    /// By how much longer the new version serves, in each of the windows of its release that are over.
    pub fn differences(&mut self, now: Time) -> &Differences {
        self.close_until(now);
        &self.differences
    }

    /// Closes the window under way if it is over. Of several that are, all but the first saw nothing.
    fn close_until(&mut self, now: Time) {
        let windows = (now - self.since).as_nanos() / self.length.as_nanos();
        if windows > 0 {
            self.since += self.length * windows;
            self.close();
        }
    }

    fn close(&mut self) {
        let (old, new) = (self.old.value(), self.new.value());
        match (&mut self.used, old, new) {
            (None, Some(old), _) => {
                if self.before.len() == MOST_BEFORE {
                    self.before.pop_front();
                }
                self.before.push_back(old);
            }
            (Some(_), Some(old), Some(new)) => self.differences.record(new - old),
            (Some(used), None, Some(new)) => {
                *used += 1;
                let place = self.before.len().checked_sub(*used);
                if let Some(old) = place.and_then(|place| self.before.get(place)) {
                    self.differences.record(new - old);
                }
            }
            // The new version has not served yet: a window is one of both.
            (Some(_), _, None) if self.new.count == 0 => {}
            // Too few: the window goes on.
            (None, None, _) | (Some(_), _, None) => return,
        }
        (self.old, self.new) = (Mean::default(), Mean::default());
    }
}

/// The mean of logarithms.
#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    count: u64,
    /// Logarithms to the base 2 of nanoseconds, in units of 2^-20: whole numbers, whose mean is exact where all are alike.
    sum: u64,
}

impl Mean {
    fn record(&mut self, time: Span) {
        let log = libm::log2(time.as_nanos().max(1) as f64);
        self.count += 1;
        self.sum += libm::round(log * f64::from(1 << 20)) as u64;
    }

    /// The mean, if it is of enough.
    fn value(&self) -> Option<f64> {
        (self.count >= LEAST).then(|| self.sum as f64 / self.count as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    /// Records ten attempts of so many milliseconds.
    fn ten(windows: &mut Windows, secs: u64, side: Side, millis: u64) {
        for _ in 0..10 {
            windows.record(at(secs), side, Span::from_millis(millis));
        }
    }

    /// The differences of windows that end with `now`, as their number and how many times longer the new version serves.
    fn told(windows: &mut Windows, now: u64) -> (u64, f64) {
        let differences = windows.differences(at(now));
        (differences.count(), libm::exp2(differences.mean() / f64::from(1 << 20)))
    }

    /// Side by side 20 ms against 10 ms, then 40 ms alone, which is held against the last window before, of 80 ms: twice
    /// and half as long are as long on average.
    #[test]
    fn windows_are_paired_in_time_or_with_those_before() {
        let mut windows = Windows::new(Span::from_secs(60));
        ten(&mut windows, 10, Side::Old, 10);
        ten(&mut windows, 70, Side::Old, 80);
        windows.begin(at(130));
        ten(&mut windows, 140, Side::Old, 10);
        ten(&mut windows, 140, Side::New, 20);
        assert_eq!(told(&mut windows, 189), (0, 1.0));
        let (count, times) = told(&mut windows, 190);
        assert!(count == 1 && (times - 2.0).abs() < 1e-5, "{times}");
        ten(&mut windows, 190, Side::New, 40);
        let (count, times) = told(&mut windows, 250);
        assert!(count == 2 && (times - 1.0).abs() < 1e-5, "{times}");
        // The one before that is of 10 ms, and then there is none.
        ten(&mut windows, 250, Side::New, 10);
        ten(&mut windows, 310, Side::New, 10);
        assert_eq!(windows.differences(at(400)).count(), 3);
        windows.end(at(400), true);
        windows.begin(at(400));
        ten(&mut windows, 410, Side::New, 10);
        assert_eq!(windows.differences(at(500)).count(), 0);
    }

    /// Six attempts at the new version a minute: every other minute ends a window.
    #[test]
    fn a_window_goes_on_until_it_has_enough() {
        let mut windows = Windows::new(Span::from_secs(60));
        windows.begin(at(0));
        for minute in 0..6 {
            ten(&mut windows, 60 * minute, Side::Old, 10);
            for _ in 0..6 {
                windows.record(at(60 * minute), Side::New, Span::from_millis(10));
            }
        }
        assert_eq!(told(&mut windows, 360), (3, 1.0));
    }
}
