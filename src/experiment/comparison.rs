//! Variants of a scenario against the first of them, under the same luck.

use crate::metric::{METRICS, Value, Wanted};
use crate::stats::{PairedDifference, holm};

/// The level below which a difference counts as shown, after Holm's correction.
const LEVEL: f64 = 0.05;

/// The runs of one variant: by replication, its metrics in the order of the catalogue.
pub type Runs = Vec<Vec<Option<Value>>>;

/// What can be said of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The second variant is better.
    Better,
    /// The second variant is worse.
    Worse,
    /// The second variant has more, of what is neither good nor bad.
    Higher,
    /// The second variant has less, of what is neither good nor bad.
    Lower,
    /// So far, chance may explain it.
    NotShown,
}

impl Verdict {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Higher => "higher",
            Self::Lower => "lower",
            Self::NotShown => "no difference shown",
        }
    }

    fn of(metric: &str, difference: f64, p: f64) -> Self {
        match (Wanted::of(metric), difference < 0.0) {
            _ if p >= LEVEL || difference == 0.0 => Self::NotShown,
            (Wanted::Less, true) | (Wanted::More, false) => Self::Better,
            (Wanted::Less, false) | (Wanted::More, true) => Self::Worse,
            (Wanted::Neither, true) => Self::Lower,
            (Wanted::Neither, false) => Self::Higher,
        }
    }
}

/// One variant against the first, in one metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// The name of the metric.
    pub metric: &'static str,
    /// The number of the variant; the first is 0.
    pub variant: usize,
    /// The mean over the runs of the first variant.
    pub mean_a: f64,
    /// The mean over the runs of this variant.
    pub mean_b: f64,
    /// How far this is from the first.
    pub difference: PairedDifference,
    /// The p of the difference, corrected for the number of comparisons by Holm's method.
    pub p_holm: f64,
    /// What can be said.
    pub verdict: Verdict,
}

/// Compares each variant with the first in each of `metrics`, at `confidence`; metrics that a run
/// of either does not have are left out.
///
/// ```
/// use cloudsched::experiment::{Verdict, compare};
/// use cloudsched::metric::{METRICS, Value};
/// let runs = |means: [f64; 3]| -> Vec<_> {
///     let run = |mean| METRICS.iter().map(|_| Some(Value::Real(mean))).collect();
///     means.map(run).into()
/// };
/// let variants = [runs([10.0, 20.0, 30.0]), runs([9.0, 19.1, 29.0])];
/// let found = compare(&variants, &["response_ms_mean"], 0.95);
/// assert_eq!(found[0].verdict, Verdict::Better);
/// ```
pub fn compare(variants: &[Runs], metrics: &[&str], confidence: f64) -> Vec<Comparison> {
    let mut comparisons = Vec::new();
    for name in metrics {
        let Some(place) = METRICS.iter().position(|metric| metric.name == *name) else { continue };
        let values = |runs: &Runs| -> Option<Vec<f64>> {
            runs.iter().map(|run| run[place].map(Value::as_f64)).collect()
        };
        let Some(a) = variants.first().and_then(&values) else { continue };
        for (variant, runs) in variants.iter().enumerate().skip(1) {
            let Some(b) = values(runs) else { continue };
            let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
            if let Some(difference) = PairedDifference::of(&a, &b, confidence) {
                comparisons.push(Comparison {
                    metric: METRICS[place].name,
                    variant,
                    mean_a: mean(&a),
                    mean_b: mean(&b),
                    difference,
                    p_holm: 1.0,
                    verdict: Verdict::NotShown,
                });
            }
        }
    }
    let p: Vec<f64> = comparisons.iter().map(|comparison| comparison.difference.p).collect();
    for (comparison, p_holm) in comparisons.iter_mut().zip(holm(&p)) {
        comparison.p_holm = p_holm;
        comparison.verdict = Verdict::of(comparison.metric, comparison.difference.mean, p_holm);
    }
    comparisons
}
