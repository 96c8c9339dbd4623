//! Differences of pairs: Student's paired t test, beside what Welch's would give of the same values
//! unpaired, and Holm's correction of many tests.

use super::interval::{Interval, t_probability, t_quantile};

/// How far the mean of `b` is from that of `a`, where each value of `b` belongs to one of `a`: the
/// same replication under other rules, say.
///
/// The test is that of Student (Biometrika 6(1), 1908, 1-25) on the differences; the interval
/// without pairs is that of Welch (Biometrika 34, 1947, 28-35).
///
/// ```
/// use cloudsched::stats::Paired;
/// let paired = Paired::of(&[10.0, 20.0, 30.0], &[11.0, 22.0, 31.0], 0.95).unwrap();
/// assert!((paired.difference - 4.0 / 3.0).abs() < 1e-12);
/// assert!(paired.half_width < 2.0 && paired.unpaired_half_width > 20.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paired {
    /// The mean of `a`.
    pub mean_a: f64,
    /// The mean of `b`.
    pub mean_b: f64,
    /// The mean of the differences, b - a.
    pub difference: f64,
    /// The interval is `difference ± half_width`.
    pub half_width: f64,
    /// The half-width of the interval, had the values not been pairs.
    pub unpaired_half_width: f64,
    /// How many pairs there are.
    pub n: usize,
    /// The probability of a difference so far from zero, on either side, if there were none; 0 of values that are constants.
    pub p: f64,
}

impl Paired {
    /// The comparison at this `confidence`. `None` below two pairs, or if a value is not finite.
    ///
    /// # Panics
    ///
    /// If there are not as many of `a` as of `b`, or `confidence` is not between 0 and 1.
    pub fn of(a: &[f64], b: &[f64], confidence: f64) -> Option<Self> {
        assert_eq!(a.len(), b.len(), "values come in pairs");
        let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| b - a).collect();
        let one = Interval::of(a, confidence)?;
        let other = Interval::of(b, confidence)?;
        let Interval { mean: difference, half_width, n } = Interval::of(&differences, confidence)?;
        let degrees = (n - 1) as f64;
        let t = t_quantile(confidence, degrees);
        let chance = one.half_width > 0.0 || other.half_width > 0.0;
        let p = if difference == 0.0 {
            1.0
        } else if half_width == 0.0 && chance {
            // Values that vary, and differences that do not: Student's test would be certain of a coincidence. That of signs
            // is what is left.
            libm::exp2(1.0 - n as f64)
        } else {
            t_probability(difference / (half_width / t), degrees)
        };
        Some(Self {
            mean_a: one.mean,
            mean_b: other.mean,
            difference,
            half_width,
            unpaired_half_width: welch(one.half_width / t, other.half_width / t, n, confidence),
            n,
            p,
        })
    }

    /// How many times narrower the interval is than without pairs: below 1 if it is wider. `None` if
    /// it has no width.
    pub fn narrowed(&self) -> Option<f64> {
        (self.half_width > 0.0).then(|| self.unpaired_half_width / self.half_width)
    }
}

/// Welch's half-width of the difference of two means of `n` values each, from their standard errors.
fn welch(a: f64, b: f64, n: usize, confidence: f64) -> f64 {
    let (a, b) = (a * a, b * b);
    if a + b == 0.0 {
        return 0.0;
    }
    // Shares, since squares of variances may leave the range of f64.
    let (share_a, share_b) = (a / (a + b), b / (a + b));
    let degrees = (n - 1) as f64 / (share_a * share_a + share_b * share_b);
    t_quantile(confidence, degrees) * (a + b).sqrt()
}

/// Differences of pairs that come one after another, of which only count, mean and spread are kept (Welford, Technometrics
/// 4(3), 1962, 419-420).
///
/// ```
/// use cloudsched::stats::Differences;
/// let mut differences = Differences::default();
/// for difference in [9.0, 10.0, 11.0] {
///     differences.record(difference);
/// }
/// assert_eq!(differences.mean(), 10.0);
/// // t is 17.3 with two degrees of freedom.
/// assert!((differences.above_zero() - 0.00166).abs() < 1e-5);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Differences {
    count: u64,
    mean: f64,
    /// The sum of the squares of what each differs by from the mean.
    squares: f64,
}

impl Differences {
    /// Counts one more.
    pub fn record(&mut self, difference: f64) {
        self.count += 1;
        let off = difference - self.mean;
        self.mean += off / self.count as f64;
        self.squares += off * (difference - self.mean);
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their mean; 0 if there are none.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The one-sided p-value of their mean being above zero by chance: Student's paired t test. It is 1 where nothing can
    /// be said, below two of them or if all are zero.
    pub fn above_zero(&self) -> f64 {
        if self.count < 2 || self.mean == 0.0 {
            return 1.0;
        }
        let degrees = (self.count - 1) as f64;
        let error = (self.squares / degrees / self.count as f64).sqrt();
        let one_side = t_probability(self.mean.abs() / error, degrees) / 2.0;
        if self.mean > 0.0 { one_side } else { 1.0 - one_side }
    }
}

/// The probabilities `p` of several tests, corrected so that the chance of calling even one
/// difference real that is not stays below what each is held against (Holm, Scandinavian Journal of
/// Statistics 6(2), 1979, 65-70). In the order of `p`.
///
/// ```
/// use cloudsched::stats::holm;
/// assert_eq!(holm(&[0.25, 0.01, 0.125]), [0.25, 0.03, 0.25]);
/// ```
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut corrected = vec![0.0; p.len()];
    let mut least: f64 = 0.0;
    for (rank, place) in order.into_iter().enumerate() {
        least = least.max(p[place] * (p.len() - rank) as f64).min(1.0);
        corrected[place] = least;
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hours of sleep that ten patients gained by two drugs (Student 1908), in R as `sleep`.
    const ONE: [f64; 10] = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
    const OTHER: [f64; 10] = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

    fn near(found: f64, expected: f64, error: f64) {
        assert!((found - expected).abs() <= error, "{found} is not {expected}");
    }

    #[test]
    fn agrees_with_the_sleep_of_student() {
        // t.test(extra ~ group, sleep) of R: paired, p = 0.002833, 0.7001142 to 2.4598858; Welch's,
        // -0.2054832 to 3.3654832 on 17.776 degrees of freedom.
        let paired = Paired::of(&ONE, &OTHER, 0.95).unwrap();
        near(paired.mean_a, 0.75, 1e-12);
        near(paired.mean_b, 2.33, 1e-12);
        near(paired.difference, 1.58, 1e-12);
        near(paired.p, 0.002_833, 5e-7);
        near(paired.half_width, (2.459_885_8 - 0.700_114_2) / 2.0, 1e-7);
        near(paired.unpaired_half_width, f64::midpoint(3.365_483_2, 0.205_483_2), 1e-7);
        near(paired.narrowed().unwrap(), 2.0292, 1e-4);
        assert_eq!(paired.n, 10);
        let turned = Paired::of(&OTHER, &ONE, 0.95).unwrap();
        assert_eq!((turned.p, turned.difference), (paired.p, -paired.difference));
    }

    #[test]
    fn no_difference_is_no_difference() {
        let same = Paired::of(&ONE, &ONE, 0.95).unwrap();
        assert_eq!((same.difference, same.half_width, same.p), (0.0, 0.0, 1.0));
        assert!(same.unpaired_half_width > 0.0);
        assert_eq!(same.narrowed(), None);
        let constant = Paired::of(&[1.0; 3], &[1.0; 3], 0.95).unwrap();
        assert_eq!(
            (constant.half_width, constant.unpaired_half_width, constant.p),
            (0.0, 0.0, 1.0)
        );
    }

    /// Three values that vary may all be one apart by chance, with a probability of a quarter on either side; three constants may not.
    #[test]
    fn a_difference_without_spread_is_certain_of_constants_only() {
        let shifted = Paired::of(&[1.0, 2.0, 4.0], &[2.0, 3.0, 5.0], 0.95).unwrap();
        assert_eq!((shifted.difference, shifted.half_width, shifted.p), (1.0, 0.0, 0.25));
        assert_eq!(shifted.narrowed(), None);
        let constant = Paired::of(&[1.0; 3], &[2.0; 3], 0.95).unwrap();
        assert_eq!((constant.difference, constant.p), (1.0, 0.0));
    }

    #[test]
    fn a_comparison_needs_two_finite_pairs() {
        assert_eq!(Paired::of(&[], &[], 0.95), None);
        assert_eq!(Paired::of(&[1.0], &[2.0], 0.95), None);
        assert_eq!(Paired::of(&[1.0, f64::NAN], &[2.0, 3.0], 0.95), None);
    }

    #[test]
    fn pairs_that_move_against_each_other_are_worth_less_than_none() {
        let paired = Paired::of(&[1.0, 2.0, 3.0, 4.0], &[4.0, 3.1, 2.0, 1.2], 0.95).unwrap();
        assert!(paired.narrowed().unwrap() < 1.0, "{paired:?}");
    }

    #[test]
    fn agrees_with_p_adjust() {
        // p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm") of R: 0.05 0.08 0.09 0.09 0.09.
        let corrected = holm(&[0.04, 0.01, 0.03, 0.05, 0.02]);
        for (found, expected) in corrected.into_iter().zip([0.09, 0.05, 0.09, 0.09, 0.08]) {
            near(found, expected, 1e-15);
        }
        assert_eq!(holm(&[0.4, 0.6, 0.9]), [1.0, 1.0, 1.0]);
        assert_eq!(holm(&[0.03]), [0.03]);
        assert!(holm(&[]).is_empty());
    }
}
