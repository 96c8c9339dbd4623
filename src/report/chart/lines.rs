//! A metric along an axis of numbers, a line a value of another axis, if there is one.

use std::path::Path;

use super::along::{self, Found};
use super::break_even;
use super::frame::{Axis, Mark, Panel, heading, right_edge};
use super::grid::{Dimension, Held};
use super::label;
use super::palette::{MOST_LINES, line};
use super::scale::Scale;
use super::scene::{Scene, WIDTH};
use super::summary::{Estimate, FILE, LOSSY, Summary, around};
use super::{Chart, ChartError, Drawn};

pub(super) const CHART: Chart = Chart {
    name: "lines",
    summary: "A metric against an axis of numbers, a line a value of another axis, such as policies, if there is one.",
    files: &[FILE],
    needs: "an axis of two numbers or more; of others, one of two to eight values",
    chooses: true,
    draw,
};

const TALL: f64 = 360.0;

struct Lines<'a> {
    summary: &'a Summary,
    metric: String,
    estimates: Vec<Option<Estimate>>,
    /// The axis of numbers.
    along: usize,
    /// The axis with a line a value, if more than one is drawn.
    beside: Option<usize>,
    scale: Scale,
    /// Whether it is marked where another line becomes the lowest.
    marked: bool,
}

fn draw(folder: &Path, metric: Option<&str>) -> Result<Drawn, ChartError> {
    drawn(&Summary::read(folder)?, metric, false)
}

/// A picture of lines for each value of what is held; `marked` where another becomes the lowest, for which there must
/// be another.
pub(super) fn drawn(
    summary: &Summary,
    metric: Option<&str>,
    marked: bool,
) -> Result<Drawn, ChartError> {
    let grid = &summary.grid;
    let along = along::first_of_numbers(grid)?;
    let mut others = grid.varied();
    others.retain(|axis| *axis != along);
    let beside = others.iter().copied().find(|axis| grid.axis(*axis).len() <= MOST_LINES);
    if beside.is_none() && (marked || !others.is_empty()) {
        let none = format!("{FILE} has no second axis of two to {MOST_LINES} values");
        return Err(ChartError::NoData(none));
    }
    let (metric, estimates) = summary.choose(metric)?;
    let scale = around(estimates.iter().flatten(), true, 8);
    let shown: Vec<usize> = [along].into_iter().chain(beside).collect();
    let lines = Lines { summary, metric, estimates, along, beside, scale, marked };
    let mut parts = grid.held(&shown);
    parts.retain(|part| part.points.iter().any(|point| lines.estimates[*point].is_some()));
    along::sort(grid, along, &mut parts);
    Drawn::each(&parts, |part| Ok(lines.picture(part)))
}

impl Lines<'_> {
    fn picture(&self, part: &Held) -> Scene {
        let mut scene = Scene::default();
        let along = self.summary.grid.axis(self.along);
        let beside = self.beside.map(|axis| self.summary.grid.axis(axis));
        let legend = beside.map_or_else(Vec::new, |beside| {
            let order = beside.order();
            let entry = |(place, value)| (Mark::Line(line(place)), beside.label(value));
            order.into_iter().enumerate().map(entry).collect()
        });
        let lossy = part.points.iter().any(|point| self.summary.is_lossy(*point));
        let caption =
            beside.map(|beside| format!("lines: {}", beside.caption())).unwrap_or_default();
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
        let found: Vec<_> =
            (0..beside.map_or(1, Dimension::len)).map(|place| self.line(part, place)).collect();
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
        let grid = &self.summary.grid;
        let own = |point: &usize| {
            self.beside.is_none_or(|axis| grid.axis(axis).place(grid.value(*point, axis)) == place)
        };
        let found = |point: usize| {
            let x = grid.axis(self.along).number(grid.value(point, self.along))?;
            Some((x, self.estimates[point]?, self.summary.is_lossy(point)))
        };
        part.points.iter().copied().filter(own).filter_map(found).collect()
    }
}
