//! The idle times of an application: a histogram of limited range, and the latest of those that
//! are beyond it.

use crate::kernel::Span;

/// So many idle times are kept for the forecast; a guess: a fortnight of a function that is called
/// every ten hours.
const KEPT: usize = 32;

/// The idle times of one application. Bins that are empty take no memory; the latest idle times are
/// kept from the first that is beyond the range.
#[derive(Clone, Debug, Default)]
pub(super) struct IdleTimes {
    /// Number and count of each bin that is not empty, in order.
    bins: Vec<(u16, u32)>,
    /// How many are within the range.
    within: u32,
    /// The sum of the squares of all counts.
    squares: u64,
    /// How many are beyond the range.
    beyond: u32,
    /// The latest, in seconds.
    latest: Vec<f32>,
}

impl IdleTimes {
    /// Takes in an idle time; `bins` are those of the range, each `bin` long.
    pub(super) fn add(&mut self, idle: Span, bin: Span, bins: u16) {
        let number = idle.as_nanos() / bin.as_nanos();
        if number < u64::from(bins) {
            self.count(number as u16);
        } else {
            self.beyond = self.beyond.saturating_add(1);
        }
        if self.beyond > 0 {
            self.remember(idle);
        }
    }

    fn count(&mut self, number: u16) {
        let place = self.bins.partition_point(|(other, _)| *other < number);
        if self.bins.get(place).is_none_or(|(other, _)| *other != number) {
            self.bins.insert(place, (number, 0));
        }
        let count = &mut self.bins[place].1;
        if *count < u32::MAX && self.within < u32::MAX {
            self.squares += 2 * u64::from(*count) + 1;
            *count += 1;
            self.within += 1;
        }
    }

    fn remember(&mut self, idle: Span) {
        if self.latest.capacity() == 0 {
            self.latest.reserve_exact(KEPT);
        }
        if self.latest.len() == KEPT {
            self.latest.remove(0);
        }
        self.latest.push(idle.as_secs_f64() as f32);
    }

    /// How many are within the range.
    pub(super) fn within(&self) -> u32 {
        self.within
    }

    /// The share of those that are beyond the range; 0 of none.
    pub(super) fn share_beyond(&self) -> f64 {
        if self.beyond == 0 {
            return 0.0;
        }
        f64::from(self.beyond) / (f64::from(self.beyond) + f64::from(self.within))
    }

    /// The latest, in seconds, the earliest first.
    pub(super) fn latest(&self) -> &[f32] {
        &self.latest
    }

    /// Whether the coefficient of variation of the counts of all `bins` is at least `least`. It is 0
    /// if all bins are equally full, and largest if all idle times are in one.
    pub(super) fn varies(&self, bins: u16, least: f64) -> bool {
        // With mean m = n / b, the variance is s / b - m^2; so CV^2 is b * s / n^2 - 1.
        let n = f64::from(self.within);
        f64::from(bins) * self.squares as f64 >= (1.0 + least * least) * n * n
    }

    /// The bin in which the share `share` of those within the range is reached.
    pub(super) fn bin_of(&self, share: f64) -> u16 {
        let enough = share * f64::from(self.within);
        let mut sum = 0;
        for (number, count) in &self.bins {
            sum += count;
            if f64::from(sum) >= enough {
                return *number;
            }
        }
        self.bins.last().map_or(0, |(number, _)| *number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Span = Span::from_secs(60);

    fn of(minutes: impl IntoIterator<Item = u64>) -> IdleTimes {
        let mut times = IdleTimes::default();
        for minutes in minutes {
            times.add(Span::from_secs(60 * minutes + 30), MINUTE, 240);
        }
        times
    }

    #[test]
    fn percentiles_are_those_of_the_counts() {
        let times = of(0..100);
        assert_eq!(
            [0.0, 0.05, 0.5, 0.99, 1.0].map(|share| times.bin_of(share)),
            [0, 4, 49, 98, 99]
        );
        assert_eq!(of([7, 7, 7]).bin_of(0.05), 7);
        assert_eq!(of([]).bin_of(0.05), 0);
    }

    #[test]
    fn the_variation_is_that_of_the_counts() {
        for minutes in [vec![3; 10], (0..240).collect(), vec![1, 1, 2, 5, 5, 5, 239]] {
            let times = of(minutes.iter().copied());
            let mut counts = [0.0; 240];
            for minute in &minutes {
                counts[*minute as usize] += 1.0;
            }
            let mean = counts.iter().sum::<f64>() / 240.0;
            let variance = counts.iter().map(|c| (c - mean) * (c - mean)).sum::<f64>() / 240.0;
            let cv = variance.sqrt() / mean;
            assert!(
                times.varies(240, (cv - 1e-3).max(0.0)) && !times.varies(240, cv + 1e-3),
                "{cv}"
            );
        }
    }

    #[test]
    fn what_is_beyond_is_counted_and_the_latest_remembered() {
        let mut times = of([3, 239]);
        assert_eq!((times.share_beyond(), times.latest().len()), (0.0, 0));
        times.add(Span::from_secs(4 * 3600), MINUTE, 240);
        times.add(Span::from_secs(60), MINUTE, 240);
        assert_eq!((times.share_beyond(), times.latest()), (0.25, &[14400.0, 60.0][..]));
        for seconds in 0..100 {
            times.add(Span::from_secs(50_000 + seconds), MINUTE, 240);
        }
        assert_eq!((times.latest().len(), times.latest()[0]), (KEPT, 50_068.0));
        assert_eq!(times.within(), 3);
    }
}
