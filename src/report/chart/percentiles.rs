//! Percentiles of the response time along an axis of numbers.

use std::path::Path;

use super::frame::{Axis, Mark, Panel, heading, right_edge};
use super::grid::Held;
use super::palette::line;
use super::scale::Scale;
use super::scene::{Scene, WIDTH};
use super::summary::{Estimate, FILE, Summary, around};
use super::{Chart, ChartError, Drawn};

pub(super) const CHART: Chart = Chart {
    name: "percentiles",
    summary: "Percentiles of the response time against an axis of numbers, such as a rate.",
    files: &[FILE],
    needs: "an axis of two numbers or more",
    draw,
};

const TALL: f64 = 330.0;

const SHOWN: [(&str, &str); 3] =
    [("p50", "response_ms_p50"), ("p95", "response_ms_p95"), ("p99", "response_ms_p99")];

type Line = Vec<Option<Estimate>>;

fn draw(folder: &Path, _: Option<&str>) -> Result<Drawn, ChartError> {
    let summary = Summary::read(folder)?;
    let grid = &summary.grid;
    let axis = grid.varied().into_iter().find(|axis| grid.axis(*axis).is_numeric());
    let axis =
        axis.ok_or_else(|| ChartError::NoData(format!("{FILE} has no axis of several numbers")))?;
    let lines: Vec<Line> =
        SHOWN.iter().map(|(_, metric)| summary.needed(metric)).collect::<Result<_, _>>()?;
    let mut parts = grid.held(&[axis]);
    let defined = |point: &usize| lines.iter().any(|line| line[*point].is_some());
    parts.retain(|part| part.points.iter().any(defined));
    for part in &mut parts {
        let number = |point: usize| grid.axis(axis).number(grid.value(point, axis));
        part.points.sort_by(|a, b| number(*a).partial_cmp(&number(*b)).expect("all are numbers"));
    }
    // One for all pictures, so that they can be compared.
    let response = around(lines.iter().flatten().flatten(), true, 7);
    Drawn::each(&parts, |part| Ok(picture(&summary, axis, &lines, part, response)))
}

/// The scale of an axis of numbers from small to large: logarithmic if their steps grow.
fn axis_scale(values: &[f64]) -> Scale {
    let steps = || values.windows(2).map(|pair| pair[1] - pair[0]);
    let (least, most) = (steps().fold(f64::INFINITY, f64::min), steps().fold(0.0, f64::max));
    let log = values[0] > 0.0 && most >= 5.0 * least;
    Scale { log, ..Scale::new(values[0], values[values.len() - 1]) }
}

fn picture(summary: &Summary, axis: usize, lines: &[Line], part: &Held, response: Scale) -> Scene {
    let mut scene = Scene::default();
    let dimension = summary.grid.axis(axis);
    let legend: Vec<(Mark, String)> = SHOWN
        .iter()
        .enumerate()
        .map(|(number, (name, _))| (Mark::Line(line(number)), (*name).to_owned()))
        .collect();
    let bands = "bands: the interval of each mean";
    let subtitle = super::joined([part.text.as_str(), bands]);
    let top = heading(&mut scene, "Response time", &subtitle, &legend);
    let number = |value: usize| dimension.number(value).unwrap_or_default();
    let values: Vec<f64> = dimension.order().into_iter().map(number).collect();
    let y = Axis::upright(response, TALL, "response time (ms)");
    let left = y.left(TALL);
    let x = Axis::at(axis_scale(&values), &values, WIDTH - left - 40.0, dimension.title());
    let right = right_edge(&x);
    let panel = Panel { left, top, right, bottom: top + TALL, x, y };
    panel.draw(&mut scene);
    for (colour, estimates) in lines.iter().enumerate() {
        let at = |point: &usize| {
            let x = number(summary.grid.value(*point, axis));
            estimates[*point].map(|estimate| (x, estimate))
        };
        let found: Vec<(f64, Estimate)> = part.points.iter().filter_map(at).collect();
        let upper = found.iter().map(|(x, estimate)| panel.place(*x, estimate.high()));
        let lower = found.iter().rev().map(|(x, estimate)| panel.place(*x, estimate.low()));
        scene.area(upper.chain(lower).collect(), line(colour), 0.18);
        let means = found.iter().map(|(x, estimate)| panel.place(*x, estimate.mean));
        scene.line(means.clone().collect(), line(colour), 2.0);
        for mean in means {
            scene.dot(mean, 3.0, line(colour), line(colour));
        }
    }
    scene.height = panel.bottom + panel.x.below();
    scene
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_that_grow_are_logarithmic() {
        assert!(axis_scale(&[1.0, 2.0, 5.0, 10.0]).log);
        assert!(!axis_scale(&[10.0, 20.0, 30.0, 45.0]).log);
        assert!(!axis_scale(&[0.0, 1.0, 100.0]).log);
        assert!(!axis_scale(&[1.0, 100.0]).log);
    }
}
