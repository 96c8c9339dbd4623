//! Comparisons: how far each point of a plan is from the first, metric by metric, under the same
//! luck.

use std::fmt;

use crate::metric::{Better, METRICS, Value};
use crate::stats::{Paired, holm};

/// A difference counts as shown if its corrected p is below this.
pub const LEVEL: f64 = 0.05;

/// The metrics of the runs of a point: by replication, in the order of the catalogue.
type Runs = Vec<Vec<Option<Value>>>;

/// How far a point is from the first in one metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// The metric, by its place in the catalogue.
    pub column: usize,
    /// The number of the point, 1 or more.
    pub point: usize,
    /// The difference from point 0: `a` is that one, `b` this.
    pub paired: Paired,
    /// The p of the difference after Holm's correction for all that are compared together.
    pub p_holm: f64,
    /// What that says.
    pub verdict: Verdict,
}

/// What a comparison says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The value is better than the first.
    Better,
    /// The value is worse than the first.
    Worse,
    /// It is higher, in a metric of which neither is better.
    Higher,
    /// It is lower, in a metric of which neither is better.
    Lower,
    /// Chance may have made the difference.
    NotShown,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Higher => "higher",
            Self::Lower => "lower",
            Self::NotShown => "no difference shown",
        })
    }
}

impl Verdict {
    /// The verdict on a difference with this corrected p.
    fn of(difference: f64, p: f64, better: Better) -> Self {
        if p >= LEVEL {
            return Self::NotShown;
        }
        match (better, difference > 0.0) {
            (Better::Higher, true) | (Better::Lower, false) => Self::Better,
            (Better::Higher, false) | (Better::Lower, true) => Self::Worse,
            (Better::Neither, true) => Self::Higher,
            (Better::Neither, false) => Self::Lower,
        }
    }
}

/// The values of a metric in the runs of a point, if each of them has it.
fn values(runs: &Runs, column: usize) -> Option<Vec<f64>> {
    let value = |run: &Vec<Option<Value>>| run[column].map(Value::as_f64).filter(|v| v.is_finite());
    runs.iter().map(value).collect()
}

/// Whether each run of each point has the metric at `column` of the catalogue.
pub fn defined(points: &[Runs], column: usize) -> bool {
    points.iter().all(|runs| values(runs, column).is_some())
}

/// Compares each point with the first in the metrics `columns`: metric by metric, and in each of
/// them point by point. Replication r of one point belongs to replication r of the other, since
/// they have the same seed. Metrics that are not [`defined`] are left out.
///
/// ```
/// use cloudsched::experiment::{Verdict, compare};
/// use cloudsched::metric::{METRICS, Value};
/// let column = METRICS.iter().position(|metric| metric.name == "response_ms_p99").unwrap();
/// let run = |value| {
///     let mut metrics = vec![None; METRICS.len()];
///     metrics[column] = Some(Value::Real(value));
///     metrics
/// };
/// let slow = [100.0, 130.0, 90.0].map(run).to_vec();
/// let fast = [80.0, 111.0, 69.0].map(run).to_vec();
/// let found = compare(&[slow, fast], &[column], 0.95);
/// assert_eq!((found[0].paired.difference, found[0].verdict), (-20.0, Verdict::Better));
/// ```
///
/// # Panics
/// If points have not as many runs each.
pub fn compare(points: &[Runs], columns: &[usize], confidence: f64) -> Vec<Comparison> {
    let mut found = Vec::new();
    for &column in columns {
        let of: Option<Vec<Vec<f64>>> = points.iter().map(|runs| values(runs, column)).collect();
        let Some(of) = of else { continue };
        for (point, b) in of.iter().enumerate().skip(1) {
            found.extend(Paired::of(&of[0], b, confidence).map(|paired| (column, point, paired)));
        }
    }
    let corrected = holm(&found.iter().map(|(.., paired)| paired.p).collect::<Vec<f64>>());
    let comparison = |((column, point, paired), p_holm): ((usize, usize, Paired), f64)| {
        let verdict = Verdict::of(paired.difference, p_holm, METRICS[column].better());
        Comparison { column, point, paired, p_holm, verdict }
    };
    found.into_iter().zip(corrected).map(comparison).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str) -> usize {
        METRICS.iter().position(|metric| metric.name == name).unwrap()
    }

    /// Runs with these values of these metrics.
    fn runs(given: &[(&str, &[f64])]) -> Runs {
        let run = |number: usize| {
            let mut metrics = vec![None; METRICS.len()];
            for (name, values) in given {
                metrics[column(name)] = Some(Value::Real(values[number]));
            }
            metrics
        };
        (0..given[0].1.len()).map(run).collect()
    }

    #[test]
    fn the_verdict_follows_the_metric() {
        let names = ["response_ms_mean", "completed", "utilisation", "requests"];
        let low: &[f64] = &[1.0, 2.0, 3.0, 4.0];
        let high: &[f64] = &[11.0, 12.1, 13.0, 14.0];
        let a = runs(&[(names[0], low), (names[1], low), (names[2], high), (names[3], low)]);
        let b = runs(&[(names[0], high), (names[1], high), (names[2], low), (names[3], low)]);
        let found = compare(&[a, b], &names.map(column), 0.95);
        let verdicts: Vec<String> = found.iter().map(|one| one.verdict.to_string()).collect();
        assert_eq!(verdicts, ["worse", "better", "lower", "no difference shown"]);
        assert_eq!((found[3].paired.p, found[3].paired.half_width), (1.0, 0.0));
    }

    #[test]
    fn many_comparisons_must_show_more() {
        let name = "response_ms_mean";
        let a = runs(&[(name, &[1.0, 2.0, 3.0, 4.0, 5.0])]);
        let b = runs(&[(name, &[1.3, 2.9, 3.3, 4.2, 5.8])]);
        let alone = compare(&[a.clone(), b.clone()], &[column(name)], 0.95);
        assert_eq!(alone[0].p_holm, alone[0].paired.p);
        assert_eq!(alone[0].verdict, Verdict::Worse);
        let among = compare(&[a.clone(), b, a.clone(), a], &[column(name)], 0.95);
        assert_eq!(among[0].paired, alone[0].paired);
        assert_eq!(among[0].p_holm, alone[0].paired.p * 3.0);
        assert_eq!(among[0].verdict, Verdict::NotShown);
    }

    #[test]
    fn what_a_run_does_not_have_is_left_out() {
        let a = runs(&[("cost_usd", &[1.0, 2.0])]);
        let mut b = a.clone();
        b[1][column("cost_usd")] = None;
        let points = [a, b];
        assert!(!defined(&points, column("cost_usd")) && defined(&points[..1], column("cost_usd")));
        assert_eq!(compare(&points, &[column("cost_usd")], 0.95), []);
    }
}
