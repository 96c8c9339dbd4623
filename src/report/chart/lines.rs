//! A metric along an axis of numbers, a line a value of another axis.

use std::path::Path;

use super::along::{self, Found};
use super::break_even;
use super::frame::{Axis, Mark, Panel, heading, right_edge};
use super::grid::Held;
use super::label;
use super::palette::{MOST_LINES, line};
use super::scale::Scale;
use super::scene::{Scene, WIDTH};
use super::summary::{Estimate, FILE, LOSSY, Summary, around};
use super::{Chart, ChartError, Drawn};

pub(super) const CHART: Chart = Chart {
    name: "lines",
    summary: "A metric against an axis of numbers, a line a value of another axis, such as policies.",
    files: &[FILE],
    needs: "an axis of two numbers or more, and another of two to eight values",
    chooses: true,
    draw,
};

const TALL: f64 = 360.0;

struct Lines<'a> {
    summary: &'a Summary,
    metric: String,
    estimates: Vec<Option<Estimate>>,
    /// The axis of numbers, and the one with a line a value.
    axes: [usize; 2],
    scale: Scale,
    /// Whether it is marked where another line becomes the lowest.
    marked: bool,
}

fn draw(folder: &Path, metric: Option<&str>) -> Result<Drawn, ChartError> {
    drawn(&Summary::read(folder)?, metric, false)
}

/// A picture of lines for each value of what is held; `marked` where another becomes the lowest.
pub(super) fn drawn(
    summary: &Summary,
    metric: Option<&str>,
    marked: bool,
) -> Result<Drawn, ChartError> {
    let grid = &summary.grid;
    let along = along::first_of_numbers(grid)?;
    let few = |axis: &usize| *axis != along && grid.axis(*axis).len() <= MOST_LINES;
    let lines = grid.varied().into_iter().find(few);
    let none = || format!("{FILE} has no second axis of two to {MOST_LINES} values");
    let axes = [along, lines.ok_or_else(|| ChartError::NoData(none()))?];
    let (metric, estimates) = summary.choose(metric)?;
    let scale = around(estimates.iter().flatten(), true, 8);
    let lines = Lines { summary, metric, estimates, axes, scale, marked };
    let mut parts = grid.held(&axes);
    parts.retain(|part| part.points.iter().any(|point| lines.estimates[*point].is_some()));
    along::sort(grid, along, &mut parts);
    Drawn::each(&parts, |part| Ok(lines.picture(part)))
}

impl Lines<'_> {
    fn picture(&self, part: &Held) -> Scene {
        let mut scene = Scene::default();
        let [along, lines] = self.axes.map(|axis| self.summary.grid.axis(axis));
        let entry =
            |(place, value): (usize, &usize)| (Mark::Line(line(place)), lines.label(*value));
        let legend: Vec<_> = lines.order().iter().enumerate().map(entry).collect();
        let lossy = part.points.iter().any(|point| self.summary.is_lossy(*point));
        let caption = format!("lines: {}", lines.caption());
        let bands = "bands: the interval of each mean";
        let hollow = if lossy { LOSSY } else { "" };
        let marks = if self.marked { break_even::LEGEND } else { "" };
        let subtitle = super::joined([part.text.as_str(), &caption, bands, marks, hollow]);
        let metric = label::metric(&self.metric);
        let title = super::capital(label::without_unit(&metric));
        let top = heading(&mut scene, &title, &subtitle, &legend);
        let y = Axis::upright(self.scale, TALL, metric);
        let left = y.left(TALL);
        let x = along::axis(along, WIDTH - left - 40.0);
        let right = right_edge(&x);
        let panel = Panel { left, top, right, bottom: top + TALL, x, y };
        panel.draw(&mut scene);
        let found: Vec<_> = (0..lines.len()).map(|place| self.line(part, place)).collect();
        for (place, found) in found.iter().enumerate() {
            along::band(&mut scene, &panel, found, place);
        }
        if self.marked {
            break_even::mark(&mut scene, &panel, &found);
        }
        scene.height = panel.bottom + panel.x.below();
        scene
    }

    /// What the line at this place of the legend goes through.
    fn line(&self, part: &Held, place: usize) -> Vec<Found> {
        let [along, lines] = self.axes;
        let grid = &self.summary.grid;
        let own = |point: &usize| grid.axis(lines).place(grid.value(*point, lines)) == place;
        let found = |point: usize| {
            let x = grid.axis(along).number(grid.value(point, along))?;
            Some((x, self.estimates[point]?, self.summary.is_lossy(point)))
        };
        part.points.iter().copied().filter(own).filter_map(found).collect()
    }
}
