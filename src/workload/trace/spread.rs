//! A count of arrivals in a period, spread over it as a Poisson process spreads them.

use crate::kernel::Draws;
use crate::variate::standard_exponential;

/// The arrivals of one period in order: where k arrivals of a Poisson process
/// fall, given that they are k. The sums of k + 1 exponentials, divided by the last, have that law
/// (Devroye, Non-Uniform Random Variate Generation, 1986, chapter V). Instead of
/// being held, the exponentials are drawn twice.
#[derive(Clone, Debug)]
pub(super) struct Spread {
    draws: Draws,
    left: u64,
    sum: f64,
    total: f64,
}

impl Spread {
    /// `count` arrivals; takes time in proportion to `count`.
    pub(super) fn new(draws: Draws, count: u64) -> Self {
        let mut ahead = draws;
        let total = (0..=count).fold(0.0, |sum, _| sum + standard_exponential(&mut ahead));
        Self { draws, left: count, sum: 0.0, total }
    }

    /// The next arrival in a period of `nanos` nanoseconds: its offset, below `nanos`.
    pub(super) fn next(&mut self, nanos: u64) -> Option<u64> {
        self.left = self.left.checked_sub(1)?;
        self.sum += standard_exponential(&mut self.draws);
        Some(((self.sum / self.total * nanos as f64) as u64).min(nanos - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Seed;

    #[test]
    fn offsets_are_uniform_and_in_order() {
        let key = Seed::new(3).key("test");
        let mut tenths = [0_u32; 10];
        for number in 0..2000 {
            let mut spread = Spread::new(key.draws(number), 50);
            let offsets: Vec<u64> = std::iter::from_fn(|| spread.next(1000)).collect();
            assert_eq!(offsets.len(), 50);
            assert!(offsets.is_sorted());
            for at in offsets {
                tenths[(at / 100) as usize] += 1;
            }
        }
        // Chi-squared with 9 degrees of freedom: 27.9 is its 99.9 % point.
        let off = tenths.iter().map(|&c| (f64::from(c) - 1e4) * (f64::from(c) - 1e4) / 1e4);
        assert!(off.clone().sum::<f64>() < 27.9, "{tenths:?}");
    }

    #[test]
    fn a_period_of_one_nanosecond_holds_them_all() {
        let mut spread = Spread::new(Seed::new(3).key("test").draws(0), 3);
        assert_eq!([0; 4].map(|_| spread.next(1)), [Some(0), Some(0), Some(0), None]);
    }
}
