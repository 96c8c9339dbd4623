//! A metric over several runs: its mean, and how far the true mean may be from it.

use super::number::{mean_and_half_width, significant};
use crate::stats::Interval;

/// The confidence of intervals where nothing else is asked for.
pub const CONFIDENCE: f64 = 0.95;

/// The mean of a metric over those runs that have it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// The half-width of the interval that holds the true mean (Student's t); `None` of one run.
    pub half_width: Option<f64>,
    /// How many runs have the metric.
    pub n: u64,
}

impl Estimate {
    /// The estimate from the finite ones of `values`; `None` if there are none.
    ///
    /// ```
    /// use cloudsched::report::Estimate;
    /// let estimate = Estimate::of(&[1.0, 2.0, 3.0], 0.95).unwrap();
    /// assert_eq!((estimate.mean, estimate.n), (2.0, 3));
    /// assert_eq!(Estimate::of(&[5.0], 0.95).unwrap().half_width, None);
    /// assert_eq!(Estimate::of(&[], 0.95), None);
    /// ```
    pub fn of(values: &[f64], confidence: f64) -> Option<Self> {
        let finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        let n = finite.len() as u64;
        match Interval::of(&finite, confidence) {
            Some(Interval { mean, half_width, .. }) => {
                Some(Self { mean, half_width: Some(half_width), n })
            }
            None => finite.first().map(|&mean| Self { mean, half_width: None, n }),
        }
    }

    /// Mean and half-width as a person wants to see them; no half-width where all runs say the same, of which no interval
    /// can be told.
    pub(super) fn shown(self) -> (String, Option<String>) {
        match self.half_width.filter(|half_width| *half_width > 0.0) {
            Some(half_width) => {
                let (mean, half_width) = mean_and_half_width(self.mean, half_width);
                (mean, Some(half_width))
            }
            None => (significant(self.mean, 4), None),
        }
    }
}
