//! A broken line of whole numbers (`plugins/helper/shape_score.go`).

use super::BEST;

/// A line through points, level before the first and after the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape(Vec<(i64, i64)>);

/// The best score of a point in a configuration. Source: `MaxCustomPriorityScore`.
const BEST_OF_POINT: i64 = 10;

impl Shape {
    /// The line through points of rising utilisation (percent) and any value.
    ///
    /// # Panics
    /// If there are none, or utilisation does not rise.
    pub fn new(points: Vec<(i64, i64)>) -> Self {
        let rises = points.windows(2).all(|pair| pair[0].0 < pair[1].0);
        assert!(!points.is_empty() && rises, "a shape has points of rising utilisation");
        Self(points)
    }

    /// The line through points as a configuration has them, with scores of 0 to 10.
    ///
    /// # Panics
    /// As [`Shape::new`].
    pub fn scaled(points: Vec<(i64, i64)>) -> Self {
        let scaled = |(at, score)| (at, score * (BEST / BEST_OF_POINT));
        Self::new(points.into_iter().map(scaled).collect())
    }

    /// The value at `x`; between points, what is left of a division is dropped.
    pub fn at(&self, x: i64) -> i64 {
        let after = self.0.partition_point(|point| point.0 < x);
        if after == 0 {
            return self.0[0].1;
        }
        let (from, from_value) = self.0[after - 1];
        match self.0.get(after) {
            None => from_value,
            Some(&(to, value)) => from_value + (value - from_value) * (x - from) / (to - from),
        }
    }
}
