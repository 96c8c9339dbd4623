//! Two variants compared under the same luck: paired differences, and several tests at once.

use super::interval::{t_beyond, t_quantile};

/// How far `b` is from `a` when both saw the same luck in each run.
///
/// ```
/// use cloudsched::stats::PairedDifference;
/// let difference = PairedDifference::of(&[10.0, 20.0, 30.0], &[11.0, 21.5, 30.5], 0.95).unwrap();
/// assert_eq!(difference.mean, 1.0);
/// // The runs differ far more from each other than the variants do.
/// assert!(difference.unpaired_half_width > 10.0 * difference.half_width);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedDifference {
    /// The mean of the differences b - a.
    pub mean: f64,
    /// The half-width of its interval, from the differences (paired t).
    pub half_width: f64,
    /// The half-width that runs of independent luck would have given (Welch 1947).
    pub unpaired_half_width: f64,
    /// The probability of a mean difference at least so far from zero if there were none; 1 if all
    /// differences are zero.
    pub p: f64,
    /// How many pairs there were.
    pub n: usize,
}

impl PairedDifference {
    /// Compares run by run; `None` below two pairs, if the lists are not as long, or if a value is
    /// not finite.
    pub fn of(a: &[f64], b: &[f64], confidence: f64) -> Option<Self> {
        let finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
        if a.len() != b.len() || a.len() < 2 || !finite(a) || !finite(b) {
            return None;
        }
        let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| b - a).collect();
        let degrees = (a.len() - 1) as f64;
        let (mean, error) = mean_and_error(&differences);
        let p = match (mean == 0.0, error == 0.0) {
            (true, true) => 1.0,
            (false, true) => 0.0,
            _ => t_beyond((mean / error).abs(), degrees),
        };
        let (of_a, of_b) = (mean_and_error(a).1, mean_and_error(b).1);
        let variance = of_a * of_a + of_b * of_b;
        let unpaired_half_width = if variance > 0.0 {
            let fourth = |error: f64| error * error * error * error;
            let spread = fourth(of_a) + fourth(of_b);
            t_quantile(confidence, variance * variance * degrees / spread) * variance.sqrt()
        } else {
            0.0
        };
        let half_width = t_quantile(confidence, degrees) * error;
        Some(Self { mean, half_width, unpaired_half_width, p, n: a.len() })
    }
}

/// The mean of `values` and its standard error.
fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (mean, (squares / (n - 1.0) / n).sqrt())
}

/// The probabilities of several tests, raised so that one of them is below a level by mere chance with
/// no more than that probability (Holm 1979, A simple sequentially rejective multiple test procedure,
/// Scandinavian Journal of Statistics 6).
///
/// ```
/// use cloudsched::stats::holm;
/// assert_eq!(holm(&[0.01, 0.04, 0.03]), [0.03, 0.06, 0.06]);
/// ```
pub fn holm(probabilities: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..probabilities.len()).collect();
    order.sort_by(|&one, &other| probabilities[one].total_cmp(&probabilities[other]));
    let mut raised = vec![1.0; probabilities.len()];
    let mut least = 0.0_f64;
    for (rank, &test) in order.iter().enumerate() {
        least = least.max(probabilities[test] * (order.len() - rank) as f64).min(1.0);
        raised[test] = least;
    }
    raised
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_a_published_paired_test() {
        // Student 1908, The Probable Error of a Mean: hours of sleep gained by ten patients under
        // two drugs; t = 4.0621 with 9 degrees of freedom, p = 0.002833; Welch: 95 % interval of the
        // difference from -0.2055 to 3.3655.
        let a = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
        let b = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
        let found = PairedDifference::of(&a, &b, 0.95).unwrap();
        assert!((found.mean - 1.58).abs() < 1e-12);
        assert!((found.p - 0.002_833).abs() < 5e-7, "{}", found.p);
        assert!((found.half_width - 0.8799).abs() < 5e-5, "{}", found.half_width);
        assert!((found.unpaired_half_width - 1.785_5).abs() < 5e-5, "{found:?}");
    }

    #[test]
    fn what_never_differs_differs_by_nothing() {
        let same = PairedDifference::of(&[1.0, 2.0], &[1.0, 2.0], 0.95).unwrap();
        assert_eq!((same.mean, same.half_width, same.p), (0.0, 0.0, 1.0));
        let always = PairedDifference::of(&[1.0, 2.0], &[2.0, 3.0], 0.95).unwrap();
        assert_eq!((always.mean, always.half_width, always.p), (1.0, 0.0, 0.0));
        assert_eq!(PairedDifference::of(&[1.0], &[2.0], 0.95), None);
        assert_eq!(PairedDifference::of(&[1.0, f64::NAN], &[2.0, 1.0], 0.95), None);
    }

    #[test]
    fn tests_are_raised_in_order_and_never_past_one() {
        assert_eq!(holm(&[]), [0.0; 0]);
        assert_eq!(holm(&[0.5, 0.9]), [1.0, 1.0]);
        assert_eq!(holm(&[0.02, 0.001, 0.02, 0.3]), [0.06, 0.004, 0.06, 0.3]);
    }
}
