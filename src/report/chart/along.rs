//! Estimates along an axis of numbers.

use super::ChartError;
use super::frame::{Axis, Panel};
use super::grid::{Dimension, Grid, Held};
use super::palette::{PAPER, line};
use super::scale::Scale;
use super::scene::Scene;
use super::summary::{Estimate, FILE};

/// The first axis of several numbers.
pub(super) fn first_of_numbers(grid: &Grid) -> Result<usize, ChartError> {
    let axis = grid.varied().into_iter().find(|axis| grid.axis(*axis).is_numeric());
    axis.ok_or_else(|| ChartError::NoData(format!("{FILE} has no axis of several numbers")))
}

/// The points of each part from small to large on an axis of numbers.
pub(super) fn sort(grid: &Grid, axis: usize, parts: &mut [Held]) {
    let place = |point: usize| grid.axis(axis).place(grid.value(point, axis));
    for part in parts {
        part.points.sort_by_key(|point| place(*point));
    }
}

/// An axis of numbers with a tick at each of its values.
pub(super) fn axis(dimension: &Dimension, wide: f64) -> Axis {
    let number = |value: usize| dimension.number(value).unwrap_or_default();
    let values: Vec<f64> = dimension.order().into_iter().map(number).collect();
    Axis::at(scale(&values), &values, wide, dimension.title())
}

/// The scale of an axis of numbers from small to large: logarithmic if their steps grow.
fn scale(values: &[f64]) -> Scale {
    let steps = || values.windows(2).map(|pair| pair[1] - pair[0]);
    let (least, most) = (steps().fold(f64::INFINITY, f64::min), steps().fold(0.0, f64::max));
    let log = values[0] > 0.0 && most >= 5.0 * least;
    Scale { log, ..Scale::new(values[0], values[values.len() - 1]) }
}

/// An estimate at a number, and whether its dot is hollow.
pub(super) type Found = (f64, Estimate, bool);

/// Draws the line of this number through the means, in the band of their intervals.
pub(super) fn band(scene: &mut Scene, panel: &Panel, found: &[Found], number: usize) {
    let upper = found.iter().map(|(x, estimate, _)| panel.place(*x, estimate.high()));
    let lower = found.iter().rev().map(|(x, estimate, _)| panel.place(*x, estimate.low()));
    scene.area(upper.chain(lower).collect(), line(number), 0.18);
    let means = found.iter().map(|(x, estimate, _)| panel.place(*x, estimate.mean));
    scene.line(means.clone().collect(), line(number), 2.0);
    for (mean, (.., hollow)) in means.zip(found) {
        let inside = if *hollow { PAPER } else { line(number) };
        scene.dot(mean, 3.0, inside, line(number));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_that_grow_are_logarithmic() {
        assert!(scale(&[1.0, 2.0, 5.0, 10.0]).log);
        assert!(!scale(&[10.0, 20.0, 30.0, 45.0]).log);
        assert!(!scale(&[0.0, 1.0, 100.0]).log);
        assert!(!scale(&[1.0, 100.0]).log);
    }
}
