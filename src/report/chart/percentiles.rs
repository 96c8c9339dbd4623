//! Percentiles of the response time along an axis of numbers.

use std::path::Path;

use super::along::{self, Found};
use super::frame::{Axis, Mark, Panel, heading, right_edge};
use super::grid::Held;
use super::palette::line;
use super::scale::Scale;
use super::scene::{Scene, WIDTH};
use super::summary::{Estimate, FILE, LOSSY, Summary, around};
use super::{Chart, ChartError, Drawn};

pub(super) const CHART: Chart = Chart {
    name: "percentiles",
    summary: "Percentiles of the response time against an axis of numbers, such as a rate.",
    files: &[FILE],
    needs: "an axis of two numbers or more",
    chooses: false,
    draw,
};

const TALL: f64 = 330.0;

const SHOWN: [(&str, &str); 3] =
    [("p50", "response_ms_p50"), ("p95", "response_ms_p95"), ("p99", "response_ms_p99")];

type Line = Vec<Option<Estimate>>;

fn draw(folder: &Path, _: Option<&str>) -> Result<Drawn, ChartError> {
    let summary = Summary::read(folder)?;
    let grid = &summary.grid;
    let axis = along::first_of_numbers(grid)?;
    let lines: Vec<Line> =
        SHOWN.iter().map(|(_, metric)| summary.needed(metric)).collect::<Result<_, _>>()?;
    let mut parts = grid.held(&[axis]);
    let defined = |point: &usize| lines.iter().any(|line| line[*point].is_some());
    parts.retain(|part| part.points.iter().any(defined));
    along::sort(grid, axis, &mut parts);
    // One for all pictures, so that they can be compared.
    let response = around(lines.iter().flatten().flatten(), true, 7);
    Drawn::each(&parts, |part| Ok(picture(&summary, axis, &lines, part, response)))
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
    let hollow = if part.points.iter().any(|point| summary.is_lossy(*point)) { LOSSY } else { "" };
    let subtitle = super::joined([part.text.as_str(), bands, hollow]);
    let top = heading(&mut scene, "Response time", &subtitle, &legend);
    let y = Axis::upright(response, TALL, "response time (ms)");
    let left = y.left(TALL);
    let x = along::axis(dimension, WIDTH - left - 40.0);
    let right = right_edge(&x);
    let panel = Panel { left, top, right, bottom: top + TALL, x, y };
    panel.draw(&mut scene);
    for (colour, estimates) in lines.iter().enumerate() {
        let at = |point: &usize| -> Option<Found> {
            let x = dimension.number(summary.grid.value(*point, axis))?;
            Some((x, estimates[*point]?, summary.is_lossy(*point)))
        };
        let found: Vec<Found> = part.points.iter().filter_map(at).collect();
        along::band(&mut scene, &panel, &found, colour);
    }
    scene.height = panel.bottom + panel.x.below();
    scene
}
