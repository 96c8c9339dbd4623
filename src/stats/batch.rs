//! Intervals from one long run, by the method of batch means.
//!
//! The observations of a run depend on each other: who comes after a long line waits long, too. So
//! the run is cut into equal parts, and it is the figures of the parts that are taken for
//! independent, which holds better the longer they are. A run is cut into [`SLICES`]; two
//! neighbours are a *batch*, and the interval comes from the [`BATCHES`].
//!
//! - 20 batches: more gain little, and shorter ones depend more on each other (Schmeiser, "Batch
//!   size effects in the analysis of simulation output", Operations Research 30, 1982).
//! - The spread of the batches is taken about the value of the whole run, not about their mean
//!   (*sectioning*: Asmussen, Glynn, *Stochastic Simulation*, 2007, section III.5), so what short
//!   batches are wrong by widens the interval.
//! - Von Neumann's ratio tests the slices, half as long as the batches, for correlation of
//!   neighbours (Law, *Simulation Modeling and Analysis*, 5th edition, section 9.5.3; Alexopoulos,
//!   Seila, "Output data analysis", in Banks, *Handbook of Simulation*, 1998, section 7.3). Where it finds
//!   some there is no interval.
//! - What correlation of batches is left widens the interval by √((1 + r) / (1 - r)) (Lada, Steiger,
//!   Wilson, "`SBatch`: a spaced batch means procedure", Journal of Simulation 2, 2008).
//!
//! A percentile of a batch is a poor witness of that of the run: in a short batch the slowest requests
//! are often all missing. What varies little is which share of each batch is at most the percentile
//! of the run; the interval of that share, read off the distribution of the run, is that of the
//! percentile (Woodruff, JASA 47, 1952; Heidelberger, Lewis, "Quantile estimation in dependent
//! sequences", Operations Research 32, 1984).

use super::{Histogram, t_quantile};
use crate::kernel::Span;

/// The parts into which a run is cut.
pub const SLICES: usize = 2 * BATCHES;

/// The batches, of two slices each.
pub const BATCHES: usize = 20;

/// Above this statistic of von Neumann's ratio neighbours are held to be correlated: the normal
/// quantile of a one-sided test at 1 %. More caution would cost intervals, and gain little: at 5 % those of
/// M/M/1 that are left hold the mean no more often.
const CORRELATED: f64 = 2.326;

/// Observations beyond a percentile that a batch has on average, at least. A guess: with fewer, most
/// batches of dependent observations have none.
const BEYOND: f64 = 10.0;

/// Why there is no interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoInterval {
    /// The batches hold too few observations, or there are too few batches.
    TooFew,
    /// The batches are too short: neighbours depend on each other.
    Correlated,
    /// All batches are the same: nothing can be said of how they would differ.
    Constant,
}

/// The half-width of the interval at `confidence` around the `value` of a run, from the same figure of
/// each of its `slices` and of each of its `batches` of two slices.
///
/// # Errors
/// Why no interval can be trusted.
///
/// ```
/// use cloudsched::stats::batch::half_width;
/// let slices: Vec<f64> = (0..40).map(|i| f64::from(i * 7 % 11)).collect();
/// let batches: Vec<f64> = slices.chunks(2).map(|two| f64::midpoint(two[0], two[1])).collect();
/// let half_width = half_width(&slices, &batches, 5.0, 0.95).unwrap();
/// assert!(half_width > 0.5 && half_width < 1.5);
/// ```
pub fn half_width(
    slices: &[f64],
    batches: &[f64],
    value: f64,
    confidence: f64,
) -> Result<f64, NoInterval> {
    let known = |values: &[f64]| values.iter().all(|value| value.is_finite());
    if slices.len() < SLICES || batches.len() < BATCHES || !known(slices) || !known(batches) {
        return Err(NoInterval::TooFew);
    }
    let Some(correlation) = neighbours(slices) else { return Err(NoInterval::Constant) };
    if correlation * root_of_degrees(slices.len()) > CORRELATED {
        return Err(NoInterval::Correlated);
    }
    Ok(spread(batches, value, confidence))
}

/// The half-width at `confidence` around `value` from `batches` that are nearly independent.
pub(super) fn spread(batches: &[f64], value: f64, confidence: f64) -> f64 {
    let n = batches.len() as f64;
    let squares: f64 = batches.iter().map(|batch| (batch - value) * (batch - value)).sum();
    // Below zero it would narrow the interval on the word of a few batches.
    let left = neighbours(batches).unwrap_or(0.0).clamp(0.0, 0.9);
    let error = (squares / (n - 1.0) / n).sqrt() * ((1.0 + left) / (1.0 - left)).sqrt();
    t_quantile(confidence, n - 1.0) * error
}

/// The half-width of the interval at `confidence` around the quantile `q` of a run, from the
/// observations of the `whole` run and of each of its `slices`: the longer side of what may be a lopsided
/// interval, and never finer than the histogram.
///
/// # Errors
/// Why no interval can be trusted.
pub fn quantile_half_width(
    slices: &[&Histogram],
    whole: &Histogram,
    q: f64,
    confidence: f64,
) -> Result<Span, NoInterval> {
    let count = whole.count() as f64;
    let Some(value) = whole.quantile(q) else { return Err(NoInterval::TooFew) };
    if count * q.min(1.0 - q) < BEYOND * BATCHES as f64 {
        return Err(NoInterval::TooFew);
    }
    let counts = |slice: &&Histogram| (slice.at_most(value) as f64, slice.count() as f64);
    let slices: Vec<(f64, f64)> = slices.iter().map(counts).collect();
    let share = |parts: &[(f64, f64)]| {
        parts.iter().map(|(at_most, _)| at_most).sum::<f64>()
            / parts.iter().map(|(_, count)| count).sum::<f64>()
    };
    let [of_slices, of_batches] =
        [1, 2].map(|slices_each| slices.chunks(slices_each).map(share).collect::<Vec<f64>>());
    let half = half_width(&of_slices, &of_batches, share(&slices), confidence)?;
    if half >= q.min(1.0 - q) {
        return Err(NoInterval::TooFew);
    }
    let end = |q| whole.quantile(q).unwrap_or(value).as_nanos().abs_diff(value.as_nanos());
    let finest = value.as_nanos() / 256;
    Ok(Span::from_nanos(end(q - half).max(end(q + half)).max(finest)))
}

/// The correlation of neighbours by von Neumann's ratio (half the squares of the differences of
/// neighbours over the squares about the mean), 1 less that; `None` if all values are the same.
pub(super) fn neighbours(values: &[f64]) -> Option<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let steps: f64 = values.windows(2).map(|two| (two[1] - two[0]) * (two[1] - two[0])).sum();
    (values.iter().any(|value| *value != values[0])).then(|| 1.0 - steps / (2.0 * squares))
}

/// What makes a standard normal variable of [`neighbours`] of `n` independent values.
fn root_of_degrees(n: usize) -> f64 {
    let n = n as f64;
    ((n * n - 1.0) / (n - 2.0)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Seed;
    use crate::kernel::stream::uniform;

    /// The intervals of `repetitions` sequences of slices, each slice `keep` times the one before and
    /// a random part with mean 0.
    fn intervals(keep: f64, repetitions: u64) -> Vec<(f64, Result<f64, NoInterval>)> {
        let one = |repetition: u64| {
            let mut draws = Seed::new(repetition).key("slices").draws(0);
            let mut last = 0.0;
            let mut next = || {
                let noise: f64 = (0..12).map(|_| uniform(&mut draws) - 0.5).sum();
                last = keep * last + noise;
                last
            };
            for _ in 0..100 {
                next();
            }
            let slices: Vec<f64> = (0..SLICES).map(|_| next()).collect();
            let batches: Vec<f64> =
                slices.chunks(2).map(|two| f64::midpoint(two[0], two[1])).collect();
            let mean = slices.iter().sum::<f64>() / slices.len() as f64;
            (mean, half_width(&slices, &batches, mean, 0.95))
        };
        (0..repetitions).map(one).collect()
    }

    #[test]
    fn independent_slices_have_intervals_that_hold_the_mean() {
        let all = intervals(0.0, 2000);
        let given: Vec<_> =
            all.iter().filter_map(|(mean, half)| Some((mean, half.ok()?))).collect();
        let refused = all.len() - given.len();
        assert!((3..40).contains(&refused), "{refused} of 2000 are refused, 1 % is due");
        let missed = given.iter().filter(|(mean, half)| mean.abs() > *half).count();
        let share = missed as f64 / given.len() as f64;
        assert!((0.025..0.065).contains(&share), "{share} missed");
    }

    #[test]
    fn correlated_slices_have_none() {
        let given = intervals(0.9, 200).iter().filter(|(_, half)| half.is_ok()).count();
        assert!(given <= 2, "{given} of 200");
    }

    #[test]
    fn what_cannot_be_judged_is_said() {
        let (slices, batches) = (vec![1.0; SLICES], vec![1.0; BATCHES]);
        assert_eq!(half_width(&slices, &batches, 1.0, 0.95), Err(NoInterval::Constant));
        assert_eq!(half_width(&slices[1..], &batches, 1.0, 0.95), Err(NoInterval::TooFew));
        let unknown = [&slices[1..], &[f64::NAN]].concat();
        assert_eq!(half_width(&unknown, &batches, 1.0, 0.95), Err(NoInterval::TooFew));
        let rising: Vec<f64> = (0..SLICES).map(|slice| slice as f64).collect();
        assert_eq!(half_width(&rising, &batches, 1.0, 0.95), Err(NoInterval::Correlated));
    }
}
