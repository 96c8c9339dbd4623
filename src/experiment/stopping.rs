//! When a point has been run often enough.

use crate::stats::Interval;

/// How often a point is run: a number of times, or until a metric is known well enough.
#[derive(Clone, Debug, PartialEq)]
pub struct Stopping {
    least: u64,
    most: u64,
    narrow: Option<Narrow>,
}

/// When a metric is known well enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Narrow {
    /// The number of the metric in the catalogue.
    pub column: usize,
    /// The half-width of the interval over the mean, at most.
    pub relative_half_width: f64,
    confidence: f64,
}

impl Stopping {
    /// So many times.
    pub const fn after(replications: u64) -> Self {
        Self { least: replications, most: replications, narrow: None }
    }

    /// Until the interval of the metric in `column` has a half-width of at most
    /// `relative_half_width` of its mean; `least` to `most` times.
    pub const fn when_narrow(
        column: usize,
        relative_half_width: f64,
        confidence: f64,
        least: u64,
        most: u64,
    ) -> Self {
        Self { least, most, narrow: Some(Narrow { column, relative_half_width, confidence }) }
    }

    /// So many times at least.
    pub const fn least(&self) -> u64 {
        self.least
    }

    /// So many times at most.
    pub const fn most(&self) -> u64 {
        self.most
    }

    /// What has to be known well enough; `None` if the number of runs is fixed.
    pub const fn narrow(&self) -> Option<&Narrow> {
        self.narrow.as_ref()
    }

    /// Whether a point that was run `runs` times needs no more, the metric being `values` in those
    /// runs that have it.
    ///
    /// ```
    /// use cloudsched::experiment::Stopping;
    /// assert!(!Stopping::after(3).enough(2, &[]) && Stopping::after(3).enough(3, &[]));
    /// let stopping = Stopping::when_narrow(0, 0.05, 0.95, 2, 100);
    /// assert!(!stopping.enough(3, &[9.0, 10.0, 11.0]) && stopping.enough(100, &[]));
    /// assert!(stopping.enough(3, &[9.9, 10.0, 10.1]));
    /// ```
    pub fn enough(&self, runs: u64, values: &[f64]) -> bool {
        if runs >= self.most {
            return true;
        }
        let Some(narrow) = &self.narrow else { return false };
        let known = runs >= self.least && values.len() as u64 >= self.least;
        known
            && Interval::of(values, narrow.confidence).is_some_and(|interval| {
                interval.half_width <= narrow.relative_half_width * interval.mean.abs()
            })
    }
}
