//! The test of two shares against each other.

/// The one-sided p-value of the second share being greater than the first by chance: Fisher's exact test (Statistical
/// Methods for Research Workers, 1934), the probability that of all hits, dealt at random, so many or more fall into
/// the second sample. Exact for shares however small, where the usual z-test is not. Each share is how many of how many.
///
/// ```
/// use cloudsched::stats::greater_share;
/// // One hit of a thousand falls into a sample of a hundred with a chance of a tenth.
/// assert!((greater_share((0, 900), (1, 100)) - 0.1).abs() < 1e-9);
/// assert_eq!(greater_share((0, 1000), (0, 10)), 1.0);
/// ```
///
/// # Panics
/// If there are more hits than there are tries.
pub fn greater_share((hits, of): (u64, u64), (more_hits, more_of): (u64, u64)) -> f64 {
    assert!(hits <= of && more_hits <= more_of, "a hit is one of the tries");
    let dealt = Dealt { all: of + more_of, hits: hits + more_hits, hand: more_of };
    // The tail that begins on the far side of the mean is summed, where its terms get smaller.
    let mean = dealt.hits as f64 * dealt.hand as f64 / (dealt.all as f64).max(1.0);
    if more_hits == 0 {
        1.0
    } else if more_hits as f64 > mean {
        dealt.tail(more_hits, |at| dealt.up(at)).min(1.0)
    } else {
        (1.0 - dealt.tail(more_hits - 1, |at| dealt.down(at))).max(0.0)
    }
}

/// So many of all are hits, and so many of all are dealt: the hypergeometric distribution of hits among these.
#[derive(Clone, Copy)]
struct Dealt {
    all: u64,
    hits: u64,
    hand: u64,
}

impl Dealt {
    /// The probability of exactly `count` hits.
    fn exactly(&self, count: u64) -> f64 {
        let misses = (self.all - self.hits).checked_sub(self.hand.saturating_sub(count));
        if misses.is_none() || count > self.hits.min(self.hand) {
            return 0.0;
        }
        let ways = choices(self.hits, count) + choices(self.all - self.hits, self.hand - count);
        libm::exp(ways - choices(self.all, self.hand))
    }

    /// How much more likely one more hit than `count` is; 0 if there can be none.
    fn up(&self, count: u64) -> (u64, f64) {
        let (hits, hand) = ((self.hits - count) as f64, (self.hand - count) as f64);
        let misses = (self.all - self.hits + count + 1) as f64 - self.hand as f64;
        (count.saturating_add(1), hits * hand / ((count + 1) as f64 * misses))
    }

    /// How much more likely one hit fewer than `count` is; 0 if there can be none.
    fn down(&self, count: u64) -> (u64, f64) {
        let (hits, hand) = ((self.hits - count) as f64 + 1.0, (self.hand - count) as f64 + 1.0);
        let misses = (self.all - self.hits + count) as f64 - self.hand as f64;
        (count.saturating_sub(1), count as f64 * misses / (hits * hand))
    }

    /// The probability of `from` hits and of all that are reached from there by `next`, which says what comes next and how
    /// much more likely that is.
    fn tail(&self, from: u64, next: impl Fn(u64) -> (u64, f64)) -> f64 {
        let (mut at, mut term) = (from, self.exactly(from));
        let mut sum = term;
        while term > sum * f64::EPSILON {
            let (beyond, factor) = next(at);
            term *= factor;
            sum += term;
            at = beyond;
        }
        sum
    }
}

/// The logarithm of the number of ways to choose `some` of `all`.
fn choices(all: u64, some: u64) -> f64 {
    let factorial = |n: u64| libm::lgamma(n as f64 + 1.0);
    factorial(all) - factorial(some) - factorial(all - some)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked out by whole numbers (binomial coefficients of Python): the lady who tastes tea, 3 of 4 cups, is 17 / 70; the others
    /// are larger.
    #[test]
    fn shares_are_compared_exactly() {
        let close = |p: f64, exact: f64| assert!((p / exact - 1.0).abs() < 1e-9, "{p} {exact}");
        close(greater_share((1, 4), (3, 4)), 17.0 / 70.0);
        close(greater_share((10, 1000), (24, 1000)), 0.011_563_035_266_007_245);
        close(greater_share((10, 1000), (29, 1000)), 0.001_541_930_238_132_933_6);
        close(greater_share((0, 3600), (4, 400)), 9.865_477_997_905_623e-5);
        close(greater_share((30, 1000), (10, 1000)), 0.999_699_090_211_621_8);
    }

    /// With as many hits as tries, or none, or no tries, there is nothing to compare.
    #[test]
    fn nothing_is_said_of_nothing() {
        assert_eq!(greater_share((0, 0), (1, 2)), 1.0);
        assert_eq!(greater_share((0, 0), (0, 0)), 1.0);
        assert_eq!(greater_share((3, 3), (0, 0)), 1.0);
        assert!(greater_share((4, 4), (2, 2)) > 1.0 - 1e-9);
        assert!(greater_share((0, 1_000_000), (1_000_000, 1_000_000)) < 1e-300);
    }
}
